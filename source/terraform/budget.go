package terraform

import (
	"fmt"
	"math/big"
	"reflect"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// A few lines of configuration can ask for any amount of work: loops in loops, a text that is doubled forty times, lists
// of lists of the same list. One root has a budget of steps, and no value may grow beyond a size.
const (
	// maxSteps is the budget: a step is a turn of a loop, two members of a collection that a function goes through, or 64
	// bytes that a loop makes.
	maxSteps = 1_000_000
	// maxMembers is the size of a value that a name stands for, counted through everything inside it.
	maxMembers = 1_000_000
	// maxMixed is the length from which a collection of mixed types is not made into a list, set or map: cty compares
	// each type with each other.
	maxMixed = 4_000
)

// budget counts the steps of one root.
type budget struct {
	spent int
	told  bool
}

func (b *budget) spend(n int) bool {
	b.spent += n
	return b.spent <= maxSteps
}

// budgetName is a variable that no configuration can name; loops find their root's budget by it.
const budgetName = "\x00budget"

var budgetType = cty.Capsule("budget", reflect.TypeFor[budget]())

// counted is the body of a loop. It takes its steps from the budget, and is unknown when none are left.
type counted struct{ hclsyntax.Expression }

// Value implements hcl.Expression.
func (e counted) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	b := budgetOf(ctx)
	if !b.spend(1) {
		return cty.DynamicVal, nil
	}
	v, diags := e.Expression.Value(ctx)
	b.spend(textLength(v) / 64)
	return v, diags
}

// budgetOf finds the budget that an expression draws on; one that has none has its own.
func budgetOf(ctx *hcl.EvalContext) *budget {
	for c := ctx; c != nil; c = c.Parent() {
		if v, ok := c.Variables[budgetName]; ok {
			return v.EncapsulatedValue().(*budget)
		}
	}
	return &budget{}
}

// textLength is the length of a known text in bytes, 0 for anything else.
func textLength(v cty.Value) int {
	v, _ = v.Unmark()
	if v == cty.NilVal || v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
		return 0
	}
	return len(v.AsString())
}

// wholeCollection are the functions that go through every member of an argument.
var wholeCollection = []string{
	"alltrue", "anytrue", "chunklist", "coalescelist", "compact", "concat", "contains", "distinct", "flatten", "formatlist",
	"index", "join", "jsonencode", "keys", "matchkeys", "merge", "one", "reverse", "setintersection", "setproduct",
	"setsubtract", "setunion", "slice", "sort", "sum", "tolist", "tomap", "toset", "transpose", "values", "yamlencode", "zipmap",
}

// charge makes those functions pay.
func (b *budget) charge(table functionTable) {
	for _, name := range wholeCollection {
		if f, ok := table[name]; ok {
			table[name] = b.charged(f)
		}
	}
}

func (b *budget) charged(f function.Function) function.Function {
	check := func(args []cty.Value) error {
		n := 0
		for _, a := range args {
			n += membersOf(a)
		}
		if n > 8 && !b.spend(n/2) {
			return fmt.Errorf("%w: evaluating this root takes more than %d steps", errLimit, maxSteps)
		}
		return nil
	}
	return function.New(&function.Spec{
		Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := check(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// membersOf is the number of members of a known collection, 0 for anything else.
func membersOf(v cty.Value) int {
	v, _ = v.Unmark()
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

// toFunc is Terraform's tolist, toset or tomap. Collections of one type are converted at once and others compared type by
// type, which is bounded.
func toFunc(want cty.Type) function.Function {
	base := stdlib.MakeToFunc(want)
	return function.New(&function.Spec{
		Params: base.Params(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if t, ok := uniform(args[0], want); ok {
				return t, nil
			}
			if n := membersOf(args[0]); n > maxMixed && !args[0].Type().IsCollectionType() {
				return cty.DynamicPseudoType, fmt.Errorf("%w: %d members of different types, at most %d are converted", errLimit, n, maxMixed)
			}
			return base.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) { return convert.Convert(args[0], t) },
	})
}

// toStringFunc is the standard function with a short way for whole numbers, which cty writes by way of a decimal.
var toStringFunc = function.New(&function.Spec{
	Params: stdlib.MakeToFunc(cty.String).Params(),
	Type:   stdlib.MakeToFunc(cty.String).ReturnTypeForValues,
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		v, marks := args[0].Unmark()
		if v.Type() == cty.Number && v.IsKnown() && !v.IsNull() {
			if n, accuracy := v.AsBigFloat().Int64(); accuracy == big.Exact {
				return cty.StringVal(strconv.FormatInt(n, 10)).WithMarks(marks), nil
			}
		}
		return convert.Convert(args[0], t)
	},
})

// distinctFunc is the standard function, but linear where the standard one compares each member with each other.
var distinctFunc = function.New(&function.Spec{
	Params: stdlib.DistinctFunc.Params(),
	Type:   stdlib.DistinctFunc.ReturnTypeForValues,
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		n := membersOf(args[0])
		if n == 0 || !t.ElementType().IsPrimitiveType() || !args[0].IsWhollyKnown() {
			if n > maxMixed {
				return cty.NilVal, fmt.Errorf("%w: %d members, at most %d that are no text or number are compared", errLimit, n, maxMixed)
			}
			return stdlib.Distinct(args[0])
		}
		seen := make(map[string]bool, n)
		var out []cty.Value
		for it := args[0].ElementIterator(); it.Next(); {
			_, x := it.Element()
			if key := x.GoString(); !seen[key] {
				seen[key] = true
				out = append(out, x)
			}
		}
		return cty.ListVal(out), nil
	},
})

// uniform returns the type that v has once it is a list, set or map, when all members of v are of one type.
func uniform(v cty.Value, want cty.Type) (cty.Type, bool) {
	t := v.Type()
	var member cty.Type
	switch {
	case t.IsTupleType() && t.Length() > 0 && !want.IsMapType():
		types := t.TupleElementTypes()
		member = types[0]
		for _, o := range types[1:] {
			if !o.Equals(member) {
				return t, false
			}
		}
	case t.IsObjectType() && len(t.AttributeTypes()) > 0 && want.IsMapType():
		first := true
		for _, o := range t.AttributeTypes() {
			if first {
				member, first = o, false
			}
			if !o.Equals(member) {
				return t, false
			}
		}
	default:
		return t, false
	}
	switch {
	case member.HasDynamicTypes():
		return t, false
	case want.IsListType():
		return cty.List(member), true
	case want.IsSetType():
		return cty.Set(member), true
	}
	return cty.Map(member), true
}

// tooLarge reports whether a value holds more than maxMembers values, everything inside it counted.
func tooLarge(v cty.Value) bool {
	if textLength(v) > maxText {
		return true
	}
	left := maxMembers
	return !within(v, &left)
}

func within(v cty.Value, left *int) bool {
	*left--
	if *left < 0 {
		return false
	}
	v, _ = v.Unmark()
	if v == cty.NilVal || v.Type().IsPrimitiveType() || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return true
	}
	if v.Type().IsCollectionType() && v.Type().ElementType().IsPrimitiveType() {
		*left -= v.LengthInt()
		return *left >= 0
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, x := it.Element(); !within(x, left) {
			return false
		}
	}
	return true
}

// bound replaces a value that has grown too large by an unknown one.
func (in *instance) bound(name string, at *attr, v cty.Value) cty.Value {
	if !tooLarge(v) {
		return v
	}
	place := diag.Range{Path: in.run.dir}
	if at != nil {
		place = at.at
	}
	in.run.inv.Diags.Errorf(place, "Limit reached", "%s%s holds more than %d values or %d MB of text. It is taken as unknown.", in.path, name, maxMembers, maxText>>20)
	return unresolved(in.depth, inventory.Step{Name: in.path + name, Note: "is too large"})
}

// tellBudget says once that the budget of the root is used up, and by which argument.
func (in *instance) tellBudget(a *attr) {
	b := &in.run.budget
	if b.told || b.spent <= maxSteps {
		return
	}
	b.told = true
	in.run.inv.Diags.Errorf(a.at, "Limit reached", "The loops of this root take more than %d steps; %s is where they ran out. What they would make from here on is taken as unknown.", maxSteps, a.name)
}
