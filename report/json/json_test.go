package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"flag"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/reporttest"
)

var update = flag.Bool("update", false, "write the golden files")

func write(t *testing.T, r *allocation.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Write(&b, r, json.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	reporttest.Golden(t, *update, "four-ways.json.golden", write(t, reporttest.FourWays()))
	r := reporttest.Result()
	r.Workloads = r.Workloads[4:6]
	reporttest.Golden(t, *update, "unknowns.json.golden", write(t, r))
}

// TestSameAsEncodingJSON holds the streaming printer to the standard library's bytes.
func TestSameAsEncodingJSON(t *testing.T) {
	t.Parallel()
	var want bytes.Buffer
	enc := stdjson.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(reporttest.Result()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(write(t, reporttest.Result()))); diff != "" {
		t.Error(diff)
	}
}

func TestArraysAreNeverNull(t *testing.T) {
	t.Parallel()
	for _, r := range []*allocation.Result{
		{},
		{Workloads: []allocation.Workload{{}}},
		{Workloads: []allocation.Workload{{Layers: []allocation.Layer{{}, {Duties: []allocation.Duty{{}}}}}}},
	} {
		got := write(t, r)
		if bytes.Contains(got, []byte("null")) || !stdjson.Valid(got) || !bytes.HasSuffix(got, []byte("}\n")) {
			t.Errorf("%s", got)
		}
	}
}

func TestHostileTextSurvivesButIsInert(t *testing.T) {
	t.Parallel()
	r := reporttest.Hostile()
	r.Workloads[0].Name += "\U000e0041\x7f"
	got := write(t, r)
	for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u200b", "\x07", "\x7f", "\U000e0041"} {
		if bytes.Contains(got, []byte(bad)) {
			t.Errorf("output holds %q", bad)
		}
	}
	var back allocation.Result
	if err := stdjson.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back); diff != "" {
		t.Error(diff)
	}
}

func TestSameTwice(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(write(t, reporttest.Result()), write(t, reporttest.Result())) {
		t.Error("two runs differ")
	}
}

func TestWriterErrorIsReturned(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	if err := json.Write(&reporttest.FailingWriter{Room: 5000, Err: full}, reporttest.Many(500), json.Options{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}

func BenchmarkWrite10000(b *testing.B) {
	r := reporttest.Many(10000)
	b.ReportAllocs()
	for b.Loop() {
		if err := json.Write(io.Discard, r, json.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
