package terminal

import (
	"io"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/vuln"
)

// Who prints whose job each vulnerability is: what the customer has to do first, and where; then what AWS does. Answers
// that ask the same stand together. With Options.Trace each answer has its reason and its page. The error is that of w.
func Who(w io.Writer, r *vuln.Result, opts Options) error {
	p := newPage(w, opts)
	more := false
	for i := range r.Vulnerabilities {
		f := &r.Vulnerabilities[i]
		if i > 0 {
			p.blank()
		}
		title := report.Clip(f.ID, report.MaxName)
		if f.Name != "" {
			title += " " + report.Clip(f.Name, report.MaxName)
		}
		p.rule("━━", headStyle, title)
		p.whoHead(f)
		for _, g := range report.WhoGroups(f, true) {
			p.whoGroup(&g)
			more = more || len(g.Members) > 1
		}
	}
	if more && !opts.Trace {
		p.blank()
		p.text("", "", dimStyle, "--trace gives the reason and the page of each answer; --hosting ID asks about one hosting.")
	}
	return p.flush()
}

func (p *page) whoHead(f *vuln.Finding) {
	if !f.Known {
		p.text("", "", plainStyle, "Nothing that is loaded says which component this is in: name it with --package PURL or CPE.")
		return
	}
	p.text("in ", "   ", plainStyle, report.Clip(report.WhoComponents(f), report.MaxReason))
	if len(f.Answers) > 0 {
		if dates := f.Answers[0].Dates; dates != nil {
			p.text("", "", dimStyle, report.WhoDates(&vuln.Dates{Disclosed: dates.Disclosed, Fixed: dates.Fixed}))
		}
	}
	if f.Mitigation != nil {
		p.text("Mitigation: ", "  ", plainStyle, report.Clip(f.Mitigation.Text, report.MaxReason))
	}
	if f.Note != "" {
		p.text("Note: ", "  ", dimStyle, report.Clip(f.Note, report.MaxReason))
	}
}

func (p *page) whoGroup(g *report.WhoGroup) {
	party := report.WhoParty(g.Who)
	p.blank()
	lead := report.Symbol(party) + " "
	head := report.WhoHeading(&g.Answer)
	if g.Who != vuln.NotAffected && g.Who != vuln.Undetermined && g.Residual != vuln.None {
		head += ": " + report.WhoSteps(g.Steps)
	}
	p.text(p.paint(partyStyle(party), lead), "  ", partyStyle(party), head)
	p.text("  ", "  ", boldStyle, report.WhoWhere(g))
	for _, line := range report.WhoCopies(g) {
		p.whoDetail("  in: ", plainStyle, line)
	}
	p.whoDetail("  do: ", plainStyle, g.Todo)
	p.whoDetail("  fix: ", plainStyle, report.WhoCommon(g, func(a *vuln.Answer) string { return report.WhoBrings(a.Triple) }))
	p.whoDetail("  condition: ", plainStyle, g.Provided)
	for _, c := range report.WhoConditions(g) {
		p.whoDetail("  but ", plainStyle, c)
	}
	if p.opts.Trace || len(g.Members) == 1 {
		for _, a := range g.Members {
			p.whoTrace(a, len(g.Members) > 1)
		}
		return
	}
	p.whoDetail("  why: ", dimStyle, report.WhoCommon(g, func(a *vuln.Answer) string { return a.Reason }))
}

// whoTrace tells why one answer is so.
func (p *page) whoTrace(a *vuln.Answer, named bool) {
	if named {
		p.whoDetail("  ", boldStyle, report.Clip(report.WhoName(a), report.MaxName))
	}
	p.whoDetail("  why: ", dimStyle, a.Reason)
	p.whoDetail("    assumed: ", dimStyle, a.Assumes)
	if a.Dates != nil {
		p.whoDetail("    when: ", dimStyle, report.WhoDates(&vuln.Dates{Deadline: a.Dates.Deadline}))
	}
	for _, d := range a.DecidedBy {
		p.whoDetail("    decided by ", dimStyle, report.WhoDecider(d))
	}
	switch {
	case a.Citation != nil:
		p.whoDetail("    page: ", dimStyle, a.Citation.Title+", seen "+a.Citation.Seen+" "+a.Citation.URL)
	case a.Who != vuln.Undetermined:
		p.whoDetail("    ", dimStyle, "(by rule: no page about it was found)")
	}
}

func (p *page) whoDetail(lead string, st style, text string) {
	if text != "" {
		p.text(lead, "    ", st, report.Clip(text, report.MaxReason))
	}
}
