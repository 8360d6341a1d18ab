package markdown_test

import (
	"bytes"
	"errors"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/reporttest"
)

var update = flag.Bool("update", false, "write the golden files")

func write(t *testing.T, r *allocation.Result, opts markdown.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Write(&b, r, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		r    *allocation.Result
		opts markdown.Options
	}{
		"all":     {reporttest.Result(), markdown.Options{}},
		"hosting": {reporttest.Result(), markdown.Options{GroupBy: report.ByHosting, Trace: true}},
		"party":   {reporttest.Result(), markdown.Options{GroupBy: report.ByParty}},
		"summary": {reporttest.Many(60), markdown.Options{GroupBy: report.ByRoot, Summary: true}},
		"empty":   {&allocation.Result{}, markdown.Options{}},
		"hostile": {reporttest.Hostile(), markdown.Options{Trace: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := write(t, tc.r, tc.opts)
			reporttest.Golden(t, *update, name+".md.golden", []byte(got))
			if again := write(t, tc.r, tc.opts); again != got {
				t.Error("two runs differ")
			}
		})
	}
}

// codeSpan matches a code span with its fence of one to three backticks.
var codeSpan = regexp.MustCompile("```.+?```|``.+?``|`[^`]+`")

func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	got := write(t, reporttest.Hostile(), markdown.Options{Trace: true})
	for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u200b", "\x07", "](javascript:", "](<javascript:"} {
		if strings.Contains(got, bad) {
			t.Errorf("output holds %q", bad)
		}
	}
	prose := codeSpan.ReplaceAllString(strings.NewReplacer("\\`", "", `\\`, "").Replace(got), "")
	if strings.Contains(prose, "<script") {
		t.Error("a script tag stands outside of a code span")
	}
	if strings.Contains(prose, "javascript://") {
		t.Error("a script address is left whole")
	}
}

func TestTableRowsHaveTheirColumns(t *testing.T) {
	t.Parallel()
	want := 0
	for _, line := range strings.Split(write(t, reporttest.Hostile(), markdown.Options{}), "\n") {
		if !strings.HasPrefix(line, "| ") {
			want = 0
			if strings.HasPrefix(line, "|---") {
				want = strings.Count(line, "|")
			}
			continue
		}
		if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); want > 0 && n != want {
			t.Errorf("%d bars, want %d: %s", n, want, line)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := markdown.Write(&reporttest.FailingWriter{Room: 100, Err: full}, reporttest.Result(), markdown.Options{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
	if err := markdown.Write(&bytes.Buffer{}, reporttest.Result(), markdown.Options{GroupBy: "team"}); err == nil {
		t.Error("an unknown grouping was accepted")
	}
}
