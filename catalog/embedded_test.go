package catalog

import (
	"testing"

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
