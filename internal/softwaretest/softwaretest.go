// Package softwaretest makes archives, container images and rpm databases for tests, so that none need be committed.
package softwaretest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// File is one entry of an archive, in the order given.
type File struct {
	Name string
	Data []byte
	// Link makes a link to the path: a symbolic one, or a hard one when Hard is set.
	Link string
	Hard bool
}

// Text is a file of text.
func Text(name, data string) File { return File{Name: name, Data: []byte(data)} }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Zip makes a zip.
func Zip(tb testing.TB, files ...File) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		e, err := w.Create(f.Name)
		must(tb, err)
		_, err = e.Write(f.Data)
		must(tb, err)
	}
	must(tb, w.Close())
	return b.Bytes()
}

// Tar makes a tar. A name that ends in a slash is a directory.
func Tar(tb testing.TB, files ...File) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.Name, Mode: 0o755, Size: int64(len(f.Data)), Typeflag: tar.TypeReg}
		switch {
		case f.Hard:
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, f.Link, 0
		case f.Link != "":
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, f.Link, 0
		case f.Name[len(f.Name)-1] == '/':
			h.Typeflag = tar.TypeDir
		}
		must(tb, w.WriteHeader(h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write(f.Data)
			must(tb, err)
		}
	}
	must(tb, w.Close())
	return b.Bytes()
}

// Gzip compresses.
func Gzip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	must(tb, err)
	must(tb, w.Close())
	return b.Bytes()
}

// Zstd compresses.
func Zstd(tb testing.TB, data []byte) []byte {
	tb.Helper()
	w, err := zstd.NewWriter(nil)
	must(tb, err)
	defer w.Close()
	return w.EncodeAll(data, nil)
}

// Digest is "sha256:…" of data.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Step is one entry of an image's history.
type Step struct {
	CreatedBy string `json:"created_by,omitempty"`
	Comment   string `json:"comment,omitempty"`
	Empty     bool   `json:"empty_layer,omitempty"`
}

// Image describes a container image to be made: layers are uncompressed tars.
type Image struct {
	Tags    []string
	Layers  [][]byte
	History []Step
	Env     []string
	Labels  map[string]string
}

// Config is the configuration of the image as JSON.
func (im Image) Config(tb testing.TB) []byte {
	tb.Helper()
	var digests []string
	for _, l := range im.Layers {
		digests = append(digests, Digest(l))
	}
	data, err := json.Marshal(map[string]any{
		"architecture": "arm64", "os": "linux",
		"config":  map[string]any{"Env": im.Env, "Labels": im.Labels},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": digests},
		"history": im.History,
	})
	must(tb, err)
	return data
}

// Save writes images as docker save does.
func Save(tb testing.TB, images ...Image) []byte {
	tb.Helper()
	var files []File
	var manifest []map[string]any
	for i, im := range images {
		config := fmt.Sprintf("%d.json", i)
		var layers []string
		for j, l := range im.Layers {
			name := fmt.Sprintf("%d-%d/layer.tar", i, j)
			layers = append(layers, name)
			files = append(files, File{Name: name, Data: l})
		}
		files = append(files, File{Name: config, Data: im.Config(tb)})
		manifest = append(manifest, map[string]any{"Config": config, "RepoTags": im.Tags, "Layers": layers})
	}
	data, err := json.Marshal(manifest)
	must(tb, err)
	return Tar(tb, append(files, File{Name: "manifest.json", Data: data})...)
}

// Layout returns the files of an OCI layout that holds an image, its layers compressed by compress.
func Layout(tb testing.TB, im Image, compress func(testing.TB, []byte) []byte) []File {
	tb.Helper()
	var files []File
	blob := func(data []byte) map[string]any {
		files = append(files, File{Name: "blobs/sha256/" + Digest(data)[len("sha256:"):], Data: data})
		return map[string]any{"digest": Digest(data), "size": len(data)}
	}
	config := blob(im.Config(tb))
	config["mediaType"] = "application/vnd.oci.image.config.v1+json"
	var layers []any
	for _, l := range im.Layers {
		layers = append(layers, blob(compress(tb, l)))
	}
	manifest, err := json.Marshal(map[string]any{"schemaVersion": 2, "config": config, "layers": layers})
	must(tb, err)
	entry := blob(manifest)
	if len(im.Tags) > 0 {
		entry["annotations"] = map[string]string{"org.opencontainers.image.ref.name": im.Tags[0]}
	}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []any{entry}})
	must(tb, err)
	return append(files, File{Name: "index.json", Data: index}, Text("oci-layout", `{"imageLayoutVersion":"1.0.0"}`))
}

// Write puts files below a directory.
func Write(tb testing.TB, dir string, files ...File) {
	tb.Helper()
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		must(tb, os.MkdirAll(filepath.Dir(name), 0o755))
		must(tb, os.WriteFile(name, f.Data, 0o644))
	}
}

// Header makes an rpm header of texts by tag; the epoch is a number under tag 1003 when it is not "".
func Header(texts map[uint32]string, epoch uint32) []byte {
	var index, data []byte
	entry := func(tag, typ uint32, value []byte) {
		for _, n := range []uint32{tag, typ, uint32(len(data)), 1} {
			index = binary.BigEndian.AppendUint32(index, n)
		}
		data = append(data, value...)
	}
	if epoch > 0 {
		entry(1003, 4, binary.BigEndian.AppendUint32(nil, epoch))
	}
	tags := make([]uint32, 0, len(texts))
	for tag := range texts {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	for _, tag := range tags {
		entry(tag, 6, append([]byte(texts[tag]), 0))
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(len(index)/16))
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	return append(append(out, index...), data...)
}

// RPM makes the header of a package.
func RPM(name, version, release, source string, epoch uint32) []byte {
	return Header(map[uint32]string{1000: name, 1001: version, 1002: release, 1022: "x86_64", 1044: source}, epoch)
}
