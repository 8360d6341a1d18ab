// Package gobinary reads the modules and the Go version that the Go linker put into a binary.
//
// Each module is a library; the main module is the binary itself, of the version "(devel)" when it was built from a working
// tree; the standard library is a runtime of the version of the toolchain. Versions of modules keep their "v", that of the
// standard library has none, as OSV writes it.
//
// Bounds: the caller gives a file within software.Limits.MaxFile; debug/buildinfo reads the parts of it that it needs.
package gobinary

import (
	"bytes"
	"debug/buildinfo"
	"io"
	"path"
	"runtime/debug"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/software"
)

// MinSize is a size that every Go binary is above: the runtime alone is larger.
const MinSize = 256 << 10

// HeadSize is how many bytes Is wants.
const HeadSize = 4

var magics = [][]byte{
	[]byte("\x7fELF"), []byte("MZ"), {0xfe, 0xed, 0xfa, 0xce}, {0xfe, 0xed, 0xfa, 0xcf}, {0xce, 0xfa, 0xed, 0xfe}, {0xcf, 0xfa, 0xed, 0xfe},
}

// notPrograms are the endings of executables' formats that no Go program has.
var notPrograms = map[string]bool{
	".so": true, ".ko": true, ".o": true, ".a": true, ".node": true, ".pyd": true, ".dll": true, ".dylib": true, ".sys": true,
	".mo": true, ".txt": true, ".js": true, ".py": true, ".json": true, ".html": true, ".xml": true, ".png": true, ".gz": true, ".tar": true,
}

// MayBe reports whether a file could be a Go binary by its name and size.
func MayBe(name string, size int64) bool {
	base := path.Base(name)
	return size >= MinSize && !notPrograms[strings.ToLower(path.Ext(base))] && !strings.Contains(base, ".so.")
}

// Is reports whether a file begins as an executable does.
func Is(head []byte) bool {
	for _, m := range magics {
		if bytes.HasPrefix(head, m) {
			return true
		}
	}
	return false
}

// Read reads a binary; name is its display path. A binary that Go did not build, or whose information was taken out, gives
// no packages.
func Read(name string, r io.ReaderAt) []software.Package {
	info, err := buildinfo.Read(r)
	if err != nil {
		return nil
	}
	return Packages(name, info)
}

// Packages turns build information into packages.
func Packages(name string, info *debug.BuildInfo) []software.Package {
	at := diag.Range{Path: name}
	main := info.Main.Path
	if main == "" {
		main = info.Path
	}
	var out []software.Package
	add := func(p software.Package, detail string) {
		p.Evidence = software.Evidence{How: software.BuildInfo, Detail: detail}
		p.At = at
		p.Scope = software.Production
		out = append(out, p)
	}
	if version := goVersion(info.GoVersion); version != "" {
		std := software.NewLibrary(software.Go, "stdlib", version)
		std.Kind = software.Runtime
		std.Set(software.PropBinary, main)
		add(std, info.GoVersion)
	}
	if info.Main.Path != "" {
		p := software.NewLibrary(software.Go, info.Main.Path, info.Main.Version)
		p.Kind = software.Binary
		add(p, "mod "+info.Main.Path)
	}
	for _, dep := range info.Deps {
		used := dep
		if dep.Replace != nil {
			used = dep.Replace
		}
		if strings.HasPrefix(used.Path, ".") || strings.HasPrefix(used.Path, "/") { // replaced by a directory: the customer's own
			used = &debug.Module{Path: dep.Path}
		}
		p := software.NewLibrary(software.Go, used.Path, used.Version)
		p.Set(software.PropBinary, main)
		if used.Path != dep.Path {
			p.Set(software.PropReplaces, dep.Path)
		}
		add(p, "dep "+dep.Path)
	}
	return out
}

// goVersion is "1.21.3" of "go1.21.3 X:boringcrypto"; a development version stays "(devel)".
func goVersion(text string) string {
	word, _, _ := strings.Cut(text, " ")
	switch {
	case word == "devel":
		return "(devel)"
	case strings.HasPrefix(word, "go1"):
		return word[len("go"):]
	}
	return ""
}
