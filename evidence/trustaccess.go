package evidence

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// answers collects a fact of several answers in three values, with the evidence of each.
type answers struct {
	at    diag.Range
	truth map[string]identity.Truth
	about map[string][]workload.Evidence
}

func newAnswers(at diag.Range, names ...string) *answers {
	a := &answers{at: at, truth: map[string]identity.Truth{}, about: map[string][]workload.Evidence{}}
	for _, name := range names {
		a.truth[name], a.about[name] = identity.No, []workload.Evidence{}
	}
	return a
}

// add raises an answer, with what it rests on.
func (a *answers) add(name string, t identity.Truth, e workload.Evidence) {
	if t == identity.No {
		return
	}
	a.truth[name] = max(a.truth[name], t)
	a.about[name] = append(a.about[name], e)
}

// openAll leaves every answer open that is not certain.
func (a *answers) openAll(e workload.Evidence) {
	for name := range a.truth {
		a.add(name, identity.Maybe, e)
	}
}

// part is the fact; more are properties that are no answers.
func (a *answers) part(r *inventory.Resource, more ...inventory.Property) Part {
	props := more
	for name, t := range a.truth {
		var why []inventory.Step
		for _, e := range a.about[name] {
			why = append(why, e.Value.Unresolved()...)
		}
		props = append(props, inventory.Property{Name: name, Value: threeValued(t, a.at, why...)})
		if t == identity.Yes { // what is certain needs no doubts beside it
			a.about[name] = certain(a.about[name])
		}
	}
	return Part{Value: inventory.MapValue(props, a.at), About: a.about, Resources: []*inventory.Resource{r}}
}

func certain(list []workload.Evidence) []workload.Evidence {
	var out []workload.Evidence
	for _, e := range list {
		if !e.Value.IsUnknown() {
			out = append(out, e)
		}
	}
	return out
}

// trustAccess derives onus::TrustAccess: who may assume a role.
func (g *Gatherer) trustAccess(r *inventory.Resource) Part {
	if g.identity == nil || r.Lookup {
		return Part{Value: inventory.UnknownValue(r.Origin, inventory.Step{Name: r.Address, Note: "is not declared in the input", At: r.Origin})}
	}
	const property = typeRole + ".AssumeRolePolicyDocument.Statement"
	a := newAnswers(r.Origin, "Public", "CrossAccountWithoutExternalId", "FederationWithoutSubject", "Unused")
	p := g.identity.Principal(r)
	for _, one := range p.Trust {
		e := accessEvidence(property, one)
		a.add("Public", lets(one, identity.Public), e)
		if !one.ExternalID {
			a.add("CrossAccountWithoutExternalId", lets(one, identity.CrossAccount), e)
		}
		a.add("FederationWithoutSubject", lets(one, identity.UnguardedFederation), e)
		if one.Verdict == identity.TrustedService && one.Unused == identity.Yes {
			a.add("Unused", identity.Yes, workload.Evidence{Property: property, Value: wording(one.Principal.ID.Text, one.Statement.Value)})
		}
	}
	for _, v := range g.identity.Trust(r).Open {
		a.openAll(workload.Evidence{Property: typeRole + ".AssumeRolePolicyDocument", Value: inventory.UnknownValue(v.Origin(), openSteps(v)...)})
	}
	return a.part(r)
}

// lets tells whether an access is of a kind: Maybe when an unknown value decides and this is the worst that it may be.
func lets(one identity.Access, kind identity.Verdict) identity.Truth {
	switch {
	case one.Verdict == kind:
		return identity.Yes
	case one.Verdict == identity.Undetermined && one.Worst == kind:
		return identity.Maybe
	}
	return identity.No
}

// accessEvidence cites the statement of an access, or the value that leaves it open.
func accessEvidence(property string, one identity.Access) workload.Evidence {
	if one.Verdict != identity.Undetermined {
		return workload.Evidence{Property: property, Value: wording(allowsTo(one.Statement, one.Principal), one.Statement.Value)}
	}
	at := one.Because.Origin()
	if at == noPlace() {
		at = one.Statement.Value.Origin()
	}
	why := one.Because.Unresolved()
	text, known := one.Because.Text()
	switch {
	case known && one.Worst == identity.CrossAccount:
		why = append(why, inventory.Step{Name: diag.Clip(text, maxShown), Note: "may be your own account or another's", At: at})
	case len(why) == 0:
		why = append(why, inventory.Step{Name: allowsTo(one.Statement, one.Principal), Note: "has a principal or condition that is not known", At: at})
	}
	return workload.Evidence{Property: property, Value: inventory.UnknownValue(at, why...)}
}
