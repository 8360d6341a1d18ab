package software

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewLibrary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ecosystem, name, version, wantName, wantPURL string }{
		{NPM, "@aws-sdk/client-s3", "3.1.0", "@aws-sdk/client-s3", "pkg:npm/%40aws-sdk/client-s3@3.1.0"},
		{PyPI, "Ruamel.Yaml__clib", "0.2", "ruamel-yaml-clib", "pkg:pypi/ruamel-yaml-clib@0.2"},
		{Maven, "org.apache.logging.log4j:log4j-core", "2.14.1", "org.apache.logging.log4j:log4j-core", "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"},
		{Maven, "no-group", "1", "no-group", ""},
		{Go, "github.com/x/y/v2", "v2.0.1", "github.com/x/y/v2", "pkg:golang/github.com/x/y/v2@v2.0.1"},
		{Packagist, "symfony/http", "v5", "symfony/http", "pkg:composer/symfony/http@v5"},
		{Crates, "serde", "1", "serde", "pkg:cargo/serde@1"},
		{NuGet, "Newtonsoft.Json", "13.0.1", "Newtonsoft.Json", "pkg:nuget/Newtonsoft.Json@13.0.1"},
		{RubyGems, "rack", "", "rack", "pkg:gem/rack"},
	} {
		p := NewLibrary(c.ecosystem, c.name, c.version)
		if p.Name != c.wantName || p.PURL != c.wantPURL {
			t.Errorf("%s %s: %q %q, want %q %q", c.ecosystem, c.name, p.Name, p.PURL, c.wantName, c.wantPURL)
		}
	}
}

func TestParsePURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ purl, name, version, ecosystem, kind string }{
		{"pkg:maven/org.yaml/snakeyaml@1.33", "org.yaml:snakeyaml", "1.33", "Maven", "library"},
		{"pkg:npm/%40babel/core@7.1.0", "@babel/core", "7.1.0", "npm", "library"},
		{"pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12", "openssl", "3.0.11-1", "Debian:12", "os"},
		{"pkg:rpm/amzn/openssl@3.0.8-1?epoch=1&distro=amzn-2023", "openssl", "1:3.0.8-1", "", "os"},
		{"pkg:apk/alpine/musl@1.2?distro=alpine-3.19.0", "musl", "1.2", "Alpine:v3.19", "os"},
		{"pkg:generic/openssl@3.0", "openssl", "3.0", "", "library"},
	} {
		p, ok := ParsePURL(c.purl)
		got := []string{p.Name, p.Version, p.Ecosystem, string(p.Kind), p.PURL}
		if diff := cmp.Diff([]string{c.name, c.version, c.ecosystem, c.kind, c.purl}, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", c.purl, ok, diff)
		}
	}
	if _, ok := ParsePURL("log4j"); ok {
		t.Error("a name was taken for a package URL")
	}
}

func TestEcosystemOfDistro(t *testing.T) {
	t.Parallel()
	for d, want := range map[Distro]string{
		{ID: "debian", Version: "12"}: "Debian:12", {ID: "ubuntu", Version: "22.04"}: "Ubuntu:22.04", {ID: "rocky", Version: "9.3"}: "Rocky Linux:9",
		{ID: "almalinux", Version: "8.9"}: "AlmaLinux:8", {ID: "alpine", Version: "3.19.1"}: "Alpine:v3.19", {ID: "amzn", Version: "2023"}: "",
		{ID: "wolfi", Version: "20230201"}: "Wolfi", {ID: "debian"}: "Debian", {ID: "rhel", Version: "9.2"}: "Red Hat",
	} {
		if got := d.Ecosystem(); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestSetSharesNothing(t *testing.T) {
	t.Parallel()
	p := NewLibrary(NPM, "a", "1")
	p.Set("b", "1")
	q := p
	q.Set("a", "2")
	q.Set("b", "3")
	q.Set("c", "")
	if diff := cmp.Diff([]Property{{"b", "1"}}, p.Properties); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Property{{"a", "2"}, {"b", "3"}}, q.Properties); diff != "" {
		t.Error(diff)
	}
}

func TestSortLeavesOutTwins(t *testing.T) {
	t.Parallel()
	a := NewLibrary(NPM, "a", "1")
	b := NewLibrary(NPM, "b", "1")
	elsewhere := a
	elsewhere.Location.Path = "x"
	art := &Artifact{Packages: []Package{elsewhere, b, a, a}}
	art.Sort()
	var got []string
	for _, p := range art.Packages {
		got = append(got, p.Location.Path+p.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "xa"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	b := NewBudget(Limits{MaxExpanded: 100, MaxEntries: 2, MaxPackages: 3, MaxNesting: 1, MaxFile: 5, MaxText: 4})
	zeros := strings.NewReader(strings.Repeat("0", 101))
	_, err := io.Copy(io.Discard, b.Expand(zeros, 0))
	limits := map[string]error{
		"MaxExpanded": err, "MaxEntries": errors.Join(b.Entry(), b.Entry(), b.Entry()), "MaxPackages": errors.Join(b.Keep(3), b.Keep(1)),
		"MaxNesting": errors.Join(b.Nested(1), b.Nested(2)), "MaxFile": errors.Join(b.FileSize(5), b.FileSize(6)), "MaxText": errors.Join(b.TextSize(4), b.TextSize(5)),
	}
	for name, err := range limits {
		var limit *LimitError
		if !errors.As(err, &limit) || limit.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	wide := NewBudget(Limits{MaxRatio: 10})
	_, err = io.Copy(io.Discard, wide.Expand(io.LimitReader(endless{}, ratioFloor+1<<20), 1<<10))
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Name != "MaxRatio" {
		t.Errorf("ratio: %v", err)
	}
	if _, err = io.Copy(io.Discard, wide.Expand(io.LimitReader(endless{}, ratioFloor), 1<<10)); err != nil {
		t.Errorf("a small file of zeros: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
