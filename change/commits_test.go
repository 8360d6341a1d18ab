package change_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/change"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/revision"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// history is a repository whose commits are the directories of testdata/commits, in name order: what a directory holds
// is written over what is there, and a file of its name with ".gone" at the end removes one.
type history struct {
	dir     string
	commits []string
	names   []string
}

func newHistory(t *testing.T) *history {
	t.Helper()
	h := &history{dir: t.TempDir()}
	repo, err := git.PlainInit(h.dir, false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	steps, err := filepath.Glob("testdata/commits/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		h.lay(t, step)
		if err := tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
			t.Fatal(err)
		}
		hash, err := tree.Commit(filepath.Base(step), &git.CommitOptions{Author: &object.Signature{Name: "n", Email: "e", When: time.Unix(1e9, 0)}})
		if err != nil {
			t.Fatal(err)
		}
		h.commits, h.names = append(h.commits, hash.String()), append(h.names, filepath.Base(step))
	}
	return h
}

func (h *history) lay(t *testing.T, step string) {
	t.Helper()
	err := filepath.WalkDir(step, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(step, path)
		if err != nil {
			return err
		}
		to := filepath.Join(h.dir, rel)
		if gone, ok := strings.CutSuffix(to, ".gone"); ok {
			return os.Remove(gone)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// side judges a commit.
func (h *history) side(t *testing.T, commit string) *change.Side {
	t.Helper()
	repo, err := revision.Open(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := repo.At(commit)
	if err != nil {
		t.Fatal(err)
	}
	types := vocabulary.Load()
	cat, _ := catalog.Load(catalog.Options{Types: types})
	set, _ := check.Load(check.Options{Types: types})
	inv := source.Read([]string{h.dir}, source.Options{Types: types, Open: func(given, _ string) (*rootfs.Tree, error) {
		return rootfs.OpenSnapshot(given, repo.Dir, files)
	}})
	for _, d := range inv.Diags {
		if d.Incomplete {
			t.Errorf("%s: %s", commit, d)
		}
	}
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: cat.Roots(), Diags: &inv.Diags})
	result, _ := check.Run(check.Input{
		Inventory: inv, Workloads: found, Catalog: cat, Set: set, AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
		Gatherer: evidence.New(inv, ix, evidence.Options{Identity: identity.New(inv, ix, identity.Options{})}),
	})
	return &change.Side{Name: commit[:7], Paths: []string{h.dir}, Inventory: inv, Workloads: found, Result: result}
}

// TestCommits compares each commit of a history with the one before it. The golden file names each move with its place.
func TestCommits(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	var out strings.Builder
	var before *change.Side
	for i, commit := range h.commits {
		after := h.side(t, commit)
		if before != nil {
			describe(&out, h, h.names[i], change.Diff(before, after))
		}
		before = after
	}
	golden := filepath.Join("testdata", "commits.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func describe(out *strings.Builder, h *history, name string, r *change.Result) {
	fmt.Fprintf(out, "== %s\n", name)
	for _, m := range r.Moves {
		fmt.Fprintf(out, "%s of %s: %s -> %s", m.Duty, m.Workload.Address, m.From, m.To)
		if m.HostingFrom != "" {
			fmt.Fprintf(out, " (%s -> %s)", m.HostingFrom, m.Workload.Hosting)
		}
		c := m.Because[0]
		at := strings.TrimPrefix(c.Path, filepath.ToSlash(h.dir)+"/")
		fmt.Fprintf(out, "\n    %s: %q -> %q %s %s:%d\n", c.Property, c.Before, c.After, c.Side, at, c.Line)
	}
	for _, w := range r.New {
		fmt.Fprintf(out, "new %s %s\n", w.Address, w.Hosting)
	}
	for _, w := range r.Gone {
		fmt.Fprintf(out, "gone %s %s\n", w.Address, w.Hosting)
	}
}
