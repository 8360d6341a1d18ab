// Package terragrunt reads Terragrunt units: the configuration that says which Terraform module runs with which inputs.
//
// A unit is a terragrunt.hcl (or terragrunt.hcl.json) that names a module by terraform.source, its own or an included
// one, or that lies beside *.tf files. A terragrunt.stack.hcl declares several units at once. Reading goes in stages:
//
//  1. document.go parses a file into blocks, once for each unit.
//  2. frame.go evaluates a file's locals, includes and exposed configurations lazily, in the place Terragrunt evaluates
//     it: an included file sees the directory of the unit that includes it. functions.go has Terragrunt's functions.
//  3. inputs.go, arguments.go, overlay.go and module.go work out what Terragrunt gives to Terraform: inputs, extra
//     arguments, files laid over the module's directory, and the module's directory.
//  4. source/terraform evaluates the module with them, in the scope of the unit's directory.
//
// Nothing is run and nothing is fetched: what commands, credentials, the environment or the outputs of other units would
// tell is unknown, with a step that names it. Mock outputs of a dependency are for planning without it and are never
// taken as values. Bounds: files of 5 MB, 500 files a unit, includes 8 deep, read_terragrunt_config 16 deep, stacks 8
// deep with 2,000 units.
package terragrunt

import (
	"path"
	"slices"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
)

// Names of the files that Terragrunt looks for.
const (
	unitFile     = "terragrunt.hcl"
	unitFileJSON = "terragrunt.hcl.json"
	stackFile    = "terragrunt.stack.hcl"
	valuesFile   = "terragrunt.values.hcl"
	stackDir     = ".terragrunt-stack"
	cacheDir     = ".terragrunt-cache"
)

// Options says what a user gives beside the unit.
type Options struct {
	// Terraform holds the options of the unit's module. Vars and VarFiles go before the unit's inputs; Modules maps
	// sources as written, for terraform.source too.
	Terraform terraform.Options
}

// IsUnit reports whether a file name is one of a unit or a stack of units.
func IsUnit(name string) bool {
	switch path.Base(name) {
	case unitFile, unitFileJSON, stackFile:
		return true
	}
	return false
}

// Read reads the unit in file (a display name) with its module, or every unit of a stack file. It returns the inventory,
// whose roots have the form "terragrunt" and the unit's directory as path and scope, and the module directories that were
// read for it and are no roots of their own. ok is false for a file that is no unit: it has no module, and others only
// include it.
func Read(tree *rootfs.Tree, loader *terraform.Loader, file string, opts Options) (inv *inventory.Inventory, modules []string, ok bool) {
	if path.Base(file) == stackFile {
		return readStack(tree, loader, file, opts)
	}
	u := newUnit(tree, loader, opts)
	ok = u.read(file, file, nil)
	return u.inv, u.modules, ok
}

// Included returns the files that a unit includes, or those that a stack file copies as its units and stacks, by display
// name in order. They are read with it and are no units of their own.
func Included(tree *rootfs.Tree, loader *terraform.Loader, file string) []string {
	u := newUnit(tree, loader, Options{})
	f := u.open(file)
	if f == nil {
		return nil
	}
	if path.Base(file) == stackFile {
		return (&stackReader{tree: tree, loader: loader}).sources(f)
	}
	var out []string
	for _, inc := range f.included() {
		if inc.path != "" {
			out = append(out, inc.path)
		}
	}
	return out
}

// unit is the reading of one unit.
type unit struct {
	tree    *rootfs.Tree
	loader  *terraform.Loader
	opts    Options
	inv     *inventory.Inventory
	modules []string
	// file is where the configuration lies, config where Terragrunt has it when it runs: a stack's units are copied.
	file, config string
	// laidOver, when not nil, names configuration that a stack lays over the unit's and that was not read.
	laidOver *inventory.Step

	documents map[string]*document
	functions map[string]functionTable // Terraform's, by directory
	configs   map[string]*frame        // what read_terragrunt_config read
	reading   []string
	present   map[string]bool // whether a name exists
	depth     int             // of evaluation
	at        []*expr
}

func newUnit(tree *rootfs.Tree, loader *terraform.Loader, opts Options) *unit {
	return &unit{
		tree: tree, loader: loader, opts: opts, inv: &inventory.Inventory{},
		documents: map[string]*document{}, functions: map[string]functionTable{}, configs: map[string]*frame{},
		present: map[string]bool{},
	}
}

// exists reports whether a file or folder of this name lies inside the boundary. Searches through the parent folders ask
// for the same names again and again.
func (u *unit) exists(name string) bool {
	yes, asked := u.present[name]
	if !asked {
		_, err := u.tree.Stat(name)
		yes = err == nil
		u.present[name] = yes
	}
	return yes
}

// open makes the frame of a unit's own file, nil when the file cannot be read.
func (u *unit) open(file string) *frame {
	u.file, u.config = file, file
	doc := u.document(file)
	if doc == nil {
		return nil
	}
	return u.frame(doc, file)
}

// read evaluates the unit in file as if it lay at config. given are the values from a stack, nil for none.
func (u *unit) read(file, config string, given *values) bool {
	f := u.open(file)
	u.config = config
	dir := path.Dir(config)
	u.inv.Roots = []inventory.Root{{Path: dir, Form: "terragrunt"}}
	if f == nil {
		return true // the diagnostics say why
	}
	f.config, f.given = config, given
	m := u.module(f)
	if !m.named && !m.found() {
		return f.lacksInclude() // what was not read may name the module; the diagnostics tell it
	}
	if m.found() {
		u.evaluate(f, m)
	}
	return true
}

// evaluate reads the module with what the unit gives to it.
func (u *unit) evaluate(f *frame, m *moduleDir) {
	opts := u.opts.Terraform
	opts.Scope = path.Dir(u.config)
	set := f.inputs()
	if u.laidOver != nil {
		set = layOver(set, &inputSet{rest: u.laidOver}, false)
	}
	opts.Inputs = set.given()
	opts.MayBeSet = set.rest
	opts.Files = u.overlay(f, m)
	u.extraArguments(f, m, &opts)
	if opts.MayBeSet != nil {
		u.inv.Diags.Warnf(opts.MayBeSet.At, "Inputs not wholly known",
			"Some inputs of the unit %s rest on what is not known here (%s) and may set any variable. Defaults that are used may differ; they are marked as assumed.",
			path.Dir(u.config), opts.MayBeSet.Name)
	}
	inv := u.loader.Read(m.dir, opts)
	roots := u.inv.Roots
	u.inv.Merge(inv)
	u.inv.Roots = roots
	u.modules = u.reached(m.dir)
}

// maxReached bounds how many module directories are followed from one.
const maxReached = 2_000

// reached lists a module's directory and the local ones that it calls, directly or not.
func (u *unit) reached(dir string) []string {
	out := []string{dir}
	for i := 0; i < len(out) && len(out) < maxReached; i++ {
		for _, to := range u.loader.LocalCalls(out[i]) {
			if u.tree.Contains(to) && u.loader.IsRoot(to) && !slices.Contains(out, to) {
				out = append(out, to)
			}
		}
	}
	return out
}
