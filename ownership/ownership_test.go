package ownership

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden reads each directory below testdata as a run does, and writes down who holds which duty.
func TestGolden(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/*")
	if err != nil || len(dirs) < 4 {
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

var services = map[string]string{"sqs": "sqs", "ec2": "ec2", "lambda-image": "lambda"}

// describe writes the owners of each workload, duties with the same answer together.
func describe(dir string) string {
	inv := source.Read([]string{dir}, source.Options{Boundary: dir, Types: vocabulary.Load()})
	c, diags := Load(Options{Paths: []string{dir}, Boundary: dir, Inventory: inv, Services: services})
	var b strings.Builder
	fmt.Fprintf(&b, "in use: %v\n", c.InUse())
	for _, w := range workload.Find(inventory.NewIndex(inv), inv, workload.Options{Roots: map[string]string{"AWS::SQS::Queue": "sqs"}}) {
		fmt.Fprintf(&b, "workload %s, %s\n", w.Name, w.Hosting)
		duties := map[string][]string{}
		var order []string
		for _, d := range stack.Duties() {
			text := line(c.Owner(&w, d))
			if duties[text] == nil {
				order = append(order, text)
			}
			duties[text] = append(duties[text], string(d))
		}
		for _, text := range order {
			name := strings.Join(duties[text], " ")
			if len(duties[text]) > 6 {
				name = fmt.Sprintf("%d duties", len(duties[text]))
			}
			fmt.Fprintf(&b, "  %s: %s\n", name, text)
		}
	}
	for _, d := range diags.Sorted() {
		fmt.Fprintln(&b, d)
	}
	return b.String()
}

func line(o Owner) string {
	out := fmt.Sprintf("%s %v (%s, %s, %s)", o.Status, o.Teams(), o.Rank, o.Because, o.At)
	for _, c := range o.Support {
		out += fmt.Sprintf("; so does %s (%s)", c.Because, c.At)
	}
	for _, c := range o.Conflict {
		out += fmt.Sprintf("; but %s for %s (%s)", c.Because, c.Team, c.At)
	}
	return out
}
