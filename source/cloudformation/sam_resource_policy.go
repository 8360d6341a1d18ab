package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// resourcePolicy makes the policy of a REST API from ResourcePolicy of its Auth and of those of its events. SAM writes
// it into the definition of the API; it is the property Policy here, where the same policy of a plain template stands.
func (s *sam) resourcePolicy(d *declaration) *node {
	if own := d.props.Get("Policy"); own.IsSet() {
		return own
	}
	p := &policyMaker{stage: d.props.Get("StageName"), seen: map[string]bool{}}
	general := d.props.At("Auth", "ResourcePolicy")
	if general.IsSet() && general.Kind == document.Map && !isCall(general) {
		p.add(general, s.allRoutes(d))
		p.custom(general.Get("CustomStatements"))
	}
	for _, r := range s.routes[d.id] {
		if own := r.auth.Get("ResourcePolicy"); own != nil && own.Kind == document.Map && !isCall(own) {
			p.add(own, []string{r.resource()})
			p.custom(own.Get("CustomStatements"))
		}
	}
	if len(p.list) == 0 {
		return nil
	}
	return statements(d.from, p.list...)
}

// allRoutes names the routes of an API, those of its definition and those of events, each once.
func (s *sam) allRoutes(d *declaration) []string {
	var all []string
	seen := map[string]bool{}
	add := func(r route) {
		if name := r.resource(); !seen[name] {
			seen[name] = true
			all = append(all, name)
		}
	}
	for _, r := range s.routes[d.id] {
		add(r)
	}
	for _, path := range fieldsOf(d.props.At("DefinitionBody", "paths")) {
		for _, m := range fieldsOf(path.Value) {
			if name := strings.ToLower(m.Name); methods[name] {
				add(route{path: path.Name, method: name})
			}
		}
	}
	return all
}

// resource names a route as IAM does.
func (r route) resource() string {
	method := strings.ToUpper(r.method)
	if r.method == anyMethod || r.method == "any" {
		method = "*"
	}
	return method + strings.TrimSuffix(r.path, "/")
}

// policyMaker collects statements, each once.
type policyMaker struct {
	stage *node
	list  []*node
	seen  map[string]bool
}

func (p *policyMaker) append(statement *node) {
	if hash := hashOf(statement); !p.seen[hash] {
		p.seen[hash] = true
		p.list = append(p.list, statement)
	}
}

func (p *policyMaker) custom(n *node) {
	for _, statement := range n.List() {
		p.append(statement)
	}
}

// add makes the statements of the short forms, for the given routes.
func (p *policyMaker) add(n *node, routes []string) {
	resources := make([]*node, 0, len(routes))
	for _, r := range routes {
		resources = append(resources, document.MapAt(n, field{Name: "Fn::Sub", Value: document.ListAt(n,
			document.TextAt(n, "execute-api:/${__Stage__}/"+r), document.MapAt(n, field{Name: "__Stage__", Value: p.stage}))}))
	}
	resource := document.ListAt(n, resources...)
	everyone := document.TextAt(n, "*")
	if accounts := n.Get("AwsAccountWhitelist"); accounts.IsSet() {
		p.append(statementAt(n, "Allow", resource, document.MapAt(n, field{Name: "AWS", Value: document.ListAt(n, accounts.List()...)}), nil))
	}
	if accounts := n.Get("AwsAccountBlacklist"); accounts.IsSet() {
		p.append(statementAt(n, "Deny", resource, document.MapAt(n, field{Name: "AWS", Value: document.ListAt(n, accounts.List()...)}), nil))
	}
	for _, c := range []struct {
		operator string
		keys     *node
	}{
		{"NotIpAddress", addresses(n, n.Get("IpRangeWhitelist"))},
		{"IpAddress", addresses(n, n.Get("IpRangeBlacklist"))},
		{"StringEquals", networks(n, "Blacklist")},
		{"StringNotEquals", networks(n, "Whitelist")},
	} {
		if c.keys == nil || len(c.keys.Fields) == 0 {
			continue
		}
		p.append(statementAt(n, "Allow", resource, everyone, nil))
		p.append(statementAt(n, "Deny", resource, everyone, document.MapAt(n, field{Name: c.operator, Value: c.keys})))
	}
}

func statementAt(at *node, effect string, resource, principal, condition *node) *node {
	return document.MapAt(at,
		field{Name: "Effect", Value: document.TextAt(at, effect)},
		field{Name: "Action", Value: document.TextAt(at, "execute-api:Invoke")},
		field{Name: "Resource", Value: resource},
		field{Name: "Principal", Value: principal},
		field{Name: "Condition", Value: condition})
}

// addresses is the condition on the caller's address.
func addresses(at, n *node) *node {
	if !n.IsSet() {
		return nil
	}
	return document.MapAt(at, field{Name: "aws:SourceIp", Value: document.ListAt(at, n.List()...)})
}

// networks is the condition on the caller's VPC and VPC endpoint.
func networks(at *node, list string) *node {
	var vpcs, endpoints []*node
	for _, n := range at.Get("SourceVpc" + list).List() {
		switch {
		case strings.HasPrefix(n.Str(), "vpce-"):
			endpoints = append(endpoints, n)
		case strings.HasPrefix(n.Str(), "vpc-"):
			vpcs = append(vpcs, n)
		}
	}
	vpcs = append(vpcs, at.Get("IntrinsicVpc"+list).List()...)
	endpoints = append(endpoints, at.Get("IntrinsicVpce"+list).List()...)
	out := document.MapAt(at)
	if len(vpcs) > 0 {
		out = out.With(at, field{Name: "aws:SourceVpc", Value: document.ListAt(at, vpcs...)})
	}
	if len(endpoints) > 0 {
		out = out.With(at, field{Name: "aws:SourceVpce", Value: document.ListAt(at, endpoints...)})
	}
	return out
}
