// Package terminal prints allocation results, catalog pages and diagnostics for people at a terminal.
//
// No line is wider than Options.Width: text wraps by words and over-long words break. Every party has a symbol and a
// fill pattern as well as a colour, so output without colour says the same. Whether colour is wanted (a terminal,
// NO_COLOR) is the caller's decision.
//
// Data flow: a Result, a page of the catalog or a diag.List in, lines out. User text goes through report.Plain, so no
// control sequence of an input reaches the terminal.
package terminal

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Bounds on the width in columns.
const (
	DefaultWidth = 80
	MinWidth     = 40
)

// Options says how to print.
type Options struct {
	// Width is the number of columns; 0 means DefaultWidth, and fewer than MinWidth count as MinWidth.
	Width int
	// Color allows ANSI colour sequences.
	Color bool
	// Summary prints one line a workload instead of the stacks.
	Summary bool
	GroupBy report.GroupBy
	// Trace also prints the duties of AWS in full, and the way by which each deciding value came.
	Trace bool
}

// Write prints r: the workloads with their stacks (or one line each), totals, coverage and a legend.
// The error is that of w, or of an unknown grouping.
func Write(w io.Writer, r *allocation.Result, opts Options) error {
	if err := opts.GroupBy.Check(); err != nil {
		return err
	}
	p := newPage(w, opts)
	switch {
	case len(r.Workloads) == 0:
		p.text("", "", plainStyle, "No workload found.")
	case opts.GroupBy == report.ByParty:
		p.parties(r)
	case opts.Summary:
		p.summary(r)
	default:
		for _, g := range report.Groups(r, opts.GroupBy) {
			p.groupHeading(g)
			for _, f := range report.Folds(g.Workloads) {
				p.fold(f)
			}
		}
	}
	p.closing(r)
	return p.flush()
}

// page prints lines of bounded width. Its writer keeps the first error.
type page struct {
	out   *bufio.Writer
	opts  Options
	width int
}

func newPage(w io.Writer, opts Options) *page {
	width := opts.Width
	if width == 0 {
		width = DefaultWidth
	}
	return &page{out: bufio.NewWriter(w), opts: opts, width: max(width, MinWidth)}
}

func (p *page) flush() error {
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("write to terminal: %w", err)
	}
	return nil
}

func (p *page) blank() { p.out.WriteByte('\n') }

// text prints s wrapped, the first line after first and the others after rest.
func (p *page) text(first, rest string, st style, s string) {
	lead := first
	for _, line := range wrapAfter(s, p.width-textWidth(first), p.width-textWidth(rest)) {
		p.out.WriteString(strings.TrimRight(lead+p.paint(st, line), " ") + "\n")
		lead = rest
	}
}

// rule prints a heading with a line to the right edge.
func (p *page) rule(mark string, st style, title string) {
	lines := wrap(title, p.width-textWidth(mark)-4)
	for i, line := range lines {
		tail := ""
		if n := p.width - textWidth(mark) - textWidth(line) - 2; i == len(lines)-1 && n > 0 {
			tail = " " + strings.Repeat(mark[:len("━")], n)
		}
		lead := mark
		if i > 0 {
			lead = strings.Repeat(" ", textWidth(mark))
		}
		p.out.WriteString(p.paint(dimStyle, lead) + " " + p.paint(st, line) + p.paint(dimStyle, tail) + "\n")
	}
}

func (p *page) groupHeading(g report.Group) {
	if p.opts.GroupBy == report.Ungrouped {
		return
	}
	p.blank()
	p.text("", "", headStyle, strings.Repeat("═", p.width))
	p.text("", "", headStyle, fmt.Sprintf("%s %s: %s", p.opts.GroupBy, report.Clip(g.Title, report.MaxName),
		report.Plural(len(g.Workloads), "workload")))
	p.text("", "", headStyle, strings.Repeat("═", p.width))
}

func (p *page) closing(r *allocation.Result) {
	p.blank()
	p.rule("━━", headStyle, "Total")
	p.text("", "", plainStyle, fmt.Sprintf("%s as of %s: %s", report.Plural(len(r.Workloads), "workload"), report.Plain(r.AsOf),
		countsText(report.Count(report.Pointers(r)...))))
	p.text("", "", plainStyle, report.CoverageText(r.Coverage))
	if len(r.Workloads) > 0 {
		p.legend()
	}
}

// legend explains the symbols.
func (p *page) legend() {
	for _, party := range stack.Parties() {
		lead := p.paint(partyStyle(party), report.Symbol(party)) + " "
		p.text(lead, "  ", dimStyle, report.Word(party)+": "+report.Meaning(party))
	}
}

// countsText gives the counts in the order of stack.Parties: "9 customer, 1 shared, 17 AWS".
func countsText(c report.Counts) string {
	var parts []string
	for _, party := range stack.Parties() {
		if n := c[party]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, report.Word(party)))
		}
	}
	if len(parts) == 0 {
		return "no duties"
	}
	return strings.Join(parts, ", ")
}
