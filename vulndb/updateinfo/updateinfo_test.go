package updateinfo_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/updateinfo"
)

func sample(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "amazon.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func fixedIn(eco, name, repository, version string) osv.Affected {
	return osv.Affected{Ecosystem: eco, Name: name, Repository: repository, Ranges: []osv.Range{{Type: "ECOSYSTEM", Events: []osv.Event{
		{Kind: osv.Introduced, Version: "0"}, {Kind: osv.Fixed, Version: version}}}}}
}

func TestRead(t *testing.T) {
	t.Parallel()
	var got []osv.Record
	skipped, err := updateinfo.Read(bytes.NewReader(sample(t)), func(r *osv.Record) error { got = append(got, *r); return nil })
	if err != nil || skipped != 1 {
		t.Fatal(skipped, err)
	}
	want := []osv.Record{
		{
			ID: "ALAS2023-2099-001", Published: "2099-07-01T20:41:00Z", Modified: "2099-07-02T23:22:00Z", Rating: "important",
			Summary:  "Amazon Linux 2023 - ALAS2023-2099-001: Important priority package update for gateway",
			Upstream: []string{"CVE-2099-0001", "CVE-2099-0002"}, URL: "https://alas.example.org/AL2023/ALAS2023-2099-001.html",
			Affected: []osv.Affected{
				fixedIn("Amazon Linux:2023", "gateway-libs", "", "1:3.0.8-1.amzn2023.0.10"), fixedIn("Amazon Linux:2023", "gateway-doc", "", "3.0.8-1.amzn2023.0.10"),
			},
		},
		{
			ID: "ALAS2KERNEL-5.10-2099-003", Published: "2099-08-01T00:00:00Z", Modified: "2099-08-01T00:00:00Z", Rating: "medium", Summary: "kernel",
			Upstream: []string{"CVE-2099-0003"}, Affected: []osv.Affected{fixedIn("Amazon Linux:2", "kernel", "kernel-5.10", "5.10.300-200.1.amzn2")},
		},
		{
			ID: "ALASDOCKER-2099-004", Summary: "docker", Upstream: []string{"CVE-2099-0004"},
			Affected: []osv.Affected{fixedIn("Amazon Linux:2", "docker", "docker", "25.0.1-1.amzn2")},
		},
		{ID: "ALAS2-2099-005", Upstream: []string{"CVE-2099-0005"}, Affected: []osv.Affected{fixedIn("Amazon Linux:2", "no-tag", "", "1-7")}},
		{ID: "BRSA-abc123", Upstream: []string{"CVE-2099-0006"}, Affected: []osv.Affected{fixedIn("Bottlerocket", "containerd", "", "1.7.20-0")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	none := func(*osv.Record) error { return nil }
	for text, want := range map[string]string{
		"":                     "no element",
		"<html><body/></html>": `root element is "html"`,
		"<updates><update>":    "XML",
		"<updates>&bomb;":      "XML",
		"<updates><other>":     "XML",
		"not xml":              "no element",
		"<updates><update type=\"security\"><id>" + strings.Repeat("x", updateinfo.MaxUpdate+1<<16):                                                                                  "limit of 8 MiB",
		"<updates><update type=\"security\"><id>A</id><pkglist><collection>" + strings.Repeat("<package/>", updateinfo.MaxPackages+1) + "</collection></pkglist></update></updates>": "limit of 20000 packages",
	} {
		if _, err := updateinfo.Read(strings.NewReader(text), none); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want %q", text, err, want)
		}
	}
	stop := errors.New("stop")
	if _, err := updateinfo.Read(bytes.NewReader(sample(t)), func(*osv.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error was lost: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(`<updates><update type="security"><id>ALAS2-1-1</id><pkglist><collection><package name="a" version="1" release="1.amzn2"/></collection></pkglist></update></updates>`))
	f.Add([]byte("<updates>" + strings.Repeat("<a>", 1000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = updateinfo.Read(bytes.NewReader(data), func(r *osv.Record) error {
			if r.ID == "" || len(r.Affected) == 0 {
				t.Errorf("an advisory without an id or package: %+v", r)
			}
			return nil
		})
	})
}
