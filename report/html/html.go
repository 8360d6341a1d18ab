// Package html writes an allocation.Result as one self-contained page: totals by party, the workloads, a matrix of
// workloads and layers, and for every distinct stack its figure and its duties, with a filter by party.
//
// The page needs no network, no font and no script: its Content-Security-Policy forbids them, the filter is pure CSS
// and can be worked with the keyboard, and it follows the reader's light or dark preference.
//
// Data flow: a Result in; views of it (view.go) go through html/template, which escapes all user text. The figures
// come from package diagram, which escapes its own.
package html

import (
	"bufio"
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
)

//go:embed page.html.tmpl page.css compare.html.tmpl compare.css check.html.tmpl check.css
var files embed.FS

// Options says what to write.
type Options struct {
	// Title is the heading of the page; empty means "Whose job is this?". User text.
	Title string
	// GroupBy puts headings over the lists of workloads; ByParty adds nothing, as the page has a filter by party.
	GroupBy report.GroupBy
}

// Write writes r. The error is that of w, or of an unknown grouping.
func Write(w io.Writer, r *allocation.Result, opts Options) error {
	if err := opts.GroupBy.Check(); err != nil {
		return err
	}
	css, err := files.ReadFile("page.css")
	if err != nil {
		return fmt.Errorf("read style sheet: %w", err)
	}
	page, err := template.New("page.html.tmpl").Funcs(functions()).ParseFS(files, "page.html.tmpl")
	if err != nil {
		return fmt.Errorf("read page template: %w", err)
	}
	v, err := newView(r, opts)
	if err != nil {
		return err
	}
	v.Style = template.CSS(string(css) + diagram.Style())
	out := bufio.NewWriterSize(w, 1<<16)
	if err := page.Execute(out, v); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

// functions are the words that the template takes from package report.
func functions() template.FuncMap {
	return template.FuncMap{
		"symbol": report.Symbol, "word": report.Word, "heading": report.Heading, "meaning": report.Meaning,
		"layerTitle": report.LayerTitle, "plural": report.Plural, "caveats": report.Caveats, "marks": report.Marks,
		"residual": report.ResidualText, "deadline": report.DeadlineText, "place": report.Place,
		"hosting": report.HostingTitle, "kind": report.HostingKind,
		"short": func(s string) string { return report.Clip(s, report.MaxName) },
		"text":  func(s string) string { return report.Clip(s, report.MaxReason) },
	}
}
