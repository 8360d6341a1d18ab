// Package software holds what the customer ships: the packages inside source trees, archives and container images, each
// with the place that it lies at and how it was told.
//
// A Package is one library, operating-system package, binary or language runtime of one version. An Artifact is one thing
// that packages lie in: a directory, a zip, a container image, a bill of materials, a single binary. An Inventory is a
// list of artifacts. Nothing here reads a file, and nothing here knows of workloads or vulnerabilities: the packages below
// this directory read one format each, scan walks the given paths and calls them, and shipped joins the result with
// workloads.
//
//	paths ── scan ──▶ archives, layers, files ── detect ──▶ lockfile, java, gobinary, ospkg, sbom ──▶ Inventory
//
// Inputs are hostile. A Budget is shared by everything that is read of one source; what it does not allow is left out and
// said, with the name of the limit.
package software

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
)

// Kind says what a package is, which is the first thing that tells the layer of the stack it belongs to.
type Kind string

// The kinds of package.
const (
	// OS is a package of an operating system's distribution: dpkg, apk, rpm.
	OS Kind = "os"
	// Library is code that the application is built with.
	Library Kind = "library"
	// Binary is a program that is built from its own module, such as a Go main module.
	Binary Kind = "binary"
	// Runtime is what runs the code: the Go standard library, Node.js, Python, a JVM.
	Runtime Kind = "runtime"
)

// How says by what a package was told.
type How string

// The kinds of evidence, the strongest first.
const (
	// Metadata is a record that the package's own tool wrote: pom.properties, dist-info, package.json, a lock file.
	Metadata How = "metadata"
	// Database is the database of an operating system's package manager.
	Database How = "database"
	// BuildInfo is what the Go linker put into a binary.
	BuildInfo How = "build-info"
	// Statement is what a bill of materials says, of whatever tool.
	Statement How = "bill-of-materials"
	// Config is the configuration of a container image: a version in an environment variable.
	Config How = "image-config"
	// Manifest is META-INF/MANIFEST.MF.
	Manifest How = "manifest"
	// Filename is the name of an archive: "log4j-core-2.14.1.jar".
	Filename How = "filename"
	// ClassMarker is a class that only one library has; it tells no version.
	ClassMarker How = "class-marker"
)

// Evidence is how a package was told.
type Evidence struct {
	How How
	// Detail names the file, class or field: "META-INF/maven/…/pom.properties".
	Detail string
}

// Relation says how the application came to have a library.
type Relation string

// The relations; empty when the source does not say.
const (
	Direct     Relation = "direct"
	Transitive Relation = "transitive"
)

// Scope says when a library is needed.
type Scope string

// The scopes; empty when the source does not say, which has to be taken as used at run time.
const (
	Production  Scope = "production"
	Development Scope = "development"
	Optional    Scope = "optional"
)

// Base says whether a package came with the base image.
type Base string

// The answers. Nothing is guessed: without a mark in the image it is BaseUnknown.
const (
	BaseUnknown Base = "unknown"
	FromBase    Base = "true"
	Own         Base = "false"
)

// Layer is a layer of a container image.
type Layer struct {
	// Index counts from 0, the lowest layer.
	Index int
	// Digest is the digest of the uncompressed layer, "sha256:…" (its diff id).
	Digest string
	// Base says whether the layer belongs to the base image.
	Base Base
	// CreatedBy is the command that made the layer, as the image's history has it.
	CreatedBy string
}

// Location is where a package lies inside its artifact.
type Location struct {
	// Path is a slash path; "!/" enters an archive: "app.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar".
	Path string
	// Layer is the layer that the package came with; nil outside of container images.
	Layer *Layer
}

// Distro is the operating system of an image or a root file system, as os-release names it.
type Distro struct {
	// ID and Version are ID and VERSION_ID: "debian" and "12", "amzn" and "2023".
	ID, Version string
	// Name is PRETTY_NAME.
	Name string
}

// Origin is the source package that a distribution built a package from; advisories often name that.
type Origin struct{ Name, Version string }

// Property is one thing more that a source tells.
type Property struct{ Name, Value string }

// The names of properties.
const (
	// PropMitigation tells that a vulnerable class was taken out of an archive.
	PropMitigation = "mitigation"
	// PropShaded tells that the package's classes lie under a name of their own or in another archive.
	PropShaded = "shaded"
	// PropReplaces names the module that a Go module stands for.
	PropReplaces = "replaces"
	// PropArch is the processor architecture of an operating-system package.
	PropArch = "architecture"
	// PropModularity is the module stream that an rpm package belongs to.
	PropModularity = "modularity"
	// PropCPE is a CPE that a bill of materials gives.
	PropCPE = "cpe"
	// PropBinary is the binary that a Go module or standard library was linked into, by its main module.
	PropBinary = "binary"
	// PropUnpinned holds the constraint of a requirement that gives no version: ">=2,<3".
	PropUnpinned = "constraint"
)

// Package is one package of one version at one place.
type Package struct {
	// Name is the name in its ecosystem: "org.apache.logging.log4j:log4j-core", "@aws-sdk/client-s3", "openssl".
	Name string
	// Version is as written; empty when nothing tells it.
	Version string
	// PURL is the package URL; empty when no type of package URL fits.
	PURL string
	// Ecosystem is OSV's name, with the release for distributions: "Maven", "npm", "Debian:12". Empty when OSV has none, as
	// for Amazon Linux: Distro tells then.
	Ecosystem string
	Kind      Kind
	Location  Location
	// Distro is set for operating-system packages.
	Distro *Distro
	// Origin is the source package; zero when it is the package itself or unknown.
	Origin   Origin
	Relation Relation
	Scope    Scope
	Evidence Evidence
	// Properties are in name order.
	Properties []Property
	// At is the file, and the line where there is one. An archive's entry is written "app.jar!/META-INF/…".
	At diag.Range
}

// Property returns the value of a property, "" when there is none.
func (p *Package) Property(name string) string {
	for _, q := range p.Properties {
		if q.Name == name {
			return q.Value
		}
	}
	return ""
}

// Set adds a property, or replaces the one of that name. An empty value is left out.
func (p *Package) Set(name, value string) {
	if value == "" {
		return
	}
	i, found := slices.BinarySearchFunc(p.Properties, name, func(q Property, n string) int { return strings.Compare(q.Name, n) })
	if found {
		p.Properties = slices.Clone(p.Properties)
		p.Properties[i].Value = value
		return
	}
	p.Properties = slices.Insert(slices.Clone(p.Properties), i, Property{Name: name, Value: value})
}

// ArtifactKind is what an artifact is.
type ArtifactKind string

// The kinds of artifact.
const (
	Directory ArtifactKind = "directory"
	Archive   ArtifactKind = "archive"
	Image     ArtifactKind = "image"
	Bill      ArtifactKind = "bill-of-materials"
	Program   ArtifactKind = "binary"
	LockFile  ArtifactKind = "lock-file"
)

// Artifact is one thing that packages lie in.
type Artifact struct {
	Kind ArtifactKind
	// Path is the display path of the directory or file; a registry image has its reference.
	Path string
	// Names are what an image is called: "repo/app:1.2" from RepoTags, org.opencontainers.image.ref.name or index.json.
	Names []string
	// Digests are the digests that an image may be referred to by: of its manifest, index and configuration.
	Digests []string
	// Subject is what a bill of materials says that it describes.
	Subject string
	// Platform is "linux/arm64" for images.
	Platform string
	// Distro is the operating system inside; nil when nothing tells it.
	Distro *Distro
	// Layers are those of an image, the lowest first; BaseHow says how the base was told, "" when it was not.
	Layers   []Layer
	BaseHow  string
	Packages []Package
	// Complete is false when something in it could not be read.
	Complete bool
}

// Inventory is what a run found.
type Inventory struct {
	// Artifacts are in order of path, then name.
	Artifacts []*Artifact
}

// Count is the number of packages.
func (inv *Inventory) Count() int {
	n := 0
	for _, a := range inv.Artifacts {
		n += len(a.Packages)
	}
	return n
}

// Sort puts artifacts, and packages inside each, in a stable order, and leaves out what was found twice.
func (inv *Inventory) Sort() {
	for _, a := range inv.Artifacts {
		a.Sort()
	}
	slices.SortStableFunc(inv.Artifacts, func(a, b *Artifact) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(strings.Join(a.Names, " "), strings.Join(b.Names, " ")), strings.Compare(a.Platform, b.Platform))
	})
}

// Sort puts packages in order of location, ecosystem, name, version and evidence.
func (a *Artifact) Sort() {
	slices.SortStableFunc(a.Packages, compare)
	a.Packages = slices.CompactFunc(a.Packages, func(p, q Package) bool {
		return compare(p, q) == 0 && p.Kind == q.Kind
	})
}

func compare(p, q Package) int {
	return cmp.Or(
		strings.Compare(p.Location.Path, q.Location.Path), strings.Compare(p.Ecosystem, q.Ecosystem),
		strings.Compare(p.Name, q.Name), strings.Compare(p.Version, q.Version), strings.Compare(p.PURL, q.PURL),
	)
}
