package vulndb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/vulndb/ecosystem"
	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/table"
)

// maxRelated bounds the records that one id leads to.
const maxRelated = 2000

// Record returns the record of exactly this id. found is false when there is none.
func (db *DB) Record(id string) (r *osv.Record, found bool, err error) {
	value, found, err := db.tables.Get(tableRecords, strings.TrimSpace(id))
	if err != nil || !found {
		return nil, false, err
	}
	r, _, err = decodeRecord(value)
	return r, err == nil, err
}

// Records returns every record about a vulnerability: the id's own, those that it is an alias of, in turn, and the
// advisories of distributors that name any of these as what they are about. They are sorted by id.
func (db *DB) Records(id string) ([]*osv.Record, error) {
	ids, err := db.about(strings.TrimSpace(id))
	if err != nil {
		return nil, err
	}
	var out []*osv.Record
	for _, id := range ids {
		r, found, err := db.Record(id)
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, r)
		}
	}
	return out, nil
}

// about returns the ids of all records about a vulnerability, sorted.
func (db *DB) about(id string) ([]string, error) {
	seen := map[string]bool{}
	queue := []string{id}
	var downstream []string
	for len(queue) > 0 && len(seen) < maxRelated {
		next := queue[0]
		queue = queue[1:]
		if seen[next] {
			continue
		}
		seen[next] = true
		aliases, of, err := db.otherIDs(next)
		if err != nil {
			return nil, err
		}
		queue = append(queue, aliases...)
		downstream = append(downstream, of...)
		if r, found, err := db.Record(next); err != nil {
			return nil, err
		} else if found {
			queue = append(queue, r.Aliases...)
		}
	}
	for _, d := range downstream[:min(len(downstream), maxRelated)] {
		seen[d] = true
	}
	return sortedKeys(seen), nil
}

// otherIDs returns the records that an id is an alias of, and those that it is upstream of.
func (db *DB) otherIDs(id string) (aliases, downstream []string, err error) {
	value, found, err := db.tables.Get(tableIDs, id)
	if err != nil || !found {
		return nil, nil, err
	}
	d := table.NewDecoder(value)
	aliases, downstream = d.Strings(), d.Strings()
	if d.Err() != nil {
		return nil, nil, fmt.Errorf("%w: the ids of %s", table.ErrDamaged, id)
	}
	return aliases, downstream, nil
}

// AffectedPackage is a package that a vulnerability is about.
type AffectedPackage struct {
	// Ecosystem and Name are as published: "Maven" and "org.example:artifact", "Amazon Linux:2023" and "runc".
	Ecosystem, Name string
	// Distribution is set when a distribution builds the package.
	Distribution bool
	// Fixed lists the versions with a fix, the oldest first; none when the data knows of none.
	Fixed []string
	// Records are the ids of the records that name it.
	Records []string
	// Repository is the repository of a release that has several.
	Repository string
	// Withdrawn is set when every record that names it was withdrawn.
	Withdrawn bool
}

// Affected returns the packages that a vulnerability, named by any of its ids, is about, sorted by ecosystem and name.
// None means that the data does not know the id, or names no package for it.
func (db *DB) Affected(id string) ([]AffectedPackage, error) {
	records, err := db.Records(id)
	if err != nil {
		return nil, err
	}
	byKey := map[string]*AffectedPackage{}
	for _, r := range records {
		for i := range r.Affected {
			a := &r.Affected[i]
			key := a.Ecosystem + "\x00" + a.Name + "\x00" + a.Repository
			p := byKey[key]
			if p == nil {
				p = &AffectedPackage{Ecosystem: a.Ecosystem, Name: a.Name, Repository: a.Repository, Distribution: ecosystem.IsDistribution(a.Ecosystem), Withdrawn: true}
				byKey[key] = p
			}
			p.Withdrawn = p.Withdrawn && r.Withdrawn != ""
			p.Records = append(p.Records, r.ID)
			p.Fixed = append(p.Fixed, fixes(a)...)
		}
	}
	var out []AffectedPackage
	for _, key := range sortedKeys(byKey) {
		p := byKey[key]
		p.Records = sorted(p.Records)
		p.Fixed = sortVersions(p.Ecosystem, sorted(p.Fixed))
		out = append(out, *p)
	}
	return out, nil
}

// MatchID answers for one vulnerability, named by any of its ids. found is false when no data links the package with it.
// A distribution's package on which its own advisories are silent is "unknown" when other data names the vulnerability
// for a package of that name.
func (db *DB) MatchID(q Query, id string) (m Match, found bool, err error) {
	t, err := q.resolve()
	if err != nil {
		return Match{}, false, err
	}
	matches, err := db.Match(q)
	if err != nil {
		return Match{}, false, err
	}
	ids, err := db.about(strings.TrimSpace(id))
	if err != nil {
		return Match{}, false, err
	}
	for _, m := range matches {
		if m.CVE == id || slices.Contains(ids, m.CVE) || slices.Contains(m.Aliases, id) || m.ID == id {
			return m, true, nil
		}
	}
	if !t.distribution {
		return Match{}, false, nil
	}
	packages, err := db.Affected(id)
	if err != nil {
		return Match{}, false, err
	}
	for _, p := range packages {
		named := slices.ContainsFunc(t.names, func(n named) bool { return n.name == p.Name })
		if named && !p.Withdrawn && (p.Distribution || comparableUpstream(p.Ecosystem, t.eco)) {
			return Match{
				ID: p.Records[0], Records: p.Records, CVE: cveOf(id), State: Unknown, Source: "OSV " + ecosystem.Base(p.Ecosystem),
				Reason: fmt.Sprintf("possible back-port: no advisory of %s is loaded about it, and %s is about %s", first(t.eco, "its distribution"), p.Records[0], p.Ecosystem),
			}, true, nil
		}
	}
	return Match{}, false, nil
}

func cveOf(id string) string {
	if osv.IsCVE(id) {
		return id
	}
	return ""
}
