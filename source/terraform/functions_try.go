package terraform

import (
	"errors"

	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

var closures = &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType}

// tryFunc returns its first argument that evaluates without an error. Unlike the library's it returns an unknown value as
// it is, with what it refers to: the first alternative is the one that is meant.
var tryFunc = function.New(&function.Spec{
	VarParam: closures,
	Type: func(args []cty.Value) (cty.Type, error) {
		v, err := tryAll(args)
		return v.Type(), err
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return tryAll(args) },
})

func tryAll(args []cty.Value) (cty.Value, error) {
	for _, a := range args {
		if v, diags := customdecode.ExpressionClosureFromVal(a).Value(); !diags.HasErrors() {
			return v, nil
		}
	}
	return cty.DynamicVal, errors.New("no expression succeeded")
}

// canFunc reports whether its argument evaluates without an error; unknown when an unknown value could still fail.
var canFunc = function.New(&function.Spec{
	Params: []function.Parameter{*closures},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, diags := customdecode.ExpressionClosureFromVal(args[0]).Value()
		switch {
		case diags.HasErrors():
			return cty.False, nil
		case v.IsWhollyKnown():
			return cty.True, nil
		}
		_, marks := v.UnmarkDeep()
		return cty.UnknownVal(cty.Bool).WithMarks(marks), nil
	},
})

// coalesceFunc returns its first argument that is neither null nor an empty text. An unknown argument may be either, so
// nothing after it is looked at.
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{
		Name: "vals", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
	},
	Type: function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var passed []cty.ValueMarks
		for _, a := range args {
			plain, marks := a.Unmark()
			if !plain.IsKnown() {
				return cty.DynamicVal.WithMarks(append(passed, marks)...), nil
			}
			if !plain.IsNull() && (plain.Type() != cty.String || plain.AsString() != "") {
				return a, nil
			}
			passed = append(passed, stepMarks(marks))
		}
		return cty.NilVal, errors.New("no non-null, non-empty-string arguments")
	},
})
