// Package detect tells what one file is and reads the packages that it names or holds.
//
// A file comes from a directory, a zip or a layer of an image; what differs is how it is opened. Its name decides whether it
// is opened at all, so that a large image costs little more than passing over it:
//
//	name, size ── Wants ──▶ File ── read ──▶ Found: packages, the distribution
//	                          └─ a zip: every file in it again, one level deeper
//
// Operating-system databases count only at their own place below a root. Go binaries have no name of their own: every large
// file that begins as an executable does is looked into.
package detect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/archive"
	"github.com/onus-dev/onus/software/gobinary"
	"github.com/onus-dev/onus/software/java"
	"github.com/onus-dev/onus/software/lockfile"
	"github.com/onus-dev/onus/software/ospkg"
	"github.com/onus-dev/onus/software/sbom"
)

// File is one file to look into.
type File struct {
	// Path is the place inside of the artifact: "usr/lib/app.jar", "fn.zip!/lib/a.jar"; Rel is the path inside of the
	// innermost file system, from its root: "lib/a.jar".
	Path, Rel string
	// Name is the display name for diagnostics.
	Name string
	Size int64
	// Depth counts the archives that it lies in.
	Depth int
	// Rooted is set when Rel starts from the root of a file system, where databases of operating systems lie.
	Rooted bool
	Open   func() (io.ReadCloser, error)
	// At, when set, is the content at any place, so that it need not be spooled.
	At io.ReaderAt
}

// blob is the content of a file at any place.
func (r *Reader) blob(f File, rc io.Reader) (*archive.Blob, error) {
	if f.At != nil {
		return archive.Open(f.At, f.Size), nil
	}
	return archive.Spool(rc, f.Size, r.Budget)
}

// Found is what a file gave.
type Found struct {
	Packages []software.Package
	// Distro is what os-release tells.
	Distro *software.Distro
	// Subject is what a bill of materials describes; Bill is set when the file is one.
	Subject string
	Bill    bool
}

// Kind is what a file may be by its name.
type Kind uint8

// The kinds. Nothing is a file that is passed over.
const (
	Nothing Kind = iota
	Lock
	Jar
	Zip
	OSData
	JavaHome
	BillOf
	Executable
)

// Wants tells what a file may be by its path and size, without opening it.
func Wants(rel string, size int64, rooted bool) Kind {
	base := path.Base(rel)
	switch {
	case !lockfile.Of(rel).IsNone():
		return Lock
	case java.Is(base):
		return Jar
	case strings.EqualFold(path.Ext(base), ".zip"):
		return Zip
	case rooted && ospkg.Of(rel) != ospkg.None:
		return OSData
	case base == "release" && (strings.Contains(rel, "jvm") || strings.Contains(rel, "java") || strings.Contains(rel, "jdk") || strings.Contains(rel, "jre")):
		return JavaHome
	case sbom.MayBe(base):
		return BillOf
	case gobinary.MayBe(rel, size):
		return Executable
	}
	return Nothing
}

// Reader reads files of one source.
type Reader struct {
	Budget *software.Budget
	Diags  *diag.List
}

// Read looks into a file. The error is a LimitError when nothing more may be read of the source; everything else that could
// not be read is a diagnostic.
func (r *Reader) Read(f File) (found Found, err error) {
	kind := Wants(f.Rel, f.Size, f.Rooted)
	if kind == Nothing {
		return Found{}, nil
	}
	defer func() {
		if fault := recover(); fault != nil {
			r.Diags.Errorf(diag.Range{Path: f.Name}, "File not read", "The reader failed on it: %v. This is a fault of onus; please report it.", fault)
			found, err = Found{}, nil
		}
	}()
	rc, err := f.Open()
	if err != nil {
		software.Report(r.Diags, diag.Range{Path: f.Name}, "file", err)
		return Found{}, nil
	}
	found, err = r.dispatch(kind, f, rc)
	err = errors.Join(err, rc.Close())
	place(found.Packages, f)
	if err == nil || fatal(err) {
		return found, err
	}
	software.Report(r.Diags, diag.Range{Path: f.Name}, "file", err)
	return found, nil
}

// fatal tells the limits of a whole source from those of one file.
func fatal(err error) bool {
	var limit *software.LimitError
	return errors.As(err, &limit) && (limit.Name == "MaxExpanded" || limit.Name == "MaxEntries" || limit.Name == "MaxPackages")
}

// place fills in where packages lie, for readers that see only the file itself.
func place(packages []software.Package, f File) {
	for i := range packages {
		p := &packages[i]
		if p.Location.Path == "" {
			p.Location.Path = f.Path
		}
		if p.At.Path == "" {
			p.At.Path = f.Name
		}
	}
}

func (r *Reader) dispatch(kind Kind, f File, rc io.Reader) (Found, error) {
	at := diag.Range{Path: f.Name}
	switch kind {
	case Lock:
		data, err := archive.Text(rc, r.Budget)
		if err != nil {
			return Found{}, err
		}
		packages, diags := lockfile.Of(f.Rel).Read(f.Name, data)
		*r.Diags = append(*r.Diags, diags...)
		return Found{Packages: packages}, nil
	case BillOf:
		return r.bill(f, rc)
	case OSData:
		return r.osData(f, rc)
	case JavaHome:
		return javaHome(rc)
	case Executable:
		return r.executable(f, rc)
	}
	blob, err := r.blob(f, rc)
	if err != nil {
		return Found{}, err
	}
	defer blob.Close()
	if kind == Jar {
		packages, err := java.Read(blob, blob.Size, java.Place{Path: f.Path, Name: f.Name, Depth: f.Depth + 1}, r.Budget, r.Diags)
		return Found{Packages: packages}, err
	}
	if err := r.Budget.Nested(f.Depth + 1); err != nil {
		software.Report(r.Diags, at, "archive", err)
		return Found{}, nil
	}
	return r.Zip(blob, blob.Size, f)
}

// Zip reads every file of a zip, the one that f names.
func (r *Reader) Zip(b io.ReaderAt, size int64, f File) (Found, error) {
	var out Found
	err := archive.Zip(b, size, f.Name, r.Budget, r.Diags, func(e *archive.Entry) error {
		found, err := r.Read(File{
			Path: f.Path + "!/" + e.Name, Rel: e.Name, Name: f.Name + "!/" + e.Name, Size: e.Size, Depth: f.Depth + 1, Open: e.Open,
		})
		out.Packages = append(out.Packages, found.Packages...)
		return err
	})
	return out, err
}

func (r *Reader) bill(f File, rc io.Reader) (Found, error) {
	data, err := archive.Text(rc, r.Budget)
	if err != nil {
		return Found{}, err
	}
	if sbom.FormatOf(data) == sbom.None {
		return Found{}, nil
	}
	bill, diags := sbom.Read(f.Name, data)
	*r.Diags = append(*r.Diags, diags...)
	return Found{Packages: bill.Packages, Subject: bill.Subject, Distro: bill.Distro, Bill: true}, nil
}

func (r *Reader) osData(f File, rc io.Reader) (Found, error) {
	at := diag.Range{Path: f.Name}
	format := ospkg.Of(f.Rel)
	switch format {
	case ospkg.RPMLog:
		if f.Size > 0 {
			r.Diags.Skipf(at, "rpm database not complete", "The database has a write-ahead log of %d bytes beside it, which is not read: packages in it are missing from the answer. Close the database in the image (any rpm command that writes does).", f.Size)
		}
		return Found{}, nil
	case ospkg.RPM:
		blob, err := r.blob(f, rc)
		if err != nil {
			return Found{}, err
		}
		defer blob.Close()
		packages, err := ospkg.ReadRPM(f.Name, blob, blob.Size)
		return Found{Packages: packages}, err
	}
	data, err := archive.Text(rc, r.Budget)
	if err != nil {
		return Found{}, err
	}
	switch format {
	case ospkg.Release:
		return Found{Distro: ospkg.ReadRelease(data)}, nil
	case ospkg.APK:
		packages, err := ospkg.ReadAPK(f.Name, data)
		return Found{Packages: packages}, err
	}
	packages, err := ospkg.ReadDpkg(f.Name, data)
	return Found{Packages: packages}, err
}

// javaHome reads the file `release` of a JDK or JRE: KEY="value" lines.
func javaHome(rc io.Reader) (Found, error) {
	data, err := io.ReadAll(io.LimitReader(rc, 64<<10))
	if err != nil {
		return Found{}, err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = strings.Trim(value, `"`)
	}
	if values["JAVA_VERSION"] == "" {
		return Found{}, nil
	}
	p := software.NewRuntime("openjdk", values["JAVA_VERSION"])
	p.Evidence = software.Evidence{How: software.Metadata, Detail: fmt.Sprintf("release of %s", orElse(values["IMPLEMENTOR"], "a JDK"))}
	return Found{Packages: []software.Package{p}}, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return diag.Clip(s, 40)
}

func (r *Reader) executable(f File, rc io.Reader) (Found, error) {
	br := bufio.NewReader(rc)
	head, err := br.Peek(gobinary.HeadSize)
	if err != nil || !gobinary.Is(head) {
		return Found{}, nil
	}
	blob, err := r.blob(f, br)
	if err != nil {
		return Found{}, err
	}
	defer blob.Close()
	return Found{Packages: gobinary.Read(f.Name, blob)}, nil
}
