package identity

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
)

// verdicts are the verdicts of a list of accesses: the worst case after a slash when it is undetermined.
func verdicts(list []Access) []string {
	var out []string
	for _, one := range list {
		s := one.Verdict.String()
		if one.Verdict == Undetermined {
			s += "/" + one.Worst.String()
		}
		out = append(out, s)
	}
	return out
}

// TestResourcePolicies judges principals and conditions, after "AWS global condition context keys" of the IAM User Guide and
// "The meaning of public" of the Amazon S3 User Guide.
func TestResourcePolicies(t *testing.T) {
	t.Parallel()
	anyone := func(condition string) string {
		return `{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": ` + condition + `}`
	}
	to := func(principal, condition string) string {
		return `{"Effect": "Allow", "Principal": ` + principal + `, "Action": "sqs:SendMessage", "Resource": "*", "Condition": ` + condition + `}`
	}
	sns := `{"Service": "sns.amazonaws.com"}`
	denyOutside := func(condition string) string {
		return `,{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": ` + condition + `}`
	}
	tests := []struct{ name, policy, want string }{
		{"everyone", anyone(`{}`), "public"},
		{"everyone as an AWS principal", to(`{"AWS": "*"}`, `{}`), "public"},
		{"everyone but one", `{"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "*"}`, "public"},
		{"TLS is no limit", anyone(`{"Bool": {"aws:SecureTransport": "true"}}`), "public"},
		{"referer is no limit", anyone(`{"StringLike": {"aws:Referer": "https://example.com/*"}}`), "public"},
		{"a tag of one's own is no limit", anyone(`{"StringEquals": {"aws:PrincipalTag/team": "a"}}`), "public"},
		{"a negation is no limit", anyone(`{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}`), "public"},
		{"if it exists is no limit", anyone(`{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}`), "public"},
		{"for all values is no limit", anyone(`{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}`), "public"},
		{"organization", anyone(`{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}`), "organization"},
		{"organization units", anyone(`{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}`), "organization"},
		{"any organization", anyone(`{"StringLike": {"aws:PrincipalOrgID": "*"}}`), "public"},
		{"VPC endpoint", anyone(`{"StringEquals": {"aws:SourceVpce": "vpce-1"}}`), "network"},
		{"VPC", anyone(`{"StringEquals": {"aws:sourceVpc": "vpc-1"}}`), "network"},
		{"mount target", anyone(`{"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}`), "network"},
		{"addresses", anyone(`{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}`), "network"},
		{"private addresses", anyone(`{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}`), "network"},
		{"all addresses", anyone(`{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}`), "public"},
		{"very many addresses", anyone(`{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "128.0.0.0/2"]}}`), "public"},
		{"not an address", anyone(`{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`), "public"},
		{"own account", anyone(`{"StringEquals": {"aws:PrincipalAccount": "111122223333"}}`), "same account"},
		{"own account, unknown id", anyone(`{"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}}`), "same account"},
		{"other account", anyone(`{"StringEquals": {"aws:SourceAccount": "444455556666"}}`), "cross-account"},
		{"own and other account", anyone(`{"StringEquals": {"aws:SourceAccount": ["111122223333", "444455556666"]}}`), "cross-account"},
		{"own source", anyone(`{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}`), "same account"},
		{"source of any account", anyone(`{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}`), "public"},
		{"source bucket", anyone(`{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::one"}}`), "undetermined/cross-account"},
		{"any source bucket", anyone(`{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}`), "public"},
		{"own principals", anyone(`{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}`), "same account"},
		{"two limits", anyone(`{"StringEquals": {"aws:SourceVpce": "vpce-1"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}`), "same account"},
		{"a key that has to be there is no limit", anyone(`{"Null": {"aws:PrincipalOrgID": "false"}}`), "public"},
		{"a key that is not known", anyone(`{"StringEquals": {"new:Key": "x"}}`), "undetermined/public"},

		{"deny outside the organization", anyone(`{}`) + denyOutside(`{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}`), "organization"},
		{"deny outside, if it exists", anyone(`{}`) + denyOutside(`{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}`), "organization"},
		{"deny outside but AWS services", anyone(`{}`) + denyOutside(`{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}`), "network"},
		{"deny outside both", anyone(`{}`) + denyOutside(`{"StringNotEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalOrgID": "o-1"}}`), "network"},
		{"deny inside the organization", anyone(`{}`) + denyOutside(`{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}`), "public"},
		{"deny outside and without TLS", anyone(`{}`) + denyOutside(`{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:SecureTransport": "false"}}`), "public"},
		{"deny another outside", anyone(`{}`) + strings.Replace(denyOutside(`{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}`), `"Principal": "*"`, `"Principal": {"AWS": "444455556666"}`, 1), "public"},
		{"deny without TLS", anyone(`{}`) + denyOutside(`{"Bool": {"aws:SecureTransport": "false"}}`), "public"},
		{"deny of another resource", strings.ReplaceAll(anyone(`{}`), ":b/", ":c/") + denyOutside(`{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}`), "public"},
		{"deny of another action", anyone(`{}`) + strings.Replace(denyOutside(`{"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}`), "s3:*", "s3:Put*", 1), "public"},

		{"own root", to(`{"AWS": "arn:aws:iam::111122223333:root"}`, `{}`), "same account"},
		{"own account number", to(`{"AWS": "111122223333"}`, `{}`), "same account"},
		{"other account", to(`{"AWS": ["arn:aws:iam::444455556666:role/x", "111122223333"]}`, `{}`), "cross-account, same account"},
		{"load balancer logs", to(`{"AWS": "arn:aws:iam::127311923021:root"}`, `{}`), "AWS account"},
		{"origin access identity", to(`{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}`, `{}`), "AWS account"},
		{"deleted principal", to(`{"AWS": "AIDACKCEVSQ6C2EXAMPLE"}`, `{}`), "undetermined/cross-account"},
		{"canonical user", to(`{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, `{}`), "undetermined/cross-account"},

		{"service", to(sns, `{}`), "unguarded service"},
		{"service with source", to(sns, `{"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t"}}`), "guarded service"},
		{"service with any source", to(sns, `{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}`), "unguarded service"},
		{"service with account", to(sns, `{"StringEquals": {"aws:SourceAccount": "444455556666"}}`), "guarded service"},
		{"service with organization", to(sns, `{"StringEquals": {"aws:SourceOrgID": "o-1"}}`), "guarded service"},
		{"service with source if it exists", to(sns, `{"ArnEqualsIfExists": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t"}}`), "unguarded service"},
		{"service from a network", to(sns, `{"StringEquals": {"aws:SourceVpc": "vpc-1"}}`), "unguarded service"},
		{"service over TLS", to(sns, `{"Bool": {"aws:SecureTransport": "true"}}`), "unguarded service"},
		{"service with the context of a trail", to(`{"Service": "cloudtrail.amazonaws.com"}`, `{"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}`), "guarded service"},
		{"service with the context of any trail", to(`{"Service": "cloudtrail.amazonaws.com"}`, `{"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:*:trail/*"}}`), "unguarded service"},
		{"everyone with the context of a trail", anyone(`{"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}`), "public"},
		{"nobody", `{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := analyzer(Options{Accounts: []string{"111122223333"}})
			if got := strings.Join(verdicts(a.JudgePolicy(statements(t, tt.policy), false)), ", "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAccountNotKnown: without the ids of the own accounts an account is neither own nor another's.
func TestAccountNotKnown(t *testing.T) {
	t.Parallel()
	d := statements(t, `{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:*", "Resource": "*"}`)
	if got := verdicts(analyzer(Options{}).JudgePolicy(d, false)); got[0] != "undetermined/cross-account" {
		t.Errorf("got %v", got)
	}
}

// TestUnknownAccess: unknown principals, effects, conditions and attachments.
func TestUnknownAccess(t *testing.T) {
	t.Parallel()
	unknown := inventory.UnknownValue(here)
	statement := func(pairs ...any) inventory.Value {
		return props("Version", "2012-10-17", "Statement", props(append([]any{"Action", "sqs:*", "Resource", "*"}, pairs...)...))
	}
	tests := []struct {
		name string
		in   inventory.Value
		want []string
	}{
		{"principal", statement("Effect", "Allow", "Principal", unknown), []string{"undetermined/public"}},
		{"account", statement("Effect", "Allow", "Principal", props("AWS", unknown)), []string{"undetermined/cross-account"}},
		{"own account, id unknown", statement("Effect", "Allow", "Principal", props("AWS", unset("arn:aws:iam::${AWS::AccountId}:root"))), []string{"same account"}},
		{"account in an ARN", statement("Effect", "Allow", "Principal", props("AWS", unset("arn:aws:iam::${var.account}:root"))), []string{"undetermined/cross-account"}},
		{"in a text", unset(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::${var.account}:root"}, "Action": "a:b"}}`), []string{"undetermined/cross-account"}},
		{"own account in a text", unset(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::${data.aws_caller_identity.x.account_id}:root"}, "Action": "a:b"}}`), []string{"same account"}},
		{"role of the input in a text", unset(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "${role.r.arn}"}, "Action": "a:b"}}`, "role.r"), []string{"same account"}},
		{"role of the input", statement("Effect", "Allow", "Principal", props("AWS", unset("", "role.r"))), []string{"same account"}},
		{"looked up", statement("Effect", "Allow", "Principal", props("AWS", unset("", "data.aws_iam_role.r"))), []string{"undetermined/cross-account"}},
		{"effect", statement("Effect", unknown, "Principal", "*"), []string{"undetermined/public"}},
		{"condition", statement("Effect", "Allow", "Principal", "*", "Condition", unknown), []string{"undetermined/public"}},
		{"source of the input", statement("Effect", "Allow", "Principal", "*", "Condition", props("ArnEquals", props("aws:SourceArn", unset("", "topic")))), []string{"same account"}},
		{"source from a variable", statement("Effect", "Allow", "Principal", "*", "Condition", props("ArnLike", props("aws:SourceArn", unset("")))), []string{"undetermined/public"}},
		{"account from a variable", statement("Effect", "Allow", "Principal", "*", "Condition", props("StringEquals", props("aws:SourceAccount", unset("")))), []string{"undetermined/cross-account"}},
		{"service and a source from a variable", statement("Effect", "Allow", "Principal", props("Service", "sns.amazonaws.com"), "Condition", props("ArnLike", props("aws:SourceArn", unset("")))), []string{"undetermined/unguarded service"}},
		{"document", unknown, nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, verdicts(analyzer(Options{}).JudgePolicy(ParseDocument(tt.in, nil), false))); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	github := func(condition string) string {
		return `{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": ` + condition + `}`
	}
	tests := []struct{ name, policy, want string }{
		{"service", `{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}`, "trusted service"},
		{"service with source", `{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}`, "guarded service"},
		{"everyone", `{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}`, "public"},
		{"only a tag", `{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:TagSession"}`, ""},
		{"any workflow of GitHub", github(`{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}`), "unguarded federation"},
		{"any repository of GitHub", github(`{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}`), "unguarded federation"},
		{"any subject", github(`{"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}`), "unguarded federation"},
		{"one repository", github(`{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/app:*"}}`), "guarded federation"},
		{"one of two subjects is wide", github(`{"StringLike": {"token.actions.githubusercontent.com:sub": ["repo:acme/app:*", "repo:*"]}}`), "unguarded federation"},
		{"subject if it exists", github(`{"StringLikeIfExists": {"token.actions.githubusercontent.com:sub": "repo:acme/app:*"}}`), "unguarded federation"},
		{"any identity pool", strings.Replace(github(`{"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}`), "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", "cognito-identity.amazonaws.com", 1), "unguarded federation"},
		{"one identity pool", github(`{"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:x"}}`), "guarded federation"},
		{"a client of an own provider", github(`{"StringEquals": {"login.example.com:aud": "client"}}`), "guarded federation"},
		{"STS of an own provider", github(`{"StringEquals": {"login.example.com:aud": "sts.amazonaws.com"}}`), "unguarded federation"},
		{"any audience of GitHub", github(`{"StringEquals": {"token.actions.githubusercontent.com:aud": "https://github.com/acme"}}`), "unguarded federation"},
		{"SAML", `{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/idp"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}`, "guarded federation"},
		{"service account", github(`{"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/X:sub": "system:serviceaccount:ns:sa"}}`), "guarded federation"},
		{"service account of an unknown provider", github(`{"StringEquals": {"${Provider}:sub": "system:serviceaccount:ns:sa"}}`), "guarded federation"},
		{"any service account", github(`{"StringLike": {"oidc.eks.eu-west-1.amazonaws.com/id/X:sub": "system:serviceaccount:*"}}`), "unguarded federation"},
		{"external id", `{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}`, "cross-account"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := role("role.r", "AssumeRolePolicyDocument", document(t, tt.policy))
			trust := analyzer(Options{Accounts: []string{"111122223333"}}, r).Principal(r).Trust
			if got := strings.Join(verdicts(trust), ", "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if want := tt.name == "external id"; len(trust) > 0 && trust[0].ExternalID != want {
				t.Errorf("external id %v", trust[0].ExternalID)
			}
		})
	}
}

func TestUnusedTrust(t *testing.T) {
	t.Parallel()
	lambda := `{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}`
	function := resource("AWS::Lambda::Function", "f", props("Role", unset("", "role.r")))
	byName := resource("AWS::Lambda::Function", "f", props("Role", "arn:aws:iam::1:role/r"))
	machine := resource("AWS::StepFunctions::StateMachine", "m", props("RoleArn", unset("", "role.r")))
	attachment := resource("AWS::IAM::RolePolicyAttachment", "a", props("Role", unset("", "role.r"), "PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"))
	tests := []struct {
		name      string
		resources []*inventory.Resource
		unread    bool
		want      Truth
	}{
		{"used", []*inventory.Resource{function}, false, No},
		{"used by name", []*inventory.Resource{byName}, false, No},
		{"used by another service", []*inventory.Resource{machine}, false, Maybe},
		{"not used", nil, false, Yes},
		{"only attached to", []*inventory.Resource{attachment}, false, Yes},
		{"not used in what was read", nil, true, Maybe},
	}
	for _, tt := range tests {
		r := role("role.r", "AssumeRolePolicyDocument", document(t, lambda))
		inv := &inventory.Inventory{Resources: append([]*inventory.Resource{r}, tt.resources...)}
		if tt.unread {
			inv.Unread = []inventory.Unread{{Scope: "app", Address: "module.x"}}
		}
		if got := New(inv, inventory.NewIndex(inv), Options{}).Principal(r).Trust[0].Unused; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestResourcePoliciesOfTheInput finds the policies wherever they are kept.
func TestResourcePoliciesOfTheInput(t *testing.T) {
	t.Parallel()
	open := `{"Effect": "Allow", "Principal": "*", "Action": "x:y", "Resource": "*"}`
	bucket := resource("AWS::S3::Bucket", "bucket", props())
	function := resource("AWS::Lambda::Function", "fn", props())
	permission := func(pairs ...any) *inventory.Resource {
		return resource("AWS::Lambda::Permission", "p", props(append([]any{"Action", "lambda:InvokeFunction", "FunctionName", unset("", "fn")}, pairs...)...))
	}
	tests := []struct {
		name   string
		holder *inventory.Resource
		want   string
		target string
	}{
		{"bucket policy", resource("AWS::S3::BucketPolicy", "p", props("Bucket", unset("", "bucket"), "PolicyDocument", document(t, open))), "public", "bucket"},
		{"key", resource("AWS::KMS::Key", "k", props("KeyPolicy", document(t, open))), "public", "k"},
		{"repository, as text", resource("AWS::ECR::Repository", "k", props("RepositoryPolicyText", `{"Statement": [`+open+`]}`)), "public", "k"},
		{"event bus, statement alone", resource("AWS::Events::EventBusPolicy", "k", props("EventBusName", "x", "Statement", js(t, open))), "public", ""},
		{"event bus, document", resource("AWS::Events::EventBusPolicy", "k", props("EventBusName", "x", "Statement", document(t, open))), "public", ""},
		{"everyone may invoke", permission("Principal", "*"), "public", "fn"},
		{"everyone by URL", permission("Principal", "*", "FunctionUrlAuthType", "NONE"), "public", "fn"},
		{"organization", permission("Principal", "*", "PrincipalOrgID", "o-1"), "organization", "fn"},
		{"service", permission("Principal", "s3.amazonaws.com"), "unguarded service", "fn"},
		{"service with source", permission("Principal", "s3.amazonaws.com", "SourceArn", "arn:aws:s3:::b"), "guarded service", "fn"},
		{"service with a source of the input", permission("Principal", "s3.amazonaws.com", "SourceArn", unset("", "bucket")), "guarded service", "fn"},
		{"service with account", permission("Principal", "s3.amazonaws.com", "SourceAccount", unset("")), "guarded service", "fn"},
		{"skill", permission("Principal", "alexa-appkit.amazon.com", "EventSourceToken", "amzn1.ask.skill.x"), "guarded service", "fn"},
		{"any skill", permission("Principal", "alexa-appkit.amazon.com"), "unguarded service", "fn"},
		{"account", permission("Principal", "444455556666"), "cross-account", "fn"},
		{"unknown", permission("Principal", unset("")), "undetermined/public", "fn"},
		{"key that may not be there", maybe(resource("AWS::KMS::Key", "k", props("KeyPolicy", document(t, open)))), "undetermined/public", "k"},
		{"permission that may not be there", maybe(permission("Principal", "*")), "undetermined/public", "fn"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := analyzer(Options{Accounts: []string{"111122223333"}}, bucket, function, tt.holder).ResourcePolicies()
			if len(all) != 1 {
				t.Fatalf("%d policies", len(all))
			}
			got, target := all[0], ""
			if len(got.Targets) > 0 {
				target = got.Targets[0].Address
			}
			if v := strings.Join(verdicts(got.Access), ", "); v != tt.want || target != tt.target || got.Holder != tt.holder {
				t.Errorf("%q for %q, want %q for %q", v, target, tt.want, tt.target)
			}
		})
	}
}

// maybe makes it unknown whether a resource exists.
func maybe(r *inventory.Resource) *inventory.Resource {
	r.MaybeAbsent = []inventory.Step{{Name: "condition C"}}
	return r
}
