package workload

import (
	"path"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// indexClusters finds the clusters of the run with the hosts of each.
func (f *finder) indexClusters(inv *inventory.Inventory) {
	b := clusterBuilder{f: f, byResource: map[*inventory.Resource]*podCluster{}, byKey: map[string]*podCluster{}}
	for _, r := range f.ix.OfType(typeKubeCluster) {
		if !r.Lookup {
			b.byResource[r] = b.add(&podCluster{eks: r, name: "the EKS cluster " + r.Address, scopes: []string{r.Scope}})
		}
	}
	for _, typ := range []string{typeNodeGroup, typeFargateProfile} {
		for _, r := range f.ix.OfType(typ) {
			if !r.Lookup {
				b.addMember(r)
			}
		}
	}
	for _, typ := range []string{typeInstance, typeGroup, typeSpotFleet, typeFleet} {
		for _, r := range f.ix.OfType(typ) {
			if h := f.hosts[r]; h != nil {
				b.addMachine(h)
			}
		}
	}
	b.addPools()
	for _, c := range b.clusters {
		f.addClusterHosts(c, inv.Unread)
	}
	f.pods.clusters = b.clusters
}

// clusterBuilder gathers the hosts of each cluster.
type clusterBuilder struct {
	f          *finder
	clusters   []*podCluster
	byResource map[*inventory.Resource]*podCluster
	// byKey finds self-managed clusters, and EKS clusters that are not in the input.
	byKey map[string]*podCluster
}

func (b *clusterBuilder) add(c *podCluster) *podCluster {
	b.clusters = append(b.clusters, c)
	return c
}

// addMember puts a node group or Fargate profile into its cluster, or into each that an unset name may mean.
func (b *clusterBuilder) addMember(r *inventory.Resource) {
	l := b.f.kubeClusterOf(r)
	var in []*podCluster
	for _, c := range l.all {
		if found := b.byResource[c]; found != nil {
			in = append(in, found)
		}
	}
	if c := b.f.onlyIn(r.Scope, typeKubeCluster); c != nil && len(l.all) == 0 && r.Get("ClusterName").IsUnknown() {
		in = append(in, b.byResource[c])
	}
	if len(in) == 0 {
		in = append(in, b.unlisted(r))
	}
	for _, c := range in {
		if r.Type == typeFargateProfile {
			c.profiles = append(c.profiles, r)
			continue
		}
		h := b.f.nodeGroupHost(r)
		h.sure = h.sure && len(in) == 1
		c.hosts = append(c.hosts, h)
	}
}

// unlisted is the EKS cluster that a node group names and the input does not hold. All kinds of hosts may be in it.
func (b *clusterBuilder) unlisted(r *inventory.Resource) *podCluster {
	name := r.Get("ClusterName")
	key := "eks\x00" + r.Scope + "\x00"
	if text, ok := name.Text(); ok {
		key = "eks\x00" + nameIn(typeKubeCluster, text)
	} else if refs := name.AllRefs(); len(refs) > 0 {
		key += refs[0].Address
	}
	if c := b.byKey[key]; c != nil {
		c.scopes = append(c.scopes, r.Scope)
		return c
	}
	c := b.add(&podCluster{name: "an EKS cluster that is not in the input", scopes: []string{r.Scope}})
	c.hidden = unseenAll(clusterHostings[1:], " of the cluster, which is not in the input")
	c.hiddenWhy = []inventory.Step{{Name: "the cluster of " + r.Address, Note: "is not in the input", At: r.Origin}}
	b.byKey[key] = c
	return c
}

// addMachine puts a node that joins by itself into its cluster. Self-managed clusters are told apart by the name in
// the cluster's tag, else by root.
func (b *clusterBuilder) addMachine(h *host) {
	switch h.verdict.hosting {
	case hostEKSSelf:
		c := b.byResource[h.cluster]
		if c == nil {
			c = b.unlisted(h.root)
		}
		c.hosts = append(c.hosts, b.f.machineHost(h))
	case hostKube:
		key := "kube\x00scope\x00" + h.root.Scope
		if _, name, ok := clusterTagOf(h); ok && name != "" {
			key = "kube\x00name\x00" + name
		}
		c := b.byKey[key]
		if c == nil {
			c = b.add(&podCluster{name: "the self-managed cluster of " + h.root.Address})
			b.byKey[key] = c
		}
		c.scopes = append(c.scopes, h.root.Scope)
		c.hosts = append(c.hosts, b.f.machineHost(h))
	}
}

// addPools puts Karpenter's NodePools into the cluster that pods beside them would join. Where that is open, each
// cluster may have them; with manifests alone they stand in a cluster of which nothing else is known.
func (b *clusterBuilder) addPools() {
	pools := b.f.nodePools()
	if len(b.clusters) == 0 {
		c := b.add(&podCluster{name: "a cluster that is not in the input"})
		c.hidden = unseenAll(clusterHostings, " of a cluster that is not in the input")
		c.hiddenWhy = []inventory.Step{{Name: "the cluster", Note: "is not in the input"}}
		for _, r := range pools {
			hosts := b.f.poolHosts(r, hostEKSSelf)
			if hosts[0].hosting == hostEKSSelf {
				hosts = append(hosts, b.f.poolHosts(r, hostKube)[0])
			}
			c.hosts = append(c.hosts, hosts...)
		}
		return
	}
	for _, r := range pools {
		joined := joinable(b.clusters, r.Scope)
		for _, c := range joined {
			own := hostEKSSelf
			if c.selfManaged() {
				own = hostKube
			}
			for _, h := range b.f.poolHosts(r, own) {
				h.sure = h.sure && len(joined) == 1
				c.hosts = append(c.hosts, h)
			}
		}
	}
}

// selfManaged reports whether a cluster is not of EKS: all its machines are nodes of a cluster of the customer's.
func (c *podCluster) selfManaged() bool {
	for _, h := range c.hosts {
		if h.hosting == hostKube {
			return true
		}
	}
	return false
}

// folderOf is the directory that a scope stands for: manifests are read file by file, and the files of one directory
// belong together; a rendered directory and a Terraform root are their own.
func folderOf(scope string) string {
	switch path.Ext(scope) {
	case ".yaml", ".yml", ".json", ".template":
		return path.Dir(scope)
	}
	return scope
}

// joinable are the clusters that manifests of a scope may be meant for: the only one of the nearest directory around
// them that declares any, else every cluster of the run.
func joinable(all []*podCluster, scope string) []*podCluster {
	var here []*podCluster
	nearest, folder := 0, folderOf(scope)
	for _, c := range all {
		depth := c.depthAround(folder)
		if depth > nearest {
			here, nearest = nil, depth
		}
		if depth > 0 && depth == nearest {
			here = append(here, c)
		}
	}
	if len(here) == 1 {
		return here
	}
	return all
}

// depthAround is the length of the longest directory that declares the cluster and holds folder; 0 when none does.
func (c *podCluster) depthAround(folder string) int {
	depth := 0
	for _, s := range c.scopes {
		s = folderOf(s)
		if s == folder || strings.HasPrefix(folder, s+"/") {
			depth = max(depth, len(s))
		}
	}
	return depth
}

// clustersOf is joinable, remembered by directory.
func (x *podIndex) clustersOf(scope string) []*podCluster {
	folder := folderOf(scope)
	found, ok := x.joined[folder]
	if !ok {
		found = joinable(x.clusters, scope)
		x.joined[folder] = found
	}
	return found
}

// addClusterHosts adds what the cluster itself says about compute, and what the input may hide.
func (f *finder) addClusterHosts(c *podCluster, unread []inventory.Unread) {
	if c.eks == nil {
		return
	}
	custom := false
	for _, h := range c.hosts {
		custom = custom || h.hosting == hostEKSAuto
	}
	c.hosts = append(c.hosts, f.autoHosts(c.eks, custom)...)
	if h := hybridHost(f, c.eks); h != nil {
		c.hosts = append(c.hosts, h)
	}
	for _, u := range unread {
		if u.Scope == c.eks.Scope && mayHoldCompute(u) {
			c.hidden = append(c.hidden, unseenAll(f.possibleIn(c), " in "+u.Address+", which could not be read")...)
			c.hiddenWhy = append(c.hiddenWhy, unreadStep(u))
			break
		}
	}
	if len(c.hosts) == 0 && len(c.profiles) == 0 && len(c.hidden) == 0 {
		c.hidden = unseenAll(f.possibleIn(c), " that is not in the input")
		c.hiddenWhy = []inventory.Step{{Name: c.eks.Address, Note: "has no compute in the input", At: c.eks.Origin}}
	}
}

// possibleIn are the hostings that a declared cluster may have beside what is seen: Auto Mode and hybrid nodes only
// when its own properties leave room for them.
func (f *finder) possibleIn(c *podCluster) []string {
	out := []string{hostEKSSelf, hostEKSMng, hostEKSFg}
	for _, h := range c.hosts {
		if (h.hosting == hostEKSAuto || h.hosting == hostEKSHyb) && h.resource == c.eks {
			out = append(out, h.hosting)
		}
	}
	return out
}

// plainModules are words in the source of a module that say what it is, and that it is no compute; computeModules
// outweigh them.
var (
	plainModules = []string{"vpc", "network", "networking", "subnet", "subnets", "iam", "irsa", "role", "roles", "policy", "kms",
		"s3", "bucket", "rds", "aurora", "db", "database", "security", "acm", "route53", "dns", "ecr", "dynamodb", "lambda",
		"sns", "sqs", "cloudwatch", "alb", "nlb", "elb", "efs", "label", "tags", "cloudfront", "waf", "secrets", "ssm",
		"cloudtrail", "logs", "bastion", "vpn", "opensearch", "elasticache", "redis", "msk", "kafka", "endpoints", "addon",
		"addons", "oidc", "aurora", "backend", "state", "budget"}
	computeModules = []string{"nodegroup", "nodegroups", "node", "nodes", "worker", "workers", "fargate", "compute", "autoscaling", "asg"}
)

// moduleName is the part of a module's source that names it: "vpc" of terraform-aws-modules/vpc/aws, the last folder of
// any other source.
func moduleName(source string) string {
	source, _, _ = strings.Cut(source, "?")
	if i := strings.LastIndex(source, "//"); i > 0 && source[i-1] != ':' {
		return path.Base(source[i:])
	}
	parts := strings.Split(source, "/")
	if registry := !strings.ContainsAny(source, ":@") && !strings.HasPrefix(source, "."); registry && (len(parts) == 3 || len(parts) == 4) {
		return parts[len(parts)-2]
	}
	return strings.TrimSuffix(parts[len(parts)-1], ".git")
}

// mayHoldCompute reports whether an unread module or nested template may hold nodes of a cluster: unless its source
// says that it is something else, it may.
func mayHoldCompute(u inventory.Unread) bool {
	text := moduleName(u.Source)
	if text == "" {
		text = u.Address
	}
	return hasAnyToken(text, computeModules) || !hasAnyToken(text, plainModules)
}
