package effort

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

type loaded struct {
	types *vocabulary.Types
	cat   *catalog.Catalog
	model *Model
}

var load = sync.OnceValue(func() loaded {
	types := vocabulary.Load()
	cat, _ := catalog.Load(catalog.Options{Types: types})
	model, err := Load(types)
	if err != nil {
		panic(err)
	}
	return loaded{types, cat, model}
})

var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// input is a directory with its workloads, allocated.
type input struct {
	found     []workload.Workload
	allocated []allocation.Workload
	gatherer  *evidence.Gatherer
}

func infrastructure(t testing.TB, dirs ...string) input {
	t.Helper()
	l := load()
	inv := source.Read(dirs, source.Options{Types: l.types})
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: l.cat.Roots(), Diags: &inv.Diags})
	allocated, diags := allocation.Run(found, l.cat, allocation.Options{AsOf: asOf})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return input{found, allocated, evidence.New(inv, ix, evidence.Options{})}
}

// estimates returns the estimate of each workload by its address.
func (in input) estimates(m *Model) map[string]Estimate {
	f := m.NewFleet(in.found)
	out := map[string]Estimate{}
	for i := range in.found {
		w := &in.found[i]
		out[w.Address] = f.Workload(&in.allocated[i], w, in.gatherer.Of(w))
	}
	return out
}

func fourWays(t testing.TB, name string) input {
	t.Helper()
	return infrastructure(t, filepath.Join("..", "examples", "four-ways", name))
}

func hosting(t testing.TB, m *Model, id string) Estimate {
	t.Helper()
	h, ok := load().cat.Hosting(id)
	if !ok {
		t.Fatalf("no hosting %s", id)
	}
	w := allocation.OfHosting(h)
	return m.Hosting(&w)
}

// TestSources: every parameter has pages or the word assumption, never both or neither.
func TestSources(t *testing.T) {
	t.Parallel()
	assumed := 0
	for _, p := range load().model.Parameters() {
		if p.Assumption == (len(p.Sources) > 0) {
			t.Errorf("%s: assumption is %v and there are %d sources", p.Name, p.Assumption, len(p.Sources))
		}
		if p.Low >= p.High {
			t.Errorf("%s is a point, not a range", p.Name)
		}
		if p.Assumption {
			assumed++
		}
	}
	t.Logf("%d parameters, %d of them assumptions", len(load().model.Parameters()), assumed)
}

// TestEveryParameterIsUsed: a number that nothing multiplies would be there for show.
func TestEveryParameterIsUsed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{hoursAPerson: true, sharedPart: true, sharingHosts: true}
	seen := map[string]bool{}
	for _, task := range load().model.Tasks() {
		used[task.Rate], used[task.Hours], used[task.Left] = true, true, true
		if seen[task.ID] {
			t.Errorf("two tasks %s", task.ID)
		}
		seen[task.ID] = true
	}
	for _, p := range load().model.Parameters() {
		if !used[p.Name] {
			t.Errorf("%s is used by no task", p.Name)
		}
	}
}

// TestEveryDutyHasWork: each duty that a hosting may leave to the customer brings a task, and so does each residual.
func TestEveryDutyHasWork(t *testing.T) {
	t.Parallel()
	l := load()
	for _, h := range l.cat.Hostings() {
		w := allocation.OfHosting(h)
		e := l.model.Hosting(&w)
		for _, layer := range w.Layers {
			for i := range layer.Duties {
				d := &layer.Duties[i]
				name := stack.Duty(string(layer.Layer) + "/" + d.Duty)
				want := l.model.part(d).High > 0 || d.Residual != ""
				if got := len(e.Of(name)) > 0; got != want {
					t.Errorf("%s %s (%s): work %v, want %v", h.ID, name, d.Party, got, want)
				}
			}
		}
	}
	for _, task := range l.model.Tasks() {
		for _, id := range slices.Concat(task.Hostings, task.Except, slices.Collect(maps.Keys(l.model.hosts))) {
			if _, ok := l.cat.Hosting(id); !ok {
				t.Errorf("%s: no hosting %q", task.ID, id)
			}
		}
	}
}

// TestProduct: the hours of each line are the product of the factors that are shown, and sums are sums.
func TestProduct(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"ecs-ec2", "ecs-fargate", "kubernetes-on-ec2", "lambda"} {
		for address, e := range fourWays(t, dir).estimates(load().model) {
			sum := Range{}
			for _, l := range e.Lines {
				product := one()
				for _, f := range l.Factors {
					product = product.times(f.Range)
				}
				near(t, address+" "+l.Task, l.Hours, product)
				if l.Hours.Low > l.Hours.High {
					t.Errorf("%s %s: %v", address, l.Task, l.Hours)
				}
				sum = sum.Plus(l.Hours)
			}
			near(t, address, e.Hours, sum)
			p := load().model.parameters[hoursAPerson]
			near(t, address, e.People, Range{e.Hours.Low / p.High, e.Hours.High / p.Low})
			duties := Range{}
			for _, d := range e.DutyHours() {
				duties = duties.Plus(d.Hours)
			}
			near(t, address+" by duty", duties, sum)
		}
	}
}

func near(t *testing.T, what string, got, want Range) {
	t.Helper()
	for _, pair := range [][2]float64{{got.Low, want.Low}, {got.High, want.High}} {
		if d := pair[0] - pair[1]; d > 0.02*(1+pair[1]) || d < -0.02*(1+pair[1]) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// TestOneAssumption: changing one number changes the lines that show it as a factor, in proportion, and no other.
func TestOneAssumption(t *testing.T) {
	t.Parallel()
	in := fourWays(t, "ecs-ec2")
	before := in.estimates(load().model)["aws_ecs_service.shop"]
	for _, p := range load().model.Parameters() {
		if p.Name == sharingHosts {
			continue // see TestSharing: here the input tells how many share the hosts
		}
		m, err := load().model.With([]string{fmt.Sprintf("%s=%g..%g", p.Name, p.Low/2, p.High/2)})
		if err != nil {
			t.Fatal(err)
		}
		after := in.estimates(m)["aws_ecs_service.shop"]
		for i, l := range before.Lines {
			names := func(f Factor) bool { return f.Parameter == p.Name }
			want := l.Hours
			if slices.ContainsFunc(l.Factors, names) {
				want = Range{l.Hours.Low / 2, l.Hours.High / 2}
			}
			if slices.ContainsFunc(l.Factors, func(f Factor) bool { return names(f) && f.Kind == AutomationFactor && f.Range.High == 1 }) {
				want.High = l.Hours.High // not known whether anything automates it: at the most, all of it is left
			}
			near(t, p.Name+" → "+l.Task, after.Lines[i].Hours, want)
			if !slices.ContainsFunc(l.Factors, names) {
				if diff := cmp.Diff(l, after.Lines[i]); diff != "" {
					t.Errorf("%s changes %s: %s", p.Name, l.Task, diff)
				}
			}
		}
		if p.Name == hoursAPerson {
			near(t, p.Name, after.People, Range{before.People.Low * 2, before.People.High * 2})
		}
	}
}

// TestFourWays: the fewer duties, the less work; and the machines are counted with what runs on them.
func TestFourWays(t *testing.T) {
	t.Parallel()
	m := load().model
	ec2 := fourWays(t, "ecs-ec2").estimates(m)
	fargate := fourWays(t, "ecs-fargate").estimates(m)["aws_ecs_service.shop"]
	lambda := fourWays(t, "lambda").estimates(m)["aws_lambda_function.shop"]
	service := ec2["aws_ecs_service.shop"]
	if !(lambda.Hours.High < fargate.Hours.High && fargate.Hours.High < service.Hours.High) || !(lambda.Hours.Low < service.Hours.Low) {
		t.Errorf("lambda %v, fargate %v, ec2 %v", lambda.Hours, fargate.Hours, service.Hours)
	}
	for _, l := range ec2["aws_autoscaling_group.hosts"].Lines {
		if info, _ := stack.LookupLayer(string(l.Duty.Layer())); !info.Cross && l.Hours != (Range{}) {
			t.Errorf("the hosts' %s is counted twice: %v", l.Task, l.Hours)
		}
	}
	if len(fargate.Of("operating-system/apply")) > 0 {
		for _, l := range fargate.Of("operating-system/apply") {
			if l.Task != "residuals" {
				t.Errorf("Fargate leaves %s", l.Task)
			}
		}
	}
	two := Range{}
	for _, e := range fourWays(t, "kubernetes-on-ec2").estimates(m) {
		for _, l := range e.Of("control-plane/upgrade") {
			if l.Task == "kubernetes-self-upgrades" {
				two = two.Plus(l.Hours)
			}
		}
	}
	rate, hours := m.parameters["kubernetes-minors"], m.parameters["kubernetes-self-minor-hours"]
	near(t, "one cluster, two groups of machines", two, rate.times(hours.Range))
}

// TestSharing: the number of workloads on a cluster divides the hosts' work; the user's own number goes before what the
// input shows.
func TestSharing(t *testing.T) {
	t.Parallel()
	l := load()
	h, _ := l.cat.Hosting("ecs-ec2")
	aw := allocation.OfHosting(h)
	cluster := &inventory.Resource{Address: "cluster", Scope: "root"}
	var ws []workload.Workload
	for i := range 4 {
		ws = append(ws, workload.Workload{ID: fmt.Sprint(i), Hosting: "ecs-ec2", Scope: "root", Parts: map[string]workload.Part{
			"service": {Resource: &inventory.Resource{}}, "cluster": {Resource: cluster},
		}})
	}
	ws = append(ws, workload.Workload{Hosting: "lambda-zip", Scope: "root"}, workload.Workload{Hosting: "ecs-ec2", Scope: "other"})
	hoursOf := func(e Estimate, task string) Range {
		for _, line := range e.Lines {
			if line.Task == task {
				return line.Hours
			}
		}
		t.Fatalf("no task %s", task)
		return Range{}
	}
	alone := l.model.NewFleet(ws[:1])
	crowded := l.model.NewFleet(ws)
	one, four := alone.Moved(&aw, &ws[0]), crowded.Moved(&aw, &ws[0])
	for _, task := range []string{"os-emergencies", "capacity-reviews"} {
		near(t, task, hoursOf(four, task), hoursOf(one, task).times(part(4)))
	}
	for _, task := range []string{"image-rebuilds", "network-reviews"} {
		near(t, task, hoursOf(four, task), hoursOf(one, task))
	}
	m, err := l.model.With([]string{"workloads-a-cluster=10"})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "set", hoursOf(m.NewFleet(ws).Moved(&aw, &ws[0]), "os-emergencies"), hoursOf(one, "os-emergencies").times(part(10)))
	near(t, "set", hoursOf(m.NewFleet(ws).Workload(&aw, &ws[0], evidence.New(&inventory.Inventory{}, inventory.NewIndex(&inventory.Inventory{}), evidence.Options{}).Of(&ws[0])), "os-emergencies"), hoursOf(one, "os-emergencies").times(part(10)))
	p := l.model.parameters[sharingHosts]
	apart := []workload.Workload{{Hosting: "ecs-ec2", Scope: "root", Parts: map[string]workload.Part{"service": {Resource: &inventory.Resource{}}}}}
	near(t, "a cluster elsewhere", hoursOf(l.model.NewFleet(apart).Moved(&aw, &apart[0]), "os-emergencies"), hoursOf(one, "os-emergencies").times(Range{1 / p.High, 1 / p.Low}))
	near(t, "a function moved", hoursOf(crowded.Moved(&aw, &ws[4]), "os-emergencies"), hoursOf(one, "os-emergencies").times(Range{1 / p.High, 1 / p.Low}))
}

// TestStackOnce: hosts that are workloads themselves count their stack with what runs on them, and keep the work on their
// own resources; where nothing runs on them in the input, they make one cluster and share its stack. The customer's own
// duties have no work for what is left of another party's, and a task that leaves a hosting out does not occur there.
func TestStackOnce(t *testing.T) {
	t.Parallel()
	m := load().model
	hosts := fourWays(t, "ecs-ec2").estimates(m)["aws_autoscaling_group.hosts"]
	if hosts.Hours.Low <= 0 || hosts.Of("network/configure")[0].Hours.Low <= 0 {
		t.Errorf("the hosts' own resources cost nothing: %v", hosts.Hours)
	}
	code := Range{}
	for _, e := range fourWays(t, "kubernetes-on-ec2").estimates(m) {
		for _, l := range e.Of("application/code") {
			code = code.Plus(l.Hours)
		}
		for _, l := range e.Lines {
			if l.Task == "control-plane-upgrades" {
				t.Errorf("%s leaves out kubernetes-on-ec2, and %s has it", l.Task, e.Hosting)
			}
		}
	}
	p := m.parameters
	want := p["code-reviews"].times(p["code-review-hours"].Range).Plus(p["code-fixes"].times(p["code-fix-hours"].Range))
	near(t, "the code of one cluster", code, want)
	for _, party := range stack.Parties() {
		d := allocation.Duty{Duty: "apply", Party: party, Residual: "Redeploy."}
		aw := allocation.Workload{Hosting: "ec2", Layers: []allocation.Layer{{Layer: "operating-system", Duties: []allocation.Duty{d}}}}
		e := m.Hosting(&aw)
		left := slices.ContainsFunc(e.Lines, func(l Line) bool { return l.Task == "residuals" })
		if mine := m.part(&d).High > 0; mine == left {
			t.Errorf("%s: the customer has a part: %v; what is left counts: %v", party, mine, left)
		}
	}
}

// TestParts: the part of each party, and of what is not known.
func TestParts(t *testing.T) {
	t.Parallel()
	shared := load().model.parameters[sharedPart].Range
	candidates := func(parties ...stack.Party) *allocation.Duty {
		d := &allocation.Duty{Party: stack.Undetermined}
		for _, p := range parties {
			d.Candidates = append(d.Candidates, allocation.Candidate{Party: p})
		}
		return d
	}
	tests := []struct {
		name string
		duty *allocation.Duty
		want Range
	}{
		{"customer", &allocation.Duty{Party: stack.Customer}, Range{1, 1}},
		{"aws", &allocation.Duty{Party: stack.AWS}, Range{}},
		{"third party", &allocation.Duty{Party: stack.ThirdParty}, Range{}},
		{"shared", &allocation.Duty{Party: stack.Shared}, shared},
		{"nothing known", candidates(), Range{0, 1}},
		{"customer or AWS", candidates(stack.Customer, stack.AWS), Range{0, 1}},
		{"customer or shared", candidates(stack.Customer, stack.Shared), Range{shared.Low, 1}},
		{"shared or AWS", candidates(stack.Shared, stack.AWS), Range{0, shared.High}},
		{"AWS or undetermined", candidates(stack.AWS, stack.Undetermined), Range{0, 1}},
	}
	for _, tt := range tests {
		if got := load().model.part(tt.duty); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestAutomation: found in the configuration, not found, and not known.
func TestAutomation(t *testing.T) {
	t.Parallel()
	m := load().model
	left := m.parameters["os-patch-left"].Range
	factor := func(e Estimate) (Range, []allocation.Decider) {
		for _, l := range e.Lines {
			if l.Task != "os-patches" {
				continue
			}
			for _, f := range l.Factors {
				if f.Kind == AutomationFactor {
					return f.Range, f.DecidedBy
				}
			}
			return one(), nil
		}
		t.Fatal("no os-patches")
		return Range{}, nil
	}
	if got, by := factor(infrastructure(t, "testdata/patched").estimates(m)["aws_instance.web"]); got != left || len(by) == 0 || by[0].Line == 0 {
		t.Errorf("patched: %v by %v, want %v", got, by, left)
	}
	if got, _ := factor(infrastructure(t, "testdata/unpatched").estimates(m)["aws_instance.web"]); got != one() {
		t.Errorf("unpatched: %v", got)
	}
	if got, _ := factor(hosting(t, m, "ec2")); got != (Range{left.Low, 1}) {
		t.Errorf("not configured: %v", got)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	m := load().model
	got, err := m.With([]string{"os-releases=12..24", "hours-a-person=1600"})
	if err != nil {
		t.Fatal(err)
	}
	p := got.parameters["os-releases"]
	if p.Range != (Range{12, 24}) || p.Changed != "--set" || !p.Assumption || p.Sources != nil {
		t.Errorf("%+v", p)
	}
	if q := m.parameters["os-releases"]; q.Low == 12 || q.Changed != "" {
		t.Errorf("the model itself is changed: %+v", q)
	}
	for text, want := range map[string]string{
		"os-release=1": "os-releases", "os-releases": "NAME=VALUE", "os-releases=x": "no number", "os-releases=": "no number",
		"os-releases=5..2": "low is higher", "os-releases=-1": "from 0", "os-releases=NaN": "from 0", "os-releases=1e9": "from 0",
		"shared-part=2": "at most 1", "hours-a-person=0": "more than 0", "workloads-a-cluster=0..2": "more than 0", "os-releases=1..2..3": "no number",
	} {
		if _, err := m.With([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	m := load().model
	got, diags := m.WithFile("own.yaml", "parameters:\n  os-releases: {low: 2, high: 3, source: assumption}\n  engine-minors: {low: 1, high: 2, source: {title: T, url: \"https://example.com\", seen: 2026-11-24}}\n")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if p := got.parameters["os-releases"]; p.Range != (Range{2, 3}) || p.Changed != "own.yaml:2:3" || p.Unit != m.parameters["os-releases"].Unit {
		t.Errorf("%+v", p)
	}
	if p := got.parameters["engine-minors"]; p.Assumption || len(p.Sources) != 1 {
		t.Errorf("%+v", p)
	}
	for text, want := range map[string]string{
		"parameters: {os-release: {low: 1, high: 2, source: assumption}}":                                       "os-releases",
		"parameters: {os-releases: {low: 1, high: 2}}":                                                          "source",
		"parameters: {os-releases: {low: 1, source: assumption}}":                                               "high",
		"parameters: {os-releases: {low: 1, high: 2, source: guess}}":                                           "assumption",
		"parameters: {os-releases: {low: 1, high: 2, source: {title: T, url: \"http://x\", seen: 2026-11-24}}}": "https://",
		"parameters: {os-releases: {low: 3, high: 2, source: assumption}}":                                      "low is higher",
		"parameters: {os-releases: {low: a, high: 2, source: assumption}}":                                      "Not a number",
		"parameters: {os-releases: {lo: 1, high: 2, source: assumption}}":                                       "low",
		"rates: {}": "parameters",
		"[":         "not valid YAML",
	} {
		_, diags := m.WithFile("own.yaml", text)
		if !diags.HasErrors() || !strings.Contains(fmt.Sprint(diags), want) {
			t.Errorf("%s: %v, want %q", text, diags, want)
		}
	}
}

// FuzzParameters: no text makes the reader panic, and no accepted file breaks the bounds.
func FuzzParameters(f *testing.F) {
	f.Add("parameters:\n  os-releases: {low: 2, high: 3, source: assumption}\n")
	f.Add("parameters: {shared-part: {low: 0.1, high: 1, source: [{title: a, url: \"https://b\", seen: 2026-01-01}]}}")
	f.Add("parameters: [")
	f.Fuzz(func(t *testing.T, text string) {
		m, _ := load().model.WithFile("f.yaml", text)
		for _, p := range m.parameters {
			if why := p.fault(); why != "" {
				t.Errorf("%s: %s", p.Name, why)
			}
		}
	})
}

// BenchmarkEstimate10k estimates ten thousand hostings.
func BenchmarkEstimate10k(b *testing.B) {
	l := load()
	h, _ := l.cat.Hosting("ecs-ec2")
	w := allocation.OfHosting(h)
	b.ReportAllocs()
	for b.Loop() {
		for range 10_000 {
			l.model.Hosting(&w)
		}
	}
}
