package vex

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/triage"
)

// claim is what is said of one vulnerability in one package of one product. Where findings with the same identifiers
// have different labels, the one that asks most decides: nothing is hidden that is not to be hidden everywhere.
type claim struct {
	id                      string
	aliases                 []string
	products, subcomponents []string
	link                    string
	lead                    *triage.Finding
}

// claims folds the vulnerabilities among the findings, in their order. What has no identifier that another tool could
// match is left out.
func claims(r *triage.Result) []*claim {
	var out []*claim
	index := map[string]*claim{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Kind != triage.Vulnerability {
			continue
		}
		products, subcomponents := f.Products()
		if len(products) == 0 && f.Link() == "" {
			continue
		}
		key := strings.Join(slices.Concat([]string{f.ID, f.Link()}, products, subcomponents), "\x00")
		c := index[key]
		if c == nil {
			c = &claim{id: f.ID, aliases: f.Aliases, products: products, subcomponents: subcomponents, link: f.Link(), lead: f}
			index[key] = c
			out = append(out, c)
			continue
		}
		if labelRank(f.Label) < labelRank(c.lead.Label) {
			c.lead = f
		}
	}
	// A package that is named alone is hidden wherever it lies, so that every finding in it has a say.
	for _, c := range out {
		for i := range r.Findings {
			f := &r.Findings[i]
			if c.lead.Label == triage.Nothing && f.ID == c.id && f.Label != triage.Nothing && overlaps(f, c) {
				c.lead = f
			}
		}
	}
	return out
}

func overlaps(f *triage.Finding, c *claim) bool {
	_, subcomponents := f.Products()
	if len(c.subcomponents) > 0 {
		return false
	}
	products, _ := f.Products()
	for _, p := range slices.Concat(products, subcomponents) {
		if slices.Contains(c.products, p) {
			return true
		}
	}
	return false
}

func labelRank(l triage.Label) int { return slices.Index(triage.Labels(), l) }

func triageDetail(f *triage.Finding) string {
	return report.Plain(fmt.Sprintf("%s. %s", strings.ToUpper(string(f.Label[:1]))+string(f.Label[1:]), f.Reason))
}

func triageAction(f *triage.Finding) string {
	if f.Action == "" {
		return report.Plain(string(f.Residual))
	}
	return report.Plain(string(f.Residual) + ": " + f.Action)
}

// TriageOpenVEX writes a document of OpenVEX 0.2.0 for Trivy and Grype (--vex), with a statement for each vulnerability in
// each package. The error is that of w.
func TriageOpenVEX(w io.Writer, r *triage.Result) error {
	doc := openvexDocument{
		Context: "https://openvex.dev/ns/v0.2.0", Author: "onus", Timestamp: dayOf(r.AsOf), Version: 1, Tooling: "onus",
		Statements: []openvexStatement{},
	}
	for _, c := range claims(r) {
		if len(c.products) > 0 {
			doc.Statements = append(doc.Statements, c.openvex())
		}
	}
	doc.ID = "urn:onus:vex:" + digest(doc)
	return write(w, doc)
}

func (c *claim) openvex() openvexStatement {
	s := openvexStatement{Vulnerability: openvexVulnerability{Name: report.Plain(c.id)}}
	for _, a := range c.aliases {
		s.Vulnerability.Aliases = append(s.Vulnerability.Aliases, report.Plain(a))
	}
	for _, id := range c.products {
		p := openvexProduct{ID: report.Plain(id)}
		for _, sub := range c.subcomponents {
			p.Subcomponents = append(p.Subcomponents, openvexComponent{ID: report.Plain(sub)})
		}
		s.Products = append(s.Products, p)
	}
	switch c.lead.Label {
	case triage.Yours, triage.Redeploy:
		s.Status, s.ActionStatement, s.StatusNotes = "affected", triageAction(c.lead), triageDetail(c.lead)
	case triage.Nothing:
		s.Status, s.ImpactStatement = "not_affected", triageDetail(c.lead)
		if c.lead.Beneath() {
			s.Justification = "component_not_present"
		}
	default:
		s.Status, s.StatusNotes = "under_investigation", triageDetail(c.lead)
	}
	return s
}

// TriageCycloneDX writes a CycloneDX 1.6 document for Trivy (--vex beside a bill of materials): a component is referred to
// by its BOM-Link where the findings stand in a CycloneDX document with a serial number, else by its package URL. The
// error is that of w.
func TriageCycloneDX(w io.Writer, r *triage.Result) error {
	doc := cyclonedxDocument{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata:   cyclonedxMetadata{Timestamp: dayOf(r.AsOf), Tools: cyclonedxTools{[]cyclonedxComponent{{Type: "application", Name: "onus"}}}},
		Components: []cyclonedxComponent{}, Vulnerabilities: []cyclonedxVulnerability{},
	}
	for _, c := range claims(r) {
		refs := []string{c.link}
		if c.link == "" {
			refs = c.products
			if len(c.subcomponents) > 0 {
				refs = c.subcomponents
			}
		}
		v := cyclonedxVulnerability{ID: report.Plain(c.id), Analysis: c.analysis(), Affects: []cyclonedxAffect{}}
		v.Ref = "vuln:" + digest([]string{c.id, strings.Join(refs, " "), strings.Join(c.products, " ")})
		for _, ref := range refs {
			v.Affects = append(v.Affects, cyclonedxAffect{Ref: report.Plain(ref)})
		}
		doc.Vulnerabilities = append(doc.Vulnerabilities, v)
	}
	return write(w, doc)
}

func (c *claim) analysis() cyclonedxAnalysis {
	x := cyclonedxAnalysis{State: "in_triage", Detail: triageDetail(c.lead)}
	switch c.lead.Label {
	case triage.Yours, triage.Redeploy:
		x.State, x.Response = "exploitable", []string{"update"}
		x.Detail += " " + triageAction(c.lead)
	case triage.Nothing:
		x.State = "not_affected"
		if c.lead.Beneath() {
			x.Justification = "code_not_present"
		}
	}
	return x
}

func dayOf(asOf string) string {
	if asOf == "" {
		return ""
	}
	return asOf + "T00:00:00Z"
}
