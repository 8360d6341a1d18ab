package check

import (
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
)

// Verdict says whether a duty, or what one check asks for, is done.
type Verdict string

// The verdicts. The empty verdict stands for what is not judged: a duty of another party than AWS and the customer, or
// one that the hosting does not have.
const (
	Met          Verdict = "met"
	Unmet        Verdict = "unmet"
	Undetermined Verdict = "undetermined"
	Accepted     Verdict = "accepted"
	Attested     Verdict = "attested"
	Inherited    Verdict = "inherited"
)

// Verdicts returns every verdict, the one that asks for most first.
func Verdicts() []Verdict { return []Verdict{Unmet, Undetermined, Accepted, Attested, Met, Inherited} }

// rank is the place in Verdicts; the empty verdict stands before all.
func (v Verdict) rank() int {
	switch v {
	case Unmet:
		return 1
	case Undetermined:
		return 2
	case Accepted:
		return 3
	case Attested:
		return 4
	case Met:
		return 5
	case Inherited:
		return 6
	}
	return 0
}

// Severity says how bad an unmet check is.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Severities returns every severity, the worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low} }

// Rank is 4 for critical down to 1 for low, 0 for no severity.
func (s Severity) Rank() int {
	for i, known := range Severities() {
		if s == known {
			return len(Severities()) - i
		}
	}
	return 0
}

// Use is a part that a condition may speak of.
type Use struct{ Role, Type string }

// Check is one check, as written in a file of checks.
type Check struct {
	ID string
	// Title is the goal as a statement that is true when the check is met. Why says what may happen when it is not.
	Title, Why string
	Severity   Severity
	// Duty is the one that the check helps to close.
	Duty stack.Duty
	// On is the subject: the check judges each resource of this type.
	On Use
	// Uses are the other parts that the conditions speak of, in the order of their roles.
	Uses []Use
	// Hostings limits the check to workloads of these; empty for all.
	Hostings []string
	// When is the condition for the check to apply, Means the same in words; empty when it always does.
	When, Means string
	// Met is the condition for the duty to be met.
	Met string
	// Otherwise is the verdict when the condition is false: Unmet, or Undetermined when the proof often lies outside of
	// what is read; Lacking says in one sentence what would prove it then.
	Otherwise Verdict
	Lacking   string
	// Remedy says in one sentence what to do.
	Remedy string
	// Fixes show it, a form of source each.
	Fixes      []Fix
	References References
	Examples   []Example
	At         diag.Range
	// Tables are the dated tables of the check's file.
	Tables map[string]expr.Table

	when, met expr.Source

	ready *ready
}

// Fix is a configuration before and after: complete inputs, which run as tests.
type Fix struct {
	// Form is terraform, cloudformation or kubernetes.
	Form    string
	Bad, OK string
	At      diag.Range
}

// References are other names for what a check asks for, and pages.
type References struct {
	// ConfigRules are identifiers of AWS Config's managed rules, SecurityHub control ids.
	ConfigRules, SecurityHub []string
	// URL is AWS's page, Title its title, Seen the day it was read, YYYY-MM-DD.
	URL, Title, Seen string
}

// Example is a configuration by its parts, with the verdict that the check must give.
type Example struct {
	Name  string
	Given map[string]inventory.Value
	AsOf  time.Time
	// Expect is a verdict, or empty when the check must not apply.
	Expect Verdict
	At     diag.Range

	givenAt map[string]diag.Range
}

// Statement marks a duty that no file can prove: it is closed by a person's attestation.
type Statement struct {
	Duty stack.Duty
	// Hostings limits the mark; empty for all.
	Hostings []string
	// Says is what a person would state.
	Says string
	At   diag.Range
}
