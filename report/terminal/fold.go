package terminal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

const placesShown = 3

// fold prints one distinct stack: whose it is, how that was told, the figure, and the duties by party.
func (p *page) fold(f report.Fold) {
	w := f.Of()
	p.blank()
	if len(f.Members) == 1 {
		p.rule("━━", headStyle, report.Clip(w.Name, report.MaxName))
	} else {
		p.rule("━━", headStyle, fmt.Sprintf("%d workloads with the same stack", len(f.Members)))
	}
	p.text("", "", plainStyle, report.HostingTitle(w)+" ("+report.HostingKind(w)+")")
	refs := p.head(f)
	p.blank()
	p.figure(w)
	p.duties(f, refs)
}

// references numbers the evidence that the head of a stack prints, so that a duty below can point to it.
type references map[string]int

// head prints the members and the hosting evidence once, and evidence that more than two duties rest on.
func (p *page) head(f report.Fold) references {
	w := f.Of()
	for _, m := range f.Members {
		p.member(m, w, len(f.Members) > 1)
	}
	if w.HostingReason != "" {
		told := "How it is told: "
		if len(w.HostingCandidates) > 0 {
			told = "Hosting not told: "
		}
		p.text("", "  ", plainStyle, told+strings.TrimSuffix(report.Clip(w.HostingReason, report.MaxReason), "."))
	}
	for _, c := range w.HostingCandidates {
		p.text("  "+report.Symbol(stack.Undetermined)+" ", "    ", plainStyle,
			report.Clip(c.Hosting, report.MaxName)+" when "+report.Clip(c.When, report.MaxReason))
	}
	refs := references{}
	for _, e := range append(f.HostingEvidence(), frequent(f)...) {
		if refs[e.Key()] > 0 {
			continue
		}
		refs[e.Key()] = len(refs) + 1
		p.evidence(fmt.Sprintf("  [%d] ", len(refs)), "      ", e)
	}
	return refs
}

// member prints which workload it is, and in a fold how its hosting was told where that differs from the first.
func (p *page) member(m, first *allocation.Workload, named bool) {
	at := report.Place(m.Source.Path, m.Source.Line)
	line := report.Clip(m.Address, 2*report.MaxName) + "  " + at
	lead := ""
	if named {
		lead = "  "
		if m.Name != m.Address {
			line = report.Clip(m.Name, report.MaxName) + "  " + line
		}
	}
	if line = strings.TrimSpace(line); line != "" { // a stack from the catalog alone has no place
		p.columns(lead, line)
	}
	for _, c := range report.Caveats(m) {
		p.text(lead+"  ", lead+"  ", partyStyle(stack.Undetermined), report.Symbol(stack.Undetermined)+" "+c)
	}
	if m != first && !report.SameHostingEvidence(m, first) {
		var because []string
		for _, d := range m.DecidedBy {
			because = append(because, report.Evidence{Decider: d}.Text()+" at "+report.Place(d.Path, d.Line))
		}
		p.text(lead+"  ", lead+"  ", dimStyle, "because "+report.Clip(m.HostingReason, report.MaxReason)+": "+strings.Join(because, ", "))
	}
}

// columns prints parts that are two blanks apart on one line, or each on its own when they do not fit.
func (p *page) columns(lead, line string) {
	if textWidth(lead+line) <= p.width {
		p.out.WriteString(lead + line + "\n")
		return
	}
	for i, part := range strings.Split(line, "  ") {
		in := lead
		if i > 0 {
			in = lead + "  "
		}
		p.text(in, lead+"  "[:2*min(i, 1)], plainStyle, part)
	}
}

// frequent returns the evidence on which more than two duties of the stack rest, in order of first use.
func frequent(f report.Fold) []report.Evidence {
	var out []report.Evidence
	uses := map[string]int{}
	for l := range f.Of().Layers {
		for d := range f.Of().Layers[l].Duties {
			for _, e := range f.Evidence(l, d) {
				if uses[e.Key()]++; uses[e.Key()] == 3 {
					out = append(out, e)
				}
			}
		}
	}
	return out
}

// evidence prints a property, its value and its place, then what qualifies the value.
func (p *page) evidence(first, rest string, e report.Evidence) {
	text := e.Text()
	if len(e.Places) > 0 {
		text += " at " + e.Where(placesShown)
	}
	p.text(first, rest, dimStyle, text)
	for _, n := range e.Notes() {
		p.text(rest, rest, partyStyle(stack.Undetermined), n)
	}
	if p.opts.Trace {
		for _, t := range e.Decider.Trail {
			p.text(rest+"← ", rest+"  ", dimStyle, report.Clip(t, report.MaxReason))
		}
	}
}

// duties prints the duties by party: those that ask something of the customer in full, the others as names.
func (p *page) duties(f report.Fold, refs references) {
	for _, party := range stack.Parties() {
		entries := report.Entries(f.Of(), party)
		if len(entries) == 0 {
			continue
		}
		p.blank()
		p.partyHeading(party, len(entries))
		if (party == stack.AWS || party == stack.NotApplicable) && !p.opts.Trace {
			p.names(entries, party)
			if party == stack.AWS {
				p.residuals(f, entries)
			}
			continue
		}
		for _, t := range together(f, entries) {
			p.entry(party, t.names, func(q *page) { q.duty(t.first.Duty, f.EntryEvidence(t.first), refs) })
		}
	}
}

func (p *page) partyHeading(party stack.Party, n int) {
	title := fmt.Sprintf("%s %s (%d)", report.Symbol(party), report.Heading(party), n)
	p.text(p.paint(partyStyle(party), title)+"  ", strings.Repeat(" ", textWidth(title)+2), dimStyle, report.Meaning(party))
}

// names prints the names of duties: first those without reservations, then those under each reservation.
func (p *page) names(entries []report.Entry, party stack.Party) {
	st := plainStyle
	if party == stack.NotApplicable {
		st = dimStyle
	}
	under := map[string][]report.Entry{}
	signs := []string{""}
	for _, e := range entries {
		sign := markSigns(e.Duty)
		if sign != "" && len(under[sign]) == 0 {
			signs = append(signs, sign)
		}
		under[sign] = append(under[sign], e)
	}
	for _, sign := range signs {
		indent := "  "
		if sign != "" {
			p.text(indent, indent, dimStyle, sign+":")
			indent = "    "
		}
		p.nameList(under[sign], indent, st)
	}
}

// nameList prints the duties of a layer together, "operating-system/publish, apply", as many layers a line as fit.
func (p *page) nameList(entries []report.Entry, indent string, st style) {
	var parts []string
	for i, e := range entries {
		if i > 0 && entries[i-1].Layer == e.Layer {
			parts[len(parts)-1] += ", " + report.Plain(e.Duty.Duty)
			continue
		}
		parts = append(parts, report.Plain(string(e.Name())))
	}
	line := ""
	for _, part := range parts {
		joined := part
		if line != "" {
			joined = line + "; " + part
		}
		if line != "" && textWidth(joined) > p.width-len(indent) {
			p.text(indent, indent, st, line)
			joined = part
		}
		line = joined
	}
	if line != "" {
		p.text(indent, indent, st, line)
	}
}

// markSigns gives the reservations of a duty, or "": "inferred; assumes default of var.x".
func markSigns(d *allocation.Duty) string {
	var signs []string
	if d.Basis == stack.Inferred {
		signs = append(signs, "inferred")
	}
	if d.Assumed {
		signs = append(signs, report.AssumedMark(d.DecidedBy))
	}
	return strings.Join(signs, "; ")
}

// residuals prints what the customer must do although AWS holds the duty.
func (p *page) residuals(f report.Fold, entries []report.Entry) {
	with := slices.DeleteFunc(slices.Clone(entries), func(e report.Entry) bool { return e.Duty.Residual == "" })
	if len(with) == 0 {
		return
	}
	p.text("  ", "  ", partyStyle(stack.Customer), "AWS holds it, yet you must:")
	for _, e := range with {
		p.entry(stack.AWS, []string{string(e.Name())}, func(q *page) { q.text("", "", plainStyle, report.ResidualText(e.Duty)) })
	}
}
