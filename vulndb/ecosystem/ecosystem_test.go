package ecosystem_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/vulndb/ecosystem"
)

func TestFromDistro(t *testing.T) {
	t.Parallel()
	for distro, want := range map[string]string{
		"amzn-2023": "Amazon Linux:2023", "amzn-2": "Amazon Linux:2", "amzn-2 (Karoo)": "Amazon Linux:2", "amzn-2018.03": "Amazon Linux:1",
		"amzn-2023.6.20241010": "Amazon Linux:2023", "amzn": "", "debian-12": "Debian:12", "debian-12.5": "Debian:12",
		"debian-bookworm": "Debian:12", "debian-sid": "", "ubuntu-22.04": "Ubuntu:22.04", "ubuntu-22": "", "alpine-3.18.4": "Alpine:v3.18",
		"alpine-edge": "", "rhel-9.3": "Red Hat:enterprise_linux:9", "rocky-9.3": "Rocky Linux:9", "almalinux-8.10": "AlmaLinux:8",
		"bottlerocket-1.20.3": "Bottlerocket", "wolfi-20230201": "Wolfi", "opensuse-leap-15.5": "openSUSE:Leap 15.5",
		"opensuse-tumbleweed-20240101": "openSUSE:Tumbleweed", "sles-15.5": "SUSE:Linux Enterprise Server 15 SP5",
		"sles-15": "SUSE:Linux Enterprise Server 15", "photon-4.0": "Photon OS:4.0", "azurelinux-3.0": "Azure Linux:3",
		"plan9-4": "", "": "", "AMZN-2023": "Amazon Linux:2023",
	} {
		if got := ecosystem.FromDistro(distro); got != want {
			t.Errorf("FromDistro(%q) = %q, want %q", distro, got, want)
		}
	}
}

func TestFromPURL(t *testing.T) {
	t.Parallel()
	for purl, want := range map[string]ecosystem.Package{
		"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1": {Ecosystem: "Maven", Name: "org.apache.logging.log4j:log4j-core", Version: "2.14.1"},
		"pkg:npm/%40scope/name@1.0.0":                          {Ecosystem: "npm", Name: "@scope/name", Version: "1.0.0"},
		"pkg:golang/github.com/opencontainers/runc@v1.1.4":     {Ecosystem: "Go", Name: "github.com/opencontainers/runc", Version: "v1.1.4"},
		"pkg:golang/stdlib@1.22.3":                             {Ecosystem: "Go", Name: "stdlib", Version: "1.22.3"},
		"pkg:generic/kubelet@1.30.0":                           {Name: "kubelet", Version: "1.30.0"},
		"pkg:rpm/amzn/openssl-libs@3.0.8-1.amzn2023.0.10?epoch=1&distro=amzn-2023": {
			Ecosystem: "Amazon Linux:2023", Distribution: true, Name: "openssl-libs", Version: "1:3.0.8-1.amzn2023.0.10"},
		"pkg:rpm/amzn/kernel":                 {Distribution: true, Name: "kernel"},
		"pkg:rpm/amzn/kernel@1-1?distro=2023": {Ecosystem: "Amazon Linux:2023", Distribution: true, Name: "kernel", Version: "1-1"},
		"pkg:deb/debian/libssl3@3.0.11-1~deb12u2?distro=debian-12&upstream=openssl": {
			Ecosystem: "Debian:12", Distribution: true, Name: "libssl3", Version: "3.0.11-1~deb12u2", SourceName: "openssl"},
		"pkg:deb/debian/libc6@2.36-9?distro=debian-12&upstream=glibc%402.36-9": {
			Ecosystem: "Debian:12", Distribution: true, Name: "libc6", Version: "2.36-9", SourceName: "glibc", SourceVersion: "2.36-9"},
		"pkg:rpm/rhel/openssl-libs@3.0.7-1.el9?distro=rhel-9.2&upstream=openssl-3.0.7-1.el9.src.rpm": {
			Ecosystem: "Red Hat:enterprise_linux:9", Distribution: true, Name: "openssl-libs", Version: "3.0.7-1.el9"},
		"pkg:apk/alpine/musl@1.2.4-r2?distro=3.18.4": {Ecosystem: "Alpine:v3.18", Distribution: true, Name: "musl", Version: "1.2.4-r2"},
	} {
		got, err := ecosystem.FromPURL(purl)
		if err != nil {
			t.Errorf("%s: %v", purl, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", purl, diff)
		}
	}
	for _, purl := range []string{"", "npm/x@1", "pkg:", "pkg:npm/" + strings.Repeat("x", 5000)} {
		if got, err := ecosystem.FromPURL(purl); err == nil {
			t.Errorf("%.40q gave %+v", purl, got)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"PyPI", "Django_REST..framework", "django-rest-framework"}, {"PyPI", "-a-", "a"}, {"NuGet", "Newtonsoft.Json", "newtonsoft.json"},
		{"npm", "JSONStream", "JSONStream"}, {"SwiftURL", "https://github.com/Org/Repo.git", "github.com/org/repo"}, {"Debian:12", " curl ", "curl"},
	} {
		if got := ecosystem.Name(c[0], c[1]); got != c[2] {
			t.Errorf("Name(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
	for eco, want := range map[string]string{
		"Red Hat:enterprise_linux:9::baseos": "Red Hat:enterprise_linux:9", "Ubuntu:22.04:LTS": "Ubuntu:22.04", "Debian:12": "Debian:12", "Maven": "Maven",
	} {
		if got := ecosystem.Key(eco); got != want {
			t.Errorf("Key(%q) = %q, want %q", eco, got, want)
		}
	}
	if ecosystem.IsDistribution("Maven") || !ecosystem.IsDistribution("Debian:12") || ecosystem.Order("Amazon Linux:2") != "Red Hat" || ecosystem.Order("Android") != "" {
		t.Error("the tables of ecosystems are wrong")
	}
}

func FuzzFromPURL(f *testing.F) {
	for _, s := range []string{"pkg:npm/%40a/b@1", "pkg:rpm/amzn/x@1?distro=amzn-2023&epoch=1", "pkg:deb/debian/x@1?upstream=y%402", "pkg:swift/github.com/a/b@1", "pkg:rpm//?distro=-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ecosystem.FromPURL(text)
		if err == nil && p.Name == "" {
			t.Errorf("%q gave a package without a name", text)
		}
		ecosystem.Name(ecosystem.Key(p.Ecosystem), p.Name)
	})
}
