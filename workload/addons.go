package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

const (
	typeAddon         = "AWS::EKS::Addon"
	typeClusterAddons = "onus::ClusterAddons"
	// maxAddonEvidence bounds how many add-ons of one cluster are shown as evidence.
	maxAddonEvidence = 20
)

// indexAddons notes the EKS add-ons of each cluster. One that names its cluster by an unknown value counts for the only
// cluster beside it.
func (f *finder) indexAddons() {
	f.addonsOf = map[*inventory.Resource][]*inventory.Resource{}
	for _, r := range f.ix.OfType(typeAddon) {
		if r.Lookup {
			continue
		}
		l := f.kubeClusterOf(r)
		c := l.one()
		if c == nil && len(l.all) == 0 && r.Get("ClusterName").IsUnknown() {
			c = f.onlyIn(r.Scope, typeKubeCluster)
		}
		if c != nil {
			f.addonsOf[c] = append(f.addonsOf[c], r)
		}
	}
}

// addAddons adds the onus::ClusterAddons to a workload that hosts on an EKS cluster. Pods are left out: what they take
// along is not the cluster's.
func (f *finder) addAddons(parts map[string]Part, r *inventory.Resource) {
	cluster := parts["cluster"].Resource
	if cluster == nil || len(f.addonsOf[cluster]) == 0 || f.pods.pods[r] != nil {
		return
	}
	parts["addons"] = f.clusterAddons(r, f.addonsOf[cluster])
}

func (f *finder) clusterAddons(root *inventory.Resource, addons []*inventory.Resource) Part {
	var because []Evidence
	var names, values []inventory.Value
	var vendors []string
	var why []inventory.Step
	publisher := publisherAWS
	for _, a := range addons {
		name := at(a, "AddonName")
		if len(because) < maxAddonEvidence {
			because = append(because, name)
		}
		values, names = append(values, name.Value), append(names, name.Value)
		text, known := name.Value.Text()
		m, ok := publishers().addonMaker(text)
		switch {
		case !known || !ok:
			why = append(why, inventory.Step{Name: name.Property + " " + name.Value.Display(), Note: "does not tell who publishes the add-on", At: name.Value.Origin()})
			continue
		case m.party == publisherOther:
			publisher = publisherOther
		}
		if !slices.Contains(vendors, m.name) {
			vendors = append(vendors, m.name)
		}
	}
	value := inventory.UnknownValue(root.Origin, why...)
	if len(why) == 0 || publisher == publisherOther {
		value = derivedString(publisher, values...)
	}
	props := []inventory.Property{{Name: "Names", Value: inventory.ListValue(names, root.Origin)}, {Name: "Publisher", Value: value}}
	if len(vendors) > 0 {
		named := derivedString(strings.Join(vendors, ", "), values...)
		props = append(props, inventory.Property{Name: "Vendors", Value: inventory.ListValue(derivedTexts(vendors, values), root.Origin)})
		because = append(because, Evidence{Property: typeClusterAddons + ".Vendors", Value: named})
	}
	return derivedPart(root, typeClusterAddons, props, because...)
}

// derivedTexts makes derived values of several texts.
func derivedTexts(list []string, from []inventory.Value) []inventory.Value {
	out := make([]inventory.Value, 0, len(list))
	for _, text := range list {
		out = append(out, derivedString(text, from...))
	}
	return out
}
