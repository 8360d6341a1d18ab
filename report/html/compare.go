package html

import (
	"bufio"
	"bytes"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// CompareOptions says how to write a comparison.
type CompareOptions struct {
	// Title is the heading of the page; empty means one made from the number of stacks. User text.
	Title string
	// Duties gives figure and matrix a row for each duty and not for each layer.
	Duties bool
}

// comparison is what the template of a comparison shows.
type comparison struct {
	Style     template.CSS
	Title     string
	Figure    template.HTML
	Columns   []side
	Rows      []report.Row
	RowTitle  string
	Steps     []step
	Namesakes []namesake
	Open      []report.Footnote
	Residuals []report.Footnote
	Coverage  string
	Cmp       *report.Comparison
}

type side struct {
	report.Column
	Counts []int
}

// step is a step with its changes by kind.
type step struct {
	report.Step
	FromHosting, ToHosting string
	Overall                bool
	Kinds                  []kind
}

type kind struct {
	Kind    report.ChangeKind
	Changes []report.Change
}

type namesake struct {
	Text   string
	Differ []difference
}

type difference struct {
	Duty    stack.Duty
	Holders string
}

// Compare writes a comparison as one self-contained page: the figure, a matrix, the steps from stack to stack, what
// decides the open duties, and what is left to do where another party holds a duty. The error is that of w.
func Compare(w io.Writer, c *report.Comparison, opts CompareOptions) error {
	css, err := files.ReadFile("page.css")
	if err != nil {
		return fmt.Errorf("read style sheet: %w", err)
	}
	extra, err := files.ReadFile("compare.css")
	if err != nil {
		return fmt.Errorf("read style sheet: %w", err)
	}
	page, err := template.New("compare.html.tmpl").Funcs(functions()).Funcs(compareFunctions()).ParseFS(files, "compare.html.tmpl")
	if err != nil {
		return fmt.Errorf("read page template: %w", err)
	}
	v, err := newComparison(c, opts)
	if err != nil {
		return err
	}
	v.Style = template.CSS(string(css) + string(extra) + diagram.Style())
	out := bufio.NewWriterSize(w, 1<<16)
	if err := page.Execute(out, v); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

func compareFunctions() template.FuncMap {
	return template.FuncMap{
		"open": report.OpenText, "columns": report.ColumnsText, "change": report.ChangeText, "alike": alike, "when": report.WhenText,
		"arrow": func(k report.ChangeKind) string { return strings.TrimSpace(k.Symbol()) },
	}
}

// alike reports whether the duties of a cell can be told in one word.
func alike(c report.Cell) bool {
	for _, d := range c.Duties {
		if report.OpenText(d) != report.OpenText(c.Duties[0]) {
			return false
		}
	}
	return true
}

func newComparison(c *report.Comparison, opts CompareOptions) (*comparison, error) {
	v := &comparison{
		Title: opts.Title, Rows: c.Rows(opts.Duties), RowTitle: "Layer", Open: report.OpenDuties(c), Residuals: report.Residuals(c), Cmp: c,
	}
	if v.Title == "" {
		v.Title = c.Title()
	}
	if opts.Duties {
		v.RowTitle = "Duty"
	}
	var svg bytes.Buffer
	if err := diagram.Compare(&svg, c, diagram.CompareOptions{ID: "compare", Inline: true, Duties: opts.Duties}); err != nil {
		return nil, err
	}
	v.Figure = template.HTML(svg.String())
	for _, x := range c.Columns {
		v.Columns = append(v.Columns, side{x, counts(x.Stack)})
	}
	for _, s := range c.Steps {
		v.Steps = append(v.Steps, newStep(c, s, false))
	}
	if len(c.Steps) > 1 {
		v.Steps = append(v.Steps, newStep(c, *c.Overall, true))
	}
	for _, n := range c.Namesakes {
		x := namesake{Text: n.Text()}
		for _, d := range n.Differ {
			x.Differ = append(x.Differ, difference{d.Duty, report.HoldersText(n, d)})
		}
		v.Namesakes = append(v.Namesakes, x)
	}
	if c.Input != nil {
		v.Coverage = report.CoverageText(c.Input.Coverage)
	}
	return v, nil
}

func newStep(c *report.Comparison, s report.Step, overall bool) step {
	out := step{Step: s, Overall: overall}
	out.FromHosting, out.ToHosting = c.Columns[s.From-1].Stack.Hosting, c.Columns[s.To-1].Stack.Hosting
	for _, k := range report.Kinds() {
		if changes := s.Of(k); len(changes) > 0 && k != report.NotYours {
			out.Kinds = append(out.Kinds, kind{k, changes})
		}
	}
	return out
}
