// Package vocabulary knows the names that onus speaks in: every CloudFormation resource type with its properties and
// their shapes, and the few types of onus's own (onus.txt) for facts that are derived rather than declared.
//
// It is data with a small reader. cloudformation.txt is generated (see generate/); one line holds one type:
//
//	AWS::SQS::Queue {DelaySeconds:i,FifoQueue:b,RedrivePolicy:j,Tags:t}
//
// with s string, i integer, n number, b boolean, j any JSON, o an object whose inside is not listed, t tags (a map from
// key to value), [x] a list, <x> a map, {…} an object. A line is parsed when its type is first asked for.
//
// Data flow: readers ask it to place a source's names (Field), the expression compiler asks it to type conditions.
package vocabulary

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./generate

//go:embed cloudformation.txt
var cloudFormation string

//go:embed onus.txt
var derived string

// ShapeKind is the kind of a Shape.
type ShapeKind uint8

// The shapes.
const (
	Any ShapeKind = iota
	String
	Integer
	Number
	Boolean
	Tags
	List
	Map
	// Object has named fields; Opaque objects have fields that are not listed.
	Object
	Opaque
)

// Shape is the shape of a property.
type Shape struct {
	Kind ShapeKind
	// Element is the shape of a List's or Map's members.
	Element *Shape
	// Fields are an Object's properties in name order.
	Fields []Field
	folded map[string]int
}

// Field is a named property.
type Field struct {
	Name  string
	Shape *Shape
}

// Field finds a property by its exact name.
func (s *Shape) Field(name string) (*Shape, bool) {
	i, ok := slices.BinarySearchFunc(s.Fields, name, func(f Field, n string) int { return strings.Compare(f.Name, n) })
	if !ok {
		return nil, false
	}
	return s.Fields[i].Shape, true
}

// FoldedField finds a property whose name is the given one but for case and underscores: "vpc_id" finds "VpcId".
func (s *Shape) FoldedField(name string) (Field, bool) {
	i, ok := s.folded[Fold(name)]
	if !ok {
		return Field{}, false
	}
	return s.Fields[i], true
}

// Fold lowers a name and drops its underscores, which makes snake case and Pascal case comparable.
func Fold(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// Types answers for type names. It is safe for concurrent use.
type Types struct {
	lines map[string]string
	mu    sync.Mutex
	cache map[string]*Shape
	// folded maps Fold of "awscc_lambda_function" style names to types.
	folded map[string]string
}

// Load indexes the embedded vocabulary; it parses no shapes yet.
func Load() *Types {
	t := &Types{lines: make(map[string]string, 2048), cache: map[string]*Shape{}, folded: make(map[string]string, 2048)}
	for _, text := range []string{cloudFormation, derived} {
		for line := range strings.Lines(text) {
			name, shape, ok := strings.Cut(strings.TrimSpace(line), " ")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			t.lines[name] = shape
			t.folded[strings.ToLower(strings.ReplaceAll(name, "::", ""))] = name
		}
	}
	return t
}

// Known reports whether typ is a type of the vocabulary.
func (t *Types) Known(typ string) bool { _, ok := t.lines[typ]; return ok }

// OfCloudFormation reports whether typ is a type of CloudFormation itself; a few of Terraform's that it lacks are not.
func (t *Types) OfCloudFormation(typ string) bool {
	return strings.HasPrefix(typ, "AWS::") && (strings.HasPrefix(cloudFormation, typ+" {") || strings.Contains(cloudFormation, "\n"+typ+" {"))
}

// Names returns every type name in order.
func (t *Types) Names() []string {
	out := make([]string, 0, len(t.lines))
	for n := range t.lines {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// ByCloudControlName finds the type behind a Terraform awscc name: "awscc_lambda_function" is AWS::Lambda::Function.
func (t *Types) ByCloudControlName(name string) (string, bool) {
	rest, ok := strings.CutPrefix(name, "awscc_")
	if !ok {
		return "", false
	}
	typ, ok := t.folded["aws"+Fold(rest)]
	return typ, ok
}

// Shape returns the properties of a type as an Object, or nil when the type is unknown.
func (t *Types) Shape(typ string) *Shape {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.cache[typ]; ok {
		return s
	}
	text, ok := t.lines[typ]
	if !ok {
		return nil
	}
	p := parser{text: text}
	s := p.shape()
	t.cache[typ] = s
	return s
}

// At finds the shape below s at a dotted path, entering lists on the way: "BlockDeviceMappings.Ebs.Encrypted".
// It returns an error that names the first unknown part and the closest names.
func (s *Shape) At(path string) (*Shape, error) {
	at := s
	for part := range strings.SplitSeq(path, ".") {
		for at.Kind == List {
			at = at.Element
		}
		switch at.Kind {
		case Any, Opaque, Tags:
			return &Shape{Kind: Any}, nil
		case Map:
			at = at.Element
			continue
		}
		next, ok := at.Field(part)
		if !ok {
			return nil, fmt.Errorf("no property %q in %q; there are %s", part, path, names(at))
		}
		at = next
	}
	return at, nil
}

func names(s *Shape) string {
	var out []string
	for _, f := range s.Fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, ", ")
}

// parser reads the notation of the package comment. The input is embedded and covered by a test that parses all of
// it, so it does not recover from errors.
type parser struct {
	text string
	pos  int
}

func (p *parser) shape() *Shape {
	c := p.text[p.pos]
	p.pos++
	switch c {
	case 's':
		return &Shape{Kind: String}
	case 'i':
		return &Shape{Kind: Integer}
	case 'n':
		return &Shape{Kind: Number}
	case 'b':
		return &Shape{Kind: Boolean}
	case 't':
		return &Shape{Kind: Tags, Element: &Shape{Kind: String}}
	case 'o':
		return &Shape{Kind: Opaque}
	case '[', '<':
		kind := List
		if c == '<' {
			kind = Map
		}
		s := &Shape{Kind: kind, Element: p.shape()}
		p.pos++ // the closing bracket
		return s
	case '{':
		return p.object()
	default:
		return &Shape{Kind: Any}
	}
}

func (p *parser) object() *Shape {
	s := &Shape{Kind: Object, folded: map[string]int{}}
	for p.text[p.pos] != '}' {
		if p.text[p.pos] == ',' {
			p.pos++
		}
		end := p.pos + strings.IndexByte(p.text[p.pos:], ':')
		name := p.text[p.pos:end]
		p.pos = end + 1
		s.folded[Fold(name)] = len(s.Fields)
		s.Fields = append(s.Fields, Field{Name: name, Shape: p.shape()})
	}
	p.pos++
	return s
}
