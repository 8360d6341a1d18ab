package identity

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
)

// TestGroupsOf: a user is in a group by its own list, by CloudFormation's additions and by both of Terraform's memberships.
func TestGroupsOf(t *testing.T) {
	t.Parallel()
	user := resource(typeUser, "u", props("UserName", "ada"))
	other := resource(typeUser, "o", props("UserName", "bob"))
	group := func(name string) *inventory.Resource { return resource(typeGroup, name, props("GroupName", name)) }
	tests := []struct {
		name string
		by   *inventory.Resource
		want []string
	}{
		{"an addition", resource(typeAddition, "a", props("GroupName", "ops", "Users", list(text("ada")))), []string{"ops"}},
		{"a membership", resource(typeMembership, "m", props("User", "ada", "Groups", list(text("ops"), text("dev"), text("ops")))), []string{"ops", "dev"}},
		{"another's", resource(typeMembership, "m", props("User", "bob", "Groups", list(text("ops")))), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := analyzer(Options{}, user, other, group("ops"), group("dev"), tt.by)
			var got []string
			for _, g := range a.groupsOf(user) {
				got = append(got, g.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAlone: a policy that nobody has is analysed by itself, and Attached tells which are.
func TestAlone(t *testing.T) {
	t.Parallel()
	document := js(t, `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*"}]}`)
	alone := resource(typeManagedPolicy, "alone", props("PolicyDocument", document))
	had := resource(typeManagedPolicy, "had", props("PolicyDocument", document, "Roles", list(text("app"))))
	role := resource(typeRole, "role", props("RoleName", "app"))
	a := analyzer(Options{}, alone, had, role)
	if a.Attached(alone) || !a.Attached(had) {
		t.Errorf("attached: %v and %v, want false and true", a.Attached(alone), a.Attached(had))
	}
	if got := a.Alone(alone).Escalations; len(got) != 1 || got[0].Name != "iam-001" {
		t.Errorf("the paths are %v, want iam-001", got)
	}
	if first := a.Alone(alone); first != a.Alone(alone) {
		t.Error("the analysis is not remembered")
	}
}

// TestExposures: data actions count on resources that no statement names, and not what a condition narrows.
func TestExposures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, statement string
		want            map[string]Truth
	}{
		{"every secret", `{"Effect": "Allow", "Action": "secretsmanager:Get*", "Resource": "*"}`, map[string]Truth{"secretsmanager:GetSecretValue": Yes}},
		{"every bucket", `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"}`, map[string]Truth{"s3:GetObject": Yes}},
		{"a bucket", `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}`, map[string]Truth{}},
		{"by a tag of the resource", `{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/app": "a"}}}`, map[string]Truth{}},
		{"denied", `{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}, {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}`, map[string]Truth{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			policy := resource(typeManagedPolicy, "p", props("PolicyDocument", js(t, `{"Version": "2012-10-17", "Statement": [`+tt.statement+`]}`)))
			got := map[string]Truth{}
			for _, x := range analyzer(Options{}, policy).Alone(policy).Exposures {
				got[x.Action] = x.Truth
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
