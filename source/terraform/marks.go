package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/inventory"
)

// Marks ride on cty values through every expression, function and output, and become inventory.Meta at the end.

// refMark says that a value was taken from a resource of this root.
type refMark struct{ address, attr string }

// stepMark says that a value came through a step: a default (assumed), a missing value (unresolved) or a hand-over.
type stepMark struct {
	kind  stepKind
	depth int // nesting of the module it happened in, to order a trail
	step  inventory.Step
}

type stepKind uint8

const (
	stepTrail stepKind = iota
	stepAssumed
	stepUnresolved
)

// documentMark carries the structure of a document that was rendered to text with unknown parts in it.
type documentMark struct{ value cty.Value }

// sensitiveMark says that a value must not be printed.
type sensitiveMark struct{}

// stepMarks drops the references from the marks of a condition: what a condition looks at is not what its result is.
func stepMarks(marks cty.ValueMarks) cty.ValueMarks {
	out := make(cty.ValueMarks, len(marks))
	for m := range marks {
		switch m.(type) {
		case *stepMark, sensitiveMark:
			out[m] = struct{}{}
		}
	}
	return out
}

// metaOf turns marks into what the inventory remembers, in a stable order; nil for none. document is the one structured
// document among them, if there is exactly one.
func metaOf(marks cty.ValueMarks) (meta *inventory.Meta, document *documentMark, sensitive bool) {
	if len(marks) == 0 {
		return nil, nil, false
	}
	var steps []*stepMark
	meta = &inventory.Meta{}
	documents := 0
	for m := range marks {
		switch m := m.(type) {
		case refMark:
			meta.Refs = append(meta.Refs, inventory.Ref{Address: m.address, Attr: m.attr})
		case *stepMark:
			steps = append(steps, m)
		case *documentMark:
			document = m
			documents++
		case sensitiveMark:
			sensitive = true
		}
	}
	if documents > 1 {
		document = nil
	}
	addSteps(meta, steps)
	slices.SortFunc(meta.Refs, func(a, b inventory.Ref) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(a.Attr, b.Attr))
	})
	return meta, document, sensitive
}

func addSteps(meta *inventory.Meta, steps []*stepMark) {
	slices.SortFunc(steps, func(a, b *stepMark) int {
		return cmp.Or(
			cmp.Compare(b.depth, a.depth), cmp.Compare(a.kind, b.kind), strings.Compare(a.step.Name, b.step.Name),
			strings.Compare(a.step.At.Path, b.step.At.Path), cmp.Compare(a.step.At.Line, b.step.At.Line),
		)
	})
	for _, s := range steps {
		switch s.kind {
		case stepAssumed:
			meta.Assumed = append(meta.Assumed, s.step)
			meta.Trail = append(meta.Trail, s.step)
		case stepUnresolved:
			meta.Unresolved = append(meta.Unresolved, s.step)
		default:
			meta.Trail = append(meta.Trail, s.step)
		}
	}
}

// unresolved makes an unknown value that the given step would decide.
func unresolved(depth int, step inventory.Step) cty.Value {
	return cty.DynamicVal.Mark(&stepMark{kind: stepUnresolved, depth: depth, step: step})
}
