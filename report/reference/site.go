package reference

import (
	"bytes"
	"fmt"

	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// File is one file of the reference: a slash path below its directory, and the content.
type File struct {
	Path    string
	Content []byte
}

// SiteOptions say which pages Site makes.
type SiteOptions struct {
	// Markdown and HTML say which kinds of pages there are; each kind links to its own.
	Markdown, HTML bool
}

// Site makes the browsable reference: an index, one page a service and one figure a hosting, linked by relative paths.
// The error is a fault of the templates.
func Site(doc *Document, opts SiteOptions) ([]File, error) {
	var files []File
	if opts.Markdown {
		files = append(files, markdownPages(doc)...)
	}
	if opts.HTML {
		pages, err := htmlPages(doc)
		if err != nil {
			return nil, err
		}
		files = append(files, pages...)
	}
	for _, s := range doc.Services {
		for i := range s.Hostings {
			h := &s.Hostings[i]
			var b bytes.Buffer
			note := fmt.Sprintf("catalog %s, valid from %s", doc.Catalog.Version, doc.Catalog.ValidFrom)
			if err := diagram.Stack(&b, &h.figure, diagram.Options{ID: h.Hosting, Note: note}); err != nil {
				return nil, err
			}
			files = append(files, File{figurePath(h), b.Bytes()})
		}
	}
	return files, nil
}

func figurePath(h *Hosting) string { return "figures/" + h.Hosting + ".svg" }

// figureText describes a figure for those who do not see it.
func figureText(h *Hosting) string { return "The stack of " + h.Title + ": who holds each duty" }

// legend says what each party means.
func legend() []legendLine {
	var out []legendLine
	for _, p := range stack.Parties() {
		out = append(out, legendLine{report.Symbol(p), report.Word(p), report.Meaning(p)})
	}
	return out
}

type legendLine struct{ Symbol, Word, Meaning string }

// intro says what the pages are, in both forms.
func intro(doc *Document) string {
	hostings := 0
	for _, s := range doc.Services {
		hostings += len(s.Hostings)
	}
	return fmt.Sprintf("Who holds each duty, for %s of %s. Catalog %s, valid from %s.",
		report.Plural(hostings, "hosting"), report.Plural(len(doc.Services), "service"), doc.Catalog.Version, doc.Catalog.ValidFrom)
}

const howToRead = "A duty is held by the party of the first row whose condition holds. Where an unknown value decides, " +
	"onus says undetermined and names what would decide. Figures show a hosting of which nothing more is known."

func markdownPages(doc *Document) []File {
	pages := []File{{"README.md", markdownIndex(doc)}}
	for i := range doc.Services {
		pages = append(pages, File{doc.Services[i].Service + ".md", markdownService(doc, &doc.Services[i])})
	}
	return pages
}

func markdownIndex(doc *Document) []byte {
	var b bytes.Buffer
	m := &markdown{out: &b}
	m.line("<!-- Generated from the catalog by `onus catalog docs`; do not edit. -->\n")
	m.line("# The shared responsibility model\n\n%s\n\n%s\n", text(intro(doc)), text(howToRead))
	m.line("| | party | meaning |\n|---|---|---|")
	for _, l := range legend() {
		m.line("| %s | %s | %s |", l.Symbol, text(l.Word), text(l.Meaning))
	}
	m.line("\n## Hostings\n\n| service | hosting | what it is | class | AWS says |\n|---|---|---|---|---|")
	for _, s := range doc.Services {
		for i, h := range s.Hostings {
			name := ""
			if i == 0 {
				name = fmt.Sprintf("[%s](%s.md)", text(s.Title), s.Service)
			}
			label := ""
			if h.Label != nil {
				label = text(h.Label.Text)
			}
			m.line("| %s | [%s](%s.md#%s) | %s | %s | %s |", name, text(h.Hosting), s.Service, h.Hosting, text(h.Title), text(string(h.Class)), label)
		}
	}
	m.line("\n## Duties\n\n| layer | duty | what whoever holds it has to do |\n|---|---|---|")
	for _, l := range stack.Layers() {
		for i, d := range l.Duties {
			title := ""
			if i == 0 {
				title = text(l.Title)
			}
			m.line("| %s | %s | %s |", title, text(string(d.Duty)), text(d.About))
		}
	}
	return b.Bytes()
}

func markdownService(doc *Document, s *Service) []byte {
	var b bytes.Buffer
	m := &markdown{out: &b}
	m.line("<!-- Generated from the catalog by `onus catalog docs`; do not edit. -->\n")
	m.line("# %s\n\n[All services](README.md). Catalog %s, valid from %s.\n", text(s.Title), text(doc.Catalog.Version), text(doc.Catalog.ValidFrom))
	if len(s.Hostings) > 1 {
		for _, h := range s.Hostings {
			m.line("- [%s](#%s): %s", text(h.Hosting), h.Hosting, text(h.Title))
		}
		m.line("")
	}
	if len(s.Operations) > 0 {
		m.line("| API | what it does | who runs it | what stays the customer's |\n|---|---|---|---|")
		for _, o := range s.Operations {
			m.line("| %s | %s | %s %s | %s |", text(o.Plane), text(o.About), report.Symbol(o.Party), text(report.Word(o.Party)), text(o.Customer))
		}
		m.line("")
	}
	for i := range s.Hostings {
		m.hosting(&s.Hostings[i])
	}
	m.tables(s)
	m.writeSources("##")
	return b.Bytes()
}

// tables writes the dated tables that the conditions above look into.
func (m *markdown) tables(s *Service) {
	for _, t := range s.Tables {
		m.line("## Table %s\n\n| name | day |\n|---|---|", code(t.Table))
		for _, r := range t.Rows {
			m.line("| %s | %s |", text(r.Name), text(r.Day))
		}
		m.line("")
	}
}

func (m *markdown) hosting(h *Hosting) {
	m.line("## %s\n\n%s, %s%s.\n", text(h.Hosting), text(h.Title), text(string(h.Class)), m.labelText(h))
	m.line("![%s](%s)\n", text(figureText(h)), figurePath(h))
	if len(h.Works) > 0 {
		m.line("| part | who | how it works |\n|---|---|---|")
		for _, w := range h.Works {
			source := ""
			if w.Citation != nil {
				source = " " + m.cite(w.Citation)
			}
			m.line("| %s | %s %s | %s%s |", text(w.Part), report.Symbol(w.Party), text(report.Word(w.Party)), text(w.Text), source)
		}
		m.line("")
	}
	m.rows(h)
}
