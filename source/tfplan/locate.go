package tfplan

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Locate points the resources of a plan or state to the lines of the configuration that they come from. config is what
// source/terraform read of the root that the plan was made of. A resource is matched by its address, or without instance
// keys where the configuration's reader could not tell them. matched is their number.
//
// The values stay those of the plan; each says in its trail that it is, and takes over the way that the configuration's
// value came. What the plan cannot tell is taken from the configuration as far as that does not rest on an assumption: the
// references of a value, what is known of a text, and the parts of a document that is unknown as a whole.
func Locate(plan, config *inventory.Inventory) (matched int) {
	exact := map[string]*inventory.Resource{}
	bare := map[string]*inventory.Resource{}
	for _, r := range config.Resources {
		exact[r.Address] = r
		if b := WithoutKeys(r.Address); bare[b] == nil {
			bare[b] = r
		}
	}
	exists := map[string]bool{}
	for _, r := range plan.Resources {
		exists[r.Address] = true
		exists[inventory.WithoutKey(r.Address)] = true
	}
	for _, r := range plan.Resources {
		from := exact[r.Address]
		own := from != nil
		if !own {
			from = bare[WithoutKeys(r.Address)]
		}
		if from == nil || from.Type != r.Type {
			continue
		}
		matched++
		m := &mover{exists: exists, own: own, merged: map[[2]*inventory.Meta]*inventory.Meta{}}
		m.step = inventory.Step{Name: r.Address, Note: "value from the plan", At: r.Origin}
		r.Properties = m.move(r.Properties, from.Properties)
		r.Origin = from.Origin
		r.Assets = from.Assets
	}
	return matched
}

// mover moves the values of one resource.
type mover struct {
	step   inventory.Step
	exists map[string]bool
	// own is set when the configuration's values are those of this instance.
	own    bool
	merged map[[2]*inventory.Meta]*inventory.Meta
}

// move gives v the place of the same value in the configuration.
func (m *mover) move(v, from inventory.Value) inventory.Value {
	if v.IsUnknown() && m.own && (from.Kind() == inventory.Map || from.Kind() == inventory.List) && !assumes(from) {
		if v.Sensitive() {
			return from.AsSensitive()
		}
		return from
	}
	meta := m.meta(v, from)
	hidden := v.Sensitive()
	switch {
	case v.Kind() == inventory.Map && len(v.Properties()) > 0:
		v = m.moveMap(v, from)
	case v.Kind() == inventory.List && len(v.List()) > 0:
		v = m.moveList(v, from)
	}
	v = v.WithMeta(meta).WithOrigin(from.Origin())
	if hidden {
		v = v.AsSensitive()
	}
	return v
}

func (m *mover) moveMap(v, from inventory.Value) inventory.Value {
	props := make([]inventory.Property, 0, len(v.Properties()))
	for _, p := range v.Properties() {
		f, ok := m.part(field(from, p.Name), from)
		switch {
		case ok:
			p.Value = m.move(p.Value, f)
		case m.own && from.Kind() == inventory.Map && p.Value.IsUnknown() && len(p.Value.Refs()) == 0:
			continue // the configuration does not set it: it is computed
		}
		props = append(props, p)
	}
	return inventory.MapValue(props, from.Origin())
}

func (m *mover) moveList(v, from inventory.Value) inventory.Value {
	items := make([]inventory.Value, len(v.List()))
	for i, x := range v.List() {
		items[i] = x
		f := inventory.Value{}
		if len(from.List()) == len(items) {
			f = from.List()[i]
		}
		if f, ok := m.part(f, from); ok {
			items[i] = m.move(x, f)
		}
	}
	return inventory.ListValue(items, from.Origin())
}

// part is what stands for a part of the value from in the configuration: the part itself, or the whole when that is one
// expression whose parts have no place of their own.
func (m *mover) part(f, from inventory.Value) (inventory.Value, bool) {
	switch {
	case !f.IsNull():
		return f, true
	case from.Kind() == inventory.Map || from.IsNull():
		return f, false
	}
	return inventory.NullValue(from.Origin()).WithMeta(from.Meta()), true
}

func field(v inventory.Value, name string) inventory.Value {
	props := v.Properties()
	i, ok := slices.BinarySearchFunc(props, name, func(p inventory.Property, n string) int { return strings.Compare(p.Name, n) })
	if !ok {
		return inventory.Value{}
	}
	return props[i].Value
}

// meta joins what the plan's value and the configuration's remember.
func (m *mover) meta(v, from inventory.Value) *inventory.Meta {
	key := [2]*inventory.Meta{v.Meta(), from.Meta()}
	if have, ok := m.merged[key]; ok {
		return have
	}
	out := &inventory.Meta{Refs: v.Refs(), Unresolved: v.Unresolved(), Trail: []inventory.Step{m.step}}
	m.merged[key] = out
	if from.Meta() == nil {
		return out
	}
	out.Trail = append(out.Trail, from.Meta().Trail...)
	if !m.own {
		return out
	}
	if v.IsUnknown() {
		out.Partial = from.Partial()
	}
	if refs := m.refs(from); len(out.Refs) == 0 && len(refs) > 0 {
		out.Refs = refs
		if v.IsUnknown() {
			out.Unresolved = nil
			for _, r := range refs {
				out.Unresolved = append(out.Unresolved, inventory.Step{Name: strings.TrimSuffix(r.Address+"."+r.Attr, "."), Note: "is known only when applied"})
			}
		}
	}
	return out
}

// refs are the references of the configuration's value, if nothing else decides about it and all of them are in the plan.
func (m *mover) refs(from inventory.Value) []inventory.Ref {
	for _, r := range from.Refs() {
		if !m.exists[r.Address] {
			return nil
		}
	}
	for _, s := range from.Unresolved() {
		of := func(r inventory.Ref) bool { return strings.HasPrefix(s.Name, inventory.WithoutKey(r.Address)) }
		if !slices.ContainsFunc(from.Refs(), of) {
			return nil
		}
	}
	return from.Refs()
}

// assumes reports whether v or anything in it rests on a default that the plan may not have had.
func assumes(v inventory.Value) bool {
	return len(v.Assumed()) > 0 || slices.ContainsFunc(v.List(), assumes) ||
		slices.ContainsFunc(v.Properties(), func(p inventory.Property) bool { return assumes(p.Value) })
}
