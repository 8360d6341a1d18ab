package evidence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

const (
	typeRole  = "AWS::IAM::Role"
	typeUser  = "AWS::IAM::User"
	typeGroup = "AWS::IAM::Group"
)

// roleAccess derives onus::RoleAccess: what a role, user or group can do by its policies, or what a policy gives to
// whomever it is attached to.
//
// What is certain are values, what hangs on something unknown are unknown values and members: a policy that is not in the
// input leaves every list with an unknown member, unless something certain decides. For an administrator nothing more is
// listed: nothing is left to gain.
func (g *Gatherer) roleAccess(r *inventory.Resource) Part {
	if g.identity == nil || r.Lookup {
		return Part{Value: inventory.UnknownValue(r.Origin, inventory.Step{Name: r.Address, Note: "is not declared in the input", At: r.Origin})}
	}
	b := &accessBuilder{g: g, about: map[string][]workload.Evidence{}}
	principal := r.Type == typeRole || r.Type == typeUser || r.Type == typeGroup
	if principal {
		b.p = g.identity.Principal(r)
	} else {
		b.p = g.identity.Alone(r)
	}
	b.unknown = b.p.Open
	if b.p.Unread && len(b.p.Policies) == 0 { // what gives the role its policies was not read
		b.unknown = append(b.unknown, inventory.UnknownValue(r.Origin, inventory.Step{Name: "its policies", Note: "may lie in a part of the input that was not read", At: r.Origin}))
	}
	b.admin()
	b.escalations()
	b.wildcards()
	b.exposures()
	b.counts()
	b.set("Attached", inventory.BoolValue(principal || g.identity.Attached(r), r.Origin))
	b.set("Boundary", inventory.BoolValue(b.p.Boundary != nil, r.Origin))
	b.own()
	b.set("Open", inventory.BoolValue(len(b.unknown) > 0, r.Origin))
	return Part{Value: inventory.MapValue(b.props, r.Origin), About: b.about, Why: b.why(), Resources: []*inventory.Resource{r}}
}

// accessBuilder builds the fact property by property, with the evidence of each.
type accessBuilder struct {
	g *Gatherer
	p *identity.PrincipalAnalysis
	// unknown are the policies and statements that may allow more.
	unknown []inventory.Value
	props   []inventory.Property
	about   map[string][]workload.Evidence
}

func (b *accessBuilder) set(name string, v inventory.Value) {
	b.props = append(b.props, inventory.Property{Name: name, Value: v})
}

// why names the policies that are not known.
func (b *accessBuilder) why() []inventory.Step {
	var out []inventory.Step
	for _, v := range b.unknown {
		out = append(out, openSteps(v)...)
	}
	return out
}

func openSteps(v inventory.Value) []inventory.Step {
	if steps := v.Unresolved(); len(steps) > 0 {
		return steps
	}
	if text, ok := v.Text(); ok && text != "" && len(text) <= 2*maxShown && !v.Sensitive() {
		return []inventory.Step{{Name: text, Note: "is not in the input", At: v.Origin()}}
	}
	return []inventory.Step{{Name: "the policy", Note: "could not be read", At: v.Origin()}}
}

// open is the evidence of the policies that are not known.
func (b *accessBuilder) open() []workload.Evidence {
	var out []workload.Evidence
	for _, v := range b.unknown {
		out = append(out, workload.Evidence{Property: b.p.Principal.Type + ".Policies", Value: inventory.UnknownValue(v.Origin(), openSteps(v)...)})
	}
	return out
}

// list sets a list of entries, with an unknown member for what policies that are not known may add.
func (b *accessBuilder) list(name string, entries []inventory.Value, because []workload.Evidence) {
	if len(b.unknown) > 0 && !b.isAdmin() {
		entries = append(entries, inventory.UnknownValue(b.unknown[0].Origin(), b.why()...))
		because = append(because, b.open()...)
	}
	b.set(name, inventory.ListValue(entries, b.p.Principal.Origin))
	b.about[name] = because
}

// evidence cites a statement: what matters about it first, then the statement in words.
func (b *accessBuilder) evidence(s *identity.Statement, certain bool, what string) workload.Evidence {
	property, cite, policy := sourceOf(b.p, s)
	text := said(s, policy)
	if what != "" {
		text = what + ", by " + text
	}
	if !certain {
		why := inventory.Step{Name: text, Note: "depends on what is not known", At: cite.Origin()}
		return workload.Evidence{Property: property, Value: inventory.UnknownValue(cite.Origin(), append(cite.Unresolved(), why)...)}
	}
	return workload.Evidence{Property: property, Value: wording(text, cite)}
}

func (b *accessBuilder) isAdmin() bool { return b.p.Summary.Admin == identity.Yes }

// admin sets Admin, by the statements that are about all actions.
func (b *accessBuilder) admin() {
	truth := b.p.Summary.Admin
	if truth == identity.No && len(b.unknown) > 0 {
		truth = identity.Maybe
	}
	var because []workload.Evidence
	if b.p.Summary.Admin > identity.No {
		for _, p := range b.p.Policies {
			for i := range p.Document.Statements {
				s := &p.Document.Statements[i]
				if s.Effect != identity.Deny && (s.NotAction || slices.ContainsFunc(s.Actions, everything)) {
					because = append(because, b.evidence(s, truth == identity.Yes, ""))
				}
			}
		}
	}
	if len(because) == 0 && b.isAdmin() { // many statements together
		for _, w := range b.p.Summary.Wildcards {
			because = append(because, b.evidence(w.Statement, true, ""))
		}
	}
	if truth == identity.Maybe {
		because = append(because, b.open()...)
	}
	b.set("Admin", threeValued(truth, b.p.Principal.Origin, b.why()...))
	b.about["Admin"] = because
}

func everything(p identity.Pattern) bool { return p.Text == "" || p.Text == "*" || p.Text == "*:*" }

// escalations lists the paths to more permissions on resources that no statement names, each by its name.
func (b *accessBuilder) escalations() {
	var entries []inventory.Value
	var because []workload.Evidence
	for _, e := range b.p.Escalations {
		if e.Reach == identity.ReachNamed || b.isAdmin() {
			continue
		}
		actions := make([]string, 0, len(e.Steps))
		for _, s := range e.Steps {
			actions = append(actions, s.Action)
		}
		grant := weakest(e.Steps)
		if _, _, policy := sourceOf(b.p, grant); fitted(policy) {
			continue
		}
		certain := e.Truth == identity.Yes
		evidence := b.evidence(grant, certain, fmt.Sprintf("the path %s (%s)", e.Name, strings.Join(actions, " and ")))
		because = append(because, evidence)
		at := evidence.Value.Origin()
		if !certain {
			entries = append(entries, evidence.Value)
			continue
		}
		entries = append(entries, inventory.MapValue([]inventory.Property{
			{Name: "Name", Value: inventory.StringValue(e.Name, at)}, {Name: "What", Value: inventory.StringValue(e.What, at)},
			{Name: "Actions", Value: stringList(actions, evidence.Value)},
		}, at))
	}
	b.list("Escalations", entries, because)
}

// weakest is the statement of the step that is the least certain, the first of several.
func weakest(steps []identity.Step) *identity.Statement {
	var out *identity.Statement
	var truth identity.Truth
	for _, s := range steps {
		for _, g := range s.Grants {
			if len(g.Statements) > 0 && g.Truth == s.Truth && (out == nil || s.Truth < truth) {
				out, truth = g.Statements[0], s.Truth
			}
		}
	}
	if out == nil {
		return &identity.Statement{}
	}
	return out
}

func stringList(list []string, at inventory.Value) inventory.Value {
	out := make([]inventory.Value, 0, len(list))
	for _, s := range list {
		out = append(out, inventory.StringValue(s, at.Origin()))
	}
	return inventory.ListValue(out, at.Origin())
}

// wildcards lists the action patterns that give more than reading on every resource of a service. Those of policies that
// AWS fitted to a service are left out.
func (b *accessBuilder) wildcards() {
	var entries []inventory.Value
	var because []workload.Evidence
	for _, w := range b.p.Summary.Wildcards {
		_, cite, policy := sourceOf(b.p, w.Statement)
		if b.isAdmin() || fitted(policy) || channel(w.Pattern.Text) {
			continue
		}
		certain := w.Broad == identity.Yes
		if !certain && w.Statement.Conditional() {
			continue
		}
		evidence := b.evidence(w.Statement, certain, fmt.Sprintf("%s on every resource (%s)", w.Pattern.Text, given(w)))
		because = append(because, evidence)
		at := cite.Origin()
		if !certain {
			entries = append(entries, evidence.Value)
			continue
		}
		service, name, _ := strings.Cut(w.Pattern.Text, ":")
		entries = append(entries, inventory.MapValue([]inventory.Property{
			{Name: "Action", Value: inventory.StringValue(w.Pattern.Text, at)}, {Name: "Service", Value: inventory.StringValue(service, at)},
			{Name: "Whole", Value: inventory.BoolValue(name == "*" || service == "*", at)},
			{Name: "Writes", Value: inventory.NumberValue(float64(w.Writes), at)}, {Name: "Permissions", Value: inventory.NumberValue(float64(w.Permissions), at)},
		}, at))
	}
	b.list("Wildcards", entries, because)
}

// channel reports a pattern of the services through which agents talk to AWS: their actions know no resources, and reach
// none but the agent's own.
func channel(pattern string) bool {
	service, _, _ := strings.Cut(pattern, ":")
	return service == "ec2messages" || service == "ssmmessages" || service == "xray"
}

func given(w identity.Wildcard) string {
	switch {
	case w.Permissions == 0:
		return fmt.Sprintf("%d writing", w.Writes)
	case w.Writes == 0:
		return fmt.Sprintf("%d managing permissions", w.Permissions)
	}
	return fmt.Sprintf("%d writing, %d managing permissions", w.Writes, w.Permissions)
}

// exposures lists the data actions on every resource, but for those of a wildcard that is listed and of AWS's fitted
// policies.
func (b *accessBuilder) exposures() {
	listed := map[*identity.Statement]bool{}
	for _, w := range b.p.Summary.Wildcards {
		listed[w.Statement] = true
	}
	var entries []inventory.Value
	var because []workload.Evidence
	for _, x := range b.p.Exposures {
		s := x.Grant.Statements[0]
		_, _, policy := sourceOf(b.p, s)
		if b.isAdmin() || listed[s] || fitted(policy) {
			continue
		}
		certain := x.Truth == identity.Yes
		evidence := b.evidence(s, certain, x.Action+" on every resource")
		because = append(because, evidence)
		if !certain {
			entries = append(entries, evidence.Value)
			continue
		}
		at := evidence.Value.Origin()
		entries = append(entries, inventory.MapValue([]inventory.Property{{Name: "Action", Value: inventory.StringValue(x.Action, at)}}, at))
	}
	b.list("Exposures", entries, because)
}

// own counts the policies that a principal has by itself and not by a group.
func (b *accessBuilder) own() {
	n := 0
	because := []workload.Evidence{}
	for _, p := range b.p.Policies {
		if p.Group != nil {
			continue
		}
		n++
		at := p.Attached
		if p.Resource != nil && at.Origin() == noPlace() {
			at = inventory.StringValue(p.Name, p.Resource.Origin)
		}
		because = append(because, workload.Evidence{Property: b.p.Principal.Type + ".Policies", Value: wording(string(p.Kind)+" policy "+p.Name, at)})
	}
	b.set("Own", inventory.NumberValue(float64(n), b.p.Principal.Origin))
	b.about["Own"] = because
}

// counts sets how many actions are certainly allowed, of the control plane and of the data plane, and by access level.
func (b *accessBuilder) counts() {
	at := b.p.Principal.Origin
	control, data := 0, 0
	var levels []inventory.Value
	for level, c := range b.p.Summary.Counts {
		control, data = control+c.Control, data+c.Data
		levels = append(levels, inventory.MapValue([]inventory.Property{
			{Name: "Level", Value: inventory.StringValue(identity.Level(level).String(), at)},
			{Name: "Control", Value: inventory.NumberValue(float64(c.Control), at)}, {Name: "Data", Value: inventory.NumberValue(float64(c.Data), at)},
		}, at))
	}
	b.set("ControlActions", inventory.NumberValue(float64(control), at))
	b.set("DataActions", inventory.NumberValue(float64(data), at))
	b.set("Levels", inventory.ListValue(levels, at))
	b.set("Services", stringList(b.p.Summary.Services, inventory.UnknownValue(at)))
}
