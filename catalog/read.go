package catalog

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/stack"
)

// The bounds of one catalog file.
const (
	maxFile  = 1 << 20
	maxDepth = 30
	maxNodes = 200_000
)

// reader turns the YAML of one file into a Service. It reports what does not fit and goes on, so that one run shows
// every fault of a file.
type reader struct {
	path  string
	text  string
	diags diag.List
}

// parse reads one file. The service is nil when the file is no YAML at all.
func parse(path, text string) (*Service, diag.List) {
	r := &reader{path: path, text: text}
	if len(text) > maxFile {
		r.diags.Errorf(diag.Range{Path: path}, "Catalog file too large", "It has %d bytes; at most %d are read.", len(text), maxFile)
		return nil, r.diags
	}
	root := r.document()
	if root == nil {
		return nil, r.diags
	}
	return r.service(root), r.diags
}

// document loads the node tree. Aliases are refused, which leaves nothing to expand: rows are shared by inheritance.
func (r *reader) document() *yaml.Node {
	var doc yaml.Node
	limits := loaderlimits.New(loaderlimits.DepthValue(maxDepth), loaderlimits.AliasNone())
	err := yaml.Load([]byte(r.text), &doc, yaml.WithPlugin(limits))
	if err != nil && !strings.Contains(err.Error(), "no documents") {
		r.diags.Errorf(diag.Range{Path: r.path, Line: errorLine(err)}, "Catalog file is not valid YAML", "%s.", firstLine(err.Error()))
		return nil
	}
	root := &doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if root.Kind != yaml.MappingNode {
		r.diags.Errorf(diag.Range{Path: r.path, Line: 1, Column: 1}, "Catalog file is empty", "Expected a mapping that begins with service and title.")
		return nil
	}
	nodes := 0
	if !r.plain(root, &nodes) {
		return nil
	}
	return root
}

// plain refuses aliases and counts nodes.
func (r *reader) plain(n *yaml.Node, nodes *int) bool {
	*nodes++
	switch {
	case n.Kind == yaml.AliasNode:
		r.errorf(n, "YAML alias in the catalog", "Aliases are not read here; put what is common into a stack and inherit from it.")
		return false
	case *nodes > maxNodes:
		r.errorf(n, "Catalog file too large", "It has more than %d YAML nodes.", maxNodes)
		return false
	}
	for _, c := range n.Content {
		if !r.plain(c, nodes) {
			return false
		}
	}
	return true
}

// errorLine takes the line out of a YAML error's text ("… line 3 …"); 0 when it has none.
func errorLine(err error) int {
	_, rest, ok := strings.Cut(err.Error(), "line ")
	line := 0
	if ok {
		if _, err := fmt.Sscanf(rest, "%d", &line); err != nil {
			return 0
		}
	}
	return line
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSuffix(line, ".")
}

func (r *reader) at(n *yaml.Node) diag.Range {
	return diag.Range{Path: r.path, Line: n.Line, Column: n.Column}
}

func (r *reader) errorf(n *yaml.Node, summary, format string, args ...any) {
	r.diags.Errorf(r.at(n), summary, format, args...)
}

// fields calls the reader of each key of a mapping. An unknown key is a fault that names the known ones.
func (r *reader) fields(n *yaml.Node, what string, known map[string]func(*yaml.Node)) {
	r.each(n, what, func(key, value *yaml.Node) {
		read, ok := known[key.Value]
		if !ok {
			r.errorf(key, "Unknown key in the catalog", "%s has no key %q. %s", what, key.Value, keyChoices(key.Value, known))
			return
		}
		read(value)
	})
}

// each walks a mapping and refuses a key that comes twice.
func (r *reader) each(n *yaml.Node, what string, visit func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.errorf(n, "Wrong shape in the catalog", "%s is a mapping of keys to values; this is %s.", what, kindName(n))
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			r.errorf(key, "Key given twice", "%s has the key %q already.", what, key.Value)
			continue
		}
		seen[key.Value] = true
		visit(key, n.Content[i+1])
	}
}

func (r *reader) items(n *yaml.Node, what string, visit func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.errorf(n, "Wrong shape in the catalog", "%s is a list; this is %s.", what, kindName(n))
		return
	}
	for _, item := range n.Content {
		visit(item)
	}
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return fmt.Sprintf("%q", clip(n.Value))
	}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// text reads a scalar into dst.
func (r *reader) textOf(dst *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
			r.errorf(n, "Wrong shape in the catalog", "%s is a text; this is %s.", what, kindName(n))
			return
		}
		*dst = n.Value
	}
}

func (r *reader) list(dst *[]string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.items(n, what, func(item *yaml.Node) {
			var s string
			r.textOf(&s, "Each of "+what)(item)
			*dst = append(*dst, s)
		})
	}
}

func (r *reader) citeOf(dst *cite) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.textOf(&dst.id, "cite")(n)
		dst.at = r.at(n)
	}
}

// maxSentence is the most characters that a sentence of the catalog may have.
const maxSentence = 200

// sentence reads a sentence for people, of bounded length.
func (r *reader) sentence(dst *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.textOf(dst, what)(n)
		*dst = strings.Join(strings.Fields(*dst), " ")
		if count := len([]rune(*dst)); count > maxSentence {
			r.errorf(n, "Sentence too long", "%s has %d characters; at most %d.", what, count, maxSentence)
		}
	}
}

func (r *reader) party(dst *stack.Party) func(*yaml.Node) {
	return func(n *yaml.Node) {
		*dst = stack.Party(n.Value)
		if !dst.Valid() {
			r.errorf(n, "Unknown party", "%q is no party. There are %s.", clip(n.Value), joinParties())
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
			r.errorf(n, "Unknown basis", "%q is no basis. There are documented, general, inferred.", clip(n.Value))
		}
	}
}

// service reads a whole file.
func (r *reader) service(root *yaml.Node) *Service {
	s := &Service{Path: r.path, Citations: map[string]*Citation{}, Tables: map[string]expr.Table{}}
	r.fields(root, "A catalog file", map[string]func(*yaml.Node){
		"service":    r.textOf(&s.ID, "service"),
		"title":      r.textOf(&s.Title, "title"),
		"version":    r.textOf(&s.edition.Version, "version"),
		"validFrom":  r.textOf(&s.edition.ValidFrom, "validFrom"),
		"citations":  func(n *yaml.Node) { r.citations(n, s) },
		"tables":     func(n *yaml.Node) { r.tables(n, s) },
		"operations": func(n *yaml.Node) { r.operations(n, s) },
		"stacks": func(n *yaml.Node) {
			r.items(n, "stacks", func(n *yaml.Node) { s.stacks = append(s.stacks, r.spec(n, s, true)) })
		},
		"hostings": func(n *yaml.Node) {
			r.items(n, "hostings", func(n *yaml.Node) { s.hostings = append(s.hostings, r.spec(n, s, false)) })
		},
	})
	want := strings.TrimSuffix(base(r.path), ".yaml")
	if s.ID != want {
		r.errorf(root, "Service and file name differ", "The file %s must begin with service: %s; it has %q.", base(r.path), want, clip(s.ID))
	}
	if s.Title == "" {
		r.errorf(root, "Title missing", "A catalog file has a title: the service's name for people.")
	}
	return s
}

func (r *reader) citations(n *yaml.Node, s *Service) {
	r.each(n, "citations", func(key, value *yaml.Node) {
		c := &Citation{ID: key.Value, At: r.at(key)}
		r.fields(value, "A citation", map[string]func(*yaml.Node){
			"title": r.textOf(&c.Title, "title"), "url": r.textOf(&c.URL, "url"), "seen": r.textOf(&c.Seen, "seen"),
		})
		s.Citations[c.ID] = c
		if c.Title == "" || !strings.HasPrefix(c.URL, "https://") {
			r.errorf(key, "Citation incomplete", "The citation %q needs a title and an https:// url.", c.ID)
		}
		if _, err := time.Parse(time.DateOnly, c.Seen); err != nil {
			r.errorf(key, "Citation incomplete", "The citation %q needs the day it was seen, as YYYY-MM-DD.", c.ID)
		}
	})
}

func (r *reader) tables(n *yaml.Node, s *Service) {
	r.each(n, "tables", func(name, rows *yaml.Node) {
		t := expr.Table{}
		r.each(rows, "A table", func(key, value *yaml.Node) {
			day, err := time.Parse(time.DateOnly, value.Value)
			if err != nil {
				r.errorf(value, "Not a date", "A table maps a name to a day as YYYY-MM-DD; this is %s.", kindName(value))
				return
			}
			t[key.Value] = day
		})
		s.Tables[name.Value] = t
	})
}

func (r *reader) operations(n *yaml.Node, s *Service) {
	r.each(n, "operations", func(key, value *yaml.Node) {
		op := Operations{Plane: key.Value, At: r.at(key)}
		if op.Plane != "control-plane" && op.Plane != "data-plane" {
			r.errorf(key, "Unknown plane", "operations has control-plane and data-plane; this is %q.", clip(op.Plane))
		}
		r.fields(value, "A plane", map[string]func(*yaml.Node){
			"about": r.sentence(&op.About, "about"), "party": r.party(&op.Party), "customer": r.sentence(&op.Customer, "customer"),
			"actions": r.list(&op.Actions, "actions"), "cite": r.citeOf(&op.cite), "basis": r.basis(&op.Basis),
		})
		if op.About == "" || op.Party == "" {
			r.errorf(key, "Plane incomplete", "A plane needs at least about and party.")
		}
		r.needCite(key, op.Basis, op.cite)
		s.Operations = append(s.Operations, op)
	})
}

// needCite asks for a basis, and for a citation unless the basis is inferred.
func (r *reader) needCite(n *yaml.Node, basis stack.Basis, c cite) {
	switch {
	case basis == "":
		r.errorf(n, "Basis missing", "Say what this rests on: documented, general or inferred.")
	case c.id == "" && basis != stack.Inferred:
		r.errorf(n, "Citation missing", "A %s statement needs cite; where no page was found, its basis is inferred.", basis)
	}
}

// base is the last element of a slash path.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
