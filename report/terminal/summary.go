package terminal

import (
	"fmt"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// counted are the parties that have a column in the summary, with the column's heading.
func counted() []stack.Party {
	return []stack.Party{stack.Customer, stack.Shared, stack.Undetermined, stack.ThirdParty, stack.AWS}
}

const countColumns = 5

// summary prints one line a workload under its group (roots, unless told otherwise), then a line for each group.
func (p *page) summary(r *allocation.Result) {
	by := p.opts.GroupBy
	if by == report.Ungrouped {
		by = report.ByRoot
	}
	groups := report.Groups(r, by)
	p.summaryHead()
	for _, g := range groups {
		p.blank()
		p.text("", "", headStyle, fmt.Sprintf("%s (%s)", report.Clip(g.Title, report.MaxName), report.Plural(len(g.Workloads), "workload")))
		for _, w := range g.Workloads {
			p.summaryLine("  ", report.Clip(w.Name, report.MaxName), report.Plain(w.Hosting), report.Count(w), plainStyle)
		}
		if len(g.Workloads) > 1 {
			p.summaryLine("  ", "together", "", report.Count(g.Workloads...), boldStyle)
		}
	}
}

// nameAndHosting returns the columns left for a workload's name and for its hosting.
func (p *page) nameAndHosting() (name, hosting int) {
	room := min(p.width, figureMax) - 2 - len(counted())*(countColumns+1)
	hosting = min(24, room/2)
	return room - hosting - 1, hosting
}

func (p *page) summaryHead() {
	name, hosting := p.nameAndHosting()
	line := "  " + p.paint(boldStyle, fit("workload", name)+" "+fit("hosting", hosting))
	for _, party := range counted() {
		line += " " + p.paint(partyStyle(party), fmt.Sprintf("%*s", countColumns, short(party)))
	}
	p.out.WriteString(line + "\n")
}

func short(p stack.Party) string {
	switch p {
	case stack.Customer:
		return "◆you"
	case stack.Shared:
		return "◐both"
	case stack.Undetermined:
		return "?open"
	case stack.ThirdParty:
		return "+3rd"
	default:
		return "●AWS"
	}
}

func (p *page) summaryLine(lead, name, hosting string, c report.Counts, st style) {
	n, h := p.nameAndHosting()
	line := lead + p.paint(st, fit(name, n)) + " " + p.paint(dimStyle, fit(hosting, h))
	for _, party := range counted() {
		cell := fmt.Sprintf("%*d", countColumns, c[party])
		if c[party] == 0 {
			line += " " + p.paint(dimStyle, fmt.Sprintf("%*s", countColumns, "·"))
		} else {
			line += " " + p.paint(partyStyle(party), cell)
		}
	}
	p.out.WriteString(line + "\n")
}

// parties turns the report round: for each party its duties, for each duty the workloads it concerns.
func (p *page) parties(r *allocation.Result) {
	for _, party := range stack.Parties() {
		duties := report.Held(r, party)
		if len(duties) == 0 {
			continue
		}
		p.blank()
		n := 0
		for _, d := range duties {
			n += len(d.Workloads)
		}
		p.rule("━━", partyStyle(party), fmt.Sprintf("%s %s: %s, %s", report.Symbol(party), report.Heading(party),
			plural(len(duties), "duty", "duties"), plural(n, "time", "times")))
		for _, d := range duties {
			p.partyDuty(party, d, len(r.Workloads))
		}
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// partyDuty prints a duty of the turned-round report: its reasons and workloads, or only their number in a summary.
func (p *page) partyDuty(party stack.Party, d report.HeldDuty, all int) {
	p.entry(party, []string{string(d.Duty)}, func(q *page) {
		q.text("", "", boldStyle, fmt.Sprintf("%d of %s", len(d.Workloads), report.Plural(all, "workload")))
		if q.opts.Summary {
			return
		}
		for _, r := range d.Reasons {
			q.duty(r.Duty, r.Evidence(), nil)
			names := make([]string, 0, len(r.Workloads))
			for _, w := range r.Workloads {
				names = append(names, report.Clip(w.Name, report.MaxName))
			}
			q.text("→ ", "  ", dimStyle, strings.Join(names, ", "))
		}
	})
}
