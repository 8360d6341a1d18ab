package kustomize

import (
	"regexp"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
)

// patch stages an entry of patches or patchesJson6902: a file or a text of its own.
func (w *rewriter) patch(n *document.Node) {
	if n.Kind == document.Text { // the form of kustomize 2, as in patchesStrategicMerge
		w.mergePatch(n)
		return
	}
	w.list("patches", w.patchNode(n))
}

// patchNode writes a patch anew with known members only; nil when it cannot be read.
func (w *rewriter) patchNode(n *document.Node) *document.Node {
	if n.Kind != document.Map {
		w.inv.Diags.Errorf(w.at(n), "Patch not read", "An entry of patches is %s, a map with path or patch was expected; the objects are rendered without it.", n.Kind)
		return nil
	}
	var docs []*document.Node
	file := ""
	if p := n.Get("path"); p.IsSet() {
		file = w.tree.Join(w.d.dir, p.Str())
		docs = w.local(p, p.Str(), "patch")
	} else {
		docs = w.inline(n.Get("patch"))
	}
	if len(docs) == 0 {
		return nil
	}
	rest := n.Pick(n, "target", "options")
	if rest.Get("target").IsSet() || docs[0].Kind == document.List {
		return w.rewritten(n, docs, file, rest)
	}
	// Patches without a target name their own, and each becomes an entry.
	for _, doc := range docs[1:] {
		w.list("patches", w.rewritten(n, []*document.Node{doc}, file, w.targeted(n, doc, rest)))
	}
	return w.rewritten(n, docs[:1], file, w.targeted(n, docs[0], rest))
}

// targeted gives a merge patch its own object as the target when some resources could not be read: kustomize refuses a
// patch without a target whose object is not there, while a target may match nothing.
func (w *rewriter) targeted(n, doc, rest *document.Node) *document.Node {
	if !w.inv.Diags.Incomplete() || doc.Kind != document.Map {
		return rest
	}
	fields := []document.Field{{Name: "kind", Value: doc.Get("kind")}}
	for _, name := range []string{"name", "namespace"} {
		if text := doc.At("metadata", name).Str(); text != "" {
			fields = append(fields, document.Field{Name: name, Value: document.TextAt(doc, regexp.QuoteMeta(text))})
		}
	}
	return rest.With(n, document.Field{Name: "target", Value: document.MapAt(n, fields...)})
}

// rewritten makes the entry of a patch from its documents. file is empty when the patch stands in the kustomization.
func (w *rewriter) rewritten(n *document.Node, docs []*document.Node, file string, rest *document.Node) *document.Node {
	var out []byte
	for _, doc := range docs {
		if !doc.IsSet() || w.stopped {
			continue
		}
		data, ok := emit(doc, w.left-len(out))
		if !ok {
			w.stop(w.at(n), "Its files have more than %d MB, YAML aliases expanded.", MaxBytes>>20)
			return nil
		}
		if len(out) > 0 {
			out = append(out, "---\n"...)
		}
		out = append(out, data...)
		if at := w.at(n); file == "" {
			w.rememberAll(doc, w.d.file, &at, 0)
		} else {
			w.rememberAll(doc, file, nil, 0)
		}
		if doc.Get("kind").Str() == "Secret" {
			w.secret(doc.Get("data"), 0)
			w.secret(doc.Get("stringData"), 0)
		}
	}
	if len(out) == 0 {
		return nil
	}
	if rest.Get("target").IsSet() {
		w.d.each += len(out)
	} else {
		w.d.bytes = addUp(w.d.bytes, len(out))
	}
	w.left -= len(out)
	return rest.With(n, document.Field{Name: "patch", Value: document.TextAt(n, string(out))})
}

// inline parses a text in the kustomization as YAML.
func (w *rewriter) inline(n *document.Node) []*document.Node {
	at := w.at(n)
	if strings.TrimSpace(n.Str()) == "" {
		w.inv.Diags.Errorf(at, "Patch not read", "It has neither path nor patch; the objects are rendered without it.")
		return nil
	}
	docs, problems := document.Parse(w.d.file, []byte(n.Str()), document.Options{Noun: "patch", Many: true})
	for _, d := range problems {
		d.Range = diag.Range{Path: w.d.file, Line: at.Line, Column: at.Column}
		w.inv.Diags.Add(d)
	}
	return docs
}

// mergePatch stages an entry of patchesStrategicMerge, which is a path or the patch itself.
func (w *rewriter) mergePatch(n *document.Node) {
	text := n.Str()
	var docs []*document.Node
	file := ""
	switch {
	case text == "":
		return
	case strings.ContainsAny(text, "\n{"):
		docs = w.inline(n)
	default:
		file = w.tree.Join(w.d.dir, text)
		docs = w.local(n, text, "patch")
	}
	// One entry may hold several patches; each becomes an entry of its own.
	for _, doc := range docs {
		w.list("patches", w.rewritten(n, []*document.Node{doc}, file, w.targeted(n, doc, document.MapAt(n))))
	}
}

// replacement writes an entry of replacements anew: a file, or the replacement itself.
func (w *rewriter) replacement(n *document.Node) *document.Node {
	if p := n.Get("path"); p.IsSet() {
		file := w.dataFile(p, p.Str(), "replacement")
		if file == nil {
			return nil
		}
		if docs, _ := w.again(p.Str()); len(docs) > 0 {
			for _, doc := range docs {
				for _, r := range doc.List() {
					w.d.each += w.size(r)
				}
			}
		}
		return document.MapAt(n, document.Field{Name: "path", Value: file})
	}
	w.d.each += w.size(n)
	return n.Pick(n, "source", "targets", "sourceValue")
}

// again parses a file that was staged already.
func (w *rewriter) again(text string) ([]*document.Node, diag.List) {
	data, err := w.tree.ReadFile(w.tree.Join(w.d.dir, text))
	if err != nil {
		return nil, nil
	}
	return document.Parse(text, data, document.Options{Many: true})
}

// doublings counts the steps that may copy a part of an object into itself, each of which can double it: the copy
// operations of JSON patches, and replacements that write into what a replacement reads.
func (w *rewriter) doublings(n *document.Node) {
	var sources, targets []string
	note := func(r *document.Node) {
		if !w.spend(1) {
			return
		}
		sources = append(sources, r.At("source", "fieldPath").Str())
		for _, t := range r.Get("targets").List() {
			for _, p := range t.Get("fieldPaths").List() {
				if !w.spend(1) {
					return
				}
				targets = append(targets, p.Str())
			}
		}
	}
	for _, r := range n.Get("replacements").List() {
		if p := r.Get("path").Str(); p != "" {
			docs, _ := w.again(p)
			for _, doc := range docs {
				for _, inner := range doc.List() {
					note(inner)
				}
			}
			continue
		}
		note(r)
	}
	for _, r := range w.replacers {
		note(r)
	}
	if !w.spend(multiply(len(sources), len(targets))) {
		return
	}
	for _, target := range targets {
		for _, source := range sources {
			if source == target || strings.HasPrefix(target, source+".") {
				w.d.doublings++
				break
			}
		}
	}
	for _, p := range w.lists["patches"] {
		w.d.doublings += strings.Count(p.Get("patch").Str(), `"copy"`)
	}
}
