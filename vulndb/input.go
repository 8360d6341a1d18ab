package vulndb

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/onus-dev/onus/vulndb/bottlerocket"
	"github.com/onus-dev/onus/vulndb/epss"
	"github.com/onus-dev/onus/vulndb/kev"
	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/updateinfo"
)

// Bounds of an input.
const (
	MaxFiles  = 4_000_000 // files below one directory
	maxPlain  = 64 << 20  // bytes of EPSS scores, unpacked
	sniffed   = 4 << 10   // bytes looked at to tell what a file is
	zipChunk  = 128       // records of a zip that a goroutine takes at once
	zipSuffix = ".zip"
)

// Input is one path that the user gave: a file or a directory, of a kind or to be told.
type Input struct {
	Kind Kind
	Path string
}

// errNotData is for a file that is none of the kinds.
var errNotData = errors.New("it is no vulnerability data that is known here: OSV records (.json, .jsonl, .zip), CISA's catalog (.json), " +
	"EPSS scores (.csv), Amazon Linux's updateinfo (.xml) or a Bottlerocket advisory (.toml) was expected")

// kindOf tells a file's kind from its name, and JSON from its first bytes. It returns "" for a file that is none.
func kindOf(name string, given Kind, head []byte) Kind {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	var kind Kind
	switch path.Ext(name) {
	case ".json", ".jsonl", ".ndjson":
		kind = KindOSV
		if bytes.Contains(head, []byte(`"catalogVersion"`)) || given == KindKEV {
			kind = KindKEV
		}
	case zipSuffix:
		kind = KindOSV
	case ".csv":
		kind = KindEPSS
	case ".xml":
		kind = KindUpdateInfo
	case ".toml":
		kind = KindBottlerocket
	}
	if given != "" && given != kind {
		return ""
	}
	return kind
}

// mayHold reports whether the name is one of those that may hold data, so that a directory's other files are not opened.
func mayHold(name string, given Kind) bool { return kindOf(name, given, nil) != "" }

// source collects what was read of one input, by kind, and what was wrong with it.
type source struct {
	input    Input
	mu       sync.Mutex
	kinds    map[Kind]*Source
	problems problems
}

// note counts what was read of a kind; the newest date and version stay.
func (s *source) note(kind Kind, records, skipped int, date, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kinds[kind]
	if k == nil {
		k = &Source{Kind: kind, Name: filepath.Base(s.input.Path)}
		s.kinds[kind] = k
	}
	k.Records += records
	k.Skipped += skipped
	k.Date = max(k.Date, date[:min(len(date), len("2006-01-02"))])
	k.Version = max(k.Version, version)
}

// fail notes that a file, or a part of it, could not be read. It returns nil: the others are read.
func (s *source) fail(shown string, err error) error {
	s.problems.add(shown, err)
	return nil
}

// read reads one input: a file, or every file below a directory.
func (b *builder) read(s *source) error {
	st, err := os.Stat(s.input.Path)
	if err != nil {
		return s.fail(s.input.Path, err)
	}
	if st.IsDir() {
		return b.readDir(s)
	}
	if !st.Mode().IsRegular() {
		return s.fail(s.input.Path, errors.New("it is neither a file nor a directory"))
	}
	f, err := os.Open(s.input.Path)
	if err != nil {
		return s.fail(s.input.Path, err)
	}
	defer f.Close()
	err = b.readFile(s, s.input.Path, f, st.Size())
	b.pool.wait()
	return err
}

// readDir walks a directory. Links that lead out of it are not followed: files are opened through os.Root.
func (b *builder) readDir(s *source) error {
	root, err := os.OpenRoot(s.input.Path)
	if err != nil {
		return s.fail(s.input.Path, err)
	}
	defer root.Close()
	files := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		shown := path.Join(filepath.ToSlash(s.input.Path), name)
		switch {
		case err != nil:
			return s.fail(shown, err)
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular() || !mayHold(d.Name(), s.input.Kind):
			return nil
		}
		if files++; files > MaxFiles {
			_ = s.fail(shown, fmt.Errorf("more than the limit of %d files", MaxFiles))
			return fs.SkipAll
		}
		return b.readBelow(s, root, name, shown)
	})
	b.pool.wait()
	if files == 0 && err == nil {
		return s.fail(s.input.Path, errors.New("there is no vulnerability data below this directory"))
	}
	return err
}

// readBelow reads a file of a directory. Files that hold one record each are read by several goroutines; a zip brings its
// own, and is read in the walk.
func (b *builder) readBelow(s *source, root *os.Root, name, shown string) error {
	open := func() error {
		f, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return s.fail(shown, err)
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			return s.fail(shown, err)
		}
		err = b.readFile(s, shown, f, st.Size())
		if path.Ext(strings.ToLower(name)) == zipSuffix {
			b.pool.wait()
		}
		return err
	}
	if path.Ext(strings.ToLower(name)) == zipSuffix {
		return open()
	}
	return b.pool.do(open)
}

// readFile reads one open file.
func (b *builder) readFile(s *source, shown string, f *os.File, size int64) error {
	if path.Ext(strings.ToLower(shown)) == zipSuffix {
		if kindOf(shown, s.input.Kind, nil) == "" {
			return s.fail(shown, errNotData)
		}
		return b.readZip(s, shown, f, size)
	}
	in := bufio.NewReaderSize(f, 1<<16)
	if mark, _ := in.Peek(2); bytes.Equal(mark, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return s.fail(shown, err)
		}
		in = bufio.NewReaderSize(unpacked, 1<<16)
	}
	head, err := in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return s.fail(shown, err)
	}
	switch kindOf(shown, s.input.Kind, head) {
	case KindOSV:
		return b.readStream(s, shown, in)
	case KindKEV:
		return b.readKEV(s, shown, in)
	case KindEPSS:
		return b.readEPSS(s, shown, in)
	case KindUpdateInfo:
		return b.readUpdateInfo(s, shown, in)
	case KindBottlerocket:
		r, err := bottlerocket.Read(in)
		if err != nil {
			return s.fail(shown, err)
		}
		return b.add(s, shown, r, KindBottlerocket)
	}
	return s.fail(shown, errNotData)
}

func (b *builder) readStream(s *source, shown string, in io.Reader) error {
	var internal error
	err := osv.ReadStream(in, func(r *osv.Record) error {
		internal = b.add(s, shown, r, KindOSV)
		return internal
	}, func(p osv.Problem) {
		_ = s.fail(shown, fmt.Errorf("%s: %w", p.Name, p.Err))
	})
	if internal != nil || err == nil {
		return internal
	}
	return s.fail(shown, err)
}

func (b *builder) readZip(s *source, shown string, f *os.File, size int64) error {
	z, err := osv.OpenZip(f, size)
	if err != nil {
		return s.fail(shown, err)
	}
	for from := 0; from < z.Len(); from += zipChunk {
		err := b.pool.do(func() error {
			for i := from; i < min(from+zipChunk, z.Len()); i++ {
				r, name, err := z.Read(i)
				if err != nil {
					_ = s.fail(shown, fmt.Errorf("%s: %w", clipName(name), err))
					continue
				}
				if err := b.add(s, shown, r, KindOSV); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) readKEV(s *source, shown string, in io.Reader) error {
	c, skipped, err := kev.Read(in)
	if err != nil {
		return s.fail(shown, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range c.Entries {
		if old, ok := b.exploited[e.CVE]; !ok || encodedKEV(e) > encodedKEV(old) {
			b.exploited[e.CVE] = e
		}
	}
	s.note(KindKEV, len(c.Entries), skipped, c.Released, c.Version)
	return nil
}

func (b *builder) readEPSS(s *source, shown string, in io.Reader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	h, skipped, err := epss.Read(&limited{in: in, left: maxPlain}, func(e epss.Score) error {
		n++
		if old, ok := b.scores[e.CVE]; !ok || e.Probability > old.Probability {
			b.scores[e.CVE] = e
		}
		return nil
	})
	s.note(KindEPSS, n, skipped, h.Date, h.Model)
	if err != nil {
		return s.fail(shown, err)
	}
	return nil
}

func (b *builder) readUpdateInfo(s *source, shown string, in io.Reader) error {
	var internal error
	skipped, err := updateinfo.Read(in, func(r *osv.Record) error {
		internal = b.add(s, shown, r, KindUpdateInfo)
		return internal
	})
	s.note(KindUpdateInfo, 0, skipped, "", "")
	if internal != nil || err == nil {
		return internal
	}
	return s.fail(shown, err)
}

// limited gives at most left bytes and then an error, unlike io.LimitReader, whose end looks like the file's.
type limited struct {
	in   io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("the file unpacks to more than the limit of %d MiB", maxPlain>>20)
	}
	n, err := l.in.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
