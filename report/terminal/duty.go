package terminal

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Columns of an entry: the longest duty, "operating-system/configure", and the page width from which the text goes
// beside the names and not under them.
const (
	nameColumns = 26
	besideFrom  = 72
)

// entry prints names, one a line with the symbol of their party, and beside or under them what body prints.
func (p *page) entry(party stack.Party, names []string, body func(q *page)) {
	indent := 2 + 2 + nameColumns + 2
	if p.width < besideFrom {
		indent = 6
	}
	var buf bytes.Buffer
	q := &page{out: bufio.NewWriter(&buf), opts: p.opts, width: p.width - indent}
	body(q)
	q.out.Flush() // into memory
	lines := strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n")
	left := p.nameLines(party, names)
	if p.width < besideFrom {
		for _, name := range left {
			p.out.WriteString(strings.TrimRight(name, " ") + "\n")
		}
		left = nil
	}
	for i := range max(len(left), len(lines)) {
		name, line := strings.Repeat(" ", indent), ""
		if i < len(left) {
			name = left[i]
		}
		if i < len(lines) {
			line = lines[i]
		}
		p.out.WriteString(strings.TrimRight(name+line, " ") + "\n")
	}
}

// nameLines returns the names with their symbols, padded; a name too long for its column takes several lines.
func (p *page) nameLines(party stack.Party, names []string) []string {
	var out []string
	for _, name := range names {
		symbol := p.paint(partyStyle(party), report.Symbol(party))
		for _, part := range wrap(report.Clip(name, report.MaxName), nameColumns) {
			out = append(out, "  "+symbol+" "+p.paint(boldStyle, part)+strings.Repeat(" ", nameColumns+2-textWidth(part)))
			symbol = " "
		}
	}
	return out
}

// sameText is a run of duties that a report can say everything about at once.
type sameText struct {
	names []string
	first report.Entry
}

// together joins the entries whose text would be the same, in order of the first.
func together(f report.Fold, entries []report.Entry) []sameText {
	var out []sameText
	at := map[string]int{}
	for _, e := range entries {
		key := textKey(f, e)
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, sameText{first: e})
		}
		out[n].names = append(out[n].names, string(e.Name()))
	}
	return out
}

func textKey(f report.Fold, e report.Entry) string {
	d := e.Duty
	key := fmt.Sprintf("%q %q %q %v %q %v", d.Reason, d.Basis, d.Residual, d.Assumed, report.DeadlineText(d), d.Candidates)
	if d.Shared != nil {
		key += fmt.Sprintf(" %q", *d.Shared)
	}
	if d.Citation != nil {
		key += fmt.Sprintf(" %q", *d.Citation)
	}
	for _, ev := range f.EntryEvidence(e) {
		key += " " + ev.Key()
	}
	return key
}

// duty prints what there is to say about a duty: reason, halves, candidates, residual, and the evidence that the head
// does not show.
func (p *page) duty(d *allocation.Duty, evidence []report.Evidence, refs references) {
	reason := report.Clip(d.Reason, report.MaxReason)
	var own []report.Evidence
	for _, ev := range evidence {
		if n := refs[ev.Key()]; n > 0 {
			reason += fmt.Sprintf(" [%d]", n)
		} else {
			own = append(own, ev)
		}
	}
	p.text("", "", plainStyle, reason)
	p.halves(d.Shared)
	for _, c := range d.Candidates {
		p.when(c.Party, c.When)
	}
	p.reservations(d)
	for _, ev := range own {
		p.evidence("", "  ", ev)
	}
	if p.opts.Trace {
		p.citation(d.Citation)
	}
}

// when prints a party with the condition for it; an empty condition is "otherwise".
func (p *page) when(party stack.Party, condition string) {
	lead := p.paint(partyStyle(party), report.Symbol(party)+" "+report.Word(party)) + " "
	text := "otherwise"
	if condition != "" {
		text = "when " + report.Clip(condition, report.MaxReason)
	}
	p.text(lead, "  ", plainStyle, text)
}

func (p *page) halves(h *allocation.Halves) {
	if h == nil {
		return
	}
	p.text(p.paint(partyStyle(stack.AWS), "AWS:")+" ", "     ", plainStyle, report.Clip(h.AWS, report.MaxReason))
	p.text(p.paint(partyStyle(stack.Customer), "You:")+" ", "     ", plainStyle, report.Clip(h.Customer, report.MaxReason))
}

// reservations prints the residual, the deadline and the marks of a duty.
func (p *page) reservations(d *allocation.Duty) {
	if r := report.ResidualText(d); r != "" {
		p.text("", "  ", plainStyle, "Yet you must: "+r)
	} else if t := report.DeadlineText(d); t != "" {
		p.text("", "  ", plainStyle, t)
	}
	for _, m := range report.Marks(d) {
		p.text("", "  ", dimStyle, "("+m+")")
	}
}

func (p *page) citation(c *allocation.Citation) {
	if c != nil {
		p.text("", "  ", dimStyle, fmt.Sprintf("%s (seen %s): %s", report.Clip(c.Title, report.MaxName), report.Plain(c.Seen),
			report.Clip(c.URL, report.MaxReason)))
	}
}
