package identity

import (
	"fmt"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// Document is one policy document.
type Document struct {
	Statements []Statement
	// Open is what may add statements that are not known: the document itself, a statement, the statements' list.
	Open []inventory.Value
	// Managed is the path and name of the AWS managed policy that it is; empty for any other.
	Managed string
	// Unsure is set when the document may not be attached at all; nothing that it says is certain then.
	Unsure bool
	// Value is the document as written.
	Value inventory.Value
	// variables is set for Version 2012-10-17, in which ${aws:username} is a variable.
	variables bool
}

// Effect says what a statement does.
type Effect uint8

// The effects. UnknownEffect is an effect that only a value without a known text tells.
const (
	Allow Effect = iota
	Deny
	UnknownEffect
)

// String returns "Allow", "Deny" or "unknown".
func (e Effect) String() string { return [...]string{"Allow", "Deny", "unknown"}[e] }

// Statement is one statement of a document. In a list of patterns an unknown entry is a hole, so that nothing that is
// compared with it is certain.
type Statement struct {
	Sid    string
	Effect Effect
	// Principals is who the statement is about, or with NotPrincipal who it is not; empty in an identity policy.
	Principals   []Principal
	NotPrincipal bool
	// Actions are folded to lower case; NotAction means all others.
	Actions   []Pattern
	NotAction bool
	// Resources may be empty in a trust policy, which is about the role itself.
	Resources   []Pattern
	NotResource bool
	Conditions  []Condition
	// Value is the statement as written.
	Value inventory.Value
}

// Condition is one test of a statement: an operator, a key and its values.
type Condition struct {
	// Operator is the name without qualifiers: "StringLike".
	Operator string
	// IfExists, ForAll and ForAny are the qualifiers of the operator.
	IfExists, ForAll, ForAny bool
	// Key is in lower case; unknown parts of it are ${name}.
	Key string
	// Values are the values as patterns. Those of operators without wildcards hold none.
	Values []Pattern
	// Unknown is set when nothing of the condition is known but that there may be one.
	Unknown bool
	Value   inventory.Value
}

// ParseDocument reads a policy document from a property: an object, a JSON text, or a text of which parts are unknown.
// What is no valid document is told in diags, and what could not be read makes the document Open.
func ParseDocument(v inventory.Value, diags *diag.List) *Document { return parseDocument(v, diags) }

func parseDocument(v inventory.Value, diags *diag.List) *Document {
	d := &Document{Value: v, variables: true}
	body, ok := documentBody(v, diags)
	if !ok {
		d.Open = append(d.Open, v)
		return d
	}
	p := &reader{diags: diags, doc: d}
	if version, ok := body.Get("Version").Text(); ok || body.Get("Version").IsNull() {
		d.variables = version == "2012-10-17"
	}
	p.statements(body)
	return d
}

// documentBody gets the object out of what a document is written as.
func documentBody(v inventory.Value, diags *diag.List) (inventory.Value, bool) {
	text, isText := v.Text()
	switch {
	case v.Kind() == inventory.Map:
		return v, true
	case v.IsUnknown():
		if text = v.Partial(); text == "" {
			return v, false
		}
		body, err := parsePartial(text, v.Origin(), v.Refs()) // holes outside texts leave no JSON: the document stays unknown
		return body, err == nil && body.Kind() == inventory.Map
	case isText && strings.TrimSpace(text) == "": // how Terraform says that there is none
		return inventory.MapValue([]inventory.Property{{Name: "Statement", Value: inventory.ListValue(nil, v.Origin())}}, v.Origin()), true
	case isText:
		body, err := parseJSON(text, v.Origin())
		if err == nil && body.Kind() != inventory.Map {
			err = fmt.Errorf("it is %s", body.Kind())
		}
		if err != nil {
			invalid(diags, v, "The text is not a JSON object: %v.", err)
			return v, false
		}
		return body, true
	}
	invalid(diags, v, "A policy document is an object or a JSON text; this is %s.", v.Kind())
	return v, false
}

// invalid tells that a document, or a part of one, is none that IAM takes.
func invalid(diags *diag.List, v inventory.Value, format string, args ...any) {
	if diags != nil {
		diags.Skipf(v.Origin(), "Policy document not valid", format+" What it allows is unknown.", args...)
	}
}

// reader reads the statements of one document.
type reader struct {
	diags *diag.List
	doc   *Document
}

func (p *reader) invalid(v inventory.Value, format string, args ...any) {
	invalid(p.diags, v, format, args...)
}

func (p *reader) statements(body inventory.Value) {
	list := body.Get("Statement")
	switch list.Kind() {
	case inventory.Map:
		p.statement(list)
	case inventory.List:
		for i, s := range list.List() {
			if i == maxStatements {
				p.invalid(s, "There are more than %d statements.", maxStatements)
				p.doc.Open = append(p.doc.Open, s)
				return
			}
			p.statement(s)
		}
	case inventory.Unknown:
		p.doc.Open = append(p.doc.Open, list)
	case inventory.Null:
		p.invalid(body, "A policy document has a Statement.")
		p.doc.Open = append(p.doc.Open, body)
	default:
		p.invalid(list, "Statement is an object or a list of objects; this is %s.", list.Kind())
		p.doc.Open = append(p.doc.Open, list)
	}
}

func (p *reader) statement(v inventory.Value) {
	switch v.Kind() {
	case inventory.Null: // a conditional that gives none
		return
	case inventory.Map:
	default:
		if !v.IsUnknown() {
			p.invalid(v, "A statement is an object; this is %s.", v.Kind())
		}
		p.doc.Open = append(p.doc.Open, v)
		return
	}
	s := Statement{Value: v, Effect: p.effect(v)}
	s.Sid, _ = v.Get("Sid").Text()
	s.Actions, s.NotAction = p.either(v, "Action", "Actions", "NotAction", "NotActions")
	for i := range s.Actions {
		s.Actions[i] = s.Actions[i].fold()
	}
	if len(s.Actions) == 0 {
		p.invalid(v, "A statement has Action or NotAction, and at least one action in it.")
		p.doc.Open = append(p.doc.Open, v)
		return
	}
	s.Resources, s.NotResource = p.either(v, "Resource", "Resources", "NotResource", "NotResources")
	p.principals(&s, v)
	s.Conditions = p.conditions(v.Get("Condition"))
	p.doc.Statements = append(p.doc.Statements, s)
}

// effect reads Effect. A lookup's statement ("aws_iam_policy_document") has Allow by default, a document must say it.
func (p *reader) effect(v inventory.Value) Effect {
	e := v.Get("Effect")
	text, ok := e.Text()
	switch {
	case text == "Allow", e.IsNull() && !v.Get("Actions").IsNull():
		return Allow
	case text == "Deny":
		return Deny
	case ok || e.IsNull():
		p.invalid(v, "Effect is Allow or Deny; this is %q.", e.Display())
	}
	return UnknownEffect
}

// either reads the one of an element and its negation that is set. The second name of each is the lookup's.
func (p *reader) either(v inventory.Value, names ...string) (patterns []Pattern, negated bool) {
	for i, name := range names {
		if e := v.Get(name); !e.IsNull() {
			return p.patterns(e, p.doc.variables), i >= 2
		}
	}
	return nil, false
}

// patterns reads a text or a list of texts.
func (p *reader) patterns(v inventory.Value, variables bool) []Pattern {
	if v.Kind() != inventory.List {
		return []Pattern{p.pattern(v, variables)}
	}
	var out []Pattern
	for i, item := range v.List() {
		if i == maxEntries {
			p.invalid(item, "There are more than %d entries in one element.", maxEntries)
			return append(out, unknownPattern(item))
		}
		switch {
		case item.IsNull():
		case item.Kind() == inventory.List: // a list parameter in a list: CloudFormation and SAM write them so
			for _, inner := range item.List() {
				out = append(out, p.pattern(inner, variables))
			}
		default:
			out = append(out, p.pattern(item, variables))
		}
	}
	return out
}

func (p *reader) pattern(v inventory.Value, variables bool) Pattern {
	text, ok := v.Text()
	switch {
	case ok && len(text) > maxPattern:
		p.invalid(v, "A text has more than %d characters.", maxPattern)
		return unknownPattern(v)
	case ok:
		out := newPattern(text, variables)
		out.Value = v
		return out
	case v.IsUnknown():
		return unknownText(v)
	}
	p.invalid(v, "Here stands a text or a list of texts; this is %s.", v.Kind())
	return unknownPattern(v)
}

// unknownText is the pattern of an unknown text: the parts that are known, the reference it is made of, or nothing.
func unknownText(v inventory.Value) Pattern {
	text := v.Partial()
	if refs := v.Refs(); text == "" && len(refs) == 1 {
		text = "${" + refs[0].Address + "." + refs[0].Attr + "}"
	}
	if text == "" || len(text) > maxPattern {
		return unknownPattern(v)
	}
	out := newPattern(text, true)
	out.Value = v
	return out
}
