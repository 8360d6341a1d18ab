package cloudcontrol_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/onus-dev/onus/internal/inventorytext"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudcontrol"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

func read(data []byte, types *vocabulary.Types) *inventory.Inventory {
	return cloudcontrol.Read("input.json", bytes.NewReader(data), cloudcontrol.Options{Types: types})
}

// TestGolden reads testdata/<case>/input.json and compares the inventory and its workloads with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	inventorytext.Golden(t, "input.json", *update, func(_ string, data []byte) (*inventory.Inventory, bool) {
		return read(data, nil), cloudcontrol.Is(data)
	})
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
	if got := inventorytext.Hostings(inv); got != "workload f unknown\n" {
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
