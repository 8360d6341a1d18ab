package workload

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
)

// The hostings that code decides on.
const (
	hostEC2     = "ec2"
	hostKube    = "kubernetes-on-ec2"
	hostECS     = "ecs-ec2"
	hostECSMI   = "ecs-managed-instances"
	hostFargate = "ecs-fargate"
	hostECSExt  = "ecs-external"
	hostEKSSelf = "eks-self-managed-nodes"
	hostEKSMng  = "eks-managed-nodes"
	hostEKSFg   = "eks-fargate"
	hostEKSAuto = "eks-auto"
	hostEKSHyb  = "eks-hybrid"

	typeDedicatedHost = "AWS::EC2::Host"
)

// host is an instance, Auto Scaling group or fleet with what it launches and what it turned out to be.
type host struct {
	root    *inventory.Resource
	launch  *launch
	marks   markers
	user    Evidence
	verdict verdict
	// cluster is the ECS or EKS cluster that the host belongs to, when it is known.
	cluster *inventory.Resource
}

// indexHosts classifies every host once: services and clusters look their machines up here.
func (f *finder) indexHosts() {
	f.hosts = map[*inventory.Resource]*host{}
	f.hostsOf = map[*inventory.Resource][]*host{}
	f.indexAPIPorts()
	for _, typ := range []string{typeInstance, typeGroup, typeSpotFleet, typeFleet} {
		for _, r := range f.ix.OfType(typ) {
			if r.Lookup {
				continue
			}
			h := &host{root: r, launch: f.launchOf(r)}
			f.readHost(h)
			h.verdict = f.classify(h)
			f.hosts[r] = h
			if h.cluster != nil {
				f.hostsOf[h.cluster] = append(f.hostsOf[h.cluster], h)
			}
		}
	}
}

// readHost looks through the user data of a host. Unknown user data shows nothing either way.
func (f *finder) readHost(h *host) {
	for _, u := range h.launch.userData {
		for _, text := range f.userDataTexts(u.from, u.Value) {
			m := f.readUserData(text)
			if m.empty() {
				continue
			}
			if h.marks.empty() {
				h.user = Evidence{Property: u.Property, Value: derivedString("contains "+m.first(), u.Value)}
			}
			h.marks = merge(h.marks, m)
		}
	}
}

func merge(a, b markers) markers {
	pick := func(x, y string) string {
		if x != "" {
			return x
		}
		return y
	}
	return markers{
		ecs: pick(a.ecs, b.ecs), eks: pick(a.eks, b.eks),
		kubernetes: pick(a.kubernetes, b.kubernetes), cluster: pick(a.cluster, b.cluster),
	}
}

// classify tells what a host is, the strongest evidence first, and finds its cluster.
func (f *finder) classify(h *host) verdict {
	for _, rule := range []func(*host) (verdict, bool){
		f.byCapacityProvider, f.byECSUserData, f.byEKSUserData, f.byImage, f.byClusterTag,
		f.byKubernetesUserData, f.byKubernetesTag, f.byProfile, f.byName,
	} {
		if v, ok := rule(h); ok {
			return v
		}
	}
	return plainHost(h)
}

// plainHost is ec2, for want of any sign of a cluster. User data is told about and never shown: it may hold secrets.
func plainHost(h *host) verdict {
	why := "Nothing shows that the machine belongs to a cluster."
	because := Evidence{Property: h.root.Type + ".UserData", Value: inventory.NullValue(h.root.Origin)}
	for _, u := range h.launch.userData {
		text := "(does not join a cluster)"
		because = Evidence{Property: u.Property, Value: derivedString(text, u.Value)}
		if u.Value.IsUnknown() {
			why = "Nothing shows that the machine belongs to a cluster; its user data is unknown."
			because.Value = u.Value
			break
		}
	}
	if len(h.launch.userData) == 0 && len(h.launch.missing) > 0 {
		why = "Nothing shows that the machine belongs to a cluster; what it launches from could not be read."
		because.Value = inventory.UnknownValue(h.root.Origin, h.launch.missing...)
	}
	return decided(hostEC2, why, because)
}

func (f *finder) byCapacityProvider(h *host) (verdict, bool) {
	providers := f.providersOf[h.root]
	if len(providers) == 0 {
		return verdict{}, false
	}
	for _, p := range providers {
		if c := f.clusterOf[p]; c != nil {
			h.cluster = c
			break
		}
	}
	if h.cluster == nil {
		h.cluster = f.clusterFor(h)
	}
	return decided(hostECS, "An ECS capacity provider places tasks on this Auto Scaling group.",
		at(providers[0], "AutoScalingGroupProvider.AutoScalingGroupArn")), true
}

func (f *finder) byECSUserData(h *host) (verdict, bool) {
	if h.marks.ecs == "" {
		return verdict{}, false
	}
	h.cluster = f.clusterFor(h)
	return decided(hostECS, "The user data registers the machine in an ECS cluster ("+h.marks.ecs+").", h.user), true
}

// byImage takes an EKS-optimised image for a node, and an ECS-optimised image together with an ECS cluster or an ECS
// instance profile for a container instance.
func (f *finder) byImage(h *host) (verdict, bool) {
	for _, one := range h.launch.images {
		switch im := f.imageOf(one); im.kind {
		case kindEKS:
			h.cluster = f.kubeClusterFor(h)
			return decided(hostEKSSelf, "The machine boots an image made for EKS nodes.", im.because...), true
		case kindECS:
			cluster, profile := f.clusterFor(h), f.ecsProfile(h)
			if cluster == nil && profile == nil {
				continue
			}
			h.cluster = cluster
			because := slices.Clone(im.because)
			if profile != nil {
				because = append(because, *profile)
			}
			return decided(hostECS, "The machine boots an image made for ECS, beside an ECS cluster or with an ECS "+
				"instance profile; its user data does not say so itself.", because...), true
		}
	}
	return verdict{}, false
}

// ecsProfile returns the instance profile when its name or role says that it is for ECS.
func (f *finder) ecsProfile(h *host) *Evidence {
	for _, p := range h.launch.profiles {
		for _, text := range f.profileTexts(p) {
			if hasToken(text, "ecs") || hasToken(text, "AmazonEC2ContainerServiceforEC2Role") {
				return &p.Evidence
			}
		}
	}
	return nil
}

// clusterFor finds the ECS cluster that the user data of a host names, or the only one declared beside it.
func (f *finder) clusterFor(h *host) *inventory.Resource {
	for _, u := range h.launch.userData {
		if hits := f.declaredFirst(f.ix.FollowType(u.from, u.Value, typeCluster)); len(hits) == 1 {
			return hits[0]
		}
	}
	if h.marks.cluster != "" {
		name := inventory.StringValue(h.marks.cluster, h.root.Origin)
		if hits := f.named(h.root.Scope, name, typeCluster); len(hits) == 1 {
			return hits[0]
		}
		return nil
	}
	return f.onlyIn(h.root.Scope, typeCluster)
}

// hostWorkload is the workload of an instance, group or fleet.
func (f *finder) hostWorkload(r *inventory.Resource) Workload {
	h := f.hosts[r]
	parts := map[string]Part{
		hostRole[r.Type]:      {Resource: r},
		"launchTemplate":      h.launch.template,
		"launchConfiguration": h.launch.config,
		"image":               f.launchImage(r, h.launch),
	}
	if h.cluster != nil {
		parts["cluster"] = Part{Resource: h.cluster}
	}
	if providers := f.providersOf[r]; len(providers) > 0 {
		parts["capacityProvider"] = Part{Resource: providers[0]}
	}
	if r.Type != typeInstance {
		parts["scaling"] = f.groupScaling(h)
	} else {
		parts["dedicatedHost"] = f.follow(r, r.Get("HostId"), typeDedicatedHost).part()
	}
	return h.verdict.workload(parts)
}

// hostRole is the role of the root itself, one for each type because a role has one type.
var hostRole = map[string]string{
	typeInstance: "instance", typeGroup: "group", typeSpotFleet: "spotFleet", typeFleet: "fleet",
}

// groupScaling is the onus::Scaling of a group or fleet: who keeps the number of machines.
func (f *finder) groupScaling(h *host) Part {
	managed, because := managedScaling(h.root, f.providersOf[h.root])
	props := []inventory.Property{
		{Name: "AutoScalingGroup", Value: inventory.BoolValue(h.root.Type == typeGroup, h.root.Origin)},
		{Name: "ManagedScaling", Value: managed},
		{Name: "Policy", Value: inventory.BoolValue(f.policiesOf[h.root], h.root.Origin)},
	}
	if refresh := f.instanceRefresh(h.root); !refresh.IsNull() {
		props = append(props, inventory.Property{Name: "InstanceRefresh", Value: refresh})
		because = append(because, evidence(h.root, h.root.Type+".InstanceRefresh", refresh))
	}
	return derivedPart(h.root, typeScaling, props, because...)
}

// instanceRefresh is true when a group replaces its machines by itself after a change of its launch template. Terraform
// says so on the group; elsewhere it is no property of it, and nothing is told.
func (f *finder) instanceRefresh(r *inventory.Resource) inventory.Value {
	v := r.Get("InstanceRefresh")
	switch is, maybe := f.given(r, v); {
	case is:
		return derivedBool(true, v)
	case maybe:
		return inventory.UnknownValue(v.Origin(), unknownSteps(at(r, "InstanceRefresh"))...)
	}
	return inventory.NullValue(r.Origin)
}
