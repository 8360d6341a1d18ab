package terraform

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// This file offers the translation into CloudFormation's words to readers of what Terraform has evaluated itself: plans
// and states (source/tfplan). To the translation such a resource is a block whose every argument is a literal, so that
// both ways into the inventory fold blocks, tags and documents by the same code.

// maxBlockTypes bounds how many types of nested blocks one block may hold; the schema with the most has about 60.
const maxBlockTypes = 200

// Node is a value that Terraform has worked out, as its JSON formats hold it.
type Node struct {
	// Kind says which of the fields below hold the value.
	Kind inventory.Kind
	// Block says that a List of Maps stands for nested blocks, or a Map for a single one.
	Block bool
	// Sensitive marks what must not be printed; the members of a container are marked on their own.
	Sensitive bool
	Bool      bool
	// Line and Column say where the value is written; 0 when that is not known.
	Line, Column int32
	Number       float64
	Text         string
	Items        []Node
	Members      []Member
	// Refs are the resources that the value is taken from.
	Refs []inventory.Ref
	// Missing says what would decide an Unknown that Refs do not explain.
	Missing []inventory.Step
}

// Member is one entry of a Map: an argument, a nested block type or a key.
type Member struct {
	Name  string
	Value Node
}

// Declared is one resource instance with its arguments worked out.
type Declared struct {
	// Scope and Path name the document; Line and Column the place of the resource in it.
	Scope, Path  string
	Line, Column int32
	// Module is the prefix of the address, empty or with a dot at the end: `module.a["x"].`.
	Module string
	// Type and Name are the two labels, Key the instance key as written: `[0]`, `["x"]` or nothing.
	Type, Name, Key string
	// Data is set for a data source.
	Data bool
	// Arguments are the resource's arguments and nested blocks; computed attributes may be among them.
	Arguments []Member
}

// Translator puts evaluated resources into CloudFormation's words. It is for one goroutine.
type Translator struct {
	names   *nameTable
	types   *vocabulary.Types
	entries map[string]*entry
}

// NewTranslator makes a translator for a vocabulary.
func NewTranslator(types *vocabulary.Types) *Translator {
	return &Translator{names: loadNames(), types: types, entries: map[string]*entry{}}
}

// Knows reports whether Translate has an answer for a type: AWS's resources, and the data sources of the name table.
func (t *Translator) Knows(typ string, data bool) bool { return t.entry(typ, data) != nil }

func (t *Translator) entry(typ string, data bool) *entry {
	key := typeKey(typ, data)
	e, ok := t.entries[key]
	if !ok {
		e = t.names.lookup(typ, data, t.types)
		t.entries[key] = e
	}
	return e
}

// Translate returns the resource, or nil when Knows denies its type.
func (t *Translator) Translate(d Declared) *inventory.Resource {
	e := t.entry(d.Type, d.Data)
	if e == nil {
		return nil
	}
	w := worked{path: d.Path}
	in := &instance{run: &run{dir: d.Scope}, path: d.Module}
	b := &block{typ: d.Type, name: d.Name, data: d.Data, body: w.body(d.Arguments), at: w.at(d.Line, d.Column)}
	return in.translate(b, item{key: d.Key, name: d.Key}, e)
}

// worked turns nodes of one document into the reader's own model.
type worked struct{ path string }

func (w worked) at(line, column int32) diag.Range {
	return diag.Range{Path: w.path, Line: int(line), Column: int(column)}
}

func (w worked) body(members []Member) *body {
	b := &body{attrs: make([]*attr, 0, len(members))}
	attrs, values := make([]attr, len(members)), make([]cty.Value, len(members))
	blockTypes := 0
	for i := range members {
		m := &members[i]
		if isBlocks(&m.Value) && blockTypes < maxBlockTypes {
			blockTypes++
			b.blocks = append(b.blocks, w.blocks(m)...)
			continue
		}
		values[i] = w.value(&m.Value)
		attrs[i] = attr{name: m.Name, at: w.at(m.Value.Line, m.Value.Column), literal: &values[i]}
		b.attrs = append(b.attrs, &attrs[i])
	}
	return b
}

func isBlocks(n *Node) bool {
	if !n.Block {
		return false
	}
	notMap := func(x Node) bool { return x.Kind != inventory.Map }
	return n.Kind == inventory.Map || n.Kind == inventory.List && !slices.ContainsFunc(n.Items, notMap)
}

func (w worked) blocks(m *Member) []nested {
	items := m.Value.Items
	if m.Value.Kind == inventory.Map {
		items = []Node{m.Value}
	}
	out := make([]nested, 0, len(items))
	for i := range items {
		out = append(out, nested{typ: m.Name, body: w.body(items[i].Members), at: w.at(items[i].Line, items[i].Column)})
	}
	return out
}

func (w worked) value(n *Node) cty.Value {
	v := w.plain(n)
	if !n.Sensitive && len(n.Refs) == 0 && len(n.Missing) == 0 {
		return v
	}
	marks := make(cty.ValueMarks, len(n.Refs)+len(n.Missing)+1)
	for _, r := range n.Refs {
		marks[refMark{address: r.Address, attr: r.Attr}] = struct{}{}
	}
	for _, s := range n.Missing {
		marks[&stepMark{kind: stepUnresolved, step: s}] = struct{}{}
	}
	if n.Sensitive {
		marks[sensitiveMark{}] = struct{}{}
	}
	return v.WithMarks(marks)
}

func (w worked) plain(n *Node) cty.Value {
	switch n.Kind {
	case inventory.Bool:
		return cty.BoolVal(n.Bool)
	case inventory.Number:
		return cty.NumberFloatVal(n.Number)
	case inventory.String:
		return cty.StringVal(n.Text)
	case inventory.List:
		if len(n.Items) == 0 {
			return cty.EmptyTupleVal
		}
		items := make([]cty.Value, len(n.Items))
		for i := range n.Items {
			items[i] = w.value(&n.Items[i])
		}
		return cty.TupleVal(items)
	case inventory.Map:
		vals := make(map[string]cty.Value, len(n.Members))
		for i := range n.Members {
			vals[n.Members[i].Name] = w.value(&n.Members[i].Value)
		}
		return cty.ObjectVal(vals)
	case inventory.Unknown:
		return cty.DynamicVal
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// hidden marks v and everything in it as sensitive: a document that is opened is as secret as its text.
func hidden(v inventory.Value) inventory.Value {
	switch v.Kind() {
	case inventory.List:
		items := make([]inventory.Value, len(v.List()))
		for i, x := range v.List() {
			items[i] = hidden(x)
		}
		v = inventory.ListValue(items, v.Origin()).WithMeta(v.Meta())
	case inventory.Map:
		props := make([]inventory.Property, len(v.Properties()))
		for i, p := range v.Properties() {
			props[i] = inventory.Property{Name: p.Name, Value: hidden(p.Value)}
		}
		v = inventory.MapValue(props, v.Origin()).WithMeta(v.Meta())
	}
	return v.AsSensitive()
}

// IsStructure reports whether what a type has at a dotted path ("launch_template", "rule.action") is an object or a list of
// them in CloudFormation's words, as nested blocks are.
func (t *Translator) IsStructure(typ string, data bool, path string) bool {
	e := t.entry(typ, data)
	if e == nil || e.shape == nil {
		return false
	}
	tr := &translation{entry: e, shape: e.shape}
	at := level{into: &object{}, shape: e.shape}
	if e.prefix != "" {
		at.shape = shapeAt(e.shape, e.prefix)
	}
	for part := range strings.SplitSeq(path, ".") {
		_, _, shape, ok := tr.target(at, part)
		if !ok {
			return false
		}
		if shape.Kind == vocabulary.List {
			shape = shape.Element
		}
		at.shape, at.path = shape, join(at.path, part)
	}
	return at.shape.Kind == vocabulary.Object
}
