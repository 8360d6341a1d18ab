package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
)

// module is one directory of configuration, parsed once and shared by every instance of it.
type module struct {
	dir       string
	variables map[string]*variable
	locals    map[string]*attr
	outputs   map[string]*attr
	calls     []*call
	blocks    []*block
	// blockAt finds a resource ("aws_x.y") or data source ("data.aws_x.y").
	blockAt map[string]*block
	callAt  map[string]*call
	// moves are the moved blocks: addresses inside the module.
	moves []move
	// loose lists every attribute name that is read from something that is not named statically.
	loose map[string]bool
	diags diag.List
}

// move is a moved block.
type move struct{ from, to string }

// variable is a variable block.
type variable struct {
	name      string
	def       *attr // nil when there is no default
	typ       cty.Type
	defaults  *typeexpr.Defaults
	nullable  bool
	sensitive bool
	at        diag.Range
}

// call is a module block.
type call struct {
	name    string
	source  string
	known   bool // source is a literal
	version string
	inputs  []*attr
	repeat  repeat
	at      diag.Range
}

// block is a resource or data block.
type block struct {
	typ, name string
	data      bool
	body      *body
	repeat    repeat
	at        diag.Range
}

func (b *block) address() string {
	if b.data {
		return "data." + b.typ + "." + b.name
	}
	return b.typ + "." + b.name
}

// repeat holds the meta-arguments that make several instances of one block; both nil for a single one.
type repeat struct {
	count, forEach *attr
}

// body is the content of a block in source order.
type body struct {
	attrs  []*attr
	blocks []nested
}

func (b *body) attr(name string) *attr {
	i := slices.IndexFunc(b.attrs, func(a *attr) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return b.attrs[i]
}

// nested is a block inside a resource; dynamic ones carry their generator.
type nested struct {
	typ     string
	body    *body
	dynamic *dynamic
	at      diag.Range
}

// dynamic is the generator of a dynamic block.
type dynamic struct {
	iterator string
	forEach  *attr
}

// attr is an argument with everything about its expression that does not change between instances.
type attr struct {
	name string
	expr hcl.Expression
	at   diag.Range
	// literal is the value of an expression without references and calls; nil otherwise.
	literal *cty.Value
	refs    []reference
}

// refKind tells the roots of references apart.
type refKind uint8

const (
	refLocalScope refKind = iota // each, count, self, iterators, for variables: given by the caller
	refVariable
	refLocal
	refModule
	refResource
	refPath
	refTerraform
)

// reference is one name that an expression reads, as far as it is named statically.
type reference struct {
	kind refKind
	// name is the variable, local or module call, or the resource's address ("aws_x.y", "data.aws_x.y").
	name string
	// typ and label split a resource's address.
	typ, label string
	data       bool
	// attr is the attribute read from a resource or module; empty when the whole object is used.
	attr string
}

func newAttr(name string, expr hcl.Expression, at diag.Range) *attr {
	a := &attr{name: name, expr: expr, at: at}
	traversals := expr.Variables()
	if len(traversals) == 0 {
		if v, ok := literalValue(expr); ok {
			a.literal = &v
			return a
		}
	}
	for _, t := range traversals {
		r := classify(t)
		if !slices.Contains(a.refs, r) {
			a.refs = append(a.refs, r)
		}
	}
	return a
}

// classify reads the static beginning of a traversal.
func classify(t hcl.Traversal) reference {
	root := t.RootName()
	names := staticNames(t[1:], 3)
	at := func(i int) string {
		if i < len(names) {
			return names[i]
		}
		return ""
	}
	switch root {
	case "var":
		return reference{kind: refVariable, name: at(0)}
	case "local":
		return reference{kind: refLocal, name: at(0)}
	case "module":
		return reference{kind: refModule, name: at(0), attr: at(1)}
	case "path":
		return reference{kind: refPath, name: at(0)}
	case "terraform":
		return reference{kind: refTerraform, name: at(0)}
	case "each", "count", "self":
		return reference{kind: refLocalScope, name: root}
	case "data", "ephemeral":
		if at(1) == "" {
			return reference{kind: refLocalScope, name: root}
		}
		return reference{kind: refResource, name: root + "." + at(0) + "." + at(1), typ: at(0), label: at(1), data: true, attr: at(2)}
	}
	if at(0) == "" || !strings.Contains(root, "_") && len(t) < 2 {
		return reference{kind: refLocalScope, name: root}
	}
	return reference{kind: refResource, name: root + "." + at(0), typ: root, label: at(0), attr: at(1)}
}

// staticNames collects up to n attribute names, stepping over constant instance keys.
func staticNames(t hcl.Traversal, n int) []string {
	var out []string
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseAttr:
			out = append(out, s.Name)
		case hcl.TraverseIndex:
			if len(out) == 0 {
				return out
			}
		default:
			return out
		}
		if len(out) == n {
			return out
		}
	}
	return out
}

func rangeOf(r hcl.Range) diag.Range {
	return diag.Range{Path: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}
