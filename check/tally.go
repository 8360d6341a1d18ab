package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/onus-dev/onus/diag"
)

// tally is what judging a batch gave. The tallies of a run are added up in the order of its input, so that the result is
// the same however many judges there are.
type tally struct {
	workloads []Workload
	resources []Resource
	findings  map[string]*Finding
	counts    map[Verdict]int
	// seen are the resources that were judged as part of a workload.
	seen map[subjectKey]bool
	// faults tell of the checks that could not be evaluated.
	faults map[*Check]diag.Diagnostic
}

func newTally() *tally {
	return &tally{findings: map[string]*Finding{}, counts: map[Verdict]int{}, seen: map[subjectKey]bool{}, faults: map[*Check]diag.Diagnostic{}}
}

// add takes over what a later batch gave, but for its workloads, which are on their way to be written.
func (t *tally) add(o *tally) {
	t.resources = append(t.resources, o.resources...)
	for v, n := range o.counts {
		t.counts[v] += n
	}
	for key := range o.seen {
		t.seen[key] = true
	}
	for c, d := range o.faults {
		if _, told := t.faults[c]; !told {
			t.faults[c] = d
		}
	}
	for id, f := range o.findings {
		if known := t.findings[id]; known != nil {
			known.join(f)
		} else {
			t.findings[id] = f
		}
	}
}

// join adds what another batch found of the same: its workloads, and the worse verdict.
func (f *Finding) join(o *Finding) {
	for _, w := range o.Workloads {
		if f.Kind == KindAttest || !slices.Contains(f.Workloads, w) { // open asks once a workload
			f.Workloads = append(f.Workloads, w)
		}
	}
	f.Verdict = worst(f.Verdict, o.Verdict)
}

// fault tells once that a check could not be evaluated.
func (t *tally) fault(c *Check, err error) {
	if _, told := t.faults[c]; told {
		return
	}
	t.faults[c] = diag.Diagnostic{
		Severity: diag.Warning, Range: c.At, Summary: "Check not evaluated",
		Detail: fmt.Sprintf("%s: %v. What it judges is undetermined.", c.ID, err),
	}
}

// sorted returns the findings, the worst first, then by place.
func (t *tally) sorted() []Finding {
	out := make([]Finding, 0, len(t.findings))
	for _, f := range slices.SortedFunc(maps.Values(t.findings), compareFindings) {
		out = append(out, *f)
	}
	return out
}
