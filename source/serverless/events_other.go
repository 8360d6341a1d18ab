package serverless

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// bucket is a bucket that s3 events make.
type bucket struct {
	from, name    *node
	settings      *node
	notifications []*node
}

// s3Event adds a notification to a bucket. The bucket is made here unless it exists already, which the event says.
func (s *service) s3Event(e *event) {
	name := e.textOf("bucket")
	id := "S3Bucket" + alphanumeric(name.Str())
	if s.unknown(name) || isCall(name) {
		id = "S3Bucket" + nameIn(name)
	}
	settings := (*node)(nil)
	if own := s.provider.At("s3", name.Str()); own.IsSet() && !s.unknown(name) {
		settings = own
		name = choose(own.Get("name"), name)
	}
	s.permission(e, strings.TrimPrefix(id, "S3Bucket")+"S3", "s3.amazonaws.com", nil)
	if s.isTrue(e.get("existing")) {
		return
	}
	b := s.buckets[id]
	if b == nil {
		b = &bucket{from: e.at, name: name, settings: settings}
		s.buckets[id] = b
		s.add(id, "AWS::S3::Bucket", e.at, nil)
	}
	b.notifications = append(b.notifications, mapAt(e.at,
		"Event", choose(e.get("event"), textAt(e.at, "s3:ObjectCreated:*")), "Function", s.target(e.function), "Filter", s3Filter(e.get("rules"))))
}

func s3Filter(rules *node) *node {
	if rules == nil || rules.Kind != document.List || len(rules.Items) == 0 {
		return nil
	}
	list := document.ListAt(rules)
	for _, r := range rules.Items {
		for _, f := range fieldsOf(r) {
			list.Items = append(list.Items, mapAt(r, "Name", textAt(r, f.Name), "Value", f.Value))
		}
	}
	return mapAt(rules, "S3Key", mapAt(rules, "Rules", list))
}

// finishBuckets writes the properties of the buckets, once all their notifications are known.
func (s *service) finishBuckets() {
	for id, b := range s.buckets {
		props := mapAt(b.from, "BucketName", b.name,
			"NotificationConfiguration", mapAt(b.from, "LambdaConfigurations", document.ListAt(b.from, b.notifications...)))
		for _, f := range fieldsOf(b.settings) {
			if f.Name != "name" {
				f.Name = upperFirst(f.Name)
				props = props.With(b.from, f)
			}
		}
		s.resources[id].props = props
	}
}

// logEvent adds the subscription of a log group.
func (s *service) logEvent(e *event) {
	n := e.count("cloudwatchLog")
	id := e.id + "LogsSubscriptionFilterCloudWatchLog" + n
	s.add(id, "AWS::Logs::SubscriptionFilter", e.at, mapAt(e.at, "LogGroupName", e.textOf("logGroup"),
		"FilterPattern", choose(e.get("filter"), textAt(e.at, "")), "DestinationArn", s.target(e.function)))
	s.permission(e, "LogsSubscriptionFilterCloudWatchLog"+n, "logs.amazonaws.com", nil)
}

// iotEvent adds the rule of an IoT topic.
func (s *service) iotEvent(e *event) {
	n := e.count("iot")
	s.add(e.id+"IotTopicRule"+n, "AWS::IoT::TopicRule", e.at, mapAt(e.at, "RuleName", e.get("name"), "TopicRulePayload", mapAt(e.at,
		"Sql", e.get("sql"), "Description", e.get("description"), "RuleDisabled", document.BoolAt(e.at, no(e.get("enabled"))),
		"Actions", document.ListAt(e.at, mapAt(e.at, "Lambda", mapAt(e.at, "FunctionArn", s.target(e.function)))))))
	s.permission(e, "IotTopicRule"+n, "iot.amazonaws.com", nil)
}

// cognitoEvent adds the user pool that a name makes, with the trigger.
func (s *service) cognitoEvent(e *event) {
	pool := e.get("pool")
	if s.isTrue(e.get("existing")) {
		return // a custom resource of the framework adds the trigger when it is deployed
	}
	id := "CognitoUserPool" + alphanumeric(pool.Str())
	s.permission(e, id+"TriggerSource"+e.get("trigger").Str(), "cognito-idp.amazonaws.com", getAtt(e.at, id, "Arn"))
	r := s.add(id, "AWS::Cognito::UserPool", e.at, mapAt(e.at, "UserPoolName", pool))
	if trigger := e.get("trigger").Str(); trigger != "" {
		config := r.props.Get("LambdaConfig").With(e.at, field{Name: trigger, Value: s.target(e.function)})
		r.props = r.props.With(e.at, field{Name: "LambdaConfig", Value: config})
	}
}

// albEvent adds the target group and the rule of a listener that exists.
func (s *service) albEvent(e *event) {
	group := e.id + "AlbTargetGroup"
	s.add(group, "AWS::ElasticLoadBalancingV2::TargetGroup", e.at, mapAt(e.at, "TargetType", textAt(e.at, "lambda"),
		"Targets", document.ListAt(e.at, mapAt(e.at, "Id", s.target(e.function)))))
	s.add(e.id+"AlbListenerRule"+e.get("priority").Str(), "AWS::ElasticLoadBalancingV2::ListenerRule", e.at, mapAt(e.at,
		"ListenerArn", e.get("listenerArn"), "Priority", e.get("priority"), "Actions", document.ListAt(e.at, mapAt(e.at,
			"Type", textAt(e.at, "forward"), "TargetGroupArn", ref(e.at, group)))))
	s.permission(e, "RegisterTarget", "elasticloadbalancing.amazonaws.com", nil)
}

const distributionID = "CloudFrontDistribution"

// cloudFrontEvent runs the function at the edge: the version is associated with the service's one distribution.
func (s *service) cloudFrontEvent(e *event) {
	version := e.id + "LambdaVersion"
	if s.resources[version] == nil {
		s.add(version, "AWS::Lambda::Version", e.at, mapAt(e.at, "FunctionName", ref(e.at, e.logical)))
	}
	r := s.add(distributionID, "AWS::CloudFront::Distribution", e.at, mapAt(e.at, "DistributionConfig", mapAt(e.at, "Enabled", document.BoolAt(e.at, true))))
	association := mapAt(e.at, "EventType", e.get("eventType"), "LambdaFunctionARN", ref(e.at, version))
	config := r.props.Get("DistributionConfig")
	if pattern := e.get("pathPattern"); pattern.IsSet() {
		list := append(append([]*node{}, config.Get("CacheBehaviors").List()...), mapAt(e.at, "PathPattern", pattern,
			"LambdaFunctionAssociations", document.ListAt(e.at, association)))
		config = config.With(e.at, field{Name: "CacheBehaviors", Value: document.ListAt(e.at, list...)})
	} else {
		list := append(append([]*node{}, config.At("DefaultCacheBehavior", "LambdaFunctionAssociations").List()...), association)
		config = config.With(e.at, field{Name: "DefaultCacheBehavior", Value: mapAt(e.at, "LambdaFunctionAssociations", document.ListAt(e.at, list...),
			"ViewerProtocolPolicy", textAt(e.at, "allow-all"))})
	}
	if origin := e.get("origin"); origin.IsSet() {
		if origin.Kind != document.Map {
			origin = mapAt(origin, "DomainName", origin)
		}
		list := append(append([]*node{}, config.Get("Origins").List()...), origin)
		config = config.With(e.at, field{Name: "Origins", Value: document.ListAt(e.at, list...)})
	}
	r.props = mapAt(e.at, "DistributionConfig", config)
}
