package report_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/stack"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "aws_ecs_service.api[0]", "aws_ecs_service.api[0]"},
		{"escape sequence", "a\x1b[31mb", `a\u001b[31mb`},
		{"one-byte control sequence", "a\u009b2J", `a\u009b2J`},
		{"white space", "a\n\t\rb", "a   b"},
		{"right-to-left override", "a\u202eb", `a\u202eb`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"tag characters", "a\U000e0041", `a\ue0041`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"wide", "漢字 é", "漢字 é"},
		{"invalid", "a\xffb", "a\ufffdb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := report.Plain(tc.in); got != tc.want {
				t.Errorf("Plain(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	if got := report.Clip("漢字漢字", 4); got != "漢字漢字" {
		t.Errorf("short enough text was cut: %q", got)
	}
	if got := report.Clip("漢字漢字x", 4); got != "漢字漢…" {
		t.Errorf("Clip = %q", got)
	}
	got := report.Clip(strings.Repeat("漢", 1<<20), 10)
	if utf8.RuneCountInString(got) != 10 || !utf8.ValidString(got) {
		t.Errorf("Clip of a long text = %q", got)
	}
}

func TestFoldsJoinIdenticalStacksOnly(t *testing.T) {
	t.Parallel()
	r := reporttest.Result()
	var got []string
	for _, f := range report.Folds(report.Pointers(r)) {
		got = append(got, f.Names(9))
	}
	want := []string{"shop-nodes", "shop-ec2", "checkout", "thumbnails, resize, watermark", "search", "orders"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnyDifferenceThatIsPrintedSplitsAFold(t *testing.T) {
	t.Parallel()
	const layer, duty = 5, 1
	for name, change := range map[string]func(*allocation.Duty){
		"party":     func(d *allocation.Duty) { d.Party = stack.Shared },
		"reason":    func(d *allocation.Duty) { d.Reason += "!" },
		"basis":     func(d *allocation.Duty) { d.Basis = stack.General },
		"residual":  func(d *allocation.Duty) { d.Residual = "" },
		"deadline":  func(d *allocation.Duty) { d.Deadline = &allocation.Deadline{Days: 15, From: d.Deadline.From} },
		"assumed":   func(d *allocation.Duty) { d.Assumed = true },
		"halves":    func(d *allocation.Duty) { d.Shared = &allocation.Halves{} },
		"citation":  func(d *allocation.Duty) { d.Citation = nil },
		"value":     func(d *allocation.Duty) { d.DecidedBy[0].Value = "EC2" },
		"candidate": func(d *allocation.Duty) { d.Candidates = []allocation.Candidate{{When: "x", Party: stack.AWS}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := reporttest.ECSFargate(), reporttest.ECSFargate()
			b.Layers[layer].Duties[duty].DecidedBy = append([]allocation.Decider{}, b.Layers[layer].Duties[duty].DecidedBy...)
			if n := len(report.Folds([]*allocation.Workload{&a, &b})); n != 1 {
				t.Fatalf("equal stacks gave %d folds", n)
			}
			change(&b.Layers[layer].Duties[duty])
			if n := len(report.Folds([]*allocation.Workload{&a, &b})); n != 2 {
				t.Errorf("different stacks gave %d folds", n)
			}
		})
	}
}

func TestEvidenceGathersPlaces(t *testing.T) {
	t.Parallel()
	f := report.Folds(report.Pointers(reporttest.Result()))[3]
	got := f.HostingEvidence()
	want := []string{"infra/main.tf:12", "infra/functions.tf:201", "infra/functions.tf:211"}
	if diff := cmp.Diff(want, got[0].Places); diff != "" {
		t.Error(diff)
	}
	if got, want := got[0].Where(2), "infra/main.tf:12, infra/functions.tf:201 and 1 more place"; got != want {
		t.Errorf("Where = %q, want %q", got, want)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	r := reporttest.Many(60)
	for by, want := range map[report.GroupBy][]int{report.Ungrouped: {60}, report.ByRoot: {25, 25, 10}, report.ByHosting: {15, 15, 15, 15}} {
		var got []int
		for _, g := range report.Groups(r, by) {
			got = append(got, len(g.Workloads))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %q: %s", by, diff)
		}
	}
	if err := report.GroupBy("team").Check(); err == nil {
		t.Error("an unknown grouping was accepted")
	}
}

func TestHeldRunsFromTheTopDown(t *testing.T) {
	t.Parallel()
	held := report.Held(reporttest.Result(), stack.Undetermined)
	var got []string
	for _, h := range held {
		got = append(got, string(h.Duty))
	}
	want := []string{"isolation/separate", "container-runtime/publish", "container-runtime/apply", "operating-system/publish",
		"operating-system/apply", "operating-system/configure", "capacity/provide", "capacity/scale"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	apply := report.Held(reporttest.Result(), stack.AWS)[0]
	if n := len(apply.Reasons[0].Workloads); n != 3 {
		t.Errorf("%s: %d workloads share the first reason, want 3", apply.Duty, n)
	}
}

func TestAssumedMark(t *testing.T) {
	t.Parallel()
	by := []allocation.Decider{{Assumed: "var.a, default at v.tf:1"}, {Assumed: "var.ab, default at v.tf:2"}, {}, {Assumed: "var.a, default at v.tf:1"}}
	if got, want := report.AssumedMark(by), "assumes default of var.a and var.ab"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := report.AssumedMark(nil), "assumes a default"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
