package tfplan

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// text takes a string. It may be as long as a resource.
func (s *scanner) text() (string, error) {
	text, ok, err := s.textUpTo(maxResource)
	if err == nil && !ok {
		err = s.fail("the string before this is too long")
	}
	return text, err
}

// textUpTo takes a string; ok is false when it has more than limit bytes.
func (s *scanner) textUpTo(limit int) (text string, ok bool, err error) {
	if s.peek() != '"' {
		return "", false, s.fail("a string was expected")
	}
	s.pos++
	raw, err := s.hold(limit+1, s.skipText)
	if err != nil || raw == nil {
		return "", false, err
	}
	raw = raw[:len(raw)-1]
	if bytes.IndexByte(raw, '\\') >= 0 {
		return unescape(raw), true, nil
	}
	return s.words.of(raw), true, nil
}

// unescape resolves the escapes of a JSON string; one that is none of JSON's stands for the character after it.
func unescape(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 >= len(raw) {
			out = append(out, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, n := codePoint(raw[i+1:])
			out = utf8.AppendRune(out, r)
			i += n
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// codePoint reads what follows \u, with the second half of a surrogate pair; n is the number of bytes it takes.
func codePoint(raw []byte) (r rune, n int) {
	r, ok := hex4(raw)
	if !ok {
		return utf8.RuneError, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if len(raw) >= 10 && raw[4] == '\\' && raw[5] == 'u' {
		if low, ok := hex4(raw[6:]); ok {
			if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
				return full, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func hex4(raw []byte) (rune, bool) {
	if len(raw) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range raw[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
