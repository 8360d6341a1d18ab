package cloudcontrol_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/internal/inventorytext"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudcontrol"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

func read(data []byte, types *vocabulary.Types) *inventory.Inventory {
	return cloudcontrol.Read("input.json", bytes.NewReader(data), cloudcontrol.Options{Types: types})
}

// hostings writes the workloads of an inventory, one a line.
func hostings(inv *inventory.Inventory) string {
	var b strings.Builder
	inv.Sort()
	for _, w := range workload.Find(inventory.NewIndex(inv), inv, workload.Options{}) {
		fmt.Fprintf(&b, "workload %s %s\n", w.Name, w.Hosting)
	}
	return b.String()
}

// TestGolden reads testdata/<case>/input.json and compares the inventory and its workloads with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*/input.json")
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
			if !cloudcontrol.Is(data) {
				t.Error("the input is not recognised")
			}
			inv := read(data, nil)
			got := inventorytext.Write(inv) + hostings(inv)
			golden := filepath.Join(dir, "expected.txt")
			if *update {
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
		})
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		`{"TypeName": "AWS::S3::Bucket", "ResourceDescription": {"Identifier": "b", "Properties": "{}"}}`: true,
		`[{"ResourceDescriptions": [{"Identifier": "b"}]}]`:                                               true,
		`{"ResourceDescription": "a room"}`:                                                               false,
		`{"text": "ResourceDescription", "Identifier": 1}`:                                                false,
		`{"Resources": {}}`:         false,
		"TypeName: AWS::S3::Bucket": false,
		"":                          false,
	}
	for in, want := range cases {
		if got := cloudcontrol.Is([]byte(in)); got != want {
			t.Errorf("Is(%q) = %v", in, got)
		}
	}
}

// TestCompoundIdentifier checks that an identifier of several parts gives the ARN in it, and account and region with it.
func TestCompoundIdentifier(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:ecs:eu-central-1:111122223333:service/shop/web"
	inv := read([]byte(`{"TypeName": "AWS::ECS::Service", "ResourceDescription": {"Identifier": "`+arn+`|shop", "Properties": {"LaunchType": "FARGATE"}}}`), nil)
	if len(inv.Resources) != 1 || inv.Resources[0].Address != arn || inv.Resources[0].Scope != "111122223333/eu-central-1" {
		t.Errorf("resources %+v", inv.Resources)
	}
}

// TestListIsSubset checks that a function which only a list names is no Zip function by default.
func TestListIsSubset(t *testing.T) {
	t.Parallel()
	inv := read([]byte(`{"TypeName": "AWS::Lambda::Function", "ResourceDescriptions": [{"Identifier": "f", "Properties": "{\"FunctionName\": \"f\"}"}]}`), nil)
	if got := hostings(inv); got != "workload f unknown\n" {
		t.Errorf("workloads %q; PackageType and CapacityProviderConfig are not known", got)
	}
}

func FuzzRead(f *testing.F) {
	inputs, err := filepath.Glob("testdata/*/input.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range inputs {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, data []byte) {
		cloudcontrol.Is(data)
		one, two := read(data, types), read(data, types)
		if inventorytext.Write(one) != inventorytext.Write(two) {
			t.Error("two readings differ")
		}
		for _, r := range one.Resources {
			if r.Address == "" || r.Type == "" || r.Properties.Kind() != inventory.Map {
				t.Errorf("resource %+v is not whole", r)
			}
		}
	})
}
