package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/onus-dev/onus/diag"
)

// jsonParser reads JSON into nodes. encoding/json gives no positions of values, and the YAML parser is slow on large
// JSON and refuses surrogate pairs, hence this one.
type jsonParser struct {
	data []byte
	pos  int
	line int32
	// counted is an offset in the line and column the column there, so that a long line is counted through once.
	counted int
	column  int32
	dup     func(key string, line, col int32)
}

// jsonError is a syntax error with its place.
type jsonError struct {
	line, col int32
	what      string
}

func (e *jsonError) Error() string { return e.what }

var errDepth = errors.New("collections are nested too deeply")

func (p *jsonParser) fail(format string, args ...any) error {
	return &jsonError{line: p.line, col: p.col(), what: fmt.Sprintf(format, args...)}
}

func (p *jsonParser) col() int32 {
	at := max(min(p.pos, len(p.data)), p.counted)
	p.column += int32(utf8.RuneCount(p.data[p.counted:at]))
	p.counted = at
	return p.column + 1
}

func (p *jsonParser) document() (*Node, error) {
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.data) {
		return nil, p.fail("there is text after the end of the document")
	}
	return n, nil
}

func (p *jsonParser) space() {
	for ; p.pos < len(p.data); p.pos++ {
		switch p.data[p.pos] {
		case '\n':
			p.line++
			p.counted, p.column = p.pos+1, 0
		case ' ', '\t', '\r':
		default:
			return
		}
	}
}

// peek returns the next byte that is not space, 0 at the end.
func (p *jsonParser) peek() byte {
	p.space()
	if p.pos < len(p.data) {
		return p.data[p.pos]
	}
	return 0
}

func (p *jsonParser) value(depth int) (*Node, error) {
	c := p.peek()
	if depth > MaxDepth {
		return nil, p.fail("%v", errDepth)
	}
	n := &Node{Line: p.line, Col: p.col()}
	switch {
	case c == '{':
		return n, p.object(n, depth)
	case c == '[':
		return n, p.array(n, depth)
	case c == '"':
		s, err := p.string()
		n.Kind, n.Text = Text, s
		return n, err
	case c == 0 && p.pos >= len(p.data):
		return nil, p.fail("the document ends here, a value was expected")
	}
	return n, p.word(n)
}

func (p *jsonParser) object(n *Node, depth int) error {
	n.Kind = Map
	var index map[string]int
	p.pos++
	for first := true; ; first = false {
		c := p.peek()
		if c == '}' {
			p.pos++
			return nil
		}
		if !first {
			if c != ',' {
				return p.fail("a comma or } was expected")
			}
			p.pos++
			c = p.peek()
		}
		if c != '"' {
			return p.fail("a property name in double quotes was expected")
		}
		f := Field{Line: p.line, Col: p.col()}
		var err error
		if f.Name, err = p.string(); err != nil {
			return err
		}
		if p.peek() != ':' {
			return p.fail("a colon was expected after the name %q", diag.Clip(f.Name, maxClip))
		}
		p.pos++
		if f.Value, err = p.value(depth + 1); err != nil {
			return err
		}
		at, twice := fieldAt(n, index, f.Name)
		if twice {
			p.dup(f.Name, f.Line, f.Col)
			n.Fields[at] = f
			continue
		}
		n.Fields = append(n.Fields, f)
		index = indexed(n, index)
	}
}

// fieldAt finds a field by name: in the index when there is one, else by looking at each.
func fieldAt(n *Node, index map[string]int, name string) (at int, ok bool) {
	if index != nil {
		at, ok = index[name]
		return at, ok
	}
	for i := range n.Fields {
		if n.Fields[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// indexed keeps the index of a map that has become large up to date; small maps have none.
func indexed(n *Node, index map[string]int) map[string]int {
	switch {
	case index != nil:
		index[n.Fields[len(n.Fields)-1].Name] = len(n.Fields) - 1
	case len(n.Fields) > largeMap:
		index = make(map[string]int, 2*len(n.Fields))
		for i := range n.Fields {
			index[n.Fields[i].Name] = i
		}
	}
	return index
}

func (p *jsonParser) array(n *Node, depth int) error {
	n.Kind = List
	p.pos++
	if p.peek() == ']' {
		p.pos++
		return nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, v)
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return nil
		default:
			return p.fail("a comma or ] was expected")
		}
	}
}

func (p *jsonParser) string() (string, error) {
	begin, escaped := p.pos, false
	for i := p.pos + 1; i < len(p.data); i++ {
		switch c := p.data[i]; {
		case c == '\\':
			escaped = true
			i++
		case c == '"':
			p.pos = i + 1
			raw := p.data[begin:p.pos]
			if !escaped && utf8.Valid(raw) {
				return string(raw[1 : len(raw)-1]), nil
			}
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				p.pos = begin
				return "", p.fail("the string has an escape that JSON does not know")
			}
			return s, nil
		case c < 0x20:
			p.pos = i
			return "", p.fail("a string may not hold a line break or control character; write \\n")
		}
	}
	return "", p.fail("the string that begins here has no end")
}

// word reads true, false, null or a number.
func (p *jsonParser) word(n *Node) error {
	end := p.pos
	for end < len(p.data) && isWord(p.data[end]) {
		end++
	}
	text := string(p.data[p.pos:end])
	switch text {
	case "true", "false":
		n.Kind, n.Text = Bool, text
	case "null":
	default:
		if !json.Valid([]byte(text)) {
			return p.fail("a value was expected")
		}
		n.Kind, n.Text = Number, text
	}
	p.pos = end
	return nil
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}
