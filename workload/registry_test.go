package workload

import (
	"strings"
	"testing"
)

func TestPublishersFile(t *testing.T) {
	t.Parallel()
	file, err := readPublishers(publishersText)
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]publisherEntry{
		"machineOwners": file.MachineOwners, "machineNames": file.MachineNames, "machineParameters": file.MachineParameters,
		"registryAccounts": file.RegistryAccounts, "layerAccounts": file.LayerAccounts, "containers": file.Containers, "addons": file.Addons,
	}
	for list, entries := range lists {
		seen := map[string]bool{}
		for _, e := range entries {
			keys := append(append([]string{e.Owner + e.Prefix + e.Segment}, e.Accounts...), e.Addons...)
			for _, key := range keys {
				if key != "" && seen[key] {
					t.Errorf("%s names %q twice", list, key)
				}
				seen[key] = true
			}
			if e.Party != publisherAWS && e.Party != publisherOther || e.Name == "" {
				t.Errorf("%s %v: the party is %q, the name %q", list, keys, e.Party, e.Name)
			}
			if (e.Party == publisherAWS) != strings.HasPrefix(e.Name, "AWS") {
				t.Errorf("%s %v: %q does not fit the party %s", list, keys, e.Name, e.Party)
			}
			if _, ok := file.Sources[e.Source]; !ok {
				t.Errorf("%s %v: source %q is not listed", list, keys, e.Source)
			}
			if e.Prefix != strings.ToLower(e.Prefix) {
				t.Errorf("%s: %q never fits, names are in lower case", list, e.Prefix)
			}
		}
	}
	for id, s := range file.Sources {
		if s.Title == "" || len(s.Seen) != len("2026-11-24") || s.URL == "" && id != "convention" {
			t.Errorf("source %s is incomplete: %+v", id, s)
		}
	}
	if _, err := readPublishers([]byte("machineOwner: []")); err == nil {
		t.Error("a misspelt list is read without an error")
	}
}

func TestImageMaker(t *testing.T) {
	t.Parallel()
	const official, nobody = "third-party Docker Official Images", ""
	tests := []struct {
		reference string
		whole     bool
		want      string
	}{
		{"nginx", true, official},
		{"nginx:1.27", true, official},
		{"nginx@sha256:0123", true, official},
		{"nginx:1.27@sha256:0123", true, official},
		{"docker.io/nginx", true, official},
		{"docker.io/library/nginx:1", true, official},
		{"index.docker.io/library/nginx", true, official},
		{"public.ecr.aws/docker/library/redis:7", true, official},
		{"amazonlinux:2023", true, "aws AWS (Amazon Linux)"},
		{"app:1", true, nobody},
		{"my-app", true, nobody},
		{"docker.io/library/newer-than-the-table", true, official},
		{"amazon/aws-xray-daemon", true, "aws AWS"},
		{"public.ecr.aws/lambda/python:3.13", true, "aws AWS (Lambda)"},
		{"aws/codebuild/standard:7.0", true, "aws AWS (CodeBuild)"},
		{"public.ecr.aws/eks-distro/kubernetes/pause:3.9", true, "aws AWS (EKS Distro)"},
		{"public.ecr.aws/a1b2c3d4/app", true, nobody},
		{"public.ecr.aws/datadog/agent:7", true, "third-party Datadog"},
		{"registry.k8s.io/ingress-nginx/controller:v1.12.0", true, "third-party the Kubernetes project (ingress-nginx)"},
		{"registry.k8s.io/pause:3.9", true, "third-party the Kubernetes project"},
		{"quay.io/jetstack/cert-manager-controller:v1.16.1", true, "third-party the cert-manager project"},
		{"MCR.microsoft.com/dotnet/aspnet:9.0", true, "third-party Microsoft"},
		{"602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.19", true, "aws AWS (Amazon EKS)"},
		{"709825985650.dkr.ecr.us-east-1.amazonaws.com/seller/product:1", true, "third-party a seller on AWS Marketplace"},
		{"111122223333.dkr.ecr.eu-west-1.amazonaws.com/library/nginx", true, "customer "},
		{"acme/app:1", true, nobody},
		{"ghcr.io/acme/app", true, nobody},
		{"localhost:5000/nginx", true, nobody},
		{"registry.example.com/library/nginx", true, nobody},
		{"", true, nobody},

		{"nginx:", false, official},
		{"ngin", false, nobody},
		{"docker.io/nginx:", false, official},
		{"docker.io/", false, nobody},
		{"docker.io/library/", false, nobody},
		{"docker.io/library/nginx:", false, official},
		{"grafana/", false, "third-party Grafana Labs"},
		{"public.ecr.aws/", false, nobody},
		{"public.ecr.aws/datadog/", false, "third-party Datadog"},
		{"registry.k8s.io/", false, nobody},
		{"602401143452.dkr.ecr.", false, "aws AWS (Amazon EKS)"},
		{"", false, nobody},
	}
	for _, tt := range tests {
		m, ok := publishers().imageMaker(tt.reference, tt.whole)
		got := m.party + " " + m.name
		if !ok {
			got = nobody
		}
		if got != tt.want {
			t.Errorf("%q (whole %v) is of %q, want %q", tt.reference, tt.whole, got, tt.want)
		}
	}
}

func TestAddonMaker(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"vpc-cni": "aws AWS (Amazon EKS)", "metrics-server": "third-party the metrics-server project (Kubernetes)",
		"kubecost_kubecost": "third-party kubecost on AWS Marketplace", "somebody": " ", "_x": " ", "": " ",
	} {
		if m, _ := publishers().addonMaker(name); m.party+" "+m.name != want {
			t.Errorf("%q is of %+v, want %q", name, m, want)
		}
	}
}

func FuzzImageMaker(f *testing.F) {
	for _, seed := range []string{"nginx:1", "a/b@sha256:0", "docker.io/", "123456789012.dkr.ecr.x", "////", ":@/"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, reference string, whole bool) {
		m, ok := publishers().imageMaker(reference, whole)
		if ok && m.party == "" || !ok && m != (maker{}) {
			t.Errorf("%q: %+v, %v", reference, m, ok)
		}
		if ok && !whole {
			// What is told of a beginning must hold for whatever follows.
			for _, rest := range []string{"", "x", "/x:1"} {
				if next, ok := publishers().imageMaker(reference+rest, true); ok && next != m && strings.Trim(reference, ":@/") != "" {
					t.Errorf("%q is of %+v, but %q of %+v", reference, m, reference+rest, next)
				}
			}
		}
	})
}

func TestImagesOfTasksAndPods(t *testing.T) {
	t.Parallel()
	const own = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/api:1"
	task := func(images ...any) rs {
		var containers l
		for _, i := range images {
			containers = append(containers, p{"Image": i})
		}
		return rs{res(typeTaskDefinition, "ecs.t", p{"RequiresCompatibilities": l{"FARGATE"}, "ContainerDefinitions": containers})}
	}
	service := res(typeService, "ecs.s", p{"LaunchType": "FARGATE", "TaskDefinition": ref("ecs.t.arn")})
	runParts(t, []partCase{
		{"official image", "ecs.t", "images", task("nginx:1.27"), "Publisher=customer ReadyMade=third-party Vendors=[Docker Official Images]"},
		{"own image", "ecs.t", "images", task(own), "Publisher=customer"},
		{"own image with a third party's side-car", "ecs.t", "images", task(own, "datadog/agent:7"), "Publisher=customer Vendors=[Datadog]"},
		{"images of AWS", "ecs.t", "images", task("public.ecr.aws/xray/aws-xray-daemon:3", "amazon/cloudwatch-agent"), "Publisher=aws ReadyMade=aws Vendors=[AWS (X-Ray), AWS]"},
		{"AWS and a third party", "ecs.t", "images", task("public.ecr.aws/xray/aws-xray-daemon:3", "nginx"), "Publisher=customer ReadyMade=third-party Vendors=[AWS (X-Ray), Docker Official Images]"},
		{"unset image", "ecs.t", "images", task(unset("var.image")), "Publisher=(unknown)"},
		{"unset image beside an official one", "ecs.t", "images", task("nginx", unset("var.image")), "Publisher=customer Vendors=[Docker Official Images]"},
		{"namespace that nobody knows", "ecs.t", "images", task("acme/app:1"), "Publisher=customer"},
		{"unset tag", "ecs.t", "images", task(knowing(partial("nginx:${var.tag}"))), "Publisher=customer ReadyMade=third-party Vendors=[Docker Official Images]"},
		{"unset name", "ecs.t", "images", task(knowing(partial("${var.registry}/nginx:1"))), "Publisher=(unknown)"},
		{"unknown containers", "ecs.t", "images", rs{res(typeTaskDefinition, "ecs.t", p{"RequiresCompatibilities": l{"FARGATE"}, "ContainerDefinitions": unset("var.c")})}, "Publisher=(unknown)"},
		{"no containers", "ecs.t", "images", rs{res(typeTaskDefinition, "ecs.t", p{"RequiresCompatibilities": l{"FARGATE"}})}, "absent"},
		{"through a service", "ecs.s", "images", append(task("nginx"), service), "Publisher=customer ReadyMade=third-party Vendors=[Docker Official Images]"},
		{"task definition elsewhere", "ecs.s", "images", rs{res(typeService, "ecs.s", p{"LaunchType": "FARGATE", "TaskDefinition": "far"})}, "Publisher=(unknown)"},
		{"express service", "ecs.x", "images", rs{res(typeExpressService, "ecs.x", p{"PrimaryContainer": p{"Image": "nginx"}})}, "Publisher=customer ReadyMade=third-party Vendors=[Docker Official Images]"},
	})
}

func TestFunctionLayers(t *testing.T) {
	t.Parallel()
	fn := func(layers ...any) rs {
		return rs{res(typeFunction, "fn.f", p{"Runtime": "python3.13", "Layers": l(layers)})}
	}
	const datadog, powertools = "arn:aws:lambda:eu-west-1:464622532012:layer:Datadog-Extension:65", "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:7"
	runParts(t, []partCase{
		{"none", "fn.f", "layers", rs{res(typeFunction, "fn.f", p{"Runtime": "python3.13"})}, "absent"},
		{"of a vendor", "fn.f", "layers", fn(datadog), "Publisher=third-party Vendors=[Datadog]"},
		{"of AWS", "fn.f", "layers", fn(powertools), "Publisher=aws Vendors=[AWS (Powertools for AWS Lambda)]"},
		{"of AWS and of a vendor", "fn.f", "layers", fn(powertools, datadog), "Publisher=third-party Vendors=[AWS (Powertools for AWS Lambda), Datadog]"},
		{"of the input", "fn.f", "layers", fn(ref("fn.l.arn")), "Publisher=customer"},
		{"of an account nobody knows", "fn.f", "layers", fn("arn:aws:lambda:eu-west-1:111122223333:layer:x:1"), "Publisher=customer"},
		{"unset Region", "fn.f", "layers", fn(knowing(partial("arn:aws:lambda:${var.region}:464622532012:layer:Datadog-Extension:65"))), "Publisher=third-party Vendors=[Datadog]"},
	})
}

func TestClusterAddons(t *testing.T) {
	t.Parallel()
	cluster := func(addons ...any) rs {
		out := rs{res(typeKubeCluster, "eks.c", p{"Name": "main"}), res(typeNodeGroup, "eks.n", p{"ClusterName": ref("eks.c.name")})}
		for _, a := range addons {
			out = append(out, res(typeAddon, "eks.a", p{"ClusterName": ref("eks.c.name"), "AddonName": a}))
		}
		return out
	}
	runParts(t, []partCase{
		{"none", "eks.n", "addons", cluster(), "absent"},
		{"of AWS", "eks.n", "addons", cluster("vpc-cni", "coredns"), "Names=[vpc-cni, coredns] Publisher=aws Vendors=[AWS (Amazon EKS)]"},
		{"of a community", "eks.n", "addons", cluster("vpc-cni", "metrics-server"), "Names=[vpc-cni, metrics-server] Publisher=third-party Vendors=[AWS (Amazon EKS), the metrics-server project (Kubernetes)]"},
		{"of AWS Marketplace", "eks.n", "addons", cluster("datadog_operator"), "Names=[datadog_operator] Publisher=third-party Vendors=[datadog on AWS Marketplace]"},
		{"unset name", "eks.n", "addons", cluster("vpc-cni", unset("var.a")), "Names=[vpc-cni, (unknown)] Publisher=(unknown) Vendors=[AWS (Amazon EKS)]"},
		{"a name nobody knows", "eks.n", "addons", cluster("new-addon"), "Names=[new-addon] Publisher=(unknown)"},
		{"of another cluster", "eks.n", "addons", append(cluster(), res(typeAddon, "eks.a", p{"ClusterName": "other", "AddonName": "coredns"})), "absent"},
		{"unset cluster", "eks.n", "addons", append(cluster(), res(typeAddon, "eks.a", p{"ClusterName": unset("var.c"), "AddonName": "coredns"})), "Names=[coredns] Publisher=aws Vendors=[AWS (Amazon EKS)]"},
	})
}

func TestDedicatedHost(t *testing.T) {
	t.Parallel()
	runParts(t, []partCase{
		{"none", "i.i", "dedicatedHost", rs{res(typeInstance, "i.i", nil)}, "absent"},
		{"of the input", "i.i", "dedicatedHost", rs{res(typeInstance, "i.i", p{"HostId": ref("h.h.id")}), res(typeDedicatedHost, "h.h", p{"HostRecovery": "on"})}, "h.h"},
		{"elsewhere", "i.i", "dedicatedHost", rs{res(typeInstance, "i.i", p{"HostId": "h-1"})}, `unknown: "h-1" is not in the input`},
	})
}
