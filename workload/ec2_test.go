package workload

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// wrapped is base64 in lines of 76, as MIME has it.
func wrapped(s string) string {
	text := b64(s)
	var out []string
	for len(text) > 76 {
		out, text = append(out, text[:76]), text[76:]
	}
	return strings.Join(append(out, text), "\n")
}

func TestUserData(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("echo filling the script\n", 8)
	tests := []struct{ name, text, want string }{
		{"plain ECS", "echo ECS_CLUSTER=prod >> /etc/ecs/ecs.config", "ecs_cluster"},
		{"ecs.config alone", "aws s3 cp s3://b/ecs.config /etc/ecs/ecs.config", "/etc/ecs/ecs.config"},
		{"Bottlerocket for ECS", "[settings.ecs]\ncluster = \"prod\"", "[settings.ecs]"},
		{"EKS bootstrap", "#!/bin/bash\n/etc/eks/bootstrap.sh prod --kubelet-extra-args x", "/etc/eks/bootstrap.sh"},
		{"nodeadm", "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig", "node.eks.aws"},
		{"Windows EKS", "<powershell>& $p\\Start-EKSBootstrap.ps1</powershell>", "start-eksbootstrap"},
		{"kubeadm", "kubeadm join 10.0.0.1:6443", "kubeadm"},
		{"k3s", "curl -sfL https://get.k3s.io | sh -", "k3s"},
		{"rke2", "curl https://get.rke2.io | sh", "rke2"},
		{"kOps", "./nodeup --conf=/etc/kube_env.yaml", "nodeup"},
		{"kubectl is not a node", "curl -LO kubectl && install kubectl", ""},
		{"word inside another word", "echo ak3sb", ""},
		{"base64", b64(filler + "kubeadm init"), "kubeadm"},
		{"gzip and base64", b64(gz(filler + "kubeadm init")), "kubeadm"},
		{"gzip", gz(filler + "kubeadm init"), "kubeadm"},
		{"MIME part in base64", "Content-Type: multipart/mixed; boundary=\"x\"\n\n--x\nContent-Transfer-Encoding: base64\n\n" + wrapped(filler+"/etc/eks/bootstrap.sh prod") + "\n--x--", "/etc/eks/bootstrap.sh"},
		{"cloud-init write_files gz+b64", "#cloud-config\nwrite_files:\n- encoding: gz+b64\n  content: " + b64(gz(filler+filler+"systemctl start kubelet.service and many more words that do not shrink: qwxzv plmok 8s7d6f")), "kubelet"},
		{"Ignition base64", `{"ignition":{"version":"3.3.0"},"storage":{"files":[{"contents":{"source":"data:text/plain;base64,` + b64(filler+"kubelet.service") + `"}}]}}`, "kubelet"},
		{"Ignition percent", `{"ignition":{},"files":[{"contents":{"source":"data:,` + url.PathEscape("[Unit] start=kubelet now") + `"}}]}`, "kubelet"},
		{"base64 within base64", b64(filler + b64(filler+"kubeadm init")), "kubeadm"},
		{"nothing", "#!/bin/bash\nyum install -y httpd", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &finder{texts: map[string]markers{}}
			if got := f.readUserData(tt.text).first(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUserDataIsBounded(t *testing.T) {
	t.Parallel()
	bomb := b64(gz(strings.Repeat("\x00", 64<<20)))
	if plain, ok := gunzip([]byte(gz(strings.Repeat("x", 1<<20))), 100); !ok || len(plain) != 100 {
		t.Errorf("gunzip gave %d bytes, %v; want the limit of 100", len(plain), ok)
	}
	budget := maxUserData
	seen := 0
	unpack(bomb, maxNesting, &budget, func(s string) { seen += len(s) })
	if seen > 2*maxUserData {
		t.Errorf("unpacked %d bytes of a bomb, want at most %d", seen, 2*maxUserData)
	}
}

func FuzzUserData(f *testing.F) {
	for _, s := range []string{"ECS_CLUSTER=x", b64(gz("kubeadm")), "data:,%6b", "\x1f\x8b", b64(b64(b64("kubelet kubelet kubelet kubelet kubelet kubelet")))} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		budget := maxUserData
		seen := 0
		unpack(text, maxNesting, &budget, func(s string) { seen += len(s) })
		if seen > 2*maxUserData {
			t.Errorf("visited %d bytes", seen)
		}
		var m markers
		m.look(text)
	})
}

func TestHostHosting(t *testing.T) {
	t.Parallel()
	inst := func(address string, props p) rs { return rs{res(typeInstance, address, props)} }
	eks := res(typeKubeCluster, "eks.c", p{"Name": "prod"})
	nodes := res(typeNodeGroup, "ng.n", p{"ClusterName": ref("eks.c.name")})
	api := res("AWS::ElasticLoadBalancingV2::TargetGroup", "tg.api", p{"Port": 6443})
	owned := p{"kubernetes.io/cluster/prod": "owned"}
	runHosting(t, []hostingCase{
		{name: "plain instance", in: inst("i.web", p{"ImageId": "ami-1"}), want: []string{"i.web ec2"}},
		{name: "unknown user data shows nothing", in: inst("i.web", p{"UserData": unset("var.ud")}), want: []string{"i.web ec2"}},
		{name: "spot request", in: rs{source("aws_spot_instance_request", res(typeInstance, "spot.s", nil))}, want: []string{"spot.s ec2"}},
		{name: "spot fleet", in: rs{res(typeSpotFleet, "fleet.f", p{"SpotFleetRequestConfigData": p{"LaunchSpecifications": l{p{"ImageId": "ami-1", "UserData": "kubeadm join"}}}})},
			want: []string{"fleet.f kubernetes-on-ec2"}},
		{name: "spot fleet by template",
			in: rs{res(typeSpotFleet, "fleet.f", p{"SpotFleetRequestConfigData": p{"LaunchTemplateConfigs": l{p{"LaunchTemplateSpecification": p{"LaunchTemplateId": ref("lt.l.id")}}}}}),
				template("lt.l", p{"UserData": "k3s server"})}, want: []string{"fleet.f kubernetes-on-ec2"}},
		{name: "EC2 fleet", in: rs{res(typeFleet, "fleet.f", p{"LaunchTemplateConfigs": l{p{"LaunchTemplateSpecification": p{"LaunchTemplateId": ref("lt.l.id")}}}}),
			template("lt.l", p{"UserData": "ECS_CLUSTER=x"})}, want: []string{"fleet.f ecs-ec2"}},
		{name: "group with launch configuration",
			in:   rs{res(typeGroup, "asg.g", p{"LaunchConfigurationName": ref("lc.l.name")}), res(typeLaunchConfig, "lc.l", p{"UserData": b64("#!/bin/bash\necho ECS_CLUSTER=prod")})},
			want: []string{"asg.g ecs-ec2"}},
		{name: "group with mixed instances",
			in: rs{res(typeGroup, "asg.g", p{"MixedInstancesPolicy": p{"LaunchTemplate": p{"LaunchTemplateSpecification": p{"LaunchTemplateId": ref("lt.l.id")}}}}),
				template("lt.l", p{"UserData": "kubeadm join"})}, want: []string{"asg.g kubernetes-on-ec2"}},
		{name: "template by name", in: rs{res(typeGroup, "asg.g", p{"LaunchTemplate": p{"LaunchTemplateName": "web"}}),
			res(typeLaunchTemplate, "lt.l", p{"LaunchTemplateName": "web", "LaunchTemplateData": p{"UserData": "kubeadm join"}})}, want: []string{"asg.g kubernetes-on-ec2"}},
		{name: "instance's own user data wins over the template's",
			in:   rs{res(typeInstance, "i.x", p{"UserData": "yum install httpd", "LaunchTemplate": p{"LaunchTemplateId": ref("lt.l.id")}}), template("lt.l", p{"UserData": "kubeadm join"})},
			want: []string{"i.x ec2"}},
		{name: "rendered by cloudinit_config",
			in: rs{res(typeInstance, "i.x", p{"UserData": ref("data.cloudinit_config.c.rendered")}),
				lookup("cloudinit_config", "data.cloudinit_config.c", p{"part": l{p{"content": "kubeadm join"}}})}, want: []string{"i.x kubernetes-on-ec2"}},
		{name: "partly known user data",
			in:   inst("i.x", p{"UserData": unset("var.token").WithMeta(partial("kubeadm join --token ${var.token}"))}),
			want: []string{"i.x kubernetes-on-ec2"}},
		{name: "EKS bootstrap", in: append(inst("i.x", p{"UserData": "/etc/eks/bootstrap.sh prod"}), eks), want: []string{"i.x eks-self-managed-nodes"}},
		{name: "kubelet beside a reference to an EKS cluster",
			in: append(inst("i.x", p{"UserData": unset("x").WithMeta(partialRef("kubelet --server ${e}", "eks.c.endpoint"))}), eks), want: []string{"i.x eks-self-managed-nodes"}},
		{name: "EKS image", in: append(inst("i.x", p{"ImageId": "resolve:ssm:/aws/service/eks/optimized-ami/1.33/x/recommended/image_id"}), eks, nodes),
			want: []string{"i.x eks-self-managed-nodes", "ng.n eks-managed-nodes"}},
		{name: "ECS image beside a cluster", in: append(inst("i.x", p{"ImageId": "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id}}"}), cluster(nil)),
			want: []string{"i.x ecs-ec2"}},
		{name: "ECS image with an ECS profile", in: inst("i.x", p{"ImageId": "resolve:ssm:/aws/service/ecs/x", "IamInstanceProfile": "ecsInstanceRole"}), want: []string{"i.x ecs-ec2"}},
		{name: "ECS image with a role for ECS",
			in: append(inst("i.x", p{"ImageId": "resolve:ssm:/aws/service/ecs/x", "IamInstanceProfile": ref("profile.p.name")}),
				res(typeInstanceProfile, "profile.p", p{"Roles": l{ref("role.r.name")}}),
				res(typeRole, "role.r", p{"ManagedPolicyArns": l{"arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"}})), want: []string{"i.x ecs-ec2"}},
		{name: "ECS image alone only brings Docker", in: inst("i.x", p{"ImageId": "resolve:ssm:/aws/service/ecs/x"}), want: []string{"i.x ec2"}},
		{name: "owned tag", in: inst("i.x", p{"Tags": owned}), want: []string{"i.x kubernetes-on-ec2"}},
		{name: "shared tag on a neutral name", in: inst("i.web", p{"Tags": p{"kubernetes.io/cluster/prod": "shared"}}), want: []string{"i.web ec2"}},
		{name: "shared tag on a node", in: inst("i.worker", p{"Tags": p{"kubernetes.io/cluster/prod": "shared"}}), want: []string{"i.worker kubernetes-on-ec2"}},
		{name: "bastion that carries the tag", in: inst("i.bastion", p{"Tags": owned}), want: []string{"i.bastion ec2"}},
		{name: "bastion by its Name tag", in: inst("i.x", p{"Tags": p{"kubernetes.io/cluster/prod": "owned", "Name": "bastion.example.com"}}), want: []string{"i.x ec2"}},
		{name: "tag of an EKS cluster of the input, owned", in: append(inst("i.x", p{"Tags": owned}), eks, nodes),
			want: []string{"i.x eks-self-managed-nodes", "ng.n eks-managed-nodes"}},
		{name: "tag of an EKS cluster, shared and neutral", in: append(inst("i.web", p{"Tags": p{"kubernetes.io/cluster/prod": "shared"}}), eks, nodes),
			want: []string{"i.web ec2", "ng.n eks-managed-nodes"}},
		{name: "tags of a group in a list", in: rs{res(typeGroup, "asg.g", p{"Tags": l{p{"Key": "kubernetes.io/cluster/prod", "Value": "owned", "PropagateAtLaunch": true}}})},
			want: []string{"asg.g kubernetes-on-ec2"}},
		{name: "key of a tag with an unset part", in: rs{res(typeGroup, "asg.g", p{"Tags": l{p{"Key": knowing(partial("kubernetes.io/cluster/${var.name}")), "Value": "owned"}}})},
			want: []string{"asg.g kubernetes-on-ec2"}},
		{name: "tags with an unset key", in: inst("i.x", p{"Tags": knowing(partial("Team = core\nkubernetes.io/cluster/${var.name} = owned"))}),
			want: []string{"i.x kubernetes-on-ec2"}},
		{name: "tags with an unset key, shared", in: inst("i.web", p{"Tags": knowing(partial("kubernetes.io/cluster/${var.name} = shared"))}),
			want: []string{"i.web ec2"}},
		{name: "bastion by what is known of its tags", in: inst("i.x", p{"Tags": knowing(partial("kubernetes.io/cluster/${var.name} = owned\nName = bastion"))}),
			want: []string{"i.x ec2"}},
		{name: "sensitive tags say nothing", in: inst("i.x", p{"Tags": knowing(partial("kubernetes.io/cluster/${var.name} = owned")).AsSensitive()}),
			want: []string{"i.x ec2"}},
		{name: "tag of a cluster in an unread module", unread: []string{"module.eks"},
			in:   inst("i.x", p{"Tags": knowing(partialRef("kubernetes.io/cluster/${module.eks.name} = owned", "module.eks.name"))}),
			want: []string{"i.x unknown(kubernetes-on-ec2|eks-self-managed-nodes)"}},
		{name: "node that Rancher registers", in: inst("i.x", p{"UserData": knowing(partial("${register} --etcd --controlplane --worker"))}),
			want: []string{"i.x kubernetes-on-ec2"}},
		{name: "tags in the template", in: rs{group("asg.g", "lt.l"), template("lt.l", p{"TagSpecifications": l{p{"ResourceType": "instance", "Tags": p{"KubernetesCluster": "prod", "k8s.io/role/node": "1"}}}})},
			want: []string{"asg.g kubernetes-on-ec2"}},
		{name: "bastion with the tag of an EKS cluster of the input", in: append(inst("i.bastion", p{"Tags": owned}), eks, nodes),
			want: []string{"i.bastion ec2", "ng.n eks-managed-nodes"}},
		{name: "kOps bastion role", in: inst("i.x", p{"Tags": p{"k8s.io/role/bastion": "1"}}), want: []string{"i.x ec2"}},
		{name: "instance profile named for Kubernetes", in: inst("i.x", p{"IamInstanceProfile": "k8s-master"}), want: []string{"i.x kubernetes-on-ec2"}},
		{name: "instance profile by reference", in: append(inst("i.x", p{"IamInstanceProfile": ref("profile.kube_node.name")}), res(typeInstanceProfile, "profile.kube_node", nil)),
			want: []string{"i.x kubernetes-on-ec2"}},
		{name: "name and port 6443", in: append(inst("aws_instance.controller[0]", nil), api), want: []string{"aws_instance.controller[0] kubernetes-on-ec2"}},
		{name: "name and a security group for 6443",
			in: append(inst("i.kube_worker", nil), res("AWS::EC2::SecurityGroup", "sg.s", p{"SecurityGroupIngress": l{p{"FromPort": 6443, "ToPort": 6443}}})), want: []string{"i.kube_worker kubernetes-on-ec2"}},
		{name: "name without the port", in: inst("i.kube_worker", nil), want: []string{"i.kube_worker ec2"}},
		{name: "port open to everything is no sign", in: append(inst("i.worker", nil), res("AWS::EC2::SecurityGroup", "sg.s", p{"SecurityGroupIngress": l{p{"FromPort": 1, "ToPort": 65535}}})),
			want: []string{"i.worker ec2"}},
		{name: "port without such a name", in: append(inst("i.web", nil), api), want: []string{"i.web ec2"}},
		{name: "port in another root", in: append(inst("i.worker", nil), in("other", res("AWS::ElasticLoadBalancingV2::Listener", "l.l", p{"Port": 6443}))), want: []string{"i.worker ec2"}},
		{name: "count gives a workload each", in: append(inst("i.x[0]", nil), inst("i.x[1]", nil)...), want: []string{"i.x[0] ec2", "i.x[1] ec2"}},
		{name: "lookup is none", in: rs{lookup(typeInstance, "data.i.x", nil)}},
	})
}

func TestUserDataIsNotShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"export PASSWORD=hunter2", "kubeadm join --token hunter2"} {
		for _, w := range find(rs{res(typeInstance, "i.x", p{"UserData": text})}) {
			for _, e := range w.Because {
				if strings.Contains(e.Value.Display(), "hunter2") {
					t.Errorf("reason %s shows %q", e.Property, e.Value.Display())
				}
			}
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"ECSInstanceProfile": {"ECS", "Instance", "Profile"}, "kube_worker-1": {"kube", "worker", "1"},
		"kubeController": {"kube", "Controller"}, "k8s": {"k8s"}, "": nil, "A": {"A"},
	}
	for in, want := range tests {
		if diff := cmp.Diff(want, tokens(in)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}
