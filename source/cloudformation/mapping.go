package cloudformation

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// findInMap evaluates Fn::FindInMap. When a key is unknown the value is known all the same if every value it could
// be agrees.
func (t *template) findInMap(arg, n *node) inventory.Value {
	args := arg.List()
	var fallback *node
	if len(args) == 4 {
		fallback = args[3].Get("DefaultValue")
		args = args[:3]
	}
	if len(args) != 3 {
		return t.misuse(n, "Fn::FindInMap", "a mapping and two keys")
	}
	g := gather{}
	var keys [3]string
	var known [3]bool
	for i, a := range args {
		v := t.eval(a)
		g.add(v)
		keys[i], known[i] = v.Text()
	}
	if !known[0] {
		return g.unknown(t.at(n))
	}
	mapping := t.section("Mappings").Get(keys[0])
	if mapping == nil || mapping.Get("Fn::Transform") != nil {
		return t.missingKey(n, &g, fallback, "There is no mapping %q", keys[0])
	}
	if !known[1] || !known[2] {
		return t.anyKey(n, &g, fallback, mapping, keys, known)
	}
	v := mapping.At(keys[1], keys[2])
	if v == nil {
		return t.missingKey(n, &g, fallback, "The mapping "+diag.Clip(keys[0], maxClip)+" has no value for %q", keys[1]+", "+keys[2])
	}
	return g.on(t.eval(v).WithOrigin(t.at(n)))
}

func (t *template) missingKey(n *node, g *gather, fallback *node, format, what string) inventory.Value {
	if fallback != nil {
		v := t.eval(fallback)
		g.addAll(v)
		g.partial = v.Partial()
		return g.on(v)
	}
	if !t.macros {
		t.warnf(t.at(n), "Mapping has no such key", format+"; the value is taken as unknown.", diag.Clip(what, maxClip))
	}
	g.unresolved = append(g.unresolved, inventory.Step{Name: "Fn::FindInMap " + diag.Clip(what, maxClip), Note: "no such key", At: t.at(n)})
	return g.unknown(t.at(n))
}

// anyKey tries every value that the unknown keys could select.
func (t *template) anyKey(n *node, g *gather, fallback, mapping *node, keys [3]string, known [3]bool) inventory.Value {
	var first inventory.Value
	found, same := false, true
	consider := func(v inventory.Value) {
		if found && !agree(first, v) {
			same = false
		}
		if !found {
			first, found = v, true
		}
	}
	for _, top := range mapping.Fields {
		if known[1] && top.Name != keys[1] || top.Value == nil {
			continue
		}
		for _, second := range top.Value.Fields {
			if (!known[2] || second.Name == keys[2]) && same {
				consider(t.eval(second.Value))
			}
		}
	}
	if fallback != nil {
		consider(t.eval(fallback))
	}
	if found && same && !first.IsUnknown() {
		known := gather{assumed: g.assumed}
		return known.on(first.WithOrigin(t.at(n)))
	}
	g.partial = "${" + keys[0] + "}"
	return g.unknown(t.at(n))
}
