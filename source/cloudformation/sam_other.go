package cloudformation

import (
	"github.com/onus-dev/onus/document"

	"strconv"
	"strings"
)

// stateMachine expands AWS::Serverless::StateMachine.
func (s *sam) stateMachine(d *declaration) {
	p, from := d.props, d.from
	tg := &target{owner: d, ref: refAt(from, d.id), arn: refAt(from, d.id)}
	roleArn := p.Get("Role")
	if !roleArn.IsSet() {
		tg.role = s.newRole(d, from, "states.amazonaws.com")
		if p.At("Tracing", "Enabled").Str() == "true" {
			tg.role.manage(from, "AWSXRayDaemonWriteAccess")
		}
		roleArn = getAttAt(from, d.id+"Role", "Arn")
	}
	s.become(d, "AWS::StepFunctions::StateMachine", p.Pick(from, "Definition", "DefinitionSubstitutions", "Tags").With(from,
		field{Name: "DefinitionS3Location", Value: s3Location(p.Get("DefinitionUri"), "Bucket", "Key", "Version")},
		field{Name: "LoggingConfiguration", Value: p.Get("Logging")},
		field{Name: "RoleArn", Value: roleArn},
		field{Name: "StateMachineName", Value: p.Get("Name")},
		field{Name: "StateMachineType", Value: p.Get("Type")},
		field{Name: "TracingConfiguration", Value: p.Get("Tracing")}))
	if alias := p.Get("AutoPublishAlias"); alias.IsSet() {
		text, _ := s.eval(alias).Text()
		s.add(d, d.id+"Version", "AWS::StepFunctions::StateMachineVersion", alias, document.MapAt(alias, field{Name: "StateMachineArn", Value: tg.ref}))
		s.add(d, d.id+"Alias"+text, "AWS::StepFunctions::StateMachineAlias", alias, document.MapAt(alias, field{Name: "Name", Value: alias},
			field{Name: "RoutingConfiguration", Value: document.ListAt(alias, document.MapAt(alias, field{Name: "StateMachineVersionArn", Value: refAt(alias, d.id+"Version")}, field{Name: "Weight", Value: document.NumberAt(alias, "100")}))}))
		if p.Get("UseAliasAsEventTarget").Str() == "true" {
			tg.arn = refAt(alias, d.id+"Alias"+text)
		}
	}
	if events := p.Get("Events"); events != nil && events.Kind == document.Map {
		for _, f := range s.expand(events) {
			s.machineEvent(tg, f)
		}
	}
	s.finishRole(tg.role, p)
}

// machineEvent expands an event that starts a state machine, which every kind does through a role.
func (s *sam) machineEvent(tg *target, f field) {
	from := &node{Line: f.Line, Col: f.Col}
	e := &event{target: tg, id: tg.owner.id + f.Name, name: f.Name, typ: f.Value.Get("Type").Str(), from: from, props: f.Value.Get("Properties")}
	const start = "states:StartExecution"
	switch e.typ {
	case "Schedule", "CloudWatchEvent", "EventBridgeRule":
		s.rule(e, field{Name: "RoleArn", Value: s.startRole(e, "events.amazonaws.com")})
	case "ScheduleV2":
		s.schedule(e, start)
	case "Api":
		roleArn := s.startRole(e, "apigateway.amazonaws.com")
		id := refTarget(e.props.Get("RestApiId"))
		if id == "" {
			s.rest = s.rest.of(restAPI, e)
			id = restAPI
		}
		r := s.routeOf(e)
		r.uri = document.MapAt(from, field{Name: "Fn::Sub", Value: document.ListAt(from,
			document.TextAt(from, "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution?${__Arn__}&${__Role__}"),
			document.MapAt(from, field{Name: "__Arn__", Value: e.arn}, field{Name: "__Role__", Value: roleArn}))})
		s.routes[id] = append(s.routes[id], r)
	default:
		s.warnf(s.template.at(from), "Event type not known", "The event %s of %s has the type %q, which a state machine has not. What it would add is left out.", clip(f.Name), clip(tg.owner.id), clip(e.typ))
	}
}

// startRole returns the ARN of the role that starts the state machine: the event's own or <Event>Role.
func (s *sam) startRole(e *event, service string) *node {
	if own := e.props.Get("RoleArn"); own.IsSet() {
		return own
	}
	id := e.id + "Role"
	r := &role{}
	r.allow(e.from, id+"StartExecutionPolicy", "states:StartExecution", e.arn)
	s.add(e.owner, id, "AWS::IAM::Role", e.from, document.MapAt(e.from,
		field{Name: "AssumeRolePolicyDocument", Value: trust(e.from, service)},
		field{Name: "Policies", Value: document.ListAt(e.from, r.policies...)}))
	return getAttAt(e.from, id, "Arn")
}

// simpleTable expands AWS::Serverless::SimpleTable: one hash key, on demand unless throughput is given.
func (s *sam) simpleTable(d *declaration) {
	p, from := d.props, d.from
	name, typ := p.At("PrimaryKey", "Name"), document.TextAt(from, "S")
	if !name.IsSet() {
		name = document.TextAt(from, "id")
	}
	if t := map[string]string{"Number": "N", "Binary": "B"}[p.At("PrimaryKey", "Type").Str()]; t != "" {
		typ = document.TextAt(from, t)
	}
	props := p.Pick(from, "PointInTimeRecoverySpecification", "ProvisionedThroughput", "SSESpecification", "TableName", "Tags").With(from,
		field{Name: "AttributeDefinitions", Value: document.ListAt(from, document.MapAt(from, field{Name: "AttributeName", Value: name}, field{Name: "AttributeType", Value: typ}))},
		field{Name: "KeySchema", Value: document.ListAt(from, document.MapAt(from, field{Name: "AttributeName", Value: name}, field{Name: "KeyType", Value: document.TextAt(from, "HASH")}))})
	if !p.Get("ProvisionedThroughput").IsSet() {
		props = props.With(from, field{Name: "BillingMode", Value: document.TextAt(from, "PAY_PER_REQUEST")})
	}
	s.become(d, "AWS::DynamoDB::Table", props)
}

// layer expands AWS::Serverless::LayerVersion.
func (s *sam) layer(d *declaration) {
	p, from := d.props, d.from
	name := p.Get("LayerName")
	if !name.IsSet() {
		name = document.TextAt(from, d.id)
	}
	s.become(d, "AWS::Lambda::LayerVersion", p.Pick(from, "CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo").With(from,
		field{Name: "LayerName", Value: name},
		field{Name: "Content", Value: s3Location(p.Get("ContentUri"), "S3Bucket", "S3Key", "S3ObjectVersion")}))
}

// application expands AWS::Serverless::Application to a nested stack. A Location that is a map names an application of
// the Serverless Application Repository, which is not read.
func (s *sam) application(d *declaration) {
	p, from := d.props, d.from
	location := p.Get("Location")
	if location != nil && location.Kind == document.Map && !isCall(location) {
		location = location.Get("ApplicationId")
	}
	s.become(d, stackType, p.Pick(from, "NotificationARNs", "Parameters", "Tags", "TimeoutInMinutes").With(from, field{Name: "TemplateURL", Value: location}))
}

// fromRepository reports whether a stack is an application of the Serverless Application Repository.
func (d *declaration) fromRepository() bool {
	location := d.raw.At("Properties", "Location")
	return location != nil && location.Kind == document.Map && !isCall(location)
}

// capacityProvider expands AWS::Serverless::CapacityProvider.
func (s *sam) capacityProvider(d *declaration) {
	p, from := d.props, d.from
	operator := p.Get("OperatorRole")
	if !operator.IsSet() {
		id := d.id + "OperatorRole"
		operator = getAttAt(from, id, "Arn")
		s.add(d, id, "AWS::IAM::Role", from, document.MapAt(from,
			field{Name: "AssumeRolePolicyDocument", Value: trust(from, "lambda.amazonaws.com")},
			field{Name: "ManagedPolicyArns", Value: document.ListAt(from, awsPolicy(from, "AWSLambdaManagedEC2ResourceOperator"))}))
	}
	requirements := p.Get("InstanceRequirements")
	if requirements != nil && requirements.Kind == document.Map && !isCall(requirements) {
		requirements = requirements.Pick(requirements, "Architectures").With(requirements,
			field{Name: "AllowedInstanceTypes", Value: requirements.Get("AllowedTypes")},
			field{Name: "ExcludedInstanceTypes", Value: requirements.Get("ExcludedTypes")})
	}
	s.become(d, "AWS::Lambda::CapacityProvider", p.Pick(from, "CapacityProviderName", "KmsKeyArn", "Tags").With(from,
		field{Name: "VpcConfig", Value: p.Get("VpcConfig")},
		field{Name: "InstanceRequirements", Value: requirements},
		field{Name: "CapacityProviderScalingConfig", Value: scaling(p.Get("ScalingConfig"))},
		field{Name: "PermissionsConfig", Value: document.MapAt(from, field{Name: "CapacityProviderOperatorRoleArn", Value: operator})}))
}

// scaling turns SAM's short form of a capacity provider's scaling into CloudFormation's.
func scaling(n *node) *node {
	if n == nil || n.Kind != document.Map || isCall(n) {
		return n
	}
	out := n.Pick(n, "MaxVCpuCount")
	mode := "Auto"
	if average := n.Get("AverageCPUUtilization"); average.IsSet() {
		mode = "Manual"
		out = out.With(n, field{Name: "ScalingPolicies", Value: document.ListAt(average, document.MapAt(average,
			field{Name: "PredefinedMetricType", Value: document.TextAt(average, "LambdaCapacityProviderAverageCPUUtilization")},
			field{Name: "TargetValue", Value: average}))})
	}
	return out.With(n, field{Name: "ScalingMode", Value: document.TextAt(n, mode)})
}

// graphQL expands AWS::Serverless::GraphQLApi: API, schema, keys, data sources, functions and resolvers.
func (s *sam) graphQL(d *declaration) {
	p, from := d.props, d.from
	name := p.Get("Name")
	if !name.IsSet() {
		name = document.TextAt(from, d.id)
	}
	s.become(d, "AWS::AppSync::GraphQLApi", p.Pick(from, "EnvironmentVariables", "IntrospectionConfig", "OwnerContact", "QueryDepthLimit", "ResolverCountLimit", "Tags", "Visibility", "XrayEnabled").With(from,
		field{Name: "Name", Value: name},
		field{Name: "LogConfig", Value: s.graphQLLogging(d, p.Get("Logging"))},
		field{Name: "AuthenticationType", Value: p.At("Auth", "Type")}))
	s.graphQLParts(d, p, getAttAt(from, d.id, "ApiId"))
}

// graphQLLogging returns the log configuration of a GraphQL API; SAM makes the role unless one is given, and logs unless
// Logging is false.
func (s *sam) graphQLLogging(d *declaration, logging *node) *node {
	from := d.from
	if logging.Str() == "false" {
		return nil
	}
	if logging == nil || logging.Kind != document.Map {
		logging = document.MapAt(from)
	}
	log := logging.Pick(from, "CloudWatchLogsRoleArn", "ExcludeVerboseContent", "FieldLogLevel")
	if !log.Get("FieldLogLevel").IsSet() {
		log = log.With(from, field{Name: "FieldLogLevel", Value: document.TextAt(from, "ALL")})
	}
	if id := d.id + "CloudWatchRole"; !log.Get("CloudWatchLogsRoleArn").IsSet() {
		s.add(d, id, "AWS::IAM::Role", from, document.MapAt(from,
			field{Name: "AssumeRolePolicyDocument", Value: trust(from, "appsync.amazonaws.com")},
			field{Name: "ManagedPolicyArns", Value: document.ListAt(from, awsPolicy(from, "service-role/AWSAppSyncPushToCloudWatchLogs"))}))
		log = log.With(from, field{Name: "CloudWatchLogsRoleArn", Value: getAttAt(from, id, "Arn")})
	}
	return log
}

// graphQLParts adds what belongs to a GraphQL API.
func (s *sam) graphQLParts(d *declaration, p, apiID *node) {
	from := d.from
	if cache := p.Get("Cache"); cache.IsSet() {
		s.add(d, d.id+"ApiCache", "AWS::AppSync::ApiCache", cache, cache.With(cache, field{Name: "ApiId", Value: apiID}))
	}
	if domain := p.Get("DomainName"); domain.IsSet() {
		s.add(d, d.id+"DomainName", "AWS::AppSync::DomainName", domain, domain)
		s.add(d, d.id+"DomainNameApiAssociation", "AWS::AppSync::DomainNameApiAssociation", domain, document.MapAt(domain,
			field{Name: "ApiId", Value: apiID}, field{Name: "DomainName", Value: domain.Get("DomainName")}))
	}
	s.add(d, d.id+"Schema", "AWS::AppSync::GraphQLSchema", from, document.MapAt(from,
		field{Name: "ApiId", Value: apiID}, field{Name: "Definition", Value: p.Get("SchemaInline")}, field{Name: "DefinitionS3Location", Value: p.Get("SchemaUri")}))
	for _, f := range fieldsOf(p.Get("ApiKeys")) {
		s.add(d, d.id+f.Name, "AWS::AppSync::ApiKey", f.Value, pickInto(f.Value, f.Value, "ApiKeyId", "Description", "Expires").With(f.Value, field{Name: "ApiId", Value: apiID}))
	}
	for _, f := range fieldsOf(p.At("DataSources", "DynamoDb")) {
		s.dataSource(d, f, "DynamoDB", "AMAZON_DYNAMODB", field{Name: "DynamoDBConfig", Value: pickInto(f.Value, f.Value, "TableName", "DeltaSyncConfig", "UseCallerCredentials", "Versioned")})
	}
	for _, f := range fieldsOf(p.At("DataSources", "Lambda")) {
		s.dataSource(d, f, "Lambda", "AWS_LAMBDA", field{Name: "LambdaConfig", Value: document.MapAt(f.Value, field{Name: "LambdaFunctionArn", Value: f.Value.Get("FunctionArn")})})
	}
	for _, f := range fieldsOf(p.Get("Functions")) {
		if f.Value.Get("Id").IsSet() {
			continue // a function that the template declares itself
		}
		s.add(d, d.id+f.Name, "AWS::AppSync::FunctionConfiguration", f.Value, f.Value.Pick(f.Value, "Description", "MaxBatchSize").With(f.Value,
			field{Name: "ApiId", Value: apiID}, field{Name: "Name", Value: document.TextAt(f.Value, f.Name)}, field{Name: "DataSourceName", Value: f.Value.Get("DataSource")}))
	}
	for _, typ := range fieldsOf(p.Get("Resolvers")) {
		for _, f := range fieldsOf(typ.Value) {
			s.add(d, d.id+typ.Name+f.Name, "AWS::AppSync::Resolver", f.Value, document.MapAt(f.Value,
				field{Name: "ApiId", Value: apiID}, field{Name: "TypeName", Value: document.TextAt(f.Value, typ.Name)}, field{Name: "FieldName", Value: document.TextAt(f.Value, f.Name)}, field{Name: "Kind", Value: document.TextAt(f.Value, "PIPELINE")}))
		}
	}
}

func (s *sam) dataSource(d *declaration, f field, kind, typ string, config field) {
	id := d.id + f.Name + kind + "DataSource"
	roleArn := f.Value.Get("ServiceRoleArn")
	if !roleArn.IsSet() {
		roleArn = getAttAt(f.Value, id+"Role", "Arn")
		s.add(d, id+"Role", "AWS::IAM::Role", f.Value, document.MapAt(f.Value, field{Name: "AssumeRolePolicyDocument", Value: trust(f.Value, "appsync.amazonaws.com")}))
		end := map[string]string{"DynamoDB": "Table", "Lambda": "Lambda"}[kind]
		s.add(d, id+"To"+end+"ConnectorPolicy", "AWS::IAM::ManagedPolicy", f.Value, document.MapAt(f.Value,
			field{Name: "PolicyDocument", Value: document.MapAt(f.Value, field{Name: "Permissions", Value: f.Value.Get("Permissions")}, field{Name: "Destination", Value: config.Value})},
			field{Name: "Roles", Value: document.ListAt(f.Value, refAt(f.Value, id+"Role"))}))
	}
	s.add(d, id, "AWS::AppSync::DataSource", f.Value, document.MapAt(f.Value,
		field{Name: "ApiId", Value: getAttAt(f.Value, d.id, "ApiId")},
		field{Name: "Name", Value: document.TextAt(f.Value, f.Name)},
		field{Name: "Type", Value: document.TextAt(f.Value, typ)},
		field{Name: "ServiceRoleArn", Value: roleArn}, config))
}

// connectors expands AWS::Serverless::Connector, and Connectors inside a resource, to the policies and permissions
// that connect the two ends. They come last, because the kind depends on what the ends are.
func (s *sam) connectors() {
	var out []*declaration
	for _, d := range s.out {
		if d.typ != serverless+"Connector" {
			out = append(out, d)
		}
	}
	all := s.out
	s.out = out
	types := make(map[string]string, len(out))
	for _, d := range out {
		types[d.id] = d.typ
	}
	for _, d := range all {
		if d.typ == serverless+"Connector" {
			s.connector(d, types, d.id, d.props.At("Source", "Id").Str(), d.props)
			continue
		}
		for _, f := range fieldsOf(d.raw.Get("Connectors")) {
			owner := *d
			owner.source = serverless + "Connector"
			s.connector(&owner, types, d.id+f.Name, d.id, f.Value.Get("Properties"))
		}
	}
}

func (s *sam) connector(d *declaration, types map[string]string, id, source string, p *node) {
	destinations := p.Get("Destination").List()
	for i, destination := range destinations {
		suffix := ""
		if p.Get("Destination").Kind == document.List {
			suffix = "Destination" + strconv.Itoa(i)
		}
		from, to := endType(types[source], p.Get("Source")), endType(types[destination.Get("Id").Str()], destination)
		s.connect(d, id, suffix, from, to, source, destination, p)
	}
}

// endType returns the type of one end of a connector: that of the resource it names, or the one it gives.
func endType(declared string, end *node) string {
	if declared != "" {
		return declared
	}
	typ := end.Get("Type").Str()
	if real := map[string]string{
		"Function": "AWS::Lambda::Function", "Api": "AWS::ApiGateway::RestApi", "HttpApi": "AWS::ApiGatewayV2::Api",
		"SimpleTable": "AWS::DynamoDB::Table", "StateMachine": "AWS::StepFunctions::StateMachine",
	}[strings.TrimPrefix(typ, serverless)]; real != "" {
		return real
	}
	return typ
}

// connect adds what one source and destination need. What the policy allows is kept as the connector has it
// (Permissions: [Read, Write]); SAM's own tables turn that into actions when it is deployed.
func (s *sam) connect(d *declaration, id, suffix, from, to, source string, destination, p *node) {
	at := d.from
	doc := document.MapAt(at, field{Name: "Permissions", Value: p.Get("Permissions")}, field{Name: "Source", Value: refAt(at, source)}, field{Name: "Destination", Value: connectorEnd(destination)})
	if source == "" {
		doc = document.MapAt(at, field{Name: "Permissions", Value: p.Get("Permissions")}, field{Name: "Source", Value: p.Get("Source")}, field{Name: "Destination", Value: connectorEnd(destination)})
	}
	pushes := strings.HasPrefix(from, "AWS::SNS::") || strings.HasPrefix(from, "AWS::Events::Rule") || strings.HasPrefix(from, "AWS::ApiGateway") || strings.HasPrefix(from, "AWS::S3::") || from == "AWS::AppSync::GraphQLApi"
	switch {
	case pushes && to == "AWS::Lambda::Function":
		s.add(d, id+"WriteLambdaPermission"+suffix, "AWS::Lambda::Permission", at, document.MapAt(at,
			field{Name: "Action", Value: document.TextAt(at, "lambda:InvokeFunction")},
			field{Name: "FunctionName", Value: connectorEnd(destination)}))
	case pushes && to == "AWS::SQS::Queue":
		s.add(d, id+"QueuePolicy"+suffix, "AWS::SQS::QueuePolicy", at, document.MapAt(at, field{Name: "PolicyDocument", Value: doc}, field{Name: "Queues", Value: document.ListAt(at, connectorEnd(destination))}))
	case pushes && to == "AWS::SNS::Topic":
		s.add(d, id+"TopicPolicy"+suffix, "AWS::SNS::TopicPolicy", at, document.MapAt(at, field{Name: "PolicyDocument", Value: doc}, field{Name: "Topics", Value: document.ListAt(at, connectorEnd(destination))}))
	default:
		s.add(d, id+"Policy"+suffix, "AWS::IAM::ManagedPolicy", at, document.MapAt(at, field{Name: "PolicyDocument", Value: doc}))
	}
}

func connectorEnd(n *node) *node {
	if id := n.Get("Id").Str(); id != "" {
		return refAt(n, id)
	}
	return n
}
