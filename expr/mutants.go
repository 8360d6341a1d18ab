package expr

import (
	"fmt"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Mutant is a condition with one comparison replaced by true or by false: wrong, and near the right one. Examples that
// give the same answers on it do not hold the comparison.
type Mutant struct {
	*Program
	// To is what the comparison was replaced by; Line and Column place it in the text of the condition, from 1.
	To           bool
	Line, Column int
}

// Mutants returns the condition with each of its comparisons replaced, one at a time, by true and by false: those
// joined by &&, || and !, in the predicates of exists() and all() too.
func (p *Program) Mutants() ([]Mutant, error) {
	var out []Mutant
	for _, id := range atoms(p.tree) {
		for _, to := range []bool{true, false} {
			tree := ast.Copy(p.tree)
			replace(tree, id, to)
			prg, err := p.env.plan(tree)
			if err != nil {
				return nil, fmt.Errorf("plan a mutant: %w", err)
			}
			at := p.tree.SourceInfo().GetStartLocation(id)
			out = append(out, Mutant{Program: &Program{env: p.env, prg: prg, tree: tree}, To: to, Line: at.Line(), Column: at.Column() + 1})
		}
	}
	return out, nil
}

// atoms lists the truth values that are no combination of others.
func atoms(tree *ast.AST) []int64 {
	var out []int64
	var visit func(e ast.Expr)
	visit = func(e ast.Expr) {
		switch e.Kind() {
		case ast.CallKind:
			call := e.AsCall()
			switch call.FunctionName() {
			case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
				for _, a := range call.Args() {
					visit(a)
				}
				return
			}
			if typ := tree.GetType(e.ID()); typ != nil && typ.Kind() == types.BoolKind {
				out = append(out, e.ID())
			}
		case ast.ComprehensionKind:
			visit(e.AsComprehension().LoopStep())
		}
	}
	visit(tree.Expr())
	return out
}

func replace(tree *ast.AST, id int64, to bool) {
	fac := ast.NewExprFactory()
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id {
			e.SetKindCase(fac.NewLiteral(id, types.Bool(to)))
		}
	}))
}
