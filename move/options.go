package move

import (
	"slices"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/stack"
)

// Options returns the duties of a hosting that its configuration decides, with the rows of the catalog: what still
// matters once the target is chosen.
func Options(h *catalog.Hosting) []Option {
	out := []Option{}
	for _, d := range stack.Duties() {
		rows := h.Rows(d)
		if !slices.ContainsFunc(rows, func(r *catalog.Row) bool { return r.Party != rows[0].Party }) {
			continue
		}
		o := Option{Duty: d}
		for _, r := range rows {
			c := Choice{When: r.Means, Party: r.Party, Reason: r.Reason}
			if r.When == "" {
				c.When = "otherwise"
			}
			o.Choices = append(o.Choices, c)
		}
		var names []string
		for _, path := range h.Reads(d) {
			if !slices.Contains(names, path.Name()) {
				names = append(names, path.Name())
			}
		}
		o.Properties = names
		out = append(out, o)
	}
	return out
}
