// Package shipped joins workloads with the software that was found: what of the inventory runs in which workload, and by
// which property that was told.
//
// Code is joined by path: a function's CodeUri, filename, archive source or CDK asset names a file or directory, and the
// artifact at that path, those inside of it, and what a directory's artifact holds below it are the workload's. An image is
// joined by what it is called: by digest, by name and tag, by its repository, or by the build context that it is made of. A
// bill of materials joins as the image that it says it describes. Nothing is joined by likeness.
//
// What a workload needs and the input does not hold is said: an answer about its libraries would be a guess.
//
//	software.Inventory, inventory.Index ── New ──▶ Linker ── Of(workload) ──▶ Shipment
package shipped

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/workload"
)

// How says by what a part was joined.
type How string

// The ways of joining, the strongest first.
const (
	ByDigest How = "image-digest"
	ByPath   How = "path"
	ByName   How = "image-name"
	// ByRepository is a name that agrees without its registry, or a repository of the input whose tag is unknown.
	ByRepository How = "image-repository"
	// ByBuild is the directory that an image is built from: the image itself holds more, its base at least.
	ByBuild How = "build-context"
	// ByLock is a lock file in a directory above the code, which names more than this one workload may use.
	ByLock How = "lock-file-above"
)

// Part is one piece of a workload's software.
type Part struct {
	// What says what it is for the workload: "code", "layer deps", "container api".
	What string
	How  How
	// Artifact is what was found; Within is the path inside of a directory's artifact, "" for all of it.
	Artifact *software.Artifact
	Within   string
	// Because is the property that names it, with its place.
	Because workload.Evidence
	// exact takes the packages of the directory Within alone, without those below it.
	exact bool
	// only, when set, is the one ecosystem whose packages the runtime can load.
	only string
}

// Packages are the packages of the part, in the artifact's order.
func (p *Part) Packages() []software.Package {
	if p.Within == "" && !p.exact {
		return p.Artifact.Packages
	}
	var out []software.Package
	for _, pkg := range p.Artifact.Packages {
		if p.holds(&pkg) {
			out = append(out, pkg)
		}
	}
	return out
}

func (p *Part) holds(pkg *software.Package) bool {
	place := pkg.Location.Path
	if p.only != "" && pkg.Ecosystem != p.only {
		return false
	}
	if p.exact {
		dir := path.Dir(place)
		return dir == p.Within || dir == "." && p.Within == ""
	}
	return place == p.Within || strings.HasPrefix(place, p.Within+"/") || strings.HasPrefix(place, p.Within+"!/")
}

// Missing is something that the workload runs and the input does not hold.
type Missing struct {
	// What is it for the workload: "code", "image of container api".
	What string
	// Why says it in one sentence.
	Why     string
	Because workload.Evidence
}

// Shipment is the software of one workload. Both lists are empty for a workload that runs none of the customer's.
type Shipment struct {
	// Workload is the workload's ID.
	Workload string
	Parts    []Part
	Missing  []Missing
}

// Linker joins workloads with an inventory of software. It is safe for concurrent use.
type Linker struct {
	ix        *inventory.Index
	artifacts []located
}

// located is an artifact with its absolute path and the references that it answers to.
type located struct {
	*software.Artifact
	abs  string
	refs []reference
}

// New makes a linker. ix is the index that workloads were found with; paths of both inventories are relative to the working
// directory, or absolute.
func New(inv *software.Inventory, ix *inventory.Index) *Linker {
	l := &Linker{ix: ix}
	for _, a := range inv.Artifacts {
		l.artifacts = append(l.artifacts, located{Artifact: a, abs: absolute(a.Path), refs: referencesOf(a)})
	}
	return l
}

func absolute(name string) string {
	abs, err := filepath.Abs(filepath.FromSlash(name))
	if err != nil {
		return name
	}
	return filepath.ToSlash(abs)
}

// Of finds the software of a workload.
func (l *Linker) Of(w *workload.Workload) *Shipment {
	s := &shipping{Linker: l, out: &Shipment{Workload: w.ID}}
	for _, r := range carriers(w) {
		s.resource(r)
	}
	return s.out
}

// carriers are the resources of a workload that may name software, the root first, each once. A resource that only hosts
// or configures it carries none.
func carriers(w *workload.Workload) []*inventory.Resource {
	var out []*inventory.Resource
	add := func(r *inventory.Resource) {
		if r != nil && !strings.HasPrefix(r.Type, "onus::") && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	add(w.Root)
	for _, role := range []string{"function", "taskDefinition", "jobDefinition", "pod", "model", "template"} {
		add(w.Parts[role].Resource)
	}
	return out
}

// shipping is the work for one workload.
type shipping struct {
	*Linker
	out *Shipment
}

func (s *shipping) resource(r *inventory.Resource) {
	before := len(s.out.Parts)
	s.assets(r, "code")
	code := len(s.out.Parts) > before
	var built *Part
	for i := before; i < len(s.out.Parts) && built == nil; i++ {
		if s.out.Parts[i].How == ByBuild {
			built = &s.out.Parts[i]
		}
	}
	images := s.images(r, built)
	if r.Type != typeFunction {
		return
	}
	s.uploaded(r, &code)
	if _, inline := r.Get("Code.ZipFile").Text(); !code && !images && !inline && len(r.Assets) == 0 {
		s.missing("code", fmt.Sprintf("The code of %s is not in the input: nothing in the configuration leads to a file.", r.Address), codeEvidence(r))
	}
	s.layers(r)
}

const (
	typeFunction = "AWS::Lambda::Function"
	typeLayer    = "AWS::Lambda::LayerVersion"
	typeObject   = "AWS::S3::Object"
	typeECR      = "AWS::ECR::Repository"
	imageKind    = "image"
)

// codeEvidence is the property of a function that says where its code is.
func codeEvidence(r *inventory.Resource) workload.Evidence {
	for _, name := range []string{"Code.LocalPath", "Code.S3Key", "Code.ImageUri"} {
		if v := r.Get(name); !v.IsNull() {
			return workload.Evidence{Property: r.Type + "." + name, Value: v}
		}
	}
	return workload.Evidence{Property: r.Type + ".Code", Value: inventory.NullValue(r.Origin)}
}

func (s *shipping) missing(what, why string, because workload.Evidence) {
	s.out.Missing = append(s.out.Missing, Missing{What: what, Why: why, Because: because})
}

// add keeps a part once.
func (s *shipping) add(p Part) {
	same := func(q Part) bool {
		return q.Artifact == p.Artifact && q.Within == p.Within && q.What == p.What && q.exact == p.exact
	}
	if !slices.ContainsFunc(s.out.Parts, same) {
		s.out.Parts = append(s.out.Parts, p)
	}
}

// assets joins the files that a resource is made from. One that was found is enough: a source directory stands for the zip
// that a build makes of it.
func (s *shipping) assets(r *inventory.Resource, what string) {
	found := false
	for _, a := range r.Assets {
		found = s.file(r, a, what) || found
	}
	for i := 0; i < len(r.Assets) && !found; i++ {
		found = s.lockAbove(r, r.Assets[i], what)
	}
	if found || len(r.Assets) == 0 {
		return
	}
	a := r.Assets[0]
	why := fmt.Sprintf("The %s of %s is not in the input: nothing at %s names a package, and no lock file lies above it.", what, r.Address, a.Path)
	if !s.covers(a.Path) {
		why = fmt.Sprintf("The %s of %s is not in the input: %s lies outside of the paths that were given.", what, r.Address, a.Path)
	}
	s.missing(what, why, assetEvidence(r, a))
}

func assetEvidence(r *inventory.Resource, a inventory.Asset) workload.Evidence {
	name := ".Code"
	if a.Kind == imageKind {
		name = ".Image"
	}
	at := a.At
	if at == (diag.Range{}) {
		at = r.Origin
	}
	return workload.Evidence{Property: r.Type + name, Value: inventory.StringValue(a.Path, at)}
}

func (s *shipping) covers(name string) bool {
	abs := absolute(name)
	return slices.ContainsFunc(s.artifacts, func(a located) bool { return a.Kind == software.Directory && under(abs, a.abs) })
}

func under(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// file joins what lies at the path of an asset: the artifact there, those inside, and what a directory's artifact holds.
func (s *shipping) file(r *inventory.Resource, asset inventory.Asset, what string) bool {
	abs := absolute(asset.Path)
	how := ByPath
	if asset.Kind == imageKind {
		how = ByBuild
	}
	part := Part{What: what, How: how, Because: assetEvidence(r, asset)}
	found := false
	for _, a := range s.artifacts {
		part.Artifact, part.Within = a.Artifact, ""
		switch {
		case a.abs == abs, a.Kind != software.Directory && under(a.abs, abs):
			if a.Kind == software.Directory && len(a.Packages) == 0 {
				continue
			}
		case a.Kind == software.Directory && under(abs, a.abs):
			part.Within = strings.TrimPrefix(strings.TrimPrefix(abs, a.abs), "/")
			if !slices.ContainsFunc(a.Packages, func(p software.Package) bool { return part.holds(&p) }) {
				continue
			}
		default:
			continue
		}
		s.add(part)
		found = true
	}
	return found
}

// lockAbove joins the packages of the nearest directory above the code that holds some itself.
func (s *shipping) lockAbove(r *inventory.Resource, asset inventory.Asset, what string) bool {
	if asset.Kind == imageKind {
		return false
	}
	abs, only := absolute(asset.Path), ecosystemOf(r)
	for _, a := range s.artifacts {
		if a.Kind != software.Directory || !under(abs, a.abs) {
			continue
		}
		for dir := path.Dir(abs); under(dir, a.abs); dir = path.Dir(dir) {
			part := Part{What: what, How: ByLock, Artifact: a.Artifact, Because: assetEvidence(r, asset), exact: true, only: only}
			part.Within = strings.TrimPrefix(strings.TrimPrefix(dir, a.abs), "/")
			if slices.ContainsFunc(a.Packages, func(p software.Package) bool { return part.holds(&p) }) {
				s.add(part)
				return true
			}
			if dir == path.Dir(dir) {
				break
			}
		}
	}
	return false
}

// runtimeEcosystems are the ecosystems of Lambda's runtimes by the beginning of their names. A lock file above the code may
// be that of the program which deploys it, in another language.
var runtimeEcosystems = []struct{ runtime, ecosystem string }{
	{"nodejs", software.NPM}, {"python", software.PyPI}, {"java", software.Maven}, {"ruby", software.RubyGems}, {"dotnet", software.NuGet}, {"go", software.Go},
}

// ecosystemOf is the ecosystem of a function's runtime, "" when it is not known or takes any.
func ecosystemOf(r *inventory.Resource) string {
	runtime, _ := r.Get("Runtime").Text()
	for _, e := range runtimeEcosystems {
		if strings.HasPrefix(runtime, e.runtime) {
			return e.ecosystem
		}
	}
	return ""
}

// uploaded joins code in S3 that an object of the input uploads under the same key.
func (s *shipping) uploaded(r *inventory.Resource, code *bool) {
	key, ok := r.Get("Code.S3Key").Text()
	if !ok || *code {
		return
	}
	bucket, bucketKnown := r.Get("Code.S3Bucket").Text()
	for _, o := range s.ix.OfType(typeObject) {
		k, _ := o.Get("Key").Text()
		b, known := o.Get("Bucket").Text()
		if o.Scope != r.Scope || k != key || known && bucketKnown && b != bucket {
			continue
		}
		for _, a := range o.Assets {
			*code = s.file(r, a, "code") || *code
		}
	}
}

// layers joins the layers of a function that are of the input, and names those that are not.
func (s *shipping) layers(r *inventory.Resource) {
	for _, v := range r.Get("Layers").List() {
		layers := s.ix.FollowType(r, v, typeLayer)
		for _, l := range layers {
			s.assets(l, "layer "+l.Name)
		}
		if text, ok := v.Text(); ok && len(layers) == 0 {
			s.missing("layer", fmt.Sprintf("The layer %s of %s is not in the input: its content is another account's or stack's.", diag.Clip(text, 120), r.Address),
				workload.Evidence{Property: r.Type + ".Layers", Value: v})
		}
	}
}
