package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/triage"
)

// TriageGroup are findings with one label about one workload or target that ask the same of the customer.
type TriageGroup struct {
	Label triage.Label
	// Where is the workload with its hosting, or the target.
	Where string
	Lead  *triage.Finding
	// Action is what to do when all findings say the same, Reason likewise.
	Action, Reason string
	// Findings are the gravest first.
	Findings []*triage.Finding
}

// TriageGroups folds findings: by label, that which asks most first; then the group with the gravest finding, then the
// largest.
func TriageGroups(r *triage.Result) []TriageGroup {
	var out []TriageGroup
	index := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		where := TriageWhere(f)
		key := strings.Join([]string{string(f.Label), where, string(f.Residual), TriageTeam(f.Team), string(f.Kind)}, "\x00")
		if f.Kind == triage.Vulnerability {
			key += string(f.Duty)
		}
		if f.Label == triage.Undetermined {
			key += f.Reason
		}
		n, ok := index[key]
		if !ok {
			n = len(out)
			index[key] = n
			out = append(out, TriageGroup{Label: f.Label, Where: where, Lead: f, Action: f.Action, Reason: f.Reason})
		}
		g := &out[n]
		g.Findings = append(g.Findings, f)
		if f.Action != g.Action {
			g.Action = ""
		}
		if f.Reason != g.Reason {
			g.Reason = ""
		}
	}
	for i := range out {
		slices.SortStableFunc(out[i].Findings, func(a, b *triage.Finding) int {
			return cmp.Or(a.Severity.Rank()-b.Severity.Rank(), cmp.Compare(a.ID, b.ID))
		})
	}
	slices.SortStableFunc(out, func(a, b TriageGroup) int {
		return cmp.Or(
			slices.Index(triage.Labels(), a.Label)-slices.Index(triage.Labels(), b.Label),
			a.Findings[0].Severity.Rank()-b.Findings[0].Severity.Rank(),
			len(b.Findings)-len(a.Findings), cmp.Compare(a.Where, b.Where),
		)
	})
	return out
}

// TriageWhere names where a finding is: its workloads with their hostings, else its target with the hosting, if any.
func TriageWhere(f *triage.Finding) string {
	var out []string
	for _, a := range append([]triage.Answer{f.Answer}, f.Answers...) {
		if a.Workload == nil || a.Label != f.Label {
			continue
		}
		if name := fmt.Sprintf("%s (%s)", Clip(a.Workload.Name, MaxName), Plain(a.Hosting)); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(out) > 0 {
		return strings.Join(out, ", ")
	}
	name := cmp.Or(f.Location.Address, f.Target.Name, f.Location.Path, string(f.Target.Kind), "not told")
	if f.Kind == triage.Misconfiguration && f.Location.Path != "" && f.Target.Kind == triage.Code {
		name = f.Location.Path
	}
	if f.Hosting != "" {
		return fmt.Sprintf("%s (%s)", Clip(name, MaxName), Plain(f.Hosting))
	}
	return Clip(name, MaxName)
}

// TriageAbout says what a group is about: how grave, which duties, what kind of work.
func TriageAbout(g *TriageGroup) string {
	about := []string{TriageSeverities(g.Findings)}
	for _, f := range g.Findings {
		if d := string(f.Duty); d != "" && !slices.Contains(about, d) {
			about = append(about, d)
		}
	}
	if s := g.Lead.Residual; s != triage.None && s != triage.UnknownResidual {
		about = append(about, string(s))
	}
	return strings.Join(about, " · ")
}

// TriageTeam says who acts on the customer's side, "" when that is not in use.
func TriageTeam(t *triage.Team) string {
	switch {
	case t == nil:
		return ""
	case t.Name != "":
		return Clip(t.Name, MaxName)
	case len(t.Claims) > 0:
		return "claimed by " + Clip(strings.Join(t.Claims, ", "), MaxName)
	}
	return "nobody (" + Plain(t.Status) + ")"
}

// TriageLine says one finding: "CVE-2021-44228 critical, log4j-core 2.14.1, fixed in 2.15.0".
func TriageLine(f *triage.Finding) string {
	out := fmt.Sprintf("%s %s", Clip(f.ID, MaxName), f.Severity)
	if p := f.Package; p != nil {
		out += ", " + strings.TrimSpace(Clip(p.Name, 80)+" "+Clip(p.Version, 60))
		if p.Fixed != "" {
			out += ", fixed in " + Clip(p.Fixed, 60)
		}
	} else if f.Title != "" {
		out += ", " + Clip(f.Title, 100)
	}
	if place := TriagePlace(f); place != "" {
		out += " (" + place + ")"
	}
	if f.Known {
		out += " [suppressed in the report]"
	}
	return out
}

// TriagePlace is where in the customer's files, or in the target, a finding lies.
func TriagePlace(f *triage.Finding) string {
	switch {
	case f.Location.Path != "":
		return Place(Clip(f.Location.Path, MaxName), f.Location.Line)
	case f.Package != nil && f.Package.Path != "":
		return Clip(f.Package.Path, MaxName)
	}
	return ""
}

// TriageParty is the party whose colour and symbol a label has.
func TriageParty(l triage.Label) stack.Party {
	switch l {
	case triage.Yours:
		return stack.Customer
	case triage.Redeploy:
		return stack.Shared
	case triage.Nothing:
		return stack.AWS
	case triage.ThirdParty:
		return stack.ThirdParty
	}
	return stack.Undetermined
}

// TriageCount sums up a tally: "12 findings before, 9 to look at after: 7 yours, …".
func TriageCount(t *triage.Tally) string {
	var parts []string
	for _, l := range triage.Labels() {
		if n := t.ByLabel[l]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, l))
		}
	}
	out := fmt.Sprintf("%s before, %d to look at after", Plural(t.Before, "finding"), t.After)
	if len(parts) > 0 {
		out += ": " + strings.Join(parts, ", ")
	}
	return out
}

// TriageSeverities counts findings: "2 critical, 5 high".
func TriageSeverities(list []*triage.Finding) string {
	n := map[triage.Severity]int{}
	for _, f := range list {
		n[f.Severity]++
	}
	var out []string
	for _, s := range triage.Severities() {
		if n[s] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	return strings.Join(out, ", ")
}
