package effort

import (
	"fmt"
	"maps"
	"slices"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// Workload estimates a workload as it is: aw is w with its duties allocated, d the evidence about it.
func (f *Fleet) Workload(aw *allocation.Workload, w *workload.Workload, d *evidence.Dossier) Estimate {
	return f.model.estimate(aw, f.of(w), d)
}

// Moved estimates the same workload on another hosting: to is that hosting's stack as the catalog has it.
func (f *Fleet) Moved(to *allocation.Workload, w *workload.Workload) Estimate {
	return f.model.estimate(to, f.elsewhere(w, to.Hosting), nil)
}

// Hosting estimates a hosting's stack as the catalog has it, for one workload of unknown neighbours.
func (m *Model) Hosting(aw *allocation.Workload) Estimate {
	s := spread{hosts: one(), stack: one()}
	if m.hosts[aw.Hosting] {
		s = m.unknownSpread()
	}
	return m.estimate(aw, s, nil)
}

// estimate makes the lines. Without evidence nothing is known about automation.
func (m *Model) estimate(aw *allocation.Workload, s spread, d *evidence.Dossier) Estimate {
	out := Estimate{Hosting: aw.Hosting, HostingTitle: aw.HostingTitle, Lines: []Line{}, Sharing: s.sentence()}
	for i := range aw.Layers {
		l := &aw.Layers[i]
		info, _ := stack.LookupLayer(string(l.Layer))
		for j := range l.Duties {
			name := stack.Duty(string(l.Layer) + "/" + l.Duties[j].Duty)
			for _, t := range m.tasksFor(name, &l.Duties[j], aw) {
				line := m.line(t, name, &l.Duties[j], s, info.Cross, d)
				out.Hours = out.Hours.Plus(line.Hours)
				out.Lines = append(out.Lines, line)
			}
		}
	}
	out.Hours = out.Hours.rounded()
	out.People = m.People(out.Hours)
	return out
}

// People turns hours a year into full-time equivalents.
func (m *Model) People(hours Range) Range {
	return hours.over(m.parameters[hoursAPerson].Range).rounded()
}

// tasksFor returns the tasks of a duty: its own where the customer has a part, else those of what is left to him.
func (m *Model) tasksFor(name stack.Duty, d *allocation.Duty, aw *allocation.Workload) []*Task {
	mine := m.part(d).High > 0
	var out []*Task
	for _, t := range m.tasks {
		wanted := mine && t.Duty == name
		if t.Residual {
			wanted = !mine && d.Residual != ""
		}
		if wanted && t.fits(aw) {
			out = append(out, t)
		}
	}
	return out
}

// fits reports whether the task occurs on the hosting, or on one that it may be.
func (t *Task) fits(aw *allocation.Workload) bool {
	ids := []string{aw.Hosting}
	for _, c := range aw.HostingCandidates {
		ids = append(ids, c.Hosting)
	}
	return slices.ContainsFunc(ids, func(id string) bool {
		return !slices.Contains(t.Except, id) && (len(t.Hostings) == 0 || slices.Contains(t.Hostings, id))
	})
}

// part is the customer's part of a duty.
func (m *Model) part(d *allocation.Duty) Range {
	switch d.Party {
	case stack.Customer:
		return one()
	case stack.Shared:
		return m.parameters[sharedPart].Range
	case stack.Undetermined:
		return m.openPart(d)
	}
	return Range{}
}

// openPart spans the candidates of an undetermined duty; without any it may be all or nothing.
func (m *Model) openPart(d *allocation.Duty) Range {
	if len(d.Candidates) == 0 {
		return Range{0, 1}
	}
	out := Range{1, 0}
	for _, c := range d.Candidates {
		r := Range{0, 1}
		if c.Party != stack.Undetermined {
			r = m.part(&allocation.Duty{Party: c.Party})
		}
		out = Range{min(out.Low, r.Low), max(out.High, r.High)}
	}
	return out
}

func (m *Model) line(t *Task, name stack.Duty, d *allocation.Duty, s spread, cross bool, dossier *evidence.Dossier) Line {
	line := Line{Task: t.ID, Duty: name, What: t.What, Party: d.Party, Factors: []Factor{
		m.factor(RateFactor, t.Rate), m.factor(HoursFactor, t.Hours),
	}}
	add := func(f Factor) {
		if f.Range != one() {
			f.Range = f.rounded()
			line.Factors = append(line.Factors, f)
		}
	}
	if !t.Residual {
		add(m.partFactor(d))
	}
	hours := line.Factors[0].times(line.Factors[1].Range)
	if !t.Residual {
		hours = hours.times(m.part(d))
	}
	if t.condition != nil {
		f := m.automation(t, dossier)
		hours = hours.times(f.Range)
		add(f)
	}
	if s.applies && !cross {
		f := Factor{Kind: ShareFactor, Range: s.stack, Why: s.why}
		if t.Shared == PerHosts {
			f.Range, f.Parameter = s.hosts, s.parameter
		}
		hours = hours.times(f.Range)
		add(f)
	}
	line.Hours = hours.rounded()
	return line
}

func (m *Model) factor(kind FactorKind, name string) Factor {
	p := m.parameters[name]
	return Factor{Kind: kind, Parameter: name, Range: p.Range, Unit: p.Unit, Why: p.About}
}

func (m *Model) partFactor(d *allocation.Duty) Factor {
	f := Factor{Kind: PartFactor, Range: m.part(d), Why: "the customer's part of a duty that is shared"}
	switch {
	case d.Party == stack.Undetermined:
		f.Why = "it is not known whose duty it is"
		if slices.ContainsFunc(d.Candidates, func(c allocation.Candidate) bool { return c.Party == stack.Shared }) {
			f.Parameter = sharedPart
		}
	case d.Party == stack.Shared:
		f.Parameter = sharedPart
	}
	return f
}

// automation asks the configuration whether something does part of the task. Where it is not known the range spans both.
func (m *Model) automation(t *Task, d *evidence.Dossier) Factor {
	p := m.parameters[t.Left]
	f := Factor{Kind: AutomationFactor, Parameter: t.Left, Range: Range{p.Low, 1}, Unit: p.Unit, Why: "not known whether " + t.Means}
	if d == nil {
		f.Why = "not configured yet whether " + t.Means
		return f
	}
	part := func(role string) evidence.Part { return ownPart(d, role, t.condition.types[role]) }
	truth, err := t.condition.program.Eval(expr.Inputs{Part: func(role string) inventory.Value { return part(role).Value }})
	switch {
	case err != nil:
		f.Why = fmt.Sprintf("not known whether %s: %v", t.Means, err)
		return f
	case truth == expr.True:
		f.Range, f.Why = p.Range, "left of it, as "+t.Means
	case truth == expr.False:
		return Factor{Kind: AutomationFactor, Range: one()}
	}
	for _, role := range slices.Sorted(maps.Keys(t.condition.types)) {
		f.DecidedBy = append(f.DecidedBy, allocation.DecidersOf(part(role).Because)...)
	}
	for _, path := range t.condition.program.Paths() {
		if p := part(path.Part); len(p.Because) == 0 && p.Value.Kind() == inventory.Map {
			for _, found := range path.Values(p.Value) {
				f.DecidedBy = allocation.AddDecider(f.DecidedBy, allocation.DeciderOf(found.Name, found.Value))
			}
		}
	}
	return f
}

// ownPart is a part of the evidence; one of another type than the condition speaks of is absent.
func ownPart(d *evidence.Dossier, role, typ string) evidence.Part {
	if p, ok := d.Workload.Parts[role]; ok && p.Resource != nil && p.Resource.Type != typ {
		return evidence.Part{}
	}
	return d.Part(role, typ)
}

// Used returns the parameters that the estimates rest on, by name.
func (m *Model) Used(estimates ...*Estimate) []Parameter {
	names := map[string]bool{hoursAPerson: true}
	for _, e := range estimates {
		for _, l := range e.Lines {
			for _, f := range l.Factors {
				if f.Parameter != "" {
					names[f.Parameter] = true
				}
			}
		}
	}
	out := make([]Parameter, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out = append(out, *m.parameters[name])
	}
	return out
}

func (s spread) sentence() string {
	if !s.applies {
		return ""
	}
	return "The hosts' work: " + s.why + "."
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func share(n int) string {
	if n == 1 {
		return "has"
	}
	return "share"
}

func would(n int) string {
	if n == 1 {
		return "would have"
	}
	return "would share"
}

// Finish sums the workloads up and lists the parameters that the answer rests on.
func (a *Answer) Finish(m *Model) {
	var all []*Estimate
	for i := range a.Workloads {
		w := &a.Workloads[i]
		a.Hours = a.Hours.Plus(w.Now.Hours)
		all = append(all, &w.Now)
		for j := range w.Alternatives {
			all = append(all, &w.Alternatives[j])
		}
	}
	for i := range a.Hostings {
		all = append(all, &a.Hostings[i])
		if len(a.Hostings) == 1 {
			a.Hours = a.Hostings[i].Hours
		}
	}
	a.Hours = a.Hours.rounded()
	a.People = m.People(a.Hours)
	a.Parameters = m.Used(all...)
}
