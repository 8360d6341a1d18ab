package html

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// view is what the template shows.
type view struct {
	Style    template.CSS
	Title    string
	Result   *allocation.Result
	Parties  []party
	Groups   []group
	Columns  []stack.Layer
	Stacks   []figure
	Coverage string
}

// party is one row of the totals. Percent is its share of the duties that apply, for the bar.
type party struct {
	Party    stack.Party
	Duties   int
	Stacks   int
	Percent  string
	HasShare bool
}

type group struct {
	Title     string
	Workloads []row
}

// row is a workload in the list and in the matrix, with the number of its stack.
type row struct {
	Workload *allocation.Workload
	// Counts are the duties of the customer, shared, undetermined, of third parties and of AWS.
	Counts []int
	Stack  int
}

// figure is one distinct stack.
type figure struct {
	Number   int
	Fold     report.Fold
	SVG      template.HTML
	Parties  []section
	Evidence []report.Evidence
	Layers   []*allocation.Layer
	Held     string
}

// section is the duties of one party in a stack.
type section struct {
	Party  stack.Party
	Duties []duty
}

type duty struct {
	report.Entry
	Evidence []report.Evidence
}

func newView(r *allocation.Result, opts Options) (*view, error) {
	v := &view{Title: opts.Title, Result: r, Coverage: report.CoverageText(r.Coverage)}
	if v.Title == "" {
		v.Title = "Whose job is this?"
	}
	folds := report.Folds(report.Pointers(r))
	number := map[*allocation.Workload]int{}
	for i, f := range folds {
		for _, m := range f.Members {
			number[m] = i + 1
		}
		s, err := newFigure(f, i+1)
		if err != nil {
			return nil, err
		}
		v.Stacks = append(v.Stacks, s)
	}
	by := opts.GroupBy
	if by == report.ByParty {
		by = report.Ungrouped
	}
	for _, g := range report.Groups(r, by) {
		out := group{Title: g.Title}
		for _, w := range g.Workloads {
			out.Workloads = append(out.Workloads, row{w, counts(w), number[w]})
		}
		v.Groups = append(v.Groups, out)
	}
	if len(v.Stacks) > 0 {
		for _, l := range v.Stacks[0].Layers {
			v.Columns = append(v.Columns, l.Layer)
		}
	}
	v.Parties = parties(r, folds)
	return v, nil
}

func counts(w *allocation.Workload) []int {
	n := report.Count(w)
	return []int{n[stack.Customer], n[stack.Shared], n[stack.Undetermined], n[stack.ThirdParty], n[stack.AWS]}
}

// parties counts the duties by party; the shares leave out what does not apply.
func parties(r *allocation.Result, folds []report.Fold) []party {
	counts := report.Count(report.Pointers(r)...)
	total := 0
	for p, n := range counts {
		if p != stack.NotApplicable {
			total += n
		}
	}
	var out []party
	for _, p := range stack.Parties() {
		x := party{Party: p, Duties: counts[p]}
		if p != stack.NotApplicable && total > 0 && x.Duties > 0 {
			x.HasShare = true
			x.Percent = fmt.Sprintf("%.1f", 100*float64(x.Duties)/float64(total))
		}
		for _, f := range folds {
			if report.Count(f.Of())[p] > 0 {
				x.Stacks++
			}
		}
		out = append(out, x)
	}
	return out
}

func newFigure(f report.Fold, number int) (figure, error) {
	w := f.Of()
	opts := diagram.Options{ID: fmt.Sprintf("stack-%d", number), Inline: true}
	if n := len(f.Members); n > 1 {
		opts.Heading, opts.Note = report.Plural(n, "workload")+" with the same stack", f.Names(3)
	}
	var svg bytes.Buffer
	if err := diagram.Stack(&svg, w, opts); err != nil {
		return figure{}, err
	}
	out := figure{Number: number, Fold: f, SVG: template.HTML(svg.String()), Evidence: f.HostingEvidence()}
	base, across := report.Split(w)
	out.Layers = append(base, across...)
	for _, p := range stack.Parties() {
		entries := report.Entries(w, p)
		if len(entries) == 0 {
			continue
		}
		s := section{Party: p}
		for _, e := range entries {
			s.Duties = append(s.Duties, duty{e, f.EntryEvidence(e)})
		}
		out.Parties = append(out.Parties, s)
		out.Held += string(p) + " "
	}
	return out, nil
}

// Rows returns the members in the matrix: every workload, or beyond a bound that browsers bear, one for the stack.
func (f figure) Rows() []*allocation.Workload {
	return f.Fold.Members[:min(len(f.Fold.Members), matrixRows)]
}

// More is how many members the matrix leaves out.
func (f figure) More() int { return max(0, len(f.Fold.Members)-matrixRows) }

const matrixRows = 25

// Heading names the stack.
func (f figure) Heading() string {
	if n := len(f.Fold.Members); n > 1 {
		return report.Plural(n, "workload") + " with the same stack: " + f.Fold.Names(3)
	}
	return report.Clip(f.Fold.Of().Name, report.MaxName)
}

// Differs reports whether a member's hosting was told otherwise than that of the stack's first member.
func (f figure) Differs(m *allocation.Workload) bool {
	return !report.SameHostingEvidence(m, f.Fold.Of())
}

// Told returns what told the hosting of one member.
func (f figure) Told(m *allocation.Workload) []report.Evidence {
	return report.Fold{Members: []*allocation.Workload{m}}.HostingEvidence()
}
