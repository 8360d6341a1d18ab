package osv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The wire types name just the fields that are kept; encoding/json skips the others.
type wireRecord struct {
	ID         string          `json:"id"`
	Modified   string          `json:"modified"`
	Published  string          `json:"published"`
	Withdrawn  string          `json:"withdrawn"`
	Aliases    []string        `json:"aliases"`
	Related    []string        `json:"related"`
	Upstream   []string        `json:"upstream"`
	Summary    string          `json:"summary"`
	Severity   []wireSeverity  `json:"severity"`
	Affected   []wireAffected  `json:"affected"`
	References []wireReference `json:"references"`
	Specific   json.RawMessage `json:"database_specific"`
}

type wireSeverity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type wireReference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type wireAffected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Ranges    []wireRange     `json:"ranges"`
	Versions  []string        `json:"versions"`
	Severity  []wireSeverity  `json:"severity"`
	Ecosystem json.RawMessage `json:"ecosystem_specific"`
	Database  json.RawMessage `json:"database_specific"`
}

type wireRange struct {
	Type   string      `json:"type"`
	Events []wireEvent `json:"events"`
}

type wireEvent struct {
	Introduced   *string `json:"introduced"`
	Fixed        *string `json:"fixed"`
	LastAffected *string `json:"last_affected"`
	Limit        *string `json:"limit"`
}

// Databases put what they like into the two free-form objects; these fields of them are read where their types fit.
type ecosystemSpecific struct {
	CustomRanges []wireRange `json:"custom_ranges"`
	Imports      []struct {
		Path string `json:"path"`
	} `json:"imports"`
}

type databaseSpecific struct {
	Severity string `json:"severity"`
	URL      string `json:"url"`
}

type priority struct {
	Urgency  string `json:"urgency"`
	Severity string `json:"severity"`
}

// Decode reads one record of OSV's JSON, of at most MaxRecord bytes. The error says what is wrong with it.
func Decode(data []byte) (*Record, error) {
	if len(data) > MaxRecord {
		return nil, fmt.Errorf("the record is larger than the limit of %d MiB", MaxRecord>>20)
	}
	var w wireRecord
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("not an OSV record: %w", err)
	}
	return w.record()
}

func (w *wireRecord) record() (*Record, error) {
	switch {
	case w.ID == "":
		return nil, errors.New("not an OSV record: it has no id")
	case len(w.ID) > maxID:
		return nil, fmt.Errorf("the record's id has more than the limit of %d bytes", maxID)
	case len(w.Affected) > MaxAffected:
		return nil, fmt.Errorf("%s names more than the limit of %d affected packages", w.ID, MaxAffected)
	case len(w.Aliases)+len(w.Related)+len(w.Upstream) > MaxAliases:
		return nil, fmt.Errorf("%s names more than the limit of %d other ids", w.ID, MaxAliases)
	}
	r := &Record{
		ID: w.ID, Modified: w.Modified, Published: w.Published, Withdrawn: w.Withdrawn,
		Aliases: ids(w.Aliases), Upstream: ids(w.Upstream), Related: ids(w.Related),
		Summary: cut(w.Summary, maxText), Severity: severities(w.Severity),
	}
	r.specifics(w.Specific, w.References)
	versions, events := 0, 0
	for i := range w.Affected {
		a, err := w.Affected[i].affected()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.ID, err)
		}
		versions += len(a.Versions)
		for _, g := range slices.Concat(a.Ranges, a.CustomRanges) {
			events += len(g.Events)
		}
		if versions > MaxVersions || events > MaxEvents {
			return nil, fmt.Errorf("%s has more than the limit of %d versions or %d range events", w.ID, MaxVersions, MaxEvents)
		}
		r.Affected = append(r.Affected, a)
	}
	return r, nil
}

// specifics reads what the database says of itself: its rating and the page of the advisory.
func (r *Record) specifics(specific json.RawMessage, references []wireReference) {
	var d databaseSpecific
	if json.Unmarshal(specific, &d) == nil {
		r.Rating = cut(strings.ToLower(d.Severity), maxID)
		r.URL = web(d.URL)
	}
	for _, ref := range references {
		if r.URL == "" && ref.Type == "ADVISORY" {
			r.URL = web(ref.URL)
		}
	}
}

func (w *wireAffected) affected() (Affected, error) {
	a := Affected{
		Ecosystem: w.Package.Ecosystem, Name: w.Package.Name, Versions: w.Versions,
		Ranges: ranges(w.Ranges), Severity: severities(w.Severity),
	}
	if len(a.Ecosystem) > maxID || len(a.Name) > 4*maxID {
		return a, fmt.Errorf("the name of a package or ecosystem is longer than the limit of %d bytes", 4*maxID)
	}
	var e ecosystemSpecific
	if len(w.Ecosystem) > 2 && json.Unmarshal(w.Ecosystem, &e) == nil {
		a.CustomRanges = ranges(e.CustomRanges)
		for _, i := range e.Imports {
			a.Imports = append(a.Imports, i.Path)
		}
	}
	for _, free := range []json.RawMessage{w.Ecosystem, w.Database} {
		var p priority
		if a.Rating == "" && len(free) > 2 && json.Unmarshal(free, &p) == nil {
			a.Rating = cut(strings.ToLower(p.Urgency+p.Severity), maxID)
		}
	}
	return a, nil
}

func ranges(in []wireRange) []Range {
	var out []Range
	for _, w := range in {
		if w.Type == "GIT" {
			// Commits cannot be compared with a version. The range stays, empty, to tell that there was one.
			out = append(out, Range{Type: w.Type})
			continue
		}
		r := Range{Type: w.Type}
		for _, e := range w.Events {
			r.Events = e.append(r.Events)
		}
		out = append(out, r)
	}
	return out
}

// append adds the events of one object. The schema allows one key each; older records have two.
func (e wireEvent) append(out []Event) []Event {
	for kind, version := range []*string{Introduced: e.Introduced, Fixed: e.Fixed, LastAffected: e.LastAffected, Limit: e.Limit} {
		if version != nil && *version != "" {
			out = append(out, Event{Kind: EventKind(kind), Version: *version})
		}
	}
	return out
}

func severities(in []wireSeverity) []Severity {
	var out []Severity
	for _, s := range in {
		out = append(out, Severity{Type: cut(s.Type, maxID), Score: cut(s.Score, maxID)})
	}
	return out
}

// ids drops empty and oversized ids and those named twice; the order stays.
func ids(in []string) []string {
	var out []string
	for _, id := range in {
		if id = strings.TrimSpace(id); id != "" && len(id) <= maxID && (len(in) > 64 || !slices.Contains(out, id)) {
			out = append(out, id)
		}
	}
	return out
}

// web keeps an address only if it is one that a reader can follow.
func web(url string) string {
	if len(url) <= 2*maxText && (strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")) {
		return url
	}
	return ""
}

// cut shortens text to at most n bytes at a rune's border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return string(bytes.ToValidUTF8([]byte(s[:n]), nil))
}
