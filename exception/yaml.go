package exception

import (
	"regexp"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// yamlLine is one line of a YAML file.
type yamlLine struct {
	kind lineKind
	// indent is how many spaces stand before the first character.
	indent int
}

type lineKind uint8

const (
	blank lineKind = iota
	remark
	content
	// scalar is a line of a block scalar: text, whatever it looks like.
	scalar
	// separator is "---" or "...".
	separator
)

// opensScalar matches the end of a line behind which a block scalar begins: "|", ">-", "|2+", behind a tag or an anchor too.
var opensScalar = regexp.MustCompile(`(^|[\s:])([!&]\S*\s+)*[|>][-+0-9]{0,2}$`)

// scanYAML tells the lines of a file apart and finds its comments. It looks at lines and not at nodes, because parsers keep
// comments only beside some of them.
func scanYAML(text string) (lines []yamlLine, comments []comment) {
	parent := -1 // the indent that the lines of a block scalar lie behind; -1 outside of one
	number := 0
	for raw := range strings.Lines(text) {
		number++
		raw = strings.TrimRight(raw, " \t\r\n")
		body := strings.TrimLeft(raw, " ")
		line := yamlLine{kind: content, indent: len(raw) - len(body)}
		switch {
		case body == "" && parent >= 0, parent >= 0 && line.indent > parent:
			line.kind = scalar
			lines = append(lines, line)
			continue
		case body == "":
			line.kind = blank
		case body[0] == '#':
			line.kind = remark
			comments = append(comments, comment{line: number, last: number, col: line.indent + 1, full: true, text: body})
		case line.indent == 0 && (raw == "---" || raw == "..." || strings.HasPrefix(raw, "--- ")):
			line.kind = separator
		}
		if body != "" {
			parent = -1
		}
		if line.kind == content || line.kind == separator {
			code := raw
			if at := trailing(raw); at >= 0 {
				comments = append(comments, comment{line: number, last: number, col: len([]rune(raw[:at])) + 1, text: raw[at:]})
				code = strings.TrimRight(raw[:at], " \t")
			}
			if opensScalar.MatchString(code) {
				parent = scalarParent(code)
			}
		}
		lines = append(lines, line)
	}
	return lines, comments
}

// trailing finds where a comment begins behind something else: at a "#" behind a space, outside of quotes; -1 when there
// is none.
func trailing(line string) int {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		before := byte(' ')
		if i > 0 {
			before = line[i-1]
		}
		switch c := line[i]; {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && strings.IndexByte(" \t[{,:", before) >= 0:
			quote = c
		case c == '#' && (before == ' ' || before == '\t') && strings.TrimSpace(line[:i]) != "":
			return i
		}
	}
	return -1
}

// scalarParent is the indent of the node that a block scalar is the value of: that of the key, or of the dash.
func scalarParent(line string) int {
	at := len(line) - len(strings.TrimLeft(line, " "))
	for strings.HasPrefix(line[at:], "- ") {
		rest := strings.TrimLeft(line[at+2:], " ")
		if rest == "" || strings.IndexByte("|>!&", rest[0]) >= 0 {
			return at
		}
		at = len(line) - len(rest)
	}
	return at
}

// key matches an entry whose value is no plain scalar on the same line.
var key = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^\s"'#{}\[\],&*!|>%@-][^#{}\[\]"']*?):(\s+[!&{#].*)?$`)

// layoutYAML finds the lines of each resource: of an entry, what is indented under its key; of an object, everything to the
// end of its document or list item.
func (in *input) layoutYAML(text inventory.Text) *layout {
	lines, comments := scanYAML(string(text.Data))
	l := &layout{comments: comments}
	for i, line := range lines {
		if line.kind == content || line.kind == scalar {
			l.first = i + 1
			break
		}
	}
	raw := strings.Split(string(text.Data), "\n")
	for _, r := range in.at(text.Path) {
		at := r.Origin
		if at.Line < 1 || at.Line > len(lines) {
			continue
		}
		if n := len(l.blocks); n > 0 {
			if last := &l.blocks[n-1]; last.start == at.Line && last.indent == max(at.Column-1, 0) || last.whole && at.Line <= last.end {
				last.resources = append(last.resources, r)
				continue
			}
		}
		l.blocks = append(l.blocks, yamlBlock(lines, raw[at.Line-1], r))
	}
	return l
}

func yamlBlock(lines []yamlLine, first string, r *inventory.Resource) block {
	column := max(r.Origin.Column-1, 0)
	keyed := column <= len(first) && strings.TrimSpace(first[:column]) == "" && strings.Contains(r.Type, "::") &&
		key.MatchString(strings.TrimRight(first[column:], " \t\r"))
	b := block{start: r.Origin.Line, column: column + 1, end: len(lines), whole: keyed, resources: []*inventory.Resource{r}}
	if b.indent = column; keyed {
		b.indent = column + 1
	}
	for i := b.start; i < len(lines); i++ {
		outside := lines[i].indent < column || keyed && lines[i].indent == column
		if lines[i].kind == separator || lines[i].kind == content && outside {
			b.end = i
			break
		}
	}
	return b
}
