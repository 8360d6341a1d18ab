package evidence_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

// dataFact reads a template, or Terraform when the text begins with "resource", and derives a fact of the workload at an
// address, or of the resource there when it is none.
func dataFact(t *testing.T, text, address, role, typ string) inventory.Value {
	t.Helper()
	dir, file := t.TempDir(), "template.yaml"
	if strings.HasPrefix(text, "resource") || strings.HasPrefix(text, "variable") {
		file = "main.tf"
	} else {
		text = "Parameters: {Unset: {Type: String}}\nResources:\n" + text
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	inv := source.Read([]string{dir}, source.Options{Types: vocabulary.Load()})
	for _, d := range inv.Diags {
		if d.Incomplete {
			t.Fatal(d)
		}
	}
	ix := inventory.NewIndex(inv)
	g := evidence.New(inv, ix, evidence.Options{})
	found := workload.Find(ix, inv, workload.Options{Diags: &inv.Diags})
	for i := range found {
		if found[i].Address == address {
			return g.Of(&found[i]).Part(role, typ).Value
		}
	}
	for _, r := range inv.Resources {
		if r.Address == address {
			return g.OfResource(r, "").PartFor(r, role, typ).Value
		}
	}
	t.Fatalf("nothing is at %s", address)
	return inventory.Value{}
}

const unsetVariable = "variable \"v\" {}\n"

// database is an instance of RDS in Terraform with more arguments, and a security group that lets a block in at a port.
func database(more, cidr, port string) string {
	return `resource "aws_db_instance" "d" {
  engine                 = "postgres"
  vpc_security_group_ids = [aws_security_group.g.id]
  ` + more + `
}
resource "aws_security_group" "g" {
  ingress {
    from_port   = ` + port + `
    to_port     = ` + port + `
    protocol    = "tcp"
    cidr_blocks = ["` + cidr + `"]
  }
}
`
}

func TestExposure(t *testing.T) {
	t.Parallel()
	cluster := func(member string) string {
		return "resource \"aws_rds_cluster\" \"d\" {\n  engine = \"aurora-mysql\"\n}\nresource \"aws_rds_cluster_instance\" \"i\" {\n  cluster_identifier = aws_rds_cluster.d.id\n  " + member + "\n}\n"
	}
	for _, c := range []struct{ name, text, address, want string }{
		{"open at the engine's port", database("", "0.0.0.0/0", "5432"), "aws_db_instance.d", "Open=true Public=false"},
		{"open at another port", database("", "0.0.0.0/0", "22"), "aws_db_instance.d", "Open=false Public=false"},
		{"open to one network", database("", "10.0.0.0/8", "5432"), "aws_db_instance.d", "Open=false Public=false"},
		{"at a port of its own", database("port = 6000", "0.0.0.0/0", "6000"), "aws_db_instance.d", "Open=true Public=false"},
		{"at a port of its own, open elsewhere", database("port = 6000", "0.0.0.0/0", "5432"), "aws_db_instance.d", "Open=false Public=false"},
		{"at a port that is not known", unsetVariable + database("port = var.v", "0.0.0.0/0", "5432"), "aws_db_instance.d", "Open=? Public=false"},
		{"a block that is not known", unsetVariable + database("", "${var.v}", "5432"), "aws_db_instance.d", "Open=? Public=false"},
		{"public", database("publicly_accessible = true", "10.0.0.0/8", "5432"), "aws_db_instance.d", "Open=false Public=true"},
		{"public by an instance of the cluster", cluster("publicly_accessible = true"), "aws_rds_cluster.d", "Open=false Public=true"},
		{"a cluster with a private instance", cluster(""), "aws_rds_cluster.d", "Open=false Public=false"},
		{"CloudFormation leaves it to the subnets", "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql}}\n", "D", "Open=false Public=?"},
		{"private in CloudFormation", "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, PubliclyAccessible: false}}\n", "D", "Open=false Public=false"},
		{"a group of another stack", "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, PubliclyAccessible: false, VPCSecurityGroups: [!Ref Unset]}}\n", "D", "Open=? Public=false"},
		{"UDP is no way in", "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, PubliclyAccessible: false, VPCSecurityGroups: [!Ref G]}}\n  G: {Type: AWS::EC2::SecurityGroup, Properties: {SecurityGroupIngress: [{IpProtocol: udp, FromPort: 0, ToPort: 65535, CidrIp: 0.0.0.0/0}]}}\n", "D", "Open=false Public=false"},
		{"every port", "  D: {Type: AWS::DAX::Cluster, Properties: {SecurityGroupIds: [!Ref G]}}\n  G: {Type: AWS::EC2::SecurityGroup, Properties: {SecurityGroupIngress: [{IpProtocol: \"-1\", CidrIp: 0.0.0.0/0}]}}\n", "D", "Open=true Public=false"},
		{"by a mount target", "  D: {Type: AWS::EFS::FileSystem, Properties: {BackupPolicy: {Status: ENABLED}}}\n  M: {Type: AWS::EFS::MountTarget, Properties: {FileSystemId: !Ref D, SecurityGroups: [!Ref G]}}\n  G: {Type: AWS::EC2::SecurityGroup, Properties: {SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 2049, ToPort: 2049, CidrIp: 0.0.0.0/0}]}}\n", "D", "Open=true Public=false"},
	} {
		got := fields(dataFact(t, c.text, c.address, "exposure", "onus::Exposure"), "Open", "Public")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	selection := func(body string) string {
		return "  T: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders, Tags: [{Key: backup, Value: daily}, {Key: stage, Value: !Ref Unset}]}}\n" +
			"  S: {Type: AWS::Backup::BackupSelection, Properties: {BackupPlanId: p, BackupSelection: {SelectionName: s, " + body + "}}}\n"
	}
	tag := func(key, value string) string {
		return "{ConditionKey: " + key + ", ConditionType: STRINGEQUALS, ConditionValue: " + value + "}"
	}
	for _, c := range []struct{ name, text, address, want string }{
		{"Terraform keeps none unless told", "resource \"aws_db_instance\" \"d\" {\n  engine = \"mysql\"\n}\n", "aws_db_instance.d", "Days=0 Plan=false"},
		{"CloudFormation keeps a day", "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql}}\n", "D", "Days=1 Plan=false"},
		{"as set", "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, BackupRetentionPeriod: 14}}\n", "D", "Days=14 Plan=false"},
		{"as a variable says", "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: mysql, BackupRetentionPeriod: !Ref Unset}}\n", "D", "Days=? Plan=false"},
		{"a cluster keeps a day", "resource \"aws_rds_cluster\" \"d\" {\n  engine = \"aurora-mysql\"\n}\n", "aws_rds_cluster.d", "Days=1 Plan=false"},
		{"Lustre keeps none unless told", "resource \"aws_fsx_lustre_file_system\" \"d\" {\n  subnet_ids = [\"s\"]\n}\n", "aws_fsx_lustre_file_system.d", "Days=0 Plan=false"},
		{"Windows does", "  D: {Type: AWS::FSx::FileSystem, Properties: {FileSystemType: WINDOWS, WindowsConfiguration: {ThroughputCapacity: 8}}}\n", "D", "Days=7 Plan=false"},
		{"by reference", selection("Resources: [!GetAtt T.Arn]"), "T", "Days=- Plan=true"},
		{"every resource", selection(`Resources: ["*"]`), "T", "Days=- Plan=true"},
		{"every table", selection(`Resources: ["arn:aws:dynamodb:*:*:table/*"]`), "T", "Days=- Plan=true"},
		{"by its name", selection(`Resources: ["arn:aws:dynamodb:*:*:table/orders"]`), "T", "Days=- Plan=true"},
		{"another kind", selection(`Resources: ["arn:aws:rds:*:*:db:*"]`), "T", "Days=- Plan=false"},
		{"everything of another service", selection(`Resources: ["arn:aws:rds:*:*:*"]`), "T", "Days=- Plan=false"},
		{"an ARN that is not known", selection("Resources: [!Ref Unset]"), "T", "Days=- Plan=?"},
		{"left out by name", selection(`Resources: ["*"], NotResources: [!GetAtt T.Arn]`), "T", "Days=- Plan=false"},
		{"by a tag", selection("ListOfTags: [" + tag("backup", "daily") + "]"), "T", "Days=- Plan=true"},
		{"by one tag of two", selection("ListOfTags: [" + tag("backup", "weekly") + ", " + tag("backup", "daily") + "]"), "T", "Days=- Plan=true"},
		{"by another tag", selection("ListOfTags: [" + tag("backup", "weekly") + "]"), "T", "Days=- Plan=false"},
		{"by a tag whose value is not known", selection("ListOfTags: [" + tag("stage", "prod") + "]"), "T", "Days=- Plan=?"},
		{"of the kind, but not of the tag", selection(`Resources: ["*"], ListOfTags: [` + tag("backup", "weekly") + "]"), "T", "Days=- Plan=false"},
		{"every condition", selection("Conditions: {StringLike: [{ConditionKey: aws:ResourceTag/backup, ConditionValue: da*}], StringNotEquals: [{ConditionKey: aws:ResourceTag/backup, ConditionValue: weekly}]}"), "T", "Days=- Plan=true"},
		{"one condition not", selection("Conditions: {StringLike: [{ConditionKey: aws:ResourceTag/backup, ConditionValue: da*}], StringNotLike: [{ConditionKey: aws:ResourceTag/backup, ConditionValue: dail*}]}"), "T", "Days=- Plan=false"},
		{"neither resources nor tags", selection("IamRoleArn: r"), "T", "Days=- Plan=false"},
	} {
		got := fields(dataFact(t, c.text, c.address, "backup", "onus::Backup"), "Days", "Plan")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	instance := func(engine, version, more string) string {
		return "  D: {Type: AWS::RDS::DBInstance, Properties: {Engine: " + engine + ", EngineVersion: \"" + version + "\"" + more + "}}\n"
	}
	group := func(parameters string) string {
		return "  P: {Type: AWS::RDS::DBParameterGroup, Properties: {Family: f, Parameters: " + parameters + "}}\n"
	}
	const named = ", DBParameterGroupName: !Ref P"
	for _, c := range []struct{ name, text, want string }{
		{"PostgreSQL 15 requires it", instance("postgres", "15.4", ""), "true"},
		{"PostgreSQL 14 does not", instance("postgres", "14.9", ""), "false"},
		{"MySQL does not", instance("mysql", "8.4.3", ""), "false"},
		{"MariaDB 11.8 does", instance("mariadb", "11.8.3", ""), "true"},
		{"MariaDB 11.4 does not", instance("mariadb", "11.4.3", ""), "false"},
		{"the group says so", instance("mysql", "8.0", named) + group("{require_secure_transport: ON}"), "true"},
		{"the group says the opposite", instance("postgres", "16.4", named) + group(`{rds.force_ssl: "0"}`), "false"},
		{"the group says nothing", instance("postgres", "16.4", named) + group(`{log_connections: "1"}`), "true"},
		{"a variable in the group", instance("postgres", "16.4", named) + group("{rds.force_ssl: !Ref Unset}"), "?"},
		{"the default group", instance("postgres", "14.9", ", DBParameterGroupName: default.postgres14"), "false"},
		{"a group of another stack", instance("postgres", "16.4", ", DBParameterGroupName: !Ref Unset"), "?"},
		{"a group by a name that is not here", instance("postgres", "16.4", ", DBParameterGroupName: shared"), "?"},
		{"Oracle has no such parameter", instance("oracle-ee", "19", ""), "-"},
		{"an engine that is not known", instance("!Ref Unset", "19", ""), "?"},
		{"SQL Server does not", instance("sqlserver-se", "15.00", ""), "false"},
		{"Aurora MySQL does not", "  D: {Type: AWS::RDS::DBCluster, Properties: {Engine: aurora-mysql, EngineVersion: 8.0.mysql_aurora.3.05.2}}\n", "false"},
		{"Aurora PostgreSQL 16 does not", "  D: {Type: AWS::RDS::DBCluster, Properties: {Engine: aurora-postgresql, EngineVersion: \"16.4\"}}\n", "false"},
		{"Aurora PostgreSQL 17 is not known", "  D: {Type: AWS::RDS::DBCluster, Properties: {Engine: aurora-postgresql, EngineVersion: \"17.4\"}}\n", "?"},
		{"DocumentDB requires it", "  D: {Type: AWS::DocDB::DBCluster, Properties: {}}\n", "true"},
		{"unless switched off", "  D: {Type: AWS::DocDB::DBCluster, Properties: {DBClusterParameterGroupName: !Ref P}}\n  P: {Type: AWS::DocDB::DBClusterParameterGroup, Properties: {Parameters: {tls: disabled}}}\n", "false"},
		{"Redshift's default is not known", "  D: {Type: AWS::Redshift::Cluster, Properties: {NodeType: ra3.large}}\n", "?"},
		{"Redshift's group", "  D: {Type: AWS::Redshift::Cluster, Properties: {ClusterParameterGroupName: !Ref P}}\n  P: {Type: AWS::Redshift::ClusterParameterGroup, Properties: {Parameters: [{ParameterName: require_ssl, ParameterValue: \"true\"}]}}\n", "true"},
	} {
		v := dataFact(t, c.text, "D", "connections", "onus::Connections")
		if got := short(v.Get("TLSRequired")); got != c.want && !(v.IsUnknown() && c.want == "?") {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLoadBalancerAttributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, address, want string }{
		{"Terraform", "resource \"aws_lb\" \"l\" {\n  enable_deletion_protection = true\n  drop_invalid_header_fields = false\n  access_logs {\n    bucket  = \"b\"\n    enabled = true\n  }\n}\n", "aws_lb.l", "AccessLogs=true DeletionProtection=true DesyncMode=- DropInvalidHeaders=false"},
		{"CloudFormation", "  L: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {LoadBalancerAttributes: [{Key: access_logs.s3.enabled, Value: \"true\"}, {Key: routing.http.desync_mitigation_mode, Value: monitor}]}}\n", "L", "AccessLogs=true DeletionProtection=- DesyncMode=monitor DropInvalidHeaders=-"},
		{"a key that is not known", "  L: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {LoadBalancerAttributes: [{Key: !Ref Unset, Value: \"true\"}]}}\n", "L", "AccessLogs=? DeletionProtection=? DesyncMode=? DropInvalidHeaders=?"},
	} {
		got := fields(dataFact(t, c.text, c.address, "attributes", "onus::LoadBalancerAttributes"), "AccessLogs", "DeletionProtection", "DesyncMode", "DropInvalidHeaders")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTransportPolicy(t *testing.T) {
	t.Parallel()
	policy := func(effect, condition string) string {
		return "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n  P: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Q], PolicyDocument: {Statement: [{Effect: " + effect + ", Principal: \"*\", Action: \"sqs:*\", Resource: \"*\", Condition: " + condition + "}]}}}\n"
	}
	for _, c := range []struct{ name, text, want string }{
		{"denied", policy("Deny", `{Bool: {aws:SecureTransport: "false"}}`), "true"},
		{"denied in another case", policy("Deny", `{Bool: {AWS:securetransport: false}}`), "true"},
		{"allowed over TLS only is no denial", policy("Allow", `{Bool: {aws:SecureTransport: "true"}}`), "false"},
		{"allowed without TLS", policy("Allow", `{Bool: {aws:SecureTransport: "false"}}`), "false"},
		{"denied over TLS", policy("Deny", `{Bool: {aws:SecureTransport: "true"}}`), "false"},
		{"an old version is denied, and plain requests have none", policy("Deny", `{NumericLessThan: {s3:TlsVersion: "1.2"}}`), "false"},
		{"no policy", "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n", "false"},
		{"a policy that is not known", "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}\n  P: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Q], PolicyDocument: !Ref Unset}}\n", "?"},
	} {
		if got := short(dataFact(t, c.text, "Q", "transportPolicy", "onus::TransportPolicy").Get("TLSOnly")); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTarget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, address, want string }{
		{"logs of a bucket", "resource \"aws_s3_bucket\" \"logs\" {}\nresource \"aws_s3_bucket\" \"a\" {}\nresource \"aws_s3_bucket_logging\" \"a\" {\n  bucket        = aws_s3_bucket.a.id\n  target_bucket = aws_s3_bucket.logs.id\n  target_prefix = \"a\"\n}\nresource \"aws_s3_bucket_versioning\" \"logs\" {\n  bucket = aws_s3_bucket.logs.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n", "aws_s3_bucket.logs", "DeadLetters=false Logs=true"},
		{"a trail by name", "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: trail}}\n  T: {Type: AWS::CloudTrail::Trail, Properties: {IsLogging: true, S3BucketName: trail}}\n", "B", "DeadLetters=false Logs=true"},
		{"failed messages", "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}\n  A: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn, maxReceiveCount: 3}}}\n", "Q", "DeadLetters=true Logs=false"},
		{"nothing", "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}\n", "Q", "DeadLetters=false Logs=false"},
	} {
		got := fields(dataFact(t, c.text, c.address, "target", "onus::Target"), "DeadLetters", "Logs")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestDataFacts checks the facts that come from one other resource.
func TestDataFacts(t *testing.T) {
	t.Parallel()
	network := func(policy string) string {
		return "  C: {Type: AWS::OpenSearchServerless::Collection, Properties: {Name: orders}}\n  P: {Type: AWS::OpenSearchServerless::SecurityPolicy, Properties: {Name: p, Type: network, Policy: " + policy + "}}\n"
	}
	const public = `'[{"Rules": [{"ResourceType": "collection", "Resource": ["collection/%s"]}], "AllowFromPublic": true}]'`
	for _, c := range []struct{ name, text, address, role, typ, property, want string }{
		{"domain logs of CloudFormation", "  D: {Type: AWS::OpenSearchService::Domain, Properties: {LogPublishingOptions: {AUDIT_LOGS: {Enabled: true}, INDEX_SLOW_LOGS: {Enabled: false}}}}\n", "D", "domainLogs", "onus::DomainLogs", "Kinds", "[AUDIT_LOGS]"},
		{"domain logs of Terraform", "resource \"aws_opensearch_domain\" \"d\" {\n  log_publishing_options {\n    log_type                 = \"AUDIT_LOGS\"\n    cloudwatch_log_group_arn = \"a\"\n  }\n}\n", "aws_opensearch_domain.d", "domainLogs", "onus::DomainLogs", "Kinds", "[AUDIT_LOGS]"},
		{"domain logs that a variable switches", "  D: {Type: AWS::OpenSearchService::Domain, Properties: {LogPublishingOptions: {AUDIT_LOGS: {Enabled: !Ref Unset}}}}\n", "D", "domainLogs", "onus::DomainLogs", "Kinds", "[?]"},
		{"registry", "  R: {Type: AWS::ECR::Repository, Properties: {RepositoryName: a}}\n  S: {Type: AWS::ECR::RegistryScanningConfiguration, Properties: {ScanType: ENHANCED, Rules: [{ScanFrequency: CONTINUOUS_SCAN}]}}\n", "R", "registryScanning", "onus::RegistryScanning", "Frequencies", "[CONTINUOUS_SCAN]"},
		{"a rotated secret", "  S: {Type: AWS::SecretsManager::Secret, Properties: {Name: a}}\n  R: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref S}}\n", "S", "rotation", "onus::Rotation", "Scheduled", "true"},
		{"a secret that is not", "  S: {Type: AWS::SecretsManager::Secret, Properties: {Name: a}}\n", "S", "rotation", "onus::Rotation", "Scheduled", "false"},
		{"a public collection", network(strings.Replace(public, "%s", "orders", 1)), "C", "collectionAccess", "onus::CollectionAccess", "Public", "true"},
		{"every collection public", network(strings.Replace(public, "%s", "*", 1)), "C", "collectionAccess", "onus::CollectionAccess", "Public", "true"},
		{"another collection public", network(strings.Replace(public, "%s", "other", 1)), "C", "collectionAccess", "onus::CollectionAccess", "Public", "false"},
		{"a policy that is no JSON", network(`"["`), "C", "collectionAccess", "onus::CollectionAccess", "Public", "?"},
		{"a policy that is not known", network("!Ref Unset"), "C", "collectionAccess", "onus::CollectionAccess", "Public", "?"},
		{"no policy", "  C: {Type: AWS::OpenSearchServerless::Collection, Properties: {Name: orders}}\n", "C", "collectionAccess", "onus::CollectionAccess", "Public", "false"},
		{"a recorder that is started", "resource \"aws_config_configuration_recorder\" \"r\" {\n  name = \"r\"\n}\nresource \"aws_config_configuration_recorder_status\" \"r\" {\n  name       = aws_config_configuration_recorder.r.name\n  is_enabled = true\n}\n", "aws_config_configuration_recorder.r", "recorder", "onus::Recorder", "On", "true"},
		{"a recorder of CloudFormation", "  R: {Type: AWS::Config::ConfigurationRecorder, Properties: {RoleARN: r}}\n", "R", "recorder", "onus::Recorder", "On", "true"},
		{"a recorder that is not started", "  R: {Type: AWS::Config::ConfigurationRecorder, Properties: {RoleARN: r, StartedOnCreate: false}}\n", "R", "recorder", "onus::Recorder", "On", "false"},
		{"a recorder that nobody starts", "resource \"aws_config_configuration_recorder\" \"r\" {\n  name = \"r\"\n}\n", "aws_config_configuration_recorder.r", "recorder", "onus::Recorder", "On", "false"},
	} {
		if got := short(dataFact(t, c.text, c.address, c.role, c.typ).Get(c.property)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
