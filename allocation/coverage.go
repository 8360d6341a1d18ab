package allocation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// CoverageOf counts the resources of an inventory, lookups left out, by what their types are to the model, and names
// the types that have no known meaning: the most frequent first, then by name.
func CoverageOf(inv *inventory.Inventory) Coverage {
	c := Coverage{UnmappedTypes: []TypeCount{}, NotRead: make([]NotRead, 0, len(inv.Unread))}
	for _, u := range inv.Unread {
		c.NotRead = append(c.NotRead, NotRead{Root: u.Scope, Address: u.Address, Source: u.Source, Path: u.Origin.Path, Line: u.Origin.Line})
	}
	unmapped := map[string]int{}
	for _, r := range inv.Resources {
		if r.Lookup {
			continue
		}
		c.Resources++
		if c.ByKind.count(r) {
			c.Mapped++
		} else {
			unmapped[r.Type]++
		}
	}
	for typ, n := range unmapped {
		c.UnmappedTypes = append(c.UnmappedTypes, TypeCount{Type: typ, Count: n})
	}
	slices.SortFunc(c.UnmappedTypes, func(a, b TypeCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Type, b.Type))
	})
	return c
}

// KindCount counts resources by what their type is to the model. What is mapped is in exactly one of the counts.
type KindCount struct {
	// Workload, Part and Configuration count by the vocabulary's classification of AWS's types.
	Workload      int `json:"workload"`
	Part          int `json:"part"`
	Configuration int `json:"configuration"`
	// Other counts types that are known and none of AWS's: Kubernetes objects, and facts of onus's own.
	Other int `json:"other"`
}

// count adds a resource; false means that its type has no known meaning.
func (k *KindCount) count(r *inventory.Resource) bool {
	class, classified := vocabulary.Classify(r.Type)
	switch {
	case classified && class.Kind == vocabulary.KindWorkload:
		k.Workload++
	case classified && class.Kind == vocabulary.KindPart:
		k.Part++
	case classified:
		k.Configuration++
	case r.Mapped && !strings.HasPrefix(r.Type, "AWS::"):
		k.Other++
	default:
		return false
	}
	return true
}

// RootsOf lists the roots that were read. It is never nil.
func RootsOf(inv *inventory.Inventory) []Root {
	out := make([]Root, 0, len(inv.Roots))
	for _, r := range inv.Roots {
		out = append(out, Root{Path: r.Path, Form: r.Form})
	}
	return out
}

// Diagnostics converts diagnostics for the report, in the given order. It is never nil.
func Diagnostics(list diag.List) []Diagnostic {
	out := make([]Diagnostic, 0, len(list))
	for _, d := range list {
		out = append(out, Diagnostic{
			Severity: d.Severity.String(), Summary: d.Summary, Detail: d.Detail,
			Path: d.Range.Path, Line: d.Range.Line, Column: d.Range.Column,
		})
	}
	return out
}
