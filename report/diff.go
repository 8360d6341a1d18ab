package report

import (
	"fmt"
	"strings"

	"github.com/onus-dev/onus/change"
	"github.com/onus-dev/onus/stack"
)

// Shift is one way in which duties of workloads moved: the same duty from and to the same parties for the same reason.
type Shift struct {
	*change.Move
	// Members are the moves, the embedded one first.
	Members []*change.Move
}

// Shifts groups moves: first those that give the customer work, in the order of the result.
func Shifts(r *change.Result) (toYou, away []Shift) {
	var order []string
	groups := map[string]*Shift{}
	for i := range r.Moves {
		m := &r.Moves[i]
		key := strings.Join([]string{m.Workload.ID, string(m.From), string(m.To), m.HostingFrom, causeKey(m)}, "\x00")
		if groups[key] == nil {
			groups[key] = &Shift{Move: m}
			order = append(order, key)
		}
		groups[key].Members = append(groups[key].Members, m)
	}
	for _, key := range order {
		if s := groups[key]; s.ToCustomer {
			toYou = append(toYou, *s)
		} else {
			away = append(away, *s)
		}
	}
	return toYou, away
}

func causeKey(m *change.Move) string {
	if len(m.Because) == 0 {
		return ""
	}
	c := m.Because[0]
	return c.Property + c.Before + c.After
}

// MoveText says a shift in one sentence: "operating-system/apply of api moves from AWS to you."
func MoveText(s *Shift) string {
	var duties []string
	for _, m := range s.Members {
		duties = append(duties, string(m.Duty))
	}
	verb := "moves"
	if len(duties) > 1 {
		verb = "move"
	}
	return fmt.Sprintf("%s of %s %s from %s to %s.", list(duties), Clip(s.Workload.Name, MaxName), verb, ToWhom(s.From), ToWhom(s.To))
}

// ToWhom names a party in a sentence to the customer.
func ToWhom(p stack.Party) string {
	switch p {
	case stack.Customer:
		return "you"
	case stack.AWS:
		return "AWS"
	case stack.Shared:
		return "both of you"
	case stack.ThirdParty:
		return "a third party"
	case stack.NotApplicable:
		return "nobody (there is no such duty)"
	}
	return "undetermined"
}

// CauseText words a property that changed: "LaunchType FARGATE -> EC2 at main.tf:12".
func CauseText(c *change.Cause) string {
	var b strings.Builder
	b.WriteString(c.Property)
	switch {
	case c.Side == "before":
		fmt.Fprintf(&b, " was %s and is gone", c.Before)
	case c.Before == "":
		fmt.Fprintf(&b, " is %s", c.After)
	case c.Before == c.After:
		fmt.Fprintf(&b, " is %s, as before", c.After)
	default:
		fmt.Fprintf(&b, " %s → %s", c.Before, c.After)
	}
	if at := Place(c.Path, c.Line); at != "" {
		b.WriteString(" at " + at)
	}
	if c.Used != nil {
		b.WriteString(", used at " + Place(c.Used.Path, c.Used.Line))
	}
	return b.String()
}

// ChangeSummary says in one sentence what a change does.
func ChangeSummary(r *change.Result) string {
	toYou, away := 0, 0
	for i := range r.Moves {
		if r.Moves[i].ToCustomer {
			toYou++
		} else {
			away++
		}
	}
	var parts []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(toYou, "duty moves to you", "duties move to you")
	add(away, "duty moves away from you", "duties move away from you")
	add(len(r.New), "new workload", "new workloads")
	add(len(r.Gone), "workload gone", "workloads gone")
	add(len(r.Findings), "new finding", "new findings")
	add(len(r.Resolved), "finding resolved", "findings resolved")
	if len(parts) == 0 {
		return "No duty moves and no verdict changes."
	}
	return strings.Join(parts, ", ") + "."
}

// list joins names as a sentence does.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
