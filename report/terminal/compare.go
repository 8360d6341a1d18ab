package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Columns of the comparison's table: the title of a layer, that of a duty, and the narrowest stack. A cell is a mark of
// the change, up to three symbols and the party's word.
const (
	layerColumns = 17
	dutyColumns  = nameColumns
	leastLayer   = 15
	leastDuty    = 13
	mostStack    = 24
)

// Compare prints stacks side by side: who they are, a table with a column for each, what the customer sheds, keeps and
// gains from one to the next, what decides the duties that are open, and what is left to do where AWS holds a duty.
// With duties the table has a row for each duty and not for each layer. More stacks than fit side by side take several
// tables. The error is that of w.
func Compare(w io.Writer, c *report.Comparison, duties bool, opts Options) error {
	p := newPage(w, opts)
	p.rule("━━", headStyle, c.Title())
	for _, col := range c.Columns {
		p.column(col)
	}
	if len(c.Columns) > 0 {
		p.sideBySide(c, duties)
	}
	for _, s := range c.Steps {
		p.step(c, s, fmt.Sprintf("From %d to %d", s.From, s.To))
	}
	if len(c.Steps) > 1 {
		p.overall(c, *c.Overall)
	}
	p.namesakes(c)
	p.deciders(c)
	p.sideResiduals(c)
	p.blank()
	p.compareLegend(c)
	return p.flush()
}

// column tells whose stack a column is.
func (p *page) column(c report.Column) {
	w := c.Stack
	lead := fmt.Sprintf("%2d  ", c.Number)
	p.text(p.paint(boldStyle, lead), "    ", boldStyle, report.HostingTitle(w)+" ("+report.Plain(w.Hosting)+")")
	label := "no word of AWS's own is catalogued"
	if c.Label != "" {
		label = "AWS calls it " + c.LabelText()
	}
	p.text("    ", "    ", plainStyle, "class "+c.ClassText()+"; "+label)
	p.text("    ", "    ", dimStyle, c.Caption(3))
	p.text("    ", "    ", plainStyle, countsText(report.Count(w)))
	if p.opts.Trace {
		p.citation(c.LabelCitation)
	}
}

// sideBySide prints the table, in parts when it is too wide. A part after the first compares with a column that the
// part before shows, so that column is shown again.
func (p *page) sideBySide(c *report.Comparison, duties bool) {
	title, least := layerColumns, leastLayer
	if duties {
		title, least = dutyColumns, leastDuty
	}
	title = min(title, p.width-least-1)
	fits := max(1, (p.width-title-1)/least)
	if fits > 1 && len(c.Columns) > fits {
		parts := (len(c.Columns) - 1 + fits - 2) / (fits - 1) // each later part repeats one column
		fits = (len(c.Columns)-1+parts-1)/parts + 1
	}
	rows := c.Rows(duties)
	for from := 0; from < len(c.Columns); {
		to := min(from+fits, len(c.Columns))
		p.blank()
		p.part(c, rows, from, to, title)
		if to == len(c.Columns) {
			return
		}
		from = to
		if fits > 1 {
			from--
		}
	}
}

// part prints the columns from (included) to (excluded) of the table.
func (p *page) part(c *report.Comparison, rows []report.Row, from, to, title int) {
	width := min(mostStack, (p.width-title-1)/(to-from))
	p.heads(c.Columns[from:to], title, width)
	line := p.paint(dimStyle, strings.Repeat("─", title+1+width*(to-from)-1))
	p.out.WriteString(line + "\n")
	across := false
	for _, r := range rows {
		if r.Cross && !across {
			across = true
			p.out.WriteString(line + "\n")
		}
		st := boldStyle
		if r.Duty != "" {
			st = plainStyle
		}
		text := p.paint(st, fit(r.Title(), title)) + " "
		for i, cell := range r.Cells[from:to] {
			text += p.sideCell(cell, width-1, i == 0 && from > 0)
			if i < to-from-1 {
				text += " "
			}
		}
		p.out.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}

// heads prints number, hosting, class and AWS's word over the columns.
func (p *page) heads(columns []report.Column, title, width int) {
	lines := []struct {
		name string
		st   style
		text func(report.Column) string
	}{
		{"", boldStyle, func(c report.Column) string {
			return fmt.Sprintf("%d %s", c.Number, report.Clip(c.Stack.Hosting, report.MaxName))
		}},
		{"class", plainStyle, report.Column.ClassText},
		{"AWS calls it", plainStyle, report.Column.LabelText},
		{"yours + shared", plainStyle, func(c report.Column) string {
			n := report.Count(c.Stack)
			return fmt.Sprintf("%d + %d", n[stack.Customer], n[stack.Shared])
		}},
	}
	for _, l := range lines {
		cells := make([][]string, len(columns))
		height := 1
		for i, c := range columns {
			cells[i] = wrap(l.text(c), width-2)
			height = max(height, len(cells[i]))
		}
		for y := range height {
			name := ""
			if y == 0 {
				name = l.name
			}
			text := p.paint(dimStyle, fit(name, title)) + " "
			for _, cell := range cells {
				line := ""
				if y < len(cell) {
					line = cell[y]
				}
				text += " " + p.paint(l.st, fit(line, width-2)) + " "
			}
			p.out.WriteString(strings.TrimRight(text, " ") + "\n")
		}
	}
}

// sideCell prints one cell: the mark of the change, a symbol for each duty (one where they agree), and the party.
func (p *page) sideCell(cell report.Cell, width int, repeated bool) string {
	mark := cell.Change.Symbol()
	if repeated || mark == "" || cell.Change == "" {
		mark = " "
	}
	text := symbols(cell) + " "
	word := report.Word(cell.Party)
	if textWidth(text+word) > width-1 {
		word = shortWord(cell.Party)
	}
	text += word
	if cell.Residual() && textWidth(text)+2 <= width-1 {
		text += " †"
	}
	st := boldStyle
	if cell.Change == report.Kept || cell.Change == report.Mixed {
		st = dimStyle
	}
	if cell.Change == report.Shed || cell.Change == report.Gained {
		st = partyStyle(stack.AWS)
		if cell.Change == report.Gained {
			st = partyStyle(stack.Customer)
		}
	}
	return p.paint(st, mark) + p.sideBar(cell.Party, text, width-1)
}

// sideBar paints the text of a cell over the colour of its party; a shared one has both halves.
func (p *page) sideBar(party stack.Party, text string, width int) string {
	text = fit(text, width)
	if !p.opts.Color {
		return text
	}
	if party == stack.Shared {
		left := prefixExact(text, width/2)
		return p.paint(barStyle(stack.AWS), left) + p.paint(barStyle(stack.Customer), text[len(left):])
	}
	return p.paint(barStyle(party), text)
}

// symbols gives the symbol of each duty of the cell; one for all where they agree. A residual is marked by a dagger
// beside the word.
func symbols(cell report.Cell) string {
	out := ""
	same := true
	for _, d := range cell.Duties {
		out += report.Symbol(d.Party)
		same = same && d.Party == cell.Duties[0].Party
	}
	if same {
		return report.Symbol(cell.Party)
	}
	return out
}

// shortWord is a party's word for a narrow cell.
func shortWord(p stack.Party) string {
	switch p {
	case stack.Undetermined:
		return "depends"
	case stack.ThirdParty:
		return "vendor"
	default:
		return report.Word(p)
	}
}

// step prints what changes between two columns, a paragraph for each kind of change.
func (p *page) step(c *report.Comparison, s report.Step, title string) {
	p.blank()
	name := func(n int) string { return report.Clip(c.Columns[n-1].Stack.Hosting, report.MaxName) }
	p.rule("──", headStyle, fmt.Sprintf("%s: %s → %s", title, name(s.From), name(s.To)))
	p.text("", "", plainStyle, "The customer "+s.Text()+".")
	for _, k := range report.Kinds() {
		changes := s.Of(k)
		if len(changes) == 0 || k == report.NotYours {
			continue
		}
		var names []string
		for _, x := range changes {
			names = append(names, report.ChangeText(x))
		}
		lead := fmt.Sprintf("  %s %-8s", k.Symbol(), k.Verb())
		p.text(p.paint(boldStyle, lead), strings.Repeat(" ", textWidth(lead)), plainStyle, strings.Join(names, ", "))
	}
}

func (p *page) overall(c *report.Comparison, s report.Step) {
	p.blank()
	p.rule("──", headStyle, "From left to right")
	p.text("", "", plainStyle, fmt.Sprintf("From %s to %s the customer %s.", report.Clip(c.Columns[s.From-1].Stack.Hosting, report.MaxName),
		report.Clip(c.Columns[s.To-1].Stack.Hosting, report.MaxName), s.Text()))
}

func (p *page) namesakes(c *report.Comparison) {
	if len(c.Namesakes) == 0 {
		return
	}
	p.blank()
	p.rule("──", headStyle, "Called the same, and not the same")
	for _, n := range c.Namesakes {
		p.text("", "", plainStyle, n.Text()+":")
		for _, d := range n.Differ {
			lead := "  " + fit(string(d.Duty), nameColumns) + "  "
			if p.width < besideFrom {
				p.text("  ", "  ", plainStyle, string(d.Duty))
				lead = "    "
			}
			p.text(lead, strings.Repeat(" ", textWidth(lead)), plainStyle, report.HoldersText(n, d))
		}
	}
}

// deciders prints what decides the duties that are undetermined, those of several columns together.
func (p *page) deciders(c *report.Comparison) {
	open := report.OpenDuties(c)
	if len(open) == 0 {
		return
	}
	p.blank()
	p.rule("──", headStyle, "What decides")
	for _, o := range open {
		p.entry(stack.Undetermined, []string{string(o.Duty)}, func(q *page) {
			q.text("", "", dimStyle, report.ColumnsText(o.Columns))
			for _, x := range o.Of.Candidates {
				q.text(q.paint(partyStyle(x.Party), report.Symbol(x.Party)+" "+report.Word(x.Party))+" ", "  ", plainStyle, report.WhenText(x.When))
			}
			if len(o.Of.Candidates) == 0 {
				q.text("", "", plainStyle, report.Clip(o.Of.Reason, report.MaxReason))
			}
		})
	}
}

// sideResiduals prints what the customer must do although another party holds the duty.
func (p *page) sideResiduals(c *report.Comparison) {
	list := report.Residuals(c)
	if len(list) == 0 {
		return
	}
	p.blank()
	p.rule("──", headStyle, "† Another party holds it, yet you must")
	for _, o := range list {
		p.entry(o.Of.Party, []string{string(o.Duty)}, func(q *page) {
			q.text("", "", dimStyle, report.ColumnsText(o.Columns))
			q.text("", "", plainStyle, report.ResidualText(o.Of))
		})
	}
}

func (p *page) compareLegend(c *report.Comparison) {
	p.legend()
	if len(c.Columns) > 1 {
		p.text("", "  ", dimStyle, "Against the stack to the left, for the customer: ↓ shed, in whole or in half; ↑ gained; ↕ both; = kept.")
	}
	p.text("", "  ", dimStyle, "† the party holds it, yet you must act. A layer with several symbols has them in the order of its duties, which --duties names.")
}
