package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/report"
)

// CheckOptions says how the result of `onus check` is printed.
type CheckOptions struct {
	Options
	// Gate is what the run fails by; its findings are named at the end.
	Gate check.Gate
	// Team is the team whose findings are shown; empty for all.
	Team string
}

// maxPlaces is how many places of one problem are printed, unless all are asked for.
const maxPlaces = 8

// Check prints the findings, grouped by what is to be done, then a line for each workload, then totals. With Trace,
// every place of a problem, and what is met, are printed too.
func Check(w io.Writer, r *check.Result, opts CheckOptions) error {
	p := newPage(w, opts.Options)
	for _, v := range []check.Verdict{check.Unmet, check.Undetermined, check.Accepted, check.Attested} {
		p.problems(r, v)
	}
	if len(r.Workloads) > 0 {
		p.blank()
		p.rule("━━", headStyle, "Workloads: duties by verdict")
		p.tallies(r)
	}
	p.verdictTotals(r, opts)
	return p.flush()
}

func verdictStyle(v check.Verdict) style {
	switch v {
	case check.Unmet:
		return style{fg: "160", bold: true}
	case check.Met:
		return style{fg: "37", bold: true}
	case check.Undetermined:
		return style{fg: "172", bold: true}
	case check.Inherited:
		return style{fg: "32", bold: true}
	}
	return boldStyle
}

func (p *page) problems(r *check.Result, v check.Verdict) {
	list := report.Problems(r, v)
	if len(list) == 0 {
		return
	}
	p.blank()
	p.rule("━━", verdictStyle(v), fmt.Sprintf("%s: %s", strings.ToUpper(string(v)), report.VerdictMeaning(v)))
	statements, rest := report.Statements(list)
	for i := range rest {
		p.problem(&rest[i])
	}
	p.statements(statements)
}

// statements prints the duties that no file proves, a line each.
func (p *page) statements(list []report.Problem) {
	if len(list) == 0 {
		return
	}
	p.blank()
	lead := p.paint(verdictStyle(check.Undetermined), report.VerdictSymbol(check.Undetermined)) + " "
	p.text(lead, "  ", boldStyle, dutiesText(len(list))+" that the input does not show done")
	for i := range list {
		pr := &list[i]
		p.text("    ", "      ", plainStyle, fmt.Sprintf("%s  (%s)", pr.Duty, report.Plural(pr.Workloads(), "workload")))
		p.text("      ", "      ", dimStyle, report.Clip(pr.Reason, report.MaxReason))
	}
	p.text("  "+p.paint(boldStyle, "→")+" ", "    ", plainStyle, list[0].Remedy)
}

// problem prints a check with all that it found.
func (p *page) problem(pr *report.Problem) {
	p.blank()
	lead := p.paint(verdictStyle(pr.Verdict), report.VerdictSymbol(pr.Verdict)) + " "
	p.text(lead, "  ", boldStyle, report.Clip(pr.Title, report.MaxReason))
	facts := []string{string(pr.Severity)}
	if pr.Duty != "" {
		facts = append(facts, string(pr.Duty))
	}
	if pr.Check != "" {
		facts = append(facts, pr.Check)
	}
	facts = append(facts, pr.SecurityHub...)
	p.text("  ", "  ", dimStyle, strings.Join(facts, " · "))
	if pr.Why != "" && pr.Verdict == check.Unmet {
		p.text("  ", "  ", plainStyle, pr.Why)
	}
	for i, f := range pr.Members {
		if i == maxPlaces && !p.opts.Trace {
			p.text("    ", "    ", dimStyle, fmt.Sprintf("and %d more; --trace shows all", len(pr.Members)-i))
			break
		}
		p.place(f)
	}
	if pr.Remedy != "" && (pr.Verdict == check.Unmet || pr.Verdict == check.Undetermined) {
		p.text("  "+p.paint(boldStyle, "→")+" ", "    ", plainStyle, pr.Remedy)
	}
}

// place prints where a problem is, and what shows it.
func (p *page) place(f *check.Finding) {
	head := report.Clip(f.Resource.Address, report.MaxName)
	if at := report.Place(f.Source.Path, f.Source.Line); at != "" {
		head += "  " + at
	}
	var notes []string
	if n := len(f.Workloads); n > 1 {
		notes = append(notes, report.Plural(n, "workload"))
	}
	if f.Owner != nil {
		notes = append(notes, report.OwnerText(f.Owner))
	}
	if f.Known {
		notes = append(notes, "in the baseline")
	}
	if f.Assumed {
		notes = append(notes, "rests on a default")
	}
	if len(notes) > 0 {
		head += "  (" + strings.Join(notes, ", ") + ")"
	}
	p.text("    ", "      ", plainStyle, head)
	text := f.Reason
	if f.Exception != nil {
		text = report.ExceptionText(f.Exception)
	}
	p.text("      ", "      ", dimStyle, report.Clip(text, report.MaxReason))
}

// tallies prints one line a workload with its duties by verdict.
func (p *page) tallies(r *check.Result) {
	columns := []check.Verdict{check.Unmet, check.Undetermined, check.Accepted, check.Attested, check.Met, check.Inherited}
	heads := []string{"✗unmet", "?open", "~acc", "✎att", "✓met", "●AWS"}
	const cell = 6
	room := min(p.width, figureMax) - len(columns)*(cell+1)
	hosting := min(22, room/2)
	name := room - hosting - 1
	line := p.paint(boldStyle, fit("workload", name)+" "+fit("hosting", hosting))
	for i, v := range columns {
		line += " " + p.paint(verdictStyle(v), fmt.Sprintf("%*s", cell, heads[i]))
	}
	p.out.WriteString(line + "\n")
	for i := range r.Workloads {
		w := &r.Workloads[i]
		counts := report.Tally(w)
		line := fit(report.Clip(w.Name, report.MaxName), name) + " " + p.paint(dimStyle, fit(report.Plain(w.Hosting), hosting))
		for _, v := range columns {
			if counts[v] == 0 {
				line += " " + p.paint(dimStyle, fmt.Sprintf("%*s", cell, "·"))
			} else {
				line += " " + p.paint(verdictStyle(v), fmt.Sprintf("%*d", cell, counts[v]))
			}
		}
		p.out.WriteString(line + "\n")
	}
}

func (p *page) verdictTotals(r *check.Result, opts CheckOptions) {
	p.blank()
	p.rule("━━", headStyle, "Total")
	what := report.Plural(len(r.Workloads), "workload")
	if len(r.Resources) > 0 {
		what += " and " + report.Plural(len(r.Resources), "resource") + " beside them"
	}
	p.text("", "", plainStyle, fmt.Sprintf("%s as of %s: duties %s", what, report.Plain(r.AsOf), report.TallyText(r.Summary.Duties)))
	if text := report.SeverityText(r.Summary.Unmet); text != "" {
		p.text("", "", plainStyle, "Unmet findings: "+text)
	}
	if opts.Team != "" {
		p.text("", "", plainStyle, "Findings are those of team "+report.Plain(opts.Team)+".")
	}
	p.text("", "", plainStyle, report.CoverageText(r.Coverage))
	if failing := opts.Gate.Failing(r); len(failing) > 0 {
		p.text(p.paint(verdictStyle(check.Unmet), "✗")+" ", "  ", boldStyle, report.Plural(len(failing), "finding")+" fail the gate of --fail-on.")
	}
	for _, v := range check.Verdicts() {
		lead := p.paint(verdictStyle(v), report.VerdictSymbol(v)) + " "
		p.text(lead, "  ", dimStyle, string(v)+": "+report.VerdictMeaning(v))
	}
}

func dutiesText(n int) string {
	if n == 1 {
		return "1 duty"
	}
	return fmt.Sprintf("%d duties", n)
}

// CheckPage prints one check: why it is, when it is met, what to do, and a configuration before and after.
func CheckPage(w io.Writer, c *check.Check, opts Options) error {
	p := newPage(w, opts)
	p.rule("━━", headStyle, c.Title)
	p.text("", "", dimStyle, strings.Join([]string{c.ID, string(c.Severity), string(c.Duty), c.On.Type}, " · "))
	p.blank()
	p.text("", "", plainStyle, c.Why)
	p.text(p.paint(boldStyle, "→")+" ", "  ", plainStyle, c.Remedy)
	p.blank()
	if c.When != "" {
		p.text("applies when ", "  ", plainStyle, c.Means)
		p.text("  ", "  ", dimStyle, strings.Join(strings.Fields(c.When), " "))
	}
	p.text("met when ", "  ", dimStyle, strings.Join(strings.Fields(c.Met), " "))
	if c.Otherwise == check.Undetermined {
		p.text("otherwise ", "  ", plainStyle, "undetermined: "+c.Lacking)
	}
	if len(c.References.ConfigRules)+len(c.References.SecurityHub) > 0 {
		p.text("also known as ", "  ", dimStyle, strings.Join(append(slices.Clone(c.References.SecurityHub), c.References.ConfigRules...), ", "))
	}
	if c.References.URL != "" {
		p.text("page ", "  ", dimStyle, c.References.Title+", seen "+c.References.Seen+" "+c.References.URL)
	}
	for _, f := range c.Fixes {
		p.blank()
		p.text("", "", boldStyle, "Before and after in "+f.Form)
		p.difference(f.Bad, f.OK)
	}
	return p.flush()
}

// difference prints two texts as one, with what goes and what comes marked.
func (p *page) difference(before, after string) {
	a, b := strings.Split(strings.TrimSpace(before), "\n"), strings.Split(strings.TrimSpace(after), "\n")
	common := longestCommon(a, b)
	i, j := 0, 0
	line := func(mark string, st style, text string) { p.out.WriteString(p.paint(st, mark+" "+text) + "\n") }
	for _, same := range append(common, [2]int{len(a), len(b)}) {
		for ; i < same[0]; i++ {
			line("-", verdictStyle(check.Unmet), a[i])
		}
		for ; j < same[1]; j++ {
			line("+", verdictStyle(check.Met), b[j])
		}
		if i < len(a) && j < len(b) {
			line(" ", plainStyle, a[i])
			i, j = i+1, j+1
		}
	}
}

// longestCommon gives the places of the lines that two short texts have in common, in order.
func longestCommon(a, b []string) [][2]int {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}
