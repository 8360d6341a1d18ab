package allocation

import (
	"slices"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/stack"
)

// OfHosting is a hosting's stack from the catalog alone, as a workload of which no property is known. A duty that a
// condition decides is undetermined, with every row as a candidate. No condition is compiled.
func OfHosting(h *catalog.Hosting) Workload {
	r := &run{}
	duties := make([]Duty, 0, len(stack.Duties()))
	for _, d := range stack.Duties() {
		dec := anyOf(h.Rows(d))
		duty := r.fromDecision(d, &dec)
		if dec.Party == stack.Undetermined && len(dec.Open) > 1 {
			duty.Reason = "It depends on the configuration."
		}
		duties = append(duties, duty)
	}
	return Workload{
		Name: h.Title, Hosting: h.ID, HostingTitle: h.Title, Service: h.Service.ID, Class: h.Class, Layers: layers(duties),
	}
}

// anyOf is the decision when every row could win.
func anyOf(rows []*catalog.Row) catalog.Decision {
	if len(rows) == 0 {
		return catalog.Decision{Party: stack.Undetermined}
	}
	last := rows[len(rows)-1]
	dec := catalog.Decision{Party: last.Party, Row: last}
	if len(rows) > 1 {
		dec.Open = rows
	}
	if slices.ContainsFunc(rows, func(row *catalog.Row) bool { return row.Party != last.Party }) {
		dec.Party, dec.Row = stack.Undetermined, nil
	}
	return dec
}

// CitationOf converts a catalog citation; nil stays nil.
func CitationOf(c *catalog.Citation) *Citation {
	if c == nil {
		return nil
	}
	return &Citation{Title: c.Title, URL: c.URL, Seen: c.Seen}
}
