package allocation

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// testCatalog is the small model that the catalog's own tests use.
func testCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, diags := catalog.Load(catalog.Options{Embedded: os.DirFS("../catalog/testdata/ok")})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return c
}

func at(line int) diag.Range { return diag.Range{Path: "main.tf", Line: line, Column: 3} }

func str(s string, line int) inventory.Value { return inventory.StringValue(s, at(line)) }

func unknown(name string, line int) inventory.Value {
	return inventory.UnknownValue(at(line), inventory.Step{Name: name, Note: "has no value and no default", At: at(line)})
}

func assumed(v inventory.Value, name string) inventory.Value {
	return v.WithMeta(&inventory.Meta{
		Assumed: []inventory.Step{{Name: name, Note: "default", At: diag.Range{Path: "variables.tf", Line: 3}}},
		Trail:   []inventory.Step{{Name: name, Note: "module input", At: at(14)}},
	})
}

func part(typ string, line int, pairs ...any) workload.Part {
	var props []inventory.Property
	for i := 0; i < len(pairs); i += 2 {
		props = append(props, inventory.Property{Name: pairs[i].(string), Value: pairs[i+1].(inventory.Value)})
	}
	return workload.Part{Resource: &inventory.Resource{
		Type: typ, Address: "a.b", Scope: "infra", Origin: at(line), Mapped: true, Properties: inventory.MapValue(props, at(line)),
	}}
}

func function(pairs ...any) workload.Part { return part("AWS::Lambda::Function", 10, pairs...) }

func updates(mode inventory.Value) workload.Part {
	p := part("onus::RuntimeUpdates", 20, "Mode", mode)
	p.Because = []workload.Evidence{{Property: "AWS::Lambda::Function.RuntimeManagementConfig.UpdateRuntimeOn", Value: mode}}
	return p
}

// thing makes a workload of hosting thing-auto with the given parts.
func thing(parts map[string]workload.Part, because ...workload.Evidence) workload.Workload {
	return workload.Workload{ID: "1", Name: "thing", Address: "a.b", Scope: "infra", Hosting: "thing-auto",
		Root: parts["function"].Resource, Parts: parts, Because: because, Why: "It is a thing."}
}

func one(t testing.TB, w workload.Workload) Workload {
	t.Helper()
	out, diags := Run([]workload.Workload{w}, testCatalog(t), Options{AsOf: asOf})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return out[0]
}

func duty(t testing.TB, w Workload, name string) Duty {
	t.Helper()
	for _, l := range w.Layers {
		for _, d := range l.Duties {
			if string(l.Layer)+"/"+d.Duty == name {
				return d
			}
		}
	}
	t.Fatalf("no duty %s", name)
	return Duty{}
}

func TestEveryLayerAndDutyInOrder(t *testing.T) {
	t.Parallel()
	w := one(t, thing(map[string]workload.Part{"function": function("PackageType", str("Image", 11)), "updates": updates(str("Auto", 21))}))
	var got, want []string
	for _, l := range w.Layers {
		for _, d := range l.Duties {
			got = append(got, string(l.Layer)+"/"+d.Duty)
			if !d.Party.Valid() || !d.Basis.Valid() || d.Reason == "" {
				t.Errorf("%s/%s is incomplete: %+v", l.Layer, d.Duty, d)
			}
		}
	}
	for _, d := range stack.Duties() {
		want = append(want, string(d))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantParty := map[stack.Layer]stack.Party{
		"facilities": stack.AWS, "control-plane": stack.AWS, "capacity": stack.Shared, "operating-system": stack.Shared,
		"image": stack.Customer, "language-runtime": stack.Shared, "engine": stack.NotApplicable,
	}
	for _, l := range w.Layers {
		if p, ok := wantParty[l.Layer]; ok && p != l.Party {
			t.Errorf("layer %s is %s, want %s", l.Layer, l.Party, p)
		}
	}
	head := Workload{ID: "1", Name: "thing", Address: "a.b", Hosting: "thing-auto", HostingTitle: "Thing that updates itself",
		HostingReason: "It is a thing.", Service: "demo", Class: stack.Serverless, Type: "AWS::Lambda::Function", Root: "infra",
		Source: Source{"main.tf", 10}}
	w.Layers = nil
	if diff := cmp.Diff(head, w); diff != "" {
		t.Error(diff)
	}
}

func TestDuty(t *testing.T) {
	t.Parallel()
	guide := &Citation{Title: "The guide", URL: "https://example.com/guide", Seen: "2026-11-01"}
	mode := "AWS::Lambda::Function.RuntimeManagementConfig.UpdateRuntimeOn"
	runtime := "AWS::Lambda::Function.Runtime"
	because := workload.Evidence{Property: "AWS::Lambda::Function.PackageType", Value: str("Zip", 11)}
	tests := []struct {
		name, duty string
		w          workload.Workload
		want       Duty
	}{
		{"decided by a derived part, the rejected row's property and the hosting", "language-runtime/apply",
			thing(map[string]workload.Part{"function": function("Runtime", str("python3.13", 12)), "updates": updates(str("Manual", 21))}, because),
			Duty{Duty: "apply", Party: stack.Customer, Reason: "The customer moves a function in Manual mode.", Basis: stack.Documented, Citation: guide,
				DecidedBy: []Decider{
					{Property: mode, Value: "Manual", Path: "main.tf", Line: 21, Column: 3},
					{Property: runtime, Value: "python3.13", Path: "main.tf", Line: 12, Column: 3},
					{Property: "AWS::Lambda::Function.PackageType", Value: "Zip", Path: "main.tf", Line: 11, Column: 3},
				}}},
		{"halves, deadline, and a property that is not set has the resource's place", "language-runtime/apply",
			thing(map[string]workload.Part{"function": function(), "updates": updates(str("FunctionUpdate", 21))}),
			Duty{Duty: "apply", Party: stack.Shared, Reason: "The patch comes with the next update of the function.", Basis: stack.Documented, Citation: guide,
				Shared: &Halves{"Patches at the next update.", "Updates the function."}, Deadline: &Deadline{14, "the patch is published"},
				DecidedBy: []Decider{
					{Property: mode, Value: "FunctionUpdate", Path: "main.tf", Line: 21, Column: 3},
					{Property: runtime, Value: "(not set)", Path: "main.tf", Line: 10, Column: 3},
				}}},
		{"residual, no condition, hosting evidence", "operating-system/apply",
			thing(map[string]workload.Part{"function": function()}, because),
			Duty{Duty: "apply", Party: stack.AWS, Reason: "The service patches the system.", Basis: stack.Documented, Citation: guide,
				Residual:  "Running things keep the old one until they restart.",
				DecidedBy: []Decider{{Property: "AWS::Lambda::Function.PackageType", Value: "Zip", Path: "main.tf", Line: 11, Column: 3}}}},
		{"unknown mode", "language-runtime/apply",
			thing(map[string]workload.Part{"function": function("Runtime", str("python3.13", 12)), "updates": updates(unknown("var.mode", 21))}),
			Duty{Duty: "apply", Party: stack.Undetermined, Reason: "It depends on " + mode + ", which is not known.", Basis: stack.Documented, Citation: guide,
				DecidedBy: []Decider{
					{Property: mode, Value: "(unknown)", Path: "main.tf", Line: 21, Column: 3, Unresolved: "var.mode has no value and no default"},
					{Property: runtime, Value: "python3.13", Path: "main.tf", Line: 12, Column: 3},
				},
				Candidates: []Candidate{{"the update mode is Manual", stack.Customer}, {"the update mode is FunctionUpdate", stack.Shared}, {"otherwise", stack.AWS}}}},
		{"open rows that agree", "language-runtime/apply",
			thing(map[string]workload.Part{"function": function("Runtime", unknown("var.rt", 12)), "updates": updates(str("Manual", 21))}),
			Duty{Duty: "apply", Party: stack.Customer, Basis: stack.Inferred, Citation: guide,
				Reason: "The unknown values do not change who holds it. Nobody patches a runtime after its end; the customer must move. Or: The customer moves a function in Manual mode.",
				DecidedBy: []Decider{
					{Property: runtime, Value: "(unknown)", Path: "main.tf", Line: 12, Column: 3, Unresolved: "var.rt has no value and no default"},
					{Property: mode, Value: "Manual", Path: "main.tf", Line: 21, Column: 3},
				}}},
		{"a part that was not read", "image/build",
			thing(map[string]workload.Part{"function": {Unknown: true, Why: []inventory.Step{{Name: "module.x", Note: "was not read", At: at(30)}}}}),
			Duty{Duty: "build", Party: stack.Undetermined, Basis: stack.Documented, Citation: guide,
				Reason: "It depends on AWS::Lambda::Function.PackageType, which is not known.",
				DecidedBy: []Decider{{Property: "AWS::Lambda::Function.PackageType", Value: "(unknown)", Path: "main.tf", Line: 30, Column: 3,
					Unresolved: "module.x was not read"}},
				Candidates: []Candidate{{"the package is an image", stack.Customer}, {"otherwise", stack.NotApplicable}}}},
		{"a part of the wrong type decides nothing", "image/build",
			thing(map[string]workload.Part{"function": part("AWS::SQS::Queue", 10)}),
			Duty{Duty: "build", Party: stack.Undetermined, Basis: stack.Documented, Citation: guide,
				Reason:     "It depends on AWS::Lambda::Function.PackageType, which is not known.",
				DecidedBy:  []Decider{{Property: "AWS::Lambda::Function.PackageType", Value: "(unknown)", Path: "main.tf", Line: 10, Column: 3}},
				Candidates: []Candidate{{"the package is an image", stack.Customer}, {"otherwise", stack.NotApplicable}}}},
		{"a sensitive value is not printed, an absent part has no place", "language-runtime/apply",
			thing(map[string]workload.Part{"function": function("Runtime", str("python3.8", 12).AsSensitive())}),
			Duty{Duty: "apply", Party: stack.Customer, Basis: stack.Inferred,
				Reason:    "Nobody patches a runtime after its end; the customer must move.",
				DecidedBy: []Decider{{Property: runtime, Value: "(sensitive)", Path: "main.tf", Line: 12, Column: 3}}}},
		{"a default that decides", "language-runtime/apply",
			thing(map[string]workload.Part{"function": function("Runtime", str("python3.13", 12)), "updates": updates(assumed(str("Auto", 21), "var.mode"))}),
			Duty{Duty: "apply", Party: stack.AWS, Assumed: true, Reason: "The service rolls patches out in Auto mode.", Basis: stack.Documented, Citation: guide,
				DecidedBy: []Decider{
					{Property: runtime, Value: "python3.13", Path: "main.tf", Line: 12, Column: 3},
					{Property: mode, Value: "Auto", Path: "main.tf", Line: 21, Column: 3, Assumed: "var.mode, default at variables.tf:3",
						Written: &Source{Path: "variables.tf", Line: 3}, Trail: []string{"module input var.mode main.tf:14"}},
				}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, duty(t, one(t, tt.w), tt.duty)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAssumedHosting: a hosting told by a default marks the duties that another hosting of the service would move.
func TestAssumedHosting(t *testing.T) {
	t.Parallel()
	because := workload.Evidence{Property: "X.LaunchType", Value: assumed(str("AUTO", 9), "var.launch_type")}
	w := one(t, thing(map[string]workload.Part{"function": function(), "updates": updates(str("Auto", 1))}, because))
	for name, want := range map[string]bool{
		"operating-system/apply": true,  // aws here, the customer's on thing-boxed
		"capacity/provide":       true,  // the same
		"language-runtime/apply": true,  // has conditions
		"network/configure":      false, // the customer's in all hostings of the service
		"facilities/operate":     false, // aws in all
	} {
		if got := duty(t, w, name).Assumed; got != want {
			t.Errorf("%s: assumed %v, want %v", name, got, want)
		}
	}
	if w.DecidedBy[0].Assumed != "var.launch_type, default at variables.tf:3" {
		t.Errorf("hosting evidence: %+v", w.DecidedBy)
	}
}

func TestHostingCandidates(t *testing.T) {
	t.Parallel()
	w := thing(map[string]workload.Part{"function": function("PackageType", str("Zip", 11), "Runtime", str("python3.13", 12))},
		workload.Evidence{Property: "X.LaunchType", Value: unknown("var.launch_type", 9)})
	w.Hosting = workload.UnknownHosting
	w.Candidates = []workload.Candidate{{Hosting: "thing-auto", When: "launch_type is AUTO"}, {Hosting: "thing-boxed", When: "launch_type is BOX"}}
	got := one(t, w)
	if got.Service != "demo" || got.Class != "" || got.Hosting != "unknown" || len(got.HostingCandidates) != 2 {
		t.Errorf("head: %+v", got)
	}
	why := Decider{Property: "X.LaunchType", Value: "(unknown)", Path: "main.tf", Line: 9, Column: 3, Unresolved: "var.launch_type has no value and no default"}
	model := &Citation{Title: "The model", URL: "https://example.com/model", Seen: "2026-11-24"}
	guide := &Citation{Title: "The guide", URL: "https://example.com/guide", Seen: "2026-11-01"}
	for name, want := range map[string]Duty{
		"facilities/operate": {Duty: "operate", Party: stack.AWS, Basis: stack.General, Citation: model, DecidedBy: []Decider{why},
			Reason: "Every possible hosting agrees. The test model gives facilities/operate to aws."},
		"capacity/provide": {Duty: "provide", Party: stack.Undetermined, Basis: stack.General, Citation: guide, DecidedBy: []Decider{why},
			Reason:     "It depends on how this is hosted, which is not known.",
			Candidates: []Candidate{{"launch_type is AUTO", stack.AWS}, {"launch_type is BOX", stack.Customer}}},
		"image/build": {Duty: "build", Party: stack.NotApplicable, Basis: stack.Documented, Citation: guide,
			Reason:    "Every possible hosting agrees. The thing has no image.",
			DecidedBy: []Decider{{Property: "AWS::Lambda::Function.PackageType", Value: "Zip", Path: "main.tf", Line: 11, Column: 3}, why}},
		// The update mode was not looked for while the hosting is unknown: its absence says nothing.
		"language-runtime/apply": {Duty: "apply", Party: stack.Undetermined, Basis: stack.General, Citation: guide,
			Reason: "It depends on how this is hosted, which is not known.",
			DecidedBy: []Decider{{Property: "onus::RuntimeUpdates.Mode", Value: "(unknown)"},
				{Property: "AWS::Lambda::Function.Runtime", Value: "python3.13", Path: "main.tf", Line: 12, Column: 3}, why},
			Candidates: []Candidate{
				{"launch_type is AUTO, and the update mode is Manual", stack.Customer},
				{"launch_type is AUTO, and the update mode is FunctionUpdate", stack.Shared},
				{"launch_type is AUTO, and otherwise", stack.AWS}, {"launch_type is BOX", stack.Customer}}},
	} {
		if diff := cmp.Diff(want, duty(t, got, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestNothingIsGuessed: without a hosting of the catalog every duty is undetermined and says so.
func TestNothingIsGuessed(t *testing.T) {
	t.Parallel()
	unlisted := thing(map[string]workload.Part{"function": function()})
	unlisted.Hosting = "neptune"
	bare := thing(map[string]workload.Part{"function": function()})
	bare.Hosting = workload.UnknownHosting
	half := bare
	half.Candidates = []workload.Candidate{{Hosting: "thing-auto", When: "a"}, {Hosting: workload.UnknownHosting, When: "b"}}
	for name, tt := range map[string]struct {
		w      workload.Workload
		reason string
	}{
		"unlisted": {unlisted, `The catalog has no hosting "neptune", so nobody can be named.`},
		"bare":     {bare, "Nothing tells how this is hosted, so nobody can be named."},
		"half":     {half, "It depends on how this is hosted, which is not known."},
	} {
		w := one(t, tt.w)
		for _, l := range w.Layers {
			if l.Party != stack.Undetermined {
				t.Errorf("%s: layer %s is %s", name, l.Layer, l.Party)
			}
			for _, d := range l.Duties {
				if d.Party != stack.Undetermined || d.Reason != tt.reason {
					t.Errorf("%s: %s/%s is %s: %s", name, l.Layer, d.Duty, d.Party, d.Reason)
				}
			}
		}
	}
}

// TestAssumedWithoutEffect: a default marks nothing where every row names the same party.
func TestAssumedWithoutEffect(t *testing.T) {
	t.Parallel()
	q := part("AWS::SQS::Queue", 1, "FifoQueue", assumed(str("true", 2), "var.fifo"), "KmsMasterKeyId", assumed(str("k", 3), "var.key"))
	w := one(t, workload.Workload{Hosting: "store", Root: q.Resource, Parts: map[string]workload.Part{"queue": q}})
	if d := duty(t, w, "network/configure"); d.Assumed || d.DecidedBy[0].Assumed == "" {
		t.Errorf("network/configure: %+v", d)
	}
	if d := duty(t, w, "data/protect"); !d.Assumed {
		t.Errorf("data/protect: %+v", d)
	}
}

// TestMemoTellsValuesApart runs workloads that differ only in what a condition can see.
func TestMemoTellsValuesApart(t *testing.T) {
	t.Parallel()
	store := func(p workload.Part) workload.Workload {
		return workload.Workload{Hosting: "store", Root: p.Resource, Parts: map[string]workload.Part{"queue": p}}
	}
	queue := func(pairs ...any) workload.Workload { return store(part("AWS::SQS::Queue", 1, pairs...)) }
	tests := []struct {
		w    workload.Workload
		want stack.Party
	}{
		{queue(), stack.AWS},
		{queue("KmsMasterKeyId", str("k", 1)), stack.Customer},
		{queue("KmsMasterKeyId", inventory.NullValue(at(1))), stack.AWS},
		{queue("KmsMasterKeyId", unknown("x", 1)), stack.Undetermined},
		{queue("SqsManagedSseEnabled", str("false", 1)), stack.Customer},
		{queue("SqsManagedSseEnabled", inventory.BoolValue(false, at(1))), stack.Customer},
		{queue("SqsManagedSseEnabled", inventory.BoolValue(true, at(1))), stack.AWS},
		{queue("SqsManagedSseEnabled", str("perhaps", 1)), stack.Undetermined},
		{queue("KmsMasterKeyId", str("perhaps", 1)), stack.Customer}, // the same text at the other path
		{store(workload.Part{Unknown: true}), stack.Undetermined},
		{workload.Workload{Hosting: "store"}, stack.AWS},
	}
	var ws []workload.Workload
	for range 2 { // the second time everything comes from the memo
		for _, tt := range tests {
			ws = append(ws, tt.w)
		}
	}
	got, _ := Run(ws, testCatalog(t), Options{AsOf: asOf})
	for i, w := range got {
		if p := duty(t, w, "data/protect").Party; p != tests[i%len(tests)].want {
			t.Errorf("case %d: %s, want %s", i, p, tests[i%len(tests)].want)
		}
	}
}

// TestConditionThatFails: a condition that cannot be evaluated is reported once and decides nothing.
func TestConditionThatFails(t *testing.T) {
	t.Parallel()
	text := `service: x
title: X
hostings:
  - id: x
    title: X
    class: managed
    uses: {function: "AWS::Lambda::Function"}
    duties:
      image/build:
        - {when: "function.Timeout / function.MemorySize == 1", means: it divides, party: aws, reason: x., basis: inferred}
        - {party: customer, reason: x., basis: inferred}
`
	c, _ := catalog.Load(catalog.Options{Embedded: fstest.MapFS{"x.yaml": {Data: []byte(text)}}})
	w := thing(map[string]workload.Part{"function": function("Timeout", inventory.NumberValue(1, at(1)), "MemorySize", inventory.NumberValue(0, at(2)))})
	w.Hosting = "x"
	got, diags := Run([]workload.Workload{w, w}, c, Options{})
	d := duty(t, got[0], "image/build")
	if d.Party != stack.Undetermined || len(d.Candidates) != 2 || !strings.Contains(d.Reason, "could not be evaluated") {
		t.Errorf("got %+v", d)
	}
	if len(diags) != 1 || diags[0].Range.String() != "x.yaml:10:11" || !strings.Contains(diags[0].Detail, "division by zero") {
		t.Errorf("got %v", diags)
	}
	if d := duty(t, got[0], "data/protect"); d.Party != stack.Undetermined || !strings.Contains(d.Reason, "says nothing") {
		t.Errorf("a duty without rows: %+v", d)
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: "infra", Form: "terraform"}}}
	for i, typ := range []string{"b", "AWS::SQS::Queue", "a", "b", "a", "c", "AWS::SQS::Queue", "look"} {
		inv.Resources = append(inv.Resources, &inventory.Resource{Type: typ, Mapped: strings.HasPrefix(typ, "AWS"), Lookup: typ == "look", Address: fmt.Sprint(i)})
	}
	inv.Diags.Skipf(at(3), "Module not read", "module.x.")
	inv.Unread = []inventory.Unread{{Scope: "infra", Address: "module.x", Source: "y", Origin: at(3)}}
	r, own := NewResult(inv, nil, testCatalog(t), diag.List{{Severity: diag.Note, Summary: "n"}}, Options{AsOf: asOf})
	if len(own) > 0 {
		t.Errorf("the allocation itself has nothing to say: %v", own)
	}
	want := Coverage{Resources: 7, Mapped: 2, ByKind: KindCount{Workload: 2}, UnmappedTypes: []TypeCount{{"a", 2}, {"b", 2}, {"c", 1}}, NotRead: []NotRead{{"infra", "module.x", "y", "main.tf", 3}}}
	if diff := cmp.Diff(want, r.Coverage); diff != "" {
		t.Error(diff)
	}
	wantDiags := []Diagnostic{{Severity: "note", Summary: "n"}, {Severity: "warning", Summary: "Module not read", Detail: "module.x.", Path: "main.tf", Line: 3, Column: 3}}
	if diff := cmp.Diff(wantDiags, r.Diagnostics); diff != "" {
		t.Error(diff)
	}
	empty, _ := NewResult(&inventory.Inventory{}, nil, testCatalog(t), nil, Options{})
	text, err := json.Marshal(empty)
	if err != nil || strings.Contains(string(text), "null") {
		t.Errorf("empty slices must be []: %s %v", text, err)
	}
	if diff := cmp.Diff([]Root{{"infra", "terraform"}}, r.Roots); diff != "" || r.AsOf != "2026-11-24" {
		t.Error(diff, r.AsOf)
	}
}

func TestOrderIsKept(t *testing.T) {
	t.Parallel()
	var ws []workload.Workload
	for i := range 50 {
		w := thing(map[string]workload.Part{"function": function("Runtime", str(fmt.Sprint(i%7), i))})
		w.ID = fmt.Sprint(i)
		ws = append(ws, w)
	}
	a, _ := Run(ws, testCatalog(t), Options{AsOf: asOf})
	b, _ := Run(ws, testCatalog(t), Options{AsOf: asOf})
	for i := range a {
		if a[i].ID != fmt.Sprint(i) {
			t.Errorf("workload %d is %s", i, a[i].ID)
		}
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkAllocate10k allocates ten thousand functions of the embedded catalog, a tenth of them with values of their own.
func BenchmarkAllocate10k(b *testing.B) {
	c, _ := catalog.Load(catalog.Options{})
	var ws []workload.Workload
	for i := range 10_000 {
		f := function("PackageType", str("Zip", i), "Runtime", str(fmt.Sprintf("python3.%d", i%1000), i))
		w := thing(map[string]workload.Part{"function": f, "updates": updates(str([]string{"Auto", "Manual"}[i%2], i))},
			workload.Evidence{Property: "AWS::Lambda::Function.PackageType", Value: str("Zip", i)})
		w.Hosting = "lambda-zip"
		ws = append(ws, w)
	}
	b.ReportAllocs()
	for b.Loop() {
		out, diags := Run(ws, c, Options{AsOf: asOf})
		if len(out) != len(ws) || len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}
