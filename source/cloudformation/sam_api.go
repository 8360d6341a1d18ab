package cloudformation

import (
	"github.com/onus-dev/onus/document"
)

// The logical ids of the APIs that SAM makes for events that name none.
const (
	restAPI = "ServerlessRestApi"
	httpAPI = "ServerlessHttpApi"

	anyMethod = "x-amazon-apigateway-any-method"
)

// implicitAPI is an API that exists because events use it.
type implicitAPI struct {
	id         string
	from       *node
	conditions []string
	seen       map[string]bool
	// always is set when a function without a condition uses it.
	always bool
}

// of returns the implicit API with the conditions of one more event; the receiver may be nil.
func (a *implicitAPI) of(id string, e *event) *implicitAPI {
	if a == nil {
		a = &implicitAPI{id: id, from: e.from, seen: map[string]bool{}}
	}
	switch {
	case e.owner.condition == "":
		a.always = true
	case !a.seen[e.owner.condition]:
		a.seen[e.owner.condition] = true
		a.conditions = append(a.conditions, e.owner.condition)
	}
	return a
}

// implicitAPIs adds ServerlessRestApi and ServerlessHttpApi. They exist when one of the functions behind them does.
func (s *sam) implicitAPIs() {
	if a := s.rest; a != nil && !s.ids[restAPI] {
		d := s.implicit(a, serverless+"Api")
		d.props = d.props.With(a.from, field{Name: "StageName", Value: document.TextAt(a.from, "Prod")})
		s.api(d)
	}
	if a := s.http; a != nil && !s.ids[httpAPI] {
		s.httpAPI(s.implicit(a, serverless+"HttpApi"))
	}
}

func (s *sam) implicit(a *implicitAPI, typ string) *declaration {
	d := &declaration{id: a.id, typ: typ, source: typ, from: a.from}
	s.ids[a.id] = true
	d.props = s.withGlobals(d)
	switch {
	case a.always || len(a.conditions) == 0:
	case len(a.conditions) == 1:
		d.condition = a.conditions[0]
	default:
		d.condition = a.id + "Condition"
		var any []*node
		for _, c := range a.conditions {
			any = append(any, document.MapAt(a.from, field{Name: "Condition", Value: document.TextAt(a.from, c)}))
		}
		s.conditions[d.condition] = document.MapAt(a.from, field{Name: "Fn::Or", Value: document.ListAt(a.from, any...)})
	}
	return d
}

// api expands AWS::Serverless::Api to an API, a deployment and a stage.
func (s *sam) api(d *declaration) {
	p, from := d.props, d.from
	body := s.body(d)
	location := s3Location(p.Get("DefinitionUri"), "Bucket", "Key", "Version")
	props := p.Pick(from, "ApiKeySourceType", "BinaryMediaTypes", "Description", "DisableExecuteApiEndpoint",
		"EndpointAccessMode", "FailOnWarnings", "MinimumCompressionSize", "Mode", "Name", "SecurityPolicy", "Tags").With(from,
		field{Name: "Body", Value: body},
		field{Name: "BodyS3Location", Value: location},
		field{Name: "EndpointConfiguration", Value: endpoint(p.Get("EndpointConfiguration"))},
		field{Name: "Policy", Value: s.resourcePolicy(d)})
	s.become(d, "AWS::ApiGateway::RestApi", props)
	var extra *node
	if !p.Get("OpenApiVersion").IsSet() {
		extra = document.TextAt(from, "Stage") // SAM deploys to a stage of this name beside the one asked for, unless told the version
	}
	deployment := s.add(d, d.id+"Deployment", "AWS::ApiGateway::Deployment", from, document.MapAt(from,
		field{Name: "RestApiId", Value: refAt(from, d.id)}, field{Name: "StageName", Value: extra}))
	stageName, _ := p.Get("StageName").Scalar()
	stageID := d.id + stageName + "Stage"
	if stageName != alphanumeric(stageName) {
		stageID = suffixed(d.id+"Stage", stageName)
	}
	stage := s.add(d, stageID, "AWS::ApiGateway::Stage", from, p.Pick(from,
		"AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "MethodSettings", "StageName", "Tags", "TracingEnabled", "Variables").With(from,
		field{Name: "RestApiId", Value: refAt(from, d.id)},
		field{Name: "DeploymentId", Value: refAt(from, deployment.id)}))
	s.template.alias[d.id+".Stage"], s.template.alias[d.id+".Deployment"] = stage.id, deployment.id
	s.authorizers(d, p.Get("Auth"))
	s.usagePlans(d, p.At("Auth", "UsagePlan"), stage)
	s.domain(d, p.Get("Domain"), stage, false)
}

// endpoint turns {Type: REGIONAL} or REGIONAL into {Types: [REGIONAL]}.
func endpoint(n *node) *node {
	if !n.IsSet() || isCall(n) && refTarget(n) == "" {
		return n
	}
	if n.Kind != document.Map || isCall(n) {
		return document.MapAt(n, field{Name: "Types", Value: document.ListAt(n, n)})
	}
	kind := n.Get("Type")
	if !kind.IsSet() {
		return n
	}
	return document.MapAt(n, field{Name: "Types", Value: document.ListAt(kind, kind)}, field{Name: "VpcEndpointIds", Value: n.Get("VPCEndpointIds")}, field{Name: "IpAddressType", Value: n.Get("IpAddressType")})
}

// httpAPI expands AWS::Serverless::HttpApi.
func (s *sam) httpAPI(d *declaration) {
	p, from := d.props, d.from
	s.become(d, "AWS::ApiGatewayV2::Api", p.Pick(from, "CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "FailOnWarnings", "Name", "Tags").With(from,
		field{Name: "ProtocolType", Value: document.TextAt(from, "HTTP")},
		field{Name: "Body", Value: s.body(d)},
		field{Name: "BodyS3Location", Value: s3Location(p.Get("DefinitionUri"), "Bucket", "Key", "Version")}))
	s.stageV2(d, p, "$default", "ApiGatewayDefaultStage")
	s.authorizers(d, p.Get("Auth"))
}

// stageV2 adds the stage of an HTTP or WebSocket API.
func (s *sam) stageV2(d *declaration, p *node, fallback, fallbackID string) {
	name := p.Get("StageName")
	if !name.IsSet() {
		name = document.TextAt(d.from, fallback)
	}
	text, scalar := name.Scalar()
	id := d.id + fallbackID
	switch {
	case !scalar:
		id = d.id + "Stage"
	case text == alphanumeric(text) && p.Get("StageName").IsSet():
		id = d.id + text + "Stage"
	case text != fallback:
		id = d.id + "Stage" + hashOf(document.TextAt(d.from, text))
	}
	stage := s.add(d, id, "AWS::ApiGatewayV2::Stage", d.from, p.Pick(d.from, "AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables", "Tags").With(d.from,
		field{Name: "ApiId", Value: refAt(d.from, d.id)},
		field{Name: "AutoDeploy", Value: document.BoolAt(d.from, true)},
		field{Name: "StageName", Value: name}))
	s.template.alias[d.id+".Stage"] = stage.id
	s.domain(d, p.Get("Domain"), stage, true)
}

// usagePlans adds the usage plan, key and their link, for one API or shared by all.
func (s *sam) usagePlans(d *declaration, n *node, stage *declaration) {
	prefix := d.id
	if !n.IsSet() {
		return
	}
	plan := document.MapAt(n, field{Name: "ApiId", Value: refAt(n, d.id)}, field{Name: "Stage", Value: refAt(n, stage.id)})
	key := document.MapAt(n, field{Name: "RestApiId", Value: refAt(n, d.id)}, field{Name: "StageName", Value: refAt(n, stage.id)})
	mode, _ := s.eval(n.Get("CreateUsagePlan")).Text()
	switch mode {
	case "PER_API":
	case "SHARED":
		prefix = "Serverless"
		if s.sharedPlan != nil {
			extend(s.sharedPlan, "ApiStages", plan)
			extend(s.sharedKey, "StageKeys", key)
			return
		}
	default:
		return
	}
	usage := s.add(d, prefix+"UsagePlan", "AWS::ApiGateway::UsagePlan", n, n.Pick(n, "Description", "Quota", "Tags", "Throttle", "UsagePlanName").With(n,
		field{Name: "ApiStages", Value: document.ListAt(n, plan)}))
	apiKey := s.add(d, prefix+"ApiKey", "AWS::ApiGateway::ApiKey", n, document.MapAt(n, field{Name: "Enabled", Value: document.BoolAt(n, true)},
		field{Name: "StageKeys", Value: document.ListAt(n, key)}))
	s.add(d, prefix+"UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", n, document.MapAt(n,
		field{Name: "KeyId", Value: refAt(n, prefix+"ApiKey")},
		field{Name: "KeyType", Value: document.TextAt(n, "API_KEY")},
		field{Name: "UsagePlanId", Value: refAt(n, prefix+"UsagePlan")}))
	if mode == "SHARED" {
		s.sharedPlan, s.sharedKey = usage, apiKey
	}
}

// extend appends to a list among the properties of a declaration.
func extend(d *declaration, property string, item *node) {
	list := append(append([]*node{}, d.props.Get(property).List()...), item)
	d.props = d.props.With(item, field{Name: property, Value: document.ListAt(item, list...)})
}
