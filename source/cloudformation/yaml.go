package cloudformation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
)

// parse turns a template into nodes. JSON is tried first when the text looks like it; what JSON refuses may still be
// YAML in flow style. problems holds at most one error, and a warning for each key that is written twice.
func parse(path string, data []byte) (doc *node, problems diag.List) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 {
		problems.Errorf(diag.Range{Path: path}, "Empty template", "The file has no content; a map with a Resources section was expected.")
		return nil, problems
	}
	if trimmed[0] != '{' {
		return parseYAML(path, data)
	}
	duplicate := func(key string, line, col int32) {
		duplicateKey(&problems, diag.Range{Path: path, Line: int(line), Column: int(col)}, key)
	}
	p := &jsonParser{data: data, line: 1, dup: duplicate}
	doc, err := p.document()
	if err == nil {
		return doc, problems
	}
	if y, list := parseYAML(path, data); y != nil {
		return y, list
	}
	problems = nil
	at := diag.Range{Path: path}
	var syntax *jsonError
	if errors.As(err, &syntax) {
		at.Line, at.Column = int(syntax.line), int(syntax.col)
	}
	problems.Errorf(at, "Invalid JSON", "The file is not valid JSON: %v. Nothing of this template is in the answer.", err)
	return nil, problems
}

func duplicateKey(problems *diag.List, at diag.Range, key string) {
	if len(*problems) > maxProblems {
		return
	}
	problems.Warnf(at, "Key written twice", "The key %q is in this map already. CloudFormation refuses that; the last one is used here.", clip(key))
}

func parseYAML(path string, data []byte) (doc *node, problems diag.List) {
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithUniqueKeys(false))
	if err != nil {
		problems.Errorf(diag.Range{Path: path}, "Template not read", "The YAML parser did not start: %v.", err)
		return nil, problems
	}
	var first yaml.Node
	if err := loader.Load(&first); err != nil {
		if errors.Is(err, io.EOF) {
			problems.Errorf(diag.Range{Path: path}, "Empty template", "The file has no content; a map with a Resources section was expected.")
			return nil, problems
		}
		problems.Errorf(yamlPlace(path, err), "Invalid YAML", "The file is not valid YAML: %s. Nothing of this template is in the answer.", yamlMessage(err))
		return nil, problems
	}
	c := yamlConverter{path: path, problems: &problems, done: map[*yaml.Node]*node{}, open: map[*yaml.Node]bool{}}
	doc = c.convert(&first, 0)
	if c.err != nil {
		problems = append(problems, *c.err)
		return nil, problems
	}
	var more yaml.Node
	if err := loader.Load(&more); err == nil {
		problems.Skipf(diag.Range{Path: path, Line: more.Line, Column: more.Column}, "Further documents not read", "A template file holds one YAML document; what follows the second --- is left out.")
	} else if !errors.Is(err, io.EOF) {
		problems.Errorf(yamlPlace(path, err), "Invalid YAML", "The file is not valid YAML: %s.", yamlMessage(err))
	}
	return doc, problems
}

// yamlConverter turns YAML nodes into nodes. An alias becomes the same node, so that conversion is linear; the
// expansion is bounded when values are made.
type yamlConverter struct {
	path     string
	problems *diag.List
	done     map[*yaml.Node]*node
	open     map[*yaml.Node]bool
	err      *diag.Diagnostic
}

func (c *yamlConverter) at(y *yaml.Node) diag.Range {
	return diag.Range{Path: c.path, Line: y.Line, Column: y.Column}
}

func (c *yamlConverter) fail(y *yaml.Node, summary, detail string) *node {
	if c.err == nil {
		c.err = &diag.Diagnostic{Severity: diag.Error, Summary: summary, Detail: detail, Range: c.at(y), Incomplete: true}
	}
	return &node{line: int32(y.Line), col: int32(y.Column)}
}

// convert converts one node. A node with an anchor is converted once, and may not stand inside itself.
func (c *yamlConverter) convert(y *yaml.Node, depth int) *node {
	if y.Kind == yaml.AliasNode && y.Alias != nil {
		y = y.Alias
	}
	if y.Anchor == "" {
		return c.one(y, depth)
	}
	if n, ok := c.done[y]; ok {
		return n
	}
	if c.open[y] {
		return c.fail(y, "Alias inside itself", fmt.Sprintf("The anchor &%s has an alias inside what it names. Nothing of this template is in the answer.", clip(y.Anchor)))
	}
	c.open[y] = true
	n := c.one(y, depth)
	delete(c.open, y)
	c.done[y] = n
	return n
}

func (c *yamlConverter) one(y *yaml.Node, depth int) *node {
	n := &node{line: int32(y.Line), col: int32(y.Column)}
	if depth > maxDepth {
		return c.fail(y, "Template nested too deeply", fmt.Sprintf("Collections are nested more than %d deep here. Nothing of this template is in the answer.", maxDepth))
	}
	switch y.Kind {
	case yaml.DocumentNode:
		if len(y.Content) == 0 {
			return n
		}
		return c.convert(y.Content[0], depth)
	case yaml.SequenceNode:
		n.kind = listNode
		n.items = make([]*node, 0, len(y.Content))
		for _, item := range y.Content {
			n.items = append(n.items, c.convert(item, depth+1))
		}
	case yaml.MappingNode:
		c.mapping(y, n, depth)
	default:
		scalarNode(y, n)
	}
	return shortForm(y, n)
}

func (c *yamlConverter) mapping(y *yaml.Node, n *node, depth int) {
	n.kind = mapNode
	n.fields = make([]field, 0, len(y.Content)/2)
	index := make(map[string]int, len(y.Content)/2)
	var merged []*node
	c.entries(y, n, index, depth, &merged)
	for _, m := range merged {
		for _, f := range m.fields {
			if _, own := index[f.name]; !own {
				index[f.name] = len(n.fields)
				n.fields = append(n.fields, f)
			}
		}
	}
}

func (c *yamlConverter) entries(y *yaml.Node, n *node, index map[string]int, depth int, merged *[]*node) {
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.AliasNode && k.Alias != nil {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			c.problems.Errorf(c.at(k), "Key is no text", "The keys of a template are texts; this entry is left out.")
			continue
		}
		value := c.convert(v, depth+1)
		if k.Value == "<<" && k.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
			*merged = append(*merged, value.list()...)
			continue
		}
		f := field{name: k.Value, line: int32(k.Line), col: int32(k.Column), value: value}
		if at, twice := index[f.name]; twice {
			duplicateKey(c.problems, c.at(k), f.name)
			n.fields[at] = f
			continue
		}
		index[f.name] = len(n.fields)
		n.fields = append(n.fields, f)
	}
}

func scalarNode(y *yaml.Node, n *node) {
	n.kind, n.text = textNode, y.Value
	switch y.ShortTag() {
	case "!!null":
		n.kind = nullNode
	case "!!bool":
		n.kind, n.text = boolNode, strings.ToLower(y.Value)
	case "!!int", "!!float":
		n.kind = numberNode
	}
}

// shortForm turns a tagged node into its long form: `!Sub x` into {"Fn::Sub": x}.
func shortForm(y *yaml.Node, n *node) *node {
	tag := y.Tag
	if len(tag) < 2 || tag[0] != '!' || tag[1] == '!' {
		return n
	}
	name := tag[1:]
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	if n.kind != listNode && n.kind != mapNode {
		n.kind = textNode // a tagged scalar has no type of its own
	}
	return &node{kind: mapNode, line: n.line, col: n.col, fields: []field{{name: name, line: n.line, col: n.col, value: n}}}
}

// yamlPlace returns the place of a YAML error; the whole file when the parser gives none.
func yamlPlace(path string, err error) diag.Range {
	at := diag.Range{Path: path}
	var one *yaml.LoadError
	if errors.As(err, &one) {
		at.Line, at.Column = one.Mark.Line, one.Mark.Column
	}
	return at
}

func yamlMessage(err error) string {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	var one *yaml.LoadError
	if errors.As(err, &one) && one.Message != "" {
		msg = one.Message
	}
	return strings.TrimSuffix(strings.Join(strings.Fields(msg), " "), ".")
}
