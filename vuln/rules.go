package vuln

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/stack"
)

//go:embed rules/*.yaml
var embedded embed.FS

// Rules are the rules of one edition. They do not change once loaded and are safe for concurrent use.
type Rules struct {
	components []componentRule
	classes    []class
	hostings   map[string]traits
	// order are the hostings as hostings.yaml has them: the familiar ones first.
	order     []string
	residuals residualFile
	index     map[string]*Facts
}

// componentRule takes components into a class.
type componentRule struct {
	Class   string   `yaml:"class"`
	Note    string   `yaml:"note"`
	PURL    []string `yaml:"purl"`
	Product []string `yaml:"product"`
	CPE     []string `yaml:"cpe"`
	// OK are components that the rule takes, Not components that it does not.
	OK  []string `yaml:"ok"`
	Not []string `yaml:"not"`
}

// class is a class of components with the copies that they have.
type class struct {
	ID       string                       `yaml:"id"`
	Title    string                       `yaml:"title"`
	Copies   []copyRule                   `yaml:"copies"`
	Example  string                       `yaml:"example"`
	Examples map[string]string            `yaml:"examples"`
	More     map[string]map[string]string `yaml:"more"`
}

// copyRule is one place in which a component of a class can be.
type copyRule struct {
	On        selector    `yaml:"on"`
	Otherwise bool        `yaml:"otherwise"`
	Layer     stack.Layer `yaml:"layer"`
	Place     string      `yaml:"place"`
	Beneath   bool        `yaml:"beneath"`
	When      string      `yaml:"when"`
	Absent    string      `yaml:"absent"`
	Unless    string      `yaml:"unless"`
	Unknown   string      `yaml:"unknown"`
	BuiltBy   stack.Party `yaml:"builtBy"`
	Cite      string      `yaml:"cite"`
	// Or is a further copy that the customer may have brought, and what to do about it then.
	Or *orRule `yaml:"or"`

	citation *allocation.Citation
}

// orRule is a copy that is there only where the customer brought one.
type orRule struct {
	When     string   `yaml:"when"`
	Residual Residual `yaml:"residual"`
}

// selector narrows by the traits of a hosting and by the component; a field that is left out takes all.
type selector struct {
	Hosting      []string `yaml:"hosting"`
	Machine      []string `yaml:"machine"`
	Orchestrator []string `yaml:"orchestrator"`
	Ships        []string `yaml:"ships"`
	Product      []string `yaml:"product"`
	Containers   []bool   `yaml:"containers"`
	GPU          []bool   `yaml:"gpu"`
	Edge         []bool   `yaml:"edge"`
	Functions    []bool   `yaml:"functions"`
	// Engine holds when the component is an engine of the managed service.
	Engine []bool `yaml:"engine"`
}

// has are the traits by which copies are placed.
type has struct {
	Machine      string   `yaml:"machine"`
	Orchestrator string   `yaml:"orchestrator"`
	Ships        string   `yaml:"ships"`
	Containers   bool     `yaml:"containers"`
	GPU          bool     `yaml:"gpu"`
	Edge         bool     `yaml:"edge"`
	Functions    bool     `yaml:"functions"`
	Engines      []string `yaml:"engines"`
}

// traits are what a hosting has.
type traits struct {
	has      `yaml:",inline"`
	Variants []variant       `yaml:"variants"`
	Assumes  string          `yaml:"assumes"`
	Given    map[string]part `yaml:"given"`
}

// variant are the traits of another kind of workload of the same hosting: one of a root type, or one of which a part's
// property has a value, or any where Value is empty.
type variant struct {
	has      `yaml:",inline"`
	Type     string `yaml:"type"`
	Role     string `yaml:"role"`
	Property string `yaml:"property"`
	Value    string `yaml:"value"`
}

// part is a part of the default configuration.
type part struct {
	Type       string    `yaml:"type"`
	Properties yaml.Node `yaml:"properties"`
}

type residualFile struct {
	Residuals []residualRule `yaml:"residuals"`
	Shared    []sharedRule   `yaml:"shared"`
	// ThirdParty says who acts where a third party holds the duty.
	ThirdParty []sharedRule            `yaml:"thirdParty"`
	Before     []beforeRule            `yaml:"before"`
	Absences   []absence               `yaml:"absences"`
	Locations  map[string]locationRule `yaml:"locations"`
}

// circumstances narrow a residual rule.
type circumstances struct {
	Layer   []stack.Layer `yaml:"layer"`
	Place   []string      `yaml:"place"`
	Hosting []string      `yaml:"hosting"`
	Machine []string      `yaml:"machine"`
	Ships   []string      `yaml:"ships"`
	// Row is a part of the condition of the catalog row that decided.
	Row string `yaml:"row"`
}

type residualRule struct {
	circumstances `yaml:",inline"`
	Owner         Who      `yaml:"owner"`
	Residual      Residual `yaml:"residual"`
	Text          string   `yaml:"text"`
}

type sharedRule struct {
	circumstances `yaml:",inline"`
	Owner         Who    `yaml:"owner"`
	Why           string `yaml:"why"`
}

type beforeRule struct {
	circumstances `yaml:",inline"`
	// Until is the last day of the fix for which the rule holds, YYYY-MM-DD.
	Until string               `yaml:"until"`
	Owner Who                  `yaml:"owner"`
	Why   string               `yaml:"why"`
	Cite  *allocation.Citation `yaml:"cite"`
}

type absence struct {
	Product []string `yaml:"product"`
	// Image are kinds of machine image that lack the product; Hosting those whose default image is one.
	Image   []string             `yaml:"image"`
	Hosting []string             `yaml:"hosting"`
	Why     string               `yaml:"why"`
	Unless  string               `yaml:"unless"`
	Cite    *allocation.Citation `yaml:"cite"`
}

type locationRule struct {
	Layers  []stack.Layer `yaml:"layers"`
	Layer   stack.Layer   `yaml:"layer"`
	Place   string        `yaml:"place"`
	BuiltBy stack.Party   `yaml:"builtBy"`
}

// Options tell Load what to read.
type Options struct {
	// Files replaces the embedded rules: a file system whose *.yaml files lie at its root. Tests use it.
	Files fs.FS
}

// Load reads the rules. The diagnostics name what does not fit; the rules are usable as far as they could be read.
func Load(opts Options) (*Rules, diag.List) {
	files := opts.Files
	if files == nil {
		files, _ = fs.Sub(embedded, "rules") // cannot fail: the directory is embedded
	}
	var diags diag.List
	r := &Rules{hostings: map[string]traits{}, index: map[string]*Facts{}}
	var components struct {
		Rules []componentRule `yaml:"rules"`
	}
	var classes struct {
		Citations map[string]*allocation.Citation `yaml:"citations"`
		Classes   []class                         `yaml:"classes"`
	}
	var hostings struct {
		Hostings yaml.Node `yaml:"hostings"`
	}
	var index indexFile
	decode(files, "components.yaml", &components, &diags)
	decode(files, "classes.yaml", &classes, &diags)
	decode(files, "hostings.yaml", &hostings, &diags)
	decode(files, "residuals.yaml", &r.residuals, &diags)
	decode(files, "cves.yaml", &index, &diags)
	r.components, r.classes = components.Rules, classes.Classes
	for i := range r.components {
		r.components[i].lower()
	}
	r.readHostings(&hostings.Hostings, &diags)
	for i := range r.classes {
		for j := range r.classes[i].Copies {
			c := &r.classes[i].Copies[j]
			if c.citation = classes.Citations[c.Cite]; c.Cite != "" && c.citation == nil {
				fault(&diags, "classes.yaml", "class %s cites %q, which is no citation", r.classes[i].ID, c.Cite)
			}
		}
	}
	r.check(&diags)
	r.fill(index, &diags)
	return r, diags
}

// readHostings reads the traits and keeps their order.
func (r *Rules) readHostings(n *yaml.Node, diags *diag.List) {
	if err := n.Load(&r.hostings, yaml.WithKnownFields()); err != nil {
		fault(diags, "hostings.yaml", "%v", err)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		r.order = append(r.order, n.Content[i].Value)
	}
}

// decode reads one file. An unknown key is a fault.
func decode(files fs.FS, name string, into any, diags *diag.List) {
	text, err := fs.ReadFile(files, name)
	if err == nil {
		err = yaml.Load(bytes.TrimSpace(text), into, yaml.WithKnownFields())
	}
	if err != nil {
		fault(diags, name, "%v", err)
	}
}

func fault(diags *diag.List, file, format string, args ...any) {
	diags.Errorf(diag.Range{Path: path.Join("vuln/rules", file)}, "Rule does not fit", format, args...)
}

// check finds words that the rules do not have.
func (r *Rules) check(diags *diag.List) {
	for _, rule := range r.components {
		if r.class(rule.Class) == nil {
			fault(diags, "components.yaml", "there is no class %q", rule.Class)
		}
	}
	for _, c := range r.classes {
		for _, cp := range c.Copies {
			if _, ok := stack.LookupLayer(string(cp.Layer)); !ok && cp.Absent == "" && cp.Unknown == "" {
				fault(diags, "classes.yaml", "class %s has a copy in the layer %q, which there is not", c.ID, cp.Layer)
			}
			for _, id := range cp.On.Hosting {
				if _, ok := r.hostings[id]; !ok {
					fault(diags, "classes.yaml", "class %s names the hosting %q, which hostings.yaml does not have", c.ID, id)
				}
			}
		}
	}
	for _, rule := range r.residuals.Residuals {
		if !slices.Contains(residualOrder(), rule.Residual) {
			fault(diags, "residuals.yaml", "%q is no residual", rule.Residual)
		}
	}
	for _, rule := range r.residuals.Before {
		if _, err := time.Parse(time.DateOnly, rule.Until); err != nil || rule.Owner != Customer {
			fault(diags, "residuals.yaml", "a rule of before has a day until and the owner customer")
		}
	}
}

func (r *Rules) class(id string) *class {
	for i := range r.classes {
		if r.classes[i].ID == id {
			return &r.classes[i]
		}
	}
	return nil
}

// classOf finds the class of a component; nil when no rule takes it.
func (r *Rules) classOf(k key) *class {
	for i := range r.components {
		if r.components[i].takes(k) {
			return r.class(r.components[i].Class)
		}
	}
	return nil
}

func (rule *componentRule) takes(k key) bool {
	return anyGlob(rule.PURL, k.purl) || anyGlob(rule.Product, k.product) || anyGlob(rule.CPE, k.cpe)
}

// lower makes the patterns of a rule comparable with keys, which are in lower case.
func (rule *componentRule) lower() {
	for _, list := range [][]string{rule.PURL, rule.Product, rule.CPE} {
		for i := range list {
			list[i] = strings.ToLower(list[i])
		}
	}
}

func anyGlob(patterns []string, name string) bool {
	return name != "" && slices.ContainsFunc(patterns, func(p string) bool { return glob(p, name) })
}

// Classify tells in which layers a component can have copies, whatever the hosting. No rule for it gives none.
func (r *Rules) Classify(c Component) []Placement {
	k := c.key()
	cl := r.classOf(k)
	if cl == nil {
		return nil
	}
	if loc, ok := r.residuals.Locations[c.Location]; ok && loc.Layer != "" {
		return []Placement{{Class: cl.ID, Layer: loc.Layer, Why: fmt.Sprintf("%s is part of another program", k.name)}}
	}
	var out []Placement
	for _, cp := range cl.Copies {
		if cp.Layer == "" || slices.ContainsFunc(out, func(p Placement) bool { return p.Layer == cp.Layer }) {
			continue
		}
		if loc := r.residuals.Locations[c.Location]; len(loc.Layers) > 0 && !slices.Contains(loc.Layers, cp.Layer) {
			continue
		}
		out = append(out, Placement{Class: cl.ID, Layer: cp.Layer, Why: fmt.Sprintf("%s is a %s", k.name, cl.Title)})
	}
	slices.SortStableFunc(out, func(a, b Placement) int { return layerIndex(a.Layer) - layerIndex(b.Layer) })
	return out
}

func layerIndex(l stack.Layer) int {
	return slices.IndexFunc(stack.Layers(), func(i stack.LayerInfo) bool { return i.Layer == l })
}

// holds reports whether a selector takes a hosting and a component.
func (s *selector) holds(id string, t *has, k key) bool {
	return among(s.Hosting, id) && among(s.Machine, t.Machine) && among(s.Orchestrator, t.Orchestrator) && among(s.Ships, t.Ships) &&
		among(s.Containers, t.Containers) && among(s.GPU, t.GPU) && among(s.Edge, t.Edge) && among(s.Functions, t.Functions) &&
		among(s.Engine, t.hasEngine(k)) && (len(s.Product) == 0 || anyGlob(s.Product, k.short()))
}

func among[T comparable](list []T, x T) bool { return len(list) == 0 || slices.Contains(list, x) }

// short is the product's name, or the last part of a package's.
func (k key) short() string {
	if k.product != "" {
		return k.product
	}
	if _, product, ok := strings.Cut(k.cpe, ":"); ok {
		return product
	}
	return k.purl[strings.LastIndexByte(k.purl, '/')+1:]
}

// hasEngine reports whether the component is an engine of the service: "postgresql15-server" is PostgreSQL.
func (t *has) hasEngine(k key) bool {
	short := strings.ReplaceAll(k.short(), "_", "-")
	if short == "postgres" {
		short = "postgresql"
	}
	return slices.ContainsFunc(t.Engines, func(e string) bool {
		return short == e || strings.HasPrefix(short, e+"-") || glob(e+"[0-9]*", short) || strings.HasSuffix(short, "-"+e)
	})
}

// fits reports whether a rule takes these circumstances.
func (c *circumstances) fits(layer stack.Layer, place, id string, t *has, row string) bool {
	return among(c.Layer, layer) && among(c.Place, place) && among(c.Hosting, id) && among(c.Machine, t.Machine) &&
		among(c.Ships, t.Ships) && strings.Contains(row, c.Row)
}
