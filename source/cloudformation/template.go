package cloudformation

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// template is one template being read: the top one or a nested one.
type template struct {
	*reader
	path string
	doc  *node
	// prefix comes before logical ids in addresses: "Network/" inside the stack Network.
	prefix string
	// chain are the paths of the templates around this one, itself last.
	chain []string
	// given are the parameter values handed down: nil in the top template.
	given map[string]inventory.Value
	// handed is the value of the whole Parameters property of the stack; it matters when it is unknown.
	handed inventory.Value
	// maybe are the steps that decide whether the whole nested template exists.
	maybe []inventory.Step

	declarations []*declaration
	byID         map[string]*declaration
	// alias maps the dotted names that SAM lets a template refer to ("Function.Alias") to logical ids.
	alias map[string]string
	// loops are the identifiers of loops over collections that are unknown.
	loops map[string][]inventory.Step
	// macros is set when a macro that cannot be run may change anything.
	macros bool

	params     map[string]inventory.Value
	conditions map[string]*node
	verdicts   map[string]*verdict
	children   map[string]*template
	outputs    map[string]inventory.Value
	outputOpen map[string]bool
	// declaredOutputs are the outputs as written, loops unrolled; nil until one is asked for.
	declaredOutputs map[string]*node
}

// declaration is a resource as written, or as a transform generates it.
type declaration struct {
	id string
	// typ is the CloudFormation type, source the type as written.
	typ, source string
	// from is where it is declared.
	from  *node
	props *node
	// raw is the whole resource as written, nil for a generated one.
	raw *node
	// condition is the name of its condition, empty without one.
	condition string
	// many is set inside a loop over an unknown collection.
	many bool
}

func newTemplate(r *reader, file string, doc *node) *template {
	return &template{
		reader: r, path: file, doc: doc, chain: []string{file},
		byID: map[string]*declaration{}, alias: map[string]string{}, loops: map[string][]inventory.Step{},
		params: map[string]inventory.Value{}, conditions: map[string]*node{}, verdicts: map[string]*verdict{},
		children: map[string]*template{}, outputs: map[string]inventory.Value{}, outputOpen: map[string]bool{},
	}
}

// readAll reads the resources of the template and of everything nested in it into the inventory.
func (t *template) readAll() {
	t.prepare()
	t.readResources()
}

// prepare reads everything but the resources' properties. It is done before the first value is made.
func (t *template) prepare() {
	sam := t.transforms()
	t.includeSections()
	for _, f := range t.expand(t.section("Conditions")) {
		t.conditions[f.Name] = f.Value
	}
	t.declare()
	for _, d := range t.declarations {
		t.byID[d.id] = d
	}
	if sam || t.usesSAM() {
		t.expandSAM()
	}
	for _, d := range t.declarations {
		t.byID[d.id] = d
	}
	t.checkParams()
}

// section returns a top-level map, with a diagnostic when it has another shape.
func (t *template) section(name string) *node {
	n := t.doc.Get(name)
	if !n.IsSet() {
		return nil
	}
	if n.Kind != document.Map {
		t.errorf(t.at(n), "Section has the wrong shape", "%s is a map from names; this is %s. The section is left out.", name, n.Kind)
		return nil
	}
	return n
}

// known transforms are run here, or change nothing that matters to who holds a duty.
var harmlessTransforms = []string{
	"AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-2020-07-23",
	"AWS::SecretsManager-2024-09-16", "AWS::ServiceCatalog", "AWS::CodeStar",
}

const (
	samTransform     = "AWS::Serverless-2016-10-31"
	includeTransform = "AWS::Include"
)

// transforms reports whether the template asks for the SAM transform, and names the macros that are not run.
func (t *template) transforms() (sam bool) {
	for _, n := range t.doc.Get("Transform").List() {
		name := n.Str()
		if n.Kind == document.Map {
			name = n.Get("Name").Str()
		}
		switch {
		case name == samTransform:
			sam = true
		case slices.Contains(harmlessTransforms, name), name == includeTransform:
		case name == "":
			t.errorf(t.at(n), "Transform without a name", "A transform is the name of a macro, or a map with Name and Parameters.")
		default:
			t.macros = true
			t.skipf(t.at(n), "Macro not run", "The macro %s runs in the account where the template is deployed and may add or change resources. The template is answered as written.", diag.Clip(name, maxClip))
		}
	}
	return sam
}

// declare lists the resources as written.
func (t *template) declare() {
	resources := t.doc.Get("Resources")
	if !resources.IsSet() {
		t.errorf(diag.Range{Path: t.path}, "Template without resources", "A template has a Resources section with at least one resource; this one has none.")
		return
	}
	for _, f := range t.expand(t.section("Resources")) {
		t.declareOne(f)
	}
}

func (t *template) declareOne(f field) {
	from := &node{Line: f.Line, Col: f.Col}
	if f.Name == "Fn::Transform" {
		t.macros = true
		t.skipf(t.at(from), "Include not read", "The resources that this transform adds are not in the answer.")
		return
	}
	if f.Value == nil || f.Value.Kind != document.Map {
		t.errorf(t.at(from), "Resource has the wrong shape", "%s is to be a map with Type and Properties; this is %s. It is left out.", diag.Clip(f.Name, maxClip), kindOf(f.Value))
		return
	}
	if f.Name == "" {
		t.errorf(t.at(from), "Resource without a name", "The logical id is empty. The resource is left out.")
		return
	}
	typ, ok := f.Value.Get("Type").Scalar()
	if !ok || typ == "" {
		t.errorf(t.at(from), "Resource without a type", "%s has no Type, such as AWS::S3::Bucket. It is left out.", diag.Clip(f.Name, maxClip))
		return
	}
	d := &declaration{id: f.Name, typ: typ, source: typ, from: from, props: f.Value.Get("Properties"), raw: f.Value, many: f.Loose}
	if c := f.Value.Get("Condition"); c.IsSet() {
		if d.condition, ok = c.Scalar(); !ok {
			t.errorf(t.at(c), "Condition has the wrong shape", "The Condition of a resource is the name of a condition; this is %s. The resource is taken to exist.", c.Kind)
		}
	}
	t.declarations = append(t.declarations, d)
}

func kindOf(n *node) string {
	if n == nil {
		return document.Null.String()
	}
	return n.Kind.String()
}

// emit adds one resource to the inventory.
func (t *template) emit(d *declaration) {
	if d.typ == cdkMetadata {
		return
	}
	v := t.exists(d)
	if v.truth == no {
		t.setAside(d)
		return
	}
	if isModule(d.typ) {
		t.unread(d, d.typ, "a module's content lies in the CloudFormation registry")
		return
	}
	r := &inventory.Resource{
		Type: resourceTypeOf(d.typ), SourceType: d.source, Address: t.prefix + d.id, Scope: t.opts.Scope,
		Origin: t.at(d.from), ManyUnknown: d.many, MaybeAbsent: slices.Clone(t.maybe),
	}
	if v.truth == maybe {
		r.MaybeAbsent = append(r.MaybeAbsent, v.steps()...)
	}
	r.Mapped = t.types.Known(r.Type)
	r.Properties = t.properties(d, r.Type)
	if v.truth == yes && len(v.assumed) > 0 && r.Properties.Meta() == nil {
		r.Properties = r.Properties.WithMeta(&inventory.Meta{Assumed: v.assumed})
	}
	r.Name = nameOf(r, t.shortName(d))
	r.Assets = t.assets(d)
	t.readDefinition(r)
	t.inv.Resources = append(t.inv.Resources, r)
	if d.typ == stackType {
		if child := t.child(d.id); child != nil {
			child.readResources()
		}
	}
}

// readResources emits what a prepared template declares.
func (t *template) readResources() {
	for _, d := range t.declarations {
		if t.left < 0 {
			return
		}
		t.emit(d)
	}
}

// exists judges the condition of a declaration.
func (t *template) exists(d *declaration) *verdict {
	if d.condition == "" {
		return &verdict{truth: yes}
	}
	return t.condition(d.condition, d.from)
}

// cdkMetadata is a note on the versions of the CDK that made the template. It stands among the resources and is none.
const cdkMetadata = "AWS::CDK::Metadata"

const customResource = "AWS::CloudFormation::CustomResource"

// resourceTypeOf gives custom resources, whose type is any Custom::Name, the one type that stands for all of them.
func resourceTypeOf(typ string) string {
	if strings.HasPrefix(typ, "Custom::") {
		return customResource
	}
	return typ
}

// unread records a part that could not be read, with one diagnostic.
func (t *template) unread(d *declaration, source, why string) {
	at := t.at(d.from)
	t.inv.Unread = append(t.inv.Unread, inventory.Unread{Scope: t.opts.Scope, Address: t.prefix + d.id, Source: source, Origin: at})
	what := "Nested template not read"
	if isModule(d.typ) {
		what = "Module not read"
	}
	t.skipf(at, what, "%s points at %s: %s. What it declares is not in the answer.", diag.Clip(t.prefix+d.id, maxClip), diag.Clip(source, maxClip), why)
}

// nameProperties are tried in order after "<last word of the type>Name".
var nameProperties = []string{
	"Name", "ServiceName", "ClusterName", "DBInstanceIdentifier", "DBClusterIdentifier", "Family", "FunctionName",
	"GroupName", "DomainName", "ReplicationGroupId", "EnvironmentName", "ClusterIdentifier", "AliasName",
}

// nameOf picks the short human name of a resource.
func nameOf(r *inventory.Resource, id string) string {
	last := r.Type[strings.LastIndex(r.Type, ":")+1:]
	for _, p := range append([]string{last + "Name"}, nameProperties...) {
		v := r.Get(p)
		if s, ok := v.Text(); ok && s != "" && v.Kind() == inventory.String && !v.Sensitive() {
			return s
		}
	}
	return id
}

// relative returns the path of a file that is named from inside the template.
func (t *template) relative(name string) string { return path.Join(path.Dir(t.path), name) }

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
