package bottlerocket_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vulndb/bottlerocket"
	"github.com/onus-dev/onus/vulndb/osv"
)

const sample = `[advisory]
id = "BRSA-abcdefghijkl"
title = "kernel CVE-2099-0001"
cve = "CVE-2099-0001"
severity = "Moderate"
description = "Prose."

[[advisory.products]]
package-name = "kernel-6.1"
patched-version = "kernel-6.1.112-122.189.amzn2023"
patched-release = "0"
patched-epoch = "0"

[[advisory.products]]
package-name = "runc"
patched-version = "1.1.14"

[[advisory.products]]
package-name = "with-epoch"
patched-version = "2.0"
patched-release = "3"
patched-epoch = "1"

[[advisory.products]]
package-name = "without-version"

[updateinfo]
author = "someone"
issue-date = 2099-10-17T00:33:43Z
arches = ["x86_64"]
version = "2.9.1"
`

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := bottlerocket.Read(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	fixed := func(name, version string) osv.Affected {
		return osv.Affected{Ecosystem: "Bottlerocket", Name: name, Ranges: []osv.Range{{Type: "ECOSYSTEM", Events: []osv.Event{
			{Kind: osv.Introduced, Version: "0"}, {Kind: osv.Fixed, Version: version}}}}}
	}
	want := &osv.Record{
		ID: "BRSA-abcdefghijkl", Summary: "kernel CVE-2099-0001", Rating: "moderate", Upstream: []string{"CVE-2099-0001"},
		Published: "2099-10-17T00:33:43Z", Modified: "2099-10-17T00:33:43Z",
		Affected: []osv.Affected{fixed("kernel-6.1", "6.1.112-122.189.amzn2023"), fixed("runc", "1.1.14"), fixed("with-epoch", "1:2.0-3")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                   "no id",
		"[package]\nname = \"x\"":            "no id",
		"[advisory]\nid = \"BRSA-1\"":        "no product",
		"[advisory\nid":                      "TOML",
		"[advisory]\nid = 7":                 "TOML",
		"# " + strings.Repeat("x", 2<<20):    "limit of 64 KiB",
		"a = " + strings.Repeat("{a=", 1000): "nests deeper than the limit of 16",
		"[advisory]\nid = \"BRSA-1\"\n" + strings.Repeat("[[advisory.products]]\n", bottlerocket.MaxProducts+1): "limit of 1000 products",
	} {
		if r, err := bottlerocket.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q gave %+v, %v; want %q", text, r, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("[advisory]\nid='B'\n[[advisory.products]]\npackage-name='-'\npatched-version='-'"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := bottlerocket.Read(bytes.NewReader(data))
		if err == nil && r.ID == "" {
			t.Error("an advisory without an id")
		}
	})
}
