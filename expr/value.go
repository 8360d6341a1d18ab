package expr

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// unknown is CEL's unknown value. What would decide it stays with the inventory value and is found by path.
func unknown() ref.Val { return types.NewUnknown(0, nil) }

// someID marks an unknown value that is not null, whatever it turns out to be.
const someID = 1

func unknownButSet() ref.Val { return types.NewUnknown(someID, nil) }

// adapt gives a property the CEL value of its declared shape. What cannot be brought into that shape is unknown:
// another reading of it might decide, and this one must not.
func adapt(v inventory.Value, n *node) ref.Val {
	if v.IsUnknown() {
		if v.CertainlySet() {
			return unknownButSet()
		}
		return unknown()
	}
	switch n.shape.Kind {
	case vocabulary.List:
		return adaptList(v, n)
	case vocabulary.Map, vocabulary.Tags:
		return adaptMap(v, n)
	case vocabulary.Object:
		return adaptObject(v, n)
	case vocabulary.Any, vocabulary.Opaque:
		return adaptAny(v, n)
	}
	if v.IsNull() {
		return types.NullValue
	}
	return adaptScalar(v, n.shape.Kind)
}

func adaptScalar(v inventory.Value, kind vocabulary.ShapeKind) ref.Val {
	switch kind {
	case vocabulary.String:
		if s, ok := v.Text(); ok {
			return types.String(s)
		}
	case vocabulary.Integer:
		if f, ok := v.Number(); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return types.Int(int64(f))
		}
	case vocabulary.Number:
		if f, ok := v.Number(); ok {
			return types.Double(f)
		}
	case vocabulary.Boolean:
		if b, ok := v.Bool(); ok {
			return types.Bool(b)
		}
	}
	return unknown()
}

// adaptList takes a lone value as a list of one, as Terraform and CloudFormation do.
func adaptList(v inventory.Value, n *node) ref.Val {
	switch v.Kind() {
	case inventory.Null:
		return &list{elem: n.elem, absent: true}
	case inventory.List:
		return &list{elem: n.elem, items: v.List()}
	}
	return &list{elem: n.elem, items: []inventory.Value{v}}
}

func adaptMap(v inventory.Value, n *node) ref.Val {
	switch v.Kind() {
	case inventory.Null:
		return &mapping{elem: n.elem, absent: true}
	case inventory.Map:
		return &mapping{elem: n.elem, props: v.Properties()}
	}
	return unknown()
}

// adaptObject enters a list of one, which is how Terraform writes a block.
func adaptObject(v inventory.Value, n *node) ref.Val {
	if l := v.List(); v.Kind() == inventory.List && len(l) <= 1 {
		if len(l) == 0 {
			return &object{typ: n.cel}
		}
		v = l[0]
	}
	switch v.Kind() {
	case inventory.Null, inventory.Map:
		return &object{typ: n.cel, v: v}
	}
	return unknown()
}

// adaptAny keeps whatever kind the value has. Not set becomes an empty map, so that everything below it is null too.
func adaptAny(v inventory.Value, n *node) ref.Val {
	switch v.Kind() {
	case inventory.Null:
		return &mapping{elem: n, absent: true}
	case inventory.Bool:
		return adaptScalar(v, vocabulary.Boolean)
	case inventory.Number:
		return adaptScalar(v, vocabulary.Number)
	case inventory.String:
		return adaptScalar(v, vocabulary.String)
	case inventory.List:
		return &list{elem: n, items: v.List()}
	}
	return &mapping{elem: n, props: v.Properties()}
}

// isNull reports whether a value stands for something that is not set.
func isNull(v ref.Val) bool {
	switch t := v.(type) {
	case types.Null:
		return true
	case *list:
		return t.absent
	case *mapping:
		return t.absent
	case *object:
		return t.v.IsNull()
	}
	return false
}

// object is a part, or an object inside one.
type object struct {
	typ *types.Type
	v   inventory.Value
}

// ConvertToNative implements ref.Val; conditions never need it.
func (o *object) ConvertToNative(t reflect.Type) (any, error) { return nil, noConversion(o, t) }

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(t ref.Type) ref.Val { return noType(o, t) }

// Equal implements ref.Val. Whole objects are not compared; the compiler refuses it.
func (o *object) Equal(ref.Val) ref.Val { return unknown() }

// Type implements ref.Val.
func (o *object) Type() ref.Type { return o.typ }

// Value implements ref.Val.
func (o *object) Value() any { return o }

// list is a list property whose members are read when asked for.
type list struct {
	elem   *node
	items  []inventory.Value
	absent bool
}

// ConvertToNative implements ref.Val.
func (l *list) ConvertToNative(t reflect.Type) (any, error) { return nil, noConversion(l, t) }

// ConvertToType implements ref.Val.
func (l *list) ConvertToType(t ref.Type) ref.Val { return noType(l, t) }

// Equal implements ref.Val.
func (l *list) Equal(other ref.Val) ref.Val { return equal(l, other) }

// Type implements ref.Val.
func (l *list) Type() ref.Type { return types.ListType }

// Value implements ref.Val.
func (l *list) Value() any { return l }

func (l *list) at(i int64) ref.Val {
	if i < 0 || i >= int64(len(l.items)) {
		return adapt(inventory.Value{}, l.elem)
	}
	return adapt(l.items[i], l.elem)
}

// Add implements traits.Adder.
func (l *list) Add(other ref.Val) ref.Val {
	o, ok := other.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	var out []ref.Val
	for _, side := range []traits.Lister{l, o} {
		for it := side.Iterator(); it.HasNext() == types.True; {
			out = append(out, it.Next())
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, out)
}

// Contains implements traits.Container: unknown when no member is equal and one of them is unknown.
func (l *list) Contains(v ref.Val) ref.Val {
	var answer ref.Val = types.False
	for i := range l.items {
		switch equal(l.at(int64(i)), v) {
		case types.True:
			return types.True
		case types.False:
		default:
			answer = unknown()
		}
	}
	return answer
}

// Get implements traits.Indexer: past the end there is null.
func (l *list) Get(index ref.Val) ref.Val {
	if types.IsUnknownOrError(index) {
		return index
	}
	i, ok := index.(types.Int)
	if !ok {
		return types.MaybeNoSuchOverloadErr(index)
	}
	return l.at(int64(i))
}

// GetInt64Index is how CEL's attributes index a list.
func (l *list) GetInt64Index(i int64) (any, bool) { return l.at(i), true }

// Iterator implements traits.Iterable.
func (l *list) Iterator() traits.Iterator {
	return &iterator{n: len(l.items), at: func(i int) ref.Val { return l.at(int64(i)) }}
}

// Size implements traits.Sizer.
func (l *list) Size() ref.Val { return types.Int(len(l.items)) }

// mapping is a map property, tags, an any-JSON object, or a dated table of the catalog.
type mapping struct {
	elem   *node
	props  []inventory.Property
	absent bool
	// table replaces props for a dated table; keys are its keys in order.
	table Table
	keys  []string
}

func tableMapping(t Table) *mapping {
	return &mapping{table: t, keys: slices.Sorted(maps.Keys(t))}
}

// ConvertToNative implements ref.Val.
func (m *mapping) ConvertToNative(t reflect.Type) (any, error) { return nil, noConversion(m, t) }

// ConvertToType implements ref.Val.
func (m *mapping) ConvertToType(t ref.Type) ref.Val { return noType(m, t) }

// Equal implements ref.Val.
func (m *mapping) Equal(other ref.Val) ref.Val { return equal(m, other) }

// Type implements ref.Val.
func (m *mapping) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (m *mapping) Value() any { return m }

func (m *mapping) find(key string) (ref.Val, bool) {
	if m.table != nil {
		if t, ok := m.table[key]; ok {
			return types.Timestamp{Time: t}, true
		}
		return types.NullValue, false
	}
	i, ok := slices.BinarySearchFunc(m.props, key, func(p inventory.Property, k string) int { return strings.Compare(p.Name, k) })
	if !ok {
		return adapt(inventory.Value{}, m.elem), false
	}
	return adapt(m.props[i].Value, m.elem), true
}

// Contains implements traits.Container.
func (m *mapping) Contains(key ref.Val) ref.Val {
	k, ok := key.(types.String)
	if !ok {
		return types.False
	}
	_, found := m.find(string(k))
	return types.Bool(found)
}

// Find implements traits.Mapper: a missing key is found as null.
func (m *mapping) Find(key ref.Val) (ref.Val, bool) {
	if types.IsUnknownOrError(key) {
		return key, true
	}
	k, _ := key.(types.String)
	v, _ := m.find(string(k))
	return v, true
}

// FindStringKey is how CEL's attributes look up a key.
func (m *mapping) FindStringKey(key string) (any, bool) {
	v, _ := m.find(key)
	return v, true
}

// Get implements traits.Indexer.
func (m *mapping) Get(key ref.Val) ref.Val {
	v, _ := m.Find(key)
	return v
}

// Iterator implements traits.Iterable: over the keys.
func (m *mapping) Iterator() traits.Iterator {
	if m.table != nil {
		return &iterator{n: len(m.keys), at: func(i int) ref.Val { return types.String(m.keys[i]) }}
	}
	return &iterator{n: len(m.props), at: func(i int) ref.Val { return types.String(m.props[i].Name) }}
}

// Size implements traits.Sizer.
func (m *mapping) Size() ref.Val { return types.Int(len(m.props) + len(m.keys)) }

// iterator walks the members of a list or the keys of a map.
type iterator struct {
	i, n int
	at   func(int) ref.Val
}

// HasNext implements traits.Iterator.
func (it *iterator) HasNext() ref.Val { return types.Bool(it.i < it.n) }

// Next implements traits.Iterator.
func (it *iterator) Next() ref.Val {
	it.i++
	return it.at(it.i - 1)
}

// ConvertToNative implements ref.Val.
func (it *iterator) ConvertToNative(t reflect.Type) (any, error) { return nil, noConversion(it, t) }

// ConvertToType implements ref.Val.
func (it *iterator) ConvertToType(t ref.Type) ref.Val { return noType(it, t) }

// Equal implements ref.Val.
func (it *iterator) Equal(ref.Val) ref.Val { return types.False }

// Type implements ref.Val.
func (it *iterator) Type() ref.Type { return types.IteratorType }

// Value implements ref.Val.
func (it *iterator) Value() any { return it }
