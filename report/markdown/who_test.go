package markdown_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/vuln"
)

func TestWhoGolden(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*vuln.Result{"who": reporttest.Who(), "who-hostile": reporttest.HostileWho()} {
		var b bytes.Buffer
		if err := markdown.Who(&b, r); err != nil {
			t.Fatal(err)
		}
		reporttest.Golden(t, *update, name+".golden", b.Bytes())
	}
}

func TestWhoWriteError(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := markdown.Who(&reporttest.FailingWriter{Room: 10, Err: full}, reporttest.Who()); !errors.Is(err, full) {
		t.Error(err)
	}
}
