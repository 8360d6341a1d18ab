package terraform

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// A reference to a resource or module is answered with an object that holds just the attributes that the expression
// reads, so that two resources may read different attributes of each other without being a cycle.

// resourceValue is the value of "aws_x.y" or "data.aws_x.y" with the wanted attributes. An empty name among them means
// the whole object.
func (in *instance) resourceValue(r reference, wanted []string, by *attr) cty.Value {
	b := in.mod.blockAt[r.name]
	if b == nil {
		return cty.DynamicVal.Mark(refMark{address: in.path + r.name}).Mark(&stepMark{
			kind: stepUnresolved, depth: in.depth, step: inventory.Step{Name: in.path + r.name, Note: "is not declared"},
		})
	}
	attrs, whole := in.wantedAttrs(b, wanted)
	return in.once(r.name+"."+strings.Join(attrs, ","), !whole, by, func() cty.Value {
		e := in.expand(&b.repeat, r.name, b.at)
		unknown := cty.DynamicVal.Mark(refMark{address: in.path + r.name, attr: strings.Join(attrs, ",")})
		return e.gather(func(it item) cty.Value { return in.resourceObject(b, it, attrs) }, unknown)
	})
}

// wantedAttrs returns the attributes to offer, sorted, each once; for a whole object its own arguments that anything
// reads loosely, and every loose name of all modules.
func (in *instance) wantedAttrs(b *block, wanted []string) (attrs []string, whole bool) {
	for _, w := range wanted {
		if w != "" {
			attrs = append(attrs, w)
			continue
		}
		whole = true
	}
	if whole {
		attrs = append(attrs, in.run.looseNames()...)
		for _, a := range b.body.attrs {
			attrs = append(attrs, a.name)
		}
	}
	slices.Sort(attrs)
	return slices.Compact(attrs), whole
}

func (in *instance) resourceObject(b *block, it item, attrs []string) cty.Value {
	address := in.path + b.address() + it.key
	vals := make(map[string]cty.Value, len(attrs))
	for _, name := range attrs {
		vals[name] = in.resourceAttr(b, it, name).Mark(refMark{address: address, attr: name})
	}
	return cty.ObjectVal(vals)
}

// resourceAttr is one attribute of a resource: what the configuration says, else unknown until applied.
func (in *instance) resourceAttr(b *block, it item, name string) cty.Value {
	if b.data && b.typ == "aws_iam_policy_document" && (name == "json" || name == "minified_json") {
		return in.policyDocument(b, it.scope)
	}
	if a := b.body.attr(name); a != nil {
		v := in.eval(a, it.scope)
		if plain, _ := v.Unmark(); !plain.IsKnown() || !plain.IsNull() {
			return v
		}
	}
	switch name {
	case "arn", "id":
		return cty.UnknownVal(cty.String).RefineNotNull()
	}
	return cty.DynamicVal
}

// family is the set of instances of one module call.
type family struct {
	expansion *expansion
	members   []*instance // parallel to expansion.items; nil when the module was not read
}

// childrenOf makes the instances of a call, once.
func (in *instance) childrenOf(c *call) *family {
	if f, ok := in.children[c]; ok {
		return f
	}
	f := &family{expansion: in.expand(&c.repeat, "module."+c.name, c.at)}
	in.children[c] = f
	if len(f.expansion.items) == 0 {
		return f
	}
	m := in.run.moduleOf(in, c)
	if m == nil {
		return f
	}
	for _, it := range f.expansion.items {
		f.members = append(f.members, newInstance(in.run, m, in, c, it.key, it.scope))
	}
	return f
}

// moduleValue is the value of "module.x" with the wanted outputs; an empty name among them means all.
func (in *instance) moduleValue(name string, wanted []string, by *attr) cty.Value {
	c := in.mod.callAt[name]
	address := in.path + "module." + name
	if c == nil {
		return unresolved(in.depth, inventory.Step{Name: address, Note: "is not declared"})
	}
	wanted = slices.Clone(wanted)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	whole := slices.Contains(wanted, "")
	key := "module." + name + "." + strings.Join(wanted, ",")
	return in.once(key, !whole, by, func() cty.Value {
		f := in.childrenOf(c)
		if len(f.expansion.items) > 0 && f.members == nil {
			return cty.DynamicVal.Mark(refMark{address: address, attr: strings.Join(wanted, ",")}).Mark(&stepMark{
				kind: stepUnresolved, depth: in.depth, step: inventory.Step{Name: address, Note: "was not read", At: c.at},
			})
		}
		i := -1
		return f.expansion.gather(func(item) cty.Value {
			i++
			return f.members[i].outputs(wanted, whole, by)
		}, f.unknownOutputs(address, wanted, by))
	})
}

// unknownOutputs is what a module of unknown number offers: unknown, with everything its outputs refer to.
func (f *family) unknownOutputs(address string, wanted []string, by *attr) cty.Value {
	v := cty.DynamicVal
	if f.expansion.kind != unknownNumber {
		return v
	}
	for _, s := range f.expansion.steps {
		v = v.Mark(&stepMark{kind: stepUnresolved, step: s})
	}
	for _, m := range f.members {
		_, marks := m.outputs(wanted, slices.Contains(wanted, ""), by).UnmarkDeep()
		v = v.WithMarks(marks)
	}
	return v.Mark(refMark{address: address, attr: strings.Join(wanted, ",")})
}

func (in *instance) outputs(wanted []string, whole bool, by *attr) cty.Value {
	vals := map[string]cty.Value{}
	for _, name := range wanted {
		if name != "" {
			vals[name] = in.output(name, by)
		}
	}
	if whole {
		for name := range in.mod.outputs {
			vals[name] = in.output(name, by)
		}
	}
	return cty.ObjectVal(vals)
}

func (in *instance) output(name string, by *attr) cty.Value {
	a := in.mod.outputs[name]
	if a == nil {
		return unresolved(in.depth, inventory.Step{Name: strings.TrimSuffix(in.path, ".") + "." + name, Note: "is not an output of the module"})
	}
	return in.once("output."+name, true, by, func() cty.Value { return in.eval(a, nil) })
}

// policyDocument builds the document of a data "aws_iam_policy_document" as text when all of it is known, and always
// with its structure attached, so that unknown parts stay unknown where they are.
func (in *instance) policyDocument(b *block, sc scope) cty.Value {
	statements := in.sourceStatements(b, "source_policy_documents", sc)
	for _, n := range in.nestedOf(b.body, "statement", sc) {
		statements = append(statements, in.statement(n.body, n.scope))
	}
	statements = append(statements, in.sourceStatements(b, "override_policy_documents", sc)...)
	doc := cty.ObjectVal(map[string]cty.Value{
		"Version": cty.StringVal("2012-10-17"), "Statement": cty.TupleVal(statements),
	})
	return encodeDocument(doc)
}

// sourceStatements returns the statements of documents that are merged in. A document that cannot be told contributes one
// unknown statement.
func (in *instance) sourceStatements(b *block, name string, sc scope) []cty.Value {
	a := b.body.attr(name)
	if a == nil {
		return nil
	}
	v, marks := in.eval(a, sc).Unmark()
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return []cty.Value{cty.DynamicVal.WithMarks(marks)}
	}
	var out []cty.Value
	for it := v.ElementIterator(); it.Next(); {
		_, x := it.Element()
		doc := decodeDocument(x)
		if doc.IsKnown() && doc.Type().IsObjectType() && doc.Type().HasAttribute("Statement") {
			st, _ := doc.GetAttr("Statement").Unmark()
			if st.IsKnown() && !st.IsNull() && st.CanIterateElements() && !st.Type().IsObjectType() {
				for it := st.ElementIterator(); it.Next(); {
					_, s := it.Element()
					out = append(out, s)
				}
				continue
			}
		}
		_, marks := x.UnmarkDeep()
		out = append(out, cty.DynamicVal.WithMarks(marks))
	}
	return out
}

var statementNames = map[string]string{
	"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
}

func (in *instance) statement(b *body, sc scope) cty.Value {
	vals := map[string]cty.Value{"Effect": cty.StringVal("Allow")}
	for _, a := range b.attrs {
		if name := statementNames[a.name]; name != "" {
			if v := in.eval(a, sc); !isNull(v) {
				vals[name] = v
			}
		}
	}
	for typ, name := range map[string]string{"principals": "Principal", "not_principals": "NotPrincipal"} {
		if list := in.nestedOf(b, typ, sc); len(list) > 0 {
			vals[name] = in.pairs(list, "type", "identifiers")
		}
	}
	if list := in.nestedOf(b, "condition", sc); len(list) > 0 {
		vals["Condition"] = in.conditions(list)
	}
	return cty.ObjectVal(vals)
}

func isNull(v cty.Value) bool {
	plain, _ := v.Unmark()
	return plain.IsKnown() && plain.IsNull()
}

// pairs makes {type: identifiers}; an unknown key makes the whole unknown.
func (in *instance) pairs(list []placed, keyName, valueName string) cty.Value {
	out := map[string]cty.Value{}
	for _, n := range list {
		k, ok := in.textOf(n, keyName)
		v := in.evalNamed(n, valueName)
		if !ok {
			_, marks := v.UnmarkDeep()
			return cty.DynamicVal.WithMarks(marks)
		}
		out[k] = v
	}
	return cty.ObjectVal(out)
}

func (in *instance) conditions(list []placed) cty.Value {
	tests := map[string]map[string]cty.Value{}
	for _, n := range list {
		test, ok1 := in.textOf(n, "test")
		variable, ok2 := in.textOf(n, "variable")
		if !ok1 || !ok2 {
			return cty.DynamicVal
		}
		if tests[test] == nil {
			tests[test] = map[string]cty.Value{}
		}
		tests[test][variable] = in.evalNamed(n, "values")
	}
	out := map[string]cty.Value{}
	for test, vars := range tests {
		out[test] = cty.ObjectVal(vars)
	}
	return cty.ObjectVal(out)
}

func (in *instance) evalNamed(n placed, name string) cty.Value {
	if a := n.body.attr(name); a != nil {
		return in.eval(a, n.scope)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

func (in *instance) textOf(n placed, name string) (string, bool) {
	v, _ := in.evalNamed(n, name).Unmark()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// placed is a nested block with the scope that its arguments are evaluated in.
type placed struct {
	body  *body
	scope scope
	at    diag.Range
	// unknown is set when it stands for an unknown number of blocks; marks say why.
	unknown bool
	marks   cty.ValueMarks
}

// nestedOf returns the nested blocks of one type with dynamic ones expanded.
func (in *instance) nestedOf(b *body, typ string, sc scope) []placed {
	var out []placed
	for _, n := range b.blocks {
		if n.typ != typ {
			continue
		}
		if n.dynamic == nil {
			out = append(out, placed{body: n.body, scope: sc, at: n.at})
			continue
		}
		out = append(out, in.expandDynamic(n, sc)...)
	}
	return out
}

func (in *instance) expandDynamic(n nested, sc scope) []placed {
	v, marks := in.eval(n.dynamic.forEach, sc).Unmark()
	if v.IsKnown() && v.IsNull() {
		return nil
	}
	inner := func(k, x cty.Value) scope {
		out := make(scope, len(sc)+1)
		for name, s := range sc {
			out[name] = s
		}
		out[n.dynamic.iterator] = cty.ObjectVal(map[string]cty.Value{"key": k, "value": x})
		return out
	}
	if !v.IsKnown() || !v.CanIterateElements() {
		return []placed{{body: n.body, scope: inner(cty.DynamicVal, cty.DynamicVal.WithMarks(marks)), at: n.at, unknown: true, marks: marks}}
	}
	if v.LengthInt() > maxInstances {
		in.tooMany("dynamic "+n.typ, "for_each", v.LengthInt(), n.at)
		return []placed{{body: n.body, scope: inner(cty.DynamicVal, cty.DynamicVal), at: n.at, unknown: true, marks: marks}}
	}
	var out []placed
	for it := v.ElementIterator(); it.Next(); {
		k, x := it.Element()
		out = append(out, placed{body: n.body, scope: inner(k, x.WithMarks(marks)), at: n.at})
	}
	return out
}
