// Package source turns the paths a user gives into one inventory: it finds the roots below them, opens files inside
// their boundary and hands the bytes to the reader of each form.
//
// The core walks and opens; a reader (source/terraform, source/kubernetes, …) parses. It goes in four stages:
//
//	walk.go, ignore.go ──▶ what lies below each path and may be a root; .gitignore and --exclude prune the search only
//	survey.go ──▶ what uses what: modules, bases, included files; a directory that another uses is no root of its own
//	part.go ──▶ one part a root, read in parallel, each with the files that it read and that do not stand on their own
//	join.go ──▶ a plan or state takes the place of the configuration that it was made of
//
// Every form is recognised by its content, but for the directories that are known by a file's name (Chart.yaml,
// kustomization.yaml, terragrunt.hcl). Nothing counts twice, whatever the order of the paths.
//
// Data flow: paths in, inventory.Inventory out, sorted, with every problem as a diagnostic in it.
package source

import (
	"errors"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/helm"
	"github.com/onus-dev/onus/source/observed"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

// Options says what a user gives beside the paths.
type Options struct {
	// Boundary is the directory that nothing may leave (--root); empty means the enclosing repository.
	Boundary string
	// Open opens the tree of a path; nil means rootfs.Open, which reads the disk.
	Open func(given, boundary string) (*rootfs.Tree, error)
	// Exclude are patterns in the notation of .gitignore, relative to each path; what they match is not searched.
	Exclude []string
	// Terraform options of every root; onus.yaml may add to them for one.
	Terraform terraform.Options
	// Params are the values of CloudFormation parameters and of the Serverless Framework's options.
	Params map[string]string
	// Helm says how charts are rendered; without a binary they are reported as not read.
	Helm helm.Options
	// DefaultsUnknown takes defaults of variables and parameters as unknown.
	DefaultsUnknown bool
	// Jobs is how many roots are read at once; 0 means one a processor.
	Jobs int
	// Progress is told after each step how many are done of how many that are known by then. It is called from several
	// goroutines; nil tells nobody.
	Progress func(done, total int)
	// Expect is told the types of resources that are likely to come, before anything is evaluated: whoever needs long to
	// prepare for them can begin. nil tells nobody.
	Expect func(types []string)
	// Types is the vocabulary.
	Types *vocabulary.Types
}

// Read reads everything below the paths. What could not be read is told in the inventory's diagnostics.
func Read(paths []string, opts Options) *inventory.Inventory {
	r := &reading{opts: opts, all: &inventory.Inventory{}, seen: map[string]bool{}}
	var places []*place
	for _, p := range paths {
		if pl := r.open(p); pl != nil {
			defer pl.tree.Close()
			places = append(places, pl)
		}
	}
	// A file that the user names is read for its own sake, though a directory that is also given holds it.
	slices.SortStableFunc(places, func(a, b *place) int {
		switch {
		case a.explicit == b.explicit:
			return 0
		case a.explicit:
			return -1
		}
		return 1
	})
	r.survey(places)
	parts := r.readParts(places)
	for _, p := range joined(standing(parts)) {
		r.all.Merge(p.inv)
	}
	r.annotated(places)
	observed.Link(r.all, nil)
	r.all.Sort()
	return r.all
}

// reading is one call of Read.
type reading struct {
	opts Options
	all  *inventory.Inventory
	// seen are the absolute names of what an earlier path covers.
	seen        map[string]bool
	done, total atomic.Int64
}

// place is one given path with what was found below it.
type place struct {
	*walk
	cfg    *config
	loader *terraform.Loader
	uses
}

// open opens a path and walks it; nil when it cannot be opened, which is told.
func (r *reading) open(given string) *place {
	open := r.opts.Open
	if open == nil {
		open = rootfs.Open
	}
	tree, err := open(given, r.opts.Boundary)
	if err != nil {
		at := diag.Range{Path: given}
		if errors.Is(err, fs.ErrNotExist) {
			r.all.Diags.Errorf(at, "Path not found", "There is no file or directory of this name.")
			return nil
		}
		r.all.Diags.Errorf(at, "Path not read", "%v", err)
		return nil
	}
	tree.Keep(isAnnotated)
	allow(tree, r.opts, &r.all.Diags)
	p := &place{walk: newWalk(tree, r.opts.Exclude, &r.all.Diags), cfg: readConfig(tree, &r.all.Diags), loader: terraform.NewLoader(tree, r.opts.Types)}
	p.start()
	return p
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

// fresh reports whether a name has not been taken for an earlier path, and takes it.
func (r *reading) fresh(tree *rootfs.Tree, name string) bool {
	key := tree.Absolute(name)
	if r.seen[key] {
		return false
	}
	r.seen[key] = true
	return true
}

// parallel runs tasks on a bounded number of goroutines, returns their results in order and tells the progress.
func parallel[T any](r *reading, tasks []func() T) []T {
	jobs := r.opts.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	r.total.Add(int64(len(tasks)))
	out := make([]T, len(tasks))
	slots := make(chan struct{}, jobs)
	var wg sync.WaitGroup
	for i, task := range tasks {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			out[i] = task()
			if done := r.done.Add(1); r.opts.Progress != nil {
				r.opts.Progress(int(done), int(r.total.Load()))
			}
			<-slots
		}()
	}
	wg.Wait()
	return out
}
