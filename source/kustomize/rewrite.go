package kustomize

import (
	"errors"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// rewriter writes one kustomization anew: known fields only, each path replaced by a staged one.
type rewriter struct {
	*stager
	d     *directory
	depth int
	// plain are the fields that are kept as they are.
	plain []document.Field
	// lists are the fields that are made entry by entry.
	lists map[string][]*document.Node
	// replacers are the replacements that transformer configurations hold.
	replacers []*document.Node
}

// listOrder is the order in which rewritten lists are written.
var listOrder = []string{
	"resources", "components", "crds", "configurations", "generators", "transformers", "configMapGenerator",
	"secretGenerator", "labels", "images", "patches", "replacements",
}

// kustomization stages what a kustomization uses and writes it anew into its directory.
func (s *stager) kustomization(d *directory, n *document.Node, depth int) {
	w := &rewriter{stager: s, d: d, depth: depth, lists: map[string][]*document.Node{}}
	for _, name := range []string{"resources", "bases"} {
		for _, e := range n.Get(name).List() {
			w.resource(e, "resource")
		}
	}
	for _, e := range n.Get("components").List() {
		w.resource(e, "component")
	}
	// The old forms of patches come first in kustomize's own order of work, JSON patches last.
	for _, e := range n.Get("patchesStrategicMerge").List() {
		w.mergePatch(e)
	}
	for _, name := range []string{"patches", "patchesJson6902"} {
		for _, e := range n.Get(name).List() {
			w.patch(e)
		}
	}
	for _, f := range n.Fields {
		if f.Value.IsSet() {
			w.field(f)
		}
	}
	w.doublings(n)
	w.file(n)
	changes := len(w.plain)
	for _, items := range w.lists {
		changes += len(items)
	}
	d.finish(changes)
}

// field takes over one field of a kustomization, other than resources, components and patches.
func (w *rewriter) field(f document.Field) {
	switch f.Name {
	case "apiVersion", "kind", "metadata", "resources", "bases", "components", "patches", "patchesJson6902", "patchesStrategicMerge":
	case "validators", "buildMetadata", "helmGlobals": // they change no object
	case "namePrefix", "nameSuffix", "namespace", "commonAnnotations", "replicas", "generatorOptions", "sortOptions":
		w.keep(f)
	case "labels":
		w.lists["labels"] = append(w.lists["labels"], f.Value.List()...)
		w.d.each += w.size(f.Value)
	case "commonLabels":
		w.lists["labels"] = append(w.lists["labels"], document.MapAt(f.Value,
			document.Field{Name: "pairs", Value: f.Value}, document.Field{Name: "includeSelectors", Value: document.BoolAt(f.Value, true)}))
		w.d.each += w.size(f.Value)
	case "images", "imageTags":
		for _, e := range f.Value.List() {
			w.image(e)
		}
	case "crds", "configurations":
		for _, e := range f.Value.List() {
			w.list(f.Name, w.dataFile(e, e.Str(), "file of "+f.Name))
		}
	case "openapi":
		w.openAPI(f.Value)
	case "replacements":
		for _, e := range f.Value.List() {
			w.list("replacements", w.replacement(e))
		}
	case "configMapGenerator", "secretGenerator":
		for _, e := range f.Value.List() {
			w.list(f.Name, w.generator(f.Name, e))
		}
	case "generators", "transformers":
		for _, e := range f.Value.List() {
			w.plugin(f.Name, e)
		}
	case "helmCharts", "helmChartInflationGenerator":
		w.charts(f)
	case "vars":
		for _, e := range f.Value.List() {
			w.vars[e.Get("name").Str()] = w.at(e)
		}
	default:
		w.inv.Diags.Warnf(diag.Range{Path: w.d.file, Line: int(f.Line), Column: int(f.Col)}, "Field not known",
			"Kustomizations have no field %q; it was left out. kustomize build refuses it.", diag.Clip(f.Name, maxClip))
	}
}

func (w *rewriter) at(n *document.Node) diag.Range { return n.In(w.d.file) }

func (w *rewriter) list(name string, n *document.Node) {
	if n != nil {
		w.lists[name] = append(w.lists[name], n)
	}
}

func (w *rewriter) keep(f document.Field) {
	w.plain = append(w.plain, f)
	w.d.each += w.size(f.Value)
	switch f.Name {
	case "namespace":
		w.remember("namespace", f.Value, w.at(f.Value))
	case "replicas":
		for _, e := range f.Value.List() {
			w.remember("replicas", e.Get("count"), w.at(e.Get("count")))
		}
	case "commonAnnotations":
		w.rememberAll(f.Value, w.d.file, nil, 0)
	}
}

// size is how long a node is when written.
func (w *rewriter) size(n *document.Node) int {
	size := measure(n, max(0, w.work))
	w.spend(size)
	return size
}

// image notes where the parts of an image are written, as they will stand together.
func (w *rewriter) image(n *document.Node) {
	w.list("images", n)
	w.d.each += w.size(n)
	name := n.Get("newName").Str()
	if name == "" {
		name = n.Get("name").Str()
	}
	at := w.at(n)
	if tag := n.Get("newTag"); tag.IsSet() {
		at, name = w.at(tag), name+":"+tag.Str()
	}
	if digest := n.Get("digest"); digest.IsSet() {
		at, name = w.at(digest), name+"@"+digest.Str()
	}
	w.remember("image", document.TextAt(n, name), at)
}

// file writes the kustomization file into memory.
func (w *rewriter) file(n *document.Node) {
	kind, version := "Kustomization", "kustomize.config.k8s.io/v1beta1"
	if w.d.component {
		kind, version = "Component", "kustomize.config.k8s.io/v1alpha1"
	}
	fields := append([]document.Field{
		{Name: "apiVersion", Value: document.TextAt(n, version)}, {Name: "kind", Value: document.TextAt(n, kind)},
	}, w.plain...)
	options := false
	for _, f := range w.plain {
		options = options || f.Name == "generatorOptions"
	}
	if !options { // kustomize refuses a kustomization without any field, which taking things out may leave
		fields = append(fields, document.Field{Name: "generatorOptions", Value: document.MapAt(n)})
	}
	for _, name := range listOrder {
		if items := w.lists[name]; len(items) > 0 {
			fields = append(fields, document.Field{Name: name, Value: document.ListAt(n, items...)})
		}
	}
	whole := &document.Node{Kind: document.Map, Fields: fields}
	data, ok := emit(whole, w.left)
	if w.left -= len(data); !ok {
		w.stop(w.at(n), "Its files have more than %d MB, YAML aliases expanded.", MaxBytes>>20)
		return
	}
	if err := w.memory.WriteFile(w.d.name+"/kustomization.yaml", data); err != nil {
		w.stop(w.at(n), "The copy in memory failed: %v.", err)
	}
}

// resource stages one entry of resources, bases or components.
func (w *rewriter) resource(n *document.Node, what string) {
	text := n.Str()
	if text == "" || !w.spend(len(text)) {
		return
	}
	at := w.at(n)
	name := w.tree.Join(w.d.dir, text)
	info, err := w.tree.Stat(name)
	switch {
	case err != nil && !errors.Is(err, rootfs.ErrOutside) && looksRemote(text):
		w.remote(n, text, what)
	case err != nil:
		w.missing(at, text, what, err)
	case info.IsDir():
		w.base(n, name, what)
	case what == "component":
		w.inv.Diags.Errorf(at, "Component is a file", "%s is a file, a directory with a kustomization of kind Component was expected; it was left out.", diag.Clip(text, maxClip))
	default:
		w.objects(name, text, at)
	}
}

// base stages a base or component. It goes where its own kind says that it belongs.
func (w *rewriter) base(n *document.Node, name, what string) {
	at := w.at(n)
	o := w.directory(name, at, w.depth+1)
	if o == nil {
		return
	}
	field, is := "resources", "resource"
	if o.component {
		field, is = "components", "component"
	}
	if is != what {
		w.inv.Diags.Warnf(at, "Base under the wrong field", "%s is a %s but stands among the %ss; kustomize build refuses that. It is read as a %s.", name, is, what, is)
	}
	w.d.uses(o)
	w.list(field, document.TextAt(n, ".."+o.name))
}

// remote tells a reference that kustomize would fetch.
func (w *rewriter) remote(n *document.Node, text, what string) {
	shown := diag.Clip(withoutPassword(text), maxClip)
	at := w.at(n)
	w.inv.Unread = append(w.inv.Unread, inventory.Unread{Scope: w.scope, Address: what, Source: shown, Origin: at})
	w.inv.Diags.Skipf(at, "Remote "+what+" not read", "kustomize build would fetch %s, and nothing is fetched here. Run `kustomize build %s > rendered.yaml` and give that file.", shown, w.scope)
}

// charts tells the charts that kustomize would inflate with helm.
func (w *rewriter) charts(f document.Field) {
	for _, name := range charts(document.MapAt(f.Value, f)) {
		at := w.at(name)
		w.inv.Unread = append(w.inv.Unread, inventory.Unread{Scope: w.scope, Address: "chart", Source: diag.Clip(name.Str(), maxClip), Origin: at})
		w.inv.Diags.Skipf(at, "Chart of a kustomization not read", "kustomize build --enable-helm would run helm for the chart %s. Run `kustomize build --enable-helm %s > rendered.yaml` and give that file.", diag.Clip(name.Str(), maxClip), w.scope)
	}
}

// dataFile stages a YAML or JSON file that holds no objects, and returns its name in memory; nil when it cannot be read.
func (w *rewriter) dataFile(n *document.Node, text, what string) *document.Node {
	docs := w.local(n, text, what)
	if len(docs) == 0 {
		return nil
	}
	var out []byte
	for _, doc := range docs {
		data, ok := emit(doc, w.left-len(out))
		if !ok {
			w.left = -1
		}
		out = append(append(out, "---\n"...), data...)
	}
	return document.TextAt(n, w.write(w.d, w.tree.Join(w.d.dir, text), w.at(n), out))
}

// local parses a file that an entry names. What is no local file is told.
func (w *rewriter) local(n *document.Node, text, what string) []*document.Node {
	name := w.tree.Join(w.d.dir, text)
	if _, err := w.tree.Stat(name); err != nil && !errors.Is(err, rootfs.ErrOutside) && looksRemote(text) {
		w.remote(n, text, what)
		return nil
	}
	return w.parse(name, text, what, w.at(n))
}

func (w *rewriter) openAPI(n *document.Node) {
	var f document.Field
	if version := n.Get("version"); version.IsSet() {
		f = document.Field{Name: "version", Value: version}
	}
	if p := n.Get("path"); p.IsSet() {
		f = document.Field{Name: "path", Value: w.dataFile(p, p.Str(), "OpenAPI schema")}
	}
	if f.Value != nil {
		w.customSchema = true
		w.plain = append(w.plain, document.Field{Name: "openapi", Value: document.MapAt(n, f)})
	}
}

// objects stages a file of Kubernetes objects, each with the mark that it is found by after rendering.
func (w *rewriter) objects(name, text string, at diag.Range) {
	docs := w.parse(name, text, "manifest", at)
	var out []byte
	for _, doc := range docs {
		for _, o := range w.unfold(doc, 0) {
			data, ok := w.marked(o, name)
			if !ok {
				continue
			}
			out = append(append(out, "---\n"...), data...)
		}
	}
	if len(out) > 0 {
		w.d.bytes = addUp(w.d.bytes, len(out))
		w.list("resources", &document.Node{Kind: document.Text, Text: w.write(w.d, name, at, out)})
	}
}

// unfold returns the objects in a document: itself, or the items of a list.
func (w *rewriter) unfold(n *document.Node, depth int) []*document.Node {
	if !w.spend(1) {
		return nil
	}
	items := n.Get("items")
	if !strings.HasSuffix(n.Get("kind").Str(), "List") || items == nil || depth > 8 {
		if n.IsSet() {
			return []*document.Node{n}
		}
		return nil
	}
	var out []*document.Node
	for _, item := range items.List() {
		out = append(out, w.unfold(item, depth+1)...)
	}
	return out
}

// marked writes one object with its mark. An object that kustomize refuses is told and left out.
func (w *rewriter) marked(o *document.Node, name string) ([]byte, bool) {
	if w.d.objects > maxObjects || w.stopped {
		return nil, false // told by affordable
	}
	at := o.In(name)
	kind := o.Get("kind").Str()
	metadata := o.Get("metadata")
	switch data := o.Get("data"); {
	case o.Kind != document.Map || kind == "" || metadata.Get("name").Str() == "":
		w.inv.Diags.Errorf(at, "Object of a kustomization not read", "It has no kind or no metadata.name, and kustomize takes none without; it was left out.")
		return nil, false
	case (kind == "ConfigMap" || kind == "Secret") && data.IsSet() && data.Kind != document.Map:
		w.inv.Diags.Errorf(at, "Object of a kustomization not read", "The data of a %s is a map, here it is %s; it was left out.", kind, data.Kind)
		return nil, false
	}
	if kind == "Secret" {
		w.secret(o.Get("data"), 0)
		w.secret(o.Get("stringData"), 0)
	}
	mark := document.Field{Name: markName, Value: document.TextAt(o, markOf(len(w.origins)))}
	annotations := metadata.Get("annotations")
	if annotations != nil && annotations.Kind != document.Map {
		annotations = nil
	}
	whole := o.With(o, document.Field{Name: "metadata", Value: metadata.With(metadata,
		document.Field{Name: "annotations", Value: annotations.With(o, mark)})})
	data, ok := emit(whole, w.left)
	if !ok {
		w.stop(at, "Its files have more than %d MB, YAML aliases expanded.", MaxBytes>>20)
		return nil, false
	}
	w.origins = append(w.origins, origin{name, o})
	w.d.objects++
	return data, true
}
