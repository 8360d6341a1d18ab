package vulndb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onus-dev/onus/vulndb/ecosystem"
)

// Query is a package that is asked about. A purl alone suffices; the fields beside it go before what it says.
type Query struct {
	// Ecosystem is OSV's name ("Maven", "npm", "Debian:12", "Amazon Linux:2023"), Name the name in its spelling.
	Ecosystem, Name, Version string
	// Distro is the ID and VERSION_ID of /etc/os-release joined by a dash: "amzn-2023", "debian-12", "alpine-3.18.4".
	Distro string
	PURL   string
	// SourceName and SourceVersion are of the source package that a Debian, Ubuntu or Alpine package was built from;
	// their advisories name source packages. SourceVersion is needed where it differs from Version.
	SourceName, SourceVersion string
	// Repository is the package repository that the package came from, where that is known: "docker" for Amazon Linux
	// 2's extra of that name, "core" for its core.
	Repository string
	// DistributionOwned says of a language's package that a distribution's package manager installed it, so that its
	// version may carry back-ported fixes.
	DistributionOwned bool
}

// ErrQuery is returned for a query that names no package: it has neither a name nor a purl that can be read.
var ErrQuery = errors.New("a purl, or an ecosystem and a name, were expected")

// target is a query in the index's terms.
type target struct {
	eco          string // key of the ecosystem, "" when the distribution's release is not known
	distribution bool
	owned        bool
	repository   string
	names        []named
}

// named is one name to look up, with the version that is compared under it.
type named struct{ name, version string }

// resolve turns a query into a target. A target without names is of a kind that no data is about.
func (q Query) resolve() (target, error) {
	var p ecosystem.Package
	if q.PURL != "" {
		var err error
		if p, err = ecosystem.FromPURL(q.PURL); err != nil && (q.Ecosystem == "" || q.Name == "") {
			return target{}, fmt.Errorf("%w: %w", ErrQuery, err)
		}
	}
	t := target{
		eco: first(q.Ecosystem, p.Ecosystem), owned: q.DistributionOwned, repository: q.Repository,
		distribution: p.Distribution || ecosystem.IsDistribution(q.Ecosystem) || q.Ecosystem == "" && q.PURL == "" && q.Distro != "",
	}
	if t.distribution && !strings.Contains(t.eco, ":") && q.Distro != "" {
		t.eco = first(ecosystem.FromDistro(q.Distro), t.eco)
	}
	name, version := first(q.Name, p.Name), first(q.Version, p.Version)
	switch {
	case name == "":
		return target{}, ErrQuery
	case t.eco == "" && !t.distribution:
		return target{}, nil
	}
	t.eco = ecosystem.Key(t.eco)
	name = ecosystem.Name(t.eco, name)
	if source := first(q.SourceName, p.SourceName); source != "" && source != name {
		t.names = append(t.names, named{name: source, version: first(q.SourceVersion, p.SourceVersion, version)})
	}
	t.names = append(t.names, named{name: name, version: version})
	return t, nil
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
