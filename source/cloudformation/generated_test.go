package cloudformation_test

import (
	"testing"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudformation"
)

// TestReadNode checks a generated template: an annotated node is unknown whatever it says, in a property and in a
// condition, an assumed one keeps its value, and every place is what the generator says.
func TestReadNode(t *testing.T) {
	t.Parallel()
	docs, problems := document.Parse("t", []byte(`{"Conditions": {"Open": "x"}, "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Condition": "Open",
"Properties": {"QueueName": "name", "DelaySeconds": 5}}}}`), document.Options{})
	if len(docs) != 1 {
		t.Fatal(problems)
	}
	doc := docs[0]
	props := doc.At("Resources", "Q", "Properties")
	step := func(name string) []inventory.Step { return []inventory.Step{{Name: name}} }
	notes := map[*document.Node]*cloudformation.Annotation{
		props.Get("QueueName"):       {Unknown: true, Partial: "na${x}", Unresolved: step("x")},
		props.Get("DelaySeconds"):    {Assumed: step("y")},
		doc.At("Conditions", "Open"): {Unknown: true, Unresolved: step("z")},
	}
	inv, _ := cloudformation.ReadNode("t", doc, nil, cloudformation.Options{Annotations: notes, Place: func(n *document.Node) diag.Range {
		return diag.Range{Path: "elsewhere", Line: int(n.Line) + 100}
	}})
	if len(inv.Resources) != 1 || len(inv.Diags) != 0 {
		t.Fatalf("%d resources, %v", len(inv.Resources), inv.Diags)
	}
	r := inv.Resources[0]
	name, delay := r.Get("QueueName"), r.Get("DelaySeconds")
	if !name.IsUnknown() || name.Partial() != "na${x}" || len(name.Unresolved()) != 1 || name.Unresolved()[0].Name != "x" {
		t.Errorf("QueueName is %s ~%s for %v", name.Display(), name.Partial(), name.Unresolved())
	}
	if n, ok := delay.Number(); !ok || n != 5 || len(delay.Assumed()) != 1 {
		t.Errorf("DelaySeconds is %s, assumed %v", delay.Display(), delay.Assumed())
	}
	if len(r.MaybeAbsent) != 1 || r.MaybeAbsent[0].Name != "z" {
		t.Errorf("may be absent for %v, want z", r.MaybeAbsent)
	}
	if at := delay.Origin(); at.Path != "elsewhere" || at.Line != 102 {
		t.Errorf("DelaySeconds is placed at %v", at)
	}
}
