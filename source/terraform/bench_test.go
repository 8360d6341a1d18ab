package terraform

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/onus-dev/onus/internal/benchinput"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/vocabulary"
)

// BenchmarkRead reads generated roots of three sizes; ns/resource shows whether it is linear.
func BenchmarkRead(b *testing.B) {
	types := vocabulary.Load()
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir, _ := benchinput.Terraform(b, n)
			b.ReportAllocs()
			for b.Loop() {
				tree, err := rootfs.Open(dir, dir)
				if err != nil {
					b.Fatal(err)
				}
				inv := NewLoader(tree, types).Read(tree.Given(), Options{})
				if len(inv.Resources) != n {
					b.Fatalf("%d resources, %d diagnostics", len(inv.Resources), len(inv.Diags))
				}
				_ = tree.Close()
				runtime.KeepAlive(inv)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
		})
	}
}
