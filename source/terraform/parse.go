package terraform

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rootfs"
)

// maxParseErrors bounds how many syntax errors of one file are told.
const maxParseErrors = 10

// maxConfig is the largest configuration file, in bytes: parsing takes up to 200 times a file's size in memory.
const maxConfig = 5 << 20

// isConfig reports whether a file name is Terraform configuration.
func isConfig(name string) bool {
	return !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, "~") &&
		(strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json") ||
			strings.HasSuffix(name, ".tofu") || strings.HasSuffix(name, ".tofu.json"))
}

func isOverride(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	return base == "override" || strings.HasSuffix(base, "_override")
}

// parseDir parses every configuration file of a directory, override files last. over holds files that replace the
// directory's or come beside them.
func parseDir(tree *rootfs.Tree, dir string, over []File) *module {
	m := &module{
		dir: dir, variables: map[string]*variable{}, locals: map[string]*attr{}, outputs: map[string]*attr{},
		blockAt: map[string]*block{}, callAt: map[string]*call{}, loose: map[string]bool{},
	}
	entries, err := tree.ReadDir(dir)
	if err != nil {
		m.diags.Errorf(diag.Range{Path: dir}, "Directory not read", "%v", err)
		return m
	}
	var names, overrides []string
	for _, e := range entries {
		switch {
		case e.IsDir() || !isConfig(e.Name()) || slices.ContainsFunc(over, func(f File) bool { return f.Name == e.Name() }):
		case isOverride(e.Name()):
			overrides = append(overrides, e.Name())
		default:
			names = append(names, e.Name())
		}
	}
	for _, name := range append(names, overrides...) {
		m.parseFile(tree, tree.Join(dir, name), isOverride(name))
	}
	m.addOver(over)
	m.collectLoose()
	return m
}

func (m *module) parseFile(tree *rootfs.Tree, path string, override bool) {
	data, err := tree.ReadFile(path)
	if err != nil {
		m.unreadable(path, err)
		return
	}
	m.parseData(diag.Range{Path: path, Line: 1}, strings.HasSuffix(path, ".json"), data, override)
}

// parseData parses one file whose first line stands at the given place.
func (m *module) parseData(at diag.Range, asJSON bool, data []byte, override bool) {
	path, start := at.Path, hcl.Pos{Line: max(at.Line, 1), Column: 1}
	if len(data) > maxConfig {
		m.diags.Errorf(diag.Range{Path: path, Line: 1, Column: 1}, "Terraform file too large",
			"The file has %d MB, at most %d MB are read; it was left out. Split it.", len(data)>>20, maxConfig>>20)
		return
	}
	if bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) {
		m.diags.Errorf(diag.Range{Path: path, Line: 1, Column: 1}, "Not a Terraform file",
			"The file is not UTF-8 text. Terraform configuration is; the file was left out.")
		return
	}
	if line, deep := nestsTooDeeply(data); deep {
		m.diags.Errorf(diag.Range{Path: path, Line: line, Column: 1}, "Nested too deeply",
			"Brackets, conditionals or operators nest over %d deep here; the file was left out.", maxNesting)
		return
	}
	if asJSON {
		m.addJSON(path, data, override)
		return
	}
	file, diags := hclsyntax.ParseConfig(data, path, start)
	m.syntaxErrors(diags)
	if file == nil {
		return
	}
	syntax, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return
	}
	for _, b := range syntax.Blocks {
		m.addBlock(b.Type, b.Labels, nativeBody(b.Body), rangeOf(b.DefRange()), override)
	}
}

func (m *module) unreadable(path string, err error) {
	at := diag.Range{Path: path}
	switch {
	case errors.Is(err, rootfs.ErrOutside):
		m.diags.Warnf(at, "Symlink skipped", "It leads outside the repository root and was not followed.")
	case errors.Is(err, fs.ErrNotExist):
		m.diags.Skipf(at, "File not read", "The symlink points to nothing.")
	default:
		m.diags.Errorf(at, "File not read", "%v", err)
	}
}

func (m *module) syntaxErrors(diags hcl.Diagnostics) {
	n := 0
	for _, d := range diags {
		if d.Severity != hcl.DiagError || d.Subject == nil {
			continue
		}
		if n++; n > maxParseErrors {
			return
		}
		m.diags.Errorf(rangeOf(*d.Subject), d.Summary, "%s", d.Detail)
	}
}

// nativeBody converts a syntax body once; conditionals become lazy on the way.
func nativeBody(b *hclsyntax.Body) *body {
	out := &body{attrs: make([]*attr, 0, len(b.Attributes)), blocks: make([]nested, 0, len(b.Blocks))}
	for _, a := range b.Attributes {
		out.attrs = append(out.attrs, newAttr(a.Name, rewrite(a.Expr), rangeOf(a.SrcRange)))
	}
	slices.SortFunc(out.attrs, func(a, b *attr) int { return strings.Compare(a.name, b.name) })
	for _, x := range b.Blocks {
		inner := nativeBody(x.Body)
		at := rangeOf(x.DefRange())
		if x.Type == "dynamic" && len(x.Labels) == 1 {
			if n, ok := dynamicBlock(x.Labels[0], inner, at); ok {
				out.blocks = append(out.blocks, n)
			}
			continue
		}
		out.blocks = append(out.blocks, nested{typ: x.Type, body: inner, at: at})
	}
	return out
}

func dynamicBlock(typ string, inner *body, at diag.Range) (nested, bool) {
	d := &dynamic{iterator: typ, forEach: inner.attr("for_each")}
	if it := inner.attr("iterator"); it != nil {
		d.iterator = hcl.ExprAsKeyword(it.expr)
	}
	i := slices.IndexFunc(inner.blocks, func(n nested) bool { return n.typ == "content" })
	if i < 0 || d.forEach == nil {
		return nested{}, false
	}
	return nested{typ: typ, body: inner.blocks[i].body, dynamic: d, at: at}, true
}

// addBlock files one top-level block. A later block of the same name from an override file is laid over the first.
func (m *module) addBlock(typ string, labels []string, b *body, at diag.Range, override bool) {
	switch {
	case typ == "locals":
		for _, a := range b.attrs {
			m.locals[a.name] = a
		}
	case typ == "variable" && len(labels) == 1:
		m.addVariable(labels[0], b, at, override)
	case typ == "output" && len(labels) == 1:
		if v := b.attr("value"); v != nil {
			m.outputs[labels[0]] = v
		}
	case typ == "moved" && len(labels) == 0:
		if from, to := addressOf(b.attr("from")), addressOf(b.attr("to")); from != "" && to != "" {
			m.moves = append(m.moves, move{from, to})
		}
	case typ == "module" && len(labels) == 1:
		m.addCall(labels[0], b, at, override)
	case (typ == "resource" || typ == "data") && len(labels) == 2:
		m.addResource(labels, typ == "data", b, at, override)
	}
}

// addressOf is the text of an address in a moved block; empty when it is none.
func addressOf(a *attr) string {
	if a == nil {
		return ""
	}
	traversal, diags := hcl.AbsTraversalForExpr(a.expr)
	if diags.HasErrors() {
		return ""
	}
	return string(hclwrite.TokensForTraversal(traversal).Bytes())
}

func (m *module) addResource(labels []string, data bool, b *body, at diag.Range, override bool) {
	r := &block{typ: labels[0], name: labels[1], data: data, at: at}
	r.body, r.repeat = splitMeta(b)
	old := m.blockAt[r.address()]
	switch {
	case old != nil && override:
		layOver(old.body, r.body)
		if r.repeat != (repeat{}) {
			old.repeat = r.repeat
		}
	case old != nil:
		m.diags.Errorf(at, "Duplicate resource", "%s is declared already at %s; the first declaration was used.", r.address(), old.at)
	default:
		m.blockAt[r.address()] = r
		m.blocks = append(m.blocks, r)
	}
}

// splitMeta takes the meta-arguments out of a body.
func splitMeta(b *body) (*body, repeat) {
	r := repeat{count: b.attr("count"), forEach: b.attr("for_each")}
	b.attrs = slices.DeleteFunc(b.attrs, func(a *attr) bool {
		switch a.name {
		case "count", "for_each", "provider", "depends_on", "lifecycle":
			return true
		}
		return false
	})
	b.blocks = slices.DeleteFunc(b.blocks, func(n nested) bool {
		return n.typ == "lifecycle" || n.typ == "provisioner" || n.typ == "connection"
	})
	return b, r
}

// layOver replaces arguments and nested blocks of a base with those of an override, as Terraform does: by name, and for
// nested blocks all of one type at once.
func layOver(base, over *body) {
	for _, a := range over.attrs {
		base.attrs = slices.DeleteFunc(base.attrs, func(b *attr) bool { return b.name == a.name })
		base.attrs = append(base.attrs, a)
	}
	slices.SortFunc(base.attrs, func(a, b *attr) int { return strings.Compare(a.name, b.name) })
	for _, n := range over.blocks {
		base.blocks = slices.DeleteFunc(base.blocks, func(b nested) bool { return b.typ == n.typ })
	}
	base.blocks = append(base.blocks, over.blocks...)
}

func (m *module) addVariable(name string, b *body, at diag.Range, override bool) {
	v := &variable{name: name, typ: cty.DynamicPseudoType, nullable: true, at: at}
	if old := m.variables[name]; old != nil && override {
		v = old
	}
	if d := b.attr("default"); d != nil {
		v.def = d
	}
	if n := b.attr("nullable"); n != nil {
		v.nullable = !isLiteralBool(n, false)
	}
	if s := b.attr("sensitive"); s != nil {
		v.sensitive = isLiteralBool(s, true)
	}
	if t := b.attr("type"); t != nil {
		typ, defaults, diags := typeexpr.TypeConstraintWithDefaults(t.expr)
		if !diags.HasErrors() {
			v.typ, v.defaults = typ, defaults
		}
	}
	m.variables[name] = v
}

func isLiteralBool(a *attr, want bool) bool {
	return a.literal != nil && a.literal.Type() == cty.Bool && !a.literal.IsNull() && a.literal.True() == want
}

func (m *module) addCall(name string, b *body, at diag.Range, override bool) {
	inner, rep := splitMeta(b)
	c := &call{name: name, repeat: rep, at: at}
	if old := m.callAt[name]; old != nil && override {
		layOver(&body{attrs: old.inputs}, inner)
		c = old
	} else if old == nil {
		m.callAt[name] = c
		m.calls = append(m.calls, c)
	}
	for _, a := range inner.attrs {
		switch a.name {
		case "source":
			c.source, c.known = literalText(a)
			c.at = a.at
		case "version":
			c.version, _ = literalText(a)
		case "providers":
		default:
			c.inputs = slices.DeleteFunc(c.inputs, func(b *attr) bool { return b.name == a.name })
			c.inputs = append(c.inputs, a)
		}
	}
}

func literalText(a *attr) (string, bool) {
	if a.literal == nil || a.literal.Type() != cty.String || a.literal.IsNull() {
		return "", false
	}
	return a.literal.AsString(), true
}

// collectLoose gathers the attribute names that are read from objects which are not named statically: through splats,
// for expressions and each.value. A resource that is used whole must offer them.
func (m *module) collectLoose() {
	note := func(a *attr) {
		if node, ok := a.expr.(hclsyntax.Node); ok && len(a.refs) > 0 {
			_ = hclsyntax.VisitAll(node, m.noteLoose)
		}
	}
	var inBody func(b *body)
	inBody = func(b *body) {
		for _, a := range b.attrs {
			note(a)
		}
		for _, n := range b.blocks {
			if n.dynamic != nil {
				note(n.dynamic.forEach)
			}
			inBody(n.body)
		}
	}
	for _, b := range m.blocks {
		inBody(b.body)
		for _, a := range []*attr{b.repeat.count, b.repeat.forEach} {
			if a != nil {
				note(a)
			}
		}
	}
	for _, c := range m.calls {
		inBody(&body{attrs: c.inputs})
	}
	for _, set := range []map[string]*attr{m.locals, m.outputs} {
		for _, a := range set {
			note(a)
		}
	}
}

func (m *module) noteLoose(n hclsyntax.Node) hcl.Diagnostics {
	if c, ok := n.(counted); ok { // its children are visited, it itself stands for what it counts
		n = c.Expression
	}
	var t hcl.Traversal
	switch x := n.(type) {
	case *hclsyntax.RelativeTraversalExpr:
		t = x.Traversal
	case *hclsyntax.ScopeTraversalExpr:
		switch r := classify(x.Traversal); {
		case r.kind == refLocal || r.kind == refVariable || r.kind == refModule:
			t = x.Traversal[min(2, len(x.Traversal)):]
		case r.kind == refLocalScope || r.kind == refResource && m.blockAt[r.name] == nil:
			t = x.Traversal[1:]
		}
	}
	for _, s := range t {
		if a, ok := s.(hcl.TraverseAttr); ok {
			m.loose[a.Name] = true
		}
	}
	return nil
}
