package reference

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

//go:embed page.html.tmpl page.css
var templates embed.FS

// page is what the template sees: the index when Service is nil.
type page struct {
	Title, Intro, HowToRead string
	Style                   template.CSS
	Doc                     *Document
	Service                 *Service
	Legend                  []legendLine
	Layers                  []stack.LayerInfo
}

func htmlPages(doc *Document) ([]File, error) {
	css, err := templates.ReadFile("page.css")
	if err != nil {
		return nil, fmt.Errorf("read style sheet: %w", err)
	}
	tmpl, err := template.New("page.html.tmpl").Funcs(template.FuncMap{
		"plain": report.Plain, "symbol": report.Symbol, "word": report.Word, "deadline": deadlineText, "figure": figurePath, "figureText": figureText,
		"at": func(h []Hosting, i int) *Hosting { return &h[i] },
	}).ParseFS(templates, "page.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read page template: %w", err)
	}
	base := page{Intro: intro(doc), HowToRead: howToRead, Style: template.CSS(css), Doc: doc, Legend: legend(), Layers: stack.Layers()}
	base.Title = "The shared responsibility model"
	var files []File
	add := func(name string, p page) error {
		var b bytes.Buffer
		if err := tmpl.Execute(&b, p); err != nil {
			return fmt.Errorf("write page %s: %w", name, err)
		}
		files = append(files, File{name, b.Bytes()})
		return nil
	}
	if err := add("index.html", base); err != nil {
		return nil, err
	}
	for i := range doc.Services {
		p := base
		p.Service = &doc.Services[i]
		p.Title = p.Service.Title
		if err := add(p.Service.Service+".html", p); err != nil {
			return nil, err
		}
	}
	return files, nil
}
