package terraform

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// installedModules reads .terraform/modules/modules.json, which `terraform init` leaves: the directory of each call.
func (l *Loader) installedModules(dir string, diags *diag.List) map[string]string {
	name := l.tree.Join(dir, ".terraform/modules/modules.json")
	data, err := l.tree.ReadFile(name)
	if err != nil {
		return nil
	}
	var manifest struct {
		Modules []struct{ Key, Source, Dir string }
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		diags.Warnf(diag.Range{Path: name}, "Module manifest not read", "%v. Registry modules are reported as not read; `terraform init` writes the file anew.", err)
		return nil
	}
	out := map[string]string{}
	for _, m := range manifest.Modules {
		if m.Key != "" {
			out[m.Key] = l.tree.Join(dir, filepath.ToSlash(m.Dir))
		}
	}
	return out
}

// place is where a module call leads.
type place struct {
	dir string
	// why says why there is no directory; empty when there is one.
	why string
	// outside is set when the source leads out of the boundary.
	outside bool
}

// resolve finds the directory of a call made from a module at dir. key is the dotted path of calls ("eks.kms").
func (r *run) resolve(dir string, c *call, key string) place {
	tree := r.loader.tree
	switch {
	case !c.known:
		return place{why: "its source is not a literal"}
	case isLocal(c.source):
		to := tree.Join(dir, c.source)
		switch {
		case !tree.Contains(to):
			return place{why: "its source leads outside the repository root", outside: true}
		case !r.loader.IsRoot(to):
			return place{why: "there is no Terraform configuration at " + to}
		}
		return place{dir: to}
	}
	if to, ok := r.mapped(c.source); ok && r.loader.IsRoot(to) {
		return place{dir: to}
	}
	if to, ok := r.installed[key]; ok && r.loader.IsRoot(to) {
		return place{dir: to}
	}
	return place{why: "it is not on disk"}
}

// mapped finds a source in the user's module map.
func (r *run) mapped(source string) (string, bool) { return r.opts.ModuleDir(r.loader.tree, source) }

func mappedDir(tree *rootfs.Tree, modules map[string]string, source string) (string, bool) {
	if to, ok := modules[source]; ok {
		return to, true
	}
	rest, _, _ := strings.Cut(source, "?")
	scheme := strings.Index(rest, "://")
	from := 0
	if scheme >= 0 {
		from = scheme + 3
	}
	if i := strings.Index(rest[from:], "//"); i >= 0 {
		if to, ok := modules[rest[:from+i]]; ok {
			return tree.Join(to, rest[from+i+2:]), true
		}
	}
	to, ok := modules[rest]
	return to, ok
}

// callKey is the key of a call in modules.json: the names of the calls that lead to it, joined by dots.
func (in *instance) callKey(c *call) string {
	var names []string
	for part := range strings.SplitSeq(in.path, "module.") {
		part, _, _ = strings.Cut(strings.TrimSuffix(part, "."), "[")
		if part != "" {
			names = append(names, part)
		}
	}
	return strings.Join(append(names, c.name), ".")
}

// moduleOf returns the parsed module of a call, or nil with the reason reported once.
func (r *run) moduleOf(in *instance, c *call) *module {
	address := in.path + "module." + c.name
	for at := in; at != nil; at = at.parent {
		if at.depth >= maxDepth {
			r.fail(c.at, "Modules nest too deeply", "%s is at depth %d; at most %d are followed. A module may be calling itself.", address, at.depth+1, maxDepth)
			return nil
		}
	}
	p := r.resolve(in.mod.dir, c, in.callKey(c))
	if p.why == "" {
		for at := in; at != nil; at = at.parent {
			if at.mod.dir == p.dir {
				r.fail(c.at, "Module cycle", "%s calls %s, which it is called from.", address, p.dir)
				return nil
			}
		}
		return r.loader.module(p.dir)
	}
	r.inv.Unread = append(r.inv.Unread, inventory.Unread{Scope: r.scope(), Address: address, Source: c.source, Origin: c.at})
	if p.outside {
		r.fail(c.at, "Module outside the repository root", "%s has the source %q: %s. Give --root DIR to widen the boundary.", address, c.source, p.why)
		return nil
	}
	hint := "What it declares is missing from the answer."
	if !isLocal(c.source) {
		hint = "What it declares is missing from the answer. Run `terraform init`, or give --module " + c.source + "=DIR."
	}
	r.inv.Diags.Skipf(c.at, "Module not read", "%s has the source %q: %s. %s", address, c.source, p.why, hint)
	return nil
}

// prefetch parses every module that the root reaches, in parallel, before anything is evaluated.
func (r *run) prefetch() {
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		seen  = map[string]bool{}
		visit func(dir, key string, depth int)
	)
	visit = func(dir, key string, depth int) {
		defer wg.Done()
		m := r.main
		if dir != r.dir {
			m = r.loader.module(dir)
		}
		mu.Lock()
		r.reachable = append(r.reachable, m)
		mu.Unlock()
		for _, c := range m.calls {
			k := strings.TrimPrefix(key+"."+c.name, ".")
			p := r.resolve(dir, c, k)
			mu.Lock()
			fresh := p.why == "" && !seen[p.dir] && depth < maxDepth
			if fresh {
				seen[p.dir] = true
			}
			mu.Unlock()
			if fresh {
				wg.Add(1)
				go visit(p.dir, k, depth+1)
			}
		}
	}
	seen[r.dir] = true
	wg.Add(1)
	visit(r.dir, "", 0)
	wg.Wait()
}
