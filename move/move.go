// Package move answers what a move of one workload to another hosting would break: a what-if over the configuration that
// is there today.
//
// What would be shed, kept and gained is the comparison of two stacks, which package report makes of the workload's
// stack and of the target's as the catalog has it: Result holds both. This package adds
//
//	families.go  ──▶ whether the move makes sense at all, and which targets do
//	read.go      ──▶ preconditions as data (preconditions/*.yaml): conditions over the workload's parts, each with its
//	                 sources and targets, what it breaks, what to do, a page, and examples that run as tests
//	judge.go     ──▶ each precondition on one workload, in three values, with the properties that it rests on
//	options.go   ──▶ what of the target's own configuration decides who holds a duty there
//	lint.go      ──▶ the proof that every comparison of every condition is held by an example
//
// A precondition says nothing until the configuration shows it: where a value is not known the answer is undetermined,
// with the property that would decide it.
//
// Data flow: one allocated workload, its parts and evidence, and a hosting of the catalog in; a Result out.
package move

import (
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/effort"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
)

// SchemaVersion is the version of the document of `onus move -f json`.
const SchemaVersion = "1.0"

// Kind says what it means when a precondition's condition holds.
type Kind string

// The kinds.
const (
	// Breaks: the target does not run the workload as it is configured.
	Breaks Kind = "breaks"
	// Work: the target runs it after a change that the move always brings.
	Work Kind = "work"
	// FindOut: the configuration cannot tell whether the target runs it.
	FindOut Kind = "find-out"
)

// Status is the answer of a precondition on a workload.
type Status string

// The answers. A precondition that fits is counted and not listed.
const (
	Broken       Status = "broken"
	ToDo         Status = "to-do"
	Undetermined Status = "undetermined"
)

// Statuses returns every answer in the order in which reports list them.
func Statuses() []Status { return []Status{Broken, Undetermined, ToDo} }

// Precondition is one thing that a target asks of a workload.
type Precondition struct {
	ID   string
	Kind Kind
	// From are the hostings of the workload that it is about, To the targets that ask for it.
	From, To []string
	// Uses are the parts that the condition speaks of, by role.
	Uses map[string]string
	// When is the condition under which it applies; Means the same in words, after "whether".
	When, Means string
	// Says is the sentence for the user when it applies, Do what he can do about it.
	Says, Do string
	// Citation is the page that it rests on; nil when it rests on none, or on the target's own page: see Page.
	Citation *allocation.Citation
	Examples []Example
	At       diag.Range

	condition expr.Source
	// pages are those of the targets, for one that rests on them.
	pages map[string]*allocation.Citation
}

// Page returns the page that the precondition rests on for a target; nil when it rests on none.
func (p *Precondition) Page(target string) *allocation.Citation {
	if p.pages != nil {
		return p.pages[target]
	}
	return p.Citation
}

// Example is a configuration by its parts, with the answer that the condition must give.
type Example struct {
	Name   string
	Given  map[string]inventory.Value
	Expect expr.Truth
	At     diag.Range

	givenAt map[string]diag.Range
}

// Finding is a precondition that does not hold, or may not.
type Finding struct {
	ID     string `json:"id"`
	Status Status `json:"status"`
	// Sentence says what is in the way; Do what can be done about it.
	Sentence string `json:"sentence"`
	Do       string `json:"do"`
	// DecidedBy are the properties that it rests on.
	DecidedBy []allocation.Decider `json:"decidedBy"`
	Citation  *allocation.Citation `json:"citation,omitempty"`
}

// Option is a duty of the target that its configuration decides.
type Option struct {
	Duty stack.Duty `json:"duty"`
	// Choices are the rows of the catalog in order: the first whose condition holds wins.
	Choices []Choice `json:"choices"`
	// Properties are those that the conditions read: "AWS::Lambda::Function.Runtime".
	Properties []string `json:"properties"`
}

// Choice is one row of the catalog: who holds the duty, and when.
type Choice struct {
	// When is the condition in words, "otherwise" for the last row.
	When   string      `json:"when"`
	Party  stack.Party `json:"party"`
	Reason string      `json:"reason"`
}

// Result is the answer of one move.
type Result struct {
	// AsOf is the date that everything dated was judged by, YYYY-MM-DD.
	AsOf string
	// From is the workload as it is, To the target's stack in its default configuration.
	From, To *allocation.Workload
	Findings []Finding
	// Judged counts the preconditions that the move asks for; those that are not in Findings fit.
	Judged  int
	Options []Option
	// Before and After are the customer's hours a year on both sides.
	Before, After effort.Estimate
	// Parameters are the numbers that the estimates rest on.
	Parameters []effort.Parameter
	// Input is the whole result that the workload comes from.
	Input *allocation.Result
}

// Count counts the findings of a status.
func (r *Result) Count(s Status) int {
	n := 0
	for _, f := range r.Findings {
		if f.Status == s {
			n++
		}
	}
	return n
}
