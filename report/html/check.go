package html

import (
	"bufio"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// maxRows is how many workloads the matrix of a check's page has; the page must stay one that a browser opens.
const maxRows = 2000

// CheckOptions says what Check writes.
type CheckOptions struct {
	// Title is the heading of the page; empty means "Is your half done?". User text.
	Title string
	// Fixes returns a check's configurations before and after; nil leaves them out.
	Fixes func(check string) []check.Fix
}

// checkView is what the page of a check shows.
type checkView struct {
	Title, Coverage, Severities string
	Style                       template.CSS
	Result                      *check.Result
	Verdicts                    []verdictRow
	Problems                    []problem
	Columns                     []stack.Layer
	Rows                        []matrixRow
	More                        int
	Teams                       bool
}

type verdictRow struct {
	Verdict          check.Verdict
	Duties, Findings int
}

type problem struct {
	report.Problem
	Fixes []check.Fix
}

type matrixRow struct {
	Name, Hosting string
	Verdicts      []check.Verdict
}

// Check writes the result of `onus check` as one self-contained page: totals by verdict, the findings by what is to be
// done with a filter by verdict and severity, and a matrix of workloads and layers.
func Check(w io.Writer, r *check.Result, opts CheckOptions) error {
	var css strings.Builder
	for _, name := range []string{"page.css", "check.css"} {
		text, err := files.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read style sheet: %w", err)
		}
		css.Write(text)
	}
	words := functions()
	words["vsymbol"], words["vmeaning"] = report.VerdictSymbol, report.VerdictMeaning
	words["owner"], words["exception"] = report.OwnerText, report.ExceptionText
	page, err := template.New("check.html.tmpl").Funcs(words).ParseFS(files, "check.html.tmpl")
	if err != nil {
		return fmt.Errorf("read page template: %w", err)
	}
	v := newCheckView(r, opts)
	v.Style = template.CSS(css.String())
	out := bufio.NewWriterSize(w, 1<<16)
	if err := page.Execute(out, v); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

func newCheckView(r *check.Result, opts CheckOptions) *checkView {
	v := &checkView{
		Title: opts.Title, Coverage: strings.TrimSuffix(report.CoverageText(r.Coverage), "."), Severities: report.SeverityText(r.Summary.Unmet), Result: r,
	}
	if v.Title == "" {
		v.Title = "Is your half done?"
	}
	found := map[check.Verdict]int{}
	for i := range r.Findings {
		found[r.Findings[i].Verdict]++
		v.Teams = v.Teams || r.Findings[i].Owner != nil
	}
	for _, verdict := range check.Verdicts() {
		v.Verdicts = append(v.Verdicts, verdictRow{verdict, r.Summary.Duties[verdict], found[verdict]})
		for _, p := range report.Problems(r, verdict) {
			v.Problems = append(v.Problems, problem{p, fixesOf(&p, opts)})
		}
	}
	v.matrix(r)
	return v
}

// fixesOf picks the fixes in the form of the files that the findings are in.
func fixesOf(p *report.Problem, opts CheckOptions) []check.Fix {
	if opts.Fixes == nil || p.Check == "" || p.Verdict == check.Accepted || p.Verdict == check.Attested {
		return nil
	}
	forms := map[string]bool{}
	for _, f := range p.Members {
		switch {
		case strings.HasSuffix(f.Source.Path, ".tf") || strings.HasSuffix(f.Source.Path, ".tf.json"):
			forms["terraform"] = true
		default:
			forms["cloudformation"], forms["kubernetes"] = true, true
		}
	}
	var out []check.Fix
	for _, fix := range opts.Fixes(p.Check) {
		if forms[fix.Form] {
			out = append(out, fix)
		}
	}
	return out
}

func (v *checkView) matrix(r *check.Result) {
	infos := stack.Layers()
	for i := len(infos) - 1; i >= 0; i-- {
		if !infos[i].Cross {
			v.Columns = append(v.Columns, infos[i].Layer)
		}
	}
	for _, info := range infos {
		if info.Cross {
			v.Columns = append(v.Columns, info.Layer)
		}
	}
	for i := range r.Workloads {
		if i == maxRows {
			v.More = len(r.Workloads) - i
			break
		}
		w := &r.Workloads[i]
		row := matrixRow{Name: w.Name, Hosting: w.Hosting}
		for _, c := range v.Columns {
			row.Verdicts = append(row.Verdicts, verdictOf(w, c))
		}
		v.Rows = append(v.Rows, row)
	}
}

func verdictOf(w *check.Workload, l stack.Layer) check.Verdict {
	for i := range w.Layers {
		if w.Layers[i].Layer == l {
			return w.Layers[i].Verdict
		}
	}
	return ""
}
