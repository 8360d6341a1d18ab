package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// lazyConditional evaluates only the branch that is taken. HCL's own conditional evaluates both and gives the result
// the marks of both, which would make a resource that was not chosen look like one that was.
type lazyConditional struct {
	*hclsyntax.ConditionalExpr
}

// Value implements hcl.Expression.
func (e *lazyConditional) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	cond, diags := e.Condition.Value(ctx)
	plain, marks := cond.Unmark()
	known := !diags.HasErrors() && plain.IsKnown() && !plain.IsNull()
	if known {
		if plain.Type() == cty.String {
			plain = cty.BoolVal(plain.AsString() == "true")
		}
		known = plain.Type() == cty.Bool
	}
	if !known {
		v, more := e.ConditionalExpr.Value(ctx)
		if diags.HasErrors() || more.HasErrors() {
			return e.eitherBranch(ctx, marks)
		}
		return v, nil
	}
	branch := e.FalseResult
	if plain.True() {
		branch = e.TrueResult
	}
	v, diags := branch.Value(ctx)
	return v.WithMarks(stepMarks(marks)), diags
}

// eitherBranch is the answer when the condition cannot be told and the branches do not fit together: unknown, with what
// both refer to.
func (e *lazyConditional) eitherBranch(ctx *hcl.EvalContext, marks cty.ValueMarks) (cty.Value, hcl.Diagnostics) {
	t, _ := e.TrueResult.Value(ctx)
	f, _ := e.FalseResult.Value(ctx)
	_, tm := t.Unmark()
	_, fm := f.Unmark()
	return cty.DynamicVal.WithMarks(marks, tm, fm), nil
}

// rewrite returns e with every conditional in it replaced by a lazy one. The tree is changed in place, once, while it is
// parsed.
func rewrite(e hclsyntax.Expression) hclsyntax.Expression {
	switch x := e.(type) {
	case *hclsyntax.ConditionalExpr:
		x.Condition, x.TrueResult, x.FalseResult = rewrite(x.Condition), rewrite(x.TrueResult), rewrite(x.FalseResult)
		return &lazyConditional{x}
	case *hclsyntax.FunctionCallExpr:
		rewriteAll(x.Args)
	case *hclsyntax.TemplateExpr:
		rewriteAll(x.Parts)
		if !x.IsStringLiteral() {
			return &partialTemplate{x}
		}
	case *hclsyntax.TupleConsExpr:
		rewriteAll(x.Exprs)
	case *hclsyntax.TemplateWrapExpr:
		x.Wrapped = rewrite(x.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		x.Tuple = rewrite(x.Tuple)
	case *hclsyntax.ParenthesesExpr:
		x.Expression = rewrite(x.Expression)
	case *hclsyntax.ObjectConsExpr:
		if rewriteItems(x.Items) {
			return &partialObject{x}
		}
	case *hclsyntax.BinaryOpExpr:
		x.LHS, x.RHS = rewrite(x.LHS), rewrite(x.RHS)
	case *hclsyntax.UnaryOpExpr:
		x.Val = rewrite(x.Val)
	case *hclsyntax.IndexExpr:
		x.Collection, x.Key = rewrite(x.Collection), rewrite(x.Key)
	case *hclsyntax.RelativeTraversalExpr:
		x.Source = rewrite(x.Source)
	case *hclsyntax.SplatExpr:
		x.Source, x.Each = rewrite(x.Source), rewrite(x.Each)
	case *hclsyntax.ForExpr:
		rewriteFor(x)
	}
	return e
}

// rewriteItems rewrites the members of an object and reports whether a key has to be evaluated.
func rewriteItems(items []hclsyntax.ObjectConsItem) (computed bool) {
	for i := range items {
		items[i].ValueExpr = rewrite(items[i].ValueExpr)
		k, ok := items[i].KeyExpr.(*hclsyntax.ObjectConsKeyExpr)
		if !ok {
			computed = true
			continue
		}
		k.Wrapped = rewrite(k.Wrapped)
		_, known := literalValue(k.Wrapped)
		computed = computed || !known && (k.ForceNonLiteral || hcl.ExprAsKeyword(k.Wrapped) == "")
	}
	return computed
}

func rewriteAll(list []hclsyntax.Expression) {
	for i := range list {
		list[i] = rewrite(list[i])
	}
}

func rewriteFor(x *hclsyntax.ForExpr) {
	x.CollExpr, x.ValExpr = rewrite(x.CollExpr), counted{rewrite(x.ValExpr)}
	if x.KeyExpr != nil {
		x.KeyExpr = rewrite(x.KeyExpr)
	}
	if x.CondExpr != nil {
		x.CondExpr = counted{rewrite(x.CondExpr)}
	}
}

// literalValue evaluates an expression that reads nothing and calls nothing.
func literalValue(e hcl.Expression) (cty.Value, bool) {
	switch x := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return x.Val, true
	case *hclsyntax.TemplateExpr:
		if x.IsStringLiteral() {
			v, diags := x.Value(nil)
			return v, !diags.HasErrors()
		}
	case *hclsyntax.TupleConsExpr, *hclsyntax.ObjectConsExpr:
		if node, ok := e.(hclsyntax.Node); ok && !callsAnything(node) {
			v, diags := e.Value(nil)
			return v, !diags.HasErrors()
		}
	case hclsyntax.Node:
	default: // the JSON syntax: functions have nothing to be called from and fail
		v, diags := e.Value(nil)
		return v, !diags.HasErrors() && v != cty.NilVal && v.IsWhollyKnown()
	}
	return cty.NilVal, false
}

// callsAnything reports whether a function is called in the tree, or a template or loop evaluated.
func callsAnything(n hclsyntax.Node) bool {
	found := false
	_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n.(type) {
		case *hclsyntax.FunctionCallExpr, *hclsyntax.ForExpr, *hclsyntax.SplatExpr:
			found = true
		}
		return nil
	})
	return found
}
