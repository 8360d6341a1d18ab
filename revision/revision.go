// Package revision reads one revision of a git repository as a file system, straight from git's objects: the work tree
// is neither read nor changed, and no git program is run.
//
// Open finds the repository around a directory, as git does, and resolves what git calls a revision: a branch, a tag, a
// commit, HEAD~2. FS then lists trees and reads blobs as they are asked for. A symlink is followed inside the revision,
// at most maxLinks deep; one that leads out does not exist. A submodule is an empty directory.
//
// Bounds: a blob over MaxBlob is not read. Data flow: a directory and a revision in, fs.FS out.
package revision

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// MaxBlob is the largest file that is read, in bytes.
const MaxBlob = 1 << 30

// maxLinks bounds how many symlinks lead on to each other.
const maxLinks = 16

// Repository is an open repository.
type Repository struct {
	// Dir is the absolute directory of the work tree.
	Dir string

	repo *git.Repository
}

// Open finds the repository that a directory lies in. The error says that there is none.
func Open(dir string) (*Repository, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	repo, err := git.PlainOpenWithOptions(abs, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return nil, fmt.Errorf("open the git repository of %s: %w", dir, err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		return nil, fmt.Errorf("find the work tree of %s: %w", dir, err)
	}
	return &Repository{Dir: tree.Filesystem.Root(), repo: repo}, nil
}

// Has reports whether a name is a revision of the repository.
func (r *Repository) Has(rev string) bool {
	_, err := r.repo.ResolveRevision(plumbing.Revision(rev))
	return err == nil
}

// At opens a revision. The error says that there is none of that name, or that its objects cannot be read.
func (r *Repository) At(rev string) (*FS, error) {
	hash, err := r.repo.ResolveRevision(plumbing.Revision(rev))
	if err != nil {
		return nil, fmt.Errorf("%q is no revision of the repository: %w", rev, err)
	}
	commit, err := r.repo.CommitObject(*hash)
	if err != nil {
		return nil, fmt.Errorf("read the commit %s: %w", hash, err)
	}
	tree, err := commit.Tree()
	if err != nil {
		return nil, fmt.Errorf("read the tree of %s: %w", hash, err)
	}
	return &FS{Commit: hash.String(), root: tree, repo: r.repo, trees: map[string]*object.Tree{".": tree}}, nil
}

// MergeBase returns the newest commit that two revisions have in common, as git diff A...B compares with.
func (r *Repository) MergeBase(a, b string) (string, error) {
	var commits [2]*object.Commit
	for i, rev := range []string{a, b} {
		hash, err := r.repo.ResolveRevision(plumbing.Revision(rev))
		if err != nil {
			return "", fmt.Errorf("%q is no revision of the repository: %w", rev, err)
		}
		if commits[i], err = r.repo.CommitObject(*hash); err != nil {
			return "", fmt.Errorf("read the commit %s: %w", hash, err)
		}
	}
	bases, err := commits[0].MergeBase(commits[1])
	if err != nil {
		return "", fmt.Errorf("find what %s and %s have in common: %w", a, b, err)
	}
	if len(bases) == 0 {
		return "", fmt.Errorf("%s and %s have no commit in common", a, b)
	}
	return bases[0].Hash.String(), nil
}

// FS is one revision. It is safe for concurrent use.
type FS struct {
	// Commit is the full hash.
	Commit string

	repo *git.Repository
	root *object.Tree

	// mu guards the object store as well, whose caches are not made for several readers.
	mu    sync.Mutex
	trees map[string]*object.Tree
}

// Open implements fs.FS.
func (f *FS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e, err := f.find(name, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if e.IsDir() {
		list, err := f.list(e.at)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &dir{entry: e, list: list}, nil
	}
	data, err := f.blob(e)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{Reader: bytes.NewReader(data), entry: e}, nil
}

// Stat implements fs.StatFS, without reading a file's content.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e, err := f.find(name, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return e, nil
}

// find resolves a name to its entry, following symlinks.
func (f *FS) find(name string, links int) (*entry, error) {
	if links > maxLinks {
		return nil, errors.New("too many symlinks")
	}
	if name == "." {
		return &entry{name: ".", at: ".", mode: filemode.Dir}, nil
	}
	parent, err := f.find(path.Dir(name), links)
	if err != nil {
		return nil, err
	}
	tree, err := f.tree(parent.at)
	if err != nil {
		return nil, err
	}
	te, err := tree.FindEntry(path.Base(name))
	if err != nil {
		return nil, fs.ErrNotExist
	}
	e := &entry{name: te.Name, at: path.Join(parent.at, te.Name), mode: te.Mode, hash: te.Hash}
	if te.Mode == filemode.Symlink {
		target, err := f.blob(e)
		if err != nil {
			return nil, err
		}
		to := path.Join(parent.at, string(target))
		if path.IsAbs(string(target)) || !fs.ValidPath(to) {
			return nil, fs.ErrNotExist
		}
		return f.find(to, links+1)
	}
	return e, f.measure(e)
}

// measure finds a file's size, which the tree does not hold.
func (f *FS) measure(e *entry) error {
	if e.IsDir() {
		return nil
	}
	size, err := f.repo.Storer.EncodedObjectSize(e.hash)
	if err != nil {
		return fmt.Errorf("read the object %s: %w", e.hash, err)
	}
	e.size = size
	return nil
}

func (f *FS) tree(at string) (*object.Tree, error) {
	if t, ok := f.trees[at]; ok {
		return t, nil
	}
	parent, err := f.tree(path.Dir(at))
	if err != nil {
		return nil, err
	}
	te, err := parent.FindEntry(path.Base(at))
	if err != nil {
		return nil, fs.ErrNotExist
	}
	t := &object.Tree{}
	if te.Mode == filemode.Dir {
		if t, err = object.GetTree(f.repo.Storer, te.Hash); err != nil {
			return nil, fmt.Errorf("read the tree %s: %w", te.Hash, err)
		}
	}
	f.trees[at] = t
	return t, nil
}

func (f *FS) list(at string) ([]fs.DirEntry, error) {
	tree, err := f.tree(at)
	if err != nil {
		return nil, err
	}
	out := make([]fs.DirEntry, 0, len(tree.Entries))
	for i := range tree.Entries {
		te := &tree.Entries[i]
		out = append(out, &listed{&entry{name: te.Name, at: path.Join(at, te.Name), mode: te.Mode, hash: te.Hash}, f})
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

func (f *FS) blob(e *entry) ([]byte, error) {
	if e.size > MaxBlob {
		return nil, fmt.Errorf("%d MB, the limit is %d MB", e.size>>20, MaxBlob>>20)
	}
	b, err := object.GetBlob(f.repo.Storer, e.hash)
	if err != nil {
		return nil, fmt.Errorf("read the object %s: %w", e.hash, err)
	}
	r, err := b.Reader()
	if err != nil {
		return nil, fmt.Errorf("read the object %s: %w", e.hash, err)
	}
	defer r.Close()
	var buf bytes.Buffer
	buf.Grow(int(min(b.Size, MaxBlob)))
	if _, err := io.Copy(&buf, io.LimitReader(r, MaxBlob)); err != nil {
		return nil, fmt.Errorf("read the object %s: %w", e.hash, err)
	}
	return buf.Bytes(), nil
}

// entry is a file or directory of a revision: fs.FileInfo and fs.DirEntry.
type entry struct {
	name, at string
	mode     filemode.FileMode
	hash     plumbing.Hash
	size     int64
}

func (e *entry) Name() string       { return e.name }
func (e *entry) Size() int64        { return e.size }
func (e *entry) ModTime() time.Time { return time.Time{} }
func (e *entry) Sys() any           { return nil }
func (e *entry) Type() fs.FileMode  { return e.Mode().Type() }

// IsDir takes a submodule as an empty directory.
func (e *entry) IsDir() bool { return e.mode == filemode.Dir || e.mode == filemode.Submodule }

// Mode implements fs.FileInfo.
func (e *entry) Mode() fs.FileMode {
	switch {
	case e.IsDir():
		return fs.ModeDir | 0o755
	case e.mode == filemode.Symlink:
		return fs.ModeSymlink | 0o777
	}
	return 0o644
}

// listed is an entry of a directory, which is measured when asked.
type listed struct {
	*entry
	fs *FS
}

// Info implements fs.DirEntry.
func (l *listed) Info() (fs.FileInfo, error) {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	return l.entry, l.fs.measure(l.entry)
}

// file is an open file.
type file struct {
	*bytes.Reader
	entry *entry
}

func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *file) Close() error               { return nil }

// dir is an open directory.
type dir struct {
	entry *entry
	list  []fs.DirEntry
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.entry, nil }
func (d *dir) Close() error               { return nil }
func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.entry.name, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		out := d.list
		d.list = nil
		return out, nil
	}
	if len(d.list) == 0 {
		return nil, io.EOF
	}
	out := d.list[:min(n, len(d.list))]
	d.list = d.list[len(out):]
	return out, nil
}
