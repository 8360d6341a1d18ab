package terraform

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// convert turns an evaluated value into an inventory value of the given shape. outer is what an enclosing value
// remembers; path is the Terraform path, for renamed members.
func (t *translation) convert(v cty.Value, outer *inventory.Meta, shape *vocabulary.Shape, at diag.Range, path string) inventory.Value {
	plain, marks := v.Unmark()
	meta, doc, sensitive := metaOf(marks)
	if doc != nil && structured(shape) {
		return t.convert(doc.value, nil, shape, at, path)
	}
	if text := partialOf(plain, marks); text != "" && !plain.IsKnown() {
		if meta == nil {
			meta = &inventory.Meta{}
		}
		meta.Partial = text
	}
	meta = merge(outer, meta)
	out := t.convertPlain(plain, meta, shape, at, path)
	if out.Meta() == nil && meta != nil {
		out = out.WithMeta(meta)
	}
	if sensitive {
		out = hidden(out)
	}
	return out
}

// structured reports whether JSON text at this shape stands for a structure.
func structured(s *vocabulary.Shape) bool {
	switch s.Kind {
	case vocabulary.String, vocabulary.Integer, vocabulary.Number, vocabulary.Boolean:
		return false
	}
	return true
}

func (t *translation) convertPlain(v cty.Value, meta *inventory.Meta, shape *vocabulary.Shape, at diag.Range, path string) inventory.Value {
	switch {
	case !v.IsKnown():
		out := unknownWith(meta, at, path)
		if v.Range().DefinitelyNotNull() {
			set := *out.Meta()
			set.NotNull = true
			out = out.WithMeta(&set)
		}
		return out
	case v.IsNull():
		return inventory.NullValue(at)
	}
	typ := v.Type()
	switch {
	case typ == cty.String:
		return t.convertText(v.AsString(), meta, shape, at, path)
	case typ == cty.Bool:
		return inventory.BoolValue(v.True(), at)
	case typ == cty.Number:
		n, _ := v.AsBigFloat().Float64()
		return inventory.NumberValue(n, at)
	case typ.IsListType() || typ.IsTupleType() || typ.IsSetType():
		return t.convertList(v, meta, shape, at, path)
	case typ.IsMapType() || typ.IsObjectType():
		return t.convertMap(v, meta, shape, at, path)
	}
	return unknownWith(meta, at, path)
}

// convertText keeps text, but reads JSON text where a structure is expected (policies, container definitions).
func (t *translation) convertText(s string, meta *inventory.Meta, shape *vocabulary.Shape, at diag.Range, path string) inventory.Value {
	trimmed := strings.TrimSpace(s)
	if structured(shape) && shape != opaque && len(trimmed) > 1 && (trimmed[0] == '{' || trimmed[0] == '[') {
		var doc any
		if json.Unmarshal([]byte(trimmed), &doc) == nil {
			return jsonValue(doc, meta, shape, at)
		}
	}
	return inventory.StringValue(s, at)
}

// jsonValue converts decoded JSON, giving members CloudFormation's spelling where the shape lists them.
func jsonValue(doc any, meta *inventory.Meta, shape *vocabulary.Shape, at diag.Range) inventory.Value {
	var out inventory.Value
	switch d := doc.(type) {
	case map[string]any:
		props := make([]inventory.Property, 0, len(d))
		for k, x := range d {
			name, inner := member(shape, k)
			props = append(props, inventory.Property{Name: name, Value: jsonValue(x, meta, inner, at)})
		}
		out = inventory.MapValue(props, at)
	case []any:
		elem := opaque
		if shape.Kind == vocabulary.List {
			elem = shape.Element
		}
		items := make([]inventory.Value, 0, len(d))
		for _, x := range d {
			items = append(items, jsonValue(x, meta, elem, at))
		}
		out = inventory.ListValue(items, at)
	case string:
		out = inventory.StringValue(d, at)
	case float64:
		out = inventory.NumberValue(d, at)
	case bool:
		out = inventory.BoolValue(d, at)
	default:
		out = inventory.NullValue(at)
	}
	return out.WithMeta(meta)
}

// member names a member of an object and gives its shape.
func member(shape *vocabulary.Shape, name string) (string, *vocabulary.Shape) {
	switch shape.Kind {
	case vocabulary.Object:
		if f, ok := shape.FoldedField(name); ok {
			return f.Name, f.Shape
		}
		return pascal(name), opaque
	case vocabulary.Map, vocabulary.Tags:
		return name, shape.Element
	}
	return name, opaque
}

func (t *translation) convertList(v cty.Value, meta *inventory.Meta, shape *vocabulary.Shape, at diag.Range, path string) inventory.Value {
	n := v.LengthInt()
	elem := opaque
	switch shape.Kind {
	case vocabulary.Object: // a block written as a list of one
		if n == 0 {
			return inventory.NullValue(at)
		}
		if n == 1 {
			for it := v.ElementIterator(); it.Next(); {
				_, x := it.Element()
				return t.convert(x, meta, shape, at, path)
			}
		}
	case vocabulary.List:
		elem = shape.Element
	case vocabulary.Tags:
		return t.convertTags(v, meta, at)
	}
	items := make([]inventory.Value, 0, n)
	for it := v.ElementIterator(); it.Next(); {
		_, x := it.Element()
		items = append(items, t.convertMember(x, meta, elem, at, path))
	}
	return inventory.ListValue(items, at)
}

// convertMember converts a member of a list. Where CloudFormation has objects with one property, Terraform may write plain
// text: ["audit"] for [{Type: audit}].
func (t *translation) convertMember(v cty.Value, meta *inventory.Meta, elem *vocabulary.Shape, at diag.Range, path string) inventory.Value {
	plain, _ := v.Unmark()
	if elem.Kind == vocabulary.Object && len(elem.Fields) == 1 && plain.IsKnown() && !plain.IsNull() && plain.Type() == cty.String &&
		!strings.HasPrefix(plain.AsString(), "{") {
		field := elem.Fields[0]
		return inventory.MapValue([]inventory.Property{{Name: field.Name, Value: t.convert(v, meta, field.Shape, at, path)}}, at)
	}
	return t.convert(v, meta, elem, at, path)
}

// convertTags reads tags given as a list of objects with key and value.
func (t *translation) convertTags(v cty.Value, meta *inventory.Meta, at diag.Range) inventory.Value {
	var props []inventory.Property
	for it := v.ElementIterator(); it.Next(); {
		_, x := it.Element()
		x, _ = x.Unmark()
		if !x.IsKnown() || x.IsNull() || !(x.Type().IsObjectType() || x.Type().IsMapType()) {
			continue
		}
		m := x.AsValueMap()
		k, _ := m["key"].Unmark()
		if k == cty.NilVal || !k.IsKnown() || k.IsNull() || k.Type() != cty.String {
			continue
		}
		props = append(props, inventory.Property{Name: k.AsString(), Value: t.convert(m["value"], meta, opaque, at, "tag")})
	}
	return inventory.MapValue(props, at)
}

func (t *translation) convertMap(v cty.Value, meta *inventory.Meta, shape *vocabulary.Shape, at diag.Range, path string) inventory.Value {
	if shape.Kind == vocabulary.List && shape.Element.Kind == vocabulary.Object { // JSON syntax: one block without a list
		return inventory.ListValue([]inventory.Value{t.convertMap(v, meta, shape.Element, at, path)}, at)
	}
	o := &object{at: at}
	l := level{into: o, shape: shape, path: path}
	for it := v.ElementIterator(); it.Next(); {
		k, x := it.Element()
		k, _ = k.Unmark()
		name := k.AsString()
		if shape.Kind != vocabulary.Object {
			_, inner := member(shape, name)
			o.props = append(o.props, inventory.Property{Name: name, Value: t.convert(x, meta, inner, at, path)})
			continue
		}
		if into, to, inner, ok := t.target(l, name); ok && to != "" {
			full := join(path, name)
			if w := t.convert(x, meta, inner, at, full); !w.IsNull() {
				into.set(to, t.entry.word(full, w))
			}
		}
	}
	return o.value()
}

// unknownWith makes an unknown that says what would decide it: what is unresolved, else the resources it comes from.
func unknownWith(meta *inventory.Meta, at diag.Range, path string) inventory.Value {
	if meta == nil {
		meta = &inventory.Meta{}
	}
	if len(meta.Unresolved) == 0 {
		steps := refSteps(meta)
		if steps == nil {
			steps = []inventory.Step{{Name: path, Note: "is known only when applied", At: at}}
		}
		meta = &inventory.Meta{Refs: meta.Refs, Assumed: meta.Assumed, Trail: meta.Trail, Unresolved: steps, Partial: meta.Partial}
	}
	return inventory.UnknownValue(at).WithMeta(meta)
}

func unknownValue(marks cty.ValueMarks, at diag.Range, path string) inventory.Value {
	meta, _, _ := metaOf(marks)
	return unknownWith(meta, at, path)
}

// merge joins what an enclosing value and a value itself remember.
func merge(a, b *inventory.Meta) *inventory.Meta {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	}
	m := &inventory.Meta{
		Refs:       slices.Concat(a.Refs, b.Refs),
		Assumed:    distinct(a.Assumed, b.Assumed),
		Unresolved: distinct(a.Unresolved, b.Unresolved),
		Trail:      distinct(a.Trail, b.Trail),
		Partial:    cmp.Or(b.Partial, a.Partial),
	}
	slices.SortFunc(m.Refs, func(x, y inventory.Ref) int { return strings.Compare(x.Address+" "+x.Attr, y.Address+" "+y.Attr) })
	m.Refs = slices.Compact(m.Refs)
	return m
}

func distinct(a, b []inventory.Step) []inventory.Step {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
