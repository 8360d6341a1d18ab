package serverless

import "strings"

// segment is a piece of a text: literal, or a variable.
type segment struct {
	// text is the piece as written, braces included.
	text string
	// parts are the sources of a variable, in the order in which they are tried; nil for a literal piece.
	parts []string
}

// segments cuts a text into literals and variables. ${AWS::Region}, ${Name} and ${Name.Attr} are CloudFormation's and
// stay literal; a variable has a source with a colon or parentheses.
func segments(text string) []segment {
	var out []segment
	literal := 0
	for i := 0; i+1 < len(text); {
		if text[i] != '$' || text[i+1] != '{' {
			i++
			continue
		}
		end := closing(text, i+2)
		if end < 0 {
			break
		}
		inner := strings.TrimSpace(text[i+2 : end])
		if !isVariable(inner) {
			i += 2
			continue
		}
		if i > literal {
			out = append(out, segment{text: text[literal:i]})
		}
		out = append(out, segment{text: text[i : end+1], parts: split(inner)})
		i = end + 1
		literal = i
	}
	if literal < len(text) {
		out = append(out, segment{text: text[literal:]})
	}
	return out
}

// closing returns the offset of the brace that closes the variable whose content begins at i, -1 without one. Quotes are
// respected, and variables inside.
func closing(text string, i int) int {
	depth := 0
	var quote byte
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// isVariable reports whether the content of braces begins with a source: self:…, file(…), strToBool(…).
func isVariable(inner string) bool {
	end := 0
	for end < len(inner) && (inner[end] == '-' || inner[end] >= '0' && inner[end] <= '9' || inner[end] >= 'A' && inner[end] <= 'Z' || inner[end] >= 'a' && inner[end] <= 'z') {
		end++
	}
	if end == 0 || end == len(inner) {
		return false
	}
	switch inner[end] {
	case '(':
		return true
	case ':':
		return !strings.HasPrefix(inner[end:], "::")
	}
	return false
}

// split cuts the content of a variable at the commas that stand outside quotes, parentheses and inner variables.
func split(inner string) []string {
	var out []string
	depth, begin := 0, 0
	var quote byte
	for i := 0; i < len(inner); i++ {
		c := inner[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '{' || c == '(':
			depth++
		case c == '}' || c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(inner[begin:i]))
			begin = i + 1
		}
	}
	return append(out, strings.TrimSpace(inner[begin:]))
}

// source takes a source apart: file(./x.yml):a.b is "file", "./x.yml", "a.b".
func source(part string) (name, params, address string) {
	i := strings.IndexAny(part, ":(")
	if i < 0 {
		return part, "", ""
	}
	name, rest := part[:i], part[i:]
	if rest[0] == '(' {
		end := strings.LastIndexByte(rest, ')')
		if end < 0 {
			return name, rest[1:], ""
		}
		// The first parenthesis that closes and is followed by a colon or by nothing ends the parameters.
		depth := 0
		for j := range len(rest) {
			switch rest[j] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 {
				end = j
				break
			}
		}
		params, rest = rest[1:end], rest[end+1:]
	}
	return name, strings.TrimSpace(params), strings.TrimSpace(strings.TrimPrefix(rest, ":"))
}
