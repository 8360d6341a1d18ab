package lockfile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/onus-dev/onus/software"
)

// gradleLock reads gradle.lockfile: lines of "group:artifact:version=configurations".
func gradleLock(in *input) {
	n := 0
	for line := range strings.Lines(string(in.data)) {
		n++
		coordinates, configurations, ok := strings.Cut(strings.TrimSpace(line), "=")
		parts := strings.Split(coordinates, ":")
		if !ok || len(parts) != 3 || line[0] == '#' {
			continue
		}
		p := software.NewLibrary(software.Maven, parts[0]+":"+parts[1], parts[2])
		if strings.Contains(configurations, "untimeClasspath") && !strings.Contains(strings.ReplaceAll(configurations, "testRuntimeClasspath", ""), "untimeClasspath") {
			p.Scope = software.Development
		}
		in.add(p, n)
	}
}

// pom is what is read of a pom.xml.
type pom struct {
	Group      string      `xml:"groupId"`
	Version    string      `xml:"version"`
	Parent     pomParent   `xml:"parent"`
	Properties pomMap      `xml:"properties"`
	Managed    []pomNeeded `xml:"dependencyManagement>dependencies>dependency"`
	Needed     []pomNeeded `xml:"dependencies>dependency"`
}

type pomParent struct {
	Group   string `xml:"groupId"`
	Version string `xml:"version"`
}

// pomNeeded is a dependency with the line that it begins on.
type pomNeeded struct {
	Group, Artifact, Version, Scope, Optional string
	line                                      int
}

// UnmarshalXML reads a dependency, and where it stands.
func (n *pomNeeded) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	n.line, _ = d.InputPos()
	var raw struct {
		Group    string `xml:"groupId"`
		Artifact string `xml:"artifactId"`
		Version  string `xml:"version"`
		Scope    string `xml:"scope"`
		Optional string `xml:"optional"`
	}
	if err := d.DecodeElement(&raw, &start); err != nil {
		return err
	}
	n.Group, n.Artifact, n.Version, n.Scope, n.Optional = trimmed(raw.Group), trimmed(raw.Artifact), trimmed(raw.Version), trimmed(raw.Scope), trimmed(raw.Optional)
	return nil
}

func trimmed(s string) string { return strings.TrimSpace(s) }

// pomMap holds the properties of a pom.xml by name.
type pomMap map[string]string

// UnmarshalXML reads elements of any name.
func (m *pomMap) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	*m = pomMap{}
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			var text string
			if err := d.DecodeElement(&text, &t); err != nil {
				return err
			}
			(*m)[t.Name.Local] = trimmed(text)
		}
	}
}

// maxProperty bounds how often one property may lead to the next.
const maxProperty = 8

var property = regexp.MustCompile(`\$\{([^}]*)\}`)

// resolve puts in the properties of the file; ok is false when one is not there.
func (p *pom) resolve(text string) (string, bool) {
	for range maxProperty {
		m := property.FindStringSubmatchIndex(text)
		if m == nil {
			return text, true
		}
		value, ok := p.property(text[m[2]:m[3]])
		if !ok || len(text)+len(value) > 1000 {
			return "", false
		}
		text = text[:m[0]] + value + text[m[1]:]
	}
	return "", false
}

func (p *pom) property(name string) (string, bool) {
	switch name {
	case "project.version", "pom.version", "version":
		return orText(p.Version, p.Parent.Version), orText(p.Version, p.Parent.Version) != ""
	case "project.groupId", "pom.groupId", "groupId":
		return orText(p.Group, p.Parent.Group), orText(p.Group, p.Parent.Group) != ""
	case "project.parent.version":
		return p.Parent.Version, p.Parent.Version != ""
	}
	value, ok := p.Properties[name]
	return value, ok
}

func orText(a, b string) string {
	if a != "" {
		return trimmed(a)
	}
	return trimmed(b)
}

// pomXML reads the direct dependencies of a pom.xml. A version that a parent or an imported pom gives is not told.
func pomXML(in *input) {
	d := xml.NewDecoder(bytes.NewReader(in.data))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var p pom
	if err := d.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		in.broken(1, "A pom.xml with an element project")
		return
	}
	managed := map[string]string{}
	for _, m := range p.Managed {
		managed[m.Group+":"+m.Artifact] = m.Version
	}
	for _, n := range p.Needed {
		group, known := p.resolve(n.Group)
		if !known || n.Artifact == "" {
			continue
		}
		written := orText(n.Version, managed[n.Group+":"+n.Artifact])
		version, known := p.resolve(written)
		if !known || strings.ContainsAny(version, "[(,") {
			version = ""
		}
		lib := software.NewLibrary(software.Maven, group+":"+n.Artifact, version)
		lib.Relation = software.Direct
		switch {
		case n.Scope == "test":
			lib.Scope = software.Development
		case n.Optional == "true":
			lib.Scope = software.Optional
		case n.Scope == "" || n.Scope == "compile" || n.Scope == "runtime":
			lib.Scope = software.Production
		}
		if version == "" {
			lib.Set(software.PropUnpinned, orText(written, "given by a parent"))
		}
		in.add(lib, n.line)
	}
}

// gradleNeeded is a dependency in Groovy or Kotlin whose coordinates are one text.
var gradleNeeded = regexp.MustCompile(`^\s*([A-Za-z]+)[ (]+["']([A-Za-z0-9._-]+):([A-Za-z0-9._-]+)(?::([^"':@]+))?[^"']*["']`)

// buildGradle reads the dependencies of a build.gradle that are written as one text without variables.
func buildGradle(in *input) {
	n := 0
	for line := range strings.Lines(string(in.data)) {
		n++
		m := gradleNeeded.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		var scope software.Scope
		switch m[1] {
		case "implementation", "api", "runtimeOnly", "compile", "runtime":
			scope = software.Production
		case "testImplementation", "testCompile", "testRuntimeOnly", "testCompileOnly", "annotationProcessor":
			scope = software.Development
		case "compileOnly":
		default:
			continue
		}
		version := m[4]
		if strings.ContainsAny(version, "$+[(") {
			version = ""
		}
		p := software.NewLibrary(software.Maven, m[2]+":"+m[3], version)
		p.Relation, p.Scope = software.Direct, scope
		if version == "" {
			p.Set(software.PropUnpinned, orText(m[4], "given by a platform"))
		}
		in.add(p, n)
	}
}
