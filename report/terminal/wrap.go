package terminal

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// textWidth returns the number of columns that s takes on a terminal, colour sequences not counted.
func textWidth(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return lipgloss.Width(s)
		}
	}
	return len(s)
}

// wrap breaks plain text into lines of at most width columns: between words, and within words that are longer.
// The result is never empty.
func wrap(s string, width int) []string { return wrapAfter(s, width, width) }

// wrapAfter is wrap with a first line of another width than the rest.
func wrapAfter(s string, first, rest int) []string {
	width, rest := max(first, 2), max(rest, 2) // a wide character needs two columns
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(s) {
		n := textWidth(word)
		if used > 0 && used+1+n <= width {
			line, used = line+" "+word, used+1+n
			continue
		}
		if used > 0 {
			lines = append(lines, line)
			width = rest
		}
		for n > width {
			head := prefix(word, width)
			lines = append(lines, head)
			width = rest
			word = word[len(head):]
			n = textWidth(word)
		}
		line, used = word, n
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// prefix returns the longest beginning of s that takes at most width columns, and at least one character. Where there
// is one not too near the start, it ends after a character at which paths and names may break.
func prefix(s string, width int) string {
	end, nice := len(s), 0
	for i, r := range s {
		if i > 0 && textWidth(s[:i+len(string(r))]) > width {
			end = i
			break
		}
		if strings.ContainsRune("/.:,-_", r) {
			nice = i + 1
		}
	}
	if nice > end/2 && nice <= end && end < len(s) {
		return s[:nice]
	}
	return s[:end]
}

// fit returns s cut to width columns with an ellipsis, or padded to it with blanks.
func fit(s string, width int) string {
	n := textWidth(s)
	if n > width {
		s = prefixExact(s, width-1) + "…"
		n = textWidth(s)
	}
	return s + strings.Repeat(" ", max(0, width-n))
}

func prefixExact(s string, width int) string {
	for i, r := range s {
		if textWidth(s[:i+len(string(r))]) > width {
			return s[:i]
		}
	}
	return s
}
