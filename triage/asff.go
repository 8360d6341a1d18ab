package triage

import (
	"strings"
)

// asff reads findings of AWS Security Hub's finding format: the answer of get-findings, lists as Prowler writes them,
// single findings, and events of EventBridge.
func asff() *format {
	return &format{
		id: "asff", streams: []string{"Findings"},
		fits: func(_, first *node) bool { return asffFinding(first) },
		is: func(doc *node) bool {
			if asffFinding(doc) {
				return true
			}
			list := doc.list("detail", "findings")
			return len(list) > 0 && asffFinding(list[0])
		},
		visit: func(_, el *node, emit emitter) {
			if asffFinding(el) {
				asffVisit(el, emit)
			}
			for _, n := range el.list("detail", "findings") {
				asffVisit(n, emit)
			}
		},
		annotate: asffAnnotate,
		tool:     func(head *node) string { return head.str("ProductName") },
	}
}

func asffFinding(n *node) bool { return n.has("ProductArn") && n.has("AwsAccountId") }

func asffVisit(n *node, emit emitter) {
	if s := n.str("Compliance", "Status"); s == "PASSED" || s == "NOT_AVAILABLE" {
		return
	}
	f := Finding{
		Tool: first(n.str("ProductName"), n.str("ProductFields", "aws/securityhub/ProductName"), "Security Hub"), Title: n.str("Title"),
		Remedy:   n.str("Remediation", "Recommendation", "Text"),
		Severity: severityOf(n.str("Severity", "Label")),
		Known:    n.str("RecordState") == "ARCHIVED" || n.str("Workflow", "Status") == "SUPPRESSED" || n.str("Workflow", "Status") == "RESOLVED",
	}
	if f.Severity == UnknownSeverity {
		f.Severity = normalized(n.num("Severity", "Normalized"))
	}
	platform := ""
	if list := n.list("Resources"); len(list) > 0 {
		f.Target, platform = asffTarget(list[0])
		f.Location.Address = ""
	}
	vulnerabilities := n.list("Vulnerabilities")
	f.Kind = Misconfiguration
	f.ID = first(n.str("Compliance", "SecurityControlId"), lastOf(n.str("GeneratorId"), "/"), n.str("Id"))
	if len(vulnerabilities) > 0 {
		f.Kind, f.ID = Vulnerability, vulnerabilities[0].str("Id")
		for _, v := range vulnerabilities[1:] {
			f.Aliases = append(f.Aliases, v.str("Id"))
		}
		f.Aliases = append(f.Aliases, vulnerabilities[0].strs("RelatedVulnerabilities")...)
		f.setPackages(vulnerabilities[0].list("VulnerablePackages"), platform, asffPackage)
	} else if strings.Contains(strings.Join(n.strs("Types"), " "), "TTPs/") || strings.Contains(n.str("ProductArn"), "product/aws/guardduty") {
		return // an attack that was seen is nobody's duty to fix in a layer
	}
	emit(f, n)
}

// normalized reads the severity of 0 to 100.
func normalized(n int) Severity {
	switch {
	case n >= 90:
		return Critical
	case n >= 70:
		return High
	case n >= 40:
		return Medium
	case n >= 1:
		return Low
	}
	return Info
}

func lastOf(s, sep string) string { return s[strings.LastIndex(s, sep)+1:] }

func asffPackage(n *node, platform string) Package {
	p := Package{
		Name: n.str("Name"), Version: n.str("Version"), Fixed: n.str("FixedInVersion"), Ecosystem: n.str("PackageManager"),
		Path: n.str("FilePath"), Layer: n.str("SourceLayerHash"),
	}
	p.Fixed = fixedIn(p.Fixed)
	if r := n.str("Release"); r != "" {
		p.Version += "-" + r
	}
	return withManager(p, platform)
}

func asffTarget(n *node) (t Target, platform string) {
	id, details := n.str("Id"), n.get("Details")
	typ := n.str("Type")
	platform = first(details.str("Other", "platform"), details.str("Other", "PLATFORM"))
	switch typ {
	case "AwsEcrContainerImage", "Container":
		d := details.get("AwsEcrContainerImage")
		repo := d.str("RepositoryName")
		var refs []string
		for _, tag := range d.strs("ImageTags") {
			if repo != "" {
				refs = append(refs, registryHost(d.str("RegistryId"), id)+"/"+repo+":"+tag)
			}
		}
		if name := details.str("Container", "ImageName"); name != "" {
			refs = append(refs, name)
		}
		t = imageTarget(first(append(refs, id)...), refs, []string{d.str("ImageDigest"), id})
		t.Type = typ
		return t, first(platform, d.str("Platform"))
	case "AwsLambdaFunction":
		return functionTarget(id, details.str("AwsLambdaFunction", "PackageType")), "AMAZON_LINUX"
	case "AwsEc2Instance":
		return instanceTarget(lastOf(id, "/"), n.get("Tags")), platform
	}
	return resourceTarget(id, typ), platform
}

// asffAnnotate puts the label where Security Hub keeps what its users say of a finding, and suppresses in its workflow.
func asffAnnotate(at *node, f *Finding, hide bool) {
	fields := at.object("UserDefinedFields")
	for i, key := range extension(f).keys {
		if v := extension(f).items[i].str(); v != "" {
			fields.set("onus/"+key, text(clip(v, 1024)))
		}
	}
	if hide {
		at.object("Workflow").set("Status", text("SUPPRESSED"))
		note := object("Text", clip("onus: "+string(f.Label)+". "+f.Reason, 512), "UpdatedBy", "onus")
		if day := at.str("UpdatedAt"); day != "" {
			note.set("UpdatedAt", text(day))
		}
		at.set("Note", note)
	}
}
