package identity

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// resourcePolicy says where a type holds a resource policy, and which property names the resource that it is for; empty
// when it is the resource itself.
type resourcePolicy struct {
	typ, document, target string
}

// resourcePolicies are the types with resource policies. Those that CloudFormation lacks are Terraform's. Policies of VPC
// endpoints are not among them: they limit what goes through the endpoint, and let nobody in.
var resourcePolicies = []resourcePolicy{
	{"AWS::S3::BucketPolicy", "PolicyDocument", "Bucket"},
	{"AWS::S3::Bucket", "Policy", ""},
	{"AWS::S3::AccessPoint", "Policy", "Bucket"},
	{"AWS::S3::MultiRegionAccessPointPolicy", "Policy", "MrapName"},
	{"AWS::S3Express::BucketPolicy", "PolicyDocument", "Bucket"},
	{"AWS::SQS::QueuePolicy", "PolicyDocument", "Queues"},
	{"AWS::SQS::QueueInlinePolicy", "PolicyDocument", "Queue"},
	{"AWS::SQS::Queue", "Policy", ""},
	{"AWS::SNS::TopicPolicy", "PolicyDocument", "Topics"},
	{"AWS::SNS::TopicInlinePolicy", "PolicyDocument", "TopicArn"},
	{"AWS::SNS::Topic", "Policy", ""},
	{"AWS::KMS::Key", "KeyPolicy", ""},
	{"AWS::KMS::ReplicaKey", "KeyPolicy", ""},
	{"AWS::KMS::KeyPolicy", "KeyPolicy", "KeyId"},
	{"AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "SecretId"},
	{"AWS::SecretsManager::Secret", "Policy", ""},
	{"AWS::ECR::Repository", "RepositoryPolicyText", ""},
	{"AWS::ECR::RepositoryPolicy", "RepositoryPolicyText", "RepositoryName"},
	{"AWS::ECR::RegistryPolicy", "PolicyText", ""},
	{"AWS::EFS::FileSystem", "FileSystemPolicy", ""},
	{"AWS::EFS::FileSystemPolicy", "FileSystemPolicy", "FileSystemId"},
	{"AWS::OpenSearchService::Domain", "AccessPolicies", ""},
	{"AWS::OpenSearchService::DomainPolicy", "AccessPolicies", "DomainName"},
	{"AWS::Elasticsearch::Domain", "AccessPolicies", ""},
	{"AWS::Elasticsearch::DomainPolicy", "AccessPolicies", "DomainName"},
	{"AWS::ApiGateway::RestApi", "Policy", ""},
	{"AWS::ApiGateway::RestApiPolicy", "Policy", "RestApiId"},
	{"AWS::Events::EventBus", "Policy", ""},
	{"AWS::Events::EventBusPolicy", "Statement", "EventBusName"},
	{"AWS::Logs::ResourcePolicy", "PolicyDocument", ""},
	{"AWS::Logs::Destination", "DestinationPolicy", ""},
	{"AWS::Backup::BackupVault", "AccessPolicy", ""},
	{"AWS::Backup::VaultPolicy", "Policy", "BackupVaultName"},
	{"AWS::DynamoDB::Table", "ResourcePolicy.PolicyDocument", ""},
	{"AWS::DynamoDB::ResourcePolicy", "Policy", "ResourceArn"},
	{"AWS::Kinesis::ResourcePolicy", "ResourcePolicy", "ResourceArn"},
	{"AWS::CodeArtifact::Domain", "PermissionsPolicyDocument", ""},
	{"AWS::CodeArtifact::Repository", "PermissionsPolicyDocument", ""},
	{"AWS::CodeArtifact::DomainPermissionsPolicy", "PolicyDocument", "Domain"},
	{"AWS::MSK::ClusterPolicy", "Policy", "ClusterArn"},
	{"AWS::Glue::ResourcePolicy", "Policy", ""},
	{"AWS::Glacier::VaultLock", "Policy", "VaultName"},
	{"AWS::MediaStore::Container", "Policy", ""},
	{"AWS::MediaStore::ContainerPolicy", "Policy", "ContainerName"},
	{"AWS::SES::IdentityPolicy", "Policy", "Identity"},
	{"AWS::SSM::ResourcePolicy", "Policy", "ResourceArn"},
	{"AWS::XRay::ResourcePolicy", "PolicyDocument", ""},
	{"AWS::VpcLattice::AuthPolicy", "Policy", "ResourceIdentifier"},
	{"AWS::VpcLattice::ResourcePolicy", "Policy", "ResourceArn"},
}

// ResourceAccess is one resource policy of the input, judged.
type ResourceAccess struct {
	// Holder is the resource that holds the policy, at Property; Targets are the resources of the input that it is for.
	Holder   *inventory.Resource
	Property string
	Targets  []*inventory.Resource
	Document *Document
	// Access is whom it lets in; the widest first.
	Access []Access
}

// ResourcePolicies judges every resource policy of the input, Lambda permissions among them, in inventory order of each
// type. Trust policies are with their roles.
func (a *Analyzer) ResourcePolicies() []ResourceAccess {
	var out []ResourceAccess
	for _, p := range resourcePolicies {
		for _, r := range a.ix.OfType(p.typ) {
			if v := r.Get(p.document); !r.Lookup && !v.IsNull() {
				out = append(out, a.resourceAccess(r, p, v))
			}
		}
	}
	for _, typ := range []string{"AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission"} {
		for _, r := range a.ix.OfType(typ) {
			if !r.Lookup {
				out = append(out, a.permission(r))
			}
		}
	}
	return out
}

func (a *Analyzer) resourceAccess(r *inventory.Resource, p resourcePolicy, v inventory.Value) ResourceAccess {
	out := ResourceAccess{Holder: r, Property: p.document, Targets: []*inventory.Resource{r}}
	if p.target != "" {
		out.Targets = a.targets(r, r.Get(p.target))
	}
	if p.typ == "AWS::Events::EventBusPolicy" && v.Get("Statement").IsNull() && v.Kind() == inventory.Map {
		v = inventory.MapValue([]inventory.Property{{Name: "Statement", Value: v}, {Name: "Version", Value: inventory.StringValue("2012-10-17", v.Origin())}}, v.Origin())
	}
	out.Document = a.parse(r, v)
	if len(r.MaybeAbsent) > 0 {
		out.Document.Unsure = true
	}
	out.Access = widest(a.JudgePolicy(out.Document, false))
	return out
}

// targets are the declared resources that a property refers to, but for what only a name in it comes from.
func (a *Analyzer) targets(r *inventory.Resource, v inventory.Value) []*inventory.Resource {
	return slices.DeleteFunc(a.ix.Follow(r, v), func(t *inventory.Resource) bool { return t.Lookup })
}

func widest(list []Access) []Access {
	slices.SortStableFunc(list, func(x, y Access) int { return int(y.Verdict) - int(x.Verdict) })
	return list
}

// permission judges a permission of a function or layer as the statement that it adds to the resource policy.
func (a *Analyzer) permission(r *inventory.Resource) ResourceAccess {
	out := ResourceAccess{Holder: r, Targets: a.targets(r, r.Get("FunctionName"))}
	p := &reader{diags: &a.diags, doc: &Document{}}
	s := Statement{Effect: Allow, Value: r.Properties}
	if action := r.Get("Action"); !action.IsNull() {
		s.Actions = []Pattern{p.pattern(action, false).fold()}
	} else {
		s.Actions = []Pattern{newPattern("lambda:getlayerversion", false)}
	}
	s.Principals = []Principal{permissionPrincipal(p, r.Get("Principal"))}
	for _, c := range []struct{ property, operator, key string }{
		{"SourceArn", "ArnLike", "aws:sourcearn"}, {"SourceAccount", "StringEquals", "aws:sourceaccount"},
		{"PrincipalOrgID", "StringEquals", "aws:principalorgid"}, {"OrganizationId", "StringEquals", "aws:principalorgid"},
		{"FunctionUrlAuthType", "StringEquals", "lambda:functionurlauthtype"}, {"EventSourceToken", "StringEquals", "lambda:eventsourcetoken"},
		{"InvokedViaFunctionUrl", "Bool", "lambda:invokedviafunctionurl"},
	} {
		if v := r.Get(c.property); !v.IsNull() {
			s.Conditions = append(s.Conditions, Condition{Operator: c.operator, Key: c.key, Values: p.patterns(v, false), Value: v})
		}
	}
	out.Document = &Document{Statements: []Statement{s}, Value: r.Properties, Unsure: len(r.MaybeAbsent) > 0}
	out.Access = widest(a.JudgePolicy(out.Document, false))
	return out
}

func permissionPrincipal(p *reader, v inventory.Value) Principal {
	id := p.pattern(v, false)
	switch {
	case id.everything():
		return Principal{Kind: Anyone, ID: id}
	case v.IsNull(), !id.known() && !strings.Contains(id.Text, "arn:") && !strings.Contains(id.Text, ".amazonaws.com"):
		return Principal{Kind: UnknownPrincipal, ID: id}
	case strings.Contains(id.text(), ".amazonaws.com") || strings.Contains(id.text(), ".amazon.com"):
		return Principal{Kind: ServicePrincipal, ID: id}
	}
	return Principal{Kind: AWSPrincipal, ID: id}
}
