package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"testing"

	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/reporttest"
)

func TestWho(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := json.Who(&b, reporttest.Who()); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, *update, "who.golden", b.Bytes())
	var doc struct {
		Vulnerabilities []struct {
			ID      string
			Answers []map[string]any
		}
	}
	if err := stdjson.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, v := range doc.Vulnerabilities {
		for _, a := range v.Answers {
			for _, key := range []string{"hosting", "workload", "who", "fixBuiltBy", "appliedBy", "residual", "reason", "basis", "citation"} {
				if _, ok := a[key]; !ok {
					t.Errorf("%s: an answer has no %s", v.ID, key)
				}
			}
		}
	}
}

func TestWhoWriteError(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := json.Who(&reporttest.FailingWriter{Room: 10, Err: full}, reporttest.Who()); !errors.Is(err, full) {
		t.Error(err)
	}
}
