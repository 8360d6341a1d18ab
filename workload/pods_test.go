package workload

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
)

// object makes a Kubernetes object as the manifest reader gives it; spec may hold further top-level fields of the
// object under their own names, starting with a dot: ".metadata".
func object(apiVersion, kind, namespace, name string, spec p) *inventory.Resource {
	meta := p{"name": name}
	address := kind + "/default/" + name
	if namespace != "" {
		meta["namespace"] = namespace
		address = kind + "/" + namespace + "/" + name
	}
	if clusterScoped[kind] {
		address = kind + "/" + name
	}
	props := p{"apiVersion": apiVersion, "kind": kind, "metadata": meta}
	if spec != nil {
		props["spec"] = spec
	}
	r := res(kind, address, props)
	r.SourceType, r.Name, r.Scope = apiVersion+"/"+kind, name, "k8s"
	return r
}

// podSpec completes a pod spec with one container.
func podSpec(spec p) p {
	out := p{"containers": l{p{"name": "main", "image": "registry.example/app:1"}}}
	for k, v := range spec {
		out[k] = v
	}
	return out
}

// deployment makes a Deployment of one label app=web.
func deployment(namespace, name string, spec p) *inventory.Resource {
	return object("apps/v1", "Deployment", namespace, name, p{"template": template1(p{"app": "web"}, spec)})
}

func daemonSet(namespace, name string, spec p) *inventory.Resource {
	return object("apps/v1", "DaemonSet", namespace, name, p{"template": template1(p{"app": "web"}, spec)})
}

func template1(labels p, spec p) p {
	return p{"metadata": p{"labels": labels}, "spec": podSpec(spec)}
}

func eksC(props p) *inventory.Resource { return res(typeKubeCluster, "eks.c", props) }

func nodes(name string, props p) *inventory.Resource {
	all := p{"ClusterName": ref("eks.c.name"), "NodegroupName": name}
	for k, v := range props {
		all[k] = v
	}
	return res(typeNodeGroup, "ng."+name, all)
}

func profile(name string, selectors ...any) *inventory.Resource {
	return res(typeFargateProfile, "fp."+name, p{"ClusterName": ref("eks.c.name"), "FargateProfileName": name, "Selectors": l(selectors)})
}

func selectorOf(namespace string, labels ...string) p {
	var out l
	for i := 0; i < len(labels); i += 2 {
		out = append(out, p{"Key": labels[i], "Value": labels[i+1]})
	}
	return p{"Namespace": namespace, "Labels": out}
}

func nodePool(name, group string, spec p) *inventory.Resource {
	inner := p{"nodeClassRef": p{"group": group, "kind": map[bool]string{true: "NodeClass", false: "EC2NodeClass"}[group == groupAuto], "name": "default"}}
	meta := p{}
	for k, v := range spec {
		if k == "labels" {
			meta["labels"] = v
			continue
		}
		inner[k] = v
	}
	return object("karpenter.sh/v1", "NodePool", "", name, p{"template": p{"metadata": meta, "spec": inner}})
}

func require(key, op string, values ...any) p {
	out := p{"key": key, "operator": op}
	if len(values) > 0 {
		out["values"] = l(values)
	}
	return out
}

func affinity(terms ...l) p {
	var all l
	for _, t := range terms {
		all = append(all, p{"matchExpressions": t})
	}
	return p{"affinity": p{"nodeAffinity": p{"requiredDuringSchedulingIgnoredDuringExecution": p{"nodeSelectorTerms": all}}}}
}

func tainted(key, value, effect any) p {
	return p{"Taints": l{p{"Key": key, "Value": value, "Effect": effect}}}
}

// podHosting says how the pods of the objects are hosted, one line a pod, the infrastructure's workloads left out.
func podHosting(t *testing.T, rs rs, opts Options, unread ...string) []string {
	t.Helper()
	inv := &inventory.Inventory{Resources: rs}
	for _, u := range unread {
		inv.Unread = append(inv.Unread, inventory.Unread{Scope: "infra", Address: "module.x", Source: u, Origin: place1})
	}
	inv.Sort()
	var out []string
	for _, w := range Find(inventory.NewIndex(inv), inv, opts) {
		if w.Scope == "k8s" {
			checkWhole(t, w)
			out = append(out, strings.TrimPrefix(say(w), "Deployment/default/"))
		}
	}
	return out
}

type podCase struct {
	name   string
	in     rs
	unread []string
	option string
	want   string
}

func runPods(t *testing.T, cases []podCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := podHosting(t, c.in, Options{ClusterHosting: c.option}, c.unread...)
			if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const (
	anyEKS   = "eks-self-managed-nodes|eks-managed-nodes|eks-fargate|eks-auto|eks-hybrid"
	homeless = "web unknown"
	managed  = "web eks-managed-nodes"
	fargate  = "web eks-fargate"
	auto     = "web eks-auto"
	own      = "web eks-self-managed-nodes"
)

func web(spec p) *inventory.Resource { return deployment("", "web", spec) }

func pick(kv ...any) p {
	sel := p{}
	for i := 0; i < len(kv); i += 2 {
		sel[kv[i].(string)] = kv[i+1]
	}
	return p{"nodeSelector": sel}
}

func TestPodsOnNodeGroups(t *testing.T) {
	t.Parallel()
	with := func(spec p, more ...*inventory.Resource) rs { return append(rs{eksC(nil), web(spec)}, more...) }
	labelled := func(labels any) *inventory.Resource { return nodes("a", p{"Labels": labels}) }
	ssd := pick("disk", "ssd")
	tolerate := func(o p) p { return p{"tolerations": l{o}} }
	dedicated := nodes("a", tainted("dedicated", "db", "NO_SCHEDULE"))
	runPods(t, []podCase{
		{name: "one group, no selector", in: with(nil, nodes("a", nil)), want: managed},
		{name: "label matches", in: with(ssd, labelled(p{"disk": "ssd"})), want: managed},
		{name: "label differs", in: with(ssd, labelled(p{"disk": "hdd"})), want: homeless},
		{name: "label not there", in: with(ssd, nodes("a", nil)), want: homeless},
		{name: "label of unknown value", in: with(ssd, labelled(p{"disk": unset("var.d")})), want: managed},
		{name: "labels unknown", in: with(ssd, labelled(unset("var.l"))), want: managed},
		{name: "selector unknown", in: with(p{"nodeSelector": unset("values.s")}, labelled(p{"disk": "hdd"})), want: managed},
		{name: "name of the group", in: with(pick("eks.amazonaws.com/nodegroup", "a"), nodes("a", nil), profile("f", selectorOf("x"))), want: managed},
		{name: "name of another group", in: with(pick("eks.amazonaws.com/nodegroup", "b"), nodes("a", nil)), want: homeless},
		{name: "capacity type is on-demand unless set", in: with(pick(labelCapacity, "SPOT"), nodes("a", nil)), want: homeless},
		{name: "spot", in: with(pick(labelCapacity, "SPOT"), nodes("a", p{"CapacityType": "SPOT"})), want: managed},
		{name: "architecture by AMI type", in: with(pick(labelArch, "arm64"), nodes("a", p{"AmiType": "AL2023_x86_64_STANDARD"})), want: homeless},
		{name: "architecture under its old name", in: with(pick("beta.kubernetes.io/arch", "arm64"), nodes("a", p{"AmiType": "BOTTLEROCKET_ARM_64"})), want: managed},
		{name: "Windows", in: with(pick(labelOS, "windows"), nodes("a", p{"AmiType": "AL2023_x86_64_STANDARD"}), nodes("w", p{"AmiType": "WINDOWS_CORE_2022_x86_64"})), want: managed},
		{name: "instance type of the group", in: with(pick(labelInstance, "m6i.large"), nodes("a", p{"InstanceTypes": l{"m5.large", "m6i.large"}})), want: managed},
		{name: "instance type of no group", in: with(pick(labelInstance, "p4d.24xlarge"), nodes("a", p{"InstanceTypes": l{"m5.large"}})), want: homeless},
		{name: "zone that nothing shows", in: with(pick("topology.kubernetes.io/zone", "eu-west-1a"), nodes("a", nil)), want: managed},
		{name: "label of feature discovery", in: with(pick("nvidia.com/gpu.present", "true"), nodes("a", nil)), want: managed},

		{name: "In", in: with(affinity(l{require("disk", "In", "ssd", "nvme")}), labelled(p{"disk": "nvme"})), want: managed},
		{name: "NotIn excludes", in: with(affinity(l{require("disk", "NotIn", "hdd")}), labelled(p{"disk": "hdd"})), want: homeless},
		{name: "NotIn takes what has no label", in: with(affinity(l{require("disk", "NotIn", "hdd")}), nodes("a", nil)), want: managed},
		{name: "Exists", in: with(affinity(l{require("disk", "Exists")}), nodes("a", nil)), want: homeless},
		{name: "DoesNotExist", in: with(affinity(l{require("disk", "DoesNotExist")}), labelled(p{"disk": "hdd"})), want: homeless},
		{name: "DoesNotExist holds", in: with(affinity(l{require("disk", "DoesNotExist")}), nodes("a", nil)), want: managed},
		{name: "labels of a launch template that is not in the input", in: with(ssd, nodes("a", p{"LaunchTemplate": p{"Id": "lt-1"}})), want: managed},
		{name: "labels in the launch template", in: with(ssd, nodes("a", p{"LaunchTemplate": p{"Id": ref("lt.l.id")}}), template("lt.l", p{"UserData": "--node-labels=disk=ssd"})), want: managed},
		{name: "no labels in the launch template", in: with(ssd, nodes("a", p{"LaunchTemplate": p{"Id": ref("lt.l.id")}}), template("lt.l", p{"ImageId": "ami-1"})), want: homeless},
		{name: "Gt", in: with(affinity(l{require("gen", "Gt", "4")}), labelled(p{"gen": "5"})), want: managed},
		{name: "Gt is strict", in: with(affinity(l{require("gen", "Gt", "5")}), labelled(p{"gen": "5"})), want: homeless},
		{name: "Lt", in: with(affinity(l{require("gen", "Lt", "5")}), labelled(p{"gen": "5"})), want: homeless},
		{name: "Lt holds", in: with(affinity(l{require("gen", "Lt", "6")}), labelled(p{"gen": "5"})), want: managed},
		{name: "expressions of a term all count", in: with(affinity(l{require("disk", "In", "ssd"), require("gen", "Exists")}), labelled(p{"disk": "ssd"})), want: homeless},
		{name: "one of the terms is enough", in: with(affinity(l{require("x", "Exists")}, l{require("disk", "In", "ssd")}), labelled(p{"disk": "ssd"})), want: managed},
		{name: "a term without expressions selects nothing", in: with(affinity(l{}), nodes("a", nil)), want: homeless},
		{name: "an unknown term", in: with(p{"affinity": unset("values.affinity")}, nodes("a", nil)), want: managed},
		{name: "selector and affinity both count", in: with(p{"nodeSelector": p{"disk": "ssd"}, "affinity": affinity(l{require("gen", "Exists")})["affinity"]}, labelled(p{"disk": "ssd"})), want: homeless},
		{name: "preferred affinity decides nothing", in: with(p{"affinity": p{"nodeAffinity": p{"preferredDuringSchedulingIgnoredDuringExecution": l{p{"weight": 1, "preference": p{"matchExpressions": l{require("x", "Exists")}}}}}}}, nodes("a", nil)), want: managed},

		{name: "taint not tolerated", in: with(nil, dedicated), want: homeless},
		{name: "taint tolerated", in: with(tolerate(p{"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}), dedicated), want: managed},
		{name: "Equal is the default operator", in: with(tolerate(p{"key": "dedicated", "value": "db"}), dedicated), want: managed},
		{name: "another value", in: with(tolerate(p{"key": "dedicated", "value": "web"}), dedicated), want: homeless},
		{name: "another effect", in: with(tolerate(p{"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}), dedicated), want: homeless},
		{name: "Exists without a key tolerates all", in: with(tolerate(p{"operator": "Exists"}), dedicated), want: managed},
		{name: "PreferNoSchedule excludes nothing", in: with(nil, nodes("a", tainted("x", "y", "PREFER_NO_SCHEDULE"))), want: managed},
		{name: "NoExecute excludes", in: with(nil, nodes("a", tainted("x", "y", "NO_EXECUTE"))), want: homeless},
		{name: "unknown taints", in: with(nil, nodes("a", p{"Taints": unset("var.taints")})), want: managed},
		{name: "unknown toleration", in: with(p{"tolerations": unset("values.t")}, dedicated), want: managed},
		{name: "unknown key of a taint", in: with(nil, nodes("a", tainted(unset("var.k"), "y", "NO_SCHEDULE"))), want: managed},
		{name: "the taint sends the pod to the other group", in: with(nil, dedicated, profile("f", selectorOf("x"))), want: homeless},
	})
}

func TestPodsOnFargate(t *testing.T) {
	t.Parallel()
	in := func(pod *inventory.Resource, more ...*inventory.Resource) rs {
		return append(rs{eksC(nil), pod}, more...)
	}
	all := profile("all", selectorOf("*"))
	runPods(t, []podCase{
		{name: "namespace", in: in(web(nil), profile("f", selectorOf("default"))), want: fargate},
		{name: "Fargate goes before nodes", in: in(web(nil), profile("f", selectorOf("default")), nodes("a", nil)), want: fargate},
		{name: "another namespace", in: in(web(nil), profile("f", selectorOf("prod")), nodes("a", nil)), want: managed},
		{name: "no profile and no nodes for it", in: in(web(nil), profile("f", selectorOf("prod"))), want: homeless},
		{name: "star in the namespace", in: in(deployment("prod-eu", "web", nil), profile("f", selectorOf("prod-*"))), want: "Deployment/prod-eu/web eks-fargate"},
		{name: "star may be empty", in: in(deployment("prod", "web", nil), profile("f", selectorOf("prod*"))), want: "Deployment/prod/web eks-fargate"},
		{name: "question mark is one character", in: in(deployment("prod", "web", nil), profile("f", selectorOf("prod?"))), want: "Deployment/prod/web unknown"},
		{name: "label", in: in(web(nil), profile("f", selectorOf("default", "app", "web"))), want: fargate},
		{name: "label differs", in: in(web(nil), profile("f", selectorOf("default", "app", "api"))), want: homeless},
		{name: "label pattern", in: in(web(nil), profile("f", selectorOf("default", "a*", "w?b"))), want: fargate},
		{name: "every label counts", in: in(web(nil), profile("f", selectorOf("default", "app", "web", "tier", "x"))), want: homeless},
		{name: "second selector", in: in(web(nil), profile("f", selectorOf("x"), selectorOf("default"))), want: fargate},
		{name: "selectors unknown", in: in(web(nil), res(typeFargateProfile, "fp.f", p{"ClusterName": ref("eks.c.name"), "Selectors": unset("var.s")}), nodes("a", nil)), want: "web unknown(eks-managed-nodes|eks-fargate)"},
		{name: "namespace of the pod unknown", in: rs{eksC(nil), all, deployment("", "web", nil)}, want: fargate},
		{name: "affinity plays no part", in: in(web(pick("disk", "ssd")), all), want: fargate},
		{name: "a certain profile goes before one that may match", in: in(web(nil), res(typeFargateProfile, "fp.a", p{"ClusterName": ref("eks.c.name"), "FargateProfileName": "a", "Selectors": unset("var.s")}), profile("b", selectorOf("default")), nodes("a", nil)), want: fargate},
		{name: "the pod chooses a profile that does not match", in: in(object("apps/v1", "Deployment", "", "web", p{"template": template1(p{labelProfile: "other"}, nil)}), profile("f", selectorOf("*")), nodes("a", nil)), want: managed},
		{name: "the pod chooses the profile", in: in(object("apps/v1", "Deployment", "", "web", p{"template": template1(p{labelProfile: "f"}, nil)}), profile("f", selectorOf("*")), nodes("a", nil)), want: fargate},
		{name: "a pod that names its node", in: in(web(p{"nodeName": "ip-10-0-0-1"}), all, nodes("a", nil)), want: "web unknown(eks-managed-nodes|eks-fargate)"},
		{name: "DaemonSet", in: in(daemonSet("", "log", nil), all), want: "DaemonSet/default/log unknown"},
		{name: "DaemonSet beside nodes", in: in(daemonSet("", "log", nil), all, nodes("a", nil)), want: "DaemonSet/default/log eks-managed-nodes"},
		{name: "privileged", in: in(web(p{"containers": l{p{"image": "x", "securityContext": p{"privileged": true}}}}), all, nodes("a", nil)), want: homeless},
		{name: "not privileged", in: in(web(p{"containers": l{p{"image": "x", "securityContext": p{"privileged": false}}}}), all), want: fargate},
		{name: "privileged init container", in: in(web(p{"initContainers": l{p{"image": "x", "securityContext": p{"privileged": true}}}}), all), want: homeless},
		{name: "host network", in: in(web(p{"hostNetwork": true}), all), want: homeless},
		{name: "host port", in: in(web(p{"containers": l{p{"image": "x", "ports": l{p{"containerPort": 80, "hostPort": 80}}}}}), all), want: homeless},
		{name: "GPU", in: in(web(p{"containers": l{p{"image": "x", "resources": p{"limits": p{"nvidia.com/gpu": 1}}}}}), all), want: homeless},
		{name: "a pod that asks for a profile", in: in(web(nil), all, profile("b", selectorOf("default"))), want: fargate},
		{name: "a profile that may be absent", in: in(web(nil), maybe(profile("f", selectorOf("default"))), nodes("a", nil)), want: "web unknown(eks-managed-nodes|eks-fargate)"},
	})
}

func TestPodsOnAutoModeAndKarpenter(t *testing.T) {
	t.Parallel()
	mode := func(pools ...any) *inventory.Resource {
		return eksC(p{"ComputeConfig": p{"Enabled": true, "NodePools": l(pools)}})
	}
	plain := eksC(nil)
	in := func(all ...*inventory.Resource) rs { return all }
	kp := func(spec p) *inventory.Resource { return nodePool("np", "karpenter.k8s.aws", spec) }
	reqs := func(rs ...any) p { return p{"requirements": l(rs)} }
	runPods(t, []podCase{
		{name: "general purpose", in: in(mode("general-purpose", "system"), web(nil)), want: auto},
		{name: "arm64 is not in general purpose", in: in(mode("general-purpose"), web(pick(labelArch, "arm64"))), want: homeless},
		{name: "system has arm64 and a taint", in: in(mode("general-purpose", "system"), web(pick(labelArch, "arm64"))), want: homeless},
		{name: "system tolerated", in: in(mode("system"), web(p{"nodeSelector": p{labelArch: "arm64"}, "tolerations": l{p{"key": "CriticalAddonsOnly", "operator": "Exists"}}})), want: auto},
		{name: "spot is not in the built-in pools", in: in(mode("general-purpose"), web(pick("karpenter.sh/capacity-type", "spot"))), want: homeless},
		{name: "beside a node group", in: in(mode("general-purpose"), nodes("a", nil), web(nil)), want: "web unknown(eks-managed-nodes|eks-auto)"},
		{name: "compute type auto", in: in(mode("general-purpose"), nodes("a", nil), web(pick(labelCompute, "auto"))), want: auto},
		{name: "compute type is not auto", in: in(mode("general-purpose"), nodes("a", nil), web(affinity(l{require(labelCompute, "NotIn", "auto")}))), want: managed},
		{name: "Auto Mode off", in: in(eksC(p{"ComputeConfig": p{"Enabled": false}}), nodes("a", nil), web(nil)), want: managed},
		{name: "Auto Mode unknown", in: in(eksC(p{"ComputeConfig": p{"Enabled": unset("var.auto")}}), nodes("a", nil), web(nil)), want: "web unknown(eks-managed-nodes|eks-auto)"},
		{name: "Auto Mode without built-in pools", in: in(eksC(p{"ComputeConfig": p{"Enabled": true}}), web(pick("team", "x"))), want: auto},
		{name: "Auto Mode's custom pool", in: in(eksC(p{"ComputeConfig": p{"Enabled": true}}), nodePool("gpu", groupAuto, p{"labels": p{"team": "x"}}), web(pick("team", "x"))), want: auto},
		{name: "custom pool beside a node group", in: in(mode("general-purpose"), nodes("a", nil), nodePool("gpu", groupAuto, p{"labels": p{"team": "x"}}), web(pick("team", "x"))), want: auto},

		{name: "Karpenter", in: in(plain, kp(nil), web(nil)), want: own},
		{name: "Karpenter beside a node group", in: in(plain, kp(nil), nodes("a", nil), web(nil)), want: "web unknown(eks-self-managed-nodes|eks-managed-nodes)"},
		{name: "by pool name", in: in(plain, kp(nil), nodes("a", nil), web(pick(labelNodePool, "np"))), want: own},
		{name: "In allows", in: in(plain, kp(reqs(require(labelArch, "In", "amd64", "arm64"))), web(pick(labelArch, "arm64"))), want: own},
		{name: "In excludes", in: in(plain, kp(reqs(require(labelArch, "In", "amd64"))), web(pick(labelArch, "arm64"))), want: homeless},
		{name: "NotIn excludes", in: in(plain, kp(reqs(require("karpenter.k8s.aws/instance-family", "NotIn", "t3"))), web(pick("karpenter.k8s.aws/instance-family", "t3"))), want: homeless},
		{name: "Gt excludes", in: in(plain, kp(reqs(require("karpenter.k8s.aws/instance-generation", "Gt", "4"))), web(pick("karpenter.k8s.aws/instance-generation", "4"))), want: homeless},
		{name: "Gt allows", in: in(plain, kp(reqs(require("karpenter.k8s.aws/instance-generation", "Gt", "4"))), web(pick("karpenter.k8s.aws/instance-generation", "5"))), want: own},
		{name: "two bounds that leave nothing", in: in(plain, kp(reqs(require("karpenter.k8s.aws/instance-cpu", "Gt", "8"))), web(affinity(l{require("karpenter.k8s.aws/instance-cpu", "Lt", "8")}))), want: homeless},
		{name: "own label that is required to exist", in: in(plain, kp(reqs(require("team", "Exists"))), web(pick("team", "x"))), want: own},
		{name: "own label that the pool does not know", in: in(plain, kp(nil), web(pick("team", "x"))), want: homeless},
		{name: "DoesNotExist", in: in(plain, kp(reqs(require("team", "DoesNotExist"))), web(pick("team", "x"))), want: homeless},
		{name: "NotIn leaves the label away", in: in(plain, kp(reqs(require("team", "NotIn", "x"))), web(affinity(l{require("team", "DoesNotExist")}))), want: own},
		{name: "Exists does not", in: in(plain, kp(reqs(require("team", "Exists"))), web(affinity(l{require("team", "DoesNotExist")}))), want: homeless},
		{name: "requirements unknown", in: in(plain, kp(p{"requirements": unset("values.r")}), web(pick("team", "x"))), want: own},
		{name: "taint of a pool", in: in(plain, kp(p{"taints": l{p{"key": "gpu", "effect": "NoSchedule"}}}), web(nil)), want: homeless},
		{name: "startup taints do not count", in: in(plain, kp(p{"startupTaints": l{p{"key": "x", "effect": "NoSchedule"}}}), web(nil)), want: own},
		{name: "Provisioner", in: in(plain, object("karpenter.sh/v1alpha5", "Provisioner", "", "old", p{"labels": p{"team": "x"}}), web(pick(labelOldPool, "old", "team", "x"))), want: own},
		{name: "unknown class", in: in(plain, object("karpenter.sh/v1", "NodePool", "", "np", p{"template": p{"spec": p{"nodeClassRef": unset("values.c")}}}), web(pick(labelNodePool, "np"))), want: "web unknown(eks-self-managed-nodes|eks-auto)"},
		{name: "Karpenter in a self-managed cluster", in: in(res(typeInstance, "i.x", p{"UserData": "kubeadm join"}), kp(nil), web(pick(labelNodePool, "np"))), want: "web kubernetes-on-ec2"},
		{name: "StatefulSet on a pool", in: in(plain, kp(reqs(require("karpenter.sh/capacity-type", "In", "on-demand"))), nodes("a", nil),
			object("apps/v1", "StatefulSet", "db", "pg", p{"template": template1(p{}, affinity(l{require("karpenter.sh/capacity-type", "In", "on-demand")}))})), want: "StatefulSet/db/pg eks-self-managed-nodes"},
		{name: "a pool of another group is none", in: in(plain, object("example.com/v1", "NodePool", "", "np", p{}), nodes("a", nil), web(nil)), want: managed},
	})
}

func TestPodsOnOwnNodesAndHybrid(t *testing.T) {
	t.Parallel()
	node := func(data any) *inventory.Resource { return res(typeInstance, "i.x", p{"UserData": data}) }
	const boot = "/etc/eks/bootstrap.sh c"
	remote := eksC(p{"RemoteNetworkConfig": p{"RemoteNodeNetworks": l{"10.0.0.0/8"}}})
	runPods(t, []podCase{
		{name: "own nodes", in: rs{eksC(nil), node(boot), web(nil)}, want: own},
		{name: "labels in the flags of kubelet", in: rs{eksC(nil), node(boot + " --kubelet-extra-args '--node-labels=disk=ssd,x=y --register-with-taints=gpu=true:NoSchedule'"),
			web(p{"nodeSelector": p{"disk": "ssd"}, "tolerations": l{p{"key": "gpu", "operator": "Exists"}}})}, want: own},
		{name: "taint in the flags of kubelet", in: rs{eksC(nil), node(boot + ` --kubelet-extra-args "--register-with-taints=gpu=true:NoSchedule"`), web(nil)}, want: homeless},
		{name: "no such label in the flags", in: rs{eksC(nil), node(boot), web(pick("disk", "ssd"))}, want: homeless},
		{name: "flags from a variable", in: rs{eksC(nil), node(boot + ` --kubelet-extra-args "$ARGS"`), web(pick("disk", "ssd"))}, want: own},
		{name: "user data partly unknown", in: rs{eksC(nil), node(inventory.UnknownValue(place1).WithMeta(partial(boot + " --node-labels=${var.l}"))), web(pick("disk", "ssd"))}, want: own},
		{name: "user data known in part", in: rs{eksC(nil), node(inventory.UnknownValue(place1).WithMeta(partial(boot))), web(pick("disk", "ssd"))}, want: own},
		{name: "Bottlerocket", in: rs{eksC(nil), res(typeInstance, "i.x", p{"ImageId": "resolve:ssm:/aws/service/eks/optimized-ami/1.33/image_id",
			"UserData": "[settings.kubernetes]\ncluster-name = \"c\"\n[settings.kubernetes.node-labels]\n\"disk\" = \"ssd\"\n[settings.kubernetes.node-taints]\n\"gpu\" = \"true:NoSchedule\"\n"}),
			web(pick("disk", "ssd"))}, want: homeless},
		{name: "self-managed cluster", in: rs{node("kubeadm join"), web(pick("disk", "ssd"))}, want: "web kubernetes-on-ec2"},
		{name: "kOps objects are no workloads", in: rs{node("nodeup"), object("kops.k8s.io/v1alpha2", "InstanceGroup", "", "nodes", p{}), object("kops.k8s.io/v1alpha2", "Cluster", "", "c", p{})}, want: ""},
		{name: "hybrid nodes alone", in: rs{remote, web(nil)}, want: "web eks-hybrid"},
		{name: "hybrid nodes beside a group", in: rs{remote, nodes("a", nil), web(nil)}, want: "web unknown(eks-managed-nodes|eks-hybrid)"},
		{name: "compute type hybrid", in: rs{remote, nodes("a", nil), web(pick(labelCompute, "hybrid"))}, want: "web eks-hybrid"},
		{name: "cluster alone", in: rs{eksC(nil), web(nil)}, want: "web unknown(eks-self-managed-nodes|eks-managed-nodes|eks-fargate)"},
		{name: "cluster alone, DaemonSet", in: rs{eksC(nil), daemonSet("", "log", nil)}, want: "DaemonSet/default/log unknown(eks-self-managed-nodes|eks-managed-nodes)"},
	})
}

func TestWhichCluster(t *testing.T) {
	t.Parallel()
	second := func(all ...*inventory.Resource) rs {
		for _, r := range all {
			r.Scope = "infra2"
		}
		return all
	}
	two := func(fargate ...*inventory.Resource) rs {
		return append(rs{eksC(nil), nodes("a", p{"Labels": p{"disk": "ssd"}}), web(nil)}, second(fargate...)...)
	}
	all := func() *inventory.Resource { return profile("all", selectorOf("*")) }
	runPods(t, []podCase{
		{name: "manifests alone", in: rs{web(nil)}, want: "web unknown(kubernetes-on-ec2|" + anyEKS + ")"},
		{name: "manifests alone, DaemonSet", in: rs{daemonSet("", "log", nil)}, want: "DaemonSet/default/log unknown(kubernetes-on-ec2|eks-self-managed-nodes|eks-managed-nodes|eks-auto|eks-hybrid)"},
		{name: "manifests that ask for Auto Mode", in: rs{web(pick(labelCompute, "auto"))}, want: auto},
		{name: "manifests that ask for a node group", in: rs{web(pick(labelNodeGroup, "a"))}, want: managed},
		{name: "manifests with a pool", in: rs{nodePool("np", "karpenter.k8s.aws", nil), web(pick(labelNodePool, "np"))}, want: "web unknown(kubernetes-on-ec2|eks-self-managed-nodes|eks-auto)"},
		{name: "--cluster", in: rs{web(nil)}, option: hostEKSMng, want: managed},
		{name: "--cluster with Fargate", in: rs{web(nil)}, option: hostEKSFg, want: fargate},
		{name: "--cluster never puts a DaemonSet on Fargate", in: rs{daemonSet("", "log", nil)}, option: hostEKSFg, want: "DaemonSet/default/log unknown"},
		{name: "--cluster never overrules the pod", in: rs{web(pick(labelCompute, "auto"))}, option: hostEKSMng, want: auto},
		{name: "--cluster never overrules the input", in: rs{eksC(nil), nodes("a", nil), web(nil)}, option: hostEKSAuto, want: managed},
		{name: "--cluster settles candidates", in: rs{eksC(p{"ComputeConfig": p{"Enabled": true, "NodePools": l{"general-purpose"}}}), nodes("a", nil), web(nil)}, option: hostEKSMng, want: managed},
		{name: "--cluster that is no candidate", in: rs{eksC(p{"ComputeConfig": p{"Enabled": true, "NodePools": l{"general-purpose"}}}), nodes("a", nil), web(nil)}, option: hostEKSFg, want: "web unknown(eks-managed-nodes|eks-auto)"},
		{name: "two clusters", in: two(eksC(nil), all()), want: "web unknown(eks-managed-nodes|eks-fargate)"},
		{name: "two clusters of one kind", in: two(eksC(nil), nodes("b", nil)), want: managed},
		{name: "the labels fit one cluster only", in: append(rs{web(pick("disk", "ssd"))}, two(eksC(nil), nodes("b", nil))[:2]...), want: managed},
		{name: "manifests in the root of one of them", in: func() rs {
			w := web(nil)
			out := append(rs{eksC(nil), nodes("a", nil)}, second(eksC(nil), all())...)
			w.Scope = "k8s"
			for _, r := range out[2:] {
				r.Scope = "k8s"
			}
			return append(out, w)
		}(), want: "web eks-fargate; fp.all eks-fargate"},
		{name: "group of one of two clusters", in: append(rs{res(typeKubeCluster, "eks.d", nil), res(typeNodeGroup, "ng.a", p{"ClusterName": choice("var.c", "eks.c.name", "eks.d.name")})}, eksC(nil), web(nil)), want: "web unknown(eks-self-managed-nodes|eks-managed-nodes|eks-fargate)"},
		{name: "group of a cluster outside the input", in: rs{res(typeNodeGroup, "ng.a", p{"ClusterName": "prod"}), web(nil)}, want: "web unknown(" + anyEKS + ")"},
		{name: "unread module", in: rs{eksC(nil), nodes("a", nil), web(nil)}, unread: []string{"terraform-aws-modules/eks/aws//modules/eks-managed-node-group"}, want: "web unknown(eks-self-managed-nodes|eks-managed-nodes|eks-fargate)"},
		{name: "unread module of unknown purpose", in: rs{eksC(nil), nodes("a", nil), web(nil)}, unread: []string{"git::https://example.com/platform.git"}, want: "web unknown(eks-self-managed-nodes|eks-managed-nodes|eks-fargate)"},
		{name: "unread module that is no compute", in: rs{eksC(nil), nodes("a", nil), web(nil)}, unread: []string{"terraform-aws-modules/vpc/aws"}, want: managed},
		{name: "group that may be absent", in: rs{eksC(nil), maybe(nodes("a", nil)), web(nil)}, want: "web unknown(eks-self-managed-nodes|eks-managed-nodes|eks-fargate)"},
		{name: "group that may be absent beside one that is there", in: rs{eksC(nil), maybe(nodes("a", nil)), nodes("b", nil), web(nil)}, want: managed},
	})
}

func TestMayHoldCompute(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		"terraform-aws-modules/vpc/aws": false, "terraform-aws-modules/eks/aws": true, "app.terraform.io/acme/vpc/aws": false,
		"terraform-aws-modules/eks/aws//modules/eks-managed-node-group":            true,
		"terraform-aws-modules/iam/aws//modules/iam-role-for-service-accounts-eks": false,
		"git::https://git.example/security/platform.git//eks?ref=v1":               true,
		"git::https://git.example/acme/terraform-aws-vpc.git?ref=v1":               false, "git@git.example:iam/workers.git": true,
		"https://bucket.s3.amazonaws.com/templates/network.yaml": false, "https://bucket.s3.amazonaws.com/vpc/nodes.yaml": true,
		"git::https://git.example/vpc-worker-nodes.git": true, "": true,
	} {
		if got := mayHoldCompute(inventory.Unread{Address: "module.x", Source: source}); got != want {
			t.Errorf("%q: %v, want %v", source, got, want)
		}
	}
	if mayHoldCompute(inventory.Unread{Address: "NetworkStack"}) {
		t.Error("a stack named for the network holds no nodes")
	}
}

// TestNearestCluster: manifests inside the directory of one cluster are meant for it.
func TestNearestCluster(t *testing.T) {
	t.Parallel()
	at := func(scope string, r *inventory.Resource) *inventory.Resource { r.Scope = scope; return r }
	clusters := func() rs {
		return rs{at("live/dev", eksC(nil)), at("live/dev", nodes("a", nil)), at("live/prod/eks.yaml", eksC(nil)), at("live/prod/eks.yaml", profile("f", selectorOf("*")))}
	}
	for scope, want := range map[string]string{
		"live/dev/k8s/web.yaml": managed, "live/prod/web.yaml": fargate, "live/prod": fargate,
		"live/development/web.yaml": "web unknown(eks-managed-nodes|eks-fargate)", "k8s/web.yaml": "web unknown(eks-managed-nodes|eks-fargate)", "web.yaml": "web unknown(eks-managed-nodes|eks-fargate)",
	} {
		w := one(t, find(append(clusters(), at(scope, web(nil)))), "Deployment/default/web")
		if got := strings.TrimPrefix(say(w), "Deployment/default/"); got != want {
			t.Errorf("%s: %s, want %s", scope, got, want)
		}
	}
}

func TestPodRoots(t *testing.T) {
	t.Parallel()
	tmpl := p{"template": template1(p{}, nil)}
	kinds := rs{
		object("apps/v1", "Deployment", "", "a", tmpl),
		object("extensions/v1beta1", "Deployment", "", "old", tmpl),
		object("apps/v1", "StatefulSet", "", "b", p{"replicas": 0, "template": tmpl["template"]}),
		object("batch/v1", "Job", "", "c", tmpl),
		object("batch/v1", "CronJob", "", "d", p{"jobTemplate": p{"spec": tmpl}}),
		object("apps/v1", "ReplicaSet", "", "e", tmpl),
		object("v1", "ReplicationController", "", "f", tmpl),
		object("v1", "Pod", "", "g", podSpec(nil)),
		object("argoproj.io/v1alpha1", "Rollout", "", "h", tmpl),
		object("argoproj.io/v1alpha1", "Rollout", "", "refers", p{"workloadRef": p{"kind": "Deployment", "name": "a"}}),
		object("serving.knative.dev/v1", "Service", "", "i", tmpl),
		object("v1", "Service", "", "j", p{"selector": p{"app": "web"}}),
		object("example.com/v1", "Deployment", "", "k", tmpl),
		object("apps/v1", "Deployment", "", "patch", p{"replicas": 3}),
		object("v1", "ConfigMap", "", "l", nil),
	}
	var got []string
	for _, w := range find(append(kinds, eksC(nil), nodes("n", nil))) {
		if w.Scope == "k8s" {
			got = append(got, say(w))
		}
	}
	const on = " eks-managed-nodes"
	want := []string{"CronJob/default/d" + on, "Deployment/default/a" + on, "Deployment/default/old" + on, "Job/default/c" + on, "Pod/default/g" + on,
		"ReplicaSet/default/e" + on, "ReplicationController/default/f" + on, "Rollout/default/h" + on, "Service/default/i" + on, "StatefulSet/default/b" + on}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOwnedPods(t *testing.T) {
	t.Parallel()
	child := func(kind, name string, controller any) *inventory.Resource {
		r := object("apps/v1", "ReplicaSet", "", "web-1", p{"template": template1(p{}, nil)})
		r.Properties = val(p{"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": p{"template": template1(p{}, nil)},
			"metadata": p{"name": "web-1", "ownerReferences": l{p{"kind": kind, "name": name, "controller": controller}}}})
		return r
	}
	for name, tt := range map[string]struct {
		child *inventory.Resource
		want  int
	}{
		"owner in the input":    {child("Deployment", "web", true), 1},
		"owner elsewhere":       {child("Deployment", "other", true), 2},
		"owner of another kind": {child("Rollout", "web", true), 2},
		"not the controller":    {child("Deployment", "web", false), 2},
	} {
		if got := len(find(rs{web(nil), tt.child})); got != tt.want {
			t.Errorf("%s: %d workloads, want %d", name, got, tt.want)
		}
	}
}

func TestWildcard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"a*", "a", true}, {"*a", "ba", true}, {"*a", "ab", false},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"*b*d", "abcd", true}, {"frontend*?", "frontend", false}, {"frontend*?", "frontends", true},
		{"a*b*c", "aXbXbXc", true}, {"a*b*c", "aXbX", false}, {"a.c", "abc", false},
	} {
		if got := wildcard(c.pattern, c.text); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.text, got)
		}
	}
	long := strings.Repeat("a*", 500) + "b"
	start := time.Now()
	if wildcard(long, strings.Repeat("a", 100_000)) {
		t.Error("a pattern that ends in b matches only a")
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("a hostile pattern took %s", d)
	}
}

// manyPods is 5,000 Deployments beside 50 node groups in one cluster.
func manyPods() *inventory.Inventory {
	inv := &inventory.Inventory{Resources: rs{eksC(nil)}}
	for i := range 50 {
		name := fmt.Sprintf("g%02d", i)
		inv.Resources = append(inv.Resources, nodes(name, p{"Labels": p{"pool": name}, "AmiType": "AL2023_x86_64_STANDARD"}))
	}
	for i := range 5000 {
		spec := p{}
		if i%2 == 0 {
			spec = pick("pool", fmt.Sprintf("g%02d", i%50))
		}
		inv.Resources = append(inv.Resources, deployment(fmt.Sprintf("ns%d", i%100), fmt.Sprintf("d%d", i), spec))
		inv.Resources = append(inv.Resources, object("v1", "Service", fmt.Sprintf("ns%d", i%100), fmt.Sprintf("s%d", i), p{"selector": p{"app": fmt.Sprint(i)}}))
	}
	inv.Sort()
	return inv
}

func TestManyPodsAreQuick(t *testing.T) {
	t.Parallel()
	inv := manyPods()
	start := time.Now()
	found := Find(inventory.NewIndex(inv), inv, Options{})
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("5,000 pods beside 50 node groups took %s", d)
	}
	if len(found) != 5050 {
		t.Errorf("%d workloads", len(found))
	}
}

func BenchmarkPods(b *testing.B) {
	inv := manyPods()
	ix := inventory.NewIndex(inv)
	for b.Loop() {
		Find(ix, inv, Options{})
	}
}

// FuzzReadFlags: whatever user data holds, reading labels and taints ends, and keeps within its bounds.
func FuzzReadFlags(f *testing.F) {
	for _, seed := range []string{
		"/etc/eks/bootstrap.sh c --kubelet-extra-args '--node-labels=a=b,c=${x} --register-with-taints=k=v:NoSchedule,w:NoExecute'",
		"[settings.kubernetes.node-labels]\n\"a\" = \"b\"\n[settings.kubernetes.node-taints]\nk = [\"v:NoSchedule\"]\n[x]\n",
		"kubelet:\n  flags:\n  - \"--node-labels=a=b\"\n  config:\n    registerWithTaints: []\n", "--node-labels", "--register-with-taints=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := &podHost{labels: nodeLabels{known: map[string]label{}}}
		h.readFlags(text)
		if len(h.labels.known) > maxNodeLabels+1 || len(h.taints) > maxNodeLabels+2 {
			t.Errorf("%d labels, %d taints", len(h.labels.known), len(h.taints))
		}
		tolerated(h.taints, nil)
	})
}
