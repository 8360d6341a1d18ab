package detect

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/software"
)

func TestWants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rel    string
		size   int64
		rooted bool
		want   Kind
	}{
		{"a/go.mod", 10, false, Lock}, {"a/x.jar", 10, false, Jar}, {"a/X.ZIP", 10, false, Zip}, {"var/lib/dpkg/status", 10, true, OSData},
		{"var/lib/dpkg/status", 10, false, Nothing}, {"usr/lib/jvm/java-17/release", 10, false, JavaHome}, {"etc/release", 10, false, Nothing},
		{"app.cdx.json", 10, false, BillOf}, {"bootstrap", 1 << 20, false, Executable}, {"bootstrap", 100, false, Nothing}, {"lib/libssl.so.3", 1 << 20, false, Nothing},
		{"index.js", 1 << 20, false, Nothing},
	} {
		if got := Wants(c.rel, c.size, c.rooted); got != c.want {
			t.Errorf("%s of %d bytes, rooted %v: %d, want %d", c.rel, c.size, c.rooted, got, c.want)
		}
	}
}

// closer fails when it is closed, or when it is read.
type closer struct {
	io.Reader
	err error
}

func (c closer) Close() error { return c.err }

func TestReadTellsFailures(t *testing.T) {
	t.Parallel()
	zeros := softwaretest.Zip(t, softwaretest.File{Name: "go.mod", Data: make([]byte, 2<<20)})
	for _, c := range []struct {
		about  string
		open   func() (io.ReadCloser, error)
		rel    string
		limits software.Limits
		want   string
		fatal  bool
	}{
		{"not opened", func() (io.ReadCloser, error) { return nil, errors.New("gone") }, "go.mod", software.Limits{}, "gone", false},
		{"not closed", func() (io.ReadCloser, error) {
			return closer{strings.NewReader("module x\n"), errors.New("checksum")}, nil
		}, "go.mod", software.Limits{}, "checksum", false},
		{"a fault", func() (io.ReadCloser, error) { return closer{}, nil }, "go.mod", software.Limits{}, "fault of onus", false},
		{"a lock file over its limit", func() (io.ReadCloser, error) { return closer{strings.NewReader("module x\n"), nil}, nil }, "go.mod", software.Limits{MaxText: 3}, "MaxText", false},
		{"a zip's entry over its limit", func() (io.ReadCloser, error) { return closer{bytes.NewReader(zeros), nil}, nil }, "a.zip", software.Limits{MaxText: 1 << 20}, "MaxText", false},
		{"the source over its limit", func() (io.ReadCloser, error) { return closer{bytes.NewReader(zeros), nil}, nil }, "a.zip", software.Limits{MaxExpanded: 1 << 20}, "", true},
	} {
		var diags diag.List
		r := &Reader{Budget: software.NewBudget(c.limits), Diags: &diags}
		_, err := r.Read(File{Path: c.rel, Rel: c.rel, Name: "in/" + c.rel, Open: c.open})
		text := ""
		for _, d := range diags {
			text += d.String()
		}
		if !strings.Contains(text, c.want) || c.fatal != (err != nil) || !c.fatal && !diags.Incomplete() {
			t.Errorf("%s: error %v, %s", c.about, err, text)
		}
	}
}
