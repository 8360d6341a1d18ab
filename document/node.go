package document

import "github.com/onus-dev/onus/diag"

// Kind is the kind of a Node.
type Kind uint8

// The kinds. Null is also what an empty YAML value has.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Map
)

// String names the kind for messages.
func (k Kind) String() string {
	return [...]string{"empty", "a bool", "a number", "a string", "a list", "a map"}[k]
}

// Node is a part of a file as written, whatever its syntax. Nodes are shared (a YAML alias is the same node) and never
// changed once the file is parsed. A nil *Node is what is not there: every method takes it.
type Node struct {
	Kind Kind
	// Text is the text of a scalar: "true", "15", "t3.micro".
	Text      string
	Line, Col int32
	Items     []*Node
	Fields    []Field
	// index finds the fields of a large map; see get.
	index map[string]int
}

// Field is an entry of a map node.
type Field struct {
	Name      string
	Line, Col int32
	Value     *Node
	// Loose marks an entry that stands for an unknown number of its kind.
	Loose bool
}

// In gives the place of n in the file at path.
func (n *Node) In(path string) diag.Range {
	if n == nil {
		return diag.Range{Path: path}
	}
	return diag.Range{Path: path, Line: int(n.Line), Column: int(n.Col)}
}

// largeMap is the number of fields from which a map is indexed, so that no input makes look-ups quadratic.
const largeMap = 24

// Get returns the value of a map entry, nil when n is no map or has none of that name.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	if len(n.Fields) > largeMap {
		if len(n.index) == 0 {
			n.index = make(map[string]int, len(n.Fields))
			for i := range n.Fields {
				n.index[n.Fields[i].Name] = i
			}
		}
		if i, ok := n.index[name]; ok {
			return n.Fields[i].Value
		}
		return nil
	}
	for i := range n.Fields {
		if n.Fields[i].Name == name {
			return n.Fields[i].Value
		}
	}
	return nil
}

// At is get along several names.
func (n *Node) At(names ...string) *Node {
	for _, name := range names {
		n = n.Get(name)
	}
	return n
}

// Scalar returns the text of a Scalar.
func (n *Node) Scalar() (string, bool) {
	if n == nil || n.Kind == Null || n.Kind == List || n.Kind == Map {
		return "", false
	}
	return n.Text, true
}

// Str returns the text of a scalar, empty for anything else.
func (n *Node) Str() string {
	s, _ := n.Scalar()
	return s
}

// List returns the items of a List; a single value counts as a List of one, nothing as none.
func (n *Node) List() []*Node {
	switch {
	case n == nil || n.Kind == Null:
		return nil
	case n.Kind == List:
		return n.Items
	}
	return []*Node{n}
}

// IsSet reports whether n is there and not null.
func (n *Node) IsSet() bool { return n != nil && n.Kind != Null }

// The constructors below make the nodes of what a transform generates; they are placed where from is.

// TextAt makes a text.
func TextAt(from *Node, s string) *Node {
	return &Node{Kind: Text, Text: s, Line: from.Line, Col: from.Col}
}

// BoolAt makes a bool.
func BoolAt(from *Node, b bool) *Node {
	text := "false"
	if b {
		text = "true"
	}
	return &Node{Kind: Bool, Text: text, Line: from.Line, Col: from.Col}
}

// NumberAt makes a number of its text.
func NumberAt(from *Node, text string) *Node {
	return &Node{Kind: Number, Text: text, Line: from.Line, Col: from.Col}
}

// ListAt makes a list.
func ListAt(from *Node, items ...*Node) *Node {
	return &Node{Kind: List, Items: items, Line: from.Line, Col: from.Col}
}

// MapAt makes a map of the fields whose value is set.
func MapAt(from *Node, fields ...Field) *Node {
	n := &Node{Kind: Map, Line: from.Line, Col: from.Col}
	for _, f := range fields {
		if f.Value.IsSet() {
			f.Line, f.Col = from.Line, from.Col
			n.Fields = append(n.Fields, f)
		}
	}
	return n
}

// With returns n With further fields; a field of n's own name is replaced. n is not changed and may be nil.
func (n *Node) With(from *Node, fields ...Field) *Node {
	out := MapAt(from)
	if n != nil {
		out.Fields = append(out.Fields, n.Fields...)
	}
	at := make(map[string]int, len(out.Fields)+len(fields))
	for i, f := range out.Fields {
		at[f.Name] = i
	}
	for _, f := range fields {
		if !f.Value.IsSet() {
			continue
		}
		f.Line, f.Col = f.Value.Line, f.Value.Col
		if i, ok := at[f.Name]; ok {
			out.Fields[i] = f
			continue
		}
		at[f.Name] = len(out.Fields)
		out.Fields = append(out.Fields, f)
	}
	return out
}

// Without returns the fields of n but for the named one.
func (n *Node) Without(name string) []Field {
	var out []Field
	for _, f := range n.Fields {
		if f.Name != name {
			out = append(out, f)
		}
	}
	return out
}

// Pick returns a map of those fields of n that are named, each under its own name.
func (n *Node) Pick(from *Node, names ...string) *Node {
	out := MapAt(from)
	for _, name := range names {
		if v := n.Get(name); v.IsSet() {
			out.Fields = append(out.Fields, Field{Name: name, Line: v.Line, Col: v.Col, Value: v})
		}
	}
	return out
}

// maxClip is how much of a text from the input a message shows, in runes.
const maxClip = 120
