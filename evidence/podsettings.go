package evidence

import (
	"github.com/onus-dev/onus/inventory"
)

// addPods registers the facts about pods among the derived ones.
func addPods(to map[string]derivation) {
	to["podSecurity"] = derivation{"onus::PodSecurity", (*Dossier).podSecurity}
	to["podAccess"] = derivation{"onus::PodAccess", (*Dossier).podAccess}
	to["podNetwork"] = derivation{"onus::PodNetwork", (*Dossier).podNetwork}
	to["podAvailability"] = derivation{"onus::PodAvailability", (*Dossier).podAvailability}
	to["podSecrets"] = derivation{typeSecrets, (*Dossier).podSecrets}
	to["fargateLogging"] = derivation{"onus::FargateLogging", (*Dossier).fargateLogging}
	to["nodeRelease"] = derivation{"onus::NodeRelease", (*Dossier).nodeRelease}
	to["kubeServer"] = derivation{"onus::KubeServer", (*Dossier).kubeServer}
}

// podSecrets derives onus::Secrets of the environment of a pod's containers. What comes from a Secret or ConfigMap has no
// value here and is none.
func (d *Dossier) podSecrets() Part {
	root, spec, ok := d.podOf()
	if !ok {
		return Part{}
	}
	s := secretSearch{at: root, ix: d.g.ix, property: root.Type + ".env"}
	for _, list := range []string{"containers", "initContainers"} {
		v := spec.Get(list)
		if v.IsUnknown() {
			s.open(s.property, v)
			continue
		}
		for _, c := range v.List() {
			for _, e := range c.Get("env").List() {
				if name, known := e.Get("name").Text(); known {
					s.setting(s.property+"."+name, name, e.Get("value"))
				}
			}
		}
	}
	value := fact(property("Names", inventory.ListValue(s.names, root.Origin)))
	return Part{Value: value, Because: s.because, Resources: []*inventory.Resource{root}, Why: s.why}
}

// fargateLogging derives onus::FargateLogging: configured is true when the input holds the ConfigMap by which EKS sends
// the logs of pods on Fargate somewhere (Amazon EKS User Guide, "Start AWS Fargate logging for your cluster").
func (d *Dossier) fargateLogging() Part {
	root, _, ok := d.podOf()
	if !ok {
		return Part{}
	}
	configured := inventory.BoolValue(false, root.Origin)
	if hits := near(d.g.objects().named, root.Scope, "ConfigMap", "aws-observability", "aws-logging"); len(hits) > 0 {
		configured = inventory.BoolValue(true, hits[0].Origin)
	}
	return Part{Resources: []*inventory.Resource{root}, Value: fact(property("configured", configured))}
}
