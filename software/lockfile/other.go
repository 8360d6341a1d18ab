package lockfile

import (
	"path"
	"strings"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
)

// cargoLock reads Cargo.lock. A package without a source is a member of the workspace, and tells what is direct.
func cargoLock(in *input) {
	tables := tomlPackages(in.data)
	direct, rooted := map[string]bool{}, false
	for _, t := range tables {
		if t.text("source") == "" {
			rooted = true
			for _, d := range t.texts("dependencies") {
				direct[d] = true // "name", or "name version" when several versions are there
			}
		}
	}
	for _, t := range tables {
		if t.text("source") == "" {
			continue
		}
		p := software.NewLibrary(software.Crates, t.text("name"), t.text("version"))
		p.Relation = relation(direct[p.Name] || direct[p.Name+" "+p.Version], rooted)
		in.add(p, t.line)
	}
	in.expectTables("Cargo.lock")
}

// goMod reads go.mod with its replacements. What is replaced by a directory is the project's own. The toolchain that a build
// takes is not told by go.mod; a binary tells it.
func goMod(in *input) {
	replaced, named := map[string][2]string{}, false
	var lines []modLine
	block, n := "", 0
	for text := range strings.Lines(string(in.data)) {
		n++
		comment := ""
		if i := strings.Index(text, "//"); i >= 0 {
			text, comment = text[:i], text[i:]
		}
		words := strings.Fields(text)
		switch {
		case len(words) == 0:
			continue
		case words[0] == ")":
			block = ""
			continue
		case len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		}
		verb := block
		if block == "" {
			verb, words = words[0], words[1:]
		}
		named = named || verb == "module"
		lines = append(lines, modLine{verb, words, strings.Contains(comment, "indirect"), n})
	}
	for _, l := range lines {
		if l.verb == "replace" {
			l.replace(replaced)
		}
	}
	for _, l := range lines {
		if l.verb == "require" && len(l.words) >= 2 {
			in.module(l, replaced)
		}
	}
	if !named && len(in.out) == 0 && len(strings.TrimSpace(string(in.data))) > 0 {
		in.broken(1, "A go.mod with a module line")
	}
}

// modLine is one directive of go.mod without its verb.
type modLine struct {
	verb     string
	words    []string
	indirect bool
	line     int
}

// replace files `old [version] => new [version]` under "old" or "old version".
func (l modLine) replace(replaced map[string][2]string) {
	for i, w := range l.words {
		if w != "=>" || i == 0 || i+1 >= len(l.words) {
			continue
		}
		to := [2]string{unquoted(l.words[i+1])}
		if i+2 < len(l.words) {
			to[1] = l.words[i+2]
		}
		l.words[0] = unquoted(l.words[0])
		replaced[strings.Join(l.words[:i], " ")] = to
	}
}

func unquoted(s string) string { return strings.Trim(s, "\"`") }

func (in *input) module(l modLine, replaced map[string][2]string) {
	name, version := unquoted(l.words[0]), l.words[1]
	to, ok := replaced[name+" "+version]
	if !ok {
		to, ok = replaced[name]
	}
	was := ""
	if ok {
		if to[1] == "" { // a directory
			return
		}
		was, name, version = name, to[0], to[1]
	}
	p := software.NewLibrary(software.Go, name, version)
	p.Relation = software.Direct
	if l.indirect {
		p.Relation = software.Transitive
	}
	p.Set(software.PropReplaces, was)
	in.add(p, l.line)
}

// gemfileLock reads Gemfile.lock: sections with `specs:`, packages indented by four, and DEPENDENCIES, the direct ones.
func gemfileLock(in *input) {
	type gem struct {
		name, version string
		line          int
	}
	var gems []gem
	direct := map[string]bool{}
	section, known, n := "", false, 0
	for line := range strings.Lines(string(in.data)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		body := strings.TrimLeft(line, " ")
		indent := len(line) - len(body)
		switch {
		case body == "":
		case indent == 0:
			section = body
			known = known || body == "GEM" || body == "GIT" || body == "PATH" || body == "DEPENDENCIES"
		case section == "DEPENDENCIES":
			name, _, _ := strings.Cut(body, " ")
			direct[strings.TrimSuffix(name, "!")] = true
		case (section == "GEM" || section == "GIT") && indent == 4:
			if name, version, ok := strings.Cut(strings.TrimSuffix(body, ")"), " ("); ok {
				version, _, _ = strings.Cut(version, "-") // a platform, as in 1.15.0-x86_64-linux
				gems = append(gems, gem{name, version, n})
			}
		}
	}
	for _, g := range gems {
		p := software.NewLibrary(software.RubyGems, g.name, g.version)
		p.Relation = relation(direct[g.name], len(direct) > 0)
		in.add(p, g.line)
	}
	if !known && n > 0 {
		in.broken(1, "A Gemfile.lock with sections such as GEM")
	}
}

// installedGem takes the name and version from the name of a specification: "rack-2.2.3.gemspec", and of a platform's.
func installedGem(in *input) {
	stem := strings.TrimSuffix(path.Base(in.name), ".gemspec")
	for i := range len(stem) - 1 {
		if stem[i] == '-' && stem[i+1] >= '0' && stem[i+1] <= '9' {
			version, _, _ := strings.Cut(stem[i+1:], "-")
			in.add(software.NewLibrary(software.RubyGems, stem[:i], version), 0)
			return
		}
	}
}

// composerLock reads composer.lock: packages and packages-dev.
func composerLock(in *input) {
	doc := in.tree("lock file")
	in.composer(doc.Get("packages"), software.Production)
	in.composer(doc.Get("packages-dev"), software.Development)
	if doc != nil && !doc.Get("packages").IsSet() && !doc.Get("packages-dev").IsSet() {
		in.broken(1, "A composer.lock with packages")
	}
}

// installedComposer reads vendor/composer/installed.json: a list, or a map with packages since Composer 2.
func installedComposer(in *input) {
	doc := in.tree("list of installed packages")
	if doc != nil && doc.Kind == document.Map {
		doc = doc.Get("packages")
	}
	in.composer(doc, "")
}

func (in *input) composer(list *document.Node, scope software.Scope) {
	for _, n := range list.List() {
		p := software.NewLibrary(software.Packagist, n.Get("name").Str(), n.Get("version").Str())
		p.Scope = scope
		in.add(p, int(n.Line))
	}
}

// nugetLock reads packages.lock.json: by target framework, then by name, with the type Direct, Transitive or Project.
func nugetLock(in *input) {
	doc := in.tree("lock file")
	for _, framework := range fields(doc.Get("dependencies")) {
		for _, f := range fields(framework.Value) {
			p := software.NewLibrary(software.NuGet, f.Name, f.Value.Get("resolved").Str())
			switch f.Value.Get("type").Str() {
			case "Project":
				continue
			case "Direct":
				p.Relation = software.Direct
			case "Transitive":
				p.Relation = software.Transitive
			}
			in.add(p, int(f.Line))
		}
	}
	if doc != nil && !doc.Get("dependencies").IsSet() {
		in.broken(1, "A packages.lock.json with dependencies")
	}
}

// nugetDeps reads a .deps.json: libraries "Name/1.2.3" of the type package; a runtimepack is the .NET runtime that a
// self-contained program brings along.
func nugetDeps(in *input) {
	doc := in.tree("list of dependencies")
	for _, f := range fields(doc.Get("libraries")) {
		name, version, _ := strings.Cut(f.Name, "/")
		p := software.NewLibrary(software.NuGet, name, version)
		switch f.Value.Get("type").Str() {
		case "package":
		case "runtimepack":
			p = software.NewLibrary(software.NuGet, strings.TrimPrefix(name, "runtimepack."), version)
			p.Kind = software.Runtime
		default:
			continue
		}
		in.add(p, int(f.Line))
	}
}
