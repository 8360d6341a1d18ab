package check

import (
	"bufio"
	"maps"
	"slices"
	"strings"
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
		whole := set.whole(f)
		lean, types := []*Check{}, map[string]bool{}
		for _, c := range whole.checks {
			if typ := c.On.Type; !types[typ] {
				types[typ] = true
				lean = append(lean, set.load(f, typ)...)
			}
		}
		inFile := func(a, b *Check) int { return a.At.Line - b.At.Line }
		slices.SortFunc(lean, inFile)
		if diff := cmp.Diff(brief(whole.checks), brief(lean), cmp.AllowUnexported(Check{}, expr.Source{})); diff != "" {
			t.Errorf("%s (-whole +lean):\n%s", f.path, diff)
		}
		if diff := cmp.Diff(whole.statements, set.statements(f)); diff != "" {
			t.Errorf("%s: marks (-whole +only):\n%s", f.path, diff)
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(types)), slices.Sorted(maps.Keys(f.lean))); diff != "" {
			t.Errorf("%s: types (-file +index):\n%s", f.path, diff)
		}
		for _, c := range lean {
			if len(c.Fixes)+len(c.Examples) > 0 {
				t.Errorf("%s: its fixes are read by every run", c)
			}
		}
	}
}

// TestScanLayout: a file that does not keep the layout is refused, for part of it would be read only sometimes.
func TestScanLayout(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"tables: {}\nchecks:\n  - id: a\n    on: {r: \"T\"}\nattest:\n  - duty: d\n": true,
		"checks:\n  - id: a\n    on: {r: \"T\"}\n# a comment\n":                      true,
		"checks:\n  - id: a\ntables: {}\n":                                           false,
		"attest:\n  - duty: d\nchecks:\n  - id: a\n":                                 false,
	} {
		if _, err := scan(bufio.NewReader(strings.NewReader(text))); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// brief is what a run uses of checks.
func brief(list []*Check) []Check {
	var out []Check
	for _, c := range list {
		x := *c
		x.Fixes, x.Examples = nil, nil
		x.When += x.when.At().String()
		x.Met += x.met.At().String()
		x.when, x.met, x.ready = expr.Source{}, expr.Source{}, nil
		out = append(out, x)
	}
	return out
}
