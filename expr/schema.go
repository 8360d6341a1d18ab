package expr

import (
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/common/types"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// schema tells CEL the fields of every vocabulary type and reads them at run time. It implements types.Provider over
// CEL's own registry. Types are described when a condition first names them.
type schema struct {
	types.Provider
	vocab *vocabulary.Types

	mu    sync.RWMutex
	nodes map[string]*node
	// misses are the fields that the checker asked for in vain since the last Compile.
	misses []miss
}

type miss struct{ typ, field string }

// node is a shape with the CEL type that it is declared as.
type node struct {
	shape *vocabulary.Shape
	cel   *types.Type
	// elem describes the members of a list or map.
	elem *node
}

func newSchema(vocab *vocabulary.Types) *schema {
	return &schema{vocab: vocab, nodes: map[string]*node{}}
}

// part returns the run-time value of a whole part.
func (s *schema) part(typ string, v inventory.Value) any {
	one, many := strings.CutPrefix(typ, Many)
	n := s.object(one)
	if n == nil {
		return unknown()
	}
	if many {
		n = &node{shape: manyShape, cel: types.NewListType(n.cel), elem: n}
	}
	return adapt(v, n)
}

// manyShape is the shape of a list of parts.
var manyShape = &vocabulary.Shape{Kind: vocabulary.List}

// object finds the description of an object type; nil when there is no such type.
func (s *schema) object(name string) *node {
	s.mu.RLock()
	n := s.nodes[name]
	s.mu.RUnlock()
	if n != nil {
		return n
	}
	shape := s.vocab.Shape(name)
	if shape == nil {
		return nil
	}
	return s.describe(name, shape)
}

// describe makes the description of a shape; objects inside are named after the path that leads to them.
func (s *schema) describe(name string, shape *vocabulary.Shape) *node {
	n := &node{shape: shape}
	switch shape.Kind {
	case vocabulary.String:
		n.cel = types.StringType
	case vocabulary.Integer:
		n.cel = types.IntType
	case vocabulary.Number:
		n.cel = types.DoubleType
	case vocabulary.Boolean:
		n.cel = types.BoolType
	case vocabulary.List:
		n.elem = s.describe(name, shape.Element)
		n.cel = types.NewListType(n.elem.cel)
	case vocabulary.Map, vocabulary.Tags:
		n.elem = s.describe(name, shape.Element)
		n.cel = types.NewMapType(types.StringType, n.elem.cel)
	case vocabulary.Object:
		n.cel = types.NewObjectType(name)
		s.mu.Lock()
		s.nodes[name] = n
		s.mu.Unlock()
	default:
		n.cel = types.DynType
	}
	return n
}

// FindStructType implements types.Provider.
func (s *schema) FindStructType(name string) (*types.Type, bool) {
	if n := s.object(name); n != nil {
		return types.NewTypeTypeWithParam(n.cel), true
	}
	return s.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (s *schema) FindStructFieldNames(name string) ([]string, bool) {
	n := s.object(name)
	if n == nil {
		return s.Provider.FindStructFieldNames(name)
	}
	out := make([]string, 0, len(n.shape.Fields))
	for _, f := range n.shape.Fields {
		out = append(out, f.Name)
	}
	return out, true
}

// FindStructFieldType implements types.Provider. The getter reads the property from the inventory value in place.
func (s *schema) FindStructFieldType(typ, field string) (*types.FieldType, bool) {
	n := s.object(typ)
	if n == nil {
		return s.Provider.FindStructFieldType(typ, field)
	}
	shape, ok := n.shape.Field(field)
	if !ok {
		s.mu.Lock()
		s.misses = append(s.misses, miss{typ, field})
		s.mu.Unlock()
		return nil, false
	}
	fn := s.describe(typ+"."+field, shape)
	return &types.FieldType{
		Type:  fn.cel,
		IsSet: func(target any) bool { return true },
		GetFrom: func(target any) (any, error) {
			switch t := target.(type) {
			case *object:
				return adapt(t.v.Get(field), fn), nil
			case *types.Unknown:
				return t, nil
			}
			return adapt(inventory.Value{}, fn), nil
		},
	}, true
}

// fieldNames returns the property names of a type for messages.
func (s *schema) fieldNames(typ string) []string {
	names, _ := s.FindStructFieldNames(typ)
	return names
}

// nearest picks the names closest to the given one, best first: at most n, and only those that look like it.
func nearest(name string, names []string, n int) []string {
	type scored struct {
		name string
		d    int
	}
	var out []scored
	limit := max(2, len(name)/3)
	for _, c := range names {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if d <= limit || strings.Contains(strings.ToLower(c), strings.ToLower(name)) {
			out = append(out, scored{c, d})
		}
	}
	slices.SortStableFunc(out, func(a, b scored) int { return a.d - b.d })
	best := make([]string, 0, n)
	for _, s := range out[:min(n, len(out))] {
		best = append(best, s.name)
	}
	return best
}

// distance is the Levenshtein distance of two names.
func distance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		diagonal := prev[0]
		prev[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = prev[j+1]
			prev[j+1] = min(cost, prev[j]+1, prev[j+1]+1)
		}
	}
	return prev[len(b)]
}
