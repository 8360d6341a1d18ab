package cloudformation

import (
	"regexp"
	"strings"
)

// event is one entry of Events.
type event struct {
	*target
	// id is <Function><Event>, name the event's own.
	id, name, typ string
	from, props   *node
}

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

// functionEvent expands one event of a function.
func (s *sam) functionEvent(tg *target, f field) {
	from := &node{line: f.line, col: f.col}
	e := &event{target: tg, id: tg.owner.id + f.name, name: f.name, typ: f.value.get("Type").str(), from: from, props: f.value.get("Properties")}
	if _, pull := pullEvents[e.typ]; pull {
		s.pull(e)
		return
	}
	switch e.typ {
	case "Api":
		s.restEvent(e)
	case "HttpApi":
		s.httpEvent(e)
	case "Schedule", "CloudWatchEvent", "EventBridgeRule":
		s.rule(e)
		s.permission(e, "events.amazonaws.com", field{name: "SourceArn", value: getAttAt(from, e.id, "Arn")})
	case "ScheduleV2":
		s.schedule(e, "lambda:InvokeFunction")
	case "SNS":
		s.sns(e)
	case "S3":
		s.s3(e)
	case "Cognito":
		s.cognito(e)
	case "CloudWatchLogs":
		s.permission(e, "logs.amazonaws.com", field{name: "SourceArn", value: mapAt(from, field{name: "Fn::Sub", value: listAt(from,
			textAt(from, "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*"),
			mapAt(from, field{name: "__LogGroupName__", value: e.props.get("LogGroupName")}))})})
		s.add(tg.owner, e.id, "AWS::Logs::SubscriptionFilter", from, e.props.pick(from, "LogGroupName", "FilterPattern").with(from, field{name: "DestinationArn", value: tg.arn}))
	case "IoTRule":
		s.permission(e, "iot.amazonaws.com", field{name: "SourceAccount", value: refAt(from, "AWS::AccountId")})
		s.add(tg.owner, e.id, "AWS::IoT::TopicRule", from, mapAt(from, field{name: "TopicRulePayload", value: e.props.pick(from, "Sql", "AwsIotSqlVersion").with(from,
			field{name: "RuleDisabled", value: boolAt(from, false)},
			field{name: "Actions", value: listAt(from, mapAt(from, field{name: "Lambda", value: mapAt(from, field{name: "FunctionArn", value: tg.arn})}))})}))
	case "AlexaSkill":
		s.permission(e, "alexa-appkit.amazon.com", field{name: "EventSourceToken", value: e.props.get("SkillId")})
	default:
		s.warnf(s.template.at(from), "Event type not known", "The event %s of %s has the type %q, which SAM has not in the form known here. What it would add is left out.", clip(f.name), clip(tg.owner.id), clip(e.typ))
	}
}

// permission adds the AWS::Lambda::Permission that lets a service invoke the function.
func (s *sam) permission(e *event, principal string, more ...field) {
	s.permissionAs(e, e.id+"Permission", principal, more...)
}

func (s *sam) permissionAs(e *event, id, principal string, more ...field) {
	s.add(e.owner, id, "AWS::Lambda::Permission", e.from, mapAt(e.from, append([]field{
		{name: "Action", value: textAt(e.from, "lambda:InvokeFunction")},
		{name: "FunctionName", value: e.ref},
		{name: "Principal", value: textAt(e.from, principal)},
	}, more...)...))
}

func (s *sam) pull(e *event) {
	kind := pullEvents[e.typ]
	p := e.props
	props := p.pick(e.from, mappingProperties...).with(e.from,
		field{name: "FunctionName", value: e.ref},
		field{name: "EventSourceArn", value: p.get(kind.source)},
		field{name: "DestinationConfig", value: p.get("DestinationConfig")})
	if servers := p.get("KafkaBootstrapServers"); servers.isSet() {
		props = props.with(e.from, field{name: "SelfManagedEventSource", value: mapAt(servers, field{name: "Endpoints", value: mapAt(servers, field{name: "KafkaBootstrapServers", value: servers})})})
	}
	config := p.pick(e.from, "ConsumerGroupId", "SchemaRegistryConfig")
	if name := map[string]string{"MSK": "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafka": "SelfManagedKafkaEventSourceConfig"}[e.typ]; name != "" && len(config.fields) > 0 {
		props = props.with(e.from, field{name: name, value: config})
	}
	if e.typ == "DocumentDB" {
		props = props.with(e.from, field{name: "DocumentDBEventSourceConfig", value: p.pick(e.from, "CollectionName", "DatabaseName", "FullDocument")})
	}
	s.add(e.owner, e.id, "AWS::Lambda::EventSourceMapping", e.from, props)
	if kind.policy != "" {
		e.role.manage(e.from, kind.policy)
	}
}

// rule adds the AWS::Events::Rule of a schedule or pattern.
func (s *sam) rule(e *event, more ...field) {
	p := e.props
	name := p.get("RuleName")
	if e.typ == "Schedule" {
		name = p.get("Name")
	}
	state := p.get("State")
	if enabled, known := s.eval(p.get("Enabled")).Bool(); known && p.get("Enabled").isSet() {
		state = textAt(p.get("Enabled"), map[bool]string{true: "ENABLED", false: "DISABLED"}[enabled])
	}
	id := textAt(e.from, e.id+"LambdaTarget")
	if own := p.at("Target", "Id"); own.isSet() {
		id = own
	}
	tgt := p.pick(e.from, "Input", "InputPath", "InputTransformer", "RetryPolicy").with(e.from,
		field{name: "Arn", value: e.arn}, field{name: "Id", value: id},
		field{name: "DeadLetterConfig", value: s.deadLetter(e, true)})
	s.add(e.owner, e.id, "AWS::Events::Rule", e.from, mapAt(e.from,
		field{name: "Name", value: name},
		field{name: "Description", value: p.get("Description")},
		field{name: "EventBusName", value: p.get("EventBusName")},
		field{name: "EventPattern", value: p.get("Pattern")},
		field{name: "ScheduleExpression", value: p.get("Schedule")},
		field{name: "State", value: state},
		field{name: "Targets", value: listAt(e.from, tgt.with(e.from, more...))}))
}

// deadLetter returns the dead-letter configuration of a rule's target, making the queue when there is none.
func (s *sam) deadLetter(e *event, policy bool) *node {
	n := e.props.get("DeadLetterConfig")
	if n == nil || n.kind != mapNode {
		return nil
	}
	if arn := n.get("Arn"); arn.isSet() {
		return mapAt(n, field{name: "Arn", value: arn})
	}
	id := e.id + "Queue"
	if own := n.get("QueueLogicalId").str(); own != "" {
		id = own
	}
	s.add(e.owner, id, "AWS::SQS::Queue", n, mapAt(n))
	if policy {
		s.queuePolicy(e, e.id+"QueuePolicy", "events.amazonaws.com", refAt(n, id), getAttAt(n, id, "Arn"), getAttAt(n, e.id, "Arn"))
	}
	return mapAt(n, field{name: "Arn", value: getAttAt(n, id, "Arn")})
}

func (s *sam) queuePolicy(e *event, id, service string, url, arn, source *node) {
	doc := mapAt(e.from,
		field{name: "Version", value: textAt(e.from, "2012-10-17")},
		field{name: "Statement", value: listAt(e.from, mapAt(e.from,
			field{name: "Effect", value: textAt(e.from, "Allow")},
			field{name: "Action", value: textAt(e.from, "sqs:SendMessage")},
			field{name: "Principal", value: mapAt(e.from, field{name: "Service", value: textAt(e.from, service)})},
			field{name: "Resource", value: arn},
			field{name: "Condition", value: mapAt(e.from, field{name: "ArnEquals", value: mapAt(e.from, field{name: "aws:SourceArn", value: source})})}))})
	s.add(e.owner, id, "AWS::SQS::QueuePolicy", e.from, mapAt(e.from,
		field{name: "PolicyDocument", value: doc}, field{name: "Queues", value: listAt(e.from, url)}))
}

// schedule adds the AWS::Scheduler::Schedule of a ScheduleV2 event and the role that it invokes with.
func (s *sam) schedule(e *event, action string) {
	p := e.props
	roleArn := p.get("RoleArn")
	if !roleArn.isSet() {
		id := e.id + "Role"
		roleArn = getAttAt(e.from, id, "Arn")
		r := &role{}
		r.allow(e.from, id+"LambdaPolicy", action, e.arn)
		s.add(e.owner, id, "AWS::IAM::Role", e.from, mapAt(e.from,
			field{name: "AssumeRolePolicyDocument", value: trust(e.from, "scheduler.amazonaws.com")},
			field{name: "PermissionsBoundary", value: p.get("PermissionsBoundary")},
			field{name: "Policies", value: listAt(e.from, r.policies...)}))
	}
	name := p.get("Name")
	if !name.isSet() && p.get("OmitName").str() != "true" {
		name = textAt(e.from, e.id)
	}
	window := p.get("FlexibleTimeWindow")
	if !window.isSet() {
		window = mapAt(e.from, field{name: "Mode", value: textAt(e.from, "OFF")})
	}
	s.add(e.owner, e.id, "AWS::Scheduler::Schedule", e.from, p.pick(e.from,
		"Description", "EndDate", "GroupName", "KmsKeyArn", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "State").with(e.from,
		field{name: "Name", value: name},
		field{name: "FlexibleTimeWindow", value: window},
		field{name: "Target", value: p.pick(e.from, "Input", "RetryPolicy").with(e.from,
			field{name: "Arn", value: e.arn}, field{name: "RoleArn", value: roleArn},
			field{name: "DeadLetterConfig", value: s.deadLetter(e, false)})}))
}

// sns adds the subscription of an SNS event, with a queue between topic and function when SqsSubscription says so.
func (s *sam) sns(e *event) {
	p := e.props
	subscription := p.pick(e.from, "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region").with(e.from, field{name: "TopicArn", value: p.get("Topic")})
	via := p.get("SqsSubscription")
	if !via.isSet() || via.str() == "false" {
		s.permission(e, "sns.amazonaws.com", field{name: "SourceArn", value: p.get("Topic")})
		s.add(e.owner, e.id, "AWS::SNS::Subscription", e.from, subscription.with(e.from,
			field{name: "Protocol", value: textAt(e.from, "lambda")}, field{name: "Endpoint", value: e.arn}))
		return
	}
	arn, url, policy := via.get("QueueArn"), via.get("QueueUrl"), e.id+"QueuePolicy"
	if via.kind != mapNode {
		s.add(e.owner, e.id+"Queue", "AWS::SQS::Queue", via, mapAt(via))
		arn, url = getAttAt(via, e.id+"Queue", "Arn"), refAt(via, e.id+"Queue")
	}
	if own := via.get("QueuePolicyLogicalId").str(); own != "" {
		policy = own
	}
	s.queuePolicy(e, policy, "sns.amazonaws.com", url, arn, p.get("Topic"))
	s.add(e.owner, e.id, "AWS::SNS::Subscription", e.from, subscription.with(e.from,
		field{name: "Protocol", value: textAt(e.from, "sqs")}, field{name: "Endpoint", value: arn}))
	size := via.get("BatchSize")
	if !size.isSet() {
		size = numberAt(via, "10")
	}
	s.pull(&event{target: e.target, id: e.id + "EventSourceMapping", typ: "SQS", from: e.from,
		props: mapAt(via, field{name: "Queue", value: arn}, field{name: "BatchSize", value: size}, field{name: "Enabled", value: boolAt(via, true)})})
}

// s3 lets the bucket invoke the function and adds the notification to the bucket, which the template declares.
func (s *sam) s3(e *event) {
	s.permission(e, "s3.amazonaws.com", field{name: "SourceAccount", value: refAt(e.from, "AWS::AccountId")})
	bucket := e.props.get("Bucket").refTarget()
	if bucket == "" {
		bucket = e.props.get("Bucket").str()
	}
	var made []*node
	for _, name := range e.props.get("Events").list() {
		made = append(made, mapAt(name, field{name: "Event", value: name}, field{name: "Filter", value: e.props.get("Filter")}, field{name: "Function", value: e.arn}))
	}
	p := s.patch(bucket, e.from)
	p.notifications = append(p.notifications, made...)
}

// cognito lets the user pool invoke the function and names it as a trigger there.
func (s *sam) cognito(e *event) {
	pool := e.props.get("UserPool").refTarget()
	s.permissionAs(e, e.owner.id+"CognitoPermission", "cognito-idp.amazonaws.com", field{name: "SourceArn", value: getAttAt(e.from, pool, "Arn")})
	p := s.patch(pool, e.from)
	for _, name := range e.props.get("Trigger").list() {
		p.triggers = append(p.triggers, field{name: name.str(), value: e.arn})
	}
}

// patch is what events add to the properties of a bucket or user pool that the template declares.
type patch struct {
	from          *node
	notifications []*node
	triggers      []field
}

func (s *sam) patch(id string, from *node) *patch {
	if s.patches[id] == nil {
		s.patches[id] = &patch{from: from}
	}
	return s.patches[id]
}

// apply returns props with the patch; a part that an intrinsic function stands for is left as it is.
func (p *patch) apply(props *node) *node {
	if config := props.get("NotificationConfiguration"); len(p.notifications) > 0 && !config.isCall() {
		all := append(append([]*node{}, config.get("LambdaConfigurations").list()...), p.notifications...)
		props = props.with(p.from, field{name: "NotificationConfiguration", value: config.with(p.from, field{name: "LambdaConfigurations", value: listAt(p.from, all...)})})
	}
	if config := props.get("LambdaConfig"); len(p.triggers) > 0 && !config.isCall() {
		props = props.with(p.from, field{name: "LambdaConfig", value: config.with(p.from, p.triggers...)})
	}
	return props
}

// restEvent adds a route to a REST API: the one named, or the implicit one.
func (s *sam) restEvent(e *event) {
	api := e.props.get("RestApiId")
	id, suffix := apiOf(api, restAPI), "AllStages"
	switch {
	case !api.isSet():
		s.rest = s.rest.of(restAPI, e)
		suffix = "Prod"
		api = refAt(e.from, restAPI)
	case id != "":
		suffix = "Stage"
		if stage, ok := s.doc.at("Resources", id, "Properties", "StageName").scalar(); ok {
			suffix = stage
		}
	}
	s.routes[id] = append(s.routes[id], s.routeOf(e))
	s.permissionAs(e, suffixed(e.id+"Permission", suffix), "apigateway.amazonaws.com", field{name: "SourceArn", value: s.executeARN(e, api)})
}

// httpEvent adds a route to an HTTP API.
func (s *sam) httpEvent(e *event) {
	api := e.props.get("ApiId")
	id := apiOf(api, httpAPI)
	if !api.isSet() {
		s.http = s.http.of(httpAPI, e)
		api = refAt(e.from, httpAPI)
	}
	r := s.routeOf(e)
	s.routes[id] = append(s.routes[id], r)
	if !r.isDefault() && s.hasDefault(e, id) {
		return // the permission for the default route covers this one
	}
	s.permission(e, "apigateway.amazonaws.com", field{name: "SourceArn", value: s.executeARN(e, api)})
}

// hasDefault reports whether an event of the same function is the default route of the same HTTP API.
func (s *sam) hasDefault(e *event, api string) bool {
	if e.defaults == nil {
		e.defaults = map[string]bool{}
		for _, f := range e.events {
			other := &event{target: e.target, from: e.from, props: f.value.get("Properties")}
			if f.value.get("Type").str() == "HttpApi" && s.routeOf(other).isDefault() {
				e.defaults[apiOf(other.props.get("ApiId"), httpAPI)] = true
			}
		}
	}
	return e.defaults[api]
}

// apiOf returns the logical id of the API that an event names, or the implicit one.
func apiOf(n *node, implicit string) string {
	if !n.isSet() {
		return implicit
	}
	if id := n.refTarget(); id != "" {
		return id
	}
	return n.str()
}

func (s *sam) executeARN(e *event, api *node) *node {
	r := s.routeOf(e)
	method := strings.ToUpper(r.method)
	if method == "ANY" || r.method == anyMethod {
		method = "*"
	}
	path := strings.TrimSuffix(pathVariable.ReplaceAllString(r.path, "*"), "/")
	return mapAt(e.from, field{name: "Fn::Sub", value: listAt(e.from,
		textAt(e.from, "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/*/"+method+path),
		mapAt(e.from, field{name: "__ApiId__", value: api}))})
}

var pathVariable = regexp.MustCompile(`\{[^}]*\}`)
