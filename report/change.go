package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
)

// ChangeKind is what happens to the customer's part of a duty from one stack to another.
type ChangeKind string

// The kinds. Shed and Gained are only said when they hold whatever the configuration turns out to be.
const (
	// Shed: the customer's part is smaller in the second stack, all of it or one half.
	Shed ChangeKind = "shed"
	// Kept: the customer's part is the same.
	Kept ChangeKind = "kept"
	// Gained: the customer's part is larger in the second stack.
	Gained ChangeKind = "gained"
	// Open: it depends on what is not known or not configured.
	Open ChangeKind = "open"
	// NotYours: the customer has no part in either stack.
	NotYours ChangeKind = "not-yours"
	// Mixed is a layer's of which one duty is shed and another gained.
	Mixed ChangeKind = "mixed"
)

// Kinds returns the kinds that a duty's change can have, in the order in which reports list them.
func Kinds() []ChangeKind { return []ChangeKind{Shed, Gained, Open, Kept, NotYours} }

// Change is one duty in two stacks.
type Change struct {
	Duty stack.Duty
	Kind ChangeKind
	// From and To are the duty in the first and the second stack.
	From, To *allocation.Duty
}

// KindOf compares the customer's part of a duty in two stacks: whole, half (shared) or none.
func KindOf(from, to *allocation.Duty) ChangeKind {
	fromLow, fromHigh := part(from)
	toLow, toHigh := part(to)
	switch {
	case toHigh < fromLow:
		return Shed
	case toLow > fromHigh:
		return Gained
	case fromLow != fromHigh || toLow != toHigh:
		return Open
	case fromLow > 0:
		return Kept
	default:
		return NotYours
	}
}

// part returns the least and the greatest part, in halves, that the customer may have in a duty.
func part(d *allocation.Duty) (low, high int) {
	if d.Party != stack.Undetermined {
		return halves(d.Party), halves(d.Party)
	}
	low, high = 2, 0
	for _, c := range d.Candidates {
		if c.Party == stack.Undetermined {
			return 0, 2
		}
		low, high = min(low, halves(c.Party)), max(high, halves(c.Party))
	}
	if low > high { // no candidate is known
		return 0, 2
	}
	return low, high
}

func halves(p stack.Party) int {
	switch p {
	case stack.Customer:
		return 2
	case stack.Shared:
		return 1
	default:
		return 0
	}
}

// Note tells what the kind alone does not: that a duty is shed or gained by half only, or goes to another than AWS.
func (c Change) Note() string {
	switch {
	case c.Kind == Shed && c.To.Party == stack.Shared, c.Kind == Gained && c.To.Party == stack.Shared:
		return "now shared"
	case c.Kind == Gained && c.From.Party == stack.Shared:
		return "was shared"
	case c.Kind == Shed && c.To.Party == stack.NotApplicable:
		return "no such duty any more"
	case c.Kind == Shed && c.To.Party == stack.ThirdParty:
		return "to a third party"
	case c.Kind == Shed && c.To.Residual != "", c.Kind == NotYours && c.To.Residual != "":
		return "yet you must act"
	case c.Kind == Open:
		return OpenText(c.From) + " → " + OpenText(c.To)
	default:
		return ""
	}
}

// OpenText names the party, or of an undetermined duty the parties that may hold it, last the one that does when no
// condition holds: "customer, shared or else AWS". A candidate that is itself undetermined is not named beside others:
// see OpenDuties.
func OpenText(d *allocation.Duty) string {
	if d.Party != stack.Undetermined {
		return Word(d.Party)
	}
	var words []string
	last, join := "", " or "
	for _, p := range stack.Parties() {
		if p == stack.Undetermined {
			continue
		}
		if slices.Contains(d.Candidates, allocation.Candidate{When: otherwise, Party: p}) {
			last, join = Word(p), " or else "
		} else if slices.ContainsFunc(d.Candidates, func(c allocation.Candidate) bool { return c.Party == p }) {
			words = append(words, Word(p))
		}
	}
	if last == "" && len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	switch {
	case last == "":
		return Word(stack.Undetermined)
	case len(words) == 0:
		return last + ", or not known"
	default:
		return strings.Join(words, ", ") + join + last
	}
}

// UnlessText is OpenText where there is little room: "AWS unless…" when AWS holds the duty if no condition holds. It is
// empty when that is not settled either.
func UnlessText(d *allocation.Duty) string {
	for _, c := range d.Candidates {
		if c.When == otherwise && c.Party != stack.Undetermined {
			return Word(c.Party) + " unless…"
		}
	}
	return ""
}

// otherwise is the condition of the candidate that holds when no other does, as package allocation writes it.
const otherwise = "otherwise"

// WhenText is the condition of a candidate in words: "when the AMI is the customer's own", or "otherwise".
func WhenText(when string) string {
	if when == "" || when == otherwise {
		return otherwise
	}
	return "when " + Clip(when, MaxReason)
}

// Verb says what the customer does with the duties of a kind.
func (k ChangeKind) Verb() string {
	switch k {
	case Shed:
		return "sheds"
	case Gained:
		return "gains"
	case Open:
		return "depends"
	case Kept:
		return "keeps"
	default:
		return "never had"
	}
}

// Symbol marks a cell against its left neighbour; kinds that need no mark have a blank.
func (k ChangeKind) Symbol() string {
	switch k {
	case Shed:
		return "↓"
	case Gained:
		return "↑"
	case Mixed:
		return "↕"
	case Kept:
		return "="
	default:
		return " "
	}
}

// Namesake is columns that are called the same: by class, or by AWS.
type Namesake struct {
	// Word is what they are called, and ByAWS whether it is AWS's label and not the class.
	Word  string
	ByAWS bool
	// Columns are their numbers; Differ the duties that do not have the same party in all of them.
	Columns []int
	Differ  []Difference
}

// Difference is a duty and who may hold it in each column of a Namesake.
type Difference struct {
	Duty    stack.Duty
	Holders []string
}

// namesakes finds the columns that share a class or a label. Labels that group just as a class does are left out.
func namesakes(columns []Column) []Namesake {
	var out []Namesake
	add := func(name func(Column) string, byAWS bool) {
		var words []string
		groups := map[string][]Column{}
		for _, c := range columns {
			w := name(c)
			if w != "" && len(groups[w]) == 0 {
				words = append(words, w)
			}
			groups[w] = append(groups[w], c)
		}
		for _, w := range words {
			n := Namesake{Word: w, ByAWS: byAWS, Columns: numbers(groups[w]), Differ: differences(groups[w])}
			same := func(o Namesake) bool { return slices.Equal(o.Columns, n.Columns) }
			if len(n.Columns) > 1 && len(n.Differ) > 0 && !slices.ContainsFunc(out, same) {
				out = append(out, n)
			}
		}
	}
	add(func(c Column) string { return string(c.Stack.Class) }, false)
	add(func(c Column) string { return c.Label }, true)
	return out
}

func numbers(columns []Column) []int {
	var out []int
	for _, c := range columns {
		out = append(out, c.Number)
	}
	return out
}

func differences(columns []Column) []Difference {
	var out []Difference
	held := make([]map[stack.Duty]*allocation.Duty, len(columns))
	for i, c := range columns {
		held[i] = dutiesOf(c.Stack)
	}
	for _, e := range allEntries(columns[0].Stack) {
		d := Difference{Duty: e.Name()}
		for _, duties := range held {
			x, ok := duties[e.Name()]
			if !ok {
				return nil
			}
			d.Holders = append(d.Holders, OpenText(x))
		}
		if len(slices.Compact(slices.Clone(d.Holders))) > 1 {
			out = append(out, d)
		}
	}
	return out
}

// Text says who is called the same: "3 and 4 are both serverless, yet 5 duties differ".
func (n Namesake) Text() string {
	names := make([]string, len(n.Columns))
	for i, c := range n.Columns {
		names[i] = itoa(c)
	}
	last := len(names) - 1
	all, called := "both", ""
	if last > 1 {
		all = "all"
	}
	if n.ByAWS {
		called = "called “" + Clip(n.Word, MaxName) + "” by AWS"
	} else {
		called = Plain(n.Word)
	}
	differ := "yet " + itoa(len(n.Differ)) + " duties differ"
	if len(n.Differ) == 1 {
		differ = "yet 1 duty differs"
	}
	return strings.Join(names[:last], ", ") + " and " + names[last] + " are " + all + " " + called + ", " + differ
}

func itoa(n int) string { return strconv.Itoa(n) }

// ChangeText names the duty of a change with its note: "operating-system/apply (now shared)".
func ChangeText(c Change) string {
	if n := c.Note(); n != "" {
		return string(c.Duty) + " (" + n + ")"
	}
	return string(c.Duty)
}

// HoldersText says who holds the duty in each column: "3 customer, 4 n/a".
func HoldersText(n Namesake, d Difference) string {
	parts := make([]string, len(d.Holders))
	for i, h := range d.Holders {
		parts[i] = itoa(n.Columns[i]) + " " + h
	}
	return strings.Join(parts, ", ")
}

// ColumnsText names columns: "in 1, 2 and 4".
func ColumnsText(numbers []int) string {
	text := "in "
	for i, n := range numbers {
		switch {
		case i > 0 && i == len(numbers)-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += itoa(n)
	}
	return text
}

// Footnote is something to say about a duty in some columns.
type Footnote struct {
	Duty stack.Duty
	// Of is the duty in the first of the columns.
	Of      *allocation.Duty
	Columns []int
}

// OpenDuties gathers the undetermined duties, from the top of the stack down, columns with the same candidates together.
func OpenDuties(c *Comparison) []Footnote {
	return footnotes(c, func(h *hasher, d *allocation.Duty) bool {
		for _, x := range d.Candidates {
			h.str(x.When, string(x.Party))
		}
		if len(d.Candidates) == 0 {
			h.str(d.Reason)
		}
		return d.Party == stack.Undetermined
	})
}

// Residuals gathers what the customer must do although another party holds the duty, or may hold it.
func Residuals(c *Comparison) []Footnote {
	return footnotes(c, func(h *hasher, d *allocation.Duty) bool {
		h.str(ResidualText(d), string(d.Party))
		return d.Residual != ""
	})
}

// footnotes groups the duties that take returns true for by what it hashes.
func footnotes(c *Comparison, take func(*hasher, *allocation.Duty) bool) []Footnote {
	var out []Footnote
	h := newHasher()
	for _, row := range c.Rows(true) {
		at := map[string]int{}
		for i, cell := range row.Cells {
			if len(cell.Duties) == 0 {
				continue
			}
			d, taken := cell.Duties[0], false
			key := h.key(func() { taken = take(h, d) })
			if !taken {
				continue
			}
			n, ok := at[key]
			if !ok {
				n = len(out)
				at[key] = n
				out = append(out, Footnote{Duty: row.Duty, Of: d})
			}
			out[n].Columns = append(out[n].Columns, c.Columns[i].Number)
		}
	}
	return out
}
