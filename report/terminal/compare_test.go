package terminal_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/report/terminal"
)

func compare(t *testing.T, c *report.Comparison, duties bool, opts terminal.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := terminal.Compare(&b, c, duties, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompareGolden(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		c      *report.Comparison
		duties bool
		opts   terminal.Options
	}{
		"compare-80":      {reporttest.Comparison(), false, terminal.Options{}},
		"compare-120":     {reporttest.Comparison(), false, terminal.Options{Width: 120, Trace: true}},
		"compare-duties":  {reporttest.Comparison(), true, terminal.Options{Width: 80}},
		"compare-color":   {reporttest.Comparison(), false, terminal.Options{Color: true}},
		"compare-open":    {reporttest.OpenComparison(), false, terminal.Options{Width: 80}},
		"compare-hostile": {reporttest.HostileComparison(), false, terminal.Options{Width: 80}},
		"compare-empty":   {report.Compare(nil, nil), false, terminal.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compare(t, tc.c, tc.duties, tc.opts)
			reporttest.Golden(t, *update, name+".golden", []byte(got))
			if again := compare(t, tc.c, tc.duties, tc.opts); again != got {
				t.Error("two runs differ")
			}
		})
	}
}

// TestCompareFoldsToTheWidth checks every width: no line is too wide, and every stack has its column.
func TestCompareFoldsToTheWidth(t *testing.T) {
	t.Parallel()
	for _, c := range []*report.Comparison{reporttest.Comparison(), reporttest.OpenComparison(), reporttest.HostileComparison()} {
		for _, duties := range []bool{false, true} {
			for width := terminal.MinWidth; width <= 200; width += 19 {
				got := compare(t, c, duties, terminal.Options{Width: width})
				for line := range strings.Lines(got) {
					if n := lipgloss.Width(strings.TrimSuffix(line, "\n")); n > width {
						t.Fatalf("width %d: a line of %d columns: %q", width, n, line)
					}
				}
				for _, col := range c.Columns {
					if head := regexp.MustCompile(fmt.Sprintf(`(?m)^ {%d,}(.* )?%d( |$)`, 13, col.Number)); !head.MatchString(got) {
						t.Errorf("width %d: stack %d has no column", width, col.Number)
					}
				}
			}
		}
	}
}

func TestCompareSaysTheSameWithoutColour(t *testing.T) {
	t.Parallel()
	plain := compare(t, reporttest.Comparison(), false, terminal.Options{})
	coloured := compare(t, reporttest.Comparison(), false, terminal.Options{Color: true})
	if got := colour.ReplaceAllString(coloured, ""); got == coloured || squeeze(got) != squeeze(plain) {
		t.Error("the text with colour differs from the text without, or there is no colour")
	}
}

// squeeze takes the blanks at the ends of lines away: painted ones stay, as they show the colour.
func squeeze(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestCompareIsInert(t *testing.T) {
	t.Parallel()
	got := compare(t, reporttest.HostileComparison(), false, terminal.Options{Trace: true})
	for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u200b", "\x07"} {
		if strings.Contains(got, bad) {
			t.Errorf("output holds %q", bad)
		}
	}
	full := errors.New("disk full")
	if err := terminal.Compare(&reporttest.FailingWriter{Room: 100, Err: full}, reporttest.Comparison(), false, terminal.Options{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}
