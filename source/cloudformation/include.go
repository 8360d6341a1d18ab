package cloudformation

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// includeSections adds the snippets that AWS::Include puts at the top level of a template.
func (t *template) includeSections() {
	arg := t.doc.Get("Fn::Transform")
	for _, n := range t.doc.Get("Transform").List() {
		if n.Kind == document.Map && n.Get("Name").Str() == includeTransform {
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
	doc.Fields = append([]field(nil), t.doc.Fields...)
	for _, f := range snippet.Fields {
		if own := doc.Get(f.Name); own != nil && own.Kind == document.Map && f.Value != nil && f.Value.Kind == document.Map {
			merged := own.With(own, f.Value.Fields...)
			doc.Fields = append(doc.Without(f.Name), field{Name: f.Name, Line: own.Line, Col: own.Col, Value: merged})
			continue
		}
		doc.Fields = append(doc.Fields, f)
	}
	t.doc = &doc
}

// snippet reads the file that an AWS::Include names; its nodes are placed where the include stands. It returns nil,
// with a diagnostic, when the file could not be read.
func (t *template) snippet(arg *node) *node {
	if list := arg.List(); len(list) == 1 {
		arg = list[0]
	}
	if name := arg.Get("Name").Str(); name != includeTransform {
		t.skipf(t.at(arg), "Macro not run", "The macro %s runs in the account where the template is deployed and may add or change properties. The template is answered as written.", diag.Clip(name, maxClip))
		return nil
	}
	v := t.eval(arg.At("Parameters", "Location"))
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
	t.skipf(t.at(arg), "Include not read", "The snippet %s is not in the answer: %s.", diag.Clip(source, maxClip), why)
	return nil
}

// place copies n as if it were written where from is.
func (s *substitution) place(n, from *node) *node {
	if n == nil || !s.t.enter(n) {
		return n
	}
	defer s.t.leave()
	out := node{Kind: n.Kind, Text: n.Text, Line: from.Line, Col: from.Col}
	for _, item := range n.Items {
		out.Items = append(out.Items, s.place(item, from))
	}
	for _, f := range n.Fields {
		f.Line, f.Col, f.Value = from.Line, from.Col, s.place(f.Value, from)
		out.Fields = append(out.Fields, f)
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
