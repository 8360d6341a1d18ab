// Package terraform reads Terraform configuration as people have it: without init, credentials or network.
//
// A directory is parsed once into a module (parse.go) and evaluated lazily (evaluate.go): an expression pulls the
// variables, locals, outputs and attributes that it reads and no others. What only a run could tell is unknown. Values
// carry marks (marks.go) through every expression, so that the end result knows which resources it was taken from, which
// defaults it rests on and what would decide it. Resources are then put into CloudFormation's words by a declarative
// table (names.txt, translate.go).
//
// Data flow: Loader parses and caches directories of one tree; Loader.Read evaluates one root into an Inventory.
package terraform

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/vocabulary"
)

// maxDepth bounds how deep modules may nest.
const maxDepth = 24

// maxResources bounds how many resources one root may hold.
const maxResources = 400_000

// Options says what a user gives beside the configuration.
type Options struct {
	// Vars are values as on terraform's command line: -var name=value, the last one wins.
	Vars []string
	// VarFiles are .tfvars files by display name, the last one wins.
	VarFiles []string
	// Workspace is terraform.workspace; empty means "default".
	Workspace string
	// Modules maps a module source as written to a directory that holds it.
	Modules map[string]string
	// DefaultsUnknown takes the defaults of the root's variables as unknown.
	DefaultsUnknown bool

	// What follows is for readers of tools that run Terraform; see callers.go.

	// Scope is the scope of the resources and unread parts; empty means the root's directory. It tells apart what is read
	// from one directory several times.
	Scope string
	// Inputs are values from the environment by variable.
	Inputs map[string]Input
	// MayBeSet, when not nil, names inputs that could not be told: any variable may have a value from there.
	MayBeSet *inventory.Step
	// Files are laid over the root's directory.
	Files []File
}

// Loader parses directories of one tree, each once. It is safe for concurrent use.
type Loader struct {
	tree  *rootfs.Tree
	types *vocabulary.Types
	names *nameTable

	mu      sync.Mutex
	modules map[string]*parsing
}

type parsing struct {
	once sync.Once
	mod  *module
}

// NewLoader makes a loader for a tree.
func NewLoader(tree *rootfs.Tree, types *vocabulary.Types) *Loader {
	return &Loader{tree: tree, types: types, names: loadNames(), modules: map[string]*parsing{}}
}

func (l *Loader) module(dir string) *module {
	l.mu.Lock()
	p := l.modules[dir]
	if p == nil {
		p = &parsing{}
		l.modules[dir] = p
	}
	l.mu.Unlock()
	p.once.Do(func() { p.mod = parseDir(l.tree, dir, nil) })
	return p.mod
}

// IsRoot reports whether a directory holds Terraform configuration.
func (l *Loader) IsRoot(dir string) bool {
	entries, err := l.tree.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && isConfig(e.Name()) })
}

// LocalCalls returns the directories that the modules called by a directory's configuration live in, local sources only.
func (l *Loader) LocalCalls(dir string) []string {
	var out []string
	for _, c := range l.module(dir).calls {
		if isLocal(c.source) {
			out = append(out, l.tree.Join(dir, c.source))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Types returns the types that a directory's configuration declares, as the vocabulary names them, each once. Nothing is
// evaluated: there may be none of them after all.
func (l *Loader) Types(dir string) []string {
	var out []string
	for _, b := range l.module(dir).blocks {
		if typ := l.names.typeOf(b.typ); typ != "" && !b.data {
			out = append(out, typ)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func isLocal(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".."
}

// run is the evaluation of one root.
type run struct {
	loader    *Loader
	opts      Options
	dir       string
	main      *module
	root      *instance
	inv       *inventory.Inventory
	functions functionTable
	budget    budget
	terraform cty.Value
	values    map[string]givenValue
	installed map[string]string // module key -> directory, from .terraform/modules/modules.json
	reachable []*module
	loose     []string
	entries   map[string]*entry
	seen      map[*module]bool
	count     int
	stopped   bool
}

// Read evaluates the root in dir (a display name). The inventory's diagnostics tell what could not be read.
func (l *Loader) Read(dir string, opts Options) *inventory.Inventory {
	r := &run{loader: l, opts: opts, dir: dir, inv: &inventory.Inventory{}, seen: map[*module]bool{}, entries: map[string]*entry{}}
	r.inv.Roots = []inventory.Root{{Path: dir, Form: "terraform"}}
	workspace := opts.Workspace
	if workspace == "" {
		workspace = "default"
	}
	r.terraform = cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal(workspace), "applying": cty.False})
	r.installed = l.installedModules(dir, &r.inv.Diags)
	r.main = r.mainModule()
	r.prefetch()
	m := r.main
	r.functions = r.functionTable()
	r.values = r.readValues(m)
	r.root = newInstance(r, m, nil, nil, "", nil)
	r.emit(r.root)
	return r.inv
}

// mainModule parses the root: from the cache unless files are laid over its directory.
func (r *run) mainModule() *module {
	if len(r.opts.Files) == 0 {
		return r.loader.module(r.dir)
	}
	return parseDir(r.loader.tree, r.dir, r.opts.Files)
}

// relative is a directory as seen from the root, as Terraform gives it for path.module.
func (r *run) relative(dir string) string {
	rel, err := filepath.Rel(filepath.FromSlash(r.dir), filepath.FromSlash(dir))
	if err != nil {
		return dir
	}
	return filepath.ToSlash(rel)
}

// emit translates everything an instance declares, then its children.
func (r *run) emit(in *instance) {
	if !r.seen[in.mod] {
		r.seen[in.mod] = true
		r.inv.Diags = append(r.inv.Diags, in.mod.diags...)
	}
	for _, m := range in.mod.moves {
		r.inv.Moves = append(r.inv.Moves, inventory.Move{Scope: r.scope(), From: in.path + m.from, To: in.path + m.to})
	}
	for _, b := range in.mod.blocks {
		if r.stopped {
			return
		}
		r.emitBlock(in, b)
	}
	for _, c := range in.mod.calls {
		for _, child := range in.childrenOf(c).members {
			r.emit(child)
		}
	}
}

func (r *run) emitBlock(in *instance, b *block) {
	entry := r.entryOf(b)
	if entry == nil {
		return
	}
	e := in.expand(&b.repeat, b.address(), b.at)
	for _, it := range e.items {
		if r.count++; r.count > maxResources {
			r.stopped = true
			r.inv.Diags.Errorf(b.at, "Too many resources", "The root has more than %d resources; the rest was left out.", maxResources)
			return
		}
		res := in.translate(b, it, entry)
		if e.kind == unknownNumber {
			res.ManyUnknown, res.MaybeAbsent = true, e.steps
		}
		r.inv.Resources = append(r.inv.Resources, res)
	}
}

// entryOf finds how a block's type is translated, once for each type.
func (r *run) entryOf(b *block) *entry {
	key := typeKey(b.typ, b.data)
	e, ok := r.entries[key]
	if !ok {
		e = r.loader.names.lookup(b.typ, b.data, r.loader.types)
		r.entries[key] = e
	}
	return e
}

// looseNames are the attribute names that any module of the root reads from objects it does not name.
func (r *run) looseNames() []string {
	if r.loose == nil {
		set := map[string]bool{}
		for _, m := range r.reachable {
			maps.Copy(set, m.loose)
		}
		r.loose = slices.Sorted(maps.Keys(set))
	}
	return r.loose
}

// fail files a diagnostic that leaves input out.
func (r *run) fail(at diag.Range, summary, format string, args ...any) {
	r.inv.Diags.Errorf(at, summary, format, args...)
}
