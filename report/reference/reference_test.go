package reference

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/stack"
)

var update = flag.Bool("update", false, "rewrite docs/model and the golden files")

func load(t testing.TB) *Document {
	t.Helper()
	cat, diags := catalog.Load(catalog.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return Of(cat)
}

// TestModelIsFresh holds docs/model against the catalog: a change of the catalog or of the figures must be rendered.
func TestModelIsFresh(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "docs", "model")
	files, err := Site(load(t), SiteOptions{Markdown: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range files {
		want[f.Path] = string(f.Content)
	}
	if *update {
		rewrite(t, dir, want)
	}
	got := tree(t, dir)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Fatalf("docs/model is stale, run go test ./report/reference -update (-want +got):\n%s", diff)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("docs/model/%s is stale: run go test ./report/reference -update", name)
		}
	}
}

func rewrite(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLinksResolve follows every relative link of both kinds of pages to a file and, where it names one, an anchor.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	files, err := Site(load(t), SiteOptions{Markdown: true, HTML: true})
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, f := range files {
		if _, twice := pages[f.Path]; twice {
			t.Errorf("%s is written twice", f.Path)
		}
		pages[f.Path] = string(f.Content)
	}
	links := regexp.MustCompile(`\]\(([^<)]+)\)|(?:href|src)="([^"]+)"`)
	followed := 0
	for name, page := range pages {
		if strings.HasSuffix(name, ".svg") {
			continue
		}
		for _, m := range links.FindAllStringSubmatch(page, -1) {
			target := m[1] + m[2]
			if strings.HasPrefix(target, "https://") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(target, "#")
			if file == "" {
				file = name
			}
			to, ok := pages[file]
			if !ok {
				t.Errorf("%s links to %s, which is not there", name, target)
			}
			if anchor != "" && !strings.Contains(to, "\n## "+anchor+"\n") && !strings.Contains(to, `id="`+anchor+`"`) {
				t.Errorf("%s links to %s, which has no such heading", name, target)
			}
		}
	}
	if followed < 200 {
		t.Errorf("only %d links were found", followed)
	}
}

func TestPagesAreWellFormed(t *testing.T) {
	t.Parallel()
	files, err := Site(load(t), SiteOptions{Markdown: true, HTML: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".md") {
			checkTables(t, f)
			continue
		}
		dec := xml.NewDecoder(bytes.NewReader(f.Content))
		if strings.HasSuffix(f.Path, ".html") {
			dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		}
		for {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v", f.Path, err)
				break
			}
		}
	}
}

// checkTables counts the cells of each table row: a bar that was not escaped would give one more.
func checkTables(t *testing.T, f File) {
	t.Helper()
	bars := regexp.MustCompile(`(^|[^\\])\|`)
	want := 0
	for i, line := range strings.Split(string(f.Content), "\n") {
		if !strings.HasPrefix(line, "|") {
			want = 0
			continue
		}
		n := len(bars.FindAllString(line, -1))
		if want == 0 {
			want = n
		}
		if n != want {
			t.Errorf("%s:%d: %d bars, want %d: %s", f.Path, i+1, n, want, line)
		}
	}
}

func TestExportIsWhole(t *testing.T) {
	t.Parallel()
	doc := load(t)
	rows := 0
	for _, s := range doc.Services {
		for _, h := range s.Hostings {
			if len(h.Duties) != len(stack.Duties()) {
				t.Errorf("%s has %d duties", h.Hosting, len(h.Duties))
			}
			for _, d := range h.Duties {
				rows += len(d.Rows)
			}
		}
	}
	var b bytes.Buffer
	if err := Write(&b, doc, "csv"); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != rows+1 || rows < 1000 {
		t.Errorf("%d lines for %d rows", len(lines), rows)
	}
	b.Reset()
	if err := Write(&b, doc, "json"); err != nil {
		t.Fatal(err)
	}
	var back Document
	dec := json.NewDecoder(&b)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(doc, &back, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".figure" }, cmp.Ignore())); diff != "" {
		t.Errorf("(-catalog +read back):\n%s", diff)
	}
	if err := Write(io.Discard, doc, "yaml"); err == nil {
		t.Error("an unknown format must be refused")
	}
}

// TestHostileCatalog writes a user's catalog that tries to break out of cells, pages and formulas.
func TestHostileCatalog(t *testing.T) {
	t.Parallel()
	text := "service: base\ntitle: \"a | b <script>alert(1)</script> [x](https://evil.example)\"\nhostings:\n  - id: bad\n    title: \"=HYPERLINK(1) `x` | y\\u202e\"\n    class: managed\n" +
		"    duties:\n      image/build:\n        - {party: aws, reason: \"*bold* | cell <b>\", basis: inferred}\n"
	cat, _ := catalog.Load(catalog.Options{Embedded: fstest.MapFS{"base.yaml": {Data: []byte(text)}}})
	doc := Of(cat)
	golden := &bytes.Buffer{}
	for _, format := range []string{"csv", "markdown"} {
		if err := Write(golden, doc, format); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := htmlPages(doc)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(pages[1].Content, []byte("<script>")) || bytes.Contains(pages[1].Content, []byte("<b>")) {
		t.Error("markup of the catalog reaches the page")
	}
	path := filepath.Join("testdata", "hostile.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, golden.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), golden.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// BenchmarkSite writes the whole reference.
func BenchmarkSite(b *testing.B) {
	doc := load(b)
	for b.Loop() {
		if _, err := Site(doc, SiteOptions{Markdown: true, HTML: true}); err != nil {
			b.Fatal(err)
		}
	}
}
