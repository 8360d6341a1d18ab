package vuln

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/stack"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]key{
		"pkg:golang/github.com/Foo/Bar/v2@v2.1.0?type=module#cmd": {purl: "golang/github.com/foo/bar", name: "github.com/foo/bar"},
		"pkg:golang/github.com/foo/bar/v3/sub":                    {purl: "golang/github.com/foo/bar/sub", name: "github.com/foo/bar/sub"},
		"pkg:github/opencontainers/runc@1.1":                      {purl: "golang/github.com/opencontainers/runc", name: "github.com/opencontainers/runc"},
		"pkg:npm/%40angular/core@12":                              {purl: "npm/@angular/core", name: "@angular/core"},
		"pkg:npm/@angular/core":                                   {purl: "npm/@angular/core", name: "@angular/core"},
		"pkg:deb/debian/libssl3@3.0.11-1?arch=amd64":              {purl: "deb/debian/libssl3", product: "libssl3", name: "libssl3"},
		"pkg:docker/library/redis@sha256:abc":                     {purl: "docker/library/redis", product: "redis", name: "redis"},
		"cpe:2.3:a:openssl:openssl:1.0:*:*:*:*:*:*:*":             {cpe: "openssl:openssl", part: "a", product: "openssl", name: "openssl"},
		"cpe:/a:jenkins:git:1.0":                                  {cpe: "jenkins:git", part: "a", name: "git"},
		`cpe:2.3:a:erlang:erlang\/otp:1:*:*:*:*:*:*:*`:            {cpe: "erlang:erlang/otp", part: "a", name: "erlang/otp"},
		"osv:Maven/org.apache.logging.log4j:log4j-core":           {purl: "maven/org.apache.logging.log4j/log4j-core", name: "org.apache.logging.log4j/log4j-core"},
		"osv:Debian:12/openssl":                                   {purl: "deb/debian/openssl", product: "openssl", name: "openssl"},
		"osv:Go/stdlib":                                           {purl: "golang/stdlib", name: "stdlib"},
	} {
		c, err := ParseComponent(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want, c.key(), cmp.AllowUnexported(key{})); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
	for _, in := range []string{"", "log4j", "pkg:", "pkg:npm", "pkg:npm/", "cpe:2.3:a:x", "cpe:2.3:a:x:*", "osv:Go", "pkg:npm/\xff"} {
		if c, err := ParseComponent(in); err == nil {
			t.Errorf("%q is read as %+v", in, c)
		}
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	r := loadRules(t)
	for in, want := range map[Component][]stack.Layer{
		{PURL: "pkg:golang/github.com/opencontainers/runc"}:                       {"operating-system", "container-runtime"},
		{CPE: "cpe:2.3:a:openssl:openssl"}:                                        {"operating-system", "image", "language-runtime"},
		{PURL: "pkg:deb/debian/openssl", Location: "node"}:                        {"operating-system", "language-runtime"},
		{PURL: "pkg:deb/debian/openssl", Location: "base-layer"}:                  {"image", "language-runtime"},
		{PURL: "pkg:golang/github.com/containerd/containerd", Location: "binary"}: {"application"},
		{Ecosystem: "PyPI", Name: "django"}:                                       {"application"},
		{Name: "kubelet"}:                                                         {"container-runtime"},
		{Name: "nobody knows"}:                                                    nil,
	} {
		var got []stack.Layer
		for _, p := range r.Classify(in) {
			got = append(got, p.Layer)
			if p.Class == "" || p.Why == "" {
				t.Errorf("%v: %+v has no class or reason", in, p)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v: %s", in, diff)
		}
	}
}

func FuzzParseComponent(f *testing.F) {
	for _, s := range []string{"pkg:npm/%40a/b@1?x=y#z", "cpe:2.3:a:x:y\\:z:1", "cpe:/o:linux:linux_kernel", "osv:Maven/a:b", "name:x",
		"pkg:golang/a/v2/v2/v2", "pkg:%/%/%", "pkg:a/@", "cpe:2.3:\\"} {
		f.Add(s)
	}
	r, _ := Load(Options{})
	f.Fuzz(func(_ *testing.T, s string) {
		if c, err := ParseComponent(s); err == nil {
			r.Classify(c)
		}
	})
}
