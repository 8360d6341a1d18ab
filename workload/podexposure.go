package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

const (
	typeExposure = "onus::PodExposure"
	// maxExposing bounds how many Services, Ingresses and NetworkPolicies are listed for one pod.
	maxExposing = 100
)

// selectors finds objects by the labels that they select pods by: each object stands under one label of its selector,
// so that a pod looks only at those which share a label with it.
type selectors struct {
	byLabel map[string][]*inventory.Resource
	// others are those without a label to find them by, by namespace; folders tells which directories have any.
	others  map[string][]*inventory.Resource
	folders map[string]bool
}

func newSelectors() *selectors {
	return &selectors{byLabel: map[string][]*inventory.Resource{}, others: map[string][]*inventory.Resource{}, folders: map[string]bool{}}
}

func (s *selectors) add(namespace string, r *inventory.Resource, labels inventory.Value) {
	s.folders[namespace+"\x00"+folderOf(r.Scope)] = true
	for _, l := range labels.Properties() {
		if text, ok := l.Value.Text(); ok {
			key := objectKey(namespace, l.Name, text)
			s.byLabel[key] = append(s.byLabel[key], r)
			return
		}
	}
	s.others[namespace] = append(s.others[namespace], r)
}

// beside lists what may select a pod: of its namespace, and of its own directory when that has any.
func (s *selectors) beside(p *pod) []*inventory.Resource {
	found := s.others[p.namespaceText]
	for _, l := range p.labels.Properties() {
		if text, ok := l.Value.Text(); ok {
			found = slices.Concat(found, s.byLabel[objectKey(p.namespaceText, l.Name, text)])
		}
	}
	folder := folderOf(p.r.Scope)
	if !s.folders[p.namespaceText+"\x00"+folder] {
		return found
	}
	return slices.DeleteFunc(slices.Clone(found), func(r *inventory.Resource) bool { return folderOf(r.Scope) != folder })
}

// addExposure adds the onus::PodExposure of a pod: the Services that select it, the Ingresses that lead to them, and
// the NetworkPolicies that hold for it. Each entry has Address, Type (of a Service) and the object itself.
func (f *finder) addExposure(parts map[string]Part, p *pod) {
	if p.namespaceText == "" {
		return
	}
	var services, ingresses, policies []*inventory.Resource
	for _, s := range f.pods.services.beside(p) {
		if p.selectedBy(s.Get("spec.selector"), false) == triNo {
			continue
		}
		services = append(services, s)
		for _, i := range f.pods.backends[objectKey(folderOf(s.Scope), p.namespaceText, nameOf(s))] {
			if len(ingresses) < maxExposing && !slices.Contains(ingresses, i) {
				ingresses = append(ingresses, i)
			}
		}
	}
	for _, n := range f.pods.policies.beside(p) {
		selector := n.Get("spec.podSelector")
		if p.selectedBy(selector.Get("matchLabels"), true) != triNo && p.matchesExpressions(selector.Get("matchExpressions")) != triNo {
			policies = append(policies, n)
		}
	}
	if len(services)+len(ingresses)+len(policies) == 0 {
		return
	}
	parts["exposure"] = derivedPart(p.r, typeExposure, []inventory.Property{
		{Name: "Services", Value: objectList(p.r, services)},
		{Name: "Ingresses", Value: objectList(p.r, ingresses)},
		{Name: "NetworkPolicies", Value: objectList(p.r, policies)},
	})
}

// selectedBy reports whether the pod has every label of a selector; an empty one selects all pods only where the kind
// says so.
func (p *pod) selectedBy(selector inventory.Value, empty bool) tri {
	if selector.IsUnknown() {
		return triMaybe
	}
	if len(selector.Properties()) == 0 {
		if empty {
			return triYes
		}
		return triNo
	}
	out := triYes
	for _, want := range selector.Properties() {
		got := labelIn(p.labels, want.Name)
		a, okA := want.Value.Text()
		b, okB := got.Text()
		switch {
		case p.labels.IsUnknown(), want.Value.IsUnknown(), got.IsUnknown():
			out = min(out, triMaybe)
		case !okA, !okB, a != b:
			return triNo
		}
	}
	return out
}

func (p *pod) matchesExpressions(v inventory.Value) tri {
	labels := nodeLabels{known: map[string]label{}, open: p.labels.IsUnknown()}
	labels.addLabels(p.labels)
	return labels.satisfy(needsIn(v))
}

// backendsOf are the names of the Services that an Ingress leads to, each once.
func backendsOf(ingress *inventory.Resource) []string {
	backends := []inventory.Value{ingress.Get("spec.defaultBackend"), ingress.Get("spec.backend")}
	for _, rule := range ingress.Get("spec.rules").List() {
		for _, path := range rule.Get("http.paths").List() {
			backends = append(backends, path.Get("backend"))
		}
	}
	var out []string
	for _, b := range backends {
		if name, ok := firstText(b, "service.name", "serviceName"); ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func objectList(root *inventory.Resource, rs []*inventory.Resource) inventory.Value {
	slices.SortStableFunc(rs, func(a, b *inventory.Resource) int { return strings.Compare(a.Address, b.Address) })
	var items []inventory.Value
	for _, r := range rs[:min(len(rs), maxExposing)] {
		props := []inventory.Property{
			{Name: "Address", Value: inventory.StringValue(r.Address, r.Origin)},
			{Name: "Object", Value: r.Properties},
		}
		if r.Type == "Service" {
			kind := r.Get("spec.type")
			if kind.IsNull() {
				kind = inventory.StringValue("ClusterIP", r.Origin)
			}
			props = append(props, inventory.Property{Name: "Type", Value: kind})
		}
		items = append(items, inventory.MapValue(props, r.Origin))
	}
	return inventory.ListValue(items, root.Origin)
}
