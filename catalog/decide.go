package catalog

import (
	"errors"
	"slices"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/stack"
)

// Decision is the answer for one duty.
type Decision struct {
	// Party holds the duty; Undetermined when the open rows disagree or none is left.
	Party stack.Party
	// Row is the row that decided, or the last of several open rows that agree. It is nil when they disagree.
	Row *Row
	// Open are the rows that could still win, in order, when an unknown value left more than one; else it is empty.
	Open []*Row
	// Paths are the properties that the answer rests on: those of the row that won or of the open rows first, then
	// those of the rows before that were false. Each comes once.
	Paths []expr.Path
	// Faults are conditions that could not be evaluated. Their rows count as open.
	Faults []Fault
}

// Fault is a condition that could not be evaluated on these values.
type Fault struct {
	Row *Row
	Err error
}

// errNotCompiled stands for a condition whose faults Load or Lint has reported at its place.
var errNotCompiled = errors.New("the condition does not compile")

// Conditional reports whether any row of the duty has a condition, so that a workload's properties matter.
func (h *Hosting) Conditional(d stack.Duty) bool {
	for _, r := range h.rows[d] {
		if r.When != "" {
			return true
		}
	}
	return false
}

// Reads returns every property that the conditions of a duty may read, in order of appearance, each once: workloads
// with equal values there (expr.Path.At) and the same date get the same Decision. It compiles the hosting's conditions.
func (h *Hosting) Reads(d stack.Duty) []expr.Path {
	var out []expr.Path
	for _, r := range h.rows[d] {
		if p := h.program(r); p != nil {
			out = addPaths(out, p.Reads())
		}
	}
	return out
}

// Decide finds who holds a duty: the first row whose condition holds wins. A row whose condition is unknown stays
// open, as does everything after it up to the first row that certainly wins; when all open rows name one party, that
// party holds the duty whatever the unknown values turn out to be. It is safe for concurrent use.
func (h *Hosting) Decide(d stack.Duty, in expr.Inputs) Decision {
	var dec Decision
	var open, rejected []*Row
	for _, row := range h.rows[d] {
		truth := h.eval(row, in, &dec)
		if truth == expr.False {
			rejected = append(rejected, row)
			continue
		}
		open = append(open, row)
		if truth == expr.True {
			dec.settle(open)
			h.trace(&dec, open, rejected)
			return dec
		}
	}
	// No row certainly wins: an incomplete catalog, which Lint refuses. Nothing is decided then.
	dec.Party, dec.Open = stack.Undetermined, open
	h.trace(&dec, open, rejected)
	return dec
}

func (h *Hosting) eval(row *Row, in expr.Inputs, dec *Decision) expr.Truth {
	if row.When == "" {
		return expr.True
	}
	p := h.program(row)
	if p == nil {
		dec.Faults = append(dec.Faults, Fault{row, errNotCompiled})
		return expr.Unknown
	}
	truth, err := p.Eval(in)
	if err != nil {
		dec.Faults = append(dec.Faults, Fault{row, err})
		return expr.Unknown
	}
	return truth
}

// settle takes the open rows, the last of which certainly wins when no other does.
func (dec *Decision) settle(open []*Row) {
	if len(open) > 1 {
		dec.Open = open
	}
	party, agree := agreed(open, func(r *Row) stack.Party { return r.Party })
	dec.Party = party
	if agree {
		dec.Row = open[len(open)-1]
	}
}

// agreed is the party that all open rows name; Undetermined when they differ or name none that exists.
func agreed(open []*Row, partyOf func(*Row) stack.Party) (party stack.Party, agree bool) {
	for i, row := range open {
		if i > 0 && partyOf(row) != party {
			return stack.Undetermined, false
		}
		party = partyOf(row)
	}
	if !party.Valid() {
		party = stack.Undetermined
	}
	return party, len(open) > 0
}

func (h *Hosting) trace(dec *Decision, open, rejected []*Row) {
	for _, rows := range [][]*Row{open, rejected} {
		for _, row := range rows {
			if p := h.program(row); p != nil {
				dec.Paths = addPaths(dec.Paths, p.Paths())
			}
		}
	}
}

func addPaths(to, paths []expr.Path) []expr.Path {
	for _, p := range paths {
		if !slices.Contains(to, p) {
			to = append(to, p)
		}
	}
	return to
}

// program returns a row's compiled condition; nil when it has none or does not compile.
func (h *Hosting) program(row *Row) *expr.Program {
	if row.When == "" {
		return nil
	}
	h.compile()
	return h.programs[row]
}

// compile compiles every condition of the hosting, once, and returns what is wrong with them.
func (h *Hosting) compile() diag.List {
	h.compileOnce.Do(func() {
		h.programs = map[*Row]*expr.Program{}
		for _, d := range stack.Duties() {
			for _, row := range h.rows[d] {
				if row.When == "" {
					continue
				}
				p, diags := h.env.Compile(row.source)
				h.compileErrs = append(h.compileErrs, diags...)
				if p != nil {
					h.programs[row] = p
				}
			}
		}
	})
	return h.compileErrs
}
