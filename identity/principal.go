package identity

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// PrincipalKind says what kind of caller a principal is.
type PrincipalKind uint8

// The kinds, as the Principal element names them. Anyone is "*", alone or as an AWS principal: anonymous callers too.
const (
	Anyone PrincipalKind = iota
	AWSPrincipal
	ServicePrincipal
	FederatedPrincipal
	CanonicalUser
	UnknownPrincipal
)

// String returns the name of the kind in a policy.
func (k PrincipalKind) String() string {
	return [...]string{"anyone", "AWS", "Service", "Federated", "CanonicalUser", "unknown"}[k]
}

// Principal is one principal of a statement.
type Principal struct {
	Kind PrincipalKind
	// ID is the ARN, account, service or provider.
	ID Pattern
}

// Value is where the principal is written.
func (p Principal) Value() inventory.Value { return p.ID.Value }

// String returns the principal for messages: "Service lambda.amazonaws.com", "anyone".
func (p Principal) String() string {
	if p.Kind == Anyone || p.Kind == UnknownPrincipal {
		return p.Kind.String()
	}
	return p.Kind.String() + " " + p.ID.Text
}

var principalKinds = map[string]PrincipalKind{
	"AWS": AWSPrincipal, "Service": ServicePrincipal, "Federated": FederatedPrincipal, "CanonicalUser": CanonicalUser, "*": Anyone,
}

// principals reads Principal or NotPrincipal: "*", or an object of kinds; a lookup's is a list of {Type, Identifiers}.
func (p *reader) principals(s *Statement, v inventory.Value) {
	for _, name := range []string{"Principal", "Principals", "NotPrincipal", "NotPrincipals"} {
		e := v.Get(name)
		if e.IsNull() {
			continue
		}
		s.NotPrincipal = strings.HasPrefix(name, "Not")
		s.Principals = p.principalList(e)
		return
	}
}

func (p *reader) principalList(v inventory.Value) []Principal {
	var out []Principal
	switch v.Kind() {
	case inventory.Map:
		if typ := v.Get("Type"); !typ.IsNull() {
			return p.lookupPrincipal(v)
		}
		for _, kind := range v.Properties() {
			out = append(out, p.ofKind(kind.Name, kind.Value)...)
		}
	case inventory.List:
		for _, item := range v.List() {
			out = append(out, p.principalList(item)...)
		}
	case inventory.Unknown:
		return []Principal{{Kind: UnknownPrincipal, ID: unknownText(v)}}
	default:
		if text, _ := v.Text(); text == "*" {
			return []Principal{{Kind: Anyone, ID: p.pattern(v, false)}}
		}
		p.invalid(v, `Principal is "*" or an object of AWS, Service, Federated or CanonicalUser; this is %q.`, v.Display())
		return []Principal{{Kind: UnknownPrincipal, ID: unknownPattern(v)}}
	}
	return out
}

func (p *reader) lookupPrincipal(v inventory.Value) []Principal {
	typ, ok := v.Get("Type").Text()
	if !ok {
		return []Principal{{Kind: UnknownPrincipal, ID: unknownPattern(v)}}
	}
	return p.ofKind(typ, v.Get("Identifiers"))
}

func (p *reader) ofKind(name string, v inventory.Value) []Principal {
	kind, ok := principalKinds[name]
	if !ok {
		p.invalid(v, "%q is no kind of principal; IAM has AWS, Service, Federated and CanonicalUser.", name)
		return []Principal{{Kind: UnknownPrincipal, ID: unknownPattern(v)}}
	}
	if v.IsNull() {
		return nil
	}
	var out []Principal
	for _, id := range p.patterns(v, false) {
		one := Principal{Kind: kind, ID: id}
		if kind == AWSPrincipal && id.everything() {
			one.Kind = Anyone
		}
		out = append(out, one)
	}
	return out
}
