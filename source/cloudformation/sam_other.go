package cloudformation

import (
	"strconv"
	"strings"
)

// stateMachine expands AWS::Serverless::StateMachine.
func (s *sam) stateMachine(d *declaration) {
	p, from := d.props, d.from
	tg := &target{owner: d, ref: refAt(from, d.id), arn: refAt(from, d.id)}
	roleArn := p.get("Role")
	if !roleArn.isSet() {
		tg.role = s.newRole(d, from, "states.amazonaws.com")
		if p.at("Tracing", "Enabled").str() == "true" {
			tg.role.manage(from, "AWSXRayDaemonWriteAccess")
		}
		roleArn = getAttAt(from, d.id+"Role", "Arn")
	}
	s.become(d, "AWS::StepFunctions::StateMachine", p.pick(from, "Definition", "DefinitionSubstitutions", "Tags").with(from,
		field{name: "DefinitionS3Location", value: s3Location(p.get("DefinitionUri"), "Bucket", "Key", "Version")},
		field{name: "LoggingConfiguration", value: p.get("Logging")},
		field{name: "RoleArn", value: roleArn},
		field{name: "StateMachineName", value: p.get("Name")},
		field{name: "StateMachineType", value: p.get("Type")},
		field{name: "TracingConfiguration", value: p.get("Tracing")}))
	if alias := p.get("AutoPublishAlias"); alias.isSet() {
		text, _ := s.eval(alias).Text()
		s.add(d, d.id+"Version", "AWS::StepFunctions::StateMachineVersion", alias, mapAt(alias, field{name: "StateMachineArn", value: tg.ref}))
		s.add(d, d.id+"Alias"+text, "AWS::StepFunctions::StateMachineAlias", alias, mapAt(alias, field{name: "Name", value: alias},
			field{name: "RoutingConfiguration", value: listAt(alias, mapAt(alias, field{name: "StateMachineVersionArn", value: refAt(alias, d.id+"Version")}, field{name: "Weight", value: numberAt(alias, "100")}))}))
		if p.get("UseAliasAsEventTarget").str() == "true" {
			tg.arn = refAt(alias, d.id+"Alias"+text)
		}
	}
	if events := p.get("Events"); events != nil && events.kind == mapNode {
		for _, f := range s.expand(events) {
			s.machineEvent(tg, f)
		}
	}
	s.finishRole(tg.role, p)
}

// machineEvent expands an event that starts a state machine, which every kind does through a role.
func (s *sam) machineEvent(tg *target, f field) {
	from := &node{line: f.line, col: f.col}
	e := &event{target: tg, id: tg.owner.id + f.name, name: f.name, typ: f.value.get("Type").str(), from: from, props: f.value.get("Properties")}
	const start = "states:StartExecution"
	switch e.typ {
	case "Schedule", "CloudWatchEvent", "EventBridgeRule":
		s.rule(e, field{name: "RoleArn", value: s.startRole(e, "events.amazonaws.com")})
	case "ScheduleV2":
		s.schedule(e, start)
	case "Api":
		roleArn := s.startRole(e, "apigateway.amazonaws.com")
		id := e.props.get("RestApiId").refTarget()
		if id == "" {
			s.rest = s.rest.of(restAPI, e)
			id = restAPI
		}
		r := s.routeOf(e)
		r.uri = mapAt(from, field{name: "Fn::Sub", value: listAt(from,
			textAt(from, "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution?${__Arn__}&${__Role__}"),
			mapAt(from, field{name: "__Arn__", value: e.arn}, field{name: "__Role__", value: roleArn}))})
		s.routes[id] = append(s.routes[id], r)
	default:
		s.warnf(s.template.at(from), "Event type not known", "The event %s of %s has the type %q, which a state machine has not. What it would add is left out.", clip(f.name), clip(tg.owner.id), clip(e.typ))
	}
}

// startRole returns the ARN of the role that starts the state machine: the event's own or <Event>Role.
func (s *sam) startRole(e *event, service string) *node {
	if own := e.props.get("RoleArn"); own.isSet() {
		return own
	}
	id := e.id + "Role"
	r := &role{}
	r.allow(e.from, id+"StartExecutionPolicy", "states:StartExecution", e.arn)
	s.add(e.owner, id, "AWS::IAM::Role", e.from, mapAt(e.from,
		field{name: "AssumeRolePolicyDocument", value: trust(e.from, service)},
		field{name: "Policies", value: listAt(e.from, r.policies...)}))
	return getAttAt(e.from, id, "Arn")
}

// simpleTable expands AWS::Serverless::SimpleTable: one hash key, on demand unless throughput is given.
func (s *sam) simpleTable(d *declaration) {
	p, from := d.props, d.from
	name, typ := p.at("PrimaryKey", "Name"), textAt(from, "S")
	if !name.isSet() {
		name = textAt(from, "id")
	}
	if t := map[string]string{"Number": "N", "Binary": "B"}[p.at("PrimaryKey", "Type").str()]; t != "" {
		typ = textAt(from, t)
	}
	props := p.pick(from, "PointInTimeRecoverySpecification", "ProvisionedThroughput", "SSESpecification", "TableName", "Tags").with(from,
		field{name: "AttributeDefinitions", value: listAt(from, mapAt(from, field{name: "AttributeName", value: name}, field{name: "AttributeType", value: typ}))},
		field{name: "KeySchema", value: listAt(from, mapAt(from, field{name: "AttributeName", value: name}, field{name: "KeyType", value: textAt(from, "HASH")}))})
	if !p.get("ProvisionedThroughput").isSet() {
		props = props.with(from, field{name: "BillingMode", value: textAt(from, "PAY_PER_REQUEST")})
	}
	s.become(d, "AWS::DynamoDB::Table", props)
}

// layer expands AWS::Serverless::LayerVersion.
func (s *sam) layer(d *declaration) {
	p, from := d.props, d.from
	name := p.get("LayerName")
	if !name.isSet() {
		name = textAt(from, d.id)
	}
	s.become(d, "AWS::Lambda::LayerVersion", p.pick(from, "CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo").with(from,
		field{name: "LayerName", value: name},
		field{name: "Content", value: s3Location(p.get("ContentUri"), "S3Bucket", "S3Key", "S3ObjectVersion")}))
}

// application expands AWS::Serverless::Application to a nested stack. A Location that is a map names an application of
// the Serverless Application Repository, which is not read.
func (s *sam) application(d *declaration) {
	p, from := d.props, d.from
	location := p.get("Location")
	if location != nil && location.kind == mapNode && !location.isCall() {
		location = location.get("ApplicationId")
	}
	s.become(d, stackType, p.pick(from, "NotificationARNs", "Parameters", "Tags", "TimeoutInMinutes").with(from, field{name: "TemplateURL", value: location}))
}

// fromRepository reports whether a stack is an application of the Serverless Application Repository.
func (d *declaration) fromRepository() bool {
	location := d.raw.at("Properties", "Location")
	return location != nil && location.kind == mapNode && !location.isCall()
}

// capacityProvider expands AWS::Serverless::CapacityProvider.
func (s *sam) capacityProvider(d *declaration) {
	p, from := d.props, d.from
	operator := p.get("OperatorRole")
	if !operator.isSet() {
		id := d.id + "OperatorRole"
		operator = getAttAt(from, id, "Arn")
		s.add(d, id, "AWS::IAM::Role", from, mapAt(from,
			field{name: "AssumeRolePolicyDocument", value: trust(from, "lambda.amazonaws.com")},
			field{name: "ManagedPolicyArns", value: listAt(from, awsPolicy(from, "AWSLambdaManagedEC2ResourceOperator"))}))
	}
	requirements := p.get("InstanceRequirements")
	if requirements != nil && requirements.kind == mapNode && !requirements.isCall() {
		requirements = requirements.pick(requirements, "Architectures").with(requirements,
			field{name: "AllowedInstanceTypes", value: requirements.get("AllowedTypes")},
			field{name: "ExcludedInstanceTypes", value: requirements.get("ExcludedTypes")})
	}
	s.become(d, "AWS::Lambda::CapacityProvider", p.pick(from, "CapacityProviderName", "KmsKeyArn", "Tags").with(from,
		field{name: "VpcConfig", value: p.get("VpcConfig")},
		field{name: "InstanceRequirements", value: requirements},
		field{name: "CapacityProviderScalingConfig", value: scaling(p.get("ScalingConfig"))},
		field{name: "PermissionsConfig", value: mapAt(from, field{name: "CapacityProviderOperatorRoleArn", value: operator})}))
}

// scaling turns SAM's short form of a capacity provider's scaling into CloudFormation's.
func scaling(n *node) *node {
	if n == nil || n.kind != mapNode || n.isCall() {
		return n
	}
	out := n.pick(n, "MaxVCpuCount")
	mode := "Auto"
	if average := n.get("AverageCPUUtilization"); average.isSet() {
		mode = "Manual"
		out = out.with(n, field{name: "ScalingPolicies", value: listAt(average, mapAt(average,
			field{name: "PredefinedMetricType", value: textAt(average, "LambdaCapacityProviderAverageCPUUtilization")},
			field{name: "TargetValue", value: average}))})
	}
	return out.with(n, field{name: "ScalingMode", value: textAt(n, mode)})
}

// graphQL expands AWS::Serverless::GraphQLApi: API, schema, keys, data sources, functions and resolvers.
func (s *sam) graphQL(d *declaration) {
	p, from := d.props, d.from
	name := p.get("Name")
	if !name.isSet() {
		name = textAt(from, d.id)
	}
	s.become(d, "AWS::AppSync::GraphQLApi", p.pick(from, "EnvironmentVariables", "IntrospectionConfig", "OwnerContact", "QueryDepthLimit", "ResolverCountLimit", "Tags", "Visibility", "XrayEnabled").with(from,
		field{name: "Name", value: name},
		field{name: "LogConfig", value: s.graphQLLogging(d, p.get("Logging"))},
		field{name: "AuthenticationType", value: p.at("Auth", "Type")}))
	s.graphQLParts(d, p, getAttAt(from, d.id, "ApiId"))
}

// graphQLLogging returns the log configuration of a GraphQL API; SAM makes the role unless one is given, and logs unless
// Logging is false.
func (s *sam) graphQLLogging(d *declaration, logging *node) *node {
	from := d.from
	if logging.str() == "false" {
		return nil
	}
	if logging == nil || logging.kind != mapNode {
		logging = mapAt(from)
	}
	log := logging.pick(from, "CloudWatchLogsRoleArn", "ExcludeVerboseContent", "FieldLogLevel")
	if !log.get("FieldLogLevel").isSet() {
		log = log.with(from, field{name: "FieldLogLevel", value: textAt(from, "ALL")})
	}
	if id := d.id + "CloudWatchRole"; !log.get("CloudWatchLogsRoleArn").isSet() {
		s.add(d, id, "AWS::IAM::Role", from, mapAt(from,
			field{name: "AssumeRolePolicyDocument", value: trust(from, "appsync.amazonaws.com")},
			field{name: "ManagedPolicyArns", value: listAt(from, awsPolicy(from, "service-role/AWSAppSyncPushToCloudWatchLogs"))}))
		log = log.with(from, field{name: "CloudWatchLogsRoleArn", value: getAttAt(from, id, "Arn")})
	}
	return log
}

// graphQLParts adds what belongs to a GraphQL API.
func (s *sam) graphQLParts(d *declaration, p, apiID *node) {
	from := d.from
	if cache := p.get("Cache"); cache.isSet() {
		s.add(d, d.id+"ApiCache", "AWS::AppSync::ApiCache", cache, cache.with(cache, field{name: "ApiId", value: apiID}))
	}
	if domain := p.get("DomainName"); domain.isSet() {
		s.add(d, d.id+"DomainName", "AWS::AppSync::DomainName", domain, domain)
		s.add(d, d.id+"DomainNameApiAssociation", "AWS::AppSync::DomainNameApiAssociation", domain, mapAt(domain,
			field{name: "ApiId", value: apiID}, field{name: "DomainName", value: domain.get("DomainName")}))
	}
	s.add(d, d.id+"Schema", "AWS::AppSync::GraphQLSchema", from, mapAt(from,
		field{name: "ApiId", value: apiID}, field{name: "Definition", value: p.get("SchemaInline")}, field{name: "DefinitionS3Location", value: p.get("SchemaUri")}))
	for _, f := range p.get("ApiKeys").all() {
		s.add(d, d.id+f.name, "AWS::AppSync::ApiKey", f.value, f.value.pickInto(f.value, "ApiKeyId", "Description", "Expires").with(f.value, field{name: "ApiId", value: apiID}))
	}
	for _, f := range p.at("DataSources", "DynamoDb").all() {
		s.dataSource(d, f, "DynamoDB", "AMAZON_DYNAMODB", field{name: "DynamoDBConfig", value: f.value.pickInto(f.value, "TableName", "DeltaSyncConfig", "UseCallerCredentials", "Versioned")})
	}
	for _, f := range p.at("DataSources", "Lambda").all() {
		s.dataSource(d, f, "Lambda", "AWS_LAMBDA", field{name: "LambdaConfig", value: mapAt(f.value, field{name: "LambdaFunctionArn", value: f.value.get("FunctionArn")})})
	}
	for _, f := range p.get("Functions").all() {
		if f.value.get("Id").isSet() {
			continue // a function that the template declares itself
		}
		s.add(d, d.id+f.name, "AWS::AppSync::FunctionConfiguration", f.value, f.value.pick(f.value, "Description", "MaxBatchSize").with(f.value,
			field{name: "ApiId", value: apiID}, field{name: "Name", value: textAt(f.value, f.name)}, field{name: "DataSourceName", value: f.value.get("DataSource")}))
	}
	for _, typ := range p.get("Resolvers").all() {
		for _, f := range typ.value.all() {
			s.add(d, d.id+typ.name+f.name, "AWS::AppSync::Resolver", f.value, mapAt(f.value,
				field{name: "ApiId", value: apiID}, field{name: "TypeName", value: textAt(f.value, typ.name)}, field{name: "FieldName", value: textAt(f.value, f.name)}, field{name: "Kind", value: textAt(f.value, "PIPELINE")}))
		}
	}
}

func (s *sam) dataSource(d *declaration, f field, kind, typ string, config field) {
	id := d.id + f.name + kind + "DataSource"
	roleArn := f.value.get("ServiceRoleArn")
	if !roleArn.isSet() {
		roleArn = getAttAt(f.value, id+"Role", "Arn")
		s.add(d, id+"Role", "AWS::IAM::Role", f.value, mapAt(f.value, field{name: "AssumeRolePolicyDocument", value: trust(f.value, "appsync.amazonaws.com")}))
		end := map[string]string{"DynamoDB": "Table", "Lambda": "Lambda"}[kind]
		s.add(d, id+"To"+end+"ConnectorPolicy", "AWS::IAM::ManagedPolicy", f.value, mapAt(f.value,
			field{name: "PolicyDocument", value: mapAt(f.value, field{name: "Permissions", value: f.value.get("Permissions")}, field{name: "Destination", value: config.value})},
			field{name: "Roles", value: listAt(f.value, refAt(f.value, id+"Role"))}))
	}
	s.add(d, id, "AWS::AppSync::DataSource", f.value, mapAt(f.value,
		field{name: "ApiId", value: getAttAt(f.value, d.id, "ApiId")},
		field{name: "Name", value: textAt(f.value, f.name)},
		field{name: "Type", value: textAt(f.value, typ)},
		field{name: "ServiceRoleArn", value: roleArn}, config))
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
			s.connector(d, types, d.id, d.props.at("Source", "Id").str(), d.props)
			continue
		}
		for _, f := range d.raw.get("Connectors").all() {
			owner := *d
			owner.source = serverless + "Connector"
			s.connector(&owner, types, d.id+f.name, d.id, f.value.get("Properties"))
		}
	}
}

func (s *sam) connector(d *declaration, types map[string]string, id, source string, p *node) {
	destinations := p.get("Destination").list()
	for i, destination := range destinations {
		suffix := ""
		if p.get("Destination").kind == listNode {
			suffix = "Destination" + strconv.Itoa(i)
		}
		from, to := endType(types[source], p.get("Source")), endType(types[destination.get("Id").str()], destination)
		s.connect(d, id, suffix, from, to, source, destination, p)
	}
}

// endType returns the type of one end of a connector: that of the resource it names, or the one it gives.
func endType(declared string, end *node) string {
	if declared != "" {
		return declared
	}
	typ := end.get("Type").str()
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
	doc := mapAt(at, field{name: "Permissions", value: p.get("Permissions")}, field{name: "Source", value: refAt(at, source)}, field{name: "Destination", value: connectorEnd(destination)})
	if source == "" {
		doc = mapAt(at, field{name: "Permissions", value: p.get("Permissions")}, field{name: "Source", value: p.get("Source")}, field{name: "Destination", value: connectorEnd(destination)})
	}
	pushes := strings.HasPrefix(from, "AWS::SNS::") || strings.HasPrefix(from, "AWS::Events::Rule") || strings.HasPrefix(from, "AWS::ApiGateway") || strings.HasPrefix(from, "AWS::S3::") || from == "AWS::AppSync::GraphQLApi"
	switch {
	case pushes && to == "AWS::Lambda::Function":
		s.add(d, id+"WriteLambdaPermission"+suffix, "AWS::Lambda::Permission", at, mapAt(at,
			field{name: "Action", value: textAt(at, "lambda:InvokeFunction")},
			field{name: "FunctionName", value: connectorEnd(destination)}))
	case pushes && to == "AWS::SQS::Queue":
		s.add(d, id+"QueuePolicy"+suffix, "AWS::SQS::QueuePolicy", at, mapAt(at, field{name: "PolicyDocument", value: doc}, field{name: "Queues", value: listAt(at, connectorEnd(destination))}))
	case pushes && to == "AWS::SNS::Topic":
		s.add(d, id+"TopicPolicy"+suffix, "AWS::SNS::TopicPolicy", at, mapAt(at, field{name: "PolicyDocument", value: doc}, field{name: "Topics", value: listAt(at, connectorEnd(destination))}))
	default:
		s.add(d, id+"Policy"+suffix, "AWS::IAM::ManagedPolicy", at, mapAt(at, field{name: "PolicyDocument", value: doc}))
	}
}

func connectorEnd(n *node) *node {
	if id := n.get("Id").str(); id != "" {
		return refAt(n, id)
	}
	return n
}
