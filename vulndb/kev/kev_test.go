package kev_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vulndb/kev"
)

const sample = `{"title": "Catalog", "catalogVersion": "2099.01.02", "dateReleased": "2099-01-02T15:04:05.1Z", "count": 3, "vulnerabilities": [
 {"cveID": "CVE-2099-0001", "vendorProject": "Example", "product": "Gateway", "vulnerabilityName": "Gateway Lets Everyone In", "dateAdded": "2099-01-01",
  "shortDescription": "x", "requiredAction": "Update it.", "dueDate": "2099-01-22", "knownRansomwareCampaignUse": "Known", "notes": "", "cwes": ["CWE-287"]},
 {"cveID": "CVE-2099-0002", "dateAdded": "2099-01-01", "dueDate": "2099-02-01", "knownRansomwareCampaignUse": "Unknown"},
 {"cveID": "", "dateAdded": "2099-01-01"}]}`

func TestRead(t *testing.T) {
	t.Parallel()
	got, skipped, err := kev.Read(strings.NewReader(sample))
	if err != nil || skipped != 1 {
		t.Fatal(skipped, err)
	}
	want := kev.Catalog{Version: "2099.01.02", Released: "2099-01-02T15:04:05.1Z", Entries: []kev.Entry{
		{CVE: "CVE-2099-0001", Added: "2099-01-01", Due: "2099-01-22", Name: "Gateway Lets Everyone In", Action: "Update it.", Ransomware: true},
		{CVE: "CVE-2099-0002", Added: "2099-01-01", Due: "2099-02-01"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{}", `{"id":"GHSA-1"}`, "[]", sample[:200]} {
		if c, _, err := kev.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%.30q gave %+v", text, c)
		}
	}
	if _, _, err := kev.Read(strings.NewReader(strings.Repeat(" ", kev.MaxFile+1))); err == nil || !strings.Contains(err.Error(), "limit of 64 MiB") {
		t.Errorf("an endless catalog: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"vulnerabilities":[{"cveID":"CVE-1"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, _ := kev.Read(bytes.NewReader(data))
		for _, e := range c.Entries {
			if !strings.HasPrefix(e.CVE, "CVE-") || len(e.Added) > 10 {
				t.Errorf("an entry beyond its bounds: %+v", e)
			}
		}
	})
}
