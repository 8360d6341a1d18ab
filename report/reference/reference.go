// Package reference writes the catalog itself as documents: Write gives the export of `onus catalog export` (JSON, CSV,
// Markdown), Site the browsable reference of `onus catalog docs` (Markdown and HTML pages with a figure for each
// hosting).
//
// Data flow: a catalog in; Of flattens it into a Document, whose JSON tags are the contract of the export; the writers
// render the Document and decide nothing. Equal catalogs give equal bytes: the only dates are the catalog's own.
package reference

import (
	"maps"
	"slices"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/stack"
)

// SchemaVersion is the version of the export's JSON contract.
const SchemaVersion = "1.0"

// Document is the whole catalog.
type Document struct {
	SchemaVersion string             `json:"schemaVersion"`
	Catalog       allocation.Edition `json:"catalog"`
	Services      []Service          `json:"services"`
}

// Service is one service that has hostings, in the order of ids.
type Service struct {
	Service    string       `json:"service"`
	Title      string       `json:"title"`
	Operations []Operations `json:"operations,omitempty"`
	// Tables are the dated tables that conditions of the hostings look into.
	Tables   []Table   `json:"tables,omitempty"`
	Hostings []Hosting `json:"hostings"`
}

// Table maps names to days, in the order of the names.
type Table struct {
	Table string `json:"table"`
	Rows  []Date `json:"rows"`
}

// Date is one row of a table. Day is written YYYY-MM-DD.
type Date struct {
	Name string `json:"name"`
	Day  string `json:"day"`
}

// Operations is one of a service's two APIs.
type Operations struct {
	Plane    string               `json:"plane"`
	About    string               `json:"about"`
	Party    stack.Party          `json:"party"`
	Customer string               `json:"customer,omitempty"`
	Actions  []string             `json:"actions,omitempty"`
	Basis    stack.Basis          `json:"basis"`
	Citation *allocation.Citation `json:"citation,omitempty"`
}

// Hosting is one hosting with all that it inherits.
type Hosting struct {
	Hosting  string      `json:"hosting"`
	Title    string      `json:"title"`
	Class    stack.Class `json:"class"`
	Label    *Label      `json:"label,omitempty"`
	Inherits []string    `json:"inherits,omitempty"`
	Roots    []string    `json:"roots,omitempty"`
	Uses     []Part      `json:"uses,omitempty"`
	Works    []Work      `json:"works,omitempty"`
	Duties   []Duty      `json:"duties"`

	figure allocation.Workload
}

// Label is what AWS itself calls the hosting.
type Label struct {
	Text     string               `json:"text"`
	Citation *allocation.Citation `json:"citation,omitempty"`
}

// Part is a part that conditions speak of.
type Part struct {
	Role string `json:"role"`
	Type string `json:"type"`
}

// Work is one part of how the hosting works under the hood.
type Work struct {
	Part     string               `json:"part"`
	Party    stack.Party          `json:"party"`
	Text     string               `json:"text"`
	Citation *allocation.Citation `json:"citation,omitempty"`
}

// Duty is one duty with its rows: the first whose condition holds wins, and the last has none.
type Duty struct {
	Duty stack.Duty `json:"duty"`
	Rows []Row      `json:"rows"`
}

// Row is one row of a duty.
type Row struct {
	// When is the condition, Means the same in words; both are empty for the last row.
	When     string               `json:"when,omitempty"`
	Means    string               `json:"means,omitempty"`
	Party    stack.Party          `json:"party"`
	Shared   *allocation.Halves   `json:"shared,omitempty"`
	Reason   string               `json:"reason"`
	Basis    stack.Basis          `json:"basis"`
	Residual string               `json:"residual,omitempty"`
	Deadline *allocation.Deadline `json:"deadline,omitempty"`
	Citation *allocation.Citation `json:"citation,omitempty"`
	// DeclaredBy is the stack or hosting that declares the row.
	DeclaredBy string `json:"declaredBy"`
}

// Of flattens a catalog.
func Of(cat *catalog.Catalog) *Document {
	e := cat.Edition()
	doc := &Document{SchemaVersion: SchemaVersion, Catalog: allocation.Edition{Version: e.Version, ValidFrom: e.ValidFrom}}
	for _, s := range cat.Services() {
		ids := s.HostingIDs()
		if len(ids) == 0 {
			continue // only stacks, which hostings show as their own
		}
		out := Service{Service: s.ID, Title: s.Title, Operations: operationsOf(s)}
		tables := map[string]expr.Table{}
		for _, id := range ids {
			if h, ok := cat.Hosting(id); ok {
				out.Hostings = append(out.Hostings, hostingOf(h))
				maps.Copy(tables, h.Tables)
			}
		}
		out.Tables = tablesOf(tables)
		doc.Services = append(doc.Services, out)
	}
	return doc
}

func tablesOf(tables map[string]expr.Table) []Table {
	var out []Table
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		t := Table{Table: name, Rows: []Date{}}
		for _, key := range slices.Sorted(maps.Keys(tables[name])) {
			t.Rows = append(t.Rows, Date{key, tables[name][key].Format(time.DateOnly)})
		}
		out = append(out, t)
	}
	return out
}

func operationsOf(s *catalog.Service) []Operations {
	var out []Operations
	for _, o := range s.Operations {
		out = append(out, Operations{
			Plane: o.Plane, About: o.About, Party: o.Party, Customer: o.Customer, Actions: o.Actions, Basis: o.Basis,
			Citation: allocation.CitationOf(o.Citation),
		})
	}
	return out
}

func hostingOf(h *catalog.Hosting) Hosting {
	out := Hosting{
		Hosting: h.ID, Title: h.Title, Class: h.Class, Inherits: h.Inherits, Roots: h.Roots, figure: allocation.OfHosting(h),
	}
	if h.Label != nil {
		out.Label = &Label{Text: h.Label.Text, Citation: allocation.CitationOf(h.Label.Citation)}
	}
	for _, u := range h.Uses {
		out.Uses = append(out.Uses, Part(u))
	}
	for _, w := range h.Works {
		out.Works = append(out.Works, Work{Part: w.Part, Party: w.Party, Text: w.Text, Citation: allocation.CitationOf(w.Citation)})
	}
	for _, d := range stack.Duties() {
		duty := Duty{Duty: d, Rows: []Row{}}
		for _, r := range h.Rows(d) {
			duty.Rows = append(duty.Rows, rowOf(r))
		}
		out.Duties = append(out.Duties, duty)
	}
	return out
}

func rowOf(r *catalog.Row) Row {
	row := Row{
		When: r.When, Means: r.Means, Party: r.Party, Reason: r.Reason, Basis: r.Basis, Residual: r.Residual,
		Citation: allocation.CitationOf(r.Citation), DeclaredBy: r.Owner,
	}
	if r.Shared != nil {
		row.Shared = &allocation.Halves{AWS: r.Shared.AWS, Customer: r.Shared.Customer}
	}
	if r.Deadline != nil {
		row.Deadline = &allocation.Deadline{Days: r.Deadline.Days, From: r.Deadline.From}
	}
	return row
}
