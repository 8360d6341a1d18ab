package json

import (
	"bufio"
	"fmt"
	"unicode/utf8"

	"github.com/onus-dev/onus/report"
)

// indent writes compact, valid JSON with two spaces a level, and hidden characters of strings as \u escapes. The
// writer keeps its first error, which Flush returns.
func indent(out *bufio.Writer, src []byte, depth int) {
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '"':
			i = quoted(out, src, i)
		case '{', '[':
			out.WriteByte(c)
			if src[i+1] == c+2 { // {} and [] stay on one line; c+2 closes c in ASCII
				i++
				out.WriteByte(c + 2)
				continue
			}
			depth++
			newline(out, depth)
		case '}', ']':
			depth--
			newline(out, depth)
			out.WriteByte(c)
		case ',':
			out.WriteByte(c)
			newline(out, depth)
		case ':':
			out.WriteString(": ")
		default:
			out.WriteByte(c)
		}
	}
}

// quoted writes the string that starts at src[from] and returns the index of its closing quote.
func quoted(out *bufio.Writer, src []byte, from int) int {
	start := from
	for i := from + 1; i < len(src); {
		c := src[i]
		switch {
		case c == '\\':
			i += 2
		case c == '"':
			out.Write(src[start : i+1])
			return i
		case c < utf8.RuneSelf && c != 0x7f:
			i++
		default:
			r, size := utf8.DecodeRune(src[i:])
			if report.Hidden(r) {
				out.Write(src[start:i])
				escape(out, r)
				start = i + size
			}
			i += size
		}
	}
	return len(src)
}

// escape writes r as JSON does: characters outside the basic plane as a surrogate pair.
func escape(out *bufio.Writer, r rune) {
	if r < 0x10000 {
		fmt.Fprintf(out, `\u%04x`, r)
		return
	}
	r -= 0x10000
	fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
}

// indentation is a line's beginning, as deep as documents mostly go.
const indentation = "\n                                                                "

func newline(out *bufio.Writer, depth int) {
	n := min(1+2*depth, len(indentation))
	out.WriteString(indentation[:n])
	for ; n < 1+2*depth; n++ {
		out.WriteByte(' ')
	}
}
