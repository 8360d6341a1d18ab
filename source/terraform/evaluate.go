package terraform

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// scope holds the names that an expression gets from its surroundings: each, count, the iterators of dynamic blocks.
type scope map[string]cty.Value

// instance is one instance of a module with its own inputs. Everything is evaluated when it is first asked for.
type instance struct {
	run   *run
	mod   *module
	path  string // prefix of addresses: "module.a[0]."
	depth int
	// inputs come from the call in the parent, with the parent's scope; nil for the root.
	parent      *instance
	parentScope scope
	inputs      map[string]*attr

	memo       map[string]cty.Value
	busy       map[string]bool
	expansions map[*repeat]*expansion
	children   map[*call]*family
	paths      cty.Value
}

func newInstance(r *run, m *module, parent *instance, c *call, key string, sc scope) *instance {
	in := &instance{
		run: r, mod: m, parent: parent, parentScope: sc, memo: map[string]cty.Value{}, busy: map[string]bool{},
		expansions: map[*repeat]*expansion{}, children: map[*call]*family{},
	}
	if parent != nil {
		in.path = parent.path + "module." + c.name + key + "."
		in.depth = parent.depth + 1
		in.inputs = make(map[string]*attr, len(c.inputs))
		for _, a := range c.inputs {
			in.inputs[a.name] = a
		}
	}
	in.paths = cty.ObjectVal(map[string]cty.Value{
		"module": cty.StringVal(r.relative(m.dir)), "root": cty.StringVal("."),
		// Seen from the root, and with the base name that configurations make names of.
		"cwd": cty.StringVal("../" + path.Base(r.loader.tree.Absolute(r.dir))),
	})
	return in
}

// once evaluates what key names a single time. A name that is asked for while it is being evaluated is a cycle; what
// closes it is unknown, and told when loud is set.
func (in *instance) once(key string, loud bool, at *attr, f func() cty.Value) cty.Value {
	if v, ok := in.memo[key]; ok {
		return v
	}
	if in.busy[key] {
		if loud && at != nil {
			in.run.inv.Diags.Errorf(at.at, "Reference cycle", "%s%s depends on itself. Terraform would refuse this configuration; the value is taken as unknown.", in.path, key)
		}
		return unresolved(in.depth, inventory.Step{Name: in.path + key, Note: "depends on itself"})
	}
	in.busy[key] = true
	v := in.bound(key, at, f())
	delete(in.busy, key)
	in.memo[key] = v
	return v
}

// eval evaluates an argument. What fails to evaluate is unknown and says so.
func (in *instance) eval(a *attr, sc scope) cty.Value {
	if a.literal != nil {
		return *a.literal
	}
	if t, ok := a.expr.(*hclsyntax.ScopeTraversalExpr); ok && len(a.refs) == 1 {
		if v, ok := in.evalTraversal(a, t, sc); ok {
			return v
		}
	}
	ctx := in.context(a, sc)
	v, diags := a.expr.Value(ctx)
	in.tellBudget(a)
	if diags.HasErrors() {
		return in.failed(a, ctx, diags)
	}
	return v
}

// evalTraversal is the short way for a bare "var.x" or "local.x.y", the commonest expressions.
func (in *instance) evalTraversal(a *attr, t *hclsyntax.ScopeTraversalExpr, sc scope) (cty.Value, bool) {
	var v cty.Value
	rest := t.Traversal[1:]
	if len(rest) == 0 && a.refs[0].kind != refLocalScope { // a bare "var" or "local" names nothing
		return cty.DynamicVal, false
	}
	switch r := a.refs[0]; r.kind {
	case refVariable:
		v, rest = in.variable(r.name, a), rest[1:]
	case refLocal:
		v, rest = in.local(r.name, a), rest[1:]
	case refLocalScope:
		var ok bool
		if v, ok = sc[r.name]; !ok {
			return cty.DynamicVal, false
		}
	default:
		return cty.DynamicVal, false
	}
	if len(rest) == 0 {
		return v, true
	}
	out, diags := rest.TraverseRel(v)
	if diags.HasErrors() {
		return cty.DynamicVal, false
	}
	return out, true
}

// context offers an expression what it reads and nothing else.
func (in *instance) context(a *attr, sc scope) *hcl.EvalContext {
	vars := make(map[string]cty.Value, len(sc)+5)
	vars[budgetName] = cty.CapsuleVal(budgetType, &in.run.budget)
	for k, v := range sc {
		vars[k] = v
	}
	groups := map[string]map[string]cty.Value{}
	put := func(group, name string, v cty.Value) {
		if groups[group] == nil {
			groups[group] = map[string]cty.Value{}
		}
		groups[group][name] = v
	}
	var resources []reference
	for _, r := range a.refs {
		switch r.kind {
		case refVariable:
			put("var", r.name, in.variable(r.name, a))
		case refLocal:
			put("local", r.name, in.local(r.name, a))
		case refPath:
			vars["path"] = in.paths
		case refTerraform:
			vars["terraform"] = in.run.terraform
		case refResource, refModule:
			resources = append(resources, r)
		case refLocalScope:
			if _, ok := vars[r.name]; !ok {
				vars[r.name] = cty.DynamicVal
			}
		}
	}
	in.putObjects(a, resources, put)
	for g, members := range groups {
		if _, shadowed := sc[g]; !shadowed {
			vars[g] = nestData(g, members)
		}
	}
	return &hcl.EvalContext{Variables: vars, Functions: in.run.functions}
}

// nestData turns the members of the group "data", named "type.label", into objects of objects.
func nestData(group string, members map[string]cty.Value) cty.Value {
	if group != "data" && group != "ephemeral" {
		return cty.ObjectVal(members)
	}
	types := map[string]map[string]cty.Value{}
	for name, v := range members {
		typ, label, _ := strings.Cut(name, ".")
		if types[typ] == nil {
			types[typ] = map[string]cty.Value{}
		}
		types[typ][label] = v
	}
	out := make(map[string]cty.Value, len(types))
	for typ, labels := range types {
		out[typ] = cty.ObjectVal(labels)
	}
	return cty.ObjectVal(out)
}

// putObjects offers resources and modules, each with the attributes that the expression reads from it.
func (in *instance) putObjects(a *attr, refs []reference, put func(group, name string, v cty.Value)) {
	wanted := map[string][]string{}
	for _, r := range refs {
		key := "module." + r.name
		if r.kind == refResource {
			key = r.name
		}
		wanted[key] = append(wanted[key], r.attr)
	}
	for _, r := range refs {
		switch {
		case r.kind == refModule:
			put("module", r.name, in.moduleValue(r.name, wanted["module."+r.name], a))
		case r.data:
			group, _, _ := strings.Cut(r.name, ".")
			put(group, r.typ+"."+r.label, in.resourceValue(r, wanted[r.name], a))
		default:
			put(r.typ, r.label, in.resourceValue(r, wanted[r.name], a))
		}
	}
}

// failed makes the unknown that stands for an expression which could not be evaluated, keeping what it refers to.
func (in *instance) failed(a *attr, ctx *hcl.EvalContext, diags hcl.Diagnostics) cty.Value {
	note := "could not be evaluated"
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			note += ": " + d.Summary
			in.tellFailure(a, d)
			break
		}
	}
	v := unresolved(in.depth, inventory.Step{Name: a.name, Note: note, At: a.at})
	for _, r := range a.refs {
		if r.kind != refResource && r.kind != refModule {
			continue
		}
		root, diags := hcl.Traversal{hcl.TraverseRoot{Name: r.rootName()}}.TraverseAbs(ctx)
		if !diags.HasErrors() {
			_, marks := root.UnmarkDeep()
			v = v.WithMarks(marks)
		}
	}
	return v
}

func (r reference) rootName() string {
	switch {
	case r.kind == refModule:
		return "module"
	case r.data:
		group, _, _ := strings.Cut(r.name, ".")
		return group
	}
	return r.typ
}

// tellFailure reports the failures that a user can mend: files that are missing or lie outside, and bounds that were hit.
// Other failures leave the value unknown, which the answer says where it matters.
func (in *instance) tellFailure(a *attr, d *hcl.Diagnostic) {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !ok {
		return
	}
	err := extra.FunctionCallError()
	name := extra.CalledFunctionName()
	at := a.at
	if d.Subject != nil {
		at = rangeOf(*d.Subject)
	}
	switch {
	case errors.Is(err, rootfs.ErrOutside):
		in.run.inv.Diags.Errorf(at, "File outside the repository root", "%s(): %v. Give --root DIR to widen the boundary.", name, err)
	case errors.Is(err, fs.ErrNotExist):
		in.run.inv.Diags.Skipf(at, "File not found", "%s(): %v. The value is taken as unknown.", name, err)
	case errors.Is(err, errLimit):
		in.run.inv.Diags.Errorf(at, "Limit reached", "%s(): %v. The value is taken as unknown.", name, err)
	}
}

// variable returns the value of an input variable.
func (in *instance) variable(name string, by *attr) cty.Value {
	return in.once("var."+name, true, by, func() cty.Value {
		decl := in.mod.variables[name]
		v, given := in.given(name)
		if decl == nil {
			if given {
				return v
			}
			return unresolved(in.depth, inventory.Step{Name: in.path + "var." + name, Note: "is not declared"})
		}
		if plain, _ := v.Unmark(); given && !decl.nullable && plain.IsKnown() && plain.IsNull() {
			given = false
		}
		if !given {
			v = in.defaultOf(decl)
		}
		if decl.sensitive {
			v = v.Mark(sensitiveMark{})
		}
		return conform(decl, v)
	})
}

// given returns what the caller of the module, or the user for the root, says about a variable.
func (in *instance) given(name string) (cty.Value, bool) {
	if in.parent != nil {
		a, ok := in.inputs[name]
		if !ok {
			return cty.DynamicVal, false
		}
		step := inventory.Step{Name: in.path + "var." + name, Note: "module input", At: a.at}
		return in.parent.eval(a, in.parentScope).Mark(&stepMark{kind: stepTrail, depth: in.depth, step: step}), true
	}
	g, ok := in.run.values[name]
	if !ok {
		return cty.DynamicVal, false
	}
	step := inventory.Step{Name: "var." + name, Note: g.note, At: g.at}
	return g.value.Mark(&stepMark{kind: stepTrail, step: step}), true
}

// defaultOf returns a variable's default. For the root it is an assumption: another value may be given when it is
// applied. For a called module it is fixed by the call.
func (in *instance) defaultOf(decl *variable) cty.Value {
	name := in.path + "var." + decl.name
	root := in.parent == nil
	switch {
	case decl.def == nil && root && in.run.opts.MayBeSet != nil:
		return unresolved(in.depth, *in.run.opts.MayBeSet)
	case decl.def == nil:
		return unresolved(in.depth, inventory.Step{Name: name, Note: "has no value and no default", At: decl.at})
	case root && in.run.opts.DefaultsUnknown:
		return unresolved(in.depth, inventory.Step{Name: name, Note: "has only a default, which --defaults=unknown ignores", At: decl.def.at})
	}
	mark := &stepMark{depth: in.depth, step: inventory.Step{Name: name, Note: "default", At: decl.def.at}}
	if root {
		mark.kind = stepAssumed
	}
	v := in.eval(decl.def, nil).Mark(mark)
	if root && in.run.opts.MayBeSet != nil {
		v = v.Mark(&stepMark{kind: stepAssumed, depth: in.depth - 1, step: *in.run.opts.MayBeSet})
	}
	return v
}

// conform applies a variable's type and optional-attribute defaults; a value that does not fit is kept as it is.
func conform(decl *variable, v cty.Value) cty.Value {
	if decl.typ == cty.DynamicPseudoType && decl.defaults == nil {
		return v
	}
	if decl.defaults != nil {
		if plain, _ := v.Unmark(); plain.IsKnown() && !plain.IsNull() {
			v = decl.defaults.Apply(v)
		}
	}
	if plain, _ := v.Unmark(); plain.Type().IsTupleType() && membersOf(plain) > maxMixed {
		if t, ok := uniform(plain, decl.typ); ok && decl.typ.IsCollectionType() {
			v, _ = convert.Convert(v, t)
		} else {
			return v
		}
	}
	c, err := convert.Convert(v, decl.typ)
	if err != nil {
		return v
	}
	return c
}

func (in *instance) local(name string, by *attr) cty.Value {
	return in.once("local."+name, true, by, func() cty.Value {
		a := in.mod.locals[name]
		if a == nil {
			return unresolved(in.depth, inventory.Step{Name: in.path + "local." + name, Note: "is not declared"})
		}
		return in.eval(a, nil)
	})
}

// functionTable is the set of functions an expression can call.
type functionTable = map[string]function.Function
