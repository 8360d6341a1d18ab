package serverless

import (
	"slices"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// templateSections are the sections of `resources` that a template has.
var templateSections = []string{"Conditions", "Parameters", "Mappings", "Outputs", "Rules", "Metadata"}

// template puts the generated resources and what `resources` adds into one template.
func (s *service) template() *node {
	sections := map[string]*node{}
	resources := s.generated()
	var transforms []*node
	for _, n := range s.section("resources").List() {
		if s.unknown(n) || n.Kind != document.Map {
			s.diags.Skipf(s.at(n), "Resources not read", "`resources` is a template, or a list of them; here it cannot be told (%s). What it declares is not in the answer.", s.why(n))
			continue
		}
		resources = s.merge(resources, n.Get("Resources"), 0)
		for _, name := range templateSections {
			sections[name] = s.merge(sections[name], n.Get(name), 0)
		}
		transforms = append(transforms, n.Get("Transform").List()...)
		resources = s.extend(resources, n.Get("extensions"))
	}
	from := s.doc
	if s.resources[bucketID] != nil && s.resources[bucketID].condition != nil {
		open := s.unknownAt(s.provider, "", inventory.Step{Name: "frameworkVersion", Note: "not fixed: version 4 makes no bucket for each service", At: s.at(s.provider)})
		sections["Conditions"] = s.merge(sections["Conditions"], mapAt(s.provider, unversioned, open), 0)
	}
	doc := &node{Kind: document.Map, Line: from.Line, Col: from.Col}
	for _, name := range templateSections {
		if sections[name].IsSet() {
			doc.Fields = append(doc.Fields, field{Name: name, Line: from.Line, Col: from.Col, Value: sections[name]})
		}
	}
	if len(transforms) > 0 {
		doc.Fields = append(doc.Fields, field{Name: "Transform", Line: from.Line, Col: from.Col, Value: document.ListAt(from, transforms...)})
	}
	if resources == nil {
		resources = &node{Kind: document.Map, Line: from.Line, Col: from.Col}
	}
	doc.Fields = append(doc.Fields, field{Name: "Resources", Line: from.Line, Col: from.Col, Value: resources})
	return doc
}

// generated is the Resources section of what the functions make.
func (s *service) generated() *node {
	out := &node{Kind: document.Map, Line: s.doc.Line, Col: s.doc.Col}
	for _, id := range s.order {
		r := s.resources[id]
		if r == nil {
			continue
		}
		value := mapAt(r.from, "Type", textAt(r.from, r.typ), "Condition", r.condition)
		if r.props != nil {
			value.Fields = append(value.Fields, field{Name: "Properties", Line: r.from.Line, Col: r.from.Col, Value: r.props})
		}
		out.Fields = append(out.Fields, field{Name: id, Line: r.from.Line, Col: r.from.Col, Value: value})
	}
	return out
}

// merge joins two trees as the framework does: maps entry by entry, anything else by the later.
func (s *service) merge(base, over *node, depth int) *node {
	switch {
	case !over.IsSet():
		return base
	case !base.IsSet(), base.Kind != document.Map, over.Kind != document.Map, isCall(base), isCall(over), s.unknown(base), s.unknown(over), depth > document.MaxDepth:
		return over
	}
	out := &node{Kind: document.Map, Line: base.Line, Col: base.Col, Fields: slices.Clone(base.Fields)}
	at := make(map[string]int, len(out.Fields))
	for i, f := range out.Fields {
		at[f.Name] = i
	}
	for _, f := range over.Fields {
		if i, ok := at[f.Name]; ok {
			out.Fields[i].Value = s.merge(out.Fields[i].Value, f.Value, depth+1)
			continue
		}
		at[f.Name] = len(out.Fields)
		out.Fields = append(out.Fields, f)
	}
	return out
}

// extend applies `extensions`: each property that is named there replaces that of a generated resource.
func (s *service) extend(resources, extensions *node) *node {
	for _, f := range fieldsOf(extensions) {
		own := resources.Get(f.Name)
		if own == nil {
			s.diags.Warnf(s.at(&node{Line: f.Line, Col: f.Col}), "Extension without a resource", "resources.extensions names %s, which the service does not make. It is left out.", diag.Clip(f.Name, maxClip))
			continue
		}
		extended := own
		for _, part := range fieldsOf(f.Value) {
			if part.Name == "Properties" && part.Value != nil && part.Value.Kind == document.Map {
				part.Value = own.Get("Properties").With(own, part.Value.Fields...)
			}
			extended = extended.With(own, part)
		}
		resources = resources.With(resources, field{Name: f.Name, Value: extended})
	}
	return resources
}
