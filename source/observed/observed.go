// Package observed turns what AWS reports about running resources into inventory resources: the items of AWS Config, of
// Cloud Control and of the describe calls of ECS.
//
//	bytes ── stream.go ──▶ elements: one JSON value at a time, each with its place, so that memory does not follow the file
//	element ── the reader of the form ──▶ Item: type, identifiers, properties as the API writes them
//	Item ── Converter, names.go, names.txt ──▶ inventory.Resource in CloudFormation's names
//	resources ── link.go ──▶ references by exact ARN or id, one resource for each ARN, no machine beside the group that
//	                        launched it
//
// The address of a resource is its ARN, else Type/identifier; its scope is account/region, so that addresses and stable
// ids are the same in tomorrow's snapshot. AWS reports what is set; what an API is known not to report is unknown, never
// taken for a default.
//
// Bounds: MaxBytes of text, MaxItem for one item, MaxItems items, and a budget of values for each.
package observed

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// maxValues is the number of values that one item may have; AWS's largest have a few thousand.
const maxValues = 100_000

// Item is one resource as an API reports it.
type Item struct {
	// API is what reported it, for reasons: "AWS Config", "Cloud Control ListResources".
	API string
	// Type is the type as reported.
	Type string
	// ARN may be empty; ID is what the API identifies the resource by.
	ARN, ID string
	// Name is the short human name, empty when the API gives none.
	Name            string
	Account, Region string
	// Captured is when it was seen, RFC 3339 in UTC; empty when the API does not say.
	Captured string
	// Properties are in the API's own spelling or in CloudFormation's; Extra is what the API puts beside them.
	Properties, Extra *document.Node
	// Tags is a map from key to value or a list of keys and values; nil when the properties hold them.
	Tags *document.Node
	// Subset is set when the API may leave out properties that are set: what is missing is unknown then.
	Subset bool
	At     diag.Range
}

// Converter makes resources of the items of one file.
type Converter struct {
	path  string
	types *vocabulary.Types
	names *names
	diags *diag.List
}

// NewConverter makes a converter for the file of the given display path. Problems are appended to diags.
func NewConverter(path string, types *vocabulary.Types, diags *diag.List) *Converter {
	if types == nil {
		types = vocabulary.Load()
	}
	return &Converter{path: path, types: types, names: loadNames(), diags: diags}
}

// Resource converts one item.
func (c *Converter) Resource(it Item) *inventory.Resource {
	rule := c.names.of(it.Type)
	r := &inventory.Resource{Type: rule.typ, SourceType: it.Type, Address: addressOf(it), Scope: scopeOf(it), Origin: it.At}
	r.Mapped = c.types.Known(r.Type)
	shape := c.types.Shape(r.Type)
	budget := document.NewBudget(maxValues)
	node, own := withoutTags(rule.apply(it.Properties, it.Extra))
	tags := it.Tags
	if !tags.IsSet() || len(tags.Fields)+len(tags.Items) == 0 {
		tags = own
	}
	props := c.known(node.Value(c.path, shape, budget).Properties(), shape)
	props = append(props, c.tags(tags, budget)...)
	if at, over := budget.Exceeded(); over {
		c.diags.Errorf(at, "Item too large", "%s has more than %d values; the rest of it is left out.", diag.Clip(r.Address, maxClip), maxValues)
	}
	props = append(props, unreported(it, rule, shape, props)...)
	r.Properties = inventory.MapValue(props, it.At)
	if it.Captured != "" {
		r.Properties = r.Properties.WithMeta(&inventory.Meta{Trail: []inventory.Step{{Name: it.API, Note: capturedNote + it.Captured, At: it.At}}})
	}
	r.Lookup = rule.notOwned(it.Properties)
	r.Name = nameOf(it, r)
	return r
}

const capturedNote = "captured "

// capturedOf returns when a resource was seen, empty when nobody said.
func capturedOf(r *inventory.Resource) string {
	if m := r.Properties.Meta(); m != nil {
		for _, s := range m.Trail {
			if at, ok := strings.CutPrefix(s.Note, capturedNote); ok {
				return at
			}
		}
	}
	return ""
}

// withoutTags takes the tags out of the properties, whatever form they have there.
func withoutTags(n *document.Node) (rest, tags *document.Node) {
	rest = &document.Node{Kind: document.Map, Line: n.Line, Col: n.Col}
	for _, f := range n.Fields {
		if strings.EqualFold(f.Name, "Tags") {
			tags = f.Value
			continue
		}
		rest.Fields = append(rest.Fields, f)
	}
	return rest, tags
}

// known drops what CloudFormation has no property for: states, times, identifiers that the address holds.
func (c *Converter) known(props []inventory.Property, shape *vocabulary.Shape) []inventory.Property {
	if shape == nil {
		return props
	}
	out := make([]inventory.Property, 0, len(props))
	for _, p := range props {
		if _, ok := shape.Field(p.Name); ok || p.Name == "Tags" {
			out = append(out, p)
		}
	}
	return out
}

// tags makes the Tags property of what stands beside the properties.
func (c *Converter) tags(n *document.Node, budget *document.Budget) []inventory.Property {
	if !n.IsSet() || len(n.Fields)+len(n.Items) == 0 {
		return nil
	}
	v := n.Value(c.path, &vocabulary.Shape{Kind: vocabulary.Tags, Element: &vocabulary.Shape{Kind: vocabulary.String}}, budget)
	return []inventory.Property{{Name: "Tags", Value: v}}
}

// ConfigAPI is the Item.API of what AWS Config has recorded.
const ConfigAPI = "AWS Config"

// unreported makes unknown what the API does not report: the properties that the table names and, of an item that may
// be a subset, all that are missing.
func unreported(it Item, rule *rule, shape *vocabulary.Shape, props []inventory.Property) []inventory.Property {
	has := make(map[string]bool, len(props))
	for _, p := range props {
		has[p.Name] = true
	}
	var out []inventory.Property
	step := inventory.Step{Name: it.API, Note: "does not report this property, so that it is not known", At: it.At}
	unknown := inventory.UnknownValue(it.At, step)
	names := rule.unreported
	if it.API == ConfigAPI {
		names = slices.Concat(names, rule.unrecorded)
	}
	for _, name := range names {
		if !has[name] {
			out = append(out, inventory.Property{Name: name, Value: unknown})
			has[name] = true
		}
	}
	if !it.Subset || shape == nil {
		return out
	}
	step.Note = "may leave this property out; GetResource reports it"
	unknown = inventory.UnknownValue(it.At, step)
	for _, f := range shape.Fields {
		if !has[f.Name] {
			out = append(out, inventory.Property{Name: f.Name, Value: unknown})
		}
	}
	return out
}

// addressOf is the ARN, else the type and the identifier.
func addressOf(it Item) string {
	if strings.HasPrefix(it.ARN, "arn:") {
		return it.ARN
	}
	return it.Type + "/" + it.ID
}

// scopeOf is account/region; global services have the region "global".
func scopeOf(it Item) string {
	account, region := it.Account, it.Region
	if parts := strings.SplitN(it.ARN, ":", 6); len(parts) == 6 {
		account, region = first(account, parts[4]), first(region, parts[3])
	}
	if account == "" && region == "" {
		return ""
	}
	return account + "/" + first(region, "global")
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// nameProperties name a resource of their type, tried in order after "<last word of the type>Name".
var nameProperties = []string{"Name", "Family", "DBInstanceIdentifier", "DBClusterIdentifier", "GroupName"}

// nameOf is the name that the API gives, else that of a property, else the Name tag, else the identifier.
func nameOf(it Item, r *inventory.Resource) string {
	tag, _ := r.Get("Tags.Name").Text()
	if it.Name != "" && it.Name != it.ID {
		return it.Name
	}
	for _, p := range append([]string{lastOf(r.Type) + "Name"}, nameProperties...) {
		if s, ok := r.Get(p).Text(); ok && s != "" {
			return s
		}
	}
	return first(tag, it.Name, lastOf(it.ID), it.ARN)
}

// lastOf returns the last segment of an ARN or path.
func lastOf(s string) string {
	return s[strings.LastIndexAny(s, "/:")+1:]
}

// maxClip is how much of a text from the input a message shows, in runes.
const maxClip = 160
