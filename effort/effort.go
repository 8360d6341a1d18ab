// Package effort estimates what the customer's half costs in a year: hours of people, as ranges, for a workload or for a
// hosting of the catalog.
//
// Everything is arithmetic over data. For each duty that the customer holds, tasks.yaml names the tasks that it brings,
// and each task is a product of few factors:
//
//	events a year × hours an event × the customer's part × what automation leaves × the workload's share of the hosts
//
// parameters.yaml holds every number with the page that it was read on, or the word assumption. In stages:
//
//	parameters.go, read.go ──▶ a Model: parameters and tasks
//	set.go                 ──▶ the same Model with the user's own numbers
//	fleet.go               ──▶ which workloads of an input share hosts, so that the hosts' work is counted once
//	estimate.go            ──▶ the lines of an Estimate, each with all its factors
//
// Sums add lows to lows and highs to highs: a total is as wide as if every guess were wrong in the same direction.
//
// Data flow: allocated workloads with their evidence in, Estimates out. Nothing here decides who holds a duty. Bounds:
// those of package rulefile for a file of parameters; a number is at most maxValue.
package effort

import (
	"math"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/stack"
)

// SchemaVersion is the version of the document of `onus effort -f json`.
const SchemaVersion = "1.0"

// Range is from the least to the most, both included.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// one leaves a product as it is.
func one() Range { return Range{1, 1} }

// times multiplies ranges of numbers that are not negative.
func (r Range) times(o Range) Range { return Range{r.Low * o.Low, r.High * o.High} }

// Plus adds lows to lows and highs to highs.
func (r Range) Plus(o Range) Range { return Range{r.Low + o.Low, r.High + o.High} }

// over divides by a range that does not reach zero.
func (r Range) over(o Range) Range { return Range{r.Low / o.High, r.High / o.Low} }

// rounded keeps four digits after the point, so that the same sums print the same everywhere.
func (r Range) rounded() Range {
	return Range{math.Round(r.Low*1e4) / 1e4, math.Round(r.High*1e4) / 1e4}
}

// Parameter is one number of the estimate.
type Parameter struct {
	Name string `json:"name"`
	// About says what it counts; Unit in what: "releases a year", "hours", "share".
	About string `json:"about"`
	Unit  string `json:"unit"`
	Range
	// Assumption is set when no page backs the numbers; else Sources are the pages.
	Assumption bool                  `json:"assumption"`
	Sources    []allocation.Citation `json:"sources,omitempty"`
	// Changed says where the user changed it: "--set", or the file and line; empty for a built-in number.
	Changed string `json:"changed,omitempty"`
}

// Shared says what a task's work is spread over.
type Shared string

// The ways to share. PerWorkload is also the zero value's meaning: each workload needs the work for itself.
const (
	PerWorkload Shared = "workload"
	// PerHosts work is done once for the hosts, however many workloads run on them.
	PerHosts Shared = "hosts"
)

// Task is a kind of work that a duty brings.
type Task struct {
	ID   string
	Duty stack.Duty
	// What says in the imperative what is done.
	What string
	// Rate and Hours name the parameters that are multiplied.
	Rate, Hours string
	Shared      Shared
	// Hostings limits the task to these; empty for all. Except leaves hostings out.
	Hostings, Except []string
	// Automated is the condition for automation to do part of it, Means the same in words, and Left the parameter for the
	// share of the hours that remains; all empty when nothing in a configuration tells.
	Automated, Means, Left string
	// Residual is set for the work that is left although another party holds a duty; such a task has no Duty.
	Residual bool
	At       diag.Range

	condition *condition
}

// FactorKind says which factor of a product it is.
type FactorKind string

// The factors, in the order in which they are multiplied.
const (
	RateFactor       FactorKind = "rate"
	HoursFactor      FactorKind = "hours"
	PartFactor       FactorKind = "part"
	AutomationFactor FactorKind = "automation"
	ShareFactor      FactorKind = "share"
)

// Factor is one factor of a line.
type Factor struct {
	Kind FactorKind `json:"kind"`
	// Parameter names the parameter that it comes from; empty for one that follows from the stack or the input.
	Parameter string `json:"parameter,omitempty"`
	Range
	// Unit is the parameter's; Why says why the factor is there.
	Unit string `json:"unit,omitempty"`
	Why  string `json:"why"`
	// DecidedBy are the properties that tell of automation.
	DecidedBy []allocation.Decider `json:"decidedBy,omitempty"`
}

// Line is one task of one duty.
type Line struct {
	Task  string      `json:"task"`
	Duty  stack.Duty  `json:"duty"`
	What  string      `json:"what"`
	Party stack.Party `json:"party"`
	// Factors multiply to Hours, which are hours a year.
	Factors []Factor `json:"factors"`
	Hours   Range    `json:"hours"`
}

// Estimate is what one stack costs a year.
type Estimate struct {
	Hosting      string `json:"hosting"`
	HostingTitle string `json:"hostingTitle"`
	// Hours are hours a year, People the same in full-time equivalents.
	Hours  Range `json:"hours"`
	People Range `json:"people"`
	// Sharing says in a sentence how the hosts' work is shared; empty when the hosting has no hosts to share.
	Sharing string `json:"sharing,omitempty"`
	// Lines are the tasks, in the order of the layers.
	Lines []Line `json:"lines"`
}

// Of returns the lines of a duty.
func (e *Estimate) Of(d stack.Duty) []Line {
	var out []Line
	for _, l := range e.Lines {
		if l.Duty == d {
			out = append(out, l)
		}
	}
	return out
}

// DutyHours sums the lines of each duty, in their order.
func (e *Estimate) DutyHours() []DutyHours {
	var out []DutyHours
	for _, l := range e.Lines {
		if n := len(out); n > 0 && out[n-1].Duty == l.Duty {
			out[n-1].Hours = out[n-1].Hours.Plus(l.Hours)
			continue
		}
		out = append(out, DutyHours{l.Duty, l.Party, l.Hours})
	}
	return out
}

// DutyHours is what one duty costs a year.
type DutyHours struct {
	Duty  stack.Duty  `json:"duty"`
	Party stack.Party `json:"party"`
	Hours Range       `json:"hours"`
}

// Answer is what `onus effort` prints.
type Answer struct {
	SchemaVersion string `json:"schemaVersion"`
	AsOf          string `json:"asOf"`
	// Catalog is the edition of the model that told who holds what.
	Catalog allocation.Edition `json:"catalog"`
	// Workloads are those that were asked for; Hostings those of the catalog, when no workload was.
	Workloads []WorkloadEffort `json:"workloads"`
	Hostings  []Estimate       `json:"hostings"`
	// Hours and People sum up the workloads as they are.
	Hours  Range `json:"hours"`
	People Range `json:"people"`
	// Available are the people that the user said there are, in full-time equivalents; nil when he did not.
	Available *float64 `json:"available,omitempty"`
	// Parameters are all that any line or sum above was made with, by name.
	Parameters  []Parameter             `json:"parameters"`
	Diagnostics []allocation.Diagnostic `json:"diagnostics"`
}

// WorkloadEffort is a workload as it is, and hosted otherwise.
type WorkloadEffort struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Address string            `json:"address"`
	Source  allocation.Source `json:"source"`
	Now     Estimate          `json:"now"`
	// Alternatives are the hostings that were asked for, each in its default configuration.
	Alternatives []Estimate `json:"alternatives"`
}
