// Package change compares two states of an infrastructure: which duties moved to whom, which verdicts changed, which
// workloads came and went.
//
//	match.go ──▶ which workload of before is which of after: by address, by moved blocks, by what it is when a file or
//	             label was renamed; a renamed workload is no change
//	diff.go  ──▶ the duties of each pair side by side: moves with what decided them, verdicts, findings
//	gate.go  ──▶ what of the change fails a run
//
// Nothing is judged here: parties, verdicts and findings are those of the two results.
//
// Data flow: two Sides in, a Result out.
package change

import (
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// SchemaVersion is the version of the document of `onus diff -f json`.
const SchemaVersion = "1.0"

// Side is one state: what was read and what came of it.
type Side struct {
	// Name says which state it is: a revision, a path.
	Name string
	// Paths are those that were read; roots are compared relative to them.
	Paths     []string
	Inventory *inventory.Inventory
	Workloads []workload.Workload
	// Result has the Workloads in the same order.
	Result *check.Result
}

// Result is the answer of `onus diff`.
type Result struct {
	SchemaVersion string `json:"schemaVersion"`
	Before        string `json:"before"`
	After         string `json:"after"`
	// AsOf is the date that both sides were judged by.
	AsOf string `json:"asOf"`
	// Moves are duties that another party holds now, in the order of workloads and duties.
	Moves []Move `json:"moves"`
	// Verdicts are duties of workloads on both sides whose verdict is another now.
	Verdicts []VerdictChange `json:"verdicts"`
	// New and Gone are the workloads on one side only.
	New  []Workload `json:"new"`
	Gone []Workload `json:"gone"`
	// Findings are new in after; Resolved were in before and are no more.
	Findings    []check.Finding         `json:"findings"`
	Resolved    []check.Finding         `json:"resolved"`
	Compared    int                     `json:"compared"`
	Diagnostics []allocation.Diagnostic `json:"diagnostics"`
}

// Workload names a workload of one side.
type Workload struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Address string            `json:"address"`
	Hosting string            `json:"hosting"`
	Source  allocation.Source `json:"source"`
	// Unmet counts its unmet duties, Customer those that the customer holds or shares.
	Unmet    int `json:"unmet"`
	Customer int `json:"customer"`
}

// Move is a duty that changed hands.
type Move struct {
	// Workload is as in after; Was its address before, when that was another.
	Workload Workload    `json:"workload"`
	Was      string      `json:"was,omitempty"`
	Duty     stack.Duty  `json:"duty"`
	From     stack.Party `json:"from"`
	To       stack.Party `json:"to"`
	// ToCustomer is set when the move gives the customer work: the duty was another's, and is the customer's, shared, or
	// nobody knows whose.
	ToCustomer bool `json:"toCustomer"`
	// HostingFrom is the hosting before, when it changed.
	HostingFrom string `json:"hostingFrom,omitempty"`
	// Reason says why To holds it; Residual what the customer must still do.
	Reason   string `json:"reason"`
	Residual string `json:"residual,omitempty"`
	// Because are the properties that differ, the deciding ones of after first.
	Because  []Cause              `json:"because"`
	Citation *allocation.Citation `json:"citation,omitempty"`
}

// Cause is a property that is another now.
type Cause struct {
	Property string `json:"property"`
	// Before and After are its texts; empty when the side has no such property.
	Before string `json:"before"`
	After  string `json:"after"`
	// Side is the side that the place is in: after, or before for what is gone.
	Side string `json:"side"`
	// Path and Line are where the value is written; Used is where it is used, when that is another place.
	Path string             `json:"path,omitempty"`
	Line int                `json:"line,omitempty"`
	Used *allocation.Source `json:"used,omitempty"`
	// Trail is how the value came: module inputs, variable files.
	Trail []string `json:"trail,omitempty"`
}

// VerdictChange is a duty whose verdict changed.
type VerdictChange struct {
	Workload Workload      `json:"workload"`
	Duty     stack.Duty    `json:"duty"`
	From     check.Verdict `json:"from"`
	To       check.Verdict `json:"to"`
	Because  string        `json:"because,omitempty"`
}

// weight orders parties by what they leave to the customer.
func weight(p stack.Party) int {
	switch p {
	case stack.Customer:
		return 3
	case stack.Undetermined:
		return 2
	case stack.Shared:
		return 1
	}
	return 0
}
