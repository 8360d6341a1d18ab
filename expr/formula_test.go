package expr

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// render writes a formula for comparison: atoms with a subject as subject=values, others as their text.
func render(f *Formula) string {
	var args []string
	for _, a := range f.Args {
		args = append(args, render(a))
	}
	switch f.Op {
	case And:
		return "(" + strings.Join(args, " & ") + ")"
	case Or:
		return "(" + strings.Join(args, " | ") + ")"
	case Not:
		return "!" + args[0]
	}
	a := f.Atom
	switch {
	case a.Subject == "":
		return "<" + a.Text + ">"
	case a.Test != nil:
		return a.Subject + "~"
	case a.Bool:
		return a.Subject + "=bool:" + strings.Join(a.Values, ",")
	}
	return a.Subject + "=" + strings.Join(a.Values, ",")
}

func TestFormula(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`function.PackageType == "Zip"`:                                    `function.PackageType="Zip"`,
		`"Zip" != function.PackageType`:                                    `!function.PackageType="Zip"`,
		`function.PackageType == null`:                                     `function.PackageType=null`,
		`function.PackageType != null && function.MemorySize == 128`:       `(!function.PackageType=null & function.MemorySize=128)`,
		`function.MemorySize in [1, 2] || !(queue.FifoQueue == true)`:      `(function.MemorySize=1,2 | !queue.FifoQueue=bool:true)`,
		`function.Runtime.startsWith("python")`:                            `function.Runtime~`,
		`function.MemorySize > 10`:                                         `<_>_(function.MemorySize, 10)>`,
		`function.Runtime == function.PackageType`:                         `<_==_(function.Runtime, function.PackageType)>`,
		`function.Runtime in runtimeEnd`:                                   `<@in(function.Runtime, runtimeEnd)>`,
		`function.PackageType in [function.Runtime]`:                       `<@in(function.PackageType, [function.Runtime])>`,
		`function.PackageType == "Zip" ? queue.FifoQueue == true : 1 == 2`: `<_?_:_(_==_(function.PackageType, "Zip"), _==_(queue.FifoQueue, true), _==_(1, 2))>`,
	}
	env := testEnv(t)
	for text, want := range tests {
		if diff := cmp.Diff(want, render(compile(t, env, text).Formula())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if f := compile(t, env, `function.Runtime.contains("3.1")`).Formula(); !f.Atom.Test("python3.12") || f.Atom.Test("nodejs22.x") {
		t.Error("contains is not tested on texts")
	}
	twice := []string{
		render(compile(t, env, `function.Layers.exists(l, l == "a")`).Formula()),
		render(compile(t, env, `function.Layers.exists(l, l == "a")`).Formula()),
		render(compile(t, env, `function.Layers.exists(l, l == "b")`).Formula()),
	}
	if twice[0] != twice[1] || twice[0] == twice[2] {
		t.Errorf("equal folds have one text, others another: %q", twice)
	}
}
