// Package kustomize renders kustomizations (bases, overlays and components) to Kubernetes objects, with kustomize's own
// library and nothing but local files.
//
//	directory ── stage ──▶ a copy in memory, of which every path is ours ── krusty ──▶ objects ── place ──▶ resources
//
// Staging is what makes rendering safe. kustomize fetches whatever looks like a URL or a git repository and runs
// plugins, so it never sees what the user wrote: each kustomization is parsed, and a new one is written that holds only
// known fields; every path in it is replaced by the name of a staged file or directory (d0, f1.yaml, …) that was read
// through the tree's boundary. What is not a local file or directory is taken out and told. A path that kustomize could
// take for a remote one therefore does not exist in what it reads. Charts and plugins are taken out in the same way.
//
// Every document is written anew from its parsed form, so that YAML aliases are expanded here, within a bound, and each
// object carries a mark by which it is found again after rendering: its origin is the line of the base that it is
// written in, and that of a value the line of the base, patch or kustomization that says it. Marks are taken away again.
// Fields that kustomize has renamed (bases, commonLabels, patchesStrategicMerge …) are written in their new form. A text
// with a $(VAR) of the kustomization's vars is unknown.
//
// Two things differ from kustomize build on purpose, so that more can be read: a file outside its kustomization's
// directory may be used, as with --load-restrictor LoadRestrictionsNone, and one resource that cannot be read does not
// sink the rest.
//
// Bounds: MaxBytes and MaxFiles read, maxDepth levels, maxObjects objects, maxOutput bytes and maxCost comparisons, the
// last three estimated before kustomize runs.
package kustomize

import (
	"slices"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// The bounds of one kustomization with everything that it uses.
const (
	// MaxBytes is how much is read, and how large the copy in memory may be.
	MaxBytes = 64 << 20
	// MaxFiles is how many files and directories are read.
	MaxFiles   = 10_000
	maxDepth   = 40
	maxObjects = 2_000
	// maxCost bounds the pairs of objects that kustomize compares, at each level anew: its own work is quadratic.
	maxCost   = 8_000_000
	maxOutput = 64 << 20
	maxValues = 1_000_000
	maxWork   = 16 << 20
)

// fileNames are the names of a kustomization file, the one that goes first in front.
var fileNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// IsFile reports whether a file of this base name is a kustomization.
func IsFile(name string) bool { return slices.Contains(fileNames, name) }

// Options says what a user gives beside the directory. There is nothing yet.
type Options struct{}

// Render renders the kustomization of a directory, a display name of the tree. The inventory has one root of the form
// "kustomize"; what could not be read or rendered is in its diagnostics and unread parts. Its resources have the directory
// as their scope. Render may be called concurrently; kustomize itself runs one kustomization at a time.
func Render(tree *rootfs.Tree, dir string, _ Options) *inventory.Inventory {
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: dir, Form: "kustomize"}}}
	s := newStager(tree, dir, inv)
	root := s.directory(dir, diag.Range{Path: dir}, 0)
	if root == nil {
		return inv
	}
	at := diag.Range{Path: root.file}
	if !s.affordable(root, at) {
		return inv
	}
	rendered, err := run(s.memory, root.name, s.customSchema)
	if err != nil {
		s.failed(err, at)
		return inv
	}
	s.place(rendered, at)
	return inv
}

// affordable refuses what would render to more than the bounds allow.
func (s *stager) affordable(root *directory, at diag.Range) bool {
	switch {
	case s.stopped:
		return false
	case root.loads > MaxFiles:
		s.inv.Diags.Errorf(at, "Kustomization not rendered", "It uses more than %d kustomizations, each counted as often as it is used. Render a smaller part of it.", MaxFiles)
	case root.objects > maxObjects:
		s.inv.Diags.Errorf(at, "Kustomization not rendered", "It would render more than %d objects, bases counted each time they are used. Render a smaller part of it.", maxObjects)
	case root.cost > maxCost:
		s.inv.Diags.Errorf(at, "Kustomization not rendered", "kustomize would compare more than %d pairs of objects and changes, at each level anew. Render a smaller part of it.", maxCost)
	case root.bytes > maxOutput:
		s.inv.Diags.Errorf(at, "Kustomization not rendered", "It could render to more than %d MB, bases counted each time they are used and patches for each "+
			"object that they may change. Render a smaller part of it.", maxOutput>>20)
	default:
		return true
	}
	return false
}
