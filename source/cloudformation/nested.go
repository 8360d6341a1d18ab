package cloudformation

import (
	"errors"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

const stackType = "AWS::CloudFormation::Stack"

// maxAbove bounds how many directories above a template are looked in for one that it nests.
const maxAbove = 8

// child returns the template of a nested stack, prepared, or nil when it could not be read. It is read once, by the
// first of the stack itself and a GetAtt of its outputs.
func (t *template) child(id string) *template {
	if c, done := t.children[id]; done {
		return c
	}
	t.children[id] = nil // two stacks that wait for each other's outputs end here
	d := t.byID[id]
	if t.exists(d).truth == no {
		return nil
	}
	location := t.eval(d.props.Get("TemplateURL"))
	file, doc := t.locate(d, location)
	if doc == nil {
		return nil
	}
	c := newTemplate(t.reader, file, doc)
	c.prefix = t.prefix + id + "/"
	c.chain = append(slices.Clone(t.chain), file)
	c.given, c.handed = t.handDown(d)
	c.maybe = slices.Clone(t.maybe)
	if v := t.exists(d); v.truth == maybe {
		c.maybe = append(c.maybe, v.steps()...)
	}
	c.prepare()
	t.children[id] = c
	return c
}

// setAside marks the template of a stack that does not exist, and what is nested in it, as nested all the same: it must
// not be read as a template of its own, which would give resources that are never made.
func (t *template) setAside(d *declaration) {
	if d.typ != stackType || d.fromRepository() || len(t.chain) >= maxNesting || t.templates >= maxTemplates {
		return
	}
	location := t.eval(d.props.Get("TemplateURL"))
	file, _ := t.stackFile(d, location)
	if file == "" || slices.Contains(t.chain, file) {
		return
	}
	t.templates++
	doc, _ := t.open(file)
	if doc == nil {
		return
	}
	c := newTemplate(t.reader, file, doc)
	c.chain = append(slices.Clone(t.chain), file)
	c.prefix = t.prefix + d.id + "/"
	c.prepare()
	for _, inner := range c.declarations {
		c.setAside(inner)
	}
}

// handDown evaluates the parameters that a stack passes, in the template that passes them. When it cannot be told
// which ones are passed, whole is that unknown, which every parameter is then.
func (t *template) handDown(d *declaration) (given map[string]inventory.Value, whole inventory.Value) {
	given = map[string]inventory.Value{}
	params := t.eval(d.props.Get("Parameters"))
	for _, p := range params.Properties() {
		v := p.Value
		if v.Kind() == inventory.List {
			b := &textBuilder{}
			b.value(v)
			v = t.result(b, v.Origin())
		}
		given[p.Name] = v
	}
	return given, params
}

// locate finds and parses the template that a stack points at. Whatever stands in the way is one diagnostic and one
// unread part.
func (t *template) locate(d *declaration, location inventory.Value) (string, *node) {
	source := shown(location)
	if d.fromRepository() {
		t.unread(d, source, "an application lies in the Serverless Application Repository")
		return "", nil
	}
	if source == "" {
		t.unread(d, "nothing", "there is no path or URL to look at")
		return "", nil
	}
	file, why := t.stackFile(d, location)
	if file == "" {
		t.unread(d, diag.Clip(source, maxClip), why)
		return "", nil
	}
	if slices.Contains(t.chain, file) {
		t.inv.Unread = append(t.inv.Unread, inventory.Unread{Scope: t.opts.Scope, Address: t.prefix + d.id, Source: diag.Clip(source, maxClip), Origin: t.at(d.from)})
		t.errorf(t.at(d.from), "Nested template cycle", "%s is the template %s, which it stands inside of. It is not read again.", diag.Clip(t.prefix+d.id, maxClip), file)
		return "", nil
	}
	if len(t.chain) >= maxNesting || t.templates >= maxTemplates {
		t.unread(d, diag.Clip(source, maxClip), "templates are nested too deeply or too often")
		return "", nil
	}
	t.templates++
	doc, why := t.open(file)
	if doc == nil {
		t.unread(d, diag.Clip(source, maxClip), why)
		return "", nil
	}
	return file, doc
}

// open reads a file as a template, once for all stacks that use it.
func (t *template) open(file string) (*node, string) {
	if doc, done := t.parsed[file]; done {
		return doc, "the file is broken"
	}
	data, err := t.files.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "no such file is on disk"
	case err != nil:
		return nil, "the file could not be opened, " + diag.Clip(err.Error(), maxClip)
	}
	doc := t.parse(file, data)
	t.parsed[file] = doc
	t.nested[file] = true
	return doc, "the file is broken"
}

// templateFile returns the path of the local file that a TemplateURL means, or why there is none. partial says that
// the text has unknown parts.
func (t *template) templateFile(source string, partial bool) (file, why string) {
	if t.files == nil {
		return "", "no other file may be opened here"
	}
	remote := strings.Contains(source, "://") && !strings.HasPrefix(source, "file://")
	if !remote && !partial {
		name := strings.TrimPrefix(source, "file://")
		if !path.IsAbs(name) {
			return t.relative(name), ""
		}
		return "", "an absolute path is not followed; write it relative to this template"
	}
	suffixes := suffixesOf(source)
	if len(suffixes) == 0 {
		return "", "it lies in S3"
	}
	if t.searches++; t.searches > maxTemplates {
		return "", "it lies in S3, and no more local files are looked for"
	}
	found := t.endingIn(suffixes)
	switch {
	case len(found) == 1:
		return found[0], ""
	case len(found) > 1:
		return "", "it lies in S3, and several local files could be it"
	}
	if file := t.above(suffixes); file != "" {
		return file, ""
	}
	return "", "it lies in S3, and no local file ends in that path"
}

// endingIn returns the files of the run that end in the first suffix which any file ends in.
func (t *template) endingIn(suffixes []string) []string {
	finder, ok := t.files.(Finder)
	if !ok {
		return nil
	}
	for _, suffix := range suffixes {
		found := slices.DeleteFunc(slices.Clone(finder.FindSuffix(suffix)), func(f string) bool { return f == t.path })
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// above looks for a suffix beside the template and in the directories above it, the longest suffix and the nearest
// directory first: a template may be given without the tree that it is part of. A mere file name must lie beside it.
func (t *template) above(suffixes []string) string {
	for _, suffix := range suffixes {
		up := ""
		for range maxAbove {
			file := t.relative(up + suffix)
			if _, err := t.files.ReadFile(file); err == nil && file != t.path {
				return file
			}
			if !strings.Contains(suffix, "/") {
				break
			}
			up += "../"
		}
	}
	return ""
}

// suffixesOf returns the ends of the path of a URL, the longest first. What stands before and beside an unknown part
// is dropped: "https://${Bucket}.s3.amazonaws.com/${Prefix}net/vpc.yaml" gives "net/vpc.yaml", then "vpc.yaml".
func suffixesOf(source string) []string {
	if i := strings.IndexAny(source, "?#"); i >= 0 {
		source = source[:i]
	}
	if _, rest, ok := strings.Cut(source, "://"); ok {
		_, source, _ = strings.Cut(rest, "/")
	}
	if i := strings.LastIndex(source, "}"); i >= 0 {
		source = source[i+1:]
	}
	if plain, err := url.PathUnescape(source); err == nil {
		source = plain
	}
	parts := strings.FieldsFunc(source, func(r rune) bool { return r == '/' })
	if slices.Contains(parts, "..") || len(parts) > 32 {
		return nil
	}
	var out []string
	for i := range parts {
		out = append(out, strings.Join(parts[i:], "/"))
	}
	return out
}

// childOutput is GetAtt of an output of a nested stack.
func (t *template) childOutput(id, output string, at diag.Range) inventory.Value {
	g := gather{refs: []inventory.Ref{{Address: t.prefix + id, Attr: "Outputs." + output}}, partial: "${" + id + ".Outputs." + output + "}"}
	if !t.enter(nil) {
		return g.unknown(at)
	}
	defer t.leave()
	c := t.child(id)
	if c == nil {
		g.unresolved = []inventory.Step{{Name: "stack " + t.prefix + id, Note: "not read", At: at}}
		return g.unknown(at)
	}
	v, ok := c.output(output)
	if !ok {
		t.warnf(at, "Output not declared", "The template of %s has no output %q; the value is taken as unknown.", diag.Clip(id, maxClip), diag.Clip(output, maxClip))
		return g.unknown(at)
	}
	if v.IsUnknown() && v.Partial() != "" {
		g.partial = v.Partial()
	}
	g.add(v)
	g.trail = append([]inventory.Step{{Name: "output " + t.prefix + id + "." + output, Note: "of a nested stack", At: v.Origin()}}, g.trail...)
	return g.on(v.WithOrigin(at))
}

// output evaluates an output of the template.
func (t *template) output(name string) (inventory.Value, bool) {
	if v, ok := t.outputs[name]; ok {
		return v, true
	}
	if t.declaredOutputs == nil {
		t.declaredOutputs = map[string]*node{}
		for _, f := range t.expand(t.section("Outputs")) {
			t.declaredOutputs[f.Name] = f.Value
		}
	}
	found := t.declaredOutputs[name]
	if found == nil {
		return inventory.Value{}, false
	}
	value := found.Get("Value")
	if t.outputOpen[name] {
		t.errorf(t.at(found), "Output cycle", "The output %s depends on itself through nested stacks; it is taken as unknown.", diag.Clip(name, maxClip))
		return inventory.UnknownValue(t.at(found)), true
	}
	t.outputOpen[name] = true
	v := t.eval(value)
	delete(t.outputOpen, name)
	t.outputs[name] = v
	return v, true
}
