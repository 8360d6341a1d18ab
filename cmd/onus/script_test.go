package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"onus": func() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }})
}

// commitAll commits everything below a directory of the script, "commit DIR MESSAGE [BRANCH]", without needing a git
// program; the branch is made when it is not there.
func commitAll(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: commit DIR MESSAGE [BRANCH]")
	}
	dir := ts.MkAbs(args[0])
	repo, err := git.PlainOpen(dir)
	if err != nil {
		repo, err = git.PlainInit(dir, false)
	}
	ts.Check(err)
	tree, err := repo.Worktree()
	ts.Check(err)
	if len(args) > 2 {
		branch := plumbing.NewBranchReferenceName(args[2])
		_, err := repo.Reference(branch, true)
		ts.Check(tree.Checkout(&git.CheckoutOptions{Branch: branch, Create: err != nil, Keep: true}))
	}
	ts.Check(tree.AddWithOptions(&git.AddOptions{All: true}))
	_, err = tree.Commit(args[1], &git.CommitOptions{Author: &object.Signature{Name: "n", Email: "e", When: time.Unix(1e9, 0)}})
	ts.Check(err)
}

// TestScripts runs the command as its user does; each script is one story.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"commit": commitAll},
		Setup: func(env *testscript.Env) error {
			integrations, err := filepath.Abs("../../integrations")
			if err != nil {
				return err
			}
			env.Setenv("INTEGRATIONS", integrations)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("COLUMNS", "100")
			return nil
		},
	})
}
