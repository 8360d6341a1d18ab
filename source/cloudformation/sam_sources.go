package cloudformation

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/document"
)

// pullEvents are the event types that become an AWS::Lambda::EventSourceMapping: the property that holds the source's
// ARN, and the policy that SAM adds to a generated role.
var pullEvents = map[string]struct{ source, policy string }{
	"Kinesis":          {"Stream", "service-role/AWSLambdaKinesisExecutionRole"},
	"DynamoDB":         {"Stream", "service-role/AWSLambdaDynamoDBExecutionRole"},
	"SQS":              {"Queue", "service-role/AWSLambdaSQSQueueExecutionRole"},
	"MSK":              {"Stream", "service-role/AWSLambdaMSKExecutionRole"},
	"MQ":               {"Broker", ""},
	"DocumentDB":       {"Cluster", ""},
	"SelfManagedKafka": {"", ""},
}

var mappingProperties = []string{
	"BatchSize", "BisectBatchOnFunctionError", "Enabled", "FilterCriteria", "FunctionResponseTypes", "KmsKeyArn",
	"LoggingConfig", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
	"MetricsConfig", "ParallelizationFactor", "ProvisionedPollerConfig", "Queues", "ScalingConfig",
	"SourceAccessConfigurations", "StartingPosition", "StartingPositionTimestamp", "Topics", "TumblingWindowInSeconds",
}

// pull adds the mapping of an event that Lambda polls for, and what the function's generated role needs for it.
func (s *sam) pull(e *event) {
	kind := pullEvents[e.typ]
	p := e.props
	props := p.Pick(e.from, mappingProperties...).With(e.from,
		field{Name: "FunctionName", Value: e.ref},
		field{Name: "EventSourceArn", Value: p.Get(kind.source)},
		field{Name: "DestinationConfig", Value: failureDestination(p.Get("DestinationConfig"))})
	if servers := p.Get("KafkaBootstrapServers"); servers.IsSet() {
		props = props.With(e.from, field{Name: "SelfManagedEventSource", Value: document.MapAt(servers, field{Name: "Endpoints", Value: document.MapAt(servers, field{Name: "KafkaBootstrapServers", Value: servers})})})
	}
	config := p.Pick(e.from, "ConsumerGroupId", "SchemaRegistryConfig")
	if name := map[string]string{"MSK": "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafka": "SelfManagedKafkaEventSourceConfig"}[e.typ]; name != "" && len(config.Fields) > 0 {
		props = props.With(e.from, field{Name: name, Value: config})
	}
	if e.typ == "DocumentDB" {
		props = props.With(e.from, field{Name: "DocumentDBEventSourceConfig", Value: p.Pick(e.from, "CollectionName", "DatabaseName", "FullDocument")})
	}
	s.add(e.owner, e.id, "AWS::Lambda::EventSourceMapping", e.from, props)
	if kind.policy != "" {
		e.role.manage(e.from, kind.policy)
	}
	if name, list := sourcePolicy(e); len(list) > 0 {
		e.role.inline(e.from, name, document.MapAt(e.from, field{Name: "Version", Value: document.TextAt(e.from, "2012-10-17")}, field{Name: "Statement", Value: document.ListAt(e.from, list...)}))
	}
	failure := p.At("DestinationConfig", "OnFailure")
	e.role.deliver(failure, e.id, map[string]string{"S3": "S3Bucket"}[failure.Get("Type").Str()], failure.Get("Destination"))
}

// failureDestination leaves out the Type that only SAM knows.
func failureDestination(n *node) *node {
	failure := n.Get("OnFailure")
	if failure == nil || failure.Kind != document.Map || isCall(failure) || !failure.Get("Type").IsSet() {
		return n
	}
	return n.With(n, field{Name: "OnFailure", Value: &node{Kind: document.Map, Line: failure.Line, Col: failure.Col, Fields: failure.Without("Type")}})
}

// deliveries are the kinds of destinations: what their policies are called and what they allow.
var deliveries = map[string]struct{ name, action string }{
	"SQS":         {"SQSPolicy", "sqs:SendMessage"},
	"SNS":         {"SNSPolicy", "sns:Publish"},
	"Lambda":      {"LambdaPolicy", "lambda:InvokeFunction"},
	"EventBridge": {"EventBridgePolicy", "events:PutEvents"},
	"S3Bucket":    {"S3Policy", "s3:PutObject"},
}

// deliver lets the role send to a destination. kind may be empty, where the Type that n gives is the kind.
func (r *role) deliver(n *node, id, kind string, destination *node) {
	if kind == "" {
		kind = n.Get("Type").Str()
	}
	d, ok := deliveries[kind]
	if !ok || !destination.IsSet() {
		return
	}
	if kind != "S3Bucket" {
		r.allow(n, id+d.name, d.action, destination)
		return
	}
	objects := document.MapAt(n, field{Name: "Fn::Join", Value: document.ListAt(n, document.TextAt(n, "/"), document.ListAt(n, destination, document.TextAt(n, "*")))})
	r.inline(n, id+d.name, statements(n, allowAt(n, objects, d.action), allowAt(n, destination, "s3:ListBucket")))
}

// allowAt is one statement of an IAM policy.
func allowAt(at, resource *node, actions ...string) *node {
	list := make([]*node, 0, len(actions))
	for _, a := range actions {
		list = append(list, document.TextAt(at, a))
	}
	return document.MapAt(at,
		field{Name: "Effect", Value: document.TextAt(at, "Allow")},
		field{Name: "Action", Value: document.ListAt(at, list...)},
		field{Name: "Resource", Value: resource})
}

// networkActions are what a poller needs to stand in the customer's subnets.
var networkActions = []string{
	"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface", "ec2:DescribeVpcs",
	"ec2:DescribeSubnets", "ec2:DescribeSecurityGroups",
}

// kafkaSecrets are the types of access that name a secret of a self-managed Kafka.
var kafkaSecrets = []string{"SASL_SCRAM_256_AUTH", "SASL_SCRAM_512_AUTH", "BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE"}

// sourcePolicy is the inline policy that SAM generates for a source: its secrets, its description, its network.
func sourcePolicy(e *event) (name string, list []*node) {
	p, at := e.props, e.from
	access := p.Get("SourceAccessConfigurations").List()
	secrets := func(types ...string) {
		for _, a := range access {
			if slices.Contains(types, a.Get("Type").Str()) && a.Get("URI").IsSet() {
				list = append(list, allowAt(at, a.Get("URI"), "secretsmanager:GetSecretValue"))
			}
		}
	}
	switch e.typ {
	case "MSK":
		name = "MSKExecutionRolePolicy"
		list = append(list, registryStatements(at, p.Get("SchemaRegistryConfig"))...)
		secrets("CLIENT_CERTIFICATE_TLS_AUTH")
		return name, list
	case "MQ":
		name = "SamAutoGeneratedAMQPolicy"
		secrets("BASIC_AUTH")
		list = append(list, allowAt(at, p.Get("Broker"), "mq:DescribeBroker"))
	case "SelfManagedKafka":
		name = "SelfManagedKafkaExecutionRolePolicy"
		secrets(kafkaSecrets...)
		if slices.ContainsFunc(access, func(a *node) bool { return a.Get("Type").Str() == "VPC_SUBNET" }) {
			list = append(list, allowAt(at, document.TextAt(at, "*"), networkActions...))
		}
		defer func() { list = append(list, registryStatements(at, p.Get("SchemaRegistryConfig"))...) }()
	case "DocumentDB":
		name = "SamAutoGeneratedDocumentDBPolicy"
		secrets("BASIC_AUTH")
		list = append(list,
			allowAt(at, subAt(at, "arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:cluster-pg:*"), "rds:DescribeDBClusterParameters"),
			allowAt(at, subAt(at, "arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:subgrp:*"), "rds:DescribeDBSubnetGroups"),
			allowAt(at, p.Get("Cluster"), "rds:DescribeDBClusters"),
			allowAt(at, document.TextAt(at, "*"), networkActions...))
	}
	if key := p.Get("SecretsManagerKmsKeyId").Str(); key != "" && name != "" {
		list = append(list, allowAt(at, subAt(at, "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/"+key), "kms:Decrypt"))
	}
	return name, list
}

// registryStatements lets a poller read the schemas of a registry, and the secrets that open it.
func registryStatements(at, n *node) []*node {
	var list []*node
	for _, access := range n.Get("AccessConfigs").List() {
		if access.Get("URI").IsSet() {
			list = append(list, allowAt(at, access.Get("URI"), "secretsmanager:GetSecretValue"))
		}
	}
	uri := n.Get("SchemaRegistryURI")
	text := uri.Str()
	if name, arg, _ := callOf(uri); name == "Fn::Sub" {
		text = arg.Str()
	}
	if _, registry, ok := strings.Cut(text, ":registry/"); ok && strings.HasPrefix(text, "arn") {
		list = append(list, allowAt(at, uri, "glue:GetRegistry"),
			allowAt(at, subAt(at, "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:schema/"+registry+"/*"), "glue:GetSchemaVersion"))
	}
	return list
}
