package cdk

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/cloudformation"
	"github.com/onus-dev/onus/vocabulary"
)

// The types of artifacts that matter. Others (cdk:tree, cdk:feature-flag-report) hold nothing to deploy.
const (
	stackArtifact    = "aws:cloudformation:stack"
	assetsArtifact   = "cdk:asset-manifest"
	assemblyArtifact = "cdk:cloud-assembly"
)

// The bounds of one call of Read, far above what an app deploys.
const (
	maxNesting    = 8     // assemblies inside assemblies
	maxAssemblies = 500   // assemblies, all together
	maxStacks     = 2_000 // templates of stacks, all together
	maxAssets     = 50_000
)

// Read reads the cloud assembly in the directory dir, a display path, with everything nested in it. Params in opts are
// those of every stack; pseudo parameters that opts leaves out come from each stack's environment; Scope, Assets and
// Construct of opts are set here. used are the files that are part of the answer, in order: manifests, asset manifests
// and templates, which must not be read again as templates of their own. Every problem is a diagnostic.
func Read(files cloudformation.Files, dir string, opts cloudformation.Options) (inv *inventory.Inventory, used []string) {
	r := &reader{files: files, opts: opts, inv: &inventory.Inventory{}, used: map[string]bool{}, assets: map[string]inventory.Asset{}}
	if r.opts.Types == nil {
		r.opts.Types = vocabulary.Load()
	}
	r.inv.Roots = []inventory.Root{{Path: dir, Form: Form}}
	r.assembly(dir, 0)
	for name := range r.used {
		used = append(used, name)
	}
	slices.Sort(used)
	return r.inv, used
}

// reader is what all assemblies of one call of Read share.
type reader struct {
	files cloudformation.Files
	opts  cloudformation.Options
	inv   *inventory.Inventory
	// used are the files read; a file is read once, whatever names it.
	used map[string]bool
	// assets are the staged files by content hash; a nested assembly may use those of the one around it.
	assets             map[string]inventory.Asset
	assemblies, stacks int
}

// assembly is one directory with a manifest.
type assembly struct {
	*reader
	dir, manifest string
	// hasManifest is set when an asset manifest tells of them.
	hasManifest bool
}

// assembly reads one assembly and those nested in it.
func (r *reader) assembly(dir string, depth int) {
	a := &assembly{reader: r, dir: dir, manifest: path.Join(dir, Manifest)}
	r.assemblies++
	doc := r.parse(a.manifest, "manifest")
	if doc == nil {
		return
	}
	artifacts := doc.Get("artifacts")
	if artifacts == nil || artifacts.Kind != document.Map {
		r.inv.Diags.Errorf(doc.In(a.manifest), "Manifest without artifacts", "The manifest of a cloud assembly has a map `artifacts`; this one has none. Run `cdk synth` again.")
		return
	}
	for _, f := range artifacts.Fields {
		a.hasManifest = a.hasManifest || f.Value.Get("type").Str() == assetsArtifact
	}
	for _, f := range artifacts.Fields {
		a.collectAssets(f.Value)
	}
	for _, f := range artifacts.Fields {
		switch f.Value.Get("type").Str() {
		case stackArtifact:
			a.stack(f)
		case assemblyArtifact:
			a.nested(f, depth)
		}
	}
}

// parse reads a JSON file of the assembly; nil, with a diagnostic, when it could not be read or was read before.
func (r *reader) parse(file, noun string) *document.Node {
	data, ok := r.open(file, diag.Range{Path: file}, noun)
	if !ok {
		return nil
	}
	docs, problems := document.Parse(file, data, document.Options{Noun: noun})
	r.inv.Diags = append(r.inv.Diags, problems...)
	if len(docs) == 0 {
		return nil
	}
	if docs[0].Kind != document.Map {
		r.inv.Diags.Errorf(docs[0].In(file), "Not a "+noun, "The file is to be a map; this is %s. Run `cdk synth` again.", docs[0].Kind)
		return nil
	}
	return docs[0]
}

// open reads a file that was not read yet; at is where it is named.
func (r *reader) open(file string, at diag.Range, noun string) ([]byte, bool) {
	if r.used[file] {
		return nil, false
	}
	data, err := r.files.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.inv.Diags.Skipf(at, "Part of a CDK assembly not found", "The %s %s is not there. What it holds is not in the answer; run `cdk synth` again.", noun, diag.Clip(file, maxClip))
		return nil, false
	case err != nil:
		r.inv.Diags.Skipf(at, "Part of a CDK assembly not read", "The %s %s could not be opened: %s.", noun, diag.Clip(file, maxClip), diag.Clip(err.Error(), maxClip))
		return nil, false
	}
	r.used[file] = true
	return data, true
}

// nested reads the assembly of a stage.
func (a *assembly) nested(f document.Field, depth int) {
	name := f.Value.At("properties", "directoryName")
	at := name.In(a.manifest)
	switch {
	case name.Str() == "":
		a.inv.Diags.Skipf(f.Value.In(a.manifest), "Nested assembly without a directory", "The artifact %s has no properties.directoryName. It is left out.", diag.Clip(f.Name, maxClip))
	case depth+1 >= maxNesting:
		a.inv.Diags.Errorf(at, "Assemblies nested too deeply", "Assemblies are read %d deep; %s is left out.", maxNesting, diag.Clip(f.Name, maxClip))
	case a.assemblies >= maxAssemblies:
		a.inv.Diags.Errorf(at, "Too many assemblies", "At most %d assemblies are read; %s is left out.", maxAssemblies, diag.Clip(f.Name, maxClip))
	case a.used[path.Join(a.dir, name.Str(), Manifest)]:
		a.inv.Diags.Errorf(at, "Assembly named twice", "%s is %s, which is read already. It is not read again.", diag.Clip(f.Name, maxClip), diag.Clip(name.Str(), maxClip))
	default:
		a.reader.assembly(path.Join(a.dir, name.Str()), depth+1)
	}
}

// stack reads the template of one stack.
func (a *assembly) stack(f document.Field) {
	name := f.Value.At("properties", "templateFile")
	if name.Str() == "" {
		a.inv.Diags.Skipf(f.Value.In(a.manifest), "Stack without a template", "The artifact %s has no properties.templateFile. It is left out.", diag.Clip(f.Name, maxClip))
		return
	}
	if a.stacks++; a.stacks > maxStacks {
		a.inv.Diags.Errorf(name.In(a.manifest), "Too many stacks", "At most %d stacks of an assembly are read; %s is left out.", maxStacks, diag.Clip(f.Name, maxClip))
		return
	}
	file := path.Join(a.dir, name.Str())
	data, ok := a.open(file, name.In(a.manifest), "template of the stack "+diag.Clip(f.Name, maxClip))
	if !ok {
		return
	}
	opts := a.opts
	opts.Scope, opts.Assets = "", a.assets
	opts.Construct = displayName(f)
	opts.Pseudo = environment(f.Value.Get("environment").Str(), a.opts.Pseudo)
	inv, nested := cloudformation.Read(file, data, a.files, opts)
	inv.Roots = nil
	a.inv.Merge(inv)
	for _, n := range nested {
		a.used[n] = true
	}
}

// displayName is the construct path of a stack.
func displayName(f document.Field) string {
	if name := f.Value.Get("displayName").Str(); name != "" {
		return name
	}
	return f.Name
}

// environment adds the account and region of "aws://account/region" to the pseudo parameters; either may be unknown.
func environment(env string, given map[string]string) map[string]string {
	account, region, _ := strings.Cut(strings.TrimPrefix(env, "aws://"), "/")
	pseudo := make(map[string]string, len(given)+2)
	if account != "" && account != "unknown-account" {
		pseudo["AWS::AccountId"] = account
	}
	if region != "" && region != "unknown-region" {
		pseudo["AWS::Region"] = region
	}
	for name, value := range given {
		pseudo[name] = value
	}
	return pseudo
}
