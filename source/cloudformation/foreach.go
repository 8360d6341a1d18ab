package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// forEachPrefix begins the key of a loop: "Fn::ForEach::Name": [identifier, collection, {key: value}].
const forEachPrefix = "Fn::ForEach::"

// expand returns the fields of a map with its loops unrolled.
func (t *template) expand(n *node) []field {
	if n == nil {
		return nil
	}
	loops := false
	for i := range n.fields {
		loops = loops || strings.HasPrefix(n.fields[i].name, forEachPrefix)
	}
	if !loops {
		return n.fields
	}
	var out []field
	for _, f := range n.fields {
		if !strings.HasPrefix(f.name, forEachPrefix) {
			out = append(out, f)
			continue
		}
		out = append(out, t.loop(f)...)
	}
	return out
}

func (t *template) loop(f field) []field {
	args := f.value.list()
	if len(args) != 3 || args[0].str() == "" || args[2].kind != mapNode {
		t.misuse(&node{line: f.line, col: f.col}, "Fn::ForEach", "an identifier, a collection and a map")
		return nil
	}
	if !t.enter(f.value) {
		return nil
	}
	defer t.leave()
	name := args[0].str()
	items, known := t.collection(args[1])
	if !known {
		return t.looseLoop(name, args[2])
	}
	var out []field
	for _, item := range items {
		s := substitution{t: t, name: name, value: item}
		out = append(out, t.expand(s.node(args[2]))...)
		if t.left < 0 {
			return out
		}
	}
	return out
}

// collection evaluates what a loop runs over.
func (t *template) collection(n *node) ([]string, bool) {
	v := t.eval(n)
	if v.Kind() != inventory.List {
		return nil, false
	}
	var out []string
	for _, item := range v.List() {
		if item.Kind() == inventory.List {
			for _, inner := range item.List() {
				s, ok := inner.Text()
				if !ok {
					return nil, false
				}
				out = append(out, s)
			}
			continue
		}
		s, ok := item.Text()
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// looseLoop stands for a loop over a collection that is unknown: its content once, the identifier unknown.
func (t *template) looseLoop(name string, body *node) []field {
	t.loops[name] = []inventory.Step{{Name: "Fn::ForEach " + name, Note: "the collection is unknown", At: t.at(body)}}
	var out []field
	for _, f := range t.expand(body) {
		f.loose = true
		out = append(out, f)
	}
	return out
}

// substitution replaces a loop identifier in a tree of nodes.
type substitution struct {
	t           *template
	name, value string
}

func (s *substitution) text(in string) string {
	if !strings.Contains(in, s.name) {
		return in
	}
	in = strings.ReplaceAll(in, "${"+s.name+"}", s.value)
	return strings.ReplaceAll(in, "&{"+s.name+"}", alphanumeric(s.value))
}

// alphanumeric drops what may not stand in a logical id.
func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}

// node returns n with the identifier replaced; n itself is not changed.
func (s *substitution) node(n *node) *node {
	if n == nil || !s.t.enter(n) {
		return n
	}
	defer s.t.leave()
	if n.refTarget() == s.name {
		return textAt(n, s.value)
	}
	out := *n
	out.text = s.text(n.text)
	out.items, out.fields, out.index = nil, nil, nil
	for _, item := range n.items {
		out.items = append(out.items, s.node(item))
	}
	for _, f := range n.fields {
		f.name = s.text(f.name)
		f.value = s.node(f.value)
		out.fields = append(out.fields, f)
	}
	return &out
}
