package schema

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/triage"
	"github.com/onus-dev/onus/vuln"
)

// TestTriage validates what is said of the reports of the command's script.
func TestTriage(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("../cmd/onus/testdata/script/triage.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var sources []triage.Source
	for _, f := range archive.Files {
		if triage.Sniff(bytes.NewReader(f.Data)) {
			sources = append(sources, triage.Source{Path: f.Name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.Data)), nil }})
		}
	}
	if len(sources) < 12 {
		t.Fatalf("only %d reports", len(sources))
	}
	cat, diags := catalog.Load(catalog.Options{})
	rules, more := vuln.Load(vuln.Options{})
	if len(diags)+len(more) > 0 {
		t.Fatal(diags, more)
	}
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	reports, found, _ := triage.Read(sources)
	r := triage.Run(reports, found, triage.Options{Model: vuln.New(rules, cat, day), Catalog: cat, AsOf: day})
	var b bytes.Buffer
	if err := json.Triage(&b, r); err != nil {
		t.Fatal(err)
	}
	validate(t, compile(t, "triage", true), "onus triage", b.String())
}
