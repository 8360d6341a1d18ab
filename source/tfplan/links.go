package tfplan

import (
	"maps"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// maxRefs bounds the references of one value; what refers to more refers to nothing in particular.
const maxRefs = 256

// maxHops bounds how far a reference is followed through variables, outputs and arguments.
const maxHops = 500

// linker follows the references of expressions to resources, through module inputs and outputs, and gives them the keys
// that the instances of the plan have.
type linker struct {
	root *configModule
	// instances are the keys ("" for none) of each resource by its address without the last key.
	instances map[string][]string
	// modules are the keys of each module call by the address without the last key.
	modules map[string][]string
	// exists holds the addresses of resources and the prefixes of module instances.
	exists map[string]bool
	// values are the values that name a resource to others, as far as they are known.
	values map[inventory.Ref]string
	places map[string]*place
	// memo holds what names were resolved to; a name that is being resolved is there with nothing, which ends cycles.
	memo map[string]*target
}

func newLinker() *linker {
	return &linker{
		instances: map[string][]string{}, modules: map[string][]string{}, exists: map[string]bool{}, places: map[string]*place{},
		memo: map[string]*target{}, values: map[inventory.Ref]string{},
	}
}

// place is one instance of a module.
type place struct {
	module *configModule
	// prefix is of addresses: `module.a["x"].`.
	prefix string
	parent *place
	call   *moduleCall
	// key is the instance key of the call.
	key string
}

// target is what an expression leads to.
type target struct {
	refs []inventory.Ref
	// missing are names that the plan does not explain: locals.
	missing []string
}

func (t *target) add(other *target) {
	for _, r := range other.refs {
		t.ref(r)
	}
	for _, m := range other.missing {
		if len(t.missing) < maxRefs && !slices.Contains(t.missing, m) {
			t.missing = append(t.missing, m)
		}
	}
}

func (t *target) ref(r inventory.Ref) {
	if len(t.refs) < maxRefs && !slices.Contains(t.refs, r) {
		t.refs = append(t.refs, r)
	}
}

// reading is what an attribute of the target is taken from: of a resource that is given as a whole, its attribute.
func (t *target) reading(rest []step) *target {
	if len(rest) == 0 {
		return t
	}
	out := &target{missing: t.missing}
	for _, r := range t.refs {
		if r.Attr == "" {
			r.Attr = rest[0].name
		}
		out.ref(r)
	}
	return out
}

// learn takes note of a resource that will exist.
func (l *linker) learn(text string) {
	a, ok := parseAddress(text)
	if !ok || a.typ == "" || l.exists[text] {
		return
	}
	l.exists[text] = true
	prefix := ""
	for _, m := range a.modules {
		bare := prefix + "module." + m.name
		prefix = bare + m.key + "."
		if !l.exists[prefix] {
			l.exists[prefix] = true
			l.modules[bare] = append(l.modules[bare], m.key)
		}
	}
	bare := strings.TrimSuffix(text, a.key)
	l.instances[bare] = append(l.instances[bare], a.key)
}

// at finds the place of a module instance; nil when the configuration has no such module.
func (l *linker) at(modules []step) *place {
	p := &place{module: l.root}
	if have, ok := l.places[""]; ok {
		p = have
	} else {
		l.places[""] = p
	}
	for _, m := range modules {
		if p = l.child(p, m.name, m.key); p == nil {
			return nil
		}
	}
	return p
}

func (l *linker) child(p *place, name, key string) *place {
	prefix := p.prefix + "module." + name + key + "."
	if c, ok := l.places[prefix]; ok {
		return c
	}
	call := p.module.calls[name]
	if call == nil {
		return nil
	}
	c := &place{module: call.module, prefix: prefix, parent: p, call: call, key: key}
	l.places[prefix] = c
	return c
}

// context is where an expression stands: in a module instance, in the block instance with a key.
type context struct {
	*place
	key     string
	forEach *expression
	hops    int
}

// follow resolves an expression.
func (l *linker) follow(e *expression, c context) *target {
	out := &target{}
	if e == nil || c.hops > maxHops {
		return out
	}
	c.hops++
	keyed := slices.ContainsFunc(e.refs, func(r string) bool { return strings.HasPrefix(r, "each.") || r == "count.index" })
	for _, ref := range e.refs {
		parts := splitAddress(ref)
		if len(parts) < 2 {
			continue
		}
		switch parts[0].name {
		case "var":
			out.add(l.variable(parts[1].name, c).reading(parts[2:]))
		case "each":
			if parts[1].name == "value" {
				out.add(l.eachValue(parts[2:], c))
			}
		case "local":
			out.add(&target{missing: []string{c.prefix + "local." + parts[1].name}})
		case "module":
			out.add(l.module(parts[1:], c, keyed))
		case "count", "path", "terraform", "self":
		default:
			out.add(l.resource(parts, c, keyed))
		}
	}
	return out
}

// once resolves what a name stands for a single time.
func (l *linker) once(name string, f func() *target) *target {
	if t, ok := l.memo[name]; ok {
		return t
	}
	l.memo[name] = &target{}
	t := f()
	l.memo[name] = t
	return t
}

// variable follows an input of a module to the call. The root's variables have values in the plan.
func (l *linker) variable(name string, c context) *target {
	if c.parent == nil {
		return &target{}
	}
	return l.once(c.prefix+"var."+name, func() *target {
		return l.follow(c.call.inputs.get(name), context{place: c.parent, key: c.place.key, forEach: c.call.forEach, hops: c.hops})
	})
}

// eachValue follows each.value to what for_each is made of. Where that is another resource, the instance with the same key
// is meant.
func (l *linker) eachValue(rest []step, c context) *target {
	out := &target{}
	if c.forEach == nil {
		return out
	}
	for _, ref := range c.forEach.refs {
		parts := splitAddress(ref)
		n := 2
		if len(parts) > 0 && parts[0].name == "data" {
			n = 3
		}
		switch {
		case len(parts) == 0 || parts[0].name == "each":
		case len(parts) == n && isResource(parts[0].name):
			out.add(l.resource(append(slices.Clone(parts), rest...), c, true))
		default:
			out.add(l.follow(&expression{refs: []string{ref}}, c))
		}
	}
	return out
}

func isResource(first string) bool {
	switch first {
	case "var", "each", "local", "module", "count", "path", "terraform", "self":
		return false
	}
	return true
}

// module follows an output; parts start with the call's name. Without the name of an output, all of them are meant.
func (l *linker) module(parts []step, c context, keyed bool) *target {
	name, keys := parts[0].name, []string{parts[0].key}
	if parts[0].key == "" {
		if known := l.modules[c.prefix+"module."+name]; len(known) > 0 {
			keys = known
		}
		if keyed && l.exists[c.prefix+"module."+name+c.key+"."] {
			keys = []string{c.key}
		}
	}
	out := &target{}
	for _, key := range keys[:min(len(keys), maxRefs)] {
		p := l.child(c.place, name, key)
		if p == nil {
			out.add(&target{missing: []string{c.prefix + "module." + name}})
			continue
		}
		outputs := slices.Sorted(maps.Keys(p.module.outputs))
		if len(parts) > 1 {
			outputs = []string{parts[1].name}
		}
		for _, o := range outputs[:min(len(outputs), maxRefs)] {
			out.add(l.once(p.prefix+"output."+o, func() *target {
				return l.follow(p.module.outputs[o], context{place: p, hops: c.hops})
			}))
		}
	}
	return out
}

// resource refers to a resource or data source and, where the attribute read is an argument of it, to what that refers to.
// A managed resource that the plan does not have gives nothing.
func (l *linker) resource(parts []step, c context, keyed bool) *target {
	local, data := parts[0].name+"."+parts[1].name, parts[0].name == "data"
	key, rest := parts[1].key, parts[2:]
	if data {
		if len(parts) < 3 {
			return &target{}
		}
		local, key, rest = local+"."+parts[2].name, parts[2].key, parts[3:]
	}
	bare := c.prefix + local
	keys := l.instances[bare]
	switch {
	case key != "" && !l.exists[bare+key] && !data, key == "" && len(keys) == 0 && !data:
		return &target{}
	case key == "" && len(keys) == 1:
		key = keys[0]
	case key == "" && keyed && c.key != "" && l.exists[bare+c.key]:
		key = c.key
	}
	attr := ""
	if len(rest) > 0 {
		attr = rest[0].name
	}
	return l.once(bare+key+"."+attr, func() *target {
		out := &target{refs: []inventory.Ref{{Address: bare + key, Attr: attr}}}
		if r := c.module.resources[local]; r != nil && attr != "" {
			if e := r.args.get(attr); e != nil && !e.isBlocks {
				out.add(l.follow(e, context{place: c.place, key: key, forEach: r.forEach, hops: c.hops}))
			}
		}
		out.missing = nil // the resource explains why the value is unknown
		return out
	})
}

// place gives n its references. Of a known text, and of each text in a list, they are those that can have given it: where one
// of them has just this value, others that have another are out, and what stands in a list beside them is not theirs.
func (l *linker) place(n *terraform.Node, refs []inventory.Ref) {
	n.Refs = refs
	switch {
	case len(refs) == 0:
	case n.Kind == inventory.String:
		if fit, exact := l.fitting(n.Text, refs); exact {
			n.Refs = fit
		}
	case n.Kind == inventory.List && len(n.Items) > 0 && !slices.ContainsFunc(n.Items, isContainer):
		n.Refs = nil
		for i := range n.Items {
			x := &n.Items[i]
			x.Refs = refs
			if x.Kind == inventory.String {
				x.Refs, _ = l.fitting(x.Text, refs)
			}
		}
	}
}

func isContainer(n terraform.Node) bool { return n.Kind == inventory.List || n.Kind == inventory.Map }

// fitting are the references whose value is text, or a part of it when there is none of these, and those whose value is not
// known. A reference to all instances of a resource becomes one to those that have the value.
func (l *linker) fitting(text string, refs []inventory.Ref) (fit []inventory.Ref, exact bool) {
	var within, unknown []inventory.Ref
	for _, r := range refs {
		v, known := l.values[r]
		switch {
		case !known:
			unknown = append(unknown, r)
			if all := l.having(text, r); len(all) > 0 {
				unknown = append(unknown[:len(unknown)-1], all...)
				exact = true
			}
		case v == text:
			fit, exact = append(fit, r), true
		case strings.Contains(text, v):
			within = append(within, r)
		}
	}
	if exact {
		return append(fit, unknown...), true
	}
	return append(within, unknown...), false
}

// having are the instances of a resource without a key that have a text, in the attribute referred to or in any.
func (l *linker) having(text string, r inventory.Ref) (out []inventory.Ref) {
	if r.Attr != "" && l.exists[r.Address] {
		return nil
	}
	keys := l.instances[r.Address]
	if l.exists[r.Address] {
		keys = []string{""}
	}
	attrs := identifying[:]
	if r.Attr != "" {
		attrs = []string{r.Attr}
	}
	for _, key := range keys[:min(len(keys), maxRefs)] {
		for _, attr := range attrs {
			if own := (inventory.Ref{Address: r.Address + key, Attr: attr}); l.values[own] == text && text != "" {
				out = append(out, own)
				break
			}
		}
	}
	return out
}
