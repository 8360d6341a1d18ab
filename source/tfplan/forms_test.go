package tfplan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

func TestRecognise(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 80<<10)
	for text, want := range map[string]Form{
		`{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{}}`:                      Plan,
		`{"format_version":"1.2","terraform_version":"1.11.4","variables":{"a":{"value":"` + long + `"}`: Plan,
		` {"resource_changes":[{"a":[1,{"values":2}]}],"format_version":"1.2"}`:                          Plan,
		"\xef\xbb\xbf\r\n{ \"format_version\" : \"0.1\", \"resource_changes\" : [":                       Plan,
		`{"resource_changes":[],"configuration":{}}`:                                                     Plan,
		`{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":`:                  State,
		`{"format_version":"1.0"}`: State,
		"{\n  \"version\": 4,\n  \"terraform_version\": \"1.11.4\",\n  \"serial\": 1,":      Raw,
		`{"serial":3,"lineage":"a","version":3,"modules":[]}`:                               Raw,
		`{"serial":1,"lineage":"a","meta":{},"encrypted_data":"x"}`:                         Raw,
		`{"format_version":"1.0","provider_schemas":{}}`:                                    None,
		`{"format_version":"1.0","valid":true}`:                                             None,
		`{"AWSTemplateFormatVersion":"2010-09-09","Resources":{"a":{"resource_changes":1}}`: None,
		`{"version":"2.0.0","scripts":{}}`:                                                  None,
		`{"version":1,"name":"x"}`:                                                          None,
		`[{"format_version":"1.0","planned_values":{}}]`:                                    None,
		`not json`: None,
		``:         None,
	} {
		if got := Recognise([]byte(text[:min(len(text), 64<<10)])); got != want {
			t.Errorf("%.80s: %v, not %v", text, got, want)
		}
	}
}

// change makes an element of resource_changes.
func change(address, change string) string {
	typ := address[:strings.Index(address, ".")]
	return fmt.Sprintf(`{"address":%q,"mode":"managed","type":%q,"name":"x","change":%s}`, address, typ, change)
}

// planOf makes a plan of elements of resource_changes, with the resources of the root in its configuration.
func planOf(changes, resources string) string {
	return `{"format_version":"1.2","resource_changes":[` + changes + `],"configuration":{"root_module":{"resources":[` + resources + `]}}}`
}

func TestActions(t *testing.T) {
	t.Parallel()
	for actions, want := range map[string]string{
		`"actions":["no-op"]`:                         "no-op",
		`"actions":["create"]`:                        "create",
		`"actions":["update"]`:                        "update",
		`"actions":["delete","create"]`:               "replace",
		`"actions":["create","delete"]`:               "replace",
		`"actions":["create","forget"]`:               "replace",
		`"actions":["no-op"],"importing":{"id":"x"}`:  "import",
		`"actions":["update"],"importing":{"id":"x"}`: "update",
		`"actions":["delete"]`:                        "gone",
		`"actions":["forget"]`:                        "gone",
		`"actions":["a-new-one"]`:                     "a-new-one",
	} {
		after := `{"name":"q"}`
		inv := readText(t, "p", planOf(change("aws_sqs_queue.x", "{"+actions+`,"before":null,"after":`+after+"}"), ""))
		got := "gone"
		if len(inv.Resources) == 1 {
			got = inv.Resources[0].Action
		}
		if got != want || len(inv.Diags) > 0 {
			t.Errorf("%s: %q, not %q; %v", actions, got, want, inv.Diags)
		}
	}
}

// TestDiagnostics gives documents that cannot be read, or not as a whole.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	queue := change("aws_sqs_queue.x", `{"actions":["create"],"after":{"name":"q"}}`)
	big := change("aws_sqs_queue.big", `{"actions":["create"],"after":{"name":"`+strings.Repeat("x", 17<<20)+`"}}`)
	deep := change("aws_sqs_queue.deep", `{"actions":["create"],"after":{"policy":`+strings.Repeat("[", 300)+strings.Repeat("]", 300)+`}}`)
	many := change("aws_sqs_queue.many", `{"actions":["create"],"after":{"policy":[0`+strings.Repeat(",0", 300_000)+`]}}`)
	plan := planOf(queue, "")
	for name, c := range map[string]struct {
		text       string
		want       string
		resources  int
		incomplete bool
	}{
		"cut":           {plan[:strings.Index(plan, `,"configuration`)-1], "p:1:%d: error: File is cut off", 1, true},
		"invalid":       {strings.Replace(plan, `"configuration":`, "\n \"configuration\"", 1), "p:2:17: error: Invalid JSON", 1, true},
		"invalid value": {strings.Replace(plan, `"q"`, `q`, 1), "error: Invalid JSON", 0, true},
		"version":       {strings.Replace(plan, "1.2", "2.0", 1), "error: Format not supported", 0, true},
		"errored":       {plan[:len(plan)-1] + `,"errored":true,"complete":false}`, "warning: Plan with errors", 1, true},
		"partial":       {plan[:len(plan)-1] + `,"errored":false,"complete":false}`, "warning: Partial plan", 1, true},
		"bare":          {`{"format_version":"1.2","resource_changes":[` + queue + `]}`, "warning: Plan without configuration", 1, true},
		"big":           {planOf(big+","+queue, ""), "aws_sqs_queue.big: its JSON has more than 16 MB", 1, true},
		"deep":          {planOf(deep+","+queue, ""), "aws_sqs_queue.deep: its values nest more than 200 deep", 1, true},
		"many":          {planOf(queue+","+many, ""), "aws_sqs_queue.many: it has more than 200000 values", 1, true},
		"old state":     {`{"version":3,"terraform_version":"0.11.14","serial":1,"lineage":"x","modules":[]}`, "The state has format version 3", 0, true},
		"encrypted":     {`{"serial":1,"lineage":"x","meta":{},"encrypted_data":"aGk=","encryption_version":"v0"}`, "error: Encrypted state", 0, true},
		"cut state":     {`{"version":4,"serial":1,"resources":[{"mode":"managed","type":"aws_sqs_queue","name":"x","instances":[{"attributes":{"name":"q"}},{"attri`, "error: File is cut off", 1, true},
		"empty state":   {`{"format_version":"1.0"}`, "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv := readText(t, "p", c.text)
			var told []string
			for _, d := range inv.Diags.Sorted() {
				told = append(told, d.String())
			}
			all := strings.Join(told, "\n")
			want := c.want
			if strings.Contains(want, "%d") {
				want = fmt.Sprintf(want, len(c.text)+1)
			}
			if !strings.Contains(all, want) || want == "" && all != "" || len(told) > 1 {
				t.Errorf("told %q, not %q", all, want)
			}
			if len(inv.Resources) != c.resources || inv.Diags.Incomplete() != c.incomplete {
				t.Errorf("%d resources, incomplete %v", len(inv.Resources), inv.Diags.Incomplete())
			}
		})
	}
}

// TestLeftOut gives a plan what does not belong to what it will leave: a deposed object, what drifted, what was there before.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	queue := `{"actions":["create"],"after":{"name":"q"}}`
	deposed := strings.Replace(change("aws_sqs_queue.b", queue), `"mode"`, `"deposed":"00000001","mode"`, 1)
	other := strings.ReplaceAll(change("google_pubsub_topic.c", queue), "aws_", "google_")
	prior := `{"values":{"root_module":{"resources":[
		{"address":"aws_sqs_queue.d","mode":"managed","type":"aws_sqs_queue","name":"d","values":{"name":"d"}},
		{"address":"data.aws_sqs_queue.e","mode":"data","type":"aws_sqs_queue","name":"e","values":{"name":"e"}},
		{"address":"data.aws_region.f","mode":"data","type":"aws_region","name":"f","values":{"name":"f"}}]}}}`
	text := planOf(change("aws_sqs_queue.a", queue)+","+deposed+","+other, "")
	text = text[:len(text)-1] + `,"prior_state":` + prior + `,"resource_drift":[` + change("aws_sqs_queue.g", queue) + "]}"
	var got []string
	for _, r := range readText(t, "p", text).Resources {
		got = append(got, fmt.Sprint(r.Address, " ", r.Lookup))
	}
	if diff := cmp.Diff([]string{"aws_sqs_queue.a false", "data.aws_sqs_queue.e true"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestArnLinks follows an ARN of a state to its resource though nothing says that one depends on the other; a mere name is
// not followed.
func TestArnLinks(t *testing.T) {
	t.Parallel()
	inv := readText(t, "p", `{"format_version":"1.0","values":{"root_module":{"resources":[
		{"address":"aws_sqs_queue.a","mode":"managed","type":"aws_sqs_queue","name":"a","values":{"arn":"arn:aws:sqs:x:1:a","name":"a"}},
		{"address":"aws_lambda_event_source_mapping.b","mode":"managed","type":"aws_lambda_event_source_mapping","name":"b",
		 "values":{"event_source_arn":"arn:aws:sqs:x:1:a","function_name":"a"}}]}}}`)
	mapping := inv.Resources[0]
	want := []inventory.Ref{{Address: "aws_sqs_queue.a", Attr: "arn"}}
	if diff := cmp.Diff(want, mapping.Get("EventSourceArn").Refs()); diff != "" {
		t.Errorf("the ARN: -want +got:\n%s", diff)
	}
	if refs := mapping.Get("FunctionName").Refs(); len(refs) > 0 {
		t.Errorf("the name refers to %v", refs)
	}
}

// TestNoSecrets looks for the secrets of the fixtures in all that is printed of them.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"running/raw.json", "running/state.json", "shop/plan.json"} {
		text := dump(readFile(t, "testdata/"+file))
		for _, secret := range []string{"very-secret", "correct-horse", "not-for-print"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: prints %q", file, secret)
			}
		}
		if !strings.Contains(text, "(sensitive)") {
			t.Errorf("%s: nothing is sensitive", file)
		}
	}
}

// TestSensitiveDocument opens a document that is sensitive as a whole.
func TestSensitiveDocument(t *testing.T) {
	t.Parallel()
	inv := readText(t, "p", planOf(change("aws_ecs_task_definition.x",
		`{"actions":["create"],"after":{"container_definitions":"[{\"image\":\"private/app:1\"}]"},"after_unknown":{},"after_sensitive":{"container_definitions":true}}`), ""))
	image := inv.Resources[0].Get("ContainerDefinitions.Image")
	if text, _ := image.Text(); text != "private/app:1" || !image.Sensitive() {
		t.Errorf("image %q, sensitive %v", text, image.Sensitive())
	}
}

// TestPlannedValues takes the changes out of a plan: what the configuration sets and the values do not have is unknown.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/shop/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := readText(t, "p", string(data))
	text := strings.Replace(string(data), `"resource_changes":`, `"left_out":`, 1)
	inv := readText(t, "p", text)
	if len(inv.Diags) > 0 || len(inv.Resources) != len(whole.Resources) {
		t.Fatalf("%d resources, not %d; %v", len(inv.Resources), len(whole.Resources), inv.Diags)
	}
	if diff := cmp.Diff(hostings(t, whole), hostings(t, inv)); diff != "" {
		t.Errorf("-whole +planned values:\n%s", diff)
	}
	for i, r := range inv.Resources {
		if r.Action != "" {
			t.Errorf("%s has the action %q", r.Address, r.Action)
		}
		var out []string
		if differences(r.Address, r.Properties, whole.Resources[i].Properties, &out); len(out) > 0 && r.Type != "AWS::Lambda::Function" {
			t.Error(strings.Join(out, "\n"))
		}
	}
}

// TestPlaces reads a plan that is laid out over lines.
func TestPlaces(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/shop/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.String(), "\n")
	inv := readText(t, "p", text.String())
	for _, r := range inv.Resources {
		if got := strings.TrimSpace(lines[r.Origin.Line-1]); got != "{" || !strings.Contains(lines[r.Origin.Line], fmt.Sprintf("%q", r.Address)[:20]) {
			t.Errorf("%s: %v is %q", r.Address, r.Origin, got)
		}
		v := r.Get("LaunchType")
		if s, ok := v.Text(); ok {
			if at := v.Origin(); !strings.HasPrefix(lines[at.Line-1][at.Column-1:], fmt.Sprintf("%q", s)) {
				t.Errorf("%v is %q", at, lines[at.Line-1])
			}
		}
	}
	plain := readText(t, "p", string(data))
	if diff := cmp.Diff(hostings(t, plain), hostings(t, inv)); diff != "" {
		t.Error(diff)
	}
	if at := plain.Resources[0].Origin; at != (diag.Range{Path: "p", Line: 1}) {
		t.Errorf("on one line: %v", at)
	}
}

// TestStateOrder reads a terraform.tfstate whose keys another tool has sorted.
func TestStateOrder(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/running/raw.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	place := func(r *inventory.Resource) string {
		return fmt.Sprint(r.Address, r.Name, len(r.Properties.Properties()))
	}
	var want, got []string
	for _, r := range readText(t, "p", string(data)).Resources {
		want = append(want, place(r))
	}
	for _, r := range readText(t, "p", string(sorted)).Resources {
		got = append(got, place(r))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzRead feeds documents to each reader: nothing may make it panic or hang, and two readings agree.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"running/raw.json", "running/state.json"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(planOf(change("aws_sqs_queue.x", `{"actions":["create"],"after":{"name":"q"},"after_unknown":{"arn":true},"after_sensitive":{"name":true}}`),
		`{"address":"aws_sqs_queue.x","expressions":{"name":{"references":["each.value.x","var.y"]},"a":[{"b":{"constant_value":1}}]}}`)))
	f.Add([]byte(`{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"module.a[\"x\"].aws_sqs_queue.q[0]"}]}}}`))
	f.Add([]byte("\xef\xbb\xbf{\"version\":4,\"serial\":1,\"resources\":[{\"instances\":[{\"index_key\":\"a\",\"attributes\":{\"a\":\"\\ud83d\\ude00\"}}]}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		first := map[Form]*inventory.Inventory{}
		for _, form := range []Form{Plan, State, Raw} {
			first[form] = Read("p", bytes.NewReader(data), form, Options{Types: types()})
		}
		form := Recognise(data[:min(len(data), 64<<10)])
		second := Read("p", bytes.NewReader(data), form, Options{Types: types()})
		if form == None {
			return
		}
		if a, b := dump(first[form]), dump(second); a != b {
			t.Errorf("%v: two readings differ:\n%s", form, cmp.Diff(a, b))
		}
		Locate(first[form], second)
	})
}
