package expr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
)

// issues turns CEL's messages into diagnostics that speak of properties and parts.
// Misses are the fields that the checker asked for in vain.
func (f *faults) issues(errs *common.Errors, misses []miss) {
	for _, e := range errs.GetErrors() {
		summary, detail := f.explain(e.Message, &misses)
		column := e.Location.Column()
		if summary == unknownProperty {
			column++ // CEL points at the dot before the name
		}
		f.add(e.Location.Line(), column, summary, detail)
	}
}

// notParsed tells what is wrong with a condition's syntax in the words of CEL's usual parser.
func (f *faults) notParsed(env *cel.Env, text common.Source, errs *common.Errors) {
	if _, issues := env.ParseSource(text); issues.Err() != nil {
		usual := common.NewErrors(text)
		errs = usual.Append(issues.Errors())
	}
	f.issues(errs, nil)
}

const unknownProperty = "Unknown property"

// messageForms picks the names out of the checker's messages.
func messageForms() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`^undefined field '([^']*)'`),
		regexp.MustCompile(`^undeclared reference to '([^']*)'`),
		regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`),
		regexp.MustCompile(`^type '(.*)' does not support field selection`),
		regexp.MustCompile(`^expected type '(.*)' but found '(.*)'`),
	}
}

func (f *faults) explain(msg string, misses *[]miss) (summary, detail string) {
	if strings.Contains(msg, "has()") || strings.HasPrefix(msg, "undeclared reference to 'has'") {
		return hasSummary, hasDetail
	}
	for i, re := range messageForms() {
		m := re.FindStringSubmatch(msg)
		if m == nil {
			continue
		}
		switch i {
		case 0:
			return f.explainField(m[1], misses)
		case 1:
			return "Unknown name", fmt.Sprintf("There is no %q here. %s", m[1], Suggest(m[1], f.env.Names()))
		case 2:
			return "Types do not fit", explainOverload(m[1], m[2])
		case 3:
			return "Types do not fit", fmt.Sprintf("A %s has no properties.", typeName(m[1]))
		default:
			return "Types do not fit", fmt.Sprintf("Expected a %s, found a %s.", typeName(m[1]), typeName(m[2]))
		}
	}
	return "Condition not understood", strings.TrimPrefix(msg, "Syntax error: ") + "."
}

func (f *faults) explainField(field string, misses *[]miss) (summary, detail string) {
	typ := ""
	if i := slices.IndexFunc(*misses, func(m miss) bool { return m.field == field }); i >= 0 {
		typ = (*misses)[i].typ
		*misses = slices.Delete(slices.Clone(*misses), i, i+1)
	}
	if typ == "" {
		return unknownProperty, fmt.Sprintf("There is no property %q here.", field)
	}
	return unknownProperty, fmt.Sprintf("%s has no property %q. %s", typ, field, Suggest(field, f.env.compiler.schema.fieldNames(typ)))
}

// Suggest names the few names closest to a misspelt one as a sentence, or all of them when they are few.
func Suggest(name string, names []string) string {
	if near := nearest(name, names, 3); len(near) > 0 {
		return "Did you mean " + strings.Join(near, " or ") + "?"
	}
	switch {
	case len(names) == 0:
		return "There is none."
	case len(names) == 1:
		return "There is " + names[0] + "."
	case len(names) <= 8:
		return "There are " + strings.Join(names, ", ") + "."
	}
	return fmt.Sprintf("There are %d names, none like it: %s, …", len(names), strings.Join(names[:5], ", "))
}

// explainOverload words a failed application: `==` on (string, int).
func explainOverload(function, signature string) string {
	op := strings.Trim(function, "_@!")
	if function == "!_" {
		op = "!"
	}
	if function == "_?_:_" {
		op = "? :"
	}
	receiver, args, member := strings.Cut(signature, ".(")
	if !member {
		return fmt.Sprintf("%s cannot be applied to %s.", op, typeName(signature))
	}
	return fmt.Sprintf("%s.%s(%s cannot be applied.", typeName(receiver), op, typeName(args))
}

// typeName drops CEL's own words from a type: wrapper(string) is a string here.
func typeName(s string) string {
	for _, word := range []string{"wrapper", "optional_type"} {
		for {
			i := strings.Index(s, word+"(")
			if i < 0 {
				break
			}
			end := strings.IndexByte(s[i:], ')')
			if end < 0 {
				break
			}
			s = s[:i] + s[i+len(word)+1:i+end] + s[i+end+1:]
		}
	}
	return strings.ReplaceAll(s, "google.protobuf.Timestamp", "timestamp")
}
