package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/move"
	"github.com/onus-dev/onus/report"
)

// Move prints what a move would break, shed, keep and gain, what of the target still has to be chosen, and what both
// sides cost the customer a year.
func Move(w io.Writer, m *report.Move, opts Options) error {
	p := newPage(w, opts)
	p.rule("━━", headStyle, m.Title())
	where := report.Clip(m.From.Address, report.MaxName)
	if at := report.Place(m.From.Source.Path, m.From.Source.Line); at != "" {
		where += "  " + at
	}
	p.text("", "", dimStyle, where)
	p.text("", "", boldStyle, m.Summary())
	for _, s := range move.Statuses() {
		p.moveFindings(s, m.Of(s))
	}
	p.step(m.Comparison, m.Step, "What changes for you")
	p.options(m)
	p.moveEffort(m)
	p.blank()
	p.text("", "", dimStyle, fmt.Sprintf("The target is %s as the catalog has it, before anything is configured. `onus explain %s` tells more about it.",
		report.Plain(m.To.Hosting), report.Plain(m.To.Hosting)))
	return p.flush()
}

func moveStyle(s move.Status) style {
	switch s {
	case move.Broken:
		return verdictStyle(check.Unmet)
	case move.Undetermined:
		return verdictStyle(check.Undetermined)
	}
	return boldStyle
}

func (p *page) moveFindings(s move.Status, list []move.Finding) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.rule("──", moveStyle(s), report.MoveHeading(s))
	for i := range list {
		f := &list[i]
		p.text(p.paint(moveStyle(s), report.MoveSymbol(s))+" ", "  ", plainStyle, report.Clip(f.Sentence, report.MaxReason))
		for j := range f.DecidedBy {
			p.text("    ", "      ", dimStyle, report.DeciderText(&f.DecidedBy[j]))
		}
		p.text("  "+p.paint(boldStyle, "do:")+" ", "      ", plainStyle, report.Clip(f.Do, report.MaxReason))
		if p.opts.Trace && f.Citation != nil {
			p.citation(f.Citation)
		}
	}
}

// options prints what decides on the target.
func (p *page) options(m *report.Move) {
	if len(m.Options) == 0 {
		return
	}
	p.blank()
	p.rule("──", headStyle, "What the target's own configuration decides")
	for i := range m.Options {
		o := &m.Options[i]
		p.text("", "  ", boldStyle, string(o.Duty))
		p.text("    ", "    ", plainStyle, report.ChoiceText(o)+".")
		if len(o.Properties) > 0 && p.opts.Trace {
			p.text("    ", "    ", dimStyle, "Read from "+strings.Join(o.Properties, ", ")+".")
		}
	}
}

func (p *page) moveEffort(m *report.Move) {
	p.blank()
	p.rule("──", headStyle, "What your half costs")
	p.text("now    ", "       ", plainStyle, report.CostText(m.Before.Hours, m.Before.People))
	p.text("there  ", "       ", plainStyle, report.CostText(m.After.Hours, m.After.People))
	p.text("", "", dimStyle, fmt.Sprintf("An estimate: %d of its %d numbers are assumptions. `onus effort --explain` shows the arithmetic. The work of moving itself is not in it.",
		report.AssumedCount(m.Parameters), len(m.Parameters)))
}
