package terminal

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/triage"
)

// triageShown is how many findings of a group are named without Options.Trace.
const triageShown = 4

// Triage prints the findings before and after, then whose each is: what asks most of the customer first, folded by
// workload or target. With Options.Trace every finding is named, with its reason and its page. The error is that of w.
func Triage(w io.Writer, r *triage.Result, opts Options) error {
	p := newPage(w, opts)
	p.rule("━━", headStyle, "Whose job is it?")
	p.text("", "", boldStyle, report.TriageCount(&r.Counts.All)+".")
	if r.Counts.All.Before > 0 {
		p.blank()
		p.triageTable("severity", r.Counts.BySeverity)
		if len(r.Counts.ByTool) > 1 {
			p.blank()
			p.triageTable("tool", r.Counts.ByTool)
		}
	}
	var label triage.Label
	cut := false
	for _, g := range report.TriageGroups(r) {
		if g.Label != label {
			label = g.Label
			party := report.TriageParty(label)
			p.blank()
			p.rule("━━", partyStyle(party), fmt.Sprintf("%s %s (%d)", report.Symbol(party), label, r.Counts.All.ByLabel[label]))
		}
		cut = p.triageGroup(&g) || cut
	}
	if cut {
		p.blank()
		p.text("", "", dimStyle, "--trace names every finding with its reason and its page.")
	}
	return p.flush()
}

// triageHeads are the columns of the table in the order of the labels.
func triageHeads() []string {
	return []string{"yours", "undetermined", "third p.", "redeploy", "nothing"}
}

func (p *page) triageTable(title string, rows []triage.Tally) {
	head := fmt.Sprintf("%-16s%7s", title, "before")
	for _, h := range triageHeads() {
		head += fmt.Sprintf(" %*s", max(len(h), 8), h)
	}
	p.out.WriteString(p.paint(dimStyle, clipped(head+fmt.Sprintf(" %6s", "after"), p.width)) + "\n")
	for i := range rows {
		t := &rows[i]
		line := fmt.Sprintf("%-16s%7d", clipped(report.Plain(t.Name), 16), t.Before)
		for n, l := range triage.Labels() {
			cell := "·"
			if c := t.ByLabel[l]; c > 0 {
				cell = fmt.Sprint(c)
			}
			line += fmt.Sprintf(" %*s", max(len(triageHeads()[n]), 8), cell)
		}
		p.out.WriteString(clipped(line+fmt.Sprintf(" %6d", t.After), p.width) + "\n")
	}
}

func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// triageGroup prints a group and reports whether findings of it were left out.
func (p *page) triageGroup(g *report.TriageGroup) bool {
	f := g.Lead
	head := g.Where
	if team := report.TriageTeam(f.Team); team != "" {
		head += " · " + team
	}
	p.blank()
	p.text("", "  ", boldStyle, head)
	p.text("  ", "  ", plainStyle, report.TriageAbout(g))
	shown := g.Findings
	if !p.opts.Trace && len(shown) > triageShown {
		shown = shown[:triageShown]
	}
	p.whoDetail("  do: ", plainStyle, g.Action)
	p.whoDetail("  why: ", dimStyle, g.Reason)
	for _, x := range shown {
		p.text("  - ", "    ", plainStyle, report.TriageLine(x))
		if g.Action == "" {
			p.triageDetail("    do: ", plainStyle, x.Action)
		}
		if p.opts.Trace {
			p.triageTrace(g, x)
		}
	}
	if n := len(g.Findings) - len(shown); n > 0 {
		p.text("  - ", "    ", dimStyle, fmt.Sprintf("and %d more", n))
		return true
	}
	return false
}

func (p *page) triageTrace(g *report.TriageGroup, f *triage.Finding) {
	if g.Reason == "" {
		p.triageDetail("    why: ", dimStyle, f.Reason)
	}
	p.triageDetail("    joined by: ", dimStyle, f.JoinedBy)
	for _, d := range f.DecidedBy {
		p.triageDetail("    decided by ", dimStyle, report.WhoDecider(d))
	}
	if c := f.Citation; c != nil {
		p.triageDetail("    page: ", dimStyle, c.Title+", seen "+c.Seen+" "+c.URL)
	}
}

func (p *page) triageDetail(lead string, st style, text string) {
	if text != "" {
		p.text(lead, "      ", st, report.Clip(text, report.MaxReason))
	}
}
