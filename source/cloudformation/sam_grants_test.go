package cloudformation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// heads returns the head lines of a table.
func heads(table string) []string {
	var out []string
	for line := range strings.Lines(table) {
		if line[0] != ' ' && line[0] != '#' {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// TestPolicyTemplates expands every policy template with all its parameters: each statement says what it allows on what,
// and every parameter is used.
func TestPolicyTemplates(t *testing.T) {
	t.Parallel()
	all := heads(policyTable)
	if len(all) != 81 {
		t.Errorf("%d policy templates, want the 81 of SAM 1.110", len(all))
	}
	types := vocabulary.Load()
	for _, head := range all {
		words := strings.Fields(head)
		var values []string
		for _, p := range words[1:] {
			values = append(values, fmt.Sprintf("%s: value-of-%s", p, p))
		}
		policy := fmt.Sprintf("{%s: {%s}}", words[0], strings.Join(values, ", "))
		template := "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: 'AWS::Serverless::Function', Properties: {Runtime: x, Policies: [" + policy + "]}}}"
		inv, _ := Read("t.yaml", []byte(template), nil, Options{Types: types, Pseudo: map[string]string{"AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}})
		if len(inv.Diags) > 0 {
			t.Errorf("%s: %v", words[0], inv.Diags)
		}
		i := slices.IndexFunc(inv.Resources, func(r *inventory.Resource) bool { return r.Address == "FRole" })
		if i < 0 {
			t.Fatalf("%s: no role", words[0])
		}
		checkTemplate(t, words[0], words[1:], inv.Resources[i].Get("Policies.PolicyDocument.Statement"))
	}
}

func checkTemplate(t *testing.T, name string, parameters []string, statements inventory.Value) {
	t.Helper()
	if len(statements.List()) == 0 {
		t.Errorf("%s: no statements", name)
	}
	var texts strings.Builder
	var collect func(v inventory.Value)
	collect = func(v inventory.Value) {
		if s, ok := v.Text(); ok {
			texts.WriteString(s + "\n")
		}
		for _, item := range v.List() {
			collect(item)
		}
		for _, p := range v.Properties() {
			collect(p.Value)
		}
	}
	for _, s := range statements.List() {
		if effect, _ := s.Get("Effect").Text(); effect != "Allow" || len(s.Get("Action").List()) == 0 || s.Get("Resource").IsNull() {
			t.Errorf("%s: a statement lacks its effect, actions or resource", name)
		}
		if s.ContainsUnknown() {
			t.Errorf("%s: a part is unknown although all parameters are given", name)
		}
		collect(s)
	}
	for _, p := range parameters {
		if !strings.Contains(texts.String(), "value-of-"+p) {
			t.Errorf("%s: the parameter %s is used nowhere", name, p)
		}
	}
}

// TestConnectorTable checks that every connector says what it makes and for which permissions.
func TestConnectorTable(t *testing.T) {
	t.Parallel()
	all := heads(connectorTable)
	if len(all) != 31 {
		t.Errorf("%d connectors, want the 31 of SAM 1.110", len(all))
	}
	for _, head := range all {
		words := strings.Fields(head)
		if len(words) != 4 || !slices.Contains([]string{"role", "permission", "queue", "topic"}, words[2]) || !slices.Contains([]string{"source", "destination"}, words[3]) {
			t.Errorf("head line %q", head)
			continue
		}
		rest, lines, ok := entry(connectorTable, words[0]+" "+words[1])
		if !ok || rest != words[2]+" "+words[3] {
			t.Errorf("%s: entry = %q, %v", head, rest, ok)
		}
		list := grants(permitted(lines, []string{"Read", "Write"}))
		if len(list) == 0 {
			t.Errorf("%s: allows nothing", head)
		}
		for _, g := range list {
			if len(g.actions) == 0 || words[2] != "permission" && len(g.resources) == 0 || words[2] != "role" && g.principal == "" || (words[2] == "permission") != (g.source != "") {
				t.Errorf("%s: incomplete grant %+v", head, g)
			}
		}
	}
}

func TestEntry(t *testing.T) {
	t.Parallel()
	table := "# a\nAbc X\n  allow a:b\nAb\n  allow c:d\n  on *\n"
	for words, want := range map[string]string{"Ab": " [allow c:d on *] true", "Abc": "X [allow a:b] true", "A": " [] false", "allow": " [] false"} {
		rest, lines, ok := entry(table, words)
		if got := fmt.Sprint(rest, " ", lines, " ", ok); got != want {
			t.Errorf("entry(%q) = %q, want %q", words, got, want)
		}
	}
}

// TestTracingPolicy checks that the policy for traces is the one that the partition has.
func TestTracingPolicy(t *testing.T) {
	t.Parallel()
	types := vocabulary.Load()
	template := []byte("Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: 'AWS::Serverless::Function', Properties: {Runtime: x, Tracing: Active}}}")
	for region, want := range map[string]string{"eu-west-1": "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess", "cn-north-1": "arn:aws-cn:iam::aws:policy/AWSXRayDaemonWriteAccess"} {
		inv, _ := Read("t.yaml", template, nil, Options{Types: types, Pseudo: map[string]string{"AWS::Region": region}})
		for _, r := range inv.Resources {
			if r.Address != "FRole" {
				continue
			}
			if got := r.Get("ManagedPolicyArns").List()[1].Display(); got != want {
				t.Errorf("%s: %s, want %s", region, got, want)
			}
		}
	}
}
