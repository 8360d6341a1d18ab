package ecosystem

import (
	"fmt"
	"strings"

	packageurl "github.com/package-url/packageurl-go"
)

// maxPURL bounds the length of a purl in bytes.
const maxPURL = 4096

// languages maps the type of a purl to the ecosystem of a language's packages.
var languages = map[string]string{
	"cargo": "crates.io", "composer": "Packagist", "conan": "ConanCenter", "cran": "CRAN", "gem": "RubyGems",
	"githubactions": "GitHub Actions", "golang": "Go", "hackage": "Hackage", "hex": "Hex", "julia": "Julia",
	"maven": "Maven", "npm": "npm", "nuget": "NuGet", "pub": "Pub", "pypi": "PyPI", "swift": "SwiftURL", "bitnami": "Bitnami",
}

// Package is a package as vulnerability data names it.
type Package struct {
	// Ecosystem is OSV's, with the release of a distribution: "Maven", "Amazon Linux:2023". It is "" for a type of purl
	// without vulnerability data (generic, oci) and for a distribution whose release the purl does not tell.
	Ecosystem string
	// Distribution is set for packages of a distribution's package manager, whether or not its release is known.
	Distribution bool
	Name         string
	// Version is in the ecosystem's own form; that of an rpm has its epoch before a colon, if the purl gives one.
	Version string
	// SourceName and SourceVersion are of the source package that a Debian, Ubuntu or Alpine package was built from, when
	// the qualifier "upstream" or "source" tells; their advisories name source packages.
	SourceName, SourceVersion string
}

// FromPURL reads a package URL. The error says what is wrong with the text.
func FromPURL(text string) (Package, error) {
	if len(text) > maxPURL {
		return Package{}, fmt.Errorf("the purl has %d bytes; at most %d are read", len(text), maxPURL)
	}
	p, err := packageurl.FromString(text)
	if err != nil {
		return Package{}, fmt.Errorf("not a package URL: %w", err)
	}
	switch p.Type {
	case "deb", "apk", "rpm":
		return fromDistribution(p), nil
	}
	eco := languages[p.Type]
	return Package{Ecosystem: eco, Name: languageName(eco, p), Version: p.Version}, nil
}

func languageName(eco string, p packageurl.PackageURL) string {
	switch {
	case p.Namespace == "":
		return p.Name
	case eco == "Maven":
		return p.Namespace + ":" + p.Name
	}
	return p.Namespace + "/" + p.Name
}

func fromDistribution(p packageurl.PackageURL) Package {
	q := p.Qualifiers.Map()
	out := Package{Distribution: true, Name: p.Name, Version: p.Version, Ecosystem: FromDistro(q["distro"])}
	if out.Ecosystem == "" && p.Namespace != "" && !strings.Contains(q["distro"], "-") {
		out.Ecosystem = FromDistro(p.Namespace + "-" + q["distro"])
	}
	if p.Type == "rpm" && q["epoch"] != "" && !strings.Contains(p.Version, ":") && p.Version != "" {
		out.Version = q["epoch"] + ":" + p.Version
	}
	source := q["upstream"]
	if source == "" {
		source = q["source"]
	}
	out.SourceName, out.SourceVersion, _ = strings.Cut(source, "@")
	if p.Type == "rpm" && strings.HasSuffix(out.SourceName, ".src.rpm") {
		out.SourceName, out.SourceVersion = "", "" // the file name of a source rpm, not a package's name
	}
	return out
}
