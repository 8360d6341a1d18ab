package check

import (
	"slices"
	"time"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// maxMemo bounds how many outcomes of one check are kept.
const maxMemo = 512

// answer is what the conditions of a check gave: the verdict, empty when the check does not apply, and whether `when`
// was what left it open.
type answer struct {
	verdict Verdict
	// whenOpen is set when it is not known whether the check applies.
	whenOpen bool
	err      error
}

// evaluate answers a check's conditions on given parts.
func (p *program) evaluate(c *Check, in expr.Inputs) answer {
	applies := expr.True
	var err error
	if p.when != nil {
		if applies, err = p.when.Eval(in); err != nil {
			return answer{verdict: Undetermined, err: err}
		}
		if applies == expr.False {
			return answer{}
		}
	}
	met, err := p.met.Eval(in)
	switch {
	case err != nil:
		return answer{verdict: Undetermined, err: err}
	case met == expr.True:
		return answer{verdict: Met}
	case applies == expr.Unknown:
		return answer{verdict: Undetermined, whenOpen: true}
	case met == expr.False:
		return answer{verdict: c.Otherwise}
	}
	return answer{verdict: Undetermined}
}

// judgement is a check on one resource.
type judgement struct {
	check   *Check
	subject *inventory.Resource
	dossier *evidence.Dossier
	answer
}

// bench judges: it evaluates checks on dossiers and keeps outcomes for equal values.
type bench struct {
	set  *Set
	asOf time.Time
	memo map[*Check]map[string]answer
	key  []byte
}

// judge answers one check on one resource of a dossier; ok is false when the check has faults.
func (b *bench) judge(c *Check, subject *inventory.Resource, d *evidence.Dossier) (judgement, bool) {
	p := b.set.program(c)
	if p == nil {
		return judgement{}, false
	}
	v := view{p: p, check: c, subject: subject, d: d}
	b.key = b.key[:0]
	for _, path := range p.reads {
		b.key = path.Fingerprint(b.key, v.part(path.Part).Value)
	}
	memo := b.memo[c]
	if a, ok := memo[string(b.key)]; ok {
		return judgement{c, subject, d, a}, true
	}
	a := p.evaluate(c, expr.Inputs{AsOf: b.asOf, Part: func(role string) inventory.Value { return v.part(role).Value }})
	if memo == nil {
		memo = map[string]answer{}
		b.memo[c] = memo
	}
	if len(memo) < maxMemo {
		memo[string(b.key)] = a
	}
	return judgement{c, subject, d, a}, true
}

// view is what a check sees: the subject in its role, the rest from the dossier.
type view struct {
	p       *program
	check   *Check
	subject *inventory.Resource
	d       *evidence.Dossier
}

func (v view) part(role string) evidence.Part {
	if role == v.check.On.Role {
		props := v.subject.Properties
		switch {
		case v.subject.Lookup: // what is only looked up has more properties than the input shows
			props = inventory.UnknownValue(v.subject.Origin, inventory.Step{Name: v.subject.Address, Note: "is not declared in the input", At: v.subject.Origin})
		case props.IsNull():
			props = inventory.MapValue(nil, v.subject.Origin)
		}
		return evidence.Part{Value: props, Resources: []*inventory.Resource{v.subject}}
	}
	return v.d.PartFor(v.subject, role, v.p.types[role])
}

// evidence lists the properties that an answer rests on: those of `met`, or of `when` where that is open.
func (b *bench) evidence(j judgement) []allocation.Decider {
	p := b.set.program(j.check)
	v := view{p: p, check: j.check, subject: j.subject, d: j.dossier}
	paths := p.metPaths
	if j.whenOpen {
		paths = slices.Concat(p.whenPaths, paths)
	}
	var out []allocation.Decider
	for _, path := range paths {
		out = v.deciders(out, path)
	}
	if j.verdict == Undetermined {
		slices.SortStableFunc(out, allocation.UnknownFirst)
	}
	return out
}

// maxDeciders bounds the evidence of one finding.
const maxDeciders = 8

func (v view) deciders(out []allocation.Decider, path expr.Path) []allocation.Decider {
	part := v.part(path.Part)
	at := v.subject.Origin
	if len(part.Resources) > 0 && part.Resources[0] != nil {
		at = part.Resources[0].Origin
	}
	var own []allocation.Decider
	because := part.Evidence(path.Property)
	switch {
	case part.Value.IsNull() && len(part.Resources) == 0 && len(part.Because) == 0 && len(out) > 0:
		return out // an absent part says less than what is there
	case len(because) > 0:
		own = allocation.DecidersOf(because)
	case part.Value.IsUnknown():
		own = allocation.DecidersOf([]workload.Evidence{{Property: path.Name(), Value: inventory.UnknownValue(at, part.Why...)}})
	case part.Value.Kind() == inventory.List:
		own = members(part, path)
	default:
		for _, f := range path.Values(part.Value) {
			own = append(own, allocation.Placed(allocation.DeciderOf(f.Name, f.Value), at))
		}
	}
	for _, d := range own {
		if len(out) < maxDeciders {
			out = allocation.AddDecider(out, d)
		}
	}
	return out
}

// members are the values of a path in a list of parts, each at its own resource.
func members(part evidence.Part, path expr.Path) []allocation.Decider {
	var out []allocation.Decider
	for i, item := range part.Value.List() {
		if len(out) >= maxDeciders {
			break
		}
		at := item.Origin()
		if i < len(part.Resources) && part.Resources[i] != nil {
			at = part.Resources[i].Origin
		}
		for _, f := range path.Values(item) {
			out = append(out, allocation.Placed(allocation.DeciderOf(f.Name, f.Value), at))
		}
	}
	return out
}

// assumed reports whether an answer rests on a default.
func assumed(deciders []allocation.Decider) bool {
	return slices.ContainsFunc(deciders, func(d allocation.Decider) bool { return d.Assumed != "" })
}

// worst orders verdicts: the one that asks for most wins. Empty verdicts do not count.
func worst(a, b Verdict) Verdict {
	if a == "" || b != "" && b.rank() < a.rank() {
		return b
	}
	return a
}

// holder is who holds a duty for judging: the customer where each candidate for it is the customer, alone or shared.
func holder(d *allocation.Duty) stack.Party {
	if d.Party != stack.Undetermined || len(d.Candidates) == 0 {
		return d.Party
	}
	for _, c := range d.Candidates {
		if c.Party != stack.Customer && c.Party != stack.Shared {
			return d.Party
		}
	}
	return stack.Customer
}

// judged reports whether the customer's duties are judged under a party.
func judged(p stack.Party) bool {
	return p == stack.Customer || p == stack.Shared || p == stack.Undetermined
}
