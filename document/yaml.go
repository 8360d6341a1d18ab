package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
)

func (p *parser) yaml(data []byte) (docs []*Node) {
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithUniqueKeys(false))
	if err != nil {
		p.problems.Errorf(diag.Range{Path: p.path}, "File not read", "The YAML parser did not start: %v.", err)
		return nil
	}
	for {
		var y yaml.Node
		err := loader.Load(&y)
		switch {
		case errors.Is(err, io.EOF):
			if len(docs) == 0 {
				p.empty()
			}
			return docs
		case err != nil:
			p.problems.Errorf(yamlPlace(p.path, err), "Invalid YAML", "The file is not valid YAML: %s. Nothing %s is in the answer.", yamlMessage(err), p.lost(len(docs)))
			return docs
		case len(docs) > 0 && !p.opts.Many:
			p.problems.Skipf(diag.Range{Path: p.path, Line: y.Line, Column: y.Column}, "Further documents not read", "%s file holds one YAML document; what follows the second --- is left out.", p.opts.upperNoun())
			return docs
		case len(docs) >= maxDocuments:
			p.problems.Errorf(diag.Range{Path: p.path, Line: y.Line, Column: y.Column}, "Too many documents", "A file may hold %d YAML documents; the rest is left out. Split the file.", maxDocuments)
			return docs
		}
		c := yamlConverter{parser: p, done: map[*yaml.Node]*Node{}, open: map[*yaml.Node]bool{}}
		doc := c.convert(&y, 0)
		if c.err != nil {
			p.problems.Add(*c.err)
			if !p.opts.Many {
				return nil
			}
			continue
		}
		docs = append(docs, doc)
	}
}

// lost says how much of a file is lost when its syntax breaks after some documents.
func (p *parser) lost(read int) string {
	if read == 0 {
		return "of this " + p.opts.noun()
	}
	return "that follows"
}

// yamlConverter turns YAML nodes into nodes. An alias becomes the same node, so that conversion is linear; the
// expansion is bounded when values are made.
type yamlConverter struct {
	*parser
	done map[*yaml.Node]*Node
	open map[*yaml.Node]bool
	err  *diag.Diagnostic
}

func (c *yamlConverter) at(y *yaml.Node) diag.Range {
	return diag.Range{Path: c.path, Line: y.Line, Column: y.Column}
}

func (c *yamlConverter) fail(y *yaml.Node, summary, detail string) *Node {
	if c.err == nil {
		c.err = &diag.Diagnostic{Severity: diag.Error, Summary: summary, Detail: detail, Range: c.at(y), Incomplete: true}
	}
	return &Node{Line: int32(y.Line), Col: int32(y.Column)}
}

// convert converts one node. A node with an anchor is converted once, and may not stand inside itself.
func (c *yamlConverter) convert(y *yaml.Node, depth int) *Node {
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
		return c.fail(y, "Alias inside itself", fmt.Sprintf("The anchor &%s has an alias inside what it names. Nothing of this %s is in the answer.", diag.Clip(y.Anchor, maxClip), c.opts.noun()))
	}
	c.open[y] = true
	n := c.one(y, depth)
	delete(c.open, y)
	c.done[y] = n
	return n
}

func (c *yamlConverter) one(y *yaml.Node, depth int) *Node {
	n := &Node{Line: int32(y.Line), Col: int32(y.Column)}
	if depth > MaxDepth {
		return c.fail(y, "Nested too deeply", fmt.Sprintf("Collections are nested more than %d deep here. Nothing of this %s is in the answer.", MaxDepth, c.opts.noun()))
	}
	switch y.Kind {
	case yaml.DocumentNode:
		if len(y.Content) == 0 {
			return n
		}
		return c.convert(y.Content[0], depth)
	case yaml.SequenceNode:
		n.Kind = List
		n.Items = make([]*Node, 0, len(y.Content))
		for _, item := range y.Content {
			n.Items = append(n.Items, c.convert(item, depth+1))
		}
	case yaml.MappingNode:
		c.mapping(y, n, depth)
	default:
		scalarNode(y, n)
	}
	return c.tagged(y, n)
}

func (c *yamlConverter) mapping(y *yaml.Node, n *Node, depth int) {
	n.Kind = Map
	n.Fields = make([]Field, 0, len(y.Content)/2)
	index := make(map[string]int, len(y.Content)/2)
	var merged []*Node
	c.entries(y, n, index, depth, &merged)
	for _, m := range merged {
		for _, f := range m.Fields {
			if _, own := index[f.Name]; !own {
				index[f.Name] = len(n.Fields)
				n.Fields = append(n.Fields, f)
			}
		}
	}
}

func (c *yamlConverter) entries(y *yaml.Node, n *Node, index map[string]int, depth int, merged *[]*Node) {
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.AliasNode && k.Alias != nil {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			c.problems.Errorf(c.at(k), "Key is no text", "The keys of a %s are texts; this entry is left out.", c.opts.noun())
			continue
		}
		value := c.convert(v, depth+1)
		if k.Value == "<<" && k.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
			*merged = append(*merged, value.List()...)
			continue
		}
		f := Field{Name: k.Value, Line: int32(k.Line), Col: int32(k.Column), Value: value}
		if at, twice := index[f.Name]; twice {
			c.twice(f.Name, f.Line, f.Col)
			n.Fields[at] = f
			continue
		}
		index[f.Name] = len(n.Fields)
		n.Fields = append(n.Fields, f)
	}
}

func scalarNode(y *yaml.Node, n *Node) {
	n.Kind, n.Text = Text, y.Value
	switch y.ShortTag() {
	case "!!null":
		n.Kind = Null
	case "!!bool":
		n.Kind, n.Text = Bool, strings.ToLower(y.Value)
	case "!!int", "!!float":
		n.Kind = Number
	}
}

// tagged turns a node with a tag of its own into the long form that the reader gives the tag: `!Sub x` into
// {"Fn::Sub": x}.
func (c *yamlConverter) tagged(y *yaml.Node, n *Node) *Node {
	tag := y.Tag
	if c.opts.Tags == nil || len(tag) < 2 || tag[0] != '!' || tag[1] == '!' {
		return n
	}
	name := c.opts.Tags(tag[1:])
	if n.Kind != List && n.Kind != Map {
		n.Kind = Text // a tagged scalar has no type of its own
	}
	return &Node{Kind: Map, Line: n.Line, Col: n.Col, Fields: []Field{{Name: name, Line: n.Line, Col: n.Col, Value: n}}}
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
