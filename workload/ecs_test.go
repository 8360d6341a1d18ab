package workload

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/inventory"
)

type rs = []*inventory.Resource

func service(props p) *inventory.Resource {
	base := p{"TaskDefinition": ref("task.t.arn"), "Cluster": ref("cluster.c.id")}
	for k, v := range props {
		base[k] = v
	}
	return res(typeService, "service.s", base)
}

func task(props p) *inventory.Resource { return res(typeTaskDefinition, "task.t", props) }

func cluster(props p) *inventory.Resource { return res(typeCluster, "cluster.c", props) }

func strategy(names ...any) l {
	var out l
	for _, n := range names {
		out = append(out, p{"CapacityProvider": n, "Weight": 1})
	}
	return out
}

func asgProvider(address, group string, status any) *inventory.Resource {
	inner := p{"AutoScalingGroupArn": ref(group + ".arn")}
	if status != nil {
		inner["ManagedScaling"] = p{"Status": status}
	}
	return res(typeCapacityProvider, address, p{"Name": address, "AutoScalingGroupProvider": inner})
}

func miProvider(address string) *inventory.Resource {
	return res(typeCapacityProvider, address, p{"Name": address, "ManagedInstancesProvider": p{"InfrastructureRoleArn": "arn:r"}})
}

func group(address, template string) *inventory.Resource {
	return res(typeGroup, address, p{"LaunchTemplate": p{"LaunchTemplateId": ref(template + ".id")}})
}

func template(address string, props p) *inventory.Resource {
	return res(typeLaunchTemplate, address, p{"LaunchTemplateData": props})
}

func TestECSServiceHosting(t *testing.T) {
	t.Parallel()
	runHosting(t, []hostingCase{
		{name: "launch type Fargate", in: rs{service(p{"LaunchType": "FARGATE"}), task(nil), cluster(nil)},
			want: []string{"service.s ecs-fargate"}},
		{name: "launch type EC2", in: rs{service(p{"LaunchType": "EC2"}), task(nil), cluster(nil)}, want: []string{"service.s ecs-ec2"}},
		{name: "launch type EXTERNAL", in: rs{service(p{"LaunchType": "EXTERNAL"}), task(nil)}, want: []string{"service.s ecs-external"}},
		{name: "launch type MANAGED_INSTANCES is conclusive", in: rs{service(p{"LaunchType": "MANAGED_INSTANCES"})},
			want: []string{"service.s ecs-managed-instances"}},
		{name: "launch type that does not exist", in: rs{service(p{"LaunchType": "MOON"})}, want: []string{"service.s unknown"}},
		{name: "Fargate strategy", in: rs{service(p{"CapacityProviderStrategy": strategy("FARGATE", "FARGATE_SPOT")})},
			want: []string{"service.s ecs-fargate"}},
		{name: "strategy wins over launch type", in: rs{service(p{"LaunchType": "EC2", "CapacityProviderStrategy": strategy("mi.p")}), miProvider("mi.p")},
			want: []string{"service.s ecs-managed-instances"}},
		{name: "Auto Scaling group provider by reference",
			in:   rs{service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"))}), asgProvider("cp.p", "group.g", nil), group("group.g", "lt.l"), template("lt.l", nil)},
			want: []string{"group.g ecs-ec2", "service.s ecs-ec2"}},
		{name: "Managed Instances provider by reference", in: rs{service(p{"CapacityProviderStrategy": strategy(ref("mi.p.name"))}), miProvider("mi.p")},
			want: []string{"service.s ecs-managed-instances"}},
		{name: "providers of two kinds",
			in:   rs{service(p{"CapacityProviderStrategy": strategy("FARGATE", ref("cp.p.name"))}), asgProvider("cp.p", "group.g", nil)},
			want: []string{"service.s unknown(ecs-fargate|ecs-ec2)"}},
		{name: "weight 0 gets no tasks",
			in: rs{service(p{"CapacityProviderStrategy": l{p{"CapacityProvider": "FARGATE", "Weight": 1}, p{"CapacityProvider": ref("cp.p.name"), "Weight": 0}}}),
				asgProvider("cp.p", "group.g", nil)},
			want: []string{"service.s ecs-fargate"}},
		{name: "weight 0 with a base gets tasks",
			in: rs{service(p{"CapacityProviderStrategy": l{p{"CapacityProvider": "FARGATE", "Weight": 1}, p{"CapacityProvider": ref("cp.p.name"), "Weight": 0, "Base": 1}}}),
				asgProvider("cp.p", "group.g", nil)},
			want: []string{"service.s unknown(ecs-fargate|ecs-ec2)"}},
		{name: "weight 0 alone still counts", in: rs{service(p{"CapacityProviderStrategy": l{p{"CapacityProvider": "FARGATE", "Weight": 0}}})},
			want: []string{"service.s ecs-fargate"}},
		{name: "provider name not in the input", in: rs{service(p{"CapacityProviderStrategy": strategy("mine")}), task(nil)},
			want: []string{"service.s unknown(ecs-ec2|ecs-managed-instances)"}},
		{name: "provider in an unread module, task requires EC2", unread: []string{"module.ecs"},
			in:   rs{service(p{"CapacityProviderStrategy": strategy(ref("module.ecs.name"))}), task(p{"RequiresCompatibilities": l{"EC2"}})},
			want: []string{"service.s ecs-ec2"}},
		{name: "provider in an unread module, task allows two", unread: []string{"module.ecs"},
			in:   rs{service(p{"CapacityProviderStrategy": strategy(ref("module.ecs.name"))}), task(p{"RequiresCompatibilities": l{"EC2", "FARGATE"}})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "provider whose make is unknown",
			in:   rs{service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"))}), res(typeCapacityProvider, "cp.p", p{"AutoScalingGroupProvider": unset("var.asg")})},
			want: []string{"service.s unknown(ecs-ec2|ecs-managed-instances)"}},
		{name: "unknown strategy", in: rs{service(p{"CapacityProviderStrategy": unset("var.strategy")})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "unknown strategy beside Fargate launch type", in: rs{service(p{"LaunchType": "FARGATE", "CapacityProviderStrategy": unset("var.s")})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "unknown strategy beside external launch type", in: rs{service(p{"LaunchType": "EXTERNAL", "CapacityProviderStrategy": unset("var.s")})},
			want: []string{"service.s ecs-external"}},
		{name: "unknown launch type", in: rs{service(p{"LaunchType": unset("var.launch_type")}), task(nil)},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-external)"}},
		{name: "unknown launch type, two compatibilities",
			in:   rs{service(p{"LaunchType": unset("var.launch_type")}), task(p{"RequiresCompatibilities": l{"EC2", "FARGATE"}})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate)"}},
		{name: "unknown launch type, compatibilities hold the same variable",
			in: rs{service(p{"LaunchType": unset("var.launch_type"), "NetworkConfiguration": p{"AwsvpcConfiguration": p{"Subnets": l{"a"}}}}),
				task(p{"RequiresCompatibilities": l{unset("var.launch_type")}})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate)"}},
		{name: "unknown launch type, awsvpc excludes external instances",
			in:   rs{service(p{"LaunchType": unset("var.launch_type")}), task(p{"NetworkMode": "awsvpc"})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate)"}},
		{name: "unknown launch type, bridge excludes Fargate",
			in:   rs{service(p{"LaunchType": unset("var.launch_type")}), task(p{"NetworkMode": "bridge"})},
			want: []string{"service.s unknown(ecs-ec2|ecs-external)"}},
		{name: "unknown launch type, one compatibility", in: rs{service(p{"LaunchType": unset("var.lt")}), task(p{"RequiresCompatibilities": l{"FARGATE"}})},
			want: []string{"service.s ecs-fargate"}},
		{name: "nothing set and the cluster has no default", in: rs{service(nil), task(nil), cluster(nil)}, want: []string{"service.s ecs-ec2"}},
		{name: "nothing set, task excludes EC2", in: rs{service(nil), task(p{"RequiresCompatibilities": l{"FARGATE"}}), cluster(nil)},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate)"}},
		{name: "default strategy of the cluster", in: rs{service(nil), cluster(p{"DefaultCapacityProviderStrategy": strategy("FARGATE")})},
			want: []string{"service.s ecs-fargate"}},
		{name: "default strategy by association",
			in: rs{service(nil), cluster(nil), miProvider("mi.p"),
				res(typeProviderLink, "link.a", p{"Cluster": ref("cluster.c.name"), "DefaultCapacityProviderStrategy": strategy(ref("mi.p.name"))})},
			want: []string{"service.s ecs-managed-instances"}},
		{name: "service names the cluster through the association",
			in: rs{service(p{"Cluster": ref("link.a.cluster_name")}), cluster(nil),
				res(typeProviderLink, "link.a", p{"Cluster": ref("cluster.c.name"), "DefaultCapacityProviderStrategy": strategy("FARGATE")})},
			want: []string{"service.s ecs-fargate"}},
		{name: "association that may be absent",
			in: rs{service(nil), cluster(nil),
				maybe(res(typeProviderLink, "link.a", p{"Cluster": ref("cluster.c.name"), "DefaultCapacityProviderStrategy": strategy("FARGATE")}))},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "unknown default strategy", in: rs{service(nil), cluster(p{"DefaultCapacityProviderStrategy": unset("var.d")})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "association of another cluster does not count",
			in: rs{service(nil), cluster(nil), res(typeCluster, "cluster.other", nil),
				res(typeProviderLink, "link.a", p{"Cluster": ref("cluster.other.name"), "DefaultCapacityProviderStrategy": strategy("FARGATE")})},
			want: []string{"service.s ecs-ec2"}},
		{name: "cluster by literal name that is not in the input", in: rs{service(p{"Cluster": "prod"}), task(nil)},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "cluster not in the input, one compatibility", in: rs{service(p{"Cluster": "prod"}), task(p{"RequiresCompatibilities": l{"FARGATE"}})},
			want: []string{"service.s ecs-fargate"}},
		{name: "cluster that is looked up may have a default",
			in:   rs{service(p{"Cluster": ref("data.cluster.x.id")}), lookup(typeCluster, "data.cluster.x", p{"ClusterName": "prod"})},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "looked-up cluster that is declared in another root",
			in: rs{service(p{"Cluster": ref("data.cluster.x.id")}), lookup(typeCluster, "data.cluster.x", p{"ClusterName": "prod"}),
				in("base", res(typeCluster, "cluster.prod", p{"ClusterName": "prod", "DefaultCapacityProviderStrategy": strategy("FARGATE")}))},
			want: []string{"service.s ecs-fargate"}},
		{name: "cluster by ARN across roots",
			in: rs{service(p{"Cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"}),
				in("base", res(typeCluster, "cluster.prod", p{"ClusterName": "prod"}))},
			want: []string{"service.s ecs-ec2"}},
		{name: "cluster name that two roots declare",
			in: rs{service(p{"Cluster": "prod"}), in("a", res(typeCluster, "cluster.x", p{"ClusterName": "prod"})),
				in("b", res(typeCluster, "cluster.x", p{"ClusterName": "prod"}))},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "own root wins over another by name",
			in: rs{service(p{"Cluster": "prod"}), in("a", res(typeCluster, "cluster.x", p{"ClusterName": "prod", "DefaultCapacityProviderStrategy": strategy("FARGATE")})),
				res(typeCluster, "cluster.y", p{"ClusterName": "prod"})},
			want: []string{"service.s ecs-ec2"}},
		{name: "cluster is a choice by an unset variable",
			in: rs{service(p{"Cluster": choice("var.own", "cluster.c.id")}), cluster(nil)}, want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "unset variable in the cluster's name does not hide the cluster",
			in: rs{service(p{"Cluster": choice("var.env", "cluster.c.name")}), cluster(p{"ClusterName": unset("var.env")})}, want: []string{"service.s ecs-ec2"}},
		{name: "a name built from a resource of the root does not reach other roots",
			in:   rs{service(p{"Cluster": textOf("prod", "random_pet.p.id")}), in("base", res(typeCluster, "cluster.prod", p{"ClusterName": "prod"}))},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "providers of an unknown key, all of one kind",
			in:   rs{service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"))}), asgProvider("cp.p[0]", "asg.g", nil), asgProvider("cp.p[1]", "asg.h", nil)},
			want: []string{"service.s ecs-ec2"}},
		{name: "providers of an unknown key and of two kinds",
			in:   rs{service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"))}), asgProvider("cp.p[0]", "asg.g", nil), miProvider("cp.p[1]")},
			want: []string{"service.s unknown(ecs-ec2|ecs-managed-instances)"}},
		{name: "provider that a variable chooses",
			in:   rs{service(p{"CapacityProviderStrategy": strategy(choice("var.mi", "mi.p.name"))}), miProvider("mi.p")},
			want: []string{"service.s unknown(ecs-ec2|ecs-managed-instances)"}},
		{name: "looked-up provider",
			in:   rs{service(p{"CapacityProviderStrategy": strategy(ref("data.cp.p.name"))}), lookup(typeCapacityProvider, "data.cp.p", p{"Name": "x"})},
			want: []string{"service.s unknown(ecs-ec2|ecs-managed-instances)"}},
		{name: "external deployment controller", in: rs{service(p{"DeploymentController": p{"Type": "EXTERNAL"}}), cluster(nil)},
			want: []string{"service.s unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "task set decides for an external controller",
			in: rs{service(p{"DeploymentController": p{"Type": "EXTERNAL"}, "TaskDefinition": nil}), task(nil),
				res(typeTaskSet, "set.x", p{"Service": ref("service.s.id"), "LaunchType": "FARGATE", "TaskDefinition": ref("task.t.arn")})},
			want: []string{"service.s ecs-fargate"}},
		{name: "Express service", in: rs{res(typeExpressService, "express.e", nil)}, want: []string{"express.e ecs-fargate"}},
		{name: "cluster, provider and task set are no workloads",
			in: rs{cluster(nil), miProvider("mi.p"), res(typeTaskSet, "set.x", nil), res(typeProviderLink, "link.x", nil)}},
	})
}

func TestECSTaskDefinition(t *testing.T) {
	t.Parallel()
	rule := func(params p) *inventory.Resource {
		params["TaskDefinitionArn"] = ref("task.t.arn")
		return res(typeRule, "rule.r", p{"Targets": l{p{"Arn": ref("cluster.c.arn"), "EcsParameters": params}}})
	}
	schedule := res(typeSchedule, "schedule.s", p{"Target": p{"Arn": ref("cluster.c.arn"), "EcsParameters": p{"TaskDefinitionArn": ref("task.t.arn"), "LaunchType": "FARGATE"}}})
	runHosting(t, []hostingCase{
		{name: "Fargate only", in: rs{task(p{"RequiresCompatibilities": l{"FARGATE"}})}, want: []string{"task.t ecs-fargate"}},
		{name: "EC2 only", in: rs{task(p{"RequiresCompatibilities": l{"EC2"}})}, want: []string{"task.t ecs-ec2"}},
		{name: "external only", in: rs{task(p{"RequiresCompatibilities": l{"EXTERNAL"}})}, want: []string{"task.t ecs-external"}},
		{name: "Managed Instances only", in: rs{task(p{"RequiresCompatibilities": l{"MANAGED_INSTANCES"}})}, want: []string{"task.t ecs-managed-instances"}},
		{name: "both", in: rs{task(p{"RequiresCompatibilities": l{"EC2", "FARGATE"}})}, want: []string{"task.t unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "none named", in: rs{task(nil)}, want: []string{"task.t unknown(ecs-ec2|ecs-fargate|ecs-managed-instances|ecs-external)"}},
		{name: "unknown member", in: rs{task(p{"RequiresCompatibilities": l{unset("var.x")}, "NetworkMode": "awsvpc"})},
			want: []string{"task.t unknown(ecs-ec2|ecs-fargate|ecs-managed-instances)"}},
		{name: "run by a rule on Fargate", in: rs{task(nil), cluster(nil), rule(p{"LaunchType": "FARGATE"})}, want: []string{"rule.r eventbridge", "task.t ecs-fargate"}},
		{name: "run by a rule that says nothing, on a cluster without default", in: rs{task(nil), cluster(nil), rule(p{})},
			want: []string{"rule.r eventbridge", "task.t ecs-ec2"}},
		{name: "run by a schedule", in: rs{task(nil), schedule}, want: []string{"schedule.s eventbridge", "task.t ecs-fargate"}},
		{name: "rule and schedule differ", in: rs{task(nil), cluster(nil), schedule, rule(p{"LaunchType": "EC2"})},
			want: []string{"rule.r eventbridge", "schedule.s eventbridge", "task.t unknown(ecs-ec2|ecs-fargate)"}},
		{name: "rule and schedule agree", in: rs{task(nil), cluster(nil), schedule, rule(p{"LaunchType": "FARGATE"})},
			want: []string{"rule.r eventbridge", "schedule.s eventbridge", "task.t ecs-fargate"}},
		{name: "Terraform's separate target",
			in:   rs{task(nil), res("aws_cloudwatch_event_target", "target.t", p{"EcsParameters": p{"TaskDefinitionArn": ref("task.t.arn"), "LaunchType": "FARGATE"}})},
			want: []string{"task.t ecs-fargate"}},
		{name: "used by a service and a schedule", in: rs{task(nil), service(p{"LaunchType": "EC2"}), schedule},
			want: []string{"schedule.s eventbridge", "service.s ecs-ec2"}},
		{name: "used by family and revision",
			in: rs{task(p{"Family": "web"}), service(p{"LaunchType": "EC2", "TaskDefinition": "web:3"})}, want: []string{"service.s ecs-ec2"}},
		{name: "used by ARN from another root",
			in:   rs{task(p{"Family": "web"}), in("apps", service(p{"LaunchType": "EC2", "TaskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3"}))},
			want: []string{"service.s ecs-ec2"}},
		{name: "used through family and the greater revision",
			in: rs{task(p{"Family": "web"}), lookup(typeTaskDefinition, "data.task.t", p{"Family": "web"}),
				service(p{"LaunchType": "EC2", "TaskDefinition": refs("task.t.family", "data.task.t.revision")})},
			want: []string{"service.s ecs-ec2"}},
		{name: "used by what a variable chooses",
			in: rs{task(nil), service(p{"LaunchType": "EC2", "TaskDefinition": choice("var.x", "task.t.arn", "task.u.arn")})}, want: []string{"service.s ecs-ec2"}},
		{name: "looked-up task definition is no workload", in: rs{lookup(typeTaskDefinition, "data.task.t", nil)}},
	})
}

func TestECSParts(t *testing.T) {
	t.Parallel()
	ssm := "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
	userData := "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config"
	viaProvider := rs{
		service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"))}), task(nil), cluster(p{"ClusterName": "prod"}),
		asgProvider("cp.p", "group.g", "ENABLED"), group("group.g", "lt.l"), template("lt.l", p{"ImageId": ssm}),
	}
	tests := []struct {
		name   string
		in     rs
		unread []string
		at     string
		want   map[string]string
	}{
		{name: "through provider, group and template", in: viaProvider, at: "service.s", want: map[string]string{
			"service": "service.s", "taskDefinition": "task.t", "cluster": "cluster.c", "capacityProvider": "cp.p",
			"group": "group.g", "launchTemplate": "lt.l", "image": "Kind=ecs-optimized Publisher=aws Tracking=true",
			"scaling": "AutoScalingGroup=true ManagedScaling=true Policy=false",
		}},
		{name: "the group's own view", in: viaProvider, at: "group.g", want: map[string]string{
			"group": "group.g", "capacityProvider": "cp.p", "launchTemplate": "lt.l", "cluster": "cluster.c",
			"image": "Kind=ecs-optimized Publisher=aws Tracking=true", "scaling": "AutoScalingGroup=true ManagedScaling=true Policy=false",
		}},
		{name: "cluster of a group by the list of the association", at: "group.g",
			in:   append(rs{res(typeCluster, "cluster.b", nil), res(typeProviderLink, "link.a", p{"Cluster": ref("cluster.b.name"), "CapacityProviders": l{"FARGATE", ref("cp.p.name")}})}, viaProvider...),
			want: map[string]string{"cluster": "cluster.b"}},
		{name: "cluster of a group by the cluster's own list", at: "group.g",
			in:   append(rs{cluster(p{"CapacityProviders": l{"cp.p"}}), res(typeCluster, "cluster.b", nil)}, without(viaProvider, "cluster.c")...),
			want: map[string]string{"cluster": "cluster.c"}},
		{name: "cluster in an unread module by an instance of it", at: "service.s", unread: []string{"module.ecs"},
			in:   rs{service(p{"LaunchType": "FARGATE", "Cluster": ref("module.ecs[0].id")})},
			want: map[string]string{"cluster": `unknown: module.ecs could not be read (source "terraform-aws-modules/x/aws")`}},
		{name: "managed scaling disabled", at: "service.s",
			in:   append(rs{asgProvider("cp.p", "group.g", "DISABLED")}, without(viaProvider, "cp.p")...),
			want: map[string]string{"scaling": "AutoScalingGroup=true ManagedScaling=false Policy=false"}},
		{name: "managed scaling not said", at: "service.s",
			in:   append(rs{asgProvider("cp.p", "group.g", nil)}, without(viaProvider, "cp.p")...),
			want: map[string]string{"scaling": "AutoScalingGroup=true ManagedScaling=false Policy=false"}},
		{name: "managed scaling unknown", at: "service.s",
			in:   append(rs{asgProvider("cp.p", "group.g", unset("var.s"))}, without(viaProvider, "cp.p")...),
			want: map[string]string{"scaling": "AutoScalingGroup=true ManagedScaling=(unknown) Policy=false"}},
		{name: "one of two providers without managed scaling", at: "service.s",
			in: append(rs{service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"), ref("cp.q.name"))}), asgProvider("cp.q", "group.g", "DISABLED")},
				without(viaProvider, "service.s")...),
			want: map[string]string{"scaling": "AutoScalingGroup=true ManagedScaling=false Policy=false", "capacityProvider": "cp.p"}},
		{name: "scaling policy on the group", at: "service.s",
			in:   append(rs{res(typeScalingPolicy, "policy.p", p{"AutoScalingGroupName": ref("group.g.name")})}, viaProvider...),
			want: map[string]string{"scaling": "AutoScalingGroup=true ManagedScaling=true Policy=true"}},
		{name: "launch type EC2 on the cluster's group", at: "service.s",
			in: rs{service(p{"LaunchType": "EC2"}), cluster(p{"ClusterName": "prod"}), group("group.g", "lt.l"),
				template("lt.l", p{"ImageId": "ami-1", "UserData": userData})},
			want: map[string]string{"group": "group.g", "launchTemplate": "lt.l", "capacityProvider": "absent",
				"image":   "Kind=(unknown) Publisher=(unknown) Tracking=false",
				"scaling": "AutoScalingGroup=true ManagedScaling=false Policy=false"}},
		{name: "launch type EC2 with no instances in the input", at: "service.s", in: rs{service(p{"LaunchType": "EC2"}), cluster(nil)},
			want: map[string]string{"image": "unknown: the instances of the cluster are not in the input",
				"scaling": "AutoScalingGroup=(unknown) ManagedScaling=false Policy=(unknown)"}},
		{name: "group of another cluster is not taken", at: "service.s",
			in: rs{service(p{"LaunchType": "EC2"}), cluster(nil), res(typeCluster, "cluster.prod", p{"ClusterName": "prod"}), group("group.g", "lt.l"),
				template("lt.l", p{"ImageId": "ami-1", "UserData": userData})},
			want: map[string]string{"image": "unknown: the instances of the cluster are not in the input"}},
		{name: "group in an unread module", at: "service.s", unread: []string{"module.asg"},
			in: rs{service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"))}), asgProvider("cp.p", "module.asg", "ENABLED")},
			want: map[string]string{
				"image":   `unknown: module.asg could not be read (source "terraform-aws-modules/x/aws")`,
				"group":   `unknown: module.asg could not be read (source "terraform-aws-modules/x/aws")`,
				"scaling": "AutoScalingGroup=(unknown) ManagedScaling=true Policy=(unknown)"}},
		{name: "provider in an unread module", at: "service.s", unread: []string{"module.ecs"},
			in: rs{service(p{"CapacityProviderStrategy": strategy(ref("module.ecs.name"))}), task(p{"RequiresCompatibilities": l{"EC2"}})},
			want: map[string]string{
				"scaling":          `unknown: module.ecs could not be read (source "terraform-aws-modules/x/aws")`,
				"capacityProvider": `unknown: module.ecs could not be read (source "terraform-aws-modules/x/aws")`}},
		{name: "cluster and task in unread modules", at: "service.s", unread: []string{"module.ecs", `module.task["a"]`},
			in: rs{service(p{"LaunchType": "FARGATE", "Cluster": ref("module.ecs.id"), "TaskDefinition": ref(`module.task["a"].arn`)})},
			want: map[string]string{
				"cluster":        `unknown: module.ecs could not be read (source "terraform-aws-modules/x/aws")`,
				"taskDefinition": `unknown: module.task["a"] could not be read (source "terraform-aws-modules/x/aws")`,
				"image":          "absent", "scaling": "absent"}},
		{name: "no cluster named", at: "service.s", in: rs{service(p{"LaunchType": "FARGATE", "Cluster": nil})}, want: map[string]string{"cluster": "absent"}},
		{name: "literal cluster that is not in the input", at: "service.s", in: rs{service(p{"LaunchType": "FARGATE", "Cluster": "prod"})},
			want: map[string]string{"cluster": `unknown: "prod" is not in the input`}},
		{name: "groups with different publishers", at: "service.s",
			in: rs{service(p{"CapacityProviderStrategy": strategy(ref("cp.p.name"), ref("cp.q.name"))}),
				asgProvider("cp.p", "group.g", "ENABLED"), asgProvider("cp.q", "group.h", "ENABLED"), group("group.g", "lt.l"), group("group.h", "lt.m"),
				template("lt.l", p{"ImageId": ssm}), template("lt.m", p{"ImageId": "ami-1"})},
			want: map[string]string{"image": "Kind=(unknown) Publisher=(unknown) Tracking=false", "group": "group.g"}},
		{name: "unknown launch type has the machines of the EC2 candidate", at: "service.s", in: rs{service(p{"LaunchType": unset("var.x")}), cluster(nil)},
			want: map[string]string{"image": "unknown: the instances of the cluster are not in the input"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, find(tt.in, tt.unread...), tt.at)
			got := map[string]string{}
			for role := range tt.want {
				got[role] = part(w, role)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
}

// without leaves out the resource at an address.
func without(all rs, address string) rs {
	var out rs
	for _, r := range all {
		if r.Address != address {
			out = append(out, r)
		}
	}
	return out
}

func TestECSReasons(t *testing.T) {
	t.Parallel()
	ws := find(rs{service(p{"LaunchType": unset("var.launch_type")}), task(p{"RequiresCompatibilities": l{"EC2", "FARGATE"}}), cluster(nil)})
	w := one(t, ws, "service.s")
	want := []Candidate{{hostECS, "LaunchType is EC2"}, {hostFargate, "LaunchType is FARGATE"}}
	if diff := cmp.Diff(want, w.Candidates); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
	if w.Because[0].Property != "AWS::ECS::Service.LaunchType" || w.Because[0].Value.Unresolved()[0].Name != "var.launch_type" {
		t.Errorf("first reason is %s with %v", w.Because[0].Property, w.Because[0].Value.Unresolved())
	}
	if w.Why != "LaunchType decides, and it is unknown." {
		t.Errorf("why is %q", w.Why)
	}
	byDefault := one(t, find(rs{service(p{"LaunchType": assumed("FARGATE", "var.lt")})}), "service.s")
	if got := byDefault.Because[0].Value.Assumed(); len(got) != 1 || got[0].Name != "var.lt" {
		t.Errorf("the reason does not carry the default: %v", got)
	}
}
