package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// truth is a three-valued truth.
type truth uint8

const (
	maybe truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// verdict is what a condition comes to.
type verdict struct {
	truth truth
	gather
	// open is set while the condition is being judged.
	open bool
	// name and place of the condition, for one that nothing can be said about.
	self inventory.Step
}

// steps returns what would decide a verdict that is maybe; never empty.
func (v *verdict) steps() []inventory.Step {
	v.tidy()
	if len(v.unresolved) == 0 {
		return []inventory.Step{v.self}
	}
	return v.unresolved
}

// condition judges the condition of the given name.
func (t *template) condition(name string, from *node) *verdict {
	if v, ok := t.verdicts[name]; ok {
		if v.open {
			t.errorf(v.self.At, "Condition cycle", "The condition %s depends on itself; it is taken as unknown.", diag.Clip(name, maxClip))
		}
		return v
	}
	self := inventory.Step{Name: "condition " + name, Note: "cannot be told", At: t.at(from)}
	n, ok := t.conditions[name]
	if !ok {
		if !t.macros {
			t.errorf(t.at(from), "Condition not declared", "There is no condition %s in the Conditions section; it is taken as unknown.", diag.Clip(name, maxClip))
		}
		return &verdict{self: self}
	}
	self.At = t.at(n)
	v := &verdict{open: true, self: self}
	t.verdicts[name] = v
	*v = t.judge(n)
	v.open, v.self = false, self
	v.tidy()
	return v
}

// judge evaluates a condition expression.
func (t *template) judge(n *node) verdict {
	unclear := verdict{self: inventory.Step{Name: "condition", Note: "cannot be told", At: t.at(n)}}
	if !t.enter(n) {
		return unclear
	}
	defer t.leave()
	if note := t.opts.Annotations[n]; note != nil && note.Unknown {
		return t.undecided(note, n)
	}
	if s, ok := n.Scalar(); ok {
		if b, isBool := inventory.StringValue(s, diag.Range{}).Bool(); isBool {
			return verdict{truth: truthOf(b)}
		}
	}
	name, arg, ok := callOf(n)
	if !ok && n.Get("Condition") != nil && len(n.Fields) == 1 {
		return *t.condition(n.Get("Condition").Str(), n)
	}
	switch name {
	case "Fn::Equals":
		return t.equals(n, arg)
	case "Fn::And":
		return t.connect(arg, no, yes)
	case "Fn::Or":
		return t.connect(arg, yes, no)
	case "Fn::Not":
		if list := arg.List(); len(list) == 1 {
			v := t.judge(list[0])
			v.truth = map[truth]truth{yes: no, no: yes, maybe: maybe}[v.truth]
			return v
		}
	case "Ref", "Fn::FindInMap", "Fn::If":
		return verdictOf(t.eval(n))
	}
	t.errorf(t.at(n), "Condition has the wrong shape", "A condition is Fn::Equals, Fn::And, Fn::Or, Fn::Not or the name of another condition with the right number of arguments. It is taken as unknown.")
	return unclear
}

func verdictOf(v inventory.Value) verdict {
	out := verdict{}
	out.add(v)
	if b, ok := v.Bool(); ok {
		out.truth = truthOf(b)
	}
	return out
}

// connect judges And and Or: one argument with the deciding truth decides, whatever the others; the result rests on
// that argument alone then.
func (t *template) connect(arg *node, decides, otherwise truth) verdict {
	out := verdict{truth: otherwise}
	for _, n := range arg.List() {
		v := t.judge(n)
		if v.truth == decides {
			return v
		}
		if v.truth == maybe {
			out.truth = maybe
		}
		out.refs = append(out.refs, v.refs...)
		out.assumed = append(out.assumed, v.assumed...)
		out.unresolved = append(out.unresolved, v.unresolved...)
		if v.truth == maybe && len(v.unresolved) == 0 {
			out.unresolved = append(out.unresolved, v.self)
		}
		out.tidy()
	}
	return out
}

func (t *template) equals(n, arg *node) verdict {
	args := arg.List()
	if len(args) != 2 {
		t.errorf(t.at(n), "Condition has the wrong shape", "Fn::Equals takes two values; here are %d. It is taken as unknown.", len(args))
		return verdict{}
	}
	a, b := t.eval(args[0]), t.eval(args[1])
	out := verdict{}
	out.addAll(a)
	out.addAll(b)
	switch {
	case settled(a) && settled(b):
		out.truth = truthOf(sameText(a, b))
	case t.notAllowed(args[0], b) || t.notAllowed(args[1], a):
		out.truth = no
	}
	if out.truth != maybe {
		out.unresolved = nil
	}
	return out
}

// settled reports whether the text of v is the text that CloudFormation would compare. That of a dynamic reference
// or looked-up parameter is not: it is replaced first.
func settled(v inventory.Value) bool {
	if v.Kind() == inventory.List {
		for _, item := range v.List() {
			if !settled(item) {
				return false
			}
		}
		return true
	}
	s, ok := v.Text()
	return ok && !strings.Contains(s, "{{resolve:")
}

// notAllowed reports whether n refers to a parameter that can never be v, because its allowed values are listed and v
// is none of them.
func (t *template) notAllowed(n *node, v inventory.Value) bool {
	want, ok := v.Text()
	if !ok || !settled(v) {
		return false
	}
	allowed := t.doc.Get("Parameters").At(refTarget(n), "AllowedValues")
	if refTarget(n) == "" || allowed == nil || allowed.Kind != document.List || len(allowed.Items) == 0 {
		return false
	}
	if strings.HasPrefix(t.doc.Get("Parameters").At(refTarget(n), "Type").Str(), "AWS::SSM::") {
		return false // the names are listed, not the values behind them
	}
	for _, item := range allowed.Items {
		s, scalar := item.Scalar()
		if !scalar || s == want {
			return false
		}
	}
	return true
}

// sameText compares two known values as CloudFormation does: by text, whatever the type.
func sameText(a, b inventory.Value) bool {
	x, ok := a.Text()
	y, also := b.Text()
	if ok && also {
		return x == y
	}
	if a.Kind() != inventory.List || b.Kind() != inventory.List || len(a.List()) != len(b.List()) {
		return false
	}
	for i := range a.List() {
		if !sameText(a.List()[i], b.List()[i]) {
			return false
		}
	}
	return true
}
