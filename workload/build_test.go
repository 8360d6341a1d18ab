package workload

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// p is the properties of a resource in a test: Go values that val turns into inventory values.
type p map[string]any

// l is a list in a test.
type l []any

var place1 = diag.Range{Path: "main.tf", Line: 1, Column: 1}

// place2 is another place.
var place2 = diag.Range{Path: "main.tf", Line: 9, Column: 3}

// val makes an inventory value of a Go value.
func val(x any) inventory.Value {
	switch x := x.(type) {
	case nil:
		return inventory.NullValue(place1)
	case inventory.Value:
		return x
	case string:
		return inventory.StringValue(x, place1)
	case bool:
		return inventory.BoolValue(x, place1)
	case int:
		return inventory.NumberValue(float64(x), place1)
	case l:
		var items []inventory.Value
		for _, i := range x {
			items = append(items, val(i))
		}
		return inventory.ListValue(items, place1)
	case p:
		var props []inventory.Property
		for k, v := range x {
			props = append(props, inventory.Property{Name: k, Value: val(v)})
		}
		return inventory.MapValue(props, place1)
	}
	panic(fmt.Sprintf("no inventory value for %T", x))
}

// ref is an attribute of another resource that is known after apply: "aws_ecs_cluster.main.id".
func ref(address string) inventory.Value { return refs(address) }

func refs(addresses ...string) inventory.Value {
	var meta inventory.Meta
	for _, a := range addresses {
		i := strings.LastIndex(a, ".")
		meta.Refs = append(meta.Refs, inventory.Ref{Address: a[:i], Attr: a[i+1:]})
	}
	return inventory.UnknownValue(place1).WithMeta(&meta)
}

// textOf is a known text that was taken from an attribute of another resource.
func textOf(text, address string) inventory.Value {
	return inventory.StringValue(text, place1).WithMeta(ref(address).Meta())
}

// unset is the value of a variable without value and default.
func unset(name string) inventory.Value {
	return inventory.UnknownValue(place1, inventory.Step{Name: name, Note: "has no value and no default", At: place1})
}

// choice is a conditional over an unset variable whose branches refer to resources.
func choice(name string, addresses ...string) inventory.Value {
	meta := *refs(addresses...).Meta()
	meta.Unresolved = unset(name).Unresolved()
	return inventory.UnknownValue(place1).WithMeta(&meta)
}

// assumed is a text that rests on the default of a variable.
func assumed(text, name string) inventory.Value {
	meta := &inventory.Meta{Assumed: []inventory.Step{{Name: name, Note: "default", At: place1}}}
	return inventory.StringValue(text, place1).WithMeta(meta)
}

// res makes a declared resource; its address is "type-ish.name" as the test writes it.
func res(typ, address string, props p) *inventory.Resource {
	return &inventory.Resource{
		Type: typ, SourceType: typ, Address: address, Name: address[strings.LastIndex(address, ".")+1:], Scope: "infra",
		Properties: val(props), Origin: place1, Mapped: true,
	}
}

func in(scope string, r *inventory.Resource) *inventory.Resource { r.Scope = scope; return r }

func lookup(typ, address string, props p) *inventory.Resource {
	r := res(typ, address, props)
	r.Lookup = true
	return r
}

func source(typ string, r *inventory.Resource) *inventory.Resource { r.SourceType = typ; return r }

func maybe(r *inventory.Resource) *inventory.Resource {
	r.MaybeAbsent = unset("var.create").Unresolved()
	return r
}

// find runs discovery on resources, with the named modules unread.
func find(rs []*inventory.Resource, unread ...string) []Workload {
	inv := &inventory.Inventory{Resources: slices.Clone(rs)}
	for _, u := range unread {
		inv.Unread = append(inv.Unread, inventory.Unread{Scope: "infra", Address: u, Source: "terraform-aws-modules/x/aws", Origin: place1})
	}
	inv.Sort()
	return Find(inventory.NewIndex(inv), inv, Options{})
}

// say is a workload in one line: "address hosting" or "address unknown(a|b)".
func say(w Workload) string {
	if len(w.Candidates) == 0 {
		return w.Address + " " + w.Hosting
	}
	var names []string
	for _, c := range w.Candidates {
		names = append(names, c.Hosting)
	}
	return w.Address + " " + w.Hosting + "(" + strings.Join(names, "|") + ")"
}

// hostingCase is one row of the tables of this package.
type hostingCase struct {
	name   string
	in     []*inventory.Resource
	unread []string
	// want has a line a workload, in order; see say.
	want []string
}

func runHosting(t *testing.T, cases []hostingCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, w := range find(c.in, c.unread...) {
				got = append(got, say(w))
				checkWhole(t, w)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("workloads (-want +got):\n%s", diff)
			}
		})
	}
}

// checkWhole checks what must hold for every workload.
func checkWhole(t *testing.T, w Workload) {
	t.Helper()
	if w.ID == "" || w.Root == nil || w.Why == "" || len(w.Because) == 0 || len(w.Parts) == 0 {
		t.Errorf("%s: ID %q, Why %q, %d reasons, %d parts: none may be empty", w.Address, w.ID, w.Why, len(w.Because), len(w.Parts))
	}
	if w.Hosting != UnknownHosting && len(w.Candidates) > 0 {
		t.Errorf("%s: hosting %s and candidates %v", w.Address, w.Hosting, w.Candidates)
	}
	for _, e := range w.Because {
		if e.Property == "" || e.Value.Origin() == (diag.Range{}) {
			t.Errorf("%s: reason %q has no place", w.Address, e.Property)
		}
	}
	for role, part := range w.Parts {
		if part.Unknown && len(part.Why) == 0 {
			t.Errorf("%s: part %s is unknown and does not say why", w.Address, role)
		}
	}
}

// one returns the workload at an address.
func one(t *testing.T, ws []Workload, address string) Workload {
	t.Helper()
	for _, w := range ws {
		if w.Address == address {
			return w
		}
	}
	t.Fatalf("no workload at %s", address)
	return Workload{}
}

// part describes a part in one line: "address", "unknown: why", "absent", or the properties of a derived one.
func part(w Workload, role string) string {
	pt, ok := w.Parts[role]
	switch {
	case !ok:
		return "absent"
	case pt.Unknown:
		return "unknown: " + pt.Why[0].Name + " " + pt.Why[0].Note
	case !strings.HasPrefix(pt.Resource.Type, "onus::"):
		return pt.Resource.Address
	}
	var out []string
	for _, prop := range pt.Resource.Properties.Properties() {
		out = append(out, prop.Name+"="+prop.Value.Display())
	}
	return strings.Join(out, " ")
}

// partial and partialRef are what an unknown text remembers of itself.
func partial(text string) *inventory.Meta { return &inventory.Meta{Partial: text} }

func partialRef(text, address string) *inventory.Meta {
	m := *ref(address).Meta()
	m.Partial = text
	return &m
}

// knowing is an unknown value that remembers something of itself.
func knowing(m *inventory.Meta) inventory.Value { return inventory.UnknownValue(place1).WithMeta(m) }
