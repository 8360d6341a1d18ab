package markdown_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/reporttest"
)

func compare(t *testing.T, c *report.Comparison, duties bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Compare(&b, c, duties); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompareGolden(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		c      *report.Comparison
		duties bool
	}{
		"compare":         {reporttest.Comparison(), false},
		"compare-duties":  {reporttest.OpenComparison(), true},
		"compare-hostile": {reporttest.HostileComparison(), false},
		"compare-empty":   {report.Compare(nil, nil), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compare(t, tc.c, tc.duties)
			reporttest.Golden(t, *update, name+".md.golden", []byte(got))
			if again := compare(t, tc.c, tc.duties); again != got {
				t.Error("two runs differ")
			}
			for line := range strings.Lines(got) {
				if strings.HasPrefix(line, "| ") && !strings.HasSuffix(line, " |\n") {
					t.Errorf("a row does not end: %q", line)
				}
			}
		})
	}
}

func TestCompareIsInert(t *testing.T) {
	t.Parallel()
	got := compare(t, reporttest.HostileComparison(), false)
	for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u200b", "\x07", "](javascript:", "](<javascript:"} {
		if strings.Contains(got, bad) {
			t.Errorf("output holds %q", bad)
		}
	}
	prose := codeSpan.ReplaceAllString(strings.NewReplacer("\\`", "", `\\`, "").Replace(got), "")
	if strings.Contains(prose, "<script") || strings.Contains(prose, "javascript://") {
		t.Error("a script stands outside of a code span")
	}
	full := errors.New("disk full")
	if err := markdown.Compare(&reporttest.FailingWriter{Room: 100, Err: full}, reporttest.Comparison(), false); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}
