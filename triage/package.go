package triage

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// purlTypes maps what tools call a kind of package, in lower case, to the purl type.
var purlTypes = map[string]string{
	// Trivy, by Type
	"debian": "deb/debian", "ubuntu": "deb/ubuntu", "alpine": "apk/alpine", "wolfi": "apk/wolfi", "chainguard": "apk/chainguard",
	"amazon": "rpm/amzn", "redhat": "rpm/redhat", "centos": "rpm/centos", "rocky": "rpm/rocky", "alma": "rpm/almalinux",
	"oracle": "rpm/ol", "photon": "rpm/photon", "azurelinux": "rpm/azurelinux", "bottlerocket": "generic",
	"npm": "npm", "yarn": "npm", "pnpm": "npm", "bun": "npm", "node-pkg": "npm", "pip": "pypi", "pipenv": "pypi", "poetry": "pypi",
	"uv": "pypi", "python-pkg": "pypi", "conda-pkg": "conda", "bundler": "gem", "gemspec": "gem", "cargo": "cargo", "rustbinary": "cargo",
	"composer": "composer", "composer-vendor": "composer", "gomod": "golang", "gobinary": "golang", "jar": "maven", "pom": "maven", "gradle": "maven",
	"nuget": "nuget", "dotnet-core": "nuget", "packages-props": "nuget", "hex": "hex", "pub": "pub", "swift": "swift", "cocoapods": "cocoapods",
	// Inspector and ASFF, by package manager
	"pythonpkg": "pypi", "nodepkg": "npm", "dotnet_core": "nuget",
	// Grype, by type of artifact
	"python": "pypi", "java-archive": "maven", "go-module": "golang", "gem": "gem", "rust-crate": "cargo", "php-composer": "composer", "dotnet": "nuget",
}

// distributions maps the beginning of a platform of Inspector to the purl type of its packages.
var distributions = []struct{ platform, purl string }{
	{"AMAZON_LINUX", "rpm/amzn"}, {"AL20", "rpm/amzn"}, {"DEBIAN", "deb/debian"}, {"UBUNTU", "deb/ubuntu"}, {"ALPINE", "apk/alpine"},
	{"REDHAT", "rpm/redhat"}, {"RHEL", "rpm/redhat"}, {"CENTOS", "rpm/centos"}, {"ROCKY", "rpm/rocky"}, {"ALMA", "rpm/almalinux"},
	{"ORACLE", "rpm/ol"}, {"SUSE", "rpm/suse"}, {"SLES", "rpm/suse"}, {"BOTTLEROCKET", "generic"},
}

// purlOf makes a package URL of a purl type with namespace, "" when the type or the name is not known. Names of Maven and
// Composer carry their namespace with a colon or slash.
func purlOf(kind, name, version string) string {
	if kind == "" || name == "" {
		return ""
	}
	if strings.HasPrefix(kind, "maven") {
		name = strings.Replace(name, ":", "/", 1)
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(p), "@", "%40")
	}
	out := "pkg:" + kind + "/" + strings.Join(parts, "/")
	if version != "" {
		out += "@" + url.PathEscape(version)
	}
	return out
}

// isOS reports a package of an operating system's distribution.
func (p *Package) isOS() bool {
	for _, t := range []string{"pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpm/"} {
		if strings.HasPrefix(p.PURL, t) {
			return true
		}
	}
	return p.PURL == "" && (p.Ecosystem == "os" || p.Ecosystem == "OS")
}

// plainPURL is a package URL without qualifiers and subpath, as VEX matches it widest.
func plainPURL(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	return purl
}

// severityOf reads a tool's word.
func severityOf(word string) Severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "critical", "fatal":
		return Critical
	case "high", "important", "error":
		return High
	case "medium", "moderate", "warning":
		return Medium
	case "low", "minor", "negligible", "note":
		return Low
	case "info", "informational", "none":
		return Info
	}
	return UnknownSeverity
}

// scored turns a CVSS score into a severity by the scale of CVSS 3; unknown when it is none.
func scored(score string) Severity {
	f, err := strconv.ParseFloat(score, 64)
	switch {
	case err != nil || f < 0 || f > 10:
		return UnknownSeverity
	case f >= 9:
		return Critical
	case f >= 7:
		return High
	case f >= 4:
		return Medium
	case f > 0:
		return Low
	}
	return Info
}

// Rank orders severities, 1 for the gravest; 0 for a word that is none.
func (s Severity) Rank() int { return slices.Index(Severities(), s) + 1 }

var (
	vulnerabilityID = regexp.MustCompile(`^(?:CVE-\d{4}-\d{4,}|GHSA(?:-[a-z0-9]{4}){3}|GO-\d{4}-\d+|PYSEC-\d{4}-\d+|RUSTSEC-\d{4}-\d+|ALAS[A-Z0-9-]*-\d{4}-\d+|[DR][SHL]S?A-\d{4}:?-?\d+|OSV-\d{4}-\d+|MAL-\d{4}-\d+)`)
	imageDigest     = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
)

// imageTarget is a container image by what it is called.
func imageTarget(name string, refs, digests []string) Target {
	t := Target{Kind: Image, Name: name, hostings: imageHostings(), why: "a container image"}
	for _, r := range append([]string{name}, refs...) {
		if r != "" && len(r) <= 1024 && !slices.Contains(t.refs, r) {
			t.refs = append(t.refs, r)
		}
		digests = append(digests, imageDigest.FindAllString(r, 2)...)
	}
	for _, d := range digests {
		if d = imageDigest.FindString(d); d != "" && !slices.Contains(t.digests, d) {
			t.digests = append(t.digests, d)
		}
	}
	return t
}

// codeTarget is a directory or repository.
func codeTarget(name string) Target {
	return Target{Kind: Code, Name: name, hostings: codeHostings(), why: "what you build and deploy"}
}

// packageIn places a package: what lies in an image or in code is the customer's to ship, what lies on a machine is a
// node's, unless it lies in a container there.
func packageIn(p Package, kind TargetKind) Package {
	switch kind {
	case Image, Code:
		p.where = "own-layer"
	case Host, Instance:
		p.where = "node"
		if inContainer(p.Path) {
			p.where = "own-layer"
		}
	case Function:
		if strings.HasPrefix(p.Path, "/var/task") || strings.HasPrefix(p.Path, "/opt") || strings.HasPrefix(p.Path, "var/task") {
			p.where = "own-layer"
		}
	}
	switch p.Ecosystem {
	case "gobinary", "rustbinary", "GOBINARY":
		if kind != Host && kind != Instance {
			p.where = "binary"
		}
	}
	return p
}

func inContainer(path string) bool {
	return strings.Contains(path, "/containerd/") || strings.Contains(path, "/docker/overlay2/") || strings.Contains(path, "/kubelet/pods/")
}

// Products are the identifiers by which VEX names what a finding is about, the widest that are still exact, as Trivy and
// Grype compare them: an image by the package URL with its digest, or with its repository when the digest is not known,
// and by its references, with the package as subcomponent; a function, an instance or a resource by its ARN or id, as a bare
// package would be hidden wherever else it lies; and code, of which only its packages have names, by the package itself.
func (f *Finding) Products() (products, subcomponents []string) {
	for _, p := range f.packages() {
		if p.PURL != "" {
			subcomponents = append(subcomponents, plainPURL(p.PURL))
		}
	}
	t := &f.Target
	switch t.Kind {
	case Image:
	case Function, Instance, Resource:
		if t.Name == "" {
			return nil, nil
		}
		return []string{t.Name}, subcomponents
	default:
		return subcomponents, nil
	}
	for _, r := range t.refs {
		name, _, _ := strings.Cut(r, "@")
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			name = name[:i]
		}
		base := strings.ToLower(lastOf(name, "/"))
		if base == "" || strings.HasPrefix(r, "arn:") || strings.HasPrefix(r, "sha256:") {
			continue
		}
		for _, d := range t.digests {
			products = addOnce(products, "pkg:oci/"+base+"@"+strings.ReplaceAll(d, ":", "%3A"))
		}
		if len(t.digests) == 0 {
			products = addOnce(products, "pkg:oci/"+base+"?repository_url="+url.QueryEscape(registryPath(name)))
		}
		products = addOnce(products, r)
	}
	return products, subcomponents
}

// registryPath is a repository with its registry, as Trivy writes it in package URLs.
func registryPath(name string) string {
	host, _, ok := strings.Cut(name, "/")
	switch {
	case ok && strings.ContainsAny(host, ".:"), host == "localhost":
		return strings.ToLower(name)
	case !ok:
		return "index.docker.io/library/" + strings.ToLower(name)
	}
	return "index.docker.io/" + strings.ToLower(name)
}

func addOnce(to []string, s string) []string {
	if slices.Contains(to, s) {
		return to
	}
	return append(to, s)
}

// Link is the BOM-Link of the component in the CycloneDX document that the finding stands in, "" when it has none.
func (f *Finding) Link() string {
	if f.Target.bom == "" || f.Package == nil || f.Package.ref == "" {
		return ""
	}
	return "urn:cdx:" + f.Target.bom + "#" + f.Package.ref
}

// Beneath reports whether the finding's package lies outside of what the customer ships, in a layer that AWS keeps beneath.
func (f *Finding) Beneath() bool { return f.Target.Kind == Function && f.Label == Nothing }
