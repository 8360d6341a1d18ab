package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/onus-dev/onus/internal/benchinput"
)

// BenchmarkMap runs the whole of `onus map` with the summary and with JSON. ns/resource shows whether it is linear;
// peak-MB is what the process got from the system so far.
func BenchmarkMap(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		for _, args := range [][]string{{"--summary"}, {"-f", "json"}} {
			b.Run(fmt.Sprintf("%d/%s", n, strings.TrimLeft(args[len(args)-1], "-")), func(b *testing.B) {
				dir, _ := benchinput.Terraform(b, n)
				for b.Loop() {
					if status := run(append([]string{"map", "--as-of", "2026-11-24", dir}, args...), io.Discard, io.Discard); status != 0 {
						b.Fatalf("status %d", status)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.Sys)/(1<<20), "peak-MB")
			})
		}
	}
}

// BenchmarkBareParse is the yardstick: the syntax of the same bytes and nothing else.
func BenchmarkBareParse(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, files := benchinput.Terraform(b, n)
			for b.Loop() {
				for _, f := range files {
					_, _ = hclsyntax.ParseConfig(f, "main.tf", hcl.InitialPos)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
		})
	}
}

// BenchmarkExplain is the start-up: the catalog is indexed, one hosting is read, no condition is compiled.
func BenchmarkExplain(b *testing.B) {
	for b.Loop() {
		if status := run([]string{"explain", "lambda-zip"}, io.Discard, io.Discard); status != 0 {
			b.Fatal(status)
		}
	}
}
