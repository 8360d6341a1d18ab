package serverless

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// The logical ids of the three kinds of API.
const (
	restID   = "ApiGatewayRestApi"
	httpID   = "HttpApi"
	socketID = "WebsocketsApi"
)

// apis is what the functions need of each kind of API: the first event that does.
type apis struct{ rest, http, websocket *event }

// method takes "GET /path" apart, or method and path of a map. "*" is every method on every path.
func (e *event) method() (method, path string) {
	if text, ok := e.def.Scalar(); ok {
		text = strings.TrimSpace(text)
		method, path, _ = strings.Cut(text, " ")
		return strings.ToLower(method), strings.TrimSpace(path)
	}
	return strings.ToLower(e.get("method").Str()), e.get("path").Str()
}

// httpEvent adds a method to the REST API.
func (s *service) httpEvent(e *event) {
	if s.api.rest == nil {
		s.api.rest = e
	}
	method, path := e.method()
	path = strings.Trim(path, "/")
	api := s.restRef(e.at)
	parent := s.restRoot(e.at)
	resourceID := ""
	if path != "" {
		resourceID = s.pathResources(e, path, api)
		parent = ref(e.at, resourceID)
	}
	auth, authorizer := s.restAuthorization(e)
	if method == "" || method == "*" {
		method = "any"
	}
	id := "ApiGatewayMethod" + pathID(path) + upperFirst(method)
	s.add(id, "AWS::ApiGateway::Method", e.at, mapAt(e.at, "RestApiId", api, "ResourceId", parent,
		"HttpMethod", textAt(e.at, strings.ToUpper(method)), "AuthorizationType", auth, "AuthorizerId", authorizer,
		"ApiKeyRequired", document.BoolAt(e.at, s.isTrue(e.get("private"))),
		"Integration", mapAt(e.at, "Type", textAt(e.at, "AWS_PROXY"), "IntegrationHttpMethod", textAt(e.at, "POST"), "Uri", s.invocation(e))))
	s.permission(e, "ApiGateway", "apigateway.amazonaws.com", mapAt(e.at, "Fn::Sub", document.ListAt(e.at,
		textAt(e.at, "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*"), mapAt(e.at, "Api", api))))
}

// restRef refers to the REST API: the service's own, or one that exists.
func (s *service) restRef(from *node) *node {
	return choose(s.provider.At("apiGateway", "restApiId"), ref(from, restID))
}

func (s *service) restRoot(from *node) *node {
	if s.provider.At("apiGateway", "restApiId").IsSet() {
		return s.provider.At("apiGateway", "restApiRootResourceId")
	}
	return getAtt(from, restID, "RootResourceId")
}

// pathResources adds a resource for each part of a path and returns the id of the last.
func (s *service) pathResources(e *event, path string, api *node) string {
	parent := s.restRoot(e.at)
	id, so := "", ""
	for part := range strings.SplitSeq(path, "/") {
		so = strings.Trim(so+"/"+part, "/")
		id = "ApiGatewayResource" + pathID(so)
		s.add(id, "AWS::ApiGateway::Resource", e.at, mapAt(e.at, "ParentId", parent, "PathPart", textAt(e.at, part), "RestApiId", api))
		parent = ref(e.at, id)
	}
	return id
}

// restAuthorization is the kind of authorization of a method and its authorizer, which is added: a function of the
// service, an ARN of a function or user pool, or aws_iam.
func (s *service) restAuthorization(e *event) (kind, id *node) {
	n := e.get("authorizer")
	if !n.IsSet() {
		return textAt(e.at, "NONE"), nil
	}
	if s.unknown(n) {
		return n, nil
	}
	name, arn := choose(n.Get("name"), n), n.Get("arn")
	if n.Kind != document.Map {
		arn = nil
	}
	if typ := n.Get("type").Str(); strings.EqualFold(typ, "aws_iam") || strings.EqualFold(n.Str(), "aws_iam") {
		return textAt(n, "AWS_IAM"), nil
	}
	if own := n.Get("authorizerId"); own.IsSet() {
		return textAt(n, strings.ToUpper(choose(n.Get("type"), textAt(n, "custom")).Str())), own
	}
	if strings.HasPrefix(n.Str(), "arn:") || isCall(n) {
		arn, name = n, textAt(n, nameIn(n))
	}
	authorizer := functionID(name.Str()) + "ApiGatewayAuthorizer"
	kind = textAt(n, "CUSTOM")
	props := mapAt(n, "Name", name, "RestApiId", s.restRef(n), "Type", textAt(n, "TOKEN"),
		"IdentitySource", choose(n.Get("identitySource"), textAt(n, "method.request.header.Authorization")))
	switch text := arn.Str(); {
	case strings.Contains(text, ":cognito-idp:") || strings.EqualFold(n.Get("type").Str(), "cognito_user_pools"):
		kind = textAt(n, "COGNITO_USER_POOLS")
		props = props.With(n, field{Name: "Type", Value: kind}, field{Name: "ProviderARNs", Value: listed(arn)})
	case arn.IsSet():
		props = props.With(n, field{Name: "AuthorizerUri", Value: arn})
	default:
		props = props.With(n, field{Name: "AuthorizerUri", Value: getAtt(n, functionID(name.Str())+"LambdaFunction", "Arn")})
	}
	s.add(authorizer, "AWS::ApiGateway::Authorizer", n, props)
	return kind, ref(n, authorizer)
}

// invocation is the URI by which API Gateway invokes the function.
func (s *service) invocation(e *event) *node {
	return mapAt(e.at, "Fn::Sub", document.ListAt(e.at,
		textAt(e.at, "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function}/invocations"),
		mapAt(e.at, "Function", s.target(e.function))))
}

// httpAPIEvent adds a route to the HTTP API.
func (s *service) httpAPIEvent(e *event) {
	if s.api.http == nil {
		s.api.http = e
	}
	method, path := e.method()
	key := strings.ToUpper(method) + " " + path
	switch {
	case method == "*" && path == "", path == "*" && (method == "" || method == "*"):
		method, path, key = "*", "*", "$default"
	case method == "*" || method == "":
		method, key = "*", "ANY "+path
	}
	integration := "HttpApiIntegration" + e.id
	api := s.httpRef(e.at)
	s.add(integration, "AWS::ApiGatewayV2::Integration", e.at, mapAt(e.at, "ApiId", api, "IntegrationType", textAt(e.at, "AWS_PROXY"),
		"IntegrationUri", s.target(e.function), "PayloadFormatVersion", choose(s.provider.At("httpApi", "payload"), textAt(e.at, "2.0")),
		"TimeoutInMillis", document.NumberAt(e.at, "30000")))
	kind, authorizer := s.httpAuthorization(e)
	s.add("HttpApiRoute"+routeID(method, path), "AWS::ApiGatewayV2::Route", e.at, mapAt(e.at, "ApiId", api, "RouteKey", textAt(e.at, key),
		"AuthorizationType", kind, "AuthorizerId", authorizer,
		"Target", mapAt(e.at, "Fn::Join", document.ListAt(e.at, textAt(e.at, "/"), document.ListAt(e.at, textAt(e.at, "integrations"), ref(e.at, integration))))))
	s.permission(e, "HttpApi", "apigateway.amazonaws.com", mapAt(e.at, "Fn::Sub", document.ListAt(e.at,
		textAt(e.at, "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"), mapAt(e.at, "Api", api))))
}

func (s *service) httpRef(from *node) *node {
	return choose(s.provider.At("httpApi", "id"), ref(from, httpID))
}

// httpAuthorization is the kind of authorization of a route and its authorizer under provider.httpApi.authorizers.
func (s *service) httpAuthorization(e *event) (kind, id *node) {
	n := e.get("authorizer")
	if !n.IsSet() {
		return nil, nil
	}
	if s.unknown(n) {
		return n, nil
	}
	kinds := map[string]string{"request": "CUSTOM", "aws_iam": "AWS_IAM", "jwt": "JWT"}
	name := choose(n.Get("name"), n).Str()
	def := s.provider.At("httpApi", "authorizers", name)
	typ := choose(n.Get("type"), def.Get("type"), textAt(n, "jwt")).Str()
	kind = textAt(n, kinds[typ])
	if kind.Text == "" {
		kind = choose(n.Get("type"), n)
	}
	if typ == "aws_iam" {
		return kind, nil
	}
	if own := n.Get("id"); own.IsSet() {
		return kind, own
	}
	authorizer := "HttpApiAuthorizer" + functionID(name)
	props := mapAt(n, "ApiId", s.httpRef(n), "Name", textAt(n, name), "IdentitySource", def.Get("identitySource"))
	if typ == "request" {
		target := def.Get("functionArn")
		if fn := def.Get("functionName"); fn.Str() != "" {
			target = getAtt(fn, functionID(fn.Str())+"LambdaFunction", "Arn")
		}
		props = props.With(n, field{Name: "AuthorizerType", Value: textAt(n, "REQUEST")}, field{Name: "AuthorizerUri", Value: target})
	} else {
		props = props.With(n, field{Name: "AuthorizerType", Value: textAt(n, "JWT")}, field{Name: "JwtConfiguration", Value: mapAt(n,
			"Issuer", def.Get("issuerUrl"), "Audience", def.Get("audience"))})
	}
	s.add(authorizer, "AWS::ApiGatewayV2::Authorizer", n, props)
	return kind, ref(n, authorizer)
}

// websocketEvent adds a route to the WebSocket API.
func (s *service) websocketEvent(e *event) {
	if s.api.websocket == nil {
		s.api.websocket = e
	}
	route := e.textOf("route")
	api := s.websocketRef(e.at)
	s.add(e.id+"WebsocketsIntegration", "AWS::ApiGatewayV2::Integration", e.at, mapAt(e.at, "ApiId", api,
		"IntegrationType", textAt(e.at, "AWS_PROXY"), "IntegrationUri", s.invocation(e)))
	kind := (*node)(nil)
	if e.get("authorizer").IsSet() {
		kind = textAt(e.at, "CUSTOM")
		if strings.EqualFold(e.get("authorizer").Str(), "aws_iam") {
			kind = textAt(e.at, "AWS_IAM")
		}
	}
	s.add(websocketID(route.Str())+"WebsocketsRoute", "AWS::ApiGatewayV2::Route", e.at, mapAt(e.at, "ApiId", api, "RouteKey", route,
		"AuthorizationType", choose(kind, textAt(e.at, "NONE")),
		"Target", mapAt(e.at, "Fn::Join", document.ListAt(e.at, textAt(e.at, "/"), document.ListAt(e.at, textAt(e.at, "integrations"), ref(e.at, e.id+"WebsocketsIntegration"))))))
	s.permission(e, "Websockets", "apigateway.amazonaws.com", nil)
}

func (s *service) websocketRef(from *node) *node {
	return choose(s.provider.At("apiGateway", "websocketApiId"), ref(from, socketID))
}

// finishAPIs adds the APIs that the events need, with stage and deployment.
func (s *service) finishAPIs() {
	p := s.provider
	stage := func(from *node) *node { return s.text(from, "${sls:stage}") }
	if e := s.api.rest; e != nil && !p.At("apiGateway", "restApiId").IsSet() {
		endpoint := choose(p.Get("endpointType"), textAt(e.at, "EDGE"))
		s.add(restID, "AWS::ApiGateway::RestApi", e.at, mapAt(e.at, "Name", choose(p.Get("apiName"), s.text(e.at, "${sls:stage}-${self:service}")),
			"EndpointConfiguration", mapAt(e.at, "Types", document.ListAt(endpoint, endpoint), "VpcEndpointIds", p.Get("vpcEndpointIds")),
			"Policy", restPolicy(e.at, choose(p.At("apiGateway", "resourcePolicy"), p.Get("resourcePolicy"))),
			"MinimumCompressionSize", p.At("apiGateway", "minimumCompressionSize"),
			"DisableExecuteApiEndpoint", p.At("apiGateway", "disableDefaultEndpoint")))
		s.add("ApiGatewayDeployment", "AWS::ApiGateway::Deployment", e.at, mapAt(e.at, "RestApiId", ref(e.at, restID), "StageName", stage(e.at)))
		s.usage(e)
	}
	if e := s.api.http; e != nil && !p.At("httpApi", "id").IsSet() {
		s.add(httpID, "AWS::ApiGatewayV2::Api", e.at, mapAt(e.at, "Name", choose(p.At("httpApi", "name"), s.text(e.at, "${sls:stage}-${self:service}")),
			"ProtocolType", textAt(e.at, "HTTP"), "DisableExecuteApiEndpoint", p.At("httpApi", "disableDefaultEndpoint")))
		s.add("HttpApiStage", "AWS::ApiGatewayV2::Stage", e.at, mapAt(e.at, "ApiId", ref(e.at, httpID), "StageName", textAt(e.at, "$default"),
			"AutoDeploy", document.BoolAt(e.at, true)))
	}
	if e := s.api.websocket; e != nil && !p.At("apiGateway", "websocketApiId").IsSet() {
		s.add(socketID, "AWS::ApiGatewayV2::Api", e.at, mapAt(e.at, "Name", choose(p.Get("websocketsApiName"), s.text(e.at, "${sls:stage}-${self:service}-websockets")),
			"ProtocolType", textAt(e.at, "WEBSOCKET"), "RouteSelectionExpression", choose(p.Get("websocketsApiRouteSelectionExpression"), textAt(e.at, "$request.body.action"))))
		s.add("WebsocketsDeploymentStage", "AWS::ApiGatewayV2::Stage", e.at, mapAt(e.at, "ApiId", ref(e.at, socketID), "StageName", stage(e.at)))
	}
}

func restPolicy(from, statements *node) *node {
	if !statements.IsSet() {
		return nil
	}
	return mapAt(from, "Version", textAt(from, "2012-10-17"), "Statement", statements)
}

// usage adds the API keys and the usage plan.
func (s *service) usage(e *event) {
	keys := choose(s.provider.At("apiGateway", "apiKeys"), s.provider.Get("apiKeys"))
	plan := choose(s.provider.At("apiGateway", "usagePlan"), s.provider.Get("usagePlan"))
	if !keys.IsSet() && !plan.IsSet() {
		return
	}
	for _, k := range keys.List() {
		name := choose(k.Get("name"), k)
		s.add("ApiGatewayApiKey"+e.count("apiKey"), "AWS::ApiGateway::ApiKey", k, mapAt(k, "Name", name, "Enabled", document.BoolAt(k, true)))
	}
	s.add("ApiGatewayUsagePlan", "AWS::ApiGateway::UsagePlan", e.at, mapAt(e.at, "ApiStages", document.ListAt(e.at, mapAt(e.at,
		"ApiId", ref(e.at, restID), "Stage", s.text(e.at, "${sls:stage}")))))
}
