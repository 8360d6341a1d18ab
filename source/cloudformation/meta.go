package cloudformation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// gather joins what several values remember, for a value that is made of them.
type gather struct {
	refs                       []inventory.Ref
	assumed, unresolved, trail []inventory.Step
	partial                    string
	// notNull is set for an unknown value that is certainly not null; it is not taken over from parts.
	sensitive, notNull bool
}

// add takes over what v itself remembers.
func (g *gather) add(v inventory.Value) {
	g.sensitive = g.sensitive || v.Sensitive()
	m := v.Meta()
	if m == nil {
		return
	}
	g.refs = append(g.refs, m.Refs...)
	g.assumed = append(g.assumed, m.Assumed...)
	g.unresolved = append(g.unresolved, m.Unresolved...)
	g.trail = append(g.trail, m.Trail...)
	if len(g.refs)+len(g.assumed)+len(g.unresolved)+len(g.trail) > 8*maxKept {
		g.tidy()
	}
}

// addAll takes over what v and everything inside it remember.
func (g *gather) addAll(v inventory.Value) {
	g.add(v)
	for _, item := range v.List() {
		g.addAll(item)
	}
	for _, p := range v.Properties() {
		g.addAll(p.Value)
	}
}

// tidy sorts the refs and drops what is there twice or beyond the bound.
func (g *gather) tidy() {
	slices.SortFunc(g.refs, func(a, b inventory.Ref) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(a.Attr, b.Attr))
	})
	g.refs = slices.Compact(g.refs)
	g.refs = g.refs[:min(len(g.refs), maxKept)]
	g.assumed, g.unresolved, g.trail = distinct(g.assumed), distinct(g.unresolved), distinct(g.trail)
}

func distinct(steps []inventory.Step) []inventory.Step {
	if len(steps) < 2 {
		return steps
	}
	seen := make(map[inventory.Step]bool, len(steps))
	var out []inventory.Step
	for _, s := range steps {
		if !seen[s] && len(out) < maxKept {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// on attaches what was gathered to v.
func (g *gather) on(v inventory.Value) inventory.Value {
	g.tidy()
	if g.sensitive {
		v = v.AsSensitive()
	}
	m := inventory.Meta{Refs: g.refs, Assumed: g.assumed, Trail: g.trail}
	if v.IsUnknown() {
		m.Unresolved, m.Partial, m.NotNull = g.unresolved, g.partial, g.notNull
	}
	if len(m.Refs)+len(m.Assumed)+len(m.Unresolved)+len(m.Trail) == 0 && m.Partial == "" {
		return v
	}
	return v.WithMeta(&m)
}

// unknown makes an unknown value of what was gathered.
func (g *gather) unknown(at diag.Range) inventory.Value { return g.on(inventory.UnknownValue(at)) }

// unknown makes an unknown value for one reason.
func unknown(at diag.Range, name, note string) inventory.Value {
	return placeholder(at, inventory.Step{Name: name, Note: note, At: at}, name)
}

// placeholder makes an unknown value that shows as ${name} inside a text.
func placeholder(at diag.Range, step inventory.Step, name string) inventory.Value {
	g := gather{unresolved: []inventory.Step{step}, partial: "${" + name + "}"}
	return g.unknown(at)
}

// shown returns the text that stands for v inside a longer text: its own, what is known of it, or a placeholder.
func shown(v inventory.Value) string {
	if s, ok := v.Text(); ok {
		return s
	}
	if p := v.Partial(); p != "" {
		return p
	}
	if v.IsUnknown() {
		return "${?}"
	}
	return ""
}
