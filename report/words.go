package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
)

// Symbol returns one character for a party, so that output without colour still tells the parties apart.
func Symbol(p stack.Party) string {
	switch p {
	case stack.Customer:
		return "◆"
	case stack.Shared:
		return "◐"
	case stack.ThirdParty:
		return "+"
	case stack.AWS:
		return "●"
	case stack.NotApplicable:
		return "–"
	default:
		return "?"
	}
}

// Word returns the party's name for people: "AWS", "third party", "n/a".
func Word(p stack.Party) string {
	switch p {
	case stack.AWS:
		return "AWS"
	case stack.ThirdParty:
		return "third party"
	case stack.NotApplicable:
		return "n/a"
	default:
		return string(p)
	}
}

// Heading returns the heading of a party's duties in a report addressed to the customer.
func Heading(p stack.Party) string {
	switch p {
	case stack.Customer:
		return "Yours"
	case stack.Shared:
		return "Shared"
	case stack.Undetermined:
		return "Undetermined"
	case stack.ThirdParty:
		return "Third party"
	case stack.AWS:
		return "AWS"
	default:
		return "Not applicable"
	}
}

// Meaning explains a party in half a sentence, for headings and legends.
func Meaning(p stack.Party) string {
	switch p {
	case stack.Customer:
		return "security in the cloud"
	case stack.Shared:
		return "two halves, one yours"
	case stack.Undetermined:
		return "a value that is not known decides"
	case stack.ThirdParty:
		return "a vendor other than AWS"
	case stack.AWS:
		return "security of the cloud; inherited, which is never a pass"
	default:
		return "this hosting has no such duty"
	}
}

// LayerTitle returns the layer's name in a figure: "Operating system".
func LayerTitle(l stack.Layer) string {
	if info, ok := stack.LookupLayer(string(l)); ok {
		return info.Title
	}
	return Plain(string(l))
}

// HostingTitle returns the hosting's name for people, or its id when it has none.
func HostingTitle(w *allocation.Workload) string { return Plain(cmp.Or(w.HostingTitle, w.Hosting)) }

// HostingKind returns the hosting's id and, when known, its class: "ecs-fargate, serverless".
func HostingKind(w *allocation.Workload) string {
	if w.Class == "" {
		return Plain(w.Hosting)
	}
	return Plain(w.Hosting + ", " + string(w.Class))
}

// Caveats returns what is not settled about the workload itself: that its number is unknown, that it may not exist, or
// what a plan would do to it.
func Caveats(w *allocation.Workload) []string {
	var out []string
	if w.ManyUnknown {
		out = append(out, "number unknown: count or for_each is not known")
	}
	if w.MaybeAbsent != "" {
		out = append(out, "may not exist: "+Clip(w.MaybeAbsent, MaxReason))
	}
	if t := ActionText(w.Action); t != "" {
		out = append(out, t)
	}
	return out
}

// ActionText says what the plan would do to the workload's root, or "" when it leaves it alone.
func ActionText(action string) string {
	if action == "" || action == "no-op" || action == "read" {
		return ""
	}
	return "the plan would " + Clip(action, MaxName) + " it"
}

// Marks returns the reservations about a duty: that its basis is inferred, and that it assumes a default.
func Marks(d *allocation.Duty) []string {
	var out []string
	if d.Basis == stack.Inferred {
		out = append(out, "inferred: no page was found")
	}
	if d.Assumed {
		out = append(out, AssumedMark(d.DecidedBy))
	}
	return out
}

// AssumedMark says which defaults an answer rests on: "assumes default of var.launch_type".
func AssumedMark(by []allocation.Decider) string {
	var names []string
	for _, e := range by {
		name, _, _ := strings.Cut(e.Assumed, ",")
		if name = Clip(name, MaxName); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "assumes a default"
	}
	return "assumes default of " + strings.Join(names, " and ")
}

// DeadlineText says by when the customer's part must be done, or "" without a deadline.
func DeadlineText(d *allocation.Duty) string {
	if d.Deadline == nil {
		return ""
	}
	return fmt.Sprintf("Within %s, counted from when %s.", Plural(d.Deadline.Days, "day"),
		strings.TrimSuffix(Plain(d.Deadline.From), "."))
}

// ResidualText says what the customer must still do although another party holds the duty, or "" when nothing.
func ResidualText(d *allocation.Duty) string {
	if d.Residual == "" {
		return ""
	}
	return strings.TrimSpace(Clip(d.Residual, MaxReason) + " " + DeadlineText(d))
}

// CoverageText says how much of the input was understood, on one line.
func CoverageText(c allocation.Coverage) string {
	s := fmt.Sprintf("mapped %d of %s", c.Mapped, Plural(c.Resources, "resource"))
	if n := len(c.NotRead); n > 0 {
		s += fmt.Sprintf("; %s could not be read", Plural(n, "part"))
	}
	for i, t := range c.UnmappedTypes {
		sep := ", "
		if i == 0 {
			sep = "; no meaning known for: "
		}
		s += fmt.Sprintf("%s%s (%d)", sep, Clip(t.Type, MaxName), t.Count)
	}
	return s
}

// Plural returns "1 day", "2 days".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
