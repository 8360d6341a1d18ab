package cdk

import (
	"errors"
	"io/fs"
	"path"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// collectAssets notes the staged files that an artifact tells of: an asset manifest, or with the legacy synthesizer the
// metadata of a stack, in the manifest or in a file of its own.
func (a *assembly) collectAssets(artifact *document.Node) {
	switch artifact.Get("type").Str() {
	case assetsArtifact:
		if file := artifact.At("properties", "file").Str(); file != "" {
			a.assetManifest(path.Join(a.dir, file))
		}
	case stackArtifact:
		a.legacyAssets(artifact.Get("metadata"))
		if file := artifact.Get("additionalMetadataFile").Str(); file != "" && !a.hasManifest {
			doc, _ := a.optional(path.Join(a.dir, file), "metadata")
			a.legacyAssets(doc)
		}
	}
}

// optional reads a file without which nothing of the stacks is missing, only the way from their code to the directory
// that it comes from. ok is false when it was read before or could not be, which is a warning.
func (a *assembly) optional(file, noun string) (doc *document.Node, ok bool) {
	if a.used[file] {
		return nil, false
	}
	data, err := a.files.ReadFile(file)
	if err != nil {
		why := diag.Clip(err.Error(), maxClip)
		if errors.Is(err, fs.ErrNotExist) {
			why = "no such file is on disk"
		}
		a.inv.Diags.Warnf(diag.Range{Path: file}, "Assets not linked", "The %s could not be opened (%s), so that code and images of the stacks are not linked to files.", noun, why)
		return nil, false
	}
	a.used[file] = true
	docs, problems := document.Parse(file, data, document.Options{Noun: noun})
	if len(docs) == 0 {
		for _, p := range problems {
			a.inv.Diags.Warnf(p.Range, "Assets not linked", "The %s could not be read (%s), so that code and images of the stacks are not linked to files.", noun, p.Summary)
		}
		return nil, false
	}
	return docs[0], true
}

// assetManifest reads <stack>.assets.json: files{hash: source.path} and dockerImages{hash: source.directory}.
func (a *assembly) assetManifest(file string) {
	doc, ok := a.optional(file, "asset manifest")
	if !ok {
		return
	}
	for _, f := range fields(doc.Get("files")) {
		a.note(f.Name, "code", f.Value.At("source", "path").Str(), path.Dir(file))
	}
	for _, f := range fields(doc.Get("dockerImages")) {
		a.note(f.Name, "image", f.Value.At("source", "directory").Str(), path.Dir(file))
	}
}

// note keeps an asset under its content hash. An asset that a command makes has no path, and is left out.
func (a *assembly) note(hash, kind, source, dir string) {
	if source == "" || len(a.assets) >= maxAssets {
		return
	}
	full := path.Join(dir, source)
	if path.IsAbs(source) {
		full = path.Clean(source)
	}
	a.assets[hash] = inventory.Asset{Kind: kind, Path: full}
}

// legacyAssets reads the entries "aws:cdk:asset" of a stack's metadata.
func (a *assembly) legacyAssets(metadata *document.Node) {
	for _, f := range fields(metadata) {
		for _, entry := range f.Value.List() {
			if entry.Get("type").Str() != "aws:cdk:asset" {
				continue
			}
			data := entry.Get("data")
			kind := "code"
			if data.Get("packaging").Str() == "container-image" {
				kind = "image"
			}
			for _, id := range []string{"sourceHash", "imageTag", "id"} {
				if name := data.Get(id).Str(); name != "" {
					a.note(name, kind, data.Get("path").Str(), a.dir)
				}
			}
		}
	}
}

func fields(n *document.Node) []document.Field {
	if n == nil {
		return nil
	}
	return n.Fields
}
