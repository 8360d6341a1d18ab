package vuln

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
)

// Who answers whose job a vulnerability is in a target. It never fails: what nothing is known about is undetermined.
func (m *Model) Who(v Vulnerability, t Target) Answer {
	s := m.subject(t)
	a := Answer{Hosting: s.id, Basis: Rule, Parts: []Part{}, Steps: []Residual{}, Layers: []stack.Layer{}}
	if s.w != nil {
		a.HostingTitle = s.w.HostingTitle
	}
	if t.Workload != nil {
		w := t.Workload
		a.Workload = &Subject{ID: w.ID, Name: w.Name, Address: w.Address, Source: w.Source}
	} else {
		a.Assumes = s.assumes
	}
	if f := v.Facts; f != nil && f.Disclosed+f.Fixed != "" {
		a.Dates = &Dates{Disclosed: f.Disclosed, Fixed: f.Fixed}
	}
	if x := exempted(v.Facts, s.id); x != nil {
		a.Triple, a.Reason, a.Basis, a.Citation = nobody, x.Why, Documented, x.Cite
		a.Steps = []Residual{None}
		return a
	}
	if len(v.Components) == 0 {
		a.Triple = unknown
		a.Reason = "Nothing that is loaded says which component this is in; name it with a package URL or a CPE."
		a.Steps = []Residual{UnknownResidual}
		return a
	}
	if t.Workload != nil && len(t.Workload.HostingCandidates) > 0 && s.traits == nil {
		m.weigh(&a, v, t)
		return a
	}
	for _, c := range v.Components {
		a.Parts = append(a.Parts, m.parts(&v, c, s)...)
	}
	m.join(&a, &v, s)
	return a
}

// weigh answers for a workload whose hosting is not known: what every possible hosting agrees on, else undetermined with
// the answer of each.
func (m *Model) weigh(a *Answer, v Vulnerability, t Target) {
	agree := true
	var first Answer
	var steps []Residual
	var todo []string
	for i, c := range t.Workload.HostingCandidates {
		b := m.Who(v, Target{Hosting: c.Hosting})
		if i == 0 {
			first = b
		}
		agree = agree && b.Who == first.Who
		steps = append(steps, b.Steps...)
		todo = addText(todo, b.Todo)
		a.Conditions = append(a.Conditions, Condition{When: c.When + " (" + c.Hosting + ")", Triple: b.Triple})
	}
	a.DecidedBy = t.Workload.DecidedBy
	if !agree || first.Who == Undetermined {
		a.Triple, a.Steps = unknown, []Residual{UnknownResidual}
		a.Reason = "It depends on how this is hosted, which is not known."
		return
	}
	a.Triple, a.Layers, a.Parts, a.Mitigation = first.Triple, first.Layers, first.Parts, first.Mitigation
	for _, r := range residualOrder() {
		if slices.Contains(steps, r) && (r != None || len(a.Steps) == 0) {
			a.Steps = append(a.Steps, r)
		}
	}
	a.Residual, a.Todo = a.Steps[0], strings.Join(todo, " Or: ")
	a.Reason, a.Basis, a.Citation = "Every possible hosting agrees. "+first.Reason, first.Basis, first.Citation
	a.Provided = first.Provided
	if len(todo) < 2 {
		a.Conditions = nil
	}
}

func addText(to []string, text string) []string {
	if text == "" || slices.Contains(to, text) {
		return to
	}
	return append(to, text)
}

func exempted(f *Facts, hosting string) *exemption {
	if f == nil {
		return nil
	}
	for i := range f.Exempt {
		if anyGlob(f.Exempt[i].Hosting, hosting) {
			return &f.Exempt[i]
		}
	}
	return nil
}

// join makes one answer of the copies.
func (m *Model) join(a *Answer, v *Vulnerability, s *subject) {
	deciding := weighty(a.Parts)
	lead := a.unite(deciding)
	a.Reason, a.Basis, a.Citation, a.Provided = lead.Reason, lead.Basis, lead.Citation, lead.Provided
	if other := otherOwner(deciding, lead); other != nil {
		a.Reason += " " + other.Reason
	}
	for i := range a.Parts {
		p := &a.Parts[i]
		if p.Layer != "" && p.Who != NotAffected && !slices.Contains(a.Layers, p.Layer) {
			a.Layers = append(a.Layers, p.Layer)
		}
	}
	slices.SortStableFunc(a.Layers, func(x, y stack.Layer) int { return layerIndex(x) - layerIndex(y) })
	for _, p := range deciding {
		a.addCircumstances(p)
	}
	a.afterwards(v, s, m)
}

// addCircumstances collects conditions, evidence and deadlines of the deciding copies.
func (a *Answer) addCircumstances(p *Part) {
	for _, c := range p.conditions {
		same := func(x Condition) bool { return x.When == c.When }
		if !slices.ContainsFunc(a.Conditions, same) && (c.Who != a.Who || c.Residual != a.Residual) {
			a.Conditions = append(a.Conditions, c)
		}
	}
	if a.Workload != nil {
		for _, d := range p.decidedBy {
			if !slices.ContainsFunc(a.DecidedBy, func(x allocation.Decider) bool { return x.Property == d.Property }) {
				a.DecidedBy = append(a.DecidedBy, d)
			}
		}
	}
	if p.deadline != "" && a.Who != NotAffected {
		if a.Dates == nil {
			a.Dates = &Dates{}
		}
		a.Dates.Deadline = p.deadline
	}
}

// weighty returns the copies that decide: not those that are absent when others are there, not tools outside when
// something inside is hit, and not what AWS keeps beneath when the customer has a copy too.
func weighty(parts []Part) []*Part {
	all := make([]*Part, 0, len(parts))
	for i := range parts {
		all = append(all, &parts[i])
	}
	prefer := func(keep func(*Part) bool) {
		var kept []*Part
		for _, p := range all {
			if keep(p) {
				kept = append(kept, p)
			}
		}
		if len(kept) > 0 {
			all = kept
		}
	}
	prefer(func(p *Part) bool { return p.Who != NotAffected })
	prefer(func(p *Part) bool { return !p.outside })
	prefer(func(p *Part) bool { return !p.beneath || p.Who != AWS })
	return all
}

// unite sets the triple and the steps, and returns the copy that the answer is explained by.
func (a *Answer) unite(parts []*Part) *Part {
	count := map[Who]int{}
	for _, p := range parts {
		count[p.Who]++
	}
	switch {
	case count[Customer] > 0 && count[AWS] > 0:
		a.Who = Both
	case count[Customer] > 0:
		a.Who = Customer
	case count[Undetermined] > 0:
		a.Who = Undetermined
	case count[AWS] > 0:
		a.Who = AWS
	default:
		a.Who = NotAffected
	}
	lead := parts[0]
	for _, p := range parts {
		if weight(p, a.Who) < weight(lead, a.Who) {
			lead = p
		}
	}
	a.FixBuiltBy, a.AppliedBy = lead.FixBuiltBy, lead.AppliedBy
	for _, r := range residualOrder() {
		if slices.ContainsFunc(parts, func(p *Part) bool { return p.Residual == r && r != None && p.counts(a.Who) }) {
			a.Steps = append(a.Steps, r)
		}
	}
	if len(a.Steps) == 0 {
		a.Steps = []Residual{None}
	}
	a.Residual = a.Steps[0]
	var todo []string
	for _, p := range parts {
		if p.Todo != "" && p.counts(a.Who) && !slices.Contains(todo, p.Todo) {
			todo = append(todo, p.Todo)
		}
	}
	a.Todo = strings.Join(todo, " ")
	return lead
}

// counts reports whether a copy's step is one of the answer's: where the customer acts, what AWS's copies leave is small
// beside it, but is still said.
func (p *Part) counts(who Who) bool { return p.Who != Undetermined || who == Undetermined }

// weight orders copies for the explanation: those of the answer's own party first, then by the step's urgency.
func weight(p *Part, who Who) int {
	w := slices.Index(residualOrder(), p.Residual)
	switch {
	case who == Both && p.Who == Customer, p.Who == who:
		return w
	case p.Who == Undetermined:
		return 200 + w
	}
	return 100 + w
}

// otherOwner returns the copy of the other party when both act.
func otherOwner(parts []*Part, lead *Part) *Part {
	for _, p := range parts {
		if p.Who != lead.Who && (p.Who == AWS || p.Who == Customer) {
			return p
		}
	}
	return nil
}

// afterwards adds what the vulnerability itself asks for: a mitigation while there is no fix, new keys after one.
func (a *Answer) afterwards(v *Vulnerability, s *subject, m *Model) {
	f := v.Facts
	if f == nil || a.Who == NotAffected || a.Who == Undetermined {
		return
	}
	if f.Mitigation != nil && a.Who != AWS {
		a.Mitigation = f.Mitigation
		if f.open(m.asOf) {
			a.Steps = append([]Residual{Mitigate}, a.Steps...)
			a.Todo = strings.TrimSpace(fmt.Sprintf("No fix is to be had yet: %s Then: %s", sentence(f.Mitigation.Text), a.Todo))
		}
	}
	if f.Rotate != "" && (a.Who != AWS || s.traits != nil && s.traits.Edge) {
		a.Steps = append(slices.DeleteFunc(a.Steps, func(r Residual) bool { return r == None }), RotateKeys)
		a.Todo = strings.TrimSpace(a.Todo + " " + sentence(f.Rotate))
	}
	a.Residual = a.Steps[0]
}
