package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/vocabulary"
)

// TestLean holds what a run reads of the embedded files against the whole files: the same checks at the same places, the
// same marks, and the types of the index.
func TestLean(t *testing.T) {
	t.Parallel()
	set, _ := Load(Options{Types: vocabulary.Load()})
	for _, f := range set.files {
		whole, _ := parse(f.path, f.text, nil)
		lean, _ := parse(f.path, lean(f.text), nil)
		marks, _ := parse(f.path, onlyMarks(f.text), nil)
		if diff := cmp.Diff(brief(whole.checks), brief(lean.checks), cmp.AllowUnexported(Check{}, expr.Source{})); diff != "" {
			t.Errorf("%s (-whole +lean):\n%s", f.path, diff)
		}
		if diff := cmp.Diff(whole.statements, marks.statements); f.all && diff != "" {
			t.Errorf("%s: marks (-whole +only):\n%s", f.path, diff)
		}
		if len(lean.statements) > 0 || len(whole.statements) > 0 != f.all {
			t.Errorf("%s: marks are read with the checks, or not found", f.path)
		}
		types := map[string]bool{}
		for _, c := range whole.checks {
			types[c.On.Type] = true
		}
		found := map[string]bool{}
		for _, typ := range f.types {
			found[typ] = true
		}
		if diff := cmp.Diff(types, found); diff != "" {
			t.Errorf("%s: index of types (-file +index):\n%s", f.path, diff)
		}
	}
}

// brief is what a run uses of checks.
func brief(list []*Check) []Check {
	var out []Check
	for _, c := range list {
		x := *c
		x.Fixes, x.Examples, x.Tables = nil, nil, nil
		x.When += x.when.At().String()
		x.Met += x.met.At().String()
		x.when, x.met, x.ready = expr.Source{}, expr.Source{}, nil
		out = append(out, x)
	}
	return out
}
