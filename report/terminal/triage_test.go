package terminal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/triage"
	"github.com/onus-dev/onus/vuln"
)

// triaged are findings of which some have texts that an attacker wrote.
func triaged() *triage.Result {
	evil := "evil\x1b[2J\u202e\n| x <script> " + strings.Repeat("long", 300)
	subject := &vuln.Subject{ID: "1", Name: "api", Address: "aws_ecs_service.api", Source: allocation.Source{Path: "main.tf", Line: 3}}
	r := &triage.Result{AsOf: "2026-11-24", Reports: []triage.Report{{Path: "r.json", Format: "trivy", Tool: "Trivy"}}}
	for i, l := range triage.Labels() {
		for n := range 3 + i*2 {
			f := triage.Finding{ID: "CVE-2024-000" + string(rune('1'+n)), Kind: triage.Vulnerability, Severity: triage.Severities()[n%6], Tool: "Trivy",
				Package: &triage.Package{Name: "openssl", Version: "3.0.11", Fixed: "3.0.14"}, Answer: triage.Answer{Label: l, Residual: triage.RebuildImage, Duty: "image/build", Layer: "image",
					Reason: "The image is yours.", Hosting: "ecs-fargate", Workload: subject, Team: &triage.Team{Name: "shop", Status: "owned"},
					Citation: &allocation.Citation{Title: "Page", URL: "https://docs.aws.amazon.com/x", Seen: "2026-11-24"}}}
			if n == 2 {
				f.ID, f.Package.Name, f.Reason, f.Location.Path, f.Tool, f.Workload = evil, evil, evil, evil, evil, nil
				f.Target.Name = evil
			}
			r.Findings = append(r.Findings, f)
		}
	}
	r.Counts = triage.CountsOf(r.Findings)
	return r
}

// TestTriage: no line is wider than the page, nothing of the input steers the terminal, and every label has its heading.
func TestTriage(t *testing.T) {
	t.Parallel()
	for _, opts := range []terminal.Options{{Width: 80}, {Width: 40}, {Width: 120, Trace: true}} {
		var b bytes.Buffer
		if err := terminal.Triage(&b, triaged(), opts); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > opts.Width {
				t.Errorf("%d columns of %d: %s", n, opts.Width, line)
			}
		}
		if strings.ContainsAny(b.String(), "\x1b\u202e") {
			t.Error("a control character of the input is printed")
		}
		for _, l := range triage.Labels() {
			if !strings.Contains(b.String(), " "+string(l)+" (") {
				t.Errorf("no heading for %s", l)
			}
		}
		if more := strings.Contains(b.String(), "and 4 more"); more == opts.Trace {
			t.Errorf("trace %t, and yet findings are left out: %t", opts.Trace, more)
		}
		if page := strings.Contains(b.String(), "docs.aws.amazon.com"); page != opts.Trace {
			t.Errorf("trace %t, page printed: %t", opts.Trace, page)
		}
	}
	full := errors.New("disk full")
	if err := terminal.Triage(&reporttest.FailingWriter{Room: 10, Err: full}, triaged(), terminal.Options{}); !errors.Is(err, full) {
		t.Error(err)
	}
}
