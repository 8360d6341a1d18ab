package evidence

import (
	"path"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// This file finds the Kubernetes objects that speak about pods beside those which discovery has joined already: who is
// bound to a service account, what a name stands for, what scales a controller. The index is built when the first fact
// asks for it, in one pass over the inventory.

// kubeObjects finds Kubernetes objects by what they are about. A key stands for the whole run, and once more with the
// directory before it: the objects beside a pod win over those of the same name elsewhere.
type kubeObjects struct {
	// named finds objects by kind, namespace and name.
	named map[string][]*inventory.Resource
	// bound finds RoleBindings and ClusterRoleBindings by subject; unsure are, by directory, those whose subjects are not
	// known.
	bound, unsure map[string][]*inventory.Resource
	// scaled finds HorizontalPodAutoscalers and KEDA's ScaledObjects by the controller that they scale.
	scaled map[string][]*inventory.Resource
	// within finds LimitRanges by namespace, and PodDisruptionBudgets by namespace and a label that they select by.
	within map[string][]*inventory.Resource
}

func kubeKey(parts ...string) string { return strings.Join(parts, "\x00") }

// directory is the directory that manifests of a scope belong to: a file's own, or a rendered directory itself.
func directory(scope string) string {
	switch path.Ext(scope) {
	case ".yaml", ".yml", ".json", ".template":
		return path.Dir(scope)
	}
	return scope
}

// objects builds the index once.
func (g *Gatherer) objects() *kubeObjects {
	if g.kube != nil {
		return g.kube
	}
	o := &kubeObjects{
		named: map[string][]*inventory.Resource{}, bound: map[string][]*inventory.Resource{}, unsure: map[string][]*inventory.Resource{},
		scaled: map[string][]*inventory.Resource{}, within: map[string][]*inventory.Resource{},
	}
	for _, r := range g.inv.Resources {
		if !r.Lookup && !strings.Contains(r.Type, "::") {
			o.add(r)
		}
	}
	g.kube = o
	return o
}

func (o *kubeObjects) add(r *inventory.Resource) {
	switch r.Type {
	case "Role", "ClusterRole", "ServiceAccount", "ConfigMap":
		name, _ := r.Get("metadata.name").Text()
		put(o.named, r, r.Type, namespaceOf(r), name)
	case "RoleBinding", "ClusterRoleBinding":
		o.addBinding(r)
	case "HorizontalPodAutoscaler", "ScaledObject":
		kind, _ := r.Get("spec.scaleTargetRef.kind").Text()
		if kind == "" {
			kind = "Deployment" // KEDA's default
		}
		name, _ := r.Get("spec.scaleTargetRef.name").Text()
		put(o.scaled, r, kind, namespaceOf(r), name)
	case "LimitRange":
		put(o.within, r, r.Type, namespaceOf(r))
	case "PodDisruptionBudget":
		put(o.within, r, append([]string{r.Type, namespaceOf(r)}, firstLabel(r.Get("spec.selector.matchLabels"))...)...)
	}
}

// firstLabel is a label of a selector as parts of a key, so that a pod looks only at what shares a label with it; nil for
// a selector without one.
func firstLabel(labels inventory.Value) []string {
	for _, l := range labels.Properties() {
		if text, ok := l.Value.Text(); ok {
			return []string{l.Name, text}
		}
	}
	return nil
}

// put files a resource under a key, for the run and for its directory.
func put(in map[string][]*inventory.Resource, r *inventory.Resource, parts ...string) {
	key := kubeKey(parts...)
	in[key] = append(in[key], r)
	key = directory(r.Scope) + "\x00" + key
	in[key] = append(in[key], r)
}

// near returns what is filed under a key in the directory of a scope, else in the whole run.
func near(in map[string][]*inventory.Resource, scope string, parts ...string) []*inventory.Resource {
	key := kubeKey(parts...)
	if here := in[directory(scope)+"\x00"+key]; len(here) > 0 {
		return here
	}
	return in[key]
}

func (o *kubeObjects) addBinding(r *inventory.Resource) {
	subjects := r.Get("subjects")
	if subjects.ContainsUnknown() {
		o.unsure[directory(r.Scope)] = append(o.unsure[directory(r.Scope)], r)
	}
	for _, s := range subjects.List() {
		kind, _ := s.Get("kind").Text()
		name, ok := s.Get("name").Text()
		if !ok {
			continue
		}
		switch kind {
		case "ServiceAccount":
			namespace, known := s.Get("namespace").Text()
			if !known {
				namespace = namespaceOf(r)
			}
			put(o.bound, r, kind, namespace, name)
		case "Group", "User":
			put(o.bound, r, kind, name)
		}
	}
}

// namespaceOf is the namespace of an object: "default" when none is written, "" when it is unknown or has none.
func namespaceOf(r *inventory.Resource) string {
	if r.Type == "ClusterRole" || r.Type == "ClusterRoleBinding" {
		return ""
	}
	v := r.Get("metadata.namespace")
	if v.IsNull() {
		return "default"
	}
	text, _ := v.Text()
	return text
}

// podOf returns the root of a pod workload and its pod spec; ok is false for any other workload.
func (d *Dossier) podOf() (root *inventory.Resource, spec inventory.Value, ok bool) {
	r := d.Own("containers", typePod)
	if r == nil || d.Workload.Root == nil {
		return nil, inventory.Value{}, false
	}
	return d.Workload.Root, r.Get("PodSpec"), true
}

const typePod = "onus::Pod"

// labelled returns a label or annotation by its whole key, which may hold dots.
func labelled(labels inventory.Value, key string) inventory.Value {
	if labels.IsUnknown() {
		return labels
	}
	for _, l := range labels.Properties() {
		if l.Name == key {
			return l.Value
		}
	}
	return inventory.Value{}
}

// property makes a named property.
func property(name string, v inventory.Value) inventory.Property {
	return inventory.Property{Name: name, Value: v}
}

// orBool is a value, or the default where it is not set.
func orBool(v inventory.Value, otherwise bool, at inventory.Value) inventory.Value {
	if v.IsNull() {
		return inventory.BoolValue(otherwise, at.Origin())
	}
	return v
}
