package cloudformation

import (
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
)

// checkParams complains about values handed to a nested template that it has no parameter for.
func (t *template) checkParams() {
	params := t.section("Parameters")
	for _, name := range sortedKeys(t.given) {
		if params.Get(name) == nil {
			t.warnf(t.given[name].Origin(), "Parameter not declared", "The nested template %s has no parameter %s; the value is not used.", t.path, diag.Clip(name, maxClip))
		}
	}
}

// parameter returns the value of a declared parameter.
func (t *template) parameter(name string) (inventory.Value, bool) {
	if v, ok := t.params[name]; ok {
		return v, true
	}
	p := t.doc.Get("Parameters").Get(name)
	if p == nil {
		return inventory.Value{}, false
	}
	v := t.readParameter(name, p)
	if truth, _ := inventory.StringValue(strings.ToLower(p.Get("NoEcho").Str()), diag.Range{}).Bool(); truth {
		v = v.AsSensitive()
	}
	t.params[name] = v
	return v, true
}

func (t *template) readParameter(name string, p *node) inventory.Value {
	at, typ := t.at(p), p.Get("Type").Str()
	label := "parameter " + name
	if v, ok := t.given[name]; ok {
		g := gather{trail: []inventory.Step{{Name: label, Note: "passed by " + strings.TrimSuffix(t.prefix, "/"), At: v.Origin()}}}
		g.add(v)
		if s, known := v.Text(); known && v.Kind() == inventory.String {
			v = typed(s, typ, v.Origin())
		}
		g.partial, g.notNull = v.Partial(), v.CertainlySet()
		return g.on(v)
	}
	if t.handed.IsUnknown() {
		return t.handed
	}
	if s, ok := t.opts.Params[name]; ok && t.given == nil {
		g := gather{trail: []inventory.Step{{Name: label, Note: "given on the command line", At: at}}}
		return g.on(typed(s, typ, at))
	}
	def := p.Get("Default")
	if def == nil || def.Kind == document.List || def.Kind == document.Map {
		if def != nil {
			t.errorf(t.at(def), "Default has the wrong shape", "The default of a parameter is a text or number; the parameter %s is taken as unknown.", diag.Clip(name, maxClip))
		}
		return placeholder(at, inventory.Step{Name: label, Note: "no value and no default", At: at}, name)
	}
	if t.opts.DefaultsUnknown {
		return placeholder(at, inventory.Step{Name: label, Note: "default not used", At: t.at(def)}, name)
	}
	g := gather{assumed: []inventory.Step{{Name: label, Note: "default", At: t.at(def)}}}
	return g.on(typed(def.Text, typ, t.at(def)))
}

// typed turns the text of a parameter into a value of the parameter's type. A parameter that is looked up in
// Parameter Store becomes a dynamic reference, which is what CloudFormation makes of it: the path stays visible.
func typed(s, typ string, at diag.Range) inventory.Value {
	switch {
	case strings.HasPrefix(typ, "AWS::SSM::Parameter::Value<") && !strings.HasPrefix(s, "{{resolve:"):
		return inventory.StringValue("{{resolve:ssm:"+s+"}}", at)
	case typ == "Number":
		return number(s, at)
	case typ == "CommaDelimitedList" || strings.HasPrefix(typ, "List<"):
		return splitList(s, at)
	}
	return inventory.StringValue(s, at)
}

func splitList(s string, at diag.Range) inventory.Value {
	if s == "" {
		return inventory.ListValue(nil, at)
	}
	var items []inventory.Value
	for item := range strings.SplitSeq(s, ",") {
		items = append(items, inventory.StringValue(strings.TrimSpace(item), at))
	}
	return inventory.ListValue(items, at)
}

// number keeps as a number only what reads back the same; an account id with a leading zero, 1.10 or 1e3 stays text.
func number(s string, at diag.Range) inventory.Value {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || strconv.FormatFloat(f, 'f', -1, 64) != s {
		return inventory.StringValue(s, at)
	}
	return inventory.NumberValue(f, at)
}

// pseudo returns the value of a pseudo parameter other than AWS::NoValue.
func (t *template) pseudo(name string, at diag.Range) inventory.Value {
	given := t.opts.Pseudo
	nestedStack := t.prefix != "" && (name == "AWS::StackName" || name == "AWS::StackId")
	if s, ok := given[name]; ok && !nestedStack {
		if name == "AWS::NotificationARNs" {
			return splitList(s, at)
		}
		return inventory.StringValue(s, at)
	}
	if region := given["AWS::Region"]; region != "" {
		partition, suffix := partitionOf(region)
		switch name {
		case "AWS::Partition":
			return inventory.StringValue(partition, at)
		case "AWS::URLSuffix":
			return inventory.StringValue(suffix, at)
		}
	}
	return unknown(at, name, "known when deployed")
}

// partitionOf returns the partition and the domain of a region: the three partitions that CloudFormation documents.
func partitionOf(region string) (partition, suffix string) {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov", "amazonaws.com"
	}
	return "aws", "amazonaws.com"
}
