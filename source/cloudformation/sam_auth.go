package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// guard says who may call the routes of one API, from its Auth and those of its events.
type guard struct {
	*sam
	auth *node
	// rest tells a REST API from an HTTP API; modern is a REST API that is described in OpenAPI 3.
	rest, modern bool
}

// awsIAM is the authorizer that needs no declaration: requests are signed.
const awsIAM = "AWS_IAM"

// security returns the security of one method: its authorizer with scopes and whether it needs an API key. nil is a
// method that anyone may call. An authorizer that is not known is kept as it is, so that it stays unknown.
func (g guard) security(at, own *node, method string) *node {
	var list []*node
	authorizer := own.Get("Authorizer")
	if !authorizer.IsSet() && (method != "options" || g.auth.Get("AddDefaultAuthorizerToCorsPreflight").Str() != "false") {
		authorizer = g.auth.Get("DefaultAuthorizer")
	}
	if name, ok := authorizer.Scalar(); ok && name != "NONE" {
		scopes := own.Get("AuthorizationScopes")
		if !scopes.IsSet() {
			scopes = g.auth.At("Authorizers", name, "AuthorizationScopes")
		}
		if !scopes.IsSet() || name == awsIAM {
			scopes = document.ListAt(at)
		}
		list = append(list, document.MapAt(at, field{Name: name, Value: scopes}))
	} else if !ok && authorizer.IsSet() {
		list = append(list, authorizer)
	}
	key := own.Get("ApiKeyRequired")
	if !key.IsSet() {
		key = g.auth.Get("ApiKeyRequired")
		if method == "options" && g.auth.Get("AddApiKeyRequiredToCorsPreflight").Str() == "false" {
			key = nil
		}
	}
	if required, _ := g.eval(key).Bool(); required && g.rest {
		list = append(list, document.MapAt(at, field{Name: "api_key", Value: document.ListAt(at)}))
	}
	if len(list) == 0 {
		return nil
	}
	return document.ListAt(at, list...)
}

// credentials is the role that API Gateway invokes a function in when requests are signed: by default the caller's.
func (g guard) credentials(r route) *node {
	authorizer := r.auth.Get("Authorizer")
	if !authorizer.IsSet() {
		authorizer = g.auth.Get("DefaultAuthorizer")
	}
	if authorizer.Str() != awsIAM {
		return nil
	}
	for _, n := range []*node{r.auth.Get("InvokeRole"), g.auth.Get("InvokeRole")} {
		switch {
		case n.Str() == "NONE":
			return nil
		case n.IsSet() && n.Str() != "CALLER_CREDENTIALS":
			return n
		case n.IsSet():
			return document.TextAt(r.from, "arn:aws:iam::*:user/*")
		}
	}
	return document.TextAt(r.from, "arn:aws:iam::*:user/*")
}

// methods are the names of a path item that are methods.
var methods = map[string]bool{
	"any": true, "get": true, "put": true, "post": true, "delete": true, "options": true, "head": true, "patch": true, "trace": true,
	anyMethod: true,
}

// written gives the methods that the definition itself has the API's default authorizer and key, where they say nothing.
func (g guard) written(d *declaration, paths *node) *node {
	if paths == nil || !g.auth.Get("DefaultAuthorizer").IsSet() && !g.auth.Get("ApiKeyRequired").IsSet() {
		return paths
	}
	var items []field
	for _, path := range fieldsOf(paths) {
		var changed []field
		for _, m := range fieldsOf(path.Value) {
			if methods[strings.ToLower(m.Name)] && pickMap(m.Value) != nil && !g.decided(m.Value.Get("security")) {
				changed = append(changed, field{Name: m.Name, Value: m.Value.With(m.Value, field{Name: "security", Value: g.security(m.Value, nil, strings.ToLower(m.Name))})})
			}
		}
		if len(changed) > 0 {
			items = append(items, field{Name: path.Name, Value: path.Value.With(path.Value, changed...)})
		}
	}
	return paths.With(d.from, items...)
}

// decided reports whether the security of a method names an authorizer of the API, or says that it needs none.
func (g guard) decided(security *node) bool {
	if security.IsSet() && security.Kind != document.List {
		return true
	}
	for _, item := range security.List() {
		for _, f := range item.Fields {
			if f.Name == awsIAM || f.Name == "NONE" || isCall(item) || g.auth.At("Authorizers", f.Name) != nil {
				return true
			}
		}
	}
	return false
}

// schemes adds the declarations of the authorizers to the definition of the API.
func (g guard) schemes(d *declaration, body *node) *node {
	var list []field
	for _, f := range fieldsOf(g.auth.Get("Authorizers")) {
		if f.Value != nil && f.Value.Kind == document.Map {
			list = append(list, field{Name: f.Name, Value: g.scheme(f.Value)})
		}
	}
	at := d.from
	iam := g.auth.Get("DefaultAuthorizer").Str() == awsIAM || g.auth.Get("EnableIamAuthorizer").Str() == "true"
	key := g.auth.Get("ApiKeyRequired").Str() == "true"
	for _, r := range g.routes[d.id] {
		iam = iam || r.auth.Get("Authorizer").Str() == awsIAM
		key = key || r.auth.Get("ApiKeyRequired").Str() == "true"
	}
	if iam {
		list = append(list, field{Name: awsIAM, Value: inHeader(at, "Authorization", "awsSigv4", nil)})
	}
	if key && g.rest {
		list = append(list, field{Name: "api_key", Value: inHeader(at, "x-api-key", "", nil)})
	}
	if len(list) == 0 {
		return body
	}
	if g.rest && !g.modern {
		return body.With(at, field{Name: "securityDefinitions", Value: pickMap(body.Get("securityDefinitions")).With(at, list...)})
	}
	components := pickMap(body.Get("components"))
	return body.With(at, field{Name: "components", Value: components.With(at, field{Name: "securitySchemes", Value: pickMap(components.Get("securitySchemes")).With(at, list...)})})
}

// pickMap is n where it is a map, else nothing.
func pickMap(n *node) *node {
	if n == nil || n.Kind != document.Map || isCall(n) {
		return nil
	}
	return n
}

// inHeader is an API key scheme, which stands for everything that reads a header.
func inHeader(at *node, header, authType string, authorizer *node) *node {
	var kind *node
	if authType != "" {
		kind = document.TextAt(at, authType)
	}
	return document.MapAt(at,
		field{Name: "type", Value: document.TextAt(at, "apiKey")},
		field{Name: "name", Value: document.TextAt(at, header)},
		field{Name: "in", Value: document.TextAt(at, "header")},
		field{Name: "x-amazon-apigateway-authtype", Value: kind},
		field{Name: "x-amazon-apigateway-authorizer", Value: authorizer})
}

// scheme turns an authorizer of SAM into one of API Gateway: Cognito user pools, a Lambda function or a JWT issuer.
func (g guard) scheme(n *node) *node {
	header := n.At("Identity", "Header").Str()
	if header == "" {
		header = "Authorization"
	}
	ttl := n.At("Identity", "ReauthorizeEvery")
	text := func(s string) *node { return document.TextAt(n, s) }
	switch {
	case n.Get("UserPoolArn").IsSet():
		return inHeader(n, header, "cognito_user_pools", document.MapAt(n,
			field{Name: "type", Value: text("cognito_user_pools")}, field{Name: "providerARNs", Value: document.ListAt(n, n.Get("UserPoolArn").List()...)}))
	case n.Get("JwtConfiguration").IsSet():
		return document.MapAt(n, field{Name: "type", Value: text("oauth2")}, field{Name: "x-amazon-apigateway-authorizer", Value: document.MapAt(n,
			field{Name: "type", Value: text("jwt")}, field{Name: "jwtConfiguration", Value: n.Get("JwtConfiguration")}, field{Name: "identitySource", Value: n.Get("IdentitySource")})})
	case g.rest:
		kind := strings.ToLower(n.Get("FunctionPayloadType").Str())
		if kind == "" {
			kind = "token"
		}
		if kind == "request" && !n.At("Identity", "Header").IsSet() {
			header = "Unused"
		}
		return inHeader(n, header, "custom", document.MapAt(n,
			field{Name: "type", Value: text(kind)}, field{Name: "authorizerUri", Value: lambdaURI(n, n.Get("FunctionArn"))},
			field{Name: "authorizerResultTtlInSeconds", Value: ttl}, field{Name: "authorizerCredentials", Value: n.Get("FunctionInvokeRole")}))
	}
	return inHeader(n, "Unused", "", document.MapAt(n,
		field{Name: "type", Value: text("request")}, field{Name: "authorizerUri", Value: lambdaURI(n, n.Get("FunctionArn"))},
		field{Name: "authorizerPayloadFormatVersion", Value: n.Get("AuthorizerPayloadFormatVersion")}, field{Name: "enableSimpleResponses", Value: n.Get("EnableSimpleResponses")},
		field{Name: "authorizerResultTtlInSeconds", Value: ttl}, field{Name: "authorizerCredentials", Value: n.Get("FunctionInvokeRole")}))
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
		s.authorizerPermission(d, d.id+f.Name+"AuthorizerPermission", f.Value, arn)
	}
}

// authorizerPermission lets the authorizers of one API invoke a function.
func (s *sam) authorizerPermission(d *declaration, id string, at, function *node) {
	s.add(d, id, "AWS::Lambda::Permission", at, document.MapAt(at,
		field{Name: "Action", Value: document.TextAt(at, "lambda:InvokeFunction")},
		field{Name: "FunctionName", Value: function},
		field{Name: "Principal", Value: document.TextAt(at, "apigateway.amazonaws.com")},
		field{Name: "SourceArn", Value: executeAPI(at, "authorizers/*", refAt(at, d.id))}))
}

// executeAPI is the ARN of a part of an API.
func executeAPI(at *node, part string, api *node) *node {
	return document.MapAt(at, field{Name: "Fn::Sub", Value: document.ListAt(at,
		document.TextAt(at, "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/"+part),
		document.MapAt(at, field{Name: "__ApiId__", Value: api}))})
}
