package expr

import (
	"testing"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/debug"

	"github.com/onus-dev/onus/vocabulary"
)

// FuzzParsers holds the parser that conditions are read with against CEL's usual one: what both accept is one tree.
func FuzzParsers(f *testing.F) {
	for _, text := range []string{
		`bucket.VersioningConfiguration.Status == "Enabled"`,
		`a.B != null && a.C == true || !(a.D in ["x", 'y']) && a.E >= 7`,
		`a.List.exists(x, x.Name == "n" && x.Value > 1.5) && a.List.all(y, y != null)`,
		`a.Map["k"].startsWith("arn:") ? size(a.L) - 1 < -2 : table[a.Runtime] < asOf + duration("24h")`,
		`[1, 2u, 0x1f, 1e3, b"x", r"\d", """t"""].map(x, x * 2).filter(x, x % 2 == 0)[0] == {"a": 1}.a`,
		`a.b.c(d, e).f[g] == T{h: 1}.h && has(a.b)`, "a // comment\n && b", `"\u00e9\n\x41" + 'q'`, `----1`, `a.?b`,
	} {
		f.Add(text)
	}
	c := New(vocabulary.Load())
	std, err := c.standard()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxText {
			return
		}
		src := common.NewTextSource(text)
		got, errs := std.parser.Parse(src)
		want, issues := std.env.ParseSource(src)
		if len(errs.GetErrors()) > 0 || issues.Err() != nil {
			return
		}
		if g, w := debug.ToDebugString(got.Expr()), debug.ToDebugString(want.NativeRep().Expr()); g != w {
			t.Errorf("%q:\n%s\nnot\n%s", text, g, w)
		}
	})
}
