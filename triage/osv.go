package triage

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/vuln"
)

// osv reads the JSON of osv-scanner. A finding is a group of records that are aliases of each other, as its own table has
// them.
func osv() *format {
	return &format{
		id: "osv-scanner", streams: []string{"results"},
		fits: func(_, first *node) bool { return first == nil || first.has("packages") && first.has("source") },
		is:   func(*node) bool { return false },
		visit: func(head, el *node, emit emitter) {
			for _, p := range el.list("packages") {
				osvPackage(el.get("source"), p, emit)
			}
		},
		annotate: func(at *node, f *Finding, hide bool) {
			at.set("onus", extension(f))
			at.drop = hide
		},
		settle: osvSettle,
		tool:   func(*node) string { return "osv-scanner" },
	}
}

func osvPackage(source, p *node, emit emitter) {
	base := Finding{Tool: "osv-scanner", Kind: Vulnerability}
	pkg := Package{Name: p.str("package", "name"), Version: p.str("package", "version"), Ecosystem: p.str("package", "ecosystem")}
	pkg.PURL = p.str("package", "purl")
	path := source.str("path")
	switch source.str("type") {
	case "os", "artifact", "docker":
		image, file, ok := strings.Cut(path, ":/")
		base.Target = imageTarget(image, nil, nil)
		if pkg.Path = path; ok {
			pkg.Path = "/" + file
		} else {
			base.Target.Name, base.Target.refs = "", nil
		}
	case "sbom":
		base.Target = Target{Kind: Bill, Name: path, hostings: codeHostings(), why: "a bill of materials"}
	default:
		base.Target = codeTarget(path)
		base.Location, pkg.Path = Location{Path: path}, path
	}
	pkg = packageIn(pkg, base.Target.Kind)
	base.Package = &pkg
	records := p.list("vulnerabilities")
	if len(p.list("groups")) == 0 {
		for _, v := range records {
			emit(osvFinding(base, []string{v.str("id")}, v.strs("aliases"), records, ""), v)
		}
	}
	for _, g := range p.list("groups") {
		emit(osvFinding(base, g.strs("ids"), g.strs("aliases"), records, g.str("max_severity")), g)
	}
}

func osvFinding(f Finding, ids, aliases []string, records []*node, score string) Finding {
	if len(ids) == 0 {
		return f
	}
	f.ID = ids[0]
	f.Severity = scored(score)
	for _, a := range append(slices.Clone(ids[1:]), aliases...) {
		switch {
		case a == f.ID || slices.Contains(f.Aliases, a):
		case strings.HasPrefix(a, "CVE-") && !strings.HasPrefix(f.ID, "CVE-"):
			f.Aliases = append(f.Aliases, f.ID)
			f.ID = a
		default:
			f.Aliases = append(f.Aliases, a)
		}
	}
	for _, v := range records {
		if !slices.Contains(ids, v.str("id")) {
			continue
		}
		f.Title = first(f.Title, v.str("summary"))
		if f.Severity == UnknownSeverity {
			f.Severity = severityOf(v.str("database_specific", "severity"))
		}
	}
	return f
}

// component is how package vuln is asked about a package.
func (p *Package) component() vuln.Component {
	c := vuln.Component{Location: p.where}
	switch {
	case strings.HasPrefix(p.PURL, "pkg:"):
		c.PURL = p.PURL
	case strings.HasPrefix(p.CPE, "cpe:"):
		c.CPE = p.CPE
	case strings.EqualFold(p.Ecosystem, "os"):
		c.Name = p.Name
	default:
		c.Ecosystem, c.Name = p.Ecosystem, p.Name
	}
	return c
}

// osvSettle takes out the records that belong to hidden groups alone, and packages and sources without any.
func osvSettle(el *node) {
	for _, p := range el.list("packages") {
		kept, hidden := map[string]bool{}, map[string]bool{}
		for _, g := range p.list("groups") {
			for _, id := range g.strs("ids") {
				if g.drop {
					hidden[id] = true
				} else {
					kept[id] = true
				}
			}
		}
		left := 0
		for _, v := range p.list("vulnerabilities") {
			id := v.str("id")
			v.drop = v.drop || hidden[id] && !kept[id]
			if !v.drop {
				left++
			}
		}
		p.drop = left == 0
	}
	el.prune()
	el.drop = len(el.list("packages")) == 0
}
