// Package ecosystem knows the names under which vulnerability data files its packages.
//
// An OSV record files a package under an ecosystem ("Maven", "Debian:12", "Amazon Linux:2023") and a name in that
// ecosystem's spelling. An inventory knows a purl or a distribution's ID and VERSION_ID. This package turns the second
// into the first, brings names to one spelling on both sides, and tells distributions, whose versions carry back-ported
// fixes, from the ecosystems in which a version number is the upstream project's own.
//
// Data flow: the builder of the index and the matcher both key packages by Key and Name, so that they meet; the matcher
// asks FromDistro and FromPURL which ecosystems a package belongs to. Everything here is a table; nothing is read.
package ecosystem

import (
	"strings"
)

// Names of ecosystems that OSV does not define and that this project's own readers use.
const (
	// AmazonLinux is followed by a release: "Amazon Linux:2", "Amazon Linux:2023".
	AmazonLinux = "Amazon Linux"
	// Bottlerocket has no release: an advisory names the version of a package that has the fix.
	Bottlerocket = "Bottlerocket"
)

// order names, for each base ecosystem, the ecosystem whose order of versions osv-scalibr/semantic is asked for. An
// ecosystem that is not here has no known order.
var order = map[string]string{
	"AlmaLinux": "Red Hat", "Alpaquita": "Alpine", "Alpine": "Alpine", AmazonLinux: "Red Hat", "Azure Linux": "Red Hat",
	"BellSoft Hardened Containers": "Alpine", "Bioconductor": "Bioconductor", "Bitnami": "Bitnami", Bottlerocket: "Red Hat",
	"Chainguard": "Alpine", "CleanStart": "Alpine", "ConanCenter": "ConanCenter", "CRAN": "CRAN", "crates.io": "crates.io",
	"Debian": "Debian", "Echo": "Debian", "GHC": "GHC", "GitHub Actions": "npm", "Go": "Go",
	"Hackage": "Hackage", "Hex": "Hex", "Julia": "Julia", "Mageia": "Red Hat", "Maven": "Maven", "MinimOS": "Alpine",
	"npm": "npm", "NuGet": "NuGet", "openEuler": "Red Hat", "openSUSE": "Red Hat", "Packagist": "Packagist",
	"Photon OS": "Red Hat", "Pub": "Pub", "PyPI": "PyPI", "Red Hat": "Red Hat", "Rocky Linux": "Red Hat",
	"RubyGems": "RubyGems", "SUSE": "Red Hat", "SwiftURL": "SwiftURL", "Ubuntu": "Debian", "VSCode": "npm", "Wolfi": "Alpine",
}

// distributions names the base ecosystems whose packages a distributor builds and patches.
var distributions = map[string]bool{
	"AlmaLinux": true, "Alpaquita": true, "Alpine": true, AmazonLinux: true, "Android": true, "Azure Linux": true,
	"BellSoft Hardened Containers": true, Bottlerocket: true, "Chainguard": true, "CleanStart": true, "Debian": true,
	"Docker Hardened Images": true, "Echo": true, "FreeBSD": true, "Mageia": true, "MinimOS": true, "openEuler": true,
	"openSUSE": true, "Photon OS": true, "Red Hat": true, "Rocky Linux": true, "SUSE": true, "Ubuntu": true, "Wolfi": true,
}

// Base returns the part of an ecosystem before its release: "Debian" of "Debian:12".
func Base(eco string) string {
	base, _, _ := strings.Cut(eco, ":")
	return base
}

// Order returns the ecosystem to hand to osv-scalibr/semantic, or "" when versions of eco have no known order.
func Order(eco string) string { return order[Base(eco)] }

// IsDistribution reports whether packages of eco are built by a distributor, who may have moved a fix back into an older
// version. The upstream project's ranges say nothing about such a package.
func IsDistribution(eco string) bool { return distributions[Base(eco)] }

// Key returns the spelling of an ecosystem under which the index files its packages. Red Hat's records name a product of
// a release ("Red Hat:enterprise_linux:9::baseos"); all products of one release share a key, because an installed
// package does not say which it came from. Ubuntu's ":LTS" marks support, not another release.
func Key(eco string) string {
	eco = strings.TrimSpace(eco)
	switch Base(eco) {
	case "Red Hat":
		eco, _, _ = strings.Cut(eco, "::")
	case "Ubuntu":
		eco = strings.TrimSuffix(eco, ":LTS")
	}
	return eco
}

// Name returns the one spelling of a package's name in an ecosystem. PyPI folds case and runs of "-", "_" and "."
// (PEP 503); NuGet, Packagist and GitHub Actions fold case; Swift packages are named by an address with or without a
// scheme.
func Name(eco, name string) string {
	name = strings.TrimSpace(name)
	switch Base(eco) {
	case "PyPI":
		return foldPyPI(name)
	case "NuGet", "Packagist", "GitHub Actions", "VSCode":
		return strings.ToLower(name)
	case "SwiftURL":
		name = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(name), "https://"), "http://")
		return strings.TrimSuffix(name, ".git")
	}
	return name
}

func foldPyPI(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	dash := false
	for _, r := range strings.ToLower(name) {
		if r == '-' || r == '_' || r == '.' {
			dash = true
			continue
		}
		if dash && b.Len() > 0 {
			b.WriteByte('-')
		}
		dash = false
		b.WriteRune(r)
	}
	return b.String()
}
