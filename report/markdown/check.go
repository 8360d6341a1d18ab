package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/report"
)

// maxRows is how many places of one problem are listed. A comment on a pull request holds 65,536 characters.
const maxRows = 20

// Check writes the result of `onus check`: totals, then what is not met by check with its places, then the duties of
// each workload by verdict.
func Check(w io.Writer, r *check.Result) error {
	d := &document{out: bufio.NewWriter(w)}
	d.line("# Is your half done?\n")
	d.line("%s as of %s: duties %s.", report.Plural(len(r.Workloads), "workload"), text(r.AsOf), report.TallyText(r.Summary.Duties))
	if s := report.SeverityText(r.Summary.Unmet); s != "" {
		d.line("Unmet findings: **%s**.", s)
	}
	for _, v := range []check.Verdict{check.Unmet, check.Undetermined, check.Accepted, check.Attested} {
		d.problems(r, v)
	}
	d.tallies(r)
	d.line("\n%s", text(report.CoverageText(r.Coverage)))
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (d *document) problems(r *check.Result, v check.Verdict) {
	list := report.Problems(r, v)
	if len(list) == 0 {
		return
	}
	d.line("\n## %s %s: %s\n", report.VerdictSymbol(v), capital(string(v)), report.VerdictMeaning(v))
	statements, rest := report.Statements(list)
	for i := range rest {
		d.problem(&rest[i])
	}
	if len(statements) == 0 {
		return
	}
	d.line("\n### Duties that the input does not show done\n\n| duty | workloads | why |\n| --- | ---: | --- |")
	for i := range statements {
		d.line("| %s | %d | %s |", code(string(statements[i].Duty)), statements[i].Workloads(), text(statements[i].Reason))
	}
	d.line("\n**What to do:** %s", text(statements[0].Remedy))
}

func (d *document) problem(p *report.Problem) {
	d.line("\n### %s\n", text(p.Title))
	facts := []string{}
	for _, f := range append([]string{string(p.Severity), string(p.Duty), p.Check}, p.SecurityHub...) {
		if f != "" {
			facts = append(facts, code(f))
		}
	}
	d.line("%s\n", strings.Join(facts, " · "))
	if p.Why != "" {
		d.line("%s\n", text(p.Why))
	}
	d.line("| where | what | who |\n| --- | --- | --- |")
	for i, f := range p.Members {
		if i == maxRows {
			d.line("| and %d more | | |", len(p.Members)-i)
			break
		}
		what := f.Reason
		if f.Exception != nil {
			what = report.ExceptionText(f.Exception)
		}
		d.line("| %s %s | %s | %s |", code(report.Clip(f.Resource.Address, report.MaxName)), code(report.Place(f.Source.Path, f.Source.Line)),
			text(report.Clip(what, report.MaxReason)), text(report.OwnerText(f.Owner)))
	}
	if p.Remedy != "" {
		d.line("\n**What to do:** %s", text(p.Remedy))
	}
	if p.Citation != nil {
		d.line("\n%s", link(p.Citation))
	}
}

func (d *document) tallies(r *check.Result) {
	if len(r.Workloads) == 0 {
		return
	}
	d.line("\n## Workloads: duties by verdict\n")
	heads, rule := []string{"workload", "hosting"}, []string{"---", "---"}
	for _, v := range check.Verdicts() {
		heads, rule = append(heads, string(v)), append(rule, "---:")
	}
	d.line("| %s |\n| %s |", strings.Join(heads, " | "), strings.Join(rule, " | "))
	for i := range r.Workloads {
		w := &r.Workloads[i]
		counts := report.Tally(w)
		cells := []string{text(report.Clip(w.Name, report.MaxName)), code(w.Hosting)}
		for _, v := range check.Verdicts() {
			cells = append(cells, fmt.Sprint(counts[v]))
		}
		d.line("| %s |", strings.Join(cells, " | "))
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
