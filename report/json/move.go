package json

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/effort"
	onusmove "github.com/onus-dev/onus/move"
	"github.com/onus-dev/onus/report"
)

// relocation is the document of `onus move -f json`.
type relocation struct {
	SchemaVersion string `json:"schemaVersion"`
	AsOf          string `json:"asOf"`
	// Catalog is the edition of the model that told who holds what.
	Catalog  allocation.Edition `json:"catalog"`
	Workload member             `json:"workload"`
	// From is the workload's stack as it is, To the target's in its default configuration; Step leads from one to the
	// other, as in the document of `onus compare`.
	From side `json:"from"`
	To   side `json:"to"`
	Step step `json:"step"`
	// Judged counts the preconditions that were asked; those that are not in Preconditions fit.
	Judged        int                     `json:"judged"`
	Preconditions []onusmove.Finding      `json:"preconditions"`
	Options       []onusmove.Option       `json:"options"`
	Effort        effortOfMove            `json:"effort"`
	Diagnostics   []allocation.Diagnostic `json:"diagnostics"`
}

// effortOfMove is what both sides cost the customer a year, without the work of moving itself.
type effortOfMove struct {
	Before     effort.Estimate    `json:"before"`
	After      effort.Estimate    `json:"after"`
	Parameters []effort.Parameter `json:"parameters"`
}

// Move writes the document of `onus move -f json`. The error is that of w, or of a value that cannot be encoded.
func Move(w io.Writer, m *report.Move) error {
	doc := relocation{
		SchemaVersion: onusmove.SchemaVersion, AsOf: m.AsOf, Catalog: m.Input.Catalog,
		Workload: member{m.From.ID, m.From.Name, m.From.Address, m.From.Source},
		From:     newSide(m.Comparison.Columns[0]), To: newSide(m.Comparison.Columns[1]), Step: newStep(m.Step),
		Judged: m.Judged, Preconditions: m.Findings, Options: m.Options,
		Effort:      effortOfMove{m.Before, m.After, m.Parameters},
		Diagnostics: filled(*m.Input).Diagnostics,
	}
	p := newPrinter(w, 1<<16)
	if err := p.value(doc, 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}
