package catalog

import (
	"bufio"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// testCatalog is the small model under testdata/ok.
func testCatalog(t testing.TB) *Catalog {
	t.Helper()
	c, diags := Load(Options{Embedded: os.DirFS("testdata/ok")})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return c
}

func TestSmallModelIsClean(t *testing.T) {
	t.Parallel()
	c := testCatalog(t)
	for _, d := range c.Lint() {
		t.Error(d)
	}
	for _, f := range c.sortedFiles() {
		if diff := cmp.Diff(indexOf(f.load()), f.index, cmp.AllowUnexported(index{}, root{})); diff != "" {
			t.Errorf("%s (-parsed +scanned):\n%s", f.path, diff)
		}
	}
	if diff := cmp.Diff([]string{"store", "thing-auto", "thing-boxed"}, c.HostingIDs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"AWS::SQS::Queue": "store", "AWS::SNS::Topic": "store"}, c.Roots()); diff != "" {
		t.Error(diff)
	}
}

func TestInheritance(t *testing.T) {
	t.Parallel()
	c := testCatalog(t)
	h, ok := c.Hosting("thing-auto")
	if !ok {
		t.Fatal("no thing-auto")
	}
	if diff := cmp.Diff([]string{"thing", "ground"}, h.Inherits); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Use{{"function", "AWS::Lambda::Function"}, {"updates", "onus::RuntimeUpdates"}}, h.Uses); diff != "" {
		t.Error(diff)
	}
	if h.Class != stack.Serverless || h.Service.ID != "demo" || h.Label.Citation.Title != "The guide" {
		t.Errorf("class %s, service %s, label %+v", h.Class, h.Service.ID, h.Label)
	}
	rows := h.Rows("capacity/provide")
	if len(rows) != 1 || rows[0].Party != stack.AWS || rows[0].Owner != "thing-auto" || rows[0].Citation.ID != "guide" {
		t.Errorf("the child's rows must replace the parent's: %+v", rows)
	}
	if row := h.Rows("facilities/operate")[0]; row.Owner != "ground" || row.Citation.Title != "The model" {
		t.Errorf("inherited row: %+v", row)
	}
	boxed, _ := c.Hosting("thing-boxed")
	if len(boxed.Works) != 1 || boxed.Works[0].Citation == nil || boxed.Class != stack.Managed {
		t.Errorf("thing-boxed inherits works and keeps its class: %+v %s", boxed.Works, boxed.Class)
	}
	if _, ok := c.Hosting("thing"); ok {
		t.Error("a stack is not a hosting")
	}
	if _, ok := c.Hosting("nothing"); ok {
		t.Error("found a hosting that is not there")
	}
	if s, ok := c.Stack("thing"); !ok || len(s.Rows("image/build")) != 2 {
		t.Error("the stack thing is missing its rows")
	}
	svc, ok := c.Service("demo")
	if !ok || len(svc.Operations) != 2 || svc.Operations[0].Citation.ID != "guide" || svc.Operations[1].Citation != nil {
		t.Errorf("operations: %+v", svc.Operations)
	}
	if diff := cmp.Diff([]string{"thing-auto", "thing-boxed", "store"}, svc.HostingIDs()); diff != "" {
		t.Error(diff)
	}
}

func props(pairs ...string) inventory.Value {
	var out []inventory.Property
	for i := 0; i < len(pairs); i += 2 {
		v := inventory.StringValue(pairs[i+1], diag.Range{})
		if pairs[i+1] == "?" {
			v = inventory.UnknownValue(diag.Range{})
		}
		out = append(out, inventory.Property{Name: pairs[i], Value: v})
	}
	return inventory.MapValue(out, diag.Range{})
}

func TestDecide(t *testing.T) {
	t.Parallel()
	unknown := inventory.UnknownValue(diag.Range{})
	tests := []struct {
		name  string
		duty  stack.Duty
		parts map[string]inventory.Value
		party stack.Party
		row   string // the reason of the deciding row
		open  int
		paths string
	}{
		{"first row wins", "language-runtime/apply", map[string]inventory.Value{"function": props("Runtime", "python3.8"), "updates": props("Mode", "Manual")},
			stack.Customer, "Nobody patches", 0, "AWS::Lambda::Function.Runtime"},
		{"second row", "language-runtime/apply", map[string]inventory.Value{"updates": props("Mode", "Manual")},
			stack.Customer, "The customer moves", 0, "onus::RuntimeUpdates.Mode AWS::Lambda::Function.Runtime"},
		{"last row", "language-runtime/apply", map[string]inventory.Value{"updates": props("Mode", "Auto")},
			stack.AWS, "The service rolls", 0, "AWS::Lambda::Function.Runtime onus::RuntimeUpdates.Mode"},
		{"absent part", "language-runtime/apply", nil, stack.AWS, "The service rolls", 0, "AWS::Lambda::Function.Runtime onus::RuntimeUpdates.Mode"},
		{"unknown mode", "language-runtime/apply", map[string]inventory.Value{"updates": props("Mode", "?")},
			stack.Undetermined, "", 3, "onus::RuntimeUpdates.Mode AWS::Lambda::Function.Runtime"},
		{"unknown, then certain: both say customer", "language-runtime/apply",
			map[string]inventory.Value{"function": props("Runtime", "?"), "updates": props("Mode", "Manual")},
			stack.Customer, "The customer moves", 2, "AWS::Lambda::Function.Runtime onus::RuntimeUpdates.Mode"},
		{"unknown part", "image/build", map[string]inventory.Value{"function": unknown}, stack.Undetermined, "", 2, "AWS::Lambda::Function.PackageType"},
		{"no condition", "facilities/operate", map[string]inventory.Value{"function": unknown}, stack.AWS, "The test model gives facilities/operate to aws", 0, ""},
	}
	h, _ := testCatalog(t).Hosting("thing-auto")
	for _, tt := range tests {
		in := expr.Inputs{Part: func(r string) inventory.Value { return tt.parts[r] }, AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
		dec := h.Decide(tt.duty, in)
		var paths []string
		for _, p := range dec.Paths {
			paths = append(paths, p.Name())
		}
		reason := ""
		if dec.Row != nil {
			reason = dec.Row.Reason
		}
		if dec.Party != tt.party || !strings.HasPrefix(reason, tt.row) || (tt.row == "") != (dec.Row == nil) ||
			len(dec.Open) != tt.open || strings.Join(paths, " ") != tt.paths || len(dec.Faults) > 0 {
			t.Errorf("%s: %s by %q, %d open, paths %v, faults %v", tt.name, dec.Party, reason, len(dec.Open), paths, dec.Faults)
		}
	}
}

func TestDecideIsConcurrent(t *testing.T) {
	t.Parallel()
	c := testCatalog(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			h, _ := c.Hosting("thing-auto")
			dec := h.Decide("image/build", expr.Inputs{Part: func(string) inventory.Value { return props("PackageType", "Image") }})
			if dec.Party != stack.Customer {
				t.Errorf("got %s", dec.Party)
			}
		})
	}
	wg.Wait()
}

// TestFaults lints each file of testdata/bad beside the small model; the .out file is what is said about it.
func TestFaults(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			got := faultsOf(t, path)
			golden := strings.TrimSuffix(path, ".yaml") + ".out"
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
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got == "" {
				t.Error("nothing is said about a bad file")
			}
		})
	}
}

func faultsOf(t *testing.T, path string) string {
	t.Helper()
	name := filepath.Base(path)
	files := fstest.MapFS{}
	for _, p := range []string{"testdata/ok/base.yaml", "testdata/ok/demo.yaml", path} {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(p)] = &fstest.MapFile{Data: text}
	}
	c, diags := Load(Options{Embedded: files})
	var b strings.Builder
	for _, d := range append(diags, c.Lint()...).Sorted() {
		if d.Range.Path != name {
			t.Errorf("said about another file: %v", d)
		}
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}

func TestUserDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	demo, err := os.ReadFile("testdata/ok/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// An override of one file, a new service with a fault, a broken file, and a file that is none of ours.
	write("demo.yaml", strings.NewReplacer("Thing that updates itself", "Thing of ours",
		"Things need no machines of yours.", "If you ask no machines.").Replace(string(demo)))
	write("extra.yaml", "service: extra\ntitle: Extra\nhostings:\n  - id: extra\n    title: Extra\n    class: managed\n    inherits: grund\n")
	write("broken.yaml", "service: [\n")
	write("notes.txt", "not read")
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	c, diags := Load(Options{Embedded: os.DirFS("testdata/ok"), Dirs: []string{dir}})
	if h, ok := c.Hosting("thing-auto"); !ok || h.Title != "Thing of ours" {
		t.Error("the file of the directory must replace the embedded one")
	}
	if h, ok := c.Hosting("extra"); !ok || len(h.Rows("facilities/operate")) != 0 {
		t.Error("the new hosting must be there, without what it could not inherit")
	}
	got := map[string]string{}
	for _, d := range diags {
		got[d.Summary] = filepath.Base(d.Range.Path)
	}
	for summary, file := range map[string]string{
		"Unknown parent": "extra.yaml", "Hosting not total": "extra.yaml", "Examples missing": "extra.yaml",
		"Catalog file is not valid YAML": "broken.yaml", "Catalog file not read": "link.yaml",
	} {
		if got[summary] != file {
			t.Errorf("%q said about %q, want %q", summary, got[summary], file)
		}
	}
	if strings.Contains(text(diags), "hard to read") || !strings.Contains(text(c.Lint()), "hard to read") {
		t.Error("style is for lint alone and keeps nobody from loading a catalog")
	}
	if got["Example not met"] != "" || len(got) != 5 {
		t.Errorf("too much is said: %v", diags)
	}
	if _, diags := Load(Options{Dirs: []string{filepath.Join(dir, "none")}}); len(diags) != 1 || diags[0].Summary != "Catalog directory not readable" {
		t.Errorf("missing directory: %v", diags)
	}
}

// TestHostileFiles holds the reader to its bounds.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	bomb := "service: x\ntitle: x\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		bomb += string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.Repeat("*"+string(rune('a'+i))+",", 9) + "]\n"
	}
	tests := map[string]struct{ text, summary string }{
		"alias bomb": {bomb, "YAML alias in the catalog"},
		"too large":  {strings.Repeat("# padding\n", rulefile.MaxFile/10+1), "Catalog file too large"},
		"too deep":   {"a: " + strings.Repeat("[", 2000), "Catalog file is not valid YAML"},
		"many nodes": {"a: [" + strings.Repeat("1,", rulefile.MaxNodes) + "1]", "Catalog file too large"},
		"no mapping": {"- a\n", "Catalog file is empty"},
		"empty":      {"", "Catalog file is empty"},
		"binary":     {"\x00\xff\xfe", "Catalog file is not valid YAML"},
	}
	for name, tt := range tests {
		_, diags := parse("x.yaml", tt.text)
		if len(diags) == 0 || diags[0].Summary != tt.summary {
			t.Errorf("%s: got %v, want %q", name, diags, tt.summary)
		}
	}
}

func TestInheritanceCycle(t *testing.T) {
	t.Parallel()
	text := "service: x\ntitle: X\nstacks:\n  - {id: a, title: A, inherits: b}\n  - {id: b, title: B, inherits: a}\n"
	c, _ := Load(Options{Embedded: fstest.MapFS{"x.yaml": {Data: []byte(strings.ReplaceAll(text, "{id: ", "id: "))}}})
	_ = c.Lint()
	block := "service: x\ntitle: X\nstacks:\n  - id: a\n    title: A\n    inherits: b\n  - id: b\n    title: B\n    inherits: a\n"
	c, _ = Load(Options{Embedded: fstest.MapFS{"x.yaml": {Data: []byte(block)}}})
	diags := c.Lint()
	if len(diags) != 2 || diags[0].Summary != "Inheritance cycle" || diags[0].Detail != "a -> b -> a." {
		t.Errorf("got %v", diags)
	}
}

// FuzzParse feeds the reader arbitrary bytes, and what it accepts goes through resolution, lint and a decision.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/ok/*.yaml", "testdata/bad/*.yaml", "aws/kubernetes.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, text string) {
		c := &Catalog{vocab: types, compiler: expr.New(types), files: map[string]*file{}, owners: map[string]*file{},
			roots: map[string]string{}, resolved: map[string]*Hosting{}}
		c.addFile(&file{path: "x.yaml", text: text, user: true})
		var diags diag.List
		c.indexAll(&diags)
		c.Lint()
		scan(bufio.NewReader(strings.NewReader(text)))
		for _, h := range c.Hostings() {
			for _, d := range stack.Duties() {
				dec := h.Decide(d, expr.Inputs{Part: func(string) inventory.Value { return inventory.Value{} }})
				if dec.Party == stack.AWS && dec.Row == nil {
					t.Errorf("%s: aws without a row", d)
				}
			}
		}
	})
}
