package ospkg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/software"
)

// lines shows packages as one line each.
func lines(packages []software.Package, distro *software.Distro) []string {
	var out []string
	for _, p := range packages {
		p.In(distro)
		out = append(out, fmt.Sprintf("%s|%s|%s|%s %s|line %d", p.PURL, p.Ecosystem, p.Version, p.Origin.Name, p.Origin.Version, p.At.Line))
	}
	return out
}

func TestOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Format{
		"var/lib/dpkg/status": Dpkg, "var/lib/dpkg/status.d/base": Dpkg, "var/lib/dpkg/status.d/base.md5sums": None,
		"lib/apk/db/installed": APK, "usr/lib/apk/db/installed": APK, "var/lib/rpm/rpmdb.sqlite": RPM, "usr/lib/sysimage/rpm/Packages.db": RPM,
		"var/lib/rpm/Packages": RPM, "var/lib/rpm/rpmdb.sqlite-wal": RPMLog, "etc/os-release": Release, "usr/lib/os-release": Release,
		"srv/etc/os-release": None, "var/lib/dpkg/available": None, "Packages": None,
	} {
		if got := Of(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

func TestReadRelease(t *testing.T) {
	t.Parallel()
	got := ReadRelease([]byte("NAME=\"Amazon Linux\"\nID=\"amzn\"\nVERSION_ID='2023'\nPRETTY_NAME=\"Amazon Linux 2023\"\n"))
	if diff := cmp.Diff(&software.Distro{ID: "amzn", Version: "2023", Name: "Amazon Linux 2023"}, got); diff != "" {
		t.Error(diff)
	}
	if got := ReadRelease([]byte("NAME=x\n")); got != nil {
		t.Errorf("no ID, got %v", got)
	}
}

func TestReadDpkg(t *testing.T) {
	t.Parallel()
	const status = `Package: openssl
Status: install ok installed
Architecture: amd64
Version: 3.0.11-1~deb12u2
Description: x
 Package: not-a-field
Conffiles:
 /etc/x

Package: libssl3
Status: install ok installed
Source: openssl (3.0.11-1~deb12u1)
Architecture: arm64
Version: 3.0.11-1~deb12u2

Package: gone
Status: deinstall ok config-files
Version: 1

Package: adduser
Status: hold ok installed
Source: adduser-src
Version: 1:3.134
`
	got, err := ReadDpkg("status", []byte(status))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64&distro=debian-12|Debian:12|3.0.11-1~deb12u2| |line 1",
		"pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=arm64&distro=debian-12|Debian:12|3.0.11-1~deb12u2|openssl 3.0.11-1~deb12u1|line 10",
		"pkg:deb/debian/adduser@1:3.134?distro=debian-12|Debian:12|1:3.134|adduser-src 1:3.134|line 20",
	}
	if diff := cmp.Diff(want, lines(got, &software.Distro{ID: "debian", Version: "12"})); diff != "" {
		t.Error(diff)
	}
	if _, err := ReadDpkg("status", []byte("Package: x\nLong: "+strings.Repeat("a", maxLine+1))); err == nil {
		t.Error("a line over the limit was not told")
	}
}

func TestReadAPK(t *testing.T) {
	t.Parallel()
	got, err := ReadAPK("installed", []byte("C:Q1x=\nP:libcrypto3\nV:3.1.4-r5\nA:aarch64\no:openssl\n\nP:musl\nV:1.2.4-r2\no:musl\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=aarch64&distro=alpine-3.19.1|Alpine:v3.19|3.1.4-r5|openssl 3.1.4-r5|line 1",
		"pkg:apk/alpine/musl@1.2.4-r2?distro=alpine-3.19.1|Alpine:v3.19|1.2.4-r2| |line 7",
	}
	if diff := cmp.Diff(want, lines(got, &software.Distro{ID: "alpine", Version: "3.19.1"})); diff != "" {
		t.Error(diff)
	}
}

// databases are the three formats with the same packages.
func databases(blobs ...[]byte) map[string][]byte {
	return map[string][]byte{
		"sqlite": softwaretest.SQLite("Packages", blobs...), "ndb": softwaretest.NDB(blobs...),
		"berkeley":            softwaretest.Berkeley(binary.LittleEndian, blobs...),
		"berkeley big-endian": softwaretest.Berkeley(binary.BigEndian, blobs...),
	}
}

func TestReadRPM(t *testing.T) {
	t.Parallel()
	module := softwaretest.Header(map[uint32]string{1000: "nodejs", 1001: "18.12.1", 1002: "1.el8", 5096: "nodejs:18:8070020221:9edba152", 2000: strings.Repeat("x", 3000)}, 1)
	blobs := [][]byte{
		softwaretest.RPM("openssl-libs", "3.0.8", "1.amzn2023.0.10", "openssl-3.0.8-1.amzn2023.0.10.src.rpm", 1),
		softwaretest.RPM("bash", "5.2.15", "1.amzn2023.0.2", "", 0), softwaretest.RPM("gpg-pubkey", "d832c631", "6515c85e", "", 0), module,
	}
	want := []string{
		"pkg:rpm/amzn/openssl-libs@3.0.8-1.amzn2023.0.10?arch=x86_64&distro=amzn-2023&epoch=1||1:3.0.8-1.amzn2023.0.10|openssl 3.0.8-1.amzn2023.0.10|line 0",
		"pkg:rpm/amzn/bash@5.2.15-1.amzn2023.0.2?arch=x86_64&distro=amzn-2023||5.2.15-1.amzn2023.0.2| |line 0",
		"pkg:rpm/amzn/nodejs@18.12.1-1.el8?distro=amzn-2023&epoch=1||1:18.12.1-1.el8| |line 0",
	}
	for name, data := range databases(blobs...) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadRPM("db", bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, lines(got, &software.Distro{ID: "amzn", Version: "2023"})); diff != "" {
				t.Error(diff)
			}
			if m := got[2].Property(software.PropModularity); m != "nodejs:18:8070020221:9edba152" {
				t.Errorf("module stream %q", m)
			}
		})
	}
}

func TestReadRPMRefuses(t *testing.T) {
	t.Parallel()
	big := softwaretest.Header(map[uint32]string{1000: "a", 1001: "1", 2000: strings.Repeat("x", 3000)}, 0)
	for name, data := range databases(big, big) {
		for cut := 0; cut < len(data)-1200; cut += 97 {
			if _, err := ReadRPM("db", bytes.NewReader(data[:cut]), int64(cut)); err == nil {
				t.Fatalf("%s cut at %d of %d bytes was read as whole", name, cut, len(data))
			}
		}
	}
	broken := softwaretest.SQLite("Packages", []byte("\xff\xff\xff\xff\xff\xff\xff\xff"))
	if _, err := ReadRPM("db", bytes.NewReader(broken), int64(len(broken))); err == nil {
		t.Error("a header of four billion entries was read")
	}
	loop := softwaretest.Berkeley(binary.LittleEndian, big)
	binary.LittleEndian.PutUint32(loop[2*512+16:], 2)           // the first overflow page goes on in itself
	binary.LittleEndian.PutUint32(loop[2*512-12+8:], maxHeader) // for a value that is never full
	if _, err := ReadRPM("db", bytes.NewReader(loop), int64(len(loop))); err == nil {
		t.Error("a chain that never ends was read")
	}
}

func FuzzReadRPM(f *testing.F) {
	for _, data := range databases(softwaretest.RPM("bash", "5.2.15", "1", "bash-5.2.15-1.src.rpm", 2)) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = ReadRPM("db", bytes.NewReader(data), int64(len(data)))
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("Package: a\nStatus: install ok installed\nVersion: 1\nSource: b (2)\n\nP:a\nV:1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = ReadDpkg("status", data)
		_, _ = ReadAPK("installed", data)
		ReadRelease(data)
	})
}
