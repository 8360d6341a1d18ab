package html_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/onus-dev/onus/report/html"
	"github.com/onus-dev/onus/report/reporttest"
)

func TestWho(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := html.Who(&b, reporttest.Who()); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, *update, "who.golden", b.Bytes())
	b.Reset()
	if err := html.Who(&b, reporttest.HostileWho()); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Contains(s, "<script") || strings.Contains(s, `href="javascript`) {
		t.Error("hostile text reaches the page unescaped")
	}
}

func TestWhoWriteError(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := html.Who(&reporttest.FailingWriter{Room: 10, Err: full}, reporttest.Who()); !errors.Is(err, full) {
		t.Error(err)
	}
}
