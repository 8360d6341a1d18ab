package report_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/stack"
)

// possible lists every part that the customer may have in a duty, in halves: the definition that KindOf has to agree
// with, written out.
func possible(d *allocation.Duty) []int {
	parts := map[stack.Party][]int{
		stack.Customer: {2}, stack.Shared: {1}, stack.AWS: {0}, stack.ThirdParty: {0}, stack.NotApplicable: {0}, stack.Undetermined: {0, 1, 2},
	}
	if d.Party != stack.Undetermined || len(d.Candidates) == 0 {
		return parts[d.Party]
	}
	var out []int
	for _, c := range d.Candidates {
		out = append(out, parts[c.Party]...)
	}
	return out
}

// wanted decides by trying every combination of what the two duties may turn out to be.
func wanted(from, to *allocation.Duty) report.ChangeKind {
	less, more, same, none := true, true, true, true
	for _, a := range possible(from) {
		for _, b := range possible(to) {
			less, more, same, none = less && b < a, more && b > a, same && a == b, none && a == 0 && b == 0
		}
	}
	switch {
	case less:
		return report.Shed
	case more:
		return report.Gained
	case none:
		return report.NotYours
	case same:
		return report.Kept
	default:
		return report.Open
	}
}

// TestStepsAgreeWithBothStacks compares every hosting of the catalog with every other.
func TestStepsAgreeWithBothStacks(t *testing.T) {
	t.Parallel()
	cat, _ := catalog.Load(catalog.Options{})
	var stacks []allocation.Workload
	for _, h := range cat.Hostings() {
		stacks = append(stacks, allocation.OfHosting(h))
	}
	seen := map[report.ChangeKind]int{}
	for i := range stacks {
		for j := i; j < len(stacks); j++ { // TestStepsMirror has the way back
			c := report.Compare([]report.Column{{Stack: &stacks[i]}, {Stack: &stacks[j]}}, nil)
			step := c.Steps[0]
			if len(step.Changes) != len(stack.Duties()) {
				t.Fatalf("%s → %s: %d changes", stacks[i].Hosting, stacks[j].Hosting, len(step.Changes))
			}
			for _, x := range step.Changes {
				from, to := duty(t, &stacks[i], x.Duty), duty(t, &stacks[j], x.Duty)
				if want := wanted(from, to); x.Kind != want || x.From != from || x.To != to {
					t.Errorf("%s → %s: %s is %s, want %s", stacks[i].Hosting, stacks[j].Hosting, x.Duty, x.Kind, want)
				}
				seen[x.Kind]++
			}
			total := 0
			for _, k := range report.Kinds() {
				total += len(step.Of(k))
			}
			if total != len(step.Changes) {
				t.Errorf("the kinds hold %d of %d changes", total, len(step.Changes))
			}
		}
	}
	for _, k := range report.Kinds() {
		if seen[k] == 0 {
			t.Errorf("no pair of hostings has a duty that is %s", k)
		}
	}
}

// TestStepsMirror checks that the way back gains what the way there sheds.
func TestStepsMirror(t *testing.T) {
	t.Parallel()
	mirror := map[report.ChangeKind]report.ChangeKind{
		report.Shed: report.Gained, report.Gained: report.Shed, report.Kept: report.Kept, report.Open: report.Open, report.NotYours: report.NotYours,
	}
	parties := append(stack.Parties(), "no such party")
	for _, a := range parties {
		for _, b := range parties {
			x, y := &allocation.Duty{Party: a}, &allocation.Duty{Party: b}
			if got, want := report.KindOf(y, x), mirror[report.KindOf(x, y)]; got != want {
				t.Errorf("%s → %s and back: %s, want %s", a, b, got, want)
			}
		}
	}
}

func duty(t *testing.T, w *allocation.Workload, name stack.Duty) *allocation.Duty {
	t.Helper()
	for i := range w.Layers {
		for j := range w.Layers[i].Duties {
			if w.Layers[i].Layer == name.Layer() && w.Layers[i].Duties[j].Duty == name.Name() {
				return &w.Layers[i].Duties[j]
			}
		}
	}
	t.Fatalf("%s has no %s", w.Hosting, name)
	return nil
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	of := func(p stack.Party, candidates ...stack.Party) *allocation.Duty {
		d := &allocation.Duty{Party: p}
		for _, c := range candidates {
			d.Candidates = append(d.Candidates, allocation.Candidate{Party: c})
		}
		return d
	}
	for _, tc := range []struct {
		name     string
		from, to *allocation.Duty
		want     report.ChangeKind
		note     string
	}{
		{"whole to AWS", of(stack.Customer), of(stack.AWS), report.Shed, ""},
		{"whole to a half", of(stack.Customer), of(stack.Shared), report.Shed, "now shared"},
		{"half to AWS", of(stack.Shared), of(stack.AWS), report.Shed, ""},
		{"whole to nothing", of(stack.Customer), of(stack.NotApplicable), report.Shed, "no such duty any more"},
		{"whole to a vendor", of(stack.Customer), of(stack.ThirdParty), report.Shed, "to a third party"},
		{"half to whole", of(stack.Shared), of(stack.Customer), report.Gained, "was shared"},
		{"AWS to a vendor", of(stack.AWS), of(stack.ThirdParty), report.NotYours, ""},
		{"at least a half, then none", of(stack.Undetermined, stack.Customer, stack.Shared), of(stack.AWS), report.Shed, ""},
		{"at most a half, then whole", of(stack.Undetermined, stack.AWS, stack.Shared), of(stack.Customer), report.Gained, ""},
		{"perhaps", of(stack.Customer), of(stack.Undetermined, stack.AWS, stack.Customer), report.Open, "customer → customer or AWS"},
		{"perhaps both", of(stack.Undetermined, stack.AWS, stack.Customer), of(stack.Undetermined, stack.AWS, stack.Customer), report.Open, "customer or AWS → customer or AWS"},
		{"no part either way", of(stack.Undetermined, stack.AWS, stack.ThirdParty), of(stack.AWS), report.NotYours, ""},
		{"nothing known", of(stack.Undetermined), of(stack.AWS), report.Open, "undetermined → AWS"},
		{"an open candidate", of(stack.AWS), of(stack.Undetermined, stack.AWS, stack.Undetermined), report.Open, "AWS → AWS, or not known"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := report.Change{Kind: report.KindOf(tc.from, tc.to), From: tc.from, To: tc.to}
			if got.Kind != tc.want || got.Note() != tc.note {
				t.Errorf("got %s %q, want %s %q", got.Kind, got.Note(), tc.want, tc.note)
			}
		})
	}
}

func TestOpenText(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]allocation.Candidate{
		"customer or else AWS":         {{When: "a", Party: stack.Customer}, {When: "otherwise", Party: stack.AWS}},
		"AWS or else customer":         {{When: "a", Party: stack.AWS}, {When: "b", Party: stack.Customer}, {When: "otherwise", Party: stack.Customer}},
		"customer, shared or else AWS": {{When: "a", Party: stack.Shared}, {When: "b", Party: stack.Customer}, {When: "c", Party: stack.Undetermined}, {When: "otherwise", Party: stack.AWS}},
		"customer or AWS":              {{When: "a", Party: stack.AWS}, {When: "b", Party: stack.Customer}, {When: "otherwise", Party: stack.Undetermined}},
		"AWS, or not known":            {{When: "a", Party: stack.Undetermined}, {When: "otherwise", Party: stack.AWS}},
		"undetermined":                 {{When: "otherwise", Party: stack.Undetermined}},
	} {
		if got := report.OpenText(&allocation.Duty{Party: stack.Undetermined, Candidates: list}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, c := range map[string]allocation.Candidate{
		"AWS unless…": {When: "otherwise", Party: stack.AWS}, "": {When: "otherwise", Party: stack.Undetermined},
	} {
		d := &allocation.Duty{Party: stack.Undetermined, Candidates: []allocation.Candidate{{When: "a", Party: stack.Customer}, c}}
		if got := report.UnlessText(d); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := report.OpenText(&allocation.Duty{Party: stack.NotApplicable}); got != "n/a" {
		t.Errorf("got %q", got)
	}
}

func TestRowsMarkWhatChanges(t *testing.T) {
	t.Parallel()
	c := reporttest.Comparison()
	marks := map[string][]report.ChangeKind{}
	for _, rows := range [][]report.Row{c.Rows(false), c.Rows(true)} {
		for _, r := range rows {
			for _, cell := range r.Cells {
				marks[r.Title()] = append(marks[r.Title()], cell.Change)
			}
		}
	}
	for title, want := range map[string][]report.ChangeKind{
		"Facilities":             {"", report.NotYours, report.NotYours, report.NotYours},
		"Control plane":          {"", report.Shed, report.NotYours, report.NotYours},
		"Capacity":               {"", report.Shed, report.Shed, report.NotYours},
		"capacity/provide":       {"", report.Kept, report.Shed, report.NotYours},
		"Operating system":       {"", report.Gained, report.Shed, report.NotYours},
		"operating-system/apply": {"", report.Kept, report.Shed, report.NotYours},
		"Application":            {"", report.Kept, report.Kept, report.Kept},
	} {
		if diff := cmp.Diff(want, marks[title]); diff != "" {
			t.Errorf("%s: %s", title, diff)
		}
	}
}

func TestCompareOfFewStacks(t *testing.T) {
	t.Parallel()
	if c := report.Compare(nil, nil); len(c.Rows(false)) != len(stack.Layers()) || c.Overall != nil || len(c.Steps) != 0 {
		t.Errorf("nothing compared: %+v", c)
	}
	w := reporttest.LambdaZip()
	if c := report.Compare([]report.Column{{Stack: &w}}, nil); c.Overall != nil || c.Columns[0].Number != 1 || len(c.Namesakes) != 0 {
		t.Errorf("one stack: %+v", c)
	}
}

func TestNamesakes(t *testing.T) {
	t.Parallel()
	c := reporttest.Comparison()
	if len(c.Namesakes) != 1 {
		t.Fatalf("namesakes: %+v", c.Namesakes)
	}
	n := c.Namesakes[0]
	if got, want := n.Text(), "3 and 4 are both serverless, yet 3 duties differ"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	a, b := reporttest.ECSFargate(), reporttest.ECSFargate()
	if c := report.Compare([]report.Column{{Stack: &a, Label: "x"}, {Stack: &b, Label: "x"}}, nil); len(c.Namesakes) != 0 {
		t.Errorf("equal stacks are told apart: %+v", c.Namesakes)
	}
	var got []string
	for _, d := range n.Differ {
		got = append(got, string(d.Duty)+": "+report.HoldersText(n, d))
	}
	want := []string{"language-runtime/publish: 3 customer, 4 AWS", "language-runtime/apply: 3 customer, 4 AWS", "image/build: 3 customer, 4 n/a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAlikeFoldsByPartiesAndOrdersByBurden(t *testing.T) {
	t.Parallel()
	r := reporttest.Result()
	r.Workloads[4].HostingCandidates = nil
	same := reporttest.ECSFargate()
	for i := range same.Layers {
		for j := range same.Layers[i].Duties {
			same.Layers[i].Duties[j].Reason += " Said otherwise."
		}
	}
	same.Name = "basket"
	r.Workloads = append([]allocation.Workload{reporttest.LambdaZip()}, append(r.Workloads, same)...)
	var got []string
	var folds []report.Fold
	for _, f := range report.Alike(report.Pointers(r)) {
		got, folds = append(got, f.Names(9)), append(folds, f)
	}
	want := []string{"shop-nodes", "shop-ec2", "search", "orders", "checkout, basket", "thumbnails, thumbnails, resize, watermark"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	counts := func(f report.Fold) int { return report.Count(f.Of())[stack.Customer] }
	if counts(folds[0]) <= counts(folds[len(folds)-1]) {
		t.Error("the first stack leaves the customer no more than the last")
	}
}

func TestFootnotesGatherColumns(t *testing.T) {
	t.Parallel()
	w, x, lambda := reporttest.Undetermined(), reporttest.Undetermined(), reporttest.LambdaZip()
	c := report.Compare([]report.Column{{Stack: &w}, {Stack: &lambda}, {Stack: &x}}, nil)
	open := report.OpenDuties(c)
	if len(open) != report.Count(&w)[stack.Undetermined] {
		t.Errorf("%d notes on open duties", len(open))
	}
	for _, o := range open {
		if !slices.Equal(o.Columns, []int{1, 3}) {
			t.Errorf("%s %s", o.Duty, report.ColumnsText(o.Columns))
		}
	}
	if got := report.ColumnsText([]int{1, 2, 4}); got != "in 1, 2 and 4" {
		t.Errorf("got %q", got)
	}
	for _, o := range report.Residuals(reporttest.Comparison()) {
		if !slices.Equal(o.Columns, []int{3}) || o.Of.Residual == "" {
			t.Errorf("residual of %s %s: %q", o.Duty, report.ColumnsText(o.Columns), o.Of.Residual)
		}
	}
}
