package workload

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// podIndex holds the joins of Kubernetes objects and the clusters of the run. It is built only when there are pods.
type podIndex struct {
	pods map[*inventory.Resource]*pod
	// objects finds objects by kind, namespace and name, over all directories and within one.
	objects map[string][]*inventory.Resource
	// services and policies find what selects a pod; backends finds the Ingresses that lead to a Service.
	services, policies *selectors
	backends           map[string][]*inventory.Resource
	// identities finds Pod Identity associations by namespace and service account.
	identities map[string][]*inventory.Resource

	clusters []*podCluster
	joined   map[string][]*podCluster
	// merged remembers the parts of several hosts together, because many pods share them.
	merged map[string]map[string]Part
}

// clusterScoped are the kinds without a namespace that discovery looks up by name.
var clusterScoped = map[string]bool{
	"NodePool": true, "Provisioner": true, "EC2NodeClass": true, "NodeClass": true, "AWSNodeTemplate": true, "Namespace": true,
}

func objectKey(kind, namespace, name string) string { return kind + "\x00" + namespace + "\x00" + name }

// indexPods reads every pod controller and bare pod once, and joins them with the clusters of the run.
func (f *finder) indexPods(inv *inventory.Inventory) {
	x := &podIndex{pods: map[*inventory.Resource]*pod{}, merged: map[string]map[string]Part{}, joined: map[string][]*podCluster{}}
	for _, r := range inv.Resources {
		if p, ok := podOf(r); ok && !r.Lookup {
			x.pods[r] = p
		}
	}
	f.pods = x
	if len(x.pods) == 0 {
		return
	}
	x.indexObjects(inv)
	for _, r := range f.ix.OfType("AWS::EKS::PodIdentityAssociation") {
		namespace, ok := r.Get("Namespace").Text()
		account, okAccount := r.Get("ServiceAccount").Text()
		if ok && okAccount && !r.Lookup {
			key := objectKey("", namespace, account)
			x.identities[key] = append(x.identities[key], r)
		}
	}
	f.indexClusters(inv)
}

func (x *podIndex) indexObjects(inv *inventory.Inventory) {
	x.objects, x.identities = map[string][]*inventory.Resource{}, map[string][]*inventory.Resource{}
	x.services, x.policies, x.backends = newSelectors(), newSelectors(), map[string][]*inventory.Resource{}
	for _, r := range inv.Resources {
		if r.Lookup || strings.Contains(r.Type, "::") || r.Get("metadata").IsNull() {
			continue
		}
		namespace := ""
		if !clusterScoped[r.Type] {
			namespace = namespaceOf(r)
		}
		if name := nameOf(r); name != "" {
			key := objectKey(r.Type, namespace, name)
			x.objects[key] = append(x.objects[key], r)
			key = folderOf(r.Scope) + "\x00" + key
			x.objects[key] = append(x.objects[key], r)
		}
		switch r.Type {
		case "Service":
			if groupOf(r) == "" {
				x.services.add(namespace, r, r.Get("spec.selector"))
			}
		case "NetworkPolicy":
			x.policies.add(namespace, r, r.Get("spec.podSelector.matchLabels"))
		case "Ingress":
			for _, name := range backendsOf(r) {
				key := objectKey(folderOf(r.Scope), namespace, name)
				x.backends[key] = append(x.backends[key], r)
			}
		}
	}
}

// named finds the objects with a kind, namespace and name: those of the scope's directory, or of all when it has none.
func (x *podIndex) named(scope, kind, namespace, name string) []*inventory.Resource {
	key := objectKey(kind, namespace, name)
	if here := x.objects[folderOf(scope)+"\x00"+key]; len(here) > 0 {
		return here
	}
	return x.objects[key]
}

// owned reports whether an object of the same input controls the pod or controller: it is no root of its own then.
func (x *podIndex) owned(r *inventory.Resource) bool {
	for _, o := range members(r.Get("metadata.ownerReferences")) {
		kind, _ := o.Get("kind").Text()
		name, _ := o.Get("name").Text()
		if kind != "" && name != "" && isTrue(o.Get("controller")) && len(x.named(r.Scope, kind, namespaceOf(r), name)) > 0 {
			return true
		}
	}
	return false
}
