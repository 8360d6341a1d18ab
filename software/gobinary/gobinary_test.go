package gobinary

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/software"
)

func lines(packages []software.Package) []string {
	var out []string
	for _, p := range packages {
		line := fmt.Sprintf("%s %s@%s %s %s", p.Kind, p.Name, p.Version, p.PURL, p.Evidence.How)
		for _, q := range p.Properties {
			line += " " + q.Name + "=" + q.Value
		}
		out = append(out, line)
	}
	return out
}

func TestPackages(t *testing.T) {
	t.Parallel()
	got := lines(Packages("bin", &debug.BuildInfo{
		GoVersion: "go1.21.3 X:boringcrypto", Path: "example.com/app/cmd", Main: debug.Module{Path: "example.com/app", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: "golang.org/x/net", Version: "v0.7.0"},
			{Path: "example.com/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/fork", Version: "v1.0.1"}},
			{Path: "example.com/own", Version: "v1.0.0", Replace: &debug.Module{Path: "../own"}},
		},
	}))
	want := []string{
		"runtime stdlib@1.21.3 pkg:golang/stdlib@1.21.3 build-info binary=example.com/app",
		"binary example.com/app@(devel) pkg:golang/example.com/app@%28devel%29 build-info",
		"library golang.org/x/net@v0.7.0 pkg:golang/golang.org/x/net@v0.7.0 build-info binary=example.com/app",
		"library example.com/fork@v1.0.1 pkg:golang/example.com/fork@v1.0.1 build-info binary=example.com/app replaces=example.com/old",
		"library example.com/own@ pkg:golang/example.com/own build-info binary=example.com/app",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGoVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"go1.22": "1.22", "go1.21rc2": "1.21rc2", "devel go1.23-abcdef Mon": "(devel)", "": "", "unknown": ""} {
		if got := goVersion(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestRead reads a program that this very toolchain built: the test itself.
func TestRead(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, HeadSize)
	if _, err := f.ReadAt(head, 0); err != nil || !Is(head) {
		t.Fatalf("a program of this system is none: % x %v", head, err)
	}
	names := map[string]software.Package{}
	for _, p := range Read("self", f) {
		names[p.Name] = p
	}
	if std := names["stdlib"]; std.Kind != software.Runtime || std.Version == "" {
		t.Errorf("the standard library: %+v", std)
	}
}

// TestReadBuilt reads a program built for Lambda's usual platform, stripped.
func TestReadBuilt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/fn\n\ngo 1.21\n", "main.go": "package main\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-buildvcs=false", "-o", "bootstrap", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	got := Read("bootstrap", bytes.NewReader(data))
	if len(got) != 2 || got[0].Name != "stdlib" || got[1].Name != "example.com/fn" || got[1].Kind != software.Binary {
		t.Errorf("%v", lines(got))
	}
}

func TestReadOther(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "\x7fELF", "#!/bin/sh\n", "MZ\x00\x00"} {
		if got := Read("x", bytes.NewReader([]byte(data))); got != nil {
			t.Errorf("%q: %v", data, lines(got))
		}
	}
}

func TestMayBe(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"bootstrap": true, "usr/bin/kubectl-v1.2": true, "lib/libc.so.6": false, "lib/x.so": false, "a.PNG": false} {
		if got := MayBe(name, MinSize); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if MayBe("bootstrap", MinSize-1) {
		t.Error("a file smaller than any Go program")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Add([]byte("\xff Go buildinf:\x08\x02"))
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, data []byte) { Read("x", bytes.NewReader(data)) })
}
