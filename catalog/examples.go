package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/rulefile"
)

// lintExample checks an example's parts against the vocabulary and runs it.
func (c *Catalog) lintExample(h *Hosting, ex *Example, diags *diag.List, hits *hits) {
	for _, role := range slices.Sorted(maps.Keys(ex.Given)) {
		c.lintGiven(h, role, ex, diags)
	}
	in := ex.inputs()
	for _, want := range ex.Expect {
		dec := h.Decide(want.Duty, in)
		for _, f := range dec.Faults {
			diags.Errorf(want.At, "Condition cannot be evaluated", "In the example %q: %v (%s).", rulefile.Clip(ex.Name), f.Err, describeRow(f.Row))
		}
		if dec.Row != nil && len(dec.Open) == 0 {
			hits.landed[dec.Row] = true
		}
		switch {
		case len(h.rows[want.Duty]) == 0:
			diags.Errorf(want.At, "Example not met", "%q has no row for %s.", h.ID, want.Duty)
		case dec.Party != want.Party:
			diags.Errorf(want.At, "Example not met", "%q expects %s to be %s; it is %s by %s.",
				rulefile.Clip(ex.Name), want.Duty, want.Party, dec.Party, by(dec))
		}
	}
}

func by(dec Decision) string {
	if len(dec.Open) == 0 {
		return describeRow(dec.Row)
	}
	var names []string
	for _, row := range dec.Open {
		names = append(names, describeRow(row))
	}
	return strings.Join(names, " or ")
}

func (c *Catalog) lintGiven(h *Hosting, role string, ex *Example, diags *diag.List) {
	typ := h.TypeOf(role)
	if typ == "" {
		var roles []string
		for _, u := range h.Uses {
			roles = append(roles, u.Role)
		}
		diags.Errorf(ex.givenAt[role], "Unknown part", "%q has no part %q. %s", h.ID, rulefile.Clip(role), expr.Suggest(role, roles))
		return
	}
	if shape := c.vocab.Shape(typ); shape != nil {
		expr.Misfits(ex.Given[role], shape, typ, func(at diag.Range, detail string) { diags.Errorf(at, "Unknown property", "%s", detail) })
	}
}
