package kustomize

import (
	"fmt"
	"math"
	"path"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// stager copies a kustomization and all that it uses into a file system in memory, under names of its own.
type stager struct {
	tree   *rootfs.Tree
	scope  string
	inv    *inventory.Inventory
	memory filesys.FileSystem
	// dirs are the staged directories by absolute name; a nil entry is being staged.
	dirs map[string]*directory
	// files and bytes count what was read; left is what may still be written.
	files, bytes, left int
	// work is how many nodes and bytes may still be looked at: aliases make a small file stand for a huge one.
	work int
	// stopped is set when a bound was hit: nothing is rendered then.
	stopped bool
	// origins gives each marked object its place, by mark.
	origins []origin
	// said finds the one place where a member of this name and text is written in a patch or kustomization.
	said map[string]diag.Range
	// generated are the ConfigMaps and Secrets that generators make.
	generated []generator
	vars      map[string]diag.Range
	// names are the display names behind the staged ones, and places where each is used.
	names  map[string]string
	places map[string]diag.Range
	// secrets are texts that no message may show.
	secrets []string
	// customSchema is set when a kustomization brings its own OpenAPI schema.
	customSchema bool
}

// origin is where an object was written.
type origin struct {
	path string
	node *document.Node
}

type generator struct {
	kind, name string
	at         diag.Range
}

// directory is one staged kustomization.
type directory struct {
	// name is its directory in memory, file the display name of its kustomization file.
	name, file string
	dir        string
	component  bool
	// objects and bytes are what it renders to at most, with all that it uses; loads is how many kustomizations that are.
	objects, bytes, loads int
	// cost is how many pairs of objects, or of an object and a change, are compared.
	cost int
	// doublings is how often a part of an object may be copied into itself.
	doublings int
	// each is how many bytes it may add to every object.
	each int
}

func newStager(tree *rootfs.Tree, scope string, inv *inventory.Inventory) *stager {
	return &stager{
		tree: tree, scope: scope, inv: inv, memory: filesys.MakeFsInMemory(), left: MaxBytes, work: maxWork,
		dirs: map[string]*directory{}, said: map[string]diag.Range{}, vars: map[string]diag.Range{},
		names: map[string]string{}, places: map[string]diag.Range{},
	}
}

// read reads a local file within the bounds of the kustomization.
func (s *stager) read(name string, at diag.Range) ([]byte, error) {
	if !s.count(at) {
		return nil, errStopped
	}
	info, err := s.tree.Stat(name)
	if err != nil {
		return nil, err
	}
	if s.bytes+int(info.Size()) > MaxBytes {
		s.stop(at, "Its files have more than %d MB.", MaxBytes>>20)
		return nil, errStopped
	}
	data, err := s.tree.ReadFile(name)
	s.bytes += len(data)
	return data, err
}

// count pays for one file or directory.
func (s *stager) count(at diag.Range) bool {
	if s.files++; s.files > MaxFiles {
		s.stop(at, "It uses more than %d files and directories.", MaxFiles)
	}
	return !s.stopped
}

var errStopped = fmt.Errorf("a bound of the kustomization was hit")

// stop gives the kustomization up, and says why, once.
func (s *stager) stop(at diag.Range, format string, args ...any) {
	if !s.stopped {
		s.stopped = true
		s.inv.Diags.Errorf(at, "Kustomization not rendered", format+" Render a smaller part of it.", args...)
	}
}

// spend pays for looking at n nodes or bytes; false when the kustomization has been given up.
func (s *stager) spend(n int) bool {
	if s.work -= n; s.work < 0 {
		s.stop(diag.Range{Path: s.scope}, "Its fields stand for more than %d MB, YAML aliases expanded.", maxWork>>20)
	}
	return !s.stopped
}

// write puts a file into memory and returns its base name.
func (s *stager) write(in *directory, display string, at diag.Range, data []byte) string {
	if s.left -= len(data); s.left < 0 {
		s.stop(at, "Its files have more than %d MB, YAML aliases expanded.", MaxBytes>>20)
		return "none.yaml"
	}
	name := fmt.Sprintf("f%d.yaml", len(s.names))
	s.names[name], s.places[name] = display, at
	if err := s.memory.WriteFile(path.Join(in.name, name), data); err != nil {
		s.stop(at, "The copy in memory failed: %v.", err)
	}
	return name
}

// parse reads a YAML file into documents and tells its problems; nil when it cannot be read.
func (s *stager) parse(name, text, what string, at diag.Range) []*document.Node {
	data, err := s.read(name, at)
	if err != nil {
		if !s.stopped {
			s.missing(at, text, what, err)
		}
		return nil
	}
	docs, problems := document.Parse(name, data, document.Options{Noun: what, Many: true})
	s.inv.Diags = append(s.inv.Diags, problems...)
	return docs
}

// directory stages a kustomization; nil when it cannot be read. at is where it is used.
func (s *stager) directory(dir string, at diag.Range, depth int) *directory {
	key := s.tree.Absolute(dir)
	if d, seen := s.dirs[key]; seen {
		if d == nil {
			s.inv.Diags.Errorf(at, "Kustomization uses itself", "%s is used by a base or component of its own; this use is left out.", dir)
		}
		return d
	}
	if depth > maxDepth {
		s.stop(at, "Its bases are nested more than %d deep.", maxDepth)
		return nil
	}
	if !s.count(at) {
		return nil
	}
	file, data, err := readKustomization(s.tree, dir)
	if err != nil {
		s.missing(at, dir+"/"+fileNames[0], "kustomization", err)
		return nil
	}
	s.bytes += len(data)
	s.severalFiles(dir, file)
	docs, problems := document.Parse(file, data, document.Options{Noun: "kustomization", Expected: "a kustomization with resources"})
	s.inv.Diags = append(s.inv.Diags, problems...)
	if len(docs) == 0 || docs[0].Kind != document.Map {
		if len(problems) == 0 {
			s.inv.Diags.Errorf(diag.Range{Path: file, Line: 1}, "Kustomization not read", "The file holds %s, a map with resources and the like was expected.", docs[0].Kind)
		}
		return nil
	}
	s.dirs[key] = nil
	d := &directory{name: fmt.Sprintf("/d%d", len(s.names)), file: file, dir: dir, component: docs[0].Get("kind").Str() == "Component"}
	s.names[d.name[1:]], s.places[d.name[1:]] = dir, at
	if err := s.memory.MkdirAll(d.name); err != nil {
		s.stop(at, "The copy in memory failed: %v.", err)
		return nil
	}
	s.kustomization(d, docs[0], depth)
	s.dirs[key] = d
	return d
}

// severalFiles warns of a directory with more than one kustomization file, which kustomize refuses.
func (s *stager) severalFiles(dir, used string) {
	for _, name := range fileNames {
		other := s.tree.Join(dir, name)
		if info, err := s.tree.Stat(other); other != used && err == nil && info.Mode().IsRegular() {
			s.inv.Diags.Warnf(diag.Range{Path: other}, "Second kustomization file", "The directory has %s too, which is used; kustomize build refuses such a directory.", used)
		}
	}
}

// uses adds what another staged kustomization renders to.
func (d *directory) uses(o *directory) {
	d.objects = addUp(d.objects, o.objects)
	d.bytes = addUp(d.bytes, o.bytes)
	d.loads = addUp(d.loads, o.loads)
	d.cost = addUp(d.cost, o.cost)
}

// finish estimates what the kustomization's own changes, so many, come to.
func (d *directory) finish(changes int) {
	d.cost = addUp(d.cost, multiply(d.objects, addUp(d.objects, changes)))
	d.loads = addUp(d.loads, 1)
	d.bytes = addUp(d.bytes, multiply(d.objects, d.each))
	d.bytes = multiply(d.bytes, 1<<min(d.doublings, 40))
}

func addUp(a, b int) int { return min(a+b, math.MaxInt32) }

func multiply(a, b int) int {
	if b > 0 && a > math.MaxInt32/b {
		return math.MaxInt32
	}
	return a * b
}
