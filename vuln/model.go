package vuln

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// Model joins the rules with a catalog on one day. It is safe for concurrent use.
type Model struct {
	rules *Rules
	cat   *catalog.Catalog
	asOf  time.Time

	mu       sync.Mutex
	defaults map[string]*subject
}

// New returns a model. asOf is the day that everything dated is judged by; the zero time leaves it unknown.
func New(rules *Rules, cat *catalog.Catalog, asOf time.Time) *Model {
	return &Model{rules: rules, cat: cat, asOf: asOf, defaults: map[string]*subject{}}
}

// Hostings returns every hosting of the catalog: the familiar ones first, as hostings.yaml has them, then others by id.
func (m *Model) Hostings() []string {
	ids := m.cat.HostingIDs()
	place := func(id string) int {
		if i := slices.Index(m.rules.order, id); i >= 0 {
			return i
		}
		return len(m.rules.order)
	}
	slices.SortStableFunc(ids, func(a, b string) int { return place(a) - place(b) })
	return ids
}

// Rules returns the rules of the model.
func (m *Model) Rules() *Rules { return m.rules }

// subject is a workload, real or of the default configuration, with what its hosting has.
type subject struct {
	id      string
	traits  *has
	assumes string
	duties  map[stack.Duty]*allocation.Duty
	// hosting is nil when the catalog does not have it.
	hosting *catalog.Hosting
	w       *allocation.Workload
	// found is the workload as discovered; nil when it is not known.
	found *workload.Workload
	// shipped are the components of an inventory; nil when there is none.
	shipped []key
	// whole is set when the subject is a hosting and not a workload.
	whole bool
}

// subject prepares a target.
func (m *Model) subject(t Target) *subject {
	if t.Workload == nil {
		return m.ofHosting(t.Hosting)
	}
	s := m.prepare(t.Workload, t.Found)
	if t.Components != nil {
		s.shipped = []key{}
		for _, c := range t.Components {
			s.shipped = append(s.shipped, c.key())
		}
	}
	return s
}

func (m *Model) prepare(w *allocation.Workload, found *workload.Workload) *subject {
	s := &subject{id: w.Hosting, w: w, found: found, duties: map[stack.Duty]*allocation.Duty{}}
	if t, ok := m.rules.hostings[w.Hosting]; ok {
		s.traits, s.assumes = &t.has, t.Assumes
		for i := range t.Variants {
			if t.Variants[i].fits(w, found) {
				s.traits = &t.Variants[i].has
				break
			}
		}
	}
	s.hosting, _ = m.cat.Hosting(w.Hosting)
	for i := range w.Layers {
		l := &w.Layers[i]
		for j := range l.Duties {
			s.duties[stack.Duty(string(l.Layer)+"/"+l.Duties[j].Duty)] = &l.Duties[j]
		}
	}
	return s
}

// fits reports whether a workload is of the variant.
func (v *variant) fits(w *allocation.Workload, found *workload.Workload) bool {
	if v.Type != "" {
		return w.Type == v.Type
	}
	if found == nil {
		return false
	}
	p := found.Parts[v.Role]
	if p.Resource == nil || p.Unknown {
		return false
	}
	value := p.Resource.Get(v.Property)
	text, _ := value.Text()
	return !value.IsNull() && !value.IsUnknown() && (v.Value == "" || text == v.Value)
}

// ofHosting is a hosting as a workload of its default configuration. It is allocated once.
func (m *Model) ofHosting(id string) *subject {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.defaults[id]; ok {
		return s
	}
	found := workload.Workload{ID: id, Name: id, Hosting: id, Parts: map[string]workload.Part{}}
	t := m.rules.hostings[id]
	for role, p := range t.Given {
		found.Parts[role] = workload.Part{Resource: &inventory.Resource{
			Type: p.Type, Address: role, Name: role, Properties: valueOf(&p.Properties, 0),
		}}
	}
	allocated, _ := allocation.Run([]workload.Workload{found}, m.cat, allocation.Options{AsOf: m.asOf})
	s := m.prepare(&allocated[0], &found)
	s.whole = true
	m.defaults[id] = s
	return s
}

// maxGiven is how deep a default configuration may be.
const maxGiven = 20

// valueOf makes a property value of YAML.
func valueOf(n *yaml.Node, depth int) inventory.Value {
	var at diag.Range
	switch {
	case depth > maxGiven:
		return inventory.UnknownValue(at)
	case n.Kind == yaml.MappingNode:
		var props []inventory.Property
		for i := 0; i+1 < len(n.Content); i += 2 {
			props = append(props, inventory.Property{Name: n.Content[i].Value, Value: valueOf(n.Content[i+1], depth+1)})
		}
		return inventory.MapValue(props, at)
	case n.Kind == yaml.SequenceNode:
		var items []inventory.Value
		for _, c := range n.Content {
			items = append(items, valueOf(c, depth+1))
		}
		return inventory.ListValue(items, at)
	}
	switch n.ShortTag() {
	case "!!bool":
		return inventory.BoolValue(n.Value == "true", at)
	case "!!int":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return inventory.NumberValue(f, at)
		}
	}
	return inventory.StringValue(n.Value, at)
}

// imageKind is the kind of the machine image that the subject boots, "" when it is not known.
func (s *subject) imageKind() string {
	if s.found == nil {
		return ""
	}
	p, ok := s.found.Parts["image"]
	if !ok || p.Resource == nil || p.Unknown {
		return ""
	}
	kind, _ := p.Resource.Get("Kind").Text()
	return kind
}

// runtime is the managed runtime that a function names, "" when it names none or it is not known.
func (s *subject) runtime() string {
	if s.found == nil || s.whole {
		return ""
	}
	p, ok := s.found.Parts["function"]
	if !ok || p.Resource == nil || p.Unknown {
		return ""
	}
	text, _ := p.Resource.Get("Runtime").Text()
	return text
}

// families maps the beginning of a managed runtime's name to names of its language in packages.
var families = map[string][]string{
	"nodejs": {"node", "nodejs", "node.js"}, "python": {"python", "cpython", "libpython"}, "ruby": {"ruby", "libruby"},
	"java":   {"java", "openjdk", "jdk", "jre", "corretto", "amazon-corretto", "temurin", "graalvm", "openj9", "zulu"},
	"dotnet": {"dotnet", ".net", "aspnetcore", "asp.net", "microsoft.netcore", "microsoft.aspnetcore"},
}

// otherLanguage reports whether a managed runtime is certainly of another language than the component.
func otherLanguage(runtime string, k key) bool {
	own, theirs := "", ""
	for _, f := range slices.Sorted(maps.Keys(families)) {
		if strings.HasPrefix(runtime, f) {
			own = f
		}
		if slices.ContainsFunc(families[f], func(n string) bool { return strings.HasPrefix(k.short(), n) }) {
			theirs = f
		}
	}
	return own != "" && theirs != "" && own != theirs
}
