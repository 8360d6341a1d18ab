package vulndb

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/table"
)

func fullRecord() *osv.Record {
	return &osv.Record{
		ID: "A-1", Modified: "m", Published: "p", Withdrawn: "w", Aliases: []string{"CVE-2099-0001", "b"}, Upstream: []string{"c"}, Related: []string{"d"},
		Summary: "s", Rating: "high", URL: "https://example.org", Severity: []osv.Severity{{Type: "CVSS_V3", Score: "x"}},
		Affected: []osv.Affected{{
			Ecosystem: "Debian:12", Name: "n", Repository: "r", Rating: "low", Severity: []osv.Severity{{Type: "t", Score: "s"}},
			Ranges:       []osv.Range{{Type: "ECOSYSTEM", Events: []osv.Event{{Kind: osv.Introduced, Version: "0"}, {Kind: osv.Limit, Version: "2"}}}, {Type: "GIT"}},
			CustomRanges: []osv.Range{{Type: "SEMVER", Events: []osv.Event{{Kind: osv.LastAffected, Version: "1"}, {Kind: osv.Fixed, Version: "3"}}}},
			Versions:     []string{"1", "2"}, Imports: []string{"i"},
		}},
	}
}

func TestEncoding(t *testing.T) {
	t.Parallel()
	want := fullRecord()
	data := encodeRecord(nil, want, KindOSV)
	got, kind, err := decodeRecord(data)
	if err != nil || kind != KindOSV {
		t.Fatal(kind, err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e := newEntry(want, KindUpdateInfo, 0, true)
	entries, err := decodeEntries(table.AppendString(table.AppendString(nil, string(e.encode(nil))), string(e.encode(nil))))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]entry{e, e}, entries, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e.Rating != "low" || e.Severity[0].Type != "t" || e.CVEs[0] != "CVE-2099-0001" {
		t.Errorf("%+v", e)
	}
	for n := range data {
		if _, _, err := decodeRecord(data[:n]); !errors.Is(err, table.ErrDamaged) {
			t.Fatalf("%d of %d bytes gave %v", n, len(data), err)
		}
	}
}

func FuzzDecodeEntries(f *testing.F) {
	e := newEntry(fullRecord(), KindOSV, 0, true)
	f.Add(table.AppendString(nil, string(e.encode(nil))), "1.0-1")
	f.Fuzz(func(t *testing.T, data []byte, installedVersion string) {
		entries, err := decodeEntries(data)
		if err != nil {
			return
		}
		in := parseInstalled("Debian:12", installedVersion)
		var found []judged
		for i := range entries {
			v := evaluate(&entries[i], in)
			if v.reason == "" || v.state != Affected && v.state != NotAffected && v.state != Unknown {
				t.Errorf("a verdict without a state or a reason: %+v", v)
			}
			if in.err != nil && v.state == NotAffected && entries[i].Withdrawn == "" {
				t.Errorf("%q, which is no version, was found not affected", installedVersion)
			}
			found = append(found, judged{entry: &entries[i], verdict: v})
		}
		for key, group := range group(found) {
			mergeGroup(key, group)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(encodeRecord(nil, fullRecord(), KindOSV))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, kind, err := decodeRecord(data)
		if err != nil {
			return
		}
		again, _, err := decodeRecord(encodeRecord(nil, r, kind))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}

// FuzzIndex opens damaged indexes.
func FuzzIndex(f *testing.F) {
	var out bytes.Buffer
	w, err := table.NewWriter(&out)
	if err != nil {
		f.Fatal(err)
	}
	e := newEntry(fullRecord(), KindOSV, 0, true)
	for _, add := range []func() error{
		func() error { return w.Start(tableRecords) },
		func() error { return w.Add("A-1", encodeRecord(nil, fullRecord(), KindOSV)) },
		func() error { return w.Start(tableIDs) },
		func() error {
			return w.Add("CVE-2099-0001", table.AppendStrings(table.AppendStrings(nil, []string{"A-1"}), nil))
		},
		func() error { return w.Start(tablePackages) },
		func() error { return w.Add("Debian:12\x00n", table.AppendString(nil, string(e.encode(nil)))) },
		func() error { return w.Start(tableAbout) },
		func() error { return w.Add(aboutKey, []byte(`{"format":1,"ecosystems":[{"name":"Debian:12"}]}`)) },
		w.Close,
	} {
		if err := add(); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(out.Bytes())
	f.Fuzz(func(_ *testing.T, data []byte) {
		db, err := newDB(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		_, _ = db.Match(Query{Ecosystem: "Debian:12", Name: "n", Version: "1"})
		_, _ = db.Affected("CVE-2099-0001")
		_ = db.Verify()
	})
}

func FuzzMatchQuery(f *testing.F) {
	f.Add("npm", "x", "1.0", "debian-12", "pkg:npm/x@1")
	f.Add("", "", "", "", "pkg:rpm/amzn/kernel@4.14?distro=amzn-2")
	f.Fuzz(func(t *testing.T, eco, name, version, distro, purl string) {
		q := Query{Ecosystem: eco, Name: name, Version: version, Distro: distro, PURL: purl}
		target, err := q.resolve()
		if err == nil && len(target.names) == 0 && target.eco != "" {
			t.Errorf("%+v resolved to no name: %+v", q, target)
		}
		if err != nil && !errors.Is(err, ErrQuery) {
			t.Errorf("%+v: %v", q, err)
		}
	})
}
