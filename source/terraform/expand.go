package terraform

import (
	"fmt"
	"strconv"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// maxInstances bounds how many instances one block is expanded to.
const maxInstances = 20_000

// expansion is the set of instances that count or for_each make of a block.
type expansion struct {
	kind  expansionKind
	items []item
	// steps say what would decide an unknown number.
	steps []inventory.Step
}

type expansionKind uint8

const (
	single expansionKind = iota
	numbered
	keyed
	unknownNumber
)

// item is one instance: key is "", `[0]` or `["a"]`; name is the bare key.
type item struct {
	key, name string
	scope     scope
}

var oneItem = &expansion{items: []item{{}}}

// expand works out the instances of a block, once. outer is the scope it stands in (nothing at top level).
func (in *instance) expand(r *repeat, what string, at diag.Range) *expansion {
	if r.count == nil && r.forEach == nil {
		return oneItem
	}
	if e, ok := in.expansions[r]; ok {
		if e == nil { // asked for while it is being worked out
			return unknownItems(nil)
		}
		return e
	}
	in.expansions[r] = nil
	var e *expansion
	if r.count != nil {
		e = in.expandCount(r.count, what, at)
	} else {
		e = in.expandForEach(r.forEach, what, at)
	}
	in.expansions[r] = e
	return e
}

func unknownItems(marks cty.ValueMarks) *expansion {
	meta, _, _ := metaOf(marks)
	e := &expansion{kind: unknownNumber, items: []item{{scope: scope{
		"count": cty.ObjectVal(map[string]cty.Value{"index": cty.UnknownVal(cty.Number)}),
		"each":  cty.ObjectVal(map[string]cty.Value{"key": cty.UnknownVal(cty.String), "value": cty.DynamicVal.WithMarks(marks)}),
	}}}}
	if meta != nil {
		e.steps = append(meta.Unresolved, refSteps(meta)...)
	}
	return e
}

func (in *instance) expandCount(a *attr, what string, at diag.Range) *expansion {
	v, marks := in.eval(a, nil).UnmarkDeep()
	n, err := convert.Convert(v, cty.Number)
	if err != nil || !n.IsKnown() || n.IsNull() {
		return unknownItems(marks)
	}
	count, _ := n.AsBigFloat().Int64()
	if count > maxInstances {
		return in.tooMany(what, "count", int(count), at)
	}
	e := &expansion{kind: numbered, items: make([]item, 0, max(count, 0))}
	for i := range max(count, 0) {
		name := strconv.FormatInt(i, 10)
		e.items = append(e.items, item{key: "[" + name + "]", name: name, scope: scope{
			"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(i)}),
		}})
	}
	return e
}

func (in *instance) tooMany(what, how string, n int, at diag.Range) *expansion {
	in.run.inv.Diags.Errorf(at, "Too many instances", "%s of %s%s asks for %d instances; at most %d of one block are expanded. It is answered as one of unknown number.",
		how, in.path, what, n, maxInstances)
	return unknownItems(nil)
}

func (in *instance) expandForEach(a *attr, what string, at diag.Range) *expansion {
	v, marks := in.eval(a, nil).Unmark()
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		_, deep := v.UnmarkDeep()
		for m := range deep {
			marks = withMark(marks, m)
		}
		return unknownItems(marks)
	}
	if n := v.LengthInt(); n > maxInstances {
		return in.tooMany(what, "for_each", n, at)
	}
	e := &expansion{kind: keyed, items: make([]item, 0, v.LengthInt())}
	for it := v.ElementIterator(); it.Next(); {
		k, x := it.Element()
		if v.Type().IsSetType() {
			k = x
		}
		k, _ = k.Unmark()
		k, err := convert.Convert(k, cty.String)
		if err != nil || !k.IsKnown() || k.IsNull() {
			return unknownItems(marks)
		}
		name := k.AsString()
		e.items = append(e.items, item{key: fmt.Sprintf("[%q]", name), name: name, scope: scope{
			"each": cty.ObjectVal(map[string]cty.Value{"key": k, "value": x.WithMarks(marks)}),
		}})
	}
	return e
}

func withMark(marks cty.ValueMarks, m any) cty.ValueMarks {
	out := cty.ValueMarks{m: {}}
	for k := range marks {
		out[k] = struct{}{}
	}
	return out
}

// gather puts the values of all instances together in the shape that a reference to the block has.
func (e *expansion) gather(of func(item) cty.Value, unknown cty.Value) cty.Value {
	switch e.kind {
	case single:
		return of(e.items[0])
	case unknownNumber:
		return unknown
	case numbered:
		vals := make([]cty.Value, len(e.items))
		for i, it := range e.items {
			vals[i] = of(it)
		}
		return cty.TupleVal(vals)
	default:
		vals := make(map[string]cty.Value, len(e.items))
		for _, it := range e.items {
			vals[it.name] = of(it)
		}
		return cty.ObjectVal(vals)
	}
}

// refSteps says of each resource that a value is taken from that it is known only when applied.
func refSteps(meta *inventory.Meta) []inventory.Step {
	if len(meta.Unresolved) > 0 {
		return nil
	}
	var out []inventory.Step
	for _, r := range meta.Refs {
		name := r.Address
		if r.Attr != "" {
			name += "." + r.Attr
		}
		out = append(out, inventory.Step{Name: name, Note: "is known only when applied"})
	}
	return out
}
