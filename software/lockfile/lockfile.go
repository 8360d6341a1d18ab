// Package lockfile reads what package managers of languages write: lock files, and the records of what they installed.
//
//	npm        package-lock.json v1-3, npm-shrinkwrap.json, yarn.lock (v1, berry), pnpm-lock.yaml (5-9), node_modules/**/package.json
//	PyPI       requirements*.txt, poetry.lock, uv.lock, Pipfile.lock, *.dist-info/METADATA, *.egg-info
//	Go         go.mod
//	RubyGems   Gemfile.lock, specifications/*.gemspec
//	Packagist  composer.lock, vendor/composer/installed.json
//	crates.io  Cargo.lock
//	NuGet      packages.lock.json, *.deps.json
//	Maven      gradle.lockfile, pom.xml, build.gradle
//
// A file name tells the format (Of), bytes go in, packages come out, each with its line. Packages of the project itself
// (workspace members, path dependencies) are left out: they are the customer's code. Direct and development dependencies
// are told where the file says so, and nowhere else. A requirement without an exact version is named without one. Maven has
// no lock file: of pom.xml and build.gradle the direct dependencies are read, with the versions that the file itself gives.
//
// Bounds: the caller gives whole files within software.Limits.MaxText; nesting is bounded by document.MaxDepth.
package lockfile

import (
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
)

// Format is a kind of file that this package reads; the zero Format is none.
type Format struct {
	// Name is what the file is called in messages: "package-lock.json".
	Name string
	read func(in *input)
}

// IsNone reports whether the file is none that this package reads.
func (f Format) IsNone() bool { return f.read == nil }

// input is one file while it is read.
type input struct {
	name  string
	data  []byte
	out   []software.Package
	diags diag.List
}

// exact are the formats with one file name.
var exact = map[string]Format{
	"package-lock.json":   {"package-lock.json", packageLock},
	".package-lock.json":  {"package-lock.json", packageLock},
	"npm-shrinkwrap.json": {"npm-shrinkwrap.json", packageLock},
	"yarn.lock":           {"yarn.lock", yarnLock},
	"pnpm-lock.yaml":      {"pnpm-lock.yaml", pnpmLock},
	"poetry.lock":         {"poetry.lock", poetryLock},
	"uv.lock":             {"uv.lock", uvLock},
	"Pipfile.lock":        {"Pipfile.lock", pipfileLock},
	"go.mod":              {"go.mod", goMod},
	"Gemfile.lock":        {"Gemfile.lock", gemfileLock},
	"gems.locked":         {"Gemfile.lock", gemfileLock},
	"composer.lock":       {"composer.lock", composerLock},
	"Cargo.lock":          {"Cargo.lock", cargoLock},
	"packages.lock.json":  {"packages.lock.json", nugetLock},
	"gradle.lockfile":     {"gradle.lockfile", gradleLock},
	"pom.xml":             {"pom.xml", pomXML},
	"build.gradle":        {"build.gradle", buildGradle},
	"build.gradle.kts":    {"build.gradle", buildGradle},
}

// Of tells the format of a file by its slash path.
func Of(name string) Format {
	base, dir := path.Base(name), path.Dir(name)
	if f, ok := exact[base]; ok {
		return f
	}
	parent := path.Base(dir)
	switch {
	case base == "package.json" && installedModule(dir):
		return Format{"package.json", installedNPM}
	case base == "METADATA" && strings.HasSuffix(parent, ".dist-info"), base == "PKG-INFO" && strings.HasSuffix(parent, ".egg-info"),
		strings.HasSuffix(base, ".egg-info"):
		return Format{base, installedPython}
	case strings.HasSuffix(base, ".txt") && (strings.HasPrefix(base, "requirements") || strings.HasSuffix(base, "requirements.txt") || parent == "requirements"):
		return Format{"requirements.txt", requirements}
	case strings.HasSuffix(base, ".deps.json"):
		return Format{".deps.json", nugetDeps}
	case strings.HasSuffix(base, ".gemspec") && parent == "specifications":
		return Format{".gemspec", installedGem}
	case base == "installed.json" && strings.HasSuffix(dir, "vendor/composer"):
		return Format{"installed.json", installedComposer}
	}
	return Format{}
}

// installedModule reports whether a directory is that of a module in node_modules: node_modules/a or node_modules/@s/a.
func installedModule(dir string) bool {
	parent := path.Dir(dir)
	if strings.HasPrefix(path.Base(parent), "@") {
		parent = path.Dir(parent)
	}
	return path.Base(parent) == "node_modules" && !strings.HasPrefix(path.Base(dir), "@")
}

// Read reads a file. name is its display path. What could not be read is a diagnostic, and the rest is there.
func (f Format) Read(name string, data []byte) ([]software.Package, diag.List) {
	in := &input{name: name, data: data}
	f.read(in)
	return in.out, in.diags
}

// add keeps a library. A package without a name is left out.
func (in *input) add(p software.Package, line int) *software.Package {
	if p.Name == "" {
		return &p
	}
	p.At = diag.Range{Path: in.name, Line: line}
	p.Evidence.Detail = path.Base(in.name)
	in.out = append(in.out, p)
	return &in.out[len(in.out)-1]
}

// tree parses JSON or YAML; nil when it is broken, which is told.
func (in *input) tree(noun string) *document.Node {
	docs, problems := document.Parse(in.name, in.data, document.Options{Noun: noun})
	in.diags = append(in.diags, problems...)
	if len(docs) == 0 {
		return nil
	}
	return docs[0]
}

// fields are the entries of a map, none when n is no map.
func fields(n *document.Node) []document.Field {
	if n == nil {
		return nil
	}
	return n.Fields
}

func isTrue(n *document.Node) bool { return n.Str() == "true" }

// broken tells that a file is not what its name says.
func (in *input) broken(line int, expected string) {
	in.diags.Skipf(diag.Range{Path: in.name, Line: line}, "Lock file not understood",
		"%s was expected. The packages that it names are missing from the answer; let the package manager write the file anew.", expected)
}
