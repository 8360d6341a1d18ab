package cloudformation

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
)

// stateMachine expands AWS::Serverless::StateMachine.
func (s *sam) stateMachine(d *declaration) {
	p, from := d.props, d.from
	tg := &target{owner: d, ref: refAt(from, d.id), arn: refAt(from, d.id), boundary: p.Get("PermissionsBoundary")}
	roleArn := p.Get("Role")
	if !roleArn.IsSet() {
		tg.role = s.newRole(d, from, "states.amazonaws.com")
		if p.At("Tracing", "Enabled").Str() == "true" {
			tg.role.manage(from, s.xrayPolicy(from))
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
		s.add(d, d.id+"Version", "AWS::StepFunctions::StateMachineVersion", alias, document.MapAt(alias,
			field{Name: "StateMachineArn", Value: tg.ref}, field{Name: "StateMachineRevisionId", Value: getAttAt(alias, d.id, "StateMachineRevisionId")}))
		preference := p.Get("DeploymentPreference")
		if !preference.Get("Type").IsSet() {
			preference = preference.With(alias, field{Name: "Type", Value: document.TextAt(alias, "ALL_AT_ONCE")})
		}
		s.add(d, d.id+"Alias"+text, "AWS::StepFunctions::StateMachineAlias", alias, document.MapAt(alias, field{Name: "Name", Value: alias},
			field{Name: "DeploymentPreference", Value: preference.With(alias, field{Name: "StateMachineVersionArn", Value: refAt(alias, d.id+"Version")})}))
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
		r.kind, r.credentials = "aws", roleArn
		r.uri = subAt(from, "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution")
		r.request = document.MapAt(from, field{Name: "application/json", Value: document.MapAt(from, field{Name: "Fn::Sub", Value: document.ListAt(from,
			document.TextAt(from, `{"stateMachineArn": "${__Arn__}"}`), document.MapAt(from, field{Name: "__Arn__", Value: e.arn}))})})
		s.routes[id] = append(s.routes[id], r)
	default:
		s.warnf(s.template.at(from), "Event type not known", "The event %s of %s has the type %q, which a state machine has not. What it would add is left out.", diag.Clip(f.Name, maxClip), diag.Clip(tg.owner.id, maxClip), diag.Clip(e.typ, maxClip))
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
		field{Name: "PermissionsBoundary", Value: e.boundary},
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
