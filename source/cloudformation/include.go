package cloudformation

import (
	"github.com/onus-dev/onus/inventory"
)

// includeSections adds the snippets that AWS::Include puts at the top level of a template.
func (t *template) includeSections() {
	arg := t.doc.get("Fn::Transform")
	for _, n := range t.doc.get("Transform").list() {
		if n.kind == mapNode && n.get("Name").str() == includeTransform {
			arg = n
		}
	}
	if arg == nil {
		return
	}
	snippet := t.snippet(arg)
	if snippet == nil {
		t.macros = true // what is missing may be declared there
		return
	}
	doc := *t.doc
	doc.fields = append([]field(nil), t.doc.fields...)
	for _, f := range snippet.fields {
		if own := doc.get(f.name); own != nil && own.kind == mapNode && f.value != nil && f.value.kind == mapNode {
			merged := own.with(own, f.value.fields...)
			doc.fields = append(doc.without(f.name), field{name: f.name, line: own.line, col: own.col, value: merged})
			continue
		}
		doc.fields = append(doc.fields, f)
	}
	t.doc = &doc
}

// snippet reads the file that an AWS::Include names; its nodes are placed where the include stands. It returns nil,
// with a diagnostic, when the file could not be read.
func (t *template) snippet(arg *node) *node {
	if list := arg.list(); len(list) == 1 {
		arg = list[0]
	}
	if name := arg.get("Name").str(); name != includeTransform {
		t.skipf(t.at(arg), "Macro not run", "The macro %s runs in the account where the template is deployed and may add or change properties. The template is answered as written.", clip(name))
		return nil
	}
	v := t.eval(arg.at("Parameters", "Location"))
	source := shown(v)
	file, why := t.templateFile(source, v.IsUnknown())
	if file != "" && t.templates < maxTemplates {
		t.templates++
		var doc *node
		if doc, why = t.open(file); doc != nil {
			budget := substitution{t: t}
			return budget.place(doc, arg)
		}
	}
	t.skipf(t.at(arg), "Include not read", "The snippet %s is not in the answer: %s.", clip(source), why)
	return nil
}

// place copies n as if it were written where from is.
func (s *substitution) place(n, from *node) *node {
	if n == nil || !s.t.enter(n) {
		return n
	}
	defer s.t.leave()
	out := *n
	out.line, out.col = from.line, from.col
	out.items, out.fields, out.index = nil, nil, nil
	for _, item := range n.items {
		out.items = append(out.items, s.place(item, from))
	}
	for _, f := range n.fields {
		f.line, f.col, f.value = from.line, from.col, s.place(f.value, from)
		out.fields = append(out.fields, f)
	}
	return &out
}

// included returns the properties that an Fn::Transform beside other properties adds.
func (t *template) included(arg *node) []inventory.Property {
	snippet := t.snippet(arg)
	if snippet == nil {
		return nil
	}
	return t.eval(snippet).Properties()
}

// transform evaluates Fn::Transform that stands for a whole value.
func (t *template) transform(arg, n *node) inventory.Value {
	if snippet := t.snippet(arg); snippet != nil {
		return t.eval(snippet)
	}
	return unknown(t.at(n), "Fn::Transform", "not run")
}
