// Package inventorytext writes an inventory as text for golden files: one line a resource, a value, a reference, a
// diagnostic. Readers share it, so that their golden files read alike.
package inventorytext

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Write returns the inventory as text, in its own order; diagnostics come last, sorted.
func Write(inv *inventory.Inventory) string {
	var b bytes.Buffer
	for _, root := range inv.Roots {
		fmt.Fprintf(&b, "root %s %s\n", root.Form, root.Path)
	}
	for _, r := range inv.Resources {
		writeResource(&b, r)
	}
	for _, u := range inv.Unread {
		fmt.Fprintf(&b, "unread %s: %s @%s\n", u.Address, u.Source, u.Origin)
	}
	for _, d := range inv.Diags.Sorted() {
		fmt.Fprintf(&b, "%s\n", d)
	}
	return b.String()
}

func writeResource(b *bytes.Buffer, r *inventory.Resource) {
	fmt.Fprintf(b, "%s %s", r.Address, r.Type)
	if r.SourceType != r.Type {
		fmt.Fprintf(b, " from %s", r.SourceType)
	}
	if r.Name != r.Address {
		fmt.Fprintf(b, " named %s", r.Name)
	}
	for _, flag := range []struct {
		set  bool
		text string
	}{{!r.Mapped, " unmapped"}, {r.ManyUnknown, " many"}, {r.Lookup, " lookup"}, {r.Scope != r.Origin.Path, " in " + r.Scope}} {
		if flag.set {
			b.WriteString(flag.text)
		}
	}
	fmt.Fprintf(b, " @%s\n", r.Origin)
	writeSteps(b, "    maybe absent", r.MaybeAbsent)
	if m := r.Properties.Meta(); m != nil {
		writeSteps(b, "    assumed", m.Assumed)
		writeSteps(b, "    unresolved", m.Unresolved)
		writeSteps(b, "    trail", m.Trail)
	}
	for _, a := range r.Assets {
		fmt.Fprintf(b, "    %s %s @%s\n", a.Kind, a.Path, a.At)
	}
	for _, p := range r.Properties.Properties() {
		writeValue(b, "  "+p.Name, p.Value)
	}
}

func writeValue(b *bytes.Buffer, path string, v inventory.Value) {
	switch {
	case v.Kind() == inventory.List && len(v.List()) > 0:
		for i, item := range v.List() {
			writeValue(b, fmt.Sprintf("%s[%d]", path, i), item)
		}
		return
	case v.Kind() == inventory.Map && len(v.Properties()) > 0:
		for _, p := range v.Properties() {
			writeValue(b, path+"."+p.Name, p.Value)
		}
		return
	}
	fmt.Fprintf(b, "%s = %s @%d:%d", path, strings.ReplaceAll(v.Display(), "\n", "⏎"), v.Origin().Line, v.Origin().Column)
	if p := v.Partial(); p != "" {
		fmt.Fprintf(b, " ~%q", p)
	}
	for _, r := range v.Refs() {
		fmt.Fprintf(b, " ->%s", strings.TrimSuffix(r.Address+"."+r.Attr, "."))
	}
	b.WriteString("\n")
	writeSteps(b, "      assumed", v.Assumed())
	writeSteps(b, "      unresolved", v.Unresolved())
	if m := v.Meta(); m != nil {
		writeSteps(b, "      trail", m.Trail)
	}
}

func writeSteps(b *bytes.Buffer, title string, list []inventory.Step) {
	for _, s := range list {
		fmt.Fprintf(b, "%s: %s (%s)", title, s.Name, s.Note)
		if at := s.At.String(); at != "" {
			fmt.Fprintf(b, " @%s", at)
		}
		b.WriteString("\n")
	}
}
