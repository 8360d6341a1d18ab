package terminal

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/effort"
	"github.com/onus-dev/onus/report"
)

// Effort prints what the customer's half costs a year: a table of the stacks, the duties of a single one, whether the
// people are enough and, with explain, the arithmetic of every line and the source of every number.
func Effort(w io.Writer, a *effort.Answer, explain bool, opts Options) error {
	p := newPage(w, opts)
	rows := report.EffortRows(a)
	p.rule("━━", headStyle, "What your half costs a year")
	if len(rows) == 0 {
		p.text("", "", plainStyle, "No workload found.")
		return p.flush()
	}
	p.effortTable(a, rows)
	for _, r := range rows {
		if explain || len(rows) == 1 {
			p.effortLines(&r, explain)
		}
	}
	p.effortAnswer(a)
	if explain {
		p.parameters(a.Parameters)
	}
	p.blank()
	p.text("", "", dimStyle, fmt.Sprintf("An estimate, not a measurement: %d of its %d numbers are assumptions. Sums add lows to lows and highs to highs. %s",
		report.AssumedCount(a.Parameters), len(a.Parameters), effortHint(explain)))
	return p.flush()
}

func effortHint(explain bool) string {
	if explain {
		return "Change a number by --set NAME=LOW..HIGH or --parameters FILE."
	}
	return "--explain shows the arithmetic and every source; --set NAME=LOW..HIGH changes a number."
}

func (p *page) effortTable(a *effort.Answer, rows []report.EffortRow) {
	t := CatalogTable{Columns: []string{"stack", "hosting", "hours a year", "people"}}
	for _, r := range rows {
		name := r.Name
		if r.Other {
			name = "· " + name
		}
		t.Rows = append(t.Rows, []string{name, r.Estimate.Hosting, report.RangeText(r.Estimate.Hours), report.RangeText(r.Estimate.People)})
	}
	if len(a.Workloads) > 1 {
		t.Rows = append(t.Rows, []string{"together, as they are", "", report.RangeText(a.Hours), report.RangeText(a.People)})
	}
	widths := p.columnWidths(t)
	p.tableRow(t.Columns, widths, boldStyle)
	for _, row := range t.Rows {
		p.tableRow(row, widths, plainStyle)
	}
}

// effortLines prints the duties of one stack, with explain the tasks and their factors.
func (p *page) effortLines(r *report.EffortRow, explain bool) {
	p.blank()
	p.rule("──", headStyle, report.Clip(r.Name, report.MaxName)+" ("+report.Plain(r.Estimate.Hosting)+"): "+report.CostText(r.Estimate.Hours, r.Estimate.People))
	if r.Estimate.Sharing != "" {
		p.text("", "", plainStyle, report.Clip(r.Estimate.Sharing, report.MaxReason))
	}
	for _, d := range r.Estimate.DutyHours() {
		lead := p.paint(partyStyle(d.Party), report.Symbol(d.Party)) + " " + fit(string(d.Duty), nameColumns) + "  "
		p.text(lead, "    ", plainStyle, report.RangeText(d.Hours)+" hours")
		if !explain {
			continue
		}
		for _, l := range r.Estimate.Of(d.Duty) {
			p.text("    ", "      ", boldStyle, l.What+" ["+l.Task+"]")
			for i := range l.Factors {
				p.text("      ", "          ", dimStyle, report.FactorText(&l.Factors[i], i == 0))
			}
			p.text("      ", "          ", plainStyle, "= "+report.RangeText(l.Hours)+" hours a year")
		}
	}
}

func (p *page) effortAnswer(a *effort.Answer) {
	text := report.EnoughText(a)
	if text == "" {
		return
	}
	p.blank()
	p.rule("──", headStyle, "Have we the people to secure this ourselves?")
	p.text("", "", plainStyle, text)
}

func (p *page) parameters(list []effort.Parameter) {
	p.blank()
	p.rule("──", headStyle, "The numbers")
	for i := range list {
		x := &list[i]
		p.text("", "  ", boldStyle, report.ParameterText(x))
		p.text("    ", "    ", plainStyle, report.Clip(x.About, report.MaxReason)+".")
		for _, source := range report.SourceTexts(x) {
			p.text("    ", "      ", dimStyle, source)
		}
	}
}
