package workload

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

const (
	hostRDS       = "rds"
	hostRDSCustom = "rds-custom"
	hostAurora    = "aurora"
	typeDBInst    = "AWS::RDS::DBInstance"
	typeDBCluster = "AWS::RDS::DBCluster"
	typeCache     = "AWS::ElastiCache::CacheCluster"
	typeReplGroup = "AWS::ElastiCache::ReplicationGroup"
)

// builtinRoots maps the types that alone make a workload to its hosting. Options.Roots adds to the table and overrides
// it. A type in neither that the vocabulary calls a workload is one of unknown hosting.
var builtinRoots = map[string]string{
	"AWS::AppRunner::Service": "app-runner", "AWS::ElasticBeanstalk::Environment": "elastic-beanstalk",
	"AWS::Lightsail::Instance": "lightsail", "AWS::Lightsail::Container": "lightsail",
	"AWS::SageMaker::Endpoint": "sagemaker-endpoint", "AWS::SageMaker::NotebookInstance": "sagemaker-notebook",
	"AWS::EMR::Cluster": "emr-ec2", "AWS::EMRServerless::Application": "emr-serverless", "AWS::Glue::Job": "glue",
	"AWS::MWAA::Environment": "mwaa", "AWS::CodeBuild::Project": "codebuild", "AWS::WorkSpaces::Workspace": "workspaces",

	typeReplGroup: "elasticache", "AWS::ElastiCache::ServerlessCache": "elasticache-serverless",
	"AWS::OpenSearchService::Domain": "opensearch", "AWS::Elasticsearch::Domain": "opensearch",
	"AWS::MSK::Cluster": "msk", "AWS::MSK::ServerlessCluster": "msk-serverless",
	"AWS::DynamoDB::Table": "dynamodb", "AWS::DynamoDB::GlobalTable": "dynamodb",
	"AWS::S3::Bucket": "s3", "AWS::S3Express::DirectoryBucket": "s3", "AWS::EFS::FileSystem": "efs",
	"AWS::SQS::Queue": "sqs", "AWS::SNS::Topic": "sns", "AWS::StepFunctions::StateMachine": "step-functions",
	"AWS::Events::EventBus": "eventbridge", typeRule: "eventbridge", typeSchedule: "eventbridge",
	"AWS::ApiGateway::RestApi": "api-gateway", "AWS::ApiGatewayV2::Api": "api-gateway", typeDistribution: "cloudfront",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "elb", "AWS::ElasticLoadBalancing::LoadBalancer": "elb",
	"AWS::ECR::Repository": "ecr", "AWS::ECR::PublicRepository": "ecr", "AWS::Cognito::UserPool": "cognito",
	"AWS::KMS::Key": "kms", "AWS::KMS::ReplicaKey": "kms", "AWS::Lightsail::Database": "lightsail",
}

// clusterMembers are the types whose resources fold into a cluster, with the property and type of it. They are a
// workload of their own only when their cluster is not in the input.
var clusterMembers = map[string]struct{ property, cluster string }{
	typeDBInst:                 {"DBClusterIdentifier", typeDBCluster},
	"AWS::Neptune::DBInstance": {"DBClusterIdentifier", "AWS::Neptune::DBCluster"},
	"AWS::DocDB::DBInstance":   {"DBClusterIdentifier", "AWS::DocDB::DBCluster"},
	typeCache:                  {"ReplicationGroupId", typeReplGroup},
}

// dataRoot is the workload of a data or integration service: one type, one hosting, but for databases and caches.
func (f *finder) dataRoot(r *inventory.Resource) (Workload, bool) {
	parts := map[string]Part{rootRole(r.Type): {Resource: r}}
	if m, ok := clusterMembers[r.Type]; ok {
		cluster := f.follow(r, r.Get(m.property), m.cluster)
		for _, c := range cluster.all {
			if !c.Lookup {
				return Workload{}, false
			}
		}
		return f.memberHosting(r, cluster).workload(parts), true
	}
	f.addInstances(parts, r)
	if r.Type == typeDBCluster {
		return clusterEngine(r).workload(parts), true
	}
	if v, ok := f.typeHosting(r, r.Type); ok {
		return v.workload(parts), true
	}
	return Workload{}, false
}

// typeHosting is the hosting that a type alone tells; ok is false when it makes no workload.
func (f *finder) typeHosting(r *inventory.Resource, typ string) (v verdict, ok bool) {
	hosting, ok := f.opts.Roots[typ]
	if !ok {
		hosting, ok = builtinRoots[typ]
	}
	switch {
	case ok:
		return decided(hosting, "The type of the resource tells.", exists(r)), true
	case vocabulary.IsWorkload(typ):
		return decided(UnknownHosting, "The catalog has no hosting for this managed service yet.", exists(r)), true
	}
	return verdict{}, false
}

// memberHosting is the hosting of a database instance or cache that stands alone, or whose cluster is not in the
// input.
func (f *finder) memberHosting(r *inventory.Resource, cluster link) verdict {
	switch r.Type {
	case typeCache:
		return decided("elasticache", "A cache cluster outside a replication group of the input.", exists(r))
	case typeDBInst:
		return f.instanceEngine(r, cluster)
	}
	v, _ := f.typeHosting(r, clusterMembers[r.Type].cluster)
	return v
}

// instanceEngine decides by Engine; a replica that names none has the engine of its source.
func (f *finder) instanceEngine(r *inventory.Resource, cluster link) verdict {
	engine := f.engineOf(r, 4)
	text, known := engine.Value.Text()
	switch {
	case strings.HasPrefix(text, "custom-"):
		return decided(hostRDSCustom, "The engine is one of RDS Custom.", engine)
	case strings.HasPrefix(text, "aurora"):
		return decided(hostAurora, "The engine is Aurora; the cluster of the instance is not in the input.", engine)
	case known:
		return decided(hostRDS, "A database instance of RDS outside a cluster of the input.", engine)
	case engine.Value.IsNull() && !cluster.set:
		return decided(hostRDS, "A database instance without Engine: RDS Custom and Aurora need one.", engine)
	}
	all := []Candidate{{hostRDS, "Engine is neither custom nor Aurora"}, {hostRDSCustom, "Engine starts with custom-"}}
	if cluster.set {
		all = []Candidate{{hostAurora, "Engine starts with aurora"}, {hostRDS, "Engine is mysql or postgres"}}
	}
	return open("Engine decides, and it is not known.", all, engine)
}

// engineOf follows a replica to its source, and an engine taken from another instance, for a few steps.
func (f *finder) engineOf(r *inventory.Resource, hops int) Evidence {
	engine := at(r, "Engine")
	if _, known := engine.Value.Text(); known || hops == 0 {
		return engine
	}
	from := engine.Value
	if from.IsNull() {
		from = r.Get("SourceDBInstanceIdentifier")
	}
	if source := f.follow(r, from, typeDBInst).one(); source != nil && source != r {
		return f.engineOf(source, hops-1)
	}
	if engine.Value.IsNull() && !from.IsNull() {
		return Evidence{engine.Property, inventory.UnknownValue(from.Origin(), f.undecided(r, from, false)...)}
	}
	return engine
}

// clusterEngine decides for a database cluster: Aurora by its engines, RDS for a Multi-AZ cluster.
func clusterEngine(r *inventory.Resource) verdict {
	engine := at(r, "Engine")
	text, _ := engine.Value.Text()
	switch {
	case strings.HasPrefix(text, "aurora"):
		return decided(hostAurora, "The engine of the cluster is Aurora.", engine)
	case text == "mysql", text == "postgres":
		return decided(hostRDS, "A Multi-AZ cluster of RDS: its engine is not Aurora.", engine)
	}
	return open("Engine decides, and it is not known.",
		[]Candidate{{hostAurora, "Engine starts with aurora"}, {hostRDS, "Engine is mysql or postgres"}}, engine)
}

// rootRole is the role of a data root in its parts: the last segment of its type with a small first word: "queue",
// "dbInstance", "restApi".
func rootRole(typ string) string {
	if typ == typeOldDomain {
		return "elasticsearchDomain" // a role has one type, and OpenSearch's own is called Domain too
	}
	name := typ[strings.LastIndexByte(typ, ':')+1:]
	end := 0
	for end < len(name) && upper(name[end]) && (end == 0 || end+1 == len(name) || !lower(name[end+1])) {
		end++
	}
	return strings.ToLower(name[:end]) + name[end:]
}
