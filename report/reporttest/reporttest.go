// Package reporttest builds allocation results for the tests of the report renderers, as httptest does for servers.
//
// The four stacks are those of the four ways of hosting a container or function on AWS; their reasons are written for
// the tests and do not come from the catalog, so that a change of the catalog changes no golden file of a renderer.
package reporttest

import (
	"fmt"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// change replaces what an inherited stack says about some duties.
type change map[stack.Duty]allocation.Duty

var model = allocation.Citation{Title: "Shared responsibility model", URL: "https://aws.amazon.com/compliance/shared-responsibility-model/", Seen: "2026-11-24"}

func cite(title, url string) *allocation.Citation {
	return &allocation.Citation{Title: title, URL: url, Seen: "2026-11-24"}
}

func duty(p stack.Party, reason string) allocation.Duty {
	return allocation.Duty{Party: p, Reason: reason, Basis: stack.Documented, Citation: &model}
}

func yours(reason string) allocation.Duty  { return duty(stack.Customer, reason) }
func awsRun(reason string) allocation.Duty { return duty(stack.AWS, reason) }
func absent(reason string) allocation.Duty {
	return allocation.Duty{Party: stack.NotApplicable, Reason: reason, Basis: stack.General}
}

// ground is a self-managed stack: AWS up to the hypervisor, the customer everything above.
func ground() change {
	c := change{}
	for _, d := range stack.Duties() {
		info, _ := stack.LookupDuty(string(d))
		c[d] = yours("You run this yourself: " + lower(info.About))
	}
	c["facilities/operate"] = awsRun("AWS runs the data centres.")
	c["hardware/operate"] = awsRun("AWS owns and maintains the machines.")
	c["virtualization/isolate"] = awsRun("AWS keeps tenants apart with the Nitro hypervisor and patches it.")
	for _, d := range []stack.Duty{"engine/publish", "engine/apply", "engine/configure"} {
		c[d] = absent("The workload is no managed engine.")
	}
	return c
}

func lower(s string) string { return string(s[0]|0x20) + s[1:] }

func (c change) with(over change) change {
	out := change{}
	for k, v := range c {
		out[k] = v
	}
	for k, v := range over {
		out[k] = v
	}
	return out
}

// layers lays the duties out in the order of the vocabulary.
func (c change) layers() []allocation.Layer {
	var out []allocation.Layer
	for _, l := range stack.Layers() {
		layer := allocation.Layer{Layer: l.Layer}
		var names []stack.Duty
		var parties []stack.Party
		for _, info := range l.Duties {
			d := c[info.Duty]
			d.Duty = info.Duty.Name()
			layer.Duties = append(layer.Duties, d)
			names, parties = append(names, info.Duty), append(parties, d.Party)
		}
		layer.Party = stack.RollUp(names, parties)
		out = append(out, layer)
	}
	return out
}

func workload(name, address, hosting, title string, class stack.Class, path string, line int, c change) allocation.Workload {
	return allocation.Workload{
		ID: "w-" + name, Name: name, Address: address, Hosting: hosting, HostingTitle: title, Service: "ecs", Class: class,
		Root: "infra", Source: allocation.Source{Path: path, Line: line}, Layers: c.layers(),
	}
}

func decider(property, value string, line int) allocation.Decider {
	return allocation.Decider{Property: property, Value: value, Path: "infra/main.tf", Line: line, Column: 3}
}

// KubernetesOnEC2 is a self-managed cluster on an AMI that AWS publishes.
func KubernetesOnEC2() allocation.Workload {
	ami := decider("AWS::EC2::LaunchTemplate.LaunchTemplateData.ImageId", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", 31)
	publish := awsRun("AWS publishes the AMI, so AWS makes the patched image.")
	publish.DecidedBy = []allocation.Decider{ami}
	apply := yours("Nobody patches instances that you run: replace or update them.")
	apply.DecidedBy = []allocation.Decider{ami}
	w := workload("shop-nodes", "aws_autoscaling_group.nodes", "kubernetes-on-ec2", "Self-managed Kubernetes on EC2", stack.NonManaged,
		"infra/main.tf", 22, ground().with(change{
			"operating-system/publish": publish, "operating-system/apply": apply,
			"control-plane/operate": yours("You run the Kubernetes control plane: API server, etcd, scheduler."),
		}))
	w.HostingReason = "user data of the launch template runs kubeadm join"
	w.DecidedBy = []allocation.Decider{decider("AWS::EC2::LaunchTemplate.LaunchTemplateData.UserData", "#!/bin/bash kubeadm join …", 36)}
	return w
}

func ecs() change {
	return ground().with(change{
		"control-plane/operate": awsRun("AWS runs the ECS control plane, which keeps the right number of tasks."),
		"control-plane/upgrade": absent("The ECS control plane has no version to choose."),
		"control-plane/expose":  absent("The ECS control plane is reached through IAM only."),
	})
}

// ECSOnEC2 is a service on the customer's instances behind a capacity provider with managed scaling.
func ECSOnEC2() allocation.Workload {
	scaling := awsRun("The capacity provider's managed scaling keeps the right number of instances.")
	scaling.DecidedBy = []allocation.Decider{decider("AWS::ECS::CapacityProvider.AutoScalingGroupProvider.ManagedScaling.Status", "ENABLED", 58)}
	w := workload("shop-ec2", "aws_ecs_service.shop_ec2", "ecs-ec2", "Amazon ECS service on EC2 instances", stack.Managed,
		"infra/main.tf", 70, ecs().with(change{"capacity/scale": scaling}))
	w.HostingReason = "its capacity provider is an Auto Scaling group"
	w.DecidedBy = []allocation.Decider{decider("AWS::ECS::Service.CapacityProviderStrategy[0].CapacityProvider", "shop", 74)}
	return w
}

func fargate() change {
	launch := decider("AWS::ECS::Service.LaunchType", "FARGATE", 94)
	page := cite("Shared responsibility model for Amazon ECS", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-shared-model.html")
	held := func(reason, residual string) allocation.Duty {
		d := allocation.Duty{Party: stack.AWS, Reason: reason, Basis: stack.Documented, Citation: page, Residual: residual}
		d.DecidedBy = []allocation.Decider{launch}
		return d
	}
	restart := held("AWS patches the hosts under Fargate tasks.", "A running task keeps its old platform revision: restart it when AWS announces task retirement.")
	restart.Deadline = &allocation.Deadline{Days: 14, From: "the patched platform revision is published"}
	return ecs().with(change{
		"capacity/provide":           held("Fargate brings the compute for each task.", ""),
		"capacity/scale":             held("Fargate has no instances to count.", ""),
		"operating-system/publish":   held("AWS makes the Fargate platform.", ""),
		"operating-system/apply":     restart,
		"operating-system/configure": held("No one logs in to a Fargate host; AWS hardens it.", ""),
		"container-runtime/publish":  held("containerd and runc belong to the Fargate platform.", ""),
		"container-runtime/apply":    held("AWS rolls out the patched runtime.", "Force a new deployment so that running tasks get the patched runtime."),
		"isolation/separate":         held("Each Fargate task has a kernel of its own.", ""),
	})
}

// ECSFargate is a service whose launch type is written in the code.
func ECSFargate() allocation.Workload {
	w := workload("checkout", "aws_ecs_service.checkout", "ecs-fargate", "Amazon ECS service on AWS Fargate", stack.Serverless,
		"infra/main.tf", 90, fargate())
	w.HostingReason = "the launch type is FARGATE"
	w.DecidedBy = []allocation.Decider{decider("AWS::ECS::Service.LaunchType", "FARGATE", 94)}
	return w
}

func lambda() change {
	page := cite("Shared responsibility for Lambda runtimes", "https://docs.aws.amazon.com/lambda/latest/dg/runtime-management-shared.html")
	c := fargate()
	for k, d := range c {
		d.DecidedBy, d.Residual, d.Deadline = nil, "", nil
		c[k] = d
	}
	runtime := awsRun("AWS moves functions in update mode Auto onto the patched runtime.")
	runtime.Citation = page
	runtime.DecidedBy = []allocation.Decider{decider("AWS::Lambda::Function.PackageType", "Zip", 12), decider("onus::RuntimeUpdates.Mode", "Auto", 20)}
	publish := runtime
	publish.Reason = "AWS publishes patched managed runtimes until the runtime is deprecated."
	image := absent("A .zip package has no container image.")
	isolation := awsRun("A Firecracker microVM holds each execution environment.")
	isolation.Basis, isolation.Citation = stack.Inferred, nil
	return c.with(change{
		"language-runtime/publish": publish, "language-runtime/apply": runtime, "image/build": image, "isolation/separate": isolation,
		"identity/configure": yours("You write the execution role and the resource policy."),
	})
}

// LambdaZip is a function in runtime update mode Auto.
func LambdaZip() allocation.Workload {
	w := workload("thumbnails", "module.media.aws_lambda_function.this[0]", "lambda-zip", "Lambda function from a .zip package", stack.Serverless,
		"infra/modules/media/main.tf", 11, lambda())
	w.Service, w.Type = "lambda", "AWS::Lambda::Function"
	w.HostingReason = "the package type is Zip"
	w.DecidedBy = []allocation.Decider{decider("AWS::Lambda::Function.PackageType", "Zip", 12)}
	return w
}

// Undetermined is a service whose launch type hangs on a variable without a value.
func Undetermined() allocation.Workload {
	open := allocation.Decider{Property: "AWS::ECS::Service.LaunchType", Value: "(unknown)", Path: "infra/main.tf", Line: 120, Column: 17,
		Unresolved: "var.launch_type has no value and no default", Trail: []string{"module input infra/main.tf:118", "variable infra/variables.tf:3"}}
	w := workload("search", "module.search.aws_ecs_service.this", "unknown", "Hosting not known", "", "infra/modules/search/main.tf", 6, nil)
	c := ecs()
	for d, f := range fargate() {
		if e := c[d]; e.Party != f.Party {
			c[d] = allocation.Duty{Party: stack.Undetermined, Basis: stack.Documented, Reason: "The launch type decides, and it is not known.",
				DecidedBy: []allocation.Decider{open}, Candidates: []allocation.Candidate{
					{When: "launch_type is EC2", Party: e.Party}, {When: "launch_type is FARGATE", Party: f.Party}}}
		}
	}
	w.Layers = c.layers()
	w.HostingReason = "the launch type is not known"
	w.HostingCandidates = []allocation.HostingCandidate{{Hosting: "ecs-ec2", When: "launch_type is EC2"}, {Hosting: "ecs-fargate", When: "launch_type is FARGATE"}}
	w.DecidedBy = []allocation.Decider{open}
	w.ManyUnknown = true
	return w
}

// Assumed is a service whose launch type is the default of a variable, on a shared engine that a vendor publishes.
func Assumed() allocation.Workload {
	launch := allocation.Decider{Property: "AWS::ECS::Service.LaunchType", Value: "FARGATE", Path: "infra/main.tf", Line: 140, Column: 17,
		Assumed: "var.launch_type, default at infra/variables.tf:3", Trail: []string{"local infra/main.tf:138", "variable infra/variables.tf:3"}}
	c := fargate()
	for k, d := range c {
		if len(d.DecidedBy) > 0 {
			d.Assumed, d.DecidedBy = true, []allocation.Decider{launch}
			c[k] = d
		}
	}
	c = c.with(change{
		"engine/publish": {Party: stack.ThirdParty, Basis: stack.Inferred, Reason: "A vendor of the Marketplace makes the patched engine."},
		"engine/apply": {Party: stack.Shared, Basis: stack.Documented, Citation: &model, Reason: "Both have to act before the end date.",
			Shared:    &allocation.Halves{AWS: "AWS offers the patched engine version.", Customer: "You choose it or a maintenance window."},
			DecidedBy: []allocation.Decider{decider("AWS::RDS::DBInstance.AutoMinorVersionUpgrade", "(not set)", 0)}},
		"engine/configure": yours("You choose the parameters."),
	})
	w := workload("orders", "aws_ecs_service.orders", "ecs-fargate", "Amazon ECS service on AWS Fargate", stack.Serverless, "infra/main.tf", 136, c)
	w.HostingReason = "the launch type is FARGATE"
	w.DecidedBy = []allocation.Decider{launch}
	w.MaybeAbsent = "var.orders_enabled has no value"
	return w
}

// Result is one root with every kind of workload; three of its functions have an identical stack.
func Result() *allocation.Result {
	r := &allocation.Result{
		SchemaVersion: allocation.SchemaVersion, AsOf: "2026-11-24",
		Workloads: []allocation.Workload{KubernetesOnEC2(), ECSOnEC2(), ECSFargate(), LambdaZip(), Undetermined(), Assumed()},
		Coverage:  allocation.Coverage{Resources: 120, Mapped: 117, UnmappedTypes: []allocation.TypeCount{{Type: "AWS::CustomerProfiles::Domain", Count: 2}, {Type: "AWS::X::Y", Count: 1}}, NotRead: []allocation.NotRead{}},
		Roots:     []allocation.Root{{Path: "infra", Form: "terraform"}},
		Diagnostics: []allocation.Diagnostic{{Severity: "warning", Summary: "Module not read", Path: "infra/main.tf", Line: 150, Column: 12,
			Detail: "The module terraform-aws-modules/vpc/aws is not on disk; its resources are missing from the answer."}},
	}
	for i, name := range []string{"resize", "watermark"} {
		w := LambdaZip()
		w.ID, w.Name, w.Address, w.Source.Line = "w-"+name, name, fmt.Sprintf("aws_lambda_function.%s", name), 200+10*i
		w.Source.Path = "infra/functions.tf"
		w.DecidedBy[0].Path, w.DecidedBy[0].Line = w.Source.Path, w.Source.Line+1
		r.Workloads = append(r.Workloads, w)
	}
	return r
}

// FourWays is the four stacks alone.
func FourWays() *allocation.Result {
	r := Result()
	r.Workloads = r.Workloads[:4]
	return r
}

// HostileText is a name that tries to break out of every format.
const HostileText = "<script>alert(1)</script>\"'`|\\]\u202e\x1b[31m\x07\u009b2J\u200b\n# ]]> --> {{.}} 漢字のとても長い名前が続く"

// Hostile is a result whose every user string is hostile or very long.
func Hostile() *allocation.Result {
	w := Undetermined()
	long := HostileText
	for len(long) < 3000 {
		long += HostileText
	}
	w.Name, w.Address, w.Hosting, w.HostingTitle, w.HostingReason = HostileText, long, HostileText, HostileText, long
	w.Root, w.MaybeAbsent, w.Service, w.Type = HostileText, long, HostileText, HostileText
	w.Source.Path = HostileText
	w.HostingCandidates[0].When = long
	for i := range w.Layers {
		for j := range w.Layers[i].Duties {
			d := &w.Layers[i].Duties[j]
			d.Reason, d.Residual = long, HostileText
			d.Citation = cite(HostileText, "javascript:alert(1)//"+HostileText)
			d.DecidedBy = []allocation.Decider{{Property: HostileText, Value: long, Path: HostileText, Line: i + 1, Assumed: HostileText,
				Unresolved: HostileText, Trail: []string{HostileText}}}
		}
	}
	other := ECSFargate()
	other.Name = "漢字のとても長い名前がここに続いて幅を試す"
	return &allocation.Result{SchemaVersion: allocation.SchemaVersion, AsOf: "2026-11-24", Workloads: []allocation.Workload{w, other},
		Coverage:    allocation.Coverage{Resources: 1, UnmappedTypes: []allocation.TypeCount{{Type: long, Count: 1}}, NotRead: []allocation.NotRead{{Root: long, Address: long, Source: long, Path: long}}},
		Roots:       []allocation.Root{{Path: HostileText, Form: "terraform"}},
		Diagnostics: []allocation.Diagnostic{{Severity: "error", Summary: HostileText, Detail: long, Path: HostileText, Line: 1}}}
}

// Many is n workloads over n/25 roots with a handful of distinct stacks.
func Many(n int) *allocation.Result {
	r := FourWays()
	kinds := r.Workloads
	r.Workloads = make([]allocation.Workload, n)
	for i := range n {
		w := kinds[i%len(kinds)]
		w.Root = fmt.Sprintf("roots/%04d", i/25)
		w.Name = fmt.Sprintf("%s-%d", w.Name, i)
		w.ID, w.Address, w.Source.Path = "w-"+w.Name, w.Address+fmt.Sprintf("[%d]", i), w.Root+"/main.tf"
		r.Workloads[i] = w
	}
	return r
}

// Comparison is the four stacks side by side: three hostings as catalogued and one of workloads, two with a label.
func Comparison() *report.Comparison {
	r := Result()
	stacks := make([]report.Column, 4)
	for i := range stacks {
		stacks[i].Stack = &r.Workloads[i]
	}
	stacks[2].Label, stacks[3].Label = "serverless", "serverless"
	stacks[2].LabelCitation = cite("Architect your solution for Amazon ECS", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-configuration.html")
	stacks[3].Members = []*allocation.Workload{&r.Workloads[3], &r.Workloads[6], &r.Workloads[7]}
	return report.Compare(stacks, r)
}

// OpenComparison is a hosting that is not known beside one that is, one row of the table for every kind of change.
func OpenComparison() *report.Comparison {
	open, lambda, nodes := Undetermined(), LambdaZip(), KubernetesOnEC2()
	return report.Compare([]report.Column{{Stack: &open, Members: []*allocation.Workload{&open}}, {Stack: &lambda}, {Stack: &nodes}}, nil)
}

// HostileComparison has hostile text in every string.
func HostileComparison() *report.Comparison {
	r := Hostile()
	var columns []report.Column
	for range 7 {
		for i := range r.Workloads {
			columns = append(columns, report.Column{
				Stack: &r.Workloads[i], Members: []*allocation.Workload{&r.Workloads[i]}, Label: HostileText,
				LabelCitation: cite(HostileText, "javascript:alert(1)//"+HostileText),
			})
		}
	}
	return report.Compare(columns, r)
}
