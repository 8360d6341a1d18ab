package move

import (
	"slices"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// maxDeciders bounds the properties that one finding names.
const maxDeciders = 6

// Judge asks every precondition of the target of a workload. hostings are those of the workload: one, or its candidates.
// It returns the findings, what breaks first, how many preconditions were asked, and faults of conditions.
func (s *Set) Judge(d *evidence.Dossier, hostings []string, target string) (findings []Finding, judged int, diags diag.List) {
	findings = []Finding{}
	for _, p := range s.all {
		if !slices.Contains(p.To, target) || !slices.ContainsFunc(hostings, func(h string) bool { return slices.Contains(p.From, h) }) {
			continue
		}
		program, faults := s.compile(p)
		if program == nil {
			diags = append(diags, faults...)
			continue
		}
		judged++
		f, ok := p.judge(program, d, target)
		if ok && !(p.Kind == FindOut && saysNothingNew(f, findings)) {
			findings = append(findings, f)
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return slices.Index(Statuses(), a.Status) - slices.Index(Statuses(), b.Status)
	})
	return findings, judged, diags
}

// saysNothingNew reports whether an open question rests on unknown values that others ask for already.
func saysNothingNew(f Finding, others []Finding) bool {
	if len(f.DecidedBy) == 0 {
		return false
	}
	for _, x := range f.DecidedBy {
		asked := slices.ContainsFunc(others, func(o Finding) bool {
			return o.Status == Undetermined && slices.ContainsFunc(o.DecidedBy, func(y allocation.Decider) bool { return y.Unresolved != "" && y.Property == x.Property })
		})
		if x.Unresolved == "" || !asked {
			return false
		}
	}
	return true
}

func (s *Set) compile(p *Precondition) (*expr.Program, diag.List) {
	return s.compiler.Env(expr.Declarations{Parts: p.Uses}).Compile(p.condition)
}

// judge answers one precondition; ok is false when it fits. A condition that cannot be evaluated is undetermined.
func (p *Precondition) judge(program *expr.Program, d *evidence.Dossier, target string) (Finding, bool) {
	part := func(role string) evidence.Part { return partOf(d, role, p.Uses[role]) }
	truth, err := program.Eval(expr.Inputs{Part: func(role string) inventory.Value { return part(role).Value }})
	if truth == expr.False && err == nil {
		return Finding{}, false
	}
	f := Finding{ID: p.ID, Sentence: p.Says, Do: p.Do, Citation: p.Page(target), DecidedBy: []allocation.Decider{}}
	switch {
	case truth != expr.True:
		f.Status, f.Sentence = Undetermined, "It is not known whether "+p.Means+"."
	case p.Kind == Breaks:
		f.Status = Broken
	case p.Kind == Work:
		f.Status = ToDo
	default:
		f.Status = Undetermined
	}
	for _, path := range program.Paths() {
		for _, x := range deciders(part(path.Part), path, d.Workload) {
			if truth != expr.True && x.Unresolved == "" && f.Status == Undetermined {
				continue // what is known does not decide
			}
			if len(f.DecidedBy) < maxDeciders {
				f.DecidedBy = allocation.AddDecider(f.DecidedBy, x)
			}
		}
	}
	return f, true
}

// partOf is a part of the workload. One of another type than the condition speaks of is absent: a precondition of ECS
// has nothing to say about the service of App Runner.
func partOf(d *evidence.Dossier, role, typ string) evidence.Part {
	own, ok := d.Workload.Parts[role]
	if ok && own.Resource != nil && own.Resource.Type != typ {
		return evidence.Part{}
	}
	return d.Part(role, typ)
}

// deciders are the values at the end of a path, those that are set. Of a derived fact they are what it comes from.
func deciders(part evidence.Part, path expr.Path, w *workload.Workload) []allocation.Decider {
	at := diag.Range{}
	if w.Root != nil {
		at = w.Root.Origin
	}
	if len(part.Resources) > 0 && part.Resources[0] != nil {
		at = part.Resources[0].Origin
	}
	because := part.Evidence(path.Property)
	switch {
	case len(because) > 0:
		return allocation.DecidersOf(because)
	case part.Value.IsUnknown():
		unknown := workload.Evidence{Property: path.Name(), Value: inventory.UnknownValue(at, part.Why...)}
		return allocation.DecidersOf([]workload.Evidence{unknown})
	case part.Value.IsNull():
		return nil
	case path.Property == "":
		return []allocation.Decider{{Property: path.Name(), Value: "(declared)", Path: at.Path, Line: at.Line, Column: at.Column}}
	}
	var out []allocation.Decider
	for _, found := range path.Values(part.Value) {
		if !found.Value.IsNull() {
			out = append(out, allocation.Placed(allocation.DeciderOf(found.Name, found.Value), at))
		}
	}
	return out
}
