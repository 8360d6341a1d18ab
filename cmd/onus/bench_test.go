package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
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

// BenchmarkCheck runs `onus check` with JSON on the input of BenchmarkMap; their ratio is the cost of judging.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir, _ := benchinput.Terraform(b, n)
			for b.Loop() {
				if status := run([]string{"check", "--as-of", "2026-11-24", "-f", "json", dir}, io.Discard, io.Discard); status != 0 {
					b.Fatalf("status %d", status)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/resource")
		})
	}
}

// BenchmarkDiff compares two revisions of a repository of 5,000 resources, in one of which a variable's default differs.
func BenchmarkDiff(b *testing.B) {
	dir, _ := benchinput.Terraform(b, 5_000)
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		b.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		b.Fatal(err)
	}
	for _, launch := range []string{"FARGATE", "EC2"} {
		name := filepath.Join(dir, "terraform.tfvars")
		if err := os.WriteFile(name, []byte("launch_type = \""+launch+"\"\n"), 0o600); err != nil {
			b.Fatal(err)
		}
		if err := tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
			b.Fatal(err)
		}
		if _, err := tree.Commit(launch, &git.CommitOptions{Author: &object.Signature{Name: "n", Email: "e"}}); err != nil {
			b.Fatal(err)
		}
	}
	b.Chdir(dir)
	for b.Loop() {
		var out bytes.Buffer
		if status := run([]string{"diff", "HEAD~1..HEAD", "--as-of", "2026-11-24", "-f", "json"}, &out, io.Discard); status != 0 {
			b.Fatalf("status %d", status)
		}
		if !bytes.Contains(out.Bytes(), []byte(`"toCustomer": true`)) {
			b.Fatal("no duty moved")
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
