package catalog

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/stack"
)

// hits remembers which rows need an example, which have one, and which citations are used.
type hits struct {
	needed []need
	asked  map[*Row]bool
	landed map[*Row]bool
	cited  map[*Citation]bool
}

// need is a row as it stands in the first hosting that asks for it.
type need struct {
	row *Row
	in  *Hosting
}

func newHits() *hits {
	return &hits{asked: map[*Row]bool{}, landed: map[*Row]bool{}, cited: map[*Citation]bool{}}
}

// require asks for an example for every row of a hosting.
func (hs *hits) require(h *Hosting) {
	for _, d := range stack.Duties() {
		for _, row := range h.rows[d] {
			if !hs.asked[row] {
				hs.asked[row] = true
				hs.needed = append(hs.needed, need{row, h})
			}
		}
	}
}

// excuse asks for no example of a hosting's rows.
func (hs *hits) excuse(h *Hosting) {
	for _, rows := range h.rows {
		for _, row := range rows {
			hs.landed[row] = true
		}
	}
}

// lintCoverage asks for an example for each row that no example lands on, or says why none can.
func (c *Catalog) lintCoverage(hs *hits, diags *diag.List) {
	for _, n := range hs.needed {
		if hs.landed[n.row] {
			continue // an example is the proof that it can be reached
		}
		if !lintDead(n, diags) {
			diags.Errorf(n.row.At, "Row without example", "No example of %q, or of a hosting that inherits it, expects %s and lands on this row.", n.row.Owner, n.row.Duty)
		}
	}
}

// lintDead reports a row that no configuration can reach.
func lintDead(n need, diags *diag.List) bool {
	own := &expr.Formula{Op: expr.And} // of no parts: always true
	if n.row.When != "" {
		p := n.in.program(n.row)
		if p == nil {
			return false // a condition that does not compile is reported as that
		}
		own = p.Formula()
	}
	var earlier []*expr.Formula
	for _, row := range n.in.rows[n.row.Duty] {
		if row == n.row {
			break
		}
		if p := n.in.program(row); p != nil {
			earlier = append(earlier, p.Formula())
		}
	}
	switch {
	case impossible(own):
		diags.Errorf(n.row.At, "Condition never holds", "No configuration makes the condition of this row of %s true.", n.row.Duty)
	case impossible(shadowed(earlier, own)):
		diags.Errorf(n.row.At, "Row never matches", "Whenever this row of %s could match, an earlier row of the duty does; leave it out or put it before.", n.row.Duty)
	default:
		return false
	}
	return true
}
