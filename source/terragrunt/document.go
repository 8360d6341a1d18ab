package terragrunt

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
)

const (
	// maxConfig is the largest configuration file, in bytes.
	maxConfig = 5 << 20
	// maxFiles bounds how many configuration files one unit reads.
	maxFiles = 500
	// maxParseErrors bounds how many syntax errors of one file are told.
	maxParseErrors = 10
)

// document is one parsed file.
type document struct {
	file string
	src  []byte
	node
}

// node is the content of a block or file, the same for native and JSON syntax.
type node struct {
	typ    string
	labels []string
	attrs  map[string]*expr
	order  []string // the attributes' names in source order
	blocks []*node
	at     diag.Range
}

// expr is an attribute.
type expr struct {
	hcl.Expression
	name string
	at   diag.Range
}

// label returns the node's only label, empty without one.
func (n *node) label() string {
	if len(n.labels) == 0 {
		return ""
	}
	return n.labels[0]
}

// all returns the blocks of a type in source order.
func (n *node) all(typ string) []*node {
	var out []*node
	for _, b := range n.blocks {
		if b.typ == typ {
			out = append(out, b)
		}
	}
	return out
}

// document parses a file once, nil when it cannot be read; the diagnostics then say why.
func (u *unit) document(file string) *document {
	key := u.tree.Absolute(file)
	if d, ok := u.documents[key]; ok {
		return d
	}
	if len(u.documents) == maxFiles {
		u.inv.Diags.Errorf(u.here(), "Too many files", "The unit %s reads more than %d configuration files; the rest was left out.", u.file, maxFiles)
	}
	u.documents[key] = nil
	if len(u.documents) > maxFiles {
		return nil
	}
	d := u.parse(file)
	u.documents[key] = d
	return d
}

func (u *unit) parse(file string) *document {
	diags := &u.inv.Diags
	at := diag.Range{Path: file, Line: 1, Column: 1}
	data, err := u.tree.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		diags.Errorf(u.hereOr(at), "Configuration not found", "There is no file %s.", file)
		return nil
	case errors.Is(err, rootfs.ErrOutside):
		diags.Errorf(u.hereOr(at), "File outside the repository root", "%v. Give --root DIR to widen the boundary.", err)
		return nil
	case err != nil:
		diags.Errorf(u.hereOr(at), "Configuration not read", "%v", err)
		return nil
	case len(data) > maxConfig:
		diags.Errorf(at, "Configuration too large", "The file has %d MB, at most %d MB are read; it was left out.", len(data)>>20, maxConfig>>20)
		return nil
	case bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data):
		diags.Errorf(at, "Not a Terragrunt file", "The file is not UTF-8 text. Terragrunt configuration is; the file was left out.")
		return nil
	}
	if line, deep := terraform.TooDeep(data); deep {
		diags.Errorf(diag.Range{Path: file, Line: line, Column: 1}, "Nested too deeply", "Brackets, conditionals or operators nest too deep here; the file was left out.")
		return nil
	}
	d := &document{file: file, src: data}
	if strings.HasSuffix(file, ".json") {
		u.parseJSON(d)
	} else {
		u.parseNative(d)
	}
	return d
}

func (u *unit) parseNative(d *document) {
	f, diags := hclsyntax.ParseConfig(d.src, d.file, hcl.InitialPos)
	u.syntaxErrors(diags)
	if f == nil {
		return
	}
	if b, ok := f.Body.(*hclsyntax.Body); ok {
		d.node = nativeNode(b)
	}
}

func nativeNode(b *hclsyntax.Body) node {
	n := node{attrs: make(map[string]*expr, len(b.Attributes))}
	list := make([]*hcl.Attribute, 0, len(b.Attributes))
	for _, a := range b.Attributes {
		list = append(list, a.AsHCLAttribute())
	}
	n.add(list)
	for _, x := range b.Blocks {
		in := nativeNode(x.Body)
		in.typ, in.labels, in.at = x.Type, x.Labels, place(x.DefRange())
		n.blocks = append(n.blocks, &in)
	}
	return n
}

func (n *node) add(list []*hcl.Attribute) {
	slices.SortFunc(list, func(a, b *hcl.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
	for _, a := range list {
		n.attrs[a.Name] = &expr{Expression: terraform.Lazy(a.Expr), name: a.Name, at: place(a.NameRange)}
		n.order = append(n.order, a.Name)
	}
}

// blockTypes says which members of a JSON file are blocks, and how many labels they have.
var blockTypes = map[string][]string{
	"locals": nil, "terraform": nil, "remote_state": nil,
	"dependency": {"name"}, "feature": {"name"}, "generate": {"name"}, "unit": {"name"}, "stack": {"name"},
}

func (u *unit) parseJSON(d *document) {
	f, diags := json.Parse(d.src, d.file)
	u.syntaxErrors(diags)
	if f == nil || f.Body == nil {
		return
	}
	schema := &hcl.BodySchema{}
	for _, typ := range []string{"locals", "terraform", "remote_state", "dependency", "feature", "generate", "unit", "stack"} {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: typ, LabelNames: blockTypes[typ]})
	}
	content, rest, diags := f.Body.PartialContent(schema)
	u.syntaxErrors(diags)
	blocks := content.Blocks
	// An include has a label or none.
	labelled := &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "include", LabelNames: []string{"name"}}}}
	more, left, diags := rest.PartialContent(labelled)
	if diags.HasErrors() {
		more, left, _ = rest.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "include"}}})
	}
	d.node = jsonNode(left)
	for _, b := range append(blocks, more.Blocks...) {
		in := jsonBlock(b)
		d.blocks = append(d.blocks, in)
	}
}

func jsonBlock(b *hcl.Block) *node {
	body := b.Body
	var inner hcl.Blocks
	if b.Type == "terraform" {
		content, rest, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "extra_arguments", LabelNames: []string{"name"}}}})
		inner, body = content.Blocks, rest
	}
	n := jsonNode(body)
	n.typ, n.labels, n.at = b.Type, b.Labels, place(b.DefRange)
	for _, x := range inner {
		n.blocks = append(n.blocks, jsonBlock(x))
	}
	return &n
}

func jsonNode(b hcl.Body) node {
	n := node{attrs: map[string]*expr{}}
	attrs, _ := b.JustAttributes()
	list := make([]*hcl.Attribute, 0, len(attrs))
	for _, a := range attrs {
		list = append(list, a)
	}
	n.add(list)
	return n
}

func (u *unit) syntaxErrors(diags hcl.Diagnostics) {
	n := 0
	for _, d := range diags {
		if d.Severity != hcl.DiagError || d.Subject == nil {
			continue
		}
		if n++; n > maxParseErrors {
			return
		}
		u.inv.Diags.Errorf(place(*d.Subject), d.Summary, "%s", d.Detail)
	}
}

func place(r hcl.Range) diag.Range {
	return diag.Range{Path: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// here is the place of the expression that is being evaluated.
func (u *unit) here() diag.Range { return u.hereOr(diag.Range{Path: u.file}) }

func (u *unit) hereOr(other diag.Range) diag.Range {
	if len(u.at) == 0 {
		return other
	}
	return u.at[len(u.at)-1].at
}
