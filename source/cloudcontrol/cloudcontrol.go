// Package cloudcontrol reads the output of `aws cloudcontrol get-resource` and `list-resources`: one answer a file,
// several one after the other (JSON lines), or a list of them.
//
//	bytes ── observed.Walk ──▶ answers ──▶ observed.Item: Properties opened, account and region from the ARN
//	observed.Item ── package observed ──▶ resources, with references
//
// Properties are in CloudFormation's names already. An ARN among them is the address; otherwise it is Type/identifier.
// list-resources may leave out properties that are set, so that what it does not show is unknown.
//
// Bounds: see package observed.
package cloudcontrol

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/observed"
	"github.com/onus-dev/onus/vocabulary"
)

// Options tells Read what the file does not hold.
type Options struct {
	// Types is the vocabulary to use; nil loads one.
	Types *vocabulary.Types
}

// headBytes is how much of a file Is looks at: TypeName may come after a long list.
const headBytes = 64 << 10

// Is reports whether a file holds answers of Cloud Control, by its first 64 KB.
func Is(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head[:min(len(head), headBytes)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false
	}
	for _, name := range []string{`"ResourceDescription"`, `"ResourceDescriptions"`} {
		if i := bytes.Index(head, []byte(name)); i >= 0 && bytes.HasPrefix(bytes.TrimLeft(head[i+len(name):], " \t\r\n"), []byte(":")) {
			return bytes.Contains(head, []byte(`"Identifier"`)) || bytes.Contains(head, []byte(`"TypeName"`))
		}
	}
	return false
}

// Read reads one file. path is its slash path as it is to be displayed. What was found is in the inventory with the
// diagnostics, in the order of the file.
func Read(path string, r io.Reader, opts Options) *inventory.Inventory {
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: path, Form: "cloudcontrol"}}}
	f := &file{path: path, inv: inv, convert: observed.NewConverter(path, opts.Types, &inv.Diags)}
	observed.Walk(path, r, func(name string) bool { return name == "ResourceDescriptions" }, &inv.Diags, f.element)
	f.placeless()
	for _, it := range f.items {
		inv.Resources = append(inv.Resources, f.convert.Resource(it))
	}
	observed.Link(inv, nil)
	return inv
}

// file is one file being read.
type file struct {
	path    string
	inv     *inventory.Inventory
	convert *observed.Converter
	// listed are the descriptions of a list whose type is not known yet: TypeName stands before or after them.
	listed []*document.Node
	items  []observed.Item
}

// element takes one value: a description of a list, or an answer.
func (f *file) element(e observed.Element) bool {
	if e.List != "" {
		f.listed = append(f.listed, e.Node)
		return true
	}
	f.answer(e.Node, f.listed)
	f.listed = nil
	return true
}

// answer takes an answer; listed are the descriptions that were read ahead of it.
func (f *file) answer(n *document.Node, listed []*document.Node) {
	typ := n.Get("TypeName").Str()
	one := n.Get("ResourceDescription")
	if one == nil && len(listed) == 0 {
		listed = n.Get("ResourceDescriptions").List()
	}
	if typ == "" {
		if one != nil || len(listed) > 0 {
			f.inv.Diags.Skipf(n.In(f.path), "Answer without a type", "An answer of Cloud Control names the type of its resources in TypeName; this one does not and is left out.")
		}
		return
	}
	if one != nil {
		f.add(typ, one, false)
	}
	for _, d := range listed {
		f.add(typ, d, true)
	}
}

// add takes one description.
func (f *file) add(typ string, d *document.Node, subset bool) {
	api := "Cloud Control GetResource"
	if subset {
		api = "Cloud Control ListResources"
	}
	it := observed.Item{API: api, Type: typ, ID: d.Get("Identifier").Str(), Properties: observed.Inner(d.Get("Properties")), Subset: subset, At: d.In(f.path)}
	if it.ID == "" || it.Properties == nil || it.Properties.Kind != document.Map {
		f.inv.Diags.Skipf(it.At, "Resource not read", "A resource has an Identifier and Properties, an object or the text of one; this one of %s has not and is left out.", typ)
		return
	}
	it.ARN = arnOf(typ, it)
	f.items = append(f.items, it)
}

// arnOf finds the ARN of a resource: Arn, <Type>Arn, or its identifier, of which "ARN|cluster" is a form. A property that
// names another resource's ARN ends otherwise.
func arnOf(typ string, it observed.Item) string {
	last := typ[strings.LastIndexByte(typ, ':')+1:]
	id, _, _ := strings.Cut(it.ID, "|")
	for _, s := range []string{it.Properties.Get("Arn").Str(), it.Properties.Get(last + "Arn").Str(), id} {
		if strings.HasPrefix(s, "arn:") {
			return s
		}
	}
	return ""
}

// placeless gives what tells no account the only one of the file.
func (f *file) placeless() {
	var places []string
	for _, it := range f.items {
		if parts := strings.SplitN(it.ARN, ":", 6); len(parts) == 6 && parts[3] != "" && parts[4] != "" {
			places = append(places, parts[4]+" "+parts[3])
		}
	}
	slices.Sort(places)
	if places = slices.Compact(places); len(places) != 1 {
		return
	}
	account, region, _ := strings.Cut(places[0], " ")
	for i := range f.items {
		if it := &f.items[i]; it.ARN == "" {
			it.Account, it.Region = account, region
		}
	}
}
