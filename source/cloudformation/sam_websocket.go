package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// webSocketAPI expands AWS::Serverless::WebSocketApi with its routes.
func (s *sam) webSocketAPI(d *declaration) {
	p, from := d.props, d.from
	name := p.Get("Name")
	if !name.IsSet() {
		name = document.TextAt(from, d.id)
	}
	s.become(d, "AWS::ApiGatewayV2::Api", p.Pick(from, "ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint",
		"DisableSchemaValidation", "IpAddressType", "RouteSelectionExpression", "Tags").With(from,
		field{Name: "Name", Value: name},
		field{Name: "ProtocolType", Value: document.TextAt(from, "WEBSOCKET")}))
	for _, f := range fieldsOf(p.Get("Routes")) {
		s.webSocketRoute(d, f, p)
	}
	s.connectAuthorizer(d, p.Get("Auth"))
	s.stageV2(d, p, "default", "DefaultStage")
}

// webSocketRoute adds one route with its integration and the permission to invoke the function behind it. Only the
// route $connect can be guarded.
func (s *sam) webSocketRoute(d *declaration, f field, p *node) {
	id, at, arn := d.id+capital(alphanumeric(f.Name)), f.Value, f.Value.Get("FunctionArn")
	s.add(d, id+"Integration", "AWS::ApiGatewayV2::Integration", at, document.MapAt(at,
		field{Name: "ApiId", Value: refAt(at, d.id)},
		field{Name: "IntegrationType", Value: document.TextAt(at, "AWS_PROXY")},
		field{Name: "IntegrationUri", Value: lambdaURI(at, arn)},
		field{Name: "TimeoutInMillis", Value: at.Get("IntegrationTimeout")}))
	var authType, authorizer *node
	if auth := p.Get("Auth"); f.Name == "$connect" && auth.IsSet() {
		if authType = auth.Get("AuthType"); authType.Str() == "CUSTOM" {
			authorizer = refAt(at, d.id+"ConnectAuthorizer")
		}
	}
	s.add(d, id+"Route", "AWS::ApiGatewayV2::Route", at, at.Pick(at, "ApiKeyRequired", "ModelSelectionExpression", "OperationName",
		"RequestModels", "RequestParameters", "RouteResponseSelectionExpression").With(at,
		field{Name: "ApiId", Value: refAt(at, d.id)},
		field{Name: "AuthorizationType", Value: authType},
		field{Name: "AuthorizerId", Value: authorizer},
		field{Name: "RouteKey", Value: document.TextAt(at, f.Name)},
		field{Name: "Target", Value: document.MapAt(at, field{Name: "Fn::Join", Value: document.ListAt(at, document.TextAt(at, "/"),
			document.ListAt(at, document.TextAt(at, "integrations"), refAt(at, id+"Integration")))})}))
	stage := p.Get("StageName")
	if !stage.IsSet() {
		stage = document.TextAt(at, "default")
	}
	s.add(d, id+"Permission", "AWS::Lambda::Permission", at, document.MapAt(at,
		field{Name: "Action", Value: document.TextAt(at, "lambda:InvokeFunction")},
		field{Name: "FunctionName", Value: arn},
		field{Name: "Principal", Value: document.TextAt(at, "apigateway.amazonaws.com")},
		field{Name: "SourceArn", Value: document.MapAt(at, field{Name: "Fn::Sub", Value: document.ListAt(at,
			document.TextAt(at, "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/"+f.Name),
			document.MapAt(at, field{Name: "__ApiId__", Value: refAt(at, d.id)}, field{Name: "__Stage__", Value: stage}))})}))
}

// connectAuthorizer adds the authorizer of the $connect route of a WebSocket API.
func (s *sam) connectAuthorizer(d *declaration, auth *node) {
	if auth.Get("AuthType").Str() != "CUSTOM" {
		return
	}
	name := auth.Get("Name")
	if !name.IsSet() {
		name = document.TextAt(auth, d.id+"ConnectAuthorizer")
	}
	s.add(d, d.id+"ConnectAuthorizer", "AWS::ApiGatewayV2::Authorizer", auth, document.MapAt(auth,
		field{Name: "ApiId", Value: refAt(auth, d.id)},
		field{Name: "Name", Value: name},
		field{Name: "AuthorizerType", Value: document.TextAt(auth, "REQUEST")},
		field{Name: "AuthorizerUri", Value: lambdaURI(auth, auth.Get("AuthArn"))},
		field{Name: "AuthorizerCredentialsArn", Value: auth.Get("InvokeRole")},
		field{Name: "IdentitySource", Value: auth.Get("IdentitySource")}))
	if !auth.Get("InvokeRole").IsSet() {
		s.authorizerPermission(d, d.id+"AuthorizerPermission", auth, auth.Get("AuthArn"))
	}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.ToLower(s[1:])
}
