// Package ospkg reads the databases of operating systems' package managers and os-release.
//
//	var/lib/dpkg/status, status.d/*              Debian, Ubuntu, distroless
//	lib/apk/db/installed                         Alpine, Wolfi
//	var/lib/rpm, usr/lib/sysimage/rpm            rpm: rpmdb.sqlite, Packages (Berkeley DB), Packages.db (ndb)
//	etc/os-release, usr/lib/os-release           which distribution and release
//
// A package keeps the version as the manager compares it (dpkg and rpm: with the epoch), its architecture, and the source
// package it was built from, which advisories often name. What is not installed in full is left out.
//
// Bounds: those of software.Budget for the files; a header of rpm's is 32 MB at most and has at most 100,000 entries.
package ospkg

import (
	"bufio"
	"bytes"
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/software"
)

// Format is a kind of file that this package reads.
type Format uint8

// The formats. None is anything else.
const (
	None Format = iota
	Dpkg
	APK
	RPM
	// RPMLog is the write-ahead log of an rpm database in SQLite: what it holds is not in the database yet.
	RPMLog
	Release
)

// Of tells the format by a clean slash path from the root of a file system.
func Of(name string) Format {
	dir, base := path.Split(name)
	switch dir {
	case "var/lib/dpkg/":
		if base == "status" {
			return Dpkg
		}
	case "var/lib/dpkg/status.d/":
		if !strings.HasSuffix(base, ".md5sums") {
			return Dpkg
		}
	case "lib/apk/db/", "usr/lib/apk/db/":
		if base == "installed" {
			return APK
		}
	case "var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/":
		switch base {
		case "rpmdb.sqlite", "Packages", "Packages.db":
			return RPM
		case "rpmdb.sqlite-wal":
			return RPMLog
		}
	case "etc/", "usr/lib/":
		if base == "os-release" {
			return Release
		}
	}
	return None
}

// maxLine is the longest line of a text database, in bytes.
const maxLine = 4 << 20

// ReadRelease reads os-release; nil when it names no distribution.
func ReadRelease(data []byte) *software.Distro {
	d := &software.Distro{}
	for line := range strings.Lines(string(data)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			continue
		}
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			d.ID = strings.ToLower(value)
		case "VERSION_ID":
			d.Version = value
		case "PRETTY_NAME":
			d.Name = diag.Clip(value, 80)
		}
	}
	if d.ID == "" {
		return nil
	}
	return d
}

// paragraphs visits the paragraphs of a text database: blocks of "key: value" lines with an empty line between them. A
// line that begins with a space goes on from the one before, and is left out: no field that is read here is long.
func paragraphs(data []byte, sep string, visit func(line int, fields map[string]string)) error {
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(make([]byte, 0, 64<<10), maxLine)
	fields, start := map[string]string{}, 0
	flush := func() {
		if len(fields) > 0 {
			visit(start, fields)
			fields = map[string]string{}
		}
	}
	for n := 1; s.Scan(); n++ {
		line := s.Text()
		if strings.TrimSpace(line) == "" {
			flush()
			continue
		}
		key, value, ok := strings.Cut(line, sep)
		if !ok || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		if len(fields) == 0 {
			start = n
		}
		if _, twice := fields[key]; !twice {
			fields[key] = strings.TrimSpace(value)
		}
	}
	flush()
	return s.Err()
}

// ReadDpkg reads the status file of dpkg, or a file of status.d, of which each holds one package and no Status line.
func ReadDpkg(name string, data []byte) ([]software.Package, error) {
	var out []software.Package
	err := paragraphs(data, ":", func(line int, f map[string]string) {
		if status, ok := f["Status"]; ok && !strings.HasSuffix(status, " installed") {
			return
		}
		if f["Package"] == "" || f["Version"] == "" {
			return
		}
		p := software.NewOSPackage("deb", f["Package"], f["Version"], f["Architecture"], "")
		if source, version, _ := strings.Cut(f["Source"], "("); source != "" {
			p.Origin = software.Origin{Name: strings.TrimSpace(source), Version: strings.TrimSuffix(strings.TrimSpace(version), ")")}
			if p.Origin.Version == "" {
				p.Origin.Version = p.Version
			}
		}
		p.Evidence.Detail, p.At = "dpkg", diag.Range{Path: name, Line: line}
		out = append(out, p)
	})
	return out, err
}

// ReadAPK reads the installed database of apk, whose fields are letters: P name, V version, A architecture, o origin.
func ReadAPK(name string, data []byte) ([]software.Package, error) {
	var out []software.Package
	err := paragraphs(data, ":", func(line int, f map[string]string) {
		if f["P"] == "" || f["V"] == "" {
			return
		}
		p := software.NewOSPackage("apk", f["P"], f["V"], f["A"], "")
		if o := f["o"]; o != "" && o != p.Name {
			p.Origin = software.Origin{Name: o, Version: p.Version}
		}
		p.Evidence.Detail, p.At = "apk", diag.Range{Path: name, Line: line}
		out = append(out, p)
	})
	return out, err
}
