package terraform

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// read evaluates a directory with the options that its case needs.
func read(t testing.TB, dir string, opts Options) *inventory.Inventory {
	t.Helper()
	tree, err := rootfs.Open(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	inv := NewLoader(tree, vocabulary.Load()).Read(tree.Given(), opts)
	inv.Sort()
	return inv
}

// dump prints an inventory so that every value, reference and step shows.
func dump(inv *inventory.Inventory) string {
	var b strings.Builder
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "%s %s %q line %d", r.Type, r.Address, r.Name, r.Origin.Line)
		if r.ManyUnknown {
			fmt.Fprintf(&b, " many unknown %s", steps(r.MaybeAbsent))
		}
		if r.Lookup {
			b.WriteString(" lookup")
		}
		b.WriteString("\n")
		for _, a := range r.Assets {
			fmt.Fprintf(&b, "  made of %s %s at line %d\n", a.Kind, a.Path, a.At.Line)
		}
		for _, p := range r.Properties.Properties() {
			dumpValue(&b, "  ", p.Name, p.Value)
		}
	}
	for _, u := range inv.Unread {
		fmt.Fprintf(&b, "unread %s %s\n", u.Address, u.Source)
	}
	for _, d := range inv.Diags.Sorted() {
		fmt.Fprintf(&b, "%s\n", d)
	}
	return b.String()
}

func dumpValue(b *strings.Builder, indent, name string, v inventory.Value) {
	fmt.Fprintf(b, "%s%s:", indent, name)
	switch v.Kind() {
	case inventory.Map:
		b.WriteString("\n")
		for _, p := range v.Properties() {
			dumpValue(b, indent+"  ", p.Name, p.Value)
		}
		return
	case inventory.List:
		b.WriteString("\n")
		for i, x := range v.List() {
			dumpValue(b, indent+"  ", fmt.Sprint(i), x)
		}
		return
	}
	fmt.Fprintf(b, " %s", v.Display())
	for _, r := range v.Refs() {
		fmt.Fprintf(b, " <- %s.%s", r.Address, r.Attr)
	}
	if m := v.Meta(); m != nil {
		if len(m.Assumed) > 0 {
			b.WriteString(" assumes " + steps(m.Assumed))
		}
		if len(m.Trail) > 0 {
			b.WriteString(" via " + steps(m.Trail))
		}
		if v.IsUnknown() {
			b.WriteString(" needs " + steps(m.Unresolved))
		}
		if m.Partial != "" {
			fmt.Fprintf(b, " knows %q", m.Partial)
		}
	}
	b.WriteString("\n")
}

func steps(list []inventory.Step) string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%s (%s)", s.Name, s.Note))
	}
	return strings.Join(out, ", ")
}

// TestRead reads each folder of testdata and compares with its expected.txt.
func TestRead(t *testing.T) {
	t.Parallel()
	cases := map[string]Options{
		"values":          {Vars: []string{"from_command_line=EC2", "numbers=[1,2]"}},
		"defaultsunknown": {DefaultsUnknown: true},
	}
	dirs, err := filepath.Glob("testdata/*/main.tf*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, main := range dirs {
		dir := filepath.Dir(main)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			got := dump(read(t, dir, cases[filepath.Base(dir)]))
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

// FuzzRead feeds one file of configuration to the reader: no input may make it panic or hang.
func FuzzRead(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/*/*.tf")
	for _, s := range seeds {
		if data, err := os.ReadFile(s); err == nil {
			f.Add(data)
		}
	}
	f.Add([]byte(`resource "aws_instance" "a" { count = 1e99 }`))
	f.Add([]byte(`locals { a = [for i in range(0, 1e9) : i] }`))
	f.Add([]byte(`resource "aws_instance" "a" { ami = aws_instance.a.ami }`))
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		tree, err := rootfs.Open(dir, dir)
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		NewLoader(tree, types).Read(tree.Given(), Options{})
	})
}

func TestMovedBlocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]string{
		"main.tf": `
moved {
  from = aws_instance.old
  to   = module.web.aws_instance.new["a"]
}
module "web" {
  source = "./web"
}
`,
		"more.tf.json": `{"moved": [{"from": "module.a", "to": "module.b[0]"}]}`,
		"web/main.tf": `
moved {
  from = aws_s3_bucket.a
  to   = aws_s3_bucket.b
}
moved {
  from = "not an address"
  to   = aws_s3_bucket.c
}
`,
	}
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inv := read(t, dir, Options{})
	var got []string
	for _, m := range inv.Moves {
		got = append(got, m.From+" -> "+m.To)
	}
	want := []string{
		`aws_instance.old -> module.web.aws_instance.new["a"]`, "module.a -> module.b[0]",
		"module.web.aws_s3_bucket.a -> module.web.aws_s3_bucket.b",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
