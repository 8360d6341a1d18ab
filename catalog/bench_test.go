package catalog

import (
	"testing"

	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
)

// BenchmarkLoad indexes the embedded catalog, the vocabulary included.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c, diags := Load(Options{})
		if len(diags) > 0 || len(c.HostingIDs()) == 0 {
			b.Fatal(diags)
		}
	}
}

// BenchmarkLoadAll parses every file, resolves every hosting and compiles every condition, which no command but lint
// needs at once.
func BenchmarkLoadAll(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c, _ := Load(Options{})
		if faults := c.Compile(); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}

// BenchmarkMutate flips every party of the catalog; loading is not counted.
func BenchmarkMutate(b *testing.B) {
	c, _ := Load(Options{})
	for b.Loop() {
		if m := c.Mutate(); m.Flips == 0 {
			b.Fatal("no flips")
		}
	}
}

// BenchmarkExplainOne is what `onus explain lambda-zip` needs: load, and one hosting with all its rows.
func BenchmarkExplainOne(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c, _ := Load(Options{})
		h, ok := c.Hosting("lambda-zip")
		if !ok || len(h.Rows(stack.Duty("language-runtime/apply"))) == 0 {
			b.Fatal("no lambda-zip")
		}
	}
}

// BenchmarkLint parses, compiles and runs everything.
func BenchmarkLint(b *testing.B) {
	types := vocabulary.Load()
	for b.Loop() {
		c, _ := Load(Options{Types: types})
		if diags := c.Lint(); len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}
