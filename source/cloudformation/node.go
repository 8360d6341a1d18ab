package cloudformation

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// A template is a document.Node, whatever its syntax.
type (
	node  = document.Node
	field = document.Field
)

// callOf returns the function that a map node stands for: {"Ref": x} and {"Fn::…": x}.
func callOf(n *node) (name string, arg *node, ok bool) {
	if n == nil || n.Kind != document.Map || len(n.Fields) != 1 {
		return "", nil, false
	}
	f := n.Fields[0]
	if f.Name == "Ref" || strings.HasPrefix(f.Name, "Fn::") && !strings.HasPrefix(f.Name, forEachPrefix) {
		return f.Name, f.Value, true
	}
	return "", nil, false
}

// isCall reports whether n is a function call.
func isCall(n *node) bool { _, _, ok := callOf(n); return ok }

// refTarget returns X of {"Ref": X}.
func refTarget(n *node) string {
	if name, arg, ok := callOf(n); ok && name == "Ref" {
		return arg.Str()
	}
	return ""
}

func refAt(from *node, id string) *node {
	return document.MapAt(from, field{Name: "Ref", Value: document.TextAt(from, id)})
}

func getAttAt(from *node, id, attr string) *node {
	return document.MapAt(from, field{Name: "Fn::GetAtt", Value: document.ListAt(from, document.TextAt(from, id), document.TextAt(from, attr))})
}

func subAt(from *node, text string) *node {
	return document.MapAt(from, field{Name: "Fn::Sub", Value: document.TextAt(from, text)})
}

// All returns the fields of a map, nil for anything else.
func fieldsOf(n *node) []field {
	if n == nil || isCall(n) {
		return nil
	}
	return n.Fields
}

// pickInto is Pick for a map that may be missing, or be a call whose content is not known.
func pickInto(n, from *node, names ...string) *node {
	if n == nil || n.Kind != document.Map || isCall(n) {
		return n
	}
	return n.Pick(from, names...)
}

// maxClip is how much of a text from the input a message shows, in runes.
const maxClip = 120
