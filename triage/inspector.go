package triage

import (
	"slices"
	"strings"
)

// inspector reads findings of Amazon Inspector: the answer of list-findings, single findings, the enhanced findings of
// ECR, and events of EventBridge.
func inspector() *format {
	return &format{
		id: "inspector", streams: []string{"findings"},
		fits: func(_, first *node) bool { return inspectorFinding(first) },
		is: func(doc *node) bool {
			return inspectorFinding(doc) || inspectorFinding(doc.get("detail")) || len(doc.list("imageScanFindings", "enhancedFindings")) > 0
		},
		visit: func(_, el *node, emit emitter) {
			for _, n := range el.list("imageScanFindings", "enhancedFindings") {
				inspectorVisit(n, emit)
			}
			switch {
			case inspectorFinding(el):
				inspectorVisit(el, emit)
			case inspectorFinding(el.get("detail")):
				inspectorVisit(el.get("detail"), emit)
			}
		},
		annotate: func(at *node, f *Finding, hide bool) {
			at.set("onus", extension(f))
			if hide {
				at.set("status", text("SUPPRESSED"))
			}
		},
		tool: func(*node) string { return "Amazon Inspector" },
	}
}

func inspectorFinding(n *node) bool {
	return n.has("packageVulnerabilityDetails") || n.has("findingArn") && n.has("resources")
}

func inspectorVisit(n *node, emit emitter) {
	f := Finding{Tool: "Amazon Inspector", Remedy: n.str("remediation", "recommendation", "text"), Title: n.str("title"), Severity: severityOf(n.str("severity")), Known: n.str("status") == "SUPPRESSED" || n.str("status") == "CLOSED"}
	platform := ""
	if list := n.list("resources"); len(list) > 0 {
		f.Target, platform = inspectorTarget(list[0])
	}
	switch n.str("type") {
	case "NETWORK_REACHABILITY":
		f.Kind, f.ID = Misconfiguration, "network-reachability"
	case "CODE_VULNERABILITY":
		f.Kind = Weakness
		f.ID = first(n.str("codeVulnerabilityDetails", "detectorId"), "code-vulnerability")
		f.Location = Location{Path: n.str("codeVulnerabilityDetails", "filePath", "filePath"), Line: n.num("codeVulnerabilityDetails", "filePath", "startLine")}
	default:
		f.Kind = Vulnerability
		details := n.get("packageVulnerabilityDetails")
		f.ID, f.Aliases = details.str("vulnerabilityId"), details.strs("relatedVulnerabilities")
		f.setPackages(details.list("vulnerablePackages"), platform, inspectorPackage)
	}
	emit(f, n)
}

// setPackages puts the packages of a finding, the first as its own.
func (f *Finding) setPackages(list []*node, platform string, read func(n *node, platform string) Package) {
	for i, n := range list {
		p := packageIn(read(n, platform), f.Target.Kind)
		if i == 0 {
			f.Package = &p
			continue
		}
		f.Also = append(f.Also, p)
	}
}

func inspectorPackage(n *node, platform string) Package {
	p := Package{
		Name: n.str("name"), Version: n.str("version"), Fixed: n.str("fixedInVersion"), Ecosystem: n.str("packageManager"),
		Path: n.str("filePath"), Layer: n.str("sourceLayerHash"),
	}
	p.Fixed = fixedIn(p.Fixed)
	if r := n.str("release"); r != "" {
		p.Version += "-" + r
	}
	return withManager(p, platform)
}

// fixedIn drops an epoch of 0, and the word for no version.
func fixedIn(s string) string {
	if s == "NotAvailable" {
		return ""
	}
	return strings.TrimPrefix(s, "0:")
}

// withManager makes the package URL of a package by its manager, and by the platform when it is the operating system's.
func withManager(p Package, platform string) Package {
	if strings.EqualFold(p.Ecosystem, "OS") {
		for _, d := range distributions {
			if strings.HasPrefix(platform, d.platform) {
				p.PURL = purlOf(d.purl, p.Name, p.Version)
				break
			}
		}
		return p
	}
	p.PURL = purlOf(purlTypes[strings.ToLower(p.Ecosystem)], p.Name, p.Version)
	return p
}

// inspectorTarget reads a resource; the platform names the distribution of its packages.
func inspectorTarget(n *node) (t Target, platform string) {
	id := n.str("id")
	switch n.str("type") {
	case "AWS_ECR_CONTAINER_IMAGE":
		d := n.get("details", "awsEcrContainerImage")
		repo := d.str("repositoryName")
		var refs []string
		if registry := d.str("registry"); registry != "" && repo != "" {
			for _, tag := range d.strs("imageTags") {
				refs = append(refs, registryHost(registry, id)+"/"+repo+":"+tag)
			}
		}
		t = imageTarget(first(append(refs, id)...), refs, []string{d.str("imageHash"), id})
		t.Type = "AwsEcrContainerImage"
		return t, d.str("platform")
	case "AWS_LAMBDA_FUNCTION":
		d := n.get("details", "awsLambdaFunction")
		return functionTarget(id, d.str("packageType")), "AMAZON_LINUX"
	case "AWS_EC2_INSTANCE":
		return instanceTarget(id, n.get("tags")), n.str("details", "awsEc2Instance", "platform")
	}
	return resourceTarget(id, n.str("type")), ""
}

// registryHost is the host name of an ECR registry, of which Inspector gives the account; the region is in the ARN.
func registryHost(account, arn string) string {
	parts := strings.Split(arn, ":")
	if strings.Contains(account, ".") || len(parts) < 5 || parts[0] != "arn" {
		return account
	}
	return account + ".dkr.ecr." + parts[3] + ".amazonaws.com"
}

func functionTarget(id, packageType string) Target {
	t := Target{Kind: Function, Name: id, Type: "AwsLambdaFunction", hostings: []string{"lambda-zip", "lambda-image"}, why: "a function whose package type is not told"}
	switch strings.ToUpper(packageType) {
	case "ZIP":
		t.hostings, t.why = []string{"lambda-zip"}, "a function with a .zip package"
	case "IMAGE":
		t.hostings, t.why = []string{"lambda-image"}, "a function with an image"
	}
	return t
}

// clusterTags are the tags by which services mark the instances that they launch, the most telling first.
var clusterTags = []struct{ tag, hosting string }{
	{"eks:eks-cluster-name", "eks-auto"}, {"eks:nodegroup-name", "eks-managed-nodes"}, {"karpenter.sh/nodepool", "eks-self-managed-nodes"},
	{"aws:ecs:clusterName", "ecs-managed-instances"}, {"AWSBatchServiceTag", "batch-ec2"},
	{"elasticbeanstalk:environment-name", "elastic-beanstalk"}, {"aws:elasticmapreduce:job-flow-id", "emr-ec2"},
}

// instanceTarget is an EC2 instance. Some services of AWS's look after instances in the customer's account, so that an
// instance of which no tags are known may be one of those. EKS Auto Mode also has Karpenter's tag, so its own goes first.
func instanceTarget(id string, tags *node) Target {
	t := Target{Kind: Instance, Name: id, Type: "AwsEc2Instance", hostings: []string{"ec2"}, why: "an EC2 instance without the tag of a cluster"}
	for _, c := range clusterTags {
		if tags.has(c.tag) {
			t.hostings, t.why = []string{c.hosting}, "an EC2 instance with the tag "+c.tag
			return t
		}
	}
	if tags == nil || tags.kind != '{' {
		t.hostings, t.why = nodeHostings(), "an EC2 instance whose tags the report does not have"
		return t
	}
	for _, k := range tags.keys {
		if strings.HasPrefix(k, "kubernetes.io/cluster/") || strings.HasPrefix(k, "k8s.io/") {
			t.hostings, t.why = []string{"eks-self-managed-nodes", "kubernetes-on-ec2"}, "an EC2 instance with the tag of a Kubernetes cluster"
		}
	}
	return t
}

// resourceTarget is whatever an ARN or a type names.
func resourceTarget(id, typ string) Target {
	return Target{Kind: Resource, Name: id, Type: typ}
}

// The hostings that a kind of target leaves open.

func imageHostings() []string {
	return slices.Concat([]string{"ecs-fargate", "ecs-ec2", "ecs-managed-instances"}, clusterHostings(), []string{"lambda-image", "app-runner", "batch-fargate", "batch-ec2"})
}

func clusterHostings() []string {
	return []string{"eks-managed-nodes", "eks-self-managed-nodes", "eks-fargate", "eks-auto", "eks-hybrid", "kubernetes-on-ec2"}
}

func codeHostings() []string {
	return append(imageHostings(), "lambda-zip", "elastic-beanstalk", "ec2")
}

func nodeHostings() []string {
	return []string{"ec2", "ecs-ec2", "ecs-managed-instances", "eks-managed-nodes", "eks-self-managed-nodes", "eks-auto", "kubernetes-on-ec2", "elastic-beanstalk", "batch-ec2"}
}
