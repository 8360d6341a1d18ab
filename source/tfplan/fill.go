package tfplan

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// filler lays together what a document tells of one resource in several places: its values, the shadows that mark what is
// unknown and what is sensitive, and the expressions of its configuration.
type filler struct {
	// structure reports whether what is at a path may be nested blocks that only the configuration makes.
	structure func(path string) bool
	link      *linker
	at        context
	// local is the address of the block in its module.
	local string
	// omitted is set when unknown attributes are only absent, as in planned_values.
	omitted bool
	// known links the text of a state's attribute to the resource that has it; nil in plans.
	known func(n *terraform.Node)
}

// arguments fills in a block, whose members it changes. args is nil when its configuration is not in the document: in a
// state, and for a dynamic block, which Terraform leaves out of the configuration of a plan.
func (f *filler) arguments(val, unknown, sensitive *terraform.Node, args arguments, path string) []terraform.Member {
	combine(val, unknown, sensitive)
	out := val.Members[:0]
	for i := range val.Members {
		m := &val.Members[i]
		n, e := &m.Value, args.get(m.Name)
		if n.Kind == inventory.Null || e == nil && (isEmpty(n) || n.Kind == inventory.Unknown && args != nil && f.computed(join(path, m.Name))) {
			continue
		}
		f.fill(path, m.Name, n, e)
		out = append(out, *m)
	}
	if f.omitted {
		out = f.addOmitted(out, val, args)
	}
	return out
}

// addOmitted makes unknowns of the arguments that the configuration sets by a reference and that have no value: Terraform
// leaves unknown attributes out of planned_values, and writes null for what is not set.
func (f *filler) addOmitted(out []terraform.Member, val *terraform.Node, args arguments) []terraform.Member {
	v := members(val)
	for i := range args {
		e := args[i].expr
		if e == nil || e.isBlocks || len(e.refs) == 0 || v.get(args[i].name) != nil {
			continue
		}
		n := terraform.Node{Kind: inventory.Unknown, Line: val.Line, Column: val.Column}
		f.fill("", args[i].name, &n, e)
		out = append(out, terraform.Member{Name: args[i].name, Value: n})
	}
	return out
}

// computed reports whether an unknown attribute that the configuration does not set is one that the provider or AWS will
// set: it is not set then, as the configuration's reader has it. What may come from a dynamic block of unknown number, which
// the plan does not tell from that, stays unknown.
func (f *filler) computed(path string) bool { return !f.structure(path) }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// fill adds to an argument's value what its expression refers to, and tells blocks from arguments: a list of objects is one
// of nested blocks unless the configuration says otherwise. path is of the block that holds it.
func (f *filler) fill(path, name string, n *terraform.Node, e *expression) {
	switch {
	case e != nil && !e.isBlocks:
		f.refer(n, e)
	case n.Kind == inventory.Map:
		n.Block = e != nil || name == "timeouts"
	case n.Kind == inventory.List:
		n.Block = areMaps(n.Items)
	}
	if !n.Block {
		f.finish(name, n)
		return
	}
	path = join(path, name)
	if n.Kind == inventory.Map {
		f.block(path, n, e.block(0))
		return
	}
	for i, args := range e.match(n.Items) {
		f.block(path, &n.Items[i], args)
	}
}

// areMaps reports whether there are items and all are Maps.
func areMaps(items []terraform.Node) bool {
	for i := range items {
		if items[i].Kind != inventory.Map {
			return false
		}
	}
	return len(items) > 0
}

// block fills in a nested block, whose unknown and sensitive parts are marked already.
func (f *filler) block(path string, n *terraform.Node, args arguments) {
	n.Members = f.arguments(n, nil, nil, args, path)
}

// finish marks secrets and links known texts in a value.
func (f *filler) finish(name string, n *terraform.Node) {
	switch n.Kind {
	case inventory.String:
		if isSecret(name) {
			n.Sensitive = true
		}
		if f.known != nil && !isOwnName(name) {
			f.known(n)
		}
	case inventory.List:
		for i := range n.Items {
			x := &n.Items[i]
			if x.Kind == inventory.Map { // blocks that the provider takes as an argument come with all that is not set
				x.Members = slices.DeleteFunc(x.Members, func(m terraform.Member) bool { return isEmpty(&m.Value) })
			}
			f.finish(name, x)
		}
	case inventory.Map:
		for i := range n.Members {
			f.finish(n.Members[i].Name, &n.Members[i].Value)
		}
	}
}

// isOwnName reports whether an attribute names its own resource and not another one.
func isOwnName(name string) bool {
	switch name {
	case "id", "arn", "arn_without_revision", "name", "family":
		return true
	}
	return false
}

// refer gives n the references of its expression.
func (f *filler) refer(n *terraform.Node, e *expression) {
	if len(e.refs) == 0 || f.link == nil || f.at.place == nil {
		return
	}
	t := f.link.follow(e, f.at)
	f.link.place(n, t.refs)
	if len(t.refs) > 0 || !hasUnknown(n) {
		return
	}
	for _, name := range t.missing {
		n.Missing = append(n.Missing, inventory.Step{Name: name, Note: "is known only when applied, and the plan does not say what it refers to"})
	}
}

// hasUnknown reports whether n or anything in it is unknown.
func hasUnknown(n *terraform.Node) bool {
	for i := range n.Items {
		if hasUnknown(&n.Items[i]) {
			return true
		}
	}
	for i := range n.Members {
		if hasUnknown(&n.Members[i].Value) {
			return true
		}
	}
	return n.Kind == inventory.Unknown
}

// isEmpty reports whether a value is what Terraform writes for an argument that is not set: null, and often an empty text,
// list or map.
func isEmpty(n *terraform.Node) bool {
	switch n.Kind {
	case inventory.Null:
		return true
	case inventory.String:
		return n.Text == ""
	case inventory.List:
		return len(n.Items) == 0
	case inventory.Map:
		return len(n.Members) == 0
	}
	return false
}

// combine marks in n what its shadows say is unknown and sensitive. A shadow is true for the whole, or has the shape of the
// value with true in it; what is not known is absent from the value of an object, and null in a list.
func combine(n, unknown, sensitive *terraform.Node) {
	hides := unknown != nil && anyTrue(unknown)
	switch {
	case isTrue(unknown):
		*n = terraform.Node{Kind: inventory.Unknown, Line: n.Line, Column: n.Column}
	case hides || sensitive != nil && anyTrue(sensitive):
		if hides && n.Kind == inventory.Null { // absent, though a part of it is known
			n.Kind = unknown.Kind
		}
		combineParts(n, unknown, sensitive)
	}
	if isTrue(sensitive) {
		conceal(n)
	}
}

func combineParts(n, unknown, sensitive *terraform.Node) {
	switch n.Kind {
	case inventory.List:
		for unknown != nil && len(n.Items) < len(unknown.Items) {
			n.Items = append(n.Items, terraform.Node{Line: n.Line, Column: n.Column})
		}
		for i := range n.Items {
			combine(&n.Items[i], item(unknown, i), item(sensitive, i))
		}
	case inventory.Map:
		u, s, v := members(unknown), members(sensitive), members(n)
		for i := range u.members {
			if m := &u.members[i]; v.get(m.Name) == nil && anyTrue(&m.Value) {
				n.Members = append(n.Members, terraform.Member{Name: m.Name, Value: terraform.Node{Line: n.Line, Column: n.Column}})
			}
		}
		for i := range n.Members {
			m := &n.Members[i]
			combine(&m.Value, u.get(m.Name), s.get(m.Name))
		}
	}
}

// conceal marks n and all in it as sensitive.
func conceal(n *terraform.Node) {
	n.Sensitive = true
	for i := range n.Items {
		conceal(&n.Items[i])
	}
	for i := range n.Members {
		conceal(&n.Members[i].Value)
	}
}

// block is the i-th block that the configuration writes out, nil when there is none.
func (e *expression) block(i int) arguments {
	if e == nil || i >= len(e.blocks) {
		return nil
	}
	return e.blocks[i]
}

// match finds for each block of the values the one of the configuration that it comes from, nil where that cannot be told.
// Blocks of a set come in another order than they are written in, so that their constants tell which is which.
func (e *expression) match(items []terraform.Node) []arguments {
	out := make([]arguments, len(items))
	if e == nil || len(e.blocks) > maxMatched || len(items) > maxMatched {
		return out
	}
	used := make([]bool, len(e.blocks))
	for i := range items {
		if i < len(e.blocks) && len(items) == len(e.blocks) && e.blocks[i].fits(&items[i]) {
			out[i], used[i] = e.blocks[i], true
		}
	}
	for i := range items {
		for j := 0; out[i] == nil && j < len(e.blocks); j++ {
			if !used[j] && e.blocks[j].fits(&items[i]) {
				out[i], used[j] = e.blocks[j], true
			}
		}
	}
	return out
}

// maxMatched bounds how many blocks of one type are matched to the configuration.
const maxMatched = 500

// fits reports whether the constants of a block in the configuration are the values of n.
func (a arguments) fits(n *terraform.Node) bool {
	f := members(n)
	for i := range a {
		e := a[i].expr
		if e == nil || !e.isConstant {
			continue
		}
		v := f.get(a[i].name)
		if v == nil {
			return false
		}
		if text, ok := scalarText(v); !ok || text != e.constant {
			return false
		}
	}
	return true
}
