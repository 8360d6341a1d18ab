package version_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/onus-dev/onus/vulndb/version"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		eco, a, b string
		want      int
	}{
		{"Maven", "2.14.1", "2.15.0", -1}, {"Maven", "2.15.0-rc1", "2.15.0", -1}, {"Maven", "1.0.0.RELEASE", "1.0.0", 0},
		{"npm", "4.17.20", "4.17.21", -1}, {"npm", "1.0.0-beta.2", "1.0.0", -1}, {"npm", "v1.2.0", "1.2.0", 0},
		{"Go", "v1.2.3", "1.2.3", 0}, {"Go", "go1.22rc1", "1.22.0", -1}, {"Go", "1.22rc1", "1.22.0-rc.2", -1}, {"Go", "go1.21", "1.21.0", 0},
		{"Go", "1.22.1rc1", "1.22.0", 1}, {"Go", "v0.0.0-20240101000000-abcdefabcdef", "0.0.0-20230101000000-abcdefabcdef", 1},
		{"Go", "v2.0.0+incompatible", "2.0.0", 0}, {"PyPI", "1.0.post1", "1.0", 1}, {"PyPI", "1.0a1", "1.0", -1},
		{"Debian:12", "3.0.11-1~deb12u2", "3.0.11-1", -1}, {"Debian:12", "1:1.0-1", "2.0-1", 1}, {"Ubuntu:22.04", "1.1ubuntu2", "1.1ubuntu10", -1},
		{"Alpine:v3.18", "1.2.4-r2", "1.2.4-r10", -1}, {"Alpine:v3.18", "1.1.1_rc1-r0", "1.1.1-r0", -1},
		{"Amazon Linux:2023", "8.7p1-8.amzn2023.0.10", "8.7p1-8.amzn2023.0.11", -1}, {"Amazon Linux:2023", "0:1.0-1", "1.0-1", 0},
		{"Amazon Linux:2023", "1:1.0-1", "2.0-1", 1}, {"Amazon Linux:2", "1.0~rc1-1", "1.0-1", -1}, {"Bottlerocket", "1.27.17", "1:1.27.16", 1},
		{"Bottlerocket", "1.27.17-1", "1:1.27.16-1", -1}, {"Bottlerocket", "6.1.111-120.187.amzn2023", "6.1.112-122.189.amzn2023", -1},
	} {
		a, err := version.Parse(c.eco, c.a)
		if err != nil {
			t.Errorf("%s %s: %v", c.eco, c.a, err)
			continue
		}
		b, err := a.Like(c.b)
		if err != nil {
			t.Errorf("%s %s: %v", c.eco, c.b, err)
			continue
		}
		forth, err := a.Compare(b)
		back, err2 := b.Compare(a)
		if err != nil || err2 != nil || forth != c.want || back != -c.want {
			t.Errorf("%s: %s with %s = %d and %d (%v, %v), want %d", c.eco, c.a, c.b, forth, back, err, err2, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Go", "(devel)"}, {"Go", "devel go1.23-abcdef"}, {"Go", ""}, {"Go", "  "}, {"Go", "master"}, {"Go", "1..2"}, {"Go", "v"},
		{"Maven", "${project.version}"}, {"Maven", "[1.0,2.0)"}, {"Maven", "LATEST"}, {"npm", "^1.2.3"}, {"npm", "~1.2"}, {"npm", ">=1"}, {"npm", "1.x || 2"},
		{"npm", "file:../x2"}, {"npm", "1rc1"}, {"npm", "latest"}, {"PyPI", "*"}, {"PyPI", "==1.0"}, {"Debian:12", "none"},
		{"npm", "1." + strings.Repeat("9", 300)},
	} {
		if v, err := version.Parse(c[0], c[1]); err == nil {
			t.Errorf("%s: %q was taken for the version %s", c[0], c[1], v)
		}
	}
	if _, err := version.Parse("Android", "13"); !errors.Is(err, version.ErrNoOrder) {
		t.Errorf("Android: %v", err)
	}
}

func TestSameUpstream(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		installed, fixed string
		want             bool
	}{{"5.10.226", "5.10.226-214.879.amzn2", true}, {"5.10.226-1", "5.10.226-214", false}, {"5.10.225", "5.10.226-214", false}, {"1.16.2", "1.16.2", false}} {
		v, err := version.Parse("Bottlerocket", c.installed)
		if err != nil {
			t.Fatal(err)
		}
		w, err := v.Like(c.fixed)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.SameUpstream(w); got != c.want {
			t.Errorf("%s and %s: %v, want %v", c.installed, c.fixed, got, c.want)
		}
	}
	if !version.IsPseudo("v0.0.0-20240101000000-abcdefabcdef") || !version.IsPseudo("v1.2.4-0.20240101000000-abcdefabcdef") || version.IsPseudo("v1.2.3-rc.1") {
		t.Error("commits and releases are mixed up")
	}
}

func FuzzCompare(f *testing.F) {
	for _, s := range [][3]string{{"Maven", "1.0", "2.0-rc1"}, {"Go", "go1.22rc1", "1.22.0"}, {"Debian:12", "1:1~a", "1.2-3"}, {"Alpine:v3.18", "1_rc1-r0", "1"},
		{"PyPI", "1!1.0.dev1", "1"}, {"RubyGems", "1.a", "1"}, {"NuGet", "1.0.0.0", "1"}, {"CRAN", "1-2", "1"}, {"Packagist", "dev-1", "1"}, {"Hackage", "1.2", "1"}, {"Red Hat", "1:2-3", "^1"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, eco, a, b string) {
		v, err := version.Parse(eco, a)
		if err != nil {
			return
		}
		w, err := v.Like(b)
		if err != nil {
			return
		}
		if _, err := v.Compare(w); err != nil && len(err.Error()) == 0 {
			t.Error("an error without words")
		}
		v.SameUpstream(w)
	})
}
