package identity

import (
	"testing"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

var here = diag.Range{Path: "main.tf", Line: 3, Column: 1}

// js is the value of a JSON text.
func js(t testing.TB, text string) inventory.Value {
	t.Helper()
	v, err := parseJSON(text, here)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// doc parses a document that has to be valid.
func doc(t testing.TB, text string) *Document {
	t.Helper()
	var diags diag.List
	d := ParseDocument(js(t, text), &diags)
	if len(diags) > 0 {
		t.Fatalf("%s: %v", text, diags)
	}
	return d
}

// statements is a document of the given statements.
func statements(t testing.TB, list string) *Document {
	t.Helper()
	return doc(t, `{"Version": "2012-10-17", "Statement": [`+list+`]}`)
}

// unset is a text that a variable without a value decides.
func unset(partial string, refs ...string) inventory.Value {
	m := &inventory.Meta{Partial: partial, Unresolved: []inventory.Step{{Name: "var.x", Note: "has no value"}}}
	for _, r := range refs {
		m.Refs = append(m.Refs, inventory.Ref{Address: r, Attr: "arn"})
	}
	return inventory.UnknownValue(here).WithMeta(m)
}

// props is a Map of names and values, in pairs.
func props(pairs ...any) inventory.Value {
	var out []inventory.Property
	for i := 0; i < len(pairs); i += 2 {
		v, ok := pairs[i+1].(inventory.Value)
		if !ok {
			v = inventory.StringValue(pairs[i+1].(string), here)
		}
		out = append(out, inventory.Property{Name: pairs[i].(string), Value: v})
	}
	return inventory.MapValue(out, here)
}

func list(items ...inventory.Value) inventory.Value { return inventory.ListValue(items, here) }

func text(s string) inventory.Value { return inventory.StringValue(s, here) }

// resource makes a resource of the scope "app".
func resource(typ, address string, p inventory.Value) *inventory.Resource {
	return &inventory.Resource{Type: typ, SourceType: typ, Address: address, Name: address, Scope: "app", Properties: p, Origin: here, Mapped: true}
}

// analyzer indexes resources.
func analyzer(opts Options, resources ...*inventory.Resource) *Analyzer {
	inv := &inventory.Inventory{Resources: resources}
	return New(inv, inventory.NewIndex(inv), opts)
}
