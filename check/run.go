package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/proof"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// Input is what a run judges.
type Input struct {
	Inventory *inventory.Inventory
	Workloads []workload.Workload
	Catalog   *catalog.Catalog
	Set       *Set
	Gatherer  *evidence.Gatherer
	// AsOf is the date that everything dated is judged by.
	AsOf time.Time
	// Governance knows teams, accepted risks and attestations; nil when there are none.
	Governance Governance
	// Proof knows what machines show; nil when no documents of machines were given.
	Proof Prover
}

// Prover knows what the machines of workloads show. *proof.Set implements it.
type Prover interface {
	// Proves returns what they say of a duty of a workload; nil when nothing is about it.
	Proves(w *workload.Workload, d stack.Duty) *proof.Proof
	// Expired returns the documents that are too old to count.
	Expired() []proof.Expired
}

// Governance is what the customer has said about duties: who holds them, what is accepted, what a person attests.
type Governance interface {
	// Owner returns who holds a duty of a workload, or of a resource beside the workloads (w is nil); nil when teams are
	// not in use.
	Owner(w *workload.Workload, r *inventory.Resource, d stack.Duty) *Owner
	// Accepts returns the accepted risk for a check or duty of a resource, nil when there is none.
	Accepts(w *workload.Workload, r *inventory.Resource, d stack.Duty, check string) *Exception
	// Attests returns a person's statement for a duty of a workload; nil when there is none.
	Attests(w *workload.Workload, d stack.Duty) *Exception
	// Expired returns what no longer holds, as findings of KindExpired. It is asked once, after all else.
	Expired() []Finding
}

// Stream is a run whose workloads come one by one.
type Stream struct {
	// Result is complete after Finish, but for its Workloads, which are only yielded.
	Result *Result

	run *run
	in  Input
	all *allocation.Stream
}

// NewStream prepares a run. Use Workloads once, then Finish.
func NewStream(in Input) *Stream {
	all := allocation.NewStream(in.Inventory, in.Workloads, in.Catalog, nil, allocation.Options{AsOf: in.AsOf})
	h := all.Head
	return &Stream{
		Result: &Result{
			SchemaVersion: h.SchemaVersion, AsOf: h.AsOf, Catalog: h.Catalog, Coverage: h.Coverage, Roots: h.Roots,
			Summary: Summary{Duties: map[Verdict]int{}, Unmet: map[Severity]int{}},
		},
		run: newRun(in), in: in, all: all,
	}
}

// Workloads yields every workload in order, judged.
func (s *Stream) Workloads() iter.Seq[Workload] {
	return func(yield func(Workload) bool) {
		i := 0
		for w := range s.all.Workloads {
			judgedW := s.run.workload(w, &s.in.Workloads[i])
			i++
			if !yield(judgedW) {
				return
			}
		}
	}
}

// Finish judges what stands beside the workloads and completes the result. It returns the run's own diagnostics.
func (s *Stream) Finish() diag.List {
	s.run.beside()
	if g := s.in.Governance; g != nil {
		for _, f := range g.Expired() {
			s.run.findings[f.ID] = &f
		}
	}
	s.run.expiredProof()
	own := slices.Concat(s.all.Finish(), s.run.diags, s.in.Set.takeDiags()).Sorted()
	r := s.Result
	r.Resources = s.run.resources
	r.Findings = s.run.sorted()
	r.Summary.Duties, r.Summary.Findings = s.run.counts, len(r.Findings)
	for _, f := range r.Findings {
		if f.Verdict == Unmet {
			r.Summary.Unmet[f.Severity]++
		}
	}
	r.Diagnostics = allocation.Diagnostics(slices.Concat(s.in.Inventory.Diags, own).Sorted())
	return own
}

// Run judges everything at once.
func Run(in Input) (*Result, diag.List) {
	s := NewStream(in)
	s.Result.Workloads = make([]Workload, 0, len(in.Workloads))
	for w := range s.Workloads() {
		s.Result.Workloads = append(s.Result.Workloads, w)
	}
	own := s.Finish()
	return s.Result, own
}

// takeDiags returns the faults of files that were parsed since the last call.
func (s *Set) takeDiags() diag.List {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.diags
	s.diags = nil
	return out
}

// run is the state of one run.
type run struct {
	in    Input
	bench bench
	// byType caches Set.For; statements are the marks by duty.
	byType     map[string][]*Check
	statements map[stack.Duty][]Statement
	judgedToo  []string
	// seen are the resources that were judged as part of a workload.
	seen      map[subjectKey]bool
	findings  map[string]*Finding
	resources []Resource
	counts    map[Verdict]int
	diags     diag.List
	faulty    map[*Check]bool
}

func newRun(in Input) *run {
	r := &run{
		in: in, bench: bench{set: in.Set, asOf: in.AsOf, memo: map[*Check]map[string]answer{}},
		byType: map[string][]*Check{}, statements: map[stack.Duty][]Statement{}, judgedToo: evidence.JudgedTypes(),
		seen: map[subjectKey]bool{}, findings: map[string]*Finding{}, counts: map[Verdict]int{}, faulty: map[*Check]bool{},
	}
	for _, st := range in.Set.Statements() {
		r.statements[st.Duty] = append(r.statements[st.Duty], st)
	}
	return r
}

func (r *run) checks(typ string) []*Check {
	list, ok := r.byType[typ]
	if !ok {
		list = r.in.Set.For(typ)
		r.byType[typ] = list
	}
	return list
}

// workload judges one workload.
func (r *run) workload(aw allocation.Workload, w *workload.Workload) Workload {
	out := Workload{Workload: aw}
	d := r.in.Gatherer.Of(w)
	byDuty := r.judgements(w, d)
	out.Layers = make([]Layer, 0, len(aw.Layers))
	for i := range aw.Layers {
		al := &aw.Layers[i]
		l := Layer{Layer: al.Layer, Party: al.Party, Duties: make([]Duty, 0, len(al.Duties))}
		for j := range al.Duties {
			duty := r.duty(w, stack.Duty(string(al.Layer)+"/"+al.Duties[j].Duty), al.Duties[j], byDuty)
			l.Verdict = worst(l.Verdict, duty.Verdict)
			l.Duties = append(l.Duties, duty)
		}
		out.Layers = append(out.Layers, l)
	}
	out.Workload.Layers = nil
	r.unowned(w, &out)
	return out
}

// judgements runs every check that applies to a resource of the workload, by duty.
func (r *run) judgements(w *workload.Workload, d *evidence.Dossier) map[stack.Duty][]judgement {
	out := map[stack.Duty][]judgement{}
	for _, typ := range r.typesOf(w) {
		list := r.checks(typ)
		if len(list) == 0 {
			continue
		}
		for _, subject := range d.Subjects(typ) {
			r.seen[keyOf(subject)] = true
			for _, c := range list {
				if len(c.Hostings) > 0 && !slices.Contains(c.Hostings, w.Hosting) {
					continue
				}
				if j, ok := r.judge(c, subject, d); ok {
					out[c.Duty] = append(out[c.Duty], j)
				}
			}
		}
	}
	return out
}

// typesOf are the types of the workload's parts and of what is joined to it, each once, in order.
func (r *run) typesOf(w *workload.Workload) []string {
	var out []string
	for _, p := range w.Parts {
		if p.Resource != nil && !slices.Contains(out, p.Resource.Type) {
			out = append(out, p.Resource.Type)
		}
	}
	for _, typ := range r.judgedToo {
		if !slices.Contains(out, typ) {
			out = append(out, typ)
		}
	}
	slices.Sort(out)
	return out
}

// judge runs one check; ok is false when it does not apply or has faults. A condition that cannot be evaluated is told
// once.
func (r *run) judge(c *Check, subject *inventory.Resource, d *evidence.Dossier) (judgement, bool) {
	j, ok := r.bench.judge(c, subject, d)
	if !ok {
		return j, false
	}
	if j.err != nil && !r.faulty[c] {
		r.faulty[c] = true
		r.diags.Add(diag.Diagnostic{
			Severity: diag.Warning, Range: c.At, Summary: "Check not evaluated",
			Detail: fmt.Sprintf("%s: %v. What it judges is undetermined.", c.ID, j.err),
		})
	}
	return j, j.verdict != ""
}

// beside judges the resources that are no part of a workload, each alone.
func (r *run) beside() {
	for _, res := range r.in.Inventory.Resources {
		if res.Lookup || r.seen[keyOf(res)] {
			continue
		}
		list := r.checks(res.Type)
		if len(list) == 0 {
			continue
		}
		r.resource(res, list)
	}
}

func (r *run) resource(res *inventory.Resource, list []*Check) {
	out := Resource{
		ID: hash(res.Scope, res.Address), Name: res.Name, Address: res.Address, Type: res.Type, Root: res.Scope,
		Source: allocation.Source{Path: res.Origin.Path, Line: res.Origin.Line},
	}
	byDuty := map[stack.Duty][]judgement{}
	dossiers := map[string]*evidence.Dossier{} // by the role that the checks give the resource, which joins go by
	for _, c := range list {
		if len(c.Hostings) > 0 {
			continue
		}
		if dossiers[c.On.Role] == nil {
			dossiers[c.On.Role] = r.in.Gatherer.OfResource(res, c.On.Role)
		}
		if j, ok := r.judge(c, res, dossiers[c.On.Role]); ok {
			byDuty[c.Duty] = append(byDuty[c.Duty], j)
		}
	}
	for _, duty := range stack.Duties() {
		js := byDuty[duty]
		if len(js) == 0 {
			continue
		}
		rd := ResourceDuty{Duty: duty, Owner: r.owner(nil, res, duty)}
		rd.Verdict, rd.Checks, rd.Exception = r.reduce(nil, duty, js, stack.Customer, rd.Owner, nil)
		r.counts[rd.Verdict]++
		out.Duties = append(out.Duties, rd)
	}
	if len(out.Duties) > 0 {
		r.resources = append(r.resources, out)
	}
}

// subjectKey names a resource: a part of a workload may be a view of it, with what is laid over it.
type subjectKey struct{ scope, address, typ string }

func keyOf(r *inventory.Resource) subjectKey { return subjectKey{r.Scope, r.Address, r.Type} }

// hash is a short stable id of texts.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// sorted returns the findings, the worst first, then by place.
func (r *run) sorted() []Finding {
	out := make([]Finding, 0, len(r.findings))
	for _, f := range r.findings {
		out = append(out, *f)
	}
	slices.SortFunc(out, compareFindings)
	return out
}
