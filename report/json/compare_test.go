package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"testing"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/reporttest"
)

func compare(t *testing.T, c *report.Comparison) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compare(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompareGolden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*report.Comparison{"compare": reporttest.Comparison(), "compare-empty": report.Compare(nil, nil)} {
		got := compare(t, c)
		reporttest.Golden(t, *update, name+".json.golden", got)
		if !bytes.Equal(got, compare(t, c)) {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

func TestCompareIsWholeJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []*report.Comparison{
		reporttest.HostileComparison(), reporttest.OpenComparison(), report.Compare([]report.Column{{Stack: &allocation.Workload{}}}, &allocation.Result{}),
	} {
		got := compare(t, c)
		if !stdjson.Valid(got) || bytes.Contains(got, []byte("null")) || !bytes.HasSuffix(got, []byte("}\n")) {
			t.Errorf("%.2000s", got)
		}
		for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u200b", "\x07"} {
			if bytes.Contains(got, []byte(bad)) {
				t.Errorf("output holds %q", bad)
			}
		}
	}
	full := errors.New("disk full")
	if err := json.Compare(&reporttest.FailingWriter{Room: 5000, Err: full}, reporttest.HostileComparison()); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}

// TestCompareCountsItsChanges reads the document back: the counts of a step are those of its changes.
func TestCompareCountsItsChanges(t *testing.T) {
	t.Parallel()
	var doc struct {
		Stacks []struct {
			Counts map[string]int
			Layers []allocation.Layer
		}
		Steps []struct {
			Counts  map[string]int
			Changes []struct{ Duty, Change, From, To string }
		}
	}
	if err := stdjson.Unmarshal(compare(t, reporttest.Comparison()), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Stacks) != 4 || len(doc.Steps) != 3 {
		t.Fatalf("%d stacks, %d steps", len(doc.Stacks), len(doc.Steps))
	}
	for _, s := range doc.Steps {
		counts := map[string]int{}
		for _, c := range s.Changes {
			counts[c.Change]++
		}
		for kind, n := range s.Counts {
			if counts[kind] != n {
				t.Errorf("%d changes are %s, counted %d", counts[kind], kind, n)
			}
		}
	}
	for _, s := range doc.Stacks {
		counts := map[string]int{}
		for _, l := range s.Layers {
			for _, d := range l.Duties {
				counts[string(d.Party)]++
			}
		}
		for party, n := range counts {
			if s.Counts[party] != n {
				t.Errorf("%d duties are of %s, counted %d", n, party, s.Counts[party])
			}
		}
	}
}
