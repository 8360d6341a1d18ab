package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/html"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/svg"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/workload"
)

// maxStacks is how many stacks compare shows at once: more do not fit on a page that anybody reads.
const maxStacks = 12

// compareFlags are the options of `onus compare`.
type compareFlags struct {
	inputFlags
	hostings, workloads []string
	duties, trace       bool
}

func (a *app) compareCommand() *cobra.Command {
	f := &compareFlags{}
	cmd := &cobra.Command{
		Use:   "compare HOSTING|PATH...",
		Short: "Put stacks side by side: what the customer sheds from one to the next, and what stays",
		Long: `compare puts stacks side by side, layer by layer: what the customer sheds from one to the next, what stays and what
comes on top. An argument that names a hosting (onus catalog list) is that hosting's stack as the catalog has it, before
anything is configured; any other is a PATH, whose distinct stacks are compared. Write ./NAME for a path that is named
like a hosting.

  onus compare kubernetes-on-ec2 ecs-ec2 ecs-fargate lambda-zip
  onus compare infra/ lambda-zip --workload api`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("compare needs HOSTINGs (as in `onus catalog list`) or PATHs, for example: onus compare ecs-ec2 ecs-fargate")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runCompare(f, args) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.StringArrayVar(&f.hostings, "hosting", nil, "of the PATHs, only workloads with this hosting; repeatable")
	fl.StringArrayVar(&f.workloads, "workload", nil, "of the PATHs, only workloads with this name or address, * stands for anything; repeatable")
	fl.BoolVar(&f.duties, "duties", false, "a row for each duty instead of each layer")
	fl.BoolVar(&f.trace, "trace", false, "also cite the pages that AWS's own words are from")
	return cmd
}

func (a *app) runCompare(f *compareFlags, args []string) error {
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	if err := checkHostings(f.hostings, q.catalog); err != nil {
		return err
	}
	comparison, diags, err := a.comparison(q, f, args)
	if err != nil {
		return err
	}
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return renderComparison(w, o.format, comparison, f) }); err != nil {
			return err
		}
	}
	if err := a.tell(diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	found := len(comparison.Columns)
	if comparison.Input != nil {
		found = len(comparison.Input.Workloads)
	}
	a.status = mapStatus(diags, found, f.allowPartial)
	return nil
}

// comparison makes the columns of the arguments; the diagnostics are those of the paths.
func (a *app) comparison(q *question, f *compareFlags, args []string) (*report.Comparison, diag.List, error) {
	hostings, paths, at, err := sides(args, q.catalog)
	if err != nil {
		return nil, nil, err
	}
	columns := make([]report.Column, len(hostings))
	for i, h := range hostings {
		stack := allocation.OfHosting(h)
		columns[i] = labelled(report.Column{Stack: &stack}, q.catalog)
	}
	var result *allocation.Result
	var diags diag.List
	if len(paths) > 0 {
		result, diags = a.read(q, paths)
		found, err := distinct(result, f, q.catalog)
		if err != nil {
			return nil, nil, err
		}
		columns = slices.Insert(columns, at, found...)
	}
	if len(columns) > maxStacks {
		return nil, nil, tooMany(columns)
	}
	return report.Compare(columns, result), diags, nil
}

// sides sorts the arguments into hostings, each once, and paths; at is the place of the first path among the hostings,
// where the stacks of all paths go: they are read together, as parts of one infrastructure.
func sides(args []string, cat *catalog.Catalog) (hostings []*catalog.Hosting, paths []string, at int, err error) {
	for _, arg := range args {
		if h, ok := cat.Hosting(arg); ok {
			if !slices.Contains(hostings, h) {
				hostings = append(hostings, h)
			}
			continue
		}
		if _, err := os.Lstat(arg); err != nil {
			return nil, nil, 0, usagef("%q is neither a hosting nor a path%s", arg, hostingSuggestion(arg, cat))
		}
		if len(paths) == 0 {
			at = len(hostings)
		}
		paths = append(paths, arg)
	}
	if len(paths) == 0 && len(hostings) < 2 {
		return nil, nil, 0, usagef("compare needs a second stack beside %s; `onus explain %s` tells about one", hostings[0].ID, hostings[0].ID)
	}
	return hostings, paths, at, nil
}

func hostingSuggestion(name string, cat *catalog.Catalog) string {
	if s := expr.Suggest(name, cat.HostingIDs()); s != "" {
		return ". " + s
	}
	return "; `onus catalog list` names the hostings"
}

func checkHostings(ids []string, cat *catalog.Catalog) error {
	for _, id := range ids {
		if _, ok := cat.Hosting(id); !ok && id != workload.UnknownHosting {
			return usagef("--hosting=%s: there is no such hosting%s", id, hostingSuggestion(id, cat))
		}
	}
	return nil
}

// labelled gives a column AWS's own word for its hosting.
func labelled(c report.Column, cat *catalog.Catalog) report.Column {
	if h, ok := cat.Hosting(c.Stack.Hosting); ok && h.Label != nil {
		c.Label, c.LabelCitation = h.Label.Text, allocation.CitationOf(h.Label.Citation)
	}
	return c
}

// distinct returns a column for each distinct stack of the result's workloads, after the filters.
func distinct(r *allocation.Result, f *compareFlags, cat *catalog.Catalog) ([]report.Column, error) {
	var chosen []*allocation.Workload
	for _, w := range report.Pointers(r) {
		if len(f.hostings) > 0 && !slices.Contains(f.hostings, w.Hosting) {
			continue
		}
		if len(f.workloads) > 0 && !slices.ContainsFunc(f.workloads, func(p string) bool { return matches(p, w.Name) || matches(p, w.Address) }) {
			continue
		}
		chosen = append(chosen, w)
	}
	if len(chosen) == 0 && len(r.Workloads) > 0 {
		return nil, usagef("none of the %s fits --hosting and --workload; `onus map --summary` lists them", report.Plural(len(r.Workloads), "workload"))
	}
	var out []report.Column
	for _, fold := range report.Alike(chosen) {
		out = append(out, labelled(report.Column{Stack: fold.Of(), Members: fold.Members}, cat))
	}
	return out, nil
}

// matches reports whether name is pattern, in which a * stands for any text.
func matches(pattern, name string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return name == pattern
	}
	name, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	last := len(parts) - 1
	for _, p := range parts[:last] {
		_, after, found := strings.Cut(name, p)
		if !found {
			return false
		}
		name = after
	}
	return strings.HasSuffix(name, parts[last])
}

// tooMany says how many stacks each hosting has, and how to narrow them.
func tooMany(columns []report.Column) error {
	counts := map[string]int{}
	for _, c := range columns {
		counts[c.Stack.Hosting]++
	}
	ids := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	var parts []string
	for _, id := range ids {
		parts = append(parts, fmt.Sprintf("%s %d", id, counts[id]))
	}
	return usagef("%d distinct stacks are too many to compare, the limit is %d (%s). Narrow them with --hosting ID or --workload NAME",
		len(columns), maxStacks, strings.Join(parts, ", "))
}

func renderComparison(w io.Writer, format string, c *report.Comparison, f *compareFlags) error {
	switch format {
	case "json":
		return json.Compare(w, c)
	case "markdown":
		return markdown.Compare(w, c, f.duties)
	case "svg":
		return svg.Compare(w, c, f.duties)
	case "html":
		return html.Compare(w, c, html.CompareOptions{Duties: f.duties})
	}
	opts := terminalOptions(w, f.width)
	opts.Trace = f.trace
	return terminal.Compare(w, c, f.duties, opts)
}
