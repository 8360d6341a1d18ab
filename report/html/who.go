package html

import (
	"bufio"
	"embed"
	"fmt"
	"html/template"
	"io"

	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/vuln"
)

//go:embed who.html.tmpl who.css
var whoFiles embed.FS

// whoView is what the template of `onus who` shows.
type whoView struct {
	Style    template.CSS
	AsOf     string
	Findings []whoFinding
}

type whoFinding struct {
	*vuln.Finding
	Groups []report.WhoGroup
}

// Who writes whose job each vulnerability is as one self-contained page without script. The error is that of w.
func Who(w io.Writer, r *vuln.Result) error {
	css, err := files.ReadFile("page.css")
	if err != nil {
		return fmt.Errorf("read style sheet: %w", err)
	}
	extra, err := whoFiles.ReadFile("who.css")
	if err != nil {
		return fmt.Errorf("read style sheet: %w", err)
	}
	page, err := template.New("who.html.tmpl").Funcs(functions()).Funcs(whoFunctions()).ParseFS(whoFiles, "who.html.tmpl")
	if err != nil {
		return fmt.Errorf("read page template: %w", err)
	}
	v := whoView{Style: template.CSS(string(css) + string(extra) + diagram.Style()), AsOf: r.AsOf}
	for i := range r.Vulnerabilities {
		f := &r.Vulnerabilities[i]
		v.Findings = append(v.Findings, whoFinding{f, report.WhoGroups(f, false)})
	}
	out := bufio.NewWriterSize(w, 1<<16)
	if err := page.Execute(out, v); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

func whoFunctions() template.FuncMap {
	return template.FuncMap{
		"whose": func(g report.WhoGroup) string { return report.WhoHeading(&g.Answer) },
		"where": func(g report.WhoGroup) string { return report.WhoWhere(&g) },
		"party": report.WhoParty, "steps": report.WhoSteps, "condition": report.WhoCondition, "dates": report.WhoDates,
		"components": func(f whoFinding) string { return report.WhoComponents(f.Finding) },
	}
}
