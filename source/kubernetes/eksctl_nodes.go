package kubernetes

import (
	"strings"

	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// managed adds a managed node group. An own image goes through a launch template, as eksctl does it.
func (e *eksctl) managed(n *document.Node) {
	name := n.Get("name").Str()
	part := "managedNodeGroups/" + name
	at := n.In(e.path)
	var p fields
	p.set("NodegroupName", e.value(n.Get("name")))
	p.set("ClusterName", e.clusterName())
	p.group("ScalingConfig", at, e.scaling(n, "MinSize", "MaxSize", "DesiredSize"))
	p.set("InstanceTypes", e.instanceTypes(n))
	if spot, ok := e.value(n.Get("spot")).Bool(); ok {
		kind := "ON_DEMAND"
		if spot {
			kind = "SPOT"
		}
		p.set("CapacityType", inventory.StringValue(kind, n.Get("spot").In(e.path)))
	}
	p.set("Labels", inventory.MapValue(e.labels(n), at))
	p.set("Taints", e.managedTaints(n.Get("taints")))
	p.set("NodeRole", e.value(n.At("iam", "instanceRoleARN")))
	p.set("ReleaseVersion", e.value(n.Get("releaseVersion")))
	p.set("Subnets", e.value(n.Get("subnets")))
	p.set("UpdateConfig", capitalised(e.value(n.Get("updateConfig"))))
	p.set("NodeRepairConfig", capitalised(e.value(n.Get("nodeRepairConfig"))))
	if template := n.Get("launchTemplate"); template.IsSet() {
		p.set("LaunchTemplate", capitalised(e.value(template)))
	} else {
		p.set("LaunchTemplate", e.template(n, part))
	}
	p.set("AmiType", e.amiType(n))
	e.add(eksNodegroup, part, name, n, p, e.tags(n.Get("tags")))
}

// amiType names the AMI type of a managed node group as eksctl derives it: from the family and the first instance type.
func (e *eksctl) amiType(n *document.Node) inventory.Value {
	family := n.Get("amiFamily")
	at := family.In(e.path)
	switch {
	case ownImage(n):
		return inventory.StringValue("CUSTOM", n.Get("ami").In(e.path))
	case !family.IsSet():
		return inventory.Value{}
	case strings.HasPrefix(family.Str(), "Ubuntu"):
		// eksctl looks Canonical's image up and puts it into a launch template.
		return inventory.StringValue("CUSTOM", at)
	}
	instance := n.Get("instanceType").Str()
	if list := n.Get("instanceTypes").List(); len(list) > 0 {
		instance = list[0].Str()
	}
	if types, ok := amiTypes[family.Str()]; ok {
		return inventory.StringValue(types[machineOf(instance)], at)
	}
	return inventory.UnknownValue(at, inventory.Step{Name: "amiFamily " + family.Str(), Note: "not a family that is known here", At: at})
}

// machine is what an instance type asks of an image.
type machine uint8

const (
	x86 machine = iota
	arm
	nvidia
	neuron
)

// amiTypes are the AMI types of each family, by machine.
var amiTypes = map[string][4]string{
	"AmazonLinux2":                   {"AL2_x86_64", "AL2_ARM_64", "AL2_x86_64_GPU", "AL2_x86_64_GPU"},
	"AmazonLinux2023":                {"AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "AL2023_x86_64_NVIDIA", "AL2023_x86_64_NEURON"},
	"Bottlerocket":                   {"BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64", "BOTTLEROCKET_x86_64_NVIDIA", "BOTTLEROCKET_x86_64"},
	"WindowsServer2019CoreContainer": {"WINDOWS_CORE_2019_x86_64", "WINDOWS_CORE_2019_x86_64", "WINDOWS_CORE_2019_x86_64", "WINDOWS_CORE_2019_x86_64"},
	"WindowsServer2019FullContainer": {"WINDOWS_FULL_2019_x86_64", "WINDOWS_FULL_2019_x86_64", "WINDOWS_FULL_2019_x86_64", "WINDOWS_FULL_2019_x86_64"},
	"WindowsServer2022CoreContainer": {"WINDOWS_CORE_2022_x86_64", "WINDOWS_CORE_2022_x86_64", "WINDOWS_CORE_2022_x86_64", "WINDOWS_CORE_2022_x86_64"},
	"WindowsServer2022FullContainer": {"WINDOWS_FULL_2022_x86_64", "WINDOWS_FULL_2022_x86_64", "WINDOWS_FULL_2022_x86_64", "WINDOWS_FULL_2022_x86_64"},
}

// machineOf reads an instance type: a g behind the generation is Graviton (m7g, c6gn, a1), families g and p carry NVIDIA
// GPUs, inf and trn AWS's own accelerators. Without a type eksctl takes m5.large.
func machineOf(instance string) machine {
	family, _, _ := strings.Cut(instance, ".")
	letters := strings.TrimRight(family, "abcdefghijklmnopqrstuvwxyz-")
	digits := strings.TrimLeft(letters, "abcdefghijklmnopqrstuvwxyz-")
	class := strings.TrimSuffix(letters, digits)
	switch {
	case family == "a1" || strings.HasPrefix(strings.TrimPrefix(family, letters), "g"):
		return arm
	case class == "g" || class == "p":
		return nvidia
	case class == "inf" || class == "trn":
		return neuron
	}
	return x86
}

// ownImage reports whether a node group names an image of its own; eksctl's words for its look-ups are not one.
func ownImage(n *document.Node) bool {
	ami := n.Get("ami").Str()
	return ami != "" && ami != "auto" && ami != "auto-ssm"
}

// scaling reads the sizes of a group under the names that its type has for them.
func (e *eksctl) scaling(n *document.Node, least, most, desired string) fields {
	var s fields
	s.set(least, e.value(n.Get("minSize")))
	s.set(most, e.value(n.Get("maxSize")))
	s.set(desired, e.value(n.Get("desiredCapacity")))
	return s
}

func (e *eksctl) instanceTypes(n *document.Node) inventory.Value {
	if list := n.Get("instanceTypes"); list.IsSet() {
		return e.value(list)
	}
	one := n.Get("instanceType")
	if !one.IsSet() || one.Str() == "mixed" {
		return inventory.Value{}
	}
	return inventory.ListValue([]inventory.Value{e.value(one)}, one.In(e.path))
}

// taint is one taint in either of eksctl's forms: a list of maps, or a map from key to "value:Effect".
type taint struct{ key, value, effect *document.Node }

func taintsOf(n *document.Node) []taint {
	var out []taint
	if n != nil && n.Kind == document.Map {
		for _, f := range n.Fields {
			value, effect, _ := strings.Cut(f.Value.Str(), ":")
			out = append(out, taint{document.TextAt(f.Value, f.Name), document.TextAt(f.Value, value), document.TextAt(f.Value, effect)})
		}
		return out
	}
	for _, t := range n.List() {
		out = append(out, taint{t.Get("key"), t.Get("value"), t.Get("effect")})
	}
	return out
}

// managedTaints gives taints the names that EKS has for their effects.
func (e *eksctl) managedTaints(n *document.Node) inventory.Value {
	list := taintsOf(n)
	if len(list) == 0 {
		return inventory.Value{}
	}
	items := make([]inventory.Value, 0, len(list))
	for _, t := range list {
		var p fields
		p.set("Key", e.value(t.key))
		p.set("Value", e.value(t.value))
		if name, ok := map[string]string{
			"NoSchedule": "NO_SCHEDULE", "NoExecute": "NO_EXECUTE", "PreferNoSchedule": "PREFER_NO_SCHEDULE",
		}[t.effect.Str()]; ok {
			p.set("Effect", inventory.StringValue(name, t.effect.In(e.path)))
		}
		items = append(items, inventory.MapValue(p, n.In(e.path)))
	}
	return inventory.ListValue(items, n.In(e.path))
}

// template adds the launch template that eksctl makes for a group when the file says something that needs one, and
// returns the reference to it; Null when nothing does.
func (e *eksctl) template(n *document.Node, part string) inventory.Value {
	var data fields
	if ownImage(n) {
		data.set("ImageId", e.value(n.Get("ami")))
	} else if strings.HasPrefix(n.Get("amiFamily").Str(), "Ubuntu") {
		family := n.Get("amiFamily")
		step := inventory.Step{Name: "amiFamily " + family.Str(), Note: "eksctl looks the image up", At: family.In(e.path)}
		data.set("ImageId", inventory.UnknownValue(family.In(e.path), step))
	}
	data.set("UserData", e.value(n.Get("overrideBootstrapCommand")))
	if len(data) == 0 {
		return inventory.Value{}
	}
	return e.addTemplate(n, part, data)
}

func (e *eksctl) addTemplate(n *document.Node, part string, data fields) inventory.Value {
	at := n.In(e.path)
	var p fields
	p.group("LaunchTemplateData", at, data)
	address := part + "/launchTemplate"
	e.add(eksTemplate, address, n.Get("name").Str(), n, p, nil)
	id := inventory.UnknownValue(at).WithMeta(&inventory.Meta{
		Refs:       []inventory.Ref{{Address: e.address + "/" + address}},
		Unresolved: []inventory.Step{{Name: "the launch template's id", Note: "known after eksctl has made it", At: at}},
	})
	return inventory.MapValue([]inventory.Property{{Name: "Id", Value: id}}, at)
}

// selfManaged adds the Auto Scaling group and the launch template of a node group that eksctl runs itself. eksctl tags
// both as owned by the cluster.
func (e *eksctl) selfManaged(n *document.Node, cluster string) {
	name := n.Get("name").Str()
	part := "nodeGroups/" + name
	at := n.In(e.path)
	var data fields
	if ownImage(n) {
		data.set("ImageId", e.value(n.Get("ami")))
	} else {
		family := n.Get("amiFamily")
		note := "eksctl looks the image of the family up"
		data.set("ImageId", inventory.UnknownValue(at, inventory.Step{Name: "amiFamily " + family.Str(), Note: note, At: at}))
	}
	if types := n.Get("instanceType"); types.IsSet() && types.Str() != "mixed" {
		data.set("InstanceType", e.value(types))
	}
	data.set("UserData", e.userData(n))
	var p fields
	p.set("AutoScalingGroupName", e.value(n.Get("name")))
	p.set("LaunchTemplate", e.groupTemplate(e.addTemplate(n, part, data)))
	p = append(p, e.scaling(n, "MinSize", "MaxSize", "DesiredCapacity")...)
	p.set("VPCZoneIdentifier", e.value(n.Get("subnets")))
	tags := e.tags(n.Get("tags"))
	tags.set("kubernetes.io/cluster/"+cluster, inventory.StringValue("owned", at).WithMeta(e.clusterName().Meta()))
	e.add(eksGroup, part, name, n, p, tags)
}

// labels are the node labels of a group: what is written and what eksctl always adds.
func (e *eksctl) labels(n *document.Node) fields {
	at := n.In(e.path)
	labels := e.tags(n.Get("labels"))
	labels.set("alpha.eksctl.io/cluster-name", e.name)
	labels.set("alpha.eksctl.io/nodegroup-name", inventory.StringValue(n.Get("name").Str(), at))
	return labels
}

// userData is what is known of the boot script of a self-managed group: the text that the file gives, else the kubelet's
// labels and taints in a script that eksctl writes.
func (e *eksctl) userData(n *document.Node) inventory.Value {
	if own := n.Get("overrideBootstrapCommand"); own.IsSet() {
		return e.value(own)
	}
	at := n.In(e.path)
	var labels, taints []string
	for _, l := range inventory.MapValue(e.labels(n), at).Properties() {
		text, _ := l.Value.Text()
		labels = append(labels, l.Name+"="+text)
	}
	for _, t := range taintsOf(n.Get("taints")) {
		taints = append(taints, t.key.Str()+"="+t.value.Str()+":"+t.effect.Str())
	}
	known := "--node-labels=" + strings.Join(labels, ",")
	if len(taints) > 0 {
		known += " --register-with-taints=" + strings.Join(taints, ",")
	}
	step := inventory.Step{Name: "the boot script", Note: "eksctl writes it", At: at}
	return inventory.UnknownValue(at).WithMeta(&inventory.Meta{Unresolved: []inventory.Step{step}, Partial: known})
}

// groupTemplate renames the reference to a launch template as an Auto Scaling group writes it.
func (e *eksctl) groupTemplate(v inventory.Value) inventory.Value {
	return inventory.MapValue([]inventory.Property{{Name: "LaunchTemplateId", Value: v.Get("Id")}}, v.Origin())
}

func (e *eksctl) fargate(n *document.Node) {
	name := n.Get("name").Str()
	var p fields
	p.set("FargateProfileName", e.value(n.Get("name")))
	p.set("ClusterName", e.clusterName())
	p.set("PodExecutionRoleArn", e.value(n.Get("podExecutionRoleARN")))
	p.set("Subnets", e.value(n.Get("subnets")))
	list := n.Get("selectors")
	selectors := make([]inventory.Value, 0, len(list.List()))
	for _, s := range list.List() {
		var one fields
		one.set("Namespace", e.value(s.Get("namespace")))
		labels := s.Get("labels")
		var pairs []inventory.Value
		for _, f := range labels.List() {
			for _, l := range f.Fields {
				pairs = append(pairs, inventory.MapValue([]inventory.Property{
					{Name: "Key", Value: e.value(document.TextAt(l.Value, l.Name))}, {Name: "Value", Value: e.value(l.Value)},
				}, l.Value.In(e.path)))
			}
		}
		if len(pairs) > 0 {
			one.set("Labels", inventory.ListValue(pairs, labels.In(e.path)))
		}
		selectors = append(selectors, inventory.MapValue(one, s.In(e.path)))
	}
	if len(selectors) > 0 {
		p.set("Selectors", inventory.ListValue(selectors, list.In(e.path)))
	}
	e.add(eksFargate, "fargateProfiles/"+name, name, n, p, e.tags(n.Get("tags")))
}

func (e *eksctl) addon(n *document.Node) {
	name := n.Get("name").Str()
	var p fields
	p.set("AddonName", e.value(n.Get("name")))
	p.set("ClusterName", e.clusterName())
	p.set("AddonVersion", e.value(n.Get("version")))
	p.set("ServiceAccountRoleArn", e.value(n.Get("serviceAccountRoleARN")))
	e.add(eksAddon, "addons/"+name, name, n, p, e.tags(n.Get("tags")))
}

func (e *eksctl) podIdentity(n *document.Node) {
	name := n.Get("namespace").Str() + "/" + n.Get("serviceAccountName").Str()
	var p fields
	p.set("ClusterName", e.clusterName())
	p.set("Namespace", e.value(n.Get("namespace")))
	p.set("ServiceAccount", e.value(n.Get("serviceAccountName")))
	p.set("RoleArn", e.value(n.Get("roleARN")))
	e.add(eksPodIdentity, "podIdentityAssociations/"+name, name, n, p, nil)
}
