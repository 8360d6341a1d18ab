package awsconfig_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/internal/inventorytext"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/awsconfig"
	"github.com/onus-dev/onus/source/observed"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

// TestGolden reads testdata/<case>/input.json and compares the inventory and its workloads with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	inventorytext.Golden(t, "input.json", *update, func(_ string, data []byte) (*inventory.Inventory, bool) {
		return awsconfig.Read("input.json", bytes.NewReader(data), awsconfig.Options{}), awsconfig.Is(data)
	})
}

// TestHostings checks what the workloads of a snapshot come to, each counted once.
func TestHostings(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/snapshot/input.json")
	if err != nil {
		t.Fatal(err)
	}
	inv := awsconfig.Read("input.json", bytes.NewReader(data), awsconfig.Options{})
	got := strings.Split(strings.TrimSpace(strings.ReplaceAll(inventorytext.Hostings(inv), "workload ", "")), "\n")
	want := map[string]string{
		"web": "ecs-fargate", "worker": "ecs-ec2", "batcher": "ecs-managed-instances", "viaprovider": "ecs-managed-instances",
		"shop-ecs": "ecs-ec2", "bastion": "ec2", "resize": "unknown", "render": "unknown", "orders": "rds",
		"shop-assets": "s3", "11111111-2222-3333-4444-555555555555": "kms", "carts": "dynamodb", "general": "eks-managed-nodes", "logs": "opensearch",
	}
	found := map[string]string{}
	for _, line := range got {
		name, hosting, _ := strings.Cut(line, " ")
		if found[name] != "" {
			t.Errorf("%s is counted twice", name)
		}
		found[name] = hosting
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("hostings (-want +got):\n%s", diff)
	}
}

func pack(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestGzip checks that a packed file is recognised by its first bytes and gives the same answer.
func TestGzip(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/snapshot/input.json")
	if err != nil {
		t.Fatal(err)
	}
	packed := pack(t, data)
	if !awsconfig.Is(packed[:min(len(packed), 2048)]) {
		t.Error("the beginning of the packed file is not recognised")
	}
	plain := inventorytext.Write(awsconfig.Read("f", bytes.NewReader(data), awsconfig.Options{}))
	if diff := cmp.Diff(plain, inventorytext.Write(awsconfig.Read("f", bytes.NewReader(packed), awsconfig.Options{}))); diff != "" {
		t.Errorf("packed and plain differ:\n%s", diff)
	}
	cut := awsconfig.Read("f", bytes.NewReader(packed[:len(packed)/2]), awsconfig.Options{})
	if !cut.Diags.Incomplete() || len(cut.Resources) == 0 {
		t.Errorf("a cut file: %d resources, %v", len(cut.Resources), cut.Diags)
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		`{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[]}`:     true,
		`{"configurationItems":[{"version":"1.3","resourceType":"AWS::S3::Bucket"`: true,
		`{"configurationItems": "none"}`:                                           false,
		`{"configurationItems":[{"name":"cpu"}]}`:                                  false,
		`{"Results":["{\"resourceType\":\"AWS::S3::Bucket\"}"]}`:                   true,
		`{"Results":[{"resourceType":"AWS::S3::Bucket"}]}`:                         false,
		`{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}`:                           false,
		"configurationItems: []":                                                   false,
		"\x1f\x8b\x08":                                                             false,
		"":                                                                         false,
	}
	for in, want := range cases {
		if got := awsconfig.Is([]byte(in)); got != want {
			t.Errorf("Is(%q) = %v", in, got)
		}
	}
}

// snapshot writes a snapshot of n functions, each with a long history of other items between.
func snapshot(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"relationships":[],"configuration":{"functionName":"f%d","runtime":"python3.13","handler":"a.b","packageType":"Zip","memorySize":128,"timeout":3,"description":"%s"},"supplementaryConfiguration":{},"tags":{"team":"x"},"configurationItemCaptureTime":"2026-10-01T06:00:00.000Z","awsAccountId":"111122223333","configurationItemStatus":"OK","resourceType":"AWS::Lambda::Function","resourceId":"f%d","resourceName":"f%d","ARN":"arn:aws:lambda:eu-central-1:111122223333:function:f%d","awsRegion":"eu-central-1"}`, i, strings.Repeat("d", 200), i, i, i)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// TestMemoryFollowsResources checks that a file of many items of one resource is read in the memory of one.
func TestMemoryFollowsResources(t *testing.T) {
	one := snapshot(1)
	begin := bytes.Index(one, []byte(`[{"relationships`)) + 1
	item := one[begin : len(one)-2]
	var many bytes.Buffer
	many.Write(one[:begin])
	const copies = 8_000
	for i := range copies {
		if i > 0 {
			many.WriteByte(',')
		}
		many.Write(item)
	}
	many.WriteString("]}")
	types := vocabulary.Load()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	inv := awsconfig.Read("f", bytes.NewReader(many.Bytes()), awsconfig.Options{Types: types})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(inv.Resources) != 1 {
		t.Fatalf("%d resources", len(inv.Resources))
	}
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 4<<20 {
		t.Errorf("%d MB are kept of one resource in %d items", kept>>20, copies)
	}
}

func BenchmarkRead(b *testing.B) {
	data := snapshot(20_000)
	types := vocabulary.Load()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if inv := awsconfig.Read("f", bytes.NewReader(data), awsconfig.Options{Types: types}); len(inv.Resources) != 20_000 {
			b.Fatal(len(inv.Resources))
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
	f.Add(pack(f, []byte(`{"configurationItems":[{"resourceType":"AWS::S3::Bucket","resourceId":"b"}]}`)))
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, data []byte) {
		awsconfig.Is(data)
		one := awsconfig.Read("f", bytes.NewReader(data), awsconfig.Options{Types: types})
		two := awsconfig.Read("f", bytes.NewReader(data), awsconfig.Options{Types: types})
		if inventorytext.Write(one) != inventorytext.Write(two) {
			t.Error("two readings differ")
		}
		before := inventorytext.Write(one)
		observed.Link(one, nil)
		if after := inventorytext.Write(one); after != before {
			t.Errorf("linking twice changes the answer:\n%s", cmp.Diff(before, after))
		}
	})
}
