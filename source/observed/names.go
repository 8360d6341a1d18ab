package observed

import (
	_ "embed"
	"net/url"
	"strings"

	"github.com/onus-dev/onus/document"
)

//go:embed names.txt
var namesText string

// extra is the first part of a path into what an API puts beside the properties.
const extra = "Extra"

// names holds how the spelling of each type differs from CloudFormation's.
type names struct{ rules map[string]*rule }

// rule is one paragraph of names.txt.
type rule struct {
	typ        string
	renames    []rename
	members    map[string]string
	unreported []string
	unrecorded []string
	// foreign is the path and text that mark a resource of AWS's own.
	foreign []rename
}

type rename struct {
	from, to []string
	how      string
}

// loadNames parses names.txt, which a test checks against the vocabulary.
func loadNames() *names {
	n := &names{rules: map[string]*rule{}}
	var at *rule
	for line := range strings.Lines(namesText) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#" || strings.HasPrefix(words[0], "#"):
		case strings.Contains(words[0], "::"):
			at = &rule{typ: words[len(words)-1], members: map[string]string{}}
			n.rules[words[0]] = at
		case words[0] == "member":
			at.members[words[1]] = words[2]
		case words[0] == "unreported":
			at.unreported = append(at.unreported, words[1])
		case words[0] == "unrecorded":
			at.unrecorded = append(at.unrecorded, words[1])
		case words[0] == "notowned":
			at.foreign = append(at.foreign, rename{from: strings.Split(words[1], "."), how: words[2]})
		default:
			r := rename{from: strings.Split(words[0], "."), to: strings.Split(words[1], ".")}
			if len(words) > 2 {
				r.how = words[2]
			}
			at.renames = append(at.renames, r)
		}
	}
	return n
}

func (n *names) of(typ string) *rule {
	if r := n.rules[typ]; r != nil {
		return r
	}
	return &rule{typ: typ}
}

// notOwned reports whether the properties show a resource that AWS keeps for itself: a key that AWS manages, a machine
// that a service launched and operates.
func (r *rule) notOwned(props *document.Node) bool {
	for _, f := range r.foreign {
		for _, n := range find(props, f.from) {
			if n.Str() == f.how {
				return true
			}
		}
	}
	return false
}

// apply renames what has another name in CloudFormation. What is renamed loses its old name.
func (r *rule) apply(props, more *document.Node) *document.Node {
	if props == nil || props.Kind != document.Map {
		props = &document.Node{Kind: document.Map}
	}
	gone := map[string]bool{}
	out := &document.Node{Kind: document.Map, Line: props.Line, Col: props.Col}
	var made []document.Field
	for _, m := range r.renames {
		in, from := props, m.from
		if from[0] == extra {
			in, from = more, from[1:]
		} else {
			gone[from[0]] = true
		}
		if v := m.value(find(in, from), entersList(in, from)); v.IsSet() {
			made = append(made, nest(m.to, v))
		}
	}
	for _, f := range props.Fields {
		if !gone[f.Name] {
			f.Value = r.inside(f.Value)
			out.Fields = append(out.Fields, f)
		}
	}
	for _, f := range made {
		if f.Name == "-" {
			continue
		}
		f.Value = r.inside(f.Value)
		if own := out.Get(f.Name); own != nil && own.Kind == document.Map && f.Value.Kind == document.Map {
			f.Value = own.With(own, f.Value.Fields...)
		}
		out = out.With(out, f)
	}
	return out
}

// nest makes the field A of {A: {B: v}} for the path A.B.
func nest(to []string, v *document.Node) document.Field {
	for i := len(to) - 1; i > 0; i-- {
		v = document.MapAt(v, document.Field{Name: to[i], Value: v})
	}
	return document.Field{Name: to[0], Line: v.Line, Col: v.Col, Value: v}
}

// find returns the nodes at a path, entering lists. Names are compared without case.
func find(n *document.Node, path []string) []*document.Node {
	if n == nil {
		return nil
	}
	if n.Kind == document.List {
		var out []*document.Node
		for _, item := range n.Items {
			out = append(out, find(item, path)...)
		}
		if len(path) == 0 {
			return []*document.Node{n}
		}
		return out
	}
	if len(path) == 0 {
		return []*document.Node{n}
	}
	return find(member(n, path[0]), path[1:])
}

// entersList reports whether a list lies on the way of a path.
func entersList(n *document.Node, path []string) bool {
	for _, name := range path {
		if n = member(n, name); n != nil && n.Kind == document.List {
			return true
		}
	}
	return false
}

func member(n *document.Node, name string) *document.Node {
	if v := n.Get(name); v != nil || n == nil {
		return v
	}
	for _, f := range n.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return nil
}

// value turns what was found into the value of a property.
func (m rename) value(found []*document.Node, list bool) *document.Node {
	if len(found) == 0 {
		return nil
	}
	one := found[0]
	text, is := strings.CutPrefix(m.how, "is:")
	switch {
	case is:
		return document.BoolAt(one, strings.EqualFold(one.Str(), text))
	case m.how == "first":
		return one
	case m.how == "split":
		var items []*document.Node
		for s := range strings.SplitSeq(one.Str(), ",") {
			if s = strings.TrimSpace(s); s != "" {
				items = append(items, document.TextAt(one, s))
			}
		}
		return document.ListAt(one, items...)
	case m.how == "rules":
		return permissions(one)
	case list && one.Kind != document.List:
		return document.ListAt(one, found...)
	}
	return one
}

// permissions writes the permissions of a security group as CloudFormation does: one rule for each range or group.
func permissions(list *document.Node) *document.Node {
	sources := []struct{ list, member, property string }{
		{"ipv4Ranges", "cidrIp", "CidrIp"}, {"ipRanges", "cidrIp", "CidrIp"}, {"ipv6Ranges", "cidrIpv6", "CidrIpv6"},
		{"userIdGroupPairs", "groupId", "SourceSecurityGroupId"}, {"prefixListIds", "prefixListId", "SourcePrefixListId"},
	}
	out := document.ListAt(list)
	seen := map[[3]string]bool{}
	for _, p := range list.List() {
		for _, s := range sources {
			for _, source := range member(p, s.list).List() {
				v := member(source, s.member)
				if v == nil && source.Kind == document.Text {
					v = source // ipRanges lists the ranges themselves
				}
				key := [3]string{member(p, "ipProtocol").Str() + " " + member(p, "fromPort").Str() + " " + member(p, "toPort").Str(), s.property, v.Str()}
				if !v.IsSet() || seen[key] {
					continue
				}
				seen[key] = true
				out.Items = append(out.Items, document.MapAt(source,
					document.Field{Name: "IpProtocol", Value: member(p, "ipProtocol")},
					document.Field{Name: "FromPort", Value: member(p, "fromPort")},
					document.Field{Name: "ToPort", Value: member(p, "toPort")},
					document.Field{Name: s.property, Value: v},
					document.Field{Name: "Description", Value: member(source, "description")}))
			}
		}
	}
	return out
}

// inside renames members anywhere inside a value and opens policies, which AWS reports as URL-encoded JSON.
func (r *rule) inside(n *document.Node) *document.Node {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case document.Text:
		if strings.HasPrefix(n.Text, "%7B") {
			if s, err := url.QueryUnescape(n.Text); err == nil {
				return Inner(document.TextAt(n, s))
			}
		}
	case document.List:
		for i := range n.Items {
			n.Items[i] = r.inside(n.Items[i])
		}
	case document.Map:
		for i := range n.Fields {
			f := &n.Fields[i]
			if to, ok := r.members[f.Name]; ok {
				f.Name = to
			}
			f.Value = r.inside(f.Value)
		}
	}
	return n
}

// Inner opens a text that holds a JSON object or list: AWS's APIs nest documents so. Its nodes are placed where the text
// stands. Anything else is returned as it is.
func Inner(n *document.Node) *document.Node {
	if n == nil || n.Kind != document.Text {
		return n
	}
	s := strings.TrimSpace(n.Text)
	if s == "" || s[0] != '{' && s[0] != '[' {
		return n
	}
	docs, _ := document.Parse("", []byte(s), document.Options{})
	if len(docs) != 1 {
		return n
	}
	place(docs[0], func(m *document.Node) { m.Line, m.Col = n.Line, n.Col })
	return docs[0]
}

// place moves every node of a tree; field names move with their values' parents.
func place(n *document.Node, move func(*document.Node)) {
	if n == nil {
		return
	}
	move(n)
	for _, item := range n.Items {
		place(item, move)
	}
	for i := range n.Fields {
		f := &n.Fields[i]
		at := document.Node{Line: f.Line, Col: f.Col}
		move(&at)
		f.Line, f.Col = at.Line, at.Col
		place(f.Value, move)
	}
}
