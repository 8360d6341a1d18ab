// Package diagram draws the stack of a workload as the figure of a textbook, in SVG: the layers as boxes one upon the
// other, the layers across the stack as columns beside them, and in every box the duties with who holds each.
//
// Every party has a colour and a pattern (blue with dots for AWS, orange with diagonals for the customer), chosen so
// that colour-blind readers and black-and-white printers keep them apart, and is named in words besides. Figures have
// no script and no outside resource, follow the reader's light or dark preference, carry a title and a description for
// screen readers, and prefix their ids so that several can stand in one HTML page.
//
// Data flow: an allocation.Workload in, SVG out. Parties are copied from it; nothing is decided here.
package diagram

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Options says how to draw.
type Options struct {
	// ID prefixes every id in the figure; figures that share a page need different ones. Empty means "onus"; only
	// letters, digits and hyphens are kept.
	ID string
	// Heading replaces the workload's name over the figure; Note is a line under it. Both are user text.
	Heading, Note string
	// Columns is the number of stacks side by side in Row before a new row begins; 0 means DefaultColumns.
	Columns int
	// Inline leaves out the style sheet, which the page then holds once: see Style.
	Inline bool
}

// DefaultColumns is how many stacks Row draws side by side.
const DefaultColumns = 4

// Measures of the figure of one stack, in pixels.
const (
	pad        = 16
	stripWidth = 40
	titleWidth = 166
	boxesWidth = 420
	crossWidth = 44
	rowHeight  = 44
	thinHeight = 26 // a layer without any duty here
	gap        = 4
	headHeight = 88
)

// canvas collects the elements of one figure.
type canvas struct {
	bytes.Buffer
	id string
}

func newCanvas(id string) *canvas {
	keep := func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}
	id = strings.Map(keep, id)
	if id == "" {
		id = "onus"
	}
	return &canvas{id: id}
}

func (c *canvas) put(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// Stack draws the stack of one workload. The error is that of w.
func Stack(w io.Writer, x *allocation.Workload, opts Options) error {
	c := newCanvas(opts.ID)
	base, across := report.Split(x)
	height := 0
	for _, l := range base {
		height += layerHeight(l) + gap
	}
	stackLeft := pad + stripWidth + gap
	crossLeft := stackLeft + titleWidth + gap + boxesWidth + pad
	width := crossLeft + len(across)*(crossWidth+gap) - gap + pad
	if len(across) == 0 {
		width = crossLeft
	}
	c.open(width, headHeight+height+legendHeight(width)+pad, heading(x, opts), describe(x), opts.Inline)
	c.header(x, opts, width)
	c.halves(base, pad, headHeight)
	y := headHeight
	for _, l := range base {
		c.layer(l, stackLeft, y)
		y += layerHeight(l) + gap
	}
	c.columns(across, crossLeft, headHeight, height-gap)
	c.legend(pad, headHeight+height+pad, width)
	return c.close(w)
}

func heading(x *allocation.Workload, opts Options) string {
	if opts.Heading != "" {
		return opts.Heading
	}
	return x.Name
}

func layerHeight(l *allocation.Layer) int {
	if l.Party == stack.NotApplicable {
		return thinHeight
	}
	return rowHeight
}

func (c *canvas) open(width, height int, title, desc string, inline bool) {
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" class="onus-figure" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="%s-title %s-desc">`+"\n",
		width, height, width, height, c.id, c.id)
	c.put("<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", c.id, escape(title, report.MaxName), c.id, escape(desc, 4000))
	if !inline {
		c.put("<style>%s</style>\n", Style())
	}
	c.patterns()
	c.put(`<rect class="onus-page" width="%d" height="%d" rx="8"/>`+"\n", width, height)
}

func (c *canvas) close(w io.Writer) error {
	c.WriteString("</svg>\n")
	if _, err := w.Write(c.Bytes()); err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}

// describe says the whole figure in words, from the top down.
func describe(x *allocation.Workload) string {
	base, across := report.Split(x)
	var parts []string
	for _, l := range append(base, across...) {
		parts = append(parts, report.LayerTitle(l.Layer)+": "+report.Word(l.Party))
	}
	return "Who holds each layer of " + report.HostingTitle(x) + ", from the top down, then across the stack. " + strings.Join(parts, "; ") + "."
}

func (c *canvas) header(x *allocation.Workload, opts Options, width int) {
	room := width - 2*pad
	c.text(pad, 32, "onus-h", fitText(heading(x, opts), room, 20), "")
	c.text(pad, 53, "onus-t", fitText(report.HostingTitle(x)+" ("+report.HostingKind(x)+")", room, 14), "")
	note := opts.Note
	if note == "" {
		note = strings.TrimSpace(x.Address + "  " + report.Place(x.Source.Path, x.Source.Line))
	}
	c.text(pad, 72, "onus-d", fitText(note, boxesWidth+titleWidth, 12), "")
}

// layer draws the title of a layer and its duties as boxes from left to right.
func (c *canvas) layer(l *allocation.Layer, x, y int) {
	h := layerHeight(l)
	class := "onus-n"
	if l.Party == stack.NotApplicable {
		class = "onus-d"
	}
	c.put(`<rect class="onus-name" x="%d" y="%d" width="%d" height="%d" rx="3"/>`+"\n", x, y, titleWidth, h)
	c.text(x+10, y+h/2+5, class, fitText(report.LayerTitle(l.Layer), titleWidth-14, 14), "")
	boxes := boxesOf(l)
	left := x + titleWidth + gap
	room := boxesWidth - gap*(len(boxes)-1)
	for i, b := range boxes {
		w := room / (len(boxes) - i)
		room -= w
		c.box(b, left, y, w, h)
		left += w + gap
	}
}

// columns draws the layers across the stack as upright bars, with the halves over them.
func (c *canvas) columns(across []*allocation.Layer, x, y, height int) {
	step := crossWidth + gap
	for _, run := range runs(across) {
		left, width := x+run.from*step, (run.to-run.from)*step-gap
		c.put(`<rect class="%s" x="%d" y="%d" width="%d" height="20" rx="3"/>`+"\n", halfClass(run.party), left, y-24, width)
		for _, label := range []string{halfLabel(run.party), shortHalf(run.party)} {
			if label != "" && textPixels(label, 13) < width {
				c.text(left+width/2, y-10, "onus-w", label, "middle")
				break
			}
		}
	}
	for i, l := range across {
		boxes := boxesOf(l)
		top, room := y, height-gap*(len(boxes)-1)
		for j, b := range boxes {
			h := room / (len(boxes) - j)
			room -= h
			c.column(l, b, x+i*step, top, h)
			top += h + gap
		}
	}
}

func (c *canvas) column(l *allocation.Layer, b box, x, y, h int) {
	c.put("<g>")
	c.tooltip(b)
	c.fill(b.party, x, y, crossWidth, h, true)
	cx, cy := x+crossWidth/2, y+h/2
	c.put(`<g transform="rotate(-90 %d %d)">`, cx, cy)
	c.text(cx, cy-3, "onus-b", fitText(report.LayerTitle(l.Layer)+" · "+b.label(), h-8, 13), "middle")
	c.text(cx, cy+13, partyText(b.party), fitText(b.words(), h-8, 12), "middle")
	c.put("</g></g>\n")
}

// run is a stretch of neighbouring layers of one party.
type run struct {
	from, to int
	party    stack.Party
}

// runs joins neighbours of one party; a layer that does not apply here belongs to the run it lies in.
func runs(layers []*allocation.Layer) []run {
	var out []run
	for i, l := range layers {
		n := len(out) - 1
		if n >= 0 && (l.Party == out[n].party || l.Party == stack.NotApplicable) {
			out[n].to = i + 1
			continue
		}
		out = append(out, run{i, i + 1, l.Party})
	}
	return out
}

// halves draws the strip left of the stack that tells security of the cloud from security in the cloud.
func (c *canvas) halves(base []*allocation.Layer, x, y int) {
	for _, run := range runs(base) {
		h := -gap
		for _, l := range base[run.from:run.to] {
			h += layerHeight(l) + gap
		}
		c.put(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="3"/>`+"\n", halfClass(run.party), x, y, stripWidth, h)
		c.halfText(halfLabel(run.party), x+stripWidth/2, y+h/2, h)
		y += h + gap
	}
}

// halfText writes the label of a half upright, in two lines when it is too long for one.
func (c *canvas) halfText(label string, cx, cy, room int) {
	if label == "" {
		return
	}
	at := strings.Index(label, " the")
	first, second := label[:at], label[at+1:]
	c.put(`<g transform="rotate(-90 %d %d)">`, cx, cy)
	switch {
	case textPixels(label, 13) < room:
		c.text(cx, cy+5, "onus-w", label, "middle")
	case textPixels(first, 13) < room:
		c.text(cx, cy-3, "onus-w", first, "middle")
		c.text(cx, cy+13, "onus-w", second, "middle")
	}
	c.put("</g>\n")
}
