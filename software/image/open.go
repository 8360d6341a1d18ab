package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/archive"
)

const (
	// maxDocument is the largest manifest, index or configuration, in bytes.
	maxDocument = 8 << 20
	// maxManifests bounds the images of one layout, maxIndexDepth how deep indexes name indexes.
	maxManifests  = 200
	maxIndexDepth = 4
	// spoolFiles is how many times MaxFile a compressed tar may expand to on disk, to be read at any place.
	spoolFiles = 4
)

// Opener opens a file of an image by its slash path, with its size. The error wraps fs.ErrNotExist.
type Opener func(name string) (io.ReadCloser, int64, error)

// ErrNoImage says that a tar or directory holds no image.
var ErrNoImage = errors.New("it holds neither manifest.json, as docker save writes it, nor index.json of an OCI layout")

// Tar indexes a tar that holds images. f is read at any place and must stay open until the images are read. A compressed tar
// is expanded into an unnamed temporary file first, which the returned function lets go of.
func Tar(f io.ReaderAt, size int64, name string, b *software.Budget, diags *diag.List) ([]*Manifest, func() error, error) {
	done := func() error { return nil }
	head := make([]byte, 4)
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, done, err
	}
	if head[0] == 0x1f && head[1] == 0x8b || string(head) == "\x28\xb5\x2f\xfd" {
		blob, err := expandTar(f, size, b)
		if err != nil {
			return nil, done, err
		}
		f, size, done = blob, blob.Size, blob.Close
	}
	members, err := index(f, size, name, b, diags)
	if err != nil {
		return nil, done, err
	}
	manifests, err := open(func(member string) (io.ReadCloser, int64, error) {
		at, ok := members[member]
		if !ok {
			return nil, 0, fmt.Errorf("%s: %w", member, fs.ErrNotExist)
		}
		return io.NopCloser(io.NewSectionReader(f, at[0], at[1])), at[1], nil
	}, name, diags)
	return manifests, done, err
}

func expandTar(f io.ReaderAt, size int64, b *software.Budget) (*archive.Blob, error) {
	rc, err := archive.Decompress(io.NewSectionReader(f, 0, size), size, b)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	wide := *b
	wide.MaxFile *= spoolFiles
	return archive.Spool(rc, 0, &wide)
}

// index notes where the members of a tar lie. A tar that breaks off is told, and what is there is used.
func index(f io.ReaderAt, size int64, name string, b *software.Budget, diags *diag.List) (map[string][2]int64, error) {
	section := io.NewSectionReader(f, 0, size)
	t := tar.NewReader(section)
	members := map[string][2]int64{}
	links := map[string]string{}
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if len(members) == 0 {
				return nil, err
			}
			software.Report(diags, diag.Range{Path: name}, "image archive", err)
			break
		}
		if err := b.Entry(); err != nil {
			return nil, err
		}
		clean, ok := archive.Clean(h.Name)
		if !ok {
			diags.Skipf(diag.Range{Path: name}, "Path leaves the archive", "The entry %q climbs out of the archive and was left out; no tool that saves images writes such a name.", diag.Clip(h.Name, 80))
			continue
		}
		switch h.Typeflag {
		case tar.TypeReg:
			at, err := section.Seek(0, io.SeekCurrent)
			if err != nil {
				return nil, err
			}
			if h.Size > size-at {
				diags.Skipf(diag.Range{Path: name}, "Image archive breaks off", "The entry %s says that it has %d bytes, %d are there. Save the image anew.", diag.Clip(clean, 80), h.Size, size-at)
			}
			members[clean] = [2]int64{at, min(h.Size, size-at)}
		case tar.TypeSymlink: // docker save links a layer that two images share
			links[clean] = path.Join(path.Dir(clean), h.Linkname)
		case tar.TypeLink:
			links[clean], _ = archive.Clean(h.Linkname)
		}
	}
	for from, to := range links {
		if at, ok := members[to]; ok {
			members[from] = at
		}
	}
	return members, nil
}

// Layout finds the images of a directory in the layout of the OCI.
func Layout(o Opener, name string, diags *diag.List) ([]*Manifest, error) {
	return open(o, name, diags)
}

type opening struct {
	open  Opener
	name  string
	diags *diag.List
	out   []*Manifest
}

func open(o Opener, name string, diags *diag.List) ([]*Manifest, error) {
	op := &opening{open: o, name: name, diags: diags}
	saved, err := op.document("manifest.json")
	if err == nil {
		op.saved(saved)
		return op.out, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	layout, err := op.document("index.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoImage
	}
	if err != nil {
		return nil, err
	}
	op.manifests(layout, nil, 0)
	return op.out, nil
}

func (op *opening) bytes(member string) ([]byte, error) {
	rc, _, err := op.open(member)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, maxDocument+1))
	if err == nil && len(data) > maxDocument {
		err = fmt.Errorf("%s is over %d MB", member, maxDocument>>20)
	}
	return data, err
}

func (op *opening) document(member string) (*document.Node, error) {
	data, err := op.bytes(member)
	if err != nil {
		return nil, err
	}
	docs, problems := document.Parse(op.name+"!/"+member, data, document.Options{Noun: "image manifest"})
	if len(docs) == 0 {
		for _, p := range problems {
			return nil, errors.New(p.Summary + ": " + p.Detail)
		}
		return nil, fmt.Errorf("%s is empty", member)
	}
	return docs[0], nil
}

// saved reads manifest.json: a list of images with Config, RepoTags and Layers.
func (op *opening) saved(doc *document.Node) {
	for i, n := range doc.List() {
		if i == maxManifests {
			op.tooMany()
			return
		}
		m := &Manifest{Name: op.name}
		for _, t := range n.Get("RepoTags").List() {
			m.Names = append(m.Names, t.Str())
		}
		member := clean(n.Get("Config").Str())
		op.config(m, member)
		for _, l := range n.Get("Layers").List() {
			m.Layers = append(m.Layers, op.layer(clean(l.Str())))
		}
		op.out = append(op.out, m)
	}
	op.savedDigests()
}

// savedDigests adds the digests that index.json, which newer versions of docker save write too, has for the names.
func (op *opening) savedDigests() {
	doc, err := op.document("index.json")
	if err != nil {
		return
	}
	for _, n := range doc.Get("manifests").List() {
		name, digest := n.At("annotations", "io.containerd.image.name").Str(), n.Get("digest").Str()
		for _, m := range op.out {
			if digest != "" && slices.ContainsFunc(m.Names, func(t string) bool { return t != "" && (t == name || strings.HasSuffix(name, "/"+t)) }) {
				m.Digests = append(m.Digests, digest)
			}
		}
	}
}

func clean(member string) string {
	c, _ := archive.Clean(member)
	return c
}

func (op *opening) config(m *Manifest, member string) {
	data, err := op.bytes(member)
	if err != nil {
		op.diags.Skipf(diag.Range{Path: op.name}, "Image configuration not read", "The image names the configuration %s: %s. Save the image anew.", diag.Clip(member, 80), diag.Clip(err.Error(), 120))
		return
	}
	sum := sha256.Sum256(data)
	m.Config = data
	m.Digests = append(m.Digests, "sha256:"+hex.EncodeToString(sum[:]))
}

func (op *opening) layer(member string) Blob {
	return Blob{Name: member, Open: func() (io.ReadCloser, int64, error) { return op.open(member) }}
}

func (op *opening) tooMany() {
	op.diags.Skipf(diag.Range{Path: op.name}, "Limit reached", "More than %d images lie in one archive or layout; the rest was left out. Name fewer.", maxManifests)
}

// blobPath is where a layout keeps a blob: blobs/sha256/<hex>. A digest that is none gives "".
func blobPath(digest string) string {
	algorithm, sum, ok := strings.Cut(digest, ":")
	if !ok || strings.ContainsAny(sum+algorithm, "/\\.") || sum == "" || algorithm == "" {
		return ""
	}
	return "blobs/" + algorithm + "/" + sum
}

// from is what the indexes above a manifest tell of it.
type from struct{ names, digests []string }

// manifests reads an index: descriptors of manifests, or of further indexes for several platforms.
func (op *opening) manifests(index *document.Node, above *from, depth int) {
	if above == nil {
		above = &from{}
	}
	for _, d := range index.Get("manifests").List() {
		if len(op.out) >= maxManifests || depth > maxIndexDepth {
			op.tooMany()
			return
		}
		if d.At("annotations", "vnd.docker.reference.type").Str() != "" { // an attestation beside an image
			continue
		}
		digest := d.Get("digest").Str()
		here := &from{names: slices.Clone(above.names), digests: append(slices.Clone(above.digests), digest)}
		for _, key := range []string{"org.opencontainers.image.ref.name", "io.containerd.image.name"} {
			if name := d.At("annotations", key).Str(); name != "" && !slices.Contains(here.names, name) {
				here.names = append(here.names, name)
			}
		}
		doc, err := op.document(blobPath(digest))
		if err != nil {
			op.diags.Skipf(diag.Range{Path: op.name}, "Image manifest not read", "The layout names the manifest %s: %s. Copy the layout with all of its blobs.", diag.Clip(digest, 80), diag.Clip(err.Error(), 120))
			continue
		}
		if doc.Get("manifests").IsSet() {
			op.manifests(doc, here, depth+1)
			continue
		}
		op.manifest(doc, here)
	}
}

func (op *opening) manifest(doc *document.Node, at *from) {
	m := &Manifest{Name: op.name, Names: at.names, Digests: at.digests, BaseName: doc.At("annotations", "org.opencontainers.image.base.name").Str()}
	if typ := doc.At("config", "mediaType").Str(); typ != "" && !strings.Contains(typ, "image") {
		return // an artifact of another kind, such as a chart
	}
	op.config(m, blobPath(doc.At("config", "digest").Str()))
	for _, l := range doc.Get("layers").List() {
		m.Layers = append(m.Layers, op.layer(blobPath(l.Get("digest").Str())))
	}
	op.out = append(op.out, m)
}
