package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// maxEval bounds how deep values may nest, function calls, conditions and outputs included.
const maxEval = 600

// enter counts one more level of evaluation and what it costs; it reports false when a bound is hit.
func (t *template) enter(n *node) bool {
	if t.level >= maxEval {
		t.errorf(t.at(n), "Value nested too deeply", "Values are nested more than %d deep here, through aliases or stacks; what lies deeper is unknown.", maxEval)
		return false
	}
	if !t.spend(0, t.at(n)) {
		return false
	}
	t.level++
	return true
}

func (t *template) leave() { t.level-- }

// eval makes the value of a node. AWS::NoValue and nothing at all give Null.
func (t *template) eval(n *node) inventory.Value {
	v, ok := t.value(n)
	if !ok {
		return inventory.NullValue(t.at(n))
	}
	return v
}

// value makes the value of a node; ok is false for AWS::NoValue, which removes the property or item.
func (t *template) value(n *node) (v inventory.Value, ok bool) {
	if note := t.opts.Annotations[n]; note != nil {
		return t.annotated(note, n)
	}
	return t.plain(n)
}

// plain makes the value of a node by what it says itself.
func (t *template) plain(n *node) (v inventory.Value, ok bool) {
	at := t.at(n)
	if n == nil {
		return inventory.Value{}, true
	}
	if !t.enter(n) {
		return inventory.UnknownValue(at), true
	}
	defer t.leave()
	switch n.Kind {
	case document.Null:
		return inventory.NullValue(at), true
	case document.Bool:
		return inventory.BoolValue(n.Text == "true", at), true
	case document.Number:
		return number(n.Text, at), true
	case document.Text:
		return t.text(n.Text, at), true
	case document.List:
		return t.listValue(n), true
	}
	if name, arg, isCall := callOf(n); isCall {
		return t.call(name, arg, n)
	}
	return t.mapValue(n), true
}

// text makes a String. One that is a reference to a secret is sensitive, though the reference itself tells nothing.
func (t *template) text(s string, at diag.Range) inventory.Value {
	v := inventory.StringValue(s, at)
	if strings.Contains(s, "{{resolve:secretsmanager:") || strings.Contains(s, "{{resolve:ssm-secure:") {
		v = v.AsSensitive()
	}
	return v
}

func (t *template) listValue(n *node) inventory.Value {
	items := make([]inventory.Value, 0, len(n.Items))
	for _, item := range n.Items {
		if v, ok := t.value(item); ok {
			items = append(items, v)
		}
	}
	return inventory.ListValue(items, t.at(n))
}

func (t *template) mapValue(n *node) inventory.Value {
	fields := t.expand(n)
	props := make([]inventory.Property, 0, len(fields))
	for _, f := range fields {
		if f.Name == "Fn::Transform" {
			props = append(props, t.included(f.Value)...)
			continue
		}
		if v, ok := t.value(f.Value); ok {
			props = append(props, inventory.Property{Name: f.Name, Value: v})
		}
	}
	return inventory.MapValue(props, t.at(n))
}

// call evaluates a function.
func (t *template) call(name string, arg, n *node) (inventory.Value, bool) {
	switch name {
	case "Ref":
		if arg.Str() == "AWS::NoValue" {
			return inventory.Value{}, false
		}
		return t.ref(arg, n), true
	case "Fn::If":
		return t.choose(arg, n)
	}
	return t.function(name, arg, n), true
}

func (t *template) function(name string, arg, n *node) inventory.Value {
	switch name {
	case "Fn::GetAtt":
		return t.getAtt(arg, n)
	case "Fn::Sub":
		return t.sub(arg, n)
	case "Fn::Join":
		return t.join(arg, n)
	case "Fn::Select":
		return t.selectItem(arg, n)
	case "Fn::Split":
		return t.split(arg, n)
	case "Fn::FindInMap":
		return t.findInMap(arg, n)
	case "Fn::ImportValue":
		return t.importValue(arg, n)
	case "Fn::Base64":
		// The plain text is kept: encoding is how it travels, and boot scripts are read for what they do.
		return t.eval(arg).WithOrigin(t.at(n))
	case "Fn::GetAZs":
		g := gather{partial: "${AZ}"}
		g.addAll(t.eval(arg))
		g.unresolved = append(g.unresolved, inventory.Step{Name: "Fn::GetAZs", Note: "known when deployed", At: t.at(n)})
		return g.unknown(t.at(n))
	case "Fn::Cidr":
		return t.cidr(arg, n)
	case "Fn::Length":
		return t.length(arg, n)
	case "Fn::ToJsonString":
		return t.toJSON(arg, n)
	case "Fn::Transform":
		return t.transform(arg, n)
	case "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		v := t.judge(n)
		if v.truth == maybe {
			return v.unknown(t.at(n))
		}
		return v.on(inventory.BoolValue(v.truth == yes, t.at(n)))
	}
	t.warnf(t.at(n), "Function not known", "%s is no function that is known here; its value is taken as unknown.", diag.Clip(name, maxClip))
	return unknown(t.at(n), diag.Clip(name, maxClip), "not known here")
}

// misuse says that a function has the wrong arguments and makes its value unknown.
func (t *template) misuse(n *node, name, want string) inventory.Value {
	t.errorf(t.at(n), "Function has the wrong arguments", "%s takes %s. Its value is taken as unknown.", name, want)
	return unknown(t.at(n), name, "wrong arguments")
}

// ref evaluates {"Ref": name}: a parameter, a pseudo parameter, a loop identifier or a resource.
func (t *template) ref(arg, n *node) inventory.Value {
	name, ok := arg.Scalar()
	if !ok {
		return t.misuse(n, "Ref", "the name of a parameter or resource")
	}
	return t.named(name, t.at(n))
}

// named is Ref by name.
func (t *template) named(name string, at diag.Range) inventory.Value {
	if strings.HasPrefix(name, "AWS::") {
		if name == "AWS::NoValue" {
			return inventory.NullValue(at)
		}
		return t.pseudo(name, at)
	}
	if steps, ok := t.loops[name]; ok {
		g := gather{unresolved: steps, partial: "${" + name + "}"}
		return g.unknown(at)
	}
	if v, ok := t.parameter(name); ok {
		return v.WithOrigin(at)
	}
	if id, ok := t.resource(name); ok {
		g := gather{refs: []inventory.Ref{{Address: t.prefix + id}}, partial: "${" + t.prefix + name + "}", notNull: true}
		return g.unknown(at)
	}
	return t.undeclared(name, at)
}

// resource finds the logical id behind a name: itself, or what SAM lets stand for it ("Function.Alias").
func (t *template) resource(name string) (string, bool) {
	if id, ok := t.alias[name]; ok {
		return id, true
	}
	_, ok := t.byID[name]
	return name, ok
}

func (t *template) undeclared(name string, at diag.Range) inventory.Value {
	if !t.macros {
		t.warnf(at, "Name not declared", "There is no parameter or resource %q in this template; the value is taken as unknown.", diag.Clip(name, maxClip))
	}
	return placeholder(at, inventory.Step{Name: diag.Clip(name, maxClip), Note: "not declared", At: at}, name)
}

// getAtt evaluates Fn::GetAtt, "Resource.Attribute" or [Resource, Attribute].
func (t *template) getAtt(arg, n *node) inventory.Value {
	if s, ok := arg.Scalar(); ok {
		return t.attribute(s, t.at(n))
	}
	if arg == nil || arg.Kind != document.List || len(arg.Items) < 2 {
		return t.misuse(n, "Fn::GetAtt", "a resource and one of its attributes")
	}
	var parts []string
	g := gather{}
	for _, item := range arg.Items {
		v := t.eval(item)
		g.addAll(v)
		s, ok := v.Text()
		if !ok {
			return g.unknown(t.at(n))
		}
		parts = append(parts, s)
	}
	return t.attribute(strings.Join(parts, "."), t.at(n))
}

// attribute is GetAtt by "Resource.Attribute". The longest name that SAM generates an alias for wins.
func (t *template) attribute(path string, at diag.Range) inventory.Value {
	id, attr, ok := strings.Cut(path, ".")
	if second, rest, more := strings.Cut(attr, "."); more {
		if real, isAlias := t.alias[id+"."+second]; isAlias {
			id, attr = real, rest
		}
	}
	if !ok || attr == "" {
		t.errorf(at, "Function has the wrong arguments", "Fn::GetAtt takes a resource and one of its attributes; here is %q. Its value is taken as unknown.", diag.Clip(path, maxClip))
		return unknown(at, "Fn::GetAtt", "wrong arguments")
	}
	d, declared := t.byID[id]
	if !declared {
		return t.undeclared(id, at)
	}
	if output, isOutput := strings.CutPrefix(attr, "Outputs."); isOutput && d.typ == stackType {
		return t.childOutput(id, output, at)
	}
	g := gather{refs: []inventory.Ref{{Address: t.prefix + id, Attr: attr}}, partial: "${" + t.prefix + path + "}", notNull: attr == "Arn" || attr == "Id"}
	return g.unknown(at)
}

// choose evaluates Fn::If. When the condition cannot be told, branches that agree give their value all the same;
// otherwise the value is unknown and keeps the references of both.
func (t *template) choose(arg, n *node) (inventory.Value, bool) {
	args := arg.List()
	if len(args) != 3 {
		return t.misuse(n, "Fn::If", "a condition and two values"), true
	}
	var v verdict
	name, ok := args[0].Scalar()
	if ok {
		v = *t.condition(name, n)
	} else {
		v = t.judge(args[0])
	}
	switch v.truth {
	case yes:
		return t.branch(args[1], &v)
	case no:
		return t.branch(args[2], &v)
	}
	a, hasA := t.value(args[1])
	b, hasB := t.value(args[2])
	if !hasA && !hasB {
		return inventory.Value{}, false
	}
	if hasA && hasB && agree(a, b) {
		return a, true
	}
	g := gather{unresolved: v.steps(), assumed: v.assumed, partial: "${" + name + "}"}
	g.addAll(a)
	g.addAll(b)
	return g.unknown(t.at(n)), true
}

// branch takes one branch, which then rests on the defaults that the condition rests on.
func (t *template) branch(n *node, v *verdict) (inventory.Value, bool) {
	out, ok := t.value(n)
	if !ok || len(v.assumed) == 0 {
		return out, ok
	}
	g := gather{assumed: v.assumed}
	g.add(out)
	g.partial = out.Partial()
	return g.on(out), true
}

// agree reports whether two values are known and the same throughout.
func agree(a, b inventory.Value) bool {
	if a.Kind() != b.Kind() || a.IsUnknown() {
		return a.Kind() != inventory.List && a.Kind() != inventory.Map && settled(a) && settled(b) && sameText(a, b)
	}
	switch a.Kind() {
	case inventory.Null:
		return true
	case inventory.List:
		x, y := a.List(), b.List()
		for i := range min(len(x), len(y)) {
			if !agree(x[i], y[i]) {
				return false
			}
		}
		return len(x) == len(y)
	case inventory.Map:
		x, y := a.Properties(), b.Properties()
		for i := range min(len(x), len(y)) {
			if x[i].Name != y[i].Name || !agree(x[i].Value, y[i].Value) {
				return false
			}
		}
		return len(x) == len(y)
	}
	return sameText(a, b)
}
