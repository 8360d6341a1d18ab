package allocation

import (
	"cmp"
	"slices"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// CoverageOf counts the resources of an inventory, lookups left out, and the types that have no known meaning: the
// most frequent first, then by name.
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
		if r.Mapped {
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
