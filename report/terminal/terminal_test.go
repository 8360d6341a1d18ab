package terminal_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"regexp"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/stack"
)

var update = flag.Bool("update", false, "write the golden files")

// output is one thing that the package can print.
type output struct {
	name  string
	print func(io.Writer, terminal.Options) error
	opts  terminal.Options
}

func outputs() []output {
	result := func(r *allocation.Result) func(io.Writer, terminal.Options) error {
		return func(w io.Writer, o terminal.Options) error { return terminal.Write(w, r, o) }
	}
	all, hostile, many := result(reporttest.Result()), result(reporttest.Hostile()), result(reporttest.Many(60))
	return []output{
		{"map-80", all, terminal.Options{Width: 80}},
		{"map-120", all, terminal.Options{Width: 120}},
		{"map-color", all, terminal.Options{Width: 80, Color: true}},
		{"four-ways", result(reporttest.FourWays()), terminal.Options{Width: 80}},
		{"trace", all, terminal.Options{Width: 100, Trace: true, GroupBy: report.ByHosting}},
		{"party", all, terminal.Options{Width: 80, GroupBy: report.ByParty}},
		{"party-summary", many, terminal.Options{Width: 80, GroupBy: report.ByParty, Summary: true}},
		{"summary", many, terminal.Options{Width: 80, Summary: true}},
		{"summary-hosting", all, terminal.Options{Width: 120, Summary: true, GroupBy: report.ByHosting}},
		{"root", many, terminal.Options{Width: 80, GroupBy: report.ByRoot}},
		{"hostile", hostile, terminal.Options{Width: 80, Trace: true}},
		{"hostile-color", hostile, terminal.Options{Width: 80, Color: true, GroupBy: report.ByRoot}},
		{"hostile-summary", hostile, terminal.Options{Width: 80, Summary: true}},
		{"hostile-party", hostile, terminal.Options{Width: 80, GroupBy: report.ByParty}},
		{"empty", result(&allocation.Result{AsOf: "2026-11-24"}), terminal.Options{}},
		{"hosting", func(w io.Writer, o terminal.Options) error { return terminal.Hosting(w, hosting(), o) }, terminal.Options{Width: 80}},
		{"hosting-trace", func(w io.Writer, o terminal.Options) error { return terminal.Hosting(w, hosting(), o) }, terminal.Options{Width: 120, Trace: true}},
		{"duty", func(w io.Writer, o terminal.Options) error { return terminal.Duty(w, dutyPage(), o) }, terminal.Options{Width: 80}},
		{"table", func(w io.Writer, o terminal.Options) error { return terminal.Table(w, table(), o) }, terminal.Options{Width: 80}},
		{"diagnostics", func(w io.Writer, o terminal.Options) error { return terminal.Diagnostics(w, diagnostics(), o) }, terminal.Options{Width: 80}},
		{"diagnostics-color", func(w io.Writer, o terminal.Options) error { return terminal.Diagnostics(w, diagnostics(), o) }, terminal.Options{Width: 80, Color: true}},
	}
}

func rows() []terminal.Row {
	return []terminal.Row{
		{When: "the live version's runtime updates are in mode Manual", Party: stack.Customer, Reason: "In mode Manual nobody but you moves the function.", Basis: stack.Documented},
		{When: "nothing tells", Party: stack.Shared, Reason: "Both act.", Basis: stack.Inferred, Shared: &allocation.Halves{AWS: "AWS offers it.", Customer: "You deploy."}},
		{Party: stack.AWS, Reason: "AWS moves functions in mode Auto.", Basis: stack.Documented, Residual: "Leave deprecated runtimes in time.",
			Citation: &allocation.Citation{Title: "Lambda runtimes", URL: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html", Seen: "2026-11-24"}},
	}
}

func hosting() terminal.HostingPage {
	w := reporttest.LambdaZip()
	for i := range w.Layers {
		if w.Layers[i].Layer == "language-runtime" {
			w.Layers[i].Party, w.Layers[i].Duties[1].Party = stack.Undetermined, stack.Undetermined
		}
	}
	return terminal.HostingPage{
		Title: "Lambda function from a .zip package", ID: "lambda-zip", Service: "lambda", Class: stack.Serverless, Label: "serverless", Workload: w,
		Duties: []terminal.DutyRows{{Duty: "language-runtime/apply", Rows: rows()}},
		Works: []terminal.Work{{Part: "Firecracker microVM", Party: stack.AWS, Text: "Each execution environment runs in a microVM of its own."},
			{Part: "Execution environment reuse", Party: stack.Customer, Text: "State that the code leaves behind is there at the next invocation."}},
		Operations: []terminal.Operation{{Name: "control-plane", About: "Creates and changes functions.", Party: stack.AWS, Customer: "Who may call it.",
			Actions: []string{"CreateFunction", "UpdateFunctionCode", "PutRuntimeManagementConfig", "AddPermission"}, Basis: stack.Inferred}},
	}
}

func dutyPage() terminal.DutyPage {
	one := []terminal.Row{{Party: stack.Customer, Reason: "The runtime lies in your image.", Basis: stack.Documented}}
	return terminal.DutyPage{Duty: "language-runtime/apply", About: "Move the running workload onto the patched runtime.", LayerAbout: "The interpreter or virtual machine.",
		Holdings: []terminal.Holding{{Hosting: "lambda-zip", Rows: rows()}, {Hosting: "lambda-image", Rows: one}, {Hosting: "ecs-fargate", Rows: one}, {Hosting: "new", Rows: nil}}}
}

func table() terminal.CatalogTable {
	return terminal.CatalogTable{Title: "Hostings", Columns: []string{"hosting", "class", "title"}, Footer: "2 hostings",
		Rows: [][]string{{"lambda-zip", "serverless", "Lambda function from a .zip package whose title goes on and on until it has to wrap"}, {"ec2", "non-managed", reporttest.HostileText}, {"short row"}}}
}

func diagnostics() []diag.Diagnostic {
	return []diag.Diagnostic{
		{Severity: diag.Error, Summary: "Module not read", Range: diag.Range{Path: "infra/main.tf", Line: 3, Column: 12},
			Detail: "The module terraform-aws-modules/vpc/aws is not on disk.\nRun terraform init, or name its directory with --module SOURCE=DIR so that it can be read."},
		{Severity: diag.Warning, Summary: "Not applied", Range: diag.Range{Path: reporttest.HostileText, Line: 1}, Detail: reporttest.HostileText},
		{Severity: diag.Note, Summary: "Nothing else"},
	}
}

func printed(t *testing.T, o output, opts terminal.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := o.print(&b, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, o := range outputs() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			got := printed(t, o, o.opts)
			reporttest.Golden(t, *update, o.name+".golden", []byte(got))
			if again := printed(t, o, o.opts); again != got {
				t.Error("two runs differ")
			}
		})
	}
}

func TestNoLineExceedsTheWidth(t *testing.T) {
	t.Parallel()
	for _, o := range outputs() {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			for _, width := range []int{40, 41, 50, 63, 64, 71, 72, 79, 80, 100, 120, 200} {
				opts := o.opts
				opts.Width = width
				for i, line := range strings.Split(printed(t, o, opts), "\n") {
					if n := lipgloss.Width(line); n > width {
						t.Fatalf("width %d, line %d has %d columns: %q", width, i+1, n, line)
					}
				}
			}
		})
	}
}

// colour matches the only control sequences that the package may print.
var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	for _, o := range outputs() {
		got := printed(t, o, o.opts)
		if !o.opts.Color && strings.Contains(got, "\x1b") {
			t.Errorf("%s: colour without leave", o.name)
		}
		for _, r := range colour.ReplaceAllString(got, "") {
			if r != '\n' && report.Hidden(r) {
				t.Errorf("%s: output holds %q", o.name, r)
				break
			}
		}
	}
}

func TestColourChangesNoText(t *testing.T) {
	t.Parallel()
	r := reporttest.Result()
	var plain, coloured bytes.Buffer
	if err := terminal.Write(&plain, r, terminal.Options{Summary: true}); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Write(&coloured, r, terminal.Options{Summary: true, Color: true}); err != nil {
		t.Fatal(err)
	}
	if got := colour.ReplaceAllString(coloured.String(), ""); got != plain.String() || got == coloured.String() {
		t.Error("the text with colour differs from the text without, or there is no colour")
	}
}

func TestEveryDutyThatAsksSomethingIsExplained(t *testing.T) {
	t.Parallel()
	r := reporttest.Result()
	var b bytes.Buffer
	if err := terminal.Write(&b, r, terminal.Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, w := range r.Workloads {
		for _, p := range []stack.Party{stack.Customer, stack.Shared, stack.Undetermined, stack.ThirdParty} {
			for _, e := range report.Entries(&w, p) {
				if !strings.Contains(got, e.Duty.Reason) || !strings.Contains(got, string(e.Name())) {
					t.Errorf("%s: %s is not explained", w.Name, e.Name())
				}
			}
		}
		for _, e := range report.Entries(&w, stack.AWS) {
			if !strings.Contains(got, e.Duty.Residual) {
				t.Errorf("%s: the residual of %s is missing", w.Name, e.Name())
			}
		}
	}
	if n := strings.Count(got, "AWS::ECS::Service.LaunchType = FARGATE at infra/main.tf:94"); n != 1 {
		t.Errorf("the launch type of checkout is printed %d times, want once", n)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := terminal.Write(&reporttest.FailingWriter{Room: 10, Err: full}, reporttest.Result(), terminal.Options{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
	if err := terminal.Write(io.Discard, reporttest.Result(), terminal.Options{GroupBy: "team"}); err == nil {
		t.Error("an unknown grouping was accepted")
	}
}

func BenchmarkWriteManyByRoot(b *testing.B) {
	r := reporttest.Many(10000)
	for b.Loop() {
		if err := terminal.Write(io.Discard, r, terminal.Options{GroupBy: report.ByRoot, Color: true}); err != nil {
			b.Fatal(err)
		}
	}
}
