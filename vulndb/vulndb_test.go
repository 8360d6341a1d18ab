package vulndb_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/vulninput"
	"github.com/onus-dev/onus/vulndb"
	"github.com/onus-dev/onus/vulndb/table"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// build packs inputs and opens the index.
func build(t testing.TB, inputs ...vulndb.Input) (db *vulndb.DB, path string, diags diag.List) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "onus.db")
	_, err := vulndb.Build(context.Background(), path, inputs, vulndb.BuildOptions{AsOf: "2099-06-03"}, &diags)
	if err != nil {
		t.Fatal(err, diags)
	}
	db, err = vulndb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, path, diags
}

// sample packs everything below testdata but the golden files.
func sample(t testing.TB) *vulndb.DB {
	t.Helper()
	db, _, diags := build(t, vulndb.Input{Path: "testdata"})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return db
}

func golden(t *testing.T, name string, got any) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	db := sample(t)
	golden(t, "info.golden", db.Info())
	if err := db.Verify(); err != nil {
		t.Error(err)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	db := sample(t)
	for _, c := range []struct {
		name string
		q    vulndb.Query
		want []string // CVE or id, state, fixed versions
		says string   // a part of the first reason
	}{
		{"nested jar", vulndb.Query{PURL: "pkg:maven/org.example/logger-core@2.14.1"}, []string{"CVE-2099-44228 affected 2.15.0"}, "from 2.13.0 before 2.15.0; 2.14.1 is installed"},
		{"fixed", vulndb.Query{Ecosystem: "Maven", Name: "org.example:logger-core", Version: "2.17.1"}, []string{"CVE-2099-44228 not-affected 2.3.1 2.15.0"}, "outside"},
		{"between ranges", vulndb.Query{Ecosystem: "Maven", Name: "org.example:logger-core", Version: "2.5"}, []string{"CVE-2099-44228 not-affected 2.3.1 2.15.0"}, "outside"},
		{"no version", vulndb.Query{Ecosystem: "Maven", Name: "org.example:logger-core"}, []string{"CVE-2099-44228 unknown 2.3.1 2.15.0"}, "no version is given"},
		{"placeholder", vulndb.Query{Ecosystem: "Maven", Name: "org.example:logger-core", Version: "${v2}"}, []string{"CVE-2099-44228 unknown 2.3.1 2.15.0"}, "placeholder"},
		{"other name", vulndb.Query{Ecosystem: "Maven", Name: "org.example:other", Version: "1"}, nil, ""},
		{"of no known kind", vulndb.Query{PURL: "pkg:generic/kubelet@1.2"}, nil, ""},

		{"aliases merge; events out of order", vulndb.Query{PURL: "pkg:golang/example.org/runtime@v1.6.20"},
			[]string{"CVE-2099-0001 affected 1.6.26 1.7.11", "CVE-2099-0002 not-affected"}, "GHSA-go01-go01-go01 affects every version up to 1.6.25"},
		{"only one record of two", vulndb.Query{PURL: "pkg:golang/example.org/runtime@v1.7.3"},
			[]string{"CVE-2099-0001 affected 1.7.11", "CVE-2099-0002 not-affected"}, "GO-2099-0001 affects versions from 1.7.0 before 1.7.11"},
		{"after the fix of one line", vulndb.Query{PURL: "pkg:golang/example.org/runtime@v1.6.26"}, []string{"CVE-2099-0001 not-affected 1.6.26 1.7.11", "CVE-2099-0002 not-affected"}, "outside"},
		{"devel", vulndb.Query{Ecosystem: "Go", Name: "example.org/runtime", Version: "(devel)"}, []string{"CVE-2099-0001 unknown 1.6.26 1.7.11", "CVE-2099-0002 not-affected"}, "cannot be judged"},
		{"custom range", vulndb.Query{Ecosystem: "Go", Name: "example.org/ingress", Version: "v1.11.4"}, []string{"CVE-2099-0003 affected 1.11.5 1.12.1"}, "own release numbers"},
		{"custom range, fixed", vulndb.Query{Ecosystem: "Go", Name: "example.org/ingress", Version: "1.12.1"}, []string{"CVE-2099-0003 not-affected 1.11.5 1.12.1"}, "own release numbers"},
		{"custom range, commit", vulndb.Query{Ecosystem: "Go", Name: "example.org/ingress", Version: "v0.0.0-20240101000000-abcdefabcdef"}, []string{"CVE-2099-0003 unknown 1.11.5 1.12.1"}, "names a commit"},
		{"release candidate of Go", vulndb.Query{Ecosystem: "Go", Name: "stdlib", Version: "go1.22rc1"}, []string{"GO-2099-0004 affected 1.22.1"}, "1.22.0-0"},
		{"Go with an experiment", vulndb.Query{Ecosystem: "Go", Name: "stdlib", Version: "go1.22.1 X:boringcrypto"}, []string{"GO-2099-0004 not-affected 1.21.8 1.22.1"}, "outside"},

		{"enumerated, spelt otherwise", vulndb.Query{PURL: "pkg:pypi/web.thing@1.1.0"}, []string{"CVE-2099-0010 affected"}, "lists version 1.1.0"},
		{"not enumerated", vulndb.Query{PURL: "pkg:pypi/web-thing@1.2"}, []string{"CVE-2099-0010 not-affected"}, "not among"},
		{"no fix", vulndb.Query{PURL: "pkg:npm/evil@9.9.9"}, []string{"MAL-2099-1 affected"}, "names no fixed one"},
		{"commits alone", vulndb.Query{PURL: "pkg:npm/only-git@1.0.0"}, []string{"OSV-GIT-1 unknown"}, "no versions to compare"},

		{"the last affected one", vulndb.Query{PURL: "pkg:npm/edge@1.5.0"}, []string{"GHSA-edge-edge-edge affected"}, "versions from 1.0.0 up to 1.5.0"},
		{"after the last affected one", vulndb.Query{PURL: "pkg:npm/edge@1.5.1"}, []string{"GHSA-edge-edge-edge not-affected"}, "outside"},
		{"an end and a beginning at one version", vulndb.Query{PURL: "pkg:npm/tie@1.0.0"}, []string{"GHSA-ties-ties-ties affected 2.0.0"}, "from 1.0.0 before 2.0.0"},
		{"a withdrawn record beside a live one", vulndb.Query{PURL: "pkg:npm/twice@2.0.0"}, []string{"CVE-2099-0060 not-affected"}, "GHSA-bbbb-live lists"},
		{"a live record beside withdrawn ones", vulndb.Query{PURL: "pkg:npm/twice@1.0.0"}, []string{"CVE-2099-0060 affected"}, "GHSA-bbbb-live"},
		{"aliases without a CVE", vulndb.Query{PURL: "pkg:npm/named-twice@1.0.0"}, []string{"GHSA-mal7-mal7-mal7 affected"}, "lists version"},

		{"distribution", vulndb.Query{PURL: "pkg:deb/debian/libssl3@3.0.11-1~deb12u1?distro=debian-12&upstream=openssl"}, []string{"CVE-2099-0020 affected 3.0.11-1~deb12u2"}, "DEBIAN-CVE-2099-0020"},
		{"back-ported fix", vulndb.Query{Ecosystem: "Debian", Distro: "debian-12", Name: "openssl", Version: "3.0.11-1~deb12u2"}, []string{"CVE-2099-0020 not-affected 3.0.11-1~deb12u2"}, "outside"},
		{"other release", vulndb.Query{Ecosystem: "Debian:11", Name: "openssl", Version: "1.1.1n-0+deb11u5"},
			[]string{"CVE-2099-0020 unknown", "CVE-2099-0021 unknown"}, "possible back-port: no advisories of Debian:11 are loaded"},
		{"release not told", vulndb.Query{PURL: "pkg:deb/debian/openssl@3.0.1"}, []string{"CVE-2099-0021 unknown"}, "possible back-port"},
		{"other distribution", vulndb.Query{PURL: "pkg:apk/alpine/openssl@3.0.1-r0?distro=3.18.4"}, []string{"CVE-2099-0021 unknown"}, "possible back-port"},
		{"several CVEs", vulndb.Query{PURL: "pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.10?distro=ubuntu-22.04"},
			[]string{"CVE-2099-0030 affected 7.81.0-1ubuntu1.15", "CVE-2099-0031 affected 7.81.0-1ubuntu1.15"}, "USN-9999-1"},
		{"Red Hat's products", vulndb.Query{PURL: "pkg:rpm/redhat/curl@7.76.1-26.el9?distro=rhel-9.3"}, []string{"CVE-2099-0030 affected 0:7.76.1-26.el9_3.2"}, "RHSA-2099:1"},
		{"owned by a distribution", vulndb.Query{PURL: "pkg:pypi/web-thing@1.1", DistributionOwned: true}, []string{"CVE-2099-0010 unknown"}, "possible back-port"},

		{"kernel of the core", vulndb.Query{Distro: "amzn-2", Name: "kernel", Version: "4.14.299-1.amzn2"}, []string{"CVE-2099-0040 affected 4.14.300-1.amzn2"}, "ALAS2-2099-100"},
		{"kernel of an extra, newer than the core's fix", vulndb.Query{Distro: "amzn-2", Name: "kernel", Version: "5.10.49-1.amzn2"}, []string{"CVE-2099-0040 affected 5.10.50-1.amzn2"}, "ALAS2KERNEL-5.10-2099-101"},
		{"kernel of an extra, fixed", vulndb.Query{Distro: "amzn-2", Name: "kernel", Version: "5.10.50-1.amzn2"}, []string{"CVE-2099-0040 not-affected 5.10.50-1.amzn2"}, "outside"},
		{"kernel of another line", vulndb.Query{Distro: "amzn-2", Name: "kernel", Version: "5.15.1-1.amzn2"}, []string{"CVE-2099-0040 unknown 4.14.300-1.amzn2 5.10.50-1.amzn2"}, "which the package came from"},
		{"kernel of a named repository", vulndb.Query{Distro: "amzn-2", Name: "kernel", Version: "5.10.49-1.amzn2", Repository: "core"}, []string{"CVE-2099-0040 not-affected 4.14.300-1.amzn2"}, "outside"},
		{"kernel's tools of an unknown line", vulndb.Query{Distro: "amzn-2", Name: "kernel-tools", Version: "5.10.1-1.amzn2"}, []string{"CVE-2099-0040 unknown 4.14.300-1.amzn2"}, "which the package came from"},
		{"core package", vulndb.Query{Distro: "amzn-2", Name: "bash", Version: "4.2.46-33.amzn2"}, []string{"CVE-2099-0041 affected 4.2.46-34.amzn2"}, "ALAS2-2099-102"},
		{"of the other architecture", vulndb.Query{Distro: "amzn-2", Name: "bash-doc", Version: "4.2.46-33.amzn2"}, []string{"CVE-2099-0041 affected 4.2.46-34.amzn2"}, "ALAS2-2099-102"},

		{"Bottlerocket", vulndb.Query{Ecosystem: "Bottlerocket", Name: "kernel-6.1", Version: "6.1.111"}, []string{"CVE-2099-0050 affected 6.1.112-122.189.amzn2023"}, "BRSA-test1"},
		{"Bottlerocket, release not told", vulndb.Query{Ecosystem: "Bottlerocket", Name: "kernel-6.1", Version: "6.1.112"}, []string{"CVE-2099-0050 unknown 6.1.112-122.189.amzn2023"}, "does not name its release"},
		{"Bottlerocket, newer", vulndb.Query{Ecosystem: "Bottlerocket", Name: "kernel-6.1", Version: "6.1.113"}, []string{"CVE-2099-0050 not-affected 6.1.112-122.189.amzn2023"}, "outside"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			matches, err := db.Match(c.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range matches {
				id := m.CVE
				if id == "" {
					id = m.ID
				}
				got = append(got, strings.Join(append([]string{id, string(m.State)}, m.Fixed...), " "))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if len(matches) > 0 && !strings.Contains(matches[0].Reason, c.says) {
				t.Errorf("the reason %q does not say %q", matches[0].Reason, c.says)
			}
		})
	}
}

func TestMatchFields(t *testing.T) {
	t.Parallel()
	db := sample(t)
	var got []vulndb.Match
	for _, q := range []vulndb.Query{
		{PURL: "pkg:maven/org.example/logger-core@2.14.1"}, {PURL: "pkg:maven/org.example/logger-core@2.17.1"}, {PURL: "pkg:golang/example.org/runtime@v1.6.20"},
		{Distro: "amzn-2", Name: "kernel", Version: "4.14.299-1.amzn2"}, {Ecosystem: "Bottlerocket", Name: "kernel-6.1", Version: "6.1.1"},
	} {
		matches, err := db.Match(q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, matches...)
	}
	golden(t, "matches.golden", got)
}

func TestQueryErrors(t *testing.T) {
	t.Parallel()
	db := sample(t)
	for _, q := range []vulndb.Query{{}, {PURL: "not a purl"}, {Ecosystem: "npm"}, {PURL: "pkg:npm/" + strings.Repeat("x", 5000)}} {
		if m, err := db.Match(q); !errors.Is(err, vulndb.ErrQuery) {
			t.Errorf("%.40v gave %v, %v", q, m, err)
		}
	}
}

func TestMatchID(t *testing.T) {
	t.Parallel()
	db := sample(t)
	for _, c := range []struct {
		q     vulndb.Query
		id    string
		state vulndb.State
		found bool
	}{
		{vulndb.Query{PURL: "pkg:golang/example.org/runtime@v1.6.20"}, "CVE-2099-0001", vulndb.Affected, true},
		{vulndb.Query{PURL: "pkg:golang/example.org/runtime@v1.6.20"}, "GHSA-go01-go01-go01", vulndb.Affected, true},
		{vulndb.Query{PURL: "pkg:golang/example.org/runtime@v1.6.20"}, "GO-2099-0001", vulndb.Affected, true},
		{vulndb.Query{PURL: "pkg:golang/example.org/runtime@v1.6.20"}, "CVE-2099-44228", "", false},
		{vulndb.Query{PURL: "pkg:deb/ubuntu/curl@7.81.0-1?distro=ubuntu-22.04"}, "CVE-2099-0031", vulndb.Affected, true},
		{vulndb.Query{PURL: "pkg:deb/ubuntu/curl@7.81.0-1?distro=ubuntu-22.04"}, "USN-9999-1", vulndb.Affected, true},
		// Debian's own data is there and silent about it, and other data names a package of that name.
		{vulndb.Query{PURL: "pkg:deb/debian/openssl@3.0.1?distro=debian-12"}, "CVE-2099-0021", vulndb.Unknown, true},
		{vulndb.Query{PURL: "pkg:deb/debian/openssl@3.0.1?distro=debian-12"}, "CVE-2099-0030", "", false},
		{vulndb.Query{PURL: "pkg:deb/debian/openssl@3.0.1?distro=debian-12"}, "CVE-1999-0001", "", false},
	} {
		m, found, err := db.MatchID(c.q, c.id)
		if strings.HasPrefix(c.id, "CVE-") && found && m.CVE != c.id {
			t.Errorf("%s was answered with %s", c.id, m.CVE)
		}
		if err != nil || found != c.found || m.State != c.state {
			t.Errorf("%s in %s: %v %q %v, want %v %q", c.id, c.q.PURL, found, m.State, err, c.found, c.state)
		}
	}
}

func TestRecordsAndAffected(t *testing.T) {
	t.Parallel()
	db := sample(t)
	for id, want := range map[string][]string{
		"CVE-2099-0001": {"GHSA-go01-go01-go01", "GO-2099-0001"}, "GHSA-go01-go01-go01": {"GHSA-go01-go01-go01", "GO-2099-0001"},
		"GO-2099-0001": {"GHSA-go01-go01-go01", "GO-2099-0001"}, "CVE-2099-0030": {"RHSA-2099:1", "USN-9999-1"}, "CVE-2099-0031": {"USN-9999-1"},
		"USN-9999-1": {"USN-9999-1"}, "CVE-1999-0001": nil,
	} {
		records, err := db.Records(id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range records {
			got = append(got, r.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	var got [][]vulndb.AffectedPackage
	for _, id := range []string{"CVE-2099-0001", "CVE-2099-0002", "CVE-2099-0030", "CVE-2099-0040", "CVE-2099-0060", "CVE-1999-0001"} {
		packages, err := db.Affected(id)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, packages)
	}
	golden(t, "affected.golden", got)
	r, found, err := db.Record("GO-2099-0001")
	if err != nil || !found || r.URL != "https://example.org/GO-2099-0001" || len(r.Affected) != 1 || r.Affected[0].Imports[0] != "example.org/runtime/exec" {
		t.Errorf("%+v %v %v", r, found, err)
	}
	kev, epss, err := db.Exploitation(" cve-2099-44228")
	if err != nil || kev == nil || !kev.Ransomware || kev.Due != "2099-04-24" || epss == nil || epss.Probability != 0.94358 || epss.Percentile != 0.99957 {
		t.Errorf("%+v %+v %v", kev, epss, err)
	}
}

// TestSameInputSameFile builds from the same data in other orders and packings.
func TestSameInputSameFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	paths, err := vulninput.WriteZips(dir, 1200, 7)
	if err != nil {
		t.Fatal(err)
	}
	var inputs []vulndb.Input
	for _, p := range paths {
		inputs = append(inputs, vulndb.Input{Path: p})
	}
	first := filepath.Join(t.TempDir(), "a.db")
	second := filepath.Join(t.TempDir(), "b.db")
	var diags diag.List
	if _, err := vulndb.Build(context.Background(), first, inputs, vulndb.BuildOptions{}, &diags); err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	slices.Reverse(inputs)
	if _, err := vulndb.Build(context.Background(), second, inputs, vulndb.BuildOptions{}, &diags); err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil || !bytes.Equal(a, b) {
		t.Fatal("the order of the inputs changed the file", err)
	}
	left, err := os.ReadDir(filepath.Dir(first))
	if err != nil || len(left) != 1 {
		t.Errorf("temporary files were left: %v %v", left, err)
	}
}

// TestNewestCounts gives a record in two states.
func TestNewestCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "old.json", `{"id":"A-1","modified":"2099-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}`)
	write(t, dir, "new.json", `{"id":"A-1","modified":"2099-01-02T00:00:00Z","withdrawn":"2099-01-02T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}`)
	db, _, _ := build(t, vulndb.Input{Path: dir})
	m, err := db.Match(vulndb.Query{Ecosystem: "npm", Name: "x", Version: "1.0.0"})
	if err != nil || len(m) != 1 || m[0].State != vulndb.NotAffected || !strings.Contains(m[0].Reason, "withdrawn on 2099-01-02") {
		t.Errorf("%+v %v", m, err)
	}
	if info := db.Info(); info.Records != 1 || info.Withdrawn != 1 || info.Sources[0].Records != 2 {
		t.Errorf("%+v", info)
	}
}

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBadInputs gives what cannot be read beside what can: the rest is indexed, and a diagnostic says what is missing.
func TestBadInputs(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	write(t, outside, "secret.json", `{"id":"OUTSIDE-1"}`)
	dir := t.TempDir()
	write(t, dir, "good.json", `{"id":"A-1"}`)
	write(t, dir, "broken.json", `{"id":`)
	write(t, dir, "array.json.gz", gzipped(t, `[{"id":"A-2"}]`))
	write(t, dir, "cut.json.gz", gzipped(t, `[{"id":"A-3"}]`)[:20])
	write(t, dir, "half.zip", "PK\x03\x04half")
	write(t, dir, "page.xml", "<html></html>")
	write(t, dir, "list.csv", "a,b\n1,2\n")
	write(t, dir, "README.md", "text")
	write(t, dir, "bomb.csv.gz", gzipped(t, "cve,epss,percentile\n"+strings.Repeat("#"+strings.Repeat("x", 1000)+"\n", 70<<10)))
	write(t, dir, "wide.json", `{"id":"W-1","aliases":["a`+strings.Repeat(`","a`, 2000)+`"],"affected":[{}`+strings.Repeat(`,{}`, 2000)+`]}`)
	if err := os.Symlink(filepath.Join(outside, "secret.json"), filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	db, _, diags := build(t, vulndb.Input{Path: dir}, vulndb.Input{Path: filepath.Join(dir, "none.json")}, vulndb.Input{Kind: vulndb.KindKEV, Path: filepath.Join(dir, "list.csv")},
		vulndb.Input{Path: filepath.Join(dir, "README.md")}, vulndb.Input{Path: t.TempDir()})
	var got []string
	for _, d := range diags.Sorted() {
		if !d.Incomplete {
			t.Errorf("the loss is not said: %v", d)
		}
		got = append(got, filepath.Base(d.Range.Path))
	}
	want := []string{"README.md", "broken.json", "bomb.csv.gz", "cut.json.gz", "half.zip", "list.csv", "list.csv", "none.json", "page.xml", "wide.json", "003"}
	slices.Sort(got)
	want[len(want)-1] = got[0]
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, diags)
	}
	if info := db.Info(); info.Records != 2 {
		t.Errorf("%+v", info)
	}
	if _, found, _ := db.Record("OUTSIDE-1"); found {
		t.Error("a link that leads out of the directory was followed")
	}
}

func TestManyProblems(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 1500 {
		w, err := z.Create(strings.Repeat("x", 1+i%7) + string(rune('a'+i%26)) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("{")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := write(t, dir, "all.zip", b.String())
	var diags diag.List
	_, err := vulndb.Build(context.Background(), filepath.Join(dir, "out.db"), []vulndb.Input{{Path: path}}, vulndb.BuildOptions{}, &diags)
	if !errors.Is(err, vulndb.ErrNothing) || len(diags) != 21 || !strings.Contains(diags[20].Detail, "1480 more") {
		t.Errorf("%v, %d diagnostics: %v", err, len(diags), diags[len(diags)-1])
	}
	if _, err := os.Stat(filepath.Join(dir, "out.db")); err == nil {
		t.Error("an index of nothing was written")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	_, path, _ := build(t, vulndb.Input{Path: "testdata/kev.json"})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	damaged := bytes.Clone(data)
	damaged[20] ^= 1
	for _, c := range []struct {
		path string
		want error
		says string
	}{
		{write(t, dir, "foreign.db", "SQLite format 3\x00 and so on"), table.ErrForeign, "onus db build"},
		{write(t, dir, "cut.db", string(data[:len(data)-9])), table.ErrTruncated, "cut off"},
		{write(t, dir, "empty.db", ""), table.ErrForeign, "onus db build"},
		{filepath.Join(dir, "none.db"), os.ErrNotExist, "There is no such file"},
		{dir, table.ErrForeign, "no regular file"},
	} {
		db, err := vulndb.Open(c.path)
		if err == nil {
			db.Close()
		}
		d := vulndb.Diagnose(c.path, err)
		if !errors.Is(err, c.want) || !strings.Contains(d.Detail, c.says) || !d.Incomplete || d.Range.Path != c.path {
			t.Errorf("%s: %v: %v", filepath.Base(c.path), err, d)
		}
	}
	db, err := vulndb.Open(write(t, dir, "damaged.db", string(damaged)))
	if err == nil {
		_, _, err = db.Exploitation("CVE-2099-44228")
		db.Close()
	}
	if !errors.Is(err, table.ErrDamaged) {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestBuildStops(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	dir := t.TempDir()
	var diags diag.List
	_, err := vulndb.Build(ctx, filepath.Join(dir, "out.db"), []vulndb.Input{{Path: "testdata"}}, vulndb.BuildOptions{}, &diags)
	left, err2 := os.ReadDir(dir)
	if !errors.Is(err, context.Canceled) || err2 != nil || len(left) > 0 {
		t.Errorf("%v; left behind: %v %v", err, left, err2)
	}
}
