package inventorytext

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// Golden reads each testdata/<case>/<input> and compares its inventory and workloads with expected.txt beside it, which
// update rewrites instead. read gets the case's directory and the input; it tells whether the reader recognises it.
func Golden(t *testing.T, input string, update bool, read func(dir string, data []byte) (inv *inventory.Inventory, recognised bool)) {
	t.Helper()
	inputs, err := filepath.Glob(filepath.Join("testdata", "*", input))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range inputs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			inv, recognised := read(dir, data)
			if !recognised {
				t.Error("the input is not recognised")
			}
			compare(t, filepath.Join(dir, "expected.txt"), Write(inv)+Hostings(inv), update)
		})
	}
}

func compare(t *testing.T, golden, got string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("inventory differs (-want +got); run with -update to accept:\n%s", diff)
	}
}

// Hostings writes the workloads of an inventory, one a line: "workload NAME HOSTING".
func Hostings(inv *inventory.Inventory) string {
	var b strings.Builder
	inv.Sort()
	for _, w := range workload.Find(inventory.NewIndex(inv), inv, workload.Options{}) {
		fmt.Fprintf(&b, "workload %s %s\n", w.Name, w.Hosting)
	}
	return b.String()
}
