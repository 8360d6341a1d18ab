package identity

import (
	"testing"

	"github.com/onus-dev/onus/inventory"
)

const (
	allowAll   = `{"Effect": "Allow", "Action": "*", "Resource": "*"}`
	allowS3    = `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`
	denyDelete = `{"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}`
	ownBucket  = `{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::own/*"}`
)

// TestEvaluation follows "Policy evaluation logic" and "Permissions boundaries for IAM entities" of the IAM User Guide:
// requests are denied unless a policy allows them, an explicit deny wins over any allow, a boundary limits and never
// grants.
func TestEvaluation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, identity, boundary string
		action, resource         string
		values                   map[string][]string
		want                     Truth
	}{
		{name: "nothing allows", identity: ownBucket, action: "ec2:RunInstances", resource: "arn:aws:ec2:::x", want: No},
		{name: "allow", identity: ownBucket, action: "s3:GetObject", resource: "arn:aws:s3:::own/a/b", want: Yes},
		{name: "case of actions", identity: ownBucket, action: "S3:getobject", resource: "arn:aws:s3:::own/a", want: Yes},
		{name: "other resource", identity: ownBucket, action: "s3:GetObject", resource: "arn:aws:s3:::other/a", want: No},
		{name: "case of resources", identity: ownBucket, action: "s3:GetObject", resource: "arn:aws:s3:::OWN/a", want: No},
		{name: "explicit deny wins", identity: allowAll + "," + denyDelete, action: "s3:DeleteObject", resource: "arn:aws:s3:::own/a", want: No},
		{name: "order is no matter", identity: denyDelete + "," + allowAll, action: "s3:DeleteObject", resource: "arn:aws:s3:::own/a", want: No},
		{name: "deny of another action", identity: allowAll + "," + denyDelete, action: "s3:GetObject", resource: "arn:aws:s3:::own/a", want: Yes},
		{name: "NotAction leaves out", identity: `{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}`, action: "iam:CreateUser", resource: "arn:aws:iam::1:user/u", want: No},
		{name: "NotAction lets in", identity: `{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}`, action: "s3:GetObject", resource: "arn:aws:s3:::x/y", want: Yes},
		{name: "Deny with NotAction", identity: allowAll + `,{"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}`, action: "ec2:RunInstances", resource: "x", want: No},
		{name: "NotResource leaves out", identity: `{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::own/*"}`, action: "s3:GetObject", resource: "arn:aws:s3:::own/a", want: No},
		{name: "NotResource lets in", identity: `{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::own/*"}`, action: "s3:GetObject", resource: "arn:aws:s3:::b/a", want: Yes},
		{name: "Deny with NotResource", identity: allowAll + `,{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::own/*"}`, action: "s3:GetObject", resource: "arn:aws:s3:::b/a", want: No},
		{name: "boundary allows too", identity: allowS3, boundary: ownBucket, action: "s3:GetObject", resource: "arn:aws:s3:::own/a", want: Yes},
		{name: "boundary does not allow", identity: allowAll, boundary: allowS3, action: "iam:CreateUser", resource: "arn:aws:iam::1:user/u", want: No},
		{name: "boundary grants nothing", identity: ownBucket, boundary: allowAll, action: "iam:CreateUser", resource: "arn:aws:iam::1:user/u", want: No},
		{name: "deny in the boundary", identity: allowAll, boundary: allowAll + "," + denyDelete, action: "s3:DeleteObject", resource: "arn:aws:s3:::own/a", want: No},
		{name: "condition holds", identity: `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/t": "x"}}}`,
			action: "s3:GetObject", resource: "a", values: map[string][]string{"aws:principaltag/t": {"x"}}, want: Yes},
		{name: "condition fails", identity: `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/t": "x"}}}`,
			action: "s3:GetObject", resource: "a", values: map[string][]string{"aws:principaltag/t": {"y"}}, want: No},
		{name: "condition of a deny fails", identity: allowAll + `,{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`,
			action: "s3:GetObject", resource: "a", values: map[string][]string{"aws:securetransport": {"true"}}, want: Yes},
		{name: "condition of a deny unknown", identity: allowAll + `,{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}`,
			action: "s3:GetObject", resource: "a", want: Maybe},
		{name: "variable in a resource", identity: `{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}`,
			action: "s3:GetObject", resource: "arn:aws:s3:::home/ann/a", want: Maybe},
		{name: "variable in another resource", identity: `{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}`,
			action: "s3:GetObject", resource: "arn:aws:s3:::logs/a", want: No},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := PolicySet{Identity: []*Document{statements(t, tt.identity)}}
			if tt.boundary != "" {
				set.Boundary = statements(t, tt.boundary)
			}
			got := set.Evaluate(Request{Action: tt.action, Resource: Resource(tt.resource), Context: Context{Values: tt.values}})
			if got.Truth != tt.want {
				t.Errorf("got %s, want %s", got.Truth, tt.want)
			}
		})
	}
}

// TestEvaluationOnAny asks whether an action is allowed on anything at all.
func TestEvaluationOnAny(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, identity, boundary, action string
		want                             Truth
		resource                         string // of the first grant
		narrowed                         bool
	}{
		{name: "named", identity: ownBucket, action: "s3:GetObject", want: Yes, resource: "arn:aws:s3:::own/*"},
		{name: "denied elsewhere", identity: ownBucket + `,{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::x/*"}`, action: "s3:GetObject", want: Yes, resource: "arn:aws:s3:::own/*"},
		{name: "denied in part", identity: ownBucket + `,{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::own/secret/*"}`, action: "s3:GetObject", want: Yes, resource: "arn:aws:s3:::own/*", narrowed: true},
		{name: "denied wholly", identity: ownBucket + `,{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::own*"}`, action: "s3:GetObject", want: No},
		{name: "boundary narrows", identity: allowAll, boundary: ownBucket, action: "s3:GetObject", want: Yes, resource: "arn:aws:s3:::own/*"},
		{name: "boundary apart", identity: ownBucket, boundary: `{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::other/*"}`, action: "s3:GetObject", want: No},
		{name: "boundary crosses", identity: `{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::*/a"}`, boundary: `{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/*"}`, action: "s3:GetObject", want: Yes, resource: "arn:aws:s3:::*/a", narrowed: true},
		{name: "NotResource", identity: `{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::own"}`, action: "s3:GetObject", want: Yes, resource: "*", narrowed: true},
		{name: "a condition that the caller chooses", identity: `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}`, action: "s3:GetObject", want: Yes, resource: "*", narrowed: true},
		{name: "a deny that the caller escapes", identity: allowAll + `,{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}`, action: "s3:GetObject", want: Yes, resource: "*", narrowed: true},
		{name: "a condition that only the request tells", identity: `{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}`, action: "s3:GetObject", want: Maybe, resource: "*"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := PolicySet{Identity: []*Document{statements(t, tt.identity)}}
			if tt.boundary != "" {
				set.Boundary = statements(t, tt.boundary)
			}
			got := set.Evaluate(Request{Action: tt.action})
			if got.Truth != tt.want {
				t.Fatalf("got %s, want %s", got.Truth, tt.want)
			}
			if tt.want == No {
				return
			}
			if g := got.Grants[0]; g.Resource.Text != tt.resource || g.Narrowed != tt.narrowed {
				t.Errorf("on %q narrowed %v, want %q %v", g.Resource.Text, g.Narrowed, tt.resource, tt.narrowed)
			}
		})
	}
}

// TestUnknownParts: what is unknown never gives a certain answer.
func TestUnknownParts(t *testing.T) {
	t.Parallel()
	allow := func(action, resource inventory.Value) *Document {
		return ParseDocument(props("Version", "2012-10-17", "Statement", list(props("Effect", "Allow", "Action", action, "Resource", resource))), nil)
	}
	unknown := inventory.UnknownValue(here)
	req := Request{Action: "s3:GetObject", Resource: Resource("arn:aws:s3:::b/k")}
	tests := []struct {
		name string
		set  PolicySet
		want Truth
	}{
		{"action", PolicySet{Identity: []*Document{allow(unknown, text("*"))}}, Maybe},
		{"resource", PolicySet{Identity: []*Document{allow(text("s3:*"), unknown)}}, Maybe},
		{"part of the resource", PolicySet{Identity: []*Document{allow(text("s3:*"), unset("arn:aws:s3:::${var.b}/*"))}}, Maybe},
		{"part of another resource", PolicySet{Identity: []*Document{allow(text("s3:*"), unset("arn:aws:sqs:${var.b}"))}}, No},
		{"document", PolicySet{Identity: []*Document{ParseDocument(unknown, nil)}}, Maybe},
		{"document beside a certain one", PolicySet{Identity: []*Document{ParseDocument(unknown, nil), statements(t, allowS3)}}, Yes},
		{"statement", PolicySet{Identity: []*Document{ParseDocument(props("Version", "2012-10-17", "Statement", list(unknown)), nil)}}, Maybe},
		{"boundary", PolicySet{Identity: []*Document{statements(t, allowS3)}, Boundary: ParseDocument(unknown, nil)}, Maybe},
		{"boundary when nothing allows", PolicySet{Identity: []*Document{statements(t, `{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}`)}, Boundary: ParseDocument(unknown, nil)}, No},
		{"effect", PolicySet{Identity: []*Document{ParseDocument(props("Version", "2012-10-17", "Statement", props("Effect", unknown, "Action", "*", "Resource", "*")), nil)}}, Maybe},
		{"effect beside a certain allow", PolicySet{Identity: []*Document{statements(t, allowS3), ParseDocument(props("Version", "2012-10-17", "Statement", props("Effect", unknown, "Action", "*", "Resource", "*")), nil)}}, Maybe},
		{"condition", PolicySet{Identity: []*Document{ParseDocument(props("Version", "2012-10-17", "Statement", props("Effect", "Allow", "Action", "*", "Resource", "*", "Condition", unknown)), nil)}}, Maybe},
		{"attachment", PolicySet{Identity: []*Document{{Statements: statements(t, allowS3).Statements, Unsure: true}}}, Maybe},
	}
	for _, tt := range tests {
		if got := tt.set.Evaluate(req).Truth; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
