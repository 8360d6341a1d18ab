package check

import (
	"slices"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/stack"
)

// Cover says how a duty of a hosting that the customer may hold is closed.
type Cover struct {
	Hosting string
	Duty    stack.Duty
	// Checks counts the checks that may judge it; Attest is set when the duty is marked as one that no file proves.
	Checks int
	Attest bool
}

// Coverage lists every duty of every hosting that some row of the catalog gives to the customer, alone or shared.
func Coverage(set *Set, cat *catalog.Catalog) []Cover {
	checks, statements := set.All(), set.Statements()
	judgedToo := evidence.JudgedTypes()
	var out []Cover
	for _, h := range cat.Hostings() {
		types := slices.Concat(h.Roots, judgedToo)
		for _, u := range h.Uses {
			types = append(types, u.Type)
		}
		for _, d := range stack.Duties() {
			if !slices.ContainsFunc(h.Rows(d), func(r *catalog.Row) bool { return judged(r.Party) }) {
				continue
			}
			c := Cover{Hosting: h.ID, Duty: d}
			for _, ck := range checks {
				if ck.Duty == d && slices.Contains(types, ck.On.Type) && (len(ck.Hostings) == 0 || slices.Contains(ck.Hostings, h.ID)) {
					c.Checks++
				}
			}
			c.Attest = slices.ContainsFunc(statements, func(st Statement) bool {
				return st.Duty == d && (len(st.Hostings) == 0 || slices.Contains(st.Hostings, h.ID))
			})
			out = append(out, c)
		}
	}
	return out
}
