// Package rootfs opens files inside one boundary and nowhere else.
//
// A given PATH is bounded by its enclosing repository (the nearest directory with a .git), by a root the user names, or
// by itself. A symlink, a module source or a function argument that leads out of the boundary gives ErrOutside, whatever
// its spelling, because opening goes through os.Root. Names handed in and out are the ones a user would type: the given
// PATH joined with what lies below it, with forward slashes.
//
// Data flow: source opens a Tree for each PATH; readers ask it for bytes by display name.
package rootfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrOutside says that a name leads out of the boundary.
var ErrOutside = errors.New("leads outside the repository root")

// ErrTooLarge says that a file is over the limit of its kind.
var ErrTooLarge = errors.New("file is too large")

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 64 << 20

// Tree is a directory tree with a boundary. It is safe for concurrent use.
type Tree struct {
	given    string // as the user wrote it
	absGiven string
	cwd      string  // where relative names start from
	bounds   []bound // the boundary first, then what the user allowed
	kept     kept
}

// bound is a directory that may be read, with everything below it.
type bound struct {
	dir   string   // absolute
	files fs.FS    // opens nothing outside of dir, by symlink or otherwise
	root  *os.Root // what files rests on; nil for a snapshot
	close func() error
}

// boundOf is the bound of a directory on disk.
func boundOf(dir string) (bound, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return bound{}, err
	}
	return bound{dir: dir, files: root.FS(), root: root, close: root.Close}, nil
}

// Open makes the tree of a given path, a file or a directory. boundary names the directory that nothing may leave; empty
// means the nearest enclosing directory with a .git, else the path itself (a file's directory). The error is an fs error
// when the path does not exist.
func Open(given, boundary string) (*Tree, error) {
	abs, err := filepath.Abs(given)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, err
	}
	base := abs
	if !info.IsDir() {
		base = filepath.Dir(abs)
	}
	if boundary == "" {
		boundary = enclosingRepository(base)
	} else if boundary, err = filepath.Abs(boundary); err != nil {
		return nil, err
	}
	if !within(boundary, abs) {
		return nil, fmt.Errorf("%s: %w %s", given, ErrOutside, boundary)
	}
	b, err := boundOf(boundary)
	if err != nil {
		return nil, err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return &Tree{given: given, absGiven: abs, cwd: cwd, bounds: []bound{b}}, nil
}

// OpenSnapshot makes the tree of a path whose files come from elsewhere than the disk, such as a revision of a
// repository: files holds what lies below the absolute directory dir, which is the boundary. Names are those that Open
// gives. files must open nothing outside of itself. The error is an fs error when the path does not exist in files.
func OpenSnapshot(given, dir string, files fs.FS) (*Tree, error) {
	abs, err := filepath.Abs(given)
	if err != nil {
		return nil, err
	}
	if !within(dir, abs) {
		return nil, fmt.Errorf("%s: %w %s", given, ErrOutside, dir)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	t := &Tree{given: given, absGiven: abs, cwd: cwd, bounds: []bound{{dir: dir, files: files, close: func() error { return nil }}}}
	if _, err := t.Stat(given); err != nil {
		return nil, err
	}
	return t, nil
}

// Allow adds a directory that the user named, such as a module's, to what may be read. Call it before reading.
func (t *Tree) Allow(dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	b, err := boundOf(abs)
	if err != nil {
		return err
	}
	t.bounds = append(t.bounds, b)
	return nil
}

// Close releases the directories that may be read.
func (t *Tree) Close() error {
	var errs []error
	for _, b := range t.bounds {
		errs = append(errs, b.close())
	}
	return errors.Join(errs...)
}

func enclosingRepository(dir string) string {
	for at := dir; ; {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			return dir
		}
		at = up
	}
}

func within(boundary, abs string) bool {
	rel, err := filepath.Rel(boundary, abs)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Given returns the display name of the path that the tree was opened for.
func (t *Tree) Given() string { return filepath.ToSlash(filepath.Clean(t.given)) }

// Join returns the display name of rel seen from the directory dir (a display name); an absolute rel stays absolute.
func (t *Tree) Join(dir, rel string) string {
	if filepath.IsAbs(filepath.FromSlash(rel)) {
		return t.display(filepath.Clean(filepath.FromSlash(rel)))
	}
	return t.display(filepath.Join(t.abs(dir), filepath.FromSlash(rel)))
}

// Contains reports whether a name lies inside the boundary by its spelling alone.
func (t *Tree) Contains(name string) bool {
	_, _, err := t.locate(name)
	return err == nil
}

// abs turns a display name into an absolute path.
func (t *Tree) abs(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(t.cwd, name)
}

// display turns an absolute path into what a user would type, starting from the given path.
func (t *Tree) display(abs string) string {
	if filepath.IsAbs(t.given) {
		return filepath.ToSlash(abs)
	}
	rel, err := filepath.Rel(t.absGiven, abs)
	if err != nil {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(filepath.Join(t.given, rel))
}

// locate finds the directory that a name lies in and the name as seen from it.
func (t *Tree) locate(name string) (fs.FS, string, error) {
	b, rel, err := t.bound(name)
	return b.files, rel, err
}

func (t *Tree) bound(name string) (bound, string, error) {
	abs := t.abs(name)
	for _, b := range t.bounds {
		if within(b.dir, abs) {
			rel, err := filepath.Rel(b.dir, abs)
			return b, filepath.ToSlash(rel), err
		}
	}
	return bound{}, "", fmt.Errorf("%s: %w", name, ErrOutside)
}

// ReadFile reads a file by display name. The error wraps fs.ErrNotExist, ErrOutside or ErrTooLarge.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	f, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Rest(nil)
}

// content is what an open file offers, on disk or in a revision.
type content interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// File is an open file of a tree.
type File struct {
	content
	name string
	kept *kept
	// Size is the file's size in bytes when it was opened.
	Size int64
}

// Open opens a regular file of any size by display name, to be read as a stream. The error wraps fs.ErrNotExist or
// ErrOutside.
func (t *Tree) Open(name string) (*File, error) {
	b, rel, err := t.bound(name)
	if err != nil {
		return nil, err
	}
	f, err := b.open(name, rel)
	if err != nil {
		return nil, t.explain(name, err)
	}
	info, err := f.Stat()
	stream, ok := f.(content)
	if err == nil && (!info.Mode().IsRegular() || !ok) {
		err = irregular(name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &File{content: stream, name: name, Size: info.Size(), kept: &t.kept}, nil
}

// open opens what need not be a regular file. Opening a named pipe would wait for a writer that may never come: it is
// opened in a way that does not wait, or, where the system has none, asked for first, which costs a call more for each file.
func (b *bound) open(name, rel string) (fs.File, error) {
	if b.root != nil && doNotWait != 0 {
		return b.root.OpenFile(rel, os.O_RDONLY|doNotWait, 0)
	}
	if before, err := fs.Stat(b.files, rel); err == nil && !before.Mode().IsRegular() {
		return nil, irregular(name)
	}
	return b.files.Open(rel)
}

func irregular(name string) error { return fmt.Errorf("%s: not a regular file", name) }

// Head reads up to n bytes from where the file stands.
func (f *File) Head(n int) ([]byte, error) {
	return f.fill(make([]byte, min(int64(n), f.Size)), 0)
}

// Rest returns head followed by the rest of the file. The error wraps ErrTooLarge when the whole is over MaxFile.
func (f *File) Rest(head []byte) ([]byte, error) {
	if f.Size > MaxFile {
		return nil, fmt.Errorf("%s: %w: %d MB, the limit is %d MB", f.name, ErrTooLarge, f.Size>>20, MaxFile>>20)
	}
	data, err := head, error(nil)
	if f.Size > int64(len(head)) {
		data = make([]byte, f.Size)
		data, err = f.fill(data, copy(data, head))
	}
	if err == nil {
		f.kept.see(f.name, data)
	}
	return data, err
}

func (f *File) fill(data []byte, from int) ([]byte, error) {
	n, err := io.ReadFull(f, data[from:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return data[:from+n], nil
}

// explain tells an escaping symlink from other errors: os.Root has no exported error for it.
func (t *Tree) explain(name string, err error) error {
	if strings.Contains(err.Error(), "escapes from parent") {
		return fmt.Errorf("%s: %w", name, ErrOutside)
	}
	return err
}

// ReadDir lists a directory by display name, in name order.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	root, rel, err := t.locate(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(root, rel)
	if err != nil {
		err = t.explain(name, err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// Stat follows symlinks inside the boundary. The error wraps ErrOutside when one leaves it.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	root, rel, err := t.locate(name)
	if err != nil {
		return nil, err
	}
	info, err := fs.Stat(root, rel)
	if err != nil {
		return nil, t.explain(name, err)
	}
	return info, nil
}

// IsDir reports whether the name is a directory inside the boundary.
func (t *Tree) IsDir(name string) bool {
	info, err := t.Stat(name)
	return err == nil && info.IsDir()
}

// Absolute returns the one absolute form of a name, to tell whether two names are the same place.
func (t *Tree) Absolute(name string) string { return filepath.ToSlash(t.abs(name)) }

// Boundary returns the display name of the directory that nothing may leave.
func (t *Tree) Boundary() string { return t.display(t.bounds[0].dir) }
