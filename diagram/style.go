package diagram

import (
	"fmt"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// palette is the colours of a figure on a light or a dark page. Text on any fill and any pattern has a contrast of at
// least 4.5 to 1; TestContrast proves it.
type palette struct {
	page, name, text, dim, line string
	parties                     []paint
}

// paint is the fill, the pattern and the outline of one party's boxes.
type paint struct {
	party               stack.Party
	fill, mark, outline string
}

func light() palette {
	return palette{page: "#ffffff", name: "#eef1f4", text: "#14202b", dim: "#56616c", line: "#b4bdc6", parties: []paint{
		{stack.AWS, "#d3e6f5", "#9ec7e6", "#0072b2"},
		{stack.Customer, "#fde3b5", "#f3bd66", "#a85200"},
		{stack.ThirdParty, "#f1dce8", "#d9a5c3", "#8f3f70"},
		{stack.Undetermined, "#eceff1", "#c3cad0", "#4d5862"},
		{stack.NotApplicable, "#ffffff", "#ffffff", "#b4bdc6"},
	}}
}

func dark() palette {
	return palette{page: "#11171d", name: "#202a33", text: "#f3f6f8", dim: "#a9b4be", line: "#44515d", parties: []paint{
		{stack.AWS, "#0b3a5c", "#1a5d8c", "#56b4e9"},
		{stack.Customer, "#5e3600", "#855008", "#f0a830"},
		{stack.ThirdParty, "#4d2440", "#74395f", "#d88fb9"},
		{stack.Undetermined, "#2b343c", "#47535e", "#a9b4be"},
		{stack.NotApplicable, "#11171d", "#11171d", "#44515d"},
	}}
}

// Style returns the style sheet that every figure needs, once a page. All its classes begin with "onus-".
func Style() string {
	return `.onus-figure{max-width:100%;height:auto;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif}` +
		`.onus-h{font-size:20px;font-weight:700}.onus-t{font-size:14px}.onus-d{font-size:12px}.onus-n{font-size:14px;font-weight:600}` +
		`.onus-b{font-size:13px;font-weight:600}.onus-p{font-size:12px}.onus-w{font-size:13px;font-weight:600;fill:#fff}` +
		`.onus-half-aws{fill:#0067a3}.onus-half-customer{fill:#a04d00}` +
		light().css() + "@media (prefers-color-scheme:dark){" + dark().css() + "}"
}

func (p palette) css() string {
	var b strings.Builder
	fmt.Fprintf(&b, ".onus-page{fill:%s}.onus-name{fill:%s}.onus-h,.onus-t,.onus-n,.onus-b,.onus-p{fill:%s}.onus-d{fill:%s}", p.page, p.name, p.text, p.dim)
	fmt.Fprintf(&b, ".onus-half-shared,.onus-half-third-party,.onus-half-undetermined,.onus-half-not-applicable{fill:none;stroke:%s}", p.line)
	for _, x := range p.parties {
		n := name(x.party)
		fmt.Fprintf(&b, ".onus-f-%s{fill:%s}.onus-m-%s{fill:none;stroke:%s}.onus-s-%s{stroke:%s;stroke-width:1.25}", n, x.fill, n, x.mark, n, x.outline)
	}
	fmt.Fprintf(&b, ".onus-m-aws{fill:%s;stroke:none}.onus-s-undetermined,.onus-s-not-applicable{stroke-dasharray:5 3}", p.parties[0].mark)
	return b.String()
}

// patterns defines the fill of each party under the figure's own ids.
func (c *canvas) patterns() {
	marks := []struct {
		party stack.Party
		size  int
		shape string
	}{
		{stack.AWS, 8, `<circle class="onus-m-aws" cx="4" cy="4" r="1.3"/>`},
		{stack.Customer, 10, `<path class="onus-m-customer" stroke-width="2" d="M-2 2L2 -2M0 10L10 0M8 12L12 8"/>`},
		{stack.ThirdParty, 12, `<path class="onus-m-third-party" stroke-width="1.5" d="M3 6H9M6 3V9"/>`},
		{stack.Undetermined, 10, `<path class="onus-m-undetermined" d="M-2 8L2 12M0 0L10 10M8 -2L12 2M-2 2L2 -2M0 10L10 0M8 12L12 8"/>`},
		{stack.NotApplicable, 8, ""},
	}
	c.put("<defs>")
	for _, m := range marks {
		n := name(m.party)
		c.put(`<pattern id="%s-%s" width="%d" height="%d" patternUnits="userSpaceOnUse"><rect class="onus-f-%s" width="%d" height="%d"/>%s</pattern>`,
			c.id, n, m.size, m.size, n, m.size, m.size, m.shape)
	}
	c.put("</defs>\n")
}

const legendItem = 300

// legendEntries returns what the legend explains.
func legendEntries() (swatches []stack.Party, notes []string) {
	return stack.Parties(), []string{
		markResidual + " the party holds it, yet you must act",
		markAssumed + " rests on the default of a variable",
		markInferred + " inferred: no page was found",
	}
}

func legendText(p stack.Party) string {
	switch p {
	case stack.AWS, stack.Customer:
		return report.Word(p) + ": " + halfLabel(p)
	case stack.Undetermined:
		return "undetermined: an unknown value decides"
	case stack.Shared:
		return "shared: two named halves"
	case stack.NotApplicable:
		return "n/a: no such duty here"
	default:
		return report.Word(p)
	}
}

func legendRows(width, n int) int {
	perRow := max(1, (width-2*pad)/legendItem)
	return (n + perRow - 1) / perRow
}

func legendHeight(width int) int {
	_, notes := legendEntries()
	return legendHeightOf(width, len(notes))
}

func legendHeightOf(width, notes int) int {
	return pad + 26*legendRows(width, len(stack.Parties())) + 22*legendRows(width, notes)
}

// legend draws the swatches of the parties with the halves they stand for, and explains the marks.
func (c *canvas) legend(x, y, width int) {
	_, notes := legendEntries()
	c.legendOf(x, y, width, legendText, notes)
}

func (c *canvas) legendOf(x, y, width int, words func(stack.Party) string, notes []string) {
	swatches := stack.Parties()
	perRow := max(1, (width-2*pad)/legendItem)
	for i, p := range swatches {
		left, top := x+i%perRow*legendItem, y+i/perRow*26
		c.fill(p, left, top, 34, 18, false)
		c.text(left+42, top+13, "onus-p", words(p), "")
	}
	y += 26 * legendRows(width, len(swatches))
	for i, n := range notes {
		c.text(x+i%perRow*legendItem, y+i/perRow*22+12, "onus-d", n, "")
	}
}
