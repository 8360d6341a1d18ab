package vuln

import (
	"slices"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
)

// SchemaVersion is the version of the JSON contract.
const SchemaVersion = "1.0"

// Result is the whole answer of `onus who`.
type Result struct {
	SchemaVersion string `json:"schemaVersion"`
	// AsOf is the date that everything dated was judged by, YYYY-MM-DD.
	AsOf            string                  `json:"asOf"`
	Catalog         allocation.Edition      `json:"catalog"`
	Vulnerabilities []Finding               `json:"vulnerabilities"`
	Diagnostics     []allocation.Diagnostic `json:"diagnostics"`
}

// Finding is one vulnerability with its answers.
type Finding struct {
	// ID is the vulnerability's, or the first package that was asked about when there is none.
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Known is false when nothing that is loaded says which component it is in.
	Known bool `json:"known"`
	// Components are what it is in, with the layers in which each can be.
	Components []Affected `json:"components"`
	// Layers are those that are affected in any answer, bottom to top.
	Layers     []stack.Layer `json:"layers"`
	Mitigation *Mitigation   `json:"mitigation,omitempty"`
	Note       string        `json:"note,omitempty"`
	// URL is the page that says in which component it is.
	URL     string   `json:"url,omitempty"`
	Answers []Answer `json:"answers"`
}

// Affected is a component of a vulnerability.
type Affected struct {
	Component  string      `json:"component"`
	Placements []Placement `json:"placements"`
}

// Find answers for one vulnerability in every target.
func (m *Model) Find(v Vulnerability, targets []Target) Finding {
	f := Finding{ID: v.ID, Known: len(v.Components) > 0, Components: []Affected{}, Layers: []stack.Layer{}, Answers: []Answer{}}
	if f.ID == "" && len(v.Components) > 0 {
		f.ID = v.Components[0].String()
	}
	if v.Facts != nil {
		f.Name, f.Mitigation, f.Note, f.URL = v.Facts.Name, v.Facts.Mitigation, v.Facts.Note, v.Facts.URL
	}
	for _, c := range v.Components {
		x := Affected{Component: c.String(), Placements: m.rules.Classify(c)}
		if x.Placements == nil {
			x.Placements = []Placement{}
		}
		f.Components = append(f.Components, x)
	}
	for _, t := range targets {
		var ships Shipped
		if t.Ships != nil {
			ships = t.Ships(&v)
			t.Components = ships.Components
		}
		a := m.Who(v, t)
		a.Copies, a.Unseen = ships.Copies, ships.Unseen
		for _, l := range a.Layers {
			if !slices.Contains(f.Layers, l) {
				f.Layers = append(f.Layers, l)
			}
		}
		f.Answers = append(f.Answers, a)
	}
	slices.SortStableFunc(f.Layers, func(a, b stack.Layer) int { return layerIndex(a) - layerIndex(b) })
	return f
}

// NewResult answers for every vulnerability in every target.
func (m *Model) NewResult(vulnerabilities []Vulnerability, targets []Target) *Result {
	edition := m.cat.Edition()
	r := &Result{
		SchemaVersion: SchemaVersion, Catalog: allocation.Edition{Version: edition.Version, ValidFrom: edition.ValidFrom},
		Vulnerabilities: []Finding{}, Diagnostics: []allocation.Diagnostic{},
	}
	if !m.asOf.IsZero() {
		r.AsOf = m.asOf.Format(time.DateOnly)
	}
	for _, v := range vulnerabilities {
		r.Vulnerabilities = append(r.Vulnerabilities, m.Find(v, targets))
	}
	return r
}
