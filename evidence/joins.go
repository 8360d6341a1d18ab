package evidence

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

//go:embed joins.yaml
var joinsYAML []byte

// join is one role of joins.yaml.
type join struct {
	role, typ    string
	many, judged bool
	// from are "role.Property" paths whose references lead to the resources; a bare role stands for its whole part.
	from []string
	// to maps a property of the type to the role of the part that it refers to; several are alternatives.
	to []target
	// name maps a property of the type to a name made from parts: "/aws/lambda/${function.FunctionName}".
	name []target
}

type target struct{ property, part string }

func (j *join) declared() string {
	if j.many {
		return expr.Many + j.typ
	}
	return j.typ
}

// joinFile is the shape of joins.yaml.
type joinFile struct {
	Joins []struct {
		Role   string              `yaml:"role"`
		Type   string              `yaml:"type"`
		Many   bool                `yaml:"many"`
		Judged bool                `yaml:"judged"`
		From   []string            `yaml:"from"`
		To     []map[string]string `yaml:"to"`
		Name   []map[string]string `yaml:"name"`
	} `yaml:"joins"`
}

// joins parses the table once; a mistake in it is one in this program, and its test names it.
var joins = sync.OnceValue(func() map[string]*join {
	table, err := parseJoins(joinsYAML)
	if err != nil {
		return nil
	}
	return table
})

func parseJoins(data []byte) (map[string]*join, error) {
	var file joinFile
	if err := yaml.Load(data, &file, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("read the table of joins: %w", err)
	}
	out := make(map[string]*join, len(file.Joins))
	for _, f := range file.Joins {
		j := &join{role: f.Role, typ: f.Type, many: f.Many, judged: f.Judged, from: f.From}
		j.to, j.name = targets(f.To), targets(f.Name)
		if out[j.role] != nil {
			return nil, fmt.Errorf("read the table of joins: the role %q comes twice", j.role)
		}
		out[j.role] = j
	}
	return out, nil
}

func targets(list []map[string]string) []target {
	var out []target
	for _, m := range list {
		for _, property := range slices.Sorted(maps.Keys(m)) {
			out = append(out, target{property, m[property]})
		}
	}
	return out
}

func sortedRoles(parts map[string]workload.Part) []string {
	return slices.Sorted(maps.Keys(parts))
}

// members collects what a join finds.
type members struct {
	values    []inventory.Value
	resources []*inventory.Resource
	why       []inventory.Step
}

func (m *members) add(r *inventory.Resource) {
	if slices.Contains(m.resources, r) {
		return
	}
	v := properties(r)
	if len(r.MaybeAbsent) > 0 {
		v, m.why = inventory.UnknownValue(r.Origin, r.MaybeAbsent...), append(m.why, r.MaybeAbsent...)
	}
	m.values, m.resources = append(m.values, v), append(m.resources, r)
}

// open adds a member that may be there but cannot be told.
func (m *members) open(at diag.Range, why ...inventory.Step) {
	m.values = append(m.values, inventory.UnknownValue(at, why...))
	m.resources = append(m.resources, nil)
	m.why = append(m.why, why...)
}

// join gathers a role of joins.yaml.
func (d *Dossier) join(j *join) Part {
	var m members
	for _, path := range j.from {
		d.follow(&m, j, path)
	}
	for _, t := range j.to {
		d.referring(&m, j, t)
	}
	for _, t := range j.name {
		d.named(&m, j, t)
	}
	if j.many {
		if len(m.values) == 0 {
			return Part{}
		}
		return Part{Value: inventory.ListValue(m.values, m.values[0].Origin()), Resources: m.resources, Why: m.why}
	}
	switch len(m.values) {
	case 0:
		return Part{}
	case 1:
		return Part{Value: m.values[0], Resources: m.resources, Why: m.why}
	}
	why := inventory.Step{Name: j.typ, Note: "is there more than once"}
	return Part{Value: inventory.UnknownValue(m.values[0].Origin(), why), Resources: m.resources, Why: append(m.why, why)}
}

// part finds the workload's part, or a joined one, by role alone.
func (d *Dossier) part(role string) Part {
	if p, ok := d.Workload.Parts[role]; ok {
		return own(p)
	}
	if j, ok := d.g.joins[role]; ok {
		return d.Part(role, j.declared())
	}
	return Part{}
}

// follow adds the resources that a property of a part refers to. A reference that leads nowhere in the input, or a
// literal id, is an unknown member.
func (d *Dossier) follow(m *members, j *join, path string) {
	role, property, _ := strings.Cut(path, ".")
	p := d.part(role)
	for _, from := range p.Resources {
		if from == nil {
			continue
		}
		for _, v := range below(from.Properties, property) {
			d.leads(m, j, from, v, 0)
		}
	}
}

// below returns the values that a dotted path leads to, one for each member of the lists on the way.
func below(v inventory.Value, path string) []inventory.Value {
	if path == "" || v.IsUnknown() {
		return []inventory.Value{v}
	}
	if v.Kind() == inventory.List {
		var out []inventory.Value
		for _, item := range v.List() {
			out = append(out, below(item, path)...)
		}
		return out
	}
	name, rest, _ := strings.Cut(path, ".")
	return below(v.Get(name), rest)
}

// maxHops bounds how deep a property's lists are entered for references.
const maxHops = 6

func (d *Dossier) leads(m *members, j *join, from *inventory.Resource, v inventory.Value, depth int) {
	if v.Kind() == inventory.List && depth < maxHops {
		for _, item := range v.List() {
			d.leads(m, j, from, item, depth+1)
		}
		return
	}
	found := d.g.ix.FollowType(from, v, j.typ)
	for _, r := range found {
		m.add(r)
	}
	if len(found) > 0 || v.IsNull() {
		return
	}
	text, known := v.Text()
	switch {
	case v.Kind() == inventory.Map:
		return // an object refers by what is inside, which FollowType has seen
	case known && len(v.AllRefs()) == 0:
		if r := d.g.byName(j.typ, from.Scope, text); r != nil {
			m.add(r)
			return
		}
		m.open(v.Origin(), inventory.Step{Name: diag.Clip(text, 60), Note: "is not in the input", At: v.Origin()})
	default:
		m.open(v.Origin(), unresolved(v, j.typ)...)
	}
}

func unresolved(v inventory.Value, typ string) []inventory.Step {
	if steps := v.Unresolved(); len(steps) > 0 {
		return steps
	}
	return []inventory.Step{{Name: typ, Note: "is not in the input", At: v.Origin()}}
}

// referrers are the resources of a type by what one of their properties refers to or says.
type referrers struct {
	to     map[*inventory.Resource][]*inventory.Resource
	texts  map[string][]*inventory.Resource
	unsure []*inventory.Resource
}

func (g *Gatherer) referrersOf(typ, property string) *referrers {
	key := typ + " " + property
	if r, ok := g.referrers[key]; ok {
		return r
	}
	out := &referrers{to: map[*inventory.Resource][]*inventory.Resource{}, texts: map[string][]*inventory.Resource{}}
	g.referrers[key] = out
	for _, r := range g.ix.OfType(typ) {
		if !r.Lookup {
			out.index(g, r, r.Get(property))
		}
	}
	return out
}

func (o *referrers) index(g *Gatherer, r *inventory.Resource, v inventory.Value) {
	found := g.ix.Follow(r, v)
	for _, to := range found {
		o.to[to] = append(o.to[to], r)
	}
	for _, item := range flat(v, 0) {
		if text, ok := item.Text(); ok {
			o.texts[text] = append(o.texts[text], r)
			continue
		}
		if item.IsUnknown() && len(g.ix.Follow(r, item)) == 0 {
			o.unsure = append(o.unsure, r)
		}
	}
}

func flat(v inventory.Value, depth int) []inventory.Value {
	if v.Kind() != inventory.List || depth >= maxHops {
		return []inventory.Value{v}
	}
	var out []inventory.Value
	for _, item := range v.List() {
		out = append(out, flat(item, depth+1)...)
	}
	return out
}

// referring adds the resources whose property refers to a part, by reference or by its name. One whose property cannot
// be told may be another of them.
func (d *Dossier) referring(m *members, j *join, t target) {
	refs := d.g.referrersOf(j.typ, t.property)
	for _, part := range d.part(t.part).Resources {
		if part == nil {
			continue
		}
		for _, r := range refs.to[d.declared(part)] {
			m.add(r)
		}
		for _, name := range namesOf(part) {
			for _, r := range refs.texts[name] {
				if r.Scope == part.Scope {
					m.add(r)
				}
			}
		}
		for _, r := range refs.unsure {
			if r.Scope == part.Scope {
				m.open(r.Origin, inventory.Step{Name: r.Address, Note: "may refer to it", At: r.Origin})
			}
		}
	}
}

// namesOf are the texts that name a resource to others: the properties of its type that CloudFormation calls so.
func namesOf(r *inventory.Resource) []string {
	short := r.Type[strings.LastIndex(r.Type, ":")+1:]
	var out []string
	for _, property := range []string{"Name", short + "Name", short + "Id", short + "Identifier", "Id", "Arn", "GroupId", "GroupName"} {
		if text, ok := r.Get(property).Text(); ok && text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// byName finds the one resource of a type and scope that a literal text names.
func (g *Gatherer) byName(typ, scope, text string) *inventory.Resource {
	for _, r := range g.ix.OfType(typ) {
		if r.Scope == scope && slices.Contains(namesOf(r), text) {
			return r
		}
	}
	return nil
}

// named adds the resources whose property says the name that the pattern makes of the parts.
func (d *Dossier) named(m *members, j *join, t target) {
	want, ok := d.expand(t.part)
	if !ok {
		return
	}
	refs := d.g.referrersOf(j.typ, t.property)
	for _, r := range refs.texts[want] {
		if r.Scope == d.Workload.Scope {
			m.add(r)
		}
	}
	prefix, part, _ := strings.Cut(t.part, "${")
	role, _, _ := strings.Cut(strings.TrimSuffix(part, "}"), ".")
	for _, p := range d.part(role).Resources {
		if p == nil {
			continue
		}
		for _, r := range refs.to[d.declared(p)] {
			if text := r.Get(t.property).Partial(); p != nil && (text == "" || strings.HasPrefix(text, prefix)) {
				m.add(r) // "/aws/lambda/${aws_lambda_function.x.function_name}" refers to the function
			}
		}
	}
}

// expand makes the name of a pattern; ok is false when a property in it is not known.
func (d *Dossier) expand(pattern string) (string, bool) {
	var out strings.Builder
	for {
		head, rest, more := strings.Cut(pattern, "${")
		out.WriteString(head)
		if !more {
			return out.String(), true
		}
		path, tail, _ := strings.Cut(rest, "}")
		role, property, _ := strings.Cut(path, ".")
		text, ok := d.part(role).Value.Get(property).Text()
		if !ok {
			return "\x00", len(d.part(role).Resources) > 0
		}
		out.WriteString(text)
		pattern = tail
	}
}
