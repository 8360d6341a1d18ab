package change

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
)

// Diff compares two sides.
func Diff(before, after *Side) *Result {
	r := &Result{
		SchemaVersion: SchemaVersion, Before: before.Name, After: after.Name, AsOf: after.Result.AsOf,
		Moves: []Move{}, Verdicts: []VerdictChange{}, New: []Workload{}, Gone: []Workload{},
		Findings: []check.Finding{}, Resolved: []check.Finding{},
		Diagnostics: slices.Concat([]allocation.Diagnostic{}, before.Result.Diagnostics, after.Result.Diagnostics),
	}
	pairs, gone, fresh := match(before, after)
	r.Compared = len(pairs)
	for _, p := range pairs {
		r.compare(&before.Result.Workloads[p.before], &after.Result.Workloads[p.after])
	}
	for _, i := range fresh {
		r.New = append(r.New, summary(&after.Result.Workloads[i]))
	}
	for _, i := range gone {
		r.Gone = append(r.Gone, summary(&before.Result.Workloads[i]))
	}
	r.findings(before, after, pairs)
	return r
}

func summary(w *check.Workload) Workload {
	out := Workload{ID: w.ID, Name: w.Name, Address: w.Address, Hosting: w.Hosting, Source: w.Source}
	for _, l := range w.Layers {
		for _, d := range l.Duties {
			if d.Verdict == check.Unmet {
				out.Unmet++
			}
			if d.Party == stack.Customer || d.Party == stack.Shared {
				out.Customer++
			}
		}
	}
	return out
}

// compare puts the duties of a workload side by side. Both have every duty, in one order.
func (r *Result) compare(before, after *check.Workload) {
	for i := range after.Layers {
		b, a := &before.Layers[i], &after.Layers[i]
		for j := range a.Duties {
			duty := stack.Duty(string(a.Layer) + "/" + a.Duties[j].Duty.Duty)
			r.duty(duty, before, after, &b.Duties[j], &a.Duties[j])
		}
	}
}

func (r *Result) duty(duty stack.Duty, before, after *check.Workload, b, a *check.Duty) {
	if b.Party != a.Party {
		m := Move{
			Workload: summary(after), Duty: duty, From: b.Party, To: a.Party, ToCustomer: weight(a.Party) > weight(b.Party), Reason: a.Reason, Residual: a.Residual,
			Because: causes(before, after, b, a), Citation: a.Citation,
		}
		if before.Address != after.Address {
			m.Was = before.Address
		}
		if before.Hosting != after.Hosting {
			m.HostingFrom = before.Hosting
		}
		r.Moves = append(r.Moves, m)
	}
	if b.Verdict != a.Verdict {
		r.Verdicts = append(r.Verdicts, VerdictChange{Workload: summary(after), Duty: duty, From: b.Verdict, To: a.Verdict, Because: a.Because})
	}
}

// maxCauses bounds what is named of one move.
const maxCauses = 5

// causes are the deciding properties that differ. Where none does, what decides now is named.
func causes(before, after *check.Workload, b, a *check.Duty) []Cause {
	was, is := deciders(before, b), deciders(after, a)
	out := []Cause{}
	for _, d := range is {
		old, ok := find(was, d.Property)
		if ok && slices.Contains(old, d.Value) || !property(d) {
			continue
		}
		c := causeOf(d)
		c.After, c.Side = d.Value, "after"
		if ok {
			c.Before = old[0]
		}
		out = append(out, c)
	}
	for _, d := range was {
		if _, ok := find(is, d.Property); !ok && property(d) {
			c := causeOf(d)
			c.Before, c.Side = d.Value, "before"
			out = append(out, c)
		}
	}
	// What is set in the file tells more than what is not set, and a value on both sides more than one on one side.
	slices.SortStableFunc(out, func(x, y Cause) int { return cmp.Compare(y.rank(), x.rank()) })
	out = slices.CompactFunc(out, func(x, y Cause) bool {
		return x.Property == y.Property && x.Before == y.Before && x.After == y.After && x.Path == y.Path && x.Line == y.Line
	})
	if len(out) == 0 {
		for _, d := range is {
			c := causeOf(d)
			c.Before, c.After, c.Side = d.Value, d.Value, "after"
			out = append(out, c)
		}
	}
	return out[:min(len(out), maxCauses)]
}

// causeOf places a cause where the value itself is written: in a variable's default or file rather than where it is used.
func causeOf(d allocation.Decider) Cause {
	c := Cause{Property: d.Property, Path: d.Path, Line: d.Line, Trail: d.Trail}
	if d.Written != nil {
		c.Used = &allocation.Source{Path: d.Path, Line: d.Line}
		c.Path, c.Line = d.Written.Path, d.Written.Line
	}
	return c
}

// property tells a property from a resource that was only found to be there.
func property(d allocation.Decider) bool {
	return strings.Contains(d.Property[strings.LastIndex(d.Property, ":")+1:], ".")
}

func (c *Cause) rank() int {
	unset := inventory.Value{}.Display()
	n := 0
	if c.After != "" && c.Before != "" {
		n += 2
	}
	if c.Side == "after" && c.After != unset || c.Side == "before" && c.Before != unset {
		n++
	}
	return n
}

// deciders are a duty's, then those of the hosting.
func deciders(w *check.Workload, d *check.Duty) []allocation.Decider {
	return slices.Concat(d.DecidedBy, w.DecidedBy)
}

// find returns the values that a property has among the deciders.
func find(list []allocation.Decider, property string) (values []string, ok bool) {
	for _, d := range list {
		if d.Property == property {
			values = append(values, d.Value)
		}
	}
	return values, len(values) > 0
}

// findings tells which findings came and went. What stays although its resource was renamed is neither.
func (r *Result) findings(before, after *Side, pairs []pair) {
	translated := addresses(before, after, pairs)
	had := map[string]check.Verdict{}
	for i := range before.Result.Findings {
		f := &before.Result.Findings[i]
		had[key(f, translated(f.Resource))] = f.Verdict
	}
	has := map[string]bool{}
	for i := range after.Result.Findings {
		f := &after.Result.Findings[i]
		k := key(f, after.relative(f.Resource.Root)+"\x00"+f.Resource.Address)
		has[k] = true
		if f.Kind == check.KindAttest {
			continue // told by the verdicts of the duties
		}
		if was, ok := had[k]; !ok || was != f.Verdict && was != check.Unmet {
			r.Findings = append(r.Findings, *f)
		}
	}
	for i := range before.Result.Findings {
		f := &before.Result.Findings[i]
		if f.Kind != check.KindAttest && !has[key(f, translated(f.Resource))] {
			r.Resolved = append(r.Resolved, *f)
		}
	}
}

func key(f *check.Finding, at string) string {
	return strings.Join([]string{f.Kind, f.Check, string(f.Duty), at}, "\x00")
}
