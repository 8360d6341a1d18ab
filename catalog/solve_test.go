package catalog

import (
	"testing"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/stack"
)

// TestSolverAgreesWithExamples: every row of the embedded catalog is reached by an example, so the solver, which does
// not see examples, must call none of them dead.
func TestSolverAgreesWithExamples(t *testing.T) {
	t.Parallel()
	c, _ := Load(Options{})
	checked := 0
	for _, h := range c.Hostings() {
		for _, d := range stack.Duties() {
			for _, row := range h.Rows(d) {
				checked++
				var diags diag.List
				if lintDead(need{row, h}, &diags) {
					t.Errorf("%s: %v", h.ID, diags)
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d rows were checked", checked)
	}
}

func TestImpossible(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		earlier []string
		own     string
		dead    bool
	}{
		"one value":                 {nil, `f.PackageType == "Zip"`, false},
		"two values at once":        {nil, `f.PackageType == "Zip" && f.PackageType == "Image"`, true},
		"one and another property":  {nil, `f.PackageType == "Zip" && f.Runtime == "Image"`, false},
		"set and not set":           {nil, `f.PackageType != null && f.PackageType == null`, true},
		"the same again":            {[]string{`f.PackageType == "Zip"`}, `f.PackageType == "Zip"`, true},
		"the same, turned round":    {[]string{`"Zip" == f.PackageType`}, `f.PackageType == "Zip"`, true},
		"one of a list":             {[]string{`f.PackageType in ["Zip", "Image"]`}, `f.PackageType == "Image"`, true},
		"one more than the list":    {[]string{`f.PackageType in ["Zip", "Image"]`}, `f.PackageType in ["Image", "Other"]`, false},
		"a list of no constants":    {[]string{`f.PackageType in [f.Runtime]`}, `f.PackageType == "Image"`, false},
		"any other value":           {[]string{`f.PackageType == null`, `f.PackageType == "Zip"`}, `f.PackageType != null`, false},
		"no other truth value":      {[]string{`q.FifoQueue == true`, `q.FifoQueue != true`}, `q.FifoQueue == null`, true},
		"null is neither":           {[]string{`q.FifoQueue == true`, `q.FifoQueue == false`}, `q.FifoQueue == null`, false},
		"beginning covers":          {[]string{`f.Runtime.startsWith("python")`}, `f.Runtime == "python3.12"`, true},
		"beginning leaves room":     {[]string{`f.Runtime.startsWith("python")`}, `f.Runtime == "nodejs22.x"`, false},
		"two beginnings":            {nil, `f.Runtime.startsWith("a") && f.Runtime.startsWith("b")`, false}, // not proved
		"beginning of nothing":      {nil, `f.Runtime == null && f.Runtime.startsWith("a")`, true},
		"an order is not looked at": {nil, `f.MemorySize > 10 && f.MemorySize < 5`, false}, // not proved
		"a fold twice":              {[]string{`f.Layers.exists(x, x == "a")`}, `f.Layers.exists(x, x == "a")`, true},
		"two folds":                 {[]string{`f.Layers.exists(x, x == "a")`}, `f.Layers.exists(x, x == "b")`, false},
		"either":                    {[]string{`f.Runtime == "a"`}, `f.Runtime == "a" || f.PackageType == "Zip"`, false},
		"not of and":                {[]string{`!(f.Runtime == "a" && f.PackageType == "Zip")`}, `f.Runtime != "a"`, true},
		"table":                     {[]string{`f.Runtime in ends && ends[f.Runtime] < asOf`}, `f.Runtime in ends && ends[f.Runtime] < asOf`, true},
		"table, later":              {[]string{`f.Runtime in ends && ends[f.Runtime] < asOf`}, `f.Runtime in ends`, false},
	}
	env := testCatalog(t).compiler.Env(expr.Declarations{
		Parts:  map[string]string{"f": "AWS::Lambda::Function", "q": "AWS::SQS::Queue"},
		Tables: map[string]expr.Table{"ends": {}},
	})
	formula := func(text string) *expr.Formula {
		p, diags := env.Compile(expr.FromText(text, diag.Range{}))
		if len(diags) > 0 {
			t.Fatal(text, diags)
		}
		return p.Formula()
	}
	for name, tt := range tests {
		var earlier []*expr.Formula
		for _, text := range tt.earlier {
			earlier = append(earlier, formula(text))
		}
		if got := impossible(shadowed(earlier, formula(tt.own))); got != tt.dead {
			t.Errorf("%s: dead %v, want %v", name, got, tt.dead)
		}
	}
}

// TestSearchIsBounded: a search that is cut off proves nothing.
func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	hard := &expr.Formula{Op: expr.And}
	for i := range 40 { // 2^40 choices, none of which is right
		name := string(rune('A' + i))
		hard.Args = append(hard.Args, &expr.Formula{Op: expr.Or, Args: []*expr.Formula{
			{Atom: expr.Atom{Text: name}}, {Op: expr.Not, Args: []*expr.Formula{{Atom: expr.Atom{Text: name}}}},
		}})
	}
	never := &expr.Formula{Atom: expr.Atom{Text: "never"}}
	hard.Args = append(hard.Args, never, &expr.Formula{Op: expr.Not, Args: []*expr.Formula{never}})
	if impossible(hard) {
		t.Error("a search that was cut off must not call the row dead")
	}
}
