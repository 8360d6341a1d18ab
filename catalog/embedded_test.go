package catalog

import (
	"testing"

	"github.com/onus-dev/onus/stack"

	"github.com/google/go-cmp/cmp"
)

// TestEmbeddedCatalogIsClean lints the whole model: it is the gate for every change of catalog/aws.
func TestEmbeddedCatalogIsClean(t *testing.T) {
	t.Parallel()
	c, diags := Load(Options{})
	for _, d := range append(diags, c.Lint()...) {
		t.Error(d)
	}
}

// TestScanAgreesWithParse holds the fast index of the embedded files against their parsed content.
func TestScanAgreesWithParse(t *testing.T) {
	t.Parallel()
	c, _ := Load(Options{})
	for _, f := range c.sortedFiles() {
		want := indexOf(f.load())
		if diff := cmp.Diff(want, f.index, cmp.AllowUnexported(index{}, root{})); diff != "" {
			t.Errorf("%s (-parsed +scanned):\n%s", f.path, diff)
		}
	}
}

// TestServiceOf: the index knows the service of each hosting that its content declares.
func TestServiceOf(t *testing.T) {
	t.Parallel()
	c, _ := Load(Options{})
	for _, h := range c.Hostings() {
		if got := c.ServiceOf(h.ID); got != h.Service.ID {
			t.Errorf("%s: service %q, want %q", h.ID, got, h.Service.ID)
		}
	}
	if got := c.ServiceOf("nothing"); got != "" {
		t.Errorf("nothing: %q", got)
	}
}

// TestWithoutExamples: leaving out the examples leaves everything else as it is, and where it is.
func TestWithoutExamples(t *testing.T) {
	t.Parallel()
	whole, _ := Load(Options{})
	lean, _ := Load(Options{WithoutExamples: true})
	for _, h := range whole.Hostings() {
		got, ok := lean.Hosting(h.ID)
		if !ok || len(got.Examples) > 0 || len(h.Examples) == 0 {
			t.Fatalf("%s: %d examples, %d without", h.ID, len(h.Examples), len(got.Examples))
		}
		if got.At != h.At || got.Title != h.Title || len(got.Works) != len(h.Works) || len(got.Uses) != len(h.Uses) {
			t.Errorf("%s is another hosting", h.ID)
		}
		for _, d := range stack.Duties() {
			a, b := h.Rows(d), got.Rows(d)
			for i := range a {
				if len(a) != len(b) || a[i].At != b[i].At || a[i].When != b[i].When || a[i].Party != b[i].Party || a[i].Reason != b[i].Reason {
					t.Fatalf("%s: other rows of %s", h.ID, d)
				}
			}
		}
	}
}
