package serverless

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

const roleID = "IamRoleLambdaExecution"

// roleOf returns the role of a function: its own, the provider's, or the one that the framework makes for all functions
// (shared). A text is an ARN or a logical id.
func (s *service) roleOf(f *function) (role *node, shared bool) {
	general := choose(s.provider.At("iam", "role"), s.provider.Get("role"))
	if general != nil && general.Kind == document.Map && !isCall(general) {
		general = nil // the settings of the role that the framework makes
	}
	n := choose(f.def.Get("role"), general)
	switch {
	case n == nil:
		return getAtt(f.from, roleID, "Arn"), true
	case n.Kind == document.Map || s.unknown(n) || strings.HasPrefix(n.Str(), "arn:"):
		return n, false
	case n.Str() == roleID:
		return getAtt(n, roleID, "Arn"), true
	}
	return getAtt(n, n.Str(), "Arn"), false
}

// role adds the role that the framework makes.
func (s *service) role(all []*function) {
	p := s.provider
	settings := p.At("iam", "role")
	from := choose(settings, p)
	statements := append([]*node{}, s.logStatements(from)...)
	own := choose(settings.Get("statements"), p.Get("iamRoleStatements"))
	statements = append(statements, own.List()...)
	managed := append([]*node{}, choose(settings.Get("managedPolicies"), p.Get("iamManagedPolicies")).List()...)
	for _, f := range all {
		if vpcOf(f.def, p) != nil {
			managed = append(managed, sub(from, "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"))
			break
		}
	}
	policy := mapAt(from, "PolicyName", s.text(from, "${sls:stage}-${self:service}-lambda"),
		"PolicyDocument", mapAt(from, "Version", textAt(from, "2012-10-17"), "Statement", document.ListAt(from, statements...)))
	name := choose(settings.Get("name"), s.text(from, "${self:service}-${sls:stage}-${aws:region}-lambdaRole"))
	var policies *node
	if len(managed) > 0 {
		policies = document.ListAt(from, managed...)
	}
	s.add(roleID, "AWS::IAM::Role", from, mapAt(from, "RoleName", name, "Path", choose(settings.Get("path"), textAt(from, "/")),
		"AssumeRolePolicyDocument", trust(from, "lambda.amazonaws.com"), "Policies", document.ListAt(from, policy),
		"ManagedPolicyArns", policies, "PermissionsBoundary", choose(settings.Get("permissionsBoundary"), settings.Get("permissionBoundary"), p.Get("rolePermissionsBoundary"))))
}

// logStatements let the functions write their logs.
func (s *service) logStatements(from *node) []*node {
	prefix := "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/*:*"
	statement := func(actions ...string) *node {
		list := document.ListAt(from)
		for _, a := range actions {
			list.Items = append(list.Items, textAt(from, a))
		}
		return mapAt(from, "Effect", textAt(from, "Allow"), "Action", list, "Resource", document.ListAt(from, sub(from, prefix)))
	}
	return []*node{statement("logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"), statement("logs:PutLogEvents")}
}

// trust is the policy that lets a service assume a role.
func trust(from *node, service string) *node {
	return mapAt(from, "Version", textAt(from, "2012-10-17"), "Statement", document.ListAt(from, mapAt(from,
		"Effect", textAt(from, "Allow"), "Principal", mapAt(from, "Service", document.ListAt(from, textAt(from, service))),
		"Action", document.ListAt(from, textAt(from, "sts:AssumeRole")))))
}
