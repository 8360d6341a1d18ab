package json

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// CompareVersion is the version of the document that Compare writes.
const CompareVersion = "1.0"

// comparison is the document of `onus compare -f json`.
type comparison struct {
	SchemaVersion string  `json:"schemaVersion"`
	AsOf          string  `json:"asOf,omitempty"`
	Stacks        []side  `json:"stacks"`
	Steps         []step  `json:"steps"`
	Overall       *step   `json:"overall,omitempty"`
	Namesakes     []alike `json:"namesakes"`
	// Coverage, Roots and Diagnostics are those of the input; without input they are left out.
	Coverage    *allocation.Coverage    `json:"coverage,omitempty"`
	Roots       []allocation.Root       `json:"roots,omitempty"`
	Diagnostics []allocation.Diagnostic `json:"diagnostics"`
}

// side is one stack. Workloads is empty for a hosting as the catalog has it, without configuration.
type side struct {
	Number       int                `json:"number"`
	Hosting      string             `json:"hosting"`
	HostingTitle string             `json:"hostingTitle"`
	Service      string             `json:"service"`
	Class        stack.Class        `json:"class"`
	Label        *label             `json:"label,omitempty"`
	Workloads    []member           `json:"workloads"`
	Counts       report.Counts      `json:"counts"`
	Layers       []allocation.Layer `json:"layers"`
}

type label struct {
	Text     string               `json:"text"`
	Citation *allocation.Citation `json:"citation,omitempty"`
}

type member struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Address string            `json:"address"`
	Source  allocation.Source `json:"source"`
}

// step is what changes for the customer from one stack to another; Counts counts the changes by kind.
type step struct {
	From    int                       `json:"from"`
	To      int                       `json:"to"`
	Counts  map[report.ChangeKind]int `json:"counts"`
	Changes []change                  `json:"changes"`
}

// change is one duty, "layer/duty", with its parties in both stacks.
type change struct {
	Duty   stack.Duty        `json:"duty"`
	Change report.ChangeKind `json:"change"`
	From   stack.Party       `json:"from"`
	To     stack.Party       `json:"to"`
}

type alike struct {
	Word  string `json:"word"`
	ByAWS bool   `json:"byAWS"`
	// Stacks are the numbers of the stacks that are called so; Duties those that differ between them.
	Stacks []int        `json:"stacks"`
	Duties []stack.Duty `json:"duties"`
}

// Compare writes a comparison as one JSON document, formed as Write forms its own. The error is that of w, or of a
// value that cannot be encoded.
func Compare(w io.Writer, c *report.Comparison) error {
	p := &printer{out: bufio.NewWriterSize(w, 1<<16)}
	p.enc = json.NewEncoder(&p.buf)
	p.enc.SetEscapeHTML(false)
	if err := p.value(newComparison(c), 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}

func newComparison(c *report.Comparison) comparison {
	doc := comparison{
		SchemaVersion: CompareVersion, AsOf: c.AsOf, Stacks: []side{}, Steps: []step{}, Namesakes: []alike{},
		Diagnostics: []allocation.Diagnostic{},
	}
	for _, col := range c.Columns {
		doc.Stacks = append(doc.Stacks, newSide(col))
	}
	for _, s := range c.Steps {
		doc.Steps = append(doc.Steps, newStep(s))
	}
	if c.Overall != nil {
		s := newStep(*c.Overall)
		doc.Overall = &s
	}
	for _, n := range c.Namesakes {
		x := alike{Word: n.Word, ByAWS: n.ByAWS, Stacks: n.Columns}
		for _, d := range n.Differ {
			x.Duties = append(x.Duties, d.Duty)
		}
		doc.Namesakes = append(doc.Namesakes, x)
	}
	if c.Input != nil {
		in := filled(*c.Input)
		doc.Coverage, doc.Roots, doc.Diagnostics = &in.Coverage, in.Roots, in.Diagnostics
	}
	return doc
}

func newSide(c report.Column) side {
	w := filledWorkload(*c.Stack)
	s := side{
		Number: c.Number, Hosting: w.Hosting, HostingTitle: w.HostingTitle, Service: w.Service, Class: w.Class,
		Workloads: []member{}, Counts: report.Count(c.Stack), Layers: w.Layers,
	}
	if c.Label != "" {
		s.Label = &label{c.Label, c.LabelCitation}
	}
	for _, m := range c.Members {
		s.Workloads = append(s.Workloads, member{m.ID, m.Name, m.Address, m.Source})
	}
	return s
}

func newStep(s report.Step) step {
	out := step{From: s.From, To: s.To, Counts: map[report.ChangeKind]int{}, Changes: []change{}}
	for _, k := range report.Kinds() {
		out.Counts[k] = len(s.Of(k))
	}
	for _, c := range s.Changes {
		out.Changes = append(out.Changes, change{c.Duty, c.Kind, c.From.Party, c.To.Party})
	}
	return out
}
