// Package exception reads what people accept and attest: risks that a team carries until a day, and statements for
// duties that no file proves.
//
//	statement.go ──▶ one statement: `onus:accept=DUTY owner=TEAM until=YYYY-MM-DD reason="…"`
//	hcl.go, yaml.go, template.go ──▶ the statements in the text of a file, each with the lines that it applies to
//	attach.go ──▶ from there to the resources of the inventory that are declared in those lines
//	entries.go ──▶ .onusignore.yaml and attest/*.yaml, whose entries select resources by globs
//	set.go ──▶ Set: what is accepted and attested for a resource or workload, what is expired, what was never used
//
// A statement without an owner, a day or a reason is an error and counts for nothing; so is one that cannot be placed.
// An expired one is never honoured: it is listed by Set.Expired. Nothing here reads a source file a second time: package
// source keeps the text of the few that hold the words (inventory.Annotated). The resources of a Terraform plan point to
// the lines of their configuration, so that what is written there holds for them as well.
//
// Bounds: maxStatements statements a run, maxList words in one of its lists, maxReason characters a text; the entry files
// are bounded by package rulefile, and there are at most maxAttestFiles of them in a directory.
package exception

import (
	"sync/atomic"
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// Acceptance is a risk that somebody accepts until a day.
type Acceptance struct {
	// Targets are what is accepted: duties ("operating-system/apply", "operating-system/*") and ids of checks.
	Targets []string
	// Owner carries the risk; Reason says why it is accepted.
	Owner, Reason string
	// Until is the last day on which it is accepted.
	Until time.Time
	// Form says how it is written: "comment", "metadata", "annotation" or "file".
	Form string
	At   diag.Range

	expired bool
	used    atomic.Bool
	selector
}

// Expired reports whether its last day has passed.
func (a *Acceptance) Expired() bool { return a.expired }

// Attestation is a person's statement that a duty is done, where no file proves it.
type Attestation struct {
	// Targets are the duties that it is about.
	Targets []string
	// Statement says what is done; By and Role who says so; Evidence is an address or the display path of a file.
	Statement, By, Role, Evidence string
	// Date is the day on which it was stated, Until the last day on which it counts.
	Date, Until time.Time
	At          diag.Range

	expired, early bool
	used           atomic.Bool
	selector
}

// Expired reports whether its last day has passed.
func (a *Attestation) Expired() bool { return a.expired }

// Subject is what acceptances and attestations are asked for.
type Subject struct {
	// Workload is the workload of the finding; nil for a resource that belongs to none.
	Workload *workload.Workload
	// Resource is the resource of the finding when Workload is nil.
	Resource *inventory.Resource
	// Parts are the resources whose properties decided against the workload. What is written at one of them counts, so
	// give only those that the finding is about. The root resource always counts.
	Parts []*inventory.Resource
	Duty  stack.Duty
	// Check is the id of the check that failed; empty when none did.
	Check string
}

func (s Subject) root() *inventory.Resource {
	if s.Workload != nil {
		return s.Workload.Root
	}
	return s.Resource
}

// Lapse is an acceptance or an attestation whose last day has passed.
type Lapse struct {
	Acceptance  *Acceptance
	Attestation *Attestation
}

// Place tells where it is written, Day its last day.
func (l Lapse) Place() diag.Range {
	if l.Acceptance != nil {
		return l.Acceptance.At
	}
	return l.Attestation.At
}

// Day is its last day.
func (l Lapse) Day() time.Time {
	if l.Acceptance != nil {
		return l.Acceptance.Until
	}
	return l.Attestation.Until
}

// Options says what is looked at.
type Options struct {
	// Paths are the given paths of the run; Boundary is --root.
	Paths    []string
	Boundary string
	// Inventory is what was read of the paths, with the annotated texts.
	Inventory *inventory.Inventory
	// AsOf is the day by which everything is judged.
	AsOf time.Time
	// IsCheck reports whether there is a check of an id; nil takes every id.
	IsCheck func(id string) bool
}
