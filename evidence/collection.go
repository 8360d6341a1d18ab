package evidence

import (
	"encoding/json"
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// maxPolicyText bounds a network policy that is read, in bytes; AWS's own limit is lower.
const maxPolicyText = 1 << 16

// networkRule is one entry of a network policy of OpenSearch Serverless.
type networkRule struct {
	Rules []struct {
		ResourceType string
		Resource     []string
	}
	AllowFromPublic bool
}

// collectionAccess derives onus::CollectionAccess: whether a network policy of the input opens the collection to the
// Internet. Without a policy that speaks of it nobody reaches the collection.
func (d *Dossier) collectionAccess() Part {
	c := d.ofType("AWS::OpenSearchServerless::Collection")
	if c == nil {
		return Part{}
	}
	name, known := c.Get("Name").Text()
	result := triFalse
	var because []workload.Evidence
	var why []inventory.Step
	for _, p := range d.g.ix.OfType("AWS::OpenSearchServerless::SecurityPolicy") {
		if kind, ok := p.Get("Type").Text(); p.Lookup || p.Scope != c.Scope || (ok && kind != "network") {
			continue
		}
		got := opensTo(p, name, known)
		if got == triFalse {
			continue
		}
		result = result.or(got)
		if got == triUnknown {
			why = append(why, inventory.Step{Name: p.Address, Note: "may open it", At: p.Origin})
		}
		because = append(because, workload.Evidence{Property: p.Type + ".Policy", Value: got.value(p.Get("Policy").Origin(), why)})
	}
	value := fact(inventory.Property{Name: "Public", Value: result.value(c.Origin, why)})
	return Part{Value: value, Because: because, Resources: []*inventory.Resource{c}}
}

// opensTo tells whether a policy opens the collection of a name to everyone.
func opensTo(p *inventory.Resource, name string, known bool) tri {
	text, ok := p.Get("Policy").Text()
	if !ok || len(text) > maxPolicyText {
		return triUnknown
	}
	var rules []networkRule
	if err := json.Unmarshal([]byte(text), &rules); err != nil {
		return triUnknown
	}
	result := triFalse
	for _, r := range rules {
		if !r.AllowFromPublic {
			continue
		}
		for _, rule := range r.Rules {
			for _, resource := range rule.Resource {
				_, pattern, _ := strings.Cut(resource, "/")
				switch {
				case pattern == "*" || known && wild(pattern, name):
					return triTrue
				case !known:
					result = triUnknown
				}
			}
		}
	}
	return result
}
