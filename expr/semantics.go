package expr

import (
	"fmt"
	"reflect"
	"slices"

	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// unsetFunc and setFunc replace "x == null" and "x != null": any type can be compared with null that way.
const (
	unsetFunc = "@unset"
	setFunc   = "@set"
)

func unset(v ref.Val) ref.Val {
	if u, ok := v.(*types.Unknown); ok && slices.Equal(u.IDs(), []int64{someID}) {
		return types.False
	}
	if types.IsUnknownOrError(v) {
		return v
	}
	return types.Bool(isNull(v))
}

func isSet(v ref.Val) ref.Val {
	if is, ok := unset(v).(types.Bool); ok {
		return !is
	}
	return v
}

func noConversion(v ref.Val, t reflect.Type) error {
	return fmt.Errorf("a %s cannot become a Go %s", v.Type().TypeName(), t)
}

func noType(v ref.Val, t ref.Type) ref.Val {
	if t == types.TypeType {
		if typ, ok := v.Type().(*types.Type); ok {
			return typ
		}
	}
	return types.NewErr("a %s cannot become a %s", v.Type().TypeName(), t.TypeName())
}

// decorate puts the rules for null and unknown in place of CEL's where they differ: equality of lists and maps with
// unknown members is unknown, and the functions on text and order are false on null.
func decorate(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok {
		return i, nil
	}
	switch call.Function() {
	case operators.Equals, operators.NotEquals:
		return &equality{InterpretableCall: call, negate: call.Function() == operators.NotEquals}, nil
	case "startsWith", "endsWith", "contains", "matches",
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return &lenient{InterpretableCall: call}, nil
	}
	return i, nil
}

// equality is == and != with three values.
type equality struct {
	interpreter.InterpretableCall
	negate bool
}

// Exec implements interpreter.InterpretableV2.
func (e *equality) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	args := e.Args()
	l, r := args[0].Exec(frame), args[1].Exec(frame)
	for _, v := range []ref.Val{l, r} {
		if types.IsError(v) {
			return v
		}
	}
	res := equal(l, r)
	if costs := frame.CostTracker(); costs != nil {
		costs.EvalBinary(frame, e.ID(), e, l, r, res)
	}
	if b, ok := res.(types.Bool); ok && e.negate {
		return !b
	}
	return res
}

// Eval implements interpreter.Interpretable.
func (e *equality) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, e.Exec)
}

// lenient is a call that is false, not an error, when an argument is null.
type lenient struct {
	interpreter.InterpretableCall
}

// Exec implements interpreter.InterpretableV2. The arguments are looked at again only when the call failed.
func (c *lenient) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	res := c.InterpretableCall.Exec(frame)
	if !types.IsError(res) {
		return res
	}
	for _, arg := range c.Args() {
		if isNull(arg.Exec(frame)) {
			return types.False
		}
	}
	return res
}

// Eval implements interpreter.Interpretable.
func (c *lenient) Eval(vars interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(vars, c.Exec)
}

// equal compares two values: True, False or an unknown. Null, and a list or map that is not set, equals only null.
func equal(l, r ref.Val) ref.Val {
	if types.IsUnknown(l) || types.IsUnknown(r) {
		return unknown()
	}
	if isNull(l) || isNull(r) {
		return types.Bool(isNull(l) && isNull(r))
	}
	switch a := l.(type) {
	case traits.Lister:
		b, ok := r.(traits.Lister)
		return equalOr(ok, func() ref.Val { return equalLists(a, b) })
	case traits.Mapper:
		b, ok := r.(traits.Mapper)
		return equalOr(ok, func() ref.Val { return equalMaps(a, b) })
	}
	return types.Equal(l, r)
}

func equalOr(comparable bool, compare func() ref.Val) ref.Val {
	if !comparable {
		return types.False
	}
	return compare()
}

func equalLists(a, b traits.Lister) ref.Val {
	if a.Size() != b.Size() {
		return types.False
	}
	var answer ref.Val = types.True
	ib := b.Iterator()
	for ia := a.Iterator(); ia.HasNext() == types.True; {
		switch equal(ia.Next(), ib.Next()) {
		case types.False:
			return types.False
		case types.True:
		default:
			answer = unknown()
		}
	}
	return answer
}

func equalMaps(a, b traits.Mapper) ref.Val {
	if a.Size() != b.Size() {
		return types.False
	}
	var answer ref.Val = types.True
	for it := a.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		if b.Contains(key) != types.True {
			return types.False
		}
		switch equal(a.Get(key), b.Get(key)) {
		case types.False:
			return types.False
		case types.True:
		default:
			answer = unknown()
		}
	}
	return answer
}
