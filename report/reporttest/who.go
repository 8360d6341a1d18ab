package reporttest

import (
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vuln"
)

// Who is the answer about three vulnerabilities, with every kind of answer, of hostings and of workloads.
func Who() *vuln.Result {
	r := &vuln.Result{
		SchemaVersion: vuln.SchemaVersion, AsOf: "2026-11-24", Catalog: allocation.Edition{Version: "1.0.0", ValidFrom: "2026-11-24"},
		Diagnostics: []allocation.Diagnostic{},
	}
	kernel := vuln.Affected{Component: "cpe:2.3:o:linux:linux_kernel", Placements: []vuln.Placement{{Class: "kernel", Layer: "operating-system", Why: "it is a kernel"}}}
	library := vuln.Affected{Component: "pkg:maven/org.apache.logging.log4j/log4j-core", Placements: []vuln.Placement{{Class: "application-library", Layer: "application", Why: "it is a library"}}}
	r.Vulnerabilities = []vuln.Finding{
		{ID: "CVE-2026-31431", Name: "Copy Fail", Known: true, Components: []vuln.Affected{kernel}, Layers: []stack.Layer{"operating-system"},
			Mitigation: &vuln.Mitigation{Text: "Keep the module algif_aead from being loaded.", URL: "https://github.com/awslabs/amazon-eks-ami/issues/2699"},
			Note:       "Nodes of every kind are hit.", URL: "https://aws.amazon.com/security/security-bulletins/2026-026-aws/",
			Answers: []vuln.Answer{whoCustomer(), whoFargate(), whoLambda(), whoAbsent()}},
		{ID: "CVE-2021-44228", Name: "Log4Shell", Known: true, Components: []vuln.Affected{library}, Layers: []stack.Layer{"application"},
			URL: "https://aws.amazon.com/security/security-bulletins/AWS-2021-006/", Answers: []vuln.Answer{whoWorkload("orders", 12), whoWorkload("mails", 40)}},
		{ID: "CVE-2099-0001", Components: []vuln.Affected{}, Layers: []stack.Layer{}, Answers: []vuln.Answer{whoUnknown()}},
	}
	return r
}

func whoCustomer() vuln.Answer {
	return whoAnswer("eks-managed-nodes", "EKS on managed node groups", vuln.Answer{
		Triple: vuln.Triple{Who: vuln.Customer, FixBuiltBy: stack.AWS, AppliedBy: stack.Customer, Residual: vuln.Mitigate},
		Steps:  []vuln.Residual{vuln.Mitigate, vuln.RollNodes}, Todo: "No fix is to be had yet. Move the nodes to a patched image.",
		Layers: []stack.Layer{"operating-system"}, Reason: "Deploying a patched AMI is the customer's.", Basis: vuln.Documented, Citation: &model,
		Assumes: "a node group without a custom AMI",
	})
}

func whoFargate() vuln.Answer {
	return whoAnswer("ecs-fargate", "ECS on Fargate", vuln.Answer{
		Triple: vuln.Triple{Who: vuln.AWS, FixBuiltBy: stack.AWS, AppliedBy: stack.AWS, Residual: vuln.Redeploy},
		Steps:  []vuln.Residual{vuln.Redeploy}, Todo: "Redeploy to be patched sooner.", Layers: []stack.Layer{"operating-system"},
		Reason: "AWS retires old platform revisions.", Basis: vuln.Documented, Citation: &model,
		Dates: &vuln.Dates{Disclosed: "2026-04-29", Fixed: "2026-05-08", Deadline: "within 7 days after AWS announces it"},
	})
}

func whoLambda() vuln.Answer {
	return whoAnswer("lambda-zip", "Lambda function from a .zip package", vuln.Answer{
		Triple: vuln.Triple{Who: vuln.AWS, FixBuiltBy: stack.AWS, AppliedBy: stack.AWS, Residual: vuln.None},
		Steps:  []vuln.Residual{vuln.None}, Layers: []stack.Layer{"operating-system"}, Reason: "AWS patches the workers.", Basis: vuln.Rule,
		Conditions: []vuln.Condition{{When: "the live version is in mode Manual", Triple: vuln.Triple{
			Who: vuln.Customer, FixBuiltBy: stack.AWS, AppliedBy: stack.Customer, Residual: vuln.ChangeMode}}},
	})
}

func whoAbsent() vuln.Answer {
	return whoAnswer("s3", "S3 bucket", vuln.Answer{
		Triple: vuln.Triple{Who: vuln.NotAffected, FixBuiltBy: stack.NotApplicable, AppliedBy: stack.NotApplicable, Residual: vuln.None},
		Steps:  []vuln.Residual{vuln.None}, Layers: []stack.Layer{}, Reason: "Nothing of it runs here.", Basis: vuln.Rule, Provided: "unless somebody put it there",
	})
}

func whoUnknown() vuln.Answer {
	return whoAnswer("ec2", "EC2 instance", vuln.Answer{
		Triple: vuln.Triple{Who: vuln.Undetermined, FixBuiltBy: stack.Undetermined, AppliedBy: stack.Undetermined, Residual: vuln.UnknownResidual},
		Steps:  []vuln.Residual{vuln.UnknownResidual}, Layers: []stack.Layer{}, Reason: "Nothing says which component this is in.", Basis: vuln.Rule,
	})
}

func whoWorkload(name string, line int) vuln.Answer {
	a := whoAnswer("ecs-ec2", "ECS on EC2", vuln.Answer{
		Triple: vuln.Triple{Who: vuln.Both, FixBuiltBy: stack.ThirdParty, AppliedBy: stack.Customer, Residual: vuln.RebuildImage},
		Steps:  []vuln.Residual{vuln.RebuildImage}, Todo: "Upgrade log4j-core, rebuild the image and deploy it.", Layers: []stack.Layer{"application"},
		Reason: "Libraries are the customer's.", Basis: vuln.Rule,
		DecidedBy: []allocation.Decider{decider("AWS::ECS::Service.LaunchType", "EC2", line)},
		Parts: []vuln.Part{{Component: "pkg:maven/org.apache.logging.log4j/log4j-core", Class: "application-library", Layer: "application", Place: "package",
			Triple: vuln.Triple{Who: vuln.Customer, FixBuiltBy: stack.ThirdParty, AppliedBy: stack.Customer, Residual: vuln.RebuildImage},
			Reason: "Libraries are the customer's.", Basis: vuln.Rule}},
	})
	a.Workload = &vuln.Subject{ID: "w-" + name, Name: name, Address: "aws_ecs_service." + name, Source: allocation.Source{Path: "infra/main.tf", Line: line}}
	return a
}

func whoAnswer(hosting, title string, a vuln.Answer) vuln.Answer {
	a.Hosting, a.HostingTitle = hosting, title
	if a.Parts == nil {
		a.Parts = []vuln.Part{}
	}
	return a
}

// HostileWho has hostile text in every string that a user or a data file can set.
func HostileWho() *vuln.Result {
	r := Who()
	for i := range r.Vulnerabilities {
		f := &r.Vulnerabilities[i]
		f.ID, f.Name, f.Note, f.URL = HostileText, HostileText, HostileText, "javascript:alert(1)//"
		f.Components = []vuln.Affected{{Component: "pkg:" + HostileText}}
		f.Mitigation = &vuln.Mitigation{Text: HostileText, URL: "javascript:alert(1)//"}
		for j := range f.Answers {
			a := &f.Answers[j]
			a.Reason, a.Todo, a.Provided, a.Assumes, a.Hosting = HostileText, HostileText, HostileText, HostileText, HostileText
			a.Citation = cite(HostileText, "javascript:alert(1)//"+HostileText)
			a.Conditions = []vuln.Condition{{When: HostileText, Triple: a.Triple}}
			a.Workload = &vuln.Subject{ID: HostileText, Name: HostileText, Address: HostileText}
			a.DecidedBy = []allocation.Decider{{Property: HostileText, Value: HostileText, Path: HostileText, Line: 1}}
		}
	}
	return r
}
