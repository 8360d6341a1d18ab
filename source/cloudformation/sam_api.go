package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// The logical ids of the APIs that SAM makes for events that name none.
const (
	restAPI = "ServerlessRestApi"
	httpAPI = "ServerlessHttpApi"

	anyMethod = "x-amazon-apigateway-any-method"
)

// route is a path and method that an event adds to an API.
type route struct {
	path, method string
	from         *node
	// uri is where requests go.
	uri *node
}

// isDefault reports whether the route takes what no other takes.
func (r route) isDefault() bool { return r.path == "$default" && r.method == anyMethod }

func (s *sam) routeOf(e *event) route {
	r := route{path: e.props.Get("Path").Str(), method: strings.ToLower(e.props.Get("Method").Str()), from: e.from}
	if r.path == "" {
		r.path = "$default"
	}
	if r.method == "" || r.method == "any" {
		r.method = anyMethod
	}
	r.uri = document.MapAt(e.from, field{Name: "Fn::Sub", Value: document.ListAt(e.from,
		document.TextAt(e.from, "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__Arn__}/invocations"),
		document.MapAt(e.from, field{Name: "__Arn__", Value: e.arn}))})
	return r
}

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

// body returns the definition of an API: the one written, or the routes of the events.
func (s *sam) body(d *declaration) *node {
	body := d.props.Get("DefinitionBody")
	routes := s.routes[d.id]
	if body.IsSet() && (body.Kind != document.Map || isCall(body)) || d.props.Get("DefinitionUri").IsSet() || len(routes) == 0 {
		return body
	}
	paths := body.Get("paths")
	if paths.IsSet() && (paths.Kind != document.Map || isCall(paths)) {
		return body
	}
	added := map[string][]field{}
	var order []string
	for _, r := range routes {
		if paths.At(r.path, r.method).IsSet() {
			continue
		}
		if added[r.path] == nil {
			order = append(order, r.path)
		}
		integration := document.MapAt(r.from, field{Name: "x-amazon-apigateway-integration", Value: document.MapAt(r.from,
			field{Name: "type", Value: document.TextAt(r.from, "aws_proxy")},
			field{Name: "httpMethod", Value: document.TextAt(r.from, "POST")},
			field{Name: "uri", Value: r.uri})})
		added[r.path] = append(added[r.path], field{Name: r.method, Value: integration})
	}
	var items []field
	for _, path := range order {
		items = append(items, field{Name: path, Value: paths.Get(path).With(d.from, added[path]...)})
	}
	paths = paths.With(d.from, items...)
	return body.With(d.from, field{Name: "paths", Value: paths})
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
		field{Name: "Policy", Value: p.At("Auth", "ResourcePolicy", "CustomStatements")})
	s.become(d, "AWS::ApiGateway::RestApi", props)
	deployment := s.add(d, d.id+"Deployment", "AWS::ApiGateway::Deployment", from, document.MapAt(from, field{Name: "RestApiId", Value: refAt(from, d.id)}))
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

// authorizers lets API Gateway invoke the functions that authorize requests.
func (s *sam) authorizers(d *declaration, auth *node) {
	for _, f := range fieldsOf(auth.Get("Authorizers")) {
		arn := f.Value.Get("FunctionArn")
		if !arn.IsSet() || f.Value.Get("DisableFunctionDefaultPermissions").Str() == "true" {
			continue
		}
		if d.typ == "AWS::ApiGatewayV2::Api" && f.Value.Get("EnableFunctionDefaultPermissions").Str() != "true" {
			continue
		}
		s.add(d, d.id+f.Name+"AuthorizerPermission", "AWS::Lambda::Permission", f.Value, document.MapAt(f.Value,
			field{Name: "Action", Value: document.TextAt(f.Value, "lambda:InvokeFunction")},
			field{Name: "FunctionName", Value: arn},
			field{Name: "Principal", Value: document.TextAt(f.Value, "apigateway.amazonaws.com")}))
	}
}

// usagePlans adds the usage plan, key and their link, for one API or shared by all.
func (s *sam) usagePlans(d *declaration, n *node, stage *declaration) {
	prefix := d.id
	if !n.IsSet() {
		return
	}
	mode, _ := s.eval(n.Get("CreateUsagePlan")).Text()
	switch mode {
	case "PER_API":
	case "SHARED":
		prefix = "Serverless"
		if s.usagePlan {
			return
		}
		s.usagePlan = true
	default:
		return
	}
	s.add(d, prefix+"UsagePlan", "AWS::ApiGateway::UsagePlan", n, n.Pick(n, "Description", "Quota", "Tags", "Throttle", "UsagePlanName").With(n,
		field{Name: "ApiStages", Value: document.ListAt(n, document.MapAt(n, field{Name: "ApiId", Value: refAt(n, d.id)}, field{Name: "Stage", Value: refAt(n, stage.id)}))}))
	s.add(d, prefix+"ApiKey", "AWS::ApiGateway::ApiKey", n, document.MapAt(n, field{Name: "Enabled", Value: document.BoolAt(n, true)},
		field{Name: "StageKeys", Value: document.ListAt(n, document.MapAt(n, field{Name: "RestApiId", Value: refAt(n, d.id)}, field{Name: "StageName", Value: refAt(n, stage.id)}))}))
	s.add(d, prefix+"UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", n, document.MapAt(n,
		field{Name: "KeyId", Value: refAt(n, prefix+"ApiKey")},
		field{Name: "KeyType", Value: document.TextAt(n, "API_KEY")},
		field{Name: "UsagePlanId", Value: refAt(n, prefix+"UsagePlan")}))
}

// domainKind is what differs between the three generations of custom domains.
type domainKind struct {
	id, typ             string
	mapping, mappingTyp string
	api, key            string
}

var (
	publicDomain  = domainKind{"ApiGatewayDomainName", "AWS::ApiGateway::DomainName", "BasePathMapping", "AWS::ApiGateway::BasePathMapping", "RestApiId", "BasePath"}
	privateDomain = domainKind{"ApiGatewayDomainNameV2", "AWS::ApiGateway::DomainNameV2", "BasePathMapping", "AWS::ApiGateway::BasePathMappingV2", "RestApiId", "BasePath"}
	httpDomain    = domainKind{"ApiGatewayDomainNameV2", "AWS::ApiGatewayV2::DomainName", "ApiMapping", "AWS::ApiGatewayV2::ApiMapping", "ApiId", "ApiMappingKey"}
)

// domain adds the custom domain of an API, its mappings and its DNS records.
func (s *sam) domain(d *declaration, n *node, stage *declaration, v2 bool) {
	name := n.Get("DomainName")
	if !name.IsSet() {
		return
	}
	kind := publicDomain
	kindOfEndpoint, _ := s.eval(n.Get("EndpointConfiguration")).Text()
	if own := n.At("EndpointConfiguration", "Type").Str(); own != "" {
		kindOfEndpoint = own
	}
	switch {
	case v2:
		kind = httpDomain
	case kindOfEndpoint == "PRIVATE":
		kind = privateDomain
	}
	hashed := name
	if text, known := s.eval(name).Text(); known {
		hashed = document.TextAt(name, text)
	}
	domain := n.Pick(n, "DomainName", "MutualTlsAuthentication", "OwnershipVerificationCertificateArn", "Policy", "SecurityPolicy")
	switch kind {
	case publicDomain:
		domain = domain.With(n, field{Name: "RegionalCertificateArn", Value: n.Get("CertificateArn")}, field{Name: "EndpointConfiguration", Value: endpoint(n.Get("EndpointConfiguration"))})
	case privateDomain:
		domain = domain.With(n, field{Name: "CertificateArn", Value: n.Get("CertificateArn")}, field{Name: "EndpointConfiguration", Value: endpoint(n.Get("EndpointConfiguration"))})
	case httpDomain:
		domain = n.Pick(n, "DomainName", "MutualTlsAuthentication").With(n, field{Name: "DomainNameConfigurations", Value: document.ListAt(n,
			n.Pick(n, "CertificateArn", "SecurityPolicy", "OwnershipVerificationCertificateArn").With(n, field{Name: "EndpointType", Value: n.Get("EndpointConfiguration")}))})
	}
	s.add(d, kind.id+hashOf(hashed), kind.typ, n, domain)
	s.mappings(d, n, stage, kind)
	s.records(d, n, name)
}

func (s *sam) records(d *declaration, n, name *node) {
	route53 := n.Get("Route53")
	if route53 == nil || route53.Kind != document.Map || isCall(route53) {
		return
	}
	zone := route53.Get("HostedZoneId")
	if !zone.IsSet() {
		zone = route53.Get("HostedZoneName")
	}
	s.add(d, "RecordSetGroup"+hashOf(zone), "AWS::Route53::RecordSetGroup", n, route53.Pick(n, "HostedZoneId", "HostedZoneName").With(n,
		field{Name: "RecordSets", Value: document.ListAt(n, document.MapAt(n, field{Name: "Name", Value: name}, field{Name: "Type", Value: document.TextAt(n, "A")}))}))
}

func (s *sam) mappings(d *declaration, n *node, stage *declaration, kind domainKind) {
	paths := n.Get("BasePath").List()
	if len(paths) == 0 {
		paths = []*node{nil}
	}
	for _, path := range paths {
		s.add(d, d.id+alphanumeric(path.Str())+kind.mapping, kind.mappingTyp, n, document.MapAt(n,
			field{Name: "DomainName", Value: n.Get("DomainName")},
			field{Name: kind.api, Value: refAt(n, d.id)},
			field{Name: "Stage", Value: refAt(n, stage.id)},
			field{Name: kind.key, Value: path}))
	}
}

// webSocketAPI expands AWS::Serverless::WebSocketApi with its routes.
func (s *sam) webSocketAPI(d *declaration) {
	p, from := d.props, d.from
	s.become(d, "AWS::ApiGatewayV2::Api", p.Pick(from, "ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint",
		"DisableSchemaValidation", "IpAddressType", "Name", "RouteSelectionExpression", "Tags").With(from,
		field{Name: "ProtocolType", Value: document.TextAt(from, "WEBSOCKET")}))
	for _, f := range fieldsOf(p.Get("Routes")) {
		id := d.id + capital(alphanumeric(f.Name))
		s.add(d, id+"Integration", "AWS::ApiGatewayV2::Integration", f.Value, document.MapAt(f.Value,
			field{Name: "ApiId", Value: refAt(f.Value, d.id)},
			field{Name: "IntegrationType", Value: document.TextAt(f.Value, "AWS_PROXY")},
			field{Name: "IntegrationUri", Value: f.Value.Get("FunctionArn")}))
		s.add(d, id+"Route", "AWS::ApiGatewayV2::Route", f.Value, f.Value.Pick(f.Value, "ApiKeyRequired", "OperationName").With(f.Value,
			field{Name: "ApiId", Value: refAt(f.Value, d.id)},
			field{Name: "RouteKey", Value: document.TextAt(f.Value, f.Name)},
			field{Name: "Target", Value: document.MapAt(f.Value, field{Name: "Fn::Join", Value: document.ListAt(f.Value, document.TextAt(f.Value, "/"), document.ListAt(f.Value, document.TextAt(f.Value, "integrations"), refAt(f.Value, id+"Integration")))})}))
		s.add(d, id+"Permission", "AWS::Lambda::Permission", f.Value, document.MapAt(f.Value,
			field{Name: "Action", Value: document.TextAt(f.Value, "lambda:InvokeFunction")},
			field{Name: "FunctionName", Value: f.Value.Get("FunctionArn")},
			field{Name: "Principal", Value: document.TextAt(f.Value, "apigateway.amazonaws.com")}))
	}
	s.connectAuthorizer(d, p.Get("Auth"))
	s.stageV2(d, p, "default", "DefaultStage")
}

// connectAuthorizer adds the authorizer of the $connect route of a WebSocket API.
func (s *sam) connectAuthorizer(d *declaration, auth *node) {
	if auth.Get("AuthType").Str() != "CUSTOM" {
		return
	}
	s.add(d, d.id+"ConnectAuthorizer", "AWS::ApiGatewayV2::Authorizer", auth, document.MapAt(auth,
		field{Name: "ApiId", Value: refAt(auth, d.id)},
		field{Name: "AuthorizerType", Value: document.TextAt(auth, "REQUEST")},
		field{Name: "AuthorizerUri", Value: auth.Get("AuthArn")},
		field{Name: "AuthorizerCredentialsArn", Value: auth.Get("InvokeRole")},
		field{Name: "IdentitySource", Value: auth.Get("IdentitySource")}))
	if auth.Get("InvokeRole").IsSet() {
		return
	}
	s.add(d, d.id+"AuthorizerPermission", "AWS::Lambda::Permission", auth, document.MapAt(auth,
		field{Name: "Action", Value: document.TextAt(auth, "lambda:InvokeFunction")},
		field{Name: "FunctionName", Value: auth.Get("AuthArn")},
		field{Name: "Principal", Value: document.TextAt(auth, "apigateway.amazonaws.com")}))
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.ToLower(s[1:])
}
