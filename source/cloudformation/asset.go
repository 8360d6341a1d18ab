package cloudformation

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// The kinds of inventory.Asset.
const (
	codeAsset  = "code"
	imageAsset = "image"
)

// place is a property that says where something to deploy comes from.
type place struct {
	// path leads to it, through lists too.
	path []string
	// bucket and key are the members of a location in S3. Where there is a key and no bucket, the key is the local path
	// that `sam build` and `aws cloudformation package` upload. Empty means that the property is a text.
	bucket, key string
}

// places are the properties that `aws cloudformation package`, `sam build` or `cdk synth` stage local files for.
var places = map[string][]place{
	"AWS::Lambda::Function":                     {{[]string{"Code"}, "S3Bucket", "S3Key"}, {[]string{"Code", "ImageUri"}, "", ""}},
	"AWS::Lambda::LayerVersion":                 {{[]string{"Content"}, "S3Bucket", "S3Key"}},
	"AWS::StepFunctions::StateMachine":          {{[]string{"DefinitionS3Location"}, "Bucket", "Key"}},
	"AWS::ApiGateway::RestApi":                  {{[]string{"BodyS3Location"}, "Bucket", "Key"}},
	"AWS::ApiGatewayV2::Api":                    {{[]string{"BodyS3Location"}, "Bucket", "Key"}},
	"AWS::AppSync::GraphQLSchema":               {{[]string{"DefinitionS3Location"}, "", ""}},
	"AWS::AppSync::FunctionConfiguration":       {{[]string{"CodeS3Location"}, "", ""}},
	"AWS::AppSync::Resolver":                    {{[]string{"CodeS3Location"}, "", ""}},
	"AWS::ElasticBeanstalk::ApplicationVersion": {{[]string{"SourceBundle"}, "S3Bucket", "S3Key"}},
	"AWS::Glue::Job":                            {{[]string{"Command", "ScriptLocation"}, "", ""}},
	"AWS::Synthetics::Canary":                   {{[]string{"Code"}, "S3Bucket", "S3Key"}},
	"AWS::ECS::TaskDefinition":                  {{[]string{"ContainerDefinitions", "Image"}, "", ""}},
	"AWS::ECS::ExpressGatewayService":           {{[]string{"PrimaryContainer", "Image"}, "", ""}},
	"AWS::Batch::JobDefinition":                 {{[]string{"ContainerProperties", "Image"}, "", ""}, {[]string{"EcsProperties", "TaskProperties", "Containers", "Image"}, "", ""}},
	"AWS::AppRunner::Service":                   {{[]string{"SourceConfiguration", "ImageRepository", "ImageIdentifier"}, "", ""}},
	"AWS::CodeBuild::Project":                   {{[]string{"Environment", "Image"}, "", ""}, {[]string{"Source", "Location"}, "", ""}},
	"AWS::SageMaker::Model":                     {{[]string{"PrimaryContainer", "Image"}, "", ""}, {[]string{"Containers", "Image"}, "", ""}},
}

// assets returns the local files that a resource is made from, each once, in the order of its properties.
func (t *template) assets(d *declaration) []inventory.Asset {
	if d.typ == stackType {
		return nil
	}
	var out []inventory.Asset
	add := func(a inventory.Asset, ok bool) {
		same := func(b inventory.Asset) bool { return b.Kind == a.Kind && b.Path == a.Path }
		if ok && !slices.ContainsFunc(out, same) {
			out = append(out, a)
		}
	}
	add(t.metadataAsset(d))
	for _, p := range places[d.typ] {
		for _, n := range nodesAt(d.props, p.path) {
			if a, ok := t.hashedAsset(n); ok {
				add(a, true)
				continue
			}
			add(t.localAsset(d, n, p))
		}
	}
	return out
}

// nodesAt follows names through maps and lists.
func nodesAt(n *node, names []string) []*node {
	if n == nil {
		return nil
	}
	if n.Kind == document.List {
		var out []*node
		for _, item := range n.Items {
			out = append(out, nodesAt(item, names)...)
		}
		return out
	}
	if len(names) == 0 {
		return []*node{n}
	}
	return nodesAt(n.Get(names[0]), names[1:])
}

// metadataAsset is what the Metadata of a resource says: CDK writes aws:asset:path, SAM the build of an image.
func (t *template) metadataAsset(d *declaration) (inventory.Asset, bool) {
	meta := d.raw.Get("Metadata")
	if n := meta.Get("aws:asset:path"); n.Str() != "" {
		kind := codeAsset
		if meta.Get("aws:asset:dockerfile-path").IsSet() {
			kind = imageAsset
		}
		return inventory.Asset{Kind: kind, Path: t.localPath(n.Str()), At: t.at(n)}, true
	}
	if n := meta.Get("DockerContext"); n.Str() != "" && d.props.Get("PackageType").Str() == "Image" {
		return inventory.Asset{Kind: imageAsset, Path: t.localPath(n.Str()), At: t.at(n)}, true
	}
	return inventory.Asset{}, false
}

// localAsset is a path on disk in place of a location in S3.
func (t *template) localAsset(d *declaration, n *node, p place) (inventory.Asset, bool) {
	if p.key != "" && n.Kind == document.Map && !n.Get(p.bucket).IsSet() {
		n = n.Get(p.key)
	}
	text, ok := n.Scalar()
	last := p.path[len(p.path)-1]
	remote := strings.Contains(text, "://") || strings.HasPrefix(text, "arn:") || strings.Contains(text, "${") || strings.Contains(text, "{{resolve:")
	if !ok || text == "" || remote || last == "Image" || last == "ImageUri" || last == "ImageIdentifier" || d.typ == "AWS::CodeBuild::Project" {
		return inventory.Asset{}, false
	}
	return inventory.Asset{Kind: codeAsset, Path: t.localPath(text), At: t.at(n)}, true
}

// localPath makes a path that is written in the template a path as the run names its files.
func (t *template) localPath(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return t.relative(name)
}

// contentHash is how staged files are named in keys, image tags and the names of legacy parameters.
var contentHash = regexp.MustCompile(`[0-9a-f]{32,128}`)

// maxHashed bounds how many nodes of one property are searched for a hash.
const maxHashed = 1_000

// hashedAsset finds the staged file whose hash stands in one of the texts of n.
func (t *template) hashedAsset(n *node) (inventory.Asset, bool) {
	if len(t.opts.Assets) == 0 {
		return inventory.Asset{}, false
	}
	left := maxHashed
	return t.hashIn(n, &left)
}

func (t *template) hashIn(n *node, left *int) (inventory.Asset, bool) {
	if *left--; n == nil || *left < 0 || len(n.Text) > 4096 {
		return inventory.Asset{}, false
	}
	for _, hash := range contentHash.FindAllString(n.Text, 8) {
		if a, ok := t.opts.Assets[hash]; ok {
			a.At = t.at(n)
			return a, true
		}
	}
	for _, item := range n.Items {
		if a, ok := t.hashIn(item, left); ok {
			return a, true
		}
	}
	for _, f := range n.Fields {
		if a, ok := t.hashIn(f.Value, left); ok {
			return a, true
		}
	}
	return inventory.Asset{}, false
}

// stackFile returns the path of the local template of a nested stack, or why there is none. CDK names the file in the
// metadata; else the hash in the URL tells; else the URL itself must match a file.
func (t *template) stackFile(d *declaration, location inventory.Value) (file, why string) {
	if name := d.raw.At("Metadata", "aws:asset:path").Str(); name != "" && t.files != nil && !path.IsAbs(name) {
		if doc, _ := t.open(t.relative(name)); doc != nil {
			return t.relative(name), ""
		}
	}
	if a, ok := t.hashedAsset(d.props.Get("TemplateURL")); ok && t.files != nil {
		return a.Path, ""
	}
	return t.templateFile(shown(location), location.IsUnknown())
}

// readDefinition puts the definition of a state machine that lies in a local file into the resource, each part placed
// in that file. A file that is not there yet is no problem: it may be built.
func (t *template) readDefinition(r *inventory.Resource) {
	if r.Type != "AWS::StepFunctions::StateMachine" || t.files == nil || !r.Get("Definition").IsNull() || !r.Get("DefinitionString").IsNull() {
		return
	}
	for _, a := range r.Assets {
		if !slices.Contains([]string{".json", ".yaml", ".yml", ".asl"}, path.Ext(a.Path)) || t.templates >= maxTemplates {
			continue
		}
		t.templates++
		data, err := t.files.ReadFile(a.Path)
		if err != nil {
			continue
		}
		docs, problems := document.Parse(a.Path, data, document.Options{Noun: "definition"})
		if len(docs) == 0 || docs[0].Kind != document.Map {
			t.warnf(a.At, "Definition not read", "The definition of %s in %s is no JSON or YAML object (%s). The state machine is answered without it.", diag.Clip(r.Address, maxClip), diag.Clip(a.Path, maxClip), diag.Clip(firstDetail(problems), maxClip))
			continue
		}
		budget := document.NewBudget(max(t.left, 0))
		definition := docs[0].Value(a.Path, nil, budget)
		t.left -= sizeOf(definition)
		if at, over := budget.Exceeded(); over {
			t.left = -1
			t.spend(0, at)
		}
		props := append(slices.Clone(r.Properties.Properties()), inventory.Property{Name: "Definition", Value: definition})
		r.Properties = inventory.MapValue(props, r.Properties.Origin()).WithMeta(r.Properties.Meta())
		return
	}
}

func firstDetail(problems diag.List) string {
	for _, p := range problems {
		return p.Summary
	}
	return "another kind of value"
}

// sizeOf counts the values in v.
func sizeOf(v inventory.Value) int {
	n := 1
	for _, item := range v.List() {
		n += sizeOf(item)
	}
	for _, p := range v.Properties() {
		n += sizeOf(p.Value)
	}
	return n
}

var (
	idHash   = regexp.MustCompile(`[0-9A-F]{8}$`)
	uuidHash = regexp.MustCompile(`[0-9a-f]{32}$`)
)

// shortName is the name of a resource that has none of its own: the logical id, or where CDK made that from a construct
// path and a hash, the last parts of the path that say something ("Api/Handler", not "ApiHandler5E7490E8").
func (t *template) shortName(d *declaration) string {
	full := d.raw.At("Metadata", "aws:cdk:path").Str()
	if full == "" || !idHash.MatchString(d.id) {
		return d.id
	}
	rest, ok := strings.CutPrefix(full, t.opts.Construct+"/")
	if !ok || t.opts.Construct == "" {
		_, rest, _ = strings.Cut(full, "/")
	}
	var parts []string
	for _, p := range strings.Split(rest, "/") {
		p = strings.TrimSuffix(strings.TrimSuffix(uuidHash.ReplaceAllString(p, ""), ".NestedStackResource"), ".NestedStack")
		if p != "" && p != "Resource" && p != "Default" && (len(parts) == 0 || parts[len(parts)-1] != p) {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return d.id
	}
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
