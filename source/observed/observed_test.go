package observed

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// TestNamesAreOfTheVocabulary checks every type and target property of names.txt.
func TestNamesAreOfTheVocabulary(t *testing.T) {
	t.Parallel()
	types := vocabulary.Load()
	all := loadNames().rules
	if len(all) < 20 {
		t.Fatalf("only %d types", len(all))
	}
	for from, r := range all {
		shape := types.Shape(r.typ)
		if shape == nil {
			t.Errorf("%s: no type %s", from, r.typ)
			continue
		}
		targets := slices.Concat(r.unreported, r.unrecorded)
		for _, m := range r.renames {
			if to := strings.Join(m.to, "."); to != "-" {
				targets = append(targets, to)
			}
		}
		for _, to := range targets {
			if to == "Tags" {
				continue
			}
			if _, err := shape.At(to); err != nil {
				t.Errorf("%s: %v", from, err)
			}
		}
	}
}

// walkText walks a text and writes what is handed out.
func walkText(in string) (got []string, said []string) {
	var diags diag.List
	Walk("f", strings.NewReader(in), func(name string) bool { return strings.EqualFold(name, "items") }, &diags, func(e Element) bool {
		at := e.Node.In("")
		got = append(got, fmt.Sprintf("%s %d:%d %s %d", e.List, at.Line, at.Column, e.Node.Kind, len(e.Node.Fields)))
		return true
	})
	for _, d := range diags {
		said = append(said, fmt.Sprintf("%s %d:%d", d.Summary, d.Range.Line, d.Range.Column))
	}
	return got, said
}

func TestWalk(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in   string
		want, said []string
	}{
		{name: "object with a list", in: "{\"a\": 1, \"Items\": [{\"x\": \"]}\"},\n {\"y\": [1, {}]}, 7], \"b\": {\"c\": null}}",
			want: []string{"Items 1:20 a map 1", "Items 2:2 a map 1", "Items 2:18 a number 0", " 1:1 a map 2"}},
		{name: "empty list", in: `{"items": []}`, want: []string{" 1:1 a map 0"}},
		{name: "lines", in: "{\"a\": 1}\n{\"b\": 2}\n", want: []string{" 1:1 a map 1", " 2:1 a map 1"}},
		{name: "list at the top", in: "[{}, {}]", want: []string{" 1:2 a map 0", " 1:6 a map 0"}},
		{name: "columns count runes", in: `{"ä": "öü", "items": [{}]}`, want: []string{"items 1:23 a map 0", " 1:1 a map 1"}},
		{name: "cut", in: `{"items": [{"a": 1}, {"b": "`, want: []string{"items 1:12 a map 1"}, said: []string{"Invalid JSON 1:29"}},
		{name: "no comma", in: `{"items": [{} {}]}`, want: []string{"items 1:12 a map 0"}, said: []string{"Invalid JSON 1:15"}},
		{name: "trailing comma", in: `{"items": [{},]}`, want: []string{"items 1:12 a map 0"}, said: []string{"Invalid JSON 1:15"}},
		{name: "one broken item", in: `{"items": [{"a" 1}, {}]}`, want: []string{"items 1:21 a map 0", " 1:1 a map 0"}, said: []string{"Invalid JSON 1:12"}},
		{name: "text", in: "hello", said: []string{"Invalid JSON 1:1"}},
		{name: "nothing", in: " \n"},
		{name: "not gzip", in: "\x1f\x8bxx", said: []string{"File not unpacked 0:0"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, said := walkText(c.in)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("elements (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.said, said); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWalkBoundsItems checks that an item beyond the bound is passed over, and that what follows is read.
func TestWalkBoundsItems(t *testing.T) {
	t.Parallel()
	got, said := walkText(`{"items": [{"a": "` + strings.Repeat("x", MaxItem) + `"}, {}]}`)
	if diff := cmp.Diff([]string{fmt.Sprintf("items 1:%d a map 0", MaxItem+23), " 1:1 a map 0"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Item too large 1:12"}, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// convertOne makes a resource of a JSON text.
func convertOne(t *testing.T, it Item, props string) *inventory.Resource {
	t.Helper()
	docs, problems := document.Parse("f", []byte(props), document.Options{})
	if len(docs) != 1 {
		t.Fatal(problems)
	}
	it.Properties = docs[0]
	var diags diag.List
	r := NewConverter("f", vocabulary.Load(), &diags).Resource(it)
	if len(diags) > 0 {
		t.Error(diags)
	}
	r.Origin.Path = "f"
	return r
}

func TestUnreportedIsUnknown(t *testing.T) {
	t.Parallel()
	fn := Item{API: "AWS Config", Type: "AWS::Lambda::Function", ARN: "arn:aws:lambda:eu-west-1:111122223333:function:f", ID: "f"}
	r := convertOne(t, fn, `{"functionName": "f", "packageType": "Zip"}`)
	if v := r.Get("RuntimeManagementConfig.UpdateRuntimeOn"); !v.IsUnknown() {
		t.Errorf("the update mode is %s; AWS Config does not record it", v.Display())
	}
	if v := r.Get("CapacityProviderConfig"); !v.IsUnknown() {
		t.Errorf("CapacityProviderConfig is %s; AWS Config is not known to record it", v.Display())
	}
	if v := r.Get("VpcConfig"); !v.IsNull() {
		t.Errorf("VpcConfig is %s, want not set", v.Display())
	}
	fn.API, fn.Subset = "Cloud Control ListResources", true
	r = convertOne(t, fn, `{"FunctionName": "f"}`)
	for _, p := range []string{"PackageType", "Runtime", "VpcConfig"} {
		if v := r.Get(p); !v.IsUnknown() || len(v.Unresolved()) != 1 {
			t.Errorf("%s is %s; a list may leave it out", p, v.Display())
		}
	}
	fn.API, fn.Subset = "Cloud Control GetResource", false
	if v := convertOne(t, fn, `{"FunctionName": "f"}`).Get("CapacityProviderConfig"); !v.IsNull() {
		t.Errorf("CapacityProviderConfig is %s; GetResource would report it", v.Display())
	}
	r = convertOne(t, fn, `{"FunctionName": "f", "RuntimeManagementConfig": {"UpdateRuntimeOn": "Manual"}}`)
	if v := r.Get("RuntimeManagementConfig.UpdateRuntimeOn"); v.Display() != "Manual" {
		t.Errorf("UpdateRuntimeOn is %s, want Manual", v.Display())
	}
	if v := r.Get("VpcConfig"); !v.IsNull() {
		t.Errorf("VpcConfig is %s, want not set", v.Display())
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	const place = ":eu-west-1:111122223333:"
	vpc := Item{API: "AWS Config", Type: "AWS::EC2::SecurityGroup", ARN: "arn:aws:ec2" + place + "security-group/sg-0123456789abcdef0", ID: "sg-0123456789abcdef0"}
	web := Item{API: "AWS Config", Type: "AWS::EC2::Instance", ARN: "arn:aws:ec2" + place + "instance/i-0123456789abcdef0", ID: "i-0123456789abcdef0", Captured: "2026-01-01T00:00:00.000Z"}
	other := web
	other.ARN = strings.Replace(web.ARN, "eu-west-1", "us-east-1", 1)
	late := web
	late.Captured = "2026-02-01T00:00:00.000Z"
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: "f", Form: "config"}}}
	add := func(it Item, props string) *inventory.Resource {
		r := convertOne(t, it, props)
		inv.Resources = append(inv.Resources, r)
		return r
	}
	add(vpc, `{}`)
	kept := add(late, `{"instanceType": "t3.small", "securityGroups": [{"groupId": "sg-0123456789abcdef0"}]}`)
	add(web, `{"instanceType": "t3.micro", "imageId": "ami-1", "keyName": "k", "subnetId": "s"}`)
	abroad := add(other, `{"securityGroups": [{"groupId": "sg-0123456789abcdef0"}]}`)
	untouched := &inventory.Resource{Type: "AWS::EC2::Instance", Address: late.ARN, Scope: kept.Scope, Origin: diag.Range{Path: "main.tf"}}
	inv.Resources = append(inv.Resources, untouched)
	Link(inv, nil)
	Link(inv, nil)
	if len(inv.Resources) != 4 {
		t.Fatalf("%d resources, want 4: each ARN once, and what is not observed", len(inv.Resources))
	}
	if diff := cmp.Diff([]inventory.Ref{{Address: vpc.ARN}}, kept.Properties.AllRefs()); diff != "" || inv.Resources[1] != kept {
		t.Errorf("refs of the latest (-want +got):\n%s", diff)
	}
	if refs := abroad.Properties.AllRefs(); len(refs) != 0 {
		t.Errorf("an instance of another region refers to %v", refs)
	}
}

// TestLinkWithoutAccount checks two answers that name no account: one resource when they agree, two when they do not.
func TestLinkWithoutAccount(t *testing.T) {
	t.Parallel()
	it := Item{API: "Cloud Control GetResource", Type: "AWS::ECS::CapacityProvider", ID: "cp"}
	for _, c := range []struct {
		other string
		want  int
	}{{`{"Name": "cp"}`, 1}, {`{"Name": "cp", "ClusterName": "b"}`, 2}} {
		inv := &inventory.Inventory{Roots: []inventory.Root{{Path: "f", Form: "cloudcontrol"}}}
		for _, props := range []string{`{"Name": "cp", "ClusterName": "a"}`, c.other} {
			inv.Resources = append(inv.Resources, convertOne(t, it, props))
		}
		Link(inv, nil)
		if len(inv.Resources) != c.want || inv.Resources[0].Get("ClusterName").Display() != "a" {
			t.Errorf("%s: %d resources, want %d", c.other, len(inv.Resources), c.want)
		}
	}
}

func TestDistinctive(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"sg-0123456789abcdef0": true, "i-12345678": true, "web-1": false, "my-app-deadbeef": true, "-12345678": false, "Web-12345678": false, "sg-xyz12345678": false} {
		if distinctive(s) != want {
			t.Errorf("distinctive(%q) = %v", s, !want)
		}
	}
}

func FuzzWalk(f *testing.F) {
	for _, s := range []string{`{"items": [{"a": 1}, "{\"b\": 2}"]}`, "{}\n[]\n", `[1, "\"", {}]`, `{"items":`, "\x1f\x8b\x08\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		one, _ := walkText(string(data))
		two, _ := walkText(string(data))
		if !cmp.Equal(one, two) {
			t.Error("two walks differ")
		}
	})
}
