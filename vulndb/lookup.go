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
	same, downstream, err := db.about(strings.TrimSpace(id))
	if err != nil {
		return nil, err
	}
	var out []*osv.Record
	for _, id := range sorted(slices.Concat(same, downstream)) {
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

// about returns the ids that name a vulnerability, and those of distributors' advisories that are about it among others.
func (db *DB) about(id string) (same, downstream []string, err error) {
	seen := map[string]bool{}
	queue := []string{id}
	for len(queue) > 0 && len(seen) < maxRelated {
		next := queue[0]
		queue = queue[1:]
		if seen[next] {
			continue
		}
		seen[next] = true
		aliases, of, err := db.otherIDs(next)
		if err != nil {
			return nil, nil, err
		}
		queue = append(queue, aliases...)
		downstream = append(downstream, of...)
		r, found, err := db.Record(next)
		if err != nil {
			return nil, nil, err
		}
		if found {
			queue = append(queue, r.Aliases...)
		}
	}
	downstream = sorted(downstream)
	return sortedKeys(seen), downstream[:min(len(downstream), maxRelated)], nil
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

// Asked is a vulnerability that packages are asked about one after the other.
type Asked struct {
	id         string
	same       map[string]bool
	advisories map[string]bool
	packages   []AffectedPackage
}

// Ask prepares a vulnerability, named by any of its ids, for MatchAsked.
func (db *DB) Ask(id string) (*Asked, error) {
	id = strings.TrimSpace(id)
	same, downstream, err := db.about(id)
	if err != nil {
		return nil, err
	}
	a := &Asked{id: id, same: map[string]bool{}, advisories: map[string]bool{}}
	for _, other := range same {
		a.same[other] = true
	}
	for _, advisory := range downstream {
		a.advisories[advisory] = true
	}
	a.packages, err = db.Affected(id)
	return a, err
}

// about reports whether an entry is about the vulnerability.
func (a *Asked) about(e *entry) bool {
	return a.same[e.ID] || a.advisories[e.ID] || slices.ContainsFunc(e.CVEs, func(cve string) bool { return a.same[cve] })
}

// MatchID answers for one vulnerability, named by any of its ids. found is false when no data links the package with it.
// A distribution's package on which its own advisories are silent is "unknown" when other data names the vulnerability
// for a package of that name. For many packages, Ask once and call MatchAsked.
func (db *DB) MatchID(q Query, id string) (m Match, found bool, err error) {
	a, err := db.Ask(id)
	if err != nil {
		return Match{}, false, err
	}
	return db.MatchAsked(q, a)
}

// MatchAsked is MatchID for a vulnerability that was prepared by Ask.
func (db *DB) MatchAsked(q Query, a *Asked) (m Match, found bool, err error) {
	t, err := q.resolve()
	if err != nil {
		return Match{}, false, err
	}
	judgements, err := db.judge(t, a.about)
	if err != nil {
		return Match{}, false, err
	}
	matches, err := db.merge(judgements)
	if err != nil {
		return Match{}, false, err
	}
	for _, state := range []State{Affected, Unknown, NotAffected} {
		for _, m := range matches {
			if m.State == state && (a.same[m.CVE] || slices.ContainsFunc(m.Records, func(id string) bool { return a.same[id] })) {
				return m, true, nil
			}
		}
	}
	if t.distribution {
		m, found = a.elsewhere(t)
	}
	return m, found, nil
}

// elsewhere answers for a distribution's package that the distribution's own data does not name.
func (a *Asked) elsewhere(t target) (Match, bool) {
	for _, p := range a.packages {
		named := slices.ContainsFunc(t.names, func(n named) bool { return n.name == p.Name })
		if named && !p.Withdrawn && (p.Distribution || comparableUpstream(p.Ecosystem, t.eco)) {
			return Match{
				ID: p.Records[0], Records: p.Records, CVE: cveOf(a.id), State: Unknown, Source: "OSV " + ecosystem.Base(p.Ecosystem),
				Reason: fmt.Sprintf("possible back-port: no advisory of %s is loaded about it, and %s is about %s", first(t.eco, "its distribution"), p.Records[0], p.Ecosystem),
			}, true
		}
	}
	return Match{}, false
}

func cveOf(id string) string {
	if osv.IsCVE(id) {
		return id
	}
	return ""
}
