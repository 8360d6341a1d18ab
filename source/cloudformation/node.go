package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/diag"
)

// kind is the kind of a node.
type kind uint8

const (
	nullNode kind = iota
	boolNode
	numberNode
	textNode
	listNode
	mapNode
)

// String names the kind for messages.
func (k kind) String() string {
	return [...]string{"empty", "a bool", "a number", "a string", "a list", "a map"}[k]
}

// node is a part of a template as written, whatever its syntax. Nodes are shared (a YAML alias is the same node) and
// never changed once the template is parsed.
type node struct {
	kind kind
	// text is the text of a scalar: "true", "15", "t3.micro".
	text      string
	line, col int32
	items     []*node
	fields    []field
	// index finds the fields of a large map; see get.
	index map[string]int
}

// field is an entry of a map node.
type field struct {
	name      string
	line, col int32
	value     *node
	// loose marks what a loop over an unknown collection stands for.
	loose bool
}

func (n *node) in(path string) diag.Range {
	if n == nil {
		return diag.Range{Path: path}
	}
	return diag.Range{Path: path, Line: int(n.line), Column: int(n.col)}
}

// largeMap is the number of fields from which a map is indexed, so that no input makes look-ups quadratic.
const largeMap = 24

// get returns the value of a map entry, nil when n is no map or has none of that name.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	if len(n.fields) > largeMap {
		if len(n.index) == 0 {
			n.index = make(map[string]int, len(n.fields))
			for i := range n.fields {
				n.index[n.fields[i].name] = i
			}
		}
		if i, ok := n.index[name]; ok {
			return n.fields[i].value
		}
		return nil
	}
	for i := range n.fields {
		if n.fields[i].name == name {
			return n.fields[i].value
		}
	}
	return nil
}

// at is get along several names.
func (n *node) at(names ...string) *node {
	for _, name := range names {
		n = n.get(name)
	}
	return n
}

// scalar returns the text of a scalar.
func (n *node) scalar() (string, bool) {
	if n == nil || n.kind == nullNode || n.kind == listNode || n.kind == mapNode {
		return "", false
	}
	return n.text, true
}

// str returns the text of a scalar, empty for anything else.
func (n *node) str() string {
	s, _ := n.scalar()
	return s
}

// list returns the items of a list; a single value counts as a list of one, nothing as none.
func (n *node) list() []*node {
	switch {
	case n == nil || n.kind == nullNode:
		return nil
	case n.kind == listNode:
		return n.items
	}
	return []*node{n}
}

// isSet reports whether n is there and not null.
func (n *node) isSet() bool { return n != nil && n.kind != nullNode }

// call returns the function that a map node stands for: {"Ref": x} and {"Fn::…": x}.
func (n *node) call() (name string, arg *node, ok bool) {
	if n == nil || n.kind != mapNode || len(n.fields) != 1 {
		return "", nil, false
	}
	f := n.fields[0]
	if f.name == "Ref" || strings.HasPrefix(f.name, "Fn::") && !strings.HasPrefix(f.name, forEachPrefix) {
		return f.name, f.value, true
	}
	return "", nil, false
}

// isCall reports whether n is a function call.
func (n *node) isCall() bool { _, _, ok := n.call(); return ok }

// refTarget returns X of {"Ref": X}.
func (n *node) refTarget() string {
	if name, arg, ok := n.call(); ok && name == "Ref" {
		return arg.str()
	}
	return ""
}

// The constructors below make the nodes of what a transform generates; they are placed where from is.

func textAt(from *node, s string) *node {
	return &node{kind: textNode, text: s, line: from.line, col: from.col}
}

func boolAt(from *node, b bool) *node {
	text := "false"
	if b {
		text = "true"
	}
	return &node{kind: boolNode, text: text, line: from.line, col: from.col}
}

func numberAt(from *node, text string) *node {
	return &node{kind: numberNode, text: text, line: from.line, col: from.col}
}

func listAt(from *node, items ...*node) *node {
	return &node{kind: listNode, items: items, line: from.line, col: from.col}
}

// mapAt makes a map of the fields whose value is set.
func mapAt(from *node, fields ...field) *node {
	n := &node{kind: mapNode, line: from.line, col: from.col}
	for _, f := range fields {
		if f.value.isSet() {
			f.line, f.col = from.line, from.col
			n.fields = append(n.fields, f)
		}
	}
	return n
}

func refAt(from *node, id string) *node {
	return mapAt(from, field{name: "Ref", value: textAt(from, id)})
}

func getAttAt(from *node, id, attr string) *node {
	return mapAt(from, field{name: "Fn::GetAtt", value: listAt(from, textAt(from, id), textAt(from, attr))})
}

func subAt(from *node, text string) *node {
	return mapAt(from, field{name: "Fn::Sub", value: textAt(from, text)})
}

// with returns n with further fields; a field of n's own name is replaced. n is not changed and may be nil.
func (n *node) with(from *node, fields ...field) *node {
	out := mapAt(from)
	if n != nil {
		out.fields = append(out.fields, n.fields...)
	}
	at := make(map[string]int, len(out.fields)+len(fields))
	for i, f := range out.fields {
		at[f.name] = i
	}
	for _, f := range fields {
		if !f.value.isSet() {
			continue
		}
		f.line, f.col = f.value.line, f.value.col
		if i, ok := at[f.name]; ok {
			out.fields[i] = f
			continue
		}
		at[f.name] = len(out.fields)
		out.fields = append(out.fields, f)
	}
	return out
}

// without returns the fields of n but for the named one.
func (n *node) without(name string) []field {
	var out []field
	for _, f := range n.fields {
		if f.name != name {
			out = append(out, f)
		}
	}
	return out
}

// pick returns a map of those fields of n that are named, each under its own name.
func (n *node) pick(from *node, names ...string) *node {
	out := mapAt(from)
	for _, name := range names {
		if v := n.get(name); v.isSet() {
			out.fields = append(out.fields, field{name: name, line: v.line, col: v.col, value: v})
		}
	}
	return out
}

// clip shortens text from the input for a message.
func clip(s string) string {
	const most = 120
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
