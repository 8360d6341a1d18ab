package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/onus-dev/onus/diag"
)

// faults collects what is wrong with one condition.
type faults struct {
	src   Source
	env   *Env
	diags diag.List
}

// add reports a fault at a line (from 1) and column (from 0, in characters) of the condition's text.
func (f *faults) add(line, column int, summary, detail string) {
	f.diags.Add(diag.Diagnostic{
		Severity: diag.Error, Summary: summary, Detail: detail,
		Range: f.src.at(max(1, line), max(0, column)), Incomplete: true, // CEL has no place for an empty text
	})
}

func (f *faults) addNode(tree *ast.AST, id int64, summary, detail string) {
	at := tree.SourceInfo().GetStartLocation(id)
	f.add(at.Line(), at.Column(), summary, detail)
}

// syntax refuses what the language leaves out and rewrites comparisons with null, before types are checked.
func (f *faults) syntax(tree *ast.AST) {
	if ast.NodeCount(tree) > maxNodes {
		f.add(1, 0, "Condition too long", "Split it into several rows, or let discovery derive the fact.")
		return
	}
	fac := ast.NewExprFactory()
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if e.AsSelect().IsTestOnly() {
				f.addNode(tree, e.ID(), hasSummary, hasDetail)
			}
		case ast.CallKind:
			rewriteNull(fac, e)
		}
	}))
}

const (
	hasSummary = "has() does not exist here"
	hasDetail  = "A property that is not set is null. Compare with null instead: x.Property != null."
)

func rewriteNull(fac ast.ExprFactory, e ast.Expr) {
	call := e.AsCall()
	name := unsetFunc
	switch call.FunctionName() {
	case operators.Equals:
	case operators.NotEquals:
		name = setFunc
	default:
		return
	}
	args := call.Args()
	switch {
	case isNullLiteral(args[1]):
		e.SetKindCase(fac.NewCall(e.ID(), name, args[0]))
	case isNullLiteral(args[0]):
		e.SetKindCase(fac.NewCall(e.ID(), name, args[1]))
	}
}

func isNullLiteral(e ast.Expr) bool {
	return e.Kind() == ast.LiteralKind && e.AsLiteral() == types.NullValue
}

// rules refuses conditions that type-check and still would not mean what they seem to: a property that may be null
// used as a truth value, whole objects compared, a condition that is no truth value.
func (f *faults) rules(tree *ast.AST) {
	root := tree.Expr()
	if typ := tree.GetType(root.ID()); typ.Kind() != types.BoolKind && typ.Kind() != types.DynKind {
		f.add(1, 0, "Condition is not true or false", "It gives a "+typeName(typ.String())+"; compare it with something.")
		return
	}
	f.truth(tree, root)
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		args := e.AsCall().Args()
		switch e.AsCall().FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
			for _, a := range args {
				f.truth(tree, a)
			}
		case operators.Conditional:
			f.truth(tree, args[0])
		case operators.Equals, operators.NotEquals:
			f.comparison(tree, e, args[0])
		}
	}))
}

// truth refuses a property in the place of a truth value.
func (f *faults) truth(tree *ast.AST, e ast.Expr) {
	read := e.Kind() == ast.SelectKind
	if e.Kind() == ast.CallKind {
		read = e.AsCall().FunctionName() == operators.Index
	}
	if e.Kind() == ast.IdentKind {
		read = tree.GetType(e.ID()).Kind() != types.BoolKind || !isAccumulator(e.AsIdent())
	}
	if read {
		f.addNode(tree, e.ID(), "Property used as a truth value",
			"It may be not set, which is neither true nor false. Compare it: == true, != true.")
	}
}

// isAccumulator tells the variable that CEL's own macros fold into.
func isAccumulator(name string) bool { return name == "@result" || name == "__result__" }

func (f *faults) comparison(tree *ast.AST, e, left ast.Expr) {
	typ := tree.GetType(left.ID())
	for typ.Kind() == types.ListKind {
		typ = typ.Parameters()[0]
	}
	if typ.Kind() == types.StructKind {
		f.addNode(tree, e.ID(), "Objects cannot be compared", "Compare their properties, or compare the object with null.")
	}
}
