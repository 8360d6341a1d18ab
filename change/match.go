package change

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// pair is a workload on both sides, by index.
type pair struct{ before, after int }

// member is a workload of a side with what tells it from others.
type member struct {
	index int
	w     *workload.Workload
	// root is the root relative to the paths of its side.
	root string
}

func members(s *Side) []member {
	out := make([]member, len(s.Workloads))
	for i := range s.Workloads {
		out[i] = member{i, &s.Workloads[i], s.relative(s.Workloads[i].Scope)}
	}
	return out
}

// relative is a root as seen from the paths that were given, so that two directories and two plans compare.
func (s *Side) relative(root string) string {
	for _, p := range s.Paths {
		p = strings.TrimSuffix(p, "/")
		if root == p || p == "." {
			return strings.TrimPrefix(root, p)
		}
		if rest, ok := strings.CutPrefix(root, p+"/"); ok {
			return "/" + rest
		}
	}
	return root
}

// matcher pairs what is left, one way after the other.
type matcher struct {
	before, after []member
	pairs         []pair
}

// match pairs the workloads of two sides. Each way pairs only what is unique on both sides by its key, from the surest
// to the weakest: what stays alone came or went.
func match(before, after *Side) (pairs []pair, gone, fresh []int) {
	m := &matcher{before: members(before), after: members(after)}
	moved := newMoves(after)
	type key = func(member) string
	same := func(x member) string { return x.root + "\x00" + x.w.Address }
	ways := []struct{ before, after key }{
		{same, same},
		{func(x member) string { return x.root + "\x00" + moved.to(x.w.Scope, x.w.Address) }, same},
		{func(x member) string { return x.root + "\x00" + inventory.WithoutKey(x.w.Address) }, func(x member) string { return x.root + "\x00" + inventory.WithoutKey(x.w.Address) }},
		{named, named},
		{func(x member) string { return typed(x, x.w.Address) }, func(x member) string { return typed(x, x.w.Address) }},
		{content, content},
	}
	for _, way := range ways {
		m.by(way.before, way.after)
	}
	for _, x := range m.before {
		gone = append(gone, x.index)
	}
	for _, x := range m.after {
		fresh = append(fresh, x.index)
	}
	slices.SortFunc(m.pairs, func(a, b pair) int { return cmp.Compare(a.after, b.after) })
	return m.pairs, gone, fresh
}

// by pairs what has equal keys, alone on both sides. An empty key pairs nothing.
func (m *matcher) by(beforeKey, afterKey func(member) string) {
	left := map[string][]member{}
	for _, x := range m.before {
		if k := beforeKey(x); k != "" {
			left[k] = append(left[k], x)
		}
	}
	right := map[string]int{}
	for _, x := range m.after {
		right[afterKey(x)]++
	}
	taken := map[int]bool{}
	m.after = slices.DeleteFunc(m.after, func(x member) bool {
		k := afterKey(x)
		if k == "" || right[k] != 1 || len(left[k]) != 1 {
			return false
		}
		m.pairs = append(m.pairs, pair{left[k][0].index, x.index})
		taken[left[k][0].index] = true
		return true
	})
	m.before = slices.DeleteFunc(m.before, func(x member) bool { return taken[x.index] })
}

func typed(x member, text string) string {
	if x.w.Root == nil {
		return ""
	}
	return x.w.Root.Type + "\x00" + text
}

// named is the name that the cloud knows a workload by, of its type; empty when the configuration gives none.
func named(x member) string {
	if x.w.Root == nil || x.w.Name == "" {
		return ""
	}
	label := x.w.Address[strings.LastIndex(x.w.Address, ".")+1:]
	if x.w.Name == label || strings.HasPrefix(label, x.w.Name) {
		return "" // the name is only the label
	}
	return typed(x, x.w.Name)
}

// content is all that the root resource says, for a label or file that was renamed.
func content(x member) string {
	if x.w.Root == nil || len(x.w.Root.Properties.Properties()) == 0 {
		return ""
	}
	return typed(x, text(x.w.Root.Properties, 0))
}

// maxDepth bounds how deep values are compared; readers bound it too.
const maxDepth = 60

func text(v inventory.Value, depth int) string {
	if depth > maxDepth {
		return ""
	}
	var b strings.Builder
	switch v.Kind() {
	case inventory.Map:
		for _, p := range v.Properties() {
			b.WriteString(p.Name + "{" + text(p.Value, depth+1) + "}")
		}
	case inventory.List:
		for _, item := range v.List() {
			b.WriteString("[" + text(item, depth+1) + "]")
		}
	default:
		if s, ok := v.Text(); ok {
			return s
		}
		return v.Kind().String()
	}
	return b.String()
}

// moves answers for moved blocks.
type moves struct{ list []inventory.Move }

func newMoves(s *Side) moves { return moves{s.Inventory.Moves} }

// to is the address that a resource of before has after the moves: its own, or that of a module around it.
func (m moves) to(scope, address string) string {
	for range len(m.list) {
		changed := false
		for _, mv := range m.list {
			if next, ok := moveOne(mv, address); ok && mv.Scope == scope {
				address, changed = next, true
				break
			}
		}
		if !changed {
			break
		}
	}
	return address
}

func moveOne(mv inventory.Move, address string) (string, bool) {
	rest, ok := strings.CutPrefix(address, mv.From)
	if !ok || mv.From == mv.To || rest != "" && rest[0] != '.' && rest[0] != '[' {
		return address, false
	}
	return mv.To + rest, true
}

// addresses translates where findings of before stand to where they would stand in after.
func addresses(before, after *Side, pairs []pair) func(check.Subject) string {
	moved := newMoves(after)
	type place struct{ root, address string }
	to := map[place]string{}
	for _, p := range pairs {
		b, a := &before.Workloads[p.before], &after.Workloads[p.after]
		to[place{b.Scope, b.Address}] = after.relative(a.Scope) + "\x00" + a.Address
	}
	return func(s check.Subject) string {
		if at, ok := to[place{s.Root, s.Address}]; ok {
			return at
		}
		return before.relative(s.Root) + "\x00" + moved.to(s.Root, s.Address)
	}
}
