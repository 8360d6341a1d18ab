package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/report/reference"
	"github.com/onus-dev/onus/stack"
)

var update = flag.Bool("update", false, "rewrite the schemas of the outputs")

// compile compiles a schema; strict closes every object that it leaves open, to find fields that it does not know.
func compile(t *testing.T, name string, strict bool) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(name + ".json") // not the embedded one, which -update leaves as it was compiled
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if strict {
		closeObjects(doc)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("mem:///"+name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		_, object := v["properties"].(map[string]any)
		if _, closed := v["additionalProperties"]; object && !closed && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closeObjects(x)
		}
	case []any:
		for _, x := range v {
			closeObjects(x)
		}
	}
}

// plain turns YAML into what JSON has: a day stays text, and a tag of an example stands for nothing.
func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return plain(t, n.Content[0])
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = plain(t, n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, plain(t, c))
		}
		return out
	}
	switch n.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null":
		var v any
		if err := json.Unmarshal([]byte(n.Value), &v); err != nil {
			t.Fatalf("line %d: %v", n.Line, err)
		}
		return v
	case "!unknown":
		return nil
	}
	return n.Value
}

func yamlOf(t *testing.T, text string) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Load([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return plain(t, &doc)
}

func TestNames(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"attestations", "catalog", "catalog-export", "check", "compare", "configuration", "diff", "effort", "exceptions", "host", "map", "move", "teams", "triage", "who"}, Names()); diff != "" {
		t.Error(diff)
	}
	for _, name := range Names() {
		compile(t, name, false)
	}
	if _, ok := Get("../schema"); ok {
		t.Error("found a schema that is not there")
	}
}

// TestCatalogFiles validates every embedded file, and refuses each of the ways to write a row wrong.
func TestCatalogFiles(t *testing.T) {
	t.Parallel()
	s := compile(t, "catalog", false)
	files, err := filepath.Glob("../catalog/aws/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatal(len(files), err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(yamlOf(t, string(text))); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	row := func(fields string) string {
		return "{service: x, title: X, hostings: [{id: x, title: X, duties: {image/build: [{" + fields + "}]}}]}"
	}
	good := row("party: aws, reason: It is so., basis: inferred")
	if err := s.Validate(yamlOf(t, good)); err != nil {
		t.Errorf("a good file is refused: %v", err)
	}
	for name, text := range map[string]string{
		"party":             row("party: amazon, reason: x, basis: inferred"),
		"basis":             row("party: aws, reason: x"),
		"cite":              row("party: aws, reason: x, basis: documented"),
		"means":             row("when: a == 1, party: aws, reason: x, basis: inferred"),
		"when":              row("means: it is so, party: aws, reason: x, basis: inferred"),
		"halves missing":    row("party: shared, reason: x, basis: inferred"),
		"halves of one":     row("party: aws, shared: {aws: a., customer: b.}, reason: x, basis: inferred"),
		"long reason":       row("party: aws, basis: inferred, reason: " + strings.Repeat("x", 201)),
		"misspelt key":      row("party: aws, reason: x, basis: inferred, citation: y"),
		"deadline":          row("party: aws, reason: x, basis: inferred, deadline: {days: soon, from: now}"),
		"duty":              strings.Replace(good, "image/build", "image/biuld", 1),
		"id":                strings.Replace(good, "id: x", "id: unknown", 1),
		"plain http":        `{service: x, title: X, citations: {a: {title: A, url: "http://a.example", seen: 2026-01-01}}}`,
		"no title":          "{service: x}",
		"a list at the top": "[]",
	} {
		if s.Validate(yamlOf(t, text)) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestCatalogWords holds the words of the catalog's schema against those of the program.
func TestCatalogWords(t *testing.T) {
	t.Parallel()
	text, _ := Get("catalog")
	var doc struct {
		Defs map[string]struct {
			Enum []string `json:"enum"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	var duties, parties []string
	for _, d := range stack.Duties() {
		duties = append(duties, string(d))
	}
	for _, p := range stack.Parties() {
		parties = append(parties, string(p))
	}
	if diff := cmp.Diff(duties, doc.Defs["duty"].Enum); diff != "" {
		t.Errorf("duties (-program +schema):\n%s", diff)
	}
	if diff := cmp.Diff(parties, doc.Defs["party"].Enum); diff != "" {
		t.Errorf("parties (-program +schema):\n%s", diff)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	s := compile(t, "configuration", false)
	for _, text := range append(configurations(t), "{}") {
		if err := s.Validate(yamlOf(t, text)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	for _, text := range []string{"roots: [{path: a, varfiles: [x]}]", "root: []", "roots: [{workspace: x}]", "modules: [a]"} {
		if s.Validate(yamlOf(t, text)) == nil {
			t.Errorf("accepted: %s", text)
		}
	}
}

// configurations takes the examples of onus.yaml out of the README and of the scripts.
func configurations(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "### onus.yaml")
	_, rest, fenced := strings.Cut(rest, "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !ok || !fenced || !closed {
		t.Fatal("the README shows no onus.yaml")
	}
	script, err := os.ReadFile("../cmd/onus/testdata/script/modules.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok = strings.Cut(string(script), "onus.yaml --\n")
	file, _, _ := strings.Cut(rest, "\n-- ")
	if !ok {
		t.Fatal("the script has no onus.yaml")
	}
	return []string{example, file}
}

// TestOutputs validates the golden outputs, with no field that the schema does not know.
func TestOutputs(t *testing.T) {
	t.Parallel()
	for pattern, name := range map[string]string{
		"../report/json/testdata/*.json.golden": "map", "../cmd/onus/testdata/*.json.golden": "map",
		"../report/json/testdata/compare*.golden": "compare", "../cmd/onus/testdata/compare*.json.golden": "compare",
		"../report/json/testdata/who*.golden":            "who",
		"../cmd/onus/testdata/checked/check.json.golden": "check",
		"../cmd/onus/testdata/move-json*.golden":         "move", "../cmd/onus/testdata/effort-json*.golden": "effort",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if name == "map" {
			files = slices.DeleteFunc(files, func(f string) bool { return strings.HasPrefix(filepath.Base(f), "compare") })
			if len(files) == 0 {
				t.Errorf("nothing matches %s", pattern)
			}
		}
		s := compile(t, name, true)
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			validate(t, s, path, string(text))
		}
	}
}

func validate(t *testing.T, s *jsonschema.Schema, path, text string) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

func TestCatalogExport(t *testing.T) {
	t.Parallel()
	cat, diags := catalog.Load(catalog.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var b strings.Builder
	if err := reference.Write(&b, reference.Of(cat), "json"); err != nil {
		t.Fatal(err)
	}
	s := compile(t, "catalog-export", true)
	validate(t, s, "catalog export", b.String())
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(b.String(), `"party": "aws"`, `"party": "amazon"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Validate(doc) == nil {
		t.Error("a party that does not exist is accepted")
	}
}
