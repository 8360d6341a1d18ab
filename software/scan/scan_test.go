package scan

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/software"
)

// dump shows an inventory with dir left out of all paths.
func dump(inv *software.Inventory, diags diag.List, dir string) []string {
	var out []string
	for _, a := range inv.Artifacts {
		complete := ""
		if !a.Complete {
			complete = " incomplete"
		}
		out = append(out, fmt.Sprintf("%s %s%s%s", a.Kind, a.Path, strings.Join(append([]string{""}, a.Names...), " "), complete))
		for _, p := range a.Packages {
			out = append(out, fmt.Sprintf("  %s %s@%s %s", p.Location.Path, p.Name, p.Version, p.At))
		}
	}
	for _, d := range diags {
		out = append(out, fmt.Sprintf("%s: %s %v", d.Range, d.Summary, d.Incomplete))
	}
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], filepath.ToSlash(dir), "DIR")
	}
	return out
}

func read(t *testing.T, dir string, opts Options, names ...string) []string {
	t.Helper()
	var sources []Source
	for _, n := range names {
		sources = append(sources, Source{Path: filepath.Join(dir, n), Boundary: dir})
	}
	inv, diags := Read(context.Background(), sources, opts)
	return dump(inv, diags, dir)
}

func log4j(t *testing.T) softwaretest.File {
	return softwaretest.File{Name: "BOOT-INF/lib/log4j-core-2.14.1.jar", Data: softwaretest.Zip(t,
		softwaretest.Text("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n"))}
}

// tree writes one of everything.
func tree(t *testing.T) string {
	dir := t.TempDir()
	image := softwaretest.Image{Tags: []string{"app:1.0"}, Layers: [][]byte{softwaretest.Tar(t,
		softwaretest.Text("etc/os-release", "ID=alpine\nVERSION_ID=3.19.1\n"), softwaretest.Text("lib/apk/db/installed", "P:musl\nV:1.2.4\n\n"))}}
	for _, f := range softwaretest.Layout(t, image, softwaretest.Gzip) {
		softwaretest.Write(t, filepath.Join(dir, "image"), f)
	}
	softwaretest.Write(t, dir,
		softwaretest.File{Name: "fn/app.jar", Data: softwaretest.Zip(t, log4j(t))},
		softwaretest.File{Name: "fn/python.zip", Data: softwaretest.Zip(t, softwaretest.Text("python/flask-1.0.dist-info/METADATA", "Name: Flask\nVersion: 1.0\n\n"), softwaretest.File{Name: "in/app.jar", Data: softwaretest.Zip(t, log4j(t))})},
		softwaretest.Text("web/package-lock.json", "{\"lockfileVersion\": 3,\n\"packages\": {\"node_modules/ms\": {\"version\": \"2.0.0\"}}}"),
		softwaretest.Text("bom.json", `{"bomFormat": "CycloneDX", "components": [{"type": "library", "name": "x", "version": "1", "purl": "pkg:npm/x@1"}]}`),
		softwaretest.File{Name: "saved.tar", Data: softwaretest.Save(t, softwaretest.Image{Tags: []string{"saved:2"}, Layers: [][]byte{softwaretest.Tar(t, softwaretest.Text("srv/Pipfile.lock", `{"default": {"jinja2": {"version": "==2.11.3"}}}`))}})},
		softwaretest.File{Name: "source.tar.gz", Data: softwaretest.Gzip(t, softwaretest.Tar(t, softwaretest.Text("a", "b")))},
		softwaretest.Text("not.tar", "text"),
		softwaretest.Text(".git/package-lock.json", "broken"), softwaretest.Text(".terraform/modules/x/package-lock.json", "broken"),
		softwaretest.Text("other/bom.json", `{"Statement": "of materials of another kind"}`),
		softwaretest.Text(".gitignore", "fn\n"),
	)
	return dir
}

func TestReadDirectory(t *testing.T) {
	t.Parallel()
	dir := tree(t)
	got := read(t, dir, Options{}, "")
	want := []string{
		"directory DIR", "  web/package-lock.json ms@2.0.0 DIR/web/package-lock.json:2",
		"bill-of-materials DIR/bom.json", "  bom.json x@1 DIR/bom.json:1:43",
		"archive DIR/fn/app.jar", "  app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar org.apache.logging.log4j:log4j-core@2.14.1 DIR/fn/app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar",
		"archive DIR/fn/python.zip",
		"  python.zip!/in/app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar org.apache.logging.log4j:log4j-core@2.14.1 DIR/fn/python.zip!/in/app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar",
		"  python.zip!/python/flask-1.0.dist-info/METADATA flask@1.0 DIR/fn/python.zip!/python/flask-1.0.dist-info/METADATA",
		"image DIR/image app:1.0", "  lib/apk/db/installed musl@1.2.4 DIR/image!/lib/apk/db/installed:1",
		"image DIR/saved.tar saved:2", "  srv/Pipfile.lock jinja2@2.11.3 DIR/saved.tar!/srv/Pipfile.lock:1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for range 3 {
		if diff := cmp.Diff(got, read(t, dir, Options{}, "")); diff != "" {
			t.Fatalf("a second run differs: %s", diff)
		}
	}
}

// TestReadNamed reads files by their own paths: content tells what they are.
func TestReadNamed(t *testing.T) {
	t.Parallel()
	dir := tree(t)
	softwaretest.Write(t, dir, softwaretest.File{Name: "code", Data: softwaretest.Zip(t, softwaretest.Text("x/Gemfile.lock", "GEM\n  specs:\n    rack (2.0.1)\n"))},
		softwaretest.Text("report.json", `{"spdxVersion": "SPDX-2.3", "packages": []}`), softwaretest.Text("notes.txt", "hello"), softwaretest.File{Name: "broken.zip", Data: []byte("PK\x03\x04")})
	for name, want := range map[string][]string{
		"fn/app.jar":    {"archive DIR/fn/app.jar", "  app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar org.apache.logging.log4j:log4j-core@2.14.1 DIR/fn/app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar"},
		"code":          {"archive DIR/code", "  code!/x/Gemfile.lock rack@2.0.1 DIR/code!/x/Gemfile.lock:3"},
		"report.json":   {"bill-of-materials DIR/report.json"},
		"web":           {"directory DIR/web", "  package-lock.json ms@2.0.0 DIR/web/package-lock.json:2"},
		"image":         {"directory DIR/image", "image DIR/image app:1.0", "  lib/apk/db/installed musl@1.2.4 DIR/image!/lib/apk/db/installed:1"},
		"notes.txt":     {"DIR/notes.txt: File not understood true"},
		"source.tar.gz": {"DIR/source.tar.gz: No container image true"},
		"nowhere":       {"DIR/nowhere: Path not read true"},
		"broken.zip":    {"archive DIR/broken.zip incomplete", "DIR/broken.zip: Not read true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, read(t, dir, Options{}, name)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReadIsBounded: what a limit leaves out is said, and what comes before it is there.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	deep := strings.Repeat("d/", 5)
	softwaretest.Write(t, dir, softwaretest.Text("a/requirements.txt", "x==1\ny==2\n"), softwaretest.Text(deep+"requirements.txt", "z==3\n"), softwaretest.Text("z/requirements.txt", "last==1\n"))
	if err := os.Symlink("/etc/os-release", filepath.Join(dir, "etc")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(dir), filepath.Join(dir, "b.jar")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		limits   software.Limits
		want     string
		packages int
	}{
		{software.Limits{}, "DIR/b.jar: Link not followed false", 4},
		{software.Limits{MaxDepth: 3}, "DIR/d/d/d/d: Limit reached true", 3},
		{software.Limits{MaxEntries: 3}, "DIR: Limit reached true", 2},
		{software.Limits{MaxPackages: 2}, "DIR: Limit reached true", 2},
		{software.Limits{MaxText: 5}, "DIR/a/requirements.txt: Limit reached true", 1},
	} {
		got := read(t, dir, Options{Limits: c.limits}, "")
		n := 0
		for _, line := range got {
			if strings.HasPrefix(line, "  ") {
				n++
			}
		}
		if text := strings.Join(got, "\n"); !strings.Contains(text, c.want) || n != c.packages {
			t.Errorf("%+v: %d packages, want %d and %s:\n%s", c.limits, n, c.packages, c.want, text)
		}
	}
}

func TestReadRootFileSystem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	softwaretest.Write(t, dir, softwaretest.Text("etc/os-release", "ID=amzn\nVERSION_ID=2023\n"),
		softwaretest.File{Name: "var/lib/rpm/rpmdb.sqlite", Data: softwaretest.SQLite("Packages", softwaretest.RPM("openssl", "3.0.8", "1", "", 1))},
		softwaretest.Text("var/lib/rpm/rpmdb.sqlite-wal", "not applied"), softwaretest.Text("usr/lib/jvm/java-17/release", "IMPLEMENTOR=\"Amazon.com Inc.\"\nJAVA_VERSION=\"17.0.2\"\n"))
	inv, diags := Read(context.Background(), []Source{{Path: dir, Boundary: dir}}, Options{})
	var got []string
	for _, p := range inv.Artifacts[0].Packages {
		got = append(got, p.PURL+" "+p.Version+" "+p.Evidence.Detail)
	}
	want := []string{"pkg:generic/openjdk@17.0.2 17.0.2 release of Amazon.com Inc.", "pkg:rpm/amzn/openssl@3.0.8-1?arch=x86_64&distro=amzn-2023&epoch=1 1:3.0.8-1 rpm"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, "write-ahead log of 11 bytes") || !diags.Incomplete() {
		t.Errorf("%v", diags)
	}
}

func TestReadCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := tree(t)
	inv, diags := Read(ctx, []Source{{Path: dir, Boundary: dir}}, Options{})
	if inv.Count() != 0 || !diags.Incomplete() {
		t.Errorf("%d packages, %v", inv.Count(), diags)
	}
}

// TestNoSecretIsPrinted: credentials in addresses of lock files reach neither packages nor diagnostics.
func TestNoSecretIsPrinted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	softwaretest.Write(t, dir,
		softwaretest.Text("package-lock.json", `{"lockfileVersion": 1, "dependencies": {"a": {"version": "git+https://user:hunter2@example.com/a.git"}}}`),
		softwaretest.Text("requirements.txt", "--index-url https://user:hunter2@example.com/simple\nb @ https://user:hunter2@example.com/b.whl\nhttps://user:hunter2@example.com/c.whl\n"),
		softwaretest.Text("yarn.lock", "\"c@https://user:hunter2@example.com/c.git\":\n  version \"1.0.0\"\n"))
	inv, diags := Read(context.Background(), []Source{{Path: dir, Boundary: dir}}, Options{})
	if text := fmt.Sprintf("%+v %v", inv.Artifacts[0], diags); strings.Contains(text, "hunter2") || inv.Count() != 3 {
		t.Errorf("%d packages: %s", inv.Count(), text)
	}
}

func FuzzNamed(f *testing.F) {
	f.Add("a.zip", softwaretest.Zip(f, softwaretest.Text("x/Gemfile.lock", "GEM\n  specs:\n    rack (2.0.1)\n")))
	f.Add("a.tar", softwaretest.Save(f, softwaretest.Image{Layers: [][]byte{softwaretest.Tar(f, softwaretest.Text("etc/os-release", "ID=x"))}}))
	f.Add("sbom.json", []byte(`{"bomFormat": "CycloneDX"}`))
	f.Add("go.mod", []byte("module x\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		dir := t.TempDir()
		base := filepath.Base(filepath.Clean("/" + name))
		if base == "/" || strings.ContainsRune(base, 0) || len(base) > 100 {
			return
		}
		if err := os.WriteFile(filepath.Join(dir, base), data, 0o600); err != nil {
			return
		}
		limits := software.Limits{MaxExpanded: 4 << 20, MaxEntries: 10_000}
		_, one := Read(context.Background(), []Source{{Path: filepath.Join(dir, base), Boundary: dir}}, Options{Limits: limits})
		_, all := Read(context.Background(), []Source{{Path: dir, Boundary: dir}}, Options{Limits: limits})
		for _, d := range append(one, all...) {
			if bytes.Contains([]byte(d.Detail), []byte("fault of onus")) {
				t.Error(d)
			}
		}
	})
}
