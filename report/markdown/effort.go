package markdown

import (
	"bufio"
	"fmt"
	"io"

	"github.com/onus-dev/onus/effort"
	"github.com/onus-dev/onus/report"
)

// Effort writes what the customer's half costs a year; with explain also the factors of every line and every source.
func Effort(w io.Writer, a *effort.Answer, explain bool) error {
	d := &document{out: bufio.NewWriter(w)}
	rows := report.EffortRows(a)
	d.line("# What your half costs a year\n")
	if len(rows) == 0 {
		d.line("No workload found.")
	} else {
		d.effortTable(a, rows)
	}
	if text := report.EnoughText(a); text != "" {
		d.line("\n## Have we the people to secure this ourselves?\n\n%s", text)
	}
	for i := range rows {
		if explain || len(rows) == 1 {
			d.effortLines(&rows[i], explain)
		}
	}
	if explain {
		d.parameters(a.Parameters)
	}
	d.line("\nAn estimate, not a measurement: %d of its %d numbers are assumptions. Sums add lows to lows and highs to highs.",
		report.AssumedCount(a.Parameters), len(a.Parameters))
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (d *document) effortTable(a *effort.Answer, rows []report.EffortRow) {
	d.line("| Stack | Hosting | Hours a year | People |\n|---|---|---:|---:|")
	for _, r := range rows {
		name := text(report.Clip(r.Name, report.MaxName))
		if r.Other {
			name = "↳ " + name
		}
		d.line("| %s | %s | %s | %s |", name, code(r.Estimate.Hosting), report.RangeText(r.Estimate.Hours), report.RangeText(r.Estimate.People))
	}
	if len(a.Workloads) > 1 {
		d.line("| **together, as they are** | | %s | %s |", report.RangeText(a.Hours), report.RangeText(a.People))
	}
}

func (d *document) effortLines(r *report.EffortRow, explain bool) {
	d.line("\n## %s (%s)\n", text(report.Clip(r.Name, report.MaxName)), code(r.Estimate.Hosting))
	if r.Estimate.Sharing != "" {
		d.line("%s\n", text(r.Estimate.Sharing))
	}
	d.line("| Duty | Party | Hours a year |\n|---|---|---:|")
	for _, x := range r.Estimate.DutyHours() {
		d.line("| %s | %s %s | %s |", code(string(x.Duty)), report.Symbol(x.Party), report.Word(x.Party), report.RangeText(x.Hours))
	}
	if !explain {
		return
	}
	d.line("")
	for i := range r.Estimate.Lines {
		l := &r.Estimate.Lines[i]
		d.line("- **%s** %s: %s", code(string(l.Duty)), text(l.What), report.RangeText(l.Hours)+" hours a year")
		for j := range l.Factors {
			d.line("  - %s", text(report.FactorText(&l.Factors[j], j == 0)))
		}
	}
}

func (d *document) parameters(list []effort.Parameter) {
	d.line("\n## The numbers\n\n| Parameter | Range | Unit | What it counts | Source |\n|---|---:|---|---|---|")
	for i := range list {
		x := &list[i]
		source := ""
		if x.Assumption {
			source = "assumption"
		}
		for j := range x.Sources {
			if source != "" {
				source += "<br>"
			}
			source += link(&x.Sources[j])
		}
		if x.Changed != "" {
			source = "yours, by " + code(x.Changed) + " " + source
		}
		d.line("| %s | %s | %s | %s | %s |", code(x.Name), report.RangeText(x.Range), text(x.Unit), text(x.About), source)
	}
}
