package diagram

import (
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// Column is one stack among several.
type Column struct {
	Workload *allocation.Workload
	// Caption says whose stack it is: the names of its workloads. User text.
	Caption string
}

// Measures of a figure of several stacks, in pixels.
const (
	columnWidth  = 240
	columnGap    = 12
	captionSpace = 90
	cellHeight   = 40
	crossHeight  = 28
	crossLabel   = 26
	topSpace     = 48
)

// Row draws several stacks side by side over common layers, so that they can be compared; after opts.Columns stacks a
// new row of them begins. opts.Heading stands over the figure. The error is that of w.
func Row(w io.Writer, columns []Column, opts Options) error {
	c := newCanvas(opts.ID)
	per := opts.Columns
	if per <= 0 {
		per = DefaultColumns
	}
	per = min(per, max(1, len(columns)))
	width := 2*pad + titleWidth + per*(columnWidth+columnGap)
	var bands [][]Column
	for len(columns) > 0 {
		n := min(per, len(columns))
		bands, columns = append(bands, columns[:n]), columns[n:]
	}
	height := topSpace
	for _, b := range bands {
		height += bandHeight(b) + 2*pad
	}
	heading := opts.Heading
	if heading == "" {
		heading = "Who holds each layer"
	}
	c.open(width, height+legendHeight(width), heading, describeRow(bands), opts.Inline)
	c.text(pad, 32, "onus-h", fitText(heading, width-2*pad, 20), "")
	y := topSpace
	for _, b := range bands {
		c.band(b, y)
		y += bandHeight(b) + 2*pad
	}
	c.legend(pad, y, width)
	return c.close(w)
}

func describeRow(bands [][]Column) string {
	var parts []string
	for _, b := range bands {
		for _, x := range b {
			parts = append(parts, describe(x.Workload))
		}
	}
	return strings.Join(parts, " ")
}

func bandHeight(b []Column) int {
	base, across := report.Split(b[0].Workload)
	return captionSpace + len(base)*(cellHeight+gap) + crossLabel + len(across)*(crossHeight+gap)
}

// band draws one row of stacks: the layers' titles, then a column for each stack.
func (c *canvas) band(b []Column, y int) {
	base, across := report.Split(b[0].Workload)
	top := y + captionSpace
	for i, l := range base {
		c.title(l, top+i*(cellHeight+gap), cellHeight)
	}
	crossTop := top + len(base)*(cellHeight+gap) + crossLabel
	c.text(pad, crossTop-8, "onus-d", "across the stack", "")
	for i, l := range across {
		c.title(l, crossTop+i*(crossHeight+gap), crossHeight)
	}
	x := pad + titleWidth + columnGap
	for _, col := range b {
		c.caption(col, x, y)
		base, across := report.Split(col.Workload)
		for i, l := range base {
			c.cells(l, x, top+i*(cellHeight+gap), cellHeight)
		}
		for i, l := range across {
			c.cells(l, x, crossTop+i*(crossHeight+gap), crossHeight)
		}
		x += columnWidth + columnGap
	}
}

func (c *canvas) title(l *allocation.Layer, y, h int) {
	c.put(`<rect class="onus-name" x="%d" y="%d" width="%d" height="%d" rx="3"/>`+"\n", pad, y, titleWidth, h)
	c.text(pad+10, y+h/2+5, "onus-n", fitText(report.LayerTitle(l.Layer), titleWidth-14, 14), "")
}

// caption draws over a column the hosting, the workloads and how many duties are whose.
func (c *canvas) caption(col Column, x, y int) {
	w := col.Workload
	n := report.Count(w)
	lines := wrapText(report.HostingTitle(w), columnWidth*9/10, 14, 2) // bold runs wider
	for i, line := range lines {
		c.text(x, y+36-18*(len(lines)-1-i), "onus-n", line, "")
	}
	c.text(x, y+56, "onus-p", fitText(col.Caption, columnWidth, 12), "")
	counts := fmt.Sprintf("%d yours, %d AWS", n[stack.Customer], n[stack.AWS])
	if n[stack.Shared] > 0 {
		counts += fmt.Sprintf(", %d shared", n[stack.Shared])
	}
	if n[stack.Undetermined] > 0 {
		counts += fmt.Sprintf(", %d undetermined", n[stack.Undetermined])
	}
	c.text(x, y+74, "onus-d", fitText(counts, columnWidth, 12), "")
}

// cells draws the duties of a layer in a column: one box where they agree, else one for each.
func (c *canvas) cells(l *allocation.Layer, x, y, h int) {
	boxes := boxesOf(l)
	room := columnWidth - gap*(len(boxes)-1)
	for i, b := range boxes {
		w := room / (len(boxes) - i)
		room -= w
		c.cell(b, x, y, w, h, len(boxes) > 1)
		x += w + gap
	}
}

func (c *canvas) cell(b box, x, y, w, h int, named bool) {
	c.put("<g>")
	c.tooltip(b)
	c.fill(b.party, x, y, w, h, false)
	words := b.words()
	if textPixels(words, 12) > w-4 {
		words = brief(b.party) + strings.TrimPrefix(words, report.Word(b.party))
	}
	cx := x + w/2
	if named && h >= cellHeight {
		c.text(cx, y+h/2-3, boxText(b.party), fitText(b.label(), w-4, 12), "middle")
		c.text(cx, y+h/2+13, partyText(b.party), fitText(words, w-2, 12), "middle")
	} else {
		c.text(cx, y+h/2+5, partyText(b.party), fitText(words, w-4, 12), "middle")
	}
	c.put("</g>\n")
}

// brief returns a party's name for a narrow box.
func brief(p stack.Party) string {
	switch p {
	case stack.Undetermined:
		return "undet."
	case stack.ThirdParty:
		return "3rd party"
	default:
		return report.Word(p)
	}
}
