package vulndb

import (
	"encoding/binary"
	"fmt"

	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/table"
)

// maxString bounds a string of an entry; the readers cut everything far below it.
const maxString = 1 << 20

// entry is what the index keeps of a record under one of its packages: all that matching needs, so that one lookup
// answers for a package.
type entry struct {
	ID, Kind  string
	Withdrawn string
	Aliases   []string
	CVEs      []string
	Rating    string
	Severity  []osv.Severity
	Affected  osv.Affected
}

// newEntry returns the entry of a record's i-th package.
func newEntry(r *osv.Record, kind Kind, i int, distribution bool) entry {
	a := r.Affected[i]
	e := entry{
		ID: r.ID, Kind: string(kind), Withdrawn: r.Withdrawn, Aliases: r.Aliases, CVEs: r.CVEs(distribution),
		Rating: r.Rating, Severity: r.Severity, Affected: a,
	}
	if a.Rating != "" {
		e.Rating = a.Rating
	}
	if len(a.Severity) > 0 {
		e.Severity = a.Severity
	}
	e.Affected.Severity, e.Affected.Rating, e.Affected.Name = nil, "", ""
	return e
}

func (e *entry) encode(out []byte) []byte {
	out = table.AppendString(out, e.ID)
	out = table.AppendString(out, e.Kind)
	out = table.AppendString(out, e.Withdrawn)
	out = table.AppendStrings(out, e.Aliases)
	out = table.AppendStrings(out, e.CVEs)
	out = table.AppendString(out, e.Rating)
	out = appendSeverity(out, e.Severity)
	return appendAffected(out, &e.Affected)
}

func decodeEntry(d *table.Decoder) entry {
	return entry{
		ID: d.String(maxString), Kind: d.String(maxString), Withdrawn: d.String(maxString), Aliases: d.Strings(), CVEs: d.Strings(),
		Rating: d.String(maxString), Severity: decodeSeverity(d), Affected: decodeAffected(d),
	}
}

// decodeEntries reads the value of a package: its entries, each with its length before it.
func decodeEntries(value []byte) ([]entry, error) {
	d := table.NewTextDecoder(value)
	var out []entry
	for d.Len() > 0 {
		one := d.Part(len(value))
		out = append(out, decodeEntry(&one))
		if d.Err() != nil || one.Err() != nil {
			return nil, fmt.Errorf("%w: the entries of a package", table.ErrDamaged)
		}
	}
	if d.Err() != nil {
		return nil, fmt.Errorf("%w: the entries of a package", table.ErrDamaged)
	}
	return out, nil
}

func encodeRecord(out []byte, r *osv.Record, kind Kind) []byte {
	out = table.AppendString(out, string(kind))
	for _, s := range []string{r.ID, r.Modified, r.Published, r.Withdrawn, r.Summary, r.Rating, r.URL} {
		out = table.AppendString(out, s)
	}
	for _, list := range [][]string{r.Aliases, r.Upstream, r.Related} {
		out = table.AppendStrings(out, list)
	}
	out = appendSeverity(out, r.Severity)
	out = binary.AppendUvarint(out, uint64(len(r.Affected)))
	for i := range r.Affected {
		out = appendAffected(out, &r.Affected[i])
	}
	return out
}

func decodeRecord(value []byte) (*osv.Record, Kind, error) {
	d := table.NewTextDecoder(value)
	kind := Kind(d.String(maxString))
	r := &osv.Record{}
	for _, s := range []*string{&r.ID, &r.Modified, &r.Published, &r.Withdrawn, &r.Summary, &r.Rating, &r.URL} {
		*s = d.String(maxString)
	}
	for _, list := range []*[]string{&r.Aliases, &r.Upstream, &r.Related} {
		*list = d.Strings()
	}
	r.Severity = decodeSeverity(d)
	n := d.Int(d.Len())
	for i := 0; i < n && d.Err() == nil; i++ {
		r.Affected = append(r.Affected, decodeAffected(d))
	}
	if d.Err() != nil {
		return nil, "", fmt.Errorf("%w: a record", table.ErrDamaged)
	}
	return r, kind, nil
}

func appendSeverity(out []byte, list []osv.Severity) []byte {
	out = binary.AppendUvarint(out, uint64(len(list)))
	for _, s := range list {
		out = table.AppendString(table.AppendString(out, s.Type), s.Score)
	}
	return out
}

func decodeSeverity(d *table.Decoder) []osv.Severity {
	var out []osv.Severity
	n := d.Int(d.Len())
	for i := 0; i < n && d.Err() == nil; i++ {
		out = append(out, osv.Severity{Type: d.String(maxString), Score: d.String(maxString)})
	}
	return out
}

func appendAffected(out []byte, a *osv.Affected) []byte {
	for _, s := range []string{a.Ecosystem, a.Name, a.Repository, a.Rating} {
		out = table.AppendString(out, s)
	}
	out = appendSeverity(out, a.Severity)
	out = appendRanges(appendRanges(out, a.Ranges), a.CustomRanges)
	return table.AppendStrings(table.AppendStrings(out, a.Versions), a.Imports)
}

func decodeAffected(d *table.Decoder) osv.Affected {
	a := osv.Affected{}
	for _, s := range []*string{&a.Ecosystem, &a.Name, &a.Repository, &a.Rating} {
		*s = d.String(maxString)
	}
	a.Severity = decodeSeverity(d)
	a.Ranges, a.CustomRanges = decodeRanges(d), decodeRanges(d)
	a.Versions, a.Imports = d.Strings(), d.Strings()
	return a
}

func appendRanges(out []byte, ranges []osv.Range) []byte {
	out = binary.AppendUvarint(out, uint64(len(ranges)))
	for _, r := range ranges {
		out = table.AppendString(out, r.Type)
		out = binary.AppendUvarint(out, uint64(len(r.Events)))
		for _, e := range r.Events {
			out = table.AppendString(append(out, byte(e.Kind)), e.Version)
		}
	}
	return out
}

func decodeRanges(d *table.Decoder) []osv.Range {
	n := d.Int(d.Len())
	out := make([]osv.Range, 0, min(n, 16))
	for i := 0; i < n && d.Err() == nil; i++ {
		r := osv.Range{Type: d.String(maxString)}
		events := d.Int(d.Len())
		r.Events = make([]osv.Event, 0, min(events, 16))
		for j := 0; j < events && d.Err() == nil; j++ {
			kind := d.Int(int(osv.Limit))
			r.Events = append(r.Events, osv.Event{Kind: osv.EventKind(kind), Version: d.String(maxString)})
		}
		out = append(out, r)
	}
	return out
}
