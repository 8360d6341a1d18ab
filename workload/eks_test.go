package workload

import "testing"

func TestEKSHosting(t *testing.T) {
	t.Parallel()
	c := func(props p) rs { return rs{res(typeKubeCluster, "eks.c", props)} }
	ng := res(typeNodeGroup, "ng.n", p{"ClusterName": ref("eks.c.name")})
	const alone = "eks.c unknown(eks-managed-nodes|eks-self-managed-nodes|eks-fargate)"
	runHosting(t, []hostingCase{
		{name: "node group, the cluster only hosts", in: append(c(nil), ng), want: []string{"ng.n eks-managed-nodes"}},
		{name: "Fargate profile", in: append(c(nil), res(typeFargateProfile, "fp.f", p{"ClusterName": ref("eks.c.name")})), want: []string{"fp.f eks-fargate"}},
		{name: "node group by literal name", in: append(c(p{"Name": "prod"}), res(typeNodeGroup, "ng.n", p{"ClusterName": "prod"})), want: []string{"ng.n eks-managed-nodes"}},
		{name: "node group of another cluster", in: append(c(p{"Name": "prod"}), res(typeNodeGroup, "ng.n", p{"ClusterName": "test"})), want: []string{alone, "ng.n eks-managed-nodes"}},
		{name: "node group by an unset name beside one cluster", in: append(c(nil), res(typeNodeGroup, "ng.n", p{"ClusterName": unset("var.c")})), want: []string{"ng.n eks-managed-nodes"}},
		{name: "cluster alone", in: c(nil), want: []string{alone}},
		{name: "Auto Mode", in: c(p{"ComputeConfig": p{"Enabled": true}}), want: []string{"eks.c eks-auto"}},
		{name: "Auto Mode beside a node group", in: append(c(p{"ComputeConfig": p{"Enabled": true}}), ng), want: []string{"eks.c eks-auto", "ng.n eks-managed-nodes"}},
		{name: "Auto Mode off", in: c(p{"ComputeConfig": p{"Enabled": false}}), want: []string{alone}},
		{name: "Auto Mode unknown", in: c(p{"ComputeConfig": p{"Enabled": unset("var.auto")}}), want: []string{"eks.c unknown(eks-auto|eks-managed-nodes|eks-self-managed-nodes|eks-fargate)"}},
		{name: "Auto Mode unknown beside a node group", in: append(c(p{"ComputeConfig": p{"Enabled": unset("var.auto")}}), ng), want: []string{"ng.n eks-managed-nodes"}},
		{name: "hybrid", in: c(p{"RemoteNetworkConfig": p{"RemoteNodeNetworks": l{p{"Cidrs": l{"10.0.0.0/8"}}}}}), want: []string{"eks.c eks-hybrid"}},
		{name: "hybrid unknown", in: c(p{"RemoteNetworkConfig": unset("var.r")}), want: []string{"eks.c unknown(eks-hybrid|eks-managed-nodes|eks-self-managed-nodes|eks-fargate)"}},
		{name: "hybrid or Auto Mode", in: c(p{"RemoteNetworkConfig": p{"RemoteNodeNetworks": l{"x"}}, "ComputeConfig": p{"Enabled": unset("var.auto")}}),
			want: []string{"eks.c unknown(eks-auto|eks-hybrid|eks-managed-nodes|eks-self-managed-nodes|eks-fargate)"}},
		{name: "hybrid beside a node group", in: append(c(p{"RemoteNetworkConfig": p{"RemoteNodeNetworks": l{"x"}}}), ng), want: []string{"ng.n eks-managed-nodes"}},
		{name: "own nodes", in: append(c(nil), res(typeInstance, "i.x", p{"UserData": "/etc/eks/bootstrap.sh prod"})), want: []string{"i.x eks-self-managed-nodes"}},
		{name: "instances that are no nodes", in: append(c(nil), res(typeInstance, "i.x", nil)), want: []string{alone, "i.x ec2"}},
		{name: "looked-up cluster", in: rs{lookup(typeKubeCluster, "data.eks.c", nil)}},
	})
}

func TestNodeGroupImage(t *testing.T) {
	t.Parallel()
	ng := func(props p) *rs {
		props["ClusterName"] = ref("eks.c.name")
		return &rs{res(typeNodeGroup, "ng.n", props), res(typeKubeCluster, "eks.c", nil)}
	}
	withTemplate := func(ami, image any) rs {
		props := p{"LaunchTemplate": p{"Id": ref("lt.l.id")}}
		if ami != nil {
			props["AmiType"] = ami
		}
		return append(*ng(props), template("lt.l", p{"ImageId": image}))
	}
	unread := func(ami any) rs { return *ng(p{"LaunchTemplate": p{"Id": ref("module.lt.id")}, "AmiType": ami}) }
	const (
		own     = "Kind=own Publisher=customer Tracking=false"
		eks     = "Kind=eks-optimized Publisher=aws Tracking=false"
		unknown = "Kind=(unknown) Publisher=(unknown) Tracking=(unknown)"
	)
	tests := []struct {
		name string
		in   rs
		want string
	}{
		{"AMI type not set", *ng(p{}), eks},
		{"AL2023", *ng(p{"AmiType": "AL2023_x86_64_STANDARD"}), eks},
		{"Amazon Linux 2", *ng(p{"AmiType": "AL2_x86_64_GPU"}), "Kind=eks-optimized Line=amazon-linux-2 Publisher=aws Tracking=false"},
		{"Bottlerocket", *ng(p{"AmiType": "BOTTLEROCKET_ARM_64"}), "Kind=bottlerocket Publisher=aws Tracking=false"},
		{"Windows", *ng(p{"AmiType": "WINDOWS_CORE_2022_x86_64"}), "Kind=windows Publisher=aws Tracking=false"},
		{"custom", *ng(p{"AmiType": "CUSTOM"}), own},
		{"AMI type unknown", *ng(p{"AmiType": unset("var.t")}), unknown},
		{"template with an image", withTemplate(nil, "ami-1"), own},
		{"template with AWS's own image", withTemplate(nil, "resolve:ssm:/aws/service/eks/optimized-ami/1.33/x"), own},
		{"template with an image of a lookup", withTemplate(nil, ref("data.aws_ami.x.id")), own},
		{"template without image", withTemplate(nil, nil), eks},
		{"template with an unset image", withTemplate(nil, unset("var.ami")), "Kind=(unknown) Publisher=(unknown) Tracking=(unknown)"},
		{"template with an unset image beside an AMI type", withTemplate("AL2023_x86_64_STANDARD", unset("var.ami")), eks},
		{"unread template", unread(nil), "Kind=(unknown) Publisher=(unknown) Tracking=false"},
		{"unread template beside an AMI type", unread("BOTTLEROCKET_x86_64"), "Kind=bottlerocket Publisher=aws Tracking=false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(tt.in, "module.lt"), "ng.n")
			if got := part(w, "image"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := part(w, "cluster"); got != "eks.c" {
				t.Errorf("cluster is %s", got)
			}
		})
	}
}
