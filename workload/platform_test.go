package workload

import (
	"testing"

	"github.com/onus-dev/onus/inventory"
)

// tagged is a text of which an unset variable is a part, and an attribute of another resource another.
func tagged(text, name, address string) inventory.Value {
	meta := *choice(name, address).Meta()
	meta.Partial = text
	return inventory.UnknownValue(place1).WithMeta(&meta)
}

// partCase says what one part of a root is.
type partCase struct {
	name, address, role string
	in                  rs
	want                string
}

func runParts(t *testing.T, cases []partCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(c.in, "module.m"), c.address)
			checkWhole(t, w)
			if got := part(w, c.role); got != c.want {
				t.Errorf("%s is %s\nwant %s", c.role, got, c.want)
			}
		})
	}
}

func TestBeanstalkTemplate(t *testing.T) {
	t.Parallel()
	env := func(template any) *inventory.Resource { return res(typeBeanstalk, "eb.e", p{"TemplateName": template}) }
	standard := res(typeBeanstalkTemplate, "eb.t", p{"Name": "standard"})
	runParts(t, []partCase{
		{"none", "eb.e", "template", rs{env(nil), standard}, "absent"},
		{"by reference", "eb.e", "template", rs{env(ref("eb.t.name")), standard}, "eb.t"},
		{"by name", "eb.e", "template", rs{env("standard"), standard}, "eb.t"},
		{"elsewhere", "eb.e", "template", rs{env("other"), standard}, `unknown: "other" is not in the input`},
		{"unset", "eb.e", "template", rs{env(unset("var.t")), standard}, "unknown: var.t has no value and no default"},
	})
}

func TestEndpointModels(t *testing.T) {
	t.Parallel()
	const dlc = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.3"
	const own = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/fraud:1"
	endpoint := res(typeEndpoint, "sm.e", p{"EndpointConfigName": ref("sm.c.name")})
	config := func(models ...any) *inventory.Resource {
		var variants l
		for _, m := range models {
			variants = append(variants, p{"ModelName": m, "InstanceType": "ml.m5.large"})
		}
		return res(typeEndpointConfig, "sm.c", p{"ProductionVariants": variants})
	}
	model := func(address string, container any) *inventory.Resource {
		return res(typeModel, address, p{"PrimaryContainer": container})
	}
	single := func(image any) rs { return rs{endpoint, config(ref("sm.m.name")), model("sm.m", p{"Image": image})} }
	sub := func(text string) inventory.Value { return inventory.UnknownValue(place1).WithMeta(partial(text)) }
	const unknownModel = "Publisher=(unknown)"
	runParts(t, []partCase{
		{"configuration", "sm.e", "endpointConfig", single(own), "sm.c"},
		{"one model", "sm.e", "model", single(own), "sm.m"},
		{"own image", "sm.e", "images", single(own), "Publisher=customer"},
		{"Deep Learning Container", "sm.e", "images", single(dlc), "Publisher=aws ReadyMade=aws Vendors=[AWS (Deep Learning Containers)]"},
		{"Deep Learning Container of the public gallery", "sm.e", "images", single("public.ecr.aws/deep-learning-containers/pytorch:2"), "Publisher=aws ReadyMade=aws Vendors=[AWS (Deep Learning Containers)]"},
		{"image of some registry", "sm.e", "images", single("registry.example.com/fraud"), "Publisher=customer"},
		{"registry of AWS in a text with unknown parts", "sm.e", "images", single(sub("763104351884.dkr.ecr.${AWS::Region}.amazonaws.com/x")), "Publisher=aws ReadyMade=aws Vendors=[AWS (Deep Learning Containers)]"},
		{"own registry in a text with unknown parts", "sm.e", "images", single(sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/x")), "Publisher=customer"},
		{"own repository", "sm.e", "images", append(single(ref("ecr.r.repository_url")), res(typeRepository, "ecr.r", nil)), "Publisher=customer"},
		{"own repository with an unset tag", "sm.e", "images", append(single(tagged("${ecr.r.repository_url}:${var.tag}", "var.tag", "ecr.r.repository_url")), res(typeRepository, "ecr.r", nil)), "Publisher=customer"},
		{"prebuilt image", "sm.e", "images", append(single(ref("data.img.registry_path")), lookup(lookupPrebuiltImage, "data.img", nil)), "Publisher=aws ReadyMade=aws Vendors=[AWS (SageMaker)]"},
		{"unset image", "sm.e", "images", single(unset("var.image")), unknownModel},
		{"unset image beside own repository", "sm.e", "images", append(single(choice("var.own", "ecr.r.repository_url")), res(typeRepository, "ecr.r", nil)), unknownModel},
		{"model package hides the image", "sm.e", "images", rs{endpoint, config(ref("sm.m.name")), model("sm.m", p{"ModelPackageName": "p"})}, unknownModel},
		{"no model at all", "sm.e", "images", rs{endpoint, config()}, unknownModel},
		{"inference components name the models", "sm.e", "images", rs{endpoint, config(nil)}, unknownModel},
		{"unset choice of a prebuilt image", "sm.e", "images", append(single(choice("var.own", "data.img.registry_path")), lookup(lookupPrebuiltImage, "data.img", nil)), unknownModel},
		{"no single model when another is elsewhere", "sm.e", "model", rs{endpoint, config(ref("sm.a.name"), "far"), model("sm.a", p{"Image": dlc})}, `unknown: "far" is not in the input`},
		{"no model named", "sm.e", "model", rs{endpoint, config(nil)}, "unknown: AWS::SageMaker::EndpointConfig.ProductionVariants.ModelName is not set"},
		{"a shadow variant counts", "sm.e", "images", rs{endpoint, res(typeEndpointConfig, "sm.c", p{"ProductionVariants": l{p{"ModelName": ref("sm.a.name")}}, "ShadowProductionVariants": l{p{"ModelName": ref("sm.b.name")}}}), model("sm.a", p{"Image": dlc}), model("sm.b", p{"Image": own})}, "Publisher=customer Vendors=[AWS (Deep Learning Containers)]"},
		{"two models, one own", "sm.e", "images", rs{endpoint, config(ref("sm.a.name"), ref("sm.b.name")), model("sm.a", p{"Image": dlc}), model("sm.b", p{"Image": own})}, "Publisher=customer Vendors=[AWS (Deep Learning Containers)]"},
		{"two models of AWS", "sm.e", "images", rs{endpoint, config(ref("sm.a.name"), ref("sm.b.name")), model("sm.a", p{"Image": dlc}), model("sm.b", p{"Image": dlc})}, "Publisher=aws ReadyMade=aws Vendors=[AWS (Deep Learning Containers)]"},
		{"two models, one elsewhere", "sm.e", "images", rs{endpoint, config(ref("sm.a.name"), "far"), model("sm.a", p{"Image": dlc})}, "Publisher=(unknown) Vendors=[AWS (Deep Learning Containers)]"},
		{"two models are no single one", "sm.e", "model", rs{endpoint, config(ref("sm.a.name"), ref("sm.b.name")), model("sm.a", p{"Image": dlc}), model("sm.b", p{"Image": dlc})}, "unknown: the model of the endpoint could be one of several"},
		{"configuration elsewhere", "sm.e", "images", rs{res(typeEndpoint, "sm.e", p{"EndpointConfigName": "far"})}, `unknown: "far" is not in the input`},
		{"containers in a row", "sm.e", "images", rs{endpoint, config(ref("sm.m.name")), res(typeModel, "sm.m", p{"Containers": l{p{"Image": dlc}, p{"Image": own}}})}, "Publisher=customer Vendors=[AWS (Deep Learning Containers)]"},
	})
}

func TestClusterImage(t *testing.T) {
	t.Parallel()
	cluster := func(props p) *inventory.Resource { return res(typeEMRCluster, "emr.c", props) }
	const awsImage, ownImage, open = "Kind=emr Publisher=aws Tracking=false", "Kind=own Publisher=customer Tracking=false", "Kind=(unknown) Publisher=(unknown) Tracking=false"
	runParts(t, []partCase{
		{"none set", "emr.c", "image", rs{cluster(p{"ReleaseLabel": "emr-7.1.0"})}, awsImage},
		{"groups without one", "emr.c", "image", rs{cluster(p{"Instances": p{"MasterInstanceGroup": p{"InstanceType": "m5.xlarge"}, "TaskInstanceGroups": l{p{"InstanceCount": 2}}}})}, awsImage},
		{"of the cluster", "emr.c", "image", rs{cluster(p{"CustomAmiId": "ami-1"})}, ownImage},
		{"of a group", "emr.c", "image", rs{cluster(p{"Instances": p{"CoreInstanceGroup": p{"CustomAmiId": "ami-1"}}})}, ownImage},
		{"of a fleet", "emr.c", "image", rs{cluster(p{"Instances": p{"MasterInstanceFleet": p{"InstanceTypeConfigs": l{p{}, p{"CustomAmiId": "ami-1"}}}}})}, ownImage},
		{"of a fleet beside", "emr.c", "image", rs{cluster(nil), res(typeEMRFleet, "emr.f", p{"ClusterId": ref("emr.c.id"), "InstanceTypeConfigs": l{p{"CustomAmiId": "ami-1"}}})}, ownImage},
		{"of a group beside", "emr.c", "image", rs{cluster(nil), res(typeEMRGroup, "emr.g", p{"JobFlowId": ref("emr.c.id"), "CustomAmiId": "ami-1"})}, ownImage},
		{"of another cluster's group", "emr.c", "image", rs{cluster(nil), res(typeEMRCluster, "emr.d", nil), res(typeEMRGroup, "emr.g", p{"JobFlowId": ref("emr.d.id"), "CustomAmiId": "ami-1"})}, awsImage},
		{"unset", "emr.c", "image", rs{cluster(p{"CustomAmiId": unset("var.ami")})}, "Kind=(unknown) Publisher=(unknown) Tracking=(unknown)"},
		{"unknown instances", "emr.c", "image", rs{cluster(p{"Instances": unset("var.i")})}, open},
	})
	w := one(t, find(rs{cluster(nil), res("AWS::EMR::ManagedScalingPolicy", "emr.s", p{"ClusterId": ref("emr.c.id"), "ManagedScalingPolicy": p{"ComputeLimits": p{"UnitType": "Instances"}}})}), "emr.c")
	if got := w.Parts["cluster"].Resource.Get("ManagedScalingPolicy.ComputeLimits.UnitType").Display(); got != "Instances" {
		t.Errorf("the scaling policy beside the cluster is not laid over it: %s", got)
	}
}

func TestBuildFleetAndEngineVersion(t *testing.T) {
	t.Parallel()
	project := func(fleet any) *inventory.Resource {
		return res(typeBuildProject, "cb.p", p{"Environment": p{"Fleet": p{"FleetArn": fleet}}})
	}
	db := func(engine, version any) *inventory.Resource {
		return res(typeDBInst, "db.i", p{"Engine": engine, "EngineVersion": version})
	}
	mine := res(typeEngineVersion, "db.v", p{"EngineVersion": "19.mine"})
	runParts(t, []partCase{
		{"no fleet", "cb.p", "fleet", rs{project(nil)}, "absent"},
		{"fleet", "cb.p", "fleet", rs{project(ref("cb.f.arn")), res(typeBuildFleet, "cb.f", nil)}, "cb.f"},
		{"fleet elsewhere", "cb.p", "fleet", rs{project(ref("module.m.arn"))}, `unknown: module.m could not be read (source "terraform-aws-modules/x/aws")`},
		{"image of CodeBuild", "cb.p", "images", rs{res(typeBuildProject, "cb.p", p{"Environment": p{"Image": "aws/codebuild/standard:7.0"}})}, "Publisher=aws ReadyMade=aws Vendors=[AWS (CodeBuild)]"},
		{"image of the customer's", "cb.p", "images", rs{res(typeBuildProject, "cb.p", p{"Environment": p{"Image": ref("ecr.r.repository_url")}}), res(typeRepository, "ecr.r", nil)}, "Publisher=customer"},
		{"no image", "cb.p", "images", rs{project(nil)}, "Publisher=(unknown)"},
		{"own engine version", "db.i", "engineVersion", rs{db("custom-oracle-ee", ref("db.v.engine_version")), mine}, "db.v"},
		{"own engine version by name", "db.i", "engineVersion", rs{db("custom-oracle-ee", "19.mine"), mine}, "db.v"},
		{"engine version elsewhere", "db.i", "engineVersion", rs{db("custom-oracle-ee", "19.far"), mine}, `unknown: "19.far" is not in the input`},
		{"engine version of RDS", "db.i", "engineVersion", rs{db("custom-sqlserver-ee", "15.00.4382.1.v1")}, "absent"},
		{"engine that is not custom", "db.i", "engineVersion", rs{db("postgres", "16.3")}, "absent"},
		{"engine that may be custom", "db.i", "engineVersion", rs{db(unset("var.e"), "19.mine"), mine}, "db.v"},
	})
}

func TestBatchOnEKSImage(t *testing.T) {
	t.Parallel()
	eks := func(config p) *inventory.Resource {
		return env("ce.e", p{"EksConfiguration": p{"EksClusterArn": "arn:aws:eks:eu-west-1:1:cluster/c"}, "ComputeResources": p{"Type": "EC2", "Ec2Configuration": l{config}}})
	}
	pod := job(p{"EksProperties": p{"PodProperties": p{"Containers": l{"c"}}}})
	runParts(t, []partCase{
		{"none set", "ce.e", "image", rs{eks(p{"ImageType": "EKS_AL2023"})}, "Kind=eks-optimized Publisher=aws Tracking=false"},
		{"override", "ce.e", "image", rs{eks(p{"ImageIdOverride": "ami-1"})}, "Kind=own Publisher=customer Tracking=false"},
		{"pod beside its environment", "job.j", "image", rs{eks(p{"ImageIdOverride": "ami-1"}), pod}, "Kind=own Publisher=customer Tracking=false"},
		{"pod alone", "job.j", "image", rs{pod}, "unknown: the compute environment of the job is not in the input"},
	})
}
