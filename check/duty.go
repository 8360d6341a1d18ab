package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/proof"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// duty gives one duty of a workload its verdict.
func (r *judge) duty(w *workload.Workload, duty stack.Duty, ad allocation.Duty, byDuty map[stack.Duty][]judgement) Duty {
	out := Duty{Duty: ad}
	switch {
	case ad.Party == stack.AWS:
		out.Verdict = Inherited
		r.counts[Inherited]++
		return out
	case !judged(ad.Party):
		return out
	}
	out.Owner = r.owner(w, w.Root, duty)
	js := byDuty[duty]
	if r.in.Proof != nil {
		out.Proof = r.in.Proof.Proves(w, duty)
	}
	if len(js) == 0 {
		r.unproved(w, duty, &out)
	} else {
		out.Verdict, out.Checks, out.Exception = r.reduce(w, duty, js, holder(&ad), out.Owner, out.Proof)
		out.Because = because(out.Verdict, out.Checks, holder(&ad))
	}
	r.prove(w, duty, &out)
	r.counts[out.Verdict]++
	return out
}

// unproved is a duty that no check judged: a machine may show it, or a person may have attested it.
func (r *judge) unproved(w *workload.Workload, duty stack.Duty, out *Duty) {
	if p := out.Proof; p != nil && p.Verdict != proof.Undetermined && holder(&out.Duty) != stack.Undetermined {
		out.Verdict, out.Because = Met, p.Reason // unmet is said by prove
		return
	}
	if ex := r.attests(w, duty); ex != nil {
		out.Verdict, out.Exception = Attested, ex
		out.Because = "A person states it."
		return
	}
	out.Verdict = Undetermined
	if holder(&out.Duty) == stack.Undetermined {
		out.Because = "It is not known whose duty this is here: " + out.Reason
		r.open(w, duty, out)
		return
	}
	out.Because = "No check applies to this configuration."
	if st, ok := r.statement(w.Hosting, duty); ok {
		out.Because = "No file proves it; a person may state: " + st.Says
	}
	r.open(w, duty, out)
}

// open records a duty that nothing closes: one finding for each duty and hosting, however many workloads there are.
func (r *judge) open(w *workload.Workload, duty stack.Duty, d *Duty) {
	id := hash(KindAttest, string(duty), w.Hosting, w.Scope, d.Because)
	f := r.findings[id]
	if f == nil {
		f = &Finding{
			ID: id, Kind: KindAttest, Title: "Nothing in the input shows that " + string(duty) + " is done", Severity: Low, Duty: duty,
			Verdict: Undetermined, Reason: d.Because, Owner: d.Owner, Resource: subjectOf(w.Root, w), Source: sourceOf(w.Root),
			Remedy: "State it in attest/*.yaml, with the evidence and a date until which it holds.",
		}
		if holder(&d.Duty) == stack.Undetermined {
			f.Remedy = "Give what decides: variable files, the rest of the configuration, or a plan."
		}
		r.findings[id] = f
	}
	f.Workloads = append(f.Workloads, w.ID)
}

func subjectOf(r *inventory.Resource, w *workload.Workload) Subject {
	s := Subject{Address: w.Address, Root: w.Scope}
	if r != nil {
		s.Type = r.Type
	}
	return s
}

func sourceOf(r *inventory.Resource) allocation.Source {
	if r == nil {
		return allocation.Source{}
	}
	return allocation.Source{Path: r.Origin.Path, Line: r.Origin.Line}
}

// unowned records the duties of a workload that nobody holds on the customer's side, or several do.
func (r *judge) unowned(w *workload.Workload, out *Workload) {
	duties := map[string][]stack.Duty{}
	owners := map[string]*Owner{}
	for _, l := range out.Layers {
		for _, d := range l.Duties {
			if d.Owner == nil || d.Owner.Status != KindOrphan && d.Owner.Status != KindOverlap {
				continue
			}
			key := d.Owner.Status + strings.Join(d.Owner.Claims, ",")
			duties[key], owners[key] = append(duties[key], stack.Duty(string(l.Layer)+"/"+d.Duty.Duty)), d.Owner
		}
	}
	for key, held := range duties {
		o := owners[key]
		list := make([]string, len(held))
		for i, d := range held {
			list[i] = string(d)
		}
		f := &Finding{
			ID: hash(o.Status, w.Scope, w.Address, strings.Join(o.Claims, ",")), Kind: o.Status, Title: "Nobody holds these duties", Severity: Medium,
			Duties: held, Verdict: Undetermined, Owner: o, Resource: subjectOf(w.Root, w), Source: sourceOf(w.Root), Workloads: []string{w.ID},
			Reason: "Nothing says which team holds " + strings.Join(list, ", ") + ".",
			Remedy: "Give the duties to a team in onus.yaml, or tag the resource with its owner.",
		}
		if o.Status == KindOverlap {
			f.Title = "Several teams hold these duties"
			f.Reason = strings.Join(o.Claims, " and ") + " both hold " + strings.Join(list, ", ") + "."
			f.Remedy = "Make one rule of onus.yaml, or one tag, say which team holds them."
		}
		r.findings[f.ID] = f
	}
}

// statement finds the mark of a duty that no file proves.
func (r *judge) statement(hosting string, duty stack.Duty) (Statement, bool) {
	for _, st := range r.statements[duty] {
		if len(st.Hostings) == 0 || slices.Contains(st.Hostings, hosting) {
			return st, true
		}
	}
	return Statement{}, false
}

// reduce joins the checks of one duty: it is met when each that applies is met. Where another may hold the duty, a check
// that is not met decides nothing. What machines show to be done in whole needs no check.
func (r *judge) reduce(w *workload.Workload, duty stack.Duty, js []judgement, party stack.Party, owner *Owner, shown *proof.Proof) (Verdict, []Outcome, *Exception) {
	var verdict Verdict
	var exception *Exception
	outcomes := make([]Outcome, 0, len(js))
	attested := r.attests(w, duty)
	for _, j := range js {
		v := j.verdict
		if v == Unmet && party == stack.Undetermined {
			v = Undetermined
		}
		proved := v != Met && shown != nil && shown.Whole && shown.Verdict == proof.Met
		if proved {
			v = Met
		}
		o := Outcome{Check: j.check.ID, Verdict: v, Resource: j.subject.Address, Proved: proved}
		if v != Met {
			by := r.bench.evidence(j)
			o.Assumed = assumed(by)
			ex := r.accepts(w, j.subject, duty, j.check.ID)
			switch {
			case ex != nil:
				o.Verdict, exception = Accepted, ex
			case v == Undetermined && attested != nil:
				o.Verdict, ex, exception = Attested, attested, attested
			}
			o.Finding = r.find(w, j, o.Verdict, by, party, owner, ex)
		}
		verdict = worst(verdict, o.Verdict)
		outcomes = append(outcomes, o)
	}
	return verdict, outcomes, exception
}

// find records a finding, or adds the workload to the one that is there.
func (r *judge) find(w *workload.Workload, j judgement, v Verdict, by []allocation.Decider, party stack.Party, owner *Owner, ex *Exception) string {
	c := j.check
	id := hash(c.ID, string(c.Duty), j.subject.Scope, j.subject.Address)
	if f, ok := r.findings[id]; ok {
		if w != nil && !slices.Contains(f.Workloads, w.ID) {
			f.Workloads = append(f.Workloads, w.ID)
		}
		if worst(f.Verdict, v) == v {
			f.Verdict = v
		}
		return id
	}
	f := &Finding{
		ID: id, Kind: KindCheck, Check: c.ID, Title: c.Title, Severity: c.Severity, Duty: c.Duty, Verdict: v,
		Reason: reason(j, v, by, party), Why: c.Why, Owner: owner, DecidedBy: by, Assumed: assumed(by), Remedy: c.Remedy,
		Resource:  Subject{Type: j.subject.Type, Address: j.subject.Address, Root: j.subject.Scope},
		Source:    place(j.subject, by),
		Exception: ex, ConfigRules: c.References.ConfigRules, SecurityHub: c.References.SecurityHub,
	}
	if c.References.URL != "" {
		f.Citation = &allocation.Citation{Title: c.References.Title, URL: c.References.URL, Seen: c.References.Seen}
	}
	if w != nil {
		f.Workloads = []string{w.ID}
	}
	r.findings[id] = f
	return id
}

// place is where a finding stands: the deciding property when it lies in the resource's file, else the resource.
func place(subject *inventory.Resource, by []allocation.Decider) allocation.Source {
	at := allocation.Source{Path: subject.Origin.Path, Line: subject.Origin.Line}
	for _, d := range by {
		if d.Path == at.Path && d.Line > at.Line && strings.HasPrefix(d.Property, subject.Type) {
			return allocation.Source{Path: d.Path, Line: d.Line}
		}
	}
	return at
}

// reason says in one sentence why a check is not met.
func reason(j judgement, v Verdict, by []allocation.Decider, party stack.Party) string {
	switch {
	case j.verdict == Unmet && party == stack.Undetermined:
		return "It is not met, but whose duty it is here is not known."
	case j.err != nil:
		return "The check could not be evaluated on these values."
	case j.whenOpen:
		return "It is not known whether " + strings.TrimSuffix(j.check.Means, ".") + "." + openText(by)
	case j.verdict == Undetermined && len(unknowns(by)) > 0:
		return strings.TrimSpace(openText(by))
	case j.verdict == Undetermined && j.check.Otherwise == Undetermined:
		return "Nothing in the input shows it. " + j.check.Lacking
	case j.verdict == Undetermined:
		return "It depends on values that are not known."
	}
	return shown(by)
}

func unknowns(by []allocation.Decider) []string {
	var out []string
	for _, d := range by {
		if allocation.IsUnknown(d) && !slices.Contains(out, d.Property) {
			out = append(out, d.Property)
		}
	}
	return out
}

func openText(by []allocation.Decider) string {
	names := unknowns(by)
	switch len(names) {
	case 0:
		return ""
	case 1:
		return " It depends on " + names[0] + ", which is not known."
	}
	if len(names) > 3 {
		names = names[:3]
	}
	return " It depends on " + strings.Join(names, ", ") + ", which are not known."
}

// shown says what the deciding properties are.
func shown(by []allocation.Decider) string {
	var parts []string
	for _, d := range by {
		if len(parts) == 3 {
			break
		}
		if text := fmt.Sprintf("%s is %s", d.Property, d.Value); !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "The input shows the opposite."
	}
	return strings.Join(parts, ", ") + "."
}

// because says in one sentence how a duty came to its verdict.
func because(v Verdict, outcomes []Outcome, party stack.Party) string {
	n := 0
	for _, o := range outcomes {
		if o.Verdict == v {
			n++
		}
	}
	switch {
	case v == Met && n == 1:
		return "The one check that applies is met."
	case v == Met:
		return fmt.Sprintf("All %d checks that apply are met.", n)
	case v == Undetermined && party == stack.Undetermined:
		return "Whose duty it is here is not known."
	}
	return fmt.Sprintf("%d of %d checks: %s.", n, len(outcomes), v)
}

func (r *judge) owner(w *workload.Workload, res *inventory.Resource, d stack.Duty) *Owner {
	if r.in.Governance == nil {
		return nil
	}
	return r.in.Governance.Owner(w, res, d)
}

func (r *judge) accepts(w *workload.Workload, res *inventory.Resource, d stack.Duty, check string) *Exception {
	if r.in.Governance == nil {
		return nil
	}
	return r.in.Governance.Accepts(w, res, d, check)
}

func (r *judge) attests(w *workload.Workload, d stack.Duty) *Exception {
	if r.in.Governance == nil || w == nil {
		return nil
	}
	return r.in.Governance.Attests(w, d)
}

// compareFindings orders findings: unmet before undetermined before accepted, the severest first, then by place.
func compareFindings(a, b *Finding) int {
	return cmp.Or(
		cmp.Compare(a.Verdict.rank(), b.Verdict.rank()),
		cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
		strings.Compare(a.Source.Path, b.Source.Path), cmp.Compare(a.Source.Line, b.Source.Line),
		strings.Compare(a.Check, b.Check), strings.Compare(a.Resource.Address, b.Resource.Address),
		strings.Compare(a.ID, b.ID),
	)
}
