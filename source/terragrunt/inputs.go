package terragrunt

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// inputSet is what a configuration gives as inputs.
type inputSet struct {
	values map[string]input
	// rest is set when a part of the inputs could not be told: any name may have a value from there.
	rest *inventory.Step
}

type input struct {
	value cty.Value
	at    diag.Range
}

// given is the set as Terraform's reader takes it. Terragrunt hands inputs over as TF_VAR_ variables of the environment,
// so terraform.tfvars, *.auto.tfvars and the command line go before them; the reader applies that order.
func (s *inputSet) given() map[string]terraform.Input {
	out := make(map[string]terraform.Input, len(s.values))
	for name, in := range s.values {
		out[name] = terraform.Input{Value: in.value, Note: "terragrunt input", At: in.at}
	}
	return out
}

func (s *inputSet) object() cty.Value {
	out := make(map[string]cty.Value, len(s.values))
	for name, in := range s.values {
		out[name] = in.value
	}
	if s.rest != nil && len(out) == 0 {
		return terraform.Missing(*s.rest)
	}
	return cty.ObjectVal(out)
}

// inputs evaluates the configuration's inputs with those of the files it includes: the configuration's own over the last
// include's, and so on to the first.
func (f *frame) inputs() *inputSet {
	if f.set != nil {
		return f.set
	}
	if f.busy["inputs"] {
		f.u.inv.Diags.Errorf(f.u.here(), "Reference cycle", "inputs of %s depend on themselves; they are taken as unknown.", f.doc.file)
		return &inputSet{rest: &inventory.Step{Name: "inputs", Note: "depends on itself", At: f.u.here()}}
	}
	f.busy["inputs"] = true
	set := &inputSet{}
	if e := f.doc.attrs["inputs"]; e != nil {
		set = f.inputsOf(e, e.Expression)
	}
	list := f.included()
	for i := len(list) - 1; i >= 0; i-- {
		switch inc := list[i]; {
		case inc.strategy == "no_merge":
		case inc.frame == nil:
			lost := &inputSet{rest: &inventory.Step{Name: "include." + inc.name, Note: "may set it, but was not read", At: inc.at}}
			set = layOver(lost, set, false)
		default:
			set = layOver(inc.frame.inputs(), set, inc.strategy == "deep")
		}
	}
	delete(f.busy, "inputs")
	f.set = set
	return set
}

// layOver lays one set over another. What lies below a set that is not wholly known may be replaced from there, so it is
// assumed to stand.
func layOver(base, over *inputSet, deep bool) *inputSet {
	out := &inputSet{values: make(map[string]input, len(base.values)+len(over.values)), rest: base.rest}
	maps.Copy(out.values, base.values)
	if over.rest != nil {
		out.rest = over.rest
		for name, in := range out.values {
			in.value = terraform.Assume(in.value, *over.rest)
			out.values[name] = in
		}
	}
	for name, in := range over.values {
		if old, ok := base.values[name]; ok && deep {
			in.value = deepMerge(old.value, in.value)
		}
		out.values[name] = in
	}
	return out
}

// inputsOf evaluates an expression that gives inputs. Objects and merges of objects are taken apart, so that one member
// that cannot be told does not take the others with it; e is the attribute that x is part of.
func (f *frame) inputsOf(e *expr, x hcl.Expression) *inputSet {
	if p, ok := x.(*hclsyntax.ParenthesesExpr); ok {
		return f.inputsOf(e, p.Expression)
	}
	if pairs, diags := hcl.ExprMap(x); !diags.HasErrors() {
		return f.inputsOfPairs(e, pairs)
	}
	if c, ok := x.(*hclsyntax.FunctionCallExpr); ok && !c.ExpandFinal && (c.Name == "merge" || c.Name == "deep_merge") {
		set := &inputSet{}
		for _, arg := range c.Args {
			set = layOver(set, f.inputsOf(e, arg), c.Name == "deep_merge")
		}
		return set
	}
	at := place(x.Range())
	v := f.eval(&expr{Expression: x, name: "inputs", at: at})
	plain, marks := v.Unmark()
	switch {
	case plain.IsKnown() && plain.IsNull():
		return &inputSet{}
	case !isMap(plain):
		return &inputSet{rest: restOf(v, at)}
	}
	set := &inputSet{values: map[string]input{}}
	for name, member := range plain.AsValueMap() {
		set.values[name] = input{member.WithMarks(marks), at}
	}
	return set
}

// restOf names what would decide inputs that are unknown.
func restOf(v cty.Value, at diag.Range) *inventory.Step {
	step := inventory.Step{Name: "inputs", Note: "may set it, but is no object", At: at}
	if steps := terraform.WouldDecide(v); len(steps) > 0 {
		step.Name, step.Note = steps[0].Name, "may set it through the unit's inputs"
	}
	return &step
}

func (f *frame) inputsOfPairs(e *expr, pairs []hcl.KeyValuePair) *inputSet {
	set := &inputSet{values: make(map[string]input, len(pairs))}
	for _, p := range pairs {
		at := place(p.Key.Range())
		key := f.eval(&expr{Expression: p.Key, name: e.name, at: at})
		name, ok := textOf(key)
		if !ok {
			set.rest = restOf(key, at)
			continue
		}
		set.values[name] = input{f.eval(&expr{Expression: p.Value, name: "inputs." + name, at: at}), at}
	}
	return set
}
