package expr

import (
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// TestPlaces maps a fault back into the YAML: the column is where the misspelt name stands in the file.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"plain":           "when: function.Xuntime == null\n",
		"flow mapping":    "{a: 1, when: function.Timeout > 1 && function.Xuntime == null}\n",
		"single quoted":   "when: 'function.Role == ''é'' && function.Xuntime == null'\n",
		"double quoted":   `when: "function.Role == \"\u00e9\x41\U0001F600\" && function.Xuntime == null"` + "\n",
		"literal":         "when: |\n    function.Timeout > 1 &&\n\n      function.Xuntime == null\n",
		"literal, CRLF":   "when: |\r\n  function.Timeout > 1 &&\r\n  function.Xuntime == null\r\n",
		"folded":          "when: >-\n  function.Timeout > 1 &&\n  function.Xuntime == null\n",
		"plain, 2 lines":  "when: function.Timeout > 1 &&\n   function.Xuntime == null\n",
		"quoted, 2 lines": "when: \"function.Timeout > 1 &&\n   function.Xuntime == null\"\n",
		"not ASCII ahead": "when: function.Role == \"日本\" || function.Xuntime == null\n",
	} {
		var doc yaml.Node
		if err := yaml.Load([]byte(file), &doc); err != nil {
			t.Fatal(name, err)
		}
		fields := doc.Content[0].Content
		_, diags := testEnv(t).Compile(FromYAML("x.yaml", file, fields[len(fields)-1]))
		if len(diags) != 1 {
			t.Errorf("%s: %v", name, diags)
			continue
		}
		want := diag.Range{Path: "x.yaml"}
		for i, line := range strings.Split(file, "\n") {
			if at := strings.Index(line, "Xuntime"); at >= 0 {
				want.Line, want.Column = i+1, len([]rune(line[:at]))+1
			}
		}
		if diags[0].Range != want {
			t.Errorf("%s: %v, want %v", name, diags[0].Range, want)
		}
	}
	src := FromText("true &&\n function.Xuntime == null", diag.Range{Path: "y", Line: 5, Column: 9})
	if _, diags := testEnv(t).Compile(src); len(diags) != 1 || diags[0].Range.String() != "y:6:11" {
		t.Errorf("text of two lines: %v", diags)
	}
	if src.At().String() != "y:5:9" {
		t.Error(src.At())
	}
}

// TestReservedRoles: a role may be called by a word that CEL reserves, and the word in a text stays a text.
func TestReservedRoles(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	in := Inputs{Part: func(string) inventory.Value { return obj("Runtime", str("function"), "Role", str(`a"function`)) }}
	for cond, want := range map[string]Truth{
		`function.Runtime == "function"`:                        True,
		`function.Runtime == 'function' && "x" != "'"`:          True,
		`function.Role == "a\"function"`:                        True,
		`function.Role == r'a"function'`:                        True,
		`function.Role == """a"function"""`:                     True,
		`r"\" != function.Runtime`:                              True,
		`function .Runtime == function. Runtime`:                True,
		`["function"].exists(functions, functions == "fun")`:    False,
		`function.Layers.exists(f, f == function.Runtime)`:      False,
		`function.Environment.Variables.function == null`:       True,
		`function.Tags["function"] == null && function != null`: True,
	} {
		if got, err := compile(t, env, cond).Eval(in); got != want || err != nil {
			t.Errorf("%s = %v, %v", cond, got, err)
		}
	}
	if _, diags := env.Compile(FromText(`while == 1`, diag.Range{})); len(diags) == 0 {
		t.Error("a reserved word that is no role compiles")
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	parts := testParts()
	in := Inputs{Part: func(r string) inventory.Value { return parts[r] }, AsOf: time.Now()}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			p, diags := env.Compile(FromText(`function.Architectures.exists(a, a == "arm64") && function.Code.ImageUri != null`, here))
			if len(diags) > 0 {
				t.Error(diags)
				return
			}
			if got, err := p.Eval(in); got != True || err != nil {
				t.Errorf("%v %v", got, err)
			}
		})
	}
	wg.Wait()
}

func TestPathValues(t *testing.T) {
	t.Parallel()
	long := make([]inventory.Value, maxMembers+1)
	for i := range long {
		long[i] = obj("CapacityProvider", str("p"))
	}
	service := obj(
		"CapacityProviderStrategy", lst(obj("CapacityProvider", str("a")), obj("CapacityProvider", unk()), obj()),
		"LoadBalancers", inventory.ListValue(nil, here), "PlacementStrategies", lst(long...), "DeploymentController", unk(),
		"Tags", obj("a.b/c", str("x")))
	tests := []struct{ cond, want string }{
		{`service.CapacityProviderStrategy.exists(s, s.CapacityProvider == "a")`,
			"CapacityProviderStrategy.CapacityProvider=a CapacityProviderStrategy.CapacityProvider=(unknown) CapacityProviderStrategy.CapacityProvider=(not set)"},
		{`service.LoadBalancers.exists(s, s.ContainerName == "a")`, "LoadBalancers=[]"},
		{`service.DeploymentController.Type == "a"`, "DeploymentController.Type=(unknown)"},
		{`service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp == "a"`, "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp=(not set)"},
		{`service.Tags["a.b/c"] == "x"`, "Tags.a.b/c=x"},
	}
	env := testEnv(t)
	for _, tt := range tests {
		var got []string
		for _, p := range compile(t, env, tt.cond).Paths() {
			for _, f := range p.Values(service) {
				got = append(got, strings.TrimPrefix(f.Name, "AWS::ECS::Service.")+"="+f.Value.Display())
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.cond, s, tt.want)
		}
	}
	p := compile(t, env, `service.PlacementStrategies.exists(s, s.Type == "a")`).Paths()[0]
	if got := p.Values(service); len(got) != 1 || got[0].Value.Kind() != inventory.List {
		t.Errorf("a long list must stay whole: %v", got)
	}
	reads := compile(t, env, `service.DeploymentController != null && service.DeploymentController.Type == null`).Reads()
	if len(reads) != 2 {
		t.Errorf("what is read on the way counts for equality: %v", reads)
	}
}

// FuzzCompile: whatever the text, compiling ends in a program or in diagnostics with a place, and a program answers.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		``, " \n",
		`function.PackageType == "Zip" && !(function.Layers.exists(l, l == "a"))`, `has(function.X)`, `"`, `r'''function`, `function[`,
		`runtimeEnd[function.Runtime] < asOf ? true : false`, "\xff", `nodes == null || null == null`, `[1,2].map(x, x / 0) == []`,
		`function.Tags.exists(k, function.Tags[k].matches("["))`, `{"a": function}.a.Runtime == "x"`, `[function, function][0].Runtime == "x"`,
	} {
		f.Add(seed)
	}
	env := testEnv(f)
	parts := testParts()
	in := Inputs{Part: func(r string) inventory.Value { return parts[r] }, AsOf: date("2026-11-24")}
	f.Fuzz(func(t *testing.T, text string) {
		p, diags := env.Compile(FromText(text, diag.Range{Path: "x", Line: 1, Column: 1}))
		if (p == nil) == (len(diags) == 0) {
			t.Fatalf("%q: program %v, diagnostics %v", text, p != nil, diags)
		}
		for _, d := range diags {
			if d.Range.Line < 1 || d.Range.Column < 1 || d.Detail == "" {
				t.Errorf("%q: no place or no detail: %+v", text, d)
			}
		}
		if p == nil {
			return
		}
		if got, err := p.Eval(in); err != nil && got != Unknown {
			t.Errorf("%q: %v with error %v", text, got, err)
		}
	})
}
