package schema

import (
	"bytes"
	"testing"
	"time"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/vuln"
)

// TestWho validates what the model says of some vulnerabilities in every hosting.
func TestWho(t *testing.T) {
	t.Parallel()
	cat, diags := catalog.Load(catalog.Options{})
	rules, more := vuln.Load(vuln.Options{})
	if len(diags)+len(more) > 0 {
		t.Fatal(diags, more)
	}
	m := vuln.New(rules, cat, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	var asked []vuln.Vulnerability
	for _, id := range []string{"CVE-2014-0160", "CVE-2020-8558", "CVE-2021-44228", "CVE-2026-31431", "CVE-2099-0001"} {
		v, _ := rules.Lookup(id)
		asked = append(asked, v)
	}
	var targets []vuln.Target
	for _, id := range m.Hostings() {
		targets = append(targets, vuln.Target{Hosting: id})
	}
	var b bytes.Buffer
	if err := json.Who(&b, m.NewResult(asked, targets)); err != nil {
		t.Fatal(err)
	}
	validate(t, compile(t, "who", true), "onus who", b.String())
}
