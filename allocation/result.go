// Package allocation applies the catalog to workloads: for every workload and every duty, who holds it, why, and on
// what that rests.
//
// Data flow: workloads and a catalog in, a Result out. The Result is what every report renders; its JSON tags are the
// contract of `onus map -f json`, so fields are added and never renamed.
package allocation

import (
	"github.com/onus-dev/onus/stack"
)

// SchemaVersion is the version of the JSON contract.
const SchemaVersion = "1.0"

// Result is the whole answer of `onus map`.
type Result struct {
	SchemaVersion string `json:"schemaVersion"`
	// AsOf is the date that everything dated was judged by, YYYY-MM-DD.
	AsOf string `json:"asOf"`
	// Catalog is the edition of the model that answered.
	Catalog     Edition      `json:"catalog"`
	Workloads   []Workload   `json:"workloads"`
	Coverage    Coverage     `json:"coverage"`
	Roots       []Root       `json:"roots"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// Edition is the edition of the catalog: its version, and the day from which its answers hold, YYYY-MM-DD.
type Edition struct {
	Version   string `json:"version"`
	ValidFrom string `json:"validFrom"`
}

// Root is one root that was read.
type Root struct {
	Path string `json:"path"`
	Form string `json:"form"`
}

// Workload is one workload with its whole stack.
type Workload struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address"`
	// Hosting is a hosting id or "unknown"; HostingTitle is its name for people.
	Hosting      string `json:"hosting"`
	HostingTitle string `json:"hostingTitle"`
	// HostingReason says in one sentence how the hosting was told.
	HostingReason     string             `json:"hostingReason,omitempty"`
	HostingCandidates []HostingCandidate `json:"hostingCandidates,omitempty"`
	Service           string             `json:"service"`
	Class             stack.Class        `json:"class"`
	// Type is the CloudFormation type of the root resource; Root the path of the root it was found in.
	Type   string `json:"type"`
	Root   string `json:"root"`
	Source Source `json:"source"`
	// ManyUnknown is set when the number of these workloads is unknown (count or for_each is).
	ManyUnknown bool `json:"numberUnknown,omitempty"`
	// Action is what the plan would do to the root resource; empty when the input is no plan.
	Action string `json:"action,omitempty"`
	// MaybeAbsent names what would decide whether the workload exists at all.
	MaybeAbsent string    `json:"maybeAbsent,omitempty"`
	DecidedBy   []Decider `json:"decidedBy,omitempty"`
	// Layers holds every layer of stack.Layers, in its order.
	Layers []Layer `json:"layers"`
}

// Source is a place in the input.
type Source struct {
	Path string `json:"path"`
	Line int    `json:"line"`
}

// HostingCandidate is one possible hosting of a workload whose hosting is unknown.
type HostingCandidate struct {
	Hosting string `json:"hosting"`
	When    string `json:"when"`
}

// Layer is one layer of a workload's stack.
type Layer struct {
	Layer  stack.Layer `json:"layer"`
	Party  stack.Party `json:"party"`
	Duties []Duty      `json:"duties"`
}

// Duty is one duty with its holder.
type Duty struct {
	// Duty is the duty's name within its layer: "apply".
	Duty   string      `json:"duty"`
	Party  stack.Party `json:"party"`
	Reason string      `json:"reason"`
	Basis  stack.Basis `json:"basis"`
	// Shared holds the two halves when Party is shared.
	Shared *Halves `json:"shared,omitempty"`
	// Residual is what the customer must still do although AWS holds the duty.
	Residual string `json:"residual,omitempty"`
	// Deadline is the time within which the customer's part must be done, when there is one.
	Deadline *Deadline `json:"deadline,omitempty"`
	// Assumed is set when an answer rests on the default of a variable or parameter.
	Assumed   bool      `json:"assumed,omitempty"`
	DecidedBy []Decider `json:"decidedBy,omitempty"`
	// Candidates are the possible parties when Party is undetermined.
	Candidates []Candidate `json:"candidates,omitempty"`
	Citation   *Citation   `json:"citation,omitempty"`
}

// Halves are the two halves of a shared duty, one sentence each.
type Halves struct {
	AWS      string `json:"aws"`
	Customer string `json:"customer"`
}

// Deadline is a number of days from an event.
type Deadline struct {
	Days int    `json:"days"`
	From string `json:"from"`
}

// Candidate is one possible party and the condition for it in words.
type Candidate struct {
	When  string      `json:"when"`
	Party stack.Party `json:"party"`
}

// Decider is a property that decided a duty.
type Decider struct {
	// Property is "Type.Path"; Value its text, "(not set)", "(unknown)" or "(sensitive)".
	Property string `json:"property"`
	Value    string `json:"value"`
	Path     string `json:"path,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	// Assumed names the default that the value rests on: "var.launch_type, default at variables.tf:3".
	Assumed string `json:"assumed,omitempty"`
	// Unresolved names what would decide an unknown value: "var.launch_type has no value and no default".
	Unresolved string `json:"unresolved,omitempty"`
	// Written is where the value itself is written, when that is elsewhere: a variable file, a default, a module's input.
	Written *Source `json:"written,omitempty"`
	// Trail is the way the value came, nearest first: "module input main.tf:14", "terraform.tfvars:3".
	Trail []string `json:"trail,omitempty"`
}

// Citation is the page that an answer rests on. Seen is the date it was read, YYYY-MM-DD.
type Citation struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	Seen  string `json:"seen"`
}

// Coverage says how much of the input the answer covers.
type Coverage struct {
	// Resources counts every declared resource, lookups left out; Mapped those whose type has a known meaning, and
	// ByKind which.
	Resources     int         `json:"resources"`
	Mapped        int         `json:"mapped"`
	ByKind        KindCount   `json:"byKind,omitzero"`
	UnmappedTypes []TypeCount `json:"unmappedTypes"`
	// NotRead lists the modules, nested templates and charts that are no part of the answer.
	NotRead []NotRead `json:"notRead"`
}

// NotRead is a part of the input that could not be read.
type NotRead struct {
	// Root is the root that calls it, Address the call, Source what it points at as written.
	Root    string `json:"root"`
	Address string `json:"address"`
	Source  string `json:"source"`
	Path    string `json:"path,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// TypeCount is a type and how often it occurs.
type TypeCount struct {
	Type  string `json:"type"`
	Count int    `json:"count"`
}

// Diagnostic is a problem in the input, as in diag.Diagnostic.
type Diagnostic struct {
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail,omitempty"`
	Path     string `json:"path,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
}
