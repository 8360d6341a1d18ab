package lockfile

import (
	"regexp"
	"strings"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
)

// requirement is `name[extras] constraint`, before the marker, options and comment.
var requirement = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)$`)

// pinned is a constraint that leaves one version.
var pinned = regexp.MustCompile(`^\(?\s*={2,3}\s*([^\s,;*()$]+)\s*\)?$`)

// requirements reads a requirements file of pip's. Only `==` tells a version. Options, files that it includes (they are
// found by their own names) and direct URLs give nothing but the name, where there is one.
func requirements(in *input) {
	n, start := 0, 0
	held := ""
	for line := range strings.Lines(string(in.data)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if held == "" {
			start = n
		}
		if more, ok := strings.CutSuffix(line, "\\"); ok {
			held += more + " "
			continue
		}
		line, held = held+line, ""
		in.requirement(line, start)
	}
	if held != "" {
		in.requirement(held, start)
	}
}

func (in *input) requirement(line string, at int) {
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	line, _, _ = strings.Cut(line, ";")
	line, _, _ = strings.Cut(line, " --")
	line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
	if line == "" || line[0] == '#' || line[0] == '-' || strings.Contains(strings.SplitN(line, " ", 2)[0], "/") {
		return
	}
	m := requirement.FindStringSubmatch(line)
	if m == nil {
		return
	}
	constraint := strings.TrimSpace(m[2])
	if constraint != "" && !strings.ContainsAny(constraint[:1], "=<>!~@(") {
		return // prose, or a file of another kind
	}
	version := ""
	if v := pinned.FindStringSubmatch(constraint); v != nil {
		version = v[1]
	}
	p := software.NewLibrary(software.PyPI, m[1], version)
	if version == "" && !strings.HasPrefix(constraint, "@") {
		p.Set(software.PropUnpinned, orAny(constraint))
	}
	in.add(p, at)
}

func orAny(constraint string) string {
	if constraint == "" {
		return "any"
	}
	return constraint
}

// poetryLock reads poetry.lock; `category` told the scope before version 1.5, `groups` since 2.
func poetryLock(in *input) {
	for _, t := range tomlPackages(in.data) {
		if kind := t.text("source.type"); kind == "directory" || kind == "file" {
			continue
		}
		p := software.NewLibrary(software.PyPI, t.text("name"), t.text("version"))
		groups := t.texts("groups")
		switch {
		case t.text("category") == "dev", len(groups) > 0 && !strings.Contains(strings.Join(groups, " ")+" ", "main "):
			p.Scope = software.Development
		case t.raw["optional"] == "true":
			p.Scope = software.Optional
		case t.text("category") == "main", len(groups) > 0:
			p.Scope = software.Production
		}
		in.add(p, t.line)
	}
	in.expectTables("poetry.lock")
}

// uvLock reads uv.lock. Packages with a source of the kinds editable, virtual, directory or path are the project's own, and
// tell what is direct.
func uvLock(in *input) {
	tables := tomlPackages(in.data)
	own := func(t *tomlTable) bool {
		for _, kind := range []string{"editable", "virtual", "directory", "path"} {
			if strings.Contains(t.raw["source"], kind+" =") || strings.Contains(t.raw["source"], kind+"=") {
				return true
			}
		}
		return false
	}
	direct := map[string]bool{}
	for _, t := range tables {
		if !own(t) {
			continue
		}
		for key := range t.raw {
			if key == "dependencies" || strings.HasPrefix(key, "dev-dependencies.") || strings.HasPrefix(key, "optional-dependencies.") {
				for _, name := range t.names(key) {
					direct[name] = true
				}
			}
		}
	}
	for _, t := range tables {
		if own(t) {
			continue
		}
		p := software.NewLibrary(software.PyPI, t.text("name"), t.text("version"))
		p.Relation = relation(direct[t.text("name")], len(direct) > 0)
		in.add(p, t.line)
	}
	in.expectTables("uv.lock")
}

// expectTables tells a file that holds text but no table of a package.
func (in *input) expectTables(what string) {
	if len(in.out) == 0 && len(strings.TrimSpace(string(in.data))) > 0 && !strings.Contains(string(in.data), "=") {
		in.broken(1, "A "+what+" with tables [[package]]")
	}
}

// pipfileLock reads Pipfile.lock: the groups default and develop.
func pipfileLock(in *input) {
	doc := in.tree("lock file")
	if doc == nil {
		return
	}
	if doc.Kind != document.Map {
		in.broken(1, "A Pipfile.lock with the groups default and develop")
	}
	for _, f := range doc.Fields {
		if f.Name == "_meta" {
			continue
		}
		scope := software.Production
		if f.Name == "develop" {
			scope = software.Development
		}
		for _, d := range fields(f.Value) {
			p := software.NewLibrary(software.PyPI, d.Name, strings.TrimLeft(d.Value.Get("version").Str(), "="))
			p.Scope = scope
			in.add(p, int(d.Line))
		}
	}
}

// installedPython reads the head of METADATA or PKG-INFO: lines of "Name: value" up to an empty one.
func installedPython(in *input) {
	var name, version string
	for line := range strings.Lines(string(in.data)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Name:"); ok && name == "" {
			name = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(line, "Version:"); ok && version == "" {
			version = strings.TrimSpace(v)
		}
	}
	if version != "" {
		in.add(software.NewLibrary(software.PyPI, name, version), 0)
	}
}
