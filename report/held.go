package report

import (
	"slices"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
)

// HeldDuty is a duty with the workloads for which one party holds it.
type HeldDuty struct {
	Duty      stack.Duty
	Workloads []*allocation.Workload
	// Reasons splits Workloads by all that the result says about the duty, in order of first occurrence.
	Reasons []HeldReason
	at      map[string]int
}

// HeldReason is the workloads for which a duty is held for the same reason, by the same values.
type HeldReason struct {
	// Duty is that of the first workload.
	Duty      *allocation.Duty
	Workloads []*allocation.Workload
	duties    []*allocation.Duty
}

// Evidence returns what decided the duty, with the places of all the workloads.
func (h HeldReason) Evidence() []Evidence {
	lists := make([][]allocation.Decider, len(h.duties))
	for i, d := range h.duties {
		lists[i] = d.DecidedBy
	}
	return gather(lists)
}

// Held returns what party holds over all workloads of r, from the top of the stack down, then across it.
func Held(r *allocation.Result, party stack.Party) []HeldDuty {
	var out []HeldDuty
	hash := newHasher()
	at := map[stack.Duty]int{}
	for i := range r.Workloads {
		for _, e := range Entries(&r.Workloads[i], party) {
			n, ok := at[e.Name()]
			if !ok {
				n = len(out)
				at[e.Name()] = n
				out = append(out, HeldDuty{Duty: e.Name(), at: map[string]int{}})
			}
			out[n].add(&r.Workloads[i], e.Duty, hash)
		}
	}
	rank := ranks()
	slices.SortStableFunc(out, func(a, b HeldDuty) int { return rank[a.Duty] - rank[b.Duty] })
	return out
}

func (h *HeldDuty) add(w *allocation.Workload, d *allocation.Duty, hash *hasher) {
	h.Workloads = append(h.Workloads, w)
	key := hash.key(func() { hash.duty(d) })
	i, ok := h.at[key]
	if !ok {
		i = len(h.Reasons)
		h.at[key] = i
		h.Reasons = append(h.Reasons, HeldReason{Duty: d})
	}
	h.Reasons[i].Workloads = append(h.Reasons[i].Workloads, w)
	h.Reasons[i].duties = append(h.Reasons[i].duties, d)
}

// ranks numbers the duties as Entries orders them.
func ranks() map[stack.Duty]int {
	var w allocation.Workload
	for _, l := range stack.Layers() {
		layer := allocation.Layer{Layer: l.Layer}
		for _, d := range l.Duties {
			layer.Duties = append(layer.Duties, allocation.Duty{Duty: d.Duty.Name()})
		}
		w.Layers = append(w.Layers, layer)
	}
	out := map[stack.Duty]int{}
	for i, e := range Entries(&w, "") {
		out[e.Name()] = i
	}
	return out
}
