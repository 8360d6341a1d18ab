package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/vuln"
)

// Who writes whose job each vulnerability is, for a ticket or a page: a table with a row for each distinct answer, and
// below it the reasons. The error is that of w.
func Who(w io.Writer, r *vuln.Result) error {
	d := &document{out: bufio.NewWriter(w)}
	d.line("# Whose job is it?\n")
	if r.AsOf != "" {
		d.line("As of %s.\n", text(r.AsOf))
	}
	for i := range r.Vulnerabilities {
		d.finding(&r.Vulnerabilities[i])
	}
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (d *document) finding(f *vuln.Finding) {
	d.line("## %s\n", text(report.Clip(strings.TrimSpace(f.ID+" "+f.Name), report.MaxReason)))
	if !f.Known {
		d.line("Nothing that is loaded says which component this is in.\n")
	} else {
		d.line("In %s.\n", text(report.Clip(report.WhoComponents(f), report.MaxReason)))
	}
	if f.Mitigation != nil {
		d.line("Mitigation: %s\n", text(report.Clip(f.Mitigation.Text, report.MaxReason)))
	}
	if f.Note != "" {
		d.line("%s\n", text(report.Clip(f.Note, report.MaxReason)))
	}
	d.line("| | Where | What to do | Fix built by | Applied by |")
	d.line("|---|---|---|---|---|")
	groups := report.WhoGroups(f, false)
	for _, g := range groups {
		todo := strings.TrimSpace(fmt.Sprintf("**%s** %s", text(report.WhoSteps(g.Steps)), text(report.Clip(g.Todo, report.MaxReason))))
		d.line("| %s %s | %s | %s | %s | %s |", report.Symbol(report.WhoParty(g.Who)), text(report.WhoHeading(&g.Answer)),
			text(report.WhoWhere(&g)), todo, report.Word(g.FixBuiltBy), report.Word(g.AppliedBy))
	}
	d.line("")
	for _, g := range groups {
		d.line("- %s: %s", text(report.WhoWhere(&g)), text(report.Clip(g.Reason, report.MaxReason)))
		if g.Provided != "" {
			d.line("  - Only: %s", text(report.Clip(g.Provided, report.MaxReason)))
		}
		for _, c := range g.Conditions {
			d.line("  - But when %s", text(report.Clip(report.WhoCondition(c), report.MaxReason)))
		}
		if g.Assumes != "" {
			d.line("  - Assumed: %s", text(report.Clip(g.Assumes, report.MaxReason)))
		}
		if g.Citation != nil {
			d.line("  - %s", link(g.Citation))
		}
	}
	d.line("")
}
