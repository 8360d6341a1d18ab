package workload

import (
	"testing"
)

func TestMachineImage(t *testing.T) {
	t.Parallel()
	const (
		undetermined = "Kind=(unknown) Publisher=(unknown) Tracking=false"
		unknownAll   = "Kind=(unknown) Publisher=(unknown) Tracking=(unknown)"
		amazon       = "Kind=amazon-linux Publisher=aws Tracking=false"
		amazon2      = "Kind=amazon-linux Line=amazon-linux-2 Publisher=aws Tracking=false"
		own          = "Kind=own Publisher=customer Tracking=false"
		market       = "Kind=marketplace Publisher=third-party Tracking=false Vendor=a seller on AWS Marketplace"
		canonical    = "Kind=ubuntu Publisher=third-party Tracking=false Vendor=Canonical"
	)
	ami := func(props p) rs { return rs{lookup(lookupImage, "data.aws_ami.a", props)} }
	param := func(name any) rs { return rs{lookup(lookupSSM, "data.aws_ssm_parameter.p", p{"Name": name})} }
	viaAMI, viaParam := ref("data.aws_ami.a.id"), ref("data.aws_ssm_parameter.p.value")
	name := func(names ...any) l { return l{p{"Name": "name", "Values": l(names)}} }
	tests := []struct {
		name string
		id   any
		in   rs
		want string
	}{
		{"bare id", "ami-0123", nil, undetermined},
		{"not set", nil, nil, undetermined},
		{"unset variable", unset("var.ami"), nil, unknownAll},
		{"alias at launch", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", nil, "Kind=amazon-linux Publisher=aws Tracking=true"},
		{"alias at launch with version", "resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022:3", nil, "Kind=windows Publisher=aws Tracking=true"},
		{"dynamic reference", "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id}}", nil, "Kind=ecs-optimized Line=amazon-linux-2 Publisher=aws Tracking=false"},
		{"dynamic reference of Amazon Linux 2023", "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}", nil, "Kind=ecs-optimized Publisher=aws Tracking=false"},
		{"ECS-optimized image of Amazon Linux 1", "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux/recommended/image_id", nil, "Kind=ecs-optimized Line=amazon-linux-1 Publisher=aws Tracking=true"},
		{"EKS image of Amazon Linux 2 with GPU", "resolve:ssm:/aws/service/eks/optimized-ami/1.32/amazon-linux-2-gpu/recommended/image_id", nil, "Kind=eks-optimized Line=amazon-linux-2 Publisher=aws Tracking=true"},
		{"names of two lines", viaAMI, ami(p{"Owners": l{"amazon"}, "Filters": name("amzn2-ami-hvm-*", "al2023-ami-2023*")}), "Kind=amazon-linux Line=(unknown) Publisher=aws Tracking=false"},
		{"dynamic reference with version", "{{resolve:ssm:/aws/service/bottlerocket/aws-k8s-1.33/x86_64/latest/image_id:7}}", nil, "Kind=bottlerocket Publisher=aws Tracking=false Updater=(unknown)"},
		{"own alias at launch", "resolve:ssm:/golden/image", nil, "Kind=(unknown) Publisher=(unknown) Tracking=true"},
		{"parameter type of CloudFormation", assumed("/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2", "parameter Ami"), nil, amazon2},
		{"Canonical's public parameter", "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", nil, "Kind=ubuntu Publisher=third-party Tracking=true Vendor=Canonical"},
		{"Marketplace parameter", "resolve:ssm:/aws/service/marketplace/prod-abc/1", nil, "Kind=marketplace Publisher=third-party Tracking=true Vendor=a seller on AWS Marketplace"},
		{"public parameter of nobody known", "resolve:ssm:/aws/service/somebody/x", nil, "Kind=(unknown) Publisher=(unknown) Tracking=true"},
		{"lookup by alias amazon", viaAMI, ami(p{"Owners": l{"amazon"}, "Filters": name("al2023-ami-2023.*-x86_64")}), amazon},
		{"lookup by Amazon's account", viaAMI, ami(p{"Owners": l{"137112412989"}, "NameRegex": "^amzn2-ami-hvm"}), amazon2},
		{"lookup of an ECS image", viaAMI, ami(p{"Owners": l{"591542846629"}, "Filters": name("al2023-ami-ecs-hvm-*")}), "Kind=ecs-optimized Publisher=aws Tracking=false"},
		{"lookup of an EKS image", viaAMI, ami(p{"Owners": l{"602401143452"}, "Filters": name("amazon-eks-node-1.33-v*")}), "Kind=eks-optimized Line=amazon-linux-2 Publisher=aws Tracking=false"},
		{"lookup without a name", viaAMI, ami(p{"Owners": l{"amazon"}}), "Kind=(unknown) Publisher=aws Tracking=false"},
		{"lookup by owner filter", viaAMI, ami(p{"Filters": l{p{"name": "owner-alias", "values": l{"amazon"}}, p{"name": "name", "values": l{"Windows_Server-2022*"}}}}), "Kind=windows Publisher=aws Tracking=false"},
		{"lookup of own images", viaAMI, ami(p{"Owners": l{"self"}}), own},
		{"lookup by the own account id", viaAMI, append(ami(p{"Owners": l{ref("data.aws_caller_identity.me.account_id")}}),
			source("aws_caller_identity", lookup("aws_caller_identity", "data.aws_caller_identity.me", nil))), own},
		{"lookup in the Marketplace", viaAMI, ami(p{"Owners": l{"aws-marketplace"}}), market},
		{"lookup by the Marketplace's account", viaAMI, ami(p{"Owners": l{"679593333241"}}), market},
		{"lookup by Canonical's account", viaAMI, ami(p{"Owners": l{"099720109477"}}), canonical},
		{"lookup by an account nobody knows", viaAMI, ami(p{"Owners": l{"111122223333"}}), "Kind=third-party Publisher=third-party Tracking=false Vendor=account 111122223333"},
		{"lookup by alias amazon of Canonical's images", viaAMI, ami(p{"Owners": l{"amazon"}, "Filters": name("ubuntu/images/hvm-ssd/ubuntu-noble-*")}), canonical},
		{"lookup by alias amazon of two vendors' images", viaAMI, ami(p{"Owners": l{"amazon"}, "Filters": l{p{"Name": "name", "Values": l{"ubuntu/*", "al2023-ami-*"}}}}), amazon},
		{"lookup by Amazon's account is never another vendor's", viaAMI, ami(p{"Owners": l{"137112412989"}, "Filters": name("rhel-like-*")}), "Kind=(unknown) Publisher=aws Tracking=false"},
		{"lookup by two vendors' accounts", viaAMI, ami(p{"Owners": l{"099720109477", "136693071363"}}), "Kind=(unknown) Publisher=third-party Tracking=false"},
		{"lookup by owners of two kinds", viaAMI, ami(p{"Owners": l{"self", "amazon"}}), unknownAll},
		{"lookup by an unset owner", viaAMI, ami(p{"Owners": l{unset("var.owner")}}), unknownAll},
		{"lookup by unknown owners", viaAMI, ami(p{"Owners": unset("var.owners")}), unknownAll},
		{"lookup without owners", viaAMI, ami(nil), unknownAll},
		{"owner that is no account", viaAMI, ami(p{"Owners": l{"somebody"}}), unknownAll},
		{"public parameter by lookup", viaParam, param("/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id"), "Kind=eks-optimized Publisher=aws Tracking=false"},
		{"own parameter by lookup", viaParam, param("/golden/ami"), unknownAll},
		{"parameter with an unset name", viaParam, param(unset("var.p")), unknownAll},
		{"own parameter that holds an own image", viaParam, append(param("/golden/ami"),
			res(typeSSM, "aws_ssm_parameter.g", p{"Name": "/golden/ami", "Value": ref("aws_ami_copy.c.id")}), source("aws_ami_copy", res("aws_ami_copy", "aws_ami_copy.c", nil))), own},
		{"declared parameter", ref("aws_ssm_parameter.g.value"), append(ami(p{"Owners": l{"self"}}), res(typeSSM, "aws_ssm_parameter.g", p{"Name": "/g", "Value": viaAMI})), own},
		{"parameter that refers to itself", ref("aws_ssm_parameter.g.value"), rs{res(typeSSM, "aws_ssm_parameter.g", p{"Value": ref("aws_ssm_parameter.g.value")})}, unknownAll},
		{"Image Builder", ref("img.i.arn"), rs{res("AWS::ImageBuilder::Image", "img.i", nil)}, own},
		{"copied image", ref("aws_ami_copy.c.id"), rs{source("aws_ami_copy", res("aws_ami_copy", "aws_ami_copy.c", nil))}, own},
		{"known id of a lookup", textOf("ami-1", "data.aws_ami.a.id"), ami(p{"Owners": l{"self"}}), own},
		{"unset variable or a lookup", choice("var.ami", "data.aws_ami.a.id"), ami(p{"Owners": l{"amazon"}}), unknownAll},
		{"one of two lookups", refs("data.aws_ami.a.id", "data.aws_ssm_parameter.p.value"), append(ami(p{"Owners": l{"self"}}), param("/aws/service/ecs/x")...), unknownAll},
		{"one of two lookups of one publisher", refs("data.aws_ami.a.id", "data.aws_ssm_parameter.p.value"), append(ami(p{"Owners": l{"amazon"}}), param("/aws/service/ecs/x")...),
			"Kind=(unknown) Publisher=aws Tracking=false"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(append(rs{res(typeInstance, "i.x", p{"ImageId": tt.id})}, tt.in...)), "i.x")
			if got := part(w, "image"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestImageReasons(t *testing.T) {
	t.Parallel()
	w := one(t, find(rs{res(typeInstance, "i.x", p{"ImageId": "ami-0123"})}), "i.x")
	publisher := w.Parts["image"].Resource.Get("Publisher")
	if got := publisher.Unresolved(); len(got) != 1 || got[0].Name != `ImageId "ami-0123"` || got[0].Note != "does not tell who publishes the image" {
		t.Errorf("unresolved is %v", got)
	}
	if got := w.Parts["image"].Because[0].Property; got != "AWS::EC2::Instance.ImageId" {
		t.Errorf("reason is %s", got)
	}
	owners := lookup(lookupImage, "data.aws_ami.a", p{"Owners": l{assumed("amazon", "var.owner")}})
	w = one(t, find(rs{res(typeInstance, "i.x", p{"ImageId": ref("data.aws_ami.a.id")}), owners}), "i.x")
	if got := w.Parts["image"].Resource.Get("Publisher").Assumed(); len(got) != 1 || got[0].Name != "var.owner" {
		t.Errorf("the publisher does not carry the default of the owner: %v", got)
	}
	alias := assumed("resolve:ssm:/aws/service/ami-amazon-linux-latest/x", "var.ami")
	w = one(t, find(rs{res(typeInstance, "i.x", p{"ImageId": alias})}), "i.x")
	if got := w.Parts["image"].Resource.Get("Publisher").Assumed(); len(got) != 1 || got[0].Name != "var.ami" {
		t.Errorf("the publisher does not carry the default: %v", got)
	}
}

func TestImageOfGroups(t *testing.T) {
	t.Parallel()
	alias := "resolve:ssm:/aws/service/ami-amazon-linux-latest/x"
	overrides := func(other string) *rs {
		g := res(typeGroup, "asg.g", p{"MixedInstancesPolicy": p{"LaunchTemplate": p{
			"LaunchTemplateSpecification": p{"LaunchTemplateId": ref("lt.l.id")},
			"Overrides":                   l{p{"InstanceType": "m5.large"}, p{"LaunchTemplateSpecification": p{"LaunchTemplateId": ref("lt.m.id")}}},
		}}})
		return &rs{g, template("lt.l", p{"ImageId": alias}), template("lt.m", p{"ImageId": other})}
	}
	tests := []struct {
		name   string
		in     rs
		unread []string
		want   string
	}{
		{"overrides agree", *overrides(alias), nil, "Kind=amazon-linux Publisher=aws Tracking=true"},
		{"overrides differ", *overrides("ami-1"), nil, "Kind=(unknown) Publisher=(unknown) Tracking=false"},
		{"template in an unread module", rs{group("asg.g", "module.lt")}, []string{"module.lt"},
			`unknown: module.lt could not be read (source "terraform-aws-modules/x/aws")`},
		{"template by an id from elsewhere", rs{res(typeGroup, "asg.g", p{"LaunchTemplate": p{"LaunchTemplateId": "lt-0123"}})}, nil, `unknown: "lt-0123" is not in the input`},
		{"template without image", rs{group("asg.g", "lt.l"), template("lt.l", nil)}, nil, "Kind=(unknown) Publisher=(unknown) Tracking=false"},
		{"launch configuration", rs{res(typeGroup, "asg.g", p{"LaunchConfigurationName": ref("lc.l.name")}), res(typeLaunchConfig, "lc.l", p{"ImageId": alias})}, nil,
			"Kind=amazon-linux Publisher=aws Tracking=true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := part(one(t, find(tt.in, tt.unread...), "asg.g"), "image"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
