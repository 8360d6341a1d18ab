// Package archive reads zips, tars and compressed streams that nobody vouches for.
//
// A zip's entries are visited in the order of its directory, a tar's in the order of the stream. Nothing is written below
// a name that an archive gives: what has to be read at random is spooled into memory, or into an unnamed temporary file when
// it is large. Names that climb out of the archive are left out and said; links are never followed.
//
// Bounds, all by software.Budget: bytes expanded, ratio of an entry to its compressed form, number of entries, nesting,
// size of one file. A zip's directory may be 32 MB.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/software"
)

const (
	// maxDirectory is the largest directory of a zip, in bytes.
	maxDirectory = 32 << 20
	// inMemory is the size up to which a spooled file stays in memory.
	inMemory = 4 << 20
	// maxWindow is the largest window of a zstd stream, in bytes.
	maxWindow = 128 << 20
)

// Entry is a regular file in an archive.
type Entry struct {
	// Name is a clean slash path without a leading slash.
	Name string
	// Size is the size that the archive declares; a forged one is found out when it is read.
	Size int64
	Mode fs.FileMode
	open func() (io.ReadCloser, error)
}

// Open opens the entry. What is read counts against the budget that the archive was opened with.
func (e *Entry) Open() (io.ReadCloser, error) { return e.open() }

// Zip visits the files of a zip. name is its display name, for diagnostics. An error of visit ends the walk and is
// returned; so is a LimitError. An entry that cannot be read is visit's to report.
func Zip(r io.ReaderAt, size int64, name string, b *software.Budget, diags *diag.List, visit func(*Entry) error) error {
	if err := checkDirectory(r, size); err != nil {
		return err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return err
	}
	var names problems
	for _, f := range z.File {
		if err := b.Entry(); err != nil {
			return err
		}
		clean, ok := Clean(f.Name)
		if !ok {
			names.outside(f.Name)
			continue
		}
		if !f.Mode().IsRegular() {
			continue
		}
		e := &Entry{Name: clean, Size: int64(min(f.UncompressedSize64, 1<<62)), Mode: f.Mode(), open: func() (io.ReadCloser, error) {
			rc, err := f.Open()
			if err != nil {
				return nil, err
			}
			return counted{b.Expand(rc, int64(max(f.CompressedSize64, 1))), rc}, nil
		}}
		if err := visit(e); err != nil {
			return err
		}
	}
	names.tell(name, diags)
	return nil
}

type counted struct {
	io.Reader
	io.Closer
}

// Clean makes a clean relative slash path of a name in an archive. ok is false when it climbs out of the archive.
func Clean(name string) (clean string, ok bool) {
	name = strings.ReplaceAll(name, "\\", "/")
	if strings.ContainsRune(name, 0) {
		return "", false
	}
	name = path.Clean(strings.TrimLeft(name, "/"))
	return name, name != ".." && !strings.HasPrefix(name, "../")
}

// problems collects names that climb out.
type problems struct {
	first string
	n     int
}

func (p *problems) outside(name string) {
	if p.n++; p.n == 1 {
		p.first = name
	}
}

func (p *problems) tell(name string, diags *diag.List) {
	if p.n > 0 {
		diags.Skipf(diag.Range{Path: name}, "Path leaves the archive",
			"%d of its entries have a name that climbs out of the archive, the first is %q. They were left out; an archive made by a build tool has no such names.", p.n, diag.Clip(p.first, 80))
	}
}

// checkDirectory keeps a forged directory from filling the memory: archive/zip reads all of it.
func checkDirectory(r io.ReaderAt, size int64) error {
	const endSize, comment = 22, 1<<16 - 1
	tail := make([]byte, min(size, endSize+comment))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < endSize {
		return zip.ErrFormat
	}
	bytesOf := int64(binary.LittleEndian.Uint32(tail[i+12:]))
	if bytesOf == 1<<32-1 && i >= 20 && bytes.Equal(tail[i-20:i-16], []byte("PK\x06\x07")) {
		end := make([]byte, 56)
		if _, err := r.ReadAt(end, int64(binary.LittleEndian.Uint64(tail[i-12:])&(1<<62-1))); err == nil && bytes.HasPrefix(end, []byte("PK\x06\x06")) {
			bytesOf = int64(binary.LittleEndian.Uint64(end[40:]) & (1<<62 - 1))
		}
	}
	if bytesOf > maxDirectory {
		return &software.LimitError{Name: "the size of a zip's directory", Bound: fmt.Sprintf("%d MB", maxDirectory>>20)}
	}
	return nil
}

// Member is an entry of a tar.
type Member struct {
	*tar.Header
	// Path is the clean slash path without a leading slash, Link the clean target of a hard link.
	Path, Link string
}

// Tar visits the members of a tar stream. content is valid until visit returns. An error of visit ends the walk and is
// returned; a stream that breaks off is io.ErrUnexpectedEOF.
func Tar(r io.Reader, name string, b *software.Budget, diags *diag.List, visit func(m Member, content io.Reader) error) error {
	end := &ending{r: r}
	t := tar.NewReader(end)
	var names problems
	defer func() { names.tell(name, diags) }()
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return end.check()
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return err
		}
		if err := b.Entry(); err != nil {
			return err
		}
		clean, ok := Clean(h.Name)
		if !ok {
			names.outside(h.Name)
			continue
		}
		link, _ := Clean(h.Linkname)
		if err := visit(Member{Header: h, Path: clean, Link: link}, t); err != nil {
			return err
		}
	}
}

// ending remembers the last block of a tar. archive/tar takes a stream that breaks off between two entries for a whole one.
type ending struct {
	r    io.Reader
	last [512]byte
	n    int
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	got := p[:n]
	if len(got) > len(e.last) {
		got = got[len(got)-len(e.last):]
	}
	copy(e.last[:], e.last[len(got):])
	copy(e.last[len(e.last)-len(got):], got)
	e.n = min(e.n+n, len(e.last))
	return n, err
}

// check is io.ErrUnexpectedEOF when the stream did not end in a block of zeros, as a tar does.
func (e *ending) check() error {
	if e.n > 0 && e.last != [512]byte{} {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// Decompress returns the content of a stream that may be compressed with gzip or zstd, told by its first bytes. size is the
// size of r, 0 when unknown. What comes out counts as expanded. The stream must be closed.
func Decompress(r io.Reader, size int64, b *software.Budget) (io.ReadCloser, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, _ := br.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, err
		}
		return counted{b.Expand(z, size), z}, nil
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		rc := z.IOReadCloser()
		return counted{b.Expand(rc, size), rc}, nil
	}
	return io.NopCloser(b.Expand(br, 0)), nil
}

// Text reads a whole text file within MaxText.
func Text(r io.Reader, b *software.Budget) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, b.MaxText+1))
	if err != nil {
		return nil, err
	}
	return data, b.TextSize(int64(len(data)))
}

// Blob is a file that can be read at any place.
type Blob struct {
	io.ReaderAt
	Size  int64
	close func() error
}

// Close lets go of the memory or the temporary file.
func (s *Blob) Close() error { return s.close() }

// Spool reads r to its end, within MaxFile, so that it can be read at any place. size is the size that is declared for it, 0
// when none is; a forged one changes nothing but how often memory is asked for.
func Spool(r io.Reader, size int64, b *software.Budget) (*Blob, error) {
	var buf bytes.Buffer
	buf.Grow(int(max(0, min(size, inMemory))) + bytes.MinRead)
	n, err := io.Copy(&buf, io.LimitReader(r, inMemory))
	if err != nil {
		return nil, err
	}
	if n < inMemory {
		return Bytes(buf.Bytes()), b.FileSize(n)
	}
	return spoolFile(&buf, r, b)
}

// Bytes makes a Blob of what is in memory already.
func Bytes(data []byte) *Blob { return Open(bytes.NewReader(data), int64(len(data))) }

// Open makes a Blob of what can be read at any place already; closing it does nothing.
func Open(r io.ReaderAt, size int64) *Blob {
	return &Blob{ReaderAt: r, Size: size, close: func() error { return nil }}
}

func spoolFile(buf *bytes.Buffer, r io.Reader, b *software.Budget) (*Blob, error) {
	f, err := os.CreateTemp("", "onus-*")
	if err != nil {
		return nil, err
	}
	done := func() error { return errors.Join(f.Close(), removed(f.Name())) }
	// The name goes at once where the system allows it, so that nothing is left behind by a killed run.
	_ = os.Remove(f.Name())
	head, err := buf.WriteTo(f)
	if err == nil {
		var more int64
		more, err = io.Copy(f, io.LimitReader(r, b.MaxFile-head+1))
		head += more
	}
	if err == nil {
		err = b.FileSize(head)
	}
	if err != nil {
		return nil, errors.Join(err, done())
	}
	return &Blob{ReaderAt: f, Size: head, close: done}, nil
}

func removed(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
