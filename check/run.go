package check

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/parallel"
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
	// Judges is how many work at once; 0 takes as many as processors, and fewer for a small input. It changes no answer.
	Judges int
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

	in    Input
	rules *rules
	tally *tally
	all   *allocation.Stream
	// crew are the judges that work at the same time.
	crew []*judge
}

// NewStream prepares a run. Use Workloads once, then Finish.
func NewStream(in Input) *Stream {
	in.Set.Prepare(slices.Sorted(maps.Keys(typesIn(in.Inventory))))
	all := allocation.NewStream(in.Inventory, in.Workloads, in.Catalog, nil, allocation.Options{AsOf: in.AsOf})
	h := all.Head
	s := &Stream{
		Result: &Result{
			SchemaVersion: h.SchemaVersion, AsOf: h.AsOf, Catalog: h.Catalog, Coverage: h.Coverage, Roots: h.Roots,
			Summary: Summary{Duties: map[Verdict]int{}, Unmet: map[Severity]int{}},
		},
		rules: newRules(in), tally: newTally(), in: in, all: all,
	}
	s.crew = append(s.crew, newJudge(s.rules, in.Gatherer))
	judges := in.Judges
	if judges <= 0 {
		judges = min(runtime.GOMAXPROCS(0), maxCrew, 1+len(in.Inventory.Resources)/fewResources)
	}
	for len(s.crew) < judges {
		s.crew = append(s.crew, newJudge(s.rules, in.Gatherer.Fork()))
	}
	return s
}

// Each judge of a crew gathers evidence anew, which costs memory; few resources are judged by one.
const (
	maxCrew      = 4
	fewResources = 200
)

// Workloads yields every workload in order, judged.
func (s *Stream) Workloads() iter.Seq[Workload] {
	return func(yield func(Workload) bool) {
		for t := range parallel.InOrder(s.crew, parallel.Batches(s.allocated(), batchSize), (*judge).workloads) {
			s.tally.add(t)
			for _, w := range t.workloads {
				if !yield(w) {
					return
				}
			}
		}
	}
}

// allocated yields the workloads with their allocation.
func (s *Stream) allocated() iter.Seq[allocated] {
	return func(yield func(allocated) bool) {
		i := 0
		for aw := range s.all.Workloads {
			if !yield(allocated{&s.in.Workloads[i], aw}) {
				return
			}
			i++
		}
	}
}

// allocated is a workload, and who holds its duties.
type allocated struct {
	w      *workload.Workload
	duties allocation.Workload
}

// batchSize is how many workloads or resources a judge takes at a time.
const batchSize = 16

// Finish judges what stands beside the workloads and completes the result. It returns the run's own diagnostics.
func (s *Stream) Finish() diag.List {
	for t := range parallel.InOrder(s.crew, slices.Chunk(s.beside(), batchSize), (*judge).resources) {
		s.tally.add(t)
	}
	if g := s.in.Governance; g != nil {
		for _, f := range g.Expired() {
			s.tally.findings[f.ID] = &f
		}
	}
	s.tally.expiredProof(s.in.Proof)
	own := slices.Concat(s.all.Finish(), slices.Collect(maps.Values(s.tally.faults)), s.in.Set.takeDiags(), s.evidenceDiags()).Sorted()
	r := s.Result
	r.Resources = s.tally.resources
	r.Findings = s.tally.sorted()
	r.Summary.Duties, r.Summary.Findings = s.tally.counts, len(r.Findings)
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

// rules are what every judge of a run goes by.
type rules struct {
	in         Input
	statements map[stack.Duty][]Statement // the marks by duty
	judgedToo  []string                   // what is judged beside a workload's parts, as far as the input has it
}

func newRules(in Input) *rules {
	r := &rules{in: in, statements: map[stack.Duty][]Statement{}}
	present := typesIn(in.Inventory)
	for _, typ := range evidence.JudgedTypes() {
		if present[typ] {
			r.judgedToo = append(r.judgedToo, typ)
		}
	}
	for _, st := range in.Set.Statements() {
		r.statements[st.Duty] = append(r.statements[st.Duty], st)
	}
	return r
}

// judge is one of a crew. What it gathers and remembers is its own; what it finds is in its tally, which it hands over
// with each batch.
type judge struct {
	*rules
	*tally
	bench    bench
	gatherer *evidence.Gatherer
	// byType caches Set.For.
	byType map[string][]*Check
}

func newJudge(r *rules, g *evidence.Gatherer) *judge {
	return &judge{rules: r, gatherer: g, bench: bench{set: r.in.Set, asOf: r.in.AsOf, memo: map[*Check]map[string]answer{}}, byType: map[string][]*Check{}}
}

// workloads judges a batch of workloads.
func (r *judge) workloads(batch []allocated) *tally {
	r.tally = newTally()
	for i := range batch {
		r.tally.workloads = append(r.tally.workloads, r.workload(batch[i].duties, batch[i].w))
	}
	return r.tally
}

// resources judges a batch of resources, each alone.
func (r *judge) resources(batch []*inventory.Resource) *tally {
	r.tally = newTally()
	for _, res := range batch {
		r.resource(res, r.checks(res.Type))
	}
	return r.tally
}

func (r *judge) checks(typ string) []*Check {
	list, ok := r.byType[typ]
	if !ok {
		list = r.in.Set.For(typ)
		r.byType[typ] = list
	}
	return list
}

// workload judges one workload.
func (r *judge) workload(aw allocation.Workload, w *workload.Workload) Workload {
	out := Workload{Workload: aw}
	d := r.gatherer.Of(w)
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
func (r *judge) judgements(w *workload.Workload, d *evidence.Dossier) map[stack.Duty][]judgement {
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
func (r *judge) typesOf(w *workload.Workload) []string {
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
func (r *judge) judge(c *Check, subject *inventory.Resource, d *evidence.Dossier) (judgement, bool) {
	j, ok := r.bench.judge(c, subject, d)
	if !ok {
		return j, false
	}
	if j.err != nil {
		r.fault(c, j.err)
	}
	return j, j.verdict != ""
}

// beside are the resources that are no part of a workload and that some check judges.
func (s *Stream) beside() []*inventory.Resource {
	var out []*inventory.Resource
	for _, res := range s.in.Inventory.Resources {
		if !res.Lookup && !s.tally.seen[keyOf(res)] && len(s.crew[0].checks(res.Type)) > 0 {
			out = append(out, res)
		}
	}
	return out
}

// evidenceDiags are the faults that gathering met, each once.
func (s *Stream) evidenceDiags() diag.List {
	var out diag.List
	for _, j := range s.crew {
		out = append(out, j.gatherer.Diags()...)
	}
	return slices.CompactFunc(out.Sorted(), func(a, b diag.Diagnostic) bool { return reflect.DeepEqual(a, b) })
}

func (r *judge) resource(res *inventory.Resource, list []*Check) {
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
			dossiers[c.On.Role] = r.gatherer.OfResource(res, c.On.Role)
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
		r.tally.resources = append(r.tally.resources, out)
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
