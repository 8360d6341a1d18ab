package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/move"
	"github.com/onus-dev/onus/report"
)

// Move writes what a move would break, shed, keep and gain, what is left to choose, and what both sides cost.
func Move(w io.Writer, m *report.Move) error {
	d := &document{out: bufio.NewWriter(w)}
	d.line("# %s\n", text(m.Title()))
	d.line("%s %s\n\n**%s**", code(report.Clip(m.From.Address, report.MaxName)), text(report.Place(m.From.Source.Path, m.From.Source.Line)), text(m.Summary()))
	for _, s := range move.Statuses() {
		d.moveFindings(s, m.Of(s))
	}
	d.line("\n## What changes for you\n\nThe customer %s.\n", m.Step.Text())
	for _, k := range report.Kinds() {
		changes := m.Step.Of(k)
		if len(changes) == 0 || k == report.NotYours {
			continue
		}
		names := make([]string, len(changes))
		for i, c := range changes {
			names[i] = text(report.ChangeText(c))
		}
		d.line("- %s: %s", k.Verb(), strings.Join(names, ", "))
	}
	d.options(m)
	d.line("\n## What your half costs\n\n| | Hours a year | People |\n|---|---:|---:|")
	d.line("| now | %s | %s |", report.RangeText(m.Before.Hours), report.RangeText(m.Before.People))
	d.line("| there | %s | %s |", report.RangeText(m.After.Hours), report.RangeText(m.After.People))
	d.line("\nAn estimate: %d of its %d numbers are assumptions. The work of moving itself is not in it.", report.AssumedCount(m.Parameters), len(m.Parameters))
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (d *document) moveFindings(s move.Status, list []move.Finding) {
	if len(list) == 0 {
		return
	}
	d.line("\n## %s\n", report.MoveHeading(s))
	for i := range list {
		f := &list[i]
		cite := ""
		if f.Citation != nil {
			cite = " (" + link(f.Citation) + ")"
		}
		d.line("- %s **%s**%s", report.MoveSymbol(s), text(f.Sentence), cite)
		for j := range f.DecidedBy {
			d.line("  - %s", text(report.DeciderText(&f.DecidedBy[j])))
		}
		d.line("  - Do: %s", text(f.Do))
	}
}

func (d *document) options(m *report.Move) {
	if len(m.Options) == 0 {
		return
	}
	d.line("\n## What the target's own configuration decides\n")
	for i := range m.Options {
		o := &m.Options[i]
		d.line("- %s %s", code(string(o.Duty)), text(report.ChoiceText(o)))
	}
}
