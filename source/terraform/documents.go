package terraform

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// A document is a value that Terraform renders to JSON text. Rendering loses what is unknown inside it and which part
// refers to what, so the text carries the structure as a mark as well.

// encodeDocument renders v as JSON text with its structure attached. The text is unknown when a part of v is.
func encodeDocument(v cty.Value) cty.Value {
	plain, marks := v.UnmarkDeep()
	text := cty.UnknownVal(cty.String).RefineNotNull()
	if plain.IsWhollyKnown() {
		if s, err := stdlib.JSONEncode(plain); err == nil {
			text = s
		}
	}
	return text.WithMarks(marks).Mark(&documentMark{value: v})
}

// decodeDocument gets the structure back from text: from the mark, else by parsing.
func decodeDocument(v cty.Value) cty.Value {
	plain, marks := v.Unmark()
	if _, doc, _ := metaOf(marks); doc != nil {
		return doc.value
	}
	if plain.IsKnown() && !plain.IsNull() && plain.Type() == cty.String {
		if out, err := stdlib.JSONDecode(plain); err == nil {
			return out.WithMarks(marks)
		}
	}
	return cty.DynamicVal.WithMarks(marks)
}

var jsonEncodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{
		Name: "val", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
	}},
	Type: function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return encodeDocument(args[0]), nil },
})

var jsonDecodeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "str", Type: cty.String, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true}},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		plain, marks := args[0].Unmark()
		if _, doc, _ := metaOf(marks); doc != nil {
			return doc.value, nil
		}
		if !plain.IsKnown() {
			return cty.DynamicVal.WithMarks(marks), nil
		}
		v, err := stdlib.JSONDecode(plain)
		return v.WithMarks(marks), err
	},
})
