package allocation

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

// Options of one run.
type Options struct {
	// AsOf is the date that everything dated is judged by. The zero time leaves dated conditions unknown.
	AsOf time.Time
}

// NewResult allocates the duties of all workloads and joins them with what the inventory covers and with every
// diagnostic: the inventory's, the given ones, and those of the allocation itself, which are returned as well.
func NewResult(inv *inventory.Inventory, workloads []workload.Workload, cat *catalog.Catalog, diags diag.List, opts Options) (*Result, diag.List) {
	s := NewStream(inv, workloads, cat, diags, opts)
	r := s.Head
	r.Workloads = make([]Workload, 0, len(workloads))
	for w := range s.Workloads {
		r.Workloads = append(r.Workloads, w)
	}
	return r, s.Finish()
}

// Stream is a result whose workloads are allocated one by one, for reports that need each only once: ten thousand
// allocated workloads take more memory than all that was read.
type Stream struct {
	// Head is the result without workloads; its diagnostics are complete after Finish.
	Head *Result
	// Workloads yields every workload in order. It may be used once. Slices are shared between workloads: read them, do
	// not change them.
	Workloads iter.Seq[Workload]

	run   *run
	diags diag.List
}

// NewStream prepares what NewResult gives at once.
func NewStream(inv *inventory.Inventory, workloads []workload.Workload, cat *catalog.Catalog, diags diag.List, opts Options) *Stream {
	cat.Prepare(hostings(workloads))
	edition := cat.Edition()
	s := &Stream{
		Head: &Result{
			SchemaVersion: SchemaVersion, Catalog: Edition{Version: edition.Version, ValidFrom: edition.ValidFrom},
			Coverage: CoverageOf(inv), Roots: RootsOf(inv),
		},
		run:   newRun(cat, opts),
		diags: slices.Concat(inv.Diags, diags),
	}
	if !opts.AsOf.IsZero() {
		s.Head.AsOf = opts.AsOf.Format(time.DateOnly)
	}
	s.Workloads = func(yield func(Workload) bool) {
		for i := range workloads {
			if !yield(s.run.workload(&workloads[i])) {
				return
			}
		}
	}
	return s
}

// hostings are the ids that occur, each once.
func hostings(workloads []workload.Workload) []string {
	var out []string
	seen := map[string]bool{}
	for i := range workloads {
		if id := workloads[i].Hosting; !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// Finish completes the head with the diagnostics, once the workloads are through, and returns the allocation's own.
func (s *Stream) Finish() diag.List {
	own := s.run.diags.Sorted()
	s.Head.Diagnostics = Diagnostics(slices.Concat(s.diags, own).Sorted())
	return own
}

// Run answers for every workload, in the given order, who holds each duty. The diagnostics name conditions of the
// catalog that could not be evaluated; their duties are undetermined. The result is never nil. Slices are shared
// between workloads: read them, do not change them.
func Run(workloads []workload.Workload, cat *catalog.Catalog, opts Options) ([]Workload, diag.List) {
	r := newRun(cat, opts)
	out := make([]Workload, 0, len(workloads))
	for i := range workloads {
		out = append(out, r.workload(&workloads[i]))
	}
	return out, r.diags.Sorted()
}

func newRun(cat *catalog.Catalog, opts Options) *run {
	return &run{cat: cat, opts: opts, plans: map[string]*plan{}, seenFaults: map[*catalog.Row]bool{}}
}

// run is the state of one Run: the plan of each hosting that occurred, and what was decided before.
type run struct {
	cat        *catalog.Catalog
	opts       Options
	plans      map[string]*plan
	citations  map[*catalog.Citation]*Citation
	diags      diag.List
	seenFaults map[*catalog.Row]bool
	key        []byte
}

func (r *run) workload(w *workload.Workload) Workload {
	out := Workload{
		ID: w.ID, Name: w.Name, Address: w.Address, Root: w.Scope,
		Hosting: w.Hosting, HostingTitle: "Hosting not known", HostingReason: w.Why, DecidedBy: DecidersOf(w.Because),
	}
	if w.Root != nil {
		out.Type = w.Root.Type
		out.Source = Source{Path: w.Root.Origin.Path, Line: w.Root.Origin.Line}
		out.ManyUnknown, out.Action = w.Root.ManyUnknown, w.Root.Action
		out.MaybeAbsent = steps(w.Root.MaybeAbsent)
	}
	for _, c := range w.Candidates {
		out.HostingCandidates = append(out.HostingCandidates, HostingCandidate{Hosting: c.Hosting, When: c.When})
	}
	duties := r.duties(w, &out)
	out.Layers = layers(duties)
	return out
}

// duties allocates every duty in the order of stack.Duties and fills in what the hosting tells about the workload.
func (r *run) duties(w *workload.Workload, out *Workload) []Duty {
	s := subject{w: w, hosting: out.DecidedBy}
	if p := r.plan(w.Hosting); p != nil && w.Hosting != workload.UnknownHosting {
		out.HostingTitle, out.Service, out.Class = p.hosting.Title, p.hosting.Service.ID, p.hosting.Class
		s.assumed = slices.ContainsFunc(w.Because, func(e workload.Evidence) bool { return len(assumedSteps(e.Value)) > 0 })
		return r.known(p, s)
	}
	if w.Hosting != workload.UnknownHosting {
		return blank(s, fmt.Sprintf("The catalog has no hosting %q, so nobody can be named.", w.Hosting))
	}
	if len(w.Candidates) == 0 {
		out.Service = serviceOf(out.Type)
		return blank(s, "Nothing tells how this is hosted, so nobody can be named.")
	}
	return r.open(s, out)
}

// subject is a workload with its hosting evidence ready for print.
type subject struct {
	w       *workload.Workload
	hosting []Decider
	// assumed is set when the hosting rests on a default.
	assumed bool
	// open is set when the hosting is unknown: a part that discovery did not look for may exist then.
	open bool
}

// known allocates the duties of a workload whose hosting is known.
func (r *run) known(p *plan, s subject) []Duty {
	out := make([]Duty, len(p.duties))
	for i := range p.duties {
		d := &p.duties[i]
		if d.fixed != nil {
			out[i] = d.fixed.duty
		} else {
			out[i] = r.conditional(p, d, s)
		}
		out[i].DecidedBy = with(out[i].DecidedBy, s.hosting)
		if s.assumed && r.hostingMatters(p, d) {
			out[i].Assumed = true
		}
	}
	return out
}

// conditional decides a duty whose rows have conditions.
func (r *run) conditional(p *plan, d *dutyPlan, s subject) Duty {
	o := r.outcome(p, d, s)
	duty := o.duty
	evidence := s.evidence(o.decision.Paths, p.hosting)
	if duty.Party == stack.Undetermined {
		slices.SortStableFunc(evidence, UnknownFirst)
		duty.Reason = undeterminedReason(&o.decision, evidence)
	}
	namePublisher(&duty, evidence)
	duty.DecidedBy = evidence
	duty.Assumed = d.party == "" && slices.ContainsFunc(evidence, func(e Decider) bool { return e.Assumed != "" })
	return duty
}

// outcome evaluates a duty's conditions, or finds the outcome for equal values.
func (r *run) outcome(p *plan, d *dutyPlan, s subject) *outcome {
	r.key = r.key[:0]
	for _, path := range d.reads {
		r.key = s.fingerprint(r.key, path)
	}
	if o, ok := d.memo[string(r.key)]; ok {
		return o
	}
	in := expr.Inputs{AsOf: r.opts.AsOf, Part: func(role string) inventory.Value {
		return s.properties(role, p.hosting.TypeOf(role))
	}}
	dec := p.hosting.Decide(d.duty, in)
	r.faults(p, &dec)
	o := &outcome{decision: dec, duty: r.fromDecision(d.duty, &dec)}
	if len(d.memo) < maxMemo {
		d.memo[string(r.key)] = o
	}
	return o
}

// faults reports each condition that could not be evaluated, once.
func (r *run) faults(p *plan, dec *catalog.Decision) {
	for _, f := range dec.Faults {
		if r.seenFaults[f.Row] {
			continue
		}
		r.seenFaults[f.Row] = true
		r.diags.Add(diag.Diagnostic{
			Severity: diag.Warning, Range: f.Row.At, Summary: "Condition of the catalog not evaluated",
			Detail: fmt.Sprintf("%s of %q: %v. The duty is undetermined where this decides.", f.Row.Duty, p.hosting.ID, f.Err),
		})
	}
}

// layers groups duties, which are in the order of stack.Duties, into the layers of the stack.
func layers(duties []Duty) []Layer {
	infos := stack.Layers()
	out := make([]Layer, 0, len(infos))
	names := make([]stack.Duty, 0, 4)
	parties := make([]stack.Party, 0, 4)
	for _, info := range infos {
		n := len(info.Duties)
		own := duties[:n:n]
		duties = duties[n:]
		names, parties = names[:0], parties[:0]
		for i := range own {
			names, parties = append(names, info.Duties[i].Duty), append(parties, own[i].Party)
		}
		out = append(out, Layer{Layer: info.Layer, Party: stack.RollUp(names, parties), Duties: own})
	}
	return out
}

// blank makes every duty undetermined for one reason.
func blank(s subject, reason string) []Duty {
	all := stack.Duties()
	out := make([]Duty, len(all))
	for i, d := range all {
		out[i] = Duty{Duty: d.Name(), Party: stack.Undetermined, Reason: reason, Basis: stack.Inferred, DecidedBy: s.hosting}
	}
	return out
}

// serviceOf names the service of a type for workloads whose hosting does not: "AWS::DocDB::DBCluster" gives
// "documentdb", and a type that is none of AWS's gives nothing.
func serviceOf(typ string) string {
	class, _ := vocabulary.Classify(typ)
	return class.Service
}
