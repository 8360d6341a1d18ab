package cloudformation_test

import (
	"bytes"
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
	"github.com/onus-dev/onus/source/cloudformation"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

// folder is a Files and Finder over one directory.
type folder struct {
	fsys  fs.FS
	names []string
}

func newFolder(t testing.TB, dir string) *folder {
	t.Helper()
	f := &folder{fsys: os.DirFS(dir)}
	err := fs.WalkDir(f.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			f.names = append(f.names, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *folder) ReadFile(path string) ([]byte, error) {
	if !fs.ValidPath(path) {
		return nil, fmt.Errorf("%s lies outside the root", path)
	}
	return fs.ReadFile(f.fsys, path)
}

func (f *folder) FindSuffix(suffix string) []string {
	return slices.DeleteFunc(slices.Clone(f.names), func(n string) bool {
		return n != suffix && !strings.HasSuffix(n, "/"+suffix)
	})
}

// TestGolden reads testdata/<case>/template.* and compares a dump of the inventory with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	templates, err := filepath.Glob("testdata/*/template.*")
	if err != nil || len(templates) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range templates {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			inv, nested := cloudformation.Read(filepath.Base(file), data, newFolder(t, dir), cloudformation.Options{})
			got := dump(inv, nested)
			golden := filepath.Join(dir, "expected.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("inventory differs (-want +got); run with -update to accept:\n%s", diff)
			}
		})
	}
}

// dump writes an inventory as text, one line a value.
func dump(inv *inventory.Inventory, nested []string) string {
	var b bytes.Buffer
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "%s %s", r.Address, r.Type)
		if r.SourceType != r.Type {
			fmt.Fprintf(&b, " from %s", r.SourceType)
		}
		if r.Name != r.Address {
			fmt.Fprintf(&b, " named %s", r.Name)
		}
		if !r.Mapped {
			b.WriteString(" unmapped")
		}
		if r.ManyUnknown {
			b.WriteString(" many")
		}
		fmt.Fprintf(&b, " @%s\n", r.Origin)
		for _, a := range r.Assets {
			fmt.Fprintf(&b, "    %s asset %s @%s\n", a.Kind, a.Path, a.At)
		}
		steps(&b, "    maybe absent", r.MaybeAbsent)
		steps(&b, "    assumed", r.Properties.Assumed())
		for _, p := range r.Properties.Properties() {
			dumpValue(&b, "  "+p.Name, p.Value)
		}
	}
	for _, u := range inv.Unread {
		fmt.Fprintf(&b, "unread %s: %s @%s\n", u.Address, u.Source, u.Origin)
	}
	for _, n := range nested {
		fmt.Fprintf(&b, "nested %s\n", n)
	}
	for _, d := range inv.Diags.Sorted() {
		fmt.Fprintf(&b, "%s\n", d)
	}
	return b.String()
}

func dumpValue(b *bytes.Buffer, path string, v inventory.Value) {
	switch {
	case v.Kind() == inventory.List && len(v.List()) > 0:
		for i, item := range v.List() {
			dumpValue(b, fmt.Sprintf("%s[%d]", path, i), item)
		}
		return
	case v.Kind() == inventory.Map && len(v.Properties()) > 0:
		for _, p := range v.Properties() {
			dumpValue(b, path+"."+p.Name, p.Value)
		}
		return
	}
	fmt.Fprintf(b, "%s = %s @%d:%d", path, strings.ReplaceAll(v.Display(), "\n", "⏎"), v.Origin().Line, v.Origin().Column)
	if p := v.Partial(); p != "" {
		fmt.Fprintf(b, " ~%q", p)
	}
	for _, r := range v.Refs() {
		fmt.Fprintf(b, " ->%s", strings.TrimSuffix(r.Address+"."+r.Attr, "."))
	}
	b.WriteString("\n")
	steps(b, "      assumed", v.Assumed())
	steps(b, "      unresolved", v.Unresolved())
	if m := v.Meta(); m != nil {
		steps(b, "      trail", m.Trail)
	}
}

func steps(b *bytes.Buffer, title string, list []inventory.Step) {
	for _, s := range list {
		fmt.Fprintf(b, "%s: %s (%s) @%s\n", title, s.Name, s.Note, s.At)
	}
}
