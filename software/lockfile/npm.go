package lockfile

import (
	"net/url"
	"strings"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
)

// npmScope is the scope that the flags of a lock entry tell.
func npmScope(n *document.Node) software.Scope {
	switch {
	case isTrue(n.Get("dev")):
		return software.Development
	case isTrue(n.Get("optional")), isTrue(n.Get("devOptional")): // the latter is also the project's own optional one
		return software.Optional
	}
	return software.Production
}

// packageLock reads package-lock.json: `packages` by path since version 2, `dependencies` nested by name before.
func packageLock(in *input) {
	doc := in.tree("lock file")
	switch {
	case doc == nil:
	case doc.Get("packages").IsSet():
		in.lockPackages(doc.Get("packages"))
	case doc.Get("dependencies").IsSet():
		in.lockDependencies(doc.Get("dependencies"))
	case !doc.Get("lockfileVersion").IsSet():
		in.broken(1, "A package-lock.json with lockfileVersion, and packages or dependencies,")
	}
}

const modules = "node_modules/"

// lockPackages reads version 2 and 3. The entry "" and those outside of node_modules are the project and its workspaces,
// whose dependencies are the direct ones.
func (in *input) lockPackages(packages *document.Node) {
	paths := map[string]bool{}
	for _, f := range packages.Fields {
		paths[f.Name] = true
	}
	direct, rooted := map[string]bool{}, false
	for _, f := range packages.Fields {
		if strings.Contains(f.Name, modules) {
			continue
		}
		rooted = true
		for _, group := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
			for _, d := range fields(f.Value.Get(group)) {
				if own := strings.TrimPrefix(f.Name+"/"+modules+d.Name, "/"); paths[own] {
					direct[own] = true
				} else {
					direct[modules+d.Name] = true
				}
			}
		}
	}
	for _, f := range packages.Fields {
		i := strings.LastIndex(f.Name, modules)
		if i < 0 || isTrue(f.Value.Get("link")) {
			continue
		}
		name := f.Value.Get("name").Str()
		if name == "" {
			name = f.Name[i+len(modules):]
		}
		p := software.NewLibrary(software.NPM, name, f.Value.Get("version").Str())
		p.Scope, p.Relation = npmScope(f.Value), relation(direct[f.Name], rooted)
		in.add(p, int(f.Line))
	}
}

// relation is direct or transitive where the file tells of direct ones at all.
func relation(direct, told bool) software.Relation {
	switch {
	case !told:
		return ""
	case direct:
		return software.Direct
	}
	return software.Transitive
}

// lockDependencies reads version 1, which does not say what is direct.
func (in *input) lockDependencies(deps *document.Node) {
	for _, f := range fields(deps) {
		name, version := f.Name, f.Value.Get("version").Str()
		if alias, ok := strings.CutPrefix(version, "npm:"); ok {
			name, version = splitSpec(alias)
		}
		if !strings.HasPrefix(version, "file:") {
			from := ""
			if strings.ContainsAny(version, ":#") { // a repository in place of a version
				version, from = "", "a repository or an address" // not shown: it may hold a password
			}
			p := software.NewLibrary(software.NPM, name, version)
			p.Scope = npmScope(f.Value)
			p.Set(software.PropUnpinned, from)
			in.add(p, int(f.Line))
		}
		in.lockDependencies(f.Value.Get("dependencies"))
	}
}

// splitSpec splits "@scope/name@range" at the second @.
func splitSpec(spec string) (name, version string) {
	if i := strings.IndexByte(spec[min(1, len(spec)):], '@'); i >= 0 {
		return spec[:i+1], spec[i+2:]
	}
	return spec, ""
}

// yarnLock reads both forms of yarn.lock: berry's is YAML and has __metadata.
func yarnLock(in *input) {
	if strings.Contains(string(in.data), "__metadata:") {
		in.yarnBerry()
		return
	}
	in.yarnClassic()
}

// yarnClassic reads entries of the form `"a@^1", a@^2:` with an indented `version "1.2.3"`.
func (in *input) yarnClassic() {
	spec, at := "", 0
	n := 0
	for line := range strings.Lines(string(in.data)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] != ' ':
			first, _, _ := strings.Cut(strings.TrimSuffix(line, ":"), ",")
			spec, at = strings.Trim(first, `" `), n
		case spec != "":
			key, version, _ := strings.Cut(strings.TrimSpace(line), " ")
			if strings.Trim(key, `"`) != "version" {
				continue
			}
			name, wanted := splitSpec(spec)
			if alias, ok := strings.CutPrefix(wanted, "npm:"); ok {
				name, _ = splitSpec(alias)
			}
			if !strings.HasPrefix(wanted, "file:") && !strings.HasPrefix(wanted, "link:") {
				in.add(software.NewLibrary(software.NPM, name, strings.Trim(version, `" `)), at)
			}
			spec = ""
		}
	}
}

// yarnBerry reads entries with `resolution: "name@npm:version"`; those of workspaces are the project's own.
func (in *input) yarnBerry() {
	doc := in.tree("lock file")
	direct, rooted := map[string]bool{}, false
	for _, f := range fields(doc) {
		if strings.Contains(f.Value.Get("resolution").Str(), "@workspace:") {
			rooted = true
			for _, d := range fields(f.Value.Get("dependencies")) {
				direct[d.Name+"@"+d.Value.Str()] = true
				direct[d.Name+"@npm:"+strings.TrimPrefix(d.Value.Str(), "npm:")] = true
			}
		}
	}
	for _, f := range fields(doc) {
		name, from := splitSpec(f.Value.Get("resolution").Str())
		if f.Name == "__metadata" || strings.HasPrefix(from, "workspace:") || strings.HasPrefix(from, "link:") || strings.HasPrefix(from, "portal:") {
			continue
		}
		if patched, ok := strings.CutPrefix(from, "patch:"); ok {
			if text, err := url.PathUnescape(patched); err == nil {
				name, _ = splitSpec(text)
			}
		}
		p := software.NewLibrary(software.NPM, name, f.Value.Get("version").Str())
		named := false
		for spec := range strings.SplitSeq(f.Name, ", ") {
			named = named || direct[spec] || direct[unpatched(spec)]
		}
		p.Relation = relation(named, rooted)
		in.add(p, int(f.Line))
	}
}

// unpatched is the specification that a patched one, `name@patch:name@npm%3A^1#file`, stands for.
func unpatched(spec string) string {
	_, spec, _ = strings.Cut(spec, "@patch:")
	spec, _, _ = strings.Cut(spec, "#")
	text, err := url.PathUnescape(spec)
	if err != nil {
		return ""
	}
	return text
}

// pnpmLock reads pnpm-lock.yaml. The key of a package is "/name/1.2.3_peers" in version 5, "/name@1.2.3(peers)" in 6 and
// "name@1.2.3" since 9.
func pnpmLock(in *input) {
	docs, problems := document.Parse(in.name, in.data, document.Options{Noun: "lock file", Many: true})
	in.diags = append(in.diags, problems...)
	for _, doc := range docs { // a document before the last one is pnpm's own
		if !doc.Get("lockfileVersion").IsSet() {
			in.broken(1, "A pnpm-lock.yaml with lockfileVersion")
			return
		}
		in.pnpmDocument(doc)
	}
}

func (in *input) pnpmDocument(doc *document.Node) {
	direct := map[string]software.Scope{}
	pnpmDirect(doc, direct)
	for _, f := range fields(doc.Get("importers")) {
		pnpmDirect(f.Value, direct)
	}
	old := strings.HasPrefix(doc.Get("lockfileVersion").Str(), "5")
	for _, f := range fields(doc.Get("packages")) {
		name, version := pnpmKey(f.Name, old)
		if n := f.Value.Get("name").Str(); n != "" {
			name = n
		}
		if v := f.Value.Get("version").Str(); v != "" {
			version = v
		}
		p := software.NewLibrary(software.NPM, name, version)
		p.Relation = relation(false, len(direct) > 0)
		if isTrue(f.Value.Get("dev")) {
			p.Scope = software.Development
		}
		if scope, ok := direct[name+"@"+version]; ok {
			p.Relation, p.Scope = software.Direct, scope
		}
		in.add(p, int(f.Line))
	}
}

func pnpmDirect(importer *document.Node, direct map[string]software.Scope) {
	for _, group := range []struct {
		name  string
		scope software.Scope
	}{{"devDependencies", software.Development}, {"optionalDependencies", software.Optional}, {"dependencies", software.Production}} {
		for _, d := range fields(importer.Get(group.name)) {
			version := d.Value.Str()
			if d.Value != nil && d.Value.Kind == document.Map {
				version = d.Value.Get("version").Str()
			}
			direct[d.Name+"@"+withoutPeers(version)] = group.scope
		}
	}
}

func withoutPeers(version string) string {
	version, _, _ = strings.Cut(version, "(")
	version, _, _ = strings.Cut(version, "_")
	return version
}

func pnpmKey(key string, old bool) (name, version string) {
	if host, rest, ok := strings.Cut(key, "/"); ok && old && strings.Contains(host, ".") { // another registry than the default
		key = rest
	}
	key, _, _ = strings.Cut(strings.TrimPrefix(key, "/"), "(")
	if !old {
		return splitSpec(key)
	}
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return key, ""
	}
	return key[:i], withoutPeers(key[i+1:])
}

// installedNPM reads package.json of a module in node_modules.
func installedNPM(in *input) {
	doc := in.tree("package.json")
	if name, version := doc.Get("name").Str(), doc.Get("version").Str(); version != "" {
		in.add(software.NewLibrary(software.NPM, name, version), 0)
	}
}
