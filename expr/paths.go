package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/onus-dev/onus/vocabulary"
)

// pathsOf lists the properties that a checked condition reads, in order of appearance, each once.
func pathsOf(tree *ast.AST, e *Env) []Path {
	w := &reader{tree: tree, env: e, vars: map[string][]place{}}
	w.read(tree.Expr())
	return w.out
}

// longest drops a path when a longer one below it is read too: the longer one says more.
func longest(paths []Path) []Path {
	var out []Path
	for _, p := range paths {
		covered := slices.ContainsFunc(paths, func(q Path) bool {
			return q.Part == p.Part && q.steps != p.steps && (p.steps == "" || strings.HasPrefix(q.steps, p.steps+separator))
		})
		if !covered {
			out = append(out, p)
		}
	}
	return out
}

// place is what an expression may stand for: a part with the steps below it.
type place struct{ part, steps string }

func (r place) below(name string) place {
	if r.steps != "" {
		name = r.steps + separator + name
	}
	return place{r.part, name}
}

// reader walks an expression. Variables of exists() and its like stand for the list they range over.
type reader struct {
	tree *ast.AST
	env  *Env
	vars map[string][]place
	out  []Path
}

// read records every property that the expression reads.
func (w *reader) read(e ast.Expr) {
	if refs := w.resolve(e); len(refs) > 0 {
		w.record(refs)
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		w.read(e.AsSelect().Operand())
	case ast.CallKind:
		w.call(e.AsCall())
	case ast.ListKind:
		for _, el := range e.AsList().Elements() {
			w.read(el)
		}
	case ast.MapKind:
		for _, en := range e.AsMap().Entries() {
			w.read(en.AsMapEntry().Key())
			w.read(en.AsMapEntry().Value())
		}
	case ast.ComprehensionKind:
		w.comprehension(e.AsComprehension())
	}
}

func (w *reader) call(c ast.CallExpr) {
	if c.IsMemberFunction() {
		w.read(c.Target())
	}
	args := c.Args()
	if c.FunctionName() == operators.In && len(args) == 2 {
		if refs := w.keyed(args[1], args[0]); refs != nil {
			w.record(refs)
			return
		}
	}
	for _, a := range args {
		w.read(a)
	}
}

// keyed resolves `"key" in map`, with a constant key, to the entry.
func (w *reader) keyed(m, key ast.Expr) []place {
	refs := w.resolve(m)
	if name, ok := constant(key); ok && len(refs) > 0 && w.isMap(refs[0]) {
		return []place{refs[0].below(name)}
	}
	return nil
}

func (w *reader) isMap(r place) bool {
	shape := w.env.compiler.schema.vocab.Shape(strings.TrimPrefix(w.env.decl.Parts[r.part], Many))
	if shape == nil || r.steps == "" {
		return false
	}
	at, err := shape.At(strings.ReplaceAll(r.steps, separator, "."))
	return err == nil && (at.Kind == vocabulary.Map || at.Kind == vocabulary.Tags)
}

func (w *reader) comprehension(c ast.ComprehensionExpr) {
	refs := w.ranged(c.IterRange())
	before := len(w.out)
	outer, shadowed := w.vars[c.IterVar()]
	w.vars[c.IterVar()] = refs
	for _, part := range []ast.Expr{c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()} {
		w.read(part)
	}
	delete(w.vars, c.IterVar())
	if shadowed {
		w.vars[c.IterVar()] = outer
	}
	inside := slices.ContainsFunc(w.out[before:], func(p Path) bool { return len(refs) > 0 && p.Part == refs[0].part })
	if !inside {
		w.record(refs)
	}
}

// ranged tells which list a comprehension ranges over, and records what computing it reads. The members of a filtered
// list are members of the list.
func (w *reader) ranged(e ast.Expr) []place {
	refs := w.resolve(e)
	if len(refs) > 0 {
		return refs
	}
	if e.Kind() == ast.ComprehensionKind {
		inner := e.AsComprehension()
		if same := w.tree.GetType(e.ID()).IsExactType(w.tree.GetType(inner.IterRange().ID())); same {
			refs = w.resolve(inner.IterRange())
		}
	}
	w.read(e)
	return refs
}

// resolve tells which property an expression stands for; nothing when it is computed.
func (w *reader) resolve(e ast.Expr) []place {
	switch e.Kind() {
	case ast.IdentKind:
		name := e.AsIdent()
		if refs, ok := w.vars[name]; ok {
			return refs
		}
		if _, ok := w.env.decl.Parts[name]; ok {
			return []place{{part: name}}
		}
	case ast.SelectKind:
		return below(w.resolve(e.AsSelect().Operand()), e.AsSelect().FieldName())
	case ast.CallKind:
		if c := e.AsCall(); c.FunctionName() == operators.Index {
			return w.index(c.Args())
		}
	}
	return nil
}

func (w *reader) index(args []ast.Expr) []place {
	refs := w.resolve(args[0])
	if len(refs) == 0 {
		return nil
	}
	if name, ok := constant(args[1]); ok {
		return below(refs, name)
	}
	w.read(args[1])
	return refs
}

func below(refs []place, name string) []place {
	out := make([]place, 0, len(refs))
	for _, r := range refs {
		out = append(out, r.below(name))
	}
	return out
}

// constant returns a literal text.
func constant(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

func (w *reader) record(refs []place) {
	for _, r := range refs {
		p := newPath(r.part, w.env.decl.Parts[r.part], r.steps)
		if !slices.Contains(w.out, p) {
			w.out = append(w.out, p)
		}
	}
}
