package reference

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
)

// Formats are the formats of Write.
func Formats() []string { return []string{"json", "csv", "markdown"} }

// Write writes the document in one of Formats. The error is that of w, or of another format.
func Write(w io.Writer, doc *Document, format string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch format {
	case "json":
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(doc)
	case "csv":
		err = writeCSV(out, doc)
	case "markdown":
		err = writeMarkdown(out, doc)
	default:
		err = fmt.Errorf("unknown format %q: expected one of %s", format, strings.Join(Formats(), ", "))
	}
	if err != nil {
		return fmt.Errorf("write the catalog: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the catalog: %w", err)
	}
	return nil
}

func columns() []string {
	return []string{
		"service", "hosting", "title", "class", "layer", "duty", "row", "when", "condition", "party", "aws half", "customer half",
		"reason", "basis", "residual", "deadline days", "deadline from", "citation", "url", "seen", "declared by",
	}
}

// writeCSV writes one line for each hosting, duty and row.
func writeCSV(w io.Writer, doc *Document) error {
	out := csv.NewWriter(w)
	lines := [][]string{columns()}
	for _, s := range doc.Services {
		for _, h := range s.Hostings {
			for _, d := range h.Duties {
				for i, r := range d.Rows {
					head := []string{s.Service, h.Hosting, h.Title, string(h.Class), string(d.Duty.Layer()), d.Duty.Name(), strconv.Itoa(i + 1)}
					lines = append(lines, slices.Concat(head, cells(r)))
				}
			}
		}
	}
	for _, line := range lines {
		for i, cell := range line {
			line[i] = inert(report.Plain(cell))
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func cells(r Row) []string {
	halves, deadline, cite := allocation.Halves{}, []string{"", ""}, allocation.Citation{}
	if r.Shared != nil {
		halves = *r.Shared
	}
	if r.Deadline != nil {
		deadline = []string{strconv.Itoa(r.Deadline.Days), r.Deadline.From}
	}
	if r.Citation != nil {
		cite = *r.Citation
	}
	return []string{
		r.Means, r.When, string(r.Party), halves.AWS, halves.Customer, r.Reason, string(r.Basis), r.Residual,
		deadline[0], deadline[1], cite.Title, cite.URL, cite.Seen, r.DeclaredBy,
	}
}

// inert keeps a spreadsheet from taking a cell for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// writeMarkdown writes the export as one document: a table of rows for each hosting.
func writeMarkdown(w io.Writer, doc *Document) error {
	m := &markdown{out: w}
	m.line("# The shared responsibility model, catalog %s\n", text(doc.Catalog.Version))
	m.line("Valid from %s. The first row whose condition holds answers for a duty.\n", text(doc.Catalog.ValidFrom))
	for _, s := range doc.Services {
		for i := range s.Hostings {
			h := &s.Hostings[i]
			m.line("## %s (%s)\n", text(h.Title), code(h.Hosting))
			m.line("%s, %s%s\n", text(s.Title), text(string(h.Class)), m.labelText(h))
			m.rows(h)
		}
	}
	m.writeSources("##")
	return m.err
}
