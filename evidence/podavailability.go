package evidence

import (
	"github.com/onus-dev/onus/inventory"
)

// podAvailability derives onus::PodAvailability: how many pods a controller keeps, and what keeps some of them up while
// nodes are replaced.
//
// replicas is the least number that runs: an autoscaler's minimum, else the controller's own, else 1; not set for kinds
// that have none. budget is true when a PodDisruptionBudget selects the pods. limitRange is true when a LimitRange of the
// namespace gives containers defaults.
func (d *Dossier) podAvailability() Part {
	root, _, ok := d.podOf()
	if !ok {
		return Part{}
	}
	namespace := namespaceOf(root)
	limits := inventory.BoolValue(false, root.Origin)
	if hits := near(d.g.objects().within, root.Scope, "LimitRange", namespace); len(hits) > 0 && namespace != "" {
		limits = inventory.BoolValue(true, hits[0].Origin)
	}
	return Part{Resources: []*inventory.Resource{root}, Value: fact(
		property("replicas", d.replicas(root, namespace)),
		property("budget", d.budget(root, namespace)),
		property("limitRange", limits),
	)}
}

// replicated are the kinds with a number of replicas.
var replicated = map[string]bool{"Deployment": true, "StatefulSet": true, "ReplicaSet": true, "ReplicationController": true, "Rollout": true}

func (d *Dossier) replicas(root *inventory.Resource, namespace string) inventory.Value {
	if !replicated[root.Type] {
		return inventory.Value{}
	}
	name, _ := root.Get("metadata.name").Text()
	if by := near(d.g.objects().scaled, root.Scope, root.Type, namespace, name); len(by) > 0 {
		least := by[0].Get("spec.minReplicas")
		switch {
		case by[0].Type == "ScaledObject" && by[0].Get("spec.minReplicaCount").IsNull():
			return inventory.NumberValue(0, by[0].Origin) // KEDA scales to none by default
		case by[0].Type == "ScaledObject":
			return by[0].Get("spec.minReplicaCount")
		case least.IsNull():
			return inventory.NumberValue(1, by[0].Origin)
		}
		return least
	}
	v := root.Get("spec.replicas")
	if v.IsNull() {
		return inventory.NumberValue(1, root.Origin)
	}
	return v
}

// budget reports whether a PodDisruptionBudget of the namespace selects the pods by their labels.
func (d *Dossier) budget(root *inventory.Resource, namespace string) inventory.Value {
	labels := root.Get("spec.template.metadata.labels")
	out := inventory.BoolValue(false, root.Origin)
	within := d.g.objects().within
	for _, b := range near(within, root.Scope, "PodDisruptionBudget", namespace) {
		raise(&out, budgets(b, labels))
	}
	for _, l := range labels.Properties() {
		if text, ok := l.Value.Text(); ok {
			for _, b := range near(within, root.Scope, "PodDisruptionBudget", namespace, l.Name, text) {
				raise(&out, budgets(b, labels))
			}
		}
	}
	return out
}

// budgets reports whether one PodDisruptionBudget selects pods with labels; one that selects by expressions may.
func budgets(b *inventory.Resource, labels inventory.Value) inventory.Value {
	selector := b.Get("spec.selector")
	if selector.IsUnknown() || labels.IsUnknown() || len(selector.Get("matchExpressions").List()) > 0 {
		return inventory.UnknownValue(b.Origin, inventory.Step{Name: b.Address, Note: "may select the pods", At: b.Origin})
	}
	if selector.Kind() == inventory.Map && len(selector.Get("matchLabels").Properties()) == 0 {
		return inventory.BoolValue(true, b.Origin) // in policy/v1 an empty selector takes every pod of the namespace
	}
	return selects(selector.Get("matchLabels"), labels, b)
}

// selects reports whether labels have all that a selector asks for.
func selects(selector, labels inventory.Value, by *inventory.Resource) inventory.Value {
	if len(selector.Properties()) == 0 {
		return inventory.BoolValue(false, by.Origin)
	}
	out := inventory.BoolValue(true, by.Origin)
	for _, want := range selector.Properties() {
		got := labelled(labels, want.Name)
		a, okA := want.Value.Text()
		b, okB := got.Text()
		switch {
		case want.Value.IsUnknown() || got.IsUnknown():
			out = inventory.UnknownValue(by.Origin, want.Value.Unresolved()...)
		case !okA || !okB || a != b:
			return inventory.BoolValue(false, by.Origin)
		}
	}
	return out
}
