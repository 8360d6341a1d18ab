package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/report/json"
)

// TestHost validates what onus host writes: the documents of the fixtures, and that of a machine that shows nothing.
func TestHost(t *testing.T) {
	t.Parallel()
	s := compile(t, "host", true)
	documents, err := filepath.Glob("../host/testdata/*.golden")
	if err != nil || len(documents) == 0 {
		t.Fatal("no documents", err)
	}
	for _, name := range documents {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		validate(t, s, name, string(data))
	}
	doc, err := host.Collect(t.Context(), t.TempDir(), host.Options{Now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Host(&b, doc); err != nil {
		t.Fatal(err)
	}
	validate(t, s, "an empty root", b.String())
}
