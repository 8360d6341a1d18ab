package diagram

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// CompareOptions says how to draw a comparison.
type CompareOptions struct {
	// ID and Inline are as in Options. Heading replaces the heading over the figure; user text.
	ID, Heading string
	Inline      bool
	// Duties draws a row for each duty and not for each layer.
	Duties bool
}

// Measures of a comparison, in pixels.
const (
	gutter       = 24 // left of each stack, for the mark of the change
	badge        = 24
	compareTop   = 64
	compareHead  = 120 // without the line that tells whose stack it is
	compareFoot  = 82
	dutyWidth    = 218
	dutyHeight   = 26
	mostAbreast  = 6
	pillHeight   = 20
	captionNames = 1
)

// sheet is a comparison being drawn.
type sheet struct {
	*canvas
	cmp    *report.Comparison
	rows   []report.Row
	titles int // width of the titles
	duties bool
	// mixed is set when some stack is of workloads, so that each has to say whose it is.
	mixed bool
}

// Compare draws the stacks of a comparison in a row over common layers: over each stack who it is, its class and AWS's own
// word for it; between neighbours a mark for what the customer sheds, keeps or gains; under each how many duties are
// whose. More than six stacks take several rows. The error is that of w.
func Compare(w io.Writer, c *report.Comparison, opts CompareOptions) error {
	s := &sheet{canvas: newCanvas(opts.ID), cmp: c, rows: c.Rows(opts.Duties), titles: titleWidth, duties: opts.Duties}
	if opts.Duties {
		s.titles = dutyWidth
	}
	s.mixed = slices.ContainsFunc(c.Columns, func(x report.Column) bool { return !x.FromCatalog() })
	n := len(c.Columns)
	bands := max(1, (n+mostAbreast-1)/mostAbreast)
	per := max(1, (n+bands-1)/bands)
	width := 2*pad + s.titles + per*(gutter+columnWidth)
	height := compareTop + bands*(s.bandHeight()+pad)
	heading := opts.Heading
	if heading == "" {
		heading = c.Title()
		if n > 1 {
			heading = "Who holds each layer: " + heading
		}
	}
	s.open(width, height+legendHeightOf(width, len(compareNotes())), heading, s.describe(), opts.Inline)
	s.text(pad, 32, "onus-h", fitText(heading, width-2*pad, 20), "")
	note := "as the catalog has them, before anything is configured"
	if s.mixed {
		note = "whose stack it is stands over each"
	}
	s.text(pad, 52, "onus-d", fitText(note, width-2*pad, 12), "")
	y := compareTop
	for from := 0; from < n; from += per {
		s.band(from, min(from+per, n), y)
		y += s.bandHeight() + pad
	}
	s.legendOf(pad, height, width, compareLegend, compareNotes())
	return s.close(w)
}

func compareLegend(p stack.Party) string {
	if p == stack.Undetermined {
		return "depends on the configuration"
	}
	return legendText(p)
}

func compareNotes() []string {
	_, notes := legendEntries()
	return append([]string{
		"▼ the customer has less than to the left",
		"▲ the customer has more than to the left",
		"= the customer has the same",
	}, notes...)
}

// describe says the figure in words.
func (s *sheet) describe() string {
	var parts []string
	for _, c := range s.cmp.Columns {
		parts = append(parts, fmt.Sprintf("%d: %s, class %s, AWS's own word %s.", c.Number, report.HostingTitle(c.Stack), c.ClassText(), c.LabelText()))
	}
	for _, x := range s.cmp.Steps {
		parts = append(parts, fmt.Sprintf("From %d to %d the customer %s.", x.From, x.To, x.Text()))
	}
	for _, r := range s.rows {
		var held []string
		for i, cell := range r.Cells {
			held = append(held, fmt.Sprintf("%d %s", s.cmp.Columns[i].Number, report.Word(cell.Party)))
		}
		parts = append(parts, r.Title()+": "+strings.Join(held, ", ")+".")
	}
	return strings.Join(parts, " ")
}

func (s *sheet) rowHeight(r report.Row) int {
	switch {
	case s.duties:
		return dutyHeight
	case r.Cross:
		return crossHeight
	default:
		return cellHeight
	}
}

func (s *sheet) bandHeight() int {
	h := s.headHeight() + crossLabel + compareFoot
	for _, r := range s.rows {
		h += s.rowHeight(r) + gap
	}
	return h
}

func (s *sheet) headHeight() int {
	if s.mixed {
		return compareHead + 16
	}
	return compareHead
}

// band draws the columns from (included) to (excluded) with the titles of the rows.
func (s *sheet) band(from, to, y int) {
	left := pad + s.titles
	for i := from; i < to; i++ {
		s.head(s.cmp.Columns[i], left+gutter+(i-from)*(gutter+columnWidth), y)
	}
	y += s.headHeight()
	across := false
	for _, r := range s.rows {
		h := s.rowHeight(r)
		if r.Cross && !across {
			across = true
			y += crossLabel
			s.text(pad, y-8, "onus-d", "across the stack", "")
		}
		s.rowTitle(r, y, h)
		for i := from; i < to; i++ {
			x := left + gutter + (i-from)*(gutter+columnWidth)
			s.mark(r.Cells[i].Change, x-gutter/2, y+h/2)
			s.compareCells(r.Cells[i], x, y, h)
		}
		y += h + gap
	}
	s.text(pad, y+24, "onus-d", "duties, by who holds them", "")
	for i := from; i < to; i++ {
		s.foot(i, left+gutter+(i-from)*(gutter+columnWidth), y+10)
	}
}

func (s *sheet) rowTitle(r report.Row, y, h int) {
	class, size := "onus-n", 14
	if r.Duty != "" {
		class, size = "onus-b", 13
	}
	s.put(`<rect class="onus-name" x="%d" y="%d" width="%d" height="%d" rx="3"/>`+"\n", pad, y, s.titles, h)
	s.text(pad+10, y+h/2+5, class, fitText(r.Title(), s.titles-12, size), "")
}

// head draws over a column its number and hosting, then its class as a badge, AWS's own word and whose stack it is.
func (s *sheet) head(c report.Column, x, y int) {
	lines := wrapText(report.HostingTitle(c.Stack), (columnWidth-badge-8)*9/10, 14, 2) // bold runs wider
	first := y + 32 - 18*(len(lines)-1)
	s.put(`<circle class="onus-name" cx="%d" cy="%d" r="%d"/>`, x+badge/2, first-5, badge/2)
	s.text(x+badge/2, first, "onus-b", strconv.Itoa(c.Number), "middle")
	for i, line := range lines {
		s.text(x+badge+8, first+18*i, "onus-n", line, "")
	}
	s.text(x+badge+8, y+49, "onus-d", fitText(report.Plain(c.Stack.Hosting), columnWidth-badge-8, 12), "")
	class := c.ClassText()
	pill := textPixels(class, 13) + 20
	s.put(`<rect class="onus-name" x="%d" y="%d" width="%d" height="%d" rx="10"/>`+"\n", x, y+58, pill, pillHeight)
	s.text(x+pill/2, y+72, "onus-b", class, "middle")
	label := "no word of AWS's own found"
	if c.Label != "" {
		label = "AWS calls it " + c.LabelText()
	}
	for i, line := range wrapText(label, columnWidth, 12, 2) {
		s.text(x, y+95+15*i, "onus-p", line, "")
	}
	if !c.FromCatalog() || s.mixed {
		s.text(x, y+126, "onus-d", fitText(c.Caption(captionNames), columnWidth, 12), "")
	}
}

// mark draws between two cells what the customer sheds, keeps or gains from the left one to the right one.
func (s *sheet) mark(k report.ChangeKind, cx, cy int) {
	down := func(cx int) {
		s.put(`<path class="onus-half-aws" d="M%d %dH%dL%d %dZ"/>`, cx-7, cy-5, cx+7, cx, cy+7)
	}
	up := func(cx int) {
		s.put(`<path class="onus-half-customer" d="M%d %dH%dL%d %dZ"/>`, cx-7, cy+5, cx+7, cx, cy-7)
	}
	switch k {
	case report.Shed:
		s.put("<g><title>shed</title>")
		down(cx)
	case report.Gained:
		s.put("<g><title>gained</title>")
		up(cx)
	case report.Mixed:
		s.put("<g><title>one duty shed, another gained</title>")
		down(cx - 5)
		up(cx + 5)
	case report.Kept:
		s.put("<g><title>kept</title>")
		s.text(cx, cy+4, "onus-d", "=", "middle")
	default:
		return
	}
	s.put("</g>\n")
}

// compareCells draws the duties of a cell: one box where they agree, or would be told in the same words, else one for
// each.
func (s *sheet) compareCells(cell report.Cell, x, y, h int) {
	l := allocation.Layer{Party: cell.Party}
	for _, d := range cell.Duties {
		l.Duties = append(l.Duties, *d)
	}
	boxes := boxesOf(&l)
	if len(boxes) == 1 && boxes[0].party == stack.Undetermined && !alike(cell.Duties) {
		boxes = nil
		for _, d := range cell.Duties {
			boxes = append(boxes, box{d.Party, []*allocation.Duty{d}})
		}
	}
	room := columnWidth - gap*(len(boxes)-1)
	for i, b := range boxes {
		w := room / (len(boxes) - i)
		room -= w
		s.compareBox(b, x, y, w, h, len(boxes) > 1)
		x += w + gap
	}
}

func alike(duties []*allocation.Duty) bool {
	for _, d := range duties {
		if report.OpenText(d) != report.OpenText(duties[0]) {
			return false
		}
	}
	return true
}

func (s *sheet) compareBox(b box, x, y, w, h int, named bool) {
	s.put("<g>")
	s.tooltipOf(b)
	s.fill(b.party, x, y, w, h, false)
	words := b.openWords(w - 4)
	cx := x + w/2
	if named && h >= cellHeight {
		s.text(cx, y+h/2-3, boxText(b.party), fitText(b.label(), w-4, 12), "middle")
		s.text(cx, y+h/2+13, partyText(b.party), fitText(words, w-2, 12), "middle")
	} else {
		s.text(cx, y+h/2+4, partyText(b.party), fitText(words, w-4, 12), "middle")
	}
	s.put("</g>\n")
}

// openWords names the party, or of undetermined duties the parties that may hold them, with the marks, in the longest
// words that fit into room pixels.
func (b box) openWords(room int) string {
	candidates := []string{report.Word(b.party), brief(b.party)}
	if b.party == stack.Undetermined {
		candidates = []string{"depends"}
		if len(b.duties) > 0 && alike(b.duties) {
			candidates = []string{report.OpenText(b.duties[0]), report.UnlessText(b.duties[0]), "depends"}
		}
	}
	words := ""
	for _, c := range candidates {
		words = strings.TrimSpace(c + " " + b.marks())
		if c != "" && textPixels(words, 12) <= room {
			break
		}
	}
	return words
}

// tooltipOf is tooltip with the candidates of what is undetermined.
func (s *sheet) tooltipOf(b box) {
	duties := slices.Clone(b.duties)
	for i, d := range duties {
		if len(d.Candidates) == 0 {
			continue
		}
		x := *d
		for _, c := range d.Candidates {
			x.Reason += " " + report.Word(c.Party) + " " + report.WhenText(c.When) + "."
		}
		duties[i] = &x
	}
	s.tooltip(box{b.party, duties})
}

// foot draws under a column a bar of its duties by party, their numbers, and the step from the column to the left.
func (s *sheet) foot(i, x, y int) {
	counts := report.Count(s.cmp.Columns[i].Stack)
	total := 0
	order := []stack.Party{stack.Customer, stack.Shared, stack.Undetermined, stack.ThirdParty, stack.AWS}
	for _, p := range order {
		total += counts[p]
	}
	left, done := x, 0
	var words []string
	for _, p := range order {
		if counts[p] == 0 {
			continue
		}
		done += counts[p]
		right := x + columnWidth*done/total
		s.fill(p, left, y, max(2, right-left-2), 16, false)
		left = right
		words = append(words, fmt.Sprintf("%d %s", counts[p], footWord(p)))
	}
	s.text(x, y+34, "onus-b", fitText(strings.Join(words, ", "), columnWidth*11/10, 13), "")
	if i == 0 {
		return
	}
	step := s.cmp.Steps[i-1]
	text := fmt.Sprintf("▼ sheds %d, = keeps %d, ▲ gains %d", len(step.Of(report.Shed)), len(step.Of(report.Kept)), len(step.Of(report.Gained)))
	s.text(x, y+52, "onus-p", text, "")
	if n := len(step.Of(report.Open)); n > 0 {
		s.text(x, y+68, "onus-d", fmt.Sprintf("the configuration decides %d more", n), "")
	}
}

func footWord(p stack.Party) string {
	switch p {
	case stack.Customer:
		return "yours"
	case stack.Undetermined:
		return "open"
	default:
		return report.Word(p)
	}
}
