package identity

import (
	"strings"
	"testing"

	"github.com/onus-dev/onus/diag"
)

// TestActions holds the table against actions that AWS documents.
func TestActions(t *testing.T) {
	t.Parallel()
	a := loadActions()
	if n := len(a.all()); n < 20000 || n > 40000 {
		t.Errorf("%d actions", n)
	}
	if n := len(a.Services()); n < 400 {
		t.Errorf("%d services", n)
	}
	tests := []struct {
		name  string
		level Level
		data  bool
	}{
		{"s3:GetObject", Read, true}, {"s3:PutObject", Write, true}, {"s3:ListBucket", List, true}, {"s3:ListAllMyBuckets", List, false},
		{"s3:PutBucketPolicy", Permissions, false}, {"s3:PutObjectTagging", Tagging, true}, {"s3:CreateBucket", Write, false},
		{"iam:PassRole", Write, false}, {"iam:CreatePolicyVersion", Permissions, false}, {"iam:GetRole", Read, false},
		{"lambda:InvokeFunction", Write, true}, {"lambda:UpdateFunctionCode", Write, false}, {"lambda:AddPermission", Permissions, false},
		{"dynamodb:GetItem", Read, true}, {"dynamodb:DeleteTable", Write, false}, {"dynamodb:PartiQLDelete", Write, true},
		{"sqs:SendMessage", Write, true}, {"sqs:DeleteQueue", Write, false}, {"kms:Decrypt", Write, true}, {"kms:CreateGrant", Permissions, false},
		{"secretsmanager:GetSecretValue", Read, true}, {"ec2:TerminateInstances", Write, false}, {"ssm:StartSession", Write, true},
	}
	for _, tt := range tests {
		got, ok := a.Find(strings.ToUpper(tt.name))
		if want := (Action{got.Service, got.Name, tt.level, tt.data}); !ok || got != want || got.String() != tt.name {
			t.Errorf("%s: %v %v data %v, want %v data %v", tt.name, ok, got.Level, got.Data, tt.level, tt.data)
		}
	}
	if _, ok := a.Find("s3:NoSuchAction"); ok {
		t.Error("an action that is none was found")
	}
	for pattern, want := range map[string]int{"sqs:*MessageNone": 0, "sqs:SendMessage": 1, "*:SendMessage": 1, "nosuch:*": 0} {
		if got := len(a.Expand(pattern)); got < want || want == 0 && got > 0 {
			t.Errorf("%s expands to %d actions", pattern, got)
		}
	}
	if got := len(a.Expand("*")); got != len(a.all()) {
		t.Errorf("* expands to %d actions", got)
	}
}

// TestEscalationTable: every action of the table of escalations exists, and every entry says how it works.
func TestEscalationTable(t *testing.T) {
	t.Parallel()
	actions := loadActions()
	paths := readEscalations(escalationsText)
	if len(paths) < 40 {
		t.Errorf("%d paths", len(paths))
	}
	seen := map[string]bool{}
	for _, p := range paths {
		if seen[p.name] || !strings.HasSuffix(p.what, ".") || !strings.HasPrefix(p.source, "https://") || strings.Contains(p.source, " ") || len(p.needs) == 0 {
			t.Errorf("%+v", p)
		}
		seen[p.name] = true
		for _, n := range p.needs {
			for _, name := range n.actions {
				if got, ok := actions.Find(name); !ok || got.String() != name {
					t.Errorf("%s: no action %s", p.name, name)
				}
			}
		}
	}
}

// TestManagedPolicies: every document of the table parses, and what they allow is in the table of actions, but for what
// AWS has withdrawn.
func TestManagedPolicies(t *testing.T) {
	t.Parallel()
	actions := loadActions()
	policies, patterns, strange := 0, 0, 0
	for line := range strings.Lines(managedText) {
		path, body, _ := strings.Cut(line, " ")
		if path == "#" {
			continue
		}
		policies++
		var diags diag.List
		d, err := managedDocument(strings.TrimSpace(body), here, &diags)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if len(diags) > 0 || len(d.Open) > 0 {
			t.Errorf("%s: %v", path, diags)
		}
		got, ok := managedPolicy(path, here)
		if !ok || len(got.Statements) != len(d.Statements) || got.Managed != path {
			t.Fatalf("%s is not found", path)
		}
		for _, s := range got.Statements {
			for _, p := range s.Actions {
				if patterns++; len(actions.match(p, nil).of) == 0 {
					strange++
				}
			}
		}
	}
	if policies < 700 || patterns < 10000 || strange*50 > patterns {
		t.Errorf("%d policies, %d patterns, %d of services that are not known", policies, patterns, strange)
	}
	for _, path := range []string{"", "AdministratorAcces", "ess", "AdministratorAccess [", "service-role/AdministratorAccess", "#"} {
		if _, ok := managedPolicy(path, here); ok {
			t.Errorf("%q was found", path)
		}
	}
}

func TestManagedPath(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"arn:aws:iam::aws:policy/AdministratorAccess":                   "AdministratorAccess",
		"arn:aws-cn:iam::aws:policy/service-role/X":                     "service-role/X",
		"arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess":          "ReadOnlyAccess",
		"arn:${data.aws_partition.current.partition}:iam::aws:policy/A": "A",
		"arn:aws:iam::123456789012:policy/Mine":                         "",
		"arn:aws:iam::aws:policy/${var.name}":                           "",
		"arn:${p}:iam::aws:policy/${n}":                                 "",
		"AdministratorAccess":                                           "",
		"arn:aws:s3:::x":                                                "",
	}
	for arn, want := range tests {
		if got, ok := managedPath(arn); got != want || ok != (want != "") {
			t.Errorf("%s: %q", arn, got)
		}
	}
}

// all returns every action.
func (a *Actions) all() []Action {
	out := make([]Action, 0, a.count)
	for _, s := range a.services {
		out = append(out, s.load().actions...)
	}
	return out
}
