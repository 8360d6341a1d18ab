package tfplan

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/onus-dev/onus/internal/benchinput"
	"github.com/onus-dev/onus/inventory"
)

// big makes the benchmarks read 100 MB, as the figures in the documentation do.
var big = flag.Bool("big", false, "benchmark a plan of 100 MB")

// benchPlan writes a plan and returns its path and number of resources.
func benchPlan(b *testing.B) (path string, n int) {
	b.Helper()
	n = 1_000
	if *big {
		n = 26_000
	}
	path = filepath.Join(b.TempDir(), "plan.json")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := benchinput.Plan(f, n); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	return path, n
}

// BenchmarkRead reads a plan; BenchmarkTokens goes over the tokens of the same file with encoding/json and does nothing.
func BenchmarkRead(b *testing.B) {
	path, n := benchPlan(b)
	b.ReportAllocs()
	for b.Loop() {
		inv := readPath(b, path)
		if len(inv.Resources) != n || len(inv.Diags) > 0 {
			b.Fatalf("%d resources, %v", len(inv.Resources), inv.Diags)
		}
		runtime.KeepAlive(inv)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
}

func readPath(b *testing.B, path string) *inventory.Inventory {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	k, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		b.Fatal(err)
	}
	return Read(path, f, Recognise(head[:k]), Options{Types: types()})
}

func BenchmarkTokens(b *testing.B) {
	path, _ := benchPlan(b)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		d := json.NewDecoder(f)
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		_ = f.Close()
	}
}
