package catalog

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
)

// reader turns the YAML of one file into a Service. It reports what does not fit and goes on, so that one run shows
// every fault of a file.
type reader struct{ rulefile.Reader }

// parse reads one file. The service is nil when the file is no YAML at all.
func parse(path, text string) (*Service, diag.List) {
	r := &reader{rulefile.Reader{Path: path, Content: text, What: "catalog", Begins: "service and title"}}
	root := r.Root()
	if root == nil {
		return nil, r.Diags
	}
	return r.service(root), r.Diags
}

func (r *reader) citeOf(dst *cite) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.Text(&dst.id, "cite")(n)
		dst.at = r.At(n)
	}
}

func (r *reader) party(dst *stack.Party) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*dst = stack.Party(n.Value)
		if !dst.Valid() {
			r.Errorf(n, "Unknown party", "%q is no party. There are %s.", rulefile.Clip(n.Value), joinParties())
		}
	}
}

func joinParties() string {
	var names []string
	for _, p := range stack.Parties() {
		names = append(names, string(p))
	}
	return strings.Join(names, ", ")
}

func (r *reader) basis(dst *stack.Basis) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*dst = stack.Basis(n.Value)
		if !dst.Valid() {
			r.Errorf(n, "Unknown basis", "%q is no basis. There are documented, general, inferred.", rulefile.Clip(n.Value))
		}
	}
}

// service reads a whole file.
func (r *reader) service(root *yaml.Node) *Service {
	s := &Service{Path: r.Path, Citations: map[string]*Citation{}, Tables: map[string]expr.Table{}}
	r.Fields(root, "A catalog file", map[string]func(*yaml.Node){
		"service":    r.Text(&s.ID, "service"),
		"title":      r.Text(&s.Title, "title"),
		"version":    r.Text(&s.edition.Version, "version"),
		"validFrom":  r.Text(&s.edition.ValidFrom, "validFrom"),
		"citations":  func(n *yaml.Node) { r.citations(n, s) },
		"tables":     func(n *yaml.Node) { r.Tables(n, s.Tables) },
		"operations": func(n *yaml.Node) { r.operations(n, s) },
		"stacks": func(n *yaml.Node) {
			r.Items(n, "stacks", func(n *yaml.Node) { s.stacks = append(s.stacks, r.spec(n, s, true)) })
		},
		"hostings": func(n *yaml.Node) {
			r.Items(n, "hostings", func(n *yaml.Node) { s.hostings = append(s.hostings, r.spec(n, s, false)) })
		},
	})
	want := strings.TrimSuffix(base(r.Path), ".yaml")
	if s.ID != want {
		r.Errorf(root, "Service and file name differ", "The file %s must begin with service: %s; it has %q.", base(r.Path), want, rulefile.Clip(s.ID))
	}
	if s.Title == "" {
		r.Errorf(root, "Title missing", "A catalog file has a title: the service's name for people.")
	}
	return s
}

func (r *reader) citations(n *yaml.Node, s *Service) {
	r.Each(n, "citations", func(key, value *yaml.Node) {
		c := &Citation{ID: key.Value, At: r.At(key)}
		r.Fields(value, "A citation", map[string]func(*yaml.Node){
			"title": r.Text(&c.Title, "title"), "url": r.Text(&c.URL, "url"), "seen": r.Text(&c.Seen, "seen"),
		})
		s.Citations[c.ID] = c
		if c.Title == "" || !strings.HasPrefix(c.URL, "https://") {
			r.Errorf(key, "Citation incomplete", "The citation %q needs a title and an https:// url.", c.ID)
		}
		if _, err := time.Parse(time.DateOnly, c.Seen); err != nil {
			r.Errorf(key, "Citation incomplete", "The citation %q needs the day it was seen, as YYYY-MM-DD.", c.ID)
		}
	})
}

func (r *reader) operations(n *yaml.Node, s *Service) {
	r.Each(n, "operations", func(key, value *yaml.Node) {
		op := Operations{Plane: key.Value, At: r.At(key)}
		if op.Plane != "control-plane" && op.Plane != "data-plane" {
			r.Errorf(key, "Unknown plane", "operations has control-plane and data-plane; this is %q.", rulefile.Clip(op.Plane))
		}
		r.Fields(value, "A plane", map[string]func(*yaml.Node){
			"about": r.Sentence(&op.About, "about"), "party": r.party(&op.Party), "customer": r.Sentence(&op.Customer, "customer"),
			"actions": r.Strings(&op.Actions, "actions"), "cite": r.citeOf(&op.cite), "basis": r.basis(&op.Basis),
		})
		if op.About == "" || op.Party == "" {
			r.Errorf(key, "Plane incomplete", "A plane needs at least about and party.")
		}
		r.needCite(key, op.Basis, op.cite)
		s.Operations = append(s.Operations, op)
	})
}

// needCite asks for a basis, and for a citation unless the basis is inferred.
func (r *reader) needCite(n *yaml.Node, basis stack.Basis, c cite) {
	switch {
	case basis == "":
		r.Errorf(n, "Basis missing", "Say what this rests on: documented, general or inferred.")
	case c.id == "" && basis != stack.Inferred:
		r.Errorf(n, "Citation missing", "A %s statement needs cite; where no page was found, its basis is inferred.", basis)
	}
}

// base is the last element of a slash path.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
