package evidence

import (
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// Facts about a subject are derived from the resource that a check judges, not from the workload: a task has two roles,
// and each is judged by what it can do itself. They are computed once a resource, however many workloads share it.

// The types of the facts about a subject, and their roles.
const (
	factRole     = "onus::RoleAccess"
	factTrust    = "onus::TrustAccess"
	factResource = "onus::ResourceAccess"
)

// subjectFact derives a fact about one resource.
type subjectFact struct {
	typ    string
	derive func(*Gatherer, *inventory.Resource) Part
}

// aboutSubject returns the derivation of a role; ok is false for the roles that are about the workload.
func aboutSubject(role string) (f subjectFact, ok bool) {
	switch role {
	case "roleAccess":
		return subjectFact{factRole, (*Gatherer).roleAccess}, true
	case "trustAccess":
		return subjectFact{factTrust, (*Gatherer).trustAccess}, true
	case "disks":
		return subjectFact{typeDisks, (*Gatherer).disks}, true
	case "groupIngress":
		return subjectFact{typeIngressed, (*Gatherer).groupIngress}, true
	case "secrets":
		return subjectFact{typeSecrets, (*Gatherer).secrets}, true
	case "resourceAccess":
		return subjectFact{factResource, (*Gatherer).resourceAccess}, true
	}
	return subjectFact{}, false
}

// subjectRoles are the roles of facts about a subject.
func subjectRoles() []string {
	return []string{"disks", "groupIngress", "resourceAccess", "roleAccess", "secrets", "trustAccess"}
}

// subjectKey names a resource and a role; views of one resource have one key.
type subjectKey struct{ role, scope, address string }

// PartFor is Part for a check that judges subject: a fact about the subject is derived from it alone.
func (d *Dossier) PartFor(subject *inventory.Resource, role, typ string) Part {
	f, ok := aboutSubject(role)
	if !ok || f.typ != typ || subject == nil {
		return d.Part(role, typ)
	}
	key := subjectKey{role, subject.Scope, subject.Address}
	if p, done := d.g.subjects[key]; done {
		return p
	}
	p := f.derive(d.g, subject)
	d.g.subjects[key] = p
	return p
}

// Evidence returns what the property of a derived fact was derived from: Because when nothing is told of the property
// by itself. The property is dotted, below the fact.
func (p Part) Evidence(property string) []workload.Evidence {
	if p.About == nil {
		return p.Because
	}
	name, _, _ := strings.Cut(property, ".")
	return p.About[name]
}

// Subjects of the type AWS::IAM::Role are all roles that the parts of a workload name.
func (d *Dossier) roles() []*inventory.Resource {
	if d.g.identity == nil {
		return nil
	}
	var out []*inventory.Resource
	for _, use := range d.g.identity.RolesOf(d.Workload) {
		if use.Role != nil {
			out = append(out, use.Role)
		}
	}
	return out
}

// workloadRoles derives onus::WorkloadRoles: one entry for each role that a part names, unknown for one that is not in the
// input.
func (d *Dossier) workloadRoles() Part {
	if d.g.identity == nil {
		return Part{Value: inventory.UnknownValue(noPlace())}
	}
	uses := d.g.identity.RolesOf(d.Workload)
	var entries []inventory.Value
	var because []workload.Evidence
	for _, use := range uses {
		at := use.Value.Origin()
		if use.Role != nil && !use.Role.Lookup {
			kind := inventory.StringValue(string(use.Kind), at)
			entries = append(entries, inventory.MapValue([]inventory.Property{{Name: "Kind", Value: kind}}, at))
			continue
		}
		why := inventory.Step{Name: roleName(use), Note: "is not in the input", At: at}
		entries = append(entries, inventory.UnknownValue(at, why))
		because = append(because, workload.Evidence{Property: use.From.Type + "." + use.Property, Value: inventory.UnknownValue(at, why)})
	}
	return Part{Value: fact(inventory.Property{Name: "Roles", Value: inventory.ListValue(entries, noPlace())}), Because: because}
}

func roleName(use identity.RoleUse) string {
	if text, ok := use.Value.Text(); ok && !use.Value.Sensitive() {
		return "the role " + diag.Clip(text, 80)
	}
	return "the role"
}

// threeValued is a fact in three values: yes is certain, maybe hangs on something unknown.
func threeValued(t identity.Truth, at diag.Range, why ...inventory.Step) inventory.Value {
	if t == identity.Maybe {
		return inventory.UnknownValue(at, why...)
	}
	return inventory.BoolValue(t == identity.Yes, at)
}
