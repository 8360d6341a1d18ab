package workload

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
)

// updaters are what updates Bottlerocket hosts by itself, by the text that shows it, and the types that may carry it.
// Settings of a host (settings.updates) only say which version it would take: no host updates without one of these.
var updaters = []struct {
	text  string
	types []string
}{
	{"bottlerocket-ecs-updater", []string{typeTaskDefinition, "AWS::CloudFormation::Stack", "AWS::Serverless::Application"}},
	{"bottlerocket-update-operator", []string{"Deployment", "DaemonSet"}},
}

// indexUpdaters notes in which scopes an updater of Bottlerocket is installed, with its first sign.
func (f *finder) indexUpdaters() {
	f.updaters = map[string]Evidence{}
	for _, u := range updaters {
		for _, typ := range u.types {
			for _, r := range f.ix.OfType(typ) {
				if _, had := f.updaters[r.Scope]; had || r.Lookup || !mentions(r.Properties, u.text, maxTextDepth) {
					continue
				}
				sign := inventory.StringValue("runs "+u.text, r.Origin)
				f.updaters[r.Scope] = Evidence{Property: r.Type, Value: sign}
			}
		}
	}
}

// withUpdater adds to a Bottlerocket image whether its hosts are updated by an updater of the same root. None in the
// input decides nothing: it may be installed from elsewhere.
func (f *finder) withUpdater(im image, root *inventory.Resource) image {
	if im.kind != kindBottle {
		return im
	}
	e, installed := f.updaters[root.Scope]
	if !installed {
		step := inventory.Step{Name: "the updater of Bottlerocket", Note: "is not in the input", At: root.Origin}
		im.updater = inventory.UnknownValue(root.Origin, step)
		return im
	}
	im.updater = derivedBool(true, e.Value)
	im.because = append(slices.Clone(im.because), e)
	return im
}
