package cloudformation

import "strings"

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
	r := route{path: e.props.get("Path").str(), method: strings.ToLower(e.props.get("Method").str()), from: e.from}
	if r.path == "" {
		r.path = "$default"
	}
	if r.method == "" || r.method == "any" {
		r.method = anyMethod
	}
	r.uri = mapAt(e.from, field{name: "Fn::Sub", value: listAt(e.from,
		textAt(e.from, "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__Arn__}/invocations"),
		mapAt(e.from, field{name: "__Arn__", value: e.arn}))})
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
		d.props = d.props.with(a.from, field{name: "StageName", value: textAt(a.from, "Prod")})
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
			any = append(any, mapAt(a.from, field{name: "Condition", value: textAt(a.from, c)}))
		}
		s.conditions[d.condition] = mapAt(a.from, field{name: "Fn::Or", value: listAt(a.from, any...)})
	}
	return d
}

// body returns the definition of an API: the one written, or the routes of the events.
func (s *sam) body(d *declaration) *node {
	body := d.props.get("DefinitionBody")
	routes := s.routes[d.id]
	if body.isSet() && (body.kind != mapNode || body.isCall()) || d.props.get("DefinitionUri").isSet() || len(routes) == 0 {
		return body
	}
	paths := body.get("paths")
	if paths.isSet() && (paths.kind != mapNode || paths.isCall()) {
		return body
	}
	added := map[string][]field{}
	var order []string
	for _, r := range routes {
		if paths.at(r.path, r.method).isSet() {
			continue
		}
		if added[r.path] == nil {
			order = append(order, r.path)
		}
		integration := mapAt(r.from, field{name: "x-amazon-apigateway-integration", value: mapAt(r.from,
			field{name: "type", value: textAt(r.from, "aws_proxy")},
			field{name: "httpMethod", value: textAt(r.from, "POST")},
			field{name: "uri", value: r.uri})})
		added[r.path] = append(added[r.path], field{name: r.method, value: integration})
	}
	var items []field
	for _, path := range order {
		items = append(items, field{name: path, value: paths.get(path).with(d.from, added[path]...)})
	}
	paths = paths.with(d.from, items...)
	return body.with(d.from, field{name: "paths", value: paths})
}

// api expands AWS::Serverless::Api to an API, a deployment and a stage.
func (s *sam) api(d *declaration) {
	p, from := d.props, d.from
	body := s.body(d)
	location := s3Location(p.get("DefinitionUri"), "Bucket", "Key", "Version")
	props := p.pick(from, "ApiKeySourceType", "BinaryMediaTypes", "Description", "DisableExecuteApiEndpoint",
		"EndpointAccessMode", "FailOnWarnings", "MinimumCompressionSize", "Mode", "Name", "SecurityPolicy", "Tags").with(from,
		field{name: "Body", value: body},
		field{name: "BodyS3Location", value: location},
		field{name: "EndpointConfiguration", value: endpoint(p.get("EndpointConfiguration"))},
		field{name: "Policy", value: p.at("Auth", "ResourcePolicy", "CustomStatements")})
	s.become(d, "AWS::ApiGateway::RestApi", props)
	deployment := s.add(d, d.id+"Deployment", "AWS::ApiGateway::Deployment", from, mapAt(from, field{name: "RestApiId", value: refAt(from, d.id)}))
	stageName, _ := p.get("StageName").scalar()
	stageID := d.id + stageName + "Stage"
	if stageName != alphanumeric(stageName) {
		stageID = suffixed(d.id+"Stage", stageName)
	}
	stage := s.add(d, stageID, "AWS::ApiGateway::Stage", from, p.pick(from,
		"AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize", "CanarySetting", "MethodSettings", "StageName", "Tags", "TracingEnabled", "Variables").with(from,
		field{name: "RestApiId", value: refAt(from, d.id)},
		field{name: "DeploymentId", value: refAt(from, deployment.id)}))
	s.template.alias[d.id+".Stage"], s.template.alias[d.id+".Deployment"] = stage.id, deployment.id
	s.authorizers(d, p.get("Auth"))
	s.usagePlans(d, p.at("Auth", "UsagePlan"), stage)
	s.domain(d, p.get("Domain"), stage, false)
}

// endpoint turns {Type: REGIONAL} or REGIONAL into {Types: [REGIONAL]}.
func endpoint(n *node) *node {
	if !n.isSet() || n.isCall() && n.refTarget() == "" {
		return n
	}
	if n.kind != mapNode || n.isCall() {
		return mapAt(n, field{name: "Types", value: listAt(n, n)})
	}
	kind := n.get("Type")
	if !kind.isSet() {
		return n
	}
	return mapAt(n, field{name: "Types", value: listAt(kind, kind)}, field{name: "VpcEndpointIds", value: n.get("VPCEndpointIds")}, field{name: "IpAddressType", value: n.get("IpAddressType")})
}

// httpAPI expands AWS::Serverless::HttpApi.
func (s *sam) httpAPI(d *declaration) {
	p, from := d.props, d.from
	s.become(d, "AWS::ApiGatewayV2::Api", p.pick(from, "CorsConfiguration", "Description", "DisableExecuteApiEndpoint", "FailOnWarnings", "Name", "Tags").with(from,
		field{name: "ProtocolType", value: textAt(from, "HTTP")},
		field{name: "Body", value: s.body(d)},
		field{name: "BodyS3Location", value: s3Location(p.get("DefinitionUri"), "Bucket", "Key", "Version")}))
	s.stageV2(d, p, "$default", "ApiGatewayDefaultStage")
	s.authorizers(d, p.get("Auth"))
}

// stageV2 adds the stage of an HTTP or WebSocket API.
func (s *sam) stageV2(d *declaration, p *node, fallback, fallbackID string) {
	name := p.get("StageName")
	if !name.isSet() {
		name = textAt(d.from, fallback)
	}
	text, scalar := name.scalar()
	id := d.id + fallbackID
	switch {
	case !scalar:
		id = d.id + "Stage"
	case text == alphanumeric(text) && p.get("StageName").isSet():
		id = d.id + text + "Stage"
	case text != fallback:
		id = d.id + "Stage" + hashOf(textAt(d.from, text))
	}
	stage := s.add(d, id, "AWS::ApiGatewayV2::Stage", d.from, p.pick(d.from, "AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables", "Tags").with(d.from,
		field{name: "ApiId", value: refAt(d.from, d.id)},
		field{name: "AutoDeploy", value: boolAt(d.from, true)},
		field{name: "StageName", value: name}))
	s.template.alias[d.id+".Stage"] = stage.id
	s.domain(d, p.get("Domain"), stage, true)
}

// authorizers lets API Gateway invoke the functions that authorize requests.
func (s *sam) authorizers(d *declaration, auth *node) {
	for _, f := range auth.get("Authorizers").all() {
		arn := f.value.get("FunctionArn")
		if !arn.isSet() || f.value.get("DisableFunctionDefaultPermissions").str() == "true" {
			continue
		}
		if d.typ == "AWS::ApiGatewayV2::Api" && f.value.get("EnableFunctionDefaultPermissions").str() != "true" {
			continue
		}
		s.add(d, d.id+f.name+"AuthorizerPermission", "AWS::Lambda::Permission", f.value, mapAt(f.value,
			field{name: "Action", value: textAt(f.value, "lambda:InvokeFunction")},
			field{name: "FunctionName", value: arn},
			field{name: "Principal", value: textAt(f.value, "apigateway.amazonaws.com")}))
	}
}

// usagePlans adds the usage plan, key and their link, for one API or shared by all.
func (s *sam) usagePlans(d *declaration, n *node, stage *declaration) {
	prefix := d.id
	if !n.isSet() {
		return
	}
	mode, _ := s.eval(n.get("CreateUsagePlan")).Text()
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
	s.add(d, prefix+"UsagePlan", "AWS::ApiGateway::UsagePlan", n, n.pick(n, "Description", "Quota", "Tags", "Throttle", "UsagePlanName").with(n,
		field{name: "ApiStages", value: listAt(n, mapAt(n, field{name: "ApiId", value: refAt(n, d.id)}, field{name: "Stage", value: refAt(n, stage.id)}))}))
	s.add(d, prefix+"ApiKey", "AWS::ApiGateway::ApiKey", n, mapAt(n, field{name: "Enabled", value: boolAt(n, true)},
		field{name: "StageKeys", value: listAt(n, mapAt(n, field{name: "RestApiId", value: refAt(n, d.id)}, field{name: "StageName", value: refAt(n, stage.id)}))}))
	s.add(d, prefix+"UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", n, mapAt(n,
		field{name: "KeyId", value: refAt(n, prefix+"ApiKey")},
		field{name: "KeyType", value: textAt(n, "API_KEY")},
		field{name: "UsagePlanId", value: refAt(n, prefix+"UsagePlan")}))
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
	name := n.get("DomainName")
	if !name.isSet() {
		return
	}
	kind := publicDomain
	kindOfEndpoint, _ := s.eval(n.get("EndpointConfiguration")).Text()
	if own := n.at("EndpointConfiguration", "Type").str(); own != "" {
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
		hashed = textAt(name, text)
	}
	domain := n.pick(n, "DomainName", "MutualTlsAuthentication", "OwnershipVerificationCertificateArn", "Policy", "SecurityPolicy")
	switch kind {
	case publicDomain:
		domain = domain.with(n, field{name: "RegionalCertificateArn", value: n.get("CertificateArn")}, field{name: "EndpointConfiguration", value: endpoint(n.get("EndpointConfiguration"))})
	case privateDomain:
		domain = domain.with(n, field{name: "CertificateArn", value: n.get("CertificateArn")}, field{name: "EndpointConfiguration", value: endpoint(n.get("EndpointConfiguration"))})
	case httpDomain:
		domain = n.pick(n, "DomainName", "MutualTlsAuthentication").with(n, field{name: "DomainNameConfigurations", value: listAt(n,
			n.pick(n, "CertificateArn", "SecurityPolicy", "OwnershipVerificationCertificateArn").with(n, field{name: "EndpointType", value: n.get("EndpointConfiguration")}))})
	}
	s.add(d, kind.id+hashOf(hashed), kind.typ, n, domain)
	s.mappings(d, n, stage, kind)
	s.records(d, n, name)
}

func (s *sam) records(d *declaration, n, name *node) {
	route53 := n.get("Route53")
	if route53 == nil || route53.kind != mapNode || route53.isCall() {
		return
	}
	zone := route53.get("HostedZoneId")
	if !zone.isSet() {
		zone = route53.get("HostedZoneName")
	}
	s.add(d, "RecordSetGroup"+hashOf(zone), "AWS::Route53::RecordSetGroup", n, route53.pick(n, "HostedZoneId", "HostedZoneName").with(n,
		field{name: "RecordSets", value: listAt(n, mapAt(n, field{name: "Name", value: name}, field{name: "Type", value: textAt(n, "A")}))}))
}

func (s *sam) mappings(d *declaration, n *node, stage *declaration, kind domainKind) {
	paths := n.get("BasePath").list()
	if len(paths) == 0 {
		paths = []*node{nil}
	}
	for _, path := range paths {
		s.add(d, d.id+alphanumeric(path.str())+kind.mapping, kind.mappingTyp, n, mapAt(n,
			field{name: "DomainName", value: n.get("DomainName")},
			field{name: kind.api, value: refAt(n, d.id)},
			field{name: "Stage", value: refAt(n, stage.id)},
			field{name: kind.key, value: path}))
	}
}

// webSocketAPI expands AWS::Serverless::WebSocketApi with its routes.
func (s *sam) webSocketAPI(d *declaration) {
	p, from := d.props, d.from
	s.become(d, "AWS::ApiGatewayV2::Api", p.pick(from, "ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint",
		"DisableSchemaValidation", "IpAddressType", "Name", "RouteSelectionExpression", "Tags").with(from,
		field{name: "ProtocolType", value: textAt(from, "WEBSOCKET")}))
	for _, f := range p.get("Routes").all() {
		id := d.id + capital(alphanumeric(f.name))
		s.add(d, id+"Integration", "AWS::ApiGatewayV2::Integration", f.value, mapAt(f.value,
			field{name: "ApiId", value: refAt(f.value, d.id)},
			field{name: "IntegrationType", value: textAt(f.value, "AWS_PROXY")},
			field{name: "IntegrationUri", value: f.value.get("FunctionArn")}))
		s.add(d, id+"Route", "AWS::ApiGatewayV2::Route", f.value, f.value.pick(f.value, "ApiKeyRequired", "OperationName").with(f.value,
			field{name: "ApiId", value: refAt(f.value, d.id)},
			field{name: "RouteKey", value: textAt(f.value, f.name)},
			field{name: "Target", value: mapAt(f.value, field{name: "Fn::Join", value: listAt(f.value, textAt(f.value, "/"), listAt(f.value, textAt(f.value, "integrations"), refAt(f.value, id+"Integration")))})}))
		s.add(d, id+"Permission", "AWS::Lambda::Permission", f.value, mapAt(f.value,
			field{name: "Action", value: textAt(f.value, "lambda:InvokeFunction")},
			field{name: "FunctionName", value: f.value.get("FunctionArn")},
			field{name: "Principal", value: textAt(f.value, "apigateway.amazonaws.com")}))
	}
	s.connectAuthorizer(d, p.get("Auth"))
	s.stageV2(d, p, "default", "DefaultStage")
}

// connectAuthorizer adds the authorizer of the $connect route of a WebSocket API.
func (s *sam) connectAuthorizer(d *declaration, auth *node) {
	if auth.get("AuthType").str() != "CUSTOM" {
		return
	}
	s.add(d, d.id+"ConnectAuthorizer", "AWS::ApiGatewayV2::Authorizer", auth, mapAt(auth,
		field{name: "ApiId", value: refAt(auth, d.id)},
		field{name: "AuthorizerType", value: textAt(auth, "REQUEST")},
		field{name: "AuthorizerUri", value: auth.get("AuthArn")},
		field{name: "AuthorizerCredentialsArn", value: auth.get("InvokeRole")},
		field{name: "IdentitySource", value: auth.get("IdentitySource")}))
	if auth.get("InvokeRole").isSet() {
		return
	}
	s.add(d, d.id+"AuthorizerPermission", "AWS::Lambda::Permission", auth, mapAt(auth,
		field{name: "Action", value: textAt(auth, "lambda:InvokeFunction")},
		field{name: "FunctionName", value: auth.get("AuthArn")},
		field{name: "Principal", value: textAt(auth, "apigateway.amazonaws.com")}))
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.ToLower(s[1:])
}
