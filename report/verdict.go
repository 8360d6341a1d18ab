package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/stack"
)

// VerdictSymbol returns one character for a verdict.
func VerdictSymbol(v check.Verdict) string {
	switch v {
	case check.Unmet:
		return "✗"
	case check.Met:
		return "✓"
	case check.Accepted:
		return "~"
	case check.Attested:
		return "✎"
	case check.Inherited:
		return "●"
	case check.Undetermined:
		return "?"
	}
	return "–"
}

// VerdictMeaning explains a verdict in half a sentence.
func VerdictMeaning(v check.Verdict) string {
	switch v {
	case check.Unmet:
		return "the input shows that the duty is not done"
	case check.Met:
		return "each check that applies says that it is done"
	case check.Accepted:
		return "not done, and accepted with a reason, an owner and an end"
	case check.Attested:
		return "a person states that it is done"
	case check.Inherited:
		return "AWS's duty: no pass and no finding"
	}
	return "nothing in the input tells"
}

// Problem is what one check, or one kind of open duty, found: all its findings of one verdict.
type Problem struct {
	*check.Finding
	// Members are the findings, in the result's order; the embedded one is the first.
	Members []*check.Finding
}

// Problems groups the findings of one verdict, or of every verdict when it is empty, by check and verdict, in the order
// of the result: the severest first.
func Problems(r *check.Result, v check.Verdict) []Problem {
	var out []Problem
	at := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if v != "" && f.Verdict != v {
			continue
		}
		key := string(f.Verdict) + problemKey(f)
		j, ok := at[key]
		if !ok {
			j = len(out)
			at[key] = j
			out = append(out, Problem{Finding: f})
		}
		out[j].Members = append(out[j].Members, f)
	}
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)))
	})
	return out
}

// Statements are the problems that only a person's statement closes, taken out of the rest.
func Statements(list []Problem) (statements, rest []Problem) {
	for _, p := range list {
		if p.Kind == check.KindAttest {
			statements = append(statements, p)
		} else {
			rest = append(rest, p)
		}
	}
	order := stack.Duties()
	slices.SortStableFunc(statements, func(a, b Problem) int {
		return cmp.Compare(slices.Index(order, a.Duty), slices.Index(order, b.Duty))
	})
	return statements, rest
}

// problemKey joins findings that ask for the same: those of a check, and duties that wait for the same statement.
func problemKey(f *check.Finding) string {
	if f.Kind == check.KindAttest {
		return f.Kind + string(f.Duty) + f.Reason
	}
	return f.Kind + f.Check + string(f.Duty)
}

// kindOrder puts what a check found before what waits for a statement.
func kindOrder(kind string) int {
	return slices.Index([]string{check.KindCheck, check.KindEvidence, check.KindExpired, check.KindOverlap, check.KindOrphan, check.KindAttest}, kind)
}

// Tally counts the duties of a workload by verdict.
func Tally(w *check.Workload) map[check.Verdict]int {
	out := map[check.Verdict]int{}
	for _, l := range w.Layers {
		for _, d := range l.Duties {
			if d.Verdict != "" {
				out[d.Verdict]++
			}
		}
	}
	return out
}

// TallyText gives counts in the order of check.Verdicts: "3 unmet, 2 undetermined, 9 met, 12 inherited".
func TallyText(counts map[check.Verdict]int) string {
	var parts []string
	for _, v := range check.Verdicts() {
		if n := counts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "nothing was judged"
	}
	return strings.Join(parts, ", ")
}

// SeverityText gives the counts of unmet findings: "2 critical, 5 high".
func SeverityText(counts map[check.Severity]int) string {
	var parts []string
	for _, s := range check.Severities() {
		if n := counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

// OwnerText names who holds a duty: "team payments", "nobody", "payments or platform".
func OwnerText(o *check.Owner) string {
	switch {
	case o == nil:
		return ""
	case o.Status == check.KindOverlap:
		return "claimed by " + strings.Join(o.Claims, " and ")
	case o.Status == check.KindOrphan:
		return "held by nobody"
	case o.Team == "":
		return "team not known: " + o.Because
	}
	return "team " + o.Team
}

// ExceptionText words an accepted risk or a statement.
func ExceptionText(e *check.Exception) string {
	if e == nil {
		return ""
	}
	by := "accepted by "
	if e.Kind != "accept" {
		by = "stated by "
	}
	out := by + e.Owner
	if e.Until != "" {
		out += " until " + e.Until
	}
	return out + ": " + e.Reason
}

// Workloads counts the workloads that the findings of a problem touch together.
func (p *Problem) Workloads() int {
	n := 0
	for _, f := range p.Members {
		n += len(f.Workloads)
	}
	return n
}

// Touched says how many workloads a finding touches beside its resource: "3 workloads"; "" for none.
func Touched(f *check.Finding) string {
	if len(f.Workloads) == 0 {
		return ""
	}
	return Plural(len(f.Workloads), "workload")
}
