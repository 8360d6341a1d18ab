package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/change"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/sarif"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/revision"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/workload"
)

// diffFormats are the formats of `onus diff`.
var diffFormats = []string{"terminal", "json", "markdown", "sarif"}

// diffFlags are the options of `onus diff`.
type diffFlags struct {
	inputFlags
	checks, failOn []string
}

func (a *app) diffCommand() *cobra.Command {
	f := &diffFlags{inputFlags: inputFlags{known: diffFormats}}
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER | diff REV..REV [PATH...] | diff REV [PATH...]",
		Short: "Say which duties a change moves, and to whom",
		Long: `Compare two states and say which duties move to whom, which verdicts change, and which workloads come and go.

BEFORE and AFTER are directories, files or plans. REV..REV are two revisions of the git repository around the working
directory, read from git's objects: the work tree is not touched; REV...REV compares with what both have in common. REV
alone is compared with the work tree. PATHs narrow what is read of a repository.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("diff needs two PATHs, or revisions of the repository such as main..HEAD")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runDiff(f, args) },
	}
	f.register(cmd)
	f.registerAccounts(cmd)
	fl := cmd.Flags()
	fl.Lookup("format").Usage = "terminal, json, markdown (a comment for a pull request) or sarif, with an optional =FILE; repeatable"
	fl.StringArrayVar(&f.checks, "checks", nil, "directory of checks that add to or replace the built-in ones; repeatable")
	fl.StringArrayVar(&f.failOn, "fail-on", nil, "exit with 1 when the change brings moved (a duty moves to you), unmet[:SEVERITY], undetermined, orphan or expired")
	return cmd
}

func (a *app) runDiff(f *diffFlags, args []string) error {
	gate, err := change.ParseGate(f.failOn)
	if err != nil {
		return usagef("--fail-on %v", err)
	}
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	set, err := a.loadChecks(f.checks, q.catalog)
	if err != nil {
		return err
	}
	states, err := parseStates(args)
	if err != nil {
		return err
	}
	before, after, err := a.sides(q, set, states)
	if err != nil {
		return err
	}
	result := change.Diff(before, after)
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return renderDiff(w, o.format, result, after, f) }); err != nil {
			return err
		}
	}
	return a.diffStatus(result, gate, f, before, after)
}

// diffStatus tells the diagnostics and sets the exit status.
func (a *app) diffStatus(r *change.Result, gate change.Gate, f *diffFlags, before, after *change.Side) error {
	diags := slices.Concat(before.Inventory.Diags, after.Inventory.Diags).Sorted()
	if err := a.tell(diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(diags, len(before.Workloads)+len(after.Workloads), f.allowPartial)
	if moves, findings := gate.Fails(r); moves+findings > 0 {
		fmt.Fprintf(a.err, "onus: the change fails --fail-on: %d moved duties, %d findings\n", moves, findings)
		a.status = statusFailed
	}
	return nil
}

// state is one side of the comparison as it was asked for: paths on disk, or in a revision.
type state struct {
	name  string
	paths []string
	// dir and files are set for a revision.
	dir   string
	files *revision.FS
}

// parseStates tells what the arguments mean. Two paths that exist are compared; anything else is a revision.
func parseStates(args []string) ([2]state, error) {
	var out [2]state
	if len(args) == 2 && exists(args[0]) && exists(args[1]) {
		for i, p := range args {
			out[i] = state{name: filepath.ToSlash(filepath.Clean(p)), paths: []string{p}}
		}
		return out, nil
	}
	repo, err := revision.Open(".")
	if err != nil {
		return out, usagef("%s is no pair of paths that exist, and the working directory is in no git repository: %v", strings.Join(args, " "), err)
	}
	before, after, paths, err := revisions(repo, args)
	if err != nil {
		return out, err
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for i, rev := range []string{before, after} {
		if out[i], err = stateOf(repo, rev, paths); err != nil {
			return out, err
		}
	}
	return out, narrow(&out, paths)
}

func exists(path string) bool { _, err := os.Lstat(path); return err == nil }

// revisions reads "A..B", "A...B", "A B" or "A"; an empty after is the work tree.
func revisions(repo *revision.Repository, args []string) (before, after string, paths []string, err error) {
	if a, b, ok := strings.Cut(args[0], "..."); ok {
		a, b = orHead(a), orHead(b)
		base, err := repo.MergeBase(a, b)
		if err != nil {
			return "", "", nil, usageError{err}
		}
		return base, b, args[1:], nil
	}
	if a, b, ok := strings.Cut(args[0], ".."); ok {
		return orHead(a), orHead(b), args[1:], nil
	}
	if len(args) > 1 && !exists(args[1]) && repo.Has(args[1]) {
		return args[0], args[1], args[2:], nil
	}
	return args[0], "", args[1:], nil
}

func orHead(rev string) string {
	if rev == "" {
		return "HEAD"
	}
	return rev
}

func stateOf(repo *revision.Repository, rev string, paths []string) (state, error) {
	if rev == "" {
		return state{name: "work tree", paths: paths}, nil
	}
	files, err := repo.At(rev)
	if err != nil {
		return state{}, usageError{err}
	}
	name := rev
	if strings.HasPrefix(files.Commit, rev) {
		name = files.Commit[:12]
	}
	return state{name: name, paths: paths, dir: repo.Dir, files: files}, nil
}

// narrow drops the paths that a side does not have: what is new or gone has one side only. One that neither has is a
// mistake.
func narrow(states *[2]state, paths []string) error {
	for _, p := range paths {
		found := false
		for i := range states {
			tree, err := states[i].open(p, "")
			if errors.Is(err, fs.ErrNotExist) {
				states[i].paths = slices.DeleteFunc(slices.Clone(states[i].paths), func(x string) bool { return x == p })
				continue
			}
			if err != nil {
				return usageError{err}
			}
			found = true
			if err := tree.Close(); err != nil {
				return fmt.Errorf("close %s: %w", p, err)
			}
		}
		if !found {
			return usagef("%s: neither side has a file or directory of this name", p)
		}
	}
	return nil
}

func (s *state) open(given, boundary string) (*rootfs.Tree, error) {
	if s.files == nil {
		return rootfs.Open(given, boundary)
	}
	return rootfs.OpenSnapshot(given, s.dir, s.files)
}

// sides reads and judges both states, at the same time.
func (a *app) sides(q *question, set *check.Set, states [2]state) (before, after *change.Side, err error) {
	var out [2]*change.Side
	var wait sync.WaitGroup
	for i := range states {
		wait.Go(func() { out[i] = q.side(set, &states[i]) })
	}
	wait.Wait()
	return out[0], out[1], nil
}

// side reads and judges one state.
func (q *question) side(set *check.Set, s *state) *change.Side {
	opts := q.source
	opts.Open = s.open
	inv := source.Read(s.paths, opts)
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: q.catalog.Roots(), Diags: &inv.Diags, ClusterHosting: q.cluster})
	result, own := check.Run(check.Input{
		Inventory: inv, Workloads: found, Catalog: q.catalog, Set: set, AsOf: q.asOf,
		Gatherer: q.gatherer(inv, ix),
	})
	inv.Diags = slices.Concat(named(s, inv.Diags), own)
	return &change.Side{Name: s.name, Paths: s.paths, Inventory: inv, Workloads: found, Result: result}
}

// named says in each diagnostic of a revision which one it is about.
func named(s *state, list diag.List) diag.List {
	if s.files == nil {
		return list
	}
	out := slices.Clone(list)
	for i := range out {
		out[i].Detail = strings.TrimSpace(out[i].Detail + " (In " + s.name + ".)")
	}
	return out
}

func renderDiff(w io.Writer, format string, r *change.Result, after *change.Side, f *diffFlags) error {
	switch format {
	case "json":
		return json.Diff(w, r)
	case "markdown":
		return markdown.Diff(w, r)
	case "sarif":
		base, err := os.Getwd()
		if err != nil {
			return fmt.Errorf("find the working directory: %w", err)
		}
		fresh := *after.Result
		fresh.Findings = r.Findings
		return sarif.Write(w, &fresh, sarif.Options{Base: filepath.ToSlash(base)})
	}
	return terminal.Diff(w, r, terminalOptions(w, f.width))
}
