package terraform

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

//go:embed names.txt
var namesText string

// nameTable is the table of names.txt; a line is taken apart when its type first occurs.
//
// A line is `terraform_type CloudFormation::Type [@Prefix] [~Whole::Type] [path=Target …]`. A path is dotted through
// nested blocks. A target is relative to where the enclosing block goes, or to the resource when it starts with "/"; "."
// puts a block's arguments in its parent, "-" drops the property. With a prefix, what the line does not send elsewhere
// goes below it. A target may end in the words that CloudFormation has for Terraform's values:
// `internal=Scheme{true:internal,false:internet-facing}`; a value that is not listed stays as it is. A type with a leading
// "=" is none of CloudFormation's; with "~" its properties are those of another type, which it is a part of. A name that
// the table does not list is matched to the CloudFormation property that differs in case and underscores only.
type nameTable struct{ lines map[string]string }

// entry is one line of the table.
type entry struct {
	typ    string
	shape  *vocabulary.Shape
	prefix string
	paths  map[string]string
	// words holds, by Terraform path, CloudFormation's word for each of Terraform's values.
	words  map[string]map[string]string
	mapped bool
	// sourceType is the Terraform type; lookup is set for data sources.
	sourceType string
	lookup     bool
}

// loadNames reads the table once.
var loadNames = sync.OnceValue(func() *nameTable {
	t := &nameTable{lines: make(map[string]string, 1600)}
	for line := range strings.Lines(namesText) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && !strings.HasPrefix(name, "#") {
			t.lines[name] = rest
		}
	}
	return t
})

// typeOf is the type of a resource in the vocabulary; empty when it is none of AWS's.
func (t *nameTable) typeOf(typ string) string {
	typ, _, _ = strings.Cut(t.lines[typ], " ")
	return strings.TrimPrefix(typ, "=")
}

// lookup finds how to translate a type; nil when the type is none of AWS's, or a lookup that decides nothing.
func (t *nameTable) lookup(typ string, data bool, types *vocabulary.Types) *entry {
	line, ok := t.lines[typeKey(typ, data)]
	switch {
	case ok:
		return parseEntry(typ, data, line, types)
	case data:
		return nil
	case strings.HasPrefix(typ, "awscc_"):
		e := &entry{typ: typ, sourceType: typ}
		if cfn, ok := types.ByCloudControlName(typ); ok {
			e.typ, e.shape, e.mapped = cfn, types.Shape(cfn), true
		}
		return e
	case strings.HasPrefix(typ, "aws_"):
		return &entry{typ: typ, sourceType: typ}
	}
	return nil
}

// typeKey is a type's name in the table.
func typeKey(typ string, data bool) string {
	if data {
		return "data." + typ
	}
	return typ
}

func parseEntry(typ string, data bool, line string, types *vocabulary.Types) *entry {
	fields := strings.Fields(line)
	e := &entry{typ: strings.TrimPrefix(fields[0], "="), sourceType: typ, lookup: data, mapped: true, paths: map[string]string{}}
	e.shape = types.Shape(e.typ)
	for _, f := range fields[1:] {
		if p, ok := strings.CutPrefix(f, "@"); ok {
			e.prefix = p
			continue
		}
		if whole, ok := strings.CutPrefix(f, "~"); ok {
			e.shape = types.Shape(whole)
			continue
		}
		from, target, _ := strings.Cut(f, "=")
		to, list, worded := strings.Cut(strings.TrimSuffix(target, "}"), "{")
		e.paths[from] = to
		if worded {
			e.addWords(from, list)
		}
	}
	return e
}

// addWords files a list of value:word pairs.
func (e *entry) addWords(path, list string) {
	words := map[string]string{}
	for pair := range strings.SplitSeq(list, ",") {
		value, word, _ := strings.Cut(pair, ":")
		words[value] = word
	}
	if e.words == nil {
		e.words = map[string]map[string]string{}
	}
	e.words[path] = words
}

// word puts a value in CloudFormation's word when the table lists one for it. What the value remembers stays.
func (e *entry) word(path string, v inventory.Value) inventory.Value {
	words := e.words[path]
	if words == nil {
		return v
	}
	text, known := v.Text()
	word, listed := words[text]
	if !known || !listed {
		return v
	}
	out := inventory.StringValue(word, v.Origin()).WithMeta(v.Meta())
	if v.Sensitive() {
		return out.AsSensitive()
	}
	return out
}
