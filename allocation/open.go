package allocation

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// branch is one possible hosting of a workload with the duties that it would give.
type branch struct {
	workload.Candidate
	// plan is nil when the candidate is itself unknown, or is not in the catalog.
	plan   *plan
	duties []Duty
}

// open allocates the duties of a workload with several possible hostings: a duty on which all agree has that party,
// every other is undetermined and names what each would give.
func (r *run) open(s subject, out *Workload) []Duty {
	s.open = true
	branches := make([]branch, 0, len(s.w.Candidates))
	for _, c := range s.w.Candidates {
		b := branch{Candidate: c}
		if c.Hosting != workload.UnknownHosting {
			b.plan = r.plan(c.Hosting)
		}
		bare := subject{w: s.w, open: true}
		if b.plan != nil {
			b.duties = r.known(b.plan, bare)
		} else {
			b.duties = blank(bare, "")
		}
		branches = append(branches, b)
	}
	describe(out, branches)
	duties := make([]Duty, len(branches[0].duties))
	for i := range duties {
		duties[i] = merge(branches, i)
		duties[i].DecidedBy = with(duties[i].DecidedBy, s.hosting)
	}
	return duties
}

// describe gives the workload the service and class that all candidates share, else the service of its type.
func describe(out *Workload, branches []branch) {
	first := branches[0].plan
	if first == nil {
		out.Service = serviceOf(out.Type)
		return
	}
	out.Service, out.Class = first.hosting.Service.ID, first.hosting.Class
	for _, b := range branches[1:] {
		if b.plan == nil || b.plan.hosting.Service.ID != out.Service {
			out.Service = serviceOf(out.Type)
		}
		if b.plan == nil || b.plan.hosting.Class != out.Class {
			out.Class = ""
		}
	}
}

// merge joins one duty of all branches.
func merge(branches []branch, i int) Duty {
	first := branches[0].duties[i]
	agree := first.Party != stack.Undetermined
	for _, b := range branches[1:] {
		agree = agree && b.duties[i].Party == first.Party
	}
	if !agree {
		return disagreement(branches, i)
	}
	out := first
	out.Reason = "Every possible hosting agrees. " + perHosting(branches, i, func(d *Duty) string { return d.Reason })
	out.Residual = perHosting(branches, i, func(d *Duty) string { return d.Residual })
	out.DecidedBy = nil
	if first.Party == stack.Shared && first.Shared != nil {
		out.Shared = &Halves{
			AWS:      perHosting(branches, i, func(d *Duty) string { return half(d).AWS }),
			Customer: perHosting(branches, i, func(d *Duty) string { return half(d).Customer }),
		}
	}
	for _, b := range branches {
		d := &b.duties[i]
		out.Basis = weaker(out.Basis, d.Basis)
		out.Assumed = out.Assumed || d.Assumed
		if out.Citation == nil {
			out.Citation = d.Citation
		}
		if d.Deadline != nil && (out.Deadline == nil || d.Deadline.Days < out.Deadline.Days) {
			out.Deadline = d.Deadline
		}
		for _, e := range d.DecidedBy {
			out.DecidedBy = AddDecider(out.DecidedBy, e)
		}
	}
	return out
}

func half(d *Duty) Halves {
	if d.Shared == nil {
		return Halves{}
	}
	return *d.Shared
}

func weaker(a, b stack.Basis) stack.Basis {
	order := []stack.Basis{stack.Documented, stack.General, stack.Inferred}
	return order[max(slices.Index(order, a), slices.Index(order, b), 0)]
}

// disagreement makes an undetermined duty whose candidates say what each hosting, and each open row in it, would give.
func disagreement(branches []branch, i int) Duty {
	out := Duty{
		Duty: branches[0].duties[i].Duty, Party: stack.Undetermined, Basis: branches[0].duties[i].Basis,
		Reason: "It depends on how this is hosted, which is not known.",
	}
	for _, b := range branches {
		d := &b.duties[i]
		out.Basis = weaker(out.Basis, d.Basis)
		if out.Citation == nil {
			out.Citation = d.Citation
		}
		for _, e := range d.DecidedBy {
			out.DecidedBy = AddDecider(out.DecidedBy, e)
		}
		if len(d.Candidates) == 0 {
			out.Candidates = append(out.Candidates, Candidate{When: b.When, Party: d.Party})
		}
		for _, c := range d.Candidates {
			out.Candidates = append(out.Candidates, Candidate{When: b.When + ", and " + c.When, Party: c.Party})
		}
	}
	return out
}

// perHosting returns a text that all branches share, or each hosting's own: "On ecs-ec2: … On ecs-fargate: …".
func perHosting(branches []branch, i int, text func(*Duty) string) string {
	first := text(&branches[0].duties[i])
	same := true
	for _, b := range branches[1:] {
		same = same && text(&b.duties[i]) == first
	}
	if same {
		return first
	}
	var out []string
	for _, b := range branches {
		if s := text(&b.duties[i]); s != "" {
			out = append(out, "On "+b.Hosting+": "+s)
		}
	}
	return strings.Join(out, " ")
}
