// Package evidence finds what else in the input speaks about a workload: the security groups on its interfaces, the log
// group that it writes to, the permissions of its role, whatever patches it. Whether a duty is met is judged on these
// beside the workload's own parts; who holds the duty never depends on them.
//
// There are two kinds. A joined role is data (joins.yaml): resources of one type that the workload's parts refer to, or
// that refer to a part, or that bear a name made from a part's. A derived role is a fact computed from several
// resources, of an onus:: type of the vocabulary: see derived.go for the list.
//
// Nothing is gathered before a condition asks for its role, and each role at most once a workload. What may be there but
// cannot be told is unknown: an id from a variable is an unknown member of the list, so that "all of them" is undecided
// unless a known one denies it.
//
// Data flow: inventory.Index and workload.Workload in, a Dossier with Parts out.
package evidence

import (
	"maps"
	"slices"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// Part is what stands in a role: the workload's own part, a joined resource, a list of them, or a derived fact.
type Part struct {
	// Value is what conditions read: a Map, a List of Maps for a role of many, Null when there is none, Unknown when
	// there may be.
	Value inventory.Value
	// Resources are the resources behind it, in the order of Value's members.
	Resources []*inventory.Resource
	// Because is set for derived facts: the properties that the fact was derived from.
	Because []workload.Evidence
	// About is set instead of Because where each property of a derived fact has evidence of its own: see Part.Evidence.
	About map[string][]workload.Evidence
	// Why names what would decide an unknown part or member.
	Why []inventory.Step
}

// Gatherer finds evidence in one inventory. It is not safe for concurrent use.
type Gatherer struct {
	inv      *inventory.Inventory
	ix       *inventory.Index
	identity *identity.Analyzer
	joins    map[string]*join
	derived  map[string]derivation
	// referrers holds, for a type and property, who refers to what.
	referrers map[string]*referrers
	// orders are the patch orders of the inventory, read when first asked for.
	orders *patchOrders
	// subjects are the facts about one resource, policies the resource policies of the input; nil until first asked.
	subjects map[subjectKey]Part
	policies *policiesBy
	// kube finds Kubernetes objects; nil until a fact asks.
	kube *kubeObjects
}

// Options tells New what the inventory does not hold.
type Options struct {
	// Identity analyses roles and policies; nil leaves what rests on it unknown.
	Identity *identity.Analyzer
}

// New prepares gathering; nothing is computed yet.
func New(inv *inventory.Inventory, ix *inventory.Index, opts Options) *Gatherer {
	return &Gatherer{
		inv: inv, ix: ix, identity: opts.Identity, joins: joins(), derived: derivations(),
		referrers: map[string]*referrers{}, subjects: map[subjectKey]Part{},
	}
}

// Fork returns a gatherer for the same inventory that may be used at the same time as g.
func (g *Gatherer) Fork() *Gatherer {
	var analyzer *identity.Analyzer
	if g.identity != nil {
		analyzer = g.identity.Fork()
	}
	return New(g.inv, g.ix, Options{Identity: analyzer})
}

// Diags returns what gathering found wrong in the input.
func (g *Gatherer) Diags() diag.List {
	if g.identity == nil {
		return nil
	}
	return g.identity.Diags()
}

// Of opens the dossier of a workload.
func (g *Gatherer) Of(w *workload.Workload) *Dossier {
	return &Dossier{g: g, Workload: w, parts: map[string]Part{}}
}

// OfResource opens the dossier of a resource that is no part of a workload: it stands alone, in the given role.
func (g *Gatherer) OfResource(r *inventory.Resource, role string) *Dossier {
	return g.Of(&workload.Workload{
		ID: r.Scope + " " + r.Address, Name: r.Name, Address: r.Address, Scope: r.Scope, Root: r,
		Hosting: workload.UnknownHosting, Parts: map[string]workload.Part{role: {Resource: r}},
	})
}

// Dossier is all that is known about one workload.
type Dossier struct {
	Workload *workload.Workload

	g     *Gatherer
	parts map[string]Part
}

// Part returns what stands in a role, as the given type, which begins with expr.Many for a list. A role that is neither
// the workload's nor known here is absent; a part of another type is unknown, for its properties would read as not set.
func (d *Dossier) Part(role, typ string) Part {
	if p, ok := d.Workload.Parts[role]; ok && (p.Unknown || p.Resource == nil || p.Resource.Type == typ) {
		return own(p)
	}
	key := role + " " + typ
	if p, ok := d.parts[key]; ok {
		return p
	}
	p := d.gather(role, typ)
	d.parts[key] = p
	return p
}

func (d *Dossier) gather(role, typ string) Part {
	if j, ok := d.g.joins[role]; ok && j.declared() == typ {
		return d.join(j)
	}
	if f, ok := d.g.derived[role]; ok && f.typ == typ {
		return f.derive(d)
	}
	if p, ok := d.Workload.Parts[role]; ok && p.Resource != nil {
		return Part{Value: inventory.UnknownValue(p.Resource.Origin), Resources: []*inventory.Resource{p.Resource}}
	}
	return Part{}
}

// own is the workload's own part as evidence.
func own(p workload.Part) Part {
	switch {
	case p.Unknown:
		return Part{Value: inventory.UnknownValue(diag.Range{}, p.Why...), Why: p.Why, Because: p.Because}
	case p.Resource == nil:
		return Part{Because: p.Because}
	}
	return Part{Value: properties(p.Resource), Resources: []*inventory.Resource{p.Resource}, Because: p.Because}
}

// properties are a resource's properties, an empty map when it has none.
func properties(r *inventory.Resource) inventory.Value {
	if r.Properties.IsNull() {
		return inventory.MapValue(nil, r.Origin)
	}
	return r.Properties
}

// Own returns the workload's part in a role when it is a known resource of the type, else nil.
func (d *Dossier) Own(role, typ string) *inventory.Resource {
	if p, ok := d.Workload.Parts[role]; ok && p.Resource != nil && p.Resource.Type == typ {
		return p.Resource
	}
	return nil
}

// Subjects returns the resources of the workload that checks of a type judge, each once: its own parts, the roles that
// these name, and what is joined by a role marked judged.
func (d *Dossier) Subjects(typ string) []*inventory.Resource {
	var out []*inventory.Resource
	for _, role := range sortedRoles(d.Workload.Parts) {
		if r := d.Own(role, typ); r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	if typ == typeRole {
		for _, r := range d.roles() {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	for _, j := range judgedJoins()[typ] {
		for _, r := range d.Part(j.role, j.declared()).Resources {
			if r != nil && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// judgedJoins are the joins marked judged by their type, in the order of their roles.
var judgedJoins = sync.OnceValue(func() map[string][]*join {
	out := map[string][]*join{}
	all := joins()
	for _, role := range slices.Sorted(maps.Keys(all)) {
		if j := all[role]; j.judged {
			out[j.typ] = append(out[j.typ], j)
		}
	}
	return out
})

// JudgedTypes returns the types that Subjects may find beyond a workload's own parts.
func JudgedTypes() []string {
	out := slices.AppendSeq([]string{typeRole}, maps.Keys(judgedJoins()))
	slices.Sort(out)
	return slices.Compact(out)
}

// Roles returns every role that is joined or derived here, with its type.
func Roles() map[string]string {
	out := map[string]string{}
	for role, j := range joins() {
		out[role] = j.declared()
	}
	for role, f := range derivations() {
		out[role] = f.typ
	}
	for _, role := range subjectRoles() {
		f, _ := aboutSubject(role)
		out[role] = f.typ
	}
	return out
}
