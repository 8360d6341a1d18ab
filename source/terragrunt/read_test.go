package terragrunt

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// readTree reads every unit below a directory as the core does: not those that others include or copy.
func readTree(t testing.TB, dir string, opts Options) (*inventory.Inventory, []string) {
	t.Helper()
	tree, err := rootfs.Open(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	loader := terraform.NewLoader(tree, vocabulary.Load())
	var files []string
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && IsUnit(p) {
			files = append(files, filepath.ToSlash(p))
		}
		return err
	})
	parents := map[string]bool{}
	for _, f := range files {
		for _, p := range Included(tree, loader, f) {
			parents[p] = true
		}
	}
	out := &inventory.Inventory{}
	var taken []string
	for _, f := range files {
		if parents[f] {
			continue
		}
		inv, modules, ok := Read(tree, loader, f, opts)
		if ok {
			out.Merge(inv)
			taken = append(taken, modules...)
		}
	}
	out.Sort()
	slices.Sort(taken)
	return out, slices.Compact(taken)
}

// dump prints an inventory so that every value and step shows.
func dump(inv *inventory.Inventory) string {
	var b strings.Builder
	for _, r := range inv.Roots {
		fmt.Fprintf(&b, "root %s %s\n", r.Form, r.Path)
	}
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "%s: %s %s at %s\n", r.Scope, r.Type, r.Address, r.Origin)
		dumpValue(&b, "  ", "", r.Properties)
	}
	for _, u := range inv.Unread {
		fmt.Fprintf(&b, "unread %s: %s %q at %s\n", u.Scope, u.Address, u.Source, u.Origin)
	}
	for _, d := range inv.Diags.Sorted() {
		fmt.Fprintf(&b, "%s\n", d)
	}
	return b.String()
}

func dumpValue(b *strings.Builder, indent, name string, v inventory.Value) {
	if v.Kind() == inventory.Map {
		for _, p := range v.Properties() {
			dumpValue(b, indent, strings.TrimPrefix(name+"."+p.Name, "."), p.Value)
		}
		return
	}
	fmt.Fprintf(b, "%s%s: %s", indent, name, v.Display())
	if m := v.Meta(); m != nil {
		for _, s := range m.Trail {
			fmt.Fprintf(b, "\n%s  <- %s (%s) %s", indent, s.Name, s.Note, s.At)
		}
		for _, s := range m.Assumed {
			fmt.Fprintf(b, "\n%s  assumes %s (%s) %s", indent, s.Name, s.Note, s.At)
		}
		if v.IsUnknown() {
			for _, s := range m.Unresolved {
				fmt.Fprintf(b, "\n%s  needs %s (%s) %s", indent, s.Name, s.Note, s.At)
			}
		}
	}
	b.WriteString("\n")
}

// TestRead reads each folder of testdata and compares with its expected.txt.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"estate", "stack"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("testdata", name)
			inv, taken := readTree(t, dir, Options{})
			got := dump(inv) + "taken " + strings.Join(taken, " ") + "\n"
			golden := filepath.Join(dir, "expected.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", dir, diff)
			}
		})
	}
}
