package vuln

import (
	"slices"
	"strings"
	"testing"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// function is a Lambda function as discovery and allocation would have it.
func function(t *testing.T, m *Model, runtime, mode string) Target {
	t.Helper()
	found := workload.Workload{ID: "w", Name: "api", Address: "aws_lambda_function.api", Hosting: "lambda-zip", Parts: map[string]workload.Part{
		"function": {Resource: &inventory.Resource{Type: "AWS::Lambda::Function", Properties: inventory.MapValue([]inventory.Property{
			{Name: "Runtime", Value: inventory.StringValue(runtime, diag.Range{})}}, diag.Range{})}},
		"updates": {Resource: &inventory.Resource{Type: "onus::RuntimeUpdates", Properties: inventory.MapValue([]inventory.Property{
			{Name: "Mode", Value: inventory.StringValue(mode, diag.Range{})}}, diag.Range{})}},
	}}
	allocated, _ := allocation.Run([]workload.Workload{found}, m.cat, allocation.Options{AsOf: m.asOf})
	return Target{Workload: &allocated[0], Found: &found}
}

// TestWorkload: the configuration of a function decides, and a runtime of another language is not affected.
func TestWorkload(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	node := Vulnerability{Components: []Component{{CPE: "cpe:2.3:a:nodejs:node.js"}}}
	openssl := Vulnerability{Components: []Component{{CPE: "cpe:2.3:a:openssl:openssl"}}}
	for name, tc := range map[string]struct {
		v             Vulnerability
		runtime, mode string
		want          string
	}{
		"mode Auto":                     {node, "nodejs24.x", "Auto", "aws/none"},
		"mode Manual":                   {node, "nodejs24.x", "Manual", "customer/change-mode"},
		"mode FunctionUpdate":           {node, "nodejs24.x", "FunctionUpdate", "customer/redeploy"},
		"deprecated":                    {node, "nodejs16.x", "Auto", "customer/upgrade-library"},
		"another language":              {node, "python3.13", "Manual", "not-affected/none"},
		"own runtime":                   {node, "provided.al2023", "Auto", "customer/upgrade-library"},
		"user space of the runtime":     {openssl, "python3.13", "Auto", "aws/none"},
		"user space pinned":             {openssl, "python3.13", "Manual", "customer/change-mode"},
		"runtime that no catalog knows": {openssl, "python9.99", "Auto", "undetermined/undetermined"},
	} {
		a := m.Who(tc.v, function(t, m, tc.runtime, tc.mode))
		if got := string(a.Who) + "/" + string(a.Residual); got != tc.want {
			t.Errorf("%s: %s, want %s: %s", name, got, tc.want, a.Reason)
		}
		if a.Workload == nil || a.Workload.Name != "api" || len(a.DecidedBy) == 0 && a.Who != NotAffected {
			t.Errorf("%s: workload %+v, decided by %v", name, a.Workload, a.DecidedBy)
		}
	}
}

// TestShipped: an inventory of what a workload ships says whether a copy is there.
func TestShipped(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	v, _ := m.rules.Lookup("CVE-2021-44228")
	target := function(t, m, "java21", "Auto")
	target.Components = []Component{{PURL: "pkg:maven/com.google.guava/guava@31"}}
	if a := m.Who(v, target); a.Who != NotAffected || !strings.Contains(a.Reason, "inventory") {
		t.Errorf("without the library: %s, %s", a.Who, a.Reason)
	}
	target.Components = append(target.Components, Component{PURL: "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"})
	if a := m.Who(v, target); a.Who != Customer || a.Residual != UpgradeLibrary {
		t.Errorf("with the library: %s %s", a.Who, a.Residual)
	}
	target.Components = []Component{}
	if a := m.Who(v, target); a.Who != NotAffected {
		t.Errorf("with an empty inventory: %s", a.Who)
	}
}

// TestOpenHosting: what all possible hostings agree on is answered, the rest names what each would give.
func TestOpenHosting(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	w := allocation.Workload{ID: "w", Name: "search", Hosting: "unknown", HostingCandidates: []allocation.HostingCandidate{
		{Hosting: "ecs-ec2", When: "launch type EC2"}, {Hosting: "ecs-fargate", When: "launch type FARGATE"}}}
	kernel, _ := m.rules.Lookup("CVE-2022-0847")
	log4j, _ := m.rules.Lookup("CVE-2021-44228")
	if a := m.Who(kernel, Target{Workload: &w}); a.Who != Undetermined || len(a.Conditions) != 2 {
		t.Errorf("kernel: %s %v", a.Who, a.Conditions)
	}
	if a := m.Who(log4j, Target{Workload: &w}); a.Who != Customer || a.Residual != RebuildImage {
		t.Errorf("log4j: %s %s", a.Who, a.Residual)
	}
	openssl, _ := m.rules.Lookup("CVE-2022-0778")
	if a := m.Who(openssl, Target{Workload: &w}); a.Who != Customer || !slices.Contains(a.Steps, RollNodes) || len(a.Conditions) != 2 {
		t.Errorf("openssl: %s %v %v", a.Who, a.Steps, a.Conditions)
	}
	w.HostingCandidates = nil
	if a := m.Who(log4j, Target{Workload: &w}); a.Who != Undetermined || a.Residual != UnknownResidual {
		t.Errorf("no candidates: %s %s", a.Who, a.Residual)
	}
}

// TestWindow: while a fix is not to be had the step is to mitigate, afterwards to patch.
func TestWindow(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]Residual{"2026-05-07": Mitigate, "2026-05-08": RollNodes} {
		m := loadModel(t, day)
		v, _ := m.rules.Lookup("CVE-2026-31431")
		a := m.Who(v, Target{Hosting: "eks-managed-nodes"})
		if a.Residual != want || a.Who != Customer || a.Mitigation == nil || !slices.Contains(a.Steps, RollNodes) {
			t.Errorf("on %s: %s %v", day, a.Who, a.Steps)
		}
		if a := m.Who(v, Target{Hosting: "lambda-zip"}); a.Who != AWS || a.Residual != None {
			t.Errorf("on %s, lambda-zip: %s %s", day, a.Who, a.Residual)
		}
	}
}

// TestUnknown: nothing known is undetermined everywhere, never AWS's.
func TestUnknown(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	none, ok := m.rules.Lookup("CVE-2099-0001")
	if ok {
		t.Fatal("the index knows a CVE of the future")
	}
	odd := Vulnerability{Components: []Component{{CPE: "cpe:2.3:a:unheard:of"}}}
	for _, id := range append(m.Hostings(), "no-such-hosting", "unknown") {
		for _, v := range []Vulnerability{none, odd} {
			if a := m.Who(v, Target{Hosting: id}); a.Who != Undetermined || a.Residual != UnknownResidual {
				t.Errorf("%s: %s %s", id, a.Who, a.Residual)
			}
		}
	}
}

// TestAWSAlone: wherever the answer is AWS's with nothing to do, the catalog says of each deciding copy that AWS makes
// and brings the fix.
func TestAWSAlone(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	n := 0
	for _, c := range m.rules.classes {
		v := Vulnerability{Components: []Component{component(t, c.Example)}}
		for _, id := range m.Hostings() {
			a := m.Who(v, Target{Hosting: id})
			if a.Who != AWS {
				continue
			}
			n++
			for _, p := range a.Parts {
				if p.Who == Customer {
					t.Errorf("%s on %s is AWS's, but %s is the customer's", c.ID, id, p.Layer)
				}
				if p.Who == AWS && (p.FixBuiltBy != "aws" || p.AppliedBy != "aws") && m.ofHosting(id).traits != nil {
					_, apply := holders(p.Layer)
					if m.ofHosting(id).duties[apply].Party != "shared" {
						t.Errorf("%s on %s: %s built by %s, applied by %s", c.ID, id, p.Layer, p.FixBuiltBy, p.AppliedBy)
					}
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d answers are AWS's", n)
	}
}

// TestIndex: every entry has components that a rule takes and a page on https.
func TestIndex(t *testing.T) {
	t.Parallel()
	r := loadRules(t)
	known := r.Known()
	if len(known) < 500 {
		t.Errorf("the index has %d vulnerabilities", len(known))
	}
	for _, id := range known {
		v, _ := r.Lookup(strings.ToLower(id))
		if !strings.HasPrefix(v.Facts.URL, "https://") || !strings.HasPrefix(id, "CVE-") || len(v.Components) == 0 {
			t.Errorf("%s: %+v", id, v.Facts)
		}
	}
	t.Logf("%d vulnerabilities", len(known))
}

// TestDecide: AWS's hand on what runs counts only if AWS makes the fix as well.
func TestDecide(t *testing.T) {
	t.Parallel()
	m := loadModel(t, "2026-11-24")
	s := m.ofHosting("lambda-zip")
	cp := &copyRule{Layer: "language-runtime", Place: "runtime"}
	for _, tc := range []struct {
		built, applied stack.Party
		want           Who
	}{
		{stack.AWS, stack.AWS, AWS},
		{stack.Shared, stack.AWS, Customer},
		{stack.Customer, stack.AWS, Customer},
		{stack.ThirdParty, stack.AWS, Customer},
		{stack.Undetermined, stack.AWS, Undetermined},
		{stack.NotApplicable, stack.AWS, Undetermined},
		{stack.AWS, stack.Customer, Customer},
		{stack.Undetermined, stack.Customer, Customer},
		{stack.AWS, stack.Shared, Customer},
		{stack.AWS, stack.ThirdParty, Undetermined},
		{stack.AWS, stack.Undetermined, Undetermined},
	} {
		if d := m.decide(&Vulnerability{}, cp, s, tc.built, tc.applied, ""); d.triple.Who != tc.want {
			t.Errorf("built by %s, applied by %s: %s, want %s", tc.built, tc.applied, d.triple.Who, tc.want)
		}
	}
}
