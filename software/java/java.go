// Package java finds the libraries inside jars, wars and ears, and inside those that lie in them.
//
// A library is told, the strongest first, by META-INF/maven/**/pom.properties, by MANIFEST.MF, by the file's name, and by a
// class that only it has (libraries.txt), for archives whose metadata was stripped and for classes that were copied into
// another archive, under their own name or a new one. A class tells no version: the version is empty then. A vulnerable
// class that was taken out, such as log4j's JndiLookup, is said in the property "mitigation" and changes nothing else.
//
// Data flow: an archive that can be read at any place goes in, packages with the chain of archives as their place come out.
// Bounds: those of the budget, for entries, bytes, nesting and each file's size.
package java

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/archive"
)

// maxMetadata is the largest pom.properties or manifest that is read, in bytes.
const maxMetadata = 1 << 20

// maxPoms bounds the pom.properties of one archive.
const maxPoms = 10_000

// Is reports whether a file is an archive of Java's by its name.
func Is(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jar", ".war", ".ear", ".par", ".sar", ".nar", ".rar", ".jpi", ".hpi", ".kar", ".lpkg":
		return true
	}
	return false
}

// Place says where an archive lies: Path inside of its artifact, Name for diagnostics, Depth 1 for one in no other archive.
type Place struct {
	Path, Name string
	Depth      int
}

func (p Place) inside(entry string) Place {
	return Place{Path: p.Path + "!/" + entry, Name: p.Name + "!/" + entry, Depth: p.Depth + 1}
}

// Read returns the libraries of an archive. The error is a LimitError when nothing more may be read of the source;
// everything else that could not be read is a diagnostic.
func Read(r io.ReaderAt, size int64, at Place, b *software.Budget, diags *diag.List) ([]software.Package, error) {
	if err := b.Nested(at.Depth); err != nil {
		software.Report(diags, diag.Range{Path: at.Name}, "archive", err)
		return nil, nil
	}
	j := &jar{at: at, budget: b, diags: diags, classes: map[string][]string{}}
	err := archive.Zip(r, size, at.Name, b, diags, j.entry)
	var limit *software.LimitError
	if errors.As(err, &limit) {
		return j.packages(), err
	}
	if err != nil {
		software.Report(diags, diag.Range{Path: at.Name}, "archive", err)
	}
	return j.packages(), nil
}

// coordinates are Maven's name of a library.
type coordinates struct {
	group, artifact, version string
	entry                    string
}

// jar is one archive while it is read.
type jar struct {
	at       Place
	budget   *software.Budget
	diags    *diag.List
	poms     []coordinates
	manifest map[string]string
	// classes are the listed classes that were found, with the names that they were moved to ("" for none).
	classes map[string][]string
	nested  []software.Package
}

func (j *jar) entry(e *archive.Entry) error {
	var err error
	switch {
	case strings.HasSuffix(e.Name, ".class"):
		if class, prefix, ok := libraries().classAt(e.Name); ok {
			j.classes[class] = append(j.classes[class], prefix)
		}
		return nil
	case strings.HasPrefix(e.Name, "META-INF/maven/") && path.Base(e.Name) == "pom.properties":
		err = j.pom(e)
	case e.Name == "META-INF/MANIFEST.MF":
		err = j.readManifest(e)
	case Is(e.Name):
		err = j.inner(e)
	default:
		return nil
	}
	return j.tolerate(e.Name, err)
}

// tolerate reports what went wrong with one entry and goes on, unless the whole source is at its limit.
func (j *jar) tolerate(entry string, err error) error {
	if err == nil {
		return nil
	}
	var limit *software.LimitError
	if errors.As(err, &limit) && (limit.Name == "MaxExpanded" || limit.Name == "MaxEntries") {
		return err
	}
	software.Report(j.diags, diag.Range{Path: j.at.Name + "!/" + entry}, "archive entry", err)
	return nil
}

func readSmall(e *archive.Entry) ([]byte, error) {
	rc, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	return io.ReadAll(io.LimitReader(rc, maxMetadata))
}

func (j *jar) pom(e *archive.Entry) error {
	if len(j.poms) >= maxPoms {
		return nil
	}
	data, err := readSmall(e)
	if err != nil {
		return err
	}
	c := coordinates{entry: e.Name}
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "groupId":
			c.group = value
		case "artifactId":
			c.artifact = value
		case "version":
			c.version = value
		}
	}
	if c.artifact != "" && !strings.Contains(c.version, "${") {
		j.poms = append(j.poms, c)
	}
	return nil
}

// readManifest reads the main section: "Name: value", a line that begins with a space going on from the one before.
func (j *jar) readManifest(e *archive.Entry) error {
	data, err := readSmall(e)
	if err != nil {
		return err
	}
	j.manifest = map[string]string{}
	last := ""
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		line := s.Text()
		switch {
		case line == "":
			return nil
		case line[0] == ' ':
			j.manifest[last] += line[1:]
		default:
			key, value, _ := strings.Cut(line, ":")
			last = key
			j.manifest[key] = strings.TrimSpace(value)
		}
	}
	return nil
}

func (j *jar) inner(e *archive.Entry) error {
	at := j.at.inside(e.Name)
	if err := j.budget.Nested(at.Depth); err != nil {
		return err
	}
	rc, err := e.Open()
	if err != nil {
		return err
	}
	defer rc.Close()
	blob, err := archive.Spool(rc, e.Size, j.budget)
	if err != nil {
		return err
	}
	found, err := Read(blob, blob.Size, at, j.budget, j.diags)
	j.nested = append(j.nested, found...)
	return errors.Join(err, blob.Close())
}

// packages are the libraries of the archive itself, then those of archives in it.
func (j *jar) packages() []software.Package {
	var out []software.Package
	own := j.ownName()
	for _, c := range j.poms {
		p := j.make(c, software.Metadata, c.entry)
		if c.artifact != own.artifact && len(j.poms) > 1 {
			p.Set(software.PropShaded, "inside "+path.Base(j.at.Path))
		}
		out = append(out, p)
	}
	if len(j.poms) == 0 && own.artifact != "" && own.version != "" {
		how, detail := software.Filename, path.Base(j.at.Path)
		if own.entry != "" {
			how, detail = software.Manifest, own.entry
		}
		out = append(out, j.make(own, how, detail))
	}
	out = j.byClass(out, own)
	return append(out, j.nested...)
}

func (j *jar) make(c coordinates, how software.How, detail string) software.Package {
	if c.group == "" {
		c.group = libraries().groups[c.artifact]
	}
	name := c.artifact
	if c.group != "" {
		name = c.group + ":" + c.artifact
	}
	p := software.NewLibrary(software.Maven, name, c.version)
	p.Evidence = software.Evidence{How: how, Detail: detail}
	p.Location.Path = j.at.Path
	p.At = diag.Range{Path: j.at.Name}
	return p
}

// versioned takes "log4j-core-2.14.1.jar" apart.
var versioned = regexp.MustCompile(`^(.+?)-(\d[0-9A-Za-z.+_]*(?:-(?:SNAPSHOT|RELEASE|FINAL|GA|RC\d*|M\d+|alpha|beta|jre|android|b?\d+)[0-9A-Za-z.+_-]*)*)(?:-[A-Za-z][0-9A-Za-z_-]*)?$`)

// ownName is what the manifest and the file's name tell of the archive itself; entry names the field when the manifest tells
// the version.
func (j *jar) ownName() coordinates {
	base := path.Base(j.at.Path)
	stem := strings.TrimSuffix(base, path.Ext(base))
	c := coordinates{artifact: stem}
	if m := versioned.FindStringSubmatch(stem); m != nil {
		c.artifact, c.version = m[1], m[2]
	}
	c.group = j.group(c.artifact)
	if c.version == "" {
		for _, field := range []string{"Implementation-Version", "Bundle-Version", "Specification-Version"} {
			if v := j.manifest[field]; v != "" {
				c.version, c.entry = v, "META-INF/MANIFEST.MF "+field
				break
			}
		}
	}
	return c
}

// group is the group of the table, or the one that Maven writes into a manifest. A bundle's symbolic name tells none: it
// is the group alone for some artifacts.
func (j *jar) group(artifact string) string {
	if g := libraries().groups[artifact]; g != "" {
		return g
	}
	return j.manifest["Implementation-Vendor-Id"]
}

// byClass adds the libraries that only classes tell, and says of all which mitigation was made.
func (j *jar) byClass(out []software.Package, own coordinates) []software.Package {
	for i := range libraries().libraries {
		l := &libraries().libraries[i]
		at := slices.IndexFunc(out, func(p software.Package) bool {
			return p.Name == l.name() || !strings.Contains(p.Name, ":") && p.Name == l.artifact
		})
		prefixes, there := j.classes[l.marker]
		if at < 0 && there {
			p := j.make(coordinates{l.group, l.artifact, "", ""}, software.ClassMarker, prefixes[0]+l.marker)
			if own.artifact == l.artifact {
				p = j.make(own, software.ClassMarker, prefixes[0]+l.marker)
			} else {
				p.Set(software.PropShaded, shadedAs(prefixes[0], path.Base(j.at.Path)))
			}
			out, at = append(out, p), len(out)
		}
		if at >= 0 && there && l.without != "" && len(j.classes[l.without]) == 0 {
			out[at].Set(software.PropMitigation, path.Base(l.without)+" is not in the archive")
		}
	}
	return out
}

func shadedAs(prefix, archive string) string {
	if prefix == "" {
		return "classes copied into " + archive
	}
	return "classes moved below " + prefix
}
