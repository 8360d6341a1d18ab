package vex

import (
	"io"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/vuln"
)

type cyclonedxDocument struct {
	Schema          string                   `json:"$schema"`
	Format          string                   `json:"bomFormat"`
	SpecVersion     string                   `json:"specVersion"`
	Version         int                      `json:"version"`
	Metadata        cyclonedxMetadata        `json:"metadata"`
	Components      []cyclonedxComponent     `json:"components"`
	Vulnerabilities []cyclonedxVulnerability `json:"vulnerabilities"`
}

type cyclonedxMetadata struct {
	Timestamp string         `json:"timestamp,omitempty"`
	Tools     cyclonedxTools `json:"tools"`
}

type cyclonedxTools struct {
	Components []cyclonedxComponent `json:"components"`
}

type cyclonedxComponent struct {
	Type string `json:"type"`
	Ref  string `json:"bom-ref,omitempty"`
	Name string `json:"name"`
}

type cyclonedxVulnerability struct {
	Ref      string            `json:"bom-ref"`
	ID       string            `json:"id"`
	Source   *cyclonedxSource  `json:"source,omitempty"`
	Analysis cyclonedxAnalysis `json:"analysis"`
	Affects  []cyclonedxAffect `json:"affects"`
}

type cyclonedxSource struct {
	URL string `json:"url"`
}

type cyclonedxAnalysis struct {
	State         string   `json:"state"`
	Justification string   `json:"justification,omitempty"`
	Response      []string `json:"response,omitempty"`
	Detail        string   `json:"detail"`
}

type cyclonedxAffect struct {
	Ref string `json:"ref"`
}

// CycloneDX writes a CycloneDX 1.6 document with one component for each workload or hosting, and for each vulnerability
// an entry per distinct answer. The error is that of w.
func CycloneDX(w io.Writer, r *vuln.Result) error {
	doc := cyclonedxDocument{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata:   cyclonedxMetadata{Timestamp: timestamp(r), Tools: cyclonedxTools{[]cyclonedxComponent{{Type: "application", Name: "onus"}}}},
		Components: []cyclonedxComponent{}, Vulnerabilities: []cyclonedxVulnerability{},
	}
	seen := map[string]bool{}
	for i := range r.Vulnerabilities {
		f := &r.Vulnerabilities[i]
		for j := range f.Answers {
			id, name := product(&f.Answers[j])
			if !seen[id] {
				seen[id] = true
				doc.Components = append(doc.Components, cyclonedxComponent{Type: "platform", Ref: report.Plain(id), Name: report.Plain(name)})
			}
		}
		doc.Vulnerabilities = append(doc.Vulnerabilities, cyclonedxEntries(f)...)
	}
	return write(w, doc)
}

// cyclonedxEntries folds answers of one analysis into one entry.
func cyclonedxEntries(f *vuln.Finding) []cyclonedxVulnerability {
	var out []cyclonedxVulnerability
	index := map[string]int{}
	for i := range f.Answers {
		a := &f.Answers[i]
		id, _ := product(a)
		analysis := analysisOf(a)
		key := strings.Join(append([]string{analysis.State, analysis.Detail}, analysis.Response...), "\x00")
		at, ok := index[key]
		if !ok {
			at = len(out)
			index[key] = at
			v := cyclonedxVulnerability{ID: report.Plain(f.ID), Analysis: analysis, Affects: []cyclonedxAffect{}}
			v.Ref = "vuln:" + digest([]string{f.ID, key})
			if f.URL != "" {
				v.Source = &cyclonedxSource{URL: f.URL}
			}
			out = append(out, v)
		}
		out[at].Affects = append(out[at].Affects, cyclonedxAffect{Ref: report.Plain(id)})
	}
	return out
}

func analysisOf(a *vuln.Answer) cyclonedxAnalysis {
	x := cyclonedxAnalysis{State: "in_triage", Detail: detail(a)}
	switch statusOf(a) {
	case affected:
		x.State, x.Response = "exploitable", []string{"update"}
		if a.Residual == vuln.Mitigate {
			x.Response = []string{"workaround_available", "update"}
		}
	case notAffected, awsOnly:
		x.State, x.Justification = "not_affected", "code_not_present"
	}
	return x
}
