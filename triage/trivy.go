package triage

import (
	"strings"
)

// trivy reads the JSON of Trivy, schema version 2 and the list of targets before it, of `trivy image`, `fs`, `config`,
// `vm`, `sbom` and `k8s`.
func trivy() *format {
	return &format{
		id: "trivy", streams: []string{"Results", "Resources", "Findings"},
		fits: func(head, first *node) bool {
			if head.has("ArtifactName") || head.has("ClusterName") || head.str("SchemaVersion") == "2" {
				return true
			}
			return trivyResult(first) || first.has("Results")
		},
		is: func(doc *node) bool {
			return trivyResult(doc) || doc.has("ArtifactName") && (doc.has("ArtifactType") || doc.has("Results"))
		},
		visit:    trivyVisit,
		annotate: trivyAnnotate,
		settle:   trivySettle,
		tool:     func(*node) string { return "Trivy" },
	}
}

func trivyResult(n *node) bool {
	return n.has("Target") && (n.has("Class") || n.has("Vulnerabilities") || n.has("Misconfigurations") || n.has("Secrets"))
}

func trivyVisit(head, el *node, emit emitter) {
	if !el.has("Results") {
		if trivyResult(el) {
			trivyTarget(trivyArtifact(head, el), "", el, emit)
		}
		return
	}
	if el.has("ArtifactName") {
		for _, res := range el.list("Results") {
			trivyTarget(trivyArtifact(el, res), "", res, emit)
		}
		return
	}
	// A resource of a cluster: its images and its configuration.
	address := el.str("Kind") + "/" + first(el.str("Namespace"), "default") + "/" + el.str("Name")
	for _, res := range el.list("Results") {
		t := Target{Kind: Resource, Name: address, Type: el.str("Kind"), why: "a resource of a cluster", hostings: clusterHostings()}
		if res.str("Class") == "os-pkgs" || res.str("Class") == "lang-pkgs" {
			t = trivyImage(el, res)
		}
		if el.str("Kind") == "Node" || el.str("Kind") == "NodeComponents" {
			t.Kind = Host
		}
		trivyTarget(t, address, res, emit)
	}
}

// trivyImage is the image that a resource of a cluster runs; lists of packages are named "IMAGE (DISTRIBUTION)".
func trivyImage(el, res *node) Target {
	name := ""
	var refs, digests []string
	for _, m := range el.list("Metadata") {
		refs = append(refs, m.strs("RepoTags")...)
		digests = append(digests, m.strs("RepoDigests")...)
	}
	if i := strings.Index(res.str("Target"), " ("); i > 0 {
		name = res.str("Target")[:i]
	}
	if name == "" && len(refs) > 0 {
		name = refs[0]
	}
	t := imageTarget(name, refs, digests)
	t.hostings = clusterHostings()
	return t
}

// trivyArtifact is the target of a report.
func trivyArtifact(head, res *node) Target {
	name := head.str("ArtifactName")
	switch head.str("ArtifactType") {
	case "container_image", "image":
		return imageTarget(name, head.strs("Metadata", "RepoTags"), head.strs("Metadata", "RepoDigests"))
	case "vm":
		return Target{Kind: Host, Name: name, hostings: nodeHostings(), why: "the file system of a machine"}
	case "cyclonedx", "spdx":
		return Target{Kind: Bill, Name: name, hostings: codeHostings(), why: "a bill of materials"}
	}
	if res.str("Class") == "os-pkgs" {
		return Target{Kind: Host, Name: name, hostings: nodeHostings(), why: "the file system of a machine"}
	}
	return codeTarget(name)
}

func trivyTarget(t Target, address string, res *node, emit emitter) {
	base := Finding{Tool: "Trivy", Target: t, Location: Location{Address: address}}
	if t.Kind == Code {
		base.Location.base = t.Name
	}
	for _, v := range res.list("Vulnerabilities") {
		emit(trivyVulnerability(base, res, v), v)
	}
	for _, m := range res.list("Misconfigurations") {
		if s := m.str("Status"); s == "PASS" {
			continue
		}
		emit(trivyMisconfiguration(base, res, m), m)
	}
	for _, s := range res.list("Secrets") {
		f := base
		f.Kind, f.ID, f.Title, f.Severity = Secret, s.str("RuleID"), s.str("Title"), severityOf(s.str("Severity"))
		f.Location.Path, f.Location.Line, f.Location.end = res.str("Target"), s.num("StartLine"), s.num("EndLine")
		emit(f, s)
	}
}

func trivyVulnerability(f Finding, res, v *node) Finding {
	f.Kind, f.ID, f.Title, f.Severity = Vulnerability, v.str("VulnerabilityID"), v.str("Title"), severityOf(v.str("Severity"))
	f.Aliases = v.strs("VendorIDs")
	p := Package{
		Name: v.str("PkgName"), Version: v.str("InstalledVersion"), Fixed: v.str("FixedVersion"), Ecosystem: res.str("Type"),
		PURL: v.str("PkgIdentifier", "PURL"), Path: v.str("PkgPath"), Layer: first(v.str("Layer", "DiffID"), v.str("Layer", "Digest")),
		ref: v.str("PkgIdentifier", "BOMRef"),
	}
	if p.PURL == "" {
		p.PURL = purlOf(purlTypes[strings.ToLower(p.Ecosystem)], p.Name, p.Version)
	}
	if p.Path == "" && res.str("Class") == "lang-pkgs" && strings.ContainsAny(res.str("Target"), "./") {
		p.Path = res.str("Target")
	}
	p = packageIn(p, f.Target.Kind)
	f.Package = &p
	if f.Target.Kind == Code {
		f.Location.Path = p.Path
	}
	return f
}

func trivyMisconfiguration(f Finding, res, m *node) Finding {
	f.Kind, f.ID, f.Title, f.Severity = Misconfiguration, first(m.str("ID"), m.str("AVDID")), m.str("Title"), severityOf(m.str("Severity"))
	if avd := m.str("AVDID"); avd != "" && avd != f.ID {
		f.Aliases = []string{avd}
	}
	f.Known, f.Remedy = m.str("Status") == "EXCEPTION", m.str("Resolution")
	cause := m.get("CauseMetadata")
	if f.Location.Address == "" {
		f.Location.Address = cause.str("Resource")
		f.Location.Path, f.Location.Line, f.Location.end = res.str("Target"), cause.num("StartLine"), cause.num("EndLine")
		f.Target = Target{Kind: Code, Name: f.Target.Name, Type: typeOf(f.Location.Address, res.str("Type"))}
	}
	return f
}

// typeOf is the type of resource that an address names, or what kind of file it stands in.
func typeOf(address, kind string) string {
	parts := strings.Split(address, ".")
	for _, p := range parts {
		if strings.HasPrefix(p, "aws_") {
			return p
		}
	}
	return kind
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func trivyAnnotate(at *node, f *Finding, hide bool) {
	at.object("Custom").set("onus", extension(f))
	at.drop = hide
}

// trivySettle moves what is hidden to where Trivy keeps the findings that a VEX document or an ignore file took out.
func trivySettle(el *node) {
	for _, res := range el.list("Results") {
		trivySettle(res)
	}
	for _, l := range []struct{ list, kind string }{{"Vulnerabilities", "vulnerability"}, {"Misconfigurations", "misconfiguration"}, {"Secrets", "secret"}} {
		hidden := 0
		for _, n := range el.list(l.list) {
			if !n.drop {
				continue
			}
			hidden++
			moved := *n
			moved.drop = false
			o := object("Type", l.kind, "Status", trivyStatus(n.str("Custom", "onus", "label")), "Statement", n.str("Custom", "onus", "reason"), "Source", "onus")
			o.set("Finding", &moved)
			el.append("ExperimentalModifiedFindings", o)
		}
		if summary := el.get("MisconfSummary"); l.list == "Misconfigurations" && summary.has("Failures") && hidden > 0 {
			summary.set("Failures", number(max(0, summary.num("Failures")-hidden)))
		}
	}
	el.prune()
}

func trivyStatus(label string) string {
	switch Label(label) {
	case Nothing:
		return "not_affected"
	case Undetermined:
		return "under_investigation"
	case Redeploy:
		return "affected"
	}
	return "ignored"
}
