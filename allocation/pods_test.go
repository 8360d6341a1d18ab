package allocation

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// props makes a Map of Go values: nested props, texts and bools, in the shape of a manifest.
type props map[string]any

func (p props) value() inventory.Value {
	var out []inventory.Property
	for name, v := range p {
		out = append(out, inventory.Property{Name: name, Value: valueOf(v)})
	}
	return inventory.MapValue(out, at(1))
}

func valueOf(v any) inventory.Value {
	switch v := v.(type) {
	case props:
		return v.value()
	case []props:
		var items []inventory.Value
		for _, item := range v {
			items = append(items, item.value())
		}
		return inventory.ListValue(items, at(1))
	case bool:
		return inventory.BoolValue(v, at(1))
	case inventory.Value:
		return v
	}
	return str(v.(string), 1)
}

func resource(typ, address string, p props) *inventory.Resource {
	return &inventory.Resource{Type: typ, SourceType: typ, Address: address, Name: address, Scope: "infra", Origin: at(1), Mapped: true, Properties: p.value()}
}

func deployment(spec props) *inventory.Resource {
	all := props{"containers": []props{{"image": "app:1"}}}
	for k, v := range spec {
		all[k] = v
	}
	r := resource("Deployment", "Deployment/default/web", props{"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": props{"name": "web"}, "spec": props{"template": props{"spec": all}}})
	r.SourceType, r.Scope = "apps/v1/Deployment", "k8s"
	return r
}

// allocated runs discovery and allocation with the embedded catalog and returns the workloads by address.
func allocated(t *testing.T, rs ...*inventory.Resource) map[string]Workload {
	t.Helper()
	cat, diags := catalog.Load(catalog.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	inv := &inventory.Inventory{Resources: rs}
	inv.Sort()
	found := workload.Find(inventory.NewIndex(inv), inv, workload.Options{Roots: cat.Roots(), Diags: &inv.Diags})
	ws, more := Run(found, cat, Options{AsOf: asOf})
	if len(more) > 0 || len(inv.Diags) > 0 {
		t.Fatal(more, inv.Diags)
	}
	out := map[string]Workload{}
	for _, w := range ws {
		out[w.Address] = w
	}
	return out
}

// parties is the party of every duty.
func parties(w Workload) map[string]stack.Party {
	out := map[string]stack.Party{}
	for _, l := range w.Layers {
		for _, d := range l.Duties {
			out[string(l.Layer)+"/"+d.Duty] = d.Party
		}
	}
	return out
}

func eks(p props) *inventory.Resource {
	p["Name"] = "main"
	return resource("AWS::EKS::Cluster", "eks", p)
}

// TestPodHasTheDutiesOfItsHost: a pod's duties are those of the only host that takes it, duty by duty.
func TestPodHasTheDutiesOfItsHost(t *testing.T) {
	t.Parallel()
	nodes := func(p props) *inventory.Resource {
		p["ClusterName"] = "main"
		return resource("AWS::EKS::Nodegroup", "host", p)
	}
	tests := []struct {
		name    string
		cluster props
		host    *inventory.Resource
		at      string
		want    map[string]stack.Party
	}{
		{"managed node group", props{}, nodes(props{"AmiType": "AL2023_x86_64_STANDARD"}), "host",
			map[string]stack.Party{"operating-system/publish": stack.AWS, "operating-system/apply": stack.Customer, "container-runtime/publish": stack.AWS}},
		{"managed node group with an image of its own", props{}, nodes(props{"AmiType": "CUSTOM"}), "host",
			map[string]stack.Party{"operating-system/publish": stack.Customer, "container-runtime/publish": stack.Customer}},
		{"managed node group of unknown AMI", props{}, nodes(props{"AmiType": unknown("var.ami", 3)}), "host",
			map[string]stack.Party{"operating-system/publish": stack.Undetermined, "operating-system/apply": stack.Customer}},
		{"Fargate profile", props{}, resource("AWS::EKS::FargateProfile", "host", props{"ClusterName": "main", "Selectors": []props{{"Namespace": "default"}}}), "host",
			map[string]stack.Party{"operating-system/publish": stack.AWS, "operating-system/apply": stack.AWS, "capacity/provide": stack.AWS, "image/build": stack.Customer}},
		{"own nodes", props{}, resource("AWS::EC2::Instance", "host", props{"ImageId": "resolve:ssm:/aws/service/eks/optimized-ami/1.33/x", "UserData": "/etc/eks/bootstrap.sh main"}), "host",
			map[string]stack.Party{"operating-system/publish": stack.AWS, "operating-system/apply": stack.Customer, "container-runtime/publish": stack.Customer}},
		{"Auto Mode", props{"ComputeConfig": props{"Enabled": true, "NodePools": inventory.ListValue([]inventory.Value{str("general-purpose", 1)}, at(1))}},
			resource("AWS::S3::Bucket", "host", props{}), "eks",
			map[string]stack.Party{"operating-system/apply": stack.AWS, "image/build": stack.Customer}},
		{"self-managed cluster", nil, resource("AWS::EC2::Instance", "host", props{"ImageId": "ami-1", "UserData": "kubeadm join"}), "host",
			map[string]stack.Party{"control-plane/operate": stack.Customer, "operating-system/publish": stack.Undetermined}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rs := []*inventory.Resource{tt.host, deployment(nil)}
			if tt.cluster != nil {
				rs = append(rs, eks(tt.cluster))
			}
			all := allocated(t, rs...)
			pod, host := all["Deployment/default/web"], all[tt.at]
			if pod.Hosting != host.Hosting {
				t.Errorf("the pod is on %s, its host is %s: %s", pod.Hosting, host.Hosting, pod.HostingReason)
			}
			if diff := cmp.Diff(parties(host), parties(pod)); diff != "" {
				t.Errorf("(-host +pod):\n%s", diff)
			}
			for name, want := range tt.want {
				if got := parties(pod)[name]; got != want {
					t.Errorf("%s: %s, want %s", name, got, want)
				}
			}
		})
	}
}

// TestPodWithSeveralHosts: duties on which all agree are told, the others are undetermined.
func TestPodWithSeveralHosts(t *testing.T) {
	t.Parallel()
	group := func(name, ami string) *inventory.Resource {
		return resource("AWS::EKS::Nodegroup", name, props{"ClusterName": "main", "AmiType": ami})
	}
	auto := props{"ComputeConfig": props{"Enabled": unknown("var.auto", 2)}}
	tests := []struct {
		name, hosting string
		in            []*inventory.Resource
		want          map[string]stack.Party
	}{
		{"node group or Auto Mode", "unknown", []*inventory.Resource{eks(auto), group("a", "AL2023_x86_64_STANDARD"), deployment(nil)},
			map[string]stack.Party{"image/build": stack.Customer, "operating-system/apply": stack.Undetermined, "control-plane/operate": stack.AWS, "facilities/operate": stack.AWS}},
		{"several groups of EKS's images", "eks-managed-nodes", []*inventory.Resource{eks(props{}), group("a", "AL2023_x86_64_STANDARD"), group("b", "BOTTLEROCKET_x86_64"), deployment(nil)},
			map[string]stack.Party{"operating-system/publish": stack.AWS, "operating-system/apply": stack.Customer, "container-runtime/publish": stack.AWS}},
		{"one of the groups has an image of its own", "eks-managed-nodes", []*inventory.Resource{eks(props{}), group("a", "AL2023_x86_64_STANDARD"), group("b", "CUSTOM"), deployment(nil)},
			map[string]stack.Party{"operating-system/publish": stack.Undetermined, "operating-system/apply": stack.Customer, "container-runtime/publish": stack.Undetermined}},
		{"manifests alone", "unknown", []*inventory.Resource{deployment(nil)},
			map[string]stack.Party{"image/build": stack.Customer, "application/code": stack.Customer, "operating-system/apply": stack.Undetermined, "control-plane/operate": stack.Undetermined}},
		{"the pod names a node group that is not in the input", "eks-managed-nodes", []*inventory.Resource{deployment(props{"nodeSelector": props{"eks.amazonaws.com/nodegroup": "x"}})},
			map[string]stack.Party{"operating-system/publish": stack.Undetermined, "operating-system/apply": stack.Customer, "container-runtime/publish": stack.Undetermined}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := allocated(t, tt.in...)["Deployment/default/web"]
			if w.Hosting != tt.hosting {
				t.Errorf("hosting %s, want %s: %s", w.Hosting, tt.hosting, w.HostingReason)
			}
			for name, want := range tt.want {
				if got := parties(w)[name]; got != want {
					t.Errorf("%s: %s, want %s", name, got, want)
				}
			}
		})
	}
}

// TestClusterOption: the user's word gives the hosting and its duties, and nothing about machines that are not seen.
func TestClusterOption(t *testing.T) {
	t.Parallel()
	cat, _ := catalog.Load(catalog.Options{})
	for _, hosting := range workload.ClusterHostings() {
		inv := &inventory.Inventory{Resources: []*inventory.Resource{deployment(nil)}, Diags: diag.List{}}
		found := workload.Find(inventory.NewIndex(inv), inv, workload.Options{ClusterHosting: hosting})
		ws, _ := Run(found, cat, Options{AsOf: asOf})
		if len(ws) != 1 || ws[0].Hosting != hosting || ws[0].DecidedBy[0].Property != "--cluster" || ws[0].DecidedBy[0].Value != hosting {
			t.Fatalf("%s: %+v", hosting, ws)
		}
		got := parties(ws[0])
		publish := map[string]stack.Party{"eks-fargate": stack.AWS, "eks-auto": stack.AWS, "eks-hybrid": stack.Customer}[hosting]
		if publish == "" {
			publish = stack.Undetermined
		}
		if got["operating-system/publish"] != publish {
			t.Errorf("%s: operating-system/publish is %s, want %s", hosting, got["operating-system/publish"], publish)
		}
	}
}
