package terraform

import (
	"errors"
	"fmt"
	"maps"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// errLimit says that a function asked for more than the reader gives.
var errLimit = errors.New("limit reached")

const (
	// maxRange is how many elements range() makes; Terraform refuses more as well.
	maxRange = 1024
	// maxElements bounds the other functions whose result is longer than their arguments.
	maxElements = 250_000
)

// maxText bounds the text that a function makes, in bytes.
const maxText = 8 << 20

// functionTable returns every function of the language. Functions that read files are bound to the root; functions whose
// result differs from run to run are unknown.
func (r *run) functionTable() functionTable {
	out := functionTable{}
	maps.Copy(out, standardFunctions())
	maps.Copy(out, collectionFunctions())
	maps.Copy(out, textFunctions())
	maps.Copy(out, encodingFunctions())
	maps.Copy(out, networkFunctions())
	out["merge"] = r.budget.merging()
	r.budget.charge(out)
	maps.Copy(out, r.fileFunctions(out))
	for _, name := range []string{"timestamp", "plantimestamp", "uuid", "bcrypt", "rsadecrypt", "ephemeralasnull"} {
		out[name] = unknownFunc
	}
	for name, f := range out {
		out["core::"+name] = f
	}
	return out
}

// unknownFunc stands for a function whose result only a run can tell.
var unknownFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true},
	Type:     function.StaticReturnType(cty.DynamicPseudoType),
	Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.DynamicVal, nil },
})

func standardFunctions() functionTable {
	return functionTable{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc, "max": stdlib.MaxFunc,
		"min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc,
		"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
		"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc,
		"split": stdlib.SplitFunc, "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc,
		"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc,
		"upper":     stdlib.UpperFunc,
		"chunklist": stdlib.ChunklistFunc, "coalesce": coalesceFunc, "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
		"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": distinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "keys": stdlib.KeysFunc, "merge": stdlib.MergeFunc, "range": rangeFunc, "reverse": stdlib.ReverseListFunc,
		"setintersection": stdlib.SetIntersectionFunc, "setproduct": setProductFunc, "setsubtract": stdlib.SetSubtractFunc,
		"setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
		"csvdecode": stdlib.CSVDecodeFunc, "jsondecode": jsonDecodeFunc, "jsonencode": jsonEncodeFunc,
		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc,
		"try": tryFunc, "can": canFunc,
		"tostring": toStringFunc, "tonumber": stdlib.MakeToFunc(cty.Number), "tobool": stdlib.MakeToFunc(cty.Bool),
		"toset": toFunc(cty.Set(cty.DynamicPseudoType)), "tolist": toFunc(cty.List(cty.DynamicPseudoType)),
		"tomap": toFunc(cty.Map(cty.DynamicPseudoType)),
	}
}

// rangeFunc is the standard range with a bound, because the standard one builds any length before anybody can look.
var rangeFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "limits", Type: cty.Number},
	Type:     function.StaticReturnType(cty.List(cty.Number)),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		nums := make([]float64, len(args))
		for i, a := range args {
			nums[i], _ = a.AsBigFloat().Float64()
		}
		start, end, step := 0.0, 0.0, 1.0
		switch len(nums) {
		case 1:
			end = nums[0]
		case 2:
			start, end = nums[0], nums[1]
		case 3:
			start, end, step = nums[0], nums[1], nums[2]
		}
		if step != 0 && (end-start)/step > maxRange {
			return cty.NilVal, fmt.Errorf("%w: range of %.0f elements, at most %d are made", errLimit, (end-start)/step, maxRange)
		}
		return stdlib.Range(args...)
	},
})

// setProductFunc bounds the standard function: its result is as long as the product of its arguments.
var setProductFunc = bounded(stdlib.SetProductFunc, func(args []cty.Value) int {
	n := 1
	for _, a := range args {
		if a.IsKnown() && !a.IsNull() && a.CanIterateElements() {
			n *= a.LengthInt()
		}
		if n > maxElements {
			return n
		}
	}
	return n
})

// bounded wraps a function with a look at how large its result would be.
func bounded(f function.Function, size func([]cty.Value) int) function.Function {
	return function.New(&function.Spec{
		Params: f.Params(), VarParam: f.VarParam(),
		Type: f.ReturnTypeForValues,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if n := size(args); n > maxElements {
				return cty.NilVal, fmt.Errorf("%w: more than %d elements", errLimit, maxElements)
			}
			return f.Call(args)
		},
	})
}
