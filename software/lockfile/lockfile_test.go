package lockfile

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/software"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// dump shows packages and diagnostics, one a line.
func dump(name string, data []byte) string {
	packages, diags := Of(name).Read(name, data)
	var b strings.Builder
	for _, p := range packages {
		fmt.Fprintf(&b, "%d %s %s@%s", p.At.Line, p.Kind, p.Name, p.Version)
		for _, s := range []string{string(p.Relation), string(p.Scope)} {
			if s != "" {
				b.WriteString(" " + s)
			}
		}
		for _, q := range p.Properties {
			fmt.Fprintf(&b, " %s=%q", q.Name, q.Value)
		}
		fmt.Fprintf(&b, " %s\n", p.PURL)
	}
	for _, d := range diags {
		fmt.Fprintf(&b, "%s (incomplete %v)\n", d, d.Incomplete)
	}
	return b.String()
}

// files are the lock files below testdata.
func files(tb testing.TB) []string {
	tb.Helper()
	var out []string
	err := filepath.WalkDir("testdata", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !Of(filepath.ToSlash(name)).IsNone() {
			out = append(out, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || len(out) == 0 {
		tb.Fatalf("no lock files: %v", err)
	}
	return out
}

// TestRead reads each file of testdata and compares with expected.txt, in which one section stands for each.
func TestRead(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, name := range files(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== %s\n%s", name, dump(name, data))
	}
	const golden = "testdata/expected.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a/package-lock.json": true, "node_modules/x/package.json": true, "node_modules/@s/x/package.json": true, "package.json": false,
		"node_modules/x/lib/package.json": false, "node_modules/@s/package.json": false, "requirements-dev.txt": true, "requirements/base.txt": true,
		"dev-requirements.txt": true, "robots.txt": false, "METADATA": false, "x.dist-info/METADATA": true, "x.egg-info": true,
		"x.egg-info/PKG-INFO": true, "a.deps.json": true, "specifications/a-1.gemspec": true, "a.gemspec": false, "vendor/composer/installed.json": true,
		"installed.json": false, "go.sum": false,
	} {
		if got := !Of(name).IsNone(); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestOwnCodeIsLeftOut: nothing of the project itself is a library.
func TestOwnCodeIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		packages, _ := Of(name).Read(name, data)
		for _, p := range packages {
			if p.Name == "own" || p.Name == "app" || p.Name == "api" || strings.HasPrefix(p.Name, "example.com/local") {
				t.Errorf("%s: %s is the project's own", name, p.Name)
			}
			if p.Kind == software.Library && p.PURL == "" {
				t.Errorf("%s: %s has no package URL", name, p.Name)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	names := files(f)
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, data)
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		if i < 0 {
			i = -(i + 1)
		}
		name := names[i%len(names)]
		Of(name).Read(name, data)
	})
}
