package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// checkRun checks testdata/checked/infra in a format.
func checkRun(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	args = append([]string{"check", "testdata/checked/infra", "--as-of", "2026-11-24"}, args...)
	if status := run(args, &out, &errOut); status != 0 {
		t.Fatalf("status %d: %s", status, errOut.String())
	}
	return out.String()
}

// TestCheckFormats renders one infrastructure with findings of each verdict in every format.
func TestCheckFormats(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"check.terminal.golden": {"--width", "80"},
		"check-120.golden":      {"--width", "120", "--trace"},
		"check.markdown.golden": {"-f", "markdown"},
		"check.json.golden":     {"-f", "json"},
		"check.html.golden":     {"-f", "html"},
		"check.sarif.golden":    {"-f", "sarif"},
		"check.junit.golden":    {"-f", "junit"},
		"check-team.golden":     {"--width", "80", "--team", "shop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := checkRun(t, args...)
			golden := filepath.Join("testdata", "checked", name)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

// TestSARIFIsValid holds the output against the schema of SARIF 2.1.0, and against what GitHub asks for.
func TestSARIFIsValid(t *testing.T) {
	t.Parallel()
	doc, err := sarif.FromString(checkRun(t, "-f", "sarif"))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(); err != nil {
		t.Errorf("not valid: %v", err)
	}
	suppressed := 0
	for _, r := range doc.Runs[0].Results {
		if r.PartialFingerprints["onusFinding/v1"] == "" {
			t.Errorf("%s has no fingerprint", *r.RuleID)
		}
		for _, key := range []string{"duty", "party", "verdict"} {
			if _, ok := r.Properties.Properties[key]; !ok {
				t.Errorf("%s has no property %s", *r.RuleID, key)
			}
		}
		for _, l := range r.Locations {
			uri := *l.PhysicalLocation.ArtifactLocation.URI
			if strings.HasPrefix(uri, "/") || strings.Contains(uri, ":") {
				t.Errorf("%s: the path %s is not relative", *r.RuleID, uri)
			}
			if _, err := os.Stat(uri); err != nil {
				t.Errorf("%s: %v", *r.RuleID, err)
			}
		}
		suppressed += len(r.Suppressions)
	}
	if suppressed != 2 {
		t.Errorf("%d results are suppressed, want the accepted one and the attested one", suppressed)
	}
}

// TestJUnitIsXML reads the output as a build server does.
func TestJUnitIsXML(t *testing.T) {
	t.Parallel()
	dec := xml.NewDecoder(strings.NewReader(checkRun(t, "-f", "junit")))
	elements := map[string]int{}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			elements[e.Name.Local]++
		}
	}
	if elements["testsuite"] != 3 || elements["failure"] == 0 || elements["skipped"] == 0 {
		t.Errorf("elements %v", elements)
	}
}

// TestCheckParallelismChangesNothing compares the bytes of a run with one and with many jobs.
func TestCheckParallelismChangesNothing(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(checkRun(t, "-f", "json", "--jobs", "1"), checkRun(t, "-f", "json", "--jobs", "8")); diff != "" {
		t.Error(diff)
	}
}
