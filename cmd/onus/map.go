package main

import (
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/identity"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/source"
	"github.com/onus-dev/onus/source/helm"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

// inputFlags are the options of every command that reads infrastructure: what to read, with which values, and how to
// print it.
type inputFlags struct {
	formats, vars, varFiles, params, modules, catalogs []string
	exclude, helmValues, accounts                      []string
	root, workspace, defaults, asOf, cluster           string
	allowPartial                                       bool
	// known are the formats of the command; nil for those of map.
	known       []string
	jobs, width int
}

// mapFlags are the options of `onus map`.
type mapFlags struct {
	inputFlags
	groupBy        string
	summary, trace bool
}

func (a *app) mapCommand() *cobra.Command {
	f := &mapFlags{}
	cmd := &cobra.Command{
		Use:   "map PATH...",
		Short: "Say for every workload who holds each layer, why, and which line decided it",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("map needs at least one PATH: a file or a directory with Terraform, Terragrunt, CloudFormation, SAM, CDK, Serverless Framework, Kubernetes, or a Terraform plan or state as JSON")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runMap(f, args) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.groupBy, "group-by", "", "group by root, hosting or party")
	fl.BoolVar(&f.summary, "summary", false, "one line a workload instead of its stack")
	fl.BoolVar(&f.trace, "trace", false, "also show AWS's duties in full and the way each deciding value came")
	return cmd
}

// register declares the options that the commands share.
func (f *inputFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVarP(&f.formats, "format", "f", nil, "terminal, json, markdown, svg or html, with an optional =FILE; repeatable")
	fl.StringArrayVar(&f.vars, "var", nil, "Terraform variable NAME=VALUE; repeatable")
	fl.StringArrayVar(&f.varFiles, "var-file", nil, "Terraform variable file; repeatable")
	fl.StringArrayVar(&f.params, "param", nil, "CloudFormation parameter or Serverless Framework option NAME=VALUE; repeatable")
	fl.StringArrayVar(&f.exclude, "exclude", nil, "do not search what matches, in the notation of .gitignore; repeatable")
	fl.StringArrayVar(&f.helmValues, "helm-values", nil, "values file for Helm charts; repeatable")
	fl.StringVar(&f.cluster, "cluster", "", "hosting of pods whose cluster is not in the input, for example eks-managed-nodes")
	fl.StringArrayVar(&f.modules, "module", nil, "read the module SOURCE=DIR from a directory; repeatable")
	fl.StringArrayVar(&f.catalogs, "catalog", nil, "directory of catalog files that add to or override the built-in ones; repeatable")
	fl.StringVar(&f.root, "root", "", "directory that no module, file or symlink may leave (default: the enclosing git repository)")
	fl.StringVar(&f.workspace, "workspace", "", "value of terraform.workspace")
	fl.StringVar(&f.defaults, "defaults", "use", "use, or unknown to take the defaults of variables and parameters as unknown")
	fl.StringVar(&f.asOf, "as-of", "", "date that everything dated is judged by, YYYY-MM-DD (default: today)")
	fl.BoolVar(&f.allowPartial, "allow-partial", false, "exit with 0 although some input could not be read")
	fl.IntVar(&f.jobs, "jobs", 0, "how many roots are read at once (default: one a processor)")
	fl.IntVar(&f.width, "width", 0, "columns of terminal output (default: the terminal's, at most 120)")
}

// registerAccounts adds the option of the commands that judge policies.
func (f *inputFlags) registerAccounts(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.accounts, "account", nil, "id of an AWS account of yours: a policy that lets it in lets nobody else in; repeatable")
}

// question is a checked command line.
type question struct {
	// accounts are the user's own AWS accounts.
	accounts []string
	outputs  []output
	asOf     time.Time
	cluster  string
	source   source.Options
	catalog  *catalog.Catalog
}

func (a *app) runMap(f *mapFlags, paths []string) error {
	v := view{summary: f.summary, trace: f.trace, groupBy: report.GroupBy(f.groupBy), width: f.width}
	if err := v.groupBy.Check(); err != nil {
		return usageError{err}
	}
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	inv, found := a.discover(q, paths)
	diags, err := a.answer(q, inv, found, v)
	if err != nil {
		return err
	}
	if err := a.tell(diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(diags, len(found), f.allowPartial)
	return nil
}

// gatherer finds evidence in an inventory.
func (q *question) gatherer(inv *inventory.Inventory, ix *inventory.Index) *evidence.Gatherer {
	return evidence.New(inv, ix, evidence.Options{Identity: identity.New(inv, ix, identity.Options{Accounts: q.accounts})})
}

// answer writes every output. JSON alone is written while the workloads are allocated, which saves keeping them.
func (a *app) answer(q *question, inv *inventory.Inventory, found []workload.Workload, v view) (diag.List, error) {
	if len(q.outputs) == 1 && q.outputs[0].format == "json" {
		s := allocation.NewStream(inv, found, q.catalog, nil, allocation.Options{AsOf: q.asOf})
		var own diag.List
		err := a.write(q.outputs[0], func(w io.Writer) (err error) {
			own, err = json.WriteStream(w, s)
			return err
		})
		return slices.Concat(inv.Diags, own).Sorted(), err
	}
	result, diags := allocate(inv, found, q)
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return render(w, o.format, result, v) }); err != nil {
			return nil, err
		}
	}
	return diags, nil
}

// read reads the paths and answers for the workloads in them.
func (a *app) read(q *question, paths []string) (*allocation.Result, diag.List) {
	inv, found := a.discover(q, paths)
	return allocate(inv, found, q)
}

// discover reads the paths, with a progress bar, and finds the workloads in them.
func (a *app) discover(q *question, paths []string) (*inventory.Inventory, []workload.Workload) {
	bar := newProgress(a.err)
	q.source.Progress = bar.step
	inv := source.Read(paths, q.source)
	bar.end()
	ix := inventory.NewIndex(inv)
	found := workload.Find(ix, inv, workload.Options{Roots: q.catalog.Roots(), Diags: &inv.Diags, ClusterHosting: q.cluster})
	return inv, found
}

// allocate answers for the workloads; the diagnostics are the inventory's and the allocation's own.
func allocate(inv *inventory.Inventory, found []workload.Workload, q *question) (*allocation.Result, diag.List) {
	result, own := allocation.NewResult(inv, found, q.catalog, nil, allocation.Options{AsOf: q.asOf})
	return result, slices.Concat(inv.Diags, own).Sorted()
}

func mapStatus(diags diag.List, workloads int, allowPartial bool) int {
	switch {
	case diags.Incomplete() && !allowPartial:
		return statusPartial
	case workloads == 0:
		return statusNothing
	}
	return statusFine
}

func (a *app) question(f *inputFlags) (*question, error) {
	known := f.known
	if known == nil {
		known = formats
	}
	outputs, err := parseOutputs(f.formats, known)
	if err != nil {
		return nil, err
	}
	for _, id := range f.accounts {
		if len(id) != 12 || strings.Trim(id, "0123456789") != "" {
			return nil, usagef("--account %s: expected the 12 digits of an account id", id)
		}
	}
	q := &question{outputs: outputs, accounts: f.accounts}
	if q.asOf, err = parseDate(f.asOf); err != nil {
		return nil, err
	}
	if f.defaults != "use" && f.defaults != "unknown" {
		return nil, usagef("--defaults=%s: expected use or unknown", f.defaults)
	}
	if q.cluster = f.cluster; q.cluster != "" && !slices.Contains(workload.ClusterHostings(), q.cluster) {
		return nil, usagef("--cluster=%s: expected one of %s", q.cluster, strings.Join(workload.ClusterHostings(), ", "))
	}
	types := vocabulary.Load()
	params, err := pairs("--param", f.params)
	if err != nil {
		return nil, err
	}
	modules, err := pairs("--module", f.modules)
	if err != nil {
		return nil, err
	}
	if _, err := pairs("--var", f.vars); err != nil {
		return nil, err
	}
	unknown := f.defaults == "unknown"
	helmBinary, _ := exec.LookPath("helm") // without one, charts are reported with the command that would render them
	q.source = source.Options{
		Exclude: f.exclude, Helm: helm.Options{Binary: helmBinary, Values: f.helmValues},
		Boundary: f.root, Params: params, DefaultsUnknown: unknown, Jobs: f.jobs, Types: types,
		Terraform: terraform.Options{Vars: f.vars, VarFiles: f.varFiles, Workspace: f.workspace, Modules: modules, DefaultsUnknown: unknown},
	}
	q.catalog, err = a.loadCatalogWith(catalog.Options{Dirs: f.catalogs, Types: types, WithoutExamples: true})
	return q, err
}

// loadCatalog loads the model; a mistake in the user's own files is told and is a usage error.
func (a *app) loadCatalog(dirs []string, types *vocabulary.Types) (*catalog.Catalog, error) {
	return a.loadCatalogWith(catalog.Options{Dirs: dirs, Types: types})
}

func (a *app) loadCatalogWith(opts catalog.Options) (*catalog.Catalog, error) {
	cat, diags := catalog.Load(opts)
	if err := a.tell(diags); err != nil {
		return nil, err
	}
	if diags.HasErrors() {
		return nil, usagef("the catalog has errors")
	}
	return cat, nil
}

func parseDate(s string) (time.Time, error) {
	if s == "" {
		return time.Now().UTC().Truncate(24 * time.Hour), nil
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return d, usagef("--as-of %s: expected a date YYYY-MM-DD", s)
	}
	return d, nil
}

// pairs reads NAME=VALUE arguments; a name may hold no "=", except that a module source may in its query.
func pairs(flag string, list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range list {
		i := strings.Index(s, "=")
		if flag == "--module" {
			i = strings.LastIndex(s, "=")
		}
		if i <= 0 {
			return nil, usagef("%s %s: expected NAME=VALUE", flag, s)
		}
		out[s[:i]] = s[i+1:]
	}
	return out, nil
}
