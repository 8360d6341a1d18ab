package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// domainKind is what differs between the three generations of custom domains.
type domainKind struct {
	id, typ             string
	mapping, mappingTyp string
	// api, key and name are the properties of a mapping.
	api, key, name string
}

var (
	publicDomain  = domainKind{"ApiGatewayDomainName", "AWS::ApiGateway::DomainName", "BasePathMapping", "AWS::ApiGateway::BasePathMapping", "RestApiId", "BasePath", "DomainName"}
	privateDomain = domainKind{"ApiGatewayDomainNameV2", "AWS::ApiGateway::DomainNameV2", "BasePathMapping", "AWS::ApiGateway::BasePathMappingV2", "RestApiId", "BasePath", "DomainNameArn"}
	httpDomain    = domainKind{"ApiGatewayDomainNameV2", "AWS::ApiGatewayV2::DomainName", "ApiMapping", "AWS::ApiGatewayV2::ApiMapping", "ApiId", "ApiMappingKey", "DomainName"}
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
	if kindOfEndpoint == "" && !n.Get("EndpointConfiguration").IsSet() {
		kindOfEndpoint = "REGIONAL"
	}
	hashed := name
	if text, known := s.eval(name).Text(); known {
		hashed = document.TextAt(name, text)
	}
	id := kind.id + hashOf(hashed)
	s.add(d, id, kind.typ, n, domainProperties(n, kind, kindOfEndpoint))
	s.mappings(d, n, stage, kind, id)
	if endpoint := n.At("AccessAssociation", "VpcEndpointId"); kind == privateDomain && endpoint.IsSet() {
		s.add(d, "DomainNameAccessAssociation"+hashOf(document.ListAt(n, endpoint, document.TextAt(n, id))), "AWS::ApiGateway::DomainNameAccessAssociation", n, document.MapAt(n,
			field{Name: "DomainNameArn", Value: refAt(n, id)},
			field{Name: "AccessAssociationSourceType", Value: document.TextAt(n, "VPCE")},
			field{Name: "AccessAssociationSource", Value: endpoint}))
	}
	s.records(d, n, id, kindOfEndpoint)
}

// domainProperties are those of the domain name itself.
func domainProperties(n *node, kind domainKind, endpointType string) *node {
	config := n.Get("EndpointConfiguration")
	if !config.IsSet() {
		config = document.TextAt(n, endpointType)
	}
	if kind == httpDomain {
		return n.Pick(n, "DomainName", "MutualTlsAuthentication").With(n, field{Name: "DomainNameConfigurations", Value: document.ListAt(n,
			n.Pick(n, "CertificateArn", "SecurityPolicy", "OwnershipVerificationCertificateArn", "IpAddressType").With(n, field{Name: "EndpointType", Value: config}))})
	}
	domain := n.Pick(n, "DomainName", "EndpointAccessMode", "MutualTlsAuthentication", "OwnershipVerificationCertificateArn", "Policy", "SecurityPolicy")
	certificate := "CertificateArn"
	if kind == publicDomain && endpointType != "EDGE" {
		certificate = "RegionalCertificateArn"
	}
	config = endpoint(config)
	if own := n.Get("IpAddressType"); own.IsSet() && config != nil && !isCall(config) {
		config = config.With(n, field{Name: "IpAddressType", Value: own})
	}
	return domain.With(n, field{Name: certificate, Value: n.Get("CertificateArn")}, field{Name: "EndpointConfiguration", Value: config})
}

// records adds the DNS records of a domain to the group of its zone, or to a group of its own when it asks for one.
func (s *sam) records(d *declaration, n *node, domain, endpointType string) {
	route53 := n.Get("Route53")
	if route53 == nil || route53.Kind != document.Map || isCall(route53) {
		return
	}
	zone := route53.Get("HostedZoneId")
	if !zone.IsSet() {
		zone = route53.Get("HostedZoneName")
	}
	target := route53.Pick(n, "EvaluateTargetHealth")
	switch endpointType {
	case "REGIONAL":
		target = target.With(n, field{Name: "HostedZoneId", Value: getAttAt(n, domain, "RegionalHostedZoneId")}, field{Name: "DNSName", Value: getAttAt(n, domain, "RegionalDomainName")})
	case "EDGE":
		name := route53.Get("DistributionDomainName")
		if !name.IsSet() {
			name = getAttAt(n, domain, "DistributionDomainName")
		}
		// The zone of every CloudFront distribution, a constant of Route 53.
		target = target.With(n, field{Name: "HostedZoneId", Value: document.TextAt(n, "Z2FDTNDATAQYW2")}, field{Name: "DNSName", Value: name})
	default:
		target = target.With(n, field{Name: "HostedZoneId", Value: route53.Get("VpcEndpointHostedZoneId")}, field{Name: "DNSName", Value: route53.Get("VpcEndpointDomainName")})
	}
	types := []string{"A"}
	if route53.Get("IpV6").Str() == "true" {
		types = append(types, "AAAA")
	}
	var sets []*node
	for _, typ := range types {
		sets = append(sets, route53.Pick(n, "Region", "SetIdentifier").With(n, field{Name: "Name", Value: n.Get("DomainName")},
			field{Name: "Type", Value: document.TextAt(n, typ)}, field{Name: "AliasTarget", Value: target}))
	}
	id := "RecordSetGroup" + hashOf(zone)
	if route53.Get("SeparateRecordSetGroup").Str() == "true" {
		id = "RecordSetGroup" + hashOf(document.ListAt(n, zone, n.Get("DomainName")))
	}
	if group := s.groups[id]; group != nil {
		sets = append(append([]*node{}, group.props.Get("RecordSets").List()...), sets...)
		group.props = group.props.With(n, field{Name: "RecordSets", Value: document.ListAt(n, sets...)})
		return
	}
	s.groups[id] = s.add(d, id, "AWS::Route53::RecordSetGroup", n, route53.Pick(n, "HostedZoneId", "HostedZoneName").With(n, field{Name: "RecordSets", Value: document.ListAt(n, sets...)}))
}

// mappings adds one mapping for each base path. SAM drops all but letters and digits from the paths of a REST API,
// unless told not to, and the slashes around those of others.
func (s *sam) mappings(d *declaration, n *node, stage *declaration, kind domainKind, domain string) {
	paths := n.Get("BasePath").List()
	if len(paths) == 0 {
		paths = []*node{nil}
	}
	for _, path := range paths {
		key := path
		if text := path.Str(); text != "" {
			switch {
			case kind == httpDomain:
				key = document.TextAt(path, strings.Trim(text, "/"))
			case n.Get("NormalizeBasePath").Str() != "false":
				key = document.TextAt(path, alphanumeric(text))
			}
		}
		s.add(d, d.id+alphanumeric(path.Str())+kind.mapping, kind.mappingTyp, n, document.MapAt(n,
			field{Name: kind.name, Value: refAt(n, domain)},
			field{Name: kind.api, Value: refAt(n, d.id)},
			field{Name: "Stage", Value: refAt(n, stage.id)},
			field{Name: kind.key, Value: key}))
	}
}
