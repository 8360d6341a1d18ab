package expr

import (
	"fmt"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Formula is a condition as a truth function of its comparisons, for reasoning about conditions without values: a
// tree of and, or and not over atoms.
type Formula struct {
	Op   Op
	Args []*Formula
	Atom Atom
}

// Op is how a Formula is made.
type Op uint8

// The ops. Args are two or more for And and Or, one for Not; Leaf has an Atom.
const (
	Leaf Op = iota
	And
	Or
	Not
)

// Null is the value of a subject that is not set, as Atom.Values writes it.
const Null = "null"

// Atom is one comparison. Text is the same for equal comparisons.
type Atom struct {
	Text string
	// Subject is the property or expression that is compared with constants; "" when the comparison is of another kind,
	// and then nothing is known of the atom but that it is true or false.
	Subject string
	// Bool is set for a subject that is true, false or not set, and nothing else.
	Bool bool
	// Values are the constants, one of which the subject must equal: texts quoted, numbers in one notation, true, false
	// or Null. They are nil when Test tells instead.
	Values []string
	// Test answers for a text constant whether a function such as startsWith holds of it. It is false of Null.
	Test func(text string) bool
}

// Formula returns the condition as a truth function. What the formula says of atoms is true of every configuration;
// the reverse does not hold, for two atoms may hang together in ways that it does not say.
func (p *Program) Formula() *Formula {
	w := &logic{tree: p.tree}
	return w.formula(p.tree.Expr())
}

type logic struct{ tree *ast.AST }

func (w *logic) formula(e ast.Expr) *Formula {
	if e.Kind() == ast.CallKind {
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.LogicalAnd:
			return &Formula{Op: And, Args: w.all(call.Args())}
		case operators.LogicalOr:
			return &Formula{Op: Or, Args: w.all(call.Args())}
		case operators.LogicalNot:
			return &Formula{Op: Not, Args: w.all(call.Args())}
		case operators.NotEquals:
			return &Formula{Op: Not, Args: []*Formula{w.equality(e, call.Args())}}
		case operators.Equals:
			return w.equality(e, call.Args())
		case setFunc:
			return &Formula{Op: Not, Args: []*Formula{w.oneOf(call.Args()[0], Null)}}
		case unsetFunc:
			return w.oneOf(call.Args()[0], Null)
		case operators.In:
			return w.membership(e, call.Args())
		case "startsWith", "endsWith", "contains":
			return w.test(e, call)
		}
	}
	return w.free(e)
}

func (w *logic) all(args []ast.Expr) []*Formula {
	out := make([]*Formula, 0, len(args))
	for _, a := range args {
		out = append(out, w.formula(a))
	}
	return out
}

func (w *logic) free(e ast.Expr) *Formula {
	return &Formula{Atom: Atom{Text: textOf(e)}}
}

func (w *logic) oneOf(subject ast.Expr, values ...string) *Formula {
	s := textOf(subject)
	return &Formula{Atom: Atom{
		Text: s + " in " + strings.Join(values, ","), Subject: s, Values: values,
		Bool: w.tree.GetType(subject.ID()).Kind() == types.BoolKind,
	}}
}

// equality sees a comparison with a constant on either side.
func (w *logic) equality(e ast.Expr, args []ast.Expr) *Formula {
	for i, a := range args {
		if v, ok := literal(a); ok {
			return w.oneOf(args[1-i], v)
		}
	}
	return &Formula{Atom: Atom{Text: operators.Equals + "(" + texts(args) + ")"}}
}

// membership sees `x in ["a", "b"]` with constants only.
func (w *logic) membership(e ast.Expr, args []ast.Expr) *Formula {
	if args[1].Kind() != ast.ListKind {
		return w.free(e)
	}
	var values []string
	for _, el := range args[1].AsList().Elements() {
		v, ok := literal(el)
		if !ok {
			return w.free(e)
		}
		values = append(values, v)
	}
	return w.oneOf(args[0], values...)
}

// test sees x.startsWith("…") and its like with a constant.
func (w *logic) test(e ast.Expr, call ast.CallExpr) *Formula {
	if !call.IsMemberFunction() || len(call.Args()) != 1 {
		return w.free(e)
	}
	arg, ok := constant(call.Args()[0])
	if !ok {
		return w.free(e)
	}
	holds := map[string]func(s, sub string) bool{
		"startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix, "contains": strings.Contains,
	}[call.FunctionName()]
	return &Formula{Atom: Atom{
		Text: textOf(e), Subject: textOf(call.Target()), Test: func(s string) bool { return holds(s, arg) },
	}}
}

// literal writes a constant so that equal ones have one text.
func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	switch v := e.AsLiteral().(type) {
	case types.String:
		return strconv.Quote(string(v)), true
	case types.Bool:
		return strconv.FormatBool(bool(v)), true
	case types.Int:
		return strconv.FormatFloat(float64(v), 'g', -1, 64), true
	case types.Uint:
		return strconv.FormatFloat(float64(v), 'g', -1, 64), true
	case types.Double:
		return strconv.FormatFloat(float64(v), 'g', -1, 64), true
	case types.Null:
		return Null, true
	}
	return "", false
}

// textOf writes an expression so that two with the same text always have the same value.
func textOf(e ast.Expr) string {
	if v, ok := literal(e); ok {
		return v
	}
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		return textOf(e.AsSelect().Operand()) + "." + e.AsSelect().FieldName()
	case ast.ListKind:
		return "[" + texts(e.AsList().Elements()) + "]"
	case ast.CallKind:
		call := e.AsCall()
		args := call.Args()
		if call.IsMemberFunction() {
			args = append([]ast.Expr{call.Target()}, args...)
		}
		return call.FunctionName() + "(" + texts(args) + ")"
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		return "fold " + c.IterVar() + "(" + texts([]ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()}) + ")"
	}
	return fmt.Sprintf("#%p", e) // equal to nothing but itself
}

func texts(list []ast.Expr) string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, textOf(e))
	}
	return strings.Join(out, ", ")
}
