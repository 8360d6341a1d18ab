package kubernetes

import (
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// This file turns an eksctl ClusterConfig (https://schema.eksctl.io) into what eksctl makes of it: an EKS cluster, its
// managed node groups, an Auto Scaling group and launch template for each self-managed one, its Fargate profiles. Only
// what is written, or what eksctl always does, is said.

const (
	eksCluster     = "AWS::EKS::Cluster"
	eksNodegroup   = "AWS::EKS::Nodegroup"
	eksFargate     = "AWS::EKS::FargateProfile"
	eksGroup       = "AWS::AutoScaling::AutoScalingGroup"
	eksTemplate    = "AWS::EC2::LaunchTemplate"
	eksAddon       = "AWS::EKS::Addon"
	eksPodIdentity = "AWS::EKS::PodIdentityAssociation"
)

type eksctl struct {
	path, scope, source string
	name                inventory.Value
	address             string
	budget              *document.Budget
	out                 []*inventory.Resource
}

// fields collects the properties of one resource that are set.
type fields []inventory.Property

func (f *fields) set(name string, v inventory.Value) {
	if !v.IsNull() {
		*f = append(*f, inventory.Property{Name: name, Value: v})
	}
}

func (f *fields) group(name string, at diag.Range, inner fields) {
	if len(inner) > 0 {
		f.set(name, inventory.MapValue(inner, at))
	}
}

// eksctlResources returns the resources that a ClusterConfig describes.
func eksctlResources(path, scope string, n *document.Node, budget *document.Budget) []*inventory.Resource {
	e := &eksctl{path: path, scope: scope, budget: budget, source: n.Get("apiVersion").Str() + "/ClusterConfig"}
	e.name = e.value(n.At("metadata", "name"))
	name, _ := e.name.Text()
	if name == "" {
		name = "cluster"
	}
	e.address = "ClusterConfig/" + name
	e.cluster(n, name)
	for _, g := range n.Get("managedNodeGroups").List() {
		e.managed(g)
	}
	for _, g := range n.Get("nodeGroups").List() {
		e.selfManaged(g, name)
	}
	for _, p := range n.Get("fargateProfiles").List() {
		e.fargate(p)
	}
	for _, a := range n.Get("addons").List() {
		e.addon(a)
	}
	for _, a := range n.At("iam", "podIdentityAssociations").List() {
		e.podIdentity(a)
	}
	return e.out
}

func (e *eksctl) value(n *document.Node) inventory.Value { return n.Value(e.path, nil, e.budget) }

// add adds a resource at an address below the cluster's.
func (e *eksctl) add(typ, part, name string, n *document.Node, props, tags fields) {
	at := n.In(e.path)
	if len(tags) > 0 {
		props.set("Tags", inventory.MapValue(tags, at))
	}
	address := e.address
	if part != "" {
		address += "/" + part
	}
	e.out = append(e.out, &inventory.Resource{
		Type: typ, SourceType: e.source, Address: address, Name: name, Scope: e.scope,
		Properties: inventory.MapValue(props, at), Origin: at, Mapped: true,
	})
}

// tags reads a map of tags.
func (e *eksctl) tags(n *document.Node) fields {
	return append(fields(nil), e.value(n).Properties()...)
}

// clusterName is the cluster's name as the value that refers to it.
func (e *eksctl) clusterName() inventory.Value {
	return e.name.WithMeta(&inventory.Meta{Refs: []inventory.Ref{{Address: e.address}}})
}

func (e *eksctl) cluster(n *document.Node, name string) {
	var p fields
	p.set("Name", e.name)
	p.set("Version", e.value(n.At("metadata", "version")))
	p.set("RoleArn", e.value(n.At("iam", "serviceRoleARN")))
	vpc := n.Get("vpc")
	var config fields
	config.set("EndpointPublicAccess", e.value(vpc.At("clusterEndpoints", "publicAccess")))
	config.set("EndpointPrivateAccess", e.value(vpc.At("clusterEndpoints", "privateAccess")))
	config.set("PublicAccessCidrs", e.value(vpc.Get("publicAccessCIDRs")))
	config.set("SecurityGroupIds", e.value(vpc.Get("controlPlaneSecurityGroupIDs")))
	config.set("SubnetIds", e.value(vpc.Get("controlPlaneSubnetIDs")))
	p.group("ResourcesVpcConfig", vpc.In(e.path), config)
	e.autoMode(&p, n.Get("autoModeConfig"))
	e.logging(&p, n.At("cloudWatch", "clusterLogging", "enableTypes"))
	if key := e.value(n.At("secretsEncryption", "keyARN")); !key.IsNull() {
		at := key.Origin()
		provider := inventory.MapValue([]inventory.Property{{Name: "KeyArn", Value: key}}, at)
		resources := inventory.ListValue([]inventory.Value{inventory.StringValue("secrets", at)}, at)
		p.set("EncryptionConfig", inventory.ListValue([]inventory.Value{inventory.MapValue([]inventory.Property{
			{Name: "Provider", Value: provider}, {Name: "Resources", Value: resources}}, at)}, at))
	}
	remote := n.Get("remoteNetworkConfig")
	var networks fields
	networks.set("RemoteNodeNetworks", capitalised(e.value(remote.Get("remoteNodeNetworks"))))
	networks.set("RemotePodNetworks", capitalised(e.value(remote.Get("remotePodNetworks"))))
	p.group("RemoteNetworkConfig", remote.In(e.path), networks)
	for _, section := range []struct{ name, from string }{
		{"UpgradePolicy", "upgradePolicy"}, {"ZonalShiftConfig", "zonalShiftConfig"},
	} {
		p.set(section.name, capitalised(e.value(n.Get(section.from))))
	}
	var access fields
	access.set("AuthenticationMode", e.value(n.At("accessConfig", "authenticationMode")))
	p.group("AccessConfig", n.Get("accessConfig").In(e.path), access)
	e.add(eksCluster, "", name, n, p, e.tags(n.At("metadata", "tags")))
}

// autoMode sets what EKS Auto Mode needs. When it is enabled without node pools, eksctl asks for both that are built in.
func (e *eksctl) autoMode(p *fields, n *document.Node) {
	enabled := e.value(n.Get("enabled"))
	if enabled.IsNull() {
		return
	}
	at := n.In(e.path)
	pools := e.value(n.Get("nodePools"))
	if on, _ := enabled.Bool(); on && pools.IsNull() {
		pools = inventory.ListValue([]inventory.Value{inventory.StringValue("general-purpose", at), inventory.StringValue("system", at)}, at)
	}
	var compute fields
	compute.set("Enabled", enabled)
	compute.set("NodePools", pools)
	compute.set("NodeRoleArn", e.value(n.Get("nodeRoleARN")))
	p.group("ComputeConfig", at, compute)
	block := inventory.MapValue([]inventory.Property{{Name: "Enabled", Value: enabled}}, at)
	p.set("StorageConfig", inventory.MapValue([]inventory.Property{{Name: "BlockStorage", Value: block}}, at))
	p.set("KubernetesNetworkConfig", inventory.MapValue([]inventory.Property{{Name: "ElasticLoadBalancing", Value: block}}, at))
}

// logging turns eksctl's list of log types, with its words for all of them, into CloudFormation's.
func (e *eksctl) logging(p *fields, n *document.Node) {
	if !n.IsSet() {
		return
	}
	at := n.In(e.path)
	var names []*document.Node
	for _, t := range n.List() {
		if text := t.Str(); text == "*" || text == "all" {
			names = nil
			for _, all := range []string{"api", "audit", "authenticator", "controllerManager", "scheduler"} {
				names = append(names, document.TextAt(t, all))
			}
			break
		}
		names = append(names, t)
	}
	types := make([]inventory.Value, 0, len(names))
	for _, t := range names {
		types = append(types, inventory.MapValue([]inventory.Property{{Name: "Type", Value: e.value(t)}}, t.In(e.path)))
	}
	enabled := inventory.MapValue([]inventory.Property{{Name: "EnabledTypes", Value: inventory.ListValue(types, at)}}, at)
	p.set("Logging", inventory.MapValue([]inventory.Property{{Name: "ClusterLogging", Value: enabled}}, at))
}

// capitalised gives the names inside v CloudFormation's capital letters: supportType becomes SupportType.
func capitalised(v inventory.Value) inventory.Value {
	switch v.Kind() {
	case inventory.List:
		return mapList(v, capitalised)
	case inventory.Map:
		props := make([]inventory.Property, 0, len(v.Properties()))
		for _, p := range v.Properties() {
			name := p.Name
			if name != "" {
				name = strings.ToUpper(name[:1]) + name[1:]
			}
			props = append(props, inventory.Property{Name: name, Value: capitalised(p.Value)})
		}
		return inventory.MapValue(props, v.Origin())
	}
	return v
}
