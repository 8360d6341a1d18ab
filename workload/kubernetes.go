package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// This file tells self-managed Kubernetes nodes, in the order of the design: user data, tags, instance profiles, and
// names beside an API server's port as weak evidence. A bastion that only carries the cluster's tag stays ec2.

const clusterTag = "kubernetes.io/cluster/"

// kubeNames are words in the name of a machine or profile that speak of Kubernetes itself; nodeNames speak of a node
// of some cluster; bystanders are machines beside a cluster that are no nodes.
var (
	kubeNames  = []string{"k8s", "kube", "kubernetes", "k3s", "rke", "rke2", "kops", "kubeadm"}
	nodeNames  = []string{"node", "nodes", "worker", "workers", "master", "masters", "controller", "controllers", "controlplane", "etcd"}
	bystanders = []string{"bastion", "bastions", "jump", "jumpbox", "jumphost", "nat", "vpn", "openvpn", "proxy"}
)

func (f *finder) byEKSUserData(h *host) (verdict, bool) {
	if h.marks.eks == "" {
		return verdict{}, false
	}
	h.cluster = f.kubeClusterFor(h)
	return decided(hostEKSSelf, "The user data joins the machine to an EKS cluster ("+h.marks.eks+").", h.user), true
}

func (f *finder) byKubernetesUserData(h *host) (verdict, bool) {
	if h.marks.kubernetes == "" {
		return verdict{}, false
	}
	if c := f.kubeClusterReferred(h); c != nil {
		h.cluster = c
		return decided(hostEKSSelf, "The user data starts a Kubernetes node and refers to an EKS cluster.", h.user), true
	}
	return decided(hostKube, "The user data sets up Kubernetes ("+h.marks.kubernetes+").", h.user), true
}

// byClusterTag takes a cluster tag together with a reference to an EKS cluster of the input. A reference or a name
// that stands in the tags alone needs a second sign: a bastion carries the tag as well.
func (f *finder) byClusterTag(h *host) (verdict, bool) {
	tag, name, ok := clusterTagOf(h)
	if !ok || bystander(h.root) {
		return verdict{}, false
	}
	c := f.kubeClusterIn(h.launch.userData, h.launch.images)
	if c == nil && (nodeLike(h) || owned(tag)) {
		c = f.kubeClusterReferred(h)
		if hits := f.named(h.root.Scope, inventory.StringValue(name, h.root.Origin), typeKubeCluster); c == nil && len(hits) == 1 {
			c = hits[0]
		}
	}
	if c == nil {
		return verdict{}, false
	}
	h.cluster = c
	return decided(hostEKSSelf, "The machine carries the tag of an EKS cluster and refers to that cluster.", tag), true
}

func owned(tag Evidence) bool { text, _ := tag.Value.Text(); return text == "owned" }

// byKubernetesTag takes a cluster tag or a kOps role when the machine is not merely beside the cluster: the tag says
// "owned", or the name is a node's.
func (f *finder) byKubernetesTag(h *host) (verdict, bool) {
	if bystander(h.root) {
		return verdict{}, false
	}
	if tag, ok := roleTagOf(h); ok {
		return decided(hostKube, "A tag gives the machine a role in a Kubernetes cluster.", tag), true
	}
	tag, _, ok := clusterTagOf(h)
	if !ok {
		return verdict{}, false
	}
	if !owned(tag) && !nodeLike(h) {
		return verdict{}, false
	}
	if why := f.unreadCluster(h); len(why) > 0 {
		return open("The machine carries the tag of a Kubernetes cluster, which could not be read.", []Candidate{
			{hostKube, "the cluster of " + why[0].Name + " is not of EKS"}, {hostEKSSelf, "the cluster of " + why[0].Name + " is of EKS"},
		}, tag), true
	}
	return decided(hostKube, "The machine carries the tag of a Kubernetes cluster.", tag), true
}

// unreadCluster says which unread part of the input a tag takes the name of its cluster from.
func (f *finder) unreadCluster(h *host) []inventory.Step {
	for _, source := range h.launch.tags {
		if !strings.Contains(source.Value.Partial(), clusterTag) {
			continue
		}
		for _, ref := range source.Value.Refs() {
			if u, ok := f.unreadAt(source.from.Scope, ref.Address); ok {
				return []inventory.Step{unreadStep(u)}
			}
		}
	}
	return nil
}

func (f *finder) byProfile(h *host) (verdict, bool) {
	if bystander(h.root) {
		return verdict{}, false
	}
	for _, p := range h.launch.profiles {
		for _, text := range f.profileTexts(p) {
			if hasAnyToken(text, kubeNames) {
				return decided(hostKube, "The instance profile is named for Kubernetes.", p.Evidence), true
			}
		}
	}
	return verdict{}, false
}

// byName is the weak rule: the name of a node in a root that opens the Kubernetes API server's port.
func (f *finder) byName(h *host) (verdict, bool) {
	if !f.apiPorts[h.root.Scope] || bystander(h.root) {
		return verdict{}, false
	}
	for _, name := range namesOf(h.root) {
		if text, ok := name.Value.Text(); ok && (hasAnyToken(text, kubeNames) || hasAnyToken(text, nodeNames)) {
			return decided(hostKube, "Weak evidence: the machine is named like a node, and port 6443 of the Kubernetes "+
				"API server is opened beside it.", name), true
		}
	}
	return verdict{}, false
}

// namesOf are the names a machine goes by: its address without the module path, and its Name tag.
func namesOf(r *inventory.Resource) []Evidence {
	label := inventory.WithoutKey(r.Address)
	label = label[strings.LastIndexAny(label, "./")+1:]
	out := []Evidence{{Property: r.Type, Value: inventory.StringValue(label, r.Origin)}}
	if r.Name != "" {
		out = append(out, Evidence{Property: r.Type + ".Name", Value: inventory.StringValue(r.Name, r.Origin)})
	}
	for _, t := range tagSigns(r.Get("Tags")) {
		if t.Name == "Name" {
			out = append(out, Evidence{Property: r.Type + ".Tags.Name", Value: t.Value})
		}
	}
	return out
}

func bystander(r *inventory.Resource) bool {
	for _, n := range namesOf(r) {
		if text, ok := n.Value.Text(); ok && hasAnyToken(text, bystanders) {
			return true
		}
	}
	return false
}

// nodeLike reports whether a machine has a name, profile or user data of a node.
func nodeLike(h *host) bool {
	if h.marks.kubernetes != "" || h.marks.eks != "" {
		return true
	}
	for _, n := range namesOf(h.root) {
		if text, ok := n.Value.Text(); ok && (hasAnyToken(text, kubeNames) || hasAnyToken(text, nodeNames)) {
			return true
		}
	}
	return false
}

// clusterTagOf finds the tag kubernetes.io/cluster/NAME, KubernetesCluster or eks:cluster-name.
func clusterTagOf(h *host) (tag Evidence, name string, ok bool) {
	for _, source := range h.launch.tags {
		for _, t := range tagSigns(source.Value) {
			e := Evidence{Property: source.Property + "." + t.Name, Value: t.Value}
			if cluster, found := strings.CutPrefix(t.Name, clusterTag); found {
				return e, cluster, true
			}
			if t.Name == "KubernetesCluster" || t.Name == "eks:cluster-name" {
				text, _ := t.Value.Text()
				return e, text, true
			}
		}
	}
	return Evidence{}, "", false
}

// roleTagOf finds the tags by which kOps and others give a machine its role.
func roleTagOf(h *host) (Evidence, bool) {
	for _, source := range h.launch.tags {
		for _, t := range tagSigns(source.Value) {
			role, ok := strings.CutPrefix(t.Name, "k8s.io/role/")
			if ok && role != "bastion" {
				return Evidence{Property: source.Property + "." + t.Name, Value: t.Value}, true
			}
		}
	}
	return Evidence{}, false
}

// tagsIn reads tags in any of their forms: a map, a list of Key and Value, or tag specifications with Tags inside.
func tagsIn(v inventory.Value) []inventory.Property {
	if v.Kind() == inventory.Map {
		return v.Properties()
	}
	var out []inventory.Property
	for _, item := range v.List() {
		if key, ok := item.Get("Key").Text(); ok {
			out = append(out, inventory.Property{Name: key, Value: item.Get("Value")})
			continue
		}
		out = append(out, tagsIn(item.Get("Tags"))...)
	}
	return out
}

// tagSigns are the tags and, as evidence to search in, what is known of tags that are unknown: a key with an unknown part
// has it as ${name}, and a map with such a key has a line "key = value" for each.
func tagSigns(v inventory.Value) []inventory.Property {
	out := tagsIn(v)
	if v.IsUnknown() && !v.Sensitive() {
		for line := range strings.Lines(v.Partial()) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
				out = append(out, inventory.Property{Name: name, Value: inventory.StringValue(value, v.Origin())})
			}
		}
	}
	for _, item := range v.List() {
		if name := item.Get("Key").Partial(); name != "" {
			out = append(out, inventory.Property{Name: name, Value: item.Get("Value")})
		}
		out = append(out, tagSigns(item.Get("Tags"))...)
	}
	return out
}

// kubeClusterReferred finds the EKS cluster that the user data, the image or the tags of a host refer to.
func (f *finder) kubeClusterReferred(h *host) *inventory.Resource {
	return f.kubeClusterIn(h.launch.userData, h.launch.images, h.launch.tags)
}

func (f *finder) kubeClusterIn(sources ...[]located) *inventory.Resource {
	for _, s := range slices.Concat(sources...) {
		if hits := f.declaredFirst(f.ix.FollowType(s.from, s.Value, typeKubeCluster)); len(hits) == 1 {
			return hits[0]
		}
	}
	return nil
}

// kubeClusterFor is kubeClusterReferred, or the only EKS cluster beside the host.
func (f *finder) kubeClusterFor(h *host) *inventory.Resource {
	if c := f.kubeClusterReferred(h); c != nil {
		return c
	}
	return f.onlyIn(h.root.Scope, typeKubeCluster)
}

// profileTexts are the names of an instance profile and its role: literal, or of the resources it refers to.
func (f *finder) profileTexts(p located) []string {
	var out []string
	values := []inventory.Value{p.Value, p.Value.Get("Name"), p.Value.Get("Arn")}
	if p.Value.Kind() != inventory.Map {
		values = values[:1]
	}
	for _, v := range values {
		if text, ok := v.Text(); ok {
			out = append(out, nameIn(typeInstanceProfile, text))
		}
	}
	for _, profile := range f.ix.FollowType(p.from, p.Value, typeInstanceProfile) {
		out = append(out, resourceTexts(profile, "InstanceProfileName")...)
		for _, role := range f.ix.FollowType(profile, profile.Get("Roles"), typeRole) {
			out = append(out, resourceTexts(role, "RoleName")...)
			for _, policy := range members(role.Get("ManagedPolicyArns")) {
				if text, ok := policy.Text(); ok {
					out = append(out, nameIn(typeRole, text))
				}
			}
		}
	}
	return out
}

func resourceTexts(r *inventory.Resource, name string) []string {
	label := inventory.WithoutKey(r.Address)
	out := []string{label[strings.LastIndexAny(label, "./")+1:]}
	if text, ok := r.Get(name).Text(); ok {
		out = append(out, text)
	}
	return out
}

func hasAnyToken(text string, words []string) bool {
	for _, w := range words {
		if hasToken(text, w) {
			return true
		}
	}
	return false
}

// hasToken reports whether a word stands in a name as a part of its own: between separators, or between changes of
// case ("ECSInstanceProfile" holds "ecs").
func hasToken(text, word string) bool {
	if strings.EqualFold(text, word) {
		return true
	}
	for _, t := range tokens(text) {
		if strings.EqualFold(t, word) {
			return true
		}
	}
	return false
}

// tokens splits a name at separators and at changes of case: "kubeController-1" is kube, Controller and 1.
func tokens(name string) []string {
	var out []string
	start := 0
	flush := func(end int) {
		if end > start {
			out = append(out, name[start:end])
		}
		start = end
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case !alphanumeric(c):
			flush(i)
			start = i + 1
		case upper(c) && i > start && (!upper(name[i-1]) || i+1 < len(name) && lower(name[i+1])):
			flush(i)
		}
	}
	flush(len(name))
	return out
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }
func lower(c byte) bool { return c >= 'a' && c <= 'z' }

// apiPort is the port of a self-managed Kubernetes API server; EKS answers on 443.
const apiPort = 6443

// indexAPIPorts notes the scopes in which port 6443 is opened or balanced.
func (f *finder) indexAPIPorts() {
	f.apiPorts = map[string]bool{}
	note := func(r *inventory.Resource, from, to inventory.Value) {
		low, ok := from.Number()
		high, okTo := to.Number()
		if ok && (low == apiPort || okTo && low > 0 && low <= apiPort && apiPort <= high && high-low < 1000) {
			f.apiPorts[r.Scope] = true
		}
	}
	for _, typ := range []string{"AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::Listener"} {
		for _, r := range f.ix.OfType(typ) {
			note(r, r.Get("Port"), inventory.Value{})
		}
	}
	for _, r := range f.ix.OfType("AWS::ElasticLoadBalancing::LoadBalancer") {
		for _, l := range members(r.Get("Listeners")) {
			note(r, l.Get("InstancePort"), inventory.Value{})
		}
	}
	for _, r := range f.ix.OfType("AWS::EC2::SecurityGroupIngress") {
		note(r, r.Get("FromPort"), r.Get("ToPort"))
	}
	for _, r := range f.ix.OfType("AWS::EC2::SecurityGroup") {
		for _, rule := range members(r.Get("SecurityGroupIngress")) {
			note(r, rule.Get("FromPort"), rule.Get("ToPort"))
		}
	}
}
