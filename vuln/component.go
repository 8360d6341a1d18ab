package vuln

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxName is the most bytes of a package URL, CPE or name.
const maxName = 1024

// key is a component in the form that rules match.
type key struct {
	// purl is "type/namespace/name" in lower case, a version suffix of a Go module left out; empty when there is none.
	purl string
	// cpe is "vendor:product" in lower case, part its part: a, o or h.
	cpe, part string
	// product is the name of a distribution's package, of a container image, of a CPE's product, or a bare name.
	product string
	// name is the component for people.
	name string
}

// productTypes are the purl types whose name is that of a product rather than of a library in some language.
func productTypes() []string {
	return []string{"rpm", "deb", "apk", "alpm", "generic", "bitnami", "docker", "oci", "brew", "nix", "portage", "linux"}
}

// ecosystems maps an OSV ecosystem, up to its colon and in lower case, to a purl type with namespace.
var ecosystems = map[string]string{
	"go": "golang", "npm": "npm", "pypi": "pypi", "maven": "maven", "rubygems": "gem", "crates.io": "cargo", "nuget": "nuget",
	"packagist": "composer", "hex": "hex", "pub": "pub", "swifturl": "swift", "conancenter": "conan", "cran": "cran",
	"bioconductor": "cran", "hackage": "hackage", "ghc": "hackage", "julia": "julia", "github actions": "githubactions",
	"debian": "deb/debian", "ubuntu": "deb/ubuntu", "alpine": "apk/alpine", "wolfi": "apk/wolfi", "chainguard": "apk/chainguard",
	"minimos": "apk/minimos", "alpaquita": "apk/alpaquita", "bellsoft hardened containers": "apk/bellsoft", "red hat": "rpm/redhat",
	"rocky linux": "rpm/rocky", "almalinux": "rpm/almalinux", "opensuse": "rpm/opensuse", "suse": "rpm/suse", "mageia": "rpm/mageia",
	"openeuler": "rpm/openeuler", "amazon linux": "rpm/amzn", "photon os": "rpm/photon", "echo": "deb/echo", "linux": "linux",
	"bitnami": "bitnami", "oss-fuzz": "generic", "git": "generic", "conda": "conda",
}

// ParseComponent reads a package URL ("pkg:…"), a CPE name ("cpe:…") or "osv:ECOSYSTEM/NAME" ("osv:PyPI/django"). The
// error says what was expected.
func ParseComponent(s string) (Component, error) {
	if len(s) > maxName || !utf8.ValidString(s) {
		return Component{}, fmt.Errorf("a package is at most %d bytes of UTF-8", maxName)
	}
	var c Component
	lower := strings.ToLower(s)
	switch {
	case strings.HasPrefix(lower, "pkg:"):
		c.PURL = s
	case strings.HasPrefix(lower, "cpe:"):
		c.CPE = s
	case strings.HasPrefix(lower, "osv:"):
		ecosystem, name, ok := strings.Cut(s[len("osv:"):], "/")
		if !ok {
			return c, fmt.Errorf("expected osv:ECOSYSTEM/NAME")
		}
		c.Ecosystem, c.Name = ecosystem, name
	case strings.HasPrefix(lower, "name:"):
		c.Name = s[len("name:"):]
	default:
		return c, fmt.Errorf("expected a package URL (pkg:TYPE/NAME), a CPE (cpe:2.3:PART:VENDOR:PRODUCT:…) or osv:ECOSYSTEM/NAME")
	}
	k := c.key()
	if k.name == "" {
		return c, fmt.Errorf("it names no package: expected pkg:TYPE/NAME, cpe:2.3:PART:VENDOR:PRODUCT:… or osv:ECOSYSTEM/NAME")
	}
	return c, nil
}

// String returns the component as it was given.
func (c Component) String() string {
	switch {
	case c.PURL != "":
		return c.PURL
	case c.CPE != "":
		return c.CPE
	case c.Ecosystem != "":
		return "osv:" + c.Ecosystem + "/" + c.Name
	default:
		return c.Name
	}
}

// key normalises a component; a part that cannot be read leaves its fields empty.
func (c Component) key() key {
	switch {
	case len(c.PURL)+len(c.CPE)+len(c.Name) > maxName:
		return key{}
	case c.PURL != "":
		return purlKey(c.PURL)
	case c.CPE != "":
		return cpeKey(c.CPE)
	case c.Ecosystem != "":
		return ecosystemKey(c.Ecosystem, c.Name)
	default:
		name := strings.ToLower(strings.TrimSpace(c.Name))
		return key{product: name, name: name}
	}
}

func purlKey(s string) key {
	rest := s[len("pkg:"):]
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	rest = strings.Trim(rest, "/")
	if at := strings.LastIndexByte(rest, '@'); at > strings.LastIndexByte(rest, '/')+0 && at > 0 && rest[at-1] != '/' {
		rest = rest[:at]
	}
	if text, err := url.PathUnescape(rest); err == nil && utf8.ValidString(text) {
		rest = text
	}
	typ, path, ok := strings.Cut(rest, "/")
	if !ok || typ == "" || strings.Trim(path, "/") == "" {
		return key{}
	}
	return typedKey(strings.ToLower(typ), strings.ToLower(strings.Trim(path, "/")))
}

// typedKey makes the key of a package of a purl type: a GitHub repository is read as the Go module of that name.
func typedKey(typ, path string) key {
	if typ == "github" {
		typ, path = "golang", "github.com/"+path
	}
	if typ == "golang" {
		path = withoutMajor(path)
	}
	k := key{purl: typ + "/" + path, name: path}
	for _, t := range productTypes() {
		if typ == t {
			k.product = path[strings.LastIndexByte(path, '/')+1:]
			k.name = k.product
		}
	}
	return k
}

// withoutMajor drops the major version of a Go module's path, wherever it stands: github.com/x/y/v2/z.
func withoutMajor(path string) string {
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i++ {
		p := parts[i]
		if len(p) > 1 && p[0] == 'v' && strings.Trim(p[1:], "0123456789") == "" && (i > 2 || i == len(parts)-1) {
			return strings.Join(append(parts[:i:i], parts[i+1:]...), "/")
		}
	}
	return path
}

func ecosystemKey(ecosystem, name string) key {
	family, _, _ := strings.Cut(strings.ToLower(ecosystem), ":")
	typ, ok := ecosystems[strings.TrimSpace(family)]
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), "/"))
	if !ok || name == "" {
		return key{name: name}
	}
	if typ == "maven" {
		name = strings.Replace(name, ":", "/", 1)
	}
	typ, namespace, _ := strings.Cut(typ, "/")
	return typedKey(typ, strings.TrimPrefix(namespace+"/"+name, "/"))
}

// cpeKey reads both forms: cpe:2.3:a:vendor:product:… and cpe:/a:vendor:product:…
func cpeKey(s string) key {
	rest := strings.ToLower(s[len("cpe:"):])
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "2.3:"), "/")
	fields := splitCPE(rest)
	if len(fields) < 3 || fields[1] == "" || fields[2] == "" || fields[2] == "*" {
		return key{}
	}
	k := key{part: fields[0], cpe: fields[1] + ":" + fields[2], name: fields[2]}
	vendor, product := fields[1], fields[2]
	// A product is known by its name alone only when it is its vendor's only one: jenkins:git is not Git.
	if vendor == product || vendor == product+"_project" || vendor == "gnu" || vendor == "*" {
		k.product = product
	}
	return k
}

// splitCPE splits at colons that no backslash quotes, and takes the backslashes out.
func splitCPE(s string) []string {
	var fields []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == ':':
			fields = append(fields, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	return append(fields, b.String())
}

// glob reports whether name is pattern, in which * stands for any text and [0-9] for a digit; a trailing /... stands for
// the package itself and all below it.
func glob(pattern, name string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		if glob(base, name) {
			return true
		}
		for i := range len(name) {
			if name[i] == '/' && glob(base, name[:i]) {
				return true
			}
		}
		return false
	}
	for {
		if pattern == "" {
			return name == ""
		}
		switch {
		case pattern[0] == '*':
			if len(pattern) == 1 {
				return true
			}
			for i := 0; i <= len(name); i++ {
				if glob(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		case strings.HasPrefix(pattern, "[0-9]"):
			if name == "" || name[0] < '0' || name[0] > '9' {
				return false
			}
			pattern, name = pattern[len("[0-9]"):], name[1:]
		case name == "" || pattern[0] != name[0]:
			return false
		default:
			pattern, name = pattern[1:], name[1:]
		}
	}
}
