package scan

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/detect"
	"github.com/onus-dev/onus/software/gobinary"
	"github.com/onus-dev/onus/software/image"
	"github.com/onus-dev/onus/software/java"
	"github.com/onus-dev/onus/software/lockfile"
	"github.com/onus-dev/onus/software/sbom"
)

// headBytes are read of a named file to tell what it is.
const headBytes = 64 << 10

// passedOver are directories that hold nothing of what is shipped: version control, and Terraform's plugins.
var passedOver = map[string]bool{".git": true, ".hg": true, ".svn": true, ".terraform": true}

// explicit tells what a named file is, and the name under which detect knows such a file; "" for what it does not know.
func explicit(name string, head []byte) (kind software.ArtifactKind, rel string) {
	base := path.Base(name)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		if java.Is(base) {
			return software.Archive, base
		}
		return software.Archive, "archive.zip"
	case java.Is(base), strings.EqualFold(path.Ext(base), ".zip"):
		return software.Archive, base
	case !lockfile.Of(name).IsNone():
		return software.LockFile, name
	case sbom.FormatOf(head) != sbom.None, sbom.MayBe(base):
		return software.Bill, "sbom.json"
	case gobinary.Is(head):
		return software.Program, "program"
	case isTar(base), len(head) > 262 && string(head[257:262]) == "ustar", bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return software.Image, base
	}
	return "", ""
}

// directory reads a directory: an image in the layout of the OCI, or a tree of files.
func (s *scanner) directory(name string) error {
	a := s.artifact(software.Directory, name)
	before := len(*s.reader.Diags)
	err := s.walk(a, name, "", 0)
	if err != nil || (*s.reader.Diags)[before:].Incomplete() {
		a.Complete = false
	}
	for i := range a.Packages {
		a.Packages[i].In(a.Distro)
	}
	return err
}

// walk reads the files of a directory, then those below; rel is its path within the artifact.
func (s *scanner) walk(a *software.Artifact, name, rel string, depth int) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if depth > s.reader.Budget.MaxDepth {
		software.Report(s.reader.Diags, diag.Range{Path: name}, "directory", &software.LimitError{Name: "MaxDepth", Bound: "directories nested too deeply"})
		return nil
	}
	entries, err := s.tree.ReadDir(name)
	if err != nil {
		software.Report(s.reader.Diags, diag.Range{Path: name}, "directory", err)
		return nil
	}
	if isLayout(entries) {
		return s.layout(name)
	}
	for _, e := range entries {
		if err := s.reader.Budget.Entry(); err != nil {
			return err
		}
		at, inside := s.tree.Join(name, e.Name()), path.Join(rel, e.Name())
		switch {
		case e.IsDir() && passedOver[e.Name()]:
		case e.IsDir():
			err = s.walk(a, at, inside, depth+1)
		case e.Type()&fs.ModeSymlink != 0:
			s.link(at, inside)
		case e.Type().IsRegular():
			err = s.entry(a, at, inside, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// link tells a link that leads out of the boundary; what one inside points to is read at its own place.
func (s *scanner) link(at, inside string) {
	if _, err := s.tree.Stat(at); errors.Is(err, rootfs.ErrOutside) && detect.Wants(inside, 1<<30, true) != detect.Nothing {
		s.reader.Diags.Warnf(diag.Range{Path: at}, "Link not followed", "It leads outside of the boundary. Give --root DIR to widen it, or the target as a path of its own.")
	}
}

func isLayout(entries []fs.DirEntry) bool {
	marks := 0
	for _, e := range entries {
		if e.Name() == "oci-layout" || e.Name() == "index.json" {
			marks++
		}
	}
	return marks == 2
}

// layout reads the images of a directory in the layout of the OCI.
func (s *scanner) layout(dir string) error {
	manifests, err := image.Layout(func(member string) (io.ReadCloser, int64, error) {
		f, err := s.tree.Open(s.tree.Join(dir, member))
		if err != nil {
			return nil, 0, err
		}
		return f, f.Size, nil
	}, dir, s.reader.Diags)
	if err != nil {
		software.Report(s.reader.Diags, diag.Range{Path: dir}, "image layout", err)
		return nil
	}
	for _, m := range manifests {
		if err := s.image(m); err != nil {
			return err
		}
	}
	return nil
}

// entry reads one file of a directory, when its name says that it holds something.
func (s *scanner) entry(a *software.Artifact, at, inside string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return nil // it was removed meanwhile
	}
	kind := detect.Wants(inside, info.Size(), true)
	if kind == detect.Nothing && !isTar(e.Name()) {
		return nil
	}
	f, err := s.tree.Open(at)
	if err != nil {
		software.Report(s.reader.Diags, diag.Range{Path: at}, "file", err)
		return nil
	}
	defer f.Close()
	switch kind {
	case detect.Nothing:
		return s.tar(f, at, false)
	case detect.Jar, detect.Zip:
		_, err = s.read(s.artifact(software.Archive, at), f, at, "", inside)
		return err
	case detect.BillOf:
		return s.bill(f, at, inside)
	case detect.Executable:
		if isTar(e.Name()) {
			return s.tar(f, at, false)
		}
	}
	_, err = s.read(a, f, at, inside, inside)
	return err
}

// bill reads a file that has the name of a bill of materials, and adds an artifact when it is one.
func (s *scanner) bill(f *rootfs.File, at, inside string) error {
	b := &software.Artifact{Kind: software.Bill, Path: at, Complete: true}
	found, err := s.read(b, f, at, inside, inside)
	if found.Bill {
		s.inv.Artifacts = append(s.inv.Artifacts, b)
	}
	return err
}
