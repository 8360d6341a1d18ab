package workload

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// indexKubernetes notes which EKS clusters have compute in the input: node groups, Fargate profiles, own nodes. What
// names its cluster by an unknown value counts for the only cluster beside it.
func (f *finder) indexKubernetes() {
	f.kubeCompute = map[*inventory.Resource]bool{}
	for _, typ := range []string{typeNodeGroup, typeFargateProfile} {
		for _, r := range f.ix.OfType(typ) {
			if r.Lookup {
				continue
			}
			l := f.kubeClusterOf(r)
			for _, c := range l.all {
				f.kubeCompute[c] = true
			}
			if c := f.onlyIn(r.Scope, typeKubeCluster); c != nil && len(l.all) == 0 && r.Get("ClusterName").IsUnknown() {
				f.kubeCompute[c] = true
			}
		}
	}
	for _, h := range f.hosts {
		if h.verdict.hosting == hostEKSSelf && h.cluster != nil {
			f.kubeCompute[h.cluster] = true
		}
	}
}

func (f *finder) kubeClusterOf(r *inventory.Resource) link {
	return f.follow(r, r.Get("ClusterName"), typeKubeCluster)
}

// eksNodeGroup is the workload of a managed node group.
func (f *finder) eksNodeGroup(r *inventory.Resource) Workload {
	v := decided(hostEKSMng, "An EKS managed node group runs its pods on instances that EKS launches.", exists(r))
	spec := r.Get("LaunchTemplate")
	template := link{}
	if !spec.IsNull() {
		template = f.templateOf(r, spec)
		if spec.IsUnknown() && !template.set {
			template = link{set: true, why: unknownSteps(at(r, "LaunchTemplate"))}
		}
	}
	return v.workload(map[string]Part{
		"nodegroup":      {Resource: r},
		"cluster":        f.kubeClusterOf(r).part(),
		"launchTemplate": template.part(),
		"image":          f.nodeGroupImage(r, template),
	})
}

// exists is the evidence of a hosting that the type of the resource alone decides.
func exists(r *inventory.Resource) Evidence {
	return Evidence{Property: r.Type, Value: inventory.StringValue(r.Address, r.Origin)}
}

// nodeGroupImage tells who publishes the image of a managed node group: AWS by AMI type, unless the launch template
// sets an image. An AMI type that is set and not CUSTOM excludes an image in the template.
func (f *finder) nodeGroupImage(r *inventory.Resource, template link) Part {
	ami := at(r, "AmiType")
	own := image{publisher: publisherCustomer, kind: kindOwn}
	if t := template.one(); t != nil {
		set := at(t, "LaunchTemplateData.ImageId")
		is, maybe := f.given(t, set.Value)
		own.because = []Evidence{set, ami}
		switch {
		case is:
			return own.part(r)
		case maybe && ami.Value.IsNull():
			return image{why: unknownSteps(set), because: []Evidence{set, ami}}.part(r)
		}
	}
	text, known := ami.Value.Text()
	switch {
	case known && text == "CUSTOM":
		own.because = []Evidence{ami}
		return own.part(r)
	case known:
		return image{publisher: publisherAWS, kind: amiKind(text), line: amiTypeLine(text), because: []Evidence{ami}}.part(r)
	case ami.Value.IsUnknown():
		return image{why: unknownSteps(ami), because: []Evidence{ami}}.part(r)
	case template.set && template.one() == nil:
		return image{why: template.why, because: []Evidence{at(r, "LaunchTemplate"), ami}}.part(r)
	}
	return image{publisher: publisherAWS, kind: kindEKS, because: []Evidence{ami}}.part(r)
}

// amiKind is the kind of image behind an AMI type of EKS: BOTTLEROCKET_x86_64, AL2023_x86_64_STANDARD, WINDOWS_….
func amiKind(amiType string) string {
	switch {
	case strings.HasPrefix(amiType, "BOTTLEROCKET"):
		return kindBottle
	case strings.HasPrefix(amiType, "WINDOWS"):
		return kindWindows
	}
	return kindEKS
}

// eksFargate is the workload of a Fargate profile.
func (f *finder) eksFargate(r *inventory.Resource) Workload {
	v := decided(hostEKSFg, "Pods that match an EKS Fargate profile run on Fargate.", exists(r))
	return v.workload(map[string]Part{"fargateProfile": {Resource: r}, "cluster": f.kubeClusterOf(r).part()})
}

// eksCluster is the workload of a cluster in Auto Mode, or of one that has no compute of its own in the input; any
// other cluster only hosts.
func (f *finder) eksCluster(r *inventory.Resource) (Workload, bool) {
	auto := at(r, "ComputeConfig.Enabled")
	enabled, known := auto.Value.Bool()
	parts := map[string]Part{"cluster": {Resource: r}}
	if known && enabled {
		return decided(hostEKSAuto, "The cluster is in EKS Auto Mode.", auto).workload(parts), true
	}
	if f.kubeCompute[r] {
		return Workload{}, false
	}
	remote := at(r, "RemoteNetworkConfig")
	isRemote, maybeRemote := f.given(r, remote.Value)
	unsure := auto.Value.IsUnknown()
	if isRemote && !unsure {
		return decided(hostEKSHyb, "The cluster has networks for hybrid nodes and no compute of its own in the input.",
			Evidence{remote.Property, derivedString("is set", remote.Value)}, auto).workload(parts), true
	}
	var all []Candidate
	if unsure {
		all = append(all, Candidate{hostEKSAuto, "ComputeConfig.Enabled is true"})
	}
	if isRemote || maybeRemote {
		all = append(all, Candidate{hostEKSHyb, "RemoteNetworkConfig is set and its nodes are hybrid nodes"})
	}
	all = append(all, Candidate{hostEKSMng, "its nodes are managed node groups"},
		Candidate{hostEKSSelf, "its nodes are instances that join by themselves"},
		Candidate{hostEKSFg, "its pods match a Fargate profile"})
	v := open("The cluster has no compute in the input, so nothing tells where its pods run.", all, auto, remote)
	return v.workload(parts), true
}
