package terraform

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// opaque is the shape of what the vocabulary does not list.
var opaque = &vocabulary.Shape{Kind: vocabulary.Opaque}

// object collects the properties of one level until they are known to be complete.
type object struct {
	props []inventory.Property
	kids  map[string]*object
	at    diag.Range
}

// set files a value at a dotted path below o.
func (o *object) set(path string, v inventory.Value) {
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		o.kid(name, v.Origin()).set(rest, v)
		return
	}
	o.props = append(o.props, inventory.Property{Name: name, Value: v})
}

func (o *object) kid(path string, at diag.Range) *object {
	name, rest, deeper := strings.Cut(path, ".")
	if o.kids == nil {
		o.kids = map[string]*object{}
	}
	k := o.kids[name]
	if k == nil {
		k = &object{at: at}
		o.kids[name] = k
	}
	if deeper {
		return k.kid(rest, at)
	}
	return k
}

func (o *object) value() inventory.Value {
	props := slices.DeleteFunc(o.props, func(p inventory.Property) bool { return o.kids[p.Name] != nil })
	for name, k := range o.kids {
		props = append(props, inventory.Property{Name: name, Value: k.value()})
	}
	return inventory.MapValue(props, o.at)
}

// level is where a block's arguments go: an object, its shape and the Terraform path of the block.
type level struct {
	into  *object
	shape *vocabulary.Shape
	path  string
}

// translation puts one resource into CloudFormation's words.
type translation struct {
	in    *instance
	entry *entry
	root  *object
	shape *vocabulary.Shape
}

func (in *instance) translate(b *block, it item, e *entry) *inventory.Resource {
	shape := e.shape
	if shape == nil {
		shape = opaque
	}
	t := &translation{in: in, entry: e, root: &object{at: b.at}, shape: shape}
	start := level{into: t.root, shape: shape}
	if e.prefix != "" {
		start.into = t.root.kid(e.prefix, b.at)
		start.shape = shapeAt(shape, e.prefix)
	}
	t.body(b.body, it.scope, start)
	props := t.root.value()
	return &inventory.Resource{
		Type: e.typ, SourceType: e.sourceType, Address: in.path + b.address() + it.key, Scope: in.run.scope(),
		Name: nameOf(props, b, it), Properties: props, Origin: b.at, Lookup: e.lookup, Mapped: e.mapped,
		Assets: in.assets(b, it),
	}
}

func shapeAt(s *vocabulary.Shape, path string) *vocabulary.Shape {
	if s == nil || path == "" {
		return opaque
	}
	at, err := s.At(path)
	if err != nil {
		return opaque
	}
	return at
}

// target finds where an argument or block goes: the object, the path in it and the shape there. ok is false for what is
// dropped.
func (t *translation) target(l level, name string) (into *object, path string, shape *vocabulary.Shape, ok bool) {
	full := name
	if l.path != "" {
		full = l.path + "." + name
	}
	if to, listed := t.entry.paths[full]; listed {
		switch {
		case to == "-":
			return nil, "", nil, false
		case to == ".":
			return l.into, "", l.shape, true
		case strings.HasPrefix(to, "/"):
			return t.root, to[1:], shapeAt(t.shape, to[1:]), true
		}
		return l.into, to, shapeAt(l.shape, to), true
	}
	if name == "tags_all" {
		return nil, "", nil, false
	}
	if l.shape != nil {
		if f, found := l.shape.FoldedField(name); found {
			return l.into, f.Name, f.Shape, true
		}
	}
	return l.into, pascal(name), opaque, true
}

// pascal turns snake_case into PascalCase.
func pascal(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

func (t *translation) body(b *body, sc scope, l level) {
	l.into.props = slices.Grow(l.into.props, len(b.attrs))
	for _, a := range b.attrs {
		into, path, shape, ok := t.target(l, a.name)
		if !ok || path == "" {
			continue
		}
		full := join(l.path, a.name)
		v := t.convert(t.in.eval(a, sc), nil, shape, a.at, full)
		if !v.IsNull() {
			into.set(path, t.entry.word(full, v))
		}
	}
	var done []string
	for _, n := range b.blocks {
		if slices.Contains(done, n.typ) {
			continue
		}
		done = append(done, n.typ)
		t.blocks(t.in.nestedOf(b, n.typ, sc), n, l)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// blocks files all nested blocks of one type.
func (t *translation) blocks(list []placed, n nested, l level) {
	into, path, shape, ok := t.target(l, n.typ)
	if !ok || len(list) == 0 {
		return
	}
	inner := join(l.path, n.typ)
	if i := slices.IndexFunc(list, func(p placed) bool { return p.unknown }); i >= 0 && path != "" {
		into.set(path, t.unknownBlocks(list[i], inner))
		return
	}
	switch {
	case path == "":
		for _, p := range list {
			t.body(p.body, p.scope, level{into: into, shape: shape, path: inner})
		}
	case shape.Kind == vocabulary.Tags:
		into.set(path, t.tagBlocks(list, n.at))
	case shape.Kind == vocabulary.Object || shape.Kind == vocabulary.Opaque && len(list) == 1 && t.entry.shape != nil && shape != opaque:
		kid := into.kid(path, list[0].at)
		for _, p := range list {
			t.body(p.body, p.scope, level{into: kid, shape: shape, path: inner})
		}
	default:
		into.set(path, t.listBlocks(list, shape, inner, n.at))
	}
}

func (t *translation) listBlocks(list []placed, shape *vocabulary.Shape, path string, at diag.Range) inventory.Value {
	elem := opaque
	if shape.Kind == vocabulary.List {
		elem = shape.Element
	}
	items := make([]inventory.Value, 0, len(list))
	for _, p := range list {
		o := &object{at: p.at}
		t.body(p.body, p.scope, level{into: o, shape: elem, path: path})
		items = append(items, o.value())
	}
	return inventory.ListValue(items, at)
}

// unknownBlocks stands for an unknown number of blocks. It keeps what their arguments refer to.
func (t *translation) unknownBlocks(p placed, path string) inventory.Value {
	marks := cty.ValueMarks{}
	for m := range p.marks {
		marks[m] = struct{}{}
	}
	for _, a := range p.body.attrs {
		_, deep := t.in.eval(a, p.scope).UnmarkDeep()
		for m := range deep {
			if _, isRef := m.(refMark); isRef {
				marks[m] = struct{}{}
			}
		}
	}
	return unknownValue(marks, p.at, path)
}

// tagBlocks turns key and value blocks into a map.
func (t *translation) tagBlocks(list []placed, at diag.Range) inventory.Value {
	var props []inventory.Property
	for _, p := range list {
		key, ok := t.in.textOf(p, "key")
		if !ok {
			continue
		}
		v := t.convert(t.in.evalNamed(p, "value"), nil, &vocabulary.Shape{Kind: vocabulary.String}, p.at, "tag")
		props = append(props, inventory.Property{Name: key, Value: v})
	}
	return inventory.MapValue(props, at)
}

// names of the properties that name a resource for people, the best first.
var nameProperties = []string{
	"FunctionName", "ServiceName", "Family", "ClusterName", "NodegroupName", "FargateProfileName", "AutoScalingGroupName", "LaunchTemplateName",
	"DBInstanceIdentifier", "DBClusterIdentifier", "TableName", "BucketName", "QueueName", "TopicName", "RepositoryName", "LoadBalancerName",
	"StateMachineName", "UserPoolName", "RoleName", "DomainName", "ReplicationGroupId", "Name", "Tags.Name",
}

func nameOf(props inventory.Value, b *block, it item) string {
	for _, p := range nameProperties {
		v := props.Get(p)
		if s, ok := v.Text(); ok && s != "" && !v.Sensitive() {
			return s
		}
	}
	if it.name != "" {
		return b.name + it.key
	}
	return b.name
}
