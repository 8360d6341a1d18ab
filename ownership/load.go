package ownership

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/stack"
)

// Config is everything that tells owners in a run. It is safe for concurrent use.
type Config struct {
	files  []*ruleFile
	owners []*codeowners
	// boundaries are the absolute directories that nothing of the run leaves, the longest first.
	boundaries []string
	names      *names
	services   map[string]string
	namespaces map[string][]*inventory.Resource
	// roots are the scopes that are directories.
	roots    map[string]bool
	absolute func(name string) string
	duties   map[stack.Duty]int
	inUse    bool

	mu       sync.Mutex
	places   map[[2]string]*location
	holdings map[*inventory.Resource]*holding
}

// Load reads the teams, rules and CODEOWNERS of the given paths. What is wrong in them is a diagnostic; a rule that is not
// understood in full is left out.
func Load(opts Options) (*Config, diag.List) {
	c := &Config{
		names: newNames(), services: opts.Services, namespaces: map[string][]*inventory.Resource{}, roots: map[string]bool{},
		duties: map[stack.Duty]int{}, places: map[[2]string]*location{}, holdings: map[*inventory.Resource]*holding{},
		absolute: func(name string) string { return name },
	}
	for i, d := range stack.Duties() {
		c.duties[d] = i
	}
	var diags diag.List
	l := &loading{config: c, diags: &diags, seen: map[string]bool{}}
	for _, p := range opts.Paths {
		l.path(p, opts)
	}
	if opts.Config != "" {
		l.explicit(opts.Config)
	}
	deepest := func(a, b string) int { return len(b) - len(a) }
	slices.SortStableFunc(c.boundaries, deepest)
	slices.SortStableFunc(c.files, func(a, b *ruleFile) int { return deepest(a.base, b.base) })
	slices.SortStableFunc(c.owners, func(a, b *codeowners) int { return deepest(a.base, b.base) })
	for _, f := range c.files {
		diags = append(diags, f.diags...)
		diags = append(diags, c.unknownHostings(f)...)
		c.inUse = c.inUse || len(f.rules)+len(f.teams) > 0
		for _, t := range f.teams {
			c.names.add(t)
		}
	}
	c.inUse = c.inUse || len(c.owners) > 0
	if opts.Inventory != nil {
		c.survey(opts.Inventory)
	}
	return c, diags
}

// InUse reports whether anything of the run names owners. Nothing is an orphan otherwise.
func (c *Config) InUse() bool { return c.inUse }

// Teams returns the declared teams in the order of the files, the nearest file first.
func (c *Config) Teams() []Team {
	var out []Team
	for _, f := range c.files {
		out = append(out, f.teams...)
	}
	return out
}

// loading is one call of Load.
type loading struct {
	config *Config
	diags  *diag.List
	seen   map[string]bool
}

// path looks at the boundary of a given path and at the path itself. A path that cannot be opened is told by package source.
func (l *loading) path(given string, opts Options) {
	tree, err := rootfs.Open(given, opts.Boundary)
	if err != nil {
		return
	}
	defer tree.Close()
	c := l.config
	c.absolute = tree.Absolute // the same for every tree: relative names start from the working directory
	base := tree.Boundary()
	if abs := tree.Absolute(base); !slices.Contains(c.boundaries, abs) {
		c.boundaries = append(c.boundaries, abs)
		l.codeowners(tree, base)
	}
	dirs := []string{base}
	if own := tree.Given(); tree.IsDir(own) {
		dirs = append(dirs, own)
	}
	for _, d := range dirs {
		if opts.Config == "" {
			l.rules(tree, d)
		}
	}
	l.scopes(tree, opts.Inventory)
}

func (l *loading) rules(tree *rootfs.Tree, dir string) {
	name := tree.Join(dir, FileName)
	abs := tree.Absolute(dir)
	if l.seen[abs] {
		return
	}
	l.seen[abs] = true
	data, err := tree.ReadFile(name)
	switch {
	case err == nil:
		l.config.files = append(l.config.files, parseRules(name, abs, string(data)))
	case !errors.Is(err, fs.ErrNotExist):
		l.diags.Errorf(diag.Range{Path: name}, "Configuration not read", "%v", err)
	}
}

// explicit reads the file of --config, wherever it lies.
func (l *loading) explicit(file string) {
	tree, err := rootfs.Open(file, filepath.Dir(file))
	if err != nil {
		l.diags.Errorf(diag.Range{Path: file}, "Configuration not read", "%v. --config names a file with teams and rules.", err)
		return
	}
	defer tree.Close()
	data, err := tree.ReadFile(tree.Given())
	if err != nil {
		l.diags.Errorf(diag.Range{Path: file}, "Configuration not read", "%v. --config names a file with teams and rules.", err)
		return
	}
	l.config.files = append(l.config.files, parseRules(tree.Given(), "", string(data)))
}

func (l *loading) codeowners(tree *rootfs.Tree, base string) {
	for _, place := range codeownersPlaces {
		name := tree.Join(base, place)
		data, err := tree.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && len(data) > maxCodeowners {
			err = errors.New("it is over 3 MB, the limit that GitHub sets")
		}
		if err != nil {
			l.diags.Skipf(diag.Range{Path: name}, "CODEOWNERS not read", "%v", err)
			return
		}
		l.config.owners = append(l.config.owners, parseCodeowners(name, tree.Absolute(base), data))
		return
	}
}

// scopes finds out which scopes are directories, where a resource is declared outside of its scope: in a module.
func (l *loading) scopes(tree *rootfs.Tree, inv *inventory.Inventory) {
	if inv == nil {
		return
	}
	for _, r := range inv.Resources {
		if _, known := l.config.roots[r.Scope]; known || !outside(r) || !tree.Contains(r.Scope) {
			continue
		}
		l.config.roots[r.Scope] = tree.IsDir(r.Scope)
	}
}

// outside reports whether a resource is declared outside of the root that it is deployed from.
func outside(r *inventory.Resource) bool {
	return r.Origin.Path != r.Scope && r.Scope != "." && !strings.HasPrefix(r.Origin.Path, r.Scope+"/") ||
		r.Scope == "." && strings.HasPrefix(r.Origin.Path, "..")
}

// survey collects the namespaces and whether any resource is tagged with an owner.
func (c *Config) survey(inv *inventory.Inventory) {
	for _, r := range inv.Resources {
		if r.Type == "Namespace" && isObject(r) {
			c.namespaces[r.Name] = append(c.namespaces[r.Name], r)
		}
		if c.inUse || r.Lookup {
			continue
		}
		for _, m := range marksOf(r) {
			for _, p := range m.value.Properties() {
				c.inUse = c.inUse || namesOwner(p.Name)
			}
		}
	}
}

// unknownHostings warns of hostings and services in rules that the catalog does not have.
func (c *Config) unknownHostings(f *ruleFile) (diags diag.List) {
	if len(c.services) == 0 {
		return nil
	}
	services := map[string]bool{}
	for _, s := range c.services {
		services[s] = true
	}
	covers := func(pattern string, have map[string]bool) bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(have)), func(h string) bool { return matches(pattern, h) })
	}
	hostings := map[string]bool{"unknown": true}
	for h := range c.services {
		hostings[h] = true
	}
	for _, u := range f.rules {
		for _, p := range u.hostings {
			if !covers(p, hostings) {
				diags.Warnf(u.at, "Unknown hosting in a rule", "The catalog has no hosting %q, so the rule selects no workload by it. `onus explain` lists the hostings.", diag.Clip(p, 60))
			}
		}
		for _, p := range u.services {
			if !covers(p, services) {
				diags.Warnf(u.at, "Unknown service in a rule", "The catalog has no service %q. `onus explain` lists the services with their hostings.", diag.Clip(p, 60))
			}
		}
	}
	return diags
}

// location is where a resource stands, for rules and CODEOWNERS: absolute slash paths of files, the root that it is
// deployed from first when it is declared in a module elsewhere.
type location struct {
	candidates []string
	// rules are those that hold here by their file and their paths, in order.
	rules []placed
	// claim is what CODEOWNERS says; owned is false when it names nobody.
	claim Claim
	owned bool
}

// placed is a rule that holds at a location, with how narrowly its paths name it.
type placed struct {
	*rule
	file *ruleFile
	how  narrowness
}

// locate finds the places of a resource. A resource of a module counts as if it stood in a file of the same name in the
// root that calls the module: who deploys it comes before who wrote the module.
func (c *Config) locate(r *inventory.Resource) *location {
	key := [2]string{r.Origin.Path, r.Scope}
	c.mu.Lock()
	defer c.mu.Unlock()
	if have := c.places[key]; have != nil {
		return have
	}
	l := &location{}
	if r.Scope != "" && outside(r) {
		at := r.Scope
		if c.roots[at] {
			at = path.Join(at, path.Base(r.Origin.Path))
		}
		l.candidates = append(l.candidates, c.absolute(at))
	}
	if r.Origin.Path != "" {
		l.candidates = append(l.candidates, c.absolute(r.Origin.Path))
	}
	for _, f := range c.files {
		var files [][]string
		for _, at := range l.candidates {
			if parts := c.below(f.base, at); parts != nil {
				files = append(files, parts)
			}
		}
		if len(files) == 0 && f.base != "" {
			continue
		}
		for _, u := range f.rules {
			if how := byPath(u, files); how != no {
				l.rules = append(l.rules, placed{u, f, how})
			}
		}
	}
	l.claim, l.owned = c.codeownersOf(l)
	c.places[key] = l
	return l
}

// below returns the segments of a file below a directory, nil when it does not lie there. An empty directory stands for
// the boundary that the file lies in.
func (c *Config) below(base, file string) []string {
	if base == "" {
		for _, b := range c.boundaries {
			if rest := c.below(b, file); rest != nil {
				return rest
			}
		}
		return nil
	}
	rest, ok := strings.CutPrefix(file, strings.TrimSuffix(base, "/")+"/")
	if !ok || rest == "" {
		return nil
	}
	return strings.Split(rest, "/")
}
