package serverless_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onus-dev/onus/internal/inventorytext"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/serverless"
	"github.com/onus-dev/onus/vocabulary"
)

var update = flag.Bool("update", false, "rewrite the expected.txt files")

// folder opens files below one directory.
type folder struct{ fsys fs.FS }

func (f folder) ReadFile(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s lies outside the root", name)
	}
	return fs.ReadFile(f.fsys, name)
}

// memory holds files by path.
type memory map[string]string

func (m memory) ReadFile(name string) ([]byte, error) {
	if s, ok := m[name]; ok {
		return []byte(s), nil
	}
	return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

// TestGolden reads testdata/<case>/serverless.yml and compares the inventory and its workloads with expected.txt.
func TestGolden(t *testing.T) {
	t.Parallel()
	inventorytext.Golden(t, "serverless.yml", *update, func(dir string, data []byte) (*inventory.Inventory, bool) {
		inv, _ := serverless.Read("serverless.yml", data, folder{os.DirFS(dir)}, serverless.Options{})
		return inv, serverless.Is(data)
	})
}

func TestIs(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		"service: a\nprovider:\n  name: aws\n":                              true,
		"service:\n  name: a\nprovider: aws\n":                              true,
		"# x\nprovider: ${file(p.yml)}\nfunctions: ${file(f.yml)}\n":        true,
		`{"service": "a", "provider": {"name": "aws"}, "functions": {}}`:    true,
		"service:\n  annotations: {}\n  port: 80\nprovider:\n  name: aws\n": false, // the values of a chart
		"services:\n  a: {path: a}\n":                                       false, // a compose file
		"version: 3\nservices: {web: {image: nginx}}\n":                     false,
		"AWSTemplateFormatVersion: x\nprovider: aws\nfunctions: {}\n":       false,
		`{"provider": {"aws": {"region": "x"}}, "resource": {}}`:            false,
		`{"provider": {"aws": {}}, "functions": "x"}`:                       false,
		"provider: aws\n":                 false,
		"  service: a\n  provider: aws\n": false,
		"":                                false,
	}
	for in, want := range cases {
		if got := serverless.Is([]byte(in)); got != want {
			t.Errorf("Is(%q) = %v", in, got)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	if !serverless.IsCode("a/serverless.ts", []byte("const c: AWS = {service: 'a', provider: {name: 'aws'}}")) || serverless.IsCode("a/serverless.ts", []byte("x")) || serverless.IsCode("a/index.ts", []byte("service provider")) {
		t.Error("code is not told by name and content")
	}
	if inv := serverless.Code("a/serverless.ts"); len(inv.Diags) != 1 || !inv.Diags.Incomplete() || !strings.Contains(inv.Diags[0].Detail, "serverless package") {
		t.Errorf("diagnostics %v", inv.Diags)
	}
}

// property reads one function with a description and says what the description comes to.
func property(t *testing.T, text, rest string, opts serverless.Options) string {
	t.Helper()
	service := "service: s\nprovider: {name: aws, runtime: nodejs22.x}\nfunctions: {f: {handler: a.b, description: \"" + text + "\"}}\n" + rest
	files := memory{"x.yml": "a: {b: [one, two]}\nn: 5\nt: \"${self:custom.t}\"\n", "x.json": `{"a": true}`, "note.txt": "hello", "deep.yml": "v: ${file(./deep.yml):v}"}
	inv, _ := serverless.Read("serverless.yml", []byte(service), files, opts)
	for _, r := range inv.Resources {
		if r.Address != "FLambdaFunction" {
			continue
		}
		v := r.Get("Description")
		out := v.Display()
		if p := v.Partial(); p != "" {
			out += " ~" + p
		}
		for _, s := range v.Assumed() {
			out += " assumed " + s.Name
		}
		for _, s := range v.Unresolved() {
			out += " for " + s.Name
		}
		return out
	}
	return fmt.Sprint("no function", inv.Diags)
}

func TestVariables(t *testing.T) {
	t.Parallel()
	const custom = "custom: {t: text, n: 7, e: '', list: [x, y], m: {dev: in-dev}, stage: '${sls:stage}', loop: '${self:custom.loop}'}\nparams: {default: {p: pd}, dev: {q: qd}}\n"
	cases := map[string]string{
		"${self:custom.t}":                      "text",
		"${self:custom.list.1}":                 "y",
		"${self:custom.n}":                      "7",
		"${self:custom.e}x":                     "x",
		"a-${self:custom.t}-${self:custom.n}":   "a-text-7",
		"${self:custom.none, 'd'}":              "d",
		"${self:custom.none, self:custom.t}":    "text",
		"${self:custom.none, ${self:custom.t}}": "text",
		"${self:custom.none, 'a,b'}":            "a,b",
		"${self:custom.none}":                   "(unknown) ~${self:custom.none} for ${self:custom.none}",
		"${self:custom.m.${self:custom.stage}}": "in-dev assumed --stage",
		"${self:service}":                       "s",
		"${sls:stage}":                          "dev assumed --stage",
		"${opt:stage}":                          "dev assumed --stage",
		"${opt:stage, 'qa'}":                    "qa assumed opt:stage",
		"${opt:stage, self:provider.stage}":     "dev assumed opt:stage assumed --stage",
		"${opt:x}":                              "(unknown) ~${opt:x} for opt:x",
		"${opt:x, 5}":                           "5 assumed opt:x",
		"${aws:region}":                         "us-east-1 assumed --region",
		"x-${aws:accountId}":                    "(unknown) ~x-${aws:accountId} for aws:accountId",
		"${env:A}":                              "(unknown) ~${env:A} for env:A",
		"${env:A, 'a'}":                         "a assumed env:A",
		"${ssm:/a/b, 'x'}":                      "(unknown) ~${ssm:/a/b, 'x'} for ssm:/a/b",
		"${cf(eu-west-1):s.o}":                  "(unknown) ~${cf(eu-west-1):s.o} for cf(eu-west-1):s.o",
		"${file(./x.yml):a.b.0}":                "one",
		"${file(x.yml):t}":                      "text",
		"${file(./x.json):a}":                   "true",
		"${file(./note.txt)}":                   "hello",
		"${file(./none.yml):a, 'd'}":            "d assumed file ./none.yml",
		"${file(./code.js):a, 'd'}":             "(unknown) ~${file(./code.js):a, 'd'} for file ./code.js",
		"${file(/etc/passwd)}":                  "(unknown) ~${file(/etc/passwd)} for file /etc/passwd",
		"${param:p}":                            "pd assumed --stage",
		"${param:q}":                            "qd assumed --stage",
		"${param:r}":                            "(unknown) ~${param:r} for param:r",
		"${strToBool(1)}":                       "true",
		"${strToBool(${opt:x, 'false'})}":       "false assumed opt:x",
		"${AWS::Region} ${Name} ${!x}":          "${AWS::Region} ${Name} ${!x}",
		"${my.plugin:x}":                        "${my.plugin:x}",
		"${plugin:x}":                           "(unknown) ~${plugin:x} for plugin:x",
		"${self:custom.t":                       "${self:custom.t",
		"${self:custom.loop}":                   "(unknown) ~${self:custom.loop} for ${self:custom.loop}",
		"${file(./deep.yml):v}":                 "(unknown) ~${file(./deep.yml):v} for ${file(./deep.yml):v}",
	}
	for in, want := range cases {
		if got := property(t, in, custom, serverless.Options{}); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	given := serverless.Options{Params: map[string]string{"stage": "prod"}}
	if got := property(t, "${sls:stage} ${opt:stage, 'x'}", "", given); got != "prod prod" {
		t.Errorf("--stage prod gives %s", got)
	}
	for _, text := range []string{"${sls:stage}", "${opt:stage, 'x'}", "${env:A, 'a'}"} {
		if got := property(t, text, "", serverless.Options{DefaultsUnknown: true}); !strings.HasPrefix(got, "(unknown)") {
			t.Errorf("%s with unknown defaults is %s", text, got)
		}
	}
}

// TestStageOfItself checks a provider that takes its stage from the option: without one it is the framework's default.
func TestStageOfItself(t *testing.T) {
	t.Parallel()
	inv, _ := serverless.Read("serverless.yml", []byte("service: s\nprovider: {name: aws, stage: '${opt:stage}', runtime: nodejs22.x}\nfunctions: {f: {handler: a.b}}\n"), nil, serverless.Options{})
	for _, r := range inv.Resources {
		if r.Address == "FLambdaFunction" && r.Name != "s-dev-f" {
			t.Errorf("the function is named %s, want s-dev-f", r.Name)
		}
	}
	if len(inv.Diags) != 0 {
		t.Errorf("diagnostics %v", inv.Diags)
	}
}

// TestCycle checks that a cycle is named and costs nothing else.
func TestCycle(t *testing.T) {
	t.Parallel()
	inv, _ := serverless.Read("serverless.yml", []byte("service: s\nprovider: {name: aws, runtime: nodejs22.x}\ncustom: {a: '${self:custom.b}', b: '${self:custom.a}'}\nfunctions: {f: {handler: a.b, description: '${self:custom.a}'}}\n"), nil, serverless.Options{})
	if len(inv.Diags) != 1 || inv.Diags[0].Summary != "Variable cycle" || !strings.Contains(inv.Diags[0].Detail, "${self:custom.a} → ${self:custom.b}") || inv.Diags[0].Range.Line != 3 {
		t.Errorf("diagnostics %v", inv.Diags)
	}
	if !strings.Contains(inventorytext.Hostings(inv), "s-dev-f lambda-zip") {
		t.Errorf("workloads %s", inventorytext.Hostings(inv))
	}
}

// TestExpansionIsBounded checks texts that double and structures that do.
func TestExpansionIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("service: s\nprovider: {name: aws, runtime: nodejs22.x}\nfunctions: {f: {handler: a.b, description: '${self:custom.t60}', tags: {a: '${self:custom.l60}'}}}\ncustom:\n  t0: aaaaaaaaaaaaaaaa\n  l0: [x]\n")
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&b, "  t%d: '${self:custom.t%d}${self:custom.t%d}'\n  l%d: ['${self:custom.l%d}', '${self:custom.l%d}']\n", i, i-1, i-1, i, i-1, i-1)
	}
	inv, _ := serverless.Read("serverless.yml", []byte(b.String()), nil, serverless.Options{})
	if !inv.Diags.Incomplete() {
		t.Errorf("no bound was told: %v", inv.Diags)
	}
	if !strings.Contains(inventorytext.Hostings(inv), " lambda-zip\n") {
		t.Errorf("the function is lost: %v", inv.Diags)
	}
}

func TestOtherProviders(t *testing.T) {
	t.Parallel()
	for provider, incomplete := range map[string]bool{"google": false, "${env:CLOUD}": true} {
		inv, _ := serverless.Read("serverless.yml", []byte("service: s\nprovider: {name: '"+provider+"'}\nfunctions: {f: {handler: a}}\n"), nil, serverless.Options{})
		if len(inv.Resources) != 0 || len(inv.Diags) != 1 || inv.Diags.Incomplete() != incomplete {
			t.Errorf("%s: %d resources, %v", provider, len(inv.Resources), inv.Diags)
		}
	}
}

// TestDeploymentBucket checks by which versions of the framework the bucket of the service is made.
func TestDeploymentBucket(t *testing.T) {
	t.Parallel()
	cases := map[string]string{"3": "yes", "^2.50.0": "yes", ">=2.0.0 <4.0.0": "yes", "2 || 3": "yes", "4": "no", "^4.1": "no", "": "maybe", ">=2.0.0": "maybe", "*": "maybe"}
	for version, want := range cases {
		inv, _ := serverless.Read("serverless.yml", []byte("service: s\nframeworkVersion: '"+version+"'\nprovider: {name: aws}\nfunctions: {}\n"), nil, serverless.Options{})
		got := "no"
		for _, r := range inv.Resources {
			if r.Type == "AWS::S3::Bucket" {
				got = map[bool]string{true: "maybe", false: "yes"}[len(r.MaybeAbsent) > 0]
			}
		}
		if got != want || inv.Diags.Incomplete() {
			t.Errorf("%q: %s, want %s; %v", version, got, want, inv.Diags)
		}
	}
}

func FuzzRead(f *testing.F) {
	inputs, err := filepath.Glob("testdata/*/serverless.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range inputs {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{"service: s\nprovider: aws\nfunctions: {f: ~}", `{"service":"s","provider":{"name":"aws"},"functions":[{"f":{"events":[{"http":"GET /"}]}}]}`, "provider: ${self:provider}\nfunctions: {}", "service: ${file(./serverless.yml)}\nprovider: {name: aws}\nresources: ${self:}\nfunctions: {a: {handler: '${self:functions.a.handler}'}}"} {
		f.Add([]byte(s))
	}
	types := vocabulary.Load()
	f.Fuzz(func(t *testing.T, data []byte) {
		serverless.Is(data)
		files := memory{"serverless.yml": string(data), "config/dev.yml": "memory: 1", "config/functions.yml": "functions: {a: {handler: x}}"}
		one, _ := serverless.Read("serverless.yml", data, files, serverless.Options{Types: types})
		two, _ := serverless.Read("serverless.yml", data, files, serverless.Options{Types: types})
		if inventorytext.Write(one) != inventorytext.Write(two) {
			t.Error("two readings differ")
		}
		for _, r := range one.Resources {
			if r.Address == "" || r.Type == "" || r.Properties.Kind() != inventory.Map && !r.Properties.IsUnknown() {
				t.Errorf("resource %+v is not whole", r)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var t strings.Builder
	t.WriteString("service: s\nprovider: {name: aws, runtime: nodejs22.x}\nfunctions:\n")
	for i := range 1_000 {
		fmt.Fprintf(&t, "  fn%d:\n    handler: a.b\n    name: ${self:service}-${sls:stage}-%d\n    events:\n      - http: GET /path%d\n      - schedule: rate(1 day)\n", i, i, i)
	}
	data, types := []byte(t.String()), vocabulary.Load()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if inv, _ := serverless.Read("s.yml", data, nil, serverless.Options{Types: types}); len(inv.Resources) < 6_000 {
			b.Fatal(len(inv.Resources))
		}
	}
}
