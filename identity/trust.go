package identity

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

func (a *Analyzer) trustDocument(r *inventory.Resource) *Document {
	doc := a.trusts[r]
	if doc == nil {
		v := r.Get("AssumeRolePolicyDocument")
		if v.IsNull() {
			v = inventory.UnknownValue(r.Origin)
		}
		doc = a.parse(r, v)
		a.trusts[r] = doc
	}
	return doc
}

// Trust is the trust policy of a role.
func (a *Analyzer) Trust(r *inventory.Resource) *Document { return a.trustDocument(r) }

// trust judges the trust policy of a role. The statements are those that let someone assume it; sts:TagSession and
// sts:SetSourceIdentity alone let nobody in.
func (a *Analyzer) trust(r *inventory.Resource) []Access {
	var out []Access
	for _, one := range a.JudgePolicy(a.trustDocument(r), true) {
		if !assumes(one.Statement) {
			continue
		}
		if one.Principal.Kind == ServicePrincipal {
			one.Unused = a.unused(r, one.Principal)
		}
		out = append(out, one)
	}
	return out
}

func assumes(s *Statement) bool {
	for _, action := range []string{"sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml"} {
		if s.action(action) > No {
			return true
		}
	}
	return false
}

// servicesOf are the service principals that use the role of a resource, where they differ from the lower-case service
// of its type.
var servicesOf = map[string]string{
	"AWS::Lambda": "lambda edgelambda", "AWS::ECS": "ecs ecs-tasks", "AWS::EC2": "ec2 spotfleet vpc-flow-logs dlm", "AWS::AutoScaling": "ec2 autoscaling",
	"AWS::IAM": "ec2 ecs-tasks", "AWS::StepFunctions": "states", "AWS::Batch": "batch ecs-tasks ec2 spotfleet", "AWS::EKS": "eks ec2 eks-fargate-pods pods.eks eks-nodegroup",
	"AWS::RDS": "rds monitoring.rds", "AWS::KinesisFirehose": "firehose", "AWS::EMR": "elasticmapreduce ec2", "AWS::EMRServerless": "emr-serverless",
	"AWS::AppRunner": "apprunner build.apprunner tasks.apprunner", "AWS::ApiGatewayV2": "apigateway", "AWS::MWAA": "airflow airflow-env", "AWS::SageMaker": "sagemaker",
	"AWS::KinesisAnalyticsV2": "kinesisanalytics", "AWS::ElasticBeanstalk": "elasticbeanstalk ec2", "AWS::Cognito": "cognito-idp", "AWS::OpenSearchService": "es opensearchservice",
	"AWS::ImageBuilder": "imagebuilder ec2", "AWS::Bedrock": "bedrock", "AWS::BedrockAgentCore": "bedrock-agentcore", "AWS::DMS": "dms", "AWS::SSM": "ssm ec2", "AWS::Pipes": "pipes",
	"AWS::ApplicationAutoScaling": "application-autoscaling ecs.application-autoscaling", "AWS::CodeDeploy": "codedeploy", "AWS::Config": "config", "AWS::Logs": "logs",
}

// unused tells whether nothing of the input uses a role with a service that it trusts: Yes when nothing refers to the role
// at all, Maybe when only other services do, or when a part of the input could not be read.
func (a *Analyzer) unused(r *inventory.Resource, p Principal) Truth {
	name := strings.TrimSuffix(strings.TrimSuffix(p.ID.text(), ".cn"), ".amazonaws.com")
	users := a.usersOf(r)
	for _, u := range users {
		parts := strings.SplitN(u.Type, "::", 3)
		if len(parts) < 3 {
			return No // a Kubernetes object, or a type that is not known
		}
		services := strings.Fields(servicesOf[parts[0]+"::"+parts[1]])
		services = append(services, strings.ToLower(parts[1]))
		for _, s := range services {
			if name == s || strings.HasPrefix(name, s+".") { // a regional name, "states.eu-west-1"
				return No
			}
		}
	}
	if len(users) > 0 || a.unread(r.Scope) {
		return Maybe
	}
	return Yes
}

func (a *Analyzer) unread(scope string) bool {
	for _, u := range a.inv.Unread {
		if u.Scope == scope {
			return true
		}
	}
	return false
}

// usersOf lists the resources that refer to a role, or that name it, but for what attaches policies to it.
func (a *Analyzer) usersOf(role *inventory.Resource) []*inventory.Resource {
	if a.users == nil {
		a.users = map[*inventory.Resource][]*inventory.Resource{}
		for _, r := range a.inv.Resources {
			if _, attaches := attachments[r.Type]; attaches || r.Lookup || r.Type == typeRole {
				continue
			}
			for _, used := range a.ix.Follow(r, r.Properties) {
				if used.Type == typeRole {
					a.users[used] = append(a.users[used], r)
				}
			}
			for _, p := range roleProperties[r.Type] {
				for _, v := range each(r.Properties, p.path) {
					if text, ok := v.Text(); ok && !p.profile {
						for _, used := range a.named(r.Scope, typeRole, text) {
							a.users[used] = append(a.users[used], r)
						}
					}
				}
			}
		}
	}
	return a.users[role]
}
