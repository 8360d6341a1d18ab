package cloudformation

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"

	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// SAM is expanded on nodes, before any value is made: each AWS::Serverless::* declaration is replaced by what the
// transform of aws/serverless-application-model generates from it, with the same logical ids, placed at the function or
// event that it comes from. Two ids differ on purpose, since they end in a hash of what is deployed: versions are
// <Function>Version, deployments <Api>Deployment, and a layer keeps the id that the template gives it.

const serverless = "AWS::Serverless::"

// usesSAM reports whether SAM types are used without the transform, which is worth a warning.
func (t *template) usesSAM() bool {
	for _, d := range t.declarations {
		if strings.HasPrefix(d.typ, serverless) {
			t.warnf(t.at(d.from), "Transform missing", "%s has the type %s but the template has no Transform: %s, without which CloudFormation refuses it. It is read as if it had.", diag.Clip(d.id, maxClip), d.typ, samTransform)
			return true
		}
	}
	return false
}

// sam is the expansion of one template.
type sam struct {
	*template
	out []*declaration
	ids map[string]bool
	// rest and http are the implicit APIs, nil until an event needs one.
	rest, http *implicitAPI
	// routes are the routes that events add to an API that the template declares, by its id.
	routes map[string][]route
	// patches are what events add to the properties of other resources, by their id.
	patches map[string]*patch
	// done holds what is generated once a template.
	deployed              bool
	sharedPlan, sharedKey *declaration
	// groups are the groups of DNS records by logical id.
	groups map[string]*declaration
}

func (t *template) expandSAM() {
	s := &sam{template: t, ids: map[string]bool{}, routes: map[string][]route{}, patches: map[string]*patch{}, groups: map[string]*declaration{}}
	for _, d := range t.declarations {
		s.ids[d.id] = true
	}
	// Functions and state machines come first: their events decide what the APIs hold.
	var later []*declaration
	for _, d := range t.declarations {
		d.props = s.withGlobals(d)
		switch d.typ {
		case serverless + "Function":
			s.propagating(d, s.function)
		case serverless + "StateMachine":
			s.propagating(d, s.stateMachine)
		default:
			later = append(later, d)
		}
	}
	for _, d := range later {
		s.propagating(d, s.other)
	}
	s.implicitAPIs()
	s.connectors()
	for _, d := range s.out {
		if p := s.patches[d.id]; p != nil {
			d.props = p.apply(d.props)
		}
	}
	t.declarations = s.out
}

// propagating expands d and, where PropagateTags says so, gives its tags to what it became that can have tags.
func (s *sam) propagating(d *declaration, expand func(*declaration)) {
	tags, before := d.props.Get("Tags"), len(s.out)
	wanted := strings.HasPrefix(d.typ, serverless) && d.props.Get("PropagateTags").Str() == "true" && tags.IsSet()
	expand(d)
	if !wanted {
		return
	}
	for _, made := range s.out[before:] {
		shape := s.types.Shape(made.typ)
		if shape == nil || made.props.Get("Tags").IsSet() {
			continue
		}
		if _, has := shape.Field("Tags"); has {
			made.props = made.props.With(tags, field{Name: "Tags", Value: tags})
		}
	}
}

// other expands what is neither function nor state machine.
func (s *sam) other(d *declaration) {
	switch strings.TrimPrefix(d.typ, serverless) {
	case "Api":
		s.api(d)
	case "HttpApi":
		s.httpAPI(d)
	case "WebSocketApi":
		s.webSocketAPI(d)
	case "SimpleTable":
		s.simpleTable(d)
	case "LayerVersion":
		s.layer(d)
	case "Application":
		s.application(d)
	case "CapacityProvider":
		s.capacityProvider(d)
	case "GraphQLApi":
		s.graphQL(d)
	default: // connectors, which need everything else first, and what is no SAM type
		s.out = append(s.out, d)
	}
}

// become turns a declaration into one of another type.
func (s *sam) become(d *declaration, typ string, props *node) {
	d.typ, d.props = typ, props
	s.out = append(s.out, d)
}

// add appends a generated declaration, which exists when its owner does. One that the template declares itself wins.
func (s *sam) add(owner *declaration, id, typ string, from, props *node) *declaration {
	d := &declaration{id: id, typ: typ, source: owner.source, from: from, props: props, condition: owner.condition, many: owner.many}
	if !s.ids[id] {
		s.ids[id] = true
		s.out = append(s.out, d)
	}
	return d
}

// globalSections are the resource types that Globals has a section for.
var globalSections = map[string]bool{
	"Function": true, "Api": true, "HttpApi": true, "SimpleTable": true, "StateMachine": true, "LayerVersion": true,
	"CapacityProvider": true, "WebSocketApi": true,
}

// withGlobals merges the section of Globals for d's type under its own properties. IgnoreGlobals leaves some out.
func (s *sam) withGlobals(d *declaration) *node {
	name, isSAM := strings.CutPrefix(d.typ, serverless)
	if !isSAM {
		return d.props
	}
	props := d.props
	if !props.IsSet() {
		props = document.MapAt(d.from)
	}
	section := s.doc.At("Globals", name)
	if !globalSections[name] || section == nil || section.Kind != document.Map || props.Kind != document.Map {
		return props
	}
	for _, ignored := range d.raw.Get("IgnoreGlobals").List() {
		if ignored.Str() == "*" {
			return props
		}
		section = &node{Kind: document.Map, Line: section.Line, Col: section.Col, Fields: section.Without(ignored.Str())}
	}
	return s.merge(section, props)
}

// merge joins a global and a local value as SAM does: lists one after the other, maps key by key, anything else local.
func (s *sam) merge(global, local *node) *node {
	if !local.IsSet() || !s.enter(local) {
		return global
	}
	defer s.leave()
	switch {
	case !global.IsSet() || global.Kind != local.Kind || isCall(global) || isCall(local):
		return local
	case local.Kind == document.List:
		return document.ListAt(local, append(append([]*node{}, global.Items...), local.Items...)...)
	case local.Kind != document.Map:
		return local
	}
	out := &node{Kind: document.Map, Line: local.Line, Col: local.Col}
	for _, f := range global.Fields {
		if own := local.Get(f.Name); own != nil {
			f.Value = s.merge(f.Value, own)
		}
		out.Fields = append(out.Fields, f)
	}
	for _, f := range local.Fields {
		if global.Get(f.Name) == nil {
			out.Fields = append(out.Fields, f)
		}
	}
	return out
}

// s3Location turns CodeUri and its like into a location: "s3://bucket/key", a map with Bucket and Key, or a local path.
// A local path is what `package` uploads and writes a key for; it is kept as the key, so that the location is a map in
// every case.
func s3Location(n *node, bucket, key, version string) *node {
	if !n.IsSet() || isCall(n) {
		return n
	}
	if n.Kind == document.Map {
		return document.MapAt(n, field{Name: bucket, Value: n.Get("Bucket")}, field{Name: key, Value: n.Get("Key")}, field{Name: version, Value: n.Get("Version")})
	}
	if rest, ok := strings.CutPrefix(n.Str(), "s3://"); ok {
		b, k, _ := strings.Cut(rest, "/")
		k, id, _ := strings.Cut(k, "?versionId=")
		at := document.MapAt(n, field{Name: bucket, Value: document.TextAt(n, b)}, field{Name: key, Value: document.TextAt(n, k)})
		if id != "" {
			at = at.With(n, field{Name: version, Value: document.TextAt(n, id)})
		}
		return at
	}
	return document.MapAt(n, field{Name: key, Value: n})
}

// hashOf is the suffix that SAM makes logical ids different with: of a text itself, of anything else its compact JSON.
func hashOf(n *node) string {
	text, ok := n.Scalar()
	if !ok || n.Kind != document.Text {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if enc.Encode(jsonOf(n, 0)) != nil {
			return ""
		}
		text = strings.TrimSuffix(buf.String(), "\n")
	}
	if text == "" {
		return ""
	}
	sum := sha1.Sum([]byte(text)) // #nosec: names, no security
	return hex.EncodeToString(sum[:])[:10]
}

func jsonOf(n *node, depth int) any {
	if n == nil || depth > maxDepth {
		return nil
	}
	switch n.Kind {
	case document.Map:
		out := map[string]any{}
		for _, f := range n.Fields {
			out[f.Name] = jsonOf(f.Value, depth+1)
		}
		return out
	case document.List:
		out := []any{}
		for _, item := range n.Items {
			out = append(out, jsonOf(item, depth+1))
		}
		return out
	case document.Number:
		return json.RawMessage(n.Text)
	case document.Bool:
		return n.Text == "true"
	case document.Null:
		return nil
	}
	return n.Text
}

// suffixed returns prefix+suffix as SAM builds ids: a suffix with other than letters and digits is hashed.
func suffixed(prefix, suffix string) string {
	if suffix == "" || suffix == alphanumeric(suffix) {
		return prefix + suffix
	}
	return prefix + hashOf(&node{Kind: document.Text, Text: suffix})
}
