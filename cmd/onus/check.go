package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/governance"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/proof"
	"github.com/onus-dev/onus/report/html"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/junit"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/sarif"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/workload"
)

// checkFormats are the formats of `onus check`.
var checkFormats = []string{"terminal", "json", "markdown", "html", "sarif", "junit"}

// checkFlags are the options of `onus check`.
type checkFlags struct {
	inputFlags
	checks, failOn                []string
	baseline, writeBaseline, team string
	config                        string
	evidence                      []string
	evidenceAge                   int
	trace                         bool
}

func (a *app) checkCommand() *cobra.Command {
	f := &checkFlags{inputFlags: inputFlags{known: checkFormats}}
	cmd := &cobra.Command{
		Use:   "check PATH...",
		Short: "Say for each duty that you hold whether the infrastructure shows it done",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("check needs at least one PATH: what `onus map` reads, it reads too")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runCheck(f, args) },
	}
	f.register(cmd)
	f.registerAccounts(cmd)
	fl := cmd.Flags()
	fl.Lookup("format").Usage = "terminal, json, markdown, html, sarif or junit, with an optional =FILE; repeatable"
	fl.StringArrayVar(&f.checks, "checks", nil, "directory of checks that add to or replace the built-in ones; repeatable")
	fl.StringArrayVar(&f.failOn, "fail-on", nil, "exit with 1 for unmet[:SEVERITY], undetermined, orphan, expired; a list or repeatable")
	fl.StringVar(&f.baseline, "baseline", "", "file of known findings: only what is new fails")
	fl.StringVar(&f.writeBaseline, "write-baseline", "", "write the findings of this run as a baseline")
	fl.StringVar(&f.team, "team", "", "only the findings of this team")
	fl.StringVar(&f.config, "config", "", "the file that gives duties to teams (default: onus.yaml at the repository's root)")
	fl.StringArrayVar(&f.evidence, "evidence", nil, "file that `onus host` wrote on a machine; repeatable")
	fl.IntVar(&f.evidenceAge, "evidence-age", proof.DefaultMaxAge, "how many days such a file counts")
	fl.BoolVar(&f.trace, "trace", false, "show every place of a problem")
	return cmd
}

func (a *app) runCheck(f *checkFlags, paths []string) error {
	gate, err := check.ParseGate(f.failOn)
	if err != nil {
		return usagef("--fail-on %v", err)
	}
	if f.evidenceAge < 1 {
		return usagef("--evidence-age %d: expected a number of days from 1", f.evidenceAge)
	}
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	set, err := a.loadChecks(f.checks, q.catalog)
	if err != nil {
		return err
	}
	known, err := readBaseline(f.baseline)
	if err != nil {
		return err
	}
	in, stated, err := a.judgeInput(q, f, set, paths)
	if err != nil {
		return err
	}
	result, own, err := a.judge(q, in, known, f, gate)
	if err != nil {
		return err
	}
	diags := slices.Concat(in.Inventory.Diags, own, stated.Unused()).Sorted()
	if err := a.tell(diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	if f.writeBaseline != "" {
		if err := a.write(output{file: f.writeBaseline}, check.BaselineOf(result).Write); err != nil {
			return err
		}
	}
	a.status = mapStatus(diags, len(in.Workloads)+len(result.Resources), f.allowPartial)
	if len(gate.Failing(result)) > 0 {
		a.status = statusFailed
	}
	return nil
}

// loadChecks loads the checks; a mistake in the user's own is told and is a usage error.
func (a *app) loadChecks(dirs []string, cat *catalog.Catalog) (*check.Set, error) {
	set, diags := check.Load(check.Options{Dirs: dirs, Types: cat.Types(), Tables: func(id string) map[string]expr.Table {
		if s, ok := cat.Service(id); ok {
			return s.Tables
		}
		return nil
	}})
	if err := a.tell(diags); err != nil {
		return nil, err
	}
	if diags.HasErrors() {
		return nil, usagef("the checks have errors")
	}
	return set, nil
}

func readBaseline(path string) (*check.Baseline, error) {
	if path == "" {
		return &check.Baseline{}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("--baseline %v", err)
	}
	defer f.Close()
	b, err := check.ReadBaseline(f)
	if err != nil {
		return nil, usagef("--baseline %s: %v", path, err)
	}
	return b, nil
}

// judgeInput reads the paths and prepares what the checks look at.
func (a *app) judgeInput(q *question, f *checkFlags, set *check.Set, paths []string) (check.Input, *governance.Statements, error) {
	bar := newProgress(a.err)
	q.source.Progress = bar.step
	go set.Warm() // meanwhile: reading a small input takes one processor
	q.source.Expect = func(types []string) { go prepare(q.catalog, set, types) }
	inv := source.Read(paths, q.source)
	bar.end()
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: q.catalog.Roots(), Diags: &inv.Diags, ClusterHosting: q.cluster})
	stated, diags := governance.Load(governance.Options{
		Paths: paths, Boundary: f.root, Config: f.config, Inventory: inv, AsOf: q.asOf, Services: services(q.catalog, found),
		IsCheck: func(id string) bool { _, ok := set.Find(id); return ok },
	})
	if diags.HasErrors() && f.config != "" {
		if err := a.tell(diags); err != nil {
			return check.Input{}, nil, err
		}
		return check.Input{}, nil, usagef("--config %s has errors", f.config)
	}
	inv.Diags = append(inv.Diags, diags...)
	in := check.Input{
		Inventory: inv, Workloads: found, Catalog: q.catalog, Set: set, AsOf: q.asOf, Governance: stated,
		Gatherer: q.gatherer(inv, ix),
	}
	if len(f.evidence) > 0 {
		proved, diags := proof.Load(f.evidence, proof.Options{AsOf: q.asOf, MaxAge: f.evidenceAge, Workloads: found})
		inv.Diags = append(inv.Diags, diags...)
		in.Proof = proved
	}
	return in, stated, nil
}

// prepare gets ready what a type of resource needs: the hosting that it makes, the checks that judge it.
func prepare(cat *catalog.Catalog, set *check.Set, types []string) {
	roots := cat.Roots()
	var hostings []string
	for _, typ := range types {
		if id := roots[typ]; id != "" {
			hostings = append(hostings, id)
		}
	}
	set.Prepare(types)
	cat.Prepare(hostings)
}

// services maps the hostings that occur to their services.
func services(cat *catalog.Catalog, found []workload.Workload) map[string]string {
	out := map[string]string{}
	for i := range found {
		id := found[i].Hosting
		if service := cat.ServiceOf(id); service != "" {
			out[id] = service
		}
	}
	return out
}

// judge runs the checks and writes every output. JSON alone is written while the workloads are judged.
func (a *app) judge(q *question, in check.Input, known *check.Baseline, f *checkFlags, gate check.Gate) (*check.Result, diag.List, error) {
	finish := func(r *check.Result) {
		known.Apply(r)
		if f.team != "" {
			r.OfTeam(f.team)
		}
	}
	if len(q.outputs) == 1 && q.outputs[0].format == "json" {
		s := check.NewStream(in)
		var own diag.List
		err := a.write(q.outputs[0], func(w io.Writer) (err error) {
			own, err = json.CheckStream(w, s, finish)
			return err
		})
		return s.Result, own, err
	}
	result, own := check.Run(in)
	finish(result)
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return renderCheck(w, o.format, result, in.Set, f, gate) }); err != nil {
			return nil, nil, err
		}
	}
	return result, own, nil
}

func renderCheck(w io.Writer, format string, r *check.Result, set *check.Set, f *checkFlags, gate check.Gate) error {
	switch format {
	case "json":
		return json.Check(w, r)
	case "markdown":
		return markdown.Check(w, r)
	case "sarif":
		base, err := os.Getwd()
		if err != nil {
			return fmt.Errorf("find the working directory: %w", err)
		}
		return sarif.Write(w, r, sarif.Options{Base: filepath.ToSlash(base)})
	case "html":
		return html.Check(w, r, html.CheckOptions{Fixes: set.FixesOf})
	case "junit":
		return junit.Write(w, r)
	}
	opts := terminalOptions(w, f.width)
	opts.Trace = f.trace
	return terminal.Check(w, r, terminal.CheckOptions{Options: opts, Gate: gate, Team: f.team})
}
