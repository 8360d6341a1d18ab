package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// podHost is something that takes pods: a node group, an Auto Scaling group, a NodePool, a kind of node that the input
// does not show.
type podHost struct {
	hosting string
	// what names it: "the managed node group aws_eks_node_group.app".
	what string
	// resource is nil for a host that the input does not show.
	resource *inventory.Resource
	labels   nodeLabels
	taints   []taint
	// sure is false when the host may not exist: its count is unknown, or a condition decides.
	sure bool
	// because is the host's evidence for its hosting; marks are where its labels and taints are written.
	because []Evidence
	marks   []Evidence
	// parts gives the parts that decide about the machines; the workload of the host itself has them.
	parts func() map[string]Part
}

// podCluster is a Kubernetes cluster of the run.
type podCluster struct {
	// eks is the cluster's resource; nil for a self-managed cluster, and for one that is not in the input.
	eks  *inventory.Resource
	name string
	// scopes are the roots that declare the cluster or its hosts.
	scopes   []string
	hosts    []*podHost
	profiles []*inventory.Resource
	// hidden are the hosts that the input cannot show although they may exist, with the reason in hiddenWhy.
	hidden    []*podHost
	hiddenWhy []inventory.Step
	takers    map[string]takers
}

// The labels that EKS and Karpenter keep for themselves: they tell what kind of node it is.
const (
	labelCompute   = "eks.amazonaws.com/compute-type"
	labelNodeGroup = "eks.amazonaws.com/nodegroup"
	labelCapacity  = "eks.amazonaws.com/capacityType"
	labelNodePool  = "karpenter.sh/nodepool"
	labelOldPool   = "karpenter.sh/provisioner-name"
	labelOS        = "kubernetes.io/os"
	labelArch      = "kubernetes.io/arch"
	labelInstance  = "node.kubernetes.io/instance-type"
)

// clusterHostings are the ways of running pods, in the order in which candidates are listed; hostKube is no EKS.
var clusterHostings = []string{hostKube, hostEKSSelf, hostEKSMng, hostEKSFg, hostEKSAuto, hostEKSHyb}

// ClusterHostings are the values of Options.ClusterHosting.
func ClusterHostings() []string { return slices.Clone(clusterHostings) }

// unseen makes a host of a hosting of which the input shows nothing but that it may exist. Only the labels that EKS
// itself puts on a kind of node are known.
func unseen(hosting, what string) *podHost {
	known := map[string]label{labelNodeGroup: {}, labelCapacity: {}, labelCompute: {}}
	switch hosting {
	case hostEKSMng:
		known[labelNodeGroup], known[labelCapacity] = label{state: labelUnknown}, label{state: labelUnknown}
		known[labelNodePool] = label{}
	case hostEKSFg:
		known[labelCompute], known[labelNodePool] = exactly("fargate"), label{}
	case hostEKSAuto:
		known[labelCompute] = exactly("auto")
	case hostEKSHyb:
		known[labelCompute], known[labelNodePool] = exactly("hybrid"), label{}
	}
	return &podHost{hosting: hosting, what: what, labels: nodeLabels{known: known, open: true}, taints: []taint{{unknown: true}}}
}

// unseenAll makes a hidden host of each hosting.
func unseenAll(hostings []string, where string) []*podHost {
	var out []*podHost
	for _, h := range hostings {
		out = append(out, unseen(h, unseenWords[h]+where))
	}
	return out
}

var unseenWords = map[string]string{
	hostKube: "a node of a self-managed cluster", hostEKSSelf: "a self-managed node", hostEKSMng: "a managed node group",
	hostEKSFg: "a Fargate profile", hostEKSAuto: "EKS Auto Mode", hostEKSHyb: "a hybrid node",
}

// certain reports whether a resource certainly exists, once or more often.
func certain(r *inventory.Resource) bool { return len(r.MaybeAbsent) == 0 && !r.ManyUnknown }

// nodeGroupHost is a managed node group as a host. EKS labels its nodes with the group's name and capacity type.
func (f *finder) nodeGroupHost(r *inventory.Resource) *podHost {
	h := &podHost{hosting: hostEKSMng, what: "the managed node group " + r.Address, resource: r, sure: certain(r)}
	h.labels = nodeLabels{known: map[string]label{
		labelCompute: {}, labelNodePool: {}, labelOldPool: {},
		labelNodeGroup: oneText(r.Get("NodegroupName"), ""),
		labelCapacity:  oneText(r.Get("CapacityType"), "ON_DEMAND"),
	}}
	h.addAMIType(r)
	if types := r.Get("InstanceTypes"); len(types.List()) > 0 && !types.ContainsUnknown() {
		h.labels.known[labelInstance] = label{state: labelOneOf, set: texts(types)}
	}
	h.labels.addLabels(r.Get("Labels"))
	h.taints = taintsIn(r.Get("Taints"))
	h.because = append(h.because, exists(r))
	for _, path := range []string{"Labels", "Taints"} {
		if v := r.Get(path); !v.IsNull() {
			h.marks = append(h.marks, at(r, path))
		}
	}
	h.parts = func() map[string]Part { return f.eksNodeGroup(r).Parts }
	f.addTemplateLabels(h, r)
	return h
}

// oneText is a label with the text of a value; otherwise is the value when none is set, "" for one that EKS makes up.
func oneText(v inventory.Value, otherwise string) label {
	if text, ok := v.Text(); ok {
		return exactly(text)
	}
	if v.IsNull() && otherwise != "" {
		return exactly(otherwise)
	}
	return label{state: labelUnknown}
}

func texts(v inventory.Value) []string {
	var out []string
	for _, item := range members(v) {
		if text, ok := item.Text(); ok {
			out = append(out, text)
		}
	}
	return out
}

// addAMIType takes operating system and architecture from the AMI type.
func (h *podHost) addAMIType(r *inventory.Resource) {
	text, ok := r.Get("AmiType").Text()
	if !ok || text == "CUSTOM" {
		return
	}
	system := "linux"
	if strings.HasPrefix(text, "WINDOWS") {
		system = "windows"
	}
	h.labels.known[labelOS] = exactly(system)
	switch {
	case strings.Contains(text, "ARM_64"):
		h.labels.known[labelArch] = exactly("arm64")
	case strings.Contains(text, "x86_64"):
		h.labels.known[labelArch] = exactly("amd64")
	}
}

// addTemplateLabels takes labels and taints from the user data of a node group's launch template; what cannot be read
// leaves the labels open.
func (f *finder) addTemplateLabels(h *podHost, r *inventory.Resource) {
	spec := r.Get("LaunchTemplate")
	if spec.IsNull() {
		return
	}
	t := f.templateOf(r, spec).one()
	if t == nil {
		h.labels.open = true
		h.taints = append(h.taints, taint{unknown: true})
		return
	}
	f.addUserData(h, []located{locate(t, "LaunchTemplateData.UserData")})
}

// machineHost is an instance, group or fleet that is a node. Its labels are known as far as its user data shows them.
func (f *finder) machineHost(m *host) *podHost {
	r := m.root
	h := &podHost{hosting: m.verdict.hosting, what: "a node of " + r.Address, resource: r, sure: certain(r)}
	h.labels = nodeLabels{known: map[string]label{labelNodeGroup: {}, labelCapacity: {}, labelCompute: {}}, open: true}
	h.because = append(h.because, m.verdict.because...)
	if len(m.launch.userData) > 0 && len(m.launch.missing) == 0 && m.verdict.hosting == hostEKSSelf {
		h.labels.open = false
		f.addUserData(h, m.launch.userData)
	} else {
		h.taints = []taint{{unknown: true}}
	}
	h.addTagHints(m)
	h.parts = func() map[string]Part { return f.hostWorkload(r).Parts }
	return h
}

// scaleHint is the prefix of the tags by which Cluster Autoscaler learns what nodes of an empty group would look like.
const scaleHint = "k8s.io/cluster-autoscaler/node-template/"

func (h *podHost) addTagHints(m *host) {
	for _, source := range m.launch.tags {
		for _, t := range tagsIn(source.Value) {
			text, ok := t.Value.Text()
			if key, found := strings.CutPrefix(t.Name, scaleHint+"label/"); found && ok {
				h.labels.known[canonical(key)] = exactly(text)
			}
			if key, found := strings.CutPrefix(t.Name, scaleHint+"taint/"); found {
				value, effect, _ := strings.Cut(text, ":")
				h.taints = append(h.taints, taint{key: key, value: value, effect: effectOf(effect), unknown: !ok})
			}
		}
	}
}

// autoHosts are the node pools that EKS Auto Mode has built in, as ComputeConfig.NodePools turns them on: both use
// amd64 and on-demand capacity, system also arm64 and a taint (Amazon EKS User Guide, "Enable or Disable Built-in
// NodePools"). custom is set when the manifests hold node pools of the customer's.
func (f *finder) autoHosts(r *inventory.Resource, custom bool) []*podHost {
	enabled, pools := at(r, "ComputeConfig.Enabled"), at(r, "ComputeConfig.NodePools")
	on, known := enabled.Value.Bool()
	if enabled.Value.IsNull() || known && !on {
		return nil
	}
	var out []*podHost
	add := func(h *podHost) {
		h.sure = known && certain(r)
		h.resource = r
		h.because = []Evidence{enabled, pools}
		h.parts = func() map[string]Part { return map[string]Part{} }
		out = append(out, h)
	}
	for _, item := range pools.Value.List() {
		if h := builtInPool(item); h != nil {
			add(h)
		} else if item.IsUnknown() {
			add(unseen(hostEKSAuto, "a node pool of Auto Mode"))
		}
	}
	if pools.Value.IsUnknown() || len(out) == 0 && !custom {
		add(unseen(hostEKSAuto, "a node pool of Auto Mode that is not in the input"))
	}
	return out
}

// builtInPool is one of Auto Mode's own node pools.
func builtInPool(name inventory.Value) *podHost {
	text, _ := name.Text()
	h := &podHost{hosting: hostEKSAuto, what: "the built-in node pool " + text + " of Auto Mode"}
	known := map[string]label{
		labelCompute: exactly("auto"), labelNodeGroup: {}, labelCapacity: {}, labelOldPool: {},
		labelNodePool: exactly(text), labelOS: exactly("linux"), labelArch: exactly("amd64"),
		"karpenter.sh/capacity-type":          exactly("on-demand"),
		"eks.amazonaws.com/instance-category": {state: labelOneOf, set: []string{"c", "m", "r"}, chosen: true},
	}
	switch text {
	case "general-purpose":
	case "system":
		known[labelArch] = label{state: labelOneOf, set: []string{"amd64", "arm64"}, chosen: true}
		h.taints = []taint{{key: "CriticalAddonsOnly", effect: "noschedule"}}
	default:
		return nil
	}
	h.labels = nodeLabels{known: known, flexible: autoFlexible}
	return h
}

// hybridHost stands for the hybrid nodes of a cluster with remote networks; they register themselves, so that no
// input shows their labels.
func hybridHost(f *finder, r *inventory.Resource) *podHost {
	remote := at(r, "RemoteNetworkConfig")
	is, maybe := f.given(r, remote.Value)
	if !is && !maybe {
		return nil
	}
	h := unseen(hostEKSHyb, "a hybrid node")
	h.resource, h.sure = r, is && certain(r)
	h.because = []Evidence{{remote.Property, derivedString("is set", remote.Value)}}
	if maybe {
		h.because[0].Value = remote.Value
	}
	h.parts = func() map[string]Part { return map[string]Part{} }
	return h
}
