package exception

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// TestGolden reads each directory below testdata as a run does, and writes down what each resource and workload is given.
func TestGolden(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/*")
	if err != nil || len(dirs) < 6 {
		t.Fatal(dirs, err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			got := describe(dir)
			golden := filepath.Join(dir, "expected.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("differs (-want +got); run with -update to accept:\n%s", diff)
			}
		})
	}
}

func describe(dir string) string {
	paths := []string{dir}
	if plan := filepath.Join(dir, "plan.json"); exists(plan) {
		paths = []string{plan, dir}
	}
	inv := source.Read(paths, source.Options{Boundary: dir, Types: vocabulary.Load()})
	isCheck := func(id string) bool { return len(id) < 3 || id == "imdsv2" || id == "some-check" }
	s, diags := Load(Options{Paths: paths, Boundary: dir, Inventory: inv, AsOf: asOf, IsCheck: isCheck})
	var b strings.Builder
	for _, r := range inv.Resources {
		fmt.Fprintf(&b, "resource %s\n", r.Address)
		for _, list := range [][]*Acceptance{s.byResource[r], s.byFile[r.Origin.Path], s.of(r)} {
			for _, a := range list {
				expired := ""
				if a.Expired() {
					expired = " EXPIRED"
				}
				fmt.Fprintf(&b, "  %s %s %s owner=%s until=%s%s: %s\n", a.At, a.Form, strings.Join(a.Targets, ","), a.Owner, a.Until.Format(time.DateOnly), expired, a.Reason)
			}
		}
	}
	for _, w := range workload.Find(inventory.NewIndex(inv), inv, workload.Options{Roots: map[string]string{"AWS::SQS::Queue": "sqs", "AWS::SNS::Topic": "sns"}}) {
		for _, d := range stack.Duties() {
			sub := Subject{Workload: &w, Duty: d}
			if a := s.Attests(sub); a != nil {
				fmt.Fprintf(&b, "workload %s %s attested by %s (%s) with %s, %s\n", w.Name, d, a.By, a.Role, a.Evidence, a.At)
			}
			if a := s.Accepts(sub); a != nil {
				fmt.Fprintf(&b, "workload %s %s accepted by %s, %s\n", w.Name, d, a.Owner, a.At)
			}
			if a := s.Lapsed(sub); a != nil {
				fmt.Fprintf(&b, "workload %s %s no longer accepted, %s\n", w.Name, d, a.At)
			}
		}
	}
	for _, l := range s.Expired() {
		fmt.Fprintf(&b, "expired %s %s\n", l.Day().Format(time.DateOnly), l.Place())
	}
	for _, d := range slices.Concat(diags, inv.Diags, s.Unused()).Sorted() {
		fmt.Fprintln(&b, d)
	}
	return b.String()
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
