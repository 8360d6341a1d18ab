package move

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

type loaded struct {
	types *vocabulary.Types
	cat   *catalog.Catalog
	set   *Set
}

var load = sync.OnceValue(func() loaded {
	types := vocabulary.Load()
	cat, _ := catalog.Load(catalog.Options{Types: types})
	return loaded{types, cat, Load(types)}
})

func known(id string) bool { _, ok := load().cat.Hosting(id); return ok }

func TestLint(t *testing.T) {
	t.Parallel()
	for _, d := range load().set.Lint(known) {
		t.Error(d)
	}
	t.Logf("%d preconditions", len(load().set.All()))
}

// TestExamples: each precondition has an example in which it applies and one in which it does not; the answers
// themselves are held by Lint.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, p := range load().set.All() {
		for _, want := range []expr.Truth{expr.True, expr.False} {
			if !slices.ContainsFunc(p.Examples, func(ex Example) bool { return ex.Expect == want }) {
				t.Errorf("%s (%s) has no example that is %s", p.ID, p.At, want)
			}
		}
	}
}

// TestMutants replaces each comparison of each condition by true and by false: some example must notice.
func TestMutants(t *testing.T) {
	t.Parallel()
	tried, survivors, err := load().set.Mutate()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range survivors {
		t.Error(s)
	}
	t.Logf("%d mutants, %d survive", tried, len(survivors))
}

// TestReachable: each precondition is asked by some move that is allowed.
func TestReachable(t *testing.T) {
	t.Parallel()
	for _, p := range load().set.All() {
		asked := slices.ContainsFunc(p.From, func(from string) bool {
			return slices.ContainsFunc(p.To, func(to string) bool { return load().set.Allowed([]string{from}, to) == nil })
		})
		if !asked {
			t.Errorf("%s: no move from %v to %v is allowed", p.ID, p.From, p.To)
		}
	}
}

// TestSetsUsed: a set that nothing names would hide a precondition that was forgotten.
func TestSetsUsed(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(familiesText)
	names, err := embedded.ReadDir("preconditions")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range names {
		data, err := embedded.ReadFile("preconditions/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	for name := range load().set.families.sets {
		if strings.Count(text.String(), name) < 2 {
			t.Errorf("nothing uses the set %s", name)
		}
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from []string
		to   string
		want string // "" for allowed
	}{
		{[]string{"ecs-ec2"}, "ecs-fargate", ""},
		{[]string{"rds"}, "aurora", ""},
		{[]string{"lambda-zip"}, "lambda-edge", ""},
		{[]string{"ecs-ec2"}, "ecs-ec2", "already"},
		{[]string{"sqs"}, "lambda-zip", "cannot take what sqs hosts. Targets that can: ec2, amazon-mq"},
		{[]string{"ecs-ec2"}, "lambda-edge", "cannot take"},
		{[]string{"kms"}, "ec2", "nothing else hosts what kms hosts"},
		{[]string{"ecs-ec2", "ecs-fargate"}, "ecs-fargate", ""},
		{[]string{"ecs-ec2", "ecs-fargate"}, "lambda-zip", ""},
		{[]string{"rds", "aurora"}, "s3", "rds or aurora"},
	}
	for _, tt := range tests {
		err := load().set.Allowed(tt.from, tt.to)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v to %s: %v, want %q", tt.from, tt.to, err, tt.want)
		}
	}
}

// TestUsual: the usual targets are targets.
func TestUsual(t *testing.T) {
	t.Parallel()
	for _, h := range load().cat.Hostings() {
		for _, id := range load().set.Usual(h.ID) {
			if err := load().set.Allowed([]string{h.ID}, id); err != nil {
				t.Errorf("%s: %v", h.ID, err)
			}
		}
	}
	if got := load().set.Usual("ecs-fargate"); !slices.Contains(got, "lambda-zip") || slices.Contains(got, "ecs-fargate") {
		t.Errorf("%v", got)
	}
}

// workloadIn finds one workload of an input by its address.
func workloadIn(t *testing.T, path, address string) (*workload.Workload, *evidence.Dossier) {
	t.Helper()
	inv := source.Read([]string{path}, source.Options{Types: load().types})
	ix := inventory.NewIndex(inv)
	ws := workload.Find(ix, inv, workload.Options{Roots: load().cat.Roots(), Diags: &inv.Diags})
	for i := range ws {
		if ws[i].Address == address {
			return &ws[i], evidence.New(inv, ix, evidence.Options{}).Of(&ws[i])
		}
	}
	t.Fatalf("%s has no workload %s", path, address)
	return nil, nil
}

func judged(t *testing.T, path, address, to string) map[string]Finding {
	t.Helper()
	w, d := workloadIn(t, path, address)
	hostings := []string{w.Hosting}
	if w.Hosting == workload.UnknownHosting {
		hostings = nil
		for _, c := range w.Candidates {
			hostings = append(hostings, c.Hosting)
		}
	}
	if err := load().set.Allowed(hostings, to); err != nil {
		t.Fatal(err)
	}
	list, n, diags := load().set.Judge(d, hostings, to)
	if len(diags) > 0 || n < len(list) {
		t.Fatal(n, diags)
	}
	out := map[string]Finding{}
	last := 0
	for _, f := range list {
		rank := slices.Index(Statuses(), f.Status)
		if rank < last {
			t.Errorf("%s is not in order", f.ID)
		}
		last = rank
		out[f.ID] = f
	}
	return out
}

// TestFourWays moves the shop from each way of hosting to each other.
func TestFourWays(t *testing.T) {
	t.Parallel()
	const dir = "../examples/four-ways/"
	ways := []struct{ path, address, hosting string }{
		{"kubernetes-on-ec2", "aws_autoscaling_group.workers", "kubernetes-on-ec2"},
		{"ecs-ec2", "aws_ecs_service.shop", "ecs-ec2"},
		{"ecs-fargate", "aws_ecs_service.shop", "ecs-fargate"},
		{"lambda", "aws_lambda_function.shop", "lambda-zip"},
	}
	// What stands in the way: the broken preconditions of each move.
	broken := map[string][]string{
		"ecs-ec2 → lambda-zip":     {"lambda-always-on"},
		"ecs-fargate → lambda-zip": {"lambda-always-on"},
	}
	work := map[string]string{
		"ecs-ec2 → ecs-fargate": "task-placement", "ecs-ec2 → kubernetes-on-ec2": "task-to-manifest", "ecs-ec2 → lambda-zip": "lambda-zip-package",
		"ecs-fargate → ecs-ec2": "fargate-to-hosts", "ecs-fargate → kubernetes-on-ec2": "task-to-manifest", "ecs-fargate → lambda-zip": "lambda-zip-package",
		"lambda-zip → ecs-ec2": "function-event-sources", "lambda-zip → ecs-fargate": "function-to-server", "lambda-zip → kubernetes-on-ec2": "function-to-server",
		"kubernetes-on-ec2 → ecs-ec2": "machine-setup", "kubernetes-on-ec2 → ecs-fargate": "machine-setup", "kubernetes-on-ec2 → lambda-zip": "machine-setup",
	}
	for _, from := range ways {
		for _, to := range ways {
			if from.hosting == to.hosting {
				continue
			}
			name := from.hosting + " → " + to.hosting
			found := judged(t, dir+from.path, from.address, to.hosting)
			var got []string
			for id, f := range found {
				if f.Status == Broken {
					got = append(got, id)
				}
			}
			if slices.Sort(got); !slices.Equal(got, broken[name]) {
				t.Errorf("%s: broken are %v, want %v", name, got, broken[name])
			}
			if f, ok := found[work[name]]; !ok || f.Status != ToDo || f.Do == "" {
				t.Errorf("%s: %s is %+v", name, work[name], f)
			}
			if from.hosting == "kubernetes-on-ec2" && found["machines-of-a-cluster"].Status != Undetermined {
				t.Errorf("%s: machines of a cluster are no workload to move: %v", name, found)
			}
		}
	}
}

// TestPlaces: a broken precondition names the property, its value and its line.
func TestPlaces(t *testing.T) {
	t.Parallel()
	f := judged(t, "testdata/agent", "aws_ecs_service.agent", "ecs-fargate")
	for id, want := range map[string]string{
		"task-privileged":    "AWS::ECS::TaskDefinition.ContainerDefinitions.Privileged true testdata/agent/main.tf:",
		"task-host-network":  "AWS::ECS::TaskDefinition.NetworkMode host testdata/agent/main.tf:3",
		"task-docker-socket": "AWS::ECS::TaskDefinition.Volumes.Host.SourcePath /var/run/docker.sock testdata/agent/main.tf:",
		"service-daemon":     "AWS::ECS::Service.SchedulingStrategy DAEMON testdata/agent/main.tf:",
	} {
		x := f[id]
		if x.Status != Broken || x.Citation == nil || len(x.DecidedBy) == 0 {
			t.Errorf("%s: %+v", id, x)
			continue
		}
		d := x.DecidedBy[0]
		if got := fmt.Sprintf("%s %s %s:%d", d.Property, d.Value, d.Path, d.Line); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	for _, x := range f["task-size-missing"].DecidedBy {
		if x.Unresolved == "" {
			t.Errorf("%s is known and decides nothing", x.Property)
		}
	}
	if x, ok := f["task-size-in-words"]; ok {
		t.Errorf("var.memory is asked for already: %+v", x)
	}
	if x := f["task-size-missing"]; x.Status != Undetermined || !strings.Contains(x.Sentence, "It is not known whether") || len(x.DecidedBy) == 0 || !strings.Contains(x.DecidedBy[0].Unresolved, "var.memory") {
		t.Errorf("task-size-missing: %+v", x)
	}
}

// TestPods: the same for pods, read from manifests.
func TestPods(t *testing.T) {
	t.Parallel()
	w, d := workloadIn(t, "testdata/pods", "DaemonSet/default/logs")
	if w.Hosting != workload.UnknownHosting {
		t.Fatalf("hosting %s", w.Hosting)
	}
	list, _, diags := load().set.Judge(d, []string{"eks-managed-nodes"}, "eks-fargate")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, f := range list {
		if f.Status == Broken {
			got = append(got, f.ID)
		}
	}
	want := []string{"pod-daemon-set", "pod-privileged", "pod-host-network", "pod-host-paths", "pod-gpu", "pod-arm"}
	if !slices.Equal(got, want) {
		t.Errorf("broken are %v, want %v", got, want)
	}
}

// TestOtherType: a part of another type than the condition speaks of is absent, not unknown.
func TestOtherType(t *testing.T) {
	t.Parallel()
	w := &workload.Workload{Hosting: "app-runner", Parts: map[string]workload.Part{"service": {Resource: &inventory.Resource{Type: "AWS::AppRunner::Service"}}}}
	inv := &inventory.Inventory{}
	d := evidence.New(inv, inventory.NewIndex(inv), evidence.Options{}).Of(w)
	if p := partOf(d, "service", "AWS::ECS::Service"); !p.Value.IsNull() {
		t.Errorf("%v", p.Value)
	}
}

// TestOptions: what still matters on a target are the duties whose rows disagree.
func TestOptions(t *testing.T) {
	t.Parallel()
	h, _ := load().cat.Hosting("lambda-zip")
	var found *Option
	for _, o := range Options(h) {
		if o.Duty == "language-runtime/apply" {
			found = &o
		}
		parties := map[stack.Party]bool{}
		for _, c := range o.Choices {
			parties[c.Party] = true
		}
		if len(parties) < 2 || len(o.Properties) == 0 || o.Choices[len(o.Choices)-1].When != "otherwise" {
			t.Errorf("%+v", o)
		}
	}
	if found == nil || !slices.Contains(found.Properties, "onus::RuntimeUpdates.Mode") {
		t.Errorf("language-runtime/apply: %+v", found)
	}
}

// TestFaults: what is wrong with a file is told at its place.
func TestFaults(t *testing.T) {
	t.Parallel()
	const good = `citations: {p: {title: T, url: "https://example.com", seen: 2026-11-24}}
preconditions:
  - id: a-b
    kind: breaks
    from: [ecs-ec2]
    to: [ecs-fargate]
    uses: {service: "AWS::ECS::Service"}
    when: service.LaunchType == "EC2"
    means: it is so
    says: It is so.
    do: Do it.
    cite: p
    examples:
      - {name: yes, given: {service: {LaunchType: EC2}}, expect: applies}
`
	lint := func(text string) diag.List {
		s := &Set{types: load().types, compiler: expr.New(load().types), families: readFamilies(familiesText)}
		s.add("x.yaml", text)
		return s.Lint(known)
	}
	if diags := lint(good); len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, tt := range []struct{ old, new, want string }{
		{"kind: breaks", "kind: break", "no kind"},
		{"cite: p", "cite: q", "none of the file"},
		{"    cite: p\n", "", "cites a page"},
		{"cite: p", "cites: p", "no key"},
		{"from: [ecs-ec2]", "from: [ecs]", ""},
		{"from: [ecs-ec2]", "from: [ecs2]", "neither a hosting nor a set"},
		{"    do: Do it.\n", "", "needs do"},
		{"says: It is so.", "says: It is so", "full stop"},
		{"means: it is so", "means: it is so.", "follows whether"},
		{"LaunchType == \"EC2\"", "Launchtype == \"EC2\"", "Launchtype"},
		{"LaunchType: EC2", "LaunchType: FARGATE", "expects true"},
		{"LaunchType: EC2", "Launch: EC2", "Launch"},
		{"given: {service:", "given: {servic:", "no part"},
		{"expect: applies", "expect: yes", "expects applies"},
		{"AWS::ECS::Service\"", "AWS::ECS::Servic\"", "no type"},
		{"id: a-b", "id: AB", "Id not valid"},
		{"https://", "http://", "https://"},
	} {
		text := strings.Replace(good, tt.old, tt.new, 1)
		if got := fmt.Sprint(lint(text)); tt.want == "" && got != "[]" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %v, want %q", tt.new, got, tt.want)
		}
	}
}

// FuzzParse: no text makes the reader panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"preconditions: [{id: a-b, when: x}]", "citations: {a: {title: b}}", "preconditions: [[", "preconditions: [{examples: [{given: {a: !unknown }}]}]"} {
		f.Add(seed)
	}
	families := readFamilies(familiesText)
	f.Fuzz(func(_ *testing.T, text string) { parse("x.yaml", text, families) })
}

// BenchmarkJudge asks every precondition of one move.
func BenchmarkJudge(b *testing.B) {
	inv := source.Read([]string{"../examples/four-ways/ecs-ec2"}, source.Options{Types: load().types})
	ix := inventory.NewIndex(inv)
	ws := workload.Find(ix, inv, workload.Options{Roots: load().cat.Roots(), Diags: &inv.Diags})
	g := evidence.New(inv, ix, evidence.Options{})
	b.ReportAllocs()
	for b.Loop() {
		load().set.Judge(g.Of(&ws[0]), []string{"ecs-ec2"}, "ecs-fargate")
	}
}
