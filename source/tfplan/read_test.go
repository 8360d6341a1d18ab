package tfplan

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// types is the vocabulary, read once.
var types = sync.OnceValue(vocabulary.Load)

// readText reads a document from memory; its form is recognised.
func readText(t testing.TB, path, text string) *inventory.Inventory {
	t.Helper()
	form := Recognise([]byte(text[:min(len(text), 64<<10)]))
	inv := Read(path, strings.NewReader(text), form, Options{Types: types()})
	inv.Sort()
	return inv
}

func readFile(t testing.TB, path string) *inventory.Inventory {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return readText(t, path, string(data))
}

// readConfig reads a directory with the reader of configuration.
func readConfig(t testing.TB, dir string) *inventory.Inventory {
	t.Helper()
	tree, err := rootfs.Open(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	inv := terraform.NewLoader(tree, types()).Read(tree.Given(), terraform.Options{})
	inv.Sort()
	return inv
}

// dump prints an inventory so that every value and reference shows.
func dump(inv *inventory.Inventory) string {
	var b strings.Builder
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "%s %s %q %s %s:%d:%d", r.Type, r.Address, r.Name, r.Action, r.Origin.Path, r.Origin.Line, r.Origin.Column)
		if r.Lookup {
			b.WriteString(" lookup")
		}
		b.WriteString("\n")
		for _, p := range r.Properties.Properties() {
			dumpValue(&b, "  ", p.Name, p.Value)
		}
	}
	for _, d := range inv.Diags.Sorted() {
		fmt.Fprintf(&b, "%s\n", d)
	}
	return b.String()
}

func dumpValue(b *strings.Builder, indent, name string, v inventory.Value) {
	fmt.Fprintf(b, "%s%s:", indent, name)
	if v.Kind() == inventory.Map || v.Kind() == inventory.List {
		b.WriteString("\n")
	}
	for _, p := range v.Properties() {
		dumpValue(b, indent+"  ", p.Name, p.Value)
	}
	for i, x := range v.List() {
		dumpValue(b, indent+"  ", fmt.Sprint(i), x)
	}
	if v.Kind() == inventory.Map || v.Kind() == inventory.List {
		return
	}
	b.WriteString(" " + v.Display())
	for _, r := range v.Refs() {
		fmt.Fprintf(b, " <- %s.%s", r.Address, r.Attr)
	}
	if m := v.Meta(); m != nil && v.IsUnknown() {
		for _, s := range m.Unresolved {
			fmt.Fprintf(b, " needs %s (%s)", s.Name, s.Note)
		}
	}
	b.WriteString("\n")
}

// TestGolden reads each document of testdata and compares with what is expected.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(file, "testdata/"), func(t *testing.T) {
			t.Parallel()
			got := []byte(dump(readFile(t, file)))
			golden := strings.TrimSuffix(file, ".json") + ".expected.txt"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, got) {
				t.Errorf("-want +got:\n%s", cmp.Diff(string(want), string(got)))
			}
		})
	}
}
