package report

import (
	"fmt"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/move"
)

// Move is the view of `onus move`: the answer, and the comparison of both stacks that `onus compare` would show.
type Move struct {
	*move.Result
	Comparison *Comparison
	// Step is what the customer sheds, keeps and gains.
	Step Step
}

// NewMove compares the two stacks of an answer, as `onus compare PATH HOSTING --workload W` does.
func NewMove(r *move.Result) *Move {
	c := Compare([]Column{{Stack: r.From, Members: []*allocation.Workload{r.From}}, {Stack: r.To}}, r.Input)
	return &Move{Result: r, Comparison: c, Step: c.Steps[0]}
}

// Title names the move: "shop: ECS on EC2 → ECS on Fargate".
func (m *Move) Title() string {
	return Clip(m.From.Name, MaxName) + ": " + HostingTitle(m.From) + " → " + HostingTitle(m.To)
}

// Summary sums the preconditions up.
func (m *Move) Summary() string {
	broken, open, todo := m.Count(move.Broken), m.Count(move.Undetermined), m.Count(move.ToDo)
	fit := m.Judged - len(m.Findings)
	if m.Judged == 0 {
		return "No precondition is known for this move."
	}
	verdict := "Nothing that is known breaks."
	switch {
	case broken == 1:
		verdict = "1 precondition is broken."
	case broken > 1:
		verdict = fmt.Sprintf("%d preconditions are broken.", broken)
	}
	if open > 0 {
		verdict += fmt.Sprintf(" %d must be found out.", open)
	}
	if todo > 0 {
		verdict += fmt.Sprintf(" %d to do in any case.", todo)
	}
	return verdict + fmt.Sprintf(" %d of %d fit.", fit, m.Judged)
}

// Of returns the findings of a status.
func (m *Move) Of(s move.Status) []move.Finding {
	var out []move.Finding
	for _, f := range m.Findings {
		if f.Status == s {
			out = append(out, f)
		}
	}
	return out
}

// MoveHeading is the heading over the findings of a status.
func MoveHeading(s move.Status) string {
	switch s {
	case move.Broken:
		return "What breaks"
	case move.ToDo:
		return "What is to do in any case"
	}
	return "What must be found out"
}

// MoveSymbol marks a finding.
func MoveSymbol(s move.Status) string {
	switch s {
	case move.Broken:
		return "✗"
	case move.ToDo:
		return "→"
	}
	return "?"
}

// ChoiceText words the rows of an option: "customer when …; AWS otherwise".
func ChoiceText(o *move.Option) string {
	parts := make([]string, len(o.Choices))
	for i, c := range o.Choices {
		parts[i] = Word(c.Party) + " " + WhenText(c.When)
	}
	return strings.Join(parts, "; ")
}
