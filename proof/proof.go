// Package proof takes documents of `onus host` as proof of duties: which workloads a machine stands for, and whether what
// it shows makes a duty met, unmet, or neither.
//
//	files ── load.go ──▶ documents, checked, each within its age
//	documents + workloads ── match.go ──▶ the machines of each workload, and how many there may be
//	machines of a workload + duty ── judge.go ──▶ a Proof
//
// Three duties can be proved: operating-system/apply, operating-system/configure and container-runtime/apply. Every other
// is left to checks and statements. A document proves something of one machine on one day. It is never extended: a group
// that may hold three machines is not proved by two. A document that is older than the limit is named and counts for
// nothing, and so is one that fits several workloads of the input that are not the same machines. What a document does not
// know leaves the duty undetermined. One machine on which a duty is not met is enough for unmet.
//
// A document is as true as the file: it is not signed. Bounds: MaxFile bytes a file, MaxDocuments files.
package proof

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// DefaultMaxAge is how many days a document proves something.
const DefaultMaxAge = 14

// Verdict is what a proof says of a duty.
type Verdict string

// The verdicts. Undetermined says why the documents do not decide.
const (
	Met          Verdict = "met"
	Unmet        Verdict = "unmet"
	Undetermined Verdict = "undetermined"
)

// Proof is what the documents of a workload's machines say of one duty.
type Proof struct {
	Verdict Verdict `json:"verdict"`
	// Reason says in a sentence or two why, with the machine and the day.
	Reason string `json:"reason"`
	// Hosts are the machines that were looked at.
	Hosts []Host `json:"hosts"`
	// Covered counts the machines with a document, Of how many there may be; 0 when that is not known.
	Covered int `json:"covered"`
	Of      int `json:"of,omitempty"`
	// Until is the last day the proof holds, YYYY-MM-DD.
	Until string `json:"until"`
	// Whole is set when the duty itself is shown done, whatever way it is done: a check that asks for one of the ways is
	// answered too.
	Whole bool `json:"-"`
}

// Host is a machine that proves something.
type Host struct {
	// ID is the instance id or the hash of the machine id; Path is the document.
	ID   string `json:"id"`
	Path string `json:"path"`
	// CollectedAt is RFC 3339.
	CollectedAt string `json:"collectedAt"`
	// By says how the machine was matched with the workload.
	By string `json:"by"`
}

// Expired is a document that is too old.
type Expired struct {
	Path, ID, CollectedAt string
	// Ended is the last day that it counted, YYYY-MM-DD.
	Ended string
}

// loaded is a document that counts.
type loaded struct {
	path string
	doc  *host.Document
	at   time.Time
}

// Set is every document that was given, matched with the workloads of a run. It is safe for concurrent use.
type Set struct {
	maxAge  int
	docs    []*loaded
	expired []Expired
	// machines are those of each workload, by its id.
	machines map[string]*machines
}

// Expired returns the documents that are too old, in order of their paths.
func (s *Set) Expired() []Expired { return s.expired }

// Proves returns what the documents say of a duty of a workload; nil when no document is about it, or the duty is none
// that a machine can show.
func (s *Set) Proves(w *workload.Workload, d stack.Duty) *Proof {
	m := s.machines[w.ID]
	judge, provable := judges[d]
	if m == nil || !provable {
		return nil
	}
	p := &Proof{Of: m.of, Covered: len(m.list), Whole: judge.whole}
	first := m.list[0].at
	var found []finding
	for _, x := range m.list {
		p.Hosts = append(p.Hosts, Host{ID: x.doc.Machine.ID, Path: x.path, CollectedAt: x.doc.CollectedAt, By: x.by})
		f := judge.judge(x.doc)
		f.host, f.day = name(x.loaded), x.at.Format(time.DateOnly)
		found = append(found, f)
		if x.at.Before(first) {
			first = x.at
		}
	}
	p.Until = first.AddDate(0, 0, s.maxAge).Format(time.DateOnly)
	p.Verdict, p.Reason = m.join(found)
	return p
}

// name is what a machine is called in a sentence.
func name(l *loaded) string {
	return cmp.Or(l.doc.Machine.ID, "the machine of "+l.path)
}

// finding is what one machine says of a duty.
type finding struct {
	verdict   Verdict
	text      string
	host, day string
}

// maxSentences bounds how many machines a reason names.
const maxSentences = 3

// join makes one verdict of those of the machines.
func (m *machines) join(found []finding) (Verdict, string) {
	if n := len(m.list); m.single && n > 1 {
		return Undetermined, "The documents are of " + machinesText(n) + " and there is one: which of them it is is not known."
	}
	for _, v := range []Verdict{Unmet, Undetermined} {
		some := slices.DeleteFunc(slices.Clone(found), func(f finding) bool { return f.verdict != v })
		if len(some) > 0 {
			return v, sentences(some) + m.extent(v)
		}
	}
	if extent := m.extent(Met); extent != "" {
		return Undetermined, sentences(found) + extent
	}
	return Met, sentences(found)
}

func sentences(found []finding) string {
	var parts []string
	for _, f := range found[:min(len(found), maxSentences)] {
		parts = append(parts, f.host+" on "+f.day+": "+f.text)
	}
	if more := len(found) - maxSentences; more > 0 {
		parts = append(parts, "And "+machinesText(more)+" more.")
	}
	return strings.Join(parts, " ")
}

// extent says how far the documents reach where they do not reach all machines.
func (m *machines) extent(v Verdict) string {
	n := len(m.list)
	switch {
	case v == Unmet:
		return ""
	case m.of == 0:
		return " This covers " + machinesText(n) + "; how many there may be is not known."
	case n < m.of:
		return " This covers " + machinesText(n) + " of the " + machinesText(m.of) + " that there may be."
	}
	return ""
}
