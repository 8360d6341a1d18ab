package terminal

import (
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Columns of the figure: the layer's title, the bar of duties, the layer's party.
const (
	titleColumns = 17
	partyColumns = 14
	frameColumns = 10 // the four vertical lines with their blanks
	figureMax    = 110
	cross        = "across the stack"
)

// figure draws the stack of w from the top down as a textbook would, then the layers across it.
func (p *page) figure(w *allocation.Workload) {
	party := partyColumns
	if p.width < 64 { // the bar says it all
		party = 0
	}
	bar := min(p.width, figureMax) - titleColumns - frameColumns - party
	if party == 0 {
		bar += 3
	}
	base, across := report.Split(w)
	p.border("╭", "┬", "╮", "", bar, party)
	for _, l := range base {
		p.layer(l, bar, party)
	}
	p.border("├", "┼", "┤", cross, bar, party)
	for _, l := range across {
		p.layer(l, bar, party)
	}
	p.border("╰", "┴", "╯", "", bar, party)
}

func (p *page) border(left, mid, right, label string, bar, party int) {
	if label != "" {
		label = " " + strings.TrimRight(fit(label, min(textWidth(label), bar-1)), " ") + " "
	}
	line := left + strings.Repeat("─", titleColumns+2) + mid + "─" + label + strings.Repeat("─", bar+1-textWidth(label))
	if party > 0 {
		line += mid + strings.Repeat("─", party+2)
	}
	p.out.WriteString(p.paint(dimStyle, line+right) + "\n")
}

func (p *page) layer(l *allocation.Layer, bar, party int) {
	edge := p.paint(dimStyle, "│")
	st := boldStyle
	if l.Party == stack.NotApplicable {
		st = dimStyle
	}
	line := edge + " " + p.paint(st, fit(report.LayerTitle(l.Layer), titleColumns)) + " " + edge + " " + p.bar(l, bar) + " " + edge
	if party > 0 {
		word := fit(report.Symbol(l.Party)+" "+report.Word(l.Party), party)
		line += " " + p.paint(partyStyle(l.Party), word) + " " + edge
	}
	p.out.WriteString(line + "\n")
}

// bar draws the duties of a layer as boxes side by side: one box where they agree, else one for each.
func (p *page) bar(l *allocation.Layer, width int) string {
	boxes := boxesOf(l)
	if len(boxes) == 0 {
		return strings.Repeat(" ", width)
	}
	var b strings.Builder
	room := width - (len(boxes) - 1)
	for i, box := range boxes {
		n := room / (len(boxes) - i)
		room -= n
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p.box(box, n))
	}
	return b.String()
}

// box is a run of duties with one party.
type box struct {
	label string
	party stack.Party
}

func boxesOf(l *allocation.Layer) []box {
	var boxes []box
	agree := true
	for i := range l.Duties {
		boxes = append(boxes, box{report.Plain(l.Duties[i].Duty), l.Duties[i].Party})
		agree = agree && boxes[i].party == boxes[0].party
	}
	if !agree || len(boxes) == 0 {
		return boxes
	}
	names := make([]string, len(boxes))
	for i, b := range boxes {
		names[i] = b.label
	}
	return []box{{strings.Join(names, ", "), boxes[0].party}}
}

func (p *page) box(b box, width int) string {
	text := report.Symbol(b.party) + " " + b.label
	if b.party == stack.NotApplicable {
		return p.paint(dimStyle, fit(text, width))
	}
	if p.opts.Color {
		text = fit(" "+text, width)
		if b.party == stack.Shared {
			left := prefixExact(text, width/2)
			return p.paint(barStyle(stack.AWS), left) + p.paint(barStyle(stack.Customer), text[len(left):])
		}
		return p.paint(barStyle(b.party), text)
	}
	text = strings.TrimRight(fit(text, width), " ")
	rest := width - textWidth(text)
	if rest < 2 {
		return text + strings.Repeat(" ", rest)
	}
	if b.party == stack.Shared {
		half := (rest - 1) / 2
		return text + " " + strings.Repeat(barFill(stack.AWS), half) + strings.Repeat(barFill(stack.Customer), rest-1-half)
	}
	return text + " " + strings.Repeat(barFill(b.party), rest-1)
}
