package triage

import (
	"strings"
)

// The classes of OCSF that are findings.
const (
	ocsfSecurity      = 2001
	ocsfVulnerability = 2002
	ocsfCompliance    = 2003
	ocsfDetection     = 2004
	ocsfApplication   = 2007
)

// ocsf reads events of the Open Cybersecurity Schema Framework: vulnerability, compliance and detection findings, as
// Prowler, Security Hub and Security Lake write them, in a list or one a line.
func ocsf() *format {
	return &format{
		id: "ocsf", streams: []string{"Findings", "events"},
		fits:     func(_, first *node) bool { return ocsfEvent(first) },
		is:       ocsfEvent,
		visit:    func(_, el *node, emit emitter) { ocsfVisit(el, emit) },
		annotate: ocsfAnnotate,
		tool:     func(head *node) string { return head.str("metadata", "product", "name") },
	}
}

func ocsfEvent(n *node) bool {
	return n.has("class_uid") && (n.has("finding_info") || n.has("finding") || n.has("vulnerabilities"))
}

func ocsfVisit(n *node, emit emitter) {
	if s := strings.ToUpper(first(n.str("status_code"), n.str("compliance", "status"))); s == "PASS" || s == "PASSED" {
		return
	}
	info := n.get("finding_info")
	if info == nil {
		info = n.get("finding")
	}
	f := Finding{
		Tool: n.str("metadata", "product", "name"), Title: info.str("title"), Remedy: n.str("remediation", "desc"), Severity: severityOf(n.str("severity")),
		Known: n.num("status_id") == 3 || n.num("status_id") == 4 || strings.ToUpper(n.str("status_code")) == "MANUAL",
	}
	if f.Severity == UnknownSeverity {
		f.Severity = ocsfSeverity(n.num("severity_id"))
	}
	resources := n.list("resources")
	if r := n.get("resource"); r != nil {
		resources = append(resources, r)
	}
	platform := ""
	if len(resources) > 0 {
		f.Target, platform = ocsfTarget(resources[0])
	}
	list := n.list("vulnerabilities")
	switch class := n.num("class_uid"); {
	case len(list) > 0 && (class == ocsfVulnerability || class == ocsfSecurity || class == ocsfApplication):
		for _, v := range list {
			f.addVulnerable(v, platform)
		}
		emit(f, n)
	case class == ocsfSecurity || class == ocsfCompliance || class == ocsfDetection:
		if class == ocsfDetection && n.get("metadata", "event_code") == nil {
			return // a detection without a check is an attack that was seen
		}
		f.Kind = Misconfiguration
		f.ID = first(n.str("metadata", "event_code"), n.str("compliance", "control"), lastOf(info.str("uid"), "/"))
		emit(f, n)
	}
}

func ocsfSeverity(id int) Severity {
	switch id {
	case 1:
		return Info
	case 2:
		return Low
	case 3:
		return Medium
	case 4:
		return High
	case 5, 6:
		return Critical
	}
	return UnknownSeverity
}

// addVulnerable adds one vulnerability of an event, which mostly has one: an event is one finding, as it can be suppressed
// only as a whole.
func (f *Finding) addVulnerable(v *node, platform string) {
	id := first(v.str("cve", "uid"), v.str("advisory", "uid"), v.str("title"))
	packages := v.list("affected_packages")
	if len(packages) == 0 {
		packages = v.list("packages")
	}
	if f.ID != "" {
		f.Aliases = append(f.Aliases, id)
		for _, n := range packages {
			f.Also = append(f.Also, packageIn(ocsfPackage(n, platform), f.Target.Kind))
		}
		return
	}
	f.Kind, f.ID, f.Title = Vulnerability, id, first(v.str("title"), f.Title)
	if s := severityOf(v.str("severity")); s != UnknownSeverity {
		f.Severity = s
	}
	f.setPackages(packages, platform, ocsfPackage)
	if code := v.list("affected_code"); len(code) > 0 {
		f.Location = Location{Path: code[0].str("file", "path"), Line: code[0].num("start_line")}
		if f.Package == nil {
			f.Kind = Weakness
		}
	}
}

func ocsfPackage(n *node, platform string) Package {
	p := Package{
		Name: n.str("name"), Version: n.str("version"), Fixed: fixedIn(n.str("fixed_in_version")), Ecosystem: n.str("package_manager"),
		Path: n.str("path"), PURL: n.str("purl"), CPE: n.str("cpe_name"),
	}
	if p.PURL == "" {
		p = withManager(p, platform)
	}
	return p
}

func ocsfTarget(n *node) (t Target, platform string) {
	id := first(n.str("uid"), n.str("name"))
	typ := n.str("type")
	platform = first(n.str("data", "platform"), n.str("data", "details", "platform"))
	switch typ {
	case "AwsEcrContainerImage", "Container", "AWS::ECR::ContainerImage", "AWS::ECR::Image":
		t = imageTarget(first(n.str("data", "image"), n.str("name"), id), []string{id}, []string{id})
		t.Type = typ
		return t, platform
	case "AwsLambdaFunction", "AWS::Lambda::Function":
		return functionTarget(id, first(n.str("data", "PackageType"), n.str("data", "metadata", "package_type"))), platform
	case "AwsEc2Instance", "AWS::EC2::Instance":
		return instanceTarget(lastOf(id, "/"), ocsfTags(n)), platform
	}
	return resourceTarget(id, typ), platform
}

// ocsfTags makes one object of the forms of tags: {"name","value"} in tags, "name:value" in labels.
func ocsfTags(n *node) *node {
	if !n.has("tags") && !n.has("labels") {
		return nil
	}
	out := &node{kind: '{'}
	for _, t := range n.list("tags") {
		out.set(t.str("name"), text(t.str("value")))
	}
	for _, l := range n.strs("labels") {
		if i := strings.LastIndexAny(l, ":="); i > 0 {
			out.set(l[:i], text(l[i+1:]))
		}
	}
	return out
}

func ocsfAnnotate(at *node, f *Finding, hide bool) {
	at.object("unmapped").set("onus", extension(f))
	if hide {
		at.set("status_id", number(3))
		at.set("status", text("Suppressed"))
		at.set("comment", text("onus: "+string(f.Label)+". "+f.Reason))
	}
}
