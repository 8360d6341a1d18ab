package vulndb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/vulndb/ecosystem"
	"github.com/onus-dev/onus/vulndb/epss"
	"github.com/onus-dev/onus/vulndb/kev"
	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/table"
)

// State says whether a package has a vulnerability.
type State string

// The states.
const (
	Affected    State = "affected"
	NotAffected State = "not-affected"
	Unknown     State = "unknown"
)

// Match is one vulnerability that the data names the asked package for.
type Match struct {
	// ID is the record whose word this is; Records are all that were merged, it among them.
	ID      string
	Records []string
	// CVE is the vulnerability's, "" when it has none. Aliases are its other ids.
	CVE     string
	Aliases []string
	State   State
	// Fixed lists versions with the fix, the oldest first; of an affected package those newer than the installed one.
	Fixed []string
	// Rating is the database's word in lower case ("critical", "important"), Severity its scores.
	Rating   string
	Severity []osv.Severity
	// KEV and EPSS are set when the CVE is in CISA's catalog or is scored, and the state is not "not-affected".
	KEV  *kev.Entry
	EPSS *epss.Score
	// Source says whose data it is: "OSV Maven", "Amazon Linux updateinfo".
	Source string
	// Reason is one clause: why the state is what it is.
	Reason string
	// Imports are the import paths with the vulnerable code, where the record tells (Go).
	Imports []string
}

// Match returns what the data says of a package, one Match a vulnerability, sorted by CVE and id. A vulnerability under
// several names (CVE, GHSA, GO) is one Match; an advisory for several CVEs gives several. No match means that no record
// names the package, which is so of kinds that no data is about (generic, oci). The error is ErrQuery or of a damaged file.
func (db *DB) Match(q Query) ([]Match, error) {
	t, err := q.resolve()
	if err != nil {
		return nil, err
	}
	found, err := db.judge(t, func(*entry) bool { return true })
	if err != nil {
		return nil, err
	}
	return db.merge(found)
}

// judge evaluates the entries of a package that are wanted.
func (db *DB) judge(t target, wanted func(*entry) bool) ([]judged, error) {
	if t.distribution && (t.eco == "" || !db.ecosystems[t.eco]) {
		return db.possibleBackports(t, wanted)
	}
	var found []judged
	for _, n := range t.names {
		entries, err := db.entries(t.eco, n.name)
		if err != nil {
			return nil, err
		}
		entries = sameRepository(t, n, entries)
		in := parseInstalled(t.eco, n.version)
		for i := range entries {
			if e := &entries[i]; wanted(e) {
				found = append(found, judged{entry: e, verdict: t.judge(e, in)})
			}
		}
	}
	return found, nil
}

// judge evaluates an entry and turns "affected" into "unknown" where a fix may have been moved back.
func (t target) judge(e *entry, in *installed) verdict {
	v := evaluate(e, in)
	switch {
	case t.owned && v.state == Affected:
		v.state = Unknown
		v.reason = "possible back-port: a distribution's package manager installed it; " + v.reason
	case e.Affected.Repository == otherStream:
		v.state, v.reason = Unknown, fmt.Sprintf("%s is about another repository's line of versions, and it is not known which the package came from", e.ID)
	}
	return v
}

// judged is an entry with what it says.
type judged struct {
	entry *entry
	verdict
}

func (db *DB) entries(eco, name string) ([]entry, error) {
	value, found, err := db.tables.Get(tablePackages, eco+"\x00"+ecosystem.Name(eco, name))
	if err != nil || !found {
		return nil, err
	}
	return decodeEntries(value)
}

// possibleBackports answers for a package of a distribution or release that the index has no data of: every vulnerability
// that other data names a package of that name for may be there, or may have been fixed in this version.
func (db *DB) possibleBackports(t target, wanted func(*entry) bool) ([]judged, error) {
	var out []judged
	for _, n := range t.names {
		value, found, err := db.tables.Get(tableNames, n.name)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		d := table.NewDecoder(value)
		for _, eco := range d.Strings() {
			if !comparableUpstream(eco, t.eco) {
				continue
			}
			entries, err := db.entries(eco, n.name)
			if err != nil {
				return nil, err
			}
			for i := range entries {
				if e := &entries[i]; wanted(e) {
					out = append(out, judged{entry: e, verdict: backport(e, t.eco)})
				}
			}
		}
		if d.Err() != nil {
			return nil, fmt.Errorf("%w: the names of packages", table.ErrDamaged)
		}
	}
	return out, nil
}

func backport(e *entry, eco string) verdict {
	if e.Withdrawn != "" {
		return evaluate(e, &installed{})
	}
	of := first(eco, "the package's distribution and release")
	return verdict{state: Unknown, reason: fmt.Sprintf("possible back-port: no advisories of %s are loaded, and %s is about %s", of, e.ID, e.Affected.Ecosystem)}
}

// comparableUpstream reports whether a package of an ecosystem can be the same software as one of the same name in a
// distribution: C libraries, collections of server software, the kernel, other releases of the same distribution. A
// name in a language's registry is another thing.
func comparableUpstream(eco, of string) bool {
	switch ecosystem.Base(eco) {
	case "Bitnami", "ConanCenter", "OSS-Fuzz", "Linux", "GIT":
		return true
	}
	return of != "" && ecosystem.Base(eco) == ecosystem.Base(of)
}

// merge makes one Match of all that was said of one vulnerability.
func (db *DB) merge(found []judged) ([]Match, error) {
	groups := group(found)
	out := make([]Match, 0, len(groups))
	for _, key := range sortedKeys(groups) {
		m := mergeGroup(key, groups[key])
		if m.CVE != "" && m.State != NotAffected {
			if err := db.exploitation(&m); err != nil {
				return nil, err
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// group sorts verdicts by vulnerability: the CVE, else the first of the ids that are aliases of one another.
func group(found []judged) map[string][]judged {
	parent := map[string]string{}
	for _, j := range found {
		for _, alias := range j.entry.Aliases {
			union(parent, j.entry.ID, alias)
		}
	}
	cves := map[string][]string{}
	for _, j := range found {
		for _, alias := range slices.Concat(j.entry.Aliases, []string{j.entry.ID}) {
			if root := find(parent, alias); osv.IsCVE(alias) && !slices.Contains(cves[root], alias) {
				cves[root] = append(cves[root], alias)
			}
		}
	}
	out := map[string][]judged{}
	for _, j := range found {
		root := find(parent, j.entry.ID)
		keys := slices.Concat(j.entry.CVEs, cves[root])
		if len(keys) == 0 {
			keys = []string{root}
		}
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			out[key] = append(out[key], j)
		}
	}
	return out
}

// find returns the first id, in the order of text, of the set that an id is in.
func find(parent map[string]string, id string) string {
	for parent[id] != "" {
		if above := parent[parent[id]]; above != "" {
			parent[id] = above // shorten the way for the next time
		}
		id = parent[id]
	}
	return id
}

func union(parent map[string]string, a, b string) {
	a, b = find(parent, a), find(parent, b)
	if a != b {
		parent[max(a, b)] = min(a, b)
	}
}

// mergeGroup takes the gravest word: affected before unknown before not affected. A withdrawn record counts only when
// there is no other.
func mergeGroup(key string, all []judged) Match {
	slices.SortStableFunc(all, func(a, b judged) int {
		return cmp.Or(weight(a.verdict)-weight(b.verdict), cmp.Compare(a.entry.ID, b.entry.ID))
	})
	lead := all[0]
	m := Match{
		ID: lead.entry.ID, State: lead.state, Reason: lead.reason, Source: sourceName(lead.entry),
		Rating: lead.entry.Rating, Severity: lead.entry.Severity, Imports: lead.entry.Affected.Imports,
	}
	if osv.IsCVE(key) {
		m.CVE = key
	}
	for _, j := range all {
		m.Records = append(m.Records, j.entry.ID)
		m.Aliases = append(m.Aliases, j.entry.ID)
		m.Aliases = append(m.Aliases, j.entry.Aliases...)
		if j.state == lead.state {
			m.Fixed = append(m.Fixed, j.fixed...)
		}
		m.Rating = first(m.Rating, j.entry.Rating)
		if len(m.Severity) == 0 {
			m.Severity = j.entry.Severity
		}
		if len(m.Imports) == 0 {
			m.Imports = j.entry.Affected.Imports
		}
	}
	m.Records = sorted(m.Records)
	m.Aliases = slices.DeleteFunc(sorted(m.Aliases), func(id string) bool { return id == m.CVE || id == m.ID })
	m.Fixed = sortVersions(lead.entry.Affected.Ecosystem, sorted(m.Fixed))
	return m
}

func weight(v verdict) int {
	switch {
	case v.taken:
		return 3
	case v.state == Affected:
		return 0
	case v.state == Unknown:
		return 1
	}
	return 2
}

func sourceName(e *entry) string {
	base := ecosystem.Base(e.Affected.Ecosystem)
	switch Kind(e.Kind) {
	case KindUpdateInfo:
		return base + " updateinfo"
	case KindBottlerocket:
		return "Bottlerocket advisories"
	}
	return "OSV " + base
}

func (db *DB) exploitation(m *Match) error {
	exploited, scored, err := db.Exploitation(m.CVE)
	m.KEV, m.EPSS = exploited, scored
	return err
}

// Exploitation returns what CISA's catalog and EPSS say of a CVE; either is nil when it says nothing.
func (db *DB) Exploitation(cve string) (*kev.Entry, *epss.Score, error) {
	cve = strings.ToUpper(strings.TrimSpace(cve))
	var exploited *kev.Entry
	var scored *epss.Score
	value, found, err := db.tables.Get(tableKEV, cve)
	if err != nil {
		return nil, nil, err
	}
	if found {
		e, err := decodeKEV(cve, value)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: the catalog's entry of %s", table.ErrDamaged, cve)
		}
		exploited = &e
	}
	if value, found, err = db.tables.Get(tableEPSS, cve); err != nil {
		return nil, nil, err
	}
	if found {
		s, err := decodeEPSS(cve, value)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: the scores of %s", table.ErrDamaged, cve)
		}
		scored = &s
	}
	return exploited, scored, nil
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
