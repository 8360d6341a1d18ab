package ownership

import (
	"fmt"
	"strings"
	"testing"
)

func TestCodeowners(t *testing.T) {
	t.Parallel()
	c := parseCodeowners("CODEOWNERS", "/r", []byte(`# comment
*                 @everyone   # inline
*.js              @js-owner
/build/logs/      @doctocat
docs/*            docs@example.com
apps/             @octocat
/apps/github      @doctocat @acme/apps
/apps/free
/with\ space/     @space
/hash\#tag/       @hash
!negated          @nobody
[a-z]*.tf         @nobody
/broken/          not-an-owner
[Section One][2] @acme/section
/sec/one/
/sec/two/         @two
^[Optional]
/sec/three/
`))
	for file, want := range map[string]string{
		"main.tf": "2 @everyone", "a/b.js": "3 @js-owner", "build/logs/x": "4 @doctocat", "x/build/logs/y": "2 @everyone",
		"docs/a.md": "5 docs@example.com", "docs/a/b.md": "2 @everyone", "x/apps/y": "6 @octocat", "apps/github/y": "7 @doctocat @acme/apps",
		"apps/free/x": "8", "with space/x": "9 @space", "hash#tag/x": "10 @hash", "negated": "2 @everyone", "broken/x": "2 @everyone",
		"sec/one/x": "15 @acme/section", "sec/two/x": "16 @two", "sec/three/x": "18",
	} {
		l, ok := c.owners(strings.Split(file, "/"))
		if got := strings.TrimSpace(fmt.Sprint(l.line, " ", strings.Join(l.owners, " "))); !ok || got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
	known := newNames()
	if l, _ := c.owners([]string{"apps", "github", "x"}); true {
		if got, ok := c.claim(l, known); !ok || got.Team != "@acme/apps" || got.At.Line != 7 {
			t.Errorf("a team goes before a person: %+v", got)
		}
		known.add(Team{ID: "doc", Aliases: []string{"@Doctocat"}})
		if got, _ := c.claim(l, known); got.Team != "doc" {
			t.Errorf("a declared team goes first: %+v", got)
		}
	}
	if l, _ := c.owners([]string{"apps", "free", "x"}); true {
		if got, ok := c.claim(l, known); ok {
			t.Errorf("nobody owns it: %+v", got)
		}
	}
	if _, ok := (&codeowners{}).owners([]string{"x"}); ok {
		t.Error("an empty file owns something")
	}
}

func FuzzCodeowners(f *testing.F) {
	f.Add("* @a\n/b/ @c/d e@f\n[S][2] @g\n/h\\ i/\n", "b/x")
	f.Fuzz(func(t *testing.T, text, file string) {
		c := parseCodeowners("CODEOWNERS", "/r", []byte(text))
		l, ok := c.owners(strings.Split(file, "/"))
		if claim, named := c.claim(l, newNames()); named && (!ok || claim.Team == "" || claim.At.Line < 1) {
			t.Errorf("%+v", claim)
		}
	})
}
