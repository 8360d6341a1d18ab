package identity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

func document(t *testing.T, list string) inventory.Value {
	return js(t, `{"Version": "2012-10-17", "Statement": [`+list+`]}`)
}

func role(address string, pairs ...any) *inventory.Resource {
	return resource(typeRole, address, props(append([]any{"RoleName", strings.TrimPrefix(address, "role.")}, pairs...)...))
}

// names lists the policies of a principal: kind, name, and "?" when its document is unknown or may not be attached.
func names(policies []Policy) []string {
	var out []string
	for _, p := range policies {
		s := string(p.Kind) + " " + p.Name
		if len(p.Document.Open) > 0 || p.Document.Unsure {
			s += "?"
		}
		out = append(out, s)
	}
	return out
}

func TestPoliciesOfARole(t *testing.T) {
	t.Parallel()
	doc := func() inventory.Value { return document(t, ownBucket) }
	other := unset("", "role.other")
	tests := []struct {
		name      string
		role      *inventory.Resource
		resources []*inventory.Resource
		want      []string
	}{
		{"inline", role("role.r", "Policies", list(props("PolicyName", "p", "PolicyDocument", doc()))), nil, []string{"inline p"}},
		{"unknown inline", role("role.r", "Policies", inventory.UnknownValue(here)), nil, []string{"inline ?"}},
		{"AWS managed", role("role.r", "ManagedPolicyArns", list(text("arn:aws:iam::aws:policy/ReadOnlyAccess"))), nil, []string{"AWS managed ReadOnlyAccess"}},
		{"AWS managed, partition unknown", role("role.r", "ManagedPolicyArns", list(unset("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"))), nil,
			[]string{"AWS managed service-role/AWSLambdaBasicExecutionRole"}},
		{"AWS managed, not in the table", role("role.r", "ManagedPolicyArns", list(text("arn:aws:iam::aws:policy/NewFullAccess"))), nil, []string{"AWS managed NewFullAccess?"}},
		{"not in the input", role("role.r", "ManagedPolicyArns", list(text("arn:aws:iam::123456789012:policy/mine"))), nil, []string{"customer managed arn:aws:iam::123456789012:policy/mine?"}},
		{"customer managed by reference", role("role.r", "ManagedPolicyArns", list(unset("", "pol"))),
			[]*inventory.Resource{resource(typeManagedPolicy, "pol", props("PolicyDocument", doc()))}, []string{"customer managed pol"}},
		{"customer managed by ARN", role("role.r", "ManagedPolicyArns", list(text("arn:aws:iam::123456789012:policy/team/mine"))),
			[]*inventory.Resource{resource(typeManagedPolicy, "pol", props("ManagedPolicyName", "mine", "PolicyDocument", doc()))}, []string{"customer managed pol"}},
		{"role policy by reference", role("role.r"), []*inventory.Resource{
			resource("AWS::IAM::RolePolicy", "rp", props("RoleName", unset("", "role.r"), "PolicyDocument", doc())),
			resource("AWS::IAM::RolePolicy", "rq", props("RoleName", other, "PolicyDocument", doc())),
		}, []string{"inline rp"}},
		{"role policy by name", role("role.r"), []*inventory.Resource{
			resource("AWS::IAM::RolePolicy", "rp", props("RoleName", "r", "PolicyDocument", doc())),
			resource("AWS::IAM::RolePolicy", "rq", props("RoleName", "other", "PolicyDocument", doc())),
		}, []string{"inline rp"}},
		{"role policy of an unknown role", role("role.r"), []*inventory.Resource{
			resource("AWS::IAM::RolePolicy", "rp", props("RoleName", unset(""), "PolicyDocument", doc())),
			resource("AWS::IAM::RolePolicy", "rq", props("RoleName", unset("x-${var.name}"), "PolicyDocument", doc())),
		}, []string{"inline rp?"}},
		{"policies with roles", role("role.r"), []*inventory.Resource{
			resource("AWS::IAM::Policy", "a", props("Roles", list(unset("", "role.r")), "PolicyDocument", doc())),
			resource(typeManagedPolicy, "b", props("Roles", list(text("r")), "PolicyDocument", doc())),
		}, []string{"inline a", "customer managed b"}},
		{"attachments", role("role.r"), []*inventory.Resource{
			resource("AWS::IAM::RolePolicyAttachment", "a", props("Role", unset("", "role.r"), "PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")),
			resource("AWS::IAM::PolicyAttachment", "b", props("Roles", list(text("r"), text("s")), "PolicyArn", unset("", "pol"))),
			resource(typeManagedPolicy, "pol", props("PolicyDocument", doc())),
		}, []string{"AWS managed ReadOnlyAccess", "customer managed pol"}},
		{"attachment to one of two roles", role("role.r"), []*inventory.Resource{
			role("role.other"), resource("AWS::IAM::RolePolicy", "rp", props("RoleName", unset("", "role.r", "role.other"), "PolicyDocument", doc())),
		}, []string{"inline rp?"}},
		{"attachment that may not be there", role("role.r"), []*inventory.Resource{
			{Type: "AWS::IAM::RolePolicy", Address: "rp", Name: "rp", Scope: "app", MaybeAbsent: []inventory.Step{{Name: "c"}}, Properties: props("RoleName", "r", "PolicyDocument", doc())},
		}, []string{"inline rp?"}},
		{"policy that may not be there", role("role.r", "ManagedPolicyArns", list(unset("", "pol"))), []*inventory.Resource{
			{Type: typeManagedPolicy, Address: "pol", Name: "pol", Scope: "app", MaybeAbsent: []inventory.Step{{Name: "c"}}, Properties: props("PolicyDocument", doc())},
		}, []string{"customer managed pol?"}},
		{"empty texts", role("role.r", "ManagedPolicyArns", list(text("")), "PermissionsBoundary", text("")), nil, nil},
		{"lookup of a policy", role("role.r", "ManagedPolicyArns", list(unset("", "data.p"))), []*inventory.Resource{
			{Type: typeManagedPolicy, Address: "data.p", Scope: "app", Lookup: true, Properties: props("ManagedPolicyName", "AmazonSSMManagedInstanceCore")},
		}, []string{"AWS managed AmazonSSMManagedInstanceCore"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := analyzer(Options{}, append(tt.resources, tt.role)...)
			if diff := cmp.Diff(tt.want, names(a.Principal(tt.role).Policies)); diff != "" {
				t.Error(diff)
			}
			if b := a.Principal(tt.role).Boundary; b != nil {
				t.Errorf("boundary %v", b)
			}
		})
	}
}

// TestSummaries: levels and planes of what a role may do, and who is an administrator.
func TestSummaries(t *testing.T) {
	t.Parallel()
	managed := func(names ...string) *inventory.Resource {
		var arns []inventory.Value
		for _, n := range names {
			arns = append(arns, text("arn:aws:iam::aws:policy/"+n))
		}
		return role("role.r", "ManagedPolicyArns", list(arns...))
	}
	inline := func(statements string, more ...any) *inventory.Resource {
		return role("role.r", append([]any{"Policies", list(props("PolicyName", "p", "PolicyDocument", document(t, statements)))}, more...)...)
	}
	other := resource(typeManagedPolicy, "c", props("PolicyDocument", document(t, allowAll)))
	boundary := resource(typeManagedPolicy, "b", props("PolicyDocument", document(t, allowS3)))
	tests := []struct {
		name  string
		role  *inventory.Resource
		admin Truth
		// what is counted as Read, Write, Permissions: "0", "+" for any, "all" for more than 5,000
		control, data string
		wild          int
	}{
		{"nothing", role("role.r"), No, "0 0 0", "0 0 0", 0},
		{"AdministratorAccess", managed("AdministratorAccess"), Yes, "all all +", "+ + +", 1},
		{"PowerUserAccess", managed("PowerUserAccess"), No, "all all +", "+ + +", 1},
		{"ReadOnlyAccess", managed("ReadOnlyAccess"), No, "+ + +", "+ 0 0", -1},
		{"IAMFullAccess", managed("IAMFullAccess"), No, "+ + +", "0 0 0", 1},
		{"own bucket", inline(ownBucket), No, "0 0 0", "+ + 0", 0},
		{"s3:*", inline(allowS3), No, "+ + +", "+ + +", 1},
		{"admin but for deletes", inline(allowAll + "," + denyDelete), Yes, "all all +", "+ + +", 1},
		{"admin in one region", inline(`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}`), Maybe, "all all +", "+ + +", 1},
		{"admin on a condition", inline(`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "v"}}}`), Maybe, "0 0 0", "0 0 0", 0},
		{"admin on an impossible condition", inline(`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`), No, "0 0 0", "0 0 0", 0},
		{"admin within a boundary", inline(allowAll, "PermissionsBoundary", unset("", "b")), No, "+ + +", "+ + +", 1},
		{"admin within an unknown boundary", inline(allowAll, "PermissionsBoundary", inventory.UnknownValue(here)), Maybe, "0 0 0", "0 0 0", 0},
		{"tags by a wildcard", inline(`{"Effect": "Allow", "Action": "sqs:Tag*", "Resource": "*"}`), No, "0 0 0", "0 0 0", 1},
		{"reads by a wildcard", inline(`{"Effect": "Allow", "Action": "sqs:List*", "Resource": "*"}`), No, "+ 0 0", "0 0 0", 0},
		{"a wildcard on a named queue", inline(`{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:q"}`), No, "+ + +", "+ + 0", 0},
		{"admin within one of two boundaries", inline(allowAll, "PermissionsBoundary", unset("", "b", "c")), Maybe, "0 0 0", "0 0 0", 0},
		{"all but one bucket", inline(`{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::own"}`), No, "+ + +", "+ + +", 1},
		{"admin on one account's resources", inline(`{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::x"}`), No, "all all +", "+ + +", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := analyzer(Options{}, tt.role, boundary, other).Principal(tt.role).Summary
			if got.Admin != tt.admin {
				t.Errorf("admin %s, want %s", got.Admin, tt.admin)
			}
			control, data := []string{}, []string{}
			for _, l := range []Level{Read, Write, Permissions} {
				control, data = append(control, size(got.Counts[l].Control)), append(data, size(got.Counts[l].Data))
			}
			if c, d := strings.Join(control, " "), strings.Join(data, " "); c != tt.control || d != tt.data {
				t.Errorf("control %s, data %s; want %s, %s", c, d, tt.control, tt.data)
			}
			if n := len(got.Wildcards); n != tt.wild && tt.wild >= 0 {
				t.Errorf("%d wildcards, want %d", n, tt.wild)
			}
		})
	}
}

func size(n int) string {
	switch {
	case n == 0:
		return "0"
	case n > 5000:
		return "all"
	}
	return "+"
}

func TestUnrecognisedActions(t *testing.T) {
	t.Parallel()
	r := role("role.r", "Policies", list(props("PolicyDocument", document(t, `{"Effect": "Allow", "Action": ["s3:GetObjects", "nosuch:*", "s3:GetObject"], "Resource": "*"}`))))
	var got []string
	for _, p := range analyzer(Options{}, r).Principal(r).Summary.Unrecognised {
		got = append(got, p.Text)
	}
	if diff := cmp.Diff([]string{"s3:GetObjects", "nosuch:*"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEscalations(t *testing.T) {
	t.Parallel()
	pass := func(more string) string {
		return `{"Effect": "Allow", "Action": ["ec2:RunInstances", "lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}, {"Effect": "Allow", "Action": "iam:PassRole"` + more + `}`
	}
	one := func(action, resource string) string {
		return `{"Effect": "Allow", "Action": "` + action + `", "Resource": "` + resource + `"}`
	}
	tests := []struct {
		name, statements string
		want             []string
	}{
		{"nothing", ownBucket, nil},
		{"new version of any policy", one("iam:CreatePolicyVersion", "*"), []string{"iam-001 yes any"}},
		{"new version of a named policy", one("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/x"), []string{"iam-001 maybe named"}},
		{"a named policy and any", one("iam:CreatePolicyVersion", "arn:aws:iam::123456789012:policy/x") + "," + one("iam:CreatePolicyVersion", "*"), []string{"iam-001 yes any"}},
		{"wildcard", one("iam:Create*Version", "*"), []string{"iam-001 yes any"}},
		{"itself by name", one("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/r"), []string{"iam-005 yes self"}},
		{"another by name", one("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/s"), []string{"iam-005 maybe named"}},
		{"denied", one("iam:PutRolePolicy", "*") + `,{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}`, nil},
		{"pass any role", pass(`, "Resource": "*"`), []string{"lambda-001 yes any", "ec2-001 yes any"}},
		{"pass any role to Lambda", pass(`, "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}`), []string{"lambda-001 yes any"}},
		{"pass one role", pass(`, "Resource": "arn:aws:iam::1:role/task"`), []string{"lambda-001 maybe named", "ec2-001 maybe named"}},
		{"pass an unknown role", pass(`, "Resource": "${x}"`), []string{"lambda-001 maybe unknown", "ec2-001 maybe unknown"}},
		{"attach one policy only", `{"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": "*", "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}`, nil},
		{"attach any policy", one("iam:AttachRolePolicy", "*"), []string{"iam-009 yes any"}},
		{"half a path", one("iam:UpdateAssumeRolePolicy", "*"), nil},
		{"both halves", one("iam:UpdateAssumeRolePolicy", "*") + "," + one("sts:AssumeRole", "*"), []string{"iam-012 yes any", "sts-001 yes any"}},
		{"assume one role", one("sts:AssumeRole", "arn:aws:iam::1:role/x"), []string{"sts-001 maybe named"}},
		{"on a tag", `{"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/t": "x"}}}`, []string{"ssm-001 maybe any"}},
		{"one of two ways", one("codebuild:StartBuildBatch", "*"), []string{"codebuild-002 yes any"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := role("role.r", "Policies", list(props("PolicyDocument", document(t, tt.statements))))
			var got []string
			for _, e := range analyzer(Options{}, r).Principal(r).Escalations {
				got = append(got, e.Name+" "+e.Truth.String()+" "+e.Reach.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestItselfByReference(t *testing.T) {
	t.Parallel()
	policy := props("Version", "2012-10-17", "Statement", list(props("Effect", "Allow", "Action", "iam:PutRolePolicy", "Resource", unset("", "role.r"))))
	r, s := role("role.r", "Policies", list(props("PolicyDocument", policy))), role("role.s", "Policies", list(props("PolicyDocument", policy)))
	a := analyzer(Options{}, r, s)
	if got := a.Principal(r).Escalations; len(got) != 1 || got[0].Reach != ReachSelf || got[0].Truth != Yes {
		t.Errorf("itself: %+v", got)
	}
	if got := a.Principal(s).Escalations; len(got) != 1 || got[0].Truth != Maybe || got[0].Reach != ReachNamed {
		t.Errorf("another: %+v", got)
	}
}

func TestRolesOfWorkloads(t *testing.T) {
	t.Parallel()
	r := role("role.r")
	profile := resource(typeProfile, "prof", props("InstanceProfileName", "p1", "Roles", list(unset("", "role.r"))))
	tests := []struct {
		name  string
		parts map[string]workload.Part
		want  []string
	}{
		{"function", map[string]workload.Part{"function": {Resource: resource("AWS::Lambda::Function", "f", props("Role", unset("", "role.r")))}, "role": {Resource: r}}, []string{"workload role.r"}},
		{"function, role unknown", map[string]workload.Part{"function": {Resource: resource("AWS::Lambda::Function", "f", props("Role", unset("")))}, "role": {Unknown: true}}, []string{"workload ?"}},
		{"role not in the input", map[string]workload.Part{"function": {Resource: resource("AWS::Lambda::Function", "f", props("Role", "arn:aws:iam::1:role/gone"))}}, []string{"workload ?"}},
		{"task", map[string]workload.Part{"taskDefinition": {Resource: resource("AWS::ECS::TaskDefinition", "t", props("TaskRoleArn", text("arn:aws:iam::1:role/r"), "ExecutionRoleArn", unset("", "role.r")))}},
			[]string{"execution role.r", "workload role.r"}},
		{"task without roles", map[string]workload.Part{"taskDefinition": {Resource: resource("AWS::ECS::TaskDefinition", "t", props("Family", "x"))}}, nil},
		{"instance", map[string]workload.Part{"instance": {Resource: resource("AWS::EC2::Instance", "i", props("IamInstanceProfile", unset("", "prof")))}}, []string{"instance role.r"}},
		{"instance by name", map[string]workload.Part{"instance": {Resource: resource("AWS::EC2::Instance", "i", props("IamInstanceProfile", "p1"))}}, []string{"instance role.r"}},
		{"launch template", map[string]workload.Part{"launchTemplate": {Resource: resource("AWS::EC2::LaunchTemplate", "l", props("LaunchTemplateData", props("IamInstanceProfile", props("Name", "p1"))))}}, []string{"instance role.r"}},
		{"node group", map[string]workload.Part{"nodegroup": {Resource: resource("AWS::EKS::Nodegroup", "n", props("NodeRole", unset("", "role.r")))}}, []string{"instance role.r"}},
		{"pod beside its cluster", map[string]workload.Part{"role": {Resource: r}, "cluster": {Resource: resource("AWS::EKS::Cluster", "c", props("RoleArn", "r"))}}, []string{"workload role.r"}},
		{"pod", map[string]workload.Part{"role": {Resource: r}}, []string{"workload role.r"}},
		{"beanstalk", map[string]workload.Part{"environment": {Resource: resource("AWS::ElasticBeanstalk::Environment", "e", props("OptionSettings", list(props("OptionName", "IamInstanceProfile", "Value", "p1"))))}}, []string{"instance role.r"}},
		{"rule with targets", map[string]workload.Part{"rule": {Resource: resource("AWS::Events::Rule", "e", props("Targets", list(props("RoleArn", "r"), props("RoleArn", unset("", "role.r")))))}}, []string{"service role.r"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &workload.Workload{Root: resource("X", "x", props()), Parts: tt.parts}
			if f := tt.parts["function"].Resource; f != nil {
				w.Root = f
			}
			var got []string
			a := analyzer(Options{}, r, profile)
			analysis := a.Workload(w)
			for i, u := range analysis.Uses {
				name := "?"
				if u.Role != nil {
					name = u.Role.Address
				}
				if (analysis.Roles[i] != nil) != (u.Role != nil) {
					t.Errorf("%v has analysis %v", u, analysis.Roles[i])
				}
				got = append(got, string(u.Kind)+" "+name)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGroupsGiveTheirPolicies(t *testing.T) {
	t.Parallel()
	group := resource(typeGroup, "g", props("GroupName", "g1", "ManagedPolicyArns", list(text("arn:aws:iam::aws:policy/AdministratorAccess"))))
	user := resource(typeUser, "u", props("UserName", "u1", "Groups", list(text("g1"))))
	if got := analyzer(Options{}, group, user).Principal(user).Summary.Admin; got != Yes {
		t.Errorf("admin %s", got)
	}
}

// TestSource: what is found points at a line of the input, with policies of AWS's at what attaches them.
func TestSource(t *testing.T) {
	t.Parallel()
	arn := text("arn:aws:iam::aws:policy/AdministratorAccess").WithOrigin(diag.Range{Path: "role.tf", Line: 7})
	r := role("role.r", "ManagedPolicyArns", list(arn), "Policies", list(props("PolicyName", "p", "PolicyDocument", document(t, allowS3))))
	other := role("role.s", "Policies", list(props("PolicyDocument", document(t, allowS3))))
	a := analyzer(Options{}, r, other)
	var got []string
	for _, w := range a.Principal(r).Summary.Wildcards {
		policy, cite, ok := a.Principal(r).Source(w.Statement)
		if !ok {
			t.Fatalf("no source for %s", w.Pattern.Text)
		}
		got = append(got, w.Pattern.Text+" "+policy.Name+" "+cite.Origin().String())
		if _, _, ok := a.Principal(other).Source(w.Statement); ok {
			t.Errorf("%s has a source in another role", w.Pattern.Text)
		}
	}
	if diff := cmp.Diff([]string{"* AdministratorAccess role.tf:7", "s3:* p main.tf:3:1"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestHostilePolicies: policies made to be slow are not compared to the end, and that is told.
func TestHostilePolicies(t *testing.T) {
	t.Parallel()
	many := func(effect string) string {
		var resources []string
		for i := range 400 {
			resources = append(resources, fmt.Sprintf("%q", strings.Repeat("*a", 200)+fmt.Sprint(i)))
		}
		return `{"Effect": "` + effect + `", "Action": ["s3:*", "*:*Get*"], "Resource": [` + strings.Join(resources, ",") + `]}`
	}
	r := role("role.r", "Policies", list(props("PolicyDocument", document(t, many("Allow")+","+many("Deny")))))
	a := analyzer(Options{}, r)
	start := time.Now()
	got := a.Principal(r)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	if got.Summary.Total() > 0 || len(a.Diags()) != 1 || a.Diags()[0].Summary != "Policies not evaluated whole" {
		t.Errorf("%d actions, %v", got.Summary.Total(), a.Diags())
	}
	if got := loadActions().match(newPattern("*:getobject", false), &budget{left: 1000}).of[0]; got != Maybe {
		t.Errorf("one scan too many: %s", got)
	}
}
