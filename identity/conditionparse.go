package identity

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// conditions reads the Condition of a statement: operators, below them keys and values; a lookup's is a list of
// {Test, Variable, Values}. An operator or key that is unknown gives a condition of which nothing is known.
func (p *reader) conditions(v inventory.Value) []Condition {
	var out []Condition
	switch v.Kind() {
	case inventory.Null:
		return nil
	case inventory.Map:
		if test := v.Get("Test"); !test.IsNull() {
			return []Condition{p.lookupCondition(v)}
		}
		for _, operator := range v.Properties() {
			out = append(out, p.operator(operator)...)
		}
		return out
	case inventory.List:
		for _, c := range v.List() {
			out = append(out, p.lookupCondition(c))
		}
		return out
	case inventory.Unknown:
	default:
		p.invalid(v, "Condition is an object of operators; this is %s.", v.Kind())
	}
	return []Condition{{Unknown: true, Value: v}}
}

func (p *reader) operator(operator inventory.Property) []Condition {
	switch operator.Value.Kind() {
	case inventory.Map:
	case inventory.Null:
		return nil
	default:
		if !operator.Value.IsUnknown() {
			p.invalid(operator.Value, "Below the operator %s stands an object of condition keys; this is %s.", operator.Name, operator.Value.Kind())
		}
		return []Condition{{Unknown: true, Value: operator.Value}}
	}
	var out []Condition
	for _, key := range operator.Value.Properties() {
		out = append(out, p.condition(operator.Name, key.Name, key.Value))
	}
	return out
}

func (p *reader) lookupCondition(v inventory.Value) Condition {
	operator, ok1 := v.Get("Test").Text()
	key, ok2 := v.Get("Variable").Text()
	if !ok1 || !ok2 {
		return Condition{Unknown: true, Value: v}
	}
	return p.condition(operator, key, v.Get("Values"))
}

func (p *reader) condition(name, key string, values inventory.Value) Condition {
	c := Condition{Key: strings.ToLower(key), Value: values}
	c.Operator = name
	if rest, ok := cutFold(c.Operator, "ForAllValues:"); ok {
		c.Operator, c.ForAll = rest, true
	} else if rest, ok := cutFold(c.Operator, "ForAnyValue:"); ok {
		c.Operator, c.ForAny = rest, true
	}
	if n := len(c.Operator) - len("IfExists"); n > 0 && strings.EqualFold(c.Operator[n:], "IfExists") {
		c.Operator, c.IfExists = c.Operator[:n], true
	}
	if known := operators[strings.ToLower(c.Operator)]; known.name != "" {
		c.Operator = known.name
	} else {
		p.invalid(values, "%q is no condition operator of IAM.", name)
		c.Unknown = true
	}
	c.Values = p.patterns(values, p.doc.variables)
	if values.IsNull() {
		c.Unknown = true
	}
	return c
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
