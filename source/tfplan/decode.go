package tfplan

import (
	"fmt"
	"math"
	"strconv"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// Why the values of one resource are refused.
var (
	errNesting = fmt.Errorf("its values nest more than %d deep", maxNesting)
	errValues  = fmt.Errorf("it has more than %d values", maxValues)
)

const (
	// maxValues bounds the values of one resource: scalars, lists and maps.
	maxValues = 200_000
	maxWord   = 64
	maxWords  = 1 << 16
)

// words keeps one copy of the short texts that recur in a document: names of arguments, types, references.
type words struct{ known map[string]string }

// of returns raw as a text; w may be nil.
func (w *words) of(raw []byte) string {
	if w == nil || len(raw) > maxWord {
		return string(raw)
	}
	if have, ok := w.known[string(raw)]; ok { // the compiler makes no copy for this
		return have
	}
	return w.one(string(raw))
}

func (w *words) one(s string) string {
	if have, ok := w.known[s]; ok {
		return have
	}
	if len(s) <= maxWord && len(w.known) < maxWords {
		w.known[s] = s
	}
	return s
}

// decoder makes nodes of JSON. Those of one resource live until the next one starts.
type decoder struct {
	*words
	left    int
	nodes   slab[terraform.Node]
	members slab[terraform.Member]
}

func newDecoder() *decoder { return &decoder{words: &words{known: map[string]string{}}} }

// slab lends slices of one resource. What is being collected lies on a stack until its length is known.
type slab[T any] struct {
	stack, chunk []T
	used         int
}

// maxChunk is the largest slab that is kept for the next resource.
const maxChunk = 1 << 14

// take returns what lies on the stack from a height on, as a slice of its own.
func (s *slab[T]) take(from int) []T {
	n := len(s.stack) - from
	if n == 0 {
		return nil
	}
	if s.used+n > len(s.chunk) {
		s.chunk, s.used = make([]T, max(n, min(max(2*len(s.chunk), 256), maxChunk))), 0
	}
	out := s.chunk[s.used : s.used+n : s.used+n]
	s.used += n
	copy(out, s.stack[from:])
	s.stack = s.stack[:from]
	return out
}

func (s *slab[T]) reset() {
	s.used, s.stack = 0, s.stack[:0]
	if len(s.chunk) > maxChunk || cap(s.stack) > maxChunk {
		s.chunk, s.stack = nil, nil
	}
}

// resourceStarts begins a resource, whose values are counted anew.
func (d *decoder) resourceStarts() {
	d.left = maxValues
	d.nodes.reset()
	d.members.reset()
}

// node decodes the next value.
func (d *decoder) node(s *scanner, depth int) (terraform.Node, error) {
	if depth > maxNesting {
		return terraform.Node{}, errNesting
	}
	if d.left--; d.left < 0 {
		return terraform.Node{}, errValues
	}
	c := s.peek()
	var n terraform.Node
	n.Line, n.Column = s.place()
	switch c {
	case '{':
		n.Kind = inventory.Map
		from := len(d.members.stack)
		err := s.object(func(key string) error {
			v, err := d.node(s, depth+1)
			d.members.stack = append(d.members.stack, terraform.Member{Name: key, Value: v})
			return err
		})
		n.Members = d.members.take(from)
		return n, err
	case '[':
		n.Kind = inventory.List
		from := len(d.nodes.stack)
		err := s.array(func() error {
			v, err := d.node(s, depth+1)
			d.nodes.stack = append(d.nodes.stack, v)
			return err
		})
		n.Items = d.nodes.take(from)
		return n, err
	case '"':
		text, err := s.text()
		n.Kind, n.Text = inventory.String, text
		return n, err
	}
	word, err := s.scalar()
	if err != nil {
		return n, err
	}
	return scalarNode(n, word), nil
}

func scalarNode(n terraform.Node, word []byte) terraform.Node {
	switch string(word) {
	case "true":
		n.Kind, n.Bool = inventory.Bool, true
		return n
	case "false":
		n.Kind = inventory.Bool
		return n
	case "null":
		return n
	}
	f, err := strconv.ParseFloat(string(word), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		n.Kind, n.Text = inventory.String, string(word)
		return n
	}
	n.Kind, n.Number = inventory.Number, f
	return n
}

// finder finds members of a Map by name.
type finder struct {
	members []terraform.Member
	index   map[string]int
}

// members makes a finder; n may be nil or no Map, which has no members.
func members(n *terraform.Node) finder {
	if n == nil || n.Kind != inventory.Map {
		return finder{}
	}
	f := finder{members: n.Members}
	if len(f.members) > 24 {
		f.index = make(map[string]int, len(f.members))
		for i := range f.members {
			f.index[f.members[i].Name] = i
		}
	}
	return f
}

func (f finder) get(name string) *terraform.Node {
	if f.index != nil {
		if i, ok := f.index[name]; ok {
			return &f.members[i].Value
		}
		return nil
	}
	for i := range f.members {
		if f.members[i].Name == name {
			return &f.members[i].Value
		}
	}
	return nil
}

// item is the i-th element of a List, nil when there is none.
func item(n *terraform.Node, i int) *terraform.Node {
	if n == nil || n.Kind != inventory.List || i >= len(n.Items) {
		return nil
	}
	return &n.Items[i]
}

// isTrue reports whether n is the literal true, as the shadows of a value (after_unknown, after_sensitive) mark it.
func isTrue(n *terraform.Node) bool { return n != nil && n.Kind == inventory.Bool && n.Bool }

// anyTrue reports whether n holds the literal true anywhere.
func anyTrue(n *terraform.Node) bool {
	if isTrue(n) {
		return true
	}
	for i := range n.Items {
		if anyTrue(&n.Items[i]) {
			return true
		}
	}
	for i := range n.Members {
		if anyTrue(&n.Members[i].Value) {
			return true
		}
	}
	return false
}
