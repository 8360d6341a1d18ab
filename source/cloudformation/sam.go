package cloudformation

import (
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
			t.warnf(t.at(d.from), "Transform missing", "%s has the type %s but the template has no Transform: %s, without which CloudFormation refuses it. It is read as if it had.", clip(d.id), d.typ, samTransform)
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
	deployed, usagePlan bool
}

func (t *template) expandSAM() {
	s := &sam{template: t, ids: map[string]bool{}, routes: map[string][]route{}, patches: map[string]*patch{}}
	for _, d := range t.declarations {
		s.ids[d.id] = true
	}
	// Functions and state machines come first: their events decide what the APIs hold.
	var later []*declaration
	for _, d := range t.declarations {
		d.props = s.withGlobals(d)
		switch d.typ {
		case serverless + "Function":
			s.function(d)
		case serverless + "StateMachine":
			s.stateMachine(d)
		default:
			later = append(later, d)
		}
	}
	for _, d := range later {
		s.other(d)
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
	if !props.isSet() {
		props = mapAt(d.from)
	}
	section := s.doc.at("Globals", name)
	if !globalSections[name] || section == nil || section.kind != mapNode || props.kind != mapNode {
		return props
	}
	for _, ignored := range d.raw.get("IgnoreGlobals").list() {
		if ignored.str() == "*" {
			return props
		}
		section = &node{kind: mapNode, line: section.line, col: section.col, fields: section.without(ignored.str())}
	}
	return s.merge(section, props)
}

// merge joins a global and a local value as SAM does: lists one after the other, maps key by key, anything else local.
func (s *sam) merge(global, local *node) *node {
	if !local.isSet() || !s.enter(local) {
		return global
	}
	defer s.leave()
	switch {
	case !global.isSet() || global.kind != local.kind || global.isCall() || local.isCall():
		return local
	case local.kind == listNode:
		return listAt(local, append(append([]*node{}, global.items...), local.items...)...)
	case local.kind != mapNode:
		return local
	}
	out := &node{kind: mapNode, line: local.line, col: local.col}
	for _, f := range global.fields {
		if own := local.get(f.name); own != nil {
			f.value = s.merge(f.value, own)
		}
		out.fields = append(out.fields, f)
	}
	for _, f := range local.fields {
		if global.get(f.name) == nil {
			out.fields = append(out.fields, f)
		}
	}
	return out
}

// s3Location turns CodeUri and its like into a location: "s3://bucket/key", a map with Bucket and Key, or a local path.
// A local path is what `package` uploads and writes a key for; it is kept as the key, so that the location is a map in
// every case.
func s3Location(n *node, bucket, key, version string) *node {
	if !n.isSet() || n.isCall() {
		return n
	}
	if n.kind == mapNode {
		return mapAt(n, field{name: bucket, value: n.get("Bucket")}, field{name: key, value: n.get("Key")}, field{name: version, value: n.get("Version")})
	}
	if rest, ok := strings.CutPrefix(n.str(), "s3://"); ok {
		b, k, _ := strings.Cut(rest, "/")
		return mapAt(n, field{name: bucket, value: textAt(n, b)}, field{name: key, value: textAt(n, k)})
	}
	return mapAt(n, field{name: key, value: n})
}

// hashOf is the suffix that SAM makes logical ids different with: of a text itself, of anything else its compact JSON.
func hashOf(n *node) string {
	text, ok := n.scalar()
	if !ok || n.kind != textNode {
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
	switch n.kind {
	case mapNode:
		out := map[string]any{}
		for _, f := range n.fields {
			out[f.name] = jsonOf(f.value, depth+1)
		}
		return out
	case listNode:
		out := []any{}
		for _, item := range n.items {
			out = append(out, jsonOf(item, depth+1))
		}
		return out
	case numberNode:
		return json.RawMessage(n.text)
	case boolNode:
		return n.text == "true"
	case nullNode:
		return nil
	}
	return n.text
}

// suffixed returns prefix+suffix as SAM builds ids: a suffix with other than letters and digits is hashed.
func suffixed(prefix, suffix string) string {
	if suffix == "" || suffix == alphanumeric(suffix) {
		return prefix + suffix
	}
	return prefix + hashOf(&node{kind: textNode, text: suffix})
}
