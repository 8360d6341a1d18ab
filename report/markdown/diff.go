package markdown

import (
	"bufio"
	"fmt"
	"io"

	"github.com/onus-dev/onus/change"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/report"
)

// diffRows bounds each list of a comment: one on a pull request holds 65,536 characters.
const diffRows = 30

// Diff writes what changed as a comment for a pull request: the moves first, in sentences, the rest folded away.
func Diff(w io.Writer, r *change.Result) error {
	d := &document{out: bufio.NewWriter(w)}
	d.line("<!-- onus diff -->\n### Who holds what after this change\n")
	d.line("**%s**\n", text(report.ChangeSummary(r)))
	toYou, away := report.Shifts(r)
	d.shifts("⚠️ To you", toYou)
	d.shifts("To others", away)
	d.changedFindings("New findings", r.Findings)
	d.changedFindings("Resolved findings", r.Resolved)
	d.verdictChanges(r.Verdicts)
	d.changedWorkloads("New workloads", r.New)
	d.changedWorkloads("Workloads that are gone", r.Gone)
	d.line("\n<sub>%s compared between %s and %s, as of %s.</sub>", report.Plural(r.Compared, "workload"), code(r.Before), code(r.After), text(r.AsOf))
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (d *document) shifts(title string, list []report.Shift) {
	if len(list) == 0 {
		return
	}
	d.line("#### %s\n", title)
	for i := range list {
		if i == diffRows {
			d.line("- and %d more", len(list)-i)
			break
		}
		s := &list[i]
		d.line("- **%s**", text(report.MoveText(s)))
		for j := range s.Because {
			d.line("  - %s", text(report.CauseText(&s.Because[j])))
		}
		for _, m := range s.Members {
			line := text(report.Clip(m.Reason, report.MaxReason))
			if m.Residual != "" {
				line += " You still: " + text(report.Clip(m.Residual, report.MaxReason))
			}
			d.line("  - %s: %s", code(string(m.Duty)), line)
		}
	}
	d.line("")
}

func (d *document) changedFindings(title string, list []check.Finding) {
	if len(list) == 0 {
		return
	}
	d.line("<details><summary>%s: %d</summary>\n\n| severity | what | where |\n| --- | --- | --- |", title, len(list))
	for i := range list {
		if i == diffRows {
			d.line("| | and %d more | |", len(list)-i)
			break
		}
		f := &list[i]
		d.line("| %s %s | %s | %s %s |", text(string(f.Severity)), text(string(f.Verdict)), text(report.Clip(f.Title, report.MaxReason)),
			code(report.Clip(f.Resource.Address, report.MaxName)), code(report.Place(f.Source.Path, f.Source.Line)))
	}
	d.line("\n</details>\n")
}

func (d *document) verdictChanges(list []change.VerdictChange) {
	if len(list) == 0 {
		return
	}
	d.line("<details><summary>Verdicts that changed: %d</summary>\n\n| duty | workload | before | after |\n| --- | --- | --- | --- |", len(list))
	for i := range list {
		if i == diffRows {
			d.line("| and %d more | | | |", len(list)-i)
			break
		}
		v := &list[i]
		d.line("| %s | %s | %s | %s |", code(string(v.Duty)), text(report.Clip(v.Workload.Name, report.MaxName)), string(v.From), string(v.To))
	}
	d.line("\n</details>\n")
}

func (d *document) changedWorkloads(title string, list []change.Workload) {
	if len(list) == 0 {
		return
	}
	d.line("<details><summary>%s: %d</summary>\n\n| workload | hosting | where | yours | unmet |\n| --- | --- | --- | ---: | ---: |", title, len(list))
	for i := range list {
		if i == diffRows {
			d.line("| and %d more | | | | |", len(list)-i)
			break
		}
		w := &list[i]
		d.line("| %s | %s | %s | %d | %d |", text(report.Clip(w.Name, report.MaxName)), code(w.Hosting), code(report.Place(w.Source.Path, w.Source.Line)), w.Customer, w.Unmet)
	}
	d.line("\n</details>\n")
}
