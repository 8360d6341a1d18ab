// Package osv holds vulnerability records in the shape of the Open Source Vulnerability schema, and reads them.
//
// Record is the vocabulary of all vulnerability data here: the readers of Amazon Linux's and Bottlerocket's advisories
// produce records too, so that one index and one matcher serve them all. Of a record only what answers "who is affected,
// since when, fixed where" is kept; the prose of details and the credits are left behind.
//
// What goes in is a file as it is published: one record, an array of records, the answer of OSV's interface, JSON lines,
// or the zip of an ecosystem with one record a file. Records come out one at a time, so a file of a million records
// needs no more memory than its largest one. Each bound below is named in the diagnostic or error that it causes.
package osv

import (
	"slices"
	"strings"
)

// Bounds of one record. A record beyond them is refused; published ones are far smaller.
const (
	MaxRecord   = 16 << 20 // bytes of JSON
	MaxAffected = 20_000   // affected packages
	MaxVersions = 200_000  // enumerated versions, of all packages together
	MaxEvents   = 20_000   // range events, of all packages together
	MaxAliases  = 5_000    // aliases, related and upstream ids together
	maxText     = 1_024    // bytes kept of a summary; longer ones are cut
	maxID       = 256      // bytes of an id, an ecosystem or a name
)

// Record is one vulnerability or advisory.
type Record struct {
	// ID names the record in its database: "GHSA-jfh8-c2jp-5v3q", "CVE-2021-44228", "ALAS2023-2024-649".
	ID string
	// Modified, Published and Withdrawn are times of RFC 3339 as the record has them; "" when it has none.
	Modified, Published, Withdrawn string
	// Aliases name the same vulnerability in other databases. Upstream names the vulnerabilities that a distributor's
	// advisory is about, which may be many; Related is looser than both.
	Aliases, Upstream, Related []string
	Summary                    string
	Severity                   []Severity
	// Rating is the database's own word in lower case: "critical", "important"; "" when it gives none.
	Rating   string
	Affected []Affected
	// URL is the page of the advisory, "" when the record names none.
	URL string
}

// Severity is a score: Type is "CVSS_V3", "CVSS_V4", "Ubuntu"; Score a vector or a word.
type Severity struct{ Type, Score string }

// Affected is one package that a record is about.
type Affected struct {
	// Ecosystem and Name as published: "Debian:12" and "openssl", "Maven" and "org.example:artifact".
	Ecosystem, Name string
	Ranges          []Range
	// CustomRanges are bounds in the project's own release numbers where those are no versions of the ecosystem
	// (ecosystem_specific.custom_ranges of the Go database).
	CustomRanges []Range
	// Versions enumerates affected versions.
	Versions []string
	// Imports are the import paths that hold the vulnerable code, where the record tells.
	Imports []string
	// Repository is the package repository that the fix is in, where a release has several (Amazon Linux 2's extras).
	Repository string
	// Severity and Rating stand here where they differ between packages.
	Severity []Severity
	Rating   string
}

// Range is a list of events on one line of versions.
type Range struct {
	// Type is "SEMVER", "ECOSYSTEM" or "GIT". Events of GIT are commits.
	Type   string
	Events []Event
}

// EventKind says what happens at a version.
type EventKind uint8

// The kinds of events.
const (
	Introduced   EventKind = iota // this version and later ones are affected; "0" is before every version
	Fixed                         // this version and later ones are not
	LastAffected                  // later versions are not
	Limit                         // nothing is said of this version and later ones
)

// Event is one event of a range.
type Event struct {
	Kind    EventKind
	Version string
}

// IsCVE reports whether an id is a CVE's.
func IsCVE(id string) bool {
	rest, ok := strings.CutPrefix(id, "CVE-")
	if !ok {
		return false
	}
	year, number, ok := strings.Cut(rest, "-")
	return ok && len(year) == 4 && len(number) >= 4 && digits(year) && digits(number)
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// CVEs returns the CVE ids that a record is about, sorted: its own id, its aliases and what is upstream of it. The looser
// Related is read only when these name none and the record is a distributor's, for older advisories list their CVEs there.
func (r *Record) CVEs(distribution bool) []string {
	var out []string
	add := func(ids ...string) {
		for _, id := range ids {
			if IsCVE(id) {
				out = append(out, id)
			}
		}
	}
	add(r.ID)
	add(r.Aliases...)
	add(r.Upstream...)
	if len(out) == 0 && distribution {
		add(r.Related...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
