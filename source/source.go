// Package source turns the paths a user gives into one inventory: it finds the roots below them, opens files inside
// their boundary and hands the bytes to the reader of each form.
//
// The core walks and opens; a reader (source/terraform, source/cloudformation) parses. Terraform directories that another
// directory calls as a module are not roots of their own; templates that another template nests are read with it.
//
// Data flow: paths in, inventory.Inventory out, sorted, with every problem as a diagnostic in it.
package source

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/cloudformation"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

// Options says what a user gives beside the paths.
type Options struct {
	// Boundary is the directory that nothing may leave (--root); empty means the enclosing repository.
	Boundary string
	// Terraform options of every root; onus.yaml may add to them for one.
	Terraform terraform.Options
	// Params are the values of CloudFormation parameters.
	Params map[string]string
	// DefaultsUnknown takes defaults of variables and parameters as unknown.
	DefaultsUnknown bool
	// Jobs is how many roots are read at once; 0 means one a processor.
	Jobs int
	// Types is the vocabulary.
	Types *vocabulary.Types
}

// Read reads everything below the paths. What could not be read is told in the inventory's diagnostics.
func Read(paths []string, opts Options) *inventory.Inventory {
	all := &inventory.Inventory{}
	seen := map[string]bool{}
	for _, p := range paths {
		readPath(p, opts, all, seen)
	}
	all.Sort()
	return all
}

func readPath(given string, opts Options, all *inventory.Inventory, seen map[string]bool) {
	tree, err := rootfs.Open(given, opts.Boundary)
	if err != nil {
		at := diag.Range{Path: given}
		if errors.Is(err, fs.ErrNotExist) {
			all.Diags.Errorf(at, "Path not found", "There is no file or directory of this name.")
			return
		}
		all.Diags.Errorf(at, "Path not read", "%v", err)
		return
	}
	defer tree.Close()
	allow(tree, opts, &all.Diags)
	cfg := readConfig(tree, &all.Diags)
	w := &walk{tree: tree, seen: seen, diags: &all.Diags}
	w.start()
	loader := terraform.NewLoader(tree, opts.Types)
	roots := w.roots(loader)
	tasks := make([]func() *inventory.Inventory, 0, len(roots)+1)
	for _, dir := range roots {
		tasks = append(tasks, func() *inventory.Inventory { return readRoot(loader, dir, cfg.terraform(tree, dir, opts)) })
	}
	tasks = append(tasks, func() *inventory.Inventory { return w.readTemplates(opts) })
	for _, inv := range parallel(tasks, opts.Jobs) {
		all.Merge(inv)
	}
}

// readRoot keeps a fault of the reader to the root that it happened in, and tells it.
func readRoot(loader *terraform.Loader, dir string, opts terraform.Options) (inv *inventory.Inventory) {
	defer func() {
		if fault := recover(); fault != nil {
			inv = &inventory.Inventory{}
			inv.Diags.Errorf(diag.Range{Path: dir}, "Root not read", "The Terraform reader failed on it: %v. This is a fault of onus; please report it.", fault)
		}
	}()
	return loader.Read(dir, opts)
}

// allow lets the tree read the module directories that the user named, wherever they are.
func allow(tree *rootfs.Tree, opts Options, diags *diag.List) {
	for _, name := range slices.Sorted(maps.Keys(opts.Terraform.Modules)) {
		dir := opts.Terraform.Modules[name]
		if err := tree.Allow(dir); err != nil {
			diags.Errorf(diag.Range{Path: dir}, "Module directory not read", "--module %s=%s: %v.", name, dir, err)
		}
	}
}

// parallel runs tasks on a bounded number of goroutines and returns their results in order.
func parallel[T any](tasks []func() T, jobs int) []T {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	out := make([]T, len(tasks))
	slots := make(chan struct{}, jobs)
	var wg sync.WaitGroup
	for i, task := range tasks {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			out[i] = task()
			<-slots
		}()
	}
	wg.Wait()
	return out
}

// walk collects what lies below a given path.
type walk struct {
	tree  *rootfs.Tree
	seen  map[string]bool
	diags *diag.List
	// dirs hold Terraform configuration; files may be templates.
	dirs, files []string
	// explicit is set when the given path is a file.
	explicit bool
}

// maxFiles bounds how many files are looked at below one path.
const maxFiles = 500_000

var skippedDirs = []string{".git", ".terraform", "node_modules", ".aws-sam", ".terragrunt-cache"}

func (w *walk) start() {
	given := w.tree.Given()
	info, err := w.tree.Stat(given)
	switch {
	case err != nil:
		w.diags.Errorf(diag.Range{Path: given}, "Path not read", "%v", err)
	case info.IsDir():
		left := maxFiles
		w.dir(given, &left, true)
	case strings.HasSuffix(given, ".tf") || strings.HasSuffix(given, ".tf.json"):
		w.dirs = append(w.dirs, path.Dir(given))
	default:
		w.explicit = true
		w.files = append(w.files, given)
	}
}

// dir walks one directory. Terraform configuration is looked for below only while no directory above holds any.
func (w *walk) dir(name string, left *int, searchConfig bool) {
	entries, err := w.tree.ReadDir(name)
	if err != nil {
		w.diags.Skipf(diag.Range{Path: name}, "Directory not read", "%v", err)
		return
	}
	top := name == w.tree.Given()
	if searchConfig && slices.ContainsFunc(entries, isConfig) {
		w.dirs = append(w.dirs, name)
		searchConfig = !top
	}
	for _, e := range entries {
		if *left--; *left < 0 {
			w.diags.Errorf(diag.Range{Path: name}, "Too many files", "More than %d files lie below the path; the rest was left out. Give narrower paths.", maxFiles)
			return
		}
		full := w.tree.Join(name, e.Name())
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			w.symlink(full)
		case e.IsDir():
			if !slices.Contains(skippedDirs, e.Name()) {
				w.dir(full, left, searchConfig)
			}
		case e.Type().IsRegular() && maybeTemplate(e.Name()):
			w.files = append(w.files, full)
		}
	}
}

// symlink says of a link that leaves the boundary that it is skipped. A link inside it leads to what is walked anyway.
func (w *walk) symlink(full string) {
	if _, err := w.tree.Stat(full); errors.Is(err, rootfs.ErrOutside) {
		w.diags.Warnf(diag.Range{Path: full}, "Symlink skipped", "It leads outside the repository root and was not followed.")
	}
}

func isConfig(e fs.DirEntry) bool {
	n := e.Name()
	return !e.IsDir() && !strings.HasPrefix(n, ".") && (strings.HasSuffix(n, ".tf") || strings.HasSuffix(n, ".tf.json"))
}

func maybeTemplate(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".template":
		return true
	case ".json":
		return !strings.HasSuffix(name, ".tf.json") && name != "package.json" && name != "package-lock.json"
	}
	return false
}

// roots leaves out the directories that others call as modules, and what an earlier path covered.
func (w *walk) roots(loader *terraform.Loader) []string {
	called := map[string]bool{}
	calls := map[string][]string{}
	tasks := make([]func() []string, len(w.dirs))
	for i, d := range w.dirs {
		tasks[i] = func() []string { return loader.LocalCalls(d) }
	}
	for i, list := range parallel(tasks, 0) {
		calls[w.dirs[i]] = list
		for _, c := range list {
			called[c] = called[c] || c != w.dirs[i]
		}
	}
	own := uncalled(w.dirs, called, calls)
	var out []string
	for _, d := range w.dirs {
		if own[d] && w.fresh(d) {
			out = append(out, d)
		}
	}
	return out
}

// uncalled returns the names that no other calls, and the first of each circle that call only each other.
func uncalled(names []string, called map[string]bool, calls map[string][]string) map[string]bool {
	own, reached := map[string]bool{}, map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		if !reached[name] {
			reached[name] = true
			for _, c := range calls[name] {
				reach(c)
			}
		}
	}
	for _, first := range []bool{true, false} {
		for _, n := range names {
			if first && !called[n] || !first && !reached[n] {
				own[n] = true
				reach(n)
			}
		}
	}
	return own
}

// fresh reports whether a directory or file has not been read for an earlier path.
func (w *walk) fresh(name string) bool {
	key := w.tree.Absolute(name)
	if w.seen[key] {
		return false
	}
	w.seen[key] = true
	return true
}

// readTemplates reads the CloudFormation templates among the files, those that others nest only with them.
func (w *walk) readTemplates(opts Options) *inventory.Inventory {
	out := &inventory.Inventory{}
	type answer struct {
		inv    *inventory.Inventory
		nested []string
	}
	files := finder{w.tree, w.files}
	var tasks []func() answer
	var names []string
	for _, name := range w.files {
		if !w.fresh(name) {
			continue
		}
		names = append(names, name)
		tasks = append(tasks, func() answer {
			data, err := w.tree.ReadFile(name)
			if err != nil {
				return answer{inv: w.unreadable(name, err)}
			}
			if !cloudformation.Is(data) {
				return answer{inv: w.unrecognised(name)}
			}
			inv, nested := cloudformation.Read(name, data, files, cloudformation.Options{
				Params: opts.Params, DefaultsUnknown: opts.DefaultsUnknown, Types: opts.Types,
			})
			return answer{inv, nested}
		})
	}
	answers := parallel(tasks, opts.Jobs)
	nested := map[string]bool{}
	lists := make(map[string][]string, len(names))
	for i, a := range answers {
		lists[names[i]] = a.nested
		for _, n := range a.nested {
			nested[n] = nested[n] || n != names[i]
		}
	}
	own := uncalled(names, nested, lists)
	for i, a := range answers {
		if own[names[i]] {
			out.Merge(a.inv)
		}
	}
	return out
}

func (w *walk) unreadable(name string, err error) *inventory.Inventory {
	inv := &inventory.Inventory{}
	inv.Diags.Skipf(diag.Range{Path: name}, "File not read", "%v", err)
	return inv
}

// unrecognised says of a file that the user named that it is none of the known forms; others are passed over.
func (w *walk) unrecognised(name string) *inventory.Inventory {
	inv := &inventory.Inventory{}
	if w.explicit {
		inv.Diags.Errorf(diag.Range{Path: name, Line: 1, Column: 1}, "Input not recognised",
			"The file is neither a CloudFormation or SAM template nor Terraform configuration. Give a template or a directory.")
	}
	return inv
}

// finder offers the walked files to readers that look for one by the end of its path.
type finder struct {
	*rootfs.Tree
	files []string
}

// FindSuffix implements cloudformation.Finder.
func (f finder) FindSuffix(suffix string) []string {
	var out []string
	for _, name := range f.files {
		if name == suffix || strings.HasSuffix(name, "/"+suffix) {
			out = append(out, name)
		}
	}
	return out
}
