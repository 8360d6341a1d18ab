package check

import (
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/proof"
	"github.com/onus-dev/onus/stack"
)

// Result is the whole answer of `onus check`: that of `onus map`, with verdicts.
type Result struct {
	SchemaVersion string             `json:"schemaVersion"`
	AsOf          string             `json:"asOf"`
	Catalog       allocation.Edition `json:"catalog"`
	Workloads     []Workload         `json:"workloads"`
	// Resources are what stands beside the workloads and is judged by itself: a volume, a user, a security group.
	Resources []Resource `json:"resources"`
	// Findings are what is not met or not told, and what was accepted, each once however many workloads it touches.
	Findings    []Finding               `json:"findings"`
	Summary     Summary                 `json:"summary"`
	Coverage    allocation.Coverage     `json:"coverage"`
	Roots       []allocation.Root       `json:"roots"`
	Diagnostics []allocation.Diagnostic `json:"diagnostics"`
}

// Summary counts duties by verdict, and findings that are unmet by severity.
type Summary struct {
	Duties   map[Verdict]int  `json:"duties"`
	Unmet    map[Severity]int `json:"unmet"`
	Findings int              `json:"findings"`
}

// Workload is a workload of the map whose duties have verdicts.
type Workload struct {
	allocation.Workload
	// Layers holds every layer of stack.Layers, in its order.
	Layers []Layer `json:"layers"`
}

// Layer is one layer of a workload. Its verdict is the one among its duties that asks for most.
type Layer struct {
	Layer   stack.Layer `json:"layer"`
	Party   stack.Party `json:"party"`
	Verdict Verdict     `json:"verdict,omitempty"`
	Duties  []Duty      `json:"duties"`
}

// Duty is a duty with its verdict.
type Duty struct {
	allocation.Duty
	Verdict Verdict `json:"verdict,omitempty"`
	// Because says in one sentence why this verdict.
	Because string `json:"because,omitempty"`
	// Owner is the team on the customer's side; nil when teams are not in use.
	Owner *Owner `json:"owner,omitempty"`
	// Checks are the checks that judged, by id and subject.
	Checks []Outcome `json:"checks,omitempty"`
	// Exception is what accepted or attested the duty.
	Exception *Exception `json:"exception,omitempty"`
	// Proof is what documents of `onus host` say of the duty.
	Proof *proof.Proof `json:"proof,omitempty"`
}

// Outcome is what one check gave for one resource.
type Outcome struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	// Resource is the address of the resource that was judged.
	Resource string `json:"resource"`
	// Finding is the id of the finding; empty when the check is met.
	Finding string `json:"finding,omitempty"`
	// Assumed is set when the outcome rests on the default of a variable or parameter.
	Assumed bool `json:"assumed,omitempty"`
	// Proved is set when the machines show what the check asks for, whatever the configuration says.
	Proved bool `json:"proved,omitempty"`
}

// Resource is a resource beside the workloads with the duties that were judged on it, all of them the customer's.
type Resource struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Address string            `json:"address"`
	Type    string            `json:"type"`
	Root    string            `json:"root"`
	Source  allocation.Source `json:"source"`
	Duties  []ResourceDuty    `json:"duties"`
}

// ResourceDuty is a duty of a resource beside the workloads: "network/configure".
type ResourceDuty struct {
	Duty      stack.Duty `json:"duty"`
	Verdict   Verdict    `json:"verdict"`
	Owner     *Owner     `json:"owner,omitempty"`
	Checks    []Outcome  `json:"checks"`
	Exception *Exception `json:"exception,omitempty"`
}

// Owner is the team that holds a duty on the customer's side.
type Owner struct {
	// Team is empty for an orphan. Status is owned, orphan or overlap.
	Team   string `json:"team"`
	Status string `json:"status"`
	// Because says what tells: "onus.yaml:12", "CODEOWNERS:3", "tag owner". Claims are the teams of an overlap.
	Because string   `json:"because,omitempty"`
	Claims  []string `json:"claims,omitempty"`
}

// Exception is an accepted risk or a person's statement.
type Exception struct {
	// Kind is accept or attest.
	Kind   string `json:"kind"`
	Owner  string `json:"owner"`
	Reason string `json:"reason"`
	// Until is the last day it holds, YYYY-MM-DD.
	Until    string            `json:"until,omitempty"`
	Evidence string            `json:"evidence,omitempty"`
	Source   allocation.Source `json:"source"`
}

// Finding is one thing to act on.
type Finding struct {
	// ID is stable across runs and machines: from the check, or the kind of finding, the duty and the address.
	ID string `json:"id"`
	// Kind is check, evidence (what machines show), attest (a duty that no file can prove), orphan, overlap or expired.
	Kind     string   `json:"kind"`
	Check    string   `json:"check,omitempty"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity,omitempty"`
	// Duty is empty for findings about several duties, which Duties names, and for what has expired.
	Duty    stack.Duty   `json:"duty,omitempty"`
	Duties  []stack.Duty `json:"duties,omitempty"`
	Verdict Verdict      `json:"verdict"`
	// Reason says in one sentence why; Why what may happen.
	Reason string `json:"reason"`
	Why    string `json:"why,omitempty"`
	// Resource is what was judged, Workloads the ids of those that it touches.
	Resource  Subject           `json:"resource"`
	Source    allocation.Source `json:"source"`
	Workloads []string          `json:"workloads,omitempty"`
	Owner     *Owner            `json:"owner,omitempty"`
	// DecidedBy are the properties that the verdict rests on.
	DecidedBy []allocation.Decider `json:"decidedBy,omitempty"`
	Assumed   bool                 `json:"assumed,omitempty"`
	Remedy    string               `json:"remedy,omitempty"`
	Exception *Exception           `json:"exception,omitempty"`
	// Known is set when the baseline has it: it fails no gate.
	Known bool `json:"known,omitempty"`
	// References are the check's.
	ConfigRules []string             `json:"configRules,omitempty"`
	SecurityHub []string             `json:"securityHub,omitempty"`
	Citation    *allocation.Citation `json:"citation,omitempty"`
}

// Subject is a judged resource.
type Subject struct {
	Type    string `json:"type"`
	Address string `json:"address"`
	Root    string `json:"root"`
}
