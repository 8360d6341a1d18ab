package allocation

import (
	"testing"

	"github.com/onus-dev/onus/stack"
)

func TestNamePublisher(t *testing.T) {
	t.Parallel()
	named := []Decider{{Property: "AWS::EC2::Instance.ImageId", Value: "ami-1"}, {Property: "onus::MachineImage.Vendor", Value: "Canonical"}}
	for _, tt := range []struct {
		party    stack.Party
		evidence []Decider
		want     string
	}{
		{stack.ThirdParty, named, "Whoever published it patches it. It is published by Canonical."},
		{stack.ThirdParty, []Decider{{Property: "onus::ContainerImages.Vendors", Value: "Datadog, NGINX"}}, "Whoever published it patches it. It is published by Datadog, NGINX."},
		{stack.ThirdParty, named[:1], "Whoever published it patches it."},
		{stack.Customer, named, "Whoever published it patches it."},
	} {
		d := Duty{Party: tt.party, Reason: "Whoever published it patches it."}
		namePublisher(&d, tt.evidence)
		if d.Reason != tt.want {
			t.Errorf("%s: %q, want %q", tt.party, d.Reason, tt.want)
		}
	}
}
