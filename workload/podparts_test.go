package workload

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
)

func TestPodParts(t *testing.T) {
	t.Parallel()
	bottle := nodes("b", p{"AmiType": "BOTTLEROCKET_x86_64", "Labels": p{"os": "b"}})
	linux := nodes("a", p{"AmiType": "AL2023_x86_64_STANDARD"})
	old := nodes("old", p{"AmiType": "AL2_x86_64"})
	custom := nodes("x", p{"AmiType": "CUSTOM"})
	class := func(spec p) *inventory.Resource {
		return object("karpenter.k8s.aws/v1", "EC2NodeClass", "", "default", spec)
	}
	pool := nodePool("np", "karpenter.k8s.aws", nil)
	image := func(kind, publisher string, tracking bool) string {
		return fmt.Sprintf("Kind=%s Publisher=%s Tracking=%v", kind, publisher, tracking)
	}
	unknownImage := "Kind=(unknown) Publisher=(unknown) Tracking=false"
	tests := []struct {
		name, role, want string
		in               rs
	}{
		{"one group", "nodegroup", "ng.b", rs{eksC(nil), bottle, linux, web(pick("os", "b"))}},
		{"image of one group", "image", image("bottlerocket", "aws", false), rs{eksC(nil), bottle, linux, web(pick("os", "b"))}},
		{"cluster", "cluster", "eks.c", rs{eksC(nil), bottle, linux, web(nil)}},
		{"cluster when the hosting is open", "cluster", "eks.c", rs{eksC(p{"ComputeConfig": p{"Enabled": unset("v")}}), bottle, web(nil)}},
		{"several groups", "nodegroup", "unknown: the host of the pod could be one of several", rs{eksC(nil), bottle, linux, web(nil)}},
		{"images of one publisher", "image", image("(unknown)", "aws", false), rs{eksC(nil), bottle, linux, web(nil)}},
		{"images of groups on Amazon Linux 2", "image", "Kind=eks-optimized Line=amazon-linux-2 Publisher=aws Tracking=false", rs{eksC(nil), old, nodes("old2", p{"AmiType": "AL2_ARM_64"}), web(nil)}},
		{"images of which one is on Amazon Linux 2", "image", "Kind=eks-optimized Line=(unknown) Publisher=aws Tracking=false", rs{eksC(nil), old, linux, web(nil)}},
		{"images of two publishers", "image", unknownImage, rs{eksC(nil), custom, linux, web(nil)}},
		{"host not in the input", "nodegroup", "unknown: the host of the pod is not in the input", rs{web(pick(labelNodeGroup, "a"))}},
		{"own nodes", "instance", "i.x", rs{eksC(nil), res(typeInstance, "i.x", p{"UserData": "/etc/eks/bootstrap.sh c"}), web(nil)}},
		{"Fargate profile, first by name", "fargateProfile", "fp.a", rs{eksC(nil), profile("b", selectorOf("*")), profile("a", selectorOf("*")), web(nil)}},
		{"node pool", "nodePool", "NodePool/np", rs{eksC(nil), pool, web(nil)}},
		{"Auto Mode has no image of the customer's choice", "image", "absent", rs{eksC(p{"ComputeConfig": p{"Enabled": true}}), nodePool("np", groupAuto, nil), web(nil)}},
		{"class not in the input", "image", unknownImage, rs{eksC(nil), pool, web(nil)}},
		{"alias that tracks", "image", image("eks-optimized", "aws", true), rs{eksC(nil), pool, web(nil), class(p{"amiSelectorTerms": l{p{"alias": "al2023@latest"}}})}},
		{"alias that is pinned", "image", image("bottlerocket", "aws", false), rs{eksC(nil), pool, web(nil), class(p{"amiSelectorTerms": l{p{"alias": "bottlerocket@v1.20.4"}}})}},
		{"alias of Amazon Linux 2", "image", "Kind=eks-optimized Line=amazon-linux-2 Publisher=aws Tracking=true", rs{eksC(nil), pool, web(nil), class(p{"amiSelectorTerms": l{p{"alias": "al2@latest"}}})}},
		{"family AL2", "image", "Kind=eks-optimized Line=amazon-linux-2 Publisher=aws Tracking=true", rs{eksC(nil), pool, web(nil), class(p{"amiFamily": "AL2"})}},
		{"family", "image", image("eks-optimized", "aws", true), rs{eksC(nil), pool, web(nil), class(p{"amiFamily": "AL2023"})}},
		{"Ubuntu", "image", image("ubuntu", "third-party", true), rs{eksC(nil), pool, web(nil), class(p{"amiFamily": "Ubuntu"})}},
		{"family Custom", "image", unknownImage, rs{eksC(nil), pool, web(nil), class(p{"amiFamily": "Custom"})}},
		{"no family", "image", unknownImage, rs{eksC(nil), pool, web(nil), class(p{})}},
		{"bare id", "image", unknownImage, rs{eksC(nil), pool, web(nil), class(p{"amiFamily": "AL2023", "amiSelectorTerms": l{p{"id": "ami-1"}}})}},
		{"own images", "image", image("own", "customer", false), rs{eksC(nil), pool, web(nil), class(p{"amiSelectorTerms": l{p{"name": "x", "owner": "self"}}})}},
		{"parameter of AWS", "image", image("eks-optimized", "aws", true), rs{eksC(nil), pool, web(nil), class(p{"amiSelectorTerms": l{p{"ssmParameter": "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id"}}})}},
		{"terms that differ", "image", unknownImage, rs{eksC(nil), pool, web(nil), class(p{"amiSelectorTerms": l{p{"alias": "al2023@latest"}, p{"name": "x", "owner": "self"}}})}},
		{"--cluster", "image", "absent", rs{web(nil)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, w := range find(tt.in) {
				if w.Scope == "k8s" {
					if got := part(w, tt.role); got != tt.want {
						t.Errorf("got  %s\nwant %s", got, tt.want)
					}
				}
			}
		})
	}
}

// TestPodOnDefaults: an answer that a default decides says so, also when the default only keeps the pod off a host.
func TestPodOnDefaults(t *testing.T) {
	t.Parallel()
	mode := eksC(p{"ComputeConfig": p{"Enabled": true, "NodePools": l{"general-purpose"}}})
	for name, in := range map[string]rs{
		"taint": {mode, nodes("a", p{"Taints": l{p{"Key": assumed("x", "var.taint"), "Effect": "NO_SCHEDULE"}}}), web(nil)},
		"label": {mode, nodes("a", p{"Labels": p{labelArch: assumed("arm64", "var.arch")}}), web(pick(labelArch, "amd64"))},
	} {
		w := one(t, find(in), "Deployment/default/web")
		found := false
		for _, e := range w.Because {
			found = found || restsOnDefault(e.Value, maxTextDepth)
		}
		if w.Hosting != hostEKSAuto || !found {
			t.Errorf("%s: hosting %s, evidence rests on a default: %v", name, w.Hosting, found)
		}
	}
	plain := one(t, find(rs{mode, nodes("a", tainted("x", "", "NO_SCHEDULE")), web(nil)}), "Deployment/default/web")
	for _, e := range plain.Because {
		if restsOnDefault(e.Value, maxTextDepth) {
			t.Errorf("%s rests on no default", e.Property)
		}
	}
}

func TestPodIdentity(t *testing.T) {
	t.Parallel()
	account := func(annotations p) *inventory.Resource {
		r := object("v1", "ServiceAccount", "", "sa", nil)
		r.Properties = val(p{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": p{"name": "sa", "annotations": annotations}})
		return r
	}
	role := res(typeRole, "role.r", p{"RoleName": "app"})
	irsa := p{"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/path/app"}
	link := res("AWS::EKS::PodIdentityAssociation", "pia.p", p{"ClusterName": "c", "Namespace": "default", "ServiceAccount": "sa", "RoleArn": ref("role.q.arn")})
	other := res(typeRole, "role.q", p{"RoleName": "other"})
	uses := p{"serviceAccountName": "sa"}
	tests := []struct {
		name          string
		in            rs
		account, role string
	}{
		{"role by ARN", rs{account(irsa), role, web(uses)}, "ServiceAccount/default/sa", "role.r"},
		{"role not in the input", rs{account(irsa), web(uses)}, "ServiceAccount/default/sa", `unknown: "arn:aws:iam::111122223333:role/path/app" is not in the input`},
		{"templated role", rs{account(p{"eks.amazonaws.com/role-arn": unset("values.role")}), role, web(uses)}, "ServiceAccount/default/sa", "unknown: values.role has no value and no default"},
		{"Pod Identity", rs{account(p{}), link, other, web(uses)}, "ServiceAccount/default/sa", "role.q"},
		{"the annotation goes first", rs{account(irsa), role, link, other, web(uses)}, "ServiceAccount/default/sa", "role.r"},
		{"account not in the input", rs{web(uses)}, "unknown: ServiceAccount default/sa is not in the input", "absent"},
		{"Pod Identity of an account not in the input", rs{link, other, web(uses)}, "unknown: ServiceAccount default/sa is not in the input", "role.q"},
		{"default account", rs{account(irsa), role, web(nil)}, "absent", "absent"},
		{"account under its old name", rs{account(irsa), role, web(p{"serviceAccount": "sa"})}, "ServiceAccount/default/sa", "role.r"},
		{"two accounts of one name elsewhere", rs{in("a", account(irsa)), in("b", account(irsa)), role, web(uses)}, "unknown: ServiceAccount default/sa could be one of several objects", "absent"},
		{"unknown account", rs{account(irsa), web(p{"serviceAccountName": unset("values.sa")})}, "unknown: values.sa has no value and no default", "unknown: values.sa has no value and no default"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(tt.in), "Deployment/default/web")
			if got := part(w, "serviceAccount"); got != tt.account {
				t.Errorf("account %s, want %s", got, tt.account)
			}
			if got := part(w, "role"); got != tt.role {
				t.Errorf("role %s, want %s", got, tt.role)
			}
		})
	}
}

func TestExposure(t *testing.T) {
	t.Parallel()
	service := func(name string, labels p) *inventory.Resource {
		return object("v1", "Service", "", name, p{"type": "LoadBalancer", "selector": labels})
	}
	in := rs{
		web(nil), service("web", p{"app": "web"}), service("api", p{"app": "api"}), service("headless", nil),
		object("networking.k8s.io/v1", "Ingress", "", "edge", p{"rules": l{p{"http": p{"paths": l{p{"backend": p{"service": p{"name": "web"}}}}}}}}),
		object("networking.k8s.io/v1", "Ingress", "", "other", p{"defaultBackend": p{"service": p{"name": "api"}}}),
		object("networking.k8s.io/v1", "NetworkPolicy", "", "all", p{"podSelector": p{}}),
		object("networking.k8s.io/v1", "NetworkPolicy", "", "api", p{"podSelector": p{"matchLabels": p{"app": "api"}}}),
		object("networking.k8s.io/v1", "NetworkPolicy", "", "expr", p{"podSelector": p{"matchExpressions": l{require("app", "In", "web")}}}),
		object("networking.k8s.io/v1", "NetworkPolicy", "x", "elsewhere", p{"podSelector": p{}}),
	}
	w := one(t, find(in), "Deployment/default/web")
	var got []string
	for _, list := range []string{"Services", "Ingresses", "NetworkPolicies"} {
		for _, item := range w.Parts["exposure"].Resource.Get(list).List() {
			address, _ := item.Get("Address").Text()
			kind, _ := item.Get("Type").Text()
			got = append(got, strings.TrimSpace(address+" "+kind))
		}
	}
	want := []string{"Service/default/web LoadBalancer", "Ingress/default/edge", "NetworkPolicy/default/all", "NetworkPolicy/default/expr"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := part(w, "containers"); !strings.Contains(got, "Images=[registry.example/app:1]") {
		t.Errorf("containers: %s", got)
	}
}
