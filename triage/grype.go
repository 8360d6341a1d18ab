package triage

import "slices"

// grype reads the JSON of Grype. What was scanned stands after the matches.
func grype() *format {
	return &format{
		id: "grype", streams: []string{"matches"},
		fits: func(head, first *node) bool {
			return first == nil || first.has("vulnerability") && first.has("artifact")
		},
		is: func(doc *node) bool { return len(doc.list("matches")) > 0 && doc.has("descriptor") },
		visit: func(_, el *node, emit emitter) {
			if el.has("matches") {
				for _, m := range el.list("matches") {
					grypeMatch(m, emit)
				}
				return
			}
			grypeMatch(el, emit)
		},
		finish: grypeFinish,
		annotate: func(at *node, f *Finding, hide bool) {
			at.set("onus", extension(f))
			at.drop = hide
		},
		settle: (*node).prune,
		tool:   func(*node) string { return "Grype" },
	}
}

func grypeMatch(m *node, emit emitter) {
	v, a := m.get("vulnerability"), m.get("artifact")
	if v == nil || a == nil {
		return
	}
	f := Finding{Tool: "Grype", Kind: Vulnerability, ID: v.str("id"), Title: v.str("description"), Severity: severityOf(v.str("severity"))}
	for _, r := range m.list("relatedVulnerabilities") {
		if id := r.str("id"); id != f.ID && id != "" && !slices.Contains(f.Aliases, id) {
			f.Aliases = append(f.Aliases, id)
		}
	}
	p := Package{Name: a.str("name"), Version: a.str("version"), Ecosystem: a.str("type"), PURL: a.str("purl")}
	if p.PURL == "" {
		p.PURL = purlOf(purlTypes[p.Ecosystem], p.Name, p.Version)
	}
	if cpes := a.strs("cpes"); p.PURL == "" && len(cpes) > 0 {
		p.CPE = cpes[0]
	}
	if fixed := v.strs("fix", "versions"); len(fixed) > 0 {
		p.Fixed = fixed[0]
	}
	if locations := a.list("locations"); len(locations) > 0 {
		p.Path, p.Layer = locations[0].str("path"), locations[0].str("layerID")
	}
	f.Package = &p
	emit(f, m)
}

func grypeFinish(head *node, found []Finding) {
	source := head.get("source")
	target := source.get("target")
	var t Target
	switch source.str("type") {
	case "image":
		digests := append(target.strs("repoDigests"), target.str("manifestDigest"))
		t = imageTarget(target.str("userInput"), target.strs("tags"), digests)
	case "sbom":
		t = Target{Kind: Bill, Name: target.str(), hostings: codeHostings(), why: "a bill of materials"}
	default:
		t = codeTarget(first(target.str(), target.str("path")))
	}
	for i := range found {
		f := &found[i]
		f.Target = t
		p := packageIn(*f.Package, t.Kind)
		f.Package = &p
		if t.Kind == Code {
			f.Location = Location{Path: p.Path, base: t.Name}
			if p.isOS() {
				f.Target.Kind, f.Target.hostings, f.Target.why = Host, nodeHostings(), "the file system of a machine"
				p.where = "node"
			}
		}
	}
}
