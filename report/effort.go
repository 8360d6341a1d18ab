package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/effort"
)

// RangeText words a range of hours or of factors: "120 to 400", "0.3 to 0.7", or the one number of a point.
func RangeText(r effort.Range) string {
	low, high := amount(r.Low), amount(r.High)
	if low == high {
		return low
	}
	return low + " to " + high
}

// amount rounds to what a guess deserves: three digits from one up, two below.
func amount(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	case v >= 1:
		return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	default:
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	}
}

// CostText says what an estimate comes to: "120 to 400 hours a year, 0.07 to 0.29 of a person".
func CostText(hours, people effort.Range) string {
	whose := "of a person"
	if people.High > 1 {
		whose = "people"
	}
	return RangeText(hours) + " hours a year, " + RangeText(people) + " " + whose
}

// EnoughText answers whether the people who are there can do the work; empty when nobody said how many there are.
func EnoughText(a *effort.Answer) string {
	if a.Available == nil {
		return ""
	}
	have := amount(*a.Available)
	need := RangeText(a.People)
	switch {
	case *a.Available >= a.People.High:
		return fmt.Sprintf("Yes: you have %s full-time people and need %s, if the numbers hold.", have, need)
	case *a.Available < a.People.Low:
		return fmt.Sprintf("No: you have %s full-time people and need at least %s, if the numbers hold.", have, amount(a.People.Low))
	}
	return fmt.Sprintf("Not certain: you have %s full-time people and need %s. Put your own figures in place of the widest ranges, or move work away.", have, need)
}

// FactorText words one factor of a line: "× 1 to 3 hours (os-patch-hours): testing a release …".
func FactorText(f *effort.Factor, first bool) string {
	text := RangeText(f.Range)
	if f.Unit != "" {
		text += " " + f.Unit
	}
	if !first {
		text = "× " + text
	}
	if f.Parameter != "" {
		text += " (" + f.Parameter + ")"
	}
	text += ": " + strings.ToLower(f.Why[:1]) + Plain(f.Why[1:])
	if len(f.DecidedBy) > 0 {
		text += ", by " + DeciderText(&f.DecidedBy[0])
	}
	return text
}

// DeciderText words a property, its value and its place.
func DeciderText(d *allocation.Decider) string {
	text := Plain(d.Property) + " " + Clip(d.Value, MaxValue)
	if at := Place(d.Path, d.Line); at != "" {
		text += " at " + at
	}
	if d.Unresolved != "" {
		text += ", " + Clip(d.Unresolved, MaxReason)
	}
	if d.Assumed != "" {
		text += ", assumed: " + Clip(d.Assumed, MaxReason)
	}
	return text
}

// ParameterText words a parameter with its range and what backs it: "os-releases: 23 to 37 releases a year".
func ParameterText(p *effort.Parameter) string {
	return p.Name + ": " + RangeText(p.Range) + " " + p.Unit
}

// SourceTexts says what a parameter rests on: who changed it, that it is an assumption, or its pages.
func SourceTexts(p *effort.Parameter) []string {
	var out []string
	if p.Changed != "" {
		out = append(out, "yours, by "+Clip(p.Changed, MaxName))
	}
	if p.Assumption {
		out = append(out, "assumption")
	}
	for _, c := range p.Sources {
		out = append(out, Clip(c.Title, MaxName)+" <"+Plain(c.URL)+">, seen "+Plain(c.Seen))
	}
	return out
}

// AssumedCount counts the parameters of an answer that no page backs.
func AssumedCount(list []effort.Parameter) int {
	n := 0
	for _, p := range list {
		if p.Assumption {
			n++
		}
	}
	return n
}

// EffortRow is a line of the table of stacks: a workload as it is, or one of its alternatives, or a hosting.
type EffortRow struct {
	Name string
	// Other is set for an alternative of the workload above.
	Other    bool
	Estimate *effort.Estimate
}

// EffortRows lists the estimates of an answer: each workload with its alternatives below it, the least first.
func EffortRows(a *effort.Answer) []EffortRow {
	var out []EffortRow
	for i := range a.Workloads {
		w := &a.Workloads[i]
		out = append(out, EffortRow{Name: w.Name, Estimate: &w.Now})
		for _, e := range byHours(w.Alternatives) {
			out = append(out, EffortRow{Other: true, Name: "as " + e.Hosting, Estimate: e})
		}
	}
	for _, e := range byHours(a.Hostings) {
		out = append(out, EffortRow{Name: e.HostingTitle, Estimate: e})
	}
	return out
}

func byHours(list []effort.Estimate) []*effort.Estimate {
	out := make([]*effort.Estimate, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	slices.SortStableFunc(out, func(a, b *effort.Estimate) int {
		return cmp.Or(cmp.Compare(a.Hours.High, b.Hours.High), cmp.Compare(a.Hours.Low, b.Hours.Low))
	})
	return out
}
