package vuln

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

func day(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func loadRules(t testing.TB) *Rules {
	t.Helper()
	r, diags := Load(Options{})
	for _, d := range diags {
		t.Error(d)
	}
	return r
}

func loadModel(t testing.TB, asOf string) *Model {
	t.Helper()
	cat, diags := catalog.Load(catalog.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return New(loadRules(t), cat, day(t, asOf))
}

func component(t testing.TB, s string) Component {
	t.Helper()
	c, err := ParseComponent(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return c
}

// TestComponentRules runs the examples of every rule: what it takes is taken by no earlier rule, and what it does not
// take by another rule or none.
func TestComponentRules(t *testing.T) {
	t.Parallel()
	r := loadRules(t)
	for i := range r.components {
		rule := &r.components[i]
		if len(rule.OK) == 0 || len(rule.Not) == 0 {
			t.Errorf("rule %d (%s) has no examples", i, rule.Class)
		}
		for _, f := range ruleFaults(t, r, i) {
			t.Error(f)
		}
	}
}

// ruleFaults are the examples of one rule that fail.
func ruleFaults(t testing.TB, r *Rules, i int) []string {
	t.Helper()
	var out []string
	rule := &r.components[i]
	for _, s := range rule.OK {
		if got := firstRule(r, component(t, s).key()); got != i {
			out = append(out, s+" is not taken by rule "+rule.Class+" but by "+ruleName(r, got))
		}
	}
	for _, s := range rule.Not {
		if got := firstRule(r, component(t, s).key()); got == i {
			out = append(out, s+" is taken by rule "+rule.Class)
		}
	}
	return out
}

func ruleName(r *Rules, i int) string {
	if i < 0 {
		return "none"
	}
	return r.components[i].Class
}

func firstRule(r *Rules, k key) int {
	return slices.IndexFunc(r.components, func(rule componentRule) bool { return rule.takes(k) })
}

// TestHostings: every hosting of the catalog has traits, and nothing else has.
func TestHostings(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	ids := m.Hostings()
	for _, id := range ids {
		if _, ok := m.rules.hostings[id]; !ok {
			t.Errorf("hostings.yaml lacks %s", id)
		}
	}
	for id := range m.rules.hostings {
		if !slices.Contains(ids, id) {
			t.Errorf("the catalog has no hosting %s", id)
		}
	}
}

// TestDefaults: the default configuration decides who applies a fix in every layer that classes put copies into, where
// the catalog can decide it at all.
func TestDefaults(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	for _, id := range m.Hostings() {
		s := m.ofHosting(id)
		for _, layer := range []string{"operating-system", "container-runtime", "image", "language-runtime", "engine"} {
			_, apply := holders(stack.Layer(layer))
			if d := s.duties[apply]; d.Party == "undetermined" {
				t.Errorf("%s: %s is undetermined in the default configuration: %s", id, apply, d.Reason)
			}
		}
	}
}

// TestClassExamples runs the examples of classes.yaml.
func TestClassExamples(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	n := 0
	for _, f := range exampleFaults(t, m, &n) {
		t.Error(f)
	}
	t.Logf("%d examples", n)
}

func exampleFaults(t testing.TB, m *Model, n *int) []string {
	t.Helper()
	var out []string
	for i := range m.rules.classes {
		c := &m.rules.classes[i]
		sets := map[string]map[string]string{c.Example: c.Examples}
		for k, v := range c.More {
			sets[k] = v
		}
		for pkg, hostings := range sets {
			comp := component(t, pkg)
			if cl := m.rules.classOf(comp.key()); cl == nil || cl.ID != c.ID {
				out = append(out, pkg+" is not of class "+c.ID)
				continue
			}
			for id, want := range hostings {
				*n++
				a := m.Who(Vulnerability{Components: []Component{comp}}, Target{Hosting: id})
				if got := string(a.Who) + "/" + string(a.Residual); got != want {
					out = append(out, strings.Join([]string{c.ID, pkg, "on", id, "is", got, "want", want, "because", a.Reason}, " "))
				}
			}
		}
	}
	return out
}

// TestAbsences: an image of the kind that lacks a package makes the answer not-affected, and only that.
func TestAbsences(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	for _, a := range m.rules.residuals.Absences {
		for _, kind := range a.Image {
			hosting := "ecs-ec2"
			if len(a.Hosting) > 0 {
				hosting = a.Hosting[0]
			}
			v := Vulnerability{Components: []Component{component(t, "pkg:rpm/amzn/"+a.Product[0])}}
			for image, want := range map[string]Who{kind: NotAffected, "own": Customer} {
				s := m.ofHosting(hosting)
				found := *s.found
				found.Parts = map[string]workload.Part{"image": {Resource: &inventory.Resource{
					Type: "onus::MachineImage", Properties: inventory.MapValue([]inventory.Property{
						{Name: "Kind", Value: inventory.StringValue(image, diag.Range{})},
					}, diag.Range{}),
				}}}
				if got := m.Who(v, Target{Workload: s.w, Found: &found}); got.Who != want {
					t.Errorf("%s on an image of kind %s is %s, want %s: %s", a.Product[0], image, got.Who, want, got.Reason)
				}
			}
		}
	}
}
