package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

// model is what every test needs, loaded once.
type model struct {
	types *vocabulary.Types
	cat   *catalog.Catalog
	set   *check.Set
}

var loaded = sync.OnceValue(func() model {
	types := vocabulary.Load()
	cat, _ := catalog.Load(catalog.Options{Types: types})
	set, _ := check.Load(check.Options{Types: types, Tables: tablesOf(cat)})
	return model{types, cat, set}
})

func tablesOf(cat *catalog.Catalog) func(string) map[string]expr.Table {
	return func(id string) map[string]expr.Table {
		if s, ok := cat.Service(id); ok {
			return s.Tables
		}
		return nil
	}
}

var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// judge runs the checks on a file or directory.
func judge(t *testing.T, path string) (*check.Result, *inventory.Inventory) {
	t.Helper()
	m := loaded()
	inv := source.Read([]string{path}, source.Options{Types: m.types, Terraform: terraform.Options{}})
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: m.cat.Roots(), Diags: &inv.Diags})
	result, _ := check.Run(check.Input{
		Inventory: inv, Workloads: found, Catalog: m.cat, Set: m.set, AsOf: asOf,
		Gatherer: evidence.New(inv, ix, evidence.Options{Identity: identity.New(inv, ix, identity.Options{})}),
	})
	return result, inv
}

// TestJudges: however many judge at once, the result is the same to the last finding.
func TestJudges(t *testing.T) {
	t.Parallel()
	m := loaded()
	dir := t.TempDir()
	for i, c := range m.set.All() {
		for _, f := range c.Fixes {
			if f.Form == "cloudformation" && i%3 == 0 {
				if err := os.WriteFile(filepath.Join(dir, c.ID+".yaml"), []byte(f.Bad), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	inv := source.Read([]string{dir}, source.Options{Types: m.types})
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: m.cat.Roots(), Diags: &inv.Diags})
	results := map[int]*check.Result{}
	for _, judges := range []int{1, 2, 5} {
		results[judges], _ = check.Run(check.Input{
			Inventory: inv, Workloads: found, Catalog: m.cat, Set: m.set, AsOf: asOf, Judges: judges,
			Gatherer: evidence.New(inv, ix, evidence.Options{Identity: identity.New(inv, ix, identity.Options{})}),
		})
	}
	if n := len(results[1].Findings); n < 150 {
		t.Fatalf("only %d findings to compare", n)
	}
	for _, judges := range []int{2, 5} {
		if diff := cmp.Diff(results[1], results[judges]); diff != "" {
			t.Errorf("%d judges (-one +several):\n%.2000s", judges, diff)
		}
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	for _, d := range loaded().set.Lint() {
		t.Error(d)
	}
}

// TestFixes runs each fix of each check: what is bad must be unmet and what is ok met, read as a user's file is.
func TestFixes(t *testing.T) {
	t.Parallel()
	for _, c := range loaded().set.All() {
		for _, f := range c.Fixes {
			t.Run(c.ID+"/"+f.Form, func(t *testing.T) {
				t.Parallel()
				if got := verdicts(t, c, f.Form, f.Bad); !slices.Contains(got, c.Otherwise) || slices.Contains(got, check.Met) {
					t.Errorf("%s: bad gives %v, want %s alone", f.At, got, c.Otherwise)
				}
				if got := verdicts(t, c, f.Form, f.OK); !slices.Contains(got, check.Met) || slices.Contains(got, check.Unmet) || slices.Contains(got, check.Undetermined) {
					t.Errorf("%s: ok gives %v, want met alone", f.At, got)
				}
			})
		}
	}
}

// verdicts are those of one check on a configuration. A file that cannot be read in full fails the test.
func verdicts(t *testing.T, c *check.Check, form, text string) []check.Verdict {
	t.Helper()
	name := map[string]string{"terraform": "main.tf", "cloudformation": "template.yaml", "kubernetes": "manifest.yaml"}[form]
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	result, inv := judge(t, dir)
	for _, d := range inv.Diags {
		if d.Incomplete {
			t.Errorf("%s of %s: %s", form, c.ID, d)
		}
	}
	var out []check.Verdict
	add := func(outcomes []check.Outcome) {
		for _, o := range outcomes {
			if o.Check == c.ID && !slices.Contains(out, o.Verdict) {
				out = append(out, o.Verdict)
			}
		}
	}
	for _, w := range result.Workloads {
		for _, l := range w.Layers {
			for _, d := range l.Duties {
				add(d.Checks)
			}
		}
	}
	for _, r := range result.Resources {
		for _, d := range r.Duties {
			add(d.Checks)
		}
	}
	return out
}

// TestMutants replaces each comparison of each check by true and by false: some example must notice.
func TestMutants(t *testing.T) {
	t.Parallel()
	tried, survivors, err := loaded().set.Mutate(func(*check.Check) []check.Example { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range survivors {
		t.Error(s)
	}
	t.Logf("%d mutants, %d survive", tried, len(survivors))
}

// TestCoverage tells which customer duties of which hostings neither a check nor a statement closes.
func TestCoverage(t *testing.T) {
	t.Parallel()
	m := loaded()
	var open []string
	for _, g := range check.Coverage(m.set, m.cat) {
		if g.Checks == 0 && !g.Attest {
			open = append(open, fmt.Sprintf("%s %s", g.Hosting, g.Duty))
		}
	}
	if len(open) > 0 {
		t.Logf("%d duties are closed by nothing:\n%s", len(open), strings.Join(open, "\n"))
	}
}
