package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/effort"
	"github.com/onus-dev/onus/move"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/rulefile"
)

// effortCommandFlags are the options of `onus effort`.
type effortCommandFlags struct {
	inputFlags
	effortFlags
	workload string
	hostings []string
	people   float64
	explain  bool
}

func (a *app) effortCommand() *cobra.Command {
	f := &effortCommandFlags{inputFlags: inputFlags{known: plainFormats}}
	cmd := &cobra.Command{
		Use:   "effort [PATH...]",
		Short: "Estimate what your half costs a year, for workloads as they are and hosted otherwise",
		Long: `effort estimates the hours a year that the customer's duties cost: for each duty the events a year, the hours an event,
what automation leaves of it, and how many workloads share the hosts. Every number is a range with its source, or says
that it is an assumption; --explain shows the arithmetic, --set and --parameters put your own figures in their place.

  onus effort infra/
  onus effort infra/ --workload api --people 0.5
  onus effort --hosting ecs-ec2 --hosting lambda-zip --explain`,
		RunE: func(_ *cobra.Command, args []string) error { return a.runEffort(f, args) },
	}
	f.inputFlags.register(cmd)
	f.effortFlags.register(cmd)
	fl := cmd.Flags()
	fl.Lookup("format").Usage = "terminal, json or markdown, with an optional =FILE; repeatable"
	fl.StringVar(&f.workload, "workload", "", "only workloads with this name, address, id or path:line, * stands for anything; of a single one, the usual alternatives too")
	fl.StringArrayVar(&f.hostings, "hosting", nil, "hosting to compare with, or to estimate when there is no PATH; repeatable")
	fl.Float64Var(&f.people, "people", -1, "full-time people that you have for this; says whether they are enough")
	fl.BoolVar(&f.explain, "explain", false, "show the arithmetic line by line, and the source of every number")
	return cmd
}

func (a *app) runEffort(f *effortCommandFlags, paths []string) error {
	if len(paths) == 0 && len(f.hostings) == 0 {
		return usagef("effort needs a PATH, or a --hosting of the catalog, for example: onus effort --hosting ecs-fargate")
	}
	if len(paths) == 0 && f.workload != "" {
		return usagef("--workload chooses among the workloads of a PATH, and there is none")
	}
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	stacks, err := stacksOf(f.hostings, q.catalog)
	if err != nil {
		return err
	}
	model, err := a.effortModel(q, &f.effortFlags)
	if err != nil {
		return err
	}
	answer, in, err := a.estimate(q, model, stacks, f, paths)
	if err != nil {
		return err
	}
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return renderEffort(w, o.format, answer, f) }); err != nil {
			return err
		}
	}
	if in == nil {
		return nil
	}
	if err := a.tell(in.diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(in.diags, len(in.found), f.allowPartial)
	return nil
}

func renderEffort(w io.Writer, format string, answer *effort.Answer, f *effortCommandFlags) error {
	switch format {
	case "json":
		return json.Effort(w, answer)
	case "markdown":
		return markdown.Effort(w, answer, f.explain)
	}
	return terminal.Effort(w, answer, f.explain, terminalOptions(w, f.width))
}

// stacksOf returns the stacks of hostings as the catalog has them.
func stacksOf(ids []string, cat *catalog.Catalog) ([]allocation.Workload, error) {
	out := make([]allocation.Workload, 0, len(ids))
	for _, id := range ids {
		h, ok := cat.Hosting(id)
		if !ok {
			return nil, usagef("--hosting=%s: there is no such hosting%s", id, hostingSuggestion(id, cat))
		}
		out = append(out, allocation.OfHosting(h))
	}
	return out, nil
}

// estimate makes the answer; the input is nil when only hostings of the catalog are asked about.
func (a *app) estimate(q *question, model *effort.Model, stacks []allocation.Workload, f *effortCommandFlags, paths []string) (*effort.Answer, *whatIf, error) {
	edition := q.catalog.Edition()
	answer := &effort.Answer{
		SchemaVersion: effort.SchemaVersion, AsOf: q.asOf.Format("2006-01-02"),
		Catalog:   allocation.Edition{Version: edition.Version, ValidFrom: edition.ValidFrom},
		Workloads: []effort.WorkloadEffort{}, Hostings: []effort.Estimate{}, Diagnostics: []allocation.Diagnostic{},
	}
	if f.people >= 0 {
		answer.Available = &f.people
	}
	if len(paths) == 0 {
		for i := range stacks {
			answer.Hostings = append(answer.Hostings, model.Hosting(&stacks[i]))
		}
		answer.Finish(model)
		return answer, nil, nil
	}
	in := a.input(q, paths)
	chosen := in.matching(f.workload)
	if len(chosen) == 0 && len(in.found) > 0 {
		return nil, nil, usagef("no workload is called %q. There are: %s", f.workload, in.names(nil))
	}
	if len(chosen) == 1 && f.workload != "" && len(stacks) == 0 {
		var err error
		if stacks, err = stacksOf(usual(q, in, chosen[0]), q.catalog); err != nil {
			return nil, nil, err
		}
	}
	fleet := model.NewFleet(in.found)
	for _, i := range chosen {
		w, aw := &in.found[i], &in.result.Workloads[i]
		we := effort.WorkloadEffort{
			ID: aw.ID, Name: aw.Name, Address: aw.Address, Source: aw.Source, Now: fleet.Workload(aw, w, in.gatherer.Of(w)), Alternatives: []effort.Estimate{},
		}
		for j := range stacks {
			we.Alternatives = append(we.Alternatives, fleet.Moved(&stacks[j], w))
		}
		answer.Workloads = append(answer.Workloads, we)
	}
	answer.Diagnostics = in.result.Diagnostics
	answer.Finish(model)
	return answer, in, nil
}

// usual returns the hostings that come to mind first for a workload.
func usual(q *question, in *whatIf, i int) []string {
	hostings := hostingsOf(&in.found[i])
	if len(hostings) == 0 {
		return nil
	}
	return move.Load(q.source.Types).Usual(hostings[0])
}

// readFile reads a file that the user named, of bounded size.
func readFile(path string) (string, error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	defer root.Close()
	return rulefile.ReadBounded(root, filepath.Base(path))
}
