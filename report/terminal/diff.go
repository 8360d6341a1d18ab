package terminal

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/change"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/report"
)

// Diff prints what changed: the duties that moved, verdicts, findings, and workloads that came and went.
func Diff(w io.Writer, r *change.Result, opts Options) error {
	p := newPage(w, opts)
	p.text("", "", headStyle, report.Plain(r.Before)+" → "+report.Plain(r.After)+": "+report.ChangeSummary(r))
	toYou, away := report.Shifts(r)
	p.shifts("Duties that move to you", verdictStyle(check.Unmet), toYou)
	p.shifts("Duties that move away from you", verdictStyle(check.Met), away)
	p.verdictChanges(r)
	p.changedFindings("New findings", r.Findings)
	p.changedFindings("Findings that are resolved", r.Resolved)
	p.workloadList("New workloads", r.New)
	p.workloadList("Workloads that are gone", r.Gone)
	p.blank()
	p.text("", "", dimStyle, fmt.Sprintf("%s compared as of %s.", report.Plural(r.Compared, "workload"), report.Plain(r.AsOf)))
	return p.flush()
}

func (p *page) shifts(title string, st style, list []report.Shift) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.rule("━━", st, title)
	for i := range list {
		s := &list[i]
		p.text(p.paint(st, "▸")+" ", "  ", boldStyle, report.MoveText(s))
		for j := range s.Because {
			p.text("    ", "      ", dimStyle, report.CauseText(&s.Because[j]))
		}
		if s.HostingFrom != "" {
			p.text("    ", "      ", dimStyle, fmt.Sprintf("hosting %s → %s", s.HostingFrom, s.Workload.Hosting))
		}
		if s.Was != "" {
			p.text("    ", "      ", dimStyle, "was "+report.Clip(s.Was, report.MaxName))
		}
		for _, m := range s.Members {
			p.text("    ", "      ", plainStyle, string(m.Duty)+": "+report.Clip(m.Reason, report.MaxReason))
			if m.Residual != "" {
				p.text("      ", "      ", plainStyle, "You still: "+report.Clip(m.Residual, report.MaxReason))
			}
		}
	}
}

func (p *page) verdictChanges(r *change.Result) {
	if len(r.Verdicts) == 0 {
		return
	}
	p.blank()
	p.rule("━━", headStyle, "Verdicts that changed")
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		p.text("  ", "    ", plainStyle, fmt.Sprintf("%s of %s: %s → %s", v.Duty, report.Clip(v.Workload.Name, report.MaxName), verdictWord(v.From), verdictWord(v.To)))
	}
}

func verdictWord(v check.Verdict) string {
	if v == "" {
		return "not judged"
	}
	return string(v)
}

func (p *page) changedFindings(title string, list []check.Finding) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.rule("━━", headStyle, title)
	for _, pr := range report.Problems(&check.Result{Findings: list}, "") {
		p.problem(&pr)
	}
}

func (p *page) workloadList(title string, list []change.Workload) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.rule("━━", headStyle, title)
	for _, w := range list {
		p.text("  ", "    ", plainStyle, fmt.Sprintf("%s  %s  %s: %d duties are yours or shared, %d unmet", report.Clip(w.Name, report.MaxName),
			report.Plain(w.Hosting), report.Place(w.Source.Path, w.Source.Line), w.Customer, w.Unmet))
	}
}
