package workload

import (
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

const typeLayers = "onus::FunctionLayers"

// layerAccount finds the account in the ARN of a layer; the Region may be an expression.
var layerAccount = regexp.MustCompile(`^arn:(?:\$\{[^}]*\}|[^:]*):lambda:(?:\$\{[^}]*\}|[^:]*):(\d{12}):layer:`)

// functionLayers is the onus::FunctionLayers of a function: the publishers among the accounts of its layers. A layer of
// the input, of an unknown account or of one that nobody known has is taken for the customer's: whoever publishes a
// layer, the customer moves the function to the next version, so an unknown one changes nothing.
func functionLayers(r *inventory.Resource) Part {
	list := at(r, "Layers")
	if list.Value.IsNull() {
		return Part{}
	}
	publisher := publisherCustomer
	because := []Evidence{list}
	var vendors []string
	for _, layer := range members(list.Value) {
		text, known := layer.Text()
		if !known {
			text = layer.Partial()
		}
		account := layerAccount.FindStringSubmatch(text)
		if account == nil {
			continue
		}
		m, ok := publishers().layers[account[1]]
		if !ok {
			continue
		}
		if publisher != publisherOther {
			publisher = m.party
		}
		if !slices.Contains(vendors, m.name) {
			vendors = append(vendors, m.name)
		}
	}
	props := []inventory.Property{{Name: "Publisher", Value: derivedString(publisher, list.Value)}}
	if len(vendors) > 0 {
		names := derivedTexts(vendors, []inventory.Value{list.Value})
		props = append(props, inventory.Property{Name: "Vendors", Value: inventory.ListValue(names, list.Value.Origin())})
		named := derivedString(strings.Join(vendors, ", "), list.Value)
		because = append(because, Evidence{Property: typeLayers + ".Vendors", Value: named})
	}
	return derivedPart(r, typeLayers, props, because...)
}
