package terragrunt

import (
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// moduleDir is where a unit's module lies.
type moduleDir struct {
	// named is set when the unit has a terraform.source, own or included.
	named bool
	// dir is the module's directory, empty when it is not on disk; then it was told.
	dir string
}

func (m *moduleDir) found() bool { return m.dir != "" }

// sourceOf finds the terraform.source that holds: the configuration's own, else the last include's that has one.
func (f *frame) sourceOf() (*frame, *expr) {
	for _, b := range f.doc.all("terraform") {
		if e := b.attrs["source"]; e != nil {
			return f, e
		}
	}
	list := f.included()
	for i := len(list) - 1; i >= 0; i-- {
		if inc := list[i]; inc.frame != nil && inc.strategy != "no_merge" {
			if in, e := inc.frame.sourceOf(); e != nil {
				return in, e
			}
		}
	}
	return nil, nil
}

// module finds the unit's module, and tells when it cannot be read.
func (u *unit) module(f *frame) *moduleDir {
	own := path.Dir(u.file)
	in, e := f.sourceOf()
	if e == nil {
		if u.loader.IsRoot(own) {
			return &moduleDir{dir: own}
		}
		return &moduleDir{}
	}
	v := in.eval(e)
	source, ok := textOf(v)
	if !ok {
		u.unread(e.at, "", "its source is not known here"+because(v), false)
		return &moduleDir{named: true}
	}
	dir, why, outside := u.resolve(source)
	if why != "" {
		u.unread(e.at, source, why, outside)
	}
	return &moduleDir{named: true, dir: dir}
}

func (u *unit) unread(at diag.Range, source, why string, outside bool) {
	dir := path.Dir(u.config)
	u.inv.Unread = append(u.inv.Unread, inventory.Unread{Scope: dir, Address: "terraform.source", Source: source, Origin: at})
	switch {
	case outside:
		u.inv.Diags.Errorf(at, "Module outside the repository root", "The unit %s has the source %q: %s. Give --root DIR to widen the boundary.", dir, source, why)
	case source == "":
		u.inv.Diags.Skipf(at, "Module not read", "The unit %s has no module: %s. What it declares is missing from the answer.", dir, why)
	case isRemote(source):
		u.inv.Diags.Skipf(at, "Module not read", "The unit %s has the source %q: %s. What it declares is missing from the answer. Run `terragrunt init` in it, or give --module %s=DIR.",
			dir, source, why, repositoryOf(source))
	default:
		u.inv.Diags.Skipf(at, "Module not read", "The unit %s has the source %q: %s. What it declares is missing from the answer.", dir, source, why)
	}
}

// resolve finds the directory of a module source; why says why there is none.
func (u *unit) resolve(source string) (dir, why string, outside bool) {
	if to, ok := u.mapped(source); ok && u.loader.IsRoot(to) {
		return to, "", false
	}
	if isRemote(source) {
		if to := u.cached(subdirectory(source)); to != "" {
			return to, "", false
		}
		return "", "it is not on disk", false
	}
	to, ok := localDir(u.tree, path.Dir(u.config), source)
	switch {
	case !ok:
		return "", "it leads outside the repository root", true
	case u.loader.IsRoot(to):
		return to, "", false
	}
	// A stack's unit is a copy of its source, which may hold the module beside it.
	if beside, ok := localDir(u.tree, path.Dir(u.file), source); ok && u.loader.IsRoot(beside) {
		return beside, "", false
	}
	return "", "there is no Terraform configuration at " + to, false
}

// localDir is the directory of a local source as seen from dir, when it lies inside the boundary. The double slash that
// parts what is copied from what is run, and a query, make no difference on disk.
func localDir(tree *rootfs.Tree, dir, source string) (string, bool) {
	source, _, _ = strings.Cut(source, "?")
	to := tree.Join(dir, source)
	return to, tree.Contains(to)
}

// mapped finds a source in the user's module map; a registry source also by the name that Terraform gives it.
func (u *unit) mapped(source string) (string, bool) {
	if to, ok := u.opts.Terraform.ModuleDir(u.tree, source); ok {
		return to, true
	}
	if rest, ok := strings.CutPrefix(source, "tfr://"); ok {
		if _, name, ok := strings.Cut(rest, "/"); ok {
			return u.opts.Terraform.ModuleDir(u.tree, name)
		}
	}
	return "", false
}

// isRemote tells sources that Terragrunt downloads from paths: a forced getter ("git::"), a scheme, an SSH address or one
// of the hosts that are known without a scheme.
func isRemote(source string) bool {
	if strings.HasPrefix(source, "/") || strings.HasPrefix(source, ".") {
		return false
	}
	for _, host := range []string{"git@", "github.com/", "gitlab.com/", "bitbucket.org/"} {
		if strings.HasPrefix(source, host) {
			return true
		}
	}
	return strings.Contains(source, "::") || strings.Contains(source, "://") || strings.Contains(source, ".amazonaws.com/")
}

// splitSource parts a remote source at the double slash that follows the repository, its query left out.
func splitSource(source string) (repository, sub string) {
	rest, _, _ := strings.Cut(source, "?")
	from := 0
	if i := strings.Index(rest, "://"); i >= 0 {
		from = i + 3
	}
	if i := strings.Index(rest[from:], "//"); i >= 0 {
		return rest[:from+i], strings.Trim(rest[from+i:], "/")
	}
	return rest, ""
}

func repositoryOf(source string) string { repository, _ := splitSource(source); return repository }

func subdirectory(source string) string { _, sub := splitSource(source); return sub }

// cached finds the module that Terragrunt downloaded for the unit: .terragrunt-cache/<unit>/<source>/<subdirectory>. With
// several downloads, of which only Terragrunt knows which one holds, none is taken.
func (u *unit) cached(sub string) string {
	found := ""
	top := u.tree.Join(path.Dir(u.config), cacheDir)
	for _, a := range u.directories(top) {
		for _, b := range u.directories(a) {
			dir := u.tree.Join(b, sub)
			if !u.tree.Contains(dir) || !u.loader.IsRoot(dir) {
				continue
			}
			if found != "" {
				return ""
			}
			found = dir
		}
	}
	return found
}

// maxCached bounds how many downloads are looked at.
const maxCached = 64

func (u *unit) directories(dir string) []string {
	entries, err := u.tree.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && len(out) < maxCached {
			out = append(out, u.tree.Join(dir, e.Name()))
		}
	}
	return out
}

// unitIn is the configuration of a directory.
func unitIn(tree *rootfs.Tree, dir string) string {
	for _, n := range []string{unitFile, unitFileJSON} {
		full := tree.Join(dir, n)
		if _, err := tree.Stat(full); err == nil {
			return full
		}
	}
	return tree.Join(dir, unitFile)
}
