package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
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
	for i := range n.Fields {
		loops = loops || strings.HasPrefix(n.Fields[i].Name, forEachPrefix)
	}
	if !loops {
		return n.Fields
	}
	var out []field
	for _, f := range n.Fields {
		if !strings.HasPrefix(f.Name, forEachPrefix) {
			out = append(out, f)
			continue
		}
		out = append(out, t.loop(f)...)
	}
	return out
}

func (t *template) loop(f field) []field {
	args := f.Value.List()
	if len(args) != 3 || args[0].Str() == "" || args[2].Kind != document.Map {
		t.misuse(&node{Line: f.Line, Col: f.Col}, "Fn::ForEach", "an identifier, a collection and a map")
		return nil
	}
	if !t.enter(f.Value) {
		return nil
	}
	defer t.leave()
	name := args[0].Str()
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
		f.Loose = true
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
	if refTarget(n) == s.name {
		return document.TextAt(n, s.value)
	}
	out := node{Kind: n.Kind, Text: s.text(n.Text), Line: n.Line, Col: n.Col}
	for _, item := range n.Items {
		out.Items = append(out.Items, s.node(item))
	}
	for _, f := range n.Fields {
		f.Name = s.text(f.Name)
		f.Value = s.node(f.Value)
		out.Fields = append(out.Fields, f)
	}
	return &out
}
