package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// properties evaluates the properties of a resource and brings them into the vocabulary's form: tags become a map
// from key to value, and a dynamic reference becomes unknown where its text could be mistaken for a setting.
func (t *template) properties(d *declaration, typ string) inventory.Value {
	if d.props.IsSet() && d.props.Kind != document.Map {
		t.errorf(t.at(d.props), "Properties have the wrong shape", "The properties of %s are to be a map; this is %s. They are left out.", diag.Clip(d.id, maxClip), d.props.Kind)
		return inventory.UnknownValue(t.at(d.props))
	}
	if !d.props.IsSet() {
		return inventory.MapValue(nil, t.at(d.from))
	}
	v := t.eval(d.props)
	shape := t.types.Shape(typ)
	if shape == nil {
		shape = &vocabulary.Shape{Kind: vocabulary.Opaque}
	}
	switch v.Kind() {
	case inventory.Map:
	case inventory.Unknown:
		return v
	case inventory.Null:
		return inventory.MapValue(nil, t.at(d.from))
	default:
		t.errorf(t.at(d.props), "Properties have the wrong shape", "The properties of %s come to %s; a map was expected. They are taken as unknown.", diag.Clip(d.id, maxClip), v.Kind())
		return inventory.UnknownValue(t.at(d.props))
	}
	props := make([]inventory.Property, 0, len(v.Properties()))
	for _, p := range v.Properties() {
		s, ok := shape.Field(p.Name)
		if !ok {
			s = &vocabulary.Shape{Kind: vocabulary.Any}
		}
		if p.Name == "Tags" {
			s = &vocabulary.Shape{Kind: vocabulary.Tags}
		}
		if p.Name == "Code" && typ == "AWS::Lambda::Function" && p.Value.Kind() == inventory.String {
			// A local path, which `aws cloudformation package` uploads and replaces by the location.
			p.Value = inventory.MapValue([]inventory.Property{{Name: "S3Key", Value: p.Value}}, p.Value.Origin())
		}
		props = append(props, inventory.Property{Name: p.Name, Value: t.fit(p.Name, p.Value, s, typ == stackType)})
	}
	return inventory.MapValue(props, v.Origin()).WithMeta(v.Meta())
}

// fit brings one value into the form of its shape.
func (t *template) fit(name string, v inventory.Value, s *vocabulary.Shape, keep bool) inventory.Value {
	switch v.Kind() {
	case inventory.String:
		return t.dynamic(name, v, keep)
	case inventory.List:
		if s.Kind == vocabulary.Tags {
			return tagMap(v)
		}
		element := &vocabulary.Shape{Kind: vocabulary.Any}
		if s.Kind == vocabulary.List && s.Element != nil {
			element = s.Element
		}
		items := make([]inventory.Value, 0, len(v.List()))
		for _, item := range v.List() {
			items = append(items, t.fit(name, item, element, keep))
		}
		return inventory.ListValue(items, v.Origin()).WithMeta(v.Meta())
	case inventory.Map:
		return t.fitMap(v, s, keep)
	}
	return v
}

func (t *template) fitMap(v inventory.Value, s *vocabulary.Shape, keep bool) inventory.Value {
	props := make([]inventory.Property, 0, len(v.Properties()))
	for _, p := range v.Properties() {
		inner, ok := &vocabulary.Shape{Kind: vocabulary.Any}, false
		switch s.Kind {
		case vocabulary.Object:
			if inner, ok = s.Field(p.Name); !ok {
				inner = &vocabulary.Shape{Kind: vocabulary.Any}
			}
		case vocabulary.Map:
			inner = s.Element
		}
		props = append(props, inventory.Property{Name: p.Name, Value: t.fit(p.Name, p.Value, inner, keep)})
	}
	return inventory.MapValue(props, v.Origin()).WithMeta(v.Meta())
}

// tagMap turns [{Key, Value}, …] into a map. A key of which only a part is known keeps that part, with ${…} for the
// rest: "kubernetes.io/cluster/${ClusterName}" says enough. A list of another form is left as it is.
func tagMap(v inventory.Value) inventory.Value {
	props := make([]inventory.Property, 0, len(v.List()))
	g := gather{}
	g.add(v)
	for _, item := range v.List() {
		if item.IsUnknown() {
			props = append(props, inventory.Property{Name: shown(item), Value: item})
			continue
		}
		key := item.Get("Key")
		if item.Kind() != inventory.Map || key.IsNull() {
			return v
		}
		g.add(key)
		value := item.Get("Value")
		if value.IsNull() {
			value = inventory.NullValue(item.Origin())
		}
		props = append(props, inventory.Property{Name: shown(key), Value: value})
	}
	return g.on(inventory.MapValue(props, v.Origin()))
}

// imageProperties name a machine image, where the path of a parameter tells who publishes it.
var imageProperties = map[string]bool{"ImageId": true, "ImageIdOverride": true, "ImageID": true, "AmiId": true, "AMI": true}

const publicParameter = "{{resolve:ssm:/aws/service/"

// dynamic judges a dynamic reference to Parameter Store. Its text stays where the path is what one wants to know (a
// public parameter of AWS, a machine image, a parameter of a nested stack) and in references to secrets. Anywhere else
// the value behind it decides, which nobody can tell from here.
func (t *template) dynamic(name string, v inventory.Value, keep bool) inventory.Value {
	s, _ := v.Text()
	if keep || imageProperties[name] || v.Sensitive() || !strings.Contains(s, "{{resolve:ssm:") || strings.Contains(s, publicParameter) {
		return v
	}
	g := gather{partial: s}
	g.add(v)
	_, rest, _ := strings.Cut(s, "{{resolve:ssm:")
	parameter, _, _ := strings.Cut(rest, "}}")
	g.unresolved = []inventory.Step{{Name: "SSM parameter " + diag.Clip(parameter, maxClip), Note: "looked up when deployed", At: v.Origin()}}
	return g.unknown(v.Origin())
}
