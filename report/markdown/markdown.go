// Package markdown writes an allocation.Result as GitHub-flavoured Markdown: totals by party, the workloads, a matrix of
// workloads and layers, and for every distinct stack the duties with reasons, evidence and citations as links.
//
// Data flow: a Result in, Markdown out. User text is escaped, so that no name opens a table cell, a link, a code span or
// an HTML tag.
package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Options says what to write.
type Options struct {
	// Summary leaves out the matrix and the sections of the stacks.
	Summary bool
	GroupBy report.GroupBy
	// Trace adds the way by which each deciding value came.
	Trace bool
}

// Write writes r. The error is that of w, or of an unknown grouping.
func Write(w io.Writer, r *allocation.Result, opts Options) error {
	if err := opts.GroupBy.Check(); err != nil {
		return err
	}
	d := &document{out: bufio.NewWriter(w), opts: opts}
	d.head(r)
	switch {
	case len(r.Workloads) == 0:
	case opts.GroupBy == report.ByParty:
		d.byParty(r)
	default:
		d.groups(r)
	}
	d.coverage(r)
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

// document is the output; its writer keeps the first error.
type document struct {
	out  *bufio.Writer
	opts Options
}

func (d *document) line(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *document) head(r *allocation.Result) {
	d.line("# Whose job is this?\n")
	if len(r.Workloads) == 0 {
		d.line("No workload found.\n")
		return
	}
	d.line("%s, as of %s.\n", report.Plural(len(r.Workloads), "workload"), text(r.AsOf))
	d.line("| Party | Duties | What that means |\n|---|---:|---|")
	counts := report.Count(report.Pointers(r)...)
	for _, p := range stack.Parties() {
		d.line("| %s %s | %d | %s |", report.Symbol(p), report.Heading(p), counts[p], report.Meaning(p))
	}
	d.line("")
}

func (d *document) groups(r *allocation.Result) {
	section := 0
	for _, g := range report.Groups(r, d.opts.GroupBy) {
		if d.opts.GroupBy != report.Ungrouped {
			d.line("# %s %s\n", strings.ToUpper(string(d.opts.GroupBy[:1]))+string(d.opts.GroupBy[1:]), text(report.Clip(g.Title, report.MaxName)))
		}
		folds := report.Folds(g.Workloads)
		d.workloads(g.Workloads)
		if d.opts.Summary {
			continue
		}
		d.matrix(folds)
		d.line("## Stacks\n")
		for _, f := range folds {
			section++
			d.fold(f, section)
		}
	}
}

func (d *document) workloads(ws []*allocation.Workload) {
	d.line("## Workloads\n")
	d.line("| Workload | Address | Source | Hosting | Yours | Shared | Undetermined | Third party | AWS |")
	d.line("|---|---|---|---|---:|---:|---:|---:|---:|")
	for _, w := range ws {
		n := report.Count(w)
		name := text(report.Clip(w.Name, report.MaxName))
		for _, c := range report.Caveats(w) {
			name += " (" + text(c) + ")"
		}
		d.line("| %s | %s | %s | %s | %d | %d | %d | %d | %d |", name, code(report.Clip(w.Address, 2*report.MaxName)),
			code(report.Place(w.Source.Path, w.Source.Line)), text(report.HostingTitle(w)),
			n[stack.Customer], n[stack.Shared], n[stack.Undetermined], n[stack.ThirdParty], n[stack.AWS])
	}
	d.line("")
}

// matrix has a row for each distinct stack and a column for each layer, from the top of the stack down.
func (d *document) matrix(folds []report.Fold) {
	d.line("## Layers\n")
	base, across := report.Split(folds[0].Of())
	row, rule := "| Workloads |", "|---|"
	for _, l := range append(base, across...) {
		row += " " + text(report.LayerTitle(l.Layer)) + " |"
		rule += ":-:|"
	}
	d.line("%s\n%s", row, rule)
	for _, f := range folds {
		row := "| " + text(f.Names(namesShown)) + " |"
		base, across := report.Split(f.Of())
		for _, l := range append(base, across...) {
			row += " " + report.Symbol(l.Party) + " " + report.Word(l.Party) + " |"
		}
		d.line("%s", row)
	}
	d.line("")
}

func (d *document) coverage(r *allocation.Result) {
	d.line("## Coverage\n\nOnus %s.\n", text(report.CoverageText(r.Coverage)))
	for _, x := range r.Diagnostics {
		at := ""
		if p := report.Place(x.Path, x.Line); p != "" {
			at = " at " + code(p)
		}
		d.line("- **%s**: %s%s", text(x.Severity), text(report.Clip(x.Summary, report.MaxReason)), at)
		if x.Detail != "" {
			d.line("  %s", text(report.Clip(x.Detail, report.MaxReason)))
		}
	}
}
