package epss_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vulndb/epss"
)

const sample = "#model_version:v2099.03.14,score_date:2099-11-20T12:55:00Z\ncve,epss,percentile\nCVE-2099-0001,0.94358,0.99957\nCVE-2099-0002,0,0\n\n" +
	"garbage,0.5,0.5\nCVE-2099-0003,1.5,0.2\nCVE-2099-0004,x,0.2\nCVE-2099-0005,NaN,0.2\nCVE-2099-0006,0.1\n"

func TestRead(t *testing.T) {
	t.Parallel()
	var got []epss.Score
	h, skipped, err := epss.Read(strings.NewReader(sample), func(s epss.Score) error { got = append(got, s); return nil })
	if err != nil || skipped != 5 {
		t.Fatal(skipped, err)
	}
	if diff := cmp.Diff(epss.Header{Model: "v2099.03.14", Date: "2099-11-20"}, h); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]epss.Score{{CVE: "CVE-2099-0001", Probability: 0.94358, Percentile: 0.99957}, {CVE: "CVE-2099-0002"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	none := func(epss.Score) error { return nil }
	for text, want := range map[string]string{
		"": "columns", "# only a comment\n": "columns", "a,b,c\n1,2,3\n": "line 1", "cve,epss,percentile\n" + strings.Repeat("x", 10_000): "limit of 4096 bytes",
	} {
		if _, _, err := epss.Read(strings.NewReader(text), none); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
	stop := errors.New("stop")
	if _, _, err := epss.Read(strings.NewReader(sample), func(epss.Score) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the caller's error was lost: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("cve,epss,percentile\nCVE-1,1e-3,0x1p-2,z"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = epss.Read(bytes.NewReader(data), func(s epss.Score) error {
			if !(s.Probability >= 0 && s.Probability <= 1 && s.Percentile >= 0 && s.Percentile <= 1) {
				t.Errorf("a score beyond its bounds: %+v", s)
			}
			return nil
		})
	})
}
