package triage

import (
	"strings"
)

// cyclonedx reads a CycloneDX document, of any version, for its vulnerabilities. Each component that a vulnerability affects
// is a finding.
func cyclonedx() *format {
	return &format{
		id:       "cyclonedx",
		is:       func(doc *node) bool { return strings.EqualFold(doc.str("bomFormat"), "CycloneDX") },
		visit:    func(_, el *node, emit emitter) { cyclonedxVisit(el, emit) },
		annotate: cyclonedxAnnotate,
		settle:   cyclonedxSettle,
		tool:     cyclonedxTool,
	}
}

func cyclonedxTool(doc *node) string {
	for _, list := range [][]*node{doc.list("metadata", "tools", "components"), doc.list("metadata", "tools")} {
		if len(list) > 0 {
			return list[0].str("name")
		}
	}
	return "CycloneDX"
}

func cyclonedxVisit(doc *node, emit emitter) {
	components := map[string]*node{}
	var collect func(list []*node)
	collect = func(list []*node) {
		for _, c := range list {
			for _, ref := range []string{c.str("bom-ref"), c.str("purl")} {
				if ref != "" && components[ref] == nil {
					components[ref] = c
				}
			}
			collect(c.list("components"))
		}
	}
	collect(doc.list("components"))
	subject := doc.get("metadata", "component")
	t := cyclonedxTarget(doc, subject)
	for _, v := range doc.list("vulnerabilities") {
		base := Finding{
			Tool: cyclonedxTool(doc), Kind: Vulnerability, ID: v.str("id"), Title: v.str("description"), Severity: cyclonedxSeverity(v), Target: t,
			Known: cyclonedxSettled(v.str("analysis", "state")),
		}
		for _, r := range v.list("references") {
			if id := r.str("id"); id != "" && id != base.ID {
				base.Aliases = append(base.Aliases, id)
			}
		}
		for _, a := range v.list("affects") {
			f := base
			p := packageIn(cyclonedxPackage(components, a.str("ref")), t.Kind)
			if t.Kind == Bill {
				p.where = "own-layer"
			}
			f.Package = &p
			emit(f, v)
		}
	}
}

func cyclonedxSettled(state string) bool {
	return state == "not_affected" || state == "false_positive" || strings.HasPrefix(state, "resolved")
}

// cyclonedxPackage is the component of a reference. A reference may be a BOM-Link: urn:cdx:SERIAL/VERSION#REF.
func cyclonedxPackage(components map[string]*node, ref string) Package {
	c := components[ref]
	if _, fragment, ok := strings.Cut(ref, "#"); ok && c == nil && strings.HasPrefix(ref, "urn:cdx:") {
		c = components[fragment]
	}
	p := Package{ref: ref}
	if c == nil {
		if strings.HasPrefix(ref, "pkg:") {
			p.PURL, p.Name = ref, ref
		}
		return p
	}
	p.Name, p.Version, p.PURL, p.CPE = c.str("name"), c.str("version"), c.str("purl"), c.str("cpe")
	if g := c.str("group"); g != "" {
		p.Name = g + "/" + p.Name
	}
	p.Ecosystem = strings.TrimPrefix(p.PURL[:max(0, strings.IndexByte(p.PURL, '/'))], "pkg:")
	for _, prop := range c.list("properties") {
		switch name := prop.str("name"); {
		case strings.HasSuffix(name, ":FilePath"), strings.HasSuffix(name, ":location:0:path"):
			p.Path = prop.str("value")
		case strings.HasSuffix(name, ":LayerDiffID"), strings.HasSuffix(name, ":location:0:layerID"):
			p.Layer = prop.str("value")
		}
	}
	return p
}

func cyclonedxTarget(doc, subject *node) Target {
	name := first(subject.str("name"), subject.str("purl"))
	var t Target
	switch subject.str("type") {
	case "container":
		var refs []string
		if v := subject.str("version"); strings.HasPrefix(v, "sha256:") {
			refs = append(refs, name+"@"+v)
		} else if v != "" {
			refs = append(refs, name+":"+v)
		}
		for _, p := range subject.list("properties") {
			if strings.HasSuffix(p.str("name"), ":RepoTag") || strings.HasSuffix(p.str("name"), ":RepoDigest") {
				refs = append(refs, p.str("value"))
			}
		}
		t = imageTarget(name, refs, []string{subject.str("purl")})
	default:
		t = Target{Kind: Bill, Name: name, hostings: codeHostings(), why: "a bill of materials"}
	}
	if serial, ok := strings.CutPrefix(doc.str("serialNumber"), "urn:uuid:"); ok {
		t.bom = serial + "/" + first(doc.str("version"), "1")
	}
	return t
}

// cyclonedxSeverity is the gravest rating.
func cyclonedxSeverity(v *node) Severity {
	out := UnknownSeverity
	for _, r := range v.list("ratings") {
		s := severityOf(r.str("severity"))
		if s == UnknownSeverity {
			s = scored(r.str("score"))
		}
		if s != UnknownSeverity && (out == UnknownSeverity || s.Rank() < out.Rank()) {
			out = s
		}
	}
	return out
}

// cyclonedxAnnotate says each component's label in a property, and in the analysis what all of them agree on.
func cyclonedxAnnotate(at *node, f *Finding, hide bool) {
	name := "onus:label"
	if len(at.list("affects")) > 1 && f.Package != nil {
		name += ":" + f.Package.ref
	}
	at.append("properties", object("name", name, "value", string(f.Label)))
	if f.Action != "" {
		at.append("properties", object("name", strings.Replace(name, "label", "action", 1), "value", f.Action))
	}
	for _, a := range at.list("affects") {
		a.drop = a.drop || hide && f.Package != nil && a.str("ref") == f.Package.ref
	}
	state, justification := f.cyclonedxState()
	analysis := at.object("analysis")
	if old := analysis.str("state"); cyclonedxSettled(old) && old != "not_affected" || f.Known {
		return // somebody has said more than a label does
	}
	if old := analysis.str("state"); old != "" && old != state && analysis.str("detail") != "" {
		state, justification = "in_triage", "" // its components differ
	}
	at.set("analysis", object("state", state, "justification", justification, "detail", "onus: "+string(f.Label)+". "+f.Reason))
}

// cyclonedxState is the state of an analysis. A justification is given only where it is true of what the customer ships.
func (f *Finding) cyclonedxState() (state, justification string) {
	switch f.Label {
	case Yours, Redeploy:
		return "exploitable", ""
	case Nothing:
		if f.Target.Kind == Function {
			return "not_affected", "code_not_present"
		}
		return "not_affected", ""
	}
	return "in_triage", ""
}

// cyclonedxSettle takes out the components that are hidden, and vulnerabilities without one.
func cyclonedxSettle(doc *node) {
	for _, v := range doc.list("vulnerabilities") {
		left := 0
		for _, a := range v.list("affects") {
			if !a.drop {
				left++
			}
		}
		v.drop = left == 0 && len(v.list("affects")) > 0
	}
	doc.prune()
}
