package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/json"
)

// The JSON syntax cannot tell arguments from nested blocks without a provider schema, so every property of a resource
// is read as an argument; translation gives it its shape afterwards.

var topLevel = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "module", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "locals"}, {Type: "moved"},
}}

var dynamicOnly = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "dynamic", LabelNames: []string{"type"}}}}

var contentOnly = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
}

func (m *module) addJSON(path string, data []byte, override bool) {
	file, diags := json.Parse(data, path)
	m.syntaxErrors(diags)
	if file == nil || file.Body == nil {
		return
	}
	content, _, diags := file.Body.PartialContent(topLevel)
	m.syntaxErrors(diags)
	if content == nil {
		return
	}
	for _, b := range content.Blocks {
		m.addBlock(b.Type, b.Labels, jsonBody(b.Body), rangeOf(b.DefRange), override)
	}
}

func jsonBody(b hcl.Body) *body {
	out := &body{}
	dyn, rest, _ := b.PartialContent(dynamicOnly)
	if dyn != nil {
		for _, d := range dyn.Blocks {
			if n, ok := jsonDynamic(d); ok {
				out.blocks = append(out.blocks, n)
			}
		}
	}
	if rest == nil {
		return out
	}
	attrs, _ := rest.JustAttributes()
	for _, a := range attrs {
		if a.Name != "dynamic" && a.Name != "provisioner" {
			out.attrs = append(out.attrs, newAttr(a.Name, a.Expr, rangeOf(a.NameRange)))
		}
	}
	slices.SortFunc(out.attrs, func(a, b *attr) int { return strings.Compare(a.name, b.name) })
	return out
}

func jsonDynamic(d *hcl.Block) (nested, bool) {
	content, _, _ := d.Body.PartialContent(contentOnly)
	if content == nil || content.Attributes["for_each"] == nil || len(content.Blocks) == 0 {
		return nested{}, false
	}
	at := rangeOf(d.DefRange)
	fe := content.Attributes["for_each"]
	n := nested{typ: d.Labels[0], body: jsonBody(content.Blocks[0].Body), at: at, dynamic: &dynamic{
		iterator: d.Labels[0], forEach: newAttr("for_each", fe.Expr, rangeOf(fe.NameRange)),
	}}
	if it := content.Attributes["iterator"]; it != nil {
		n.dynamic.iterator = hcl.ExprAsKeyword(it.Expr)
	}
	return n, true
}
