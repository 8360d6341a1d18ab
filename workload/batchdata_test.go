package workload

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
)

func env(address string, props p) *inventory.Resource {
	return res(typeComputeEnvironment, address, props)
}

func envType(address, typ string) *inventory.Resource {
	return env(address, p{"Type": "MANAGED", "ComputeResources": p{"Type": typ}})
}

func job(props p) *inventory.Resource { return res(typeJobDefinition, "job.j", props) }

func TestBatchHosting(t *testing.T) {
	t.Parallel()
	eks := p{"EksConfiguration": p{"EksClusterArn": ref("eks.c.arn")}}
	runHosting(t, []hostingCase{
		{name: "EC2", in: rs{envType("ce.e", "EC2")}, want: []string{"ce.e batch-ec2"}},
		{name: "Spot", in: rs{envType("ce.e", "SPOT")}, want: []string{"ce.e batch-ec2"}},
		{name: "Fargate", in: rs{envType("ce.e", "FARGATE")}, want: []string{"ce.e batch-fargate"}},
		{name: "Fargate Spot", in: rs{envType("ce.e", "FARGATE_SPOT")}, want: []string{"ce.e batch-fargate"}},
		{name: "Managed Instances", in: rs{envType("ce.e", "ECS_MANAGED_INSTANCES")}, want: []string{"ce.e batch-managed-instances"}},
		{name: "Managed Instances by provider", in: rs{env("ce.e", p{"ComputeResources": p{"ManagedInstancesProvider": p{"InfrastructureRoleArn": "r"}}})}, want: []string{"ce.e batch-managed-instances"}},
		{name: "unmanaged", in: rs{env("ce.e", p{"Type": "UNMANAGED"})}, want: []string{"ce.e batch-ec2"}},
		{name: "EKS", in: rs{env("ce.e", eks)}, want: []string{"ce.e batch-eks"}},
		{name: "unknown type", in: rs{env("ce.e", p{"ComputeResources": p{"Type": unset("var.t")}})}, want: []string{"ce.e unknown(batch-ec2|batch-fargate|batch-managed-instances)"}},
		{name: "unknown EKS", in: rs{env("ce.e", p{"EksConfiguration": unset("var.e"), "ComputeResources": p{"Type": "EC2"}})}, want: []string{"ce.e unknown(batch-eks|batch-ec2)"}},
		{name: "job on Fargate", in: rs{job(p{"PlatformCapabilities": l{"FARGATE"}})}, want: []string{"job.j batch-fargate"}},
		{name: "job on EC2 alone", in: rs{job(p{"PlatformCapabilities": l{"EC2"}})}, want: []string{"job.j batch-ec2"}},
		{name: "job that says nothing", in: rs{job(nil)}, want: []string{"job.j batch-ec2"}},
		{name: "job as pod", in: rs{job(p{"EksProperties": p{"PodProperties": p{"Containers": l{"c"}}}})}, want: []string{"job.j batch-eks"}},
		{name: "job beside Managed Instances", in: rs{job(nil), envType("ce.e", "ECS_MANAGED_INSTANCES")}, want: []string{"ce.e batch-managed-instances", "job.j batch-managed-instances"}},
		{name: "job beside two kinds", in: rs{job(nil), envType("ce.a", "EC2"), envType("ce.b", "ECS_MANAGED_INSTANCES")},
			want: []string{"ce.a batch-ec2", "ce.b batch-managed-instances", "job.j unknown(batch-ec2|batch-managed-instances)"}},
		{name: "job beside Fargate only stays on EC2", in: rs{job(nil), envType("ce.e", "FARGATE")}, want: []string{"ce.e batch-fargate", "job.j batch-ec2"}},
		{name: "job beside an unknown environment", in: rs{job(nil), env("ce.e", p{"ComputeResources": p{"Type": unset("var.t")}})},
			want: []string{"ce.e unknown(batch-ec2|batch-fargate|batch-managed-instances)", "job.j unknown(batch-ec2|batch-managed-instances)"}},
		{name: "job for both beside Fargate", in: rs{job(p{"PlatformCapabilities": l{"EC2", "FARGATE"}}), envType("ce.e", "FARGATE")}, want: []string{"ce.e batch-fargate", "job.j batch-fargate"}},
		{name: "job for both, nothing beside", in: rs{job(p{"PlatformCapabilities": l{"EC2", "FARGATE"}})}, want: []string{"job.j unknown(batch-fargate|batch-ec2|batch-managed-instances)"}},
		{name: "job with unknown capabilities", in: rs{job(p{"PlatformCapabilities": l{unset("var.c")}})}, want: []string{"job.j unknown(batch-fargate|batch-ec2|batch-managed-instances)"}},
		{name: "job with unknown EKS properties", in: rs{job(p{"EksProperties": unset("var.e")})}, want: []string{"job.j unknown(batch-fargate|batch-ec2|batch-managed-instances|batch-eks)"}},
		{name: "environment of another root", in: rs{job(nil), in("other", envType("ce.e", "ECS_MANAGED_INSTANCES"))}, want: []string{"job.j batch-ec2", "ce.e batch-managed-instances"}},
		{name: "queue is none", in: rs{res("AWS::Batch::JobQueue", "q", nil)}},
	})
}

func TestBatchImage(t *testing.T) {
	t.Parallel()
	with := func(props p) rs {
		props["Type"] = "EC2"
		return rs{env("ce.e", p{"ComputeResources": props})}
	}
	tests := []struct {
		name string
		in   rs
		want string
	}{
		{"none set", with(p{}), "Kind=ecs-optimized Publisher=aws Tracking=false"},
		{"image type", with(p{"Ec2Configuration": l{p{"ImageType": "ECS_AL2023"}}}), "Kind=ecs-optimized Publisher=aws Tracking=false"},
		{"override", with(p{"Ec2Configuration": l{p{"ImageType": "ECS_AL2023", "ImageIdOverride": "ami-1"}}}), "Kind=own Publisher=customer Tracking=false"},
		{"image id", with(p{"ImageId": "ami-1"}), "Kind=own Publisher=customer Tracking=false"},
		{"template's image", append(with(p{"LaunchTemplate": p{"LaunchTemplateId": ref("lt.l.id")}}), template("lt.l", p{"ImageId": "ami-1"})), "Kind=own Publisher=customer Tracking=false"},
		{"unset override", with(p{"ImageId": unset("var.ami")}), "Kind=(unknown) Publisher=(unknown) Tracking=(unknown)"},
		{"unread template", with(p{"LaunchTemplate": p{"LaunchTemplateId": ref("module.lt.id")}}), "Kind=(unknown) Publisher=(unknown) Tracking=false"},
		{"unmanaged", rs{env("ce.e", p{"Type": "UNMANAGED"})}, "unknown: the instances of the unmanaged environment are not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := part(one(t, find(tt.in, "module.lt"), "ce.e"), "image"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestJobEnvironment(t *testing.T) {
	t.Parallel()
	single := one(t, find(rs{job(nil), envType("ce.e", "EC2")}), "job.j")
	if got := part(single, "computeEnvironment"); got != "ce.e" {
		t.Errorf("environment is %s", got)
	}
	two := one(t, find(rs{job(nil), envType("ce.a", "EC2"), envType("ce.b", "SPOT")}), "job.j")
	if got := part(two, "computeEnvironment"); two.Hosting != hostBatchEC2 || got != "unknown: the compute environment of the job could be one of several" {
		t.Errorf("%s, environment is %s", two.Hosting, got)
	}
}

func TestDataRoots(t *testing.T) {
	t.Parallel()
	db := func(address string, props p) *inventory.Resource { return res(typeDBInst, address, props) }
	dbc := func(engine any) *inventory.Resource {
		return res(typeDBCluster, "db.c", p{"Engine": engine, "DBClusterIdentifier": "main"})
	}
	runHosting(t, []hostingCase{
		{name: "instance", in: rs{db("db.i", p{"Engine": "postgres"})}, want: []string{"db.i rds"}},
		{name: "RDS Custom", in: rs{db("db.i", p{"Engine": "custom-oracle-ee"})}, want: []string{"db.i rds-custom"}},
		{name: "unset engine", in: rs{db("db.i", p{"Engine": unset("var.e")})}, want: []string{"db.i unknown(rds|rds-custom)"}},
		{name: "restored without engine", in: rs{db("db.i", p{"DBSnapshotIdentifier": "snap"})}, want: []string{"db.i rds"}},
		{name: "replica has its source's engine", in: rs{db("db.i", p{"Engine": "mysql"}), db("db.r", p{"SourceDBInstanceIdentifier": ref("db.i.arn")})}, want: []string{"db.i rds", "db.r rds"}},
		{name: "replica of RDS Custom", in: rs{db("db.i", p{"Engine": "custom-oracle-ee"}), db("db.r", p{"SourceDBInstanceIdentifier": ref("db.i.arn")})}, want: []string{"db.i rds-custom", "db.r rds-custom"}},
		{name: "replica of what is not in the input", in: rs{db("db.r", p{"SourceDBInstanceIdentifier": "elsewhere"})}, want: []string{"db.r unknown(rds|rds-custom)"}},
		{name: "replica of itself", in: rs{db("db.r", p{"SourceDBInstanceIdentifier": ref("db.r.arn")})}, want: []string{"db.r unknown(rds|rds-custom)"}},
		{name: "Aurora, instances fold in", in: rs{dbc("aurora-postgresql"), db("db.i", p{"Engine": "aurora-postgresql", "DBClusterIdentifier": ref("db.c.id")})}, want: []string{"db.c aurora"}},
		{name: "instances fold in by name", in: rs{dbc("aurora-mysql"), db("db.i", p{"Engine": "aurora-mysql", "DBClusterIdentifier": "main"})}, want: []string{"db.c aurora"}},
		{name: "Aurora instance of a cluster elsewhere", in: rs{db("db.i", p{"Engine": "aurora-mysql", "DBClusterIdentifier": "far"})}, want: []string{"db.i aurora"}},
		{name: "instance of a cluster elsewhere without engine", in: rs{db("db.i", p{"DBClusterIdentifier": "far"})}, want: []string{"db.i unknown(aurora|rds)"}},
		{name: "Multi-AZ cluster", in: rs{dbc("mysql")}, want: []string{"db.c rds"}},
		{name: "cluster without engine", in: rs{dbc(nil)}, want: []string{"db.c unknown(aurora|rds)"}},
		{name: "cluster of an unset engine", in: rs{dbc(unset("var.e"))}, want: []string{"db.c unknown(aurora|rds)"}},
		{name: "cache outside a group", in: rs{res(typeCache, "c.c", nil)}, want: []string{"c.c elasticache"}},
		{name: "cache of a group", in: rs{res(typeReplGroup, "rg.g", nil), res(typeCache, "c.c", p{"ReplicationGroupId": ref("rg.g.id")})}, want: []string{"rg.g elasticache"}},
		{name: "Neptune has no hosting yet", in: rs{res("AWS::Neptune::DBCluster", "n.c", nil), res("AWS::Neptune::DBInstance", "n.i", p{"DBClusterIdentifier": ref("n.c.id")})}, want: []string{"n.c unknown"}},
		{name: "configuration is none", in: rs{res("AWS::EC2::VPC", "v", nil), res("AWS::EC2::LaunchTemplate", "l", nil), res("AWS::S3::BucketPolicy", "b", nil), res("AWS::Logs::LogGroup", "g", nil),
			res("AWS::ElasticLoadBalancingV2::TargetGroup", "t", nil), res("AWS::ElasticLoadBalancingV2::Listener", "li", nil), res("AWS::IAM::Role", "r", nil), res("AWS::RDS::DBSubnetGroup", "s", nil), res("helm_release", "h", nil)}},
		{name: "lookup is none", in: rs{lookup("AWS::S3::Bucket", "data.b", nil)}},
	})
}

func TestRootTable(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"AWS::SQS::Queue": "sqs", "AWS::SNS::Topic": "sns", "AWS::S3::Bucket": "s3", "AWS::DynamoDB::Table": "dynamodb", "AWS::KMS::Key": "kms",
		"AWS::Events::Rule": "eventbridge", "AWS::Events::EventBus": "eventbridge", "AWS::Scheduler::Schedule": "eventbridge",
		"AWS::ElasticLoadBalancing::LoadBalancer": "elb", "AWS::ElasticLoadBalancingV2::LoadBalancer": "elb", "AWS::EMR::Cluster": "emr-ec2",
		"AWS::MSK::ServerlessCluster": "msk-serverless", "AWS::Elasticsearch::Domain": "opensearch", "AWS::ApiGateway::RestApi": "api-gateway",
		"AWS::AmazonMQ::Broker": "unknown", "AWS::Kinesis::Stream": "unknown", "AWS::MemoryDB::Cluster": "unknown", "AWS::AppRunner::Service": "app-runner",
		"AWS::ElasticBeanstalk::Environment": "elastic-beanstalk", "AWS::Lightsail::Container": "lightsail", "AWS::SageMaker::Endpoint": "sagemaker-endpoint",
	}
	got := map[string]string{}
	for typ := range want {
		for _, w := range find(rs{res(typ, "x", nil)}) {
			got[typ] = w.Hosting
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hostings (-want +got):\n%s", diff)
	}
}

func TestRootsOption(t *testing.T) {
	t.Parallel()
	inv := &inventory.Inventory{Resources: rs{res("AWS::AmazonMQ::Broker", "a", nil), res("AWS::New::Thing", "b", nil)}}
	ws := Find(inventory.NewIndex(inv), inv, Options{Roots: map[string]string{"AWS::AmazonMQ::Broker": "mq", "AWS::New::Thing": "new"}})
	if len(ws) != 2 || ws[0].Hosting != "mq" || ws[1].Hosting != "new" {
		t.Errorf("got %v", ws)
	}
}

func TestRootRole(t *testing.T) {
	t.Parallel()
	want := map[string]string{"AWS::SQS::Queue": "queue", typeDBInst: "dbInstance", "AWS::ApiGateway::RestApi": "restApi", "AWS::AppSync::GraphQLApi": "graphQLApi"}
	for typ, role := range want {
		if got := rootRole(typ); got != role {
			t.Errorf("%s: got %s, want %s", typ, got, role)
		}
	}
}

func TestFindIsStable(t *testing.T) {
	t.Parallel()
	a := find(rs{res("AWS::SQS::Queue", "b", nil), res("AWS::SQS::Queue", "a", nil), in("other", res("AWS::SQS::Queue", "a", nil))})
	var got []string
	ids := map[string]bool{}
	for _, w := range a {
		got = append(got, w.Scope+"/"+w.Address)
		ids[w.ID] = true
	}
	if diff := cmp.Diff([]string{"infra/a", "infra/b", "other/a"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if len(ids) != 3 || a[0].ID != stableID("infra", "a") || len(a[0].ID) != 16 {
		t.Errorf("ids %v", ids)
	}
	if ws := find(nil); ws == nil || len(ws) != 0 {
		t.Errorf("no resources give %v", ws)
	}
}

// BenchmarkFind maps 10,000 workloads: services on one cluster with its provider, groups, functions, queues.
func BenchmarkFind(b *testing.B) {
	var all rs
	all = append(all, cluster(p{"ClusterName": "prod"}), asgProvider("cp.p", "group.g", "ENABLED"), template("lt.l", p{"ImageId": "ami-1", "UserData": "ECS_CLUSTER=prod"}), group("group.g", "lt.l"))
	for i := range 2000 {
		t, s, f := fmt.Sprintf("task.t%d", i), fmt.Sprintf("service.s%d", i), fmt.Sprintf("fn.f%d", i)
		all = append(all, res(typeTaskDefinition, t, p{"Family": t}), res(typeFunction, f, p{"Runtime": "python3.13"}),
			res(typeService, s, p{"Cluster": ref("cluster.c.id"), "TaskDefinition": ref(t + ".arn"), "CapacityProviderStrategy": strategy(ref("cp.p.name"))}),
			res("AWS::SQS::Queue", fmt.Sprintf("q.q%d", i), nil), res(typeGroup, fmt.Sprintf("asg.g%d", i), p{"LaunchTemplate": p{"LaunchTemplateId": ref("lt.l.id")}}),
			res(typeJobDefinition, fmt.Sprintf("job.j%d", i), nil), envType(fmt.Sprintf("ce.e%d", i), "EC2"))
	}
	inv := &inventory.Inventory{Resources: all}
	inv.Sort()
	b.ResetTimer()
	for b.Loop() {
		ix := inventory.NewIndex(inv)
		if got := len(Find(ix, inv, Options{})); got < 10000 {
			b.Fatalf("found %d workloads", got)
		}
	}
}
