package vulndb_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/vulninput"
	"github.com/onus-dev/onus/vulndb"
)

// benchRecords is the size of the index that the figures of the project are about.
var benchRecords = flag.Int("records", 250_000, "records of the benchmarks' index")

func benchInputs(b *testing.B, dir string) []vulndb.Input {
	b.Helper()
	paths, err := vulninput.WriteZips(dir, *benchRecords, 1)
	if err != nil {
		b.Fatal(err)
	}
	var inputs []vulndb.Input
	for _, p := range paths {
		inputs = append(inputs, vulndb.Input{Path: p})
	}
	scores := filepath.Join(dir, "epss.csv")
	f, err := os.Create(scores)
	if err != nil {
		b.Fatal(err)
	}
	if err := vulninput.WriteEPSS(f, *benchRecords, 1); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return append(inputs, vulndb.Input{Path: scores})
}

func benchBuild(b *testing.B, inputs []vulndb.Input, out string) {
	b.Helper()
	var diags diag.List
	info, err := vulndb.Build(context.Background(), out, inputs, vulndb.BuildOptions{AsOf: "2026-11-24"}, &diags)
	if err != nil || len(diags) > 0 || info.Records < *benchRecords*9/10 {
		b.Fatal(info.Records, err, diags)
	}
}

// BenchmarkBuild packs 250,000 records and as many scores into an index.
func BenchmarkBuild(b *testing.B) {
	dir := b.TempDir()
	inputs := benchInputs(b, dir)
	out := filepath.Join(dir, "onus.db")
	for b.Loop() {
		benchBuild(b, inputs, out)
	}
	st, err := os.Stat(out)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(st.Size())/(1<<20), "MiB-file")
	b.ReportMetric(float64(peak())/(1<<20), "MiB-peak")
}

// BenchmarkOpen opens that index and reports how much memory it holds while it is open.
func BenchmarkOpen(b *testing.B) {
	path := builtIndex(b)
	before := live()
	db, err := vulndb.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	held := live() - before
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db, err := vulndb.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(held)/(1<<20), "MiB-held")
}

// BenchmarkAnswer asks an open index about an image of 500 packages, after it was asked once.
func BenchmarkAnswer(b *testing.B) {
	db, err := vulndb.Open(builtIndex(b))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	image := vulninput.Image(500, 1)
	before := live()
	matches := answer(b, db, image)
	for b.Loop() {
		answer(b, db, image)
	}
	b.ReportMetric(float64(matches), "matches")
	b.ReportMetric(float64(live()-before)/(1<<20), "MiB-cache")
}

// BenchmarkAnswerCold opens the index and asks it once.
func BenchmarkAnswerCold(b *testing.B) {
	path := builtIndex(b)
	image := vulninput.Image(500, 1)
	for b.Loop() {
		db, err := vulndb.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		answer(b, db, image)
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func answer(b *testing.B, db *vulndb.DB, image []vulninput.Package) int {
	b.Helper()
	n := 0
	for _, p := range image {
		matches, err := db.Match(vulndb.Query{Ecosystem: p.Ecosystem, Name: p.Name, Version: p.Version})
		if err != nil {
			b.Fatal(err)
		}
		n += len(matches)
	}
	if n == 0 {
		b.Fatal("the image has no match")
	}
	return n
}

func builtIndex(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	out := filepath.Join(dir, "onus.db")
	benchBuild(b, benchInputs(b, dir), out)
	debug.FreeOSMemory()
	return out
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func peak() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapSys
}
