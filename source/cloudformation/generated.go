package cloudformation

import (
	"slices"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// Annotation is what the generator of a template knows of one of its nodes and cannot write as CloudFormation.
type Annotation struct {
	// Unknown makes the value of the node unknown, whatever it says; Unresolved would decide it and Partial is what is
	// known of its text.
	Unknown    bool
	Partial    string
	Unresolved []inventory.Step
	// Assumed and Trail are added to what the value remembers.
	Assumed, Trail []inventory.Step
}

// ReadNode is Read for a template that another reader generated. Options.Place and Options.Annotations say what the nodes
// do not; the root is one of CloudFormation's until the caller renames it.
func ReadNode(path string, doc *document.Node, files Files, opts Options) (inv *inventory.Inventory, nested []string) {
	r := newReader(path, files, opts)
	newTemplate(r, path, doc).readAll()
	return r.inv, r.nestedPaths()
}

// annotated returns the value of a node with what the generator of the template knows of it.
func (t *template) annotated(note *Annotation, n *node) (inventory.Value, bool) {
	at := t.at(n)
	if note.Unknown {
		g := gather{unresolved: slices.Clone(note.Unresolved), assumed: slices.Clone(note.Assumed), trail: slices.Clone(note.Trail), partial: note.Partial}
		return g.unknown(at), true
	}
	v, ok := t.plain(n)
	if !ok {
		return v, false
	}
	g := gather{assumed: slices.Clone(note.Assumed), trail: slices.Clone(note.Trail)}
	g.add(v)
	g.partial = v.Partial()
	return g.on(v), true
}

// undecided is the verdict of a condition that the generator of the template knows to be open.
func (t *template) undecided(note *Annotation, n *node) verdict {
	v, _ := t.annotated(note, n)
	out := verdict{self: inventory.Step{Name: "condition", Note: "cannot be told", At: t.at(n)}}
	out.add(v)
	return out
}

// at gives the place of a node.
func (t *template) at(n *node) diag.Range {
	if t.opts.Place != nil && t.prefix == "" && n != nil {
		return t.opts.Place(n)
	}
	return n.In(t.path)
}

// LongForm gives the name that the short form of a function stands for, as document.Options.Tags takes it: "Sub" is
// "Fn::Sub".
func LongForm(tag string) string { return longForm(tag) }
