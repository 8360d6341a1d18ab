// Package inventory holds what the readers found: resources in CloudFormation's vocabulary, their property values and
// the references between them.
//
// A value is known, unknown or sensitive, and remembers the place it was written at. An unknown value remembers what
// would decide it; a value that rests on a default remembers the default; a value taken from another resource keeps a
// Ref to it, whatever locals, outputs and conditionals it passed through. Nothing here knows Terraform or
// CloudFormation syntax, and nothing here decides who holds a duty.
//
// Data flow: source readers build Resources and append them to an Inventory; workload discovery reads them.
package inventory

import (
	"slices"
	"strconv"
	"strings"
	"unique"

	"github.com/onus-dev/onus/diag"
)

// Kind is the kind of a Value.
type Kind uint8

// The kinds. Null is also the zero Value: a property that is not set.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
	// Unknown is a value that only a later step can tell: an unset variable, "known after apply", a missing import.
	Unknown
)

// String names the kind for messages: "a string", "a list", …
func (k Kind) String() string {
	return [...]string{"not set", "a bool", "a number", "a string", "a list", "a map", "unknown"}[k]
}

// Value is one property value with its origin. Values are immutable; the zero Value is Null.
type Value struct {
	data any
	meta *Meta
	at   origin
	kind Kind
	// sensitive is told by Sensitive.
	sensitive bool
}

// origin is a diag.Range in half its size: an inventory holds millions of values, and few paths.
type origin struct {
	path         unique.Handle[string]
	line, column int32
}

func originOf(at diag.Range) origin {
	if at == (diag.Range{}) {
		return origin{}
	}
	return origin{path: unique.Make(at.Path), line: int32(at.Line), column: int32(at.Column)}
}

func (o origin) place() diag.Range {
	if o == (origin{}) {
		return diag.Range{}
	}
	return diag.Range{Path: o.path.Value(), Line: int(o.line), Column: int(o.column)}
}

// Property is one named entry of a Map value.
type Property struct {
	Name  string
	Value Value
}

// Meta is what a value remembers of where it came from. It is shared between values and never changed once attached.
type Meta struct {
	// Refs are the resources that the value was taken from, in address order.
	Refs []Ref
	// Assumed are the defaults of variables and parameters that the value rests on.
	Assumed []Step
	// Unresolved are the names whose missing values make this value unknown ("var.launch_type has no value").
	Unresolved []Step
	// Trail is the way the value came through variables, module inputs and files, nearest first.
	Trail []Step
	// Partial is what is known of a text whose value is unknown, each unknown part as ${name}: "arn:aws:iam::${AWS::AccountId}:role/x",
	// a boot script with the cluster's name missing. It is evidence to search in, never a value to compare with. Empty when nothing is known.
	Partial string
	// NotNull is set for an unknown value that is certainly not null: the id of another resource, a text with unknown
	// parts. A property with such a value is set, whatever it turns out to be.
	NotNull bool
}

// Ref is a reference to another resource of the same scope, or to one of its attributes.
type Ref struct {
	// Address of the referred resource as its reader writes it; an instance key may be missing when it is unknown.
	Address string
	// Attr is the attribute that was read ("arn", "Arn", "id"); empty for the resource itself.
	Attr string
}

// Step is one stage of a value's way: a variable, a default, a module input.
type Step struct {
	// Name is what a user would search for: "var.launch_type", "parameter LaunchType".
	Name string
	// Note says in a few words what happened there: "default", "no value and no default".
	Note string
	At   diag.Range
}

// NullValue is a property set to null at the given place.
func NullValue(at diag.Range) Value { return Value{at: originOf(at)} }

// BoolValue makes a Bool.
func BoolValue(b bool, at diag.Range) Value { return Value{kind: Bool, data: b, at: originOf(at)} }

// NumberValue makes a Number.
func NumberValue(n float64, at diag.Range) Value {
	return Value{kind: Number, data: n, at: originOf(at)}
}

// StringValue makes a String.
func StringValue(s string, at diag.Range) Value {
	return Value{kind: String, data: s, at: originOf(at)}
}

// ListValue makes a List; items is kept, not copied.
func ListValue(items []Value, at diag.Range) Value {
	return Value{kind: List, data: items, at: originOf(at)}
}

// MapValue makes a Map; props is kept and sorted by name. The last of two properties of one name wins.
func MapValue(props []Property, at diag.Range) Value {
	slices.SortStableFunc(props, func(a, b Property) int { return strings.Compare(a.Name, b.Name) })
	out := props[:0]
	for i, p := range props {
		if i+1 < len(props) && props[i+1].Name == p.Name {
			continue
		}
		out = append(out, p)
	}
	if len(out) < cap(out)-cap(out)/4 {
		out = slices.Clone(out) // what grew by appending has room to spare
	}
	return Value{kind: Map, data: slices.Clip(out), at: originOf(at)}
}

// UnknownValue makes an Unknown that the given steps would decide.
func UnknownValue(at diag.Range, unresolved ...Step) Value {
	v := Value{kind: Unknown, at: originOf(at)}
	if len(unresolved) > 0 {
		v.meta = &Meta{Unresolved: unresolved}
	}
	return v
}

// WithMeta returns v with m attached in place of what it had; m may be nil.
func (v Value) WithMeta(m *Meta) Value { v.meta = m; return v }

// WithOrigin returns v as if written at the given place.
func (v Value) WithOrigin(at diag.Range) Value { v.at = originOf(at); return v }

// AsSensitive returns v marked sensitive: its text is never printed.
func (v Value) AsSensitive() Value { v.sensitive = true; return v }

// Kind returns the kind of v.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is not set.
func (v Value) IsNull() bool { return v.kind == Null }

// IsUnknown reports whether v itself is unknown. A List or Map with unknown members is known.
func (v Value) IsUnknown() bool { return v.kind == Unknown }

// Sensitive reports whether v must not be printed.
func (v Value) Sensitive() bool { return v.sensitive }

// Origin is the place where v was written; the zero Range when nothing is known.
func (v Value) Origin() diag.Range { return v.at.place() }

// Meta returns what v remembers; nil when there is nothing.
func (v Value) Meta() *Meta { return v.meta }

// Refs returns the resources that v was taken from.
func (v Value) Refs() []Ref {
	if v.meta == nil {
		return nil
	}
	return v.meta.Refs
}

// Assumed returns the defaults that v rests on.
func (v Value) Assumed() []Step {
	if v.meta == nil {
		return nil
	}
	return v.meta.Assumed
}

// Unresolved returns what would decide v when it is unknown.
func (v Value) Unresolved() []Step {
	if v.meta == nil {
		return nil
	}
	return v.meta.Unresolved
}

// CertainlySet reports an unknown value that is not null; see Meta.NotNull.
func (v Value) CertainlySet() bool { return v.kind == Unknown && v.meta != nil && v.meta.NotNull }

// Partial returns what is known of an unknown text; see Meta.Partial.
func (v Value) Partial() string {
	if v.meta == nil {
		return ""
	}
	return v.meta.Partial
}

// Text returns the text of a known scalar ("true", "15", "FARGATE") and whether v is one.
func (v Value) Text() (string, bool) {
	switch d := v.data.(type) {
	case string:
		return d, true
	case bool:
		return strconv.FormatBool(d), true
	case float64:
		return strconv.FormatFloat(d, 'f', -1, 64), true
	}
	return "", false
}

// Bool returns the truth of v. The text "true" or "false" counts, as CloudFormation and Terraform take it.
func (v Value) Bool() (value, ok bool) {
	switch d := v.data.(type) {
	case bool:
		return d, true
	case string:
		switch strings.ToLower(d) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	return false, false
}

// Number returns the number in v. A numeric text counts.
func (v Value) Number() (float64, bool) {
	switch d := v.data.(type) {
	case float64:
		return d, true
	case string:
		n, err := strconv.ParseFloat(d, 64)
		return n, err == nil
	}
	return 0, false
}

// List returns the members of a List, nil for any other kind.
func (v Value) List() []Value {
	l, _ := v.data.([]Value)
	return l
}

// Properties returns the entries of a Map in name order, nil for any other kind.
func (v Value) Properties() []Property {
	p, _ := v.data.([]Property)
	return p
}

// Get returns a property by path, for example "Code.ImageUri". A List on the way is entered when it has one member.
// What is not set gives Null, and anything below an Unknown is that Unknown.
func (v Value) Get(path string) Value {
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, ".")
		if v.kind == List {
			l := v.List()
			if len(l) != 1 {
				return Value{}
			}
			v = l[0]
		}
		if v.kind == Unknown {
			return v
		}
		v = v.field(name)
	}
	return v
}

func (v Value) field(name string) Value {
	props := v.Properties()
	i, ok := slices.BinarySearchFunc(props, name, func(p Property, n string) int { return strings.Compare(p.Name, n) })
	if !ok {
		return Value{}
	}
	return props[i].Value
}

// Display returns short text for reports: the scalar, "(unknown)", "(sensitive)", "(not set)", or the number of
// members. It never prints a sensitive value and is at most 80 runes long.
func (v Value) Display() string {
	switch {
	case v.sensitive:
		return "(sensitive)"
	case v.kind == Null:
		return "(not set)"
	case v.kind == Unknown:
		return "(unknown)"
	case v.kind == List:
		return displayList(v.List())
	case v.kind == Map:
		return "{" + strconv.Itoa(len(v.Properties())) + " properties}"
	}
	s, _ := v.Text()
	return diag.Clip(s, 80)
}

func displayList(items []Value) string {
	parts := make([]string, 0, len(items))
	for _, it := range items {
		parts = append(parts, it.Display())
	}
	return diag.Clip("["+strings.Join(parts, ", ")+"]", 80)
}

// AllRefs returns the refs of v and of everything inside it, each once, in address order.
func (v Value) AllRefs() []Ref {
	var out []Ref
	v.walk(func(w Value) { out = append(out, w.Refs()...) })
	slices.SortFunc(out, func(a, b Ref) int {
		return strings.Compare(a.Address+"\x00"+a.Attr, b.Address+"\x00"+b.Attr)
	})
	return slices.Compact(out)
}

// ContainsUnknown reports whether v or anything inside it is unknown.
func (v Value) ContainsUnknown() bool {
	found := false
	v.walk(func(w Value) { found = found || w.kind == Unknown })
	return found
}

func (v Value) walk(visit func(Value)) {
	visit(v)
	for _, it := range v.List() {
		it.walk(visit)
	}
	for _, p := range v.Properties() {
		p.Value.walk(visit)
	}
}
