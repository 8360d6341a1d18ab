package osv_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vulndb/osv"
)

func fixture(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "go.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDecode(t *testing.T) {
	t.Parallel()
	got, err := osv.Decode(fixture(t))
	if err != nil {
		t.Fatal(err)
	}
	want := &osv.Record{
		ID: "GO-2099-0001", Modified: "2099-02-03T04:05:06Z", Published: "2099-02-01T00:00:00Z",
		Aliases: []string{"CVE-2099-10001", "GHSA-aaaa-bbbb-cccc"}, Related: []string{"CVE-2098-0001"},
		Summary:  "A gateway forgets whom it let in",
		Severity: []osv.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		Rating:   "high", URL: "https://example.org/advisory",
		Affected: []osv.Affected{
			{
				Ecosystem: "Go", Name: "example.org/gateway", Imports: []string{"example.org/gateway/session"},
				Ranges:       []osv.Range{{Type: "SEMVER", Events: []osv.Event{{Kind: osv.Introduced, Version: "0"}}}, {Type: "GIT"}},
				CustomRanges: []osv.Range{{Type: "ECOSYSTEM", Events: []osv.Event{{Kind: osv.Introduced, Version: "0"}, {Kind: osv.Fixed, Version: "1.11.5"}}}},
			},
			{
				Ecosystem: "npm", Name: "gateway", Versions: []string{"1.0.0", "1.0.1"}, Rating: "moderate",
				Ranges: []osv.Range{{Type: "SEMVER", Events: []osv.Event{
					{Kind: osv.Introduced, Version: "1.0.0"}, {Kind: osv.LastAffected, Version: "1.0.1"}, {Kind: osv.Limit, Version: "2.0.0"}}}},
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if cves := got.CVEs(true); !slices.Equal(cves, []string{"CVE-2099-10001"}) {
		t.Errorf("CVEs: %v", cves)
	}
}

func TestCVEs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r            osv.Record
		distribution bool
		want         []string
	}{
		{osv.Record{ID: "USN-1-1", Upstream: []string{"CVE-2024-0002", "UBUNTU-CVE-2024-0002", "CVE-2024-0001"}}, true, []string{"CVE-2024-0001", "CVE-2024-0002"}},
		{osv.Record{ID: "ALSA-1", Related: []string{"CVE-2024-0001"}}, true, []string{"CVE-2024-0001"}},
		{osv.Record{ID: "GHSA-1", Related: []string{"CVE-2024-0001"}}, false, nil},
		{osv.Record{ID: "CVE-2024-0001", Aliases: []string{"CVE-24-1", "CVE-2024-xxxx", "CVE-2024-1"}}, false, []string{"CVE-2024-0001"}},
	} {
		if diff := cmp.Diff(c.want, c.r.CVEs(c.distribution)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.r.ID, diff)
		}
	}
}

func TestDecodeBounds(t *testing.T) {
	t.Parallel()
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	for name, text := range map[string]string{
		"an id":             `{"summary":"x"}`,
		"not an OSV record": `[]`,
		"bytes":             `{"id":"` + strings.Repeat("x", 300) + `"}`,
		"affected packages": `{"id":"X-1","affected":[` + many(osv.MaxAffected+1, `{}`) + `]}`,
		"other ids":         `{"id":"X-1","aliases":[` + many(osv.MaxAliases+1, `"a"`) + `]}`,
		"versions":          `{"id":"X-1","affected":[{"versions":[` + many(osv.MaxVersions+1, `"1"`) + `]}]}`,
		"range events":      `{"id":"X-1","affected":[{"ranges":[{"type":"SEMVER","events":[` + many(osv.MaxEvents+1, `{"fixed":"1"}`) + `]}]}]}`,
		"MiB":               `{"id":"X-1","summary":"` + strings.Repeat("x", osv.MaxRecord) + `"}`,
		"max depth":         `{"id":"X-1","database_specific":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
	} {
		if _, err := osv.Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(name, "an ")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func read(t *testing.T, text string) (ids, problems []string, err error) {
	t.Helper()
	err = osv.ReadStream(strings.NewReader(text), func(r *osv.Record) error {
		ids = append(ids, r.ID)
		return nil
	}, func(p osv.Problem) { problems = append(problems, p.Name) })
	return ids, problems, err
}

func TestReadStream(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text    string
		ids, problems []string
		fails         string
	}{
		{name: "one", text: ` {"id":"A-1"}`, ids: []string{"A-1"}},
		{name: "byte order mark", text: "\ufeff{\"id\":\"A-1\"}", ids: []string{"A-1"}},
		{name: "lines", text: "{\"id\":\"A-1\"}\n{\"id\":\"A-2\"}\n", ids: []string{"A-1", "A-2"}},
		{name: "array", text: `[{"id":"A-1"},{"id":"A-2"}]`, ids: []string{"A-1", "A-2"}},
		{name: "answer of the interface", text: `{"vulns":[{"id":"A-1"},{},{"id":"A-2"}]}`, ids: []string{"A-1", "A-2"}, problems: []string{"record 2"}},
		{name: "a broken record", text: "{\"id\":\"A-1\"}\n{\"id\":7}\n{\"id\":\"A-2\"}", ids: []string{"A-1", "A-2"}, problems: []string{"record 2"}},
		{name: "cut off", text: "{\"id\":\"A-1\"}\n{\"id\":\"A-", ids: []string{"A-1"}, fails: "record 2"},
		{name: "cut off array", text: `[{"id":"A-1"},{"id"`, ids: []string{"A-1"}, fails: "record 2"},
		{name: "empty", text: " \n", fails: "empty"},
		{name: "text", text: "hello", fails: "record 1"},
		{name: "too large", text: `{"id":"A-1","summary":"` + strings.Repeat("x", osv.MaxRecord+10), fails: "limit of 16 MiB"},
	} {
		ids, problems, err := read(t, c.text)
		if diff := cmp.Diff(c.ids, ids); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.problems, problems); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", c.name, diff)
		}
		if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %v, want %q", c.name, err, c.fails)
		}
	}
	stop := errors.New("stop")
	if err := osv.ReadStream(strings.NewReader(`{"id":"A-1"}{"id":"A-2"}`), func(*osv.Record) error { return stop }, nil); !errors.Is(err, stop) {
		t.Errorf("the reader's error was lost: %v", err)
	}
}

func zipOf(t testing.TB, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = io.WriteString(w, f[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZip(t *testing.T) {
	t.Parallel()
	data := zipOf(t, [2]string{"A-1.json", `{"id":"A-1"}`}, [2]string{"../../evil.json", `{"id":"A-2"}`}, [2]string{"README.md", "x"},
		[2]string{"broken.json", "{"}, [2]string{"bomb.json", strings.Repeat(" ", osv.MaxRecord+1)})
	z, err := osv.OpenZip(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range z.Len() {
		r, name, err := z.Read(i)
		if err != nil {
			got = append(got, name+": "+err.Error()[:min(24, len(err.Error()))])
			continue
		}
		got = append(got, fmt.Sprint(name, "=", r.ID))
	}
	want := []string{"A-1.json=A-1", "../../evil.json=A-2", "broken.json: not an OSV record: unexp", "bomb.json: the record is larger tha"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := osv.OpenZip(bytes.NewReader(data[:len(data)/2]), int64(len(data)/2)); err == nil {
		t.Error("half a zip was opened")
	}
}

// TestZipForgedSize gives an entry that says it is small and unpacks to more.
func TestZipForgedSize(t *testing.T) {
	t.Parallel()
	data := zipOf(t, [2]string{"a.json", `{"id":"` + strings.Repeat("x", 4000) + `"}`})
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	data[at+24], data[at+25] = 10, 0 // the uncompressed size in the central directory
	z, err := osv.OpenZip(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, err := z.Read(0); err == nil {
		t.Errorf("a forged size gave %s", r.ID)
	}
}

func FuzzReadStream(f *testing.F) {
	f.Add(fixture(f))
	for _, s := range []string{`{"id":"A"}`, `[{"id":"A"},{}]`, "{\"id\":\"A\"}\n{\"id\":\"B\",\"affected\":[{\"ranges\":[{\"events\":[{\"fixed\":\"1\"}]}]}]}", `{"vulns":[{"id":"A"}]}`, "\ufeff[", "["} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = osv.ReadStream(bytes.NewReader(data), func(r *osv.Record) error {
			if r.ID == "" || len(r.Affected) > osv.MaxAffected {
				t.Errorf("a record beyond its bounds: %q", r.ID)
			}
			return nil
		}, func(osv.Problem) {})
	})
}

func FuzzZip(f *testing.F) {
	f.Add(zipOf(f, [2]string{"a.json", `{"id":"A"}`}))
	f.Add(zipOf(f, [2]string{"d/", ""}, [2]string{"a.json", "{"}))
	f.Fuzz(func(_ *testing.T, data []byte) {
		z, err := osv.OpenZip(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for i := range min(z.Len(), 100) {
			_, _, _ = z.Read(i)
		}
	})
}
