package ownership

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// withRules makes the configuration that --config would give for a text of rules.
func withRules(t testing.TB, text string) *Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, diags := Load(Options{Config: file})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return c
}

func queue(name string, tags ...inventory.Property) *workload.Workload {
	props := []inventory.Property{{Name: "Tags", Value: inventory.MapValue(tags, diag.Range{})}}
	return &workload.Workload{Name: name, Hosting: "sqs", Root: &inventory.Resource{
		Type: "AWS::SQS::Queue", SourceType: "AWS::SQS::Queue", Address: name, Name: name, Scope: "/r/t.yaml",
		Origin: diag.Range{Path: "/r/t.yaml", Line: 1}, Properties: inventory.MapValue(props, diag.Range{})}}
}

func tag(name, value string) inventory.Property {
	return inventory.Property{Name: name, Value: inventory.StringValue(value, diag.Range{})}
}

// TestRank holds which of two rules wins, and when they overlap. The workload is the queue api-prod with the tag env=prod,
// the duty data/protect.
func TestRank(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, a, b string
		want       string
	}{
		{"the first", "duties: [data/protect]", "layers: [data]", "owned a"},
		{"the first, though wider", "", "duties: [data/protect]", "owned a"},
		{"the same duty", "duties: [data/protect]", "duties: [data/protect]", "overlap a b"},
		{"layers and layer/* are one", "layers: [data]", "duties: ['data/*']", "overlap a b"},
		{"nothing selected", "", "", "overlap a b"},
		{"two name patterns", "names: ['api-*']", "names: ['*-prod']", "overlap a b"},
		{"a name and a pattern", "names: [api-prod]", "names: ['*-prod']", "owned a"},
		{"a pattern and a name", "names: ['*-prod']", "names: [api-prod]", "owned a"},
		{"different kinds", "names: ['api-*']", "hostings: [sqs]", "owned a"},
		{"two tags of one value", "tags: {env: prod}", "tags: {ENV: prod}", "overlap a b"},
		{"another duty", "duties: [data/protect]", "layers: [network]", "owned a"},
		{"another name", "names: [other]", "names: ['api-*']", "owned b"},
		{"another tag", "tags: {env: dev}", "tags: {env: 'p*'}", "owned b"},
		{"two tags needed", "tags: {env: prod, tier: gold}", "tags: {env: prod}", "owned b"},
		{"another hosting", "hostings: [sns]", "services: [SQS]", "owned b"},
		{"an account that nothing tells", "accounts: ['123456789012']", "names: [api-prod]", "undetermined"},
		{"below a certain rule", "names: [api-prod]", "accounts: ['123456789012']", "owned a"},
		{"a path outside", "paths: [/x/]", "", "owned b"},
	} {
		rule := func(team, text string) string { return "  - team: " + team + "\n    " + text + "\n" }
		cfg := withRules(t, "rules:\n"+rule("a", c.a)+rule("b", c.b))
		w := queue("api-prod", tag("env", "prod"))
		o := cfg.Owner(w, "data/protect")
		got := strings.TrimSpace(string(o.Status) + " " + strings.Join(o.Teams(), " "))
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestSameEitherWay: a rule that may hold changes nothing when the duty is the same team's without it.
func TestSameEitherWay(t *testing.T) {
	t.Parallel()
	cfg := withRules(t, "rules:\n  - {team: a, accounts: ['123456789012']}\n  - {team: a, names: ['*']}\n")
	if o := cfg.Owner(queue("q"), "data/protect"); o.Status != Owned || o.Team != "a" {
		t.Errorf("%+v", o)
	}
}

// TestEvidence holds what becomes of evidence below a rule.
func TestEvidence(t *testing.T) {
	t.Parallel()
	cfg := withRules(t, "teams: [{id: pay, aliases: ['@acme/payments']}, {id: ops}]\nrules:\n  - {team: pay, names: [wide]}\n  - {team: pay, names: [narrow], layers: [data]}\n")
	for _, c := range []struct {
		name, owner       string
		duty              stack.Duty
		team              string
		support, conflict int
	}{
		{"wide", "@acme/payments", "data/protect", "pay", 1, 0},
		{"wide", "ops", "data/protect", "pay", 0, 1},
		{"narrow", "ops", "data/protect", "pay", 0, 0},
		{"narrow", "OPS", "backup/recover", "ops", 0, 0},
		{"other", "Somebody else", "data/protect", "Somebody else", 0, 0},
	} {
		o := cfg.Owner(queue(c.name, tag("Owner", c.owner)), c.duty)
		if o.Team != c.team || len(o.Support) != c.support || len(o.Conflict) != c.conflict {
			t.Errorf("%s %s: %+v", c.name, c.owner, o)
		}
	}
	if o := cfg.OwnerOf(queue("q").Root, "data/protect"); o.Status != Orphan || len(o.Teams()) != 0 {
		t.Errorf("%+v", o)
	}
}

// TestSensitive: a sensitive tag is never printed, so it names nobody.
func TestSensitive(t *testing.T) {
	t.Parallel()
	cfg := withRules(t, "rules:\n  - {team: a, names: [x]}\n")
	secret := inventory.Property{Name: "Owner", Value: inventory.StringValue("hush", diag.Range{}).AsSensitive()}
	if o := cfg.Owner(queue("q", secret), "data/protect"); o.Status != Undetermined || strings.Contains(fmt.Sprint(o), "hush") {
		t.Errorf("%+v", o)
	}
}

// TestCandidates holds what a rule by hosting says where the hosting is open.
func TestCandidates(t *testing.T) {
	t.Parallel()
	cfg := withRules(t, "rules:\n  - {team: a, hostings: ['ecs-*']}\n  - {team: b, hostings: [ecs-ec2]}\n")
	for list, want := range map[string]string{"ecs-ec2 ecs-fargate": "owned a", "ecs-ec2 eks-fargate": "undetermined", "eks-fargate": "orphan"} {
		w := queue("q")
		w.Hosting = workload.UnknownHosting
		for h := range strings.FieldsSeq(list) {
			w.Candidates = append(w.Candidates, workload.Candidate{Hosting: h})
		}
		o := cfg.Owner(w, "data/protect")
		if got := strings.TrimSpace(string(o.Status) + " " + strings.Join(o.Teams(), " ")); got != want {
			t.Errorf("%s: %s", list, got)
		}
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	text := func(name, s string) inventory.Property { return tag(name, s) }
	for _, c := range []struct {
		r    inventory.Resource
		want string
	}{
		{inventory.Resource{Scope: "123456789012/eu-west-1"}, "123456789012"},
		{inventory.Resource{Address: "arn:aws:sqs:eu-west-1:123456789012:q"}, "123456789012"},
		{inventory.Resource{Properties: inventory.MapValue([]inventory.Property{text("Role", "arn:aws:iam::123456789012:role/x")}, diag.Range{})}, "123456789012"},
		{inventory.Resource{Properties: inventory.MapValue([]inventory.Property{text("TaskRoleArn", "arn:aws:iam::${AWS::AccountId}:role/x")}, diag.Range{})}, ""},
		// A layer may be another account's.
		{inventory.Resource{Properties: inventory.MapValue([]inventory.Property{text("Layers", "arn:aws:lambda:x:123456789012:layer:y")}, diag.Range{})}, ""},
		{inventory.Resource{Scope: "infra/prod"}, ""},
	} {
		if got := accountOf(&c.r); got != c.want {
			t.Errorf("%+v: %q", c.r, got)
		}
	}
}

func TestNamesOwner(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{
		"owner": true, "Owner": true, "service-owner": true, "Service Owner": true, "acme:team": true, "example.com/team": true,
		"Team_Name": true, "app.kubernetes.io/managed-by": false, "kubernetes.io/cluster/team": false, "aws:cloudformation:owner": false,
		"node.kubernetes.io/owner": false, "ownership": false, "name": false, "": false,
	} {
		if namesOwner(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
}

// TestFaults holds that what is wrong in onus.yaml is told at its place, and that the rest is read.
func TestFaults(t *testing.T) {
	t.Parallel()
	text := `modules: {x: y}
roots: []
teams:
  - id: a
  - id: A
  - name: b
  - {id: c, nmae: x}
rules:
  - team: d
  - duties: [data/protect]
  - {team: a, duties: [data/protct]}
  - {team: a, layers: [dta]}
  - {team: a, paths: [../x]}
  - {team: a, accounts: [123]}
  - {team: a, path: [x]}
  - {team: a, tags: [x]}
  - {team: a, layers: [data]}
`
	f := parseRules("onus.yaml", "/r", text)
	var got []string
	for _, d := range f.diags {
		got = append(got, fmt.Sprintf("%d %s", d.Range.Line, d.Summary))
	}
	want := []string{"5 Team given twice", "6 Team without an id", "7 Unknown key in the configuration", "9 Unknown team",
		"10 Rule without a team", "11 Unknown duty or layer", "12 Unknown duty or layer", "13 Path of a rule not understood",
		"14 Not an account", "15 Unknown key in the configuration", "16 Wrong shape in the configuration"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(f.rules) != 1 || f.rules[0].at.Line != 17 || len(f.teams) != 2 {
		t.Errorf("%d rules, %d teams", len(f.rules), len(f.teams))
	}
}

func TestConfigFile(t *testing.T) {
	t.Parallel()
	if _, diags := Load(Options{Config: "testdata/nothing.yaml"}); !diags.HasErrors() {
		t.Error("a missing file is not told")
	}
	// The paths of --config are relative to the boundary of the given path, wherever the file lies.
	file := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.WriteFile(file, []byte("rules: [{team: here, paths: [/apps/]}]"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, diags := Load(Options{Paths: []string{"testdata/rules"}, Boundary: "testdata/rules", Config: file})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	r := &inventory.Resource{Type: "AWS::SQS::Queue", Scope: "testdata/rules/apps", Origin: diag.Range{Path: "testdata/rules/apps/main.tf"}}
	if o := c.OwnerOf(r, "data/protect"); o.Team != "here" {
		t.Errorf("%+v", o)
	}
	if len(c.Teams()) != 0 {
		t.Error("the repository's own onus.yaml was read beside --config")
	}
}

// TestNearest: the file of a given path comes before that of its repository.
func TestNearest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	for at, team := range map[string]string{dir: "outer", sub: "inner"} {
		if err := os.WriteFile(filepath.Join(at, FileName), []byte("rules: [{team: "+team+", layers: [data]}]"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, diags := Load(Options{Paths: []string{sub}, Boundary: dir})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for path, want := range map[string]string{filepath.Join(sub, "a.tf"): "inner", filepath.Join(dir, "a.tf"): "outer"} {
		r := &inventory.Resource{Type: "AWS::SQS::Queue", Scope: filepath.Dir(path), Origin: diag.Range{Path: path}}
		if o := c.OwnerOf(r, "data/protect"); o.Team != want || o.Status != Owned {
			t.Errorf("%s: %+v", path, o)
		}
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	cfg := withRules(t, "rules:\n  - {team: a, names: ['*']}\n")
	all := make([]*workload.Workload, 20)
	for i := range all {
		all[i] = queue(fmt.Sprint("q", i))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, w := range all {
				for _, d := range stack.Duties() {
					if cfg.Owner(w, d).Team != "a" {
						t.Error("no owner")
					}
				}
			}
		})
	}
	wg.Wait()
}

func FuzzRules(f *testing.F) {
	f.Add("teams: [{id: a}]\nrules: [{team: a, duties: ['data/*'], paths: [/a/**], tags: {x: y}}]")
	f.Add("rules: [{team: a, layers: [operating-system], accounts: ['123456789012']}]")
	f.Fuzz(func(t *testing.T, text string) {
		file := parseRules("onus.yaml", "/r", text)
		for _, u := range file.rules {
			if u.team == "" || len(u.duty) != len(stack.Duties()) {
				t.Errorf("%+v", u)
			}
		}
	})
}

// BenchmarkOwner asks for every duty of 10,000 workloads with 200 rules and a CODEOWNERS file of 200 lines.
func BenchmarkOwner(b *testing.B) {
	var rules, lines strings.Builder
	rules.WriteString("rules:\n")
	for i := range 200 {
		fmt.Fprintf(&rules, "  - {team: t%d, paths: [/app%d/], duties: ['data/*', application/code], tags: {env: 'p*'}}\n", i, i)
		fmt.Fprintf(&lines, "/app%d/ @acme/t%d\n", i, i)
	}
	c := withRules(b, rules.String())
	c.boundaries = []string{"/r"}
	c.owners = append(c.owners, parseCodeowners("CODEOWNERS", "/r", []byte(lines.String())))
	all := make([]*workload.Workload, 10_000)
	for i := range all {
		all[i] = queue(fmt.Sprint("q", i), tag("env", "prod"))
		all[i].Root.Origin.Path = fmt.Sprintf("/r/app%d/main%d.tf", i%250, i%1000)
		all[i].Root.Scope = fmt.Sprintf("/r/app%d", i%250)
	}
	duties := stack.Duties()
	b.ReportAllocs()
	for b.Loop() {
		c.places, c.holdings = map[[2]string]*location{}, map[*inventory.Resource]*holding{}
		for _, w := range all {
			for _, d := range duties {
				c.Owner(w, d)
			}
		}
	}
}
