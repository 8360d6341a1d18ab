package terraform

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// anyParam takes whatever comes; the function sees unknowns and nulls itself.
func anyParam(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true}
}

// dynamicFunc makes a function of n arguments of any type whose result type is known only with the result.
func dynamicFunc(names []string, impl func(args []cty.Value) (cty.Value, error)) function.Function {
	spec := &function.Spec{
		Type: func(args []cty.Value) (cty.Type, error) {
			v, err := impl(args)
			if err != nil {
				return cty.NilType, err
			}
			return v.Type(), nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return impl(args) },
	}
	for _, n := range names {
		spec.Params = append(spec.Params, anyParam(n))
	}
	return function.New(spec)
}

func collectionFunctions() functionTable {
	return functionTable{
		"length":    dynamicFunc([]string{"value"}, length),
		"lookup":    lookupFunc,
		"one":       dynamicFunc([]string{"list"}, one),
		"sum":       dynamicFunc([]string{"list"}, sum),
		"alltrue":   dynamicFunc([]string{"list"}, func(a []cty.Value) (cty.Value, error) { return allOf(a[0], true) }),
		"anytrue":   dynamicFunc([]string{"list"}, func(a []cty.Value) (cty.Value, error) { return allOf(a[0], false) }),
		"index":     dynamicFunc([]string{"list", "value"}, index),
		"matchkeys": dynamicFunc([]string{"values", "keys", "searchset"}, matchKeys),
		"transpose": dynamicFunc([]string{"values"}, transpose),
		"sensitive": markedFunc(func(v cty.Value) cty.Value { return v.Mark(sensitiveMark{}) }),
		"nonsensitive": markedFunc(func(v cty.Value) cty.Value {
			v, marks := v.Unmark()
			delete(marks, sensitiveMark{})
			return v.WithMarks(marks)
		}),
		"issensitive": markedFunc(func(v cty.Value) cty.Value { return cty.BoolVal(v.HasMark(sensitiveMark{})) }),
		"type":        unknownFunc,
	}
}

func markedFunc(f func(cty.Value) cty.Value) function.Function {
	p := anyParam("value")
	p.AllowMarked = true
	return function.New(&function.Spec{
		Params: []function.Parameter{p},
		Type:   func(args []cty.Value) (cty.Type, error) { return f(args[0]).Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f(args[0]), nil },
	})
}

// lookupFunc is HCL's lookup that also takes a null or absent default.
var lookupFunc = function.New(&function.Spec{
	Params:   []function.Parameter{anyParam("map"), anyParam("key")},
	VarParam: func() *function.Parameter { p := anyParam("default"); return &p }(),
	Type:     func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		m, k := args[0], args[1]
		if !m.IsKnown() || !k.IsKnown() || m.IsNull() || k.IsNull() || k.Type() != cty.String {
			return cty.DynamicVal, nil
		}
		switch {
		case m.Type().IsObjectType() && m.Type().HasAttribute(k.AsString()):
			return m.GetAttr(k.AsString()), nil
		case m.Type().IsMapType() && m.HasIndex(k).True():
			return m.Index(k), nil
		case len(args) > 2:
			return args[2], nil
		}
		return cty.NilVal, fmt.Errorf("the map has no key %q", k.AsString())
	},
})

func length(args []cty.Value) (cty.Value, error) {
	v := args[0]
	t := v.Type()
	switch {
	case t.IsTupleType():
		return cty.NumberIntVal(int64(len(t.TupleElementTypes()))), nil
	case t.IsObjectType():
		return cty.NumberIntVal(int64(len(t.AttributeTypes()))), nil
	case !v.IsKnown() || t == cty.DynamicPseudoType:
		return cty.UnknownVal(cty.Number), nil
	case t == cty.String && !v.IsNull():
		return stdlib.Strlen(v)
	case v.IsNull():
		return cty.NilVal, errors.New("argument must not be null")
	case v.CanIterateElements():
		return v.Length(), nil
	}
	return cty.NilVal, errors.New("argument must be a string, a collection or a structural type")
}

// elements returns the members of a collection; ok is false when they are not all known to exist.
func elements(v cty.Value) (out []cty.Value, ok bool) {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil, false
	}
	for it := v.ElementIterator(); it.Next(); {
		_, x := it.Element()
		out = append(out, x)
	}
	return out, true
}

func one(args []cty.Value) (cty.Value, error) {
	list, ok := elements(args[0])
	switch {
	case !ok:
		return cty.DynamicVal, nil
	case len(list) == 0:
		return cty.NullVal(cty.DynamicPseudoType), nil
	case len(list) == 1:
		return list[0], nil
	}
	return cty.NilVal, errors.New("must be a list, set, or tuple value with either zero or one elements")
}

func sum(args []cty.Value) (cty.Value, error) {
	list, ok := elements(args[0])
	if !ok {
		return cty.UnknownVal(cty.Number), nil
	}
	total := cty.Zero
	for _, x := range list {
		n, err := convert.Convert(x, cty.Number)
		if err != nil || n.IsNull() {
			return cty.NilVal, errors.New("argument must be a list of numbers")
		}
		total = total.Add(n)
	}
	return total, nil
}

// allOf is alltrue (want true) and anytrue (want false): the first member that decides wins, an unknown one leaves it open.
func allOf(v cty.Value, want bool) (cty.Value, error) {
	list, ok := elements(v)
	if !ok {
		return cty.UnknownVal(cty.Bool), nil
	}
	open := false
	for _, x := range list {
		b, err := convert.Convert(x, cty.Bool)
		switch {
		case err != nil:
			return cty.NilVal, errors.New("argument must be a list of bools")
		case !b.IsKnown():
			open = true
		case b.IsNull() && want:
			return cty.False, nil
		case !b.IsNull() && b.True() != want:
			return cty.BoolVal(!want), nil
		}
	}
	if open {
		return cty.UnknownVal(cty.Bool), nil
	}
	return cty.BoolVal(want), nil
}

func index(args []cty.Value) (cty.Value, error) {
	list, ok := elements(args[0])
	if !ok || !args[1].IsWhollyKnown() {
		return cty.UnknownVal(cty.Number), nil
	}
	for i, x := range list {
		eq := x.Equals(args[1])
		if !eq.IsKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		if eq.True() {
			return cty.NumberIntVal(int64(i)), nil
		}
	}
	return cty.NilVal, errors.New("item not found")
}

func matchKeys(args []cty.Value) (cty.Value, error) {
	values, ok1 := elements(args[0])
	keys, ok2 := elements(args[1])
	search, ok3 := elements(args[2])
	if !ok1 || !ok2 || !ok3 || len(values) != len(keys) {
		return cty.DynamicVal, nil
	}
	var out []cty.Value
	for i, k := range keys {
		for _, s := range search {
			eq := k.Equals(s)
			if !eq.IsKnown() {
				return cty.DynamicVal, nil
			}
			if eq.True() {
				out = append(out, values[i])
				break
			}
		}
	}
	return cty.TupleVal(out), nil
}

func transpose(args []cty.Value) (cty.Value, error) {
	v := args[0]
	if !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() {
		return cty.DynamicVal, nil
	}
	lists := map[string][]cty.Value{}
	for it := v.ElementIterator(); it.Next(); {
		k, members := it.Element()
		list, ok := elements(members)
		if !ok {
			return cty.DynamicVal, nil
		}
		for _, x := range list {
			s, err := convert.Convert(x, cty.String)
			if err != nil || s.IsNull() {
				return cty.NilVal, errors.New("argument must be a map of lists of strings")
			}
			lists[s.AsString()] = append(lists[s.AsString()], k)
		}
	}
	if len(lists) == 0 {
		return cty.MapValEmpty(cty.List(cty.String)), nil
	}
	out := map[string]cty.Value{}
	for k, l := range lists {
		out[k] = cty.ListVal(l)
	}
	return cty.MapVal(out), nil
}
