package check

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTallyAdd adds up two batches: what both found is one finding with both workloads and the worse verdict.
func TestTallyAdd(t *testing.T) {
	t.Parallel()
	c := &Check{ID: "c"}
	batch := func(v Verdict, workload string) *tally {
		b := newTally()
		b.findings["f"] = &Finding{ID: "f", Kind: KindCheck, Verdict: v, Reason: workload, Workloads: []string{workload, "both"}}
		b.findings[workload] = &Finding{ID: workload, Kind: KindAttest, Verdict: Undetermined, Workloads: []string{workload}}
		b.counts[v]++
		b.counts[Met] += 2
		b.seen[subjectKey{address: workload}] = true
		b.resources = []Resource{{ID: workload}}
		b.fault(c, errors.New(workload))
		return b
	}
	sum := newTally()
	sum.add(batch(Undetermined, "a"))
	sum.add(batch(Unmet, "b"))
	want := []Finding{
		{ID: "f", Kind: KindCheck, Verdict: Unmet, Reason: "a", Workloads: []string{"a", "both", "b"}},
		{ID: "a", Kind: KindAttest, Verdict: Undetermined, Workloads: []string{"a"}},
		{ID: "b", Kind: KindAttest, Verdict: Undetermined, Workloads: []string{"b"}},
	}
	if diff := cmp.Diff(want, sum.sorted()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[Verdict]int{Unmet: 1, Undetermined: 1, Met: 4}, sum.counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(sum.seen) != 2 || len(sum.resources) != 2 || sum.resources[0].ID != "a" {
		t.Errorf("seen %v, resources %v", sum.seen, sum.resources)
	}
	if len(sum.faults) != 1 || sum.faults[c].Detail != "c: a. What it judges is undetermined." {
		t.Errorf("faults %v", sum.faults)
	}
}
