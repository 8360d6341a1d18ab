package markdown

import (
	"fmt"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

const (
	namesShown  = 5
	placesShown = 3
)

// fold writes the section of one distinct stack.
func (d *document) fold(f report.Fold, number int) {
	w := f.Of()
	title := text(report.Clip(w.Name, report.MaxName))
	if len(f.Members) > 1 {
		title = fmt.Sprintf("%d workloads with the same stack", len(f.Members))
	}
	d.line("### %d. %s\n", number, title)
	d.line("%s (%s)\n", text(report.HostingTitle(w)), text(report.HostingKind(w)))
	for _, m := range f.Members {
		d.line("- %s: %s at %s", text(report.Clip(m.Name, report.MaxName)), code(report.Clip(m.Address, 2*report.MaxName)),
			code(report.Place(m.Source.Path, m.Source.Line)))
		for _, c := range report.Caveats(m) {
			d.line("  - %s", text(c))
		}
		if m != w && !report.SameHostingEvidence(m, w) {
			d.line("  - told so: %s", text(report.Clip(m.HostingReason, report.MaxReason)))
			d.evidence("    ", report.Fold{Members: []*allocation.Workload{m}}.HostingEvidence())
		}
	}
	if w.HostingReason != "" {
		d.line("\nHosting: %s", text(report.Clip(w.HostingReason, report.MaxReason)))
	}
	d.line("")
	for _, c := range w.HostingCandidates {
		d.line("- possible: %s when %s", text(report.Clip(c.Hosting, report.MaxName)), text(report.Clip(c.When, report.MaxReason)))
	}
	d.evidence("", f.HostingEvidence())
	d.line("")
	for _, p := range stack.Parties() {
		d.party(f, p)
	}
}

func (d *document) party(f report.Fold, p stack.Party) {
	entries := report.Entries(f.Of(), p)
	if len(entries) == 0 {
		return
	}
	d.line("#### %s %s (%d)\n", report.Symbol(p), report.Heading(p), len(entries))
	for _, e := range entries {
		d.line("- **%s**: %s%s", text(string(e.Name())), text(report.Clip(e.Duty.Reason, report.MaxReason)), suffix(e.Duty))
		d.duty(e.Duty, f.EntryEvidence(e), "  ")
	}
	d.line("")
}

// suffix gives the marks and the citation of a duty behind its reason.
func suffix(d *allocation.Duty) string {
	s := ""
	for _, m := range report.Marks(d) {
		s += " _(" + text(m) + ")_"
	}
	if d.Citation != nil {
		s += " (" + link(d.Citation) + ")"
	}
	return s
}

// duty writes what there is to say about a duty beyond its reason, as a list indented by in.
func (d *document) duty(x *allocation.Duty, evidence []report.Evidence, in string) {
	if x.Shared != nil {
		d.line(in+"- AWS: %s", text(report.Clip(x.Shared.AWS, report.MaxReason)))
		d.line(in+"- You: %s", text(report.Clip(x.Shared.Customer, report.MaxReason)))
	}
	for _, c := range x.Candidates {
		d.line(in+"- %s when %s", report.Symbol(c.Party)+" "+report.Word(c.Party), text(report.Clip(c.When, report.MaxReason)))
	}
	if s := report.ResidualText(x); s != "" {
		d.line(in+"- **Yet you must:** %s", text(s))
	} else if s := report.DeadlineText(x); s != "" {
		d.line(in+"- %s", text(s))
	}
	d.evidence(in, evidence)
}

func (d *document) evidence(indent string, evidence []report.Evidence) {
	for _, e := range evidence {
		places := e.Places[:min(len(e.Places), placesShown)]
		quoted := make([]string, len(places))
		for i, p := range places {
			quoted[i] = code(p)
		}
		at := ""
		if len(quoted) > 0 {
			at = " at " + strings.Join(quoted, ", ")
		}
		if rest := len(e.Places) - len(places); rest > 0 {
			at += " and " + report.Plural(rest, "more place")
		}
		for _, n := range e.Notes() {
			at += "; " + text(n)
		}
		d.line("%s- %s%s", indent, code(e.Text()), at)
		if d.opts.Trace {
			for _, t := range e.Decider.Trail {
				d.line("%s  - from %s", indent, code(report.Clip(t, report.MaxReason)))
			}
		}
	}
}

// byParty turns the document round: for each party its duties, and for each duty the workloads.
func (d *document) byParty(r *allocation.Result) {
	for _, p := range stack.Parties() {
		duties := report.Held(r, p)
		if len(duties) == 0 {
			continue
		}
		d.line("# %s %s\n", report.Symbol(p), report.Heading(p))
		for _, h := range duties {
			d.line("- **%s**: %d of %s", text(string(h.Duty)), len(h.Workloads), report.Plural(len(r.Workloads), "workload"))
			if d.opts.Summary {
				continue
			}
			for _, x := range h.Reasons {
				names := make([]string, len(x.Workloads))
				for i, w := range x.Workloads {
					names[i] = text(report.Clip(w.Name, report.MaxName))
				}
				d.line("  - %s%s", text(report.Clip(x.Duty.Reason, report.MaxReason)), suffix(x.Duty))
				d.duty(x.Duty, x.Evidence(), "    ")
				d.line("    - for %s", strings.Join(names, ", "))
			}
		}
		d.line("")
	}
}
