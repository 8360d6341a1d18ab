package html_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/html"
	"github.com/onus-dev/onus/report/reporttest"
)

func compare(t *testing.T, c *report.Comparison, opts html.CompareOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Compare(&b, c, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func comparisons() map[string]*report.Comparison {
	return map[string]*report.Comparison{
		"compare": reporttest.Comparison(), "compare-open": reporttest.OpenComparison(), "hostile": reporttest.HostileComparison(),
		"compare-empty": report.Compare(nil, nil),
	}
}

func TestCompareGolden(t *testing.T) {
	t.Parallel()
	for name, c := range comparisons() {
		if name == "hostile" { // long, and TestComparePagesAreWellFormed reads it
			continue
		}
		opts := html.CompareOptions{Duties: name == "compare-open"}
		got := compare(t, c, opts)
		reporttest.Golden(t, *update, name+".html.golden", []byte(got))
		if got != compare(t, c, opts) {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

func TestComparePagesAreWellFormed(t *testing.T) {
	t.Parallel()
	for name, c := range comparisons() {
		got := compare(t, c, html.CompareOptions{Title: reporttest.HostileText})
		known := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(got, -1) {
			if known[m[1]] {
				t.Errorf("%s: id %q occurs twice", name, m[1])
			}
			known[m[1]] = true
		}
		for _, m := range refs.FindAllStringSubmatch(got, -1) {
			if !known[m[1]] && m[1] != "ZgotmplZ" { // what html/template leaves of an address with a script
				t.Errorf("%s: nothing has the id %q", name, m[1])
			}
		}
		var open []string
		for _, m := range tags.FindAllStringSubmatch(got, -1) {
			switch tag := m[2]; {
			case strings.HasSuffix(m[3], "/"), tag == "meta", tag == "br":
			case m[1] == "":
				open = append(open, tag)
			case len(open) == 0 || open[len(open)-1] != tag:
				t.Fatalf("%s: </%s> closes %v", name, tag, open)
			default:
				open = open[:len(open)-1]
			}
		}
		for _, bad := range []string{"<script", "\x1b", "\u009b", "\u202e", "\u200b", "\x07", `href="javascript:`, "<link", "<img", "@import", "url(http"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		for _, want := range []string{`<html lang="en">`, `default-src 'none'; style-src 'unsafe-inline'`, `<a class="skip" href="#main">`, `<main id="main"`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not hold %q", name, want)
			}
		}
	}
}

func TestCompareTells(t *testing.T) {
	t.Parallel()
	got := compare(t, reporttest.Comparison(), html.CompareOptions{})
	for _, want := range []string{
		"“serverless”", "Architect your solution for Amazon ECS", "3 and 4 are both serverless, yet 3 duties differ",
		"image/build (no such duty any more)", "operating-system/apply (yet you must act)", "Within 14 days",
		`<td class="cell fill-aws" data-party="aws"><span class="arrow" title="shed">↓</span> ● AWS †</td>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("page does not say %q", want)
		}
	}
	full := errors.New("disk full")
	if err := html.Compare(&reporttest.FailingWriter{Room: 100, Err: full}, reporttest.Comparison(), html.CompareOptions{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}
