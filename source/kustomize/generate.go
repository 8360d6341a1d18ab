package kustomize

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
)

// generator writes an entry of configMapGenerator or secretGenerator anew, its files staged. Files that are missing are
// told and left out.
func (w *rewriter) generator(field string, n *document.Node) *document.Node {
	if n.Kind != document.Map {
		w.inv.Diags.Errorf(w.at(n), "Generator not read", "An entry of %s is %s, a map was expected; it was left out.", field, n.Kind)
		return nil
	}
	secret := field == "secretGenerator"
	out := n.Pick(n, "name", "namespace", "behavior", "options", "type")
	if !secret {
		out = document.MapAt(n, out.Without("type")...)
	}
	out = out.With(n,
		document.Field{Name: "literals", Value: w.literals(n.Get("literals"), secret)},
		document.Field{Name: "files", Value: w.dataFiles(n.Get("files"), secret, true)},
		document.Field{Name: "envs", Value: w.dataFiles(document.ListAt(n, slices.Concat(n.Get("envs").List(), n.Get("env").List())...), secret, false)})
	kind := "ConfigMap"
	if secret {
		kind = "Secret"
	}
	w.generated = append(w.generated, generator{kind, n.Get("name").Str(), w.at(n)})
	w.d.objects++
	w.d.bytes = addUp(w.d.bytes, w.size(out))
	return out
}

// literals keeps the literals that have the form key=value; kustomize would print another in its refusal.
func (w *rewriter) literals(n *document.Node, secret bool) *document.Node {
	var kept []*document.Node
	for _, l := range n.List() {
		text := l.Str()
		if !w.spend(len(text) + 1) {
			return nil
		}
		if strings.IndexByte(text, '=') < 1 {
			w.inv.Diags.Errorf(w.at(l), "Literal not read", "A literal of a generator has the form key=value; this one is left out.")
			continue
		}
		if secret {
			w.secrets = append(w.secrets, text[strings.IndexByte(text, '=')+1:])
		}
		kept = append(kept, l)
	}
	if len(kept) == 0 {
		return nil
	}
	return document.ListAt(n, kept...)
}

// dataFiles stages the files of a generator; keyed ones are written as key=path.
func (w *rewriter) dataFiles(n *document.Node, secret, keyed bool) *document.Node {
	var kept []*document.Node
	for _, e := range n.List() {
		key, file := "", e.Str()
		if keyed {
			key, file = keyAndFile(e.Str())
		}
		at := w.at(e)
		if file == "" || strings.ContainsRune(file, '=') {
			w.inv.Diags.Errorf(at, "File of a generator not read", "%s is no path and no key=path; it was left out.", diag.Clip(e.Str(), maxClip))
			continue
		}
		name := w.tree.Join(w.d.dir, file)
		if info, err := w.tree.Stat(name); err == nil && info.IsDir() {
			w.inv.Diags.Errorf(at, "File of a generator not read", "%s is a directory; name its files. It was left out.", diag.Clip(file, maxClip))
			continue
		} else if err != nil && looksRemote(file) {
			w.remote(e, file, "file")
			continue
		}
		data, err := w.read(name, at)
		if err != nil {
			if !w.stopped {
				w.missing(at, file, "file of a generator", err)
			}
			continue
		}
		if secret {
			w.secrets = append(w.secrets, secretLines(string(data))...)
		}
		staged := w.write(w.d, name, at, data)
		w.d.bytes = addUp(w.d.bytes, len(data))
		if keyed {
			staged = key + "=" + staged
		}
		kept = append(kept, document.TextAt(e, staged))
	}
	if len(kept) == 0 {
		return nil
	}
	return document.ListAt(n, kept...)
}

// secretLines are the texts of a secret file that a message could repeat: lines, and values behind an equals sign.
func secretLines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		out = append(out, line)
		if _, value, ok := strings.Cut(line, "="); ok {
			out = append(out, value)
		}
	}
	return out
}

// secret notes every text in the data of a Secret.
func (w *rewriter) secret(n *document.Node, depth int) {
	if n == nil || depth > 4 || !w.spend(1) {
		return
	}
	if text := n.Str(); text != "" {
		w.secrets = append(w.secrets, text)
		w.secrets = append(w.secrets, secretLines(text)...)
	}
	for _, item := range n.Items {
		w.secret(item, depth+1)
	}
	for _, f := range n.Fields {
		w.secret(f.Value, depth+1)
	}
}

// builtin are kustomize's own transformers that read no file, and so may be given to it as they are.
var builtin = []string{
	"AnnotationsTransformer", "HashTransformer", "ImageTagTransformer", "LabelTransformer", "NamespaceTransformer",
	"PrefixTransformer", "SuffixTransformer", "ReplicaCountTransformer",
}

// plugin takes over the configurations of kustomize's own generators and transformers, from a file or the entry itself.
// Any other kind is a program, which is not run.
func (w *rewriter) plugin(field string, n *document.Node) {
	text := n.Str()
	var docs []*document.Node
	switch {
	case text == "":
		return
	case strings.ContainsAny(text, "\n{"):
		docs = w.inline(n)
	case w.tree.IsDir(w.tree.Join(w.d.dir, text)):
		w.inv.Diags.Skipf(w.at(n), "Directory of "+field+" not read", "%s is a directory; the objects are rendered without what it configures. Run `kustomize build %s > rendered.yaml` and give that file.", diag.Clip(text, maxClip), w.scope)
		return
	default:
		docs = w.local(n, text, strings.TrimSuffix(field, "s"))
	}
	for _, doc := range docs {
		for _, o := range w.unfold(doc, 0) {
			w.configured(field, n, w.placed(o, n))
		}
	}
}

// placed copies a node of another text or file to where n is: messages and origins name the entry that uses it.
func (w *rewriter) placed(o, n *document.Node) *document.Node {
	if o == nil || !w.spend(len(o.Text)+1) {
		return nil
	}
	out := &document.Node{Kind: o.Kind, Text: o.Text, Line: n.Line, Col: n.Col}
	for _, item := range o.Items {
		out.Items = append(out.Items, w.placed(item, n))
	}
	for _, f := range o.Fields {
		out.Fields = append(out.Fields, document.Field{Name: f.Name, Line: n.Line, Col: n.Col, Value: w.placed(f.Value, n)})
	}
	return out
}

func (w *rewriter) configured(field string, n, o *document.Node) {
	kind := o.Get("kind").Str()
	own := o.Get("apiVersion").Str() == "builtin"
	switch {
	case own && field == "transformers" && slices.Contains(builtin, kind):
		w.d.each += w.size(o)
		bare := document.MapAt(o, o.Without("metadata")...)
		name := fmt.Sprintf("t%d", len(w.lists[field]))
		bare = bare.With(o, document.Field{Name: "metadata", Value: document.MapAt(o,
			document.Field{Name: "name", Value: document.TextAt(o, name)}, document.Field{Name: "namespace", Value: o.At("metadata", "namespace")})})
		if data, ok := emit(bare, w.left); ok {
			w.list(field, document.TextAt(n, string(data)))
		}
	case own && field == "transformers" && (kind == "PatchTransformer" || kind == "PatchJson6902Transformer"):
		if text := o.Get("jsonOp"); text.IsSet() {
			o = o.With(o, document.Field{Name: "patch", Value: text})
		}
		w.patch(o)
	case own && field == "transformers" && kind == "ReplacementTransformer":
		for _, e := range o.Get("replacements").List() {
			w.replacers = append(w.replacers, e)
			w.list("replacements", w.replacement(e))
		}
	case own && field == "generators" && (kind == "ConfigMapGenerator" || kind == "SecretGenerator"):
		name := strings.ToLower(kind[:1]) + kind[1:]
		flat := o.With(o, document.Field{Name: "name", Value: o.At("metadata", "name")}, document.Field{Name: "namespace", Value: o.At("metadata", "namespace")})
		w.list(name, w.generator(name, flat))
	default:
		at := w.at(n)
		what := strings.TrimSuffix(field, "s")
		w.unreadPlugin(at, what, kind)
	}
}

func (w *rewriter) unreadPlugin(at diag.Range, what, kind string) {
	if kind == "" {
		kind = "without a kind"
	}
	w.inv.Diags.Skipf(at, "Kustomize plugin not run", "The %s %s is a program or reads more files, and is not run here; the objects are rendered without it. Run `kustomize build %s > rendered.yaml` and give that file.", what, diag.Clip(kind, maxClip), w.scope)
}
