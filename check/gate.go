package check

import (
	"fmt"
	"slices"
	"strings"
)

// Gate says which findings fail a run.
type Gate struct {
	// Unmet fails what is unmet and at least as severe as Least.
	Unmet bool
	Least Severity
	// Undetermined, Orphan and Expired fail findings of these kinds; Orphan includes overlaps.
	Undetermined, Orphan, Expired bool
}

// ParseGate reads a list such as "unmet:high,undetermined,orphan,expired".
func ParseGate(list []string) (Gate, error) {
	var g Gate
	for _, item := range list {
		for word := range strings.SplitSeq(item, ",") {
			if err := g.add(strings.TrimSpace(word)); err != nil {
				return Gate{}, err
			}
		}
	}
	return g, nil
}

func (g *Gate) add(word string) error {
	name, level, levelled := strings.Cut(word, ":")
	if levelled && name != string(Unmet) {
		return fmt.Errorf("%q: only unmet takes a severity, as in unmet:high", word)
	}
	switch name {
	case string(Unmet):
		least := Severity(level)
		if !levelled {
			least = Low
		}
		if least.Rank() == 0 {
			return fmt.Errorf("%q: expected a severity after the colon: critical, high, medium or low", word)
		}
		if !g.Unmet || least.Rank() < g.Least.Rank() {
			g.Unmet, g.Least = true, least
		}
	case string(Undetermined):
		g.Undetermined = true
	case KindOrphan:
		g.Orphan = true
	case KindExpired:
		g.Expired = true
	default:
		return fmt.Errorf("%q: expected unmet, unmet:SEVERITY, undetermined, orphan or expired", word)
	}
	return nil
}

// The kinds of findings.
const (
	KindCheck    = "check"
	KindEvidence = "evidence"
	KindAttest   = "attest"
	KindOrphan   = "orphan"
	KindOverlap  = "overlap"
	KindExpired  = "expired"
)

// Fails reports whether a finding fails the gate. What a baseline knows does not.
func (g Gate) Fails(f *Finding) bool {
	if f.Known {
		return false
	}
	switch f.Kind {
	case KindOrphan, KindOverlap:
		return g.Orphan
	case KindExpired:
		return g.Expired
	}
	switch f.Verdict {
	case Unmet:
		return g.Unmet && f.Severity.Rank() >= g.Least.Rank()
	case Undetermined:
		return g.Undetermined
	}
	return false
}

// Failing returns the findings that fail the gate, in the result's order.
func (g Gate) Failing(r *Result) []*Finding {
	var out []*Finding
	for i := range r.Findings {
		if g.Fails(&r.Findings[i]) {
			out = append(out, &r.Findings[i])
		}
	}
	return out
}

// OfTeam keeps the findings of one team, and those that nobody or several hold.
func (r *Result) OfTeam(team string) {
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
		return f.Owner != nil && f.Owner.Team != team && !slices.Contains(f.Owner.Claims, team)
	})
}
