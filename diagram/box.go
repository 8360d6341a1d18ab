package diagram

import (
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// box is one duty, or all duties of a layer that one party holds.
type box struct {
	party  stack.Party
	duties []*allocation.Duty
}

// boxesOf returns one box for each duty of the layer, or a single one when one party holds them all.
func boxesOf(l *allocation.Layer) []box {
	var boxes []box
	agree := true
	for i := range l.Duties {
		d := &l.Duties[i]
		boxes = append(boxes, box{d.Party, []*allocation.Duty{d}})
		agree = agree && d.Party == boxes[0].party
	}
	if !agree || len(boxes) == 0 {
		return boxes
	}
	all := box{party: boxes[0].party}
	for _, b := range boxes {
		all.duties = append(all.duties, b.duties...)
	}
	return []box{all}
}

// label names the duties: "publish, apply".
func (b box) label() string {
	names := make([]string, len(b.duties))
	for i, d := range b.duties {
		names[i] = report.Plain(d.Duty)
	}
	return strings.Join(names, ", ")
}

// The marks that stand behind a party; the legend explains them.
const (
	markResidual = "†"
	markAssumed  = "*"
	markInferred = "~"
)

// words names the party with the marks of its duties: "AWS †*".
func (b box) words() string { return strings.TrimSpace(report.Word(b.party) + " " + b.marks()) }

func (b box) marks() string {
	var residual, assumed, inferred bool
	for _, d := range b.duties {
		residual = residual || d.Residual != ""
		assumed = assumed || d.Assumed
		inferred = inferred || d.Basis == stack.Inferred
	}
	marks := ""
	if residual {
		marks += markResidual
	}
	if assumed {
		marks += markAssumed
	}
	if inferred {
		marks += markInferred
	}
	return marks
}

// tooltip gives the reasons as the title of the enclosing group.
func (c *canvas) tooltip(b box) {
	var parts []string
	for _, d := range b.duties {
		s := report.Plain(d.Duty) + ": " + report.Word(d.Party) + ". " + report.Clip(d.Reason, report.MaxReason)
		if r := report.ResidualText(d); r != "" {
			s += " Yet you must: " + r
		}
		for _, m := range report.Marks(d) {
			s += " (" + m + ")"
		}
		parts = append(parts, s)
	}
	c.put("<title>%s</title>", escape(strings.Join(parts, " · "), 4*report.MaxReason))
}

// box draws a box with its duties and its party in words.
func (c *canvas) box(b box, x, y, w, h int) {
	c.put("<g>")
	c.tooltip(b)
	c.fill(b.party, x, y, w, h, false)
	cx := x + w/2
	if h < rowHeight {
		text := b.words()
		if b.party == stack.NotApplicable && w > 120 {
			text = "not applicable"
		}
		c.text(cx, y+h/2+4, partyText(b.party), fitText(text, w-4, 12), "middle")
	} else {
		c.text(cx, y+h/2-3, boxText(b.party), fitText(b.label(), w-6, 13), "middle")
		c.text(cx, y+h/2+14, partyText(b.party), fitText(b.words(), w-4, 12), "middle")
	}
	c.put("</g>\n")
}

func boxText(p stack.Party) string {
	if p == stack.NotApplicable {
		return "onus-d"
	}
	return "onus-b"
}

func partyText(p stack.Party) string {
	if p == stack.NotApplicable {
		return "onus-d"
	}
	return "onus-p"
}

// fill draws the shape of a box in its party's colour and pattern. A shared box shows both halves, cut along a
// diagonal, or for upright boxes one above the other.
func (c *canvas) fill(p stack.Party, x, y, w, h int, upright bool) {
	if p != stack.Shared {
		c.put(`<rect class="onus-s-%s" fill="url(#%s-%s)" x="%d" y="%d" width="%d" height="%d" rx="3"/>`, name(p), c.id, name(p), x, y, w, h)
		return
	}
	r, b := x+w, y+h
	t, u := x+w/2+h/3, x+w/2-h/3
	if upright {
		m := y + h/2
		c.half(stack.Customer, x, y, r, y, r, m-w/3, x, m+w/3)
		c.half(stack.AWS, x, m+w/3, r, m-w/3, r, b, x, b)
		return
	}
	c.half(stack.AWS, x, y, t, y, u, b, x, b)
	c.half(stack.Customer, t, y, r, y, r, b, u, b)
}

func (c *canvas) half(p stack.Party, at ...any) {
	args := append([]any{name(p), c.id, name(p)}, at...)
	c.put(`<path class="onus-s-%s" fill="url(#%s-%s)" d="M%d %dL%d %dL%d %dL%d %dZ"/>`, args...)
}

// name returns the party as the ids and classes spell it; a party that is not in the vocabulary looks undetermined.
func name(p stack.Party) string {
	if p.Valid() {
		return string(p)
	}
	return string(stack.Undetermined)
}

func halfClass(p stack.Party) string { return "onus-half-" + name(p) }

// shortHalf is the end of a half's label, for a place that is too narrow for the whole.
func shortHalf(p stack.Party) string {
	_, short, _ := strings.Cut(halfLabel(p), "security ")
	return short
}

// halfLabel names the half of the shared responsibility model that a party's layers are.
func halfLabel(p stack.Party) string {
	switch p {
	case stack.AWS:
		return "security of the cloud"
	case stack.Customer:
		return "security in the cloud"
	default:
		return ""
	}
}
