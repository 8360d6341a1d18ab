package allocation

import (
	"strings"

	"github.com/onus-dev/onus/stack"
)

// vendorProperties are the derived properties that name a publisher.
var vendorProperties = []string{"onus::MachineImage.Vendor", "onus::ContainerImages.Vendors"}

// namePublisher ends the reason of a third party's duty with the name of that party, which the catalog's sentence cannot
// know: it stands in the configuration.
func namePublisher(d *Duty, evidence []Decider) {
	if d.Party != stack.ThirdParty {
		return
	}
	for _, e := range evidence {
		for _, property := range vendorProperties {
			if e.Property == property {
				d.Reason = strings.TrimSpace(d.Reason + " It is published by " + e.Value + ".")
				return
			}
		}
	}
}
