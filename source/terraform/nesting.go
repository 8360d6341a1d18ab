package terraform

// maxNesting bounds how deep brackets may nest; conditionals and prefix operators in one expression may be ten times as many.
const maxNesting = 1000

// nestsTooDeeply looks at bytes before they are parsed, because the parser is recursive and a stack that overflows ends
// the process. It does not know strings: a bracket in one counts until the block that it stands in is closed at the start
// of a line, which only makes it stricter.
func nestsTooDeeply(data []byte) (line int, deep bool) {
	line = 1
	depth, inline, conditionals, prefixes := 0, 0, 0, 0
	for i, c := range data {
		switch c {
		case '\n':
			line++
			if inline == 0 {
				conditionals = 0
			}
			continue
		case '(', '[':
			depth, inline = depth+1, inline+1
		case ')', ']':
			depth, inline = max(depth-1, 0), max(inline-1, 0)
		case '{':
			depth++
		case '}':
			depth = max(depth-1, 0)
			if i == 0 || data[i-1] == '\n' {
				depth, inline = 0, 0
			}
		case '?':
			conditionals++
		case '!', '-':
			prefixes++
			if prefixes > 10*maxNesting {
				return line, true
			}
			continue
		case ' ', '\t', '\r':
			continue
		}
		prefixes = 0
		if depth > maxNesting || conditionals > 10*maxNesting {
			return line, true
		}
	}
	return line, false
}
