package terminal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/vuln"
)

func TestWhoGolden(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		r    *vuln.Result
		opts terminal.Options
	}{
		"who-80":      {reporttest.Who(), terminal.Options{Width: 80}},
		"who-trace":   {reporttest.Who(), terminal.Options{Width: 100, Trace: true}},
		"who-color":   {reporttest.Who(), terminal.Options{Width: 80, Color: true}},
		"who-hostile": {reporttest.HostileWho(), terminal.Options{Width: 80, Trace: true}},
	} {
		var b bytes.Buffer
		if err := terminal.Who(&b, tc.r, tc.opts); err != nil {
			t.Fatal(err)
		}
		reporttest.Golden(t, *update, name+".golden", b.Bytes())
		for _, line := range strings.Split(b.String(), "\n") {
			if n := lipgloss.Width(line); n > tc.opts.Width {
				t.Errorf("%s: a line of %d columns: %q", name, n, line)
			}
		}
	}
}

func TestWhoWriteError(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := terminal.Who(&reporttest.FailingWriter{Room: 10, Err: full}, reporttest.Who(), terminal.Options{}); !errors.Is(err, full) {
		t.Error(err)
	}
}
