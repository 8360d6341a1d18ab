package terragrunt

import (
	"path"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
)

const (
	// maxStacks bounds how deep stacks nest.
	maxStacks = 8
	// maxUnits bounds how many units and stacks one stack file makes, those of its stacks counted.
	maxUnits = 2_000
)

// stackReader reads a stack file: what `terragrunt stack generate` would write is read in its place.
type stackReader struct {
	tree    *rootfs.Tree
	loader  *terraform.Loader
	opts    Options
	inv     *inventory.Inventory
	modules []string
	count   int
}

func readStack(tree *rootfs.Tree, loader *terraform.Loader, file string, opts Options) (*inventory.Inventory, []string, bool) {
	s := &stackReader{tree: tree, loader: loader, opts: opts, inv: &inventory.Inventory{}}
	s.stack(file, file, nil, 0)
	slices.Sort(s.modules)
	return s.inv, slices.Compact(s.modules), true
}

// stack reads the stack file as if it lay at config.
func (s *stackReader) stack(file, config string, given *values, depth int) {
	u := newUnit(s.tree, s.loader, s.opts)
	f := u.open(file)
	u.config = config
	if f != nil {
		f.config, f.given = config, given
		for _, typ := range []string{"unit", "stack"} {
			for _, b := range f.doc.all(typ) {
				s.component(f, b, depth)
			}
		}
	}
	s.inv.Diags = append(s.inv.Diags, u.inv.Diags...)
	s.inv.Unread = append(s.inv.Unread, u.inv.Unread...)
}

// component reads one unit or stack block.
func (s *stackReader) component(f *frame, b *node, depth int) {
	u := f.u
	if s.count++; s.count > maxUnits {
		if s.count == maxUnits+1 {
			u.inv.Diags.Errorf(b.at, "Too many units", "The stack has more than %d units and stacks; the rest was left out.", maxUnits)
		}
		return
	}
	dir := s.source(f, b)
	if dir == "" {
		return
	}
	to := s.target(f, b)
	var given *values
	if e := b.attrs["values"]; e != nil {
		step := inventory.Step{Name: b.typ + "." + b.label() + ".values", Note: "stack values", At: e.at}
		v := markLeaves(f.eval(e), func(leaf cty.Value) cty.Value { return terraform.Came(leaf, step) })
		given = &values{v, e.at}
	}
	if b.typ == "stack" {
		if depth >= maxStacks {
			u.inv.Diags.Errorf(b.at, "Stacks nest too deeply", "stack.%s is at depth %d; at most %d are followed. A stack may be its own source.", b.label(), depth+1, maxStacks)
			return
		}
		s.stack(s.tree.Join(dir, stackFile), s.tree.Join(to, stackFile), given, depth+1)
		return
	}
	in := newUnit(s.tree, s.loader, s.opts)
	if over := b.all("autoinclude"); len(over) > 0 {
		at := over[0].at
		u.inv.Diags.Skipf(at, "Block not read", "unit.%s of the stack %s has an autoinclude block, which is not read. What it adds is missing from the answer.", b.label(), path.Dir(f.config))
		in.laidOver = &inventory.Step{Name: "unit." + b.label() + ".autoinclude", Note: "may set it, but was not read", At: at}
	}
	file := unitIn(s.tree, dir)
	if in.read(file, s.tree.Join(to, path.Base(file)), given) {
		s.inv.Merge(in.inv)
		s.modules = append(s.modules, in.modules...)
	}
}

// source finds the directory of a component, empty when it cannot be read, which is told.
func (s *stackReader) source(f *frame, b *node) string {
	u := f.u
	address := b.typ + "." + b.label()
	e := b.attrs["source"]
	if e == nil {
		u.inv.Diags.Errorf(b.at, "Component without a source", "%s names no source; it was left out.", address)
		return ""
	}
	v := f.eval(e)
	source, ok := textOf(v)
	want := stackFile
	if b.typ == "unit" {
		want = unitFile
	}
	why := ""
	if !ok {
		why = "its source is not known here" + because(v)
	} else if dir, found := s.componentDir(f, source); found {
		file := s.tree.Join(dir, want)
		if want == unitFile {
			file = unitIn(s.tree, dir)
		}
		if _, err := s.tree.Stat(file); err == nil {
			return dir
		}
		why = "there is no " + want + " in " + dir
	} else if isRemote(source) {
		why = "it is not on disk"
	} else {
		why = "there is no such directory inside the repository root"
	}
	u.inv.Unread = append(u.inv.Unread, inventory.Unread{Scope: path.Dir(f.config), Address: address, Source: source, Origin: e.at})
	hint := ""
	if ok && isRemote(source) {
		hint = " Give --module " + repositoryOf(source) + "=DIR."
	}
	u.inv.Diags.Skipf(e.at, "Component not read", "%s of the stack %s has the source %q: %s. What it declares is missing from the answer.%s", address, path.Dir(f.config), source, why, hint)
	return ""
}

func (s *stackReader) componentDir(f *frame, source string) (string, bool) {
	if to, ok := f.u.mapped(source); ok {
		return to, s.tree.IsDir(to)
	}
	if isRemote(source) {
		return "", false
	}
	to, ok := localDir(s.tree, path.Dir(f.config), source)
	if !ok || !s.tree.IsDir(to) { // a generated stack is a copy: its source may lie where the file was written
		to, ok = localDir(s.tree, path.Dir(f.doc.file), source)
	}
	return to, ok && s.tree.IsDir(to)
}

// sources lists the configurations that a stack file copies.
func (s *stackReader) sources(f *frame) []string {
	var out []string
	for _, b := range f.doc.all("unit") {
		if dir := s.source(f, b); dir != "" {
			out = append(out, unitIn(s.tree, dir))
		}
	}
	for _, b := range f.doc.all("stack") {
		if dir := s.source(f, b); dir != "" {
			out = append(out, s.tree.Join(dir, stackFile))
		}
	}
	return out
}

// target is the directory that the component would be generated in.
func (s *stackReader) target(f *frame, b *node) string {
	name := b.label()
	if e := b.attrs["path"]; e != nil {
		if p, ok := textOf(f.eval(e)); ok && p != "" && !path.IsAbs(p) && !strings.HasPrefix(path.Clean(p), "..") {
			name = p
		}
	}
	dir := path.Dir(f.config)
	if e := b.attrs["no_dot_terragrunt_stack"]; e != nil {
		if v, _ := f.eval(e).Unmark(); v.RawEquals(cty.True) {
			return s.tree.Join(dir, name)
		}
	}
	return s.tree.Join(s.tree.Join(dir, stackDir), name)
}
