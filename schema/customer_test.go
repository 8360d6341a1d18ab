package schema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/exception"
	"github.com/onus-dev/onus/ownership"
	"github.com/onus-dev/onus/stack"
)

// read puts a text into a file of a repository and reads it as a run does.
func read(t *testing.T, name, text string) diag.List {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if name == ownership.FileName {
		_, diags := ownership.Load(ownership.Options{Paths: []string{dir}, Boundary: dir})
		return diags
	}
	_, diags := exception.Load(exception.Options{Paths: []string{dir}, Boundary: dir, AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
	return diags
}

// examples takes the YAML examples out of a page that begin with a word.
func examples(t *testing.T, page, begin string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, block := range strings.Split(string(text), "```") {
		if body, ok := strings.CutPrefix(block, "yaml\n"); i%2 == 1 && ok && strings.HasPrefix(body, begin) {
			out = append(out, body)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s shows nothing that begins with %s", page, begin)
	}
	return out
}

// TestCustomerFiles holds the schemas of what customers write against the programs that read it: both accept the examples
// of the documentation, and both refuse each way to write it wrong.
func TestCustomerFiles(t *testing.T) {
	t.Parallel()
	exc := func(s string) string { return "exceptions: [{" + s + "}]" }
	att := func(s string) string { return "attestations: [{" + s + "}]" }
	rest := ", owner: a, until: 2027-01-01, reason: x"
	said := ", statement: s, by: b, date: 2026-10-01, until: 2027-01-01, evidence: 'https://example.com'"
	for _, c := range []struct {
		schema, file string
		good, bad    []string
	}{
		{"configuration", ownership.FileName,
			append(examples(t, "../docs/teams.md", "teams:"), "rules: [{team: a}]", "rules: [{team: a, duties: ['*']}]"),
			[]string{"rules: [{layers: [data]}]", "rules: [{team: a, layers: [dta]}]", "rules: [{team: a, path: [x]}]", "rules: [{team: a, accounts: ['1']}]",
				"rules: {}", "teams: [{name: x}]", "teams: [{id: ' '}]", "teams: [{id: a, mail: x}]", "rules: [{team: a, tags: [x]}]", "team: []"}},
		{"exceptions", exception.IgnoreFile,
			append(examples(t, "../docs/exceptions.md", "exceptions:"), exc("duty: data/*, address: x"+rest)),
			[]string{exc("address: x" + rest), exc("duty: data/*" + rest), exc("duty: data, address: x, until: 2027-01-01, reason: x"), exc("duty: dta/protect, address: x" + rest),
				exc("duty: data/*, address: x, owner: a, until: tomorrow, reason: x"), exc("duty: data/*, address: x, adress: y" + rest), "- duty: data/*", exc("check: [], address: x" + rest)}},
		{"attestations", exception.AttestDir + "/a.yaml",
			append(examples(t, "../docs/exceptions.md", "attestations:"), att("duty: [data/*], hosting: s3"+said)),
			[]string{att("duty: data/*" + said), att("hosting: s3" + said), att("duty: a-check, hosting: s3" + said), att("duty: data/*, hosting: s3, by: b"),
				att("duty: data/*, hosting: s3, who: me" + said), "exceptions: []"}},
	} {
		s := compile(t, c.schema, false)
		for _, text := range c.good {
			if err := s.Validate(yamlOf(t, text)); err != nil {
				t.Errorf("%s: the schema refuses\n%s\n%v", c.schema, text, err)
			}
			if diags := read(t, c.file, text); len(diags) > 0 {
				t.Errorf("%s: the program refuses\n%s\n%v", c.schema, text, diags)
			}
		}
		for _, text := range c.bad {
			if s.Validate(yamlOf(t, text)) == nil {
				t.Errorf("%s: the schema accepts %s", c.schema, text)
			}
			if diags := read(t, c.file, text); !diags.HasErrors() {
				t.Errorf("%s: the program accepts %s", c.schema, text)
			}
		}
	}
}

// TestCustomerWords holds the duties and layers of these schemas against those of the program.
func TestCustomerWords(t *testing.T) {
	t.Parallel()
	var layers, duties []string
	for _, l := range stack.Layers() {
		layers = append(layers, string(l.Layer))
	}
	for _, d := range stack.Duties() {
		duties = append(duties, string(d))
	}
	targets := duties
	for _, l := range layers {
		targets = append(targets, l+"/*")
	}
	for _, c := range []struct {
		schema, def string
		want        []string
	}{{"configuration", "layer", layers}, {"exceptions", "duty", targets}, {"attestations", "duty", targets}} {
		text, _ := Get(c.schema)
		var doc struct {
			Defs map[string]struct {
				Enum []string `json:"enum"`
			} `json:"$defs"`
		}
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, doc.Defs[c.def].Enum); diff != "" {
			t.Errorf("%s (-program +schema):\n%s", c.schema, diff)
		}
	}
}
