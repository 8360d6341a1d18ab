package ecstask_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onus-dev/onus/internal/inventorytext"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/ecstask"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

func read(data []byte, types *vocabulary.Types) *inventory.Inventory {
	return ecstask.Read("input.json", data, ecstask.Options{Types: types})
}

// TestGolden reads testdata/<case>/input.json and compares the inventory and its workloads with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	inventorytext.Golden(t, "input.json", *update, func(_ string, data []byte) (*inventory.Inventory, bool) {
		return read(data, nil), ecstask.Is(data)
	})
}

func TestIs(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		`{"containerDefinitions": []}`:                                                                                 true,
		`{"tags": [], "taskDefinition": {"containerDefinitions": []}}`:                                                 true,
		`{"services": [{"serviceArn": "arn:aws:ecs:eu-west-1:1:service/a"}]}`:                                          true,
		`{"clusters": [{"clusterArn": "arn:aws:kafka:eu-west-1:1:cluster/a"}]}`:                                        false,
		`{"services": {"web": {"image": "nginx"}}}`:                                                                    false,
		`{"values": {"containerDefinitions": []}}`:                                                                     false,
		`{"a": "{\"containerDefinitions\": []}"}`:                                                                      false,
		`{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"T": {"Properties": {"ContainerDefinitions": []}}}}`: false,
		"containerDefinitions: []":                                                                                     false,
		"":                                                                                                             false,
	}
	for in, want := range cases {
		if got := ecstask.Is([]byte(in)); got != want {
			t.Errorf("Is(%q) = %v", in, got)
		}
	}
}

func BenchmarkIsForeign(b *testing.B) {
	data := []byte(`{"a": [` + strings.Repeat(`{"name": "x", "services": {"b": "arn:aws:ecs:"}},`, 200_000) + `0]}`)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if ecstask.Is(data) {
			b.Fatal("recognised")
		}
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
		ecstask.Is(data)
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
