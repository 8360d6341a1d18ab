package change

import (
	"strings"

	"github.com/onus-dev/onus/check"
)

// Gate says what of a change fails a run.
type Gate struct {
	check.Gate
	// Moved fails a duty that moves to the customer.
	Moved bool
}

// ParseGate reads a list such as "moved,unmet:high".
func ParseGate(list []string) (Gate, error) {
	var g Gate
	var rest []string
	for _, item := range list {
		for word := range strings.SplitSeq(item, ",") {
			if word = strings.TrimSpace(word); word == "moved" {
				g.Moved = true
				continue
			}
			rest = append(rest, word)
		}
	}
	var err error
	g.Gate, err = check.ParseGate(rest)
	return g, err
}

// Fails reports whether the change fails the gate, and by what: how many moves and findings.
func (g Gate) Fails(r *Result) (moves, findings int) {
	for i := range r.Moves {
		if g.Moved && r.Moves[i].ToCustomer {
			moves++
		}
	}
	for i := range r.Findings {
		if g.Gate.Fails(&r.Findings[i]) {
			findings++
		}
	}
	return moves, findings
}
