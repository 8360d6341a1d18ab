package terraform

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// A boot script is mostly known although a variable in it has no value, and so is the name of a tag. What is known of
// such a text rides on the unknown value as a mark and becomes inventory.Meta.Partial: evidence to search in.

// partialMark is what is known of an unknown text, each unknown part as ${name}; of an unknown map it is a line
// "key = value" for each member. Sensitive parts are left out, but for those that a function has put together: like the
// text of a sensitive value it is for searching and never printed.
type partialMark struct{ text string }

const (
	// maxPartial is how much of one text is kept; user data of EC2 has at most 16 KiB.
	maxPartial = 64 << 10
	// maxMergedMembers is how many members of one map are kept; AWS allows 50 tags.
	maxMergedMembers = 200
)

// partialTemplate is a template that keeps what is known when a part is unknown.
type partialTemplate struct{ *hclsyntax.TemplateExpr }

// Value implements hcl.Expression. Each part is evaluated once, and put together by HCL's own rules.
func (e *partialTemplate) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	whole := *e.TemplateExpr
	whole.Parts = make([]hclsyntax.Expression, len(e.Parts))
	values := make([]cty.Value, len(e.Parts))
	for i, p := range e.Parts {
		v, more := p.Value(ctx)
		diags = append(diags, more...)
		values[i] = v
		whole.Parts[i] = &hclsyntax.LiteralValueExpr{Val: v, SrcRange: p.Range()}
	}
	v, more := whole.Value(ctx)
	diags = append(diags, more...)
	if !onlyOne(values) {
		v = withoutDocument(v)
	}
	if diags.HasErrors() || isKnown(v) {
		return v, diags
	}
	var text strings.Builder
	for i, part := range values {
		text.WriteString(knownText(part, e.Parts[i]))
	}
	return withPartial(ctx, v, text.String()), diags
}

// onlyOne reports whether a template consists of one part and blanks: a here-document around a single expression.
func onlyOne(parts []cty.Value) bool {
	solid := 0
	for _, p := range parts {
		p, _ = p.Unmark()
		if p == cty.NilVal || !p.IsKnown() || p.IsNull() || p.Type() != cty.String || strings.TrimSpace(p.AsString()) != "" {
			solid++
		}
	}
	return solid == 1
}

// withoutDocument drops the document of a part of a text: it is not what the text stands for.
func withoutDocument(v cty.Value) cty.Value {
	plain, marks := v.Unmark()
	for m := range marks {
		if _, document := m.(*documentMark); document {
			delete(marks, m)
		}
	}
	return plain.WithMarks(marks)
}

// partialObject is an object with computed keys that keeps what is known when a key is unknown.
type partialObject struct{ *hclsyntax.ObjectConsExpr }

// Value implements hcl.Expression.
func (e *partialObject) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	var lines []string
	of := cty.ValueMarks{}
	whole := *e.ObjectConsExpr
	whole.Items = make([]hclsyntax.ObjectConsItem, len(e.Items))
	for i, item := range e.Items {
		k, more := item.KeyExpr.Value(ctx)
		diags = append(diags, more...)
		v, more := item.ValueExpr.Value(ctx)
		diags = append(diags, more...)
		whole.Items[i] = hclsyntax.ObjectConsItem{
			KeyExpr:   &hclsyntax.LiteralValueExpr{Val: k, SrcRange: item.KeyExpr.Range()},
			ValueExpr: &hclsyntax.LiteralValueExpr{Val: v, SrcRange: item.ValueExpr.Range()},
		}
		maps.Copy(of, k.Marks())
		maps.Copy(of, v.Marks())
		lines = append(lines, oneLine(knownText(k, item.KeyExpr))+" = "+oneLine(knownText(v, item.ValueExpr)))
	}
	v, more := whole.Value(ctx)
	diags = append(diags, more...)
	if diags.HasErrors() || isKnown(v) {
		return v, diags
	}
	return withPartial(ctx, v.WithMarks(of), strings.Join(lines, "\n")), diags
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }

func isKnown(v cty.Value) bool {
	v, _ = v.Unmark()
	return v.IsKnown()
}

// withPartial marks an unknown value with what is known of it, in place of what its parts carry.
func withPartial(ctx *hcl.EvalContext, v cty.Value, text string) cty.Value {
	plain, marks := v.Unmark()
	kept := make(cty.ValueMarks, len(marks)+1)
	for m := range marks {
		if _, part := m.(*partialMark); !part {
			kept[m] = struct{}{}
		}
	}
	if m := budgetOf(ctx).partial(text); m != nil {
		kept[m] = struct{}{}
	}
	return plain.WithMarks(kept)
}

// partial makes the mark of a text while the root's budget lasts.
func (b *budget) partial(text string) *partialMark {
	text = text[:min(len(text), maxPartial)]
	if text == "" || !b.spend(1+len(text)/64) {
		return nil
	}
	return &partialMark{text}
}

// merging is merge(), which the standard library forgets everything of when one of the maps is unknown.
func (b *budget) merging() function.Function {
	unknown := func(args []cty.Value) bool {
		return slices.ContainsFunc(args, func(a cty.Value) bool { return !isKnown(a) })
	}
	return function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "maps", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowNull: true, AllowUnknown: true, AllowMarked: true,
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			if unknown(args) {
				return cty.DynamicPseudoType, nil
			}
			return stdlib.MergeFunc.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !unknown(args) {
				return stdlib.MergeFunc.Call(args)
			}
			return b.mergedPartly(args), nil
		},
	})
}

// mergedPartly is an unknown map that keeps the marks of the maps it is made of and what is known of their members.
func (b *budget) mergedPartly(args []cty.Value) cty.Value {
	marks := cty.ValueMarks{}
	var lines []string
	for _, a := range args {
		plain, own := a.Unmark()
		if text := partialOf(plain, own); text != "" {
			lines = append(lines, text)
		}
		for m := range own {
			if _, part := m.(*partialMark); !part {
				marks[m] = struct{}{}
			}
		}
		if !plain.IsKnown() || plain.IsNull() || !plain.CanIterateElements() || membersOf(plain) > maxMergedMembers {
			continue
		}
		for it := plain.ElementIterator(); it.Next(); {
			k, v := it.Element()
			lines = append(lines, oneLine(knownText(k, nil))+" = "+oneLine(knownText(v, nil)))
		}
	}
	if m := b.partial(strings.Join(lines, "\n")); m != nil {
		marks[m] = struct{}{}
	}
	return cty.DynamicVal.WithMarks(marks)
}

// knownText is a part of a text as far as it is known and may be kept.
func knownText(v cty.Value, e hclsyntax.Expression) string {
	plain, marks := v.Unmark()
	if _, hidden := marks[sensitiveMark{}]; !hidden && plain != cty.NilVal {
		if s, err := convert.Convert(plain, cty.String); err == nil && s.IsKnown() && !s.IsNull() {
			return s.AsString()
		}
		if s := partialOf(plain, marks); s != "" {
			return s
		}
	}
	return "${" + readBy(e) + "}"
}

// readBy names what an expression reads first; e may be nil.
func readBy(e hclsyntax.Expression) string {
	if e == nil {
		return "…"
	}
	vars := e.Variables()
	if len(vars) == 0 {
		return "…"
	}
	var b strings.Builder
	for _, step := range vars[0] {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		}
	}
	return b.String()
}

// partialOf is what the marks of an unknown value say of it, else the beginning that cty knows: format() keeps one.
func partialOf(plain cty.Value, marks cty.ValueMarks) string {
	var texts []string
	for m := range marks {
		if p, ok := m.(*partialMark); ok {
			texts = append(texts, p.text)
		}
	}
	if len(texts) > 0 {
		slices.Sort(texts)
		text := strings.Join(slices.Compact(texts), "\n")
		return text[:min(len(text), maxPartial)]
	}
	if plain.Type() != cty.String || plain.IsKnown() {
		return ""
	}
	if prefix := plain.Range().StringPrefix(); prefix != "" {
		return prefix + "${…}"
	}
	return ""
}
