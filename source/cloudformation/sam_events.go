package cloudformation

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"

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

// functionEvent expands one event of a function.
func (s *sam) functionEvent(tg *target, f field) {
	from := &node{Line: f.Line, Col: f.Col}
	e := &event{target: tg, id: tg.owner.id + f.Name, name: f.Name, typ: f.Value.Get("Type").Str(), from: from, props: f.Value.Get("Properties")}
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
		s.permission(e, "events.amazonaws.com", field{Name: "SourceArn", Value: getAttAt(from, e.id, "Arn")})
	case "ScheduleV2":
		s.schedule(e, "lambda:InvokeFunction")
	case "SNS":
		s.sns(e)
	case "S3":
		s.s3(e)
	case "Cognito":
		s.cognito(e)
	case "CloudWatchLogs":
		s.permission(e, "logs.amazonaws.com", field{Name: "SourceArn", Value: document.MapAt(from, field{Name: "Fn::Sub", Value: document.ListAt(from,
			document.TextAt(from, "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*"),
			document.MapAt(from, field{Name: "__LogGroupName__", Value: e.props.Get("LogGroupName")}))})})
		s.add(tg.owner, e.id, "AWS::Logs::SubscriptionFilter", from, e.props.Pick(from, "LogGroupName", "FilterPattern").With(from, field{Name: "DestinationArn", Value: tg.arn}))
	case "IoTRule":
		s.permission(e, "iot.amazonaws.com", field{Name: "SourceArn", Value: document.MapAt(from, field{Name: "Fn::Sub", Value: document.ListAt(from,
			document.TextAt(from, "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}"),
			document.MapAt(from, field{Name: "RuleName", Value: refAt(from, e.id)}))})})
		s.add(tg.owner, e.id, "AWS::IoT::TopicRule", from, document.MapAt(from, field{Name: "TopicRulePayload", Value: e.props.Pick(from, "Sql", "AwsIotSqlVersion").With(from,
			field{Name: "RuleDisabled", Value: document.BoolAt(from, false)},
			field{Name: "Actions", Value: document.ListAt(from, document.MapAt(from, field{Name: "Lambda", Value: document.MapAt(from, field{Name: "FunctionArn", Value: tg.arn})}))})}))
	case "AlexaSkill":
		s.permission(e, "alexa-appkit.amazon.com", field{Name: "EventSourceToken", Value: e.props.Get("SkillId")})
	default:
		s.warnf(s.template.at(from), "Event type not known", "The event %s of %s has the type %q, which SAM has not in the form known here. What it would add is left out.", diag.Clip(f.Name, maxClip), diag.Clip(tg.owner.id, maxClip), diag.Clip(e.typ, maxClip))
	}
}

// permission adds the AWS::Lambda::Permission that lets a service invoke the function.
func (s *sam) permission(e *event, principal string, more ...field) {
	s.permissionAs(e, e.id+"Permission", principal, more...)
}

func (s *sam) permissionAs(e *event, id, principal string, more ...field) {
	s.add(e.owner, id, "AWS::Lambda::Permission", e.from, document.MapAt(e.from, append([]field{
		{Name: "Action", Value: document.TextAt(e.from, "lambda:InvokeFunction")},
		{Name: "FunctionName", Value: e.ref},
		{Name: "Principal", Value: document.TextAt(e.from, principal)},
	}, more...)...))
}

// rule adds the AWS::Events::Rule of a schedule or pattern.
func (s *sam) rule(e *event, more ...field) {
	p := e.props
	name := p.Get("RuleName")
	if e.typ == "Schedule" {
		name = p.Get("Name")
	}
	state := p.Get("State")
	if enabled, known := s.eval(p.Get("Enabled")).Bool(); known && p.Get("Enabled").IsSet() {
		state = document.TextAt(p.Get("Enabled"), map[bool]string{true: "ENABLED", false: "DISABLED"}[enabled])
	}
	suffix := "LambdaTarget"
	if e.owner.typ != "AWS::Lambda::Function" {
		suffix = "StepFunctionsTarget"
	}
	id := document.TextAt(e.from, e.id[:min(len(e.id), 64-len(suffix))]+suffix)
	if own := p.At("Target", "Id"); own.IsSet() {
		id = own
	}
	tgt := p.Pick(e.from, "Input", "InputPath", "InputTransformer", "RetryPolicy").With(e.from,
		field{Name: "Arn", Value: e.arn}, field{Name: "Id", Value: id},
		field{Name: "DeadLetterConfig", Value: s.deadLetter(e, true)})
	s.add(e.owner, e.id, "AWS::Events::Rule", e.from, document.MapAt(e.from,
		field{Name: "Name", Value: name},
		field{Name: "Description", Value: p.Get("Description")},
		field{Name: "EventBusName", Value: p.Get("EventBusName")},
		field{Name: "EventPattern", Value: p.Get("Pattern")},
		field{Name: "ScheduleExpression", Value: p.Get("Schedule")},
		field{Name: "State", Value: state},
		field{Name: "Targets", Value: document.ListAt(e.from, tgt.With(e.from, more...))}))
}

// deadLetter returns the dead-letter configuration of a rule's target, making the queue when there is none.
func (s *sam) deadLetter(e *event, policy bool) *node {
	n := e.props.Get("DeadLetterConfig")
	if n == nil || n.Kind != document.Map {
		return nil
	}
	if arn := n.Get("Arn"); arn.IsSet() {
		return document.MapAt(n, field{Name: "Arn", Value: arn})
	}
	id := e.id + "Queue"
	if own := n.Get("QueueLogicalId").Str(); own != "" {
		id = own
	}
	s.add(e.owner, id, "AWS::SQS::Queue", n, document.MapAt(n))
	if policy {
		s.queuePolicy(e, e.id+"QueuePolicy", "events.amazonaws.com", refAt(n, id), getAttAt(n, id, "Arn"), getAttAt(n, e.id, "Arn"))
	}
	return document.MapAt(n, field{Name: "Arn", Value: getAttAt(n, id, "Arn")})
}

// queuePolicy lets a service, or with an empty one anyone, send to a queue on behalf of a source.
func (s *sam) queuePolicy(e *event, id, service string, url, arn, source *node) {
	principal := document.TextAt(e.from, "*")
	if service != "" {
		principal = document.MapAt(e.from, field{Name: "Service", Value: document.TextAt(e.from, service)})
	}
	doc := document.MapAt(e.from,
		field{Name: "Version", Value: document.TextAt(e.from, "2012-10-17")},
		field{Name: "Statement", Value: document.ListAt(e.from, document.MapAt(e.from,
			field{Name: "Effect", Value: document.TextAt(e.from, "Allow")},
			field{Name: "Action", Value: document.TextAt(e.from, "sqs:SendMessage")},
			field{Name: "Principal", Value: principal},
			field{Name: "Resource", Value: arn},
			field{Name: "Condition", Value: document.MapAt(e.from, field{Name: "ArnEquals", Value: document.MapAt(e.from, field{Name: "aws:SourceArn", Value: source})})}))})
	s.add(e.owner, id, "AWS::SQS::QueuePolicy", e.from, document.MapAt(e.from,
		field{Name: "PolicyDocument", Value: doc}, field{Name: "Queues", Value: document.ListAt(e.from, url)}))
}

// schedule adds the AWS::Scheduler::Schedule of a ScheduleV2 event and the role that it invokes with.
func (s *sam) schedule(e *event, action string) {
	p := e.props
	dead := s.deadLetter(e, false)
	roleArn := p.Get("RoleArn")
	if !roleArn.IsSet() {
		id := e.id + "Role"
		roleArn = getAttAt(e.from, id, "Arn")
		r := &role{}
		r.allow(e.from, e.id+map[bool]string{true: "LambdaPolicy", false: "StartExecutionPolicy"}[action == "lambda:InvokeFunction"], action, e.arn)
		if dead != nil {
			r.allow(e.from, e.id+"SQSPolicy", "sqs:SendMessage", dead.Get("Arn"))
		}
		s.add(e.owner, id, "AWS::IAM::Role", e.from, document.MapAt(e.from,
			field{Name: "AssumeRolePolicyDocument", Value: trust(e.from, "scheduler.amazonaws.com")},
			field{Name: "PermissionsBoundary", Value: p.Get("PermissionsBoundary")},
			field{Name: "Policies", Value: document.ListAt(e.from, r.policies...)}))
	}
	name := p.Get("Name")
	if !name.IsSet() && p.Get("OmitName").Str() != "true" {
		name = document.TextAt(e.from, e.id)
	}
	window := p.Get("FlexibleTimeWindow")
	if !window.IsSet() {
		window = document.MapAt(e.from, field{Name: "Mode", Value: document.TextAt(e.from, "OFF")})
	}
	s.add(e.owner, e.id, "AWS::Scheduler::Schedule", e.from, p.Pick(e.from,
		"Description", "EndDate", "GroupName", "KmsKeyArn", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "State").With(e.from,
		field{Name: "Name", Value: name},
		field{Name: "FlexibleTimeWindow", Value: window},
		field{Name: "Target", Value: p.Pick(e.from, "Input", "RetryPolicy").With(e.from,
			field{Name: "Arn", Value: e.arn}, field{Name: "RoleArn", Value: roleArn},
			field{Name: "DeadLetterConfig", Value: dead})}))
}

// sns adds the subscription of an SNS event, with a queue between topic and function when SqsSubscription says so.
func (s *sam) sns(e *event) {
	p := e.props
	subscription := p.Pick(e.from, "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "Region").With(e.from, field{Name: "TopicArn", Value: p.Get("Topic")})
	via := p.Get("SqsSubscription")
	if !via.IsSet() || via.Str() == "false" {
		s.permission(e, "sns.amazonaws.com", field{Name: "SourceArn", Value: p.Get("Topic")})
		s.add(e.owner, e.id, "AWS::SNS::Subscription", e.from, subscription.With(e.from,
			field{Name: "Protocol", Value: document.TextAt(e.from, "lambda")}, field{Name: "Endpoint", Value: e.arn}))
		return
	}
	arn, url, policy := via.Get("QueueArn"), via.Get("QueueUrl"), e.id+"QueuePolicy"
	if via.Kind != document.Map {
		s.add(e.owner, e.id+"Queue", "AWS::SQS::Queue", via, document.MapAt(via))
		arn, url = getAttAt(via, e.id+"Queue", "Arn"), refAt(via, e.id+"Queue")
	}
	if own := via.Get("QueuePolicyLogicalId").Str(); own != "" {
		policy = own
	}
	s.queuePolicy(e, policy, "", url, arn, p.Get("Topic")) // SAM names no principal here, only the topic in a condition
	s.add(e.owner, e.id, "AWS::SNS::Subscription", e.from, subscription.With(e.from,
		field{Name: "Protocol", Value: document.TextAt(e.from, "sqs")}, field{Name: "Endpoint", Value: arn}))
	size := via.Get("BatchSize")
	if !size.IsSet() {
		size = document.NumberAt(via, "10")
	}
	s.pull(&event{target: e.target, id: e.id + "EventSourceMapping", typ: "SQS", from: e.from,
		props: document.MapAt(via, field{Name: "Queue", Value: arn}, field{Name: "BatchSize", Value: size}, field{Name: "Enabled", Value: document.BoolAt(via, true)})})
}

// s3 lets the bucket invoke the function and adds the notification to the bucket, which the template declares.
func (s *sam) s3(e *event) {
	s.permission(e, "s3.amazonaws.com", field{Name: "SourceAccount", Value: refAt(e.from, "AWS::AccountId")})
	bucket := refTarget(e.props.Get("Bucket"))
	if bucket == "" {
		bucket = e.props.Get("Bucket").Str()
	}
	var made []*node
	for _, name := range e.props.Get("Events").List() {
		made = append(made, document.MapAt(name, field{Name: "Event", Value: name}, field{Name: "Filter", Value: e.props.Get("Filter")}, field{Name: "Function", Value: e.arn}))
	}
	p := s.patch(bucket, e.from)
	p.notifications = append(p.notifications, made...)
}

// cognito lets the user pool invoke the function and names it as a trigger there.
func (s *sam) cognito(e *event) {
	pool := refTarget(e.props.Get("UserPool"))
	s.permissionAs(e, e.owner.id+"CognitoPermission", "cognito-idp.amazonaws.com", field{Name: "SourceArn", Value: getAttAt(e.from, pool, "Arn")})
	p := s.patch(pool, e.from)
	for _, name := range e.props.Get("Trigger").List() {
		p.triggers = append(p.triggers, field{Name: name.Str(), Value: e.arn})
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
	if config := props.Get("NotificationConfiguration"); len(p.notifications) > 0 && !isCall(config) {
		all := append(append([]*node{}, config.Get("LambdaConfigurations").List()...), p.notifications...)
		props = props.With(p.from, field{Name: "NotificationConfiguration", Value: config.With(p.from, field{Name: "LambdaConfigurations", Value: document.ListAt(p.from, all...)})})
	}
	if config := props.Get("LambdaConfig"); len(p.triggers) > 0 && !isCall(config) {
		props = props.With(p.from, field{Name: "LambdaConfig", Value: config.With(p.from, p.triggers...)})
	}
	return props
}

// restEvent adds a route to a REST API: the one named, or the implicit one.
func (s *sam) restEvent(e *event) {
	api := e.props.Get("RestApiId")
	id, suffix := apiOf(api, restAPI), "AllStages"
	switch {
	case !api.IsSet():
		s.rest = s.rest.of(restAPI, e)
		suffix = "Prod"
		api = refAt(e.from, restAPI)
	case id != "":
		suffix = "Stage"
		if stage, ok := s.doc.At("Resources", id, "Properties", "StageName").Scalar(); ok {
			suffix = stage
		}
	}
	s.routes[id] = append(s.routes[id], s.routeOf(e))
	s.permissionAs(e, suffixed(e.id+"Permission", suffix), "apigateway.amazonaws.com", field{Name: "SourceArn", Value: s.executeARN(e, api)})
}

// httpEvent adds a route to an HTTP API.
func (s *sam) httpEvent(e *event) {
	api := e.props.Get("ApiId")
	id := apiOf(api, httpAPI)
	if !api.IsSet() {
		s.http = s.http.of(httpAPI, e)
		api = refAt(e.from, httpAPI)
	}
	r := s.routeOf(e)
	if r.payload = e.props.Get("PayloadFormatVersion"); !r.payload.IsSet() {
		r.payload = document.TextAt(e.from, "2.0")
	}
	s.routes[id] = append(s.routes[id], r)
	if !r.isDefault() && s.hasDefault(e, id) {
		return // the permission for the default route covers this one
	}
	s.permission(e, "apigateway.amazonaws.com", field{Name: "SourceArn", Value: s.executeARN(e, api)})
}

// hasDefault reports whether an event of the same function is the default route of the same HTTP API.
func (s *sam) hasDefault(e *event, api string) bool {
	if e.defaults == nil {
		e.defaults = map[string]bool{}
		for _, f := range e.events {
			other := &event{target: e.target, from: e.from, props: f.Value.Get("Properties")}
			if f.Value.Get("Type").Str() == "HttpApi" && s.routeOf(other).isDefault() {
				e.defaults[apiOf(other.props.Get("ApiId"), httpAPI)] = true
			}
		}
	}
	return e.defaults[api]
}

// apiOf returns the logical id of the API that an event names, or the implicit one.
func apiOf(n *node, implicit string) string {
	if !n.IsSet() {
		return implicit
	}
	if id := refTarget(n); id != "" {
		return id
	}
	return n.Str()
}

func (s *sam) executeARN(e *event, api *node) *node {
	r := s.routeOf(e)
	method := strings.ToUpper(r.method)
	if method == "ANY" || r.method == anyMethod {
		method = "*"
	}
	path := strings.TrimSuffix(pathVariable.ReplaceAllString(r.path, "*"), "/")
	return executeAPI(e.from, "*/"+method+path, api)
}

var pathVariable = regexp.MustCompile(`\{[^}]*\}`)
