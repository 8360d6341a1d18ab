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

// BenchmarkIndex measures an index of 250,000 records and as many scores: Build packs it, Open opens it, Answer asks an
// open one about an image of 500 packages again and again, Cold opens it and asks once.
func BenchmarkIndex(b *testing.B) {
	dir := b.TempDir()
	inputs := benchInputs(b, dir)
	path := filepath.Join(dir, "onus.db")
	built := b.Run("Build", func(b *testing.B) {
		for b.Loop() {
			benchBuild(b, inputs, path)
		}
		st, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(st.Size())/(1<<20), "MiB-file")
		b.ReportMetric(float64(peak())/(1<<20), "MiB-peak")
	})
	if !built {
		return
	}
	if _, err := os.Stat(path); err != nil {
		benchBuild(b, inputs, path) // -bench named another part alone
	}
	debug.FreeOSMemory()
	b.Run("Open", func(b *testing.B) { benchOpen(b, path) })
	b.Run("Answer", func(b *testing.B) { benchAnswer(b, path) })
	b.Run("Cold", func(b *testing.B) { benchCold(b, path) })
}

func benchOpen(b *testing.B, path string) {
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

func benchAnswer(b *testing.B, path string) {
	db, err := vulndb.Open(path)
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

func benchCold(b *testing.B, path string) {
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
