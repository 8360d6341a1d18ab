package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Compare writes a comparison for a pull request or a page: who the stacks are, a table with a column for each, what
// the customer sheds, keeps and gains, what decides, and what is left to do. With duties the table has a row for each
// duty and not for each layer. The error is that of w.
func Compare(w io.Writer, c *report.Comparison, duties bool) error {
	d := &document{out: bufio.NewWriter(w)}
	d.line("# %s\n", c.Title())
	if len(c.Columns) > 0 {
		d.columns(c)
	}
	d.sideBySide(c, duties)
	d.steps(c)
	d.namesakes(c)
	d.deciders(c)
	d.leftovers(c)
	if c.Input != nil {
		d.coverage(c.Input)
	}
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (d *document) columns(c *report.Comparison) {
	d.line("| | Hosting | Class | AWS's own word | Stack of | Yours | Shared | Depends | Third party | AWS |")
	d.line("|---:|---|---|---|---|---:|---:|---:|---:|---:|")
	for _, x := range c.Columns {
		n := report.Count(x.Stack)
		label := text(x.LabelText())
		if x.LabelCitation != nil {
			label += " (" + link(x.LabelCitation) + ")"
		}
		d.line("| %d | %s (%s) | %s | %s | %s | %d | %d | %d | %d | %d |", x.Number, text(report.HostingTitle(x.Stack)),
			code(report.Clip(x.Stack.Hosting, report.MaxName)), text(x.ClassText()), label, text(x.Caption(namesShown)),
			n[stack.Customer], n[stack.Shared], n[stack.Undetermined], n[stack.ThirdParty], n[stack.AWS])
	}
	d.line("")
}

// sideBySide writes the table of layers or duties by stacks.
func (d *document) sideBySide(c *report.Comparison, duties bool) {
	if len(c.Columns) == 0 {
		return
	}
	title := "Layer"
	if duties {
		title = "Duty"
	}
	head, rule := "| "+title+" |", "|---|"
	for _, x := range c.Columns {
		head += fmt.Sprintf(" %d %s |", x.Number, text(report.Clip(x.Stack.Hosting, report.MaxName)))
		rule += "---|"
	}
	d.line("%s\n%s", head, rule)
	for _, r := range c.Rows(duties) {
		row := "| " + text(r.Title()) + " |"
		for _, cell := range r.Cells {
			row += " " + sideCell(cell) + " |"
		}
		d.line("%s", row)
	}
	d.line("\nAgainst the stack to the left, for the customer: ↓ shed, in whole or in half; ↑ gained; ↕ both; = kept. † the party holds it, yet you must act.\n")
}

// sideCell names the party of a cell; where its duties differ, each with its party.
func sideCell(cell report.Cell) string {
	mark := ""
	if s := strings.TrimSpace(cell.Change.Symbol()); cell.Change != "" && s != "" {
		mark = s + " "
	}
	if same(cell.Duties) {
		words := report.Word(cell.Party)
		if len(cell.Duties) > 0 {
			words = report.OpenText(cell.Duties[0])
		}
		return mark + report.Symbol(cell.Party) + " " + words + dagger(cell.Residual())
	}
	var parts []string
	for _, x := range cell.Duties {
		parts = append(parts, text(x.Duty)+" "+report.Symbol(x.Party)+" "+report.OpenText(x)+dagger(x.Residual != ""))
	}
	return mark + strings.Join(parts, "<br>")
}

// same reports whether the duties would all be told in the same words.
func same(duties []*allocation.Duty) bool {
	for _, x := range duties {
		if x.Party != duties[0].Party || report.OpenText(x) != report.OpenText(duties[0]) {
			return false
		}
	}
	return true
}

func dagger(residual bool) string {
	if residual {
		return " †"
	}
	return ""
}

func (d *document) steps(c *report.Comparison) {
	if c.Overall == nil {
		return
	}
	d.line("## What is shed and what stays\n")
	steps := c.Steps
	if len(steps) > 1 {
		steps = append(steps[:len(steps):len(steps)], *c.Overall)
	}
	for i, s := range steps {
		name := func(n int) string { return text(report.Clip(c.Columns[n-1].Stack.Hosting, report.MaxName)) }
		about := ""
		if i == len(c.Steps) {
			about = "From left to right, "
		}
		d.line("- %s**%d %s → %d %s**: the customer %s.", about, s.From, name(s.From), s.To, name(s.To), s.Text())
		for _, k := range report.Kinds() {
			changes := s.Of(k)
			if len(changes) == 0 || k == report.NotYours || i == len(c.Steps) {
				continue
			}
			names := make([]string, len(changes))
			for i, x := range changes {
				names[i] = text(report.ChangeText(x))
			}
			d.line("  - %s: %s", k.Verb(), strings.Join(names, ", "))
		}
	}
	d.line("")
}

func (d *document) namesakes(c *report.Comparison) {
	if len(c.Namesakes) == 0 {
		return
	}
	d.line("## Called the same, and not the same\n")
	for _, n := range c.Namesakes {
		d.line("- %s:", text(n.Text()))
		for _, x := range n.Differ {
			d.line("  - %s: %s", text(string(x.Duty)), text(report.HoldersText(n, x)))
		}
	}
	d.line("")
}

func (d *document) deciders(c *report.Comparison) {
	open := report.OpenDuties(c)
	if len(open) == 0 {
		return
	}
	d.line("## What decides\n")
	for _, o := range open {
		d.line("- **%s** %s", text(string(o.Duty)), report.ColumnsText(o.Columns))
		if len(o.Of.Candidates) == 0 {
			d.line("  - %s", text(report.Clip(o.Of.Reason, report.MaxReason)))
		}
		for _, x := range o.Of.Candidates {
			d.line("  - %s %s %s", report.Symbol(x.Party), report.Word(x.Party), text(report.WhenText(x.When)))
		}
	}
	d.line("")
}

// leftovers lists what the customer must do although another party holds the duty.
func (d *document) leftovers(c *report.Comparison) {
	list := report.Residuals(c)
	if len(list) == 0 {
		return
	}
	d.line("## Another party holds it, yet you must\n")
	for _, o := range list {
		d.line("- **%s** %s: %s", text(string(o.Duty)), report.ColumnsText(o.Columns), text(report.ResidualText(o.Of)))
	}
	d.line("")
}
