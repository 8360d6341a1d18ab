package terminal

import (
	"io"
	"strings"

	"github.com/onus-dev/onus/report"
)

// CatalogTable is a list from the catalog: of services, hostings, duties or citations.
type CatalogTable struct {
	Title   string
	Columns []string
	// Rows have one cell for each column.
	Rows [][]string
	// Footer is printed under the table; it may be empty.
	Footer string
}

// Table prints a table whose columns are as wide as their cells; when the page is too narrow the widest column gives
// way and its cells wrap. The error is that of w.
func Table(w io.Writer, t CatalogTable, opts Options) error {
	p := newPage(w, opts)
	if t.Title != "" {
		p.rule("━━", headStyle, report.Plain(t.Title))
	}
	widths := p.columnWidths(t)
	p.tableRow(t.Columns, widths, boldStyle)
	for _, row := range t.Rows {
		p.tableRow(row, widths, plainStyle)
	}
	if t.Footer != "" {
		p.blank()
		p.text("", "", dimStyle, report.Clip(t.Footer, report.MaxReason))
	}
	return p.flush()
}

func (p *page) columnWidths(t CatalogTable) []int {
	widths := make([]int, len(t.Columns))
	total := 2 * (len(t.Columns) - 1)
	for i, c := range t.Columns {
		widths[i] = textWidth(report.Plain(c))
		for _, row := range t.Rows {
			if i < len(row) {
				widths[i] = max(widths[i], textWidth(report.Clip(row[i], report.MaxReason)))
			}
		}
		total += widths[i]
	}
	for total > p.width {
		widest := 0
		for i, n := range widths {
			if n > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 2 {
			break
		}
		widths[widest]--
		total--
	}
	return widths
}

func (p *page) tableRow(cells []string, widths []int, st style) {
	lines := make([][]string, len(widths))
	height := 1
	for i := range widths {
		text := ""
		if i < len(cells) {
			text = report.Clip(cells[i], report.MaxReason)
		}
		lines[i] = wrap(text, widths[i])
		height = max(height, len(lines[i]))
	}
	for y := range height {
		parts := make([]string, len(widths))
		for i, n := range widths {
			text := ""
			if y < len(lines[i]) {
				text = lines[i][y]
			}
			parts[i] = fit(text, n)
		}
		p.out.WriteString(p.paint(st, strings.TrimRight(strings.Join(parts, "  "), " ")) + "\n")
	}
}
