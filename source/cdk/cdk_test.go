package cdk_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/cdk"
	"github.com/onus-dev/onus/source/cloudformation"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

// TestGolden reads each assembly below testdata and compares a dump of the inventory with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	types := vocabulary.Load()
	for name, dir := range map[string]string{"app": "testdata/app/cdk.out", "legacy": "testdata/legacy", "broken": "testdata/broken"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, err := rootfs.Open(dir, dir)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			inv, used := cdk.Read(tree, tree.Given(), cloudformation.Options{Types: types})
			got := dump(inv, used)
			golden := filepath.Join("testdata", name, "expected.txt")
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

// dump writes what a CDK assembly adds to its templates: scopes, names, assets, the environment.
func dump(inv *inventory.Inventory, used []string) string {
	var b bytes.Buffer
	for _, r := range inv.Roots {
		fmt.Fprintf(&b, "root %s %s\n", r.Path, r.Form)
	}
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "%s %s %s named %s @%s\n", r.Scope, r.Address, r.Type, r.Name, r.Origin)
		for _, a := range r.Assets {
			fmt.Fprintf(&b, "    %s asset %s @%s\n", a.Kind, a.Path, a.At)
		}
		for _, p := range []string{"Description", "Definition.StartAt", "Code.S3Key"} {
			if v := r.Get(p); !v.IsNull() {
				fmt.Fprintf(&b, "  %s = %s %s @%s\n", p, v.Display(), v.Partial(), v.Origin())
			}
		}
	}
	for _, u := range inv.Unread {
		fmt.Fprintf(&b, "unread %s %s: %s @%s\n", u.Scope, u.Address, u.Source, u.Origin)
	}
	for _, u := range used {
		fmt.Fprintf(&b, "used %s\n", u)
	}
	for _, d := range inv.Diags.Sorted() {
		fmt.Fprintf(&b, "%s incomplete=%v\n", d, d.Incomplete)
	}
	return b.String()
}

func TestIs(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]bool{
		`{"version": "48.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack"}}}`:  true,
		"\xef\xbb\xbf" + `{"version": "36.0.0", "artifacts": {"T": {"type": "cdk:tree"}}}`: true,
		`{"version": "48.0.0", "artifacts": {"S": {"type": "something"}}}`:                 false,
		`{"version": "48.0.0", "artifacts": {}}`:                                           false,
		`{"artifacts": {"S": {"type": "aws:cloudformation:stack"}}}`:                       false,
		`{"version": 3, "artifacts": {"S": {"type": "aws:cloudformation:stack"}}}`:         false,
		`{"name": "app", "icons": []}`:                                                     false,
		`{"version": "48.0.0", "files": {}, "dockerImages": {}}`:                           false,
		`{"version": "48.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack"}}`:   false,
		"": false,
	} {
		if got := cdk.Is([]byte(data)); got != want {
			t.Errorf("Is(%s) = %v, want %v", data, got, want)
		}
	}
}

func TestIsApp(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]bool{
		`{"app": "node app.js", "context": {}}`: true,
		`{"context": {}}`:                       false,
		`{"app": null}`:                         false,
		`["app"]`:                               false,
		`app: x`:                                false,
	} {
		if got := cdk.IsApp([]byte(data)); got != want {
			t.Errorf("IsApp(%s) = %v, want %v", data, got, want)
		}
	}
}

// memory is Files over a map.
type memory fstest.MapFS

func (m memory) ReadFile(name string) ([]byte, error) {
	if strings.HasPrefix(name, "..") || path.IsAbs(name) {
		return nil, errors.New("leads outside")
	}
	return fs.ReadFile(fstest.MapFS(m), name)
}

const emptyAssembly = `{"version": "48.0.0", "artifacts": {"T": {"type": "cdk:tree"}}}`

func TestReadApp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data  string
		files memory
		want  int
	}{
		"not synthesised":   {`{"app": "x"}`, memory{}, 1},
		"synthesised":       {`{"app": "x"}`, memory{"infra/cdk.out/manifest.json": {Data: []byte(emptyAssembly)}}, 0},
		"elsewhere":         {`{"app": "x", "output": "../out"}`, memory{"out/manifest.json": {Data: []byte(emptyAssembly)}}, 0},
		"not where it says": {`{"app": "x", "output": "dist"}`, memory{"infra/cdk.out/manifest.json": {Data: []byte(emptyAssembly)}}, 1},
		"another manifest":  {`{"app": "x"}`, memory{"infra/cdk.out/manifest.json": {Data: []byte(`{}`)}}, 1},
		"no app":            {`{"context": {}}`, memory{}, 0},
	} {
		inv := cdk.ReadApp(c.files, "infra/cdk.json", []byte(c.data))
		if len(inv.Diags) != c.want || c.want > 0 && (!inv.Diags.Incomplete() || inv.Diags[0].Range.Path != "infra/cdk.json") {
			t.Errorf("%s: %v", name, inv.Diags)
		}
	}
}

// TestBounds nests assemblies without end, and lists more of them than are read: both end with a diagnostic that names
// the limit.
func TestBounds(t *testing.T) {
	t.Parallel()
	deep, wide := memory{}, memory{}
	dir := "a"
	for range 20 {
		deep[dir+"/manifest.json"] = &fstest.MapFile{Data: []byte(`{"version": "1.0.0", "artifacts": {"n": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "n"}}}}`)}
		dir += "/n"
	}
	var list []string
	for i := range 600 {
		list = append(list, fmt.Sprintf(`"n%d": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "n%d"}}`, i, i))
		wide[fmt.Sprintf("a/n%d/manifest.json", i)] = &fstest.MapFile{Data: []byte(emptyAssembly)}
	}
	wide["a/manifest.json"] = &fstest.MapFile{Data: []byte(`{"version": "1.0.0", "artifacts": {` + strings.Join(list, ",") + `}}`)}
	for want, files := range map[string]memory{"Assemblies nested too deeply": deep, "Too many assemblies": wide} {
		inv, _ := cdk.Read(files, "a", cloudformation.Options{Types: vocabulary.Load()})
		if len(inv.Diags) == 0 || inv.Diags[0].Summary != want || !inv.Diags.Incomplete() {
			t.Errorf("want %q, got %v", want, inv.Diags)
		}
	}
}

// TestDuplicates reads a template that two artifacts name once: its resources would count twice otherwise.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	files := memory{
		"manifest.json": {Data: []byte(`{"version": "1.0.0", "artifacts": {
			"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "t.json"}},
			"B": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "t.json"}}}}`)},
		"t.json": {Data: []byte(`{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}`)},
	}
	inv, used := cdk.Read(files, ".", cloudformation.Options{Types: vocabulary.Load()})
	if len(inv.Resources) != 1 || len(inv.Diags) != 0 {
		t.Errorf("resources %d, diagnostics %v", len(inv.Resources), inv.Diags)
	}
	if diff := cmp.Diff([]string{"manifest.json", "t.json"}, used); diff != "" {
		t.Error(diff)
	}
}

// FuzzRead never panics, and keeps to what it is given.
func FuzzRead(f *testing.F) {
	for _, dir := range []string{"testdata/app/cdk.out", "testdata/legacy", "testdata/broken"} {
		manifest, err := os.ReadFile(dir + "/manifest.json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(manifest, []byte(`{"Resources": {"F1A2B3C4D": {"Type": "AWS::Lambda::Function"}}}`), []byte(`{"files": {"x": {"source": {"path": "a"}}}}`))
	}
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, manifest, template, assets []byte) {
		files := memory{"manifest.json": {Data: manifest}}
		for _, name := range []string{"Shop.template.json", "Old.template.json", "Good.template.json", "assembly-Prod/ProdShop39806F72.template.json"} {
			files[name] = &fstest.MapFile{Data: template}
		}
		files["Shop.assets.json"] = &fstest.MapFile{Data: assets}
		files["assembly-Prod/manifest.json"] = &fstest.MapFile{Data: manifest}
		cdk.Is(manifest)
		cdk.ReadApp(files, "cdk.json", manifest)
		inv, used := cdk.Read(files, ".", cloudformation.Options{Types: types})
		for _, u := range used {
			if strings.HasPrefix(u, "..") {
				t.Errorf("%s was read", u)
			}
		}
		for _, r := range inv.Resources {
			if r.Scope == "" || r.Address == "" {
				t.Errorf("a resource without scope or address: %+v", r)
			}
		}
	})
}
