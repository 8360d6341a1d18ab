package vex_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"slices"
	"testing"

	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/report/vex"
	"github.com/onus-dev/onus/vuln"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func render(t *testing.T, write func(io.Writer, *vuln.Result) error, r *vuln.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	reporttest.Golden(t, *update, "cyclonedx.golden", render(t, vex.CycloneDX, reporttest.Who()))
	reporttest.Golden(t, *update, "openvex.golden", render(t, vex.OpenVEX, reporttest.Who()))
}

// TestOpenVEX holds the document against what OpenVEX 0.2.0 asks of a statement, and what is never hidden.
func TestOpenVEX(t *testing.T) {
	t.Parallel()
	for _, r := range []*vuln.Result{reporttest.Who(), reporttest.HostileWho()} {
		var doc struct {
			Context    string `json:"@context"`
			ID         string `json:"@id"`
			Author     string
			Timestamp  string
			Statements []struct {
				Vulnerability   struct{ Name string }
				Products        []struct{ ID string }
				Status          string
				Justification   string
				ActionStatement string `json:"action_statement"`
				ImpactStatement string `json:"impact_statement"`
			}
		}
		if err := json.Unmarshal(render(t, vex.OpenVEX, r), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Context == "" || doc.ID == "" || doc.Author == "" || doc.Timestamp == "" {
			t.Errorf("the head of the document is not complete: %+v", doc)
		}
		n := 0
		for _, f := range r.Vulnerabilities {
			for _, a := range f.Answers {
				s := doc.Statements[n]
				n++
				hidden := s.Status == "not_affected"
				if a.Residual != vuln.None && hidden || a.Who == vuln.Undetermined && hidden || len(a.Conditions) > 0 && a.Who != vuln.NotAffected && hidden {
					t.Errorf("%s on %s is hidden", f.ID, a.Hosting)
				}
				switch {
				case !slices.Contains([]string{"not_affected", "affected", "fixed", "under_investigation"}, s.Status),
					s.Status == "affected" && s.ActionStatement == "",
					hidden && s.Justification != "component_not_present",
					len(s.Products) == 0:
					t.Errorf("statement %d is not complete: %+v", n, s)
				}
			}
		}
		if n != len(doc.Statements) {
			t.Errorf("%d statements for %d answers", len(doc.Statements), n)
		}
	}
}

// TestCycloneDX: every reference leads to a component, every value is one that CycloneDX 1.6 has.
func TestCycloneDX(t *testing.T) {
	t.Parallel()
	var doc struct {
		BOMFormat, SpecVersion string
		Components             []struct {
			Type string
			Ref  string `json:"bom-ref"`
		}
		Vulnerabilities []struct {
			Ref      string `json:"bom-ref"`
			ID       string
			Analysis struct {
				State, Justification string
				Response             []string
			}
			Affects []struct{ Ref string }
		}
	}
	if err := json.Unmarshal(render(t, vex.CycloneDX, reporttest.Who()), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.BOMFormat != "CycloneDX" || doc.SpecVersion != "1.6" {
		t.Error(doc.BOMFormat, doc.SpecVersion)
	}
	refs := map[string]bool{}
	for _, c := range doc.Components {
		refs[c.Ref] = true
	}
	seen := map[string]bool{}
	for _, v := range doc.Vulnerabilities {
		if seen[v.Ref] {
			t.Errorf("bom-ref %s twice", v.Ref)
		}
		seen[v.Ref] = true
		if !slices.Contains([]string{"exploitable", "in_triage", "not_affected"}, v.Analysis.State) {
			t.Errorf("state %s", v.Analysis.State)
		}
		for _, a := range v.Affects {
			if !refs[a.Ref] {
				t.Errorf("%s affects %s, which is no component", v.ID, a.Ref)
			}
		}
	}
}

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	for _, write := range []func(io.Writer, *vuln.Result) error{vex.CycloneDX, vex.OpenVEX} {
		if err := write(&reporttest.FailingWriter{Room: 10, Err: full}, reporttest.Who()); !errors.Is(err, full) {
			t.Error(err)
		}
	}
}
