package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/effort"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/move"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/workload"
)

// plainFormats are the formats of the commands that answer for people and programs, without figures.
var plainFormats = []string{"terminal", "json", "markdown"}

// effortFlags change the numbers of the estimate.
type effortFlags struct {
	set            []string
	parametersFile string
}

func (f *effortFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "change a number of the estimate, NAME=VALUE or NAME=LOW..HIGH; repeatable")
	cmd.Flags().StringVar(&f.parametersFile, "parameters", "", "YAML file that changes numbers of the estimate")
}

// moveFlags are the options of `onus move`.
type moveFlags struct {
	inputFlags
	effortFlags
	workload, to string
	trace        bool
}

func (a *app) moveCommand() *cobra.Command {
	f := &moveFlags{inputFlags: inputFlags{known: plainFormats}}
	cmd := &cobra.Command{
		Use:   "move PATH... --workload NAME --to HOSTING",
		Short: "Say what would break, and what you would shed and gain, if a workload were hosted otherwise",
		Long: `move asks what if: what of a workload's configuration the target does not take, what has to be found out or done, which
duties you would shed, keep and gain, what of the target's own configuration still decides, and what your half costs
before and after. The target is the hosting as the catalog has it, before anything is configured.

  onus move infra/ --workload api --to ecs-fargate`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("move needs a PATH, a --workload and a hosting to move --to, for example: onus move infra/ --workload api --to ecs-fargate")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runMove(f, args) },
	}
	f.inputFlags.register(cmd)
	f.registerAccounts(cmd)
	f.effortFlags.register(cmd)
	fl := cmd.Flags()
	fl.Lookup("format").Usage = "terminal, json or markdown, with an optional =FILE; repeatable"
	fl.StringVar(&f.workload, "workload", "", "name, address, id or path:line of the workload, * stands for anything")
	fl.StringVar(&f.to, "to", "", "hosting to move it to (onus catalog list)")
	fl.BoolVar(&f.trace, "trace", false, "on the terminal, also cite the page of each precondition and the properties that decide on the target")
	return cmd
}

func (a *app) runMove(f *moveFlags, paths []string) error {
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	target, ok := q.catalog.Hosting(f.to)
	switch {
	case f.to == "":
		return usagef("move needs --to HOSTING, for example --to ecs-fargate; `onus catalog list` names the hostings")
	case !ok:
		return usagef("--to=%s: there is no such hosting%s", f.to, hostingSuggestion(f.to, q.catalog))
	}
	model, err := a.effortModel(q, &f.effortFlags)
	if err != nil {
		return err
	}
	in := a.input(q, paths)
	if len(in.found) == 0 {
		return a.nothing(q, in, f.allowPartial)
	}
	i, err := in.one(f.workload)
	if err != nil {
		return err
	}
	m, err := in.move(q, model, i, target)
	if err != nil {
		return err
	}
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return renderMove(w, o.format, m, f) }); err != nil {
			return err
		}
	}
	if err := a.tell(in.diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(in.diags, len(in.found), f.allowPartial)
	return nil
}

func renderMove(w io.Writer, format string, m *report.Move, f *moveFlags) error {
	switch format {
	case "json":
		return json.Move(w, m)
	case "markdown":
		return markdown.Move(w, m)
	}
	opts := terminalOptions(w, f.width)
	opts.Trace = f.trace
	return terminal.Move(w, m, opts)
}

// effortModel loads the numbers of the estimate, with the user's own in their place.
func (a *app) effortModel(q *question, f *effortFlags) (*effort.Model, error) {
	model, err := effort.Load(q.source.Types)
	if err != nil {
		return nil, err
	}
	if f.parametersFile != "" {
		text, err := readFile(f.parametersFile)
		if err != nil {
			return nil, usageError{err}
		}
		own, diags := model.WithFile(f.parametersFile, text)
		if err := a.tell(diags); err != nil {
			return nil, err
		}
		if diags.HasErrors() {
			return nil, usagef("%s has errors", f.parametersFile)
		}
		model = own
	}
	if model, err = model.With(f.set); err != nil {
		return nil, usagef("--set %v", err)
	}
	return model, nil
}

// whatIf is an input with its workloads and what is needed to ask about each.
type whatIf struct {
	found    []workload.Workload
	result   *allocation.Result
	diags    diag.List
	gatherer *evidence.Gatherer
}

func (a *app) input(q *question, paths []string) *whatIf {
	inv, found := a.discover(q, paths)
	result, diags := allocate(inv, found, q)
	ix := inventory.NewIndex(inv)
	return &whatIf{
		found: found, result: result, diags: diags,
		gatherer: q.gatherer(inv, ix),
	}
}

// nothing answers for an input without workloads.
func (a *app) nothing(_ *question, in *whatIf, allowPartial bool) error {
	fmt.Fprintln(a.err, "onus: no workload found")
	if err := a.tell(in.diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(in.diags, 0, allowPartial)
	return nil
}

// one returns the place of the one workload that a pattern means; without a pattern the input has a single one.
func (in *whatIf) one(pattern string) (int, error) {
	chosen := in.matching(pattern)
	switch {
	case len(chosen) == 1:
		return chosen[0], nil
	case len(chosen) == 0:
		return 0, usagef("no workload is called %q. There are: %s", pattern, in.names(nil))
	}
	return 0, usagef("--workload names one workload by its name, address or place; %d would fit: %s", len(chosen), in.names(chosen))
}

// matching returns the places of the workloads that a pattern means by name, address, id or "path:line"; an empty one
// means all. Two templates of one folder may well use the same address.
func (in *whatIf) matching(pattern string) []int {
	var out []int
	for i := range in.found {
		w, aw := &in.found[i], &in.result.Workloads[i]
		names := []string{w.Name, w.Address, w.ID, report.Place(aw.Source.Path, aw.Source.Line)}
		if pattern == "" || slices.ContainsFunc(names, func(name string) bool { return matches(pattern, name) }) {
			out = append(out, i)
		}
	}
	return out
}

// maxNames is how many workloads a message lists.
const maxNames = 12

// names lists workloads by address; nil lists all.
func (in *whatIf) names(places []int) string {
	if places == nil {
		places = in.matching("")
	}
	var out []string
	for n, i := range places {
		if n == maxNames {
			out = append(out, fmt.Sprintf("and %d more", len(places)-n))
			break
		}
		source := in.result.Workloads[i].Source
		out = append(out, report.Clip(in.found[i].Address, report.MaxName)+" ("+report.Place(source.Path, source.Line)+")")
	}
	return strings.Join(out, ", ")
}

// hostings of a workload: one, or the candidates.
func hostingsOf(w *workload.Workload) []string {
	if w.Hosting != workload.UnknownHosting {
		return []string{w.Hosting}
	}
	var out []string
	for _, c := range w.Candidates {
		if !slices.Contains(out, c.Hosting) {
			out = append(out, c.Hosting)
		}
	}
	return out
}

// move answers what if the workload at a place became one of the target's.
func (in *whatIf) move(q *question, model *effort.Model, i int, target *catalog.Hosting) (*report.Move, error) {
	w, from := &in.found[i], &in.result.Workloads[i]
	set := move.Load(q.source.Types)
	hostings := hostingsOf(w)
	if len(hostings) == 0 {
		return nil, usagef("nothing tells how %s is hosted, so a move cannot be judged", w.Address)
	}
	if err := set.Allowed(hostings, target.ID); err != nil {
		return nil, usagef("%s: %v", w.Address, err)
	}
	to := allocation.OfHosting(target)
	dossier := in.gatherer.Of(w)
	findings, judged, diags := set.Judge(dossier, hostings, target.ID)
	in.diags = append(in.diags, diags...)
	fleet := model.NewFleet(in.found)
	r := &move.Result{
		AsOf: in.result.AsOf, From: from, To: &to, Findings: findings, Judged: judged, Options: move.Options(target),
		Before: fleet.Workload(from, w, dossier), After: fleet.Moved(&to, w), Input: in.result,
	}
	r.Parameters = model.Used(&r.Before, &r.After)
	return report.NewMove(r), nil
}
