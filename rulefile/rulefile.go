// Package rulefile reads the YAML that this project's rules are written in: the catalog and the checks. It keeps the
// place of everything, refuses what it does not know with the nearest known name, and goes on after a fault, so that one
// run shows every fault of a file.
//
// Data flow: the text of a file in; callers walk the nodes with Fields, Items and the readers of scalars, and collect
// Diags. Bounds: a file has at most MaxFile bytes, maxDepth levels and MaxNodes nodes, and no aliases.
package rulefile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
)

// The bounds of one file.
const (
	MaxFile  = 1 << 20
	maxDepth = 30
	MaxNodes = 200_000
)

// Reader walks one file.
type Reader struct {
	// Path names the file in messages; Content is its text.
	Path, Content string
	// What names the kind of file in messages: "catalog". Begins names the keys that it begins with.
	What, Begins string
	// Diags collects what does not fit.
	Diags diag.List
}

// title is What at the beginning of a sentence, with "file".
func (r *Reader) title() string { return strings.ToUpper(r.What[:1]) + r.What[1:] + " file" }

// Root checks the size and loads the node tree; nil when the file is no YAML mapping.
func (r *Reader) Root() *yaml.Node {
	if len(r.Content) > MaxFile {
		r.Diags.Errorf(diag.Range{Path: r.Path}, r.title()+" too large", "It has %d bytes; at most %d are read.", len(r.Content), MaxFile)
		return nil
	}
	return r.document()
}

// document loads the node tree. Aliases are refused, which leaves nothing to expand: rows are shared by inheritance.
func (r *Reader) document() *yaml.Node {
	var doc yaml.Node
	limits := loaderlimits.New(loaderlimits.DepthValue(maxDepth), loaderlimits.AliasNone())
	err := yaml.Load([]byte(r.Content), &doc, yaml.WithPlugin(limits))
	if err != nil && !strings.Contains(err.Error(), "no documents") {
		r.Diags.Errorf(diag.Range{Path: r.Path, Line: errorLine(err)}, r.title()+" is not valid YAML", "%s.", firstLine(err.Error()))
		return nil
	}
	root := &doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if root.Kind != yaml.MappingNode {
		r.Diags.Errorf(diag.Range{Path: r.Path, Line: 1, Column: 1}, r.title()+" is empty", "Expected a mapping that begins with %s.", r.Begins)
		return nil
	}
	nodes := 0
	if !r.plain(root, &nodes) {
		return nil
	}
	return root
}

// plain refuses aliases and counts nodes.
func (r *Reader) plain(n *yaml.Node, nodes *int) bool {
	*nodes++
	switch {
	case n.Kind == yaml.AliasNode:
		r.Errorf(n, "YAML alias in the "+r.What, "Aliases are not read here: everything is written where it holds, or shared as the format says.")
		return false
	case *nodes > MaxNodes:
		r.Errorf(n, r.title()+" too large", "It has more than %d YAML nodes.", MaxNodes)
		return false
	}
	for _, c := range n.Content {
		if !r.plain(c, nodes) {
			return false
		}
	}
	return true
}

// errorLine takes the line out of a YAML error's text ("… line 3 …"); 0 when it has none.
func errorLine(err error) int {
	_, rest, ok := strings.Cut(err.Error(), "line ")
	line := 0
	if ok {
		if _, err := fmt.Sscanf(rest, "%d", &line); err != nil {
			return 0
		}
	}
	return line
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSuffix(line, ".")
}

// At is the place of a node.
func (r *Reader) At(n *yaml.Node) diag.Range {
	return diag.Range{Path: r.Path, Line: n.Line, Column: n.Column}
}

// Errorf reports what is wrong with a node; the file then counts as not read in full.
func (r *Reader) Errorf(n *yaml.Node, summary, format string, args ...any) {
	r.Diags.Errorf(r.At(n), summary, format, args...)
}

// Fields calls the reader of each key of a mapping. An unknown key is a fault that names the known ones.
func (r *Reader) Fields(n *yaml.Node, what string, known map[string]func(*yaml.Node)) {
	r.Each(n, what, func(key, value *yaml.Node) {
		read, ok := known[key.Value]
		if !ok {
			r.Errorf(key, "Unknown key in the "+r.What, "%s has no key %q. %s", what, key.Value, keyChoices(key.Value, known))
			return
		}
		read(value)
	})
}

// Each walks a mapping and refuses a key that comes twice.
func (r *Reader) Each(n *yaml.Node, what string, visit func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.Errorf(n, "Wrong shape in the "+r.What, "%s is a mapping of keys to values; this is %s.", what, KindName(n))
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			r.Errorf(key, "Key given twice", "%s has the key %q already.", what, key.Value)
			continue
		}
		seen[key.Value] = true
		visit(key, n.Content[i+1])
	}
}

// Items visits the members of a list.
func (r *Reader) Items(n *yaml.Node, what string, visit func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.Errorf(n, "Wrong shape in the "+r.What, "%s is a list; this is %s.", what, KindName(n))
		return
	}
	for _, item := range n.Content {
		visit(item)
	}
}

// KindName says in words what a node is: "a mapping", "a list", or the text in quotes.
func KindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return fmt.Sprintf("%q", Clip(n.Value))
	}
}

// Clip shortens a text for a message.
func Clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// Text reads a scalar into dst.
func (r *Reader) Text(dst *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
			r.Errorf(n, "Wrong shape in the "+r.What, "%s is a text; this is %s.", what, KindName(n))
			return
		}
		*dst = n.Value
	}
}

// Strings reads a list of texts into dst. what names it in messages.
func (r *Reader) Strings(dst *[]string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.Items(n, what, func(item *yaml.Node) {
			var s string
			r.Text(&s, "Each of "+what)(item)
			*dst = append(*dst, s)
		})
	}
}

// maxSentence is the most characters that a sentence of the catalog may have.
const maxSentence = 200

// Sentence reads a sentence for people, of bounded length.
func (r *Reader) Sentence(dst *string, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.Text(dst, what)(n)
		*dst = strings.Join(strings.Fields(*dst), " ")
		if count := len([]rune(*dst)); count > maxSentence {
			r.Errorf(n, "Sentence too long", "%s has %d characters; at most %d.", what, count, maxSentence)
		}
	}
}

// Value reads a property of an example. The tag !unknown makes an unknown value, whatever it stands on.
func (r *Reader) Value(n *yaml.Node) inventory.Value {
	at := r.At(n)
	if n.Tag == "!unknown" {
		return inventory.UnknownValue(at, inventory.Step{Name: "the example", Note: "marked !unknown", At: at})
	}
	switch n.Kind {
	case yaml.SequenceNode:
		items := make([]inventory.Value, 0, len(n.Content))
		for _, c := range n.Content {
			items = append(items, r.Value(c))
		}
		return inventory.ListValue(items, at)
	case yaml.MappingNode:
		var props []inventory.Property
		r.Each(n, "An object", func(key, value *yaml.Node) {
			props = append(props, inventory.Property{Name: key.Value, Value: r.Value(value)})
		})
		return inventory.MapValue(props, at)
	}
	return r.scalar(n)
}

func (r *Reader) scalar(n *yaml.Node) inventory.Value {
	at := r.At(n)
	switch n.ShortTag() {
	case "!!null":
		return inventory.NullValue(at)
	case "!!bool":
		if b, err := strconv.ParseBool(n.Value); err == nil {
			return inventory.BoolValue(b, at)
		}
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return inventory.NumberValue(f, at)
		}
	case "!!str", "!!timestamp":
	default:
		r.Errorf(n, "Unknown tag", "%q is no tag of an example; there is !unknown.", Clip(n.Tag))
	}
	return inventory.StringValue(n.Value, at)
}

func keyChoices(name string, known map[string]func(*yaml.Node)) string {
	return expr.Suggest(name, slices.Sorted(maps.Keys(known)))
}

// Tables reads dated tables: a name to rows of a name and a day.
func (r *Reader) Tables(n *yaml.Node, into map[string]expr.Table) {
	r.Each(n, "tables", func(name, rows *yaml.Node) {
		t := expr.Table{}
		r.Each(rows, "A table", func(key, value *yaml.Node) {
			var day time.Time
			if r.Day(&day, "A table maps a name to a day")(value); !day.IsZero() {
				t[key.Value] = day
			}
		})
		into[name.Value] = t
	})
}

// Day reads a date written YYYY-MM-DD into dst.
func (r *Reader) Day(dst *time.Time, what string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		day, err := time.Parse(time.DateOnly, n.Value)
		if err != nil {
			r.Errorf(n, "Not a date", "%s as YYYY-MM-DD; this is %s.", what, KindName(n))
			return
		}
		*dst = day
	}
}
