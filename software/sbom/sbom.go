// Package sbom reads bills of materials that other tools wrote: CycloneDX and SPDX 2 in JSON.
//
// A package URL tells name, version, ecosystem and kind; a component without one keeps its name and version alone. Where the
// file or layer of a component is told (Syft and Trivy do, as properties), it becomes the package's place. SPDX 3, XML and
// the tag-value form are told apart and refused with what to do.
//
// Bounds: the caller gives a whole file within software.Limits.MaxText; components nest up to document.MaxDepth.
package sbom

import (
	"bytes"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
)

// Format is the form of a bill of materials.
type Format uint8

// The forms; None is something else.
const (
	None Format = iota
	CycloneDX
	SPDX
	SPDX3
	CycloneDXXML
	SPDXTagValue
)

// headBytes are looked at to tell the form.
const headBytes = 4096

// MayBe reports whether a file is a bill of materials by its base name.
func MayBe(base string) bool {
	lower := strings.ToLower(base)
	for _, end := range []string{".cdx.json", ".cyclonedx.json", ".spdx.json", ".sbom.json", ".spdx", ".cdx.xml"} {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	return lower == "bom.json" || lower == "sbom.json" || lower == "bom.xml" || lower == "sbom.xml"
}

// FormatOf tells the form by the beginning of a file.
func FormatOf(data []byte) Format {
	head := data[:min(len(data), headBytes)]
	has := func(text string) bool { return bytes.Contains(head, []byte(text)) }
	switch {
	case has(`"CycloneDX"`), has(`cyclonedx.org/schema/bom-`) && has("{"):
		return CycloneDX
	case has(`spdx.org/rdf/3`), has(`spdx.org/rdf/v3`):
		return SPDX3
	case has(`"SPDX-2.`), has(`"spdxVersion"`):
		return SPDX
	case has(`http://cyclonedx.org/schema/bom`):
		return CycloneDXXML
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("SPDXVersion:")):
		return SPDXTagValue
	case has(`"spdxId"`) && has(`"@graph"`):
		return SPDX3
	}
	// Tools sort keys: bomFormat and spdxVersion may stand at the end.
	if trimmed := bytes.TrimSpace(head); len(trimmed) > 0 && trimmed[0] == '{' {
		switch {
		case bytes.Contains(data, []byte(`"bomFormat"`)) && bytes.Contains(data, []byte(`"CycloneDX"`)):
			return CycloneDX
		case bytes.Contains(data, []byte(`"spdxVersion"`)):
			return SPDX
		}
	}
	return None
}

// Bill is what a bill of materials holds.
type Bill struct {
	// Subject is what it describes: a package URL, or a name.
	Subject  string
	Distro   *software.Distro
	Packages []software.Package
}

// Read reads a bill of materials; name is its display path.
func Read(name string, data []byte) (*Bill, diag.List) {
	r := &reading{name: name, bill: &Bill{}}
	at := diag.Range{Path: name}
	refuse := func(form, advice string) {
		r.diags.Skipf(at, "Bill of materials not read", "It is in the form %s; CycloneDX or SPDX 2.2 or 2.3 in JSON was expected. %s", form, advice)
	}
	switch FormatOf(data) {
	case CycloneDX:
		r.read(data, r.cycloneDX)
	case SPDX:
		r.read(data, r.spdx)
	case SPDX3:
		refuse("SPDX 3", "Let the tool that wrote it write SPDX 2.3 or CycloneDX.")
	case CycloneDXXML:
		refuse("CycloneDX in XML", "`cyclonedx convert` makes JSON of it.")
	case SPDXTagValue:
		refuse("SPDX tag-value", "`pyspdxtools` makes JSON of it.")
	default:
		refuse("none that is known", "Name a file that a tool such as Syft, Trivy or a CycloneDX plugin wrote.")
	}
	for i := range r.bill.Packages {
		own, said := r.bill.Packages[i].Distro, r.bill.Distro
		if own == nil || said != nil && own.Version == "" && (own.ID == said.ID || own.ID == "") {
			r.bill.Packages[i].In(said)
		}
	}
	return r.bill, r.diags
}

type reading struct {
	name  string
	bill  *Bill
	diags diag.List
	// direct are the refs of what the subject depends on; nil when the bill does not say.
	direct map[string]bool
}

func (r *reading) read(data []byte, with func(*document.Node)) {
	docs, problems := document.Parse(r.name, data, document.Options{Noun: "bill of materials"})
	r.diags = append(r.diags, problems...)
	if len(docs) > 0 {
		with(docs[0])
	}
}

// made makes a package of a package URL, or of a name and version where there is none or it cannot be read.
func (r *reading) made(n *document.Node, purl, name, version string) software.Package {
	p, ok := software.ParsePURL(purl)
	if !ok {
		p = software.Package{Name: name, Version: version, Kind: software.Library}
		if purl != "" {
			r.diags.Warnf(n.In(r.name), "Package URL not understood", "%q is no package URL; %s is known by its name only.", diag.Clip(purl, 80), diag.Clip(name, 60))
		}
	}
	if p.Version == "" {
		p.Version = version
	}
	p.Evidence = software.Evidence{How: software.Statement}
	p.At = n.In(r.name)
	return p
}

func (r *reading) cycloneDX(doc *document.Node) {
	subject := doc.At("metadata", "component")
	r.bill.Subject = first(subject.Get("purl").Str(), strings.Trim(subject.Get("name").Str()+"@"+subject.Get("version").Str(), "@"))
	for _, d := range doc.Get("dependencies").List() {
		if ref := d.Get("ref").Str(); ref != "" && ref == subject.Get("bom-ref").Str() {
			r.direct = map[string]bool{}
			for _, on := range d.Get("dependsOn").List() {
				r.direct[on.Str()] = true
			}
		}
	}
	r.components(subject.Get("components"))
	r.components(doc.Get("components"))
}

func (r *reading) components(list *document.Node) {
	for _, c := range list.List() {
		name, version := c.Get("name").Str(), c.Get("version").Str()
		switch c.Get("type").Str() {
		case "operating-system":
			r.bill.Distro = distroOf(c, name, version)
		case "file", "data", "cryptographic-asset", "machine-learning-model":
		default:
			r.component(c, name, version)
		}
		r.components(c.Get("components"))
	}
}

func distroOf(c *document.Node, name, version string) *software.Distro {
	d := &software.Distro{ID: strings.ToLower(name), Version: version, Name: strings.TrimSpace(name + " " + version)}
	if id := property(c, "syft:distro:id"); id != "" {
		d.ID = id
	}
	if v := property(c, "syft:distro:versionID"); v != "" {
		d.Version = v
	}
	return d
}

func (r *reading) component(c *document.Node, name, version string) {
	purl := c.Get("purl").Str()
	if purl == "" && c.Get("type").Str() != "library" && c.Get("type").Str() != "framework" && c.Get("cpe").Str() == "" {
		return // an application, container or lock file as such
	}
	if g := c.Get("group").Str(); g != "" && purl == "" {
		name = g + "/" + name
	}
	p := r.made(c, purl, name, version)
	switch c.Get("scope").Str() {
	case "required":
		p.Scope = software.Production
	case "optional":
		p.Scope = software.Optional
	case "excluded":
		p.Scope = software.Development
	}
	if r.direct != nil {
		p.Relation = software.Transitive
		if r.direct[c.Get("bom-ref").Str()] {
			p.Relation = software.Direct
		}
	}
	p.Set(software.PropCPE, c.Get("cpe").Str())
	p.Location.Path = first(property(c, "aquasecurity:trivy:FilePath"), property(c, "syft:location:0:path"))
	if digest := first(property(c, "aquasecurity:trivy:LayerDiffID"), property(c, "syft:location:0:layerID")); digest != "" {
		p.Location.Layer = &software.Layer{Index: -1, Digest: digest, Base: software.BaseUnknown}
	}
	if source := property(c, "aquasecurity:trivy:SrcName"); source != "" && p.Kind == software.OS {
		p.Origin = software.Origin{Name: source, Version: property(c, "aquasecurity:trivy:SrcVersion")}
	}
	r.bill.Packages = append(r.bill.Packages, p)
}

// property returns the value of a CycloneDX property.
func property(c *document.Node, name string) string {
	for _, p := range c.Get("properties").List() {
		if p.Get("name").Str() == name {
			return p.Get("value").Str()
		}
	}
	return ""
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// spdx reads SPDX 2: packages with external references, and relationships, of which DESCRIBES names the subject.
func (r *reading) spdx(doc *document.Node) {
	subjects := map[string]bool{}
	for _, id := range doc.Get("documentDescribes").List() {
		subjects[id.Str()] = true
	}
	for _, rel := range doc.Get("relationships").List() {
		if rel.Get("relationshipType").Str() == "DESCRIBES" {
			subjects[rel.Get("relatedSpdxElement").Str()] = true
		}
	}
	r.spdxDirect(doc, subjects)
	r.bill.Subject = doc.Get("name").Str()
	for _, n := range doc.Get("packages").List() {
		id := n.Get("SPDXID").Str()
		purl, cpe := references(n)
		name, version := n.Get("name").Str(), n.Get("versionInfo").Str()
		if n.Get("primaryPackagePurpose").Str() == "OPERATING-SYSTEM" || n.Get("primaryPackagePurpose").Str() == "OPERATING_SYSTEM" {
			r.bill.Distro = &software.Distro{ID: strings.ToLower(name), Version: version, Name: strings.TrimSpace(name + " " + version)}
			continue
		}
		if subjects[id] {
			r.bill.Subject = first(purl, strings.Trim(name+"@"+version, "@"))
			continue
		}
		if purl == "" && cpe == "" && version == "" {
			continue
		}
		if version == "NOASSERTION" {
			version = ""
		}
		p := r.made(n, purl, name, version)
		p.Set(software.PropCPE, cpe)
		if r.direct != nil {
			p.Relation = software.Transitive
			if r.direct[id] {
				p.Relation = software.Direct
			}
		}
		r.bill.Packages = append(r.bill.Packages, p)
	}
}

// spdxDirect notes what the subject depends on, when a relationship says anything of it.
func (r *reading) spdxDirect(doc *document.Node, subjects map[string]bool) {
	for _, rel := range doc.Get("relationships").List() {
		if from, to := rel.Get("spdxElementId").Str(), rel.Get("relatedSpdxElement").Str(); rel.Get("relationshipType").Str() == "DEPENDS_ON" && subjects[from] {
			if r.direct == nil {
				r.direct = map[string]bool{}
			}
			r.direct[to] = true
		}
	}
}

func references(n *document.Node) (purl, cpe string) {
	for _, ref := range n.Get("externalRefs").List() {
		switch typ := ref.Get("referenceType").Str(); {
		case typ == "purl":
			purl = first(purl, ref.Get("referenceLocator").Str())
		case strings.HasPrefix(typ, "cpe2"):
			cpe = first(cpe, ref.Get("referenceLocator").Str())
		}
	}
	return purl, cpe
}
