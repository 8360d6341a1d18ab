package html_test

import (
	"bytes"
	"errors"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/html"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/stack"
)

var update = flag.Bool("update", false, "write the golden files")

func write(t *testing.T, r *allocation.Result, opts html.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, r, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	r := reporttest.Result()
	r.Workloads = append(r.Workloads[3:4:4], r.Workloads[5:]...)
	got := write(t, r, html.Options{GroupBy: report.ByHosting})
	reporttest.Golden(t, *update, "page.html.golden", []byte(got))
	if got != write(t, r, html.Options{GroupBy: report.ByHosting}) {
		t.Error("two runs differ")
	}
	reporttest.Golden(t, *update, "empty.html.golden", []byte(write(t, &allocation.Result{}, html.Options{})))
}

var (
	ids   = regexp.MustCompile(`[ (]id="([^"]*)"`)
	refs  = regexp.MustCompile(`(?:href="#|for="|url\(#)([^")]*)`)
	names = regexp.MustCompile(`aria-labelledby="([^"]*)"`)
	tags  = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>`)
)

func TestIDsAreUniqueAndEveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	got := write(t, reporttest.Result(), html.Options{})
	known := map[string]bool{}
	for _, m := range ids.FindAllStringSubmatch(got, -1) {
		if known[m[1]] {
			t.Errorf("id %q occurs twice", m[1])
		}
		known[m[1]] = true
	}
	for _, m := range refs.FindAllStringSubmatch(got, -1) {
		if !known[m[1]] {
			t.Errorf("nothing has the id %q", m[1])
		}
	}
	for _, m := range names.FindAllStringSubmatch(got, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !known[id] {
				t.Errorf("nothing has the id %q", id)
			}
		}
	}
}

func TestTagsNest(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*allocation.Result{"all": reporttest.Result(), "hostile": reporttest.Hostile(), "empty": {}} {
		var open []string
		for _, m := range tags.FindAllStringSubmatch(write(t, r, html.Options{}), -1) {
			tag := m[2]
			switch {
			case strings.HasSuffix(m[3], "/"), tag == "meta", tag == "br", tag == "input":
			case m[1] == "":
				open = append(open, tag)
			case len(open) == 0 || open[len(open)-1] != tag:
				t.Fatalf("%s: </%s> closes %v", name, tag, open)
			default:
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: not closed: %v", name, open)
		}
	}
}

func TestSelfContainedAndScriptless(t *testing.T) {
	t.Parallel()
	got := write(t, reporttest.Hostile(), html.Options{Title: reporttest.HostileText})
	for _, bad := range []string{"<script", "\x1b", "\u009b", "\u202e", "\u200b", "\x07", `href="javascript:`, "<link", "<img", "@import", "url(http", " onload="} {
		if strings.Contains(got, bad) {
			t.Errorf("page holds %q", bad)
		}
	}
	for _, want := range []string{`<html lang="en">`, `default-src 'none'; style-src 'unsafe-inline'`, `<a class="skip" href="#main">`, `<main id="main"`} {
		if !strings.Contains(got, want) {
			t.Errorf("page does not hold %q", want)
		}
	}
}

func TestFilterCoversEveryParty(t *testing.T) {
	t.Parallel()
	got := write(t, reporttest.Result(), html.Options{})
	for _, p := range stack.Parties() {
		for _, want := range []string{
			`id="show-` + string(p) + `"`, "body:has(#show-" + string(p) + ":checked) :is(article,.duties):not([data-party~=" + string(p) + "])",
			".fill-" + string(p) + "{",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s", want)
			}
		}
	}
}

func TestMarksAreShown(t *testing.T) {
	t.Parallel()
	got := write(t, reporttest.Result(), html.Options{})
	for _, want := range []string{"(inferred: no page was found)", "(assumes default of var.launch_type)", "Yet you must: A running task",
		"Within 14 days", "number unknown", "may not exist: var.orders_enabled", "from <code>variable infra/variables.tf:3</code>"} {
		if !strings.Contains(got, want) {
			t.Errorf("page does not say %q", want)
		}
	}
}

func TestThousandsOfWorkloadsHaveOneFigureAStack(t *testing.T) {
	t.Parallel()
	got := write(t, reporttest.Many(3000), html.Options{})
	if n := strings.Count(got, "<svg "); n != 4 {
		t.Errorf("%d figures, want 4", n)
	}
	if n := strings.Count(got, `class="cell `); n > 4*25*18 {
		t.Errorf("%d cells in the matrix", n)
	}
	if n := strings.Count(got, ">stack "); n != 3000 {
		t.Errorf("%d workloads listed, want 3000", n)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := html.Write(&reporttest.FailingWriter{Room: 100, Err: full}, reporttest.Result(), html.Options{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
	if err := html.Write(&bytes.Buffer{}, reporttest.Result(), html.Options{GroupBy: "team"}); err == nil {
		t.Error("an unknown grouping was accepted")
	}
}
