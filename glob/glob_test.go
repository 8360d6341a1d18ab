package glob

import (
	"path"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "a/b.c", true}, {"a", "a", true}, {"a", "b", false}, {"a", "ab", false},
		{"api-*", "api-", true}, {"api-*", "api-x", true}, {"api-*", "xapi-x", false}, {"*-prod", "a-prod-prod", true},
		{"*-prod", "prod", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxcyyb", false},
		{"operating-system/*", "operating-system/apply", true}, {"*/apply", "operating-system/apply", true},
		{"module.*.this[0]", "module.api.this[0]", true}, {"this[0]", "this0", false}, {"**", "x", true},
	} {
		if got := Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, file         string
		gitignore, codeowners bool
	}{
		{"*", "a/b/c.tf", true, true},
		{"/", "a/b", true, true},
		{"*.tf", "a/b/c.tf", true, true},
		{"*.tf", "a/b/c.yaml", false, false},
		{"/*.tf", "a.tf", true, true},
		{"/*.tf", "x/a.tf", false, false},
		{"apps", "x/apps/y/z.tf", true, true},
		{"apps/", "x/apps/y/z.tf", true, true},
		{"apps/", "x/apps", false, false},
		{"apps/billing", "apps/billing/main.tf", true, true},
		{"apps/billing", "x/apps/billing/main.tf", false, false},
		{"/apps/", "apps/a", true, true},
		{"/apps/", "x/apps/a", false, false},
		{"docs/*", "docs/a.md", true, true},
		{"docs/*", "docs/b/a.md", true, false},
		{"docs/**", "docs/b/a.md", true, true},
		{"docs/**", "docs", false, false},
		{"**/logs", "a/b/logs/x", true, true},
		{"**/logs", "logs/x", true, true},
		{"a/**/z.tf", "a/z.tf", true, true},
		{"a/**/z.tf", "a/b/c/z.tf", true, true},
		{"a/**/z.tf", "b/z.tf", false, false},
		{"./a", "a", true, true},
		{"./a", "b/a", false, false},
		{"./a/b", "a/b", true, true},
		{"a//b", "a/b", true, true},
		{"a?/b", "ax/b/c", true, true},
	} {
		for i, compile := range []func(string) (Path, error){Compile, CompileCodeowners} {
			p, err := compile(c.pattern)
			want := []bool{c.gitignore, c.codeowners}[i]
			if got := p.Match(strings.Split(c.file, "/")); err != nil || got != want {
				t.Errorf("%q on %q, codeowners %v: %v, %v", c.pattern, c.file, i == 1, got, err)
			}
		}
	}
	for _, bad := range []string{"", "  ", "!a", "../a", "a/../b", strings.Repeat("a/", 63)} {
		if _, err := Compile(bad); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
	if (Path{}).Match([]string{"a"}) {
		t.Error("the zero Path covers something")
	}
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]int{"*": 0, "apps": 0, "/apps": 1, "/apps/b/": 2, "/apps/*/x": 1, "a/**": 1} {
		if p, err := Compile(pattern); err != nil || p.Literal != want {
			t.Errorf("%s: %d, %v", pattern, p.Literal, err)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("/a/**/b/*", "a/x/b/c")
	f.Add("*.tf", "main.tf")
	f.Fuzz(func(t *testing.T, pattern, file string) {
		p, err := Compile(pattern)
		parts := strings.Split(path.Clean(file), "/")
		if err != nil && p.Match(parts) {
			t.Error("a refused pattern covers something")
		}
		if err == nil && p.Match(parts) && !p.Match(append(parts, "below")) {
			t.Errorf("%q covers %q and not what lies below", pattern, file)
		}
	})
}
