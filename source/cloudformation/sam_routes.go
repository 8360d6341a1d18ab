package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// route is a path and method that an event adds to an API.
type route struct {
	path, method string
	from         *node
	// kind is the type of the integration, uri where requests go, credentials the role in which they do.
	kind             string
	uri, credentials *node
	// request is what is sent on in place of the request itself.
	request *node
	// auth is the event's Auth.
	auth *node
	// payload is the version of what an HTTP API sends; nil on a REST API.
	payload *node
}

// isDefault reports whether the route takes what no other takes.
func (r route) isDefault() bool { return r.path == "$default" && r.method == anyMethod }

// lambdaURI is how API Gateway names a function to invoke.
func lambdaURI(at, arn *node) *node {
	return document.MapAt(at, field{Name: "Fn::Sub", Value: document.ListAt(at,
		document.TextAt(at, "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__Arn__}/invocations"),
		document.MapAt(at, field{Name: "__Arn__", Value: arn}))})
}

func (s *sam) routeOf(e *event) route {
	r := route{path: e.props.Get("Path").Str(), method: strings.ToLower(e.props.Get("Method").Str()), from: e.from, kind: "aws_proxy", auth: e.props.Get("Auth")}
	if r.path == "" {
		r.path = "$default"
	}
	if r.method == "" || r.method == "any" {
		r.method = anyMethod
	}
	r.uri = lambdaURI(e.from, e.arn)
	return r
}

// integration is what is behind a route.
func (r route) integration() *node {
	return document.MapAt(r.from, field{Name: "x-amazon-apigateway-integration", Value: document.MapAt(r.from,
		field{Name: "type", Value: document.TextAt(r.from, r.kind)},
		field{Name: "httpMethod", Value: document.TextAt(r.from, "POST")},
		field{Name: "uri", Value: r.uri},
		field{Name: "credentials", Value: r.credentials},
		field{Name: "requestTemplates", Value: r.request},
		field{Name: "payloadFormatVersion", Value: r.payload})})
}

// body returns the definition of an API: the one written, with the routes of the events, and who may call each.
func (s *sam) body(d *declaration) *node {
	body := d.props.Get("DefinitionBody")
	routes := s.routes[d.id]
	g := guard{sam: s, auth: d.props.Get("Auth"), rest: d.typ == serverless+"Api", modern: strings.HasPrefix(d.props.Get("OpenApiVersion").Str(), "3")}
	if body.IsSet() && (body.Kind != document.Map || isCall(body)) || d.props.Get("DefinitionUri").IsSet() || len(routes) == 0 && !body.IsSet() {
		return body
	}
	paths := body.Get("paths")
	if paths.IsSet() && (paths.Kind != document.Map || isCall(paths)) {
		return body
	}
	added := map[string][]field{}
	var order []string
	for _, r := range routes {
		written := paths.At(r.path, r.method)
		if written.IsSet() && (pickMap(written) == nil || written.Get("x-amazon-apigateway-integration").IsSet()) {
			continue
		}
		if added[r.path] == nil {
			order = append(order, r.path)
		}
		if r.credentials == nil && g.rest {
			r.credentials = g.credentials(r)
		}
		method := r.integration().With(r.from, field{Name: "security", Value: g.security(r.from, r.auth, r.method)})
		if written.IsSet() {
			method = method.With(r.from, written.Fields...)
		}
		added[r.path] = append(added[r.path], field{Name: r.method, Value: method})
	}
	paths = g.written(d, paths)
	var items []field
	for _, path := range order {
		items = append(items, field{Name: path, Value: paths.Get(path).With(d.from, added[path]...)})
	}
	paths = paths.With(d.from, items...)
	body = body.With(d.from, field{Name: "paths", Value: paths})
	return g.schemes(d, body)
}
