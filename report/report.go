// Package report holds the views of an allocation.Result that every report format shares: workloads in groups, workloads
// with an identical stack folded into one, duties counted by party, the words and symbols for parties, and user text made
// safe to print.
//
// Data flow: a Result in, views out; the packages below (terminal, json, markdown, svg, html) turn the views into bytes.
// Nothing here or there decides who holds a duty: a party is only ever copied from the result.
package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
)

// GroupBy says by what a report groups workloads.
type GroupBy string

// The groupings. The zero value does not group.
const (
	Ungrouped GroupBy = ""
	ByRoot    GroupBy = "root"
	ByHosting GroupBy = "hosting"
	// ByParty turns the report round: for each party its duties, and for each duty the workloads.
	ByParty GroupBy = "party"
)

// Check returns an error when g is not one of the groupings.
func (g GroupBy) Check() error {
	switch g {
	case Ungrouped, ByRoot, ByHosting, ByParty:
		return nil
	}
	return fmt.Errorf("cannot group by %q: expected root, hosting or party", string(g))
}

// Group is a set of workloads under one heading, in the order of the result.
type Group struct {
	// Title is user text for ByRoot; print it through Plain.
	Title     string
	Workloads []*allocation.Workload
}

// Groups splits the workloads of r by root or hosting, the groups sorted by title. Any other grouping gives one
// group without a title, or none when there are no workloads.
func Groups(r *allocation.Result, by GroupBy) []Group {
	var groups []Group
	at := map[string]int{}
	for i := range r.Workloads {
		w := &r.Workloads[i]
		title := ""
		switch by {
		case ByRoot:
			title = cmp.Or(w.Root, ".")
		case ByHosting:
			title = HostingTitle(w)
		}
		n, ok := at[title]
		if !ok {
			n = len(groups)
			at[title] = n
			groups = append(groups, Group{Title: title})
		}
		groups[n].Workloads = append(groups[n].Workloads, w)
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(a.Title, b.Title) })
	return groups
}

// Counts is the number of duties by party.
type Counts map[stack.Party]int

// Count counts the duties of the workloads by party.
func Count(ws ...*allocation.Workload) Counts {
	c := Counts{}
	for _, w := range ws {
		for _, l := range w.Layers {
			for _, d := range l.Duties {
				c[d.Party]++
			}
		}
	}
	return c
}

// Pointers returns a pointer to each workload of r, in order.
func Pointers(r *allocation.Result) []*allocation.Workload {
	out := make([]*allocation.Workload, len(r.Workloads))
	for i := range r.Workloads {
		out[i] = &r.Workloads[i]
	}
	return out
}

// Entry is one duty of a workload in its layer.
type Entry struct {
	Layer *allocation.Layer
	Duty  *allocation.Duty
}

// Name returns the duty's full name, "layer/duty".
func (e Entry) Name() stack.Duty { return stack.Duty(string(e.Layer.Layer) + "/" + e.Duty.Duty) }

// Entries returns the duties of w that party holds, from the top of the stack down, then those across it.
func Entries(w *allocation.Workload, party stack.Party) []Entry {
	var out []Entry
	base, cross := Split(w)
	for _, l := range slices.Concat(base, cross) {
		for i := range l.Duties {
			if l.Duties[i].Party == party {
				out = append(out, Entry{l, &l.Duties[i]})
			}
		}
	}
	return out
}

// Split returns the layers of w's stack from the top down, and the layers across it in their own order.
func Split(w *allocation.Workload) (base, cross []*allocation.Layer) {
	for i := range w.Layers {
		l := &w.Layers[i]
		if info, ok := stack.LookupLayer(string(l.Layer)); ok && info.Cross {
			cross = append(cross, l)
		} else {
			base = append(base, l)
		}
	}
	slices.Reverse(base)
	return base, cross
}
