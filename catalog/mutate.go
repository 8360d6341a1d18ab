package catalog

import (
	"slices"

	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
)

// Survivor is a wrong catalog that no example would notice: the row with another party.
type Survivor struct {
	Row *Row
	To  stack.Party
}

// Mutation is the outcome of Mutate.
type Mutation struct {
	// Rows are the rows of all hostings, each once; Flips the changed parties that were tried on them; Examples the
	// expectations that judged.
	Rows, Flips, Examples int
	Survivors             []Survivor
}

// Mutate flips the party of each row to each other party, one at a time, and tells which flips every example passes
// by. A flip changes no condition, so the rows that an example leaves open are found once and only the parties are
// weighed anew: the whole catalog takes no longer than its examples.
func (c *Catalog) Mutate() Mutation {
	var m Mutation
	judges := c.judges(&m)
	for _, row := range c.allRows() {
		m.Rows++
		for _, to := range stack.Parties() {
			if to == row.Party {
				continue
			}
			m.Flips++
			noticed := slices.ContainsFunc(judges[row], func(j judge) bool { return j.partyWith(row, to) != j.want })
			if !noticed {
				m.Survivors = append(m.Survivors, Survivor{row, to})
			}
		}
	}
	return m
}

// judge is one expectation of an example: the rows that it leaves open, and the party that it wants.
type judge struct {
	open []*Row
	want stack.Party
}

// partyWith is the answer when one row had another party.
func (j judge) partyWith(flipped *Row, to stack.Party) stack.Party {
	party, _ := agreed(j.open, func(r *Row) stack.Party {
		if r == flipped {
			return to
		}
		return r.Party
	})
	return party
}

func (c *Catalog) judges(m *Mutation) map[*Row][]judge {
	judges := map[*Row][]judge{}
	for _, f := range c.sortedFiles() {
		s := f.load()
		if s == nil {
			continue
		}
		for _, sp := range slices.Concat(s.stacks, s.hostings) {
			h := c.resolve(sp.id)
			if h == nil || h.chain[0] != sp {
				continue // declared twice, which Lint reports
			}
			for _, ex := range sp.examples {
				for _, want := range ex.Expect {
					j := judge{open: h.Decide(want.Duty, ex.inputs()).contenders(), want: want.Party}
					m.Examples++
					for _, row := range j.open {
						judges[row] = append(judges[row], j)
					}
				}
			}
		}
	}
	return judges
}

// contenders are the rows that could still win: one when the decision is certain.
func (dec Decision) contenders() []*Row {
	if len(dec.Open) > 0 || dec.Row == nil {
		return dec.Open
	}
	return []*Row{dec.Row}
}

func (ex *Example) inputs() expr.Inputs {
	return expr.Inputs{Part: func(role string) inventory.Value { return ex.Given[role] }, AsOf: ex.AsOf}
}

// allRows lists the rows of every hosting, inherited ones once.
func (c *Catalog) allRows() []*Row {
	var out []*Row
	seen := map[*Row]bool{}
	for _, h := range c.Hostings() {
		for _, d := range stack.Duties() {
			for _, row := range h.rows[d] {
				if !seen[row] {
					seen[row] = true
					out = append(out, row)
				}
			}
		}
	}
	return out
}
