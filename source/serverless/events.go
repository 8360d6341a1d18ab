package serverless

import (
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
)

// event is one entry of a function's events.
type event struct {
	*function
	kind string
	// at is where the event stands; def is its settings, a text or a map.
	at, def *node
	// index counts the events of the function from 1.
	index int
}

// get returns a setting of the event.
func (e *event) get(name string) *node {
	if e.def == nil || e.def.Kind != document.Map {
		return nil
	}
	return e.def.Get(name)
}

// count numbers the events of a kind.
func (e *event) count(kind string) string {
	e.counts[kind]++
	return strconv.Itoa(e.counts[kind])
}

// events adds what the events of a function make.
func (s *service) events(f *function) {
	list := f.def.Get("events")
	if s.unknown(list) {
		s.diags.Skipf(s.at(list), "Events not read", "The events of %s cannot be told: %s.", diag.Clip(f.name, maxClip), s.why(list))
		return
	}
	for i, n := range list.List() {
		e := &event{function: f, at: n, index: i + 1}
		switch {
		case s.unknown(n):
			s.diags.Skipf(s.at(n), "Event not read", "An event of %s cannot be told: %s.", diag.Clip(f.name, maxClip), s.why(n))
			continue
		case n.Kind == document.Text:
			e.kind = n.Text
		case n.Kind == document.Map && len(n.Fields) > 0:
			e.kind, e.def = n.Fields[0].Name, n.Fields[0].Value
			e.at = &node{Line: n.Fields[0].Line, Col: n.Fields[0].Col}
		}
		s.event(e)
	}
}

// event adds what one event makes. A kind that is not known comes from a plugin, which is named elsewhere.
func (s *service) event(e *event) {
	switch e.kind {
	case "http":
		s.httpEvent(e)
	case "httpApi":
		s.httpAPIEvent(e)
	case "websocket":
		s.websocketEvent(e)
	case "s3":
		s.s3Event(e)
	case "sns":
		s.snsEvent(e)
	case "sqs", "stream", "kafka", "msk", "activemq", "rabbitmq":
		s.pollEvent(e)
	case "schedule":
		s.scheduleEvent(e)
	case "eventBridge", "cloudwatchEvent":
		s.ruleEvent(e)
	case "cloudwatchLog":
		s.logEvent(e)
	case "iot":
		s.iotEvent(e)
	case "alexaSkill":
		s.permission(e, "AlexaSkill"+e.count("alexaSkill"), "alexa-appkit.amazon.com", nil)
	case "alexaSmartHome":
		s.permission(e, "AlexaSmartHome"+e.count("alexaSmartHome"), "alexa-connectedhome.amazon.com", nil)
	case "cognitoUserPool":
		s.cognitoEvent(e)
	case "alb":
		s.albEvent(e)
	case "cloudFront":
		s.cloudFrontEvent(e)
	}
}

// permission lets a service invoke the function.
func (s *service) permission(e *event, suffix, principal string, source *node) {
	s.add(e.id+"LambdaPermission"+suffix, "AWS::Lambda::Permission", e.at, mapAt(e.at,
		"FunctionName", s.target(e.function), "Action", textAt(e.at, "lambda:InvokeFunction"),
		"Principal", textAt(e.at, principal), "SourceArn", source))
}

// textOf is the text of an event that is written as one, or of the named setting.
func (e *event) textOf(name string) *node {
	if e.def != nil && e.def.Kind != document.Map {
		return e.def
	}
	if isCall(e.def) {
		return e.def
	}
	return e.get(name)
}

// scheduleEvent adds a rule, or a schedule of EventBridge Scheduler, for each rate.
func (s *service) scheduleEvent(e *event) {
	rates := e.textOf("rate")
	state := s.state(e)
	for _, rate := range rates.List() {
		n := e.count("schedule")
		id := e.id + "EventsRuleSchedule" + n
		if e.get("method").Str() == "scheduler" {
			s.add(id, "AWS::Scheduler::Schedule", e.at, mapAt(e.at, "ScheduleExpression", rate, "State", state,
				"Name", e.get("name"), "Description", e.get("description"), "GroupName", e.get("groupName"),
				"ScheduleExpressionTimezone", e.get("timezone"),
				"FlexibleTimeWindow", mapAt(e.at, "Mode", textAt(e.at, "OFF")),
				"Target", mapAt(e.at, "Arn", s.target(e.function), "RoleArn", choose(e.get("roleArn"), getAtt(e.at, roleID, "Arn")))))
			continue
		}
		s.add(id, "AWS::Events::Rule", e.at, mapAt(e.at, "ScheduleExpression", rate, "State", state, "Name", e.get("name"),
			"Description", e.get("description"), "Targets", document.ListAt(e.at, mapAt(e.at,
				"Arn", s.target(e.function), "Id", textAt(e.at, e.name+"Schedule"), "Input", e.get("input"), "InputPath", e.get("inputPath")))))
		s.permission(e, "EventsRuleSchedule"+n, "events.amazonaws.com", getAtt(e.at, id, "Arn"))
	}
}

// state is whether a rule or schedule is enabled.
func (s *service) state(e *event) *node {
	switch enabled := e.get("enabled"); {
	case !enabled.IsSet():
		return textAt(e.at, "ENABLED")
	case s.unknown(enabled):
		return enabled
	case no(enabled):
		return s.textLike(enabled, "DISABLED")
	default:
		return s.textLike(enabled, "ENABLED")
	}
}

// ruleEvent adds the rule of an eventBridge or cloudwatchEvent event, and the event bus that it names when that is made.
func (s *service) ruleEvent(e *event) {
	pattern, bus := choose(e.get("pattern"), e.get("event")), e.get("eventBus")
	id, suffix := e.id+"EventsRuleCloudWatchEvent", "EventsRuleCloudWatchEvent"
	if e.kind == "eventBridge" {
		id = alphanumeric(s.ruleStub(e)) + "EventBridgeRule"
		suffix = "EventBridge" + strconv.Itoa(e.index)
	} else {
		n := e.count("cloudwatchEvent")
		id, suffix = id+n, suffix+n
	}
	if name := bus.Str(); name != "" && name != "default" && !s.unknown(bus) && !strings.HasPrefix(name, "arn:") {
		s.add(alphanumeric(name)+"EventBridgeEventBus", "AWS::Events::EventBus", e.at, mapAt(e.at, "Name", bus))
	} else if name == "default" {
		bus = nil
	}
	s.add(id, "AWS::Events::Rule", e.at, mapAt(e.at, "Name", e.get("name"), "Description", e.get("description"), "EventBusName", bus,
		"EventPattern", pattern, "ScheduleExpression", e.get("schedule"), "State", s.state(e),
		"Targets", document.ListAt(e.at, mapAt(e.at, "Arn", s.target(e.function), "Id", textAt(e.at, e.name+"Target"),
			"Input", e.get("input"), "InputPath", e.get("inputPath"),
			"DeadLetterConfig", wrap("Arn", e.get("deadLetterQueueArn"))))))
	s.permission(e, suffix, "events.amazonaws.com", getAtt(e.at, id, "Arn"))
}

// ruleStub is what the framework names a rule by: service, stage, function and number.
func (s *service) ruleStub(e *event) string {
	name := s.text(e.from, "${self:service}-${sls:stage}-"+e.name)
	return name.Str() + "-rule-" + strconv.Itoa(e.index)
}

// sources are the event sources that Lambda polls: where the setting of the source stands, and what the id says.
var sources = map[string]struct{ setting, id string }{
	"sqs": {"arn", "SQS"}, "msk": {"arn", "MSK"}, "activemq": {"arn", "ActiveMQ"}, "rabbitmq": {"arn", "RabbitMQ"},
	"kafka": {"", "Kafka"}, "stream": {"arn", ""},
}

// pollEvent adds the event source mapping of a queue, stream or broker.
func (s *service) pollEvent(e *event) {
	source := sources[e.kind]
	arn := e.textOf(source.setting)
	kind := source.id
	if kind == "" {
		kind = streamKind(arn, e.get("type"))
	}
	name := nameIn(arn)
	enabled := e.get("enabled")
	if !enabled.IsSet() {
		enabled = document.BoolAt(e.at, true)
	}
	props := mapAt(e.at, "EventSourceArn", arn, "FunctionName", s.target(e.function), "Enabled", enabled,
		"BatchSize", e.get("batchSize"), "StartingPosition", e.get("startingPosition"),
		"MaximumBatchingWindowInSeconds", choose(e.get("maximumBatchingWindow"), e.get("batchWindow")),
		"MaximumRetryAttempts", e.get("maximumRetryAttempts"), "ParallelizationFactor", e.get("parallelizationFactor"),
		"BisectBatchOnFunctionError", e.get("bisectBatchOnFunctionError"))
	if e.kind == "kafka" {
		props = props.With(e.at, field{Name: "SelfManagedEventSource", Value: mapAt(e.at, "Endpoints", wrap("KafkaBootstrapServers", e.get("bootstrapServers")))})
	}
	for setting, property := range map[string]string{"topic": "Topics", "queue": "Queues"} {
		if n := e.get(setting); n.IsSet() {
			name += alphanumeric(n.Str())
			props = props.With(e.at, field{Name: property, Value: document.ListAt(n, n)})
		}
	}
	s.add(e.id+"EventSourceMapping"+kind+name, "AWS::Lambda::EventSourceMapping", e.at, props)
}

// streamKind tells a DynamoDB stream from a Kinesis stream by its ARN or by the setting that says so.
func streamKind(arn, typ *node) string {
	switch text := strings.ToLower(typ.Str() + arn.Str()); {
	case strings.Contains(text, "dynamodb"):
		return "Dynamodb"
	case strings.Contains(text, "kinesis"):
		return "Kinesis"
	}
	return ""
}

// nameIn makes an id of the name in an ARN, or of the resource that a function of CloudFormation refers to.
func nameIn(arn *node) string {
	if text, ok := arn.Scalar(); ok {
		last := text[strings.LastIndexByte(text, ':')+1:]
		if _, rest, slash := strings.Cut(last, "/"); slash {
			last, _, _ = strings.Cut(rest, "/")
		}
		return alphanumeric(last)
	}
	if !isCall(arn) {
		return ""
	}
	arg := arn.Fields[0].Value
	if list := arg.List(); len(list) > 0 && arn.Fields[0].Name != "Fn::Join" {
		text := list[0].Str()
		text, _, _ = strings.Cut(text, ".")
		return alphanumeric(text)
	}
	for _, part := range arg.List() {
		if part.Kind == document.List && len(part.Items) > 0 {
			return nameIn(part.Items[len(part.Items)-1])
		}
	}
	return ""
}

// snsEvent adds the topic that a name makes, and the subscription.
func (s *service) snsEvent(e *event) {
	topic := e.def
	arn := (*node)(nil)
	name := ""
	if topic != nil && topic.Kind == document.Map && !isCall(topic) {
		arn = topic.Get("arn")
		topic = topic.Get("topicName")
	}
	switch {
	case isCall(topic) || s.unknown(topic) || strings.HasPrefix(topic.Str(), "arn:"):
		arn = choose(arn, topic)
		name = nameIn(arn)
	case arn.IsSet():
		name = alphanumeric(choose(topic, textAt(e.at, nameIn(arn))).Str())
	default:
		name = alphanumeric(topic.Str())
		id := "SNSTopic" + name
		s.add(id, "AWS::SNS::Topic", e.at, mapAt(e.at, "TopicName", topic, "DisplayName", e.get("displayName"), "KmsMasterKeyId", e.get("kmsMasterKeyId")))
		arn = ref(e.at, id)
	}
	s.add(e.id+"SnsSubscription"+name, "AWS::SNS::Subscription", e.at, mapAt(e.at, "TopicArn", arn, "Protocol", textAt(e.at, "lambda"),
		"Endpoint", s.target(e.function), "FilterPolicy", e.get("filterPolicy"), "FilterPolicyScope", e.get("filterPolicyScope")))
	s.permission(e, name+"SNS", "sns.amazonaws.com", arn)
}
