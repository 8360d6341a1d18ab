package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/allocation"
)

// Fold is one or more workloads with an identical stack: the same hosting, and for every duty the same party, reason
// and deciding values. Places, names and how the hosting was told may differ.
type Fold struct {
	// Members is never empty and in the order given; Members[0] stands for all.
	Members []*allocation.Workload
}

// Of returns the workload that stands for the fold.
func (f Fold) Of() *allocation.Workload { return f.Members[0] }

// Folds folds workloads with identical stacks, in the order in which each stack first occurs.
func Folds(ws []*allocation.Workload) []Fold {
	var folds []Fold
	at := map[string]int{}
	h := newHasher()
	for _, w := range ws {
		key := h.key(func() { h.workload(w) })
		n, ok := at[key]
		if !ok {
			n = len(folds)
			at[key] = n
			folds = append(folds, Fold{})
		}
		folds[n].Members = append(folds[n].Members, w)
	}
	return folds
}

// hasher turns what makes two stacks identical into a key. Each string goes in with its length, so that no two
// different stacks can spell the same bytes.
type hasher struct {
	sum hash.Hash
	buf *bufio.Writer
}

func newHasher() *hasher {
	h := &hasher{sum: sha256.New()}
	h.buf = bufio.NewWriterSize(h.sum, 4096)
	return h
}

// key returns the key of what put hands to the hasher.
func (h *hasher) key(put func()) string {
	h.sum.Reset()
	put()
	h.buf.Flush() // a hash never fails
	return string(h.sum.Sum(nil))
}

func (h *hasher) str(values ...string) {
	var n [8]byte
	for _, s := range values {
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		h.buf.Write(n[:])
		h.buf.WriteString(s)
	}
}

func (h *hasher) workload(w *allocation.Workload) {
	h.str(w.Hosting, w.HostingTitle, w.Service, string(w.Class), strconv.Itoa(len(w.HostingCandidates)))
	for _, c := range w.HostingCandidates {
		h.str(c.Hosting, c.When)
	}
	for _, l := range w.Layers {
		h.str(string(l.Layer), string(l.Party), strconv.Itoa(len(l.Duties)))
		for i := range l.Duties {
			h.duty(&l.Duties[i])
		}
	}
}

func (h *hasher) duty(d *allocation.Duty) {
	h.str(d.Duty, string(d.Party), d.Reason, string(d.Basis), d.Residual, strconv.FormatBool(d.Assumed),
		DeadlineText(d), strconv.Itoa(len(d.DecidedBy)), strconv.Itoa(len(d.Candidates)))
	if d.Shared != nil {
		h.str("shared", d.Shared.AWS, d.Shared.Customer)
	}
	if d.Citation != nil {
		h.str("citation", d.Citation.Title, d.Citation.URL, d.Citation.Seen)
	}
	for _, e := range d.DecidedBy {
		h.str(e.Property, e.Value, e.Unresolved, strconv.FormatBool(e.Assumed != ""))
	}
	for _, c := range d.Candidates {
		h.str(c.When, string(c.Party))
	}
}

// Evidence is a property that decided something, for all the workloads of a fold at once.
type Evidence struct {
	// Decider is the one of the workload that stands for the fold.
	Decider allocation.Decider
	// Places are the distinct places "path:line" of the property over the fold, in order.
	Places []string
}

// Key tells two pieces of evidence apart.
func (e Evidence) Key() string {
	return e.Decider.Property + "\x00" + e.Decider.Value + "\x00" + strings.Join(e.Places, "\x00")
}

// Where returns the places, at most limit of them: "a.tf:3, b.tf:4 and 7 more places".
func (e Evidence) Where(limit int) string {
	if len(e.Places) <= limit {
		return strings.Join(e.Places, ", ")
	}
	return strings.Join(e.Places[:limit], ", ") + " and " + Plural(len(e.Places)-limit, "more place")
}

// Text returns the property and its value: "AWS::ECS::Service.LaunchType = FARGATE".
func (e Evidence) Text() string {
	return Clip(e.Decider.Property, 2*MaxName) + " = " + Clip(e.Decider.Value, MaxValue)
}

// Notes returns what qualifies the value: the default it rests on, and what would decide it when it is unknown.
func (e Evidence) Notes() []string {
	var out []string
	if e.Decider.Assumed != "" {
		out = append(out, "assumes "+Clip(e.Decider.Assumed, MaxReason))
	}
	if e.Decider.Unresolved != "" {
		out = append(out, "not known: "+Clip(e.Decider.Unresolved, MaxReason))
	}
	return out
}

// Evidence returns what decided the duty at layer number l, duty number d of the fold's stack.
func (f Fold) Evidence(l, d int) []Evidence {
	lists := make([][]allocation.Decider, len(f.Members))
	for i, m := range f.Members {
		lists[i] = m.Layers[l].Duties[d].DecidedBy
	}
	return gather(lists)
}

// HostingEvidence returns what decided the hosting of the workload that stands for the fold, with the places of those
// members whose hosting was decided by the same values.
func (f Fold) HostingEvidence() []Evidence {
	var lists [][]allocation.Decider
	for _, m := range f.Members {
		if SameHostingEvidence(m, f.Of()) {
			lists = append(lists, m.DecidedBy)
		}
	}
	return gather(lists)
}

// SameHostingEvidence reports whether the hostings of two workloads were told by the same reason and values.
func SameHostingEvidence(a, b *allocation.Workload) bool {
	return a.HostingReason == b.HostingReason &&
		slices.EqualFunc(a.DecidedBy, b.DecidedBy, func(x, y allocation.Decider) bool {
			return x.Property == y.Property && x.Value == y.Value
		})
}

// gather joins lists of deciders that differ only in their places: the first one's, with the places of all.
func gather(lists [][]allocation.Decider) []Evidence {
	if len(lists) == 0 {
		return nil
	}
	out := make([]Evidence, len(lists[0]))
	for i, d := range lists[0] {
		out[i].Decider = d
		seen := map[string]bool{}
		for _, list := range lists {
			if at := Place(list[i].Path, list[i].Line); at != "" && !seen[at] {
				seen[at] = true
				out[i].Places = append(out[i].Places, at)
			}
		}
	}
	return out
}

// EntryEvidence returns what decided the duty e of the fold's stack.
func (f Fold) EntryEvidence(e Entry) []Evidence {
	for l := range f.Of().Layers {
		if &f.Of().Layers[l] != e.Layer {
			continue
		}
		for d := range e.Layer.Duties {
			if &e.Layer.Duties[d] == e.Duty {
				return f.Evidence(l, d)
			}
		}
	}
	return nil
}

// Names returns the names of the members, at most limit of them: "api, jobs and 3 more".
func (f Fold) Names(limit int) string {
	names := make([]string, 0, limit)
	for _, w := range f.Members[:min(limit, len(f.Members))] {
		names = append(names, Clip(w.Name, MaxName))
	}
	s := strings.Join(names, ", ")
	if rest := len(f.Members) - limit; rest > 0 {
		s += " and " + strconv.Itoa(rest) + " more"
	}
	return s
}
