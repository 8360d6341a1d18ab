package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/governance"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/report/vex"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/triage"
	"github.com/onus-dev/onus/vuln"
	"github.com/onus-dev/onus/workload"
)

// triageFormats are the formats of `onus triage`; same is the form of the report itself.
var triageFormats = []string{"terminal", "json", "markdown", "same", "openvex", "cyclonedx"}

// maxStdin is how much of a report is read from standard input, which cannot be read twice and is kept.
const maxStdin = 128 << 20

// triageFlags are the options of `onus triage`.
type triageFlags struct {
	inputFlags
	findings, only, failOn []string
	hosting, config        string
	trace                  bool
}

func (a *app) triageCommand() *cobra.Command {
	f := &triageFlags{inputFlags: inputFlags{known: triageFormats}}
	cmd := &cobra.Command{
		Use:   "triage FINDINGS... [PATH...]",
		Short: "Say of each finding of a scanner whose job it is: yours, AWS's, a third party's",
		Long: `triage reads findings of Trivy, Grype, osv-scanner, Amazon Inspector, Security Hub (ASFF), OCSF, SARIF and CycloneDX, and
says of each whose job it is, which team's, and what is to be done. FINDINGS are files of JSON, or - for standard input;
directories, and files that are no report, are PATHs with the infrastructure, whose workloads findings are joined with.

  trivy image -f json api:1.2 | onus triage - infra/
  onus triage inspector.json infra/ --fail-on yours:high
  onus triage trivy.json infra/ -f openvex=vex.json && trivy image --vex vex.json api:1.2`,
		RunE: func(_ *cobra.Command, args []string) error { return a.runTriage(f, args) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.Lookup("format").Usage = "terminal, json, markdown, same (the report with labels), openvex or cyclonedx, with an optional =FILE; repeatable"
	fl.StringArrayVar(&f.findings, "findings", nil, "file that is a report and no PATH, whatever it holds; repeatable")
	fl.StringArrayVar(&f.only, "only", nil, "only yours, undetermined, third-party, redeploy or nothing; in -f same the others are suppressed; a list or repeatable")
	fl.StringArrayVar(&f.failOn, "fail-on", nil, "exit with 1 for yours[:SEVERITY], undetermined, third-party, redeploy; a list or repeatable")
	fl.StringVar(&f.hosting, "hosting", "", "hosting of what no workload is found for and whose own kind leaves it open")
	fl.StringVar(&f.config, "config", "", "the file that gives duties to teams (default: onus.yaml at the repository's root)")
	fl.BoolVar(&f.trace, "trace", false, "on the terminal, every finding with its reason and its page")
	return cmd
}

func (a *app) runTriage(f *triageFlags, args []string) error {
	gate, err := triage.ParseGate(f.failOn)
	if err != nil {
		return usagef("--fail-on %v", err)
	}
	only, err := triage.ParseLabels(f.only)
	if err != nil {
		return usagef("--only %v", err)
	}
	sources, paths, err := triageArguments(f.findings, args)
	if err != nil {
		return err
	}
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	if f.hosting != "" {
		if err := checkHostings([]string{f.hosting}, q.catalog); err != nil {
			return err
		}
	}
	rules, diags := vuln.Load(vuln.Options{})
	if diags.HasErrors() {
		return fmt.Errorf("load the rules: %v", diags[0])
	}
	opts := triage.Options{Model: vuln.New(rules, q.catalog, q.asOf), Catalog: q.catalog, AsOf: q.asOf, Hosting: f.hosting}
	diags = append(diags, a.estate(&opts, q, f, paths)...)
	reports, found, more := triage.Read(sources)
	diags = append(diags, more...).Sorted()
	result := triage.Run(reports, found, opts)
	result.Diagnostics = allocation.Diagnostics(diags)
	if err := a.writeTriage(q, f, result, only); err != nil {
		return err
	}
	if err := a.tell(diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(diags, len(reports), f.allowPartial)
	if n := gate.Failing(result); n > 0 {
		fmt.Fprintf(a.err, "onus: %d findings fail --fail-on\n", n)
		a.status = statusFailed
	}
	return nil
}

// writeTriage writes every output; all but same leave out what is not asked for.
func (a *app) writeTriage(q *question, f *triageFlags, result *triage.Result, only []triage.Label) error {
	shown := *result
	shown.Findings = slices.Clone(result.Findings)
	shown.Keep(only)
	for _, o := range q.outputs {
		if o.format == "same" && len(result.Reports) != 1 {
			return usagef("-f same writes one report again; these are %d", len(result.Reports))
		}
		err := a.write(o, func(w io.Writer) error {
			switch o.format {
			case "json":
				return json.Triage(w, &shown)
			case "markdown":
				return markdown.Triage(w, &shown)
			case "same":
				return triage.Same(w, result, &result.Reports[0], only)
			case "openvex":
				return vex.TriageOpenVEX(w, result)
			case "cyclonedx":
				return vex.TriageCycloneDX(w, result)
			}
			opts := terminalOptions(w, f.width)
			opts.Trace = f.trace
			return terminal.Triage(w, &shown, opts)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// triageArguments tells reports from paths: a report is a file whose first bytes are JSON of a scanner.
func triageArguments(named, args []string) (sources []triage.Source, paths []string, err error) {
	seen := map[string]bool{}
	add := func(name string) error {
		key := filepath.Clean(name)
		if seen[key] {
			return nil
		}
		seen[key] = true
		if name == "-" {
			data, err := io.ReadAll(io.LimitReader(os.Stdin, maxStdin+1))
			if err != nil {
				return fmt.Errorf("read standard input: %w", err)
			}
			if len(data) > maxStdin {
				return usagef("standard input holds more than %d MB: give the report as a file", maxStdin>>20)
			}
			sources = append(sources, triage.Source{Path: "-", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
			return nil
		}
		sources = append(sources, triage.Source{Path: filepath.ToSlash(name), Open: func() (io.ReadCloser, error) { return openReport(name) }})
		return nil
	}
	for _, name := range named {
		if err := add(name); err != nil {
			return nil, nil, err
		}
	}
	for _, name := range args {
		info, err := os.Stat(name)
		switch {
		case name == "-" || err == nil && info.Mode().IsRegular() && isReport(name):
			if err := add(name); err != nil {
				return nil, nil, err
			}
		case err != nil:
			return nil, nil, usageError{err}
		default:
			paths = append(paths, name)
		}
	}
	if len(sources) == 0 {
		return nil, nil, usagef("triage needs FINDINGS: JSON of Trivy, Grype, osv-scanner, Inspector, Security Hub, OCSF, SARIF or CycloneDX, or - for standard input")
	}
	return sources, paths, nil
}

// openReport opens a regular file: a pipe or device could not be read twice.
func openReport(name string) (io.ReadCloser, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file; give - to read standard input")
	}
	return os.Open(name)
}

// isReport looks whether a file is a report of a scanner, or broken JSON that could be one. Any other file is a PATH.
func isReport(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return triage.Sniff(f)
}

// estate reads the paths and the teams in them.
func (a *app) estate(opts *triage.Options, q *question, f *triageFlags, paths []string) diag.List {
	if len(paths) == 0 {
		return nil
	}
	inv, found := a.discover(q, paths)
	result, diags := allocate(inv, found, q)
	opts.Estate = &triage.Estate{Inventory: inv, Index: inventory.NewIndex(inv), Found: found, Allocated: result.Workloads, Paths: paths}
	stated, more := governance.Load(governance.Options{
		Paths: paths, Boundary: f.root, Config: f.config, Inventory: inv, AsOf: q.asOf, Services: services(q.catalog, found),
		IsCheck: func(string) bool { return true },
	})
	opts.Team = func(w *workload.Workload, r *inventory.Resource, d stack.Duty) *triage.Team {
		o := stated.Owner(w, r, d)
		if o == nil {
			return nil
		}
		return &triage.Team{Name: o.Team, Status: o.Status, Because: o.Because, Claims: o.Claims}
	}
	return append(diags, more...)
}
