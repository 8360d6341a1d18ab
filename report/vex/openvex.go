package vex

import (
	"io"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/vuln"
)

type openvexDocument struct {
	Context    string             `json:"@context"`
	ID         string             `json:"@id"`
	Author     string             `json:"author"`
	Timestamp  string             `json:"timestamp,omitempty"`
	Version    int                `json:"version"`
	Tooling    string             `json:"tooling"`
	Statements []openvexStatement `json:"statements"`
}

type openvexStatement struct {
	Vulnerability   openvexVulnerability `json:"vulnerability"`
	Products        []openvexProduct     `json:"products"`
	Status          string               `json:"status"`
	Justification   string               `json:"justification,omitempty"`
	ImpactStatement string               `json:"impact_statement,omitempty"`
	ActionStatement string               `json:"action_statement,omitempty"`
	StatusNotes     string               `json:"status_notes,omitempty"`
}

type openvexVulnerability struct {
	ID      string   `json:"@id,omitempty"`
	Name    string   `json:"name"`
	Aliases []string `json:"aliases,omitempty"`
}

type openvexProduct struct {
	ID            string             `json:"@id"`
	Subcomponents []openvexComponent `json:"subcomponents,omitempty"`
}

type openvexComponent struct {
	ID string `json:"@id"`
}

// OpenVEX writes a document of OpenVEX 0.2.0 with a statement for each vulnerability and product. The error is that of w.
func OpenVEX(w io.Writer, r *vuln.Result) error {
	doc := openvexDocument{
		Context: "https://openvex.dev/ns/v0.2.0", Author: "onus", Timestamp: timestamp(r), Version: 1, Tooling: "onus",
		Statements: []openvexStatement{},
	}
	for i := range r.Vulnerabilities {
		f := &r.Vulnerabilities[i]
		for j := range f.Answers {
			doc.Statements = append(doc.Statements, openvexOf(f, &f.Answers[j]))
		}
	}
	doc.ID = "urn:onus:vex:" + digest(doc)
	return write(w, doc)
}

func openvexOf(f *vuln.Finding, a *vuln.Answer) openvexStatement {
	id, _ := product(a)
	p := openvexProduct{ID: id}
	for _, c := range f.Components {
		if strings.HasPrefix(c.Component, "pkg:") {
			p.Subcomponents = append(p.Subcomponents, openvexComponent{ID: report.Plain(c.Component)})
		}
	}
	s := openvexStatement{Vulnerability: openvexVulnerability{ID: f.URL, Name: report.Plain(f.ID)}, Products: []openvexProduct{p}}
	switch statusOf(a) {
	case affected:
		s.Status, s.ActionStatement, s.StatusNotes = "affected", action(a), detail(a)
	case notAffected, awsOnly:
		s.Status, s.Justification, s.ImpactStatement = "not_affected", "component_not_present", detail(a)
	default:
		s.Status, s.StatusNotes = "under_investigation", detail(a)
	}
	return s
}
