package source

import (
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/cdk"
	"github.com/onus-dev/onus/source/kustomize"
	"github.com/onus-dev/onus/source/terragrunt"
)

// uses is what the directories and files of a place use of each other.
type uses struct {
	// calls are the module directories that each Terraform directory calls, bases the directories that each
	// kustomization uses.
	calls, bases map[string][]string
	// inner are names that belong to something else: included files, files of an assembly, components.
	inner map[string]bool
	// units are the Terragrunt units, read already because only reading tells their modules.
	unitParts []part
}

// survey finds out for each place what uses what.
func (r *reading) survey(places []*place) {
	for _, p := range places {
		p.uses = uses{calls: map[string][]string{}, bases: map[string][]string{}, inner: map[string]bool{}}
		r.surveyAssemblies(p)
		r.surveyConfigs(p)
		r.surveyKustomizations(p)
		r.surveyUnits(p)
	}
	for _, p := range places {
		r.tellBeside(p, places)
	}
}

// tellBeside names the Terraform directories below a path that is one root, where neither the root nor a unit uses them
// and no other path covers them: they are no part of the answer, which nothing else would show.
func (r *reading) tellBeside(p *place, places []*place) {
	if len(p.beside) == 0 {
		return
	}
	top := p.tree.Given()
	used := r.reachable(p, top)
	var named []string
	for _, other := range places {
		if other != p {
			named = append(named, other.tree.Absolute(other.tree.Given()))
		}
	}
	for _, dir := range p.cfg.terraform(p.tree, top, r.opts).Modules {
		named = append(named, p.tree.Absolute(dir))
	}
	var left []string
	for _, dir := range p.beside {
		if !used[dir] && !p.inner[dir] && !below(p.tree.Absolute(dir), named) {
			left = append(left, dir)
		}
	}
	if len(left) > 0 {
		r.all.Diags.Warnf(diag.Range{Path: top}, "Terraform directories not read",
			"The path holds Terraform configuration and so is one root. It does not call %d of the directories with configuration below it, such as %s. Give those that are roots as paths of their own.", len(left), left[0])
	}
}

// reachable are the directories that a root's configuration calls, its own and over others. What they hold is parsed on the
// way, several at a time, and not again when the root is evaluated.
func (r *reading) reachable(p *place, root string) map[string]bool {
	used := map[string]bool{root: true}
	for next := []string{root}; len(next) > 0; {
		tasks := make([]func() []string, len(next))
		for i, dir := range next {
			tasks[i] = func() []string { return p.loader.LocalCalls(dir) }
		}
		next = nil
		for _, calls := range parallel(r, tasks) {
			for _, dir := range calls {
				if !used[dir] {
					used[dir] = true
					next = append(next, dir)
				}
			}
		}
	}
	return used
}

func (r *reading) surveyConfigs(p *place) {
	tasks := make([]func() []string, len(p.configs))
	for i, d := range p.configs {
		tasks[i] = func() []string { return p.loader.LocalCalls(d) }
	}
	for i, list := range parallel(r, tasks) {
		p.calls[p.configs[i]] = list
	}
	if r.opts.Expect != nil && len(p.configs) > 0 {
		var types []string
		for _, d := range p.configs {
			types = append(types, p.loader.Types(d)...)
		}
		slices.Sort(types)
		r.opts.Expect(slices.Compact(types))
	}
}

func (r *reading) surveyKustomizations(p *place) {
	tasks := make([]func() kustomize.Refs, len(p.kustomizations))
	for i, d := range p.kustomizations {
		tasks[i] = func() kustomize.Refs {
			refs, _ := kustomize.Scan(p.tree, d)
			return refs
		}
	}
	for i, refs := range parallel(r, tasks) {
		d := p.kustomizations[i]
		p.bases[d] = refs.Dirs
		p.inner[d] = p.inner[d] || refs.Component
		for _, f := range refs.Files {
			p.inner[f] = true
		}
	}
}

// surveyAssemblies keeps the directories that hold a CDK assembly; what lies in one is read by its manifest.
func (r *reading) surveyAssemblies(p *place) {
	var found []string
	for _, d := range p.assemblies {
		data, err := p.tree.ReadFile(p.tree.Join(d, cdk.Manifest))
		if err == nil && cdk.Is(data) && !below(d, found) {
			found = append(found, d)
		}
	}
	p.assemblies = found
	for _, list := range []*[]string{&p.configs, &p.kustomizations, &p.charts, &p.units, &p.files, &p.beside} {
		*list = outside(*list, found)
	}
}

// below reports whether a name is one of the directories or lies below one.
func below(name string, dirs []string) bool {
	for _, d := range dirs {
		if name == d || strings.HasPrefix(name, d+"/") || d == "." && !path.IsAbs(name) {
			return true
		}
	}
	return false
}

func outside(names, dirs []string) []string {
	if len(dirs) == 0 {
		return names
	}
	out := names[:0]
	for _, n := range names {
		if !below(n, dirs) {
			out = append(out, n)
		}
	}
	return out
}

// surveyUnits reads the Terragrunt units that no other includes. The modules that they run are no roots.
func (r *reading) surveyUnits(p *place) {
	included := make([]func() []string, len(p.units))
	for i, u := range p.units {
		included[i] = func() []string { return terragrunt.Included(p.tree, p.loader, u) }
	}
	for i, list := range parallel(r, included) {
		for _, f := range list {
			if f != p.units[i] {
				p.inner[f] = true
			}
		}
	}
	var tasks []func() part
	for _, u := range p.units {
		if p.inner[u] || !r.fresh(p.tree, u) {
			continue
		}
		tasks = append(tasks, func() part {
			return guarded(p.tree, u, func() (inv *inventory.Inventory, used []string) {
				out, modules, ok := terragrunt.Read(p.tree, p.loader, u, terragrunt.Options{Terraform: p.cfg.terraform(p.tree, path.Dir(u), r.opts)})
				if !ok {
					return nil, nil
				}
				return out, modules
			})
		})
	}
	p.unitParts = parallel(r, tasks)
	for _, u := range p.unitParts {
		for _, m := range u.uses {
			p.inner[m] = true
		}
	}
}

// rootsOf leaves out the directories that others use, and what an earlier path covered.
func (r *reading) rootsOf(tree *rootfs.Tree, names []string, uses map[string][]string, inner map[string]bool) []string {
	used := map[string]bool{}
	for user, list := range uses {
		for _, c := range list {
			used[c] = used[c] || c != user
		}
	}
	own := unused(names, used, uses)
	var out []string
	for _, n := range names {
		if own[n] && !inner[n] && r.fresh(tree, n) {
			out = append(out, n)
		}
	}
	return out
}

// unused returns the names that no other uses, and the first of each circle that use only each other.
func unused(names []string, used map[string]bool, uses map[string][]string) map[string]bool {
	own, reached := map[string]bool{}, map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		if !reached[name] {
			reached[name] = true
			for _, c := range uses[name] {
				reach(c)
			}
		}
	}
	for _, first := range []bool{true, false} {
		for _, n := range names {
			if first && !used[n] || !first && !reached[n] {
				own[n] = true
				reach(n)
			}
		}
	}
	return own
}
