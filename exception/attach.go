package exception

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// maxStatements is how many statements in source files one run may hold.
const maxStatements = 20_000

// annotation is the key of a Kubernetes object's metadata.annotations that holds statements, one a line.
const annotation = "onus.dev/accept"

// input is one reading of the statements in source files.
type input struct {
	*judge
	set       *Set
	resources []*inventory.Resource
	// byPath are the resources declared in each annotated file, in the order of their places; byRoot those of each scope.
	byPath map[string][]*inventory.Resource
	// roots are the scopes that a directory is the root of.
	roots map[string][]string
	left  int
}

// readSource collects what is written in the files of the inventory.
func (in *input) readSource(inv *inventory.Inventory) {
	in.left, in.resources = maxStatements, inv.Resources
	for _, t := range inv.Annotated {
		if bytes.Contains(t.Data, []byte(marker)) || bytes.Contains(t.Data, []byte("Metadata")) {
			in.text(t)
		}
	}
	for _, r := range inv.Resources {
		if !strings.Contains(r.Type, "::") && !r.Lookup {
			in.annotations(r)
		}
	}
	if in.left < 0 {
		in.diags.Errorf(diag.Range{}, "Too many exceptions", "The files hold more than %d exceptions; the rest was left out.", maxStatements)
	}
}

// text reads the statements of one file.
func (in *input) text(t inventory.Text) {
	var l *layout
	switch {
	case isHCL(t.Path):
		l = in.layoutHCL(t)
	case len(bytes.TrimSpace(t.Data)) > 0 && bytes.TrimSpace(t.Data)[0] == '{':
		in.metadata(t)
		return
	case isYAML(t.Path):
		l = in.layoutYAML(t)
		in.metadata(t)
	default:
		return
	}
	for _, c := range l.comments {
		if !strings.Contains(c.text, marker) {
			continue
		}
		to, ok := l.place(c)
		if to.module != "" {
			to.resources = in.ofModule(t.Path, to.module)
		}
		for _, s := range c.statements() {
			in.comment(t.Path, s, to, ok)
		}
	}
}

func isYAML(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".template":
		return true
	}
	return false
}

// comment takes in one statement of a comment.
func (in *input) comment(path string, c comment, to target, placed bool) {
	at := diag.Range{Path: path, Line: c.line, Column: c.col}
	s, fault := parseStatement(c.text, at)
	switch {
	case fault != "":
		in.diags.Errorf(at, "Exception not understood", "%s %s.", fault, form)
	case !placed:
		in.diags.Warnf(at, "Exception applies to nothing", "It stands neither in a resource of the run, nor right above one, nor at the top of the file with a blank line behind it, so it is not used. Move it to the resource that it is for.")
	default:
		in.attach(&s, to, "comment")
	}
}

// attach ties a statement to its resources or its file.
func (in *input) attach(s *statement, to target, how string) {
	if in.left--; s == nil || in.left < 0 {
		return
	}
	a := in.accept(*s, how)
	switch {
	case a == nil:
		return
	case to.file && len(in.at(s.at.Path)) > 0:
		in.set.byFile[s.at.Path] = append(in.set.byFile[s.at.Path], a)
	case len(to.resources) == 0:
		in.diags.Warnf(s.at, "Exception applies to nothing", "No resource of the run is declared there, so it is not used. It may be left out by a condition or a count, or the place declares none.")
		return
	}
	for _, r := range to.resources {
		in.set.byResource[r] = append(in.set.byResource[r], a)
	}
	in.set.accepted = append(in.set.accepted, a)
}

// annotations reads the statements of a Kubernetes object.
func (in *input) annotations(r *inventory.Resource) {
	for _, p := range r.Get("metadata.annotations").Properties() {
		if p.Name != annotation {
			continue
		}
		text, ok := p.Value.Text()
		if !ok {
			in.diags.Errorf(p.Value.Origin(), "Exception not understood", "The annotation %s is %s. Expected a text.", annotation, p.Value.Kind())
			continue
		}
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) == "" {
				continue
			}
			s, fault := parseStatement(line, p.Value.Origin())
			if fault != "" {
				in.diags.Errorf(s.at, "Exception not understood", "%s In the annotation %s it is written DUTY owner=TEAM until=YYYY-MM-DD reason=\"…\".", fault, annotation)
				continue
			}
			in.attach(&s, target{resources: []*inventory.Resource{r}}, "annotation")
		}
	}
}

// at returns the resources declared in a file, in the order of their places.
func (in *input) at(path string) []*inventory.Resource {
	if in.byPath == nil {
		in.index()
	}
	return in.byPath[path]
}

// ofRoot returns the resources of the root that a directory is.
func (in *input) ofRoot(dir string) []*inventory.Resource {
	if in.byPath == nil {
		in.index()
	}
	var out []*inventory.Resource
	for _, r := range in.resources {
		if r.Scope == dir || slices.Contains(in.roots[dir], r.Scope) {
			out = append(out, r)
		}
	}
	return out
}

// index sorts the resources by file. The scope of a plan is the plan's own path: the directory of its root is that of the
// resources outside of modules, which point to their configuration.
func (in *input) index() {
	in.byPath, in.roots = map[string][]*inventory.Resource{}, map[string][]string{}
	for _, r := range in.resources {
		in.byPath[r.Origin.Path] = append(in.byPath[r.Origin.Path], r)
		dir := path.Dir(r.Origin.Path)
		if isHCL(r.Origin.Path) && !strings.HasPrefix(r.Address, "module.") && !slices.Contains(in.roots[dir], r.Scope) {
			in.roots[dir] = append(in.roots[dir], r.Scope)
		}
	}
	for _, list := range in.byPath {
		slices.SortStableFunc(list, func(a, b *inventory.Resource) int {
			return cmp.Or(a.Origin.Line-b.Origin.Line, a.Origin.Column-b.Origin.Column)
		})
	}
}
