// Package kubernetes reads manifests: files of Kubernetes objects in YAML or JSON, one or many to a file.
//
//	bytes ── Is ──▶ a manifest? ── document.Parse ──▶ documents ── unfold lists ──▶ objects ── Object ──▶ resources
//
// An object keeps its own kind and its own field names. Its address is Kind/namespace/name, or Kind/name for kinds that
// have no namespace (see ClusterScoped); a namespaced object that names none has "default". An object with generateName
// has that text and "*" as its name, and [2], [3] … behind the address from the second on, because each is an object of
// its own. `kind: List` and every other list kind is replaced by its items. An eksctl ClusterConfig becomes the cluster,
// node groups and Fargate profiles that it describes, in CloudFormation's words.
//
// Values of a Secret are marked sensitive, so that nothing prints them. The schemas inside a CustomResourceDefinition
// are left out: they say nothing of what runs, and are most of the bytes of many files.
//
// The readers of forms that end in Kubernetes objects (source/kustomize, source/helm) use Read, Object and Collector.
//
// Bounds: the size, depth and documents of package document, MaxObjects objects and maxValues values a file.
package kubernetes

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

const (
	// MaxObjects is how many objects one file may hold.
	MaxObjects = 20_000
	// maxValues is how many values the objects of one file may hold, aliases expanded.
	maxValues = 1_000_000
	// maxListDepth is how deep lists of lists are unfolded.
	maxListDepth = 8
)

// Options says what is known of a file besides its content.
type Options struct {
	// Scope is the scope of the objects; empty means the path of the file.
	Scope string
	// Namespace is where objects go that name none; empty means "default".
	Namespace string
	// Place gives an object and all in it the place where it was really written; nil leaves each in the file itself.
	Place func(object *document.Node) diag.Range
	// Rendered is set when the file was rendered from a template: its text has no directives of its own.
	Rendered bool
}

// Read reads the objects of one manifest. path is the display path of the file. The inventory has one root of the form
// "kubernetes"; what could not be read is in its diagnostics.
func Read(path string, data []byte, opts Options) *inventory.Inventory {
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: path, Form: "kubernetes"}}}
	docs, problems := document.Parse(path, data, document.Options{
		Noun: "manifest", Expected: "Kubernetes objects with apiVersion and kind", Many: true,
	})
	if at, broken := brokenTemplate(problems, data); broken && !opts.Rendered {
		inv.Diags.Skipf(at, "Template not read", "The file holds Kubernetes objects with Go template directives ({{ … }}) outside a Helm "+
			"chart, so that it is no YAML before something renders it. Render it, for example with helm template, and give the result.")
		return inv
	}
	inv.Diags = problems
	if opts.Scope == "" {
		opts.Scope = path
	}
	r := &reader{path: path, opts: opts, budget: document.NewBudget(maxValues), out: NewCollector(inv)}
	for _, doc := range docs {
		r.object(doc, 0)
	}
	if at, over := r.budget.Exceeded(); over {
		inv.Diags.Errorf(at, "Manifest too large when expanded", "The objects of the file hold more than %d values, aliases "+
			"counted each time; the rest is left out. Split the file.", maxValues)
	}
	return inv
}

// brokenTemplate reports whether a file is no YAML or JSON because of template directives, and where it breaks.
func brokenTemplate(problems diag.List, data []byte) (diag.Range, bool) {
	if !problems.HasErrors() || !bytes.Contains(data, []byte("{{")) {
		return diag.Range{}, false
	}
	for _, d := range problems {
		if d.Severity == diag.Error {
			return d.Range, true
		}
	}
	return diag.Range{}, false
}

type reader struct {
	path   string
	opts   Options
	budget *document.Budget
	out    *Collector
}

// object reads one document or list item.
func (r *reader) object(n *document.Node, depth int) {
	if !n.IsSet() {
		return
	}
	kind, version := n.Get("kind").Str(), n.Get("apiVersion").Str()
	switch {
	case kind == "" || version == "":
		r.out.inv.Diags.Warnf(n.In(r.path), "Document passed over", "It has no apiVersion and kind, so it is no Kubernetes object.")
	case isList(n, kind):
		r.list(n, strings.TrimSuffix(kind, "List"), version, depth)
	case kind == "ClusterConfig" && strings.HasPrefix(version, "eksctl.io/"):
		for _, res := range eksctlResources(r.path, r.opts.Scope, n, r.budget) {
			r.out.Add(res)
		}
	default:
		r.add(n)
	}
}

func (r *reader) add(n *document.Node) {
	v := r.value(n)
	if r.opts.Place != nil {
		v = moved(v, r.opts.Place(n))
	}
	if res, ok := Object(v, r.opts.Scope, r.opts.Namespace); ok {
		r.out.Add(res)
	}
}

// isList reports whether an object is a list of others: any kind that ends in List and has items.
func isList(n *document.Node, kind string) bool {
	items := n.Get("items")
	return strings.HasSuffix(kind, "List") && items != nil && (items.Kind == document.List || items.Kind == document.Null)
}

// list reads the items of a list. Items of a typed list may leave out what its kind says.
func (r *reader) list(n *document.Node, kind, version string, depth int) {
	if depth >= maxListDepth {
		r.out.inv.Diags.Errorf(n.In(r.path), "Lists nested too deeply", "Lists of Kubernetes objects are unfolded %d deep; this one is left out.", maxListDepth)
		return
	}
	for _, item := range n.Get("items").List() {
		if item == nil || item.Kind != document.Map {
			continue
		}
		if kind != "" && !item.Get("kind").IsSet() {
			item = item.With(item,
				document.Field{Name: "apiVersion", Value: document.TextAt(item, version)},
				document.Field{Name: "kind", Value: document.TextAt(item, kind)})
		}
		r.object(item, depth+1)
	}
}

// value makes the properties of an object.
func (r *reader) value(n *document.Node) inventory.Value {
	v := Slim(n).Value(r.path, nil, r.budget)
	if !r.opts.Rendered && runsPods[n.Get("kind").Str()] {
		v = templated(v)
	}
	return v
}

// Slim leaves out of an object what is large and says nothing of what runs: the schemas of a CustomResourceDefinition.
func Slim(crd *document.Node) *document.Node {
	spec := crd.Get("spec")
	if crd.Get("kind").Str() != "CustomResourceDefinition" || !spec.IsSet() || spec.Kind != document.Map {
		return crd
	}
	fields := spec.Without("validation")
	for i, f := range fields {
		if f.Name != "versions" || f.Value.Kind != document.List {
			continue
		}
		items := make([]*document.Node, len(f.Value.Items))
		for j, item := range f.Value.Items {
			items[j] = item
			if item.Kind == document.Map {
				items[j] = &document.Node{Kind: document.Map, Line: item.Line, Col: item.Col, Fields: item.Without("schema")}
			}
		}
		fields[i].Value = document.ListAt(f.Value, items...)
	}
	slim := &document.Node{Kind: document.Map, Line: spec.Line, Col: spec.Col, Fields: fields}
	return crd.With(crd, document.Field{Name: "spec", Value: slim})
}

// templated makes every text with a template directive unknown: only rendering tells what it will be.
func templated(v inventory.Value) inventory.Value {
	switch v.Kind() {
	case inventory.String:
		text, _ := v.Text()
		open := strings.Index(text, "{{")
		if open < 0 || !strings.Contains(text[open:], "}}") {
			return v
		}
		step := inventory.Step{Name: "template directive {{ … }}", Note: "not rendered", At: v.Origin()}
		return inventory.UnknownValue(v.Origin()).WithMeta(&inventory.Meta{Unresolved: []inventory.Step{step}, Partial: text})
	case inventory.List:
		return mapList(v, templated)
	case inventory.Map:
		return mapProperties(v, func(_ string, p inventory.Value) inventory.Value { return templated(p) })
	}
	return v
}

// moved gives v and everything in it one origin.
func moved(v inventory.Value, at diag.Range) inventory.Value {
	switch v.Kind() {
	case inventory.List:
		v = mapList(v, func(m inventory.Value) inventory.Value { return moved(m, at) })
	case inventory.Map:
		v = mapProperties(v, func(_ string, p inventory.Value) inventory.Value { return moved(p, at) })
	}
	return v.WithOrigin(at)
}

func mapList(v inventory.Value, change func(inventory.Value) inventory.Value) inventory.Value {
	items := make([]inventory.Value, 0, len(v.List()))
	for _, it := range v.List() {
		items = append(items, change(it))
	}
	return inventory.ListValue(items, v.Origin())
}

func mapProperties(v inventory.Value, change func(name string, p inventory.Value) inventory.Value) inventory.Value {
	props := make([]inventory.Property, 0, len(v.Properties()))
	for _, p := range v.Properties() {
		props = append(props, inventory.Property{Name: p.Name, Value: change(p.Name, p.Value)})
	}
	return inventory.MapValue(props, v.Origin())
}

// Collector adds objects to an inventory, each address of a scope once.
type Collector struct {
	inv   *inventory.Inventory
	index map[string]int
	many  map[string]int
	full  bool
}

// NewCollector adds to inv.
func NewCollector(inv *inventory.Inventory) *Collector {
	return &Collector{inv: inv, index: map[string]int{}, many: map[string]int{}}
}

// Add adds one object. A second object of the same scope and address replaces the first, as kubectl apply would do, with
// a warning; objects with generateName are numbered instead. Beyond MaxObjects it adds nothing, and says so once.
func (c *Collector) Add(r *inventory.Resource) {
	key := r.Scope + "\x00" + r.Address
	if strings.HasSuffix(r.Address, generatedMark) {
		c.many[key]++
		if n := c.many[key]; n > 1 {
			r.Address = fmt.Sprintf("%s[%d]", r.Address, n)
			key = r.Scope + "\x00" + r.Address
		}
	}
	if at, twice := c.index[key]; twice {
		c.inv.Diags.Warnf(r.Origin, "Object written twice", "%s stands at %s already; the later one is used, as kubectl apply would do.",
			r.Address, c.inv.Resources[at].Origin)
		c.inv.Resources[at] = r
		return
	}
	if len(c.index) >= MaxObjects {
		if !c.full {
			c.full = true
			c.inv.Diags.Errorf(r.Origin, "Too many objects", "At most %d objects are read from one file; the rest is left out. Split the file.", MaxObjects)
		}
		return
	}
	c.index[key] = len(c.inv.Resources)
	c.inv.Resources = append(c.inv.Resources, r)
}
