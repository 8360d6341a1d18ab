package image

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
)

// This file tells the base image's layers from the customer's own.
//
// A Dockerfile's image keeps the history of its base, so that an instruction CMD or ENTRYPOINT which more layers were made
// on top of ended the build below. Where there is none, entries that another builder than BuildKit made before its first
// one are of a build below, and nothing tells whose the others are. A label that names the base is no count of layers.

// entry is one step of the history.
type entry struct {
	by       string
	empty    bool
	buildkit bool
}

func (c config) history() []entry {
	var out []entry
	for _, n := range c.doc.Get("history").List() {
		out = append(out, entry{
			by: instruction(n.Get("created_by").Str()), empty: n.Get("empty_layer").Str() == "true",
			buildkit: strings.HasPrefix(n.Get("comment").Str(), "buildkit"),
		})
	}
	return out
}

// instruction takes the classic builder's wrapping off a step: "/bin/sh -c #(nop)  CMD […]".
func instruction(by string) string {
	if _, rest, ok := strings.Cut(by, "#(nop)"); ok {
		by = rest
	}
	return strings.TrimSpace(by)
}

func ends(by string) bool {
	return strings.HasPrefix(by, "CMD ") || strings.HasPrefix(by, "ENTRYPOINT ")
}

// markBase marks the layers by history, and gives each the step that made it.
func (c config) markBase(a *software.Artifact, m *Manifest) {
	steps := c.history()
	made := 0
	for _, s := range steps {
		if !s.empty {
			if made < len(a.Layers) {
				a.Layers[made].CreatedBy = clipStep(s.by)
			}
			made++
		}
	}
	if made != len(a.Layers) {
		return // the history is not that of these layers
	}
	label := first(m.BaseName, c.label("org.opencontainers.image.base.name"))
	switch n, how := lastEnd(steps); {
	case n > 0:
		mark(a, n, software.Own, named(how, label))
	default:
		if n := beforeBuildkit(steps); n > 0 {
			mark(a, n, software.BaseUnknown, named("history: steps before the first one of BuildKit", label))
		}
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func named(how, label string) string {
	if label == "" {
		return how
	}
	return how + "; the base is labelled " + label
}

func clipStep(by string) string {
	if r := []rune(by); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return by
}

// lastEnd counts the layers up to the last CMD or ENTRYPOINT that further layers lie on; 0 when there is none.
func lastEnd(steps []entry) (layers int, how string) {
	made := 0
	pending, step := 0, ""
	for _, s := range steps {
		switch {
		case s.empty && ends(s.by):
			pending, step = made, s.by
		case !s.empty:
			if pending > 0 {
				layers, how = pending, "history: layers up to "+clipStep(step)
				pending = 0
			}
			made++
		}
	}
	return layers, how
}

// beforeBuildkit counts the layers of steps before the first of BuildKit's; 0 when BuildKit made none, or all.
func beforeBuildkit(steps []entry) int {
	i := slices.IndexFunc(steps, func(s entry) bool { return s.buildkit })
	if i <= 0 {
		return 0
	}
	n := 0
	for _, s := range steps[:i] {
		if !s.empty {
			n++
		}
	}
	return n
}

// mark marks the first n layers as the base's and the rest as given.
func mark(a *software.Artifact, n int, rest software.Base, how string) {
	for i := range a.Layers {
		a.Layers[i].Base = rest
		if i < n {
			a.Layers[i].Base = software.FromBase
		}
	}
	a.BaseHow = how
}

func (c config) label(name string) string {
	for _, f := range labels(c.doc) {
		if f.Name == name {
			return f.Value.Str()
		}
	}
	return ""
}

func labels(doc *document.Node) []document.Field {
	n := doc.At("config", "Labels")
	if n == nil {
		return nil
	}
	return n.Fields
}

// MarkBases marks the layers of images that begin with all layers of another image of the run, the longest such one, which
// then is their base. It takes precedence over the history.
func MarkBases(artifacts []*software.Artifact) {
	for _, a := range artifacts {
		var base *software.Artifact
		for _, b := range artifacts {
			if a != b && beginsWith(a, b) && (base == nil || len(b.Layers) > len(base.Layers)) {
				base = b
			}
		}
		if base == nil {
			continue
		}
		name := base.Path
		if len(base.Names) > 0 {
			name = base.Names[0]
		}
		mark(a, len(base.Layers), software.Own, "its first layers are those of "+name)
		for i := range a.Packages {
			if l := a.Packages[i].Location.Layer; l != nil && l.Index >= 0 && l.Index < len(a.Layers) {
				layer := a.Layers[l.Index]
				a.Packages[i].Location.Layer = &layer
			}
		}
	}
}

func beginsWith(a, b *software.Artifact) bool {
	if len(b.Layers) == 0 || len(b.Layers) >= len(a.Layers) {
		return false
	}
	for i, l := range b.Layers {
		if l.Digest == "" || l.Digest != a.Layers[i].Digest {
			return false
		}
	}
	return true
}
