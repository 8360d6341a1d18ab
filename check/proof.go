package check

import (
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/proof"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// prove lets what the machines show decide a duty. A proof that the duty is done in whole has answered its checks already
// (see reduce); one in part closes only a duty that no check judges. A proof of the opposite makes the duty unmet, whatever
// the checks say and whoever stated it, unless the risk is accepted. One that does not decide is told beside the verdict.
func (r *judge) prove(w *workload.Workload, duty stack.Duty, out *Duty) {
	p := out.Proof
	if p == nil {
		return
	}
	switch p.Verdict {
	case proof.Met:
		if out.Verdict == Met && p.Whole {
			out.Because = p.Reason
		}
	case proof.Unmet:
		r.disproved(w, duty, out)
	default:
		if out.Verdict != Met {
			out.Because += " The machines do not show it either: " + p.Reason
		}
	}
}

func (r *judge) disproved(w *workload.Workload, duty stack.Duty, out *Duty) {
	if holder(&out.Duty) == stack.Undetermined {
		out.Verdict = worst(out.Verdict, Undetermined)
		out.Because += " The machines show that it is not done: " + out.Proof.Reason
		return
	}
	v := Unmet
	ex := r.accepts(w, w.Root, duty, "")
	if ex != nil {
		v, out.Exception = Accepted, ex
	}
	f := &Finding{
		ID: hash(KindEvidence, string(duty), w.Scope, w.Address), Kind: KindEvidence, Title: proofTitles[duty],
		Severity: High, Duty: duty, Verdict: v, Reason: out.Proof.Reason, Owner: out.Owner, Exception: ex,
		Resource: subjectOf(w.Root, w), Source: sourceOf(w.Root), Workloads: []string{w.ID},
		Why:    "It is not what the configuration promises but what runs that an attacker meets.",
		Remedy: proofRemedies[duty],
	}
	if duty.Name() == "configure" {
		f.Severity = Medium
	}
	r.findings[f.ID] = f
	if out.Verdict == Attested {
		out.Exception, out.Verdict = ex, v // a machine is asked later than a person
	}
	out.Verdict = worst(out.Verdict, v)
	if out.Verdict == v {
		out.Because = out.Proof.Reason
	}
}

// proofTitles and proofRemedies word the findings of what machines show.
var (
	proofTitles = map[stack.Duty]string{
		"operating-system/apply":     "The machine is not up to date",
		"operating-system/configure": "The machine is not hardened",
		"container-runtime/apply":    "The container engine or node agent of the machine is not up to date",
	}
	proofRemedies = map[stack.Duty]string{
		"operating-system/apply":     "Install the updates and restart, or replace the machine by one from a current image, then run onus host again.",
		"operating-system/configure": "Correct the settings in the image or in what configures the machine, then run onus host again.",
		"container-runtime/apply":    "Update the engine and agents and restart them, or replace the machine by one from a current image, then run onus host again.",
	}
)

// expiredProof tells the documents that are too old to count.
func (t *tally) expiredProof(p Prover) {
	if p == nil {
		return
	}
	for _, e := range p.Expired() {
		f := &Finding{
			ID: hash(KindExpired, KindEvidence, e.ID), Kind: KindExpired, Title: "A machine's evidence has expired", Severity: Medium,
			Verdict: Undetermined, Reason: "The document of " + e.ID + " was collected at " + e.CollectedAt + " and counted until " + e.Ended + ".",
			Resource: Subject{Address: e.ID}, Source: allocation.Source{Path: e.Path},
			Remedy: "Run onus host on the machine again.",
		}
		t.findings[f.ID] = f
	}
}
