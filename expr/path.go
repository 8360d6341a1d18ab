package expr

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Path is a property that a condition reads. Paths are comparable.
type Path struct {
	// Part is the role; Type its vocabulary type.
	Part, Type string
	// Property is the dotted path below the part for people, with lists entered and map keys as names: "Tags.env",
	// "CapacityProviderStrategy.CapacityProvider". It is empty when the part itself is compared with null.
	Property string
	// steps are the names one by one; a map key may hold dots.
	steps string
	// name is Type and Property joined.
	name string
}

// separator stands between the steps of a path.
const separator = "\x1f"

func newPath(part, typ, steps string) Path {
	typ = strings.TrimPrefix(typ, Many)
	p := Path{Part: part, Type: typ, Property: strings.ReplaceAll(steps, separator, "."), steps: steps, name: typ}
	if p.Property != "" {
		p.name += "." + p.Property
	}
	return p
}

// Name returns the path with its type: "AWS::Lambda::Function.PackageType".
func (p Path) Name() string { return p.name }

// Found is one value that a path leads to.
type Found struct {
	// Name is "Type.Property" as far as the path could be followed.
	Name  string
	Value inventory.Value
}

// maxMembers bounds how many members of a list are found one by one.
const maxMembers = 8

// At follows the path below a part's properties up to its end, to the first list, or to the first value that is
// unknown or not set. exists is false when the property is not there at all, not even as null. Everything that a
// condition learns through this path lies in the returned value.
func (p Path) At(part inventory.Value) (v inventory.Value, exists bool) {
	v, exists = part, true
	if p.steps == "" {
		return v, !v.IsNull()
	}
	for step := range strings.SplitSeq(p.steps, separator) {
		if v.Kind() != inventory.Map {
			return v, exists
		}
		if v, exists = property(v, step); !exists {
			return v, false
		}
	}
	return v, exists
}

// Values follows the path to every value that it leads to: one for each member of the lists on the way. A long list is
// found as a whole, and so is one without members.
func (p Path) Values(part inventory.Value) []Found {
	if v, plain := p.straight(part); plain {
		return []Found{{p.Name(), v}}
	}
	return follow(nil, p.Type, part, strings.Split(p.steps, separator))
}

// straight follows a path on which no list lies, the common case.
func (p Path) straight(part inventory.Value) (inventory.Value, bool) {
	if p.steps == "" {
		return part, true
	}
	v := part
	for step := range strings.SplitSeq(p.steps, separator) {
		if v.Kind() == inventory.List {
			return v, false
		}
		if v.Kind() == inventory.Map {
			v, _ = property(v, step)
		}
	}
	return v, true
}

func follow(out []Found, name string, v inventory.Value, steps []string) []Found {
	items := v.List()
	if len(steps) == 0 || (v.Kind() == inventory.List && (len(items) == 0 || len(items) > maxMembers)) {
		return append(out, Found{name, v})
	}
	if v.Kind() == inventory.List {
		for _, it := range items {
			out = follow(out, name, it, steps)
		}
		return out
	}
	if v.Kind() == inventory.Map {
		v, _ = property(v, steps[0])
	}
	return follow(out, name+"."+steps[0], v, steps[1:])
}

func property(v inventory.Value, name string) (inventory.Value, bool) {
	props := v.Properties()
	i, ok := slices.BinarySearchFunc(props, name, func(p inventory.Property, n string) int { return strings.Compare(p.Name, n) })
	if !ok {
		return inventory.Value{}, false
	}
	return props[i].Value, true
}
