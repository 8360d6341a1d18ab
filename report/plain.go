package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds, in characters, on user text in reports for people. The JSON report is complete.
const (
	MaxName   = 160
	MaxValue  = 120
	MaxReason = 600
)

// Plain makes user text safe to print on one line: control characters (a terminal would obey them) and invisible or
// direction-changing format characters (a reader would be fooled by them) become a visible escape like \u001b, white
// space becomes a space, and invalid UTF-8 becomes U+FFFD.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case Hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Hidden reports whether r is a control, format or line-separating character, or one that no font shows.
func Hidden(r rune) bool {
	return r != ' ' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point) || r >= 0xFE00 && r <= 0xFE0F || r&0xFFFE == 0xFFFE)
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Clip is Plain, cut to at most limit characters with an ellipsis.
func Clip(s string, limit int) string {
	if len(s) > 4*limit { // before Plain, so that a 10 MB value costs nothing
		s = s[:4*limit+utf8.UTFMax]
	}
	s = Plain(s)
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n++; n == limit {
			return s[:i] + "…"
		}
	}
	return s
}

// Place returns "path:line", without what is unknown.
func Place(path string, line int) string {
	switch {
	case path == "":
		return ""
	case line == 0:
		return Clip(path, MaxReason)
	default:
		return fmt.Sprintf("%s:%d", Clip(path, MaxReason), line)
	}
}
