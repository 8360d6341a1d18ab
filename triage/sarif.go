package triage

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// sarif reads SARIF 2.1.0 of scanners of packages (Trivy, Grype), of infrastructure (Checkov, Trivy) and of code (CodeQL).
func sarif() *format {
	return &format{
		id: "sarif", streams: []string{"runs"},
		fits:     func(head, first *node) bool { return first == nil || first.get("tool", "driver") != nil },
		is:       func(*node) bool { return false },
		visit:    func(_, el *node, emit emitter) { sarifRun(el, emit) },
		annotate: sarifAnnotate,
		tool:     func(*node) string { return "" },
	}
}

func sarifRun(run *node, emit emitter) {
	driver := run.get("tool", "driver")
	rules := map[string]*node{}
	for _, d := range append([]*node{driver}, run.list("tool", "extensions")...) {
		for _, r := range d.list("rules") {
			rules[r.str("id")] = r
		}
	}
	for _, res := range run.list("results") {
		switch res.str("kind") {
		case "pass", "notApplicable", "informational":
			continue
		}
		id := first(res.str("ruleId"), res.str("rule", "id"))
		if list := driver.list("rules"); id == "" && res.has("ruleIndex") {
			if i := res.num("ruleIndex"); i >= 0 && i < len(list) {
				id = list[i].str("id")
			}
		}
		emit(sarifResult(run, rules[id], res, id), res)
	}
}

func sarifResult(run, rule, res *node, id string) Finding {
	f := Finding{
		Tool: first(run.str("tool", "driver", "name"), "SARIF"), ID: id, Severity: sarifSeverity(rule, res),
		Title: first(rule.str("shortDescription", "text"), res.str("message", "text")),
		Known: len(res.list("suppressions")) > 0 || res.str("baselineState") == "absent",
	}
	var logical string
	if list := res.list("locations"); len(list) > 0 {
		l := list[0].get("physicalLocation")
		uri := l.str("artifactLocation", "uri")
		f.Location.Path = filePath(uri)
		f.Location.base = filePath(run.str("originalUriBaseIds", l.str("artifactLocation", "uriBaseId"), "uri"))
		f.Location.Line, f.Location.end = l.num("region", "startLine"), l.num("region", "endLine")
		if names := list[0].list("logicalLocations"); len(names) > 0 {
			logical = names[0].str("fullyQualifiedName")
		}
	}
	f.Target = sarifTarget(run, &f, logical)
	if v := vulnerabilityID.FindString(id); v != "" {
		f.Kind, f.ID = Vulnerability, v
		p := packageIn(sarifPackage(rule, res, f.Location.Path), f.Target.Kind)
		f.Package = &p
		if f.Target.Kind == Image {
			f.Location = Location{}
		}
		return f
	}
	f.Kind = sarifKind(rule, id, f.Location.Path)
	f.Location.Address = res.str("properties", "resource")
	f.Target.Type = typeOf(f.Location.Address, "")
	if strings.HasPrefix(path.Base(f.Location.Path), "Dockerfile") {
		f.Target.Type = "dockerfile"
	}
	return f
}

// filePath is the path of a file URI, or a relative one as it stands.
func filePath(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "" && u.Scheme != "file" {
		return ""
	}
	return u.Path
}

// sarifTarget tells an image from a directory: Trivy names the image in the run, Grype in the logical locations.
func sarifTarget(run *node, f *Finding, logical string) Target {
	if p := run.get("properties"); p.str("imageName") != "" {
		return imageTarget(p.str("imageName"), p.strs("repoTags"), append(p.strs("repoDigests"), p.str("repoDigests")))
	}
	if image, _, ok := strings.Cut(logical, ":/"); ok && strings.EqualFold(f.Tool, "grype") && strings.Contains(image, "@sha256:") {
		return imageTarget(image, nil, nil)
	}
	t := codeTarget(f.Location.base)
	if strings.EqualFold(f.Tool, "grype") && t.Name == "" {
		// It does not say whether the paths lie in an image or in a directory; both are what the customer ships.
		t.why = "an image or a directory"
	}
	return t
}

var (
	trivyMessage = regexp.MustCompile(`(?m)^Package: (.+)\nInstalled Version: (.+)$`)
	trivyFixed   = regexp.MustCompile(`(?m)^Fixed Version: (.+)$`)
	grypeMessage = regexp.MustCompile(`in ([a-z-]+) package: (.+?), version (.+?) was found`)
	otherMessage = regexp.MustCompile(`Package '(.+?)@(.+?)' is vulnerable`)
)

// sarifPackage reads the package from the properties of the rule, or from the message as the tool words it. Without a
// name, what the finding is in is not known.
func sarifPackage(rule, res *node, path string) Package {
	p := Package{Path: path}
	message := res.str("message", "text")
	if m := trivyMessage.FindStringSubmatch(message); m != nil {
		p.Name, p.Version = m[1], m[2]
		if fixed := trivyFixed.FindStringSubmatch(message); fixed != nil {
			p.Fixed = fixed[1]
		}
		if rule.str("name") == "OsPackageVulnerability" {
			p.Ecosystem, p.Path = "os", ""
		}
	} else if m := grypeMessage.FindStringSubmatch(message); m != nil {
		p.Ecosystem, p.Name, p.Version = m[1], m[2], m[3]
		p.PURL = purlOf(purlTypes[m[1]], p.Name, p.Version)
	} else if m := otherMessage.FindStringSubmatch(message); m != nil {
		p.Name, p.Version = m[1], m[2]
	}
	if purls := rule.strs("properties", "purls"); len(purls) == 1 {
		p.PURL = purls[0]
	}
	if p.PURL == "" && p.Ecosystem == "" {
		p.Ecosystem = ecosystemOfFile(path)
		p.PURL = purlOf(purlTypes[p.Ecosystem], p.Name, p.Version)
	}
	return p
}

// ecosystemOfFile tells the kind of packages by the name of a lock file or archive.
func ecosystemOfFile(name string) string {
	switch base := path.Base(name); base {
	case "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "package.json":
		return "npm"
	case "requirements.txt", "poetry.lock", "Pipfile.lock", "uv.lock", "METADATA":
		return "pip"
	case "go.mod":
		return "gomod"
	case "Gemfile.lock":
		return "bundler"
	case "Cargo.lock":
		return "cargo"
	case "composer.lock":
		return "composer"
	case "pom.xml", "gradle.lockfile":
		return "pom"
	case "packages.lock.json":
		return "nuget"
	default:
		if strings.HasSuffix(base, ".jar") || strings.HasSuffix(base, ".war") {
			return "jar"
		}
	}
	return ""
}

// sarifKind tells what a result is that names no vulnerability: infrastructure by the rule or the file, else code.
func sarifKind(rule *node, id, name string) Kind {
	tags := strings.ToLower(strings.Join(rule.strs("properties", "tags"), " "))
	switch {
	case strings.HasPrefix(id, "CKV_SECRET") || rule.str("name") == "Secret":
		return Secret
	case rule.str("name") == "Misconfiguration" || strings.HasPrefix(id, "CKV") || strings.HasPrefix(id, "AVD-") || strings.Contains(tags, "misconfiguration"):
		return Misconfiguration
	}
	base := path.Base(name)
	for _, ext := range []string{".tf", ".tf.json", ".hcl", ".template", ".yaml", ".yml"} {
		if strings.HasSuffix(base, ext) && !strings.Contains(name, ".github/") {
			return Misconfiguration
		}
	}
	if strings.HasPrefix(base, "Dockerfile") || strings.HasPrefix(base, "Containerfile") {
		return Misconfiguration
	}
	return Weakness
}

func sarifSeverity(rule, res *node) Severity {
	for _, n := range []*node{res, rule} {
		if s := scored(n.str("properties", "security-severity")); s != UnknownSeverity {
			return s
		}
	}
	if s := severityOf(first(res.str("properties", "severity"), rule.str("properties", "severity"))); s != UnknownSeverity {
		return s
	}
	return severityOf(first(res.str("level"), rule.str("defaultConfiguration", "level"), "warning"))
}

func sarifAnnotate(at *node, f *Finding, hide bool) {
	at.object("properties").set("onus", extension(f))
	if hide {
		at.append("suppressions", object("kind", "external", "status", "accepted", "justification", "onus: "+string(f.Label)+". "+f.Reason))
	}
}
