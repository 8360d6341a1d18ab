package document

import (
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// Budget bounds how many values are made of the nodes of one run of a reader: aliases make a small file stand for a
// huge one. The zero Budget makes none.
type Budget struct {
	left int
	// spent tells at most once.
	at *diag.Range
}

// NewBudget allows n values.
func NewBudget(n int) *Budget { return &Budget{left: n} }

// take pays for one value with a text of the given length.
func (b *Budget) take(length int, at diag.Range) bool {
	if b.left < 0 {
		return false
	}
	b.left -= 1 + length/64
	if b.left < 0 {
		b.at = &at
	}
	return b.left >= 0
}

// Exceeded tells where the budget ran out; ok is false when it did not.
func (b *Budget) Exceeded() (at diag.Range, ok bool) {
	if b.at == nil {
		return diag.Range{}, false
	}
	return *b.at, true
}

// Value turns n into an inventory value with every member's place. shape gives members CloudFormation's spelling
// ("executionRoleArn" becomes ExecutionRoleArn) and turns tags into a map; nil keeps every name as written. What the
// budget does not allow is left out; see Budget.Exceeded.
func (n *Node) Value(path string, shape *vocabulary.Shape, budget *Budget) inventory.Value {
	at := n.In(path)
	if n == nil || !budget.take(len(n.Text), at) {
		return inventory.NullValue(at)
	}
	switch n.Kind {
	case Bool:
		return inventory.BoolValue(n.Text == "true", at)
	case Number:
		if f, ok := number(n.Text); ok {
			return inventory.NumberValue(f, at)
		}
		return inventory.StringValue(n.Text, at)
	case Text:
		return inventory.StringValue(n.Text, at)
	case List:
		return n.listValue(path, shape, budget, at)
	case Map:
		return n.mapValue(path, shape, budget, at)
	}
	return inventory.NullValue(at)
}

// number reads YAML's and JSON's numbers: 15, 1e3, 0x1F, 0o17, 1_000.
func number(text string) (float64, bool) {
	if f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64); err == nil {
		return f, true
	}
	i, err := strconv.ParseInt(text, 0, 64)
	return float64(i), err == nil
}

func (n *Node) listValue(path string, shape *vocabulary.Shape, budget *Budget, at diag.Range) inventory.Value {
	var element *vocabulary.Shape
	if shape != nil {
		switch shape.Kind {
		case vocabulary.Tags:
			return n.tagsValue(path, budget, at)
		case vocabulary.List:
			element = shape.Element
		}
	}
	items := make([]inventory.Value, 0, len(n.Items))
	for _, item := range n.Items {
		items = append(items, item.Value(path, element, budget))
	}
	return inventory.ListValue(items, at)
}

// tagsValue turns [{Key: a, Value: b}] into {a: b}; AWS's own documents write key and value, or tagKey and tagValue, too.
func (n *Node) tagsValue(path string, budget *Budget, at diag.Range) inventory.Value {
	var props []inventory.Property
	for _, item := range n.Items {
		var key string
		var value *Node
		for _, f := range item.fields() {
			switch strings.TrimPrefix(strings.ToLower(f.Name), "tag") {
			case "key":
				key = f.Value.Str()
			case "value":
				value = f.Value
			}
		}
		if key != "" {
			props = append(props, inventory.Property{Name: key, Value: value.Value(path, nil, budget)})
		}
	}
	return inventory.MapValue(props, at)
}

func (n *Node) fields() []Field {
	if n == nil {
		return nil
	}
	return n.Fields
}

func (n *Node) mapValue(path string, shape *vocabulary.Shape, budget *Budget, at diag.Range) inventory.Value {
	props := make([]inventory.Property, 0, len(n.Fields))
	for _, f := range n.Fields {
		name, inner := member(shape, f.Name)
		v := f.Value.Value(path, inner, budget)
		if v.IsNull() {
			continue
		}
		props = append(props, inventory.Property{Name: name, Value: v})
	}
	return inventory.MapValue(props, at)
}

// member names a member of an object in CloudFormation's way, and gives its shape.
func member(shape *vocabulary.Shape, name string) (string, *vocabulary.Shape) {
	if shape == nil {
		return name, nil
	}
	switch shape.Kind {
	case vocabulary.Object:
		if f, ok := shape.FoldedField(name); ok {
			return f.Name, f.Shape
		}
		if name != "" && name[0] >= 'a' && name[0] <= 'z' {
			return strings.ToUpper(name[:1]) + name[1:], nil
		}
	case vocabulary.Map, vocabulary.Tags:
		return name, shape.Element
	}
	return name, nil
}
