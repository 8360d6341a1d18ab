package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// show writes a tree in one line: {name@line:col=value, …}.
func show(n *Node) string {
	switch {
	case n == nil:
		return "nothing"
	case n.Kind == Null:
		return "null"
	case n.Kind == List:
		var parts []string
		for _, i := range n.Items {
			parts = append(parts, show(i))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case n.Kind == Map:
		var parts []string
		for _, f := range n.Fields {
			parts = append(parts, fmt.Sprintf("%s@%d:%d=%s", f.Name, f.Line, f.Col, show(f.Value)))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return fmt.Sprintf("%s:%s", [...]string{"", "b", "n", "t"}[n.Kind], n.Text)
}

func TestParse(t *testing.T) {
	t.Parallel()
	tags := func(tag string) string { return "Fn::" + tag }
	cases := []struct {
		name, in string
		opts     Options
		want     []string
		problems []string
	}{
		{name: "yaml", in: "a: 1\nb:\n  - true\n  - x\n  - ~\n", want: []string{"{a@1:1=n:1 b@2:1=[b:true t:x null]}"}},
		{name: "json", in: "\xef\xbb\xbf{\"a\": [1,\n \"x\\u0041\", false, null]}", want: []string{"{a@1:2=[n:1 t:xA b:false null]}"}},
		{name: "list at the top", in: "[{\"a\": 1}]", want: []string{"[{a@1:3=n:1}]"}},
		{name: "flow YAML that JSON refuses", in: "{a: 1}", want: []string{"{a@1:2=n:1}"}},
		{name: "alias and merge", in: "x: &x {k: 1, l: 2}\ny:\n  <<: *x\n  k: 3\n", want: []string{"{x@1:1={k@1:8=n:1 l@1:14=n:2} y@2:1={k@4:3=n:3 l@1:14=n:2}}"}},
		{name: "tag", in: "a: !Sub x", opts: Options{Tags: tags}, want: []string{"{a@1:1={Fn::Sub@1:4=t:x}}"}},
		{name: "tag without a reader for it", in: "a: !Sub x", want: []string{"{a@1:1=t:x}"}},
		{name: "many", in: "a: 1\n---\nb: 2\n", opts: Options{Many: true}, want: []string{"{a@1:1=n:1}", "{b@3:1=n:2}"}},
		{name: "one of many", in: "a: 1\n---\nb: 2\n", opts: Options{Noun: "template"}, want: []string{"{a@1:1=n:1}"}, problems: []string{"Further documents not read"}},
		{name: "broken after one", in: "a: 1\n---\nb: [\n", opts: Options{Many: true}, want: []string{"{a@1:1=n:1}"}, problems: []string{"Invalid YAML"}},
		{name: "empty", in: " \n", problems: []string{"Empty file"}},
		{name: "comment only", in: "# nothing\n", problems: []string{"Empty file"}},
		{name: "broken JSON", in: "{\"a\" 1}", problems: []string{"Invalid JSON"}},
		{name: "twice", in: "a: 1\na: 2\n", want: []string{"{a@2:1=n:2}"}, problems: []string{"Key written twice"}},
		{name: "alias inside itself", in: "a: &a\n  b: *a\n", problems: []string{"Alias inside itself"}},
		{name: "deep", in: strings.Repeat("[", 400) + strings.Repeat("]", 400), problems: []string{"Invalid JSON"}},
		{name: "too large", in: "a: " + strings.Repeat("x", MaxBytes), problems: []string{"File too large"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			docs, problems := Parse("f", []byte(c.in), c.opts)
			var got, said []string
			for _, d := range docs {
				got = append(got, show(d))
			}
			for _, p := range problems {
				said = append(said, p.Summary)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.problems, said); diff != "" {
				t.Errorf("problems (-want +got):\n%s\n%v", diff, problems)
			}
		})
	}
}

func TestValueFollowsShape(t *testing.T) {
	t.Parallel()
	docs, _ := Parse("f", []byte(`{"family": "web", "networkMode": "awsvpc", "containerDefinitions": [{"name": "c", "readonlyRootFilesystem": true, "dockerLabels": {"someKey": "v"}}], "tags": [{"key": "team", "value": "x"}], "cpu": null}`), Options{})
	v := docs[0].Value("f", vocabulary.Load().Shape("AWS::ECS::TaskDefinition"), NewBudget(1000))
	got := map[string]string{}
	for _, p := range []string{"Family", "NetworkMode", "ContainerDefinitions.Name", "ContainerDefinitions.ReadonlyRootFilesystem", "ContainerDefinitions.DockerLabels.someKey", "Tags.team", "Cpu"} {
		got[p] = v.Get(p).Display()
	}
	want := map[string]string{
		"Family": "web", "NetworkMode": "awsvpc", "ContainerDefinitions.Name": "c", "ContainerDefinitions.ReadonlyRootFilesystem": "true",
		"ContainerDefinitions.DockerLabels.someKey": "v", "Tags.team": "x", "Cpu": "(not set)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if at := v.Get("NetworkMode").Origin(); at.Line != 1 || at.Column != 34 {
		t.Errorf("NetworkMode is at %v, want 1:34", at)
	}
}

func TestBudgetBoundsAliases(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	docs, _ := Parse("f", []byte(b.String()), Options{})
	budget := NewBudget(10_000)
	v := docs[0].Value("f", nil, budget)
	if at, ok := budget.Exceeded(); !ok || at.Path != "f" {
		t.Errorf("the budget was not exceeded: %v %v", at, ok)
	}
	if n := count(v); n > 30_000 {
		t.Errorf("%d values were made of a budget of 10,000", n)
	}
}

func count(v inventory.Value) int {
	n := 1
	for _, i := range v.List() {
		n += count(i)
	}
	for _, p := range v.Properties() {
		n += count(p.Value)
	}
	return n
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: 1", "{\"a\": [1, \"\\ud83d\\ude00\"]}", "a: &x [*x]", "---\na\n---\n- b", "? [a]\n: b", "a: !Sub x", "<<: 1", "{a: b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, _ := Parse("f", data, Options{Many: true, Tags: func(s string) string { return s }})
		budget := NewBudget(100_000)
		for _, d := range docs {
			_ = d.Value("f", nil, budget).ContainsUnknown()
		}
	})
}
