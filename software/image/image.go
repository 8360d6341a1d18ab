// Package image reads container images: what `docker save` writes, and layouts of the OCI, as a directory or in a tar.
//
//	tar, layout, registry ── Tar, Layout ──▶ Manifests: configuration and layers, not read yet
//	Manifest ── Scan: layer by layer, as a stream, whiteouts applied ──▶ software.Artifact
//
// Layers are read from the lowest up. Of each, only files that detect wants are opened; what a later layer deletes,
// replaces or hides is taken away again. A package that was there already, at the same path in the same version, stays the
// lower layer's, so that a rewritten package database does not make everything the customer's. Links are not followed.
//
// Whether a layer is the base image's is told by another image of the run that this one begins with, or by the history
// (see base.go), and is unknown otherwise.
//
// Bounds: memory holds one layer's stream, one file of interest (spooled to disk when large) and what was found; the rest is
// bounded by software.Budget. Digests are not checked: the user gave the file.
package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/archive"
	"github.com/onus-dev/onus/software/detect"
)

// maxLayers bounds the layers of an image; runtimes allow 127.
const maxLayers = 1000

// Manifest is an image that was found and not read yet.
type Manifest struct {
	// Name is its display path, or its reference in a registry.
	Name string
	// Names and Digests are what it may be called; see software.Artifact.
	Names, Digests []string
	// Config is the JSON of its configuration.
	Config []byte
	// BaseName is what annotations of the manifest say of the base image.
	BaseName string
	Layers   []Blob
}

// Blob is a layer, compressed or not.
type Blob struct {
	// Name is what it is called in the image: a path or a digest.
	Name string
	// Open returns its content and size; 0 when the size is unknown.
	Open func() (io.ReadCloser, int64, error)
}

// Scan reads the layers of an image. The error is the context's, or a LimitError when the budget of the source is used up;
// the artifact holds what was found until then.
func Scan(ctx context.Context, m *Manifest, r *detect.Reader) (*software.Artifact, error) {
	a := &software.Artifact{Kind: software.Image, Path: m.Name, Names: m.Names, Digests: m.Digests, Complete: true}
	before := len(*r.Diags)
	c := readConfig(m, r.Diags)
	c.describe(a, m)
	s := &scanning{ctx: ctx, reader: r, image: m, lower: newState()}
	err := s.layers()
	s.collect(a)
	a.Packages = append(c.runtimes(m.Name), a.Packages...)
	a.Complete = err == nil && !(*r.Diags)[before:].Incomplete()
	return a, err
}

type scanning struct {
	ctx    context.Context
	reader *detect.Reader
	image  *Manifest
	lower  *state
}

func (s *scanning) layers() error {
	for i, l := range s.image.Layers {
		if i == maxLayers {
			return &software.LimitError{Name: "the number of layers", Bound: fmt.Sprint(maxLayers)}
		}
		if err := s.layer(i, l); err != nil {
			return err
		}
	}
	return nil
}

// layer reads one layer onto those below. A layer that is broken is told; what was read of it counts.
func (s *scanning) layer(index int, l Blob) error {
	name := fmt.Sprintf("%s!/layer %d", s.image.Name, index)
	at := diag.Range{Path: name}
	rc, size, err := l.Open()
	if err != nil {
		s.reader.Diags.Skipf(at, "Layer not read", "The image names the layer %s, which could not be opened: %s. Save the image anew with all of its layers.", diag.Clip(l.Name, 80), diag.Clip(err.Error(), 120))
		return nil
	}
	defer rc.Close()
	stream, err := archive.Decompress(rc, size, s.reader.Budget)
	if err != nil {
		software.Report(s.reader.Diags, at, "layer", err)
		return nil
	}
	defer stream.Close()
	on := &overlay{scanning: s, index: index, name: name, own: newState(), before: map[string]*kept{}}
	err = archive.Tar(stream, name, s.reader.Budget, s.reader.Diags, on.member)
	on.merge()
	var limit *software.LimitError
	if errors.As(err, &limit) || s.ctx.Err() != nil {
		return err
	}
	if err != nil {
		software.Report(s.reader.Diags, at, "layer", err)
	}
	return nil
}

// collect puts what is left into the artifact.
func (s *scanning) collect(a *software.Artifact) {
	a.Distro = s.lower.distro()
	for _, p := range s.lower.paths() {
		k := s.lower.files[p]
		for i, pkg := range k.found.Packages {
			pkg.In(a.Distro)
			if at := k.layers[i]; at < len(a.Layers) {
				layer := a.Layers[at]
				pkg.Location.Layer = &layer
			} else {
				pkg.Location.Layer = &software.Layer{Index: at, Base: software.BaseUnknown}
			}
			if err := s.reader.Budget.Keep(1); err != nil {
				software.Report(s.reader.Diags, diag.Range{Path: s.image.Name}, "image", err)
				return
			}
			a.Packages = append(a.Packages, pkg)
		}
	}
}

// kept is a file of interest with the layer that each of its packages came with.
type kept struct {
	found  detect.Found
	layers []int
}

// state is what is visible of the files of interest. below counts them by each directory above, so that hiding a path that
// nothing of interest lies below costs nothing.
type state struct {
	files map[string]*kept
	below map[string]int
}

func newState() *state { return &state{files: map[string]*kept{}, below: map[string]int{}} }

func (s *state) put(name string, k *kept) {
	s.remove(name)
	s.files[name] = k
	for d := path.Dir(name); d != "."; d = path.Dir(d) {
		s.below[d]++
	}
}

func (s *state) remove(name string) {
	if _, ok := s.files[name]; !ok {
		return
	}
	delete(s.files, name)
	for d := path.Dir(name); d != "."; d = path.Dir(d) {
		s.below[d]--
	}
}

// hide takes away a path and everything below it.
func (s *state) hide(name string) {
	s.remove(name)
	s.hideBelow(name)
}

func (s *state) hideBelow(dir string) {
	if dir != "." && s.below[dir] == 0 {
		return
	}
	for name := range s.files {
		if dir == "." || strings.HasPrefix(name, dir+"/") {
			s.remove(name)
		}
	}
}

func (s *state) paths() []string {
	out := make([]string, 0, len(s.files))
	for p := range s.files {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// distro is what os-release tells: etc before usr/lib, as os-release(5) has it.
func (s *state) distro() *software.Distro {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		if k := s.files[name]; k != nil && k.found.Distro != nil {
			return k.found.Distro
		}
	}
	return nil
}

// overlay is one layer while it is laid over those below.
type overlay struct {
	*scanning
	index int
	name  string
	own   *state
	// before are files of the layers below that this one replaces.
	before map[string]*kept
}

const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

func (o *overlay) member(m archive.Member, content io.Reader) error {
	if err := o.ctx.Err(); err != nil {
		return err
	}
	dir, base := path.Split(m.Path)
	dir = path.Clean(dir)
	switch {
	case base == opaque:
		o.lower.hideBelow(dir)
		return nil
	case strings.HasPrefix(base, ".wh..wh."): // bookkeeping of aufs
		return nil
	case strings.HasPrefix(base, whiteout):
		o.lower.hide(path.Join(dir, base[len(whiteout):]))
		return nil
	case m.FileInfo().IsDir():
		o.lower.remove(m.Path)
		return nil
	}
	if k := o.lower.files[m.Path]; k != nil {
		o.before[m.Path] = k
	}
	o.lower.hide(m.Path)
	o.own.hide(m.Path)
	return o.file(m, content)
}

func (o *overlay) file(m archive.Member, content io.Reader) error {
	if m.Typeflag == '1' { // a hard link to a file of this layer or one below
		o.link(m)
		return nil
	}
	if !m.FileInfo().Mode().IsRegular() || detect.Wants(m.Path, m.Size, true) == detect.Nothing {
		return nil
	}
	found, err := o.reader.Read(detect.File{
		Path: m.Path, Rel: m.Path, Name: o.image.Name + "!/" + m.Path, Size: m.Size, Rooted: true,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(content), nil },
	})
	if len(found.Packages) > 0 || found.Distro != nil {
		o.own.put(m.Path, &kept{found: found})
	}
	return err
}

func (o *overlay) link(m archive.Member) {
	k := o.own.files[m.Link]
	if k == nil {
		k = o.lower.files[m.Link]
	}
	if k == nil {
		return
	}
	twin := &kept{found: k.found}
	twin.found.Packages = slices.Clone(k.found.Packages)
	for i := range twin.found.Packages {
		p := &twin.found.Packages[i]
		p.Location.Path = m.Path + strings.TrimPrefix(p.Location.Path, m.Link)
	}
	o.own.put(m.Path, twin)
}

// identity tells a package at a path.
type identity struct{ path, name, version string }

// merge lays what the layer holds over those below. A package that the replaced file held too stays that layer's.
func (o *overlay) merge() {
	for _, p := range o.own.paths() {
		k := o.own.files[p]
		was := map[identity]int{}
		if old := o.before[p]; old != nil {
			for i, pkg := range old.found.Packages {
				was[identity{pkg.Location.Path, pkg.Name, pkg.Version}] = old.layers[i]
			}
		}
		k.layers = make([]int, len(k.found.Packages))
		for i, pkg := range k.found.Packages {
			k.layers[i] = o.index
			if layer, ok := was[identity{pkg.Location.Path, pkg.Name, pkg.Version}]; ok {
				k.layers[i] = layer
			}
		}
		o.lower.put(p, k)
	}
}

// config is the configuration of an image.
type config struct{ doc *document.Node }

func readConfig(m *Manifest, diags *diag.List) config {
	if len(m.Config) == 0 { // told when the image was opened
		return config{}
	}
	docs, problems := document.Parse(m.Name, m.Config, document.Options{Noun: "image configuration"})
	for _, p := range problems {
		diags.Skipf(diag.Range{Path: m.Name}, "Image configuration not read", "%s. What the configuration tells, such as the base image, is unknown.", p.Summary)
	}
	if len(docs) == 0 {
		return config{}
	}
	return config{docs[0]}
}

// describe fills in what the configuration tells of the image as a whole.
func (c config) describe(a *software.Artifact, m *Manifest) {
	if os, arch := c.doc.Get("os").Str(), c.doc.Get("architecture").Str(); os != "" {
		a.Platform = strings.TrimSuffix(os+"/"+arch, "/")
		if v := c.doc.Get("variant").Str(); v != "" {
			a.Platform += "/" + v
		}
	}
	digests := c.doc.At("rootfs", "diff_ids").List()
	for i := range m.Layers {
		l := software.Layer{Index: i, Base: software.BaseUnknown}
		if i < len(digests) {
			l.Digest = digests[i].Str()
		}
		a.Layers = append(a.Layers, l)
	}
	c.markBase(a, m)
}

// runtimeVariables are variables by which the public images of languages tell the version that they hold.
var runtimeVariables = map[string]string{
	"PYTHON_VERSION": "python", "NODE_VERSION": "node", "RUBY_VERSION": "ruby", "PHP_VERSION": "php", "JAVA_VERSION": "openjdk",
	"DOTNET_VERSION": "dotnet", "ASPNET_VERSION": "aspnetcore",
}

// runtimes are the language runtimes that environment variables tell.
func (c config) runtimes(name string) []software.Package {
	var out []software.Package
	for _, v := range c.doc.At("config", "Env").List() {
		key, version, _ := strings.Cut(v.Str(), "=")
		runtime := runtimeVariables[key]
		version = strings.TrimPrefix(version, "jdk-")
		if runtime == "" || version == "" || version[0] < '0' || version[0] > '9' {
			continue
		}
		p := software.NewRuntime(runtime, version)
		p.Evidence = software.Evidence{How: software.Config, Detail: key}
		p.At = diag.Range{Path: name}
		out = append(out, p)
	}
	return out
}
