package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/diag"
)

// Bounds of what is read.
const (
	// MaxFile is the largest configuration or kernel file, in bytes; MaxData the largest package database or list.
	MaxFile = 4 << 20
	MaxData = 256 << 20
	// MaxEntries is how many names of a directory are looked at.
	MaxEntries = 20_000
	maxLinks   = 40
)

// machine reads the files of one machine. Names are slash paths from its root, without a leading slash.
type machine struct {
	root     *os.Root
	live     bool
	commands bool
	opts     Options
	ctx      context.Context // of the one call of Collect
	unread   []Unread
}

var errLinks = errors.New("its symlinks do not end")

// resolve follows symlinks as the machine itself would: an absolute target starts at the machine's root, and no ".." leads
// above it.
func (m *machine) resolve(name string) (string, error) {
	todo := strings.Split(name, "/")
	done := "."
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = path.Dir(done)
			continue
		}
		at := path.Join(done, part)
		info, err := m.root.Lstat(at)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = at
			continue
		}
		if links++; links > maxLinks {
			return "", errLinks
		}
		target, err := m.root.Readlink(at)
		if err != nil {
			return "", err
		}
		if path.IsAbs(target) {
			done = "."
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return done, nil
}

// open opens a regular file.
func (m *machine) open(name string) (*os.File, fs.FileInfo, error) {
	real, err := m.resolve(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := m.root.Lstat(real)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, nil, errors.New("it is no regular file")
	}
	f, err := m.root.Open(real)
	return f, info, err
}

// data reads a file of at most limit bytes. The error wraps fs.ErrNotExist when there is none.
func (m *machine) data(name string, limit int64) ([]byte, error) {
	f, _, err := m.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1)) // the size of files in /proc and /sys is told as 0
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it is larger than the limit of %d MB", limit>>20)
	}
	return data, err
}

// read reads the first of the names that is there, for an item of the document. ok is false when none is there or it
// cannot be read; the latter is noted.
func (m *machine) read(item string, names ...string) (data []byte, name string, ok bool) {
	for _, name := range names {
		data, err := m.data(name, MaxFile)
		if err == nil {
			return data, name, true
		}
		if m.note(item, name, err) {
			return nil, name, false
		}
	}
	return nil, "", false
}

// line is read for a file of one line.
func (m *machine) line(item string, names ...string) string {
	data, _, _ := m.read(item, names...)
	text, _, _ := strings.Cut(string(data), "\n")
	return clean(text)
}

// clean makes a short text from the machine fit to print.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return diag.Clip(strings.TrimSpace(s), 300)
}

// note records why a file was not read; false when it is just not there.
func (m *machine) note(item, name string, err error) bool {
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	reason := "it could not be read"
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		reason = "permission denied: run onus host as root for it"
	case errors.As(err, &pathErr):
		reason = pathErr.Err.Error()
	case err != nil:
		reason = err.Error()
	}
	m.miss(item, "/"+name, reason)
	return true
}

// miss records what could not be read, once.
func (m *machine) miss(item, place, reason string) {
	u := Unread{Item: item, Path: place, Reason: clean(reason)}
	if !slices.Contains(m.unread, u) && len(m.unread) < MaxListed {
		m.unread = append(m.unread, u)
	}
}

// missed reports whether something of an item could not be read.
func (m *machine) missed(item string) bool {
	return slices.ContainsFunc(m.unread, func(u Unread) bool { return u.Item == item })
}

func (m *machine) sortedUnread() []Unread {
	out := slices.Clone(m.unread)
	slices.SortFunc(out, func(a, b Unread) int {
		return cmp.Or(strings.Compare(a.Item, b.Item), strings.Compare(a.Path, b.Path), strings.Compare(a.Reason, b.Reason))
	})
	if out == nil {
		out = []Unread{}
	}
	return out
}

// exists reports whether a name is there; a symlink counts whether or not its target is there. What cannot be asked is
// noted and counts as not there.
func (m *machine) exists(item, name string) bool {
	dir, base := path.Split(name)
	real, err := m.resolve(dir)
	if err == nil {
		_, err = m.root.Lstat(path.Join(real, base))
	}
	if err != nil {
		m.note(item, name, err)
	}
	return err == nil
}

// any returns the first of the names that is there.
func (m *machine) any(item string, names ...string) (string, bool) {
	for _, name := range names {
		if m.exists(item, name) {
			return name, true
		}
	}
	return "", false
}

// names lists a directory in order; nil when it is not there. A bound that is hit is noted.
func (m *machine) names(item, dir string) []string {
	out, _ := m.list(item, dir)
	return out
}

func (m *machine) list(item, dir string) ([]string, error) {
	real, err := m.resolve(dir)
	if err != nil {
		m.note(item, dir, err)
		return nil, err
	}
	f, err := m.root.Open(real)
	if err != nil {
		m.note(item, dir, err)
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(MaxEntries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		m.note(item, dir, err)
		return nil, err
	}
	if len(names) > MaxEntries {
		m.miss(item, "/"+dir, fmt.Sprintf("it has more than %d entries (the limit MaxEntries)", MaxEntries))
		names = names[:MaxEntries]
	}
	slices.Sort(names)
	return names, nil
}

// modified is when a file was last written; false when it is not there.
func (m *machine) modified(name string) (time.Time, bool) {
	real, err := m.resolve(name)
	if err != nil {
		return time.Time{}, false
	}
	info, err := m.root.Lstat(real)
	if err != nil {
		return time.Time{}, false
	}
	return info.ModTime(), true
}
