// Package scan walks what the user names and makes the inventory of the software in it.
//
// A path is a directory, a zip or jar, a container image (a tar, or a directory in the layout of the OCI), a bill of
// materials, a lock file or a binary; what a file is, its content tells. Inside of a directory, archives, images and bills
// of materials become artifacts of their own, and everything else belongs to the artifact of the directory. Nothing is
// left out for being listed in .gitignore: build results are listed there, and are what is shipped. Version control,
// Terraform's plugins and links are passed over.
//
// Sources are read one after the other, each with a budget of its own (software.Limits), so that the same input gives the
// same inventory. A registry is asked only for a Source with Image set.
package scan

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/detect"
	"github.com/onus-dev/onus/software/image"
	"github.com/onus-dev/onus/software/registry"
)

// Source is one thing to read: a path, or an image in a registry.
type Source struct {
	// Path is a file or directory.
	Path string
	// Boundary is the directory that nothing may leave; empty means as rootfs.Open takes it.
	Boundary string
	// Image is a reference, which is fetched; Platform picks one of several ("linux/arm64").
	Image, Platform string
}

// Options says how to read.
type Options struct {
	// Limits bound each source; fields that are zero have their defaults.
	Limits software.Limits
}

// Read makes the inventory of the sources. It is never nil; the diagnostics tell what could not be read, and are Incomplete
// then. A cancelled context ends the reading with what was found until then, which is told too.
func Read(ctx context.Context, sources []Source, opts Options) (*software.Inventory, diag.List) {
	inv, diags := &software.Inventory{}, diag.List{}
	for _, src := range sources {
		s := &scanner{ctx: ctx, inv: inv, reader: detect.Reader{Budget: software.NewBudget(opts.Limits), Diags: &diags}}
		at := diag.Range{Path: src.Path}
		var err error
		if src.Image != "" {
			at.Path = src.Image
			err = s.registry(src)
		} else {
			err = s.path(src)
		}
		if ctx.Err() != nil {
			diags.Skipf(at, "Reading was stopped", "The inventory of the software is not complete: %v.", ctx.Err())
			break
		}
		if err != nil {
			software.Report(&diags, at, "source", err)
		}
	}
	image.MarkBases(images(inv))
	inv.Sort()
	return inv, diags.Sorted()
}

func images(inv *software.Inventory) []*software.Artifact {
	var out []*software.Artifact
	for _, a := range inv.Artifacts {
		if a.Kind == software.Image {
			out = append(out, a)
		}
	}
	return out
}

// scanner reads one source.
type scanner struct {
	ctx    context.Context
	inv    *software.Inventory
	reader detect.Reader
	tree   *rootfs.Tree
}

func (s *scanner) registry(src Source) error {
	m, err := registry.Find(s.ctx, src.Image, src.Platform)
	if err != nil {
		s.reader.Diags.Errorf(diag.Range{Path: src.Image}, "Image not fetched", "%s. Check the reference and that you are logged in to the registry, or save the image with `docker save` and give the file.", diag.Clip(err.Error(), 300))
		return nil
	}
	return s.image(m)
}

func (s *scanner) image(m *image.Manifest) error {
	a, err := image.Scan(s.ctx, m, &s.reader)
	s.inv.Artifacts = append(s.inv.Artifacts, a)
	return err
}

func (s *scanner) path(src Source) error {
	tree, err := rootfs.Open(src.Path, src.Boundary)
	if err != nil {
		s.reader.Diags.Errorf(diag.Range{Path: src.Path}, "Path not read", "%v. A directory, an archive, an image, a bill of materials or a binary was expected.", err)
		return nil
	}
	s.tree = tree
	name := tree.Given()
	if tree.IsDir(name) {
		err = s.directory(name)
	} else {
		err = s.file(name)
	}
	return errors.Join(err, tree.Close())
}

// artifact adds an artifact that stays where it is while it is filled.
func (s *scanner) artifact(kind software.ArtifactKind, name string) *software.Artifact {
	a := &software.Artifact{Kind: kind, Path: name, Complete: true}
	s.inv.Artifacts = append(s.inv.Artifacts, a)
	return a
}

// keep adds packages to an artifact within the budget.
func (s *scanner) keep(a *software.Artifact, found detect.Found) error {
	if err := s.reader.Budget.Keep(len(found.Packages)); err != nil {
		a.Complete = false
		return err
	}
	a.Packages = append(a.Packages, found.Packages...)
	if found.Distro != nil && (a.Distro == nil || found.Bill) {
		a.Distro = found.Distro
	}
	return nil
}

// file reads a file that the user named: its content tells what it is.
func (s *scanner) file(name string) error {
	f, err := s.tree.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := f.Head(headBytes)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	kind, rel := explicit(name, head)
	if kind == software.Image {
		return s.tar(f, name, true)
	}
	if rel == "" {
		s.reader.Diags.Errorf(diag.Range{Path: name}, "File not understood", "It is no archive, container image, bill of materials, lock file or program that onus knows. Give one of these, or the directory that it lies in.")
		return nil
	}
	_, err = s.read(s.artifact(kind, name), f, name, "", rel)
	return err
}

// read reads a file into an artifact. inside is the path within the artifact, rel the name that tells what the file is.
func (s *scanner) read(a *software.Artifact, f *rootfs.File, name, inside, rel string) (detect.Found, error) {
	before := len(*s.reader.Diags)
	if inside == "" {
		inside = path.Base(name)
	}
	found, err := s.reader.Read(detect.File{
		Path: inside, Rel: rel, Name: name, Size: f.Size, Rooted: true, At: f,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(f), nil },
	})
	if found.Bill {
		a.Subject = found.Subject
	}
	if err != nil || (*s.reader.Diags)[before:].Incomplete() {
		a.Complete = false
	}
	return found, errors.Join(s.keep(a, found), err)
}

// tar reads the images of a tar. One that holds none is told when the user named it, and passed over otherwise.
func (s *scanner) tar(f *rootfs.File, name string, named bool) error {
	var told diag.List
	manifests, done, err := image.Tar(f, f.Size, name, s.reader.Budget, &told)
	if named || len(manifests) > 0 { // some other tar is nobody's concern, broken or not
		*s.reader.Diags = append(*s.reader.Diags, told...)
	}
	switch {
	case errors.Is(err, image.ErrNoImage):
		if named {
			s.reader.Diags.Errorf(diag.Range{Path: name}, "No container image", "The tar holds no image: %v. Save one with `docker save` or copy it as an OCI layout.", err)
		}
		err = nil
	case err != nil && !named && !limited(err):
		err = nil // some other tar, or something else of that name
	}
	for _, m := range manifests {
		if err == nil {
			err = s.image(m)
		}
	}
	return errors.Join(err, done())
}

func limited(err error) bool {
	var limit *software.LimitError
	return errors.As(err, &limit)
}

// isTar reports whether a file may be a tar by its name.
func isTar(name string) bool {
	lower := strings.ToLower(name)
	for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".oci"} {
		if strings.HasSuffix(lower, end) {
			return true
		}
	}
	return false
}
