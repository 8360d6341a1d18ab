package evidence

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

// gathered reads a template and prepares gathering; find gets a resource by its logical id.
func gathered(t *testing.T, resources string) (g *Gatherer, find func(string) *inventory.Resource) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, []byte("Parameters: {Unset: {Type: String}}\nResources:\n"+resources), 0o600); err != nil {
		t.Fatal(err)
	}
	inv := source.Read([]string{path}, source.Options{Types: vocabulary.Load(), Terraform: terraform.Options{}})
	ix := inventory.NewIndex(inv)
	return New(inv, ix, Options{Identity: identity.New(inv, ix, identity.Options{})}), func(id string) *inventory.Resource {
		for _, r := range inv.Resources {
			if r.Address == id {
				return r
			}
		}
		t.Fatalf("no resource %s", id)
		return nil
	}
}

// entryTexts are the texts of a property of each entry of a list; an unknown entry is "?".
func entryTexts(list inventory.Value, property string) []string {
	var out []string
	for _, v := range list.List() {
		text, _ := v.Get(property).Text()
		if v.IsUnknown() {
			text = "?"
		}
		out = append(out, text)
	}
	return out
}

const trustLambda = `AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}`

// TestRoleAccess judges the policies of roles, users and policies that stand alone.
func TestRoleAccess(t *testing.T) {
	t.Parallel()
	role := func(statements string) string {
		return "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      " + trustLambda +
			"\n      Policies: [{PolicyName: p, PolicyDocument: {Version: \"2012-10-17\", Statement: [" + statements + "]}}]\n"
	}
	tests := []struct {
		name, resources          string
		admin                    string
		escalations, wild, expos []string
	}{
		{"nothing", role(`{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*"}`), "false", nil, nil, nil},
		{"everything", role(`{Effect: Allow, Action: "*", Resource: "*"}`), "true", nil, nil, nil},
		{"a path", role(`{Effect: Allow, Action: "iam:CreatePolicyVersion", Resource: "*"}`), "false", []string{"iam-001"}, nil, nil},
		{"a path on a named policy", role(`{Effect: Allow, Action: "iam:CreatePolicyVersion", Resource: "arn:aws:iam::111122223333:policy/p"}`), "false", nil, nil, nil},
		{"a wildcard", role(`{Effect: Allow, Action: "sqs:*", Resource: "*"}`), "false", nil, []string{"sqs:*"}, nil},
		{"a channel of an agent", role(`{Effect: Allow, Action: "ssmmessages:*", Resource: "*"}`), "false", nil, nil, nil},
		{"every secret", role(`{Effect: Allow, Action: "secretsmanager:GetSecretValue", Resource: "*"}`), "false", nil, nil, []string{"secretsmanager:GetSecretValue"}},
		{"a parameter decides", role(`{Effect: Allow, Action: !Ref Unset, Resource: "*"}`), "unknown", []string{}, nil, nil},
		{"a policy from elsewhere", "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      " + trustLambda + "\n      ManagedPolicyArns: [\"arn:aws:iam::111122223333:policy/p\"]\n", "unknown", []string{"?"}, []string{"?"}, []string{"?"}},
		{"what AWS fitted to a service", "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      " + trustLambda + "\n      ManagedPolicyArns: [\"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore\"]\n", "false", nil, nil, nil},
		{"AWS's administrator", "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      " + trustLambda + "\n      ManagedPolicyArns: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]\n", "true", nil, nil, nil},
		{"a policy alone", "  R:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"sqs:*\", Resource: \"*\"}]}\n", "false", nil, []string{"sqs:*"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, find := gathered(t, tt.resources)
			fact := g.roleAccess(find("R"))
			admin := "unknown"
			if b, ok := fact.Value.Get("Admin").Bool(); ok {
				admin = map[bool]string{true: "true", false: "false"}[b]
			}
			if admin != tt.admin {
				t.Errorf("Admin is %s, want %s", admin, tt.admin)
			}
			if tt.name == "a parameter decides" { // every path may be open
				if got := entryTexts(fact.Value.Get("Escalations"), "Name"); len(got) == 0 || got[0] != "?" {
					t.Errorf("Escalations are %v, want unknown ones", got)
				}
				return
			}
			for _, list := range []struct {
				property, of string
				want         []string
			}{{"Escalations", "Name", tt.escalations}, {"Wildcards", "Action", tt.wild}, {"Exposures", "Action", tt.expos}} {
				if diff := cmp.Diff(list.want, entryTexts(fact.Value.Get(list.property), list.of)); diff != "" {
					t.Errorf("%s: %s", list.property, diff)
				}
			}
		})
	}
}

// TestRoleEvidence: the evidence of a finding names the path and stands at the statement.
func TestRoleEvidence(t *testing.T) {
	t.Parallel()
	g, find := gathered(t, "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      "+trustLambda+`
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*"}
              - {Effect: Allow, Action: "iam:CreatePolicyVersion", Resource: "*"}
`)
	e := g.roleAccess(find("R")).Evidence("Escalations.Name")
	if len(e) != 1 {
		t.Fatalf("%d pieces of evidence, want one", len(e))
	}
	text, _ := e[0].Value.Text()
	if want := "the path iam-001 (iam:CreatePolicyVersion), by Allow iam:CreatePolicyVersion on *"; text != want {
		t.Errorf("the evidence is %q, want %q", text, want)
	}
	if line := e[0].Value.Origin().Line; line != 13 || e[0].Property != "AWS::IAM::Role.Policies.PolicyDocument.Statement" {
		t.Errorf("the evidence is %s at line %d", e[0].Property, line)
	}
}

// TestUserGroups: a user has the policies of its groups, by CloudFormation's ways to put it there.
func TestUserGroups(t *testing.T) {
	t.Parallel()
	g, find := gathered(t, `  U: {Type: AWS::IAM::User}
  G:
    Type: AWS::IAM::Group
    Properties: {Policies: [{PolicyName: p, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}]}
  Addition:
    Type: AWS::IAM::UserToGroupAddition
    Properties: {GroupName: !Ref G, Users: [!Ref U]}
`)
	fact := g.roleAccess(find("U")).Value
	if admin, ok := fact.Get("Admin").Bool(); !ok || !admin {
		t.Error("a member of the administrators is none")
	}
	if own, _ := fact.Get("Own").Number(); own != 0 {
		t.Errorf("the user has %v policies of its own", own)
	}
}

// truths are the answers of a fact: the names of those that are true, and of those that are unknown with a "?".
func truths(fact inventory.Value) string {
	var out []string
	for _, p := range fact.Properties() {
		b, ok := p.Value.Bool()
		switch {
		case p.Value.IsUnknown():
			out = append(out, p.Name+"?")
		case ok && b:
			out = append(out, p.Name)
		}
	}
	return strings.Join(out, " ")
}

// TestTrustAccess judges trust policies.
func TestTrustAccess(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, statement, want string }{
		{"a service that nobody uses it with", `{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}`, "Unused"},
		{"anyone", `{Effect: Allow, Principal: "*", Action: "sts:AssumeRole"}`, "Public"},
		{"an account that may be another's", `{Effect: Allow, Principal: {AWS: "444455556666"}, Action: "sts:AssumeRole"}`, "CrossAccountWithoutExternalId?"},
		{"with an external id", `{Effect: Allow, Principal: {AWS: "444455556666"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:ExternalId": x}}}`, ""},
		{"every repository", `{Effect: Allow, Principal: {Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, Action: "sts:AssumeRoleWithWebIdentity"}`, "FederationWithoutSubject"},
		{"a parameter", `!Ref Unset`, "CrossAccountWithoutExternalId? FederationWithoutSubject? Public? Unused?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, find := gathered(t, "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {Version: \"2012-10-17\", Statement: ["+tt.statement+"]}\n")
			if got := truths(g.trustAccess(find("R")).Value); got != tt.want {
				t.Errorf("it is %q, want %q", got, tt.want)
			}
		})
	}
}

// TestResourceAccess judges a policy beside its resource, by reference, by name, or with neither.
func TestResourceAccess(t *testing.T) {
	t.Parallel()
	policy := func(queues, principal string) string {
		return "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n  P:\n    Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: " + queues +
			"\n      PolicyDocument: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"sqs:SendMessage\", Resource: \"*\", Principal: " + principal + "}]}\n"
	}
	tests := []struct{ name, resources, queue, alone string }{
		{"by reference", policy("[!Ref Q]", `"*"`), "Public", ""},
		{"by name", policy("[jobs]", `"*"`), "Public", ""},
		{"a service", policy("[!Ref Q]", "{Service: sns.amazonaws.com}"), "UnguardedService", ""},
		{"of another stack", policy(`["https://sqs.eu-west-1.amazonaws.com/111122223333/other"]`, `"*"`), "", "Public"},
		{"for a queue that is not known", policy("[!Ref Unset]", `"*"`), "CrossAccount? Public? UnguardedService?", "Public"},
		{"an account", policy("[!Ref Q]", `{AWS: "444455556666"}`), "CrossAccount?", ""},
		{"the own account", policy("[!Ref Q]", `{AWS: !Ref "AWS::AccountId"}`), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, find := gathered(t, tt.resources)
			if got := truths(g.resourceAccess(find("Q")).Value); got != tt.queue {
				t.Errorf("the queue is %q, want %q", got, tt.queue)
			}
			if got := truths(g.resourceAccess(find("P")).Value); got != tt.alone {
				t.Errorf("the policy alone is %q, want %q", got, tt.alone)
			}
		})
	}
}

// TestFunctionURL: what a permission gives through a URL alone is judged at the URL.
func TestFunctionURL(t *testing.T) {
	t.Parallel()
	for property, want := range map[string]string{"FunctionUrlAuthType: NONE": "", "InvokedViaFunctionUrl: true": "", "EventSourceToken: !Ref AWS::NoValue": "Public"} {
		g, find := gathered(t, "  F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13}}\n  P:\n    Type: AWS::Lambda::Permission\n    Properties:\n"+
			"      FunctionName: !Ref F\n      Action: lambda:InvokeFunctionUrl\n      Principal: \"*\"\n      "+property+"\n")
		if got := truths(g.resourceAccess(find("F")).Value); got != want {
			t.Errorf("%s: it is %q, want %q", property, got, want)
		}
	}
}
