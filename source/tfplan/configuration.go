package tfplan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// The configuration in a plan: for every argument whether it is a constant and what it refers to. There is one module for
// each call, however many instances the call has.

// configModule is one module as it is called.
type configModule struct {
	// resources are by "aws_x.y" and "data.aws_x.y".
	resources map[string]*configResource
	outputs   map[string]*expression
	calls     map[string]*moduleCall
}

// configResource is a resource or data block.
type configResource struct {
	args arguments
	// forEach is the for_each expression, nil for none.
	forEach *expression
}

// moduleCall is a module block.
type moduleCall struct {
	inputs  arguments
	forEach *expression
	module  *configModule
}

// expression is what the plan tells of one argument, or the nested blocks of one type.
type expression struct {
	// refs are what the expression reads, the longest form of each: "aws_x.y[0].arn", "module.a.out", "var.z".
	refs []string
	// constant is a constant scalar as text, when isConstant is set.
	constant   string
	isConstant bool
	// blocks are the nested blocks that are written out; isBlocks tells no blocks from an argument.
	blocks   []arguments
	isBlocks bool
}

// arguments are the arguments and nested blocks of one block in name order; nil when the configuration is not known.
type arguments []argument

type argument struct {
	name string
	expr *expression
}

func (a arguments) get(name string) *expression {
	i, ok := slices.BinarySearchFunc(a, name, func(x argument, n string) int { return strings.Compare(x.name, n) })
	if !ok {
		return nil
	}
	return a[i].expr
}

// configReader reads the configuration of a plan.
type configReader struct {
	*decoder
	count int
	// plain stands for all expressions that have nothing to tell: no reference and no constant that is kept.
	plain expression
	// refused receives the address and reason of what is not read.
	refused func(address string, why error)
}

// root reads the value of "configuration".
func (c *configReader) root(s *scanner) (*configModule, error) {
	m := newConfigModule()
	err := s.object(func(key string) error {
		if key == "root_module" {
			return c.module(s, m, "", 0)
		}
		return s.skip()
	})
	return m, err
}

func newConfigModule() *configModule {
	return &configModule{resources: map[string]*configResource{}, outputs: map[string]*expression{}, calls: map[string]*moduleCall{}}
}

// module reads a module into m, which holds what was read before an error.
func (c *configReader) module(s *scanner, m *configModule, prefix string, depth int) error {
	if depth > maxNesting {
		return s.fail(fmt.Sprintf("modules nest more than %d deep", maxNesting))
	}
	return s.object(func(key string) error {
		switch key {
		case "resources":
			return s.array(func() error { return c.resource(s, m, prefix) })
		case "outputs":
			return s.object(func(name string) error { return c.output(s, m, prefix, name) })
		case "module_calls":
			return s.object(func(name string) error { return c.call(s, m, prefix, name, depth) })
		}
		return s.skip()
	})
}

func (c *configReader) output(s *scanner, m *configModule, prefix, name string) error {
	n, err := c.value(s, prefix+"output."+name)
	if err == nil && n != nil {
		m.outputs[c.one(name)] = c.expression(members(n).get("expression"), false)
	}
	return err
}

// value decodes one value whole; nil when it is refused.
func (c *configReader) value(s *scanner, what string) (*terraform.Node, error) {
	raw, err := s.capture(maxResource)
	if err != nil {
		return nil, err
	}
	if raw == nil {
		c.refused(what, errSize)
		return nil, nil
	}
	c.resourceStarts()
	n, err := c.node(raw, 0)
	if errors.Is(err, errNesting) || errors.Is(err, errValues) {
		c.refused(what, err)
		return nil, nil
	}
	return &n, err
}

func (c *configReader) resource(s *scanner, m *configModule, prefix string) error {
	if c.count++; c.count > maxResources {
		return s.skip()
	}
	n, err := c.value(s, prefix+"a resource")
	if err != nil || n == nil {
		return err
	}
	f := members(n)
	if at := f.get("address"); at != nil && at.Text != "" {
		m.resources[at.Text] = &configResource{
			args: c.arguments(f.get("expressions"), 0), forEach: c.expression(f.get("for_each_expression"), false),
		}
	}
	return nil
}

func (c *configReader) call(s *scanner, m *configModule, prefix, name string, depth int) error {
	if c.count++; c.count > maxResources {
		return s.skip()
	}
	call := &moduleCall{module: newConfigModule()}
	m.calls[c.one(name)] = call
	address := prefix + "module." + name
	return s.object(func(key string) error {
		switch key {
		case "module":
			return c.module(s, call.module, address+".", depth+1)
		case "expressions", "for_each_expression":
			n, err := c.value(s, address)
			switch {
			case err != nil:
				return err
			case n == nil:
			case key == "expressions":
				call.inputs = c.arguments(n, 0)
			default:
				call.forEach = c.expression(n, false)
			}
			return nil
		}
		return s.skip()
	})
}

// arguments reads the "expressions" of a block.
func (c *configReader) arguments(n *terraform.Node, depth int) arguments {
	if n == nil || n.Kind != inventory.Map {
		return arguments{}
	}
	out := make(arguments, 0, len(n.Members))
	for i := range n.Members {
		out = append(out, argument{n.Members[i].Name, c.expression(&n.Members[i].Value, depth > 0)})
	}
	slices.SortStableFunc(out, func(a, b argument) int { return strings.Compare(a.name, b.name) })
	return out
}

// expression reads an argument's expression or the blocks in its place. Constants are kept where blocks have to be told
// apart by them: inside nested blocks.
func (c *configReader) expression(n *terraform.Node, keepConstant bool) *expression {
	switch {
	case n == nil || n.Kind != inventory.Map && n.Kind != inventory.List:
		return nil
	case n.Kind == inventory.List:
		e := &expression{isBlocks: true}
		for i := range n.Items {
			e.blocks = append(e.blocks, c.arguments(&n.Items[i], 1))
		}
		return e
	case !isExpression(n):
		return &expression{isBlocks: true, blocks: []arguments{c.arguments(n, 1)}}
	}
	var e expression
	f := members(n)
	if refs := f.get("references"); refs != nil {
		e.refs = c.longest(refs.Items)
	}
	if v := f.get("constant_value"); v != nil && keepConstant {
		e.constant, e.isConstant = scalarText(v)
	}
	if len(e.refs) == 0 && !e.isConstant {
		return &c.plain
	}
	return &e
}

// isExpression tells an argument's expression from a single nested block.
func isExpression(n *terraform.Node) bool {
	for i := range n.Members {
		m := &n.Members[i]
		if m.Name != "constant_value" && (m.Name != "references" || m.Value.Kind != inventory.List) {
			return false
		}
	}
	return true
}

// longest drops the references that Terraform lists again in shorter form behind each one.
func (c *configReader) longest(items []terraform.Node) []string {
	var out []string
	last := ""
	for i := range items {
		ref := items[i].Text
		rest, shorter := strings.CutPrefix(last, ref)
		if ref == "" || shorter && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			continue
		}
		last = ref
		out = append(out, c.one(ref))
	}
	return out
}

// scalarText is a scalar as text, as Terraform converts between scalars.
func scalarText(n *terraform.Node) (string, bool) {
	switch n.Kind {
	case inventory.String:
		return n.Text, true
	case inventory.Bool, inventory.Number:
		v := inventory.BoolValue(n.Bool, noPlace)
		if n.Kind == inventory.Number {
			v = inventory.NumberValue(n.Number, noPlace)
		}
		return v.Text()
	}
	return "", false
}
