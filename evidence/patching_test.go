package evidence

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// refTo is an unknown value that refers to a resource.
func refTo(address string) inventory.Value {
	return inventory.UnknownValue(diag.Range{Path: "main.tf", Line: 1}).WithMeta(&inventory.Meta{Refs: []inventory.Ref{{Address: address, Attr: "id"}}})
}

// res makes a resource of one root.
func res(typ, address string, kv ...any) *inventory.Resource {
	return &inventory.Resource{Type: typ, Address: address, Scope: "root", Properties: mapOf(kv...)}
}

func number(n float64) inventory.Value {
	return inventory.NumberValue(n, diag.Range{Path: "main.tf", Line: 1})
}

func aimedAt(key string, values ...inventory.Value) inventory.Value {
	return listOf(mapOf("Key", key, "Values", listOf(values...)))
}

// namesIn are the names in a list, "?" for each unknown one and for an unknown list.
func namesIn(v inventory.Value) []string {
	var out []string
	if v.IsUnknown() {
		out = append(out, "?")
	}
	for _, item := range v.List() {
		if text, ok := item.Text(); ok {
			out = append(out, text)
			continue
		}
		out = append(out, "?")
	}
	return out
}

func TestPatching(t *testing.T) {
	t.Parallel()
	const association, window = "AWS::SSM::Association", "AWS::SSM::MaintenanceWindowTask"
	install := mapOf("Operation", listOf(text("Install", 1)))
	web := func(kv ...any) *inventory.Resource { return res(typeInstance, "web", kv...) }
	group := func(kv ...any) *inventory.Resource { return res(typeScalingGroup, "web", kv...) }
	tagged := mapOf("PatchGroup", "a")
	for _, c := range []struct {
		name string
		root *inventory.Resource
		rest []*inventory.Resource
		want []string
	}{
		{"nothing", web(), nil, nil},
		{"an association at the instance", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("InstanceIds", refTo("web")))}, []string{"a patch association"}},
		{"the old property", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "InstanceId", refTo("web"))}, []string{"a patch association"}},
		{"a scan changes nothing", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", mapOf("Operation", "Scan"), "Targets", aimedAt("InstanceIds", refTo("web")))}, nil},
		{"another instance", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("InstanceIds", refTo("other"))), res(typeInstance, "other")}, nil},
		{"every instance", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("InstanceIds", text("*", 1)))}, []string{"a patch association"}},
		{"by tag", web("Tags", tagged), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("tag:PatchGroup", text("a", 1)))}, []string{"a patch association"}},
		{"by another value of the tag", web("Tags", tagged), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("tag:PatchGroup", text("b", 1)))}, nil},
		{"by a tag that is not known", web("Tags", unknownAs("var.tags", "")), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("tag:PatchGroup", text("b", 1)))}, []string{"?"}},
		{"by the key of a tag", web("Tags", tagged), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("tag-key", text("PatchGroup", 1)))}, []string{"a patch association"}},
		{"by two tags, one of them missing", web("Tags", tagged), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", listOf(mapOf("Key", "tag:PatchGroup", "Values", listOf(text("a", 1))), mapOf("Key", "tag:Env", "Values", listOf(text("prod", 1)))))}, nil},
		{"by a resource group", web("Tags", tagged), []*inventory.Resource{
			res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("resource-groups:Name", refTo("g"))),
			res("AWS::ResourceGroups::Group", "g", "ResourceQuery", mapOf("Query", `{"TagFilters":[{"Key":"PatchGroup","Values":["a"]}]}`))}, []string{"a patch association"}},
		{"another root", web("Tags", tagged), []*inventory.Resource{{Type: association, Address: "p", Scope: "other", Properties: mapOf("Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("tag:PatchGroup", text("a", 1)))}}, []string{"?"}},
		{"a document of the input", web(), []*inventory.Resource{
			res(association, "p", "Name", refTo("doc"), "Targets", aimedAt("InstanceIds", refTo("web"))),
			res("AWS::SSM::Document", "doc", "Content", mapOf("documentName", "AWS-RunPatchBaseline"))}, []string{"a patch association"}},
		{"another document of AWS", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-UpdateSSMAgent", "Targets", aimedAt("InstanceIds", refTo("web")))}, nil},
		{"a script that updates", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-RunShellScript", "Parameters", mapOf("commands", listOf(text("dnf -y upgrade", 1))), "Targets", aimedAt("InstanceIds", refTo("web")))}, []string{"a patch association"}},
		{"a script that installs one package", web(), []*inventory.Resource{res(association, "p", "Name", "AWS-RunShellScript", "Parameters", mapOf("commands", listOf(text("dnf -y install nginx", 1))), "Targets", aimedAt("InstanceIds", refTo("web")))}, nil},
		{"a maintenance window", web("Tags", tagged), []*inventory.Resource{
			res(window, "t", "TaskArn", "AWS-RunPatchBaseline", "TaskInvocationParameters", mapOf("RunCommandParameters", listOf(mapOf("Parameter", listOf(mapOf("Name", "Operation", "Values", listOf(text("Install", 1))))))), "Targets", aimedAt("WindowTargetIds", refTo("mwt"))),
			res("AWS::SSM::MaintenanceWindowTarget", "mwt", "Targets", aimedAt("tag:PatchGroup", text("a", 1)))}, []string{"a task of a maintenance window"}},
		{"a patch policy", web(), []*inventory.Resource{res("AWS::SSMQuickSetup::ConfigurationManager", "q", "ConfigurationDefinitions", listOf(mapOf("Type", "AWSQuickSetupType-PatchPolicy", "Parameters", mapOf("ConfigurationOptionsPatchOperation", "ScanAndInstall"))))}, []string{"a patch policy of Quick Setup"}},
		{"a patch policy that scans", web(), []*inventory.Resource{res("AWS::SSMQuickSetup::ConfigurationManager", "q", "ConfigurationDefinitions", listOf(mapOf("Type", "AWSQuickSetupType-PatchPolicy", "Parameters", mapOf("ConfigurationOptionsPatchOperation", "Scan"))))}, nil},
		{"an updater in user data", web("UserData", "#!/bin/bash\napt-get install -y unattended-upgrades"), nil, []string{"user data starts unattended-upgrades"}},
		{"an updater that is taken away", web("UserData", "apt-get purge -y unattended-upgrades"), nil, nil},
		{"user data that is not known", web("UserData", unknownAs("var.u", "")), nil, []string{"?"}},
		{"an update at the start of an instance that stays", web("UserData", "yum update -y"), nil, nil},
		{"the latest image of an instance that stays", web("ImageId", refTo("ami")), []*inventory.Resource{{Type: "onus::ImageLookup", Address: "ami", Scope: "root", Lookup: true, Properties: mapOf("MostRecent", inventory.BoolValue(true, diag.Range{}))}}, nil},
		{"the latest image of a group", group("ImageId", "resolve:ssm:/aws/service/x"), nil, []string{"?"}},
		{"a fixed image, replaced", group("ImageId", "ami-1", "MaxInstanceLifetime", number(604800)), nil, nil},
		{"the latest image, replaced at the end of a lifetime", group("ImageId", "resolve:ssm:/aws/service/x", "MaxInstanceLifetime", number(604800)), nil, []string{"machines are replaced at the end of their lifetime, from the latest image at each deployment"}},
		{"the latest image, replaced after a change", group("ImageId", "resolve:ssm:/aws/service/x", "InstanceRefresh", listOf(mapOf("Strategy", "Rolling"))), nil, []string{"machines are replaced after a change, from the latest image at each deployment"}},
		{"an update at each start, replaced after a change", group("UserData", "yum -y update", "InstanceRefresh", listOf(mapOf("Strategy", "Rolling"))), nil, nil},
		{"an update at each start, stopped each night", group("UserData", "yum -y update"), []*inventory.Resource{res("AWS::AutoScaling::ScheduledAction", "s", "AutoScalingGroupName", refTo("web"), "Recurrence", "0 20 * * *", "DesiredCapacity", number(0))}, []string{"machines are stopped and started anew on a schedule, and updates at each start"}},
		{"the latest image, refreshed on a schedule", group("ImageId", "resolve:ssm:/aws/service/x"), []*inventory.Resource{res("AWS::Scheduler::Schedule", "s", "ScheduleExpression", "rate(7 days)", "Target", mapOf("Arn", "arn:aws:scheduler:::aws-sdk:autoscaling:startInstanceRefresh", "Input", refTo("web")))}, []string{"machines are replaced on a schedule, from the latest image at each deployment"}},
		{"a pipeline's image, replaced", group("ImageId", refTo("img"), "MaxInstanceLifetime", number(604800)), []*inventory.Resource{
			res("AWS::ImageBuilder::Image", "img"), res("AWS::ImageBuilder::ImagePipeline", "p", "Schedule", mapOf("ScheduleExpression", "cron(0 0 * * ? *)"))}, []string{"machines are replaced at the end of their lifetime, from an image that a pipeline builds on a schedule"}},
		{"a pipeline without a schedule", group("ImageId", refTo("img"), "MaxInstanceLifetime", number(604800)), []*inventory.Resource{
			res("AWS::ImageBuilder::Image", "img"), res("AWS::ImageBuilder::ImagePipeline", "p")}, nil},
		{"hosts of Batch on the latest image", res(typeBatch, "web", "ComputeResources", mapOf("Type", "EC2", "UpdateToLatestImageVersion", inventory.BoolValue(true, diag.Range{}))), nil, []string{"hosts end when there are no jobs, from the latest image at each update"}},
		{"hosts of Batch that stay", res(typeBatch, "web", "ComputeResources", mapOf("Type", "EC2", "MinvCpus", number(4), "UpdateToLatestImageVersion", inventory.BoolValue(true, diag.Range{}))), nil, []string{"?"}},
		{"hosts of Batch on a fixed image", res(typeBatch, "web", "ComputeResources", mapOf("Type", "EC2")), nil, nil},
		{"a tag that is not handed on", group("Tags", listOf(mapOf("Key", "PatchGroup", "Value", "a", "PropagateAtLaunch", inventory.BoolValue(false, diag.Range{})))), []*inventory.Resource{res(association, "p", "Name", "AWS-RunPatchBaseline", "Parameters", install, "Targets", aimedAt("tag:PatchGroup", text("a", 1)))}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := &inventory.Inventory{Resources: append(c.rest, c.root)}
			g := New(inv, inventory.NewIndex(inv), Options{})
			p := g.OfResource(c.root, "").Part("patching", typePatching)
			if diff := cmp.Diff(c.want, namesIn(p.Value.Get("Ways"))); diff != "" {
				t.Errorf("ways (-want +got):\n%s", diff)
			}
			if len(p.Because) == 0 {
				t.Error("no evidence")
			}
		})
	}
}

// TestTooManyOrders: what is not looked through may hold an order.
func TestTooManyOrders(t *testing.T) {
	t.Parallel()
	root := res(typeInstance, "web")
	inv := &inventory.Inventory{Resources: []*inventory.Resource{root}}
	for range maxOrders + 1 {
		inv.Resources = append(inv.Resources, res("AWS::SSM::Association", "p", "Name", "AWS-RunPatchBaseline",
			"Parameters", mapOf("Operation", "Install"), "Targets", aimedAt("tag-key", text("None", 1))))
	}
	p := New(inv, inventory.NewIndex(inv), Options{}).OfResource(root, "").Part("patching", typePatching)
	if !p.Value.Get("Ways").IsUnknown() {
		t.Errorf("Ways is %s", p.Value.Get("Ways").Display())
	}
}

func TestDisks(t *testing.T) {
	t.Parallel()
	on, off := inventory.BoolValue(true, diag.Range{}), inventory.BoolValue(false, diag.Range{})
	device := func(name string, kv ...any) inventory.Value { return mapOf("DeviceName", name, "Ebs", mapOf(kv...)) }
	for _, c := range []struct {
		name string
		root *inventory.Resource
		rest []*inventory.Resource
		want []string
	}{
		{"nothing is described", res(typeInstance, "web"), nil, []string{"root false"}},
		{"encrypted by default", res(typeInstance, "web"), []*inventory.Resource{res("AWS::EC2::EbsEncryptionByDefault", "e", "Enabled", on)}, []string{"root true"}},
		{"not by default", res(typeInstance, "web"), []*inventory.Resource{res("AWS::EC2::EbsEncryptionByDefault", "e", "Enabled", off)}, []string{"root false"}},
		{"the root", res(typeInstance, "web", "RootBlockDevice", listOf(mapOf("Encrypted", on))), nil, []string{"root true"}},
		{"the root and one more", res(typeInstance, "web", "RootBlockDevice", listOf(mapOf("Encrypted", on)), "BlockDeviceMappings", listOf(device("/dev/sdb"))), nil, []string{"/dev/sdb false", "root true"}},
		{"the root by its device", res(typeInstance, "web", "BlockDeviceMappings", listOf(device("/dev/xvda", "Encrypted", on))), nil, []string{"/dev/xvda true"}},
		{"an instance store", res(typeInstance, "web", "BlockDeviceMappings", listOf(mapOf("DeviceName", "/dev/xvda", "VirtualName", "ephemeral0"))), nil, []string{"root false"}},
		{"from a snapshot", res(typeVolume, "v", "SnapshotId", "snap-1"), nil, []string{"volume ?"}},
		{"a volume", res(typeVolume, "v"), nil, []string{"volume false"}},
		{"an image of the input", res(typeInstance, "web", "ImageId", refTo("img")), []*inventory.Resource{res("AWS::ImageBuilder::Image", "img")}, []string{"root ?"}},
		{"a template describes it", res(typeInstance, "web", "LaunchTemplate", mapOf("LaunchTemplateId", refTo("lt"))), nil, nil},
		{"a template for images of others", res(typeLaunchTemplate, "lt"), nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := &inventory.Inventory{Resources: append(c.rest, c.root)}
			g := New(inv, inventory.NewIndex(inv), Options{})
			p := g.OfResource(c.root, "").PartFor(c.root, "disks", typeDisks)
			var got []string
			for _, d := range p.Value.Get("Devices").List() {
				name, _ := d.Get("Name").Text()
				is := "?"
				if b, ok := d.Get("Encrypted").Bool(); ok {
					is = map[bool]string{true: "true", false: "false"}[b]
				}
				got = append(got, name+" "+is)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("devices (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGroupIngress(t *testing.T) {
	t.Parallel()
	world := listOf(text("0.0.0.0/0", 1))
	rule := func(kv ...any) inventory.Value {
		return mapOf(append([]any{"IpProtocol", "tcp", "FromPort", number(22), "ToPort", number(22)}, kv...)...)
	}
	group := func(rules ...inventory.Value) *inventory.Resource {
		return res(typeSecurityGroup, "sg", "SecurityGroupIngress", listOf(rules...))
	}
	for _, c := range []struct {
		name string
		root *inventory.Resource
		rest []*inventory.Resource
		want []string
	}{
		{"from everywhere", group(rule("CidrIp", world)), nil, []string{"22-22 true"}},
		{"from half of everywhere", group(rule("CidrIp", "128.0.0.0/1")), nil, []string{"22-22 true"}},
		{"from a network", group(rule("CidrIp", "10.0.0.0/8")), nil, []string{"22-22 false"}},
		{"from a group", group(rule("SourceSecurityGroupId", "sg-1")), nil, []string{"22-22 false"}},
		{"not known", group(rule("CidrIp", unknownAs("var.c", ""))), nil, []string{"22-22 ?"}},
		{"from the network of the input", group(rule("CidrIp", inventory.UnknownValue(diag.Range{}).WithMeta(&inventory.Meta{Refs: []inventory.Ref{{Address: "vpc", Attr: "CidrBlock"}}}))), []*inventory.Resource{res("AWS::EC2::VPC", "vpc", "CidrBlock", "10.0.0.0/16")}, []string{"22-22 false"}},
		{"from one address that is not known", group(rule("CidrIp", unknownAs("aws_eip.a.public_ip", "${aws_eip.a.public_ip}/32"))), nil, []string{"22-22 false"}},
		{"from any address, the block half known", group(rule("CidrIp", unknownAs("var.net", "${var.net}/0"))), nil, []string{"22-22 ?"}},
		{"every protocol", group(mapOf("IpProtocol", "-1", "CidrIp", world)), nil, []string{"-1--1 true"}},
		{"ICMP", group(mapOf("IpProtocol", "icmp", "FromPort", number(-1), "ToPort", number(-1), "CidrIp", world)), nil, []string{"- true"}},
		{"a prefix list of the world", group(rule("SourcePrefixListId", refTo("pl"))), []*inventory.Resource{res(typePrefixList, "pl", "Entries", listOf(mapOf("Cidr", "::/0")))}, []string{"22-22 true"}},
		{"a prefix list of an office", group(rule("SourcePrefixListId", refTo("pl"))), []*inventory.Resource{res(typePrefixList, "pl", "Entries", listOf(mapOf("Cidr", "192.0.2.0/24")))}, []string{"22-22 false"}},
		{"a prefix list of AWS", group(rule("SourcePrefixListId", refTo("pl"))), []*inventory.Resource{{Type: typePrefixList, Address: "pl", Scope: "root", Lookup: true, Properties: mapOf("PrefixListName", "com.amazonaws.global.cloudfront.origin-facing")}}, []string{"22-22 false"}},
		{"a prefix list from elsewhere", group(rule("SourcePrefixListId", "pl-1")), nil, []string{"22-22 ?"}},
		{"rules beside it", group(), []*inventory.Resource{
			res(typeIngress, "a", "GroupId", refTo("sg"), "IpProtocol", "tcp", "FromPort", number(80), "ToPort", number(80), "CidrIp", "0.0.0.0/0"),
			res(typeGroupRule, "b", "GroupId", refTo("sg"), "Type", "ingress", "IpProtocol", "tcp", "FromPort", number(22), "ToPort", number(22), "CidrIp", world),
			res(typeGroupRule, "c", "GroupId", refTo("sg"), "Type", "egress", "IpProtocol", "-1", "CidrIp", world)}, []string{"80-80 true", "22-22 true"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inv := &inventory.Inventory{Resources: append(c.rest, c.root)}
			g := New(inv, inventory.NewIndex(inv), Options{})
			p := g.OfResource(c.root, "").PartFor(c.root, "groupIngress", typeIngressed)
			var got []string
			for _, r := range p.Value.Get("Rules").List() {
				from, _ := r.Get("FromPort").Text()
				to, _ := r.Get("ToPort").Text()
				is := "?"
				if b, ok := r.Get("Open").Bool(); ok {
					is = map[bool]string{true: "true", false: "false"}[b]
				}
				got = append(got, from+"-"+to+" "+is)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}
