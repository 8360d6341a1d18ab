package expr

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
)

// Source is the text of a condition and where it stands.
type Source struct {
	Text string
	// start is where the scalar begins; lines are the lines of the file around it, for the way back.
	start diag.Range
	style yaml.Style
	file  string
}

// FromText makes a source that is not part of a YAML file: it begins at the given place.
func FromText(text string, at diag.Range) Source { return Source{Text: text, start: at} }

// FromYAML makes a source from a scalar of a YAML file. file is the text of the whole file: it is kept, not copied,
// and read only to place a fault.
func FromYAML(path, file string, scalar *yaml.Node) Source {
	return Source{
		Text:  scalar.Value,
		start: diag.Range{Path: path, Line: scalar.Line, Column: scalar.Column},
		style: scalar.Style,
		file:  file,
	}
}

// At returns where the condition begins.
func (s Source) At() diag.Range { return s.start }

// at maps a line (from 1) and a column (from 0, in characters) of the text back to the file. It is exact for plain and
// quoted scalars on one line and for literal blocks; in folded text it finds the line and the column by counting.
func (s Source) at(line, column int) diag.Range {
	at := s.start
	if s.file == "" {
		if line > 1 {
			return diag.Range{Path: at.Path, Line: at.Line + line - 1, Column: column + 1}
		}
		at.Column += column
		return at
	}
	offset := s.offset(line, column)
	var l, c int
	if s.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		l, c = s.inBlock(offset)
	} else {
		l, c = s.inFlow(offset)
	}
	return diag.Range{Path: at.Path, Line: l, Column: c}
}

// offset turns line and column into a count of characters from the start of the text.
func (s Source) offset(line, column int) int {
	n := 0
	for text := range strings.Lines(s.Text) {
		if line <= 1 {
			break
		}
		n += len([]rune(text))
		line--
	}
	return n + column
}

// inBlock walks the lines of a block scalar: each gives its characters after the indentation, and one for its end.
func (s Source) inBlock(offset int) (line, column int) {
	lines := strings.Split(s.file, "\n")
	indent := -1
	for i := s.start.Line; i < len(lines); i++ {
		text := strings.TrimSuffix(lines[i], "\r")
		lead := len(text) - len(strings.TrimLeft(text, " "))
		if indent < 0 && strings.TrimSpace(text) != "" {
			indent = lead
		}
		n := max(0, len([]rune(text))-max(indent, 0))
		if offset <= n {
			return i + 1, max(indent, 0) + offset + 1
		}
		offset -= n + 1
	}
	return s.start.Line, s.start.Column
}

// inFlow walks a plain or quoted scalar, counting an escape as the one character it stands for and a line end with
// the blanks around it as one space.
func (s Source) inFlow(offset int) (line, column int) {
	lines := strings.Split(s.file, "\n")
	line, column = s.start.Line, s.start.Column
	if line > len(lines) {
		return line, column
	}
	text := []rune(strings.TrimSuffix(lines[line-1], "\r"))
	if s.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		column++
	}
	for ; offset > 0; offset-- {
		if column > len(text) || strings.TrimSpace(string(text[column-1:])) == "" {
			if line >= len(lines) {
				break
			}
			line++
			text = []rune(strings.TrimSuffix(lines[line-1], "\r"))
			column = len(text) - len([]rune(strings.TrimLeft(string(text), " \t"))) + 1
			continue
		}
		column += s.width(text[column-1:])
	}
	return line, column
}

// width is how many characters of the file the next character of the text takes.
func (s Source) width(rest []rune) int {
	if len(rest) < 2 {
		return 1
	}
	switch {
	case s.style&yaml.SingleQuotedStyle != 0 && rest[0] == '\'' && rest[1] == '\'':
		return 2
	case s.style&yaml.DoubleQuotedStyle != 0 && rest[0] == '\\':
		switch rest[1] {
		case 'x':
			return 4
		case 'u':
			return 6
		case 'U':
			return 10
		}
		return 2
	}
	return 1
}
