package move

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/vocabulary"
)

//go:embed preconditions/*.yaml
var embedded embed.FS

// Set is every family and precondition. It does not change once made; it is safe for concurrent use.
type Set struct {
	types    *vocabulary.Types
	compiler *expr.Compiler
	families *families
	all      []*Precondition
	diags    diag.List
}

// Load reads the built-in files; Lint says what is wrong with them, which the tests ask. types is the vocabulary that
// conditions are typed by. Conditions are compiled when they are first evaluated.
func Load(types *vocabulary.Types) *Set {
	s := &Set{types: types, compiler: expr.New(types), families: readFamilies(familiesText)}
	s.diags = append(s.diags, s.families.Diags...)
	names, err := fs.Glob(embedded, "preconditions/*.yaml")
	if err != nil {
		s.diags.Errorf(diag.Range{}, "Preconditions not found", "%v.", err)
	}
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil {
			s.diags.Errorf(diag.Range{Path: name}, "Preconditions not read", "%v.", err)
			continue
		}
		s.add("move/"+name, string(data))
	}
	return s
}

func (s *Set) add(path, text string) {
	list, diags := parse(path, text, s.families)
	s.all, s.diags = append(s.all, list...), append(s.diags, diags...)
}

// All returns every precondition, in the order of the files.
func (s *Set) All() []*Precondition { return slices.Clone(s.all) }

// reader turns the YAML of one file into preconditions.
type reader struct {
	rulefile.Reader
	families  *families
	citations map[string]*allocation.Citation
	cited     map[string]bool
}

func parse(path, text string, f *families) ([]*Precondition, diag.List) {
	r := &reader{
		Reader:   rulefile.Reader{Path: path, Content: text, What: "preconditions", Begins: "citations or preconditions"},
		families: f, citations: map[string]*allocation.Citation{}, cited: map[string]bool{},
	}
	var out []*Precondition
	root := r.Root()
	if root == nil {
		return nil, r.Diags
	}
	r.Fields(root, "A file of preconditions", map[string]func(*yaml.Node){
		"citations": func(n *yaml.Node) { r.Each(n, "citations", r.citation) },
		"preconditions": func(n *yaml.Node) {
			r.Items(n, "preconditions", func(n *yaml.Node) { out = append(out, r.precondition(n)) })
		},
	})
	for _, id := range slices.Sorted(maps.Keys(r.citations)) {
		if !r.cited[id] {
			r.Errorf(root, "Citation not used", "Nothing cites %q.", rulefile.Clip(id))
		}
	}
	return out, r.Diags
}

func (r *reader) citation(id, n *yaml.Node) { r.citations[id.Value] = readCitation(&r.Reader, n) }

func readCitation(r *rulefile.Reader, n *yaml.Node) *allocation.Citation {
	c := &allocation.Citation{}
	r.Fields(n, "A citation", map[string]func(*yaml.Node){
		"title": r.Text(&c.Title, "title"), "url": r.Text(&c.URL, "url"), "seen": r.Text(&c.Seen, "seen"),
	})
	if c.Title == "" || !strings.HasPrefix(c.URL, "https://") || len(c.Seen) != len("2006-01-02") {
		r.Errorf(n, "Citation incomplete", "A page needs its title, an https:// url, and seen as YYYY-MM-DD.")
	}
	return c
}

// targetPage is what a precondition cites that rests on the page of whichever target is asked about.
const targetPage = "target"

func (r *reader) precondition(n *yaml.Node) *Precondition {
	p := &Precondition{At: r.At(n), Uses: map[string]string{}}
	var kind string
	r.Fields(n, "A precondition", map[string]func(*yaml.Node){
		"id": r.Text(&p.ID, "id"), "kind": r.Text(&kind, "kind"),
		"from": r.hostings(&p.From, "from"), "to": r.hostings(&p.To, "to"),
		"uses": func(n *yaml.Node) {
			r.Each(n, "uses", func(role, typ *yaml.Node) { p.Uses[role.Value] = typ.Value })
		},
		"when": func(n *yaml.Node) {
			r.Text(&p.When, "when")(n)
			p.condition = expr.FromYAML(r.Path, r.Content, n)
		},
		"means": r.Sentence(&p.Means, "means"), "says": r.Sentence(&p.Says, "says"), "do": r.Sentence(&p.Do, "do"),
		"cite": func(n *yaml.Node) {
			if n.Value == targetPage {
				p.pages = r.families.pages
				return
			}
			if p.Citation = r.citations[n.Value]; p.Citation == nil {
				r.Errorf(n, "Unknown citation", "%q is none of the file. %s", rulefile.Clip(n.Value), expr.Suggest(n.Value, slices.Collect(maps.Keys(r.citations))))
			}
			r.cited[n.Value] = true
		},
		"examples": func(n *yaml.Node) {
			r.Items(n, "examples", func(n *yaml.Node) { p.Examples = append(p.Examples, r.example(n)) })
		},
	})
	p.Kind = Kind(kind)
	r.complete(n, p)
	return p
}

// complete asks for what each precondition must have.
func (r *reader) complete(n *yaml.Node, p *Precondition) {
	for _, f := range []struct{ name, value string }{
		{"id", p.ID}, {"when", p.When}, {"means", p.Means}, {"says", p.Says}, {"do", p.Do}, {"from", strings.Join(p.From, " ")}, {"to", strings.Join(p.To, " ")},
	} {
		if f.value == "" {
			r.Errorf(n, "Precondition incomplete", "%q needs %s.", rulefile.Clip(p.ID), f.name)
		}
	}
	if p.Kind != Breaks && p.Kind != Work && p.Kind != FindOut {
		r.Errorf(n, "Unknown kind", "%q is no kind. There are %s, %s, %s.", rulefile.Clip(string(p.Kind)), Breaks, Work, FindOut)
	}
	if p.Citation == nil && p.pages == nil && p.Kind == Breaks {
		r.Errorf(n, "Precondition incomplete", "%q says that something breaks, so it cites a page.", rulefile.Clip(p.ID))
	}
}

// hostings reads ids of hostings and names of sets.
func (r *reader) hostings(dst *[]string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var names []string
		r.Strings(&names, what)(n)
		*dst = r.families.resolve(names)
	}
}

func (r *reader) example(n *yaml.Node) Example {
	ex := Example{At: r.At(n), Given: map[string]inventory.Value{}, givenAt: map[string]diag.Range{}}
	r.Fields(n, "An example", map[string]func(*yaml.Node){
		"name": r.Text(&ex.Name, "name"),
		"given": func(n *yaml.Node) {
			r.Each(n, "given", func(role, props *yaml.Node) {
				ex.Given[role.Value], ex.givenAt[role.Value] = r.Value(props), r.At(role)
			})
		},
		"expect": func(n *yaml.Node) {
			switch n.Value {
			case "applies":
				ex.Expect = expr.True
			case "fits":
				ex.Expect = expr.False
			case "unknown":
			default:
				r.Errorf(n, "Unknown answer", "An example expects applies, fits or unknown; this is %s.", rulefile.KindName(n))
			}
		},
	})
	return ex
}
