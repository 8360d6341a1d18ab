package revision_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/revision"
)

// commit writes files (an empty text removes one) and commits them.
func commit(t *testing.T, dir string, repo *git.Repository, files map[string]string, links map[string]string) string {
	t.Helper()
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if text == "" {
			if _, err := tree.Remove(name); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.AddGlob("."); err != nil {
		t.Fatal(err)
	}
	hash, err := tree.Commit("a commit", &git.CommitOptions{Author: &object.Signature{Name: "n", Email: "e", When: time.Unix(1e9, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

func repository(t *testing.T) (dir, first, second string) {
	t.Helper()
	dir = t.TempDir()
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	first = commit(t, dir, repo, map[string]string{"main.tf": "one", "modules/a/a.tf": "module", "gone.tf": "gone"},
		map[string]string{"link.tf": "modules/a/a.tf", "out.tf": "../../outside.tf", "loop.tf": "loop.tf", "m": "modules"})
	second = commit(t, dir, repo, map[string]string{"main.tf": "two", "gone.tf": "", "new/b.tf": "new"}, nil)
	return dir, first, second
}

func TestRevision(t *testing.T) {
	t.Parallel()
	dir, first, _ := repository(t)
	repo, err := revision.Open(filepath.Join(dir, "modules"))
	if err != nil {
		t.Fatal(err)
	}
	old, err := repo.At("HEAD~1")
	if err != nil {
		t.Fatal(err)
	}
	if old.Commit != first {
		t.Errorf("HEAD~1 is %s, want %s", old.Commit, first)
	}
	now, err := repo.At("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("not committed"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, f := range map[string]*revision.FS{"old": old, "now": now} {
		for _, file := range []string{"main.tf", "gone.tf", "link.tf", "m/a/a.tf", "new/b.tf", "out.tf", "loop.tf", "modules/a/a.tf/x"} {
			data, err := fs.ReadFile(f, file)
			got[name+" "+file] = string(data)
			if errors.Is(err, fs.ErrNotExist) {
				got[name+" "+file] = "none"
			}
		}
	}
	want := map[string]string{
		"old main.tf": "one", "old gone.tf": "gone", "old link.tf": "module", "old m/a/a.tf": "module", "old new/b.tf": "none",
		"old out.tf": "none", "old loop.tf": "", "old modules/a/a.tf/x": "none",
		"now main.tf": "two", "now gone.tf": "none", "now link.tf": "module", "now m/a/a.tf": "module", "now new/b.tf": "new",
		"now out.tf": "none", "now loop.tf": "", "now modules/a/a.tf/x": "none",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIsFileSystem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, dir, git, map[string]string{"main.tf": "one", "a/b/c.tf": "deep", "a/d.tf": "d"}, nil)
	repo, err := revision.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := repo.At("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f, "main.tf", "a/b/c.tf", "a/d.tf"); err != nil {
		t.Error(err)
	}
}

func TestMergeBase(t *testing.T) {
	t.Parallel()
	dir, first, second := repository(t)
	repo, err := revision.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	base, err := repo.MergeBase(first, second)
	if err != nil || base != first {
		t.Errorf("merge base %s, %v; want %s", base, err, first)
	}
	if _, err := repo.At("no-such-branch"); err == nil {
		t.Error("a revision that is not there was opened")
	}
	if repo.Has("no-such-branch") || !repo.Has("HEAD") {
		t.Error("Has tells wrongly")
	}
	if _, err := revision.Open(t.TempDir()); err == nil {
		t.Error("a repository was found where none is")
	}
}
