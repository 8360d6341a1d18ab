package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/affected"
	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/report/html"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/report/vex"
	"github.com/onus-dev/onus/shipped"
	"github.com/onus-dev/onus/software/scan"
	"github.com/onus-dev/onus/vuln"
	"github.com/onus-dev/onus/vulndb"
)

// maxQuestions is how many vulnerabilities and packages one command answers.
const maxQuestions = 100

// whoFormats are the formats of `onus who`.
var whoFormats = []string{"terminal", "json", "markdown", "html", "cyclonedx", "openvex"}

// whoFlags are the options of `onus who`.
type whoFlags struct {
	inputFlags
	data               dbFlags
	packages, hostings []string
	images, registry   []string
	db                 string
	trace              bool
}

func (a *app) whoCommand() *cobra.Command {
	f := &whoFlags{inputFlags: inputFlags{known: whoFormats}}
	cmd := &cobra.Command{
		Use:   "who CVE... [PATH...]",
		Short: "Say who must act on a vulnerability: who builds the fix, who applies it, and what is left for you",
		Long: `who says whose job a vulnerability is: the layers that it hits, who builds the fix, who brings it onto what runs, and
what is left for you. Without a PATH the answer is for each hosting of the catalog in its default configuration, and
names the configurations that would change it; with PATHs it is for each workload in them.

A vulnerability that nothing loaded knows is asked about by the package that it is in.

  onus who CVE-2021-44228
  onus who CVE-2019-5736 --hosting ecs-fargate --hosting eks-managed-nodes
  onus who CVE-2026-12345 --package pkg:golang/github.com/opencontainers/runc infra/`,
		RunE: func(_ *cobra.Command, args []string) error { return a.runWho(f, args) },
	}
	f.register(cmd)
	fl := cmd.Flags()
	fl.Lookup("format").Usage = "terminal, json, markdown, html, cyclonedx or openvex, with an optional =FILE; repeatable"
	fl.StringArrayVar(&f.packages, "package", nil, "package URL (pkg:…) or CPE that the vulnerability is in; repeatable")
	fl.StringArrayVar(&f.hostings, "hosting", nil, "only this hosting, or of the PATHs only workloads with it; repeatable")
	f.data.register(cmd)
	fl.StringVar(&f.db, "db", "", "index of vulnerability data that `onus db build` wrote")
	fl.StringArrayVar(&f.images, "image", nil, "with PATHs: container image as a tar of docker save or an OCI layout, archive or SBOM to look into; repeatable")
	fl.StringArrayVar(&f.registry, "registry-image", nil, "with PATHs: container image to fetch from its registry and look into; repeatable")
	fl.BoolVar(&f.trace, "trace", false, "on the terminal, the reason and the page of each answer")
	return cmd
}

func (a *app) runWho(f *whoFlags, args []string) error {
	ids, paths, err := whoArguments(args)
	if err != nil {
		return err
	}
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	if err := checkHostings(f.hostings, q.catalog); err != nil {
		return err
	}
	rules, diags := vuln.Load(vuln.Options{})
	if diags.HasErrors() {
		return fmt.Errorf("load the rules: %v", diags[0])
	}
	db, done, err := a.loadDB(f.db, &f.data, &diags)
	if err != nil {
		return err
	}
	defer done()
	asked, err := questions(rules, db, ids, f.packages)
	if err != nil {
		return err
	}
	diags = append(diags, unknownIDs(asked)...)
	model := vuln.New(rules, q.catalog, q.asOf)
	var targets []vuln.Target
	if len(paths) > 0 {
		found, more := a.workloadTargets(q, f, db, paths)
		targets, diags = found, append(diags, more...)
	} else {
		targets = hostingTargets(model, f.hostings)
	}
	result := model.NewResult(asked, targets)
	for _, err := range a.unmatched {
		diags.Errorf(diag.Range{Path: f.db}, "Vulnerability data not asked", "%v.", err)
	}
	result.Diagnostics = allocation.Diagnostics(diags)
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return renderWho(w, o.format, result, f) }); err != nil {
			return err
		}
	}
	if err := a.tell(diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(diags, len(targets), f.allowPartial)
	return nil
}

var (
	cveID   = regexp.MustCompile(`^(?i:CVE-\d{4}-\d{4,})$`)
	otherID = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,9}-[A-Za-z0-9][A-Za-z0-9:.-]{2,60}$`)
)

// whoArguments tells identifiers from paths: what looks like a CVE is one, any other argument that is on disk is a path.
func whoArguments(args []string) (ids, paths []string, err error) {
	for _, arg := range args {
		_, statErr := os.Lstat(arg)
		switch {
		case cveID.MatchString(arg):
			ids = append(ids, strings.ToUpper(arg))
		case statErr == nil:
			paths = append(paths, arg)
		case otherID.MatchString(arg):
			ids = append(ids, arg)
		default:
			return nil, nil, usagef("%q is neither a vulnerability such as CVE-2021-44228 nor a path", arg)
		}
	}
	return ids, paths, nil
}

// questions joins identifiers with what is known of them, and with the packages that the user names, which go before it.
func questions(rules *vuln.Rules, db *vulndb.DB, ids, packages []string) ([]vuln.Vulnerability, error) {
	if len(ids)+len(packages) == 0 {
		return nil, usagef("who needs a vulnerability such as CVE-2021-44228, or --package with the package URL or CPE that it is in")
	}
	if len(ids)+len(packages) > maxQuestions {
		return nil, usagef("who answers for %d vulnerabilities and packages at once; these are %d", maxQuestions, len(ids)+len(packages))
	}
	var components []vuln.Component
	for _, p := range packages {
		c, err := vuln.ParseComponent(p)
		if err != nil {
			return nil, usagef("--package=%s: %v", diag.Clip(p, 100), err)
		}
		components = append(components, c)
	}
	var out []vuln.Vulnerability
	for _, id := range ids {
		v, _ := rules.Lookup(id)
		switch {
		case len(components) > 0:
			v.Components = components
		case len(v.Components) == 0 && db != nil:
			known, err := affected.Components(db, id)
			if err != nil {
				return nil, err
			}
			v.Components = known
		}
		out = append(out, v)
	}
	if len(ids) == 0 {
		out = append(out, vuln.Vulnerability{Components: components})
	}
	return out, nil
}

// unknownIDs warns of vulnerabilities of which nothing is known.
func unknownIDs(asked []vuln.Vulnerability) diag.List {
	var diags diag.List
	for _, v := range asked {
		if len(v.Components) == 0 {
			diags.Warnf(diag.Range{}, "Vulnerability not known",
				"Nothing that is loaded says which component %s is in, so every answer is undetermined. Name it with --package and a package URL or CPE.", v.ID)
		}
	}
	return diags
}

// hostingTargets are the hostings that are asked about, all of the catalog's without any.
func hostingTargets(m *vuln.Model, hostings []string) []vuln.Target {
	if len(hostings) == 0 {
		hostings = m.Hostings()
	}
	var out []vuln.Target
	for _, id := range hostings {
		if !slices.ContainsFunc(out, func(t vuln.Target) bool { return t.Hosting == id }) {
			out = append(out, vuln.Target{Hosting: id})
		}
	}
	return out
}

// workloadTargets reads the paths and returns their workloads, after the filter, each with what it ships.
func (a *app) workloadTargets(q *question, f *whoFlags, db *vulndb.DB, paths []string) ([]vuln.Target, diag.List) {
	inv, found := a.discover(q, paths)
	result, diags := allocate(inv, found, q)
	var sources []scan.Source
	for _, p := range slices.Concat(paths, f.images) {
		sources = append(sources, scan.Source{Path: p, Boundary: f.root})
	}
	for _, ref := range f.registry {
		sources = append(sources, scan.Source{Image: ref})
	}
	packages, more := scan.Read(context.Background(), sources, scan.Options{})
	diags = append(diags, more...)
	finder := &affected.Finder{Linker: shipped.New(packages, inventory.NewIndex(inv)), DB: db}
	told := map[string]bool{}
	var out []vuln.Target
	for i := range result.Workloads {
		w := &result.Workloads[i]
		if len(f.hostings) > 0 && !slices.Contains(f.hostings, w.Hosting) {
			continue
		}
		out = append(out, vuln.Target{Workload: w, Found: &found[i], Ships: func(v *vuln.Vulnerability) vuln.Shipped {
			s, err := finder.Of(&found[i], v)
			if err != nil && !told[err.Error()] {
				told[err.Error()] = true
				a.unmatched = append(a.unmatched, err)
			}
			return s
		}})
	}
	return out, diags.Sorted()
}

func renderWho(w io.Writer, format string, r *vuln.Result, f *whoFlags) error {
	switch format {
	case "json":
		return json.Who(w, r)
	case "markdown":
		return markdown.Who(w, r)
	case "html":
		return html.Who(w, r)
	case "cyclonedx":
		return vex.CycloneDX(w, r)
	case "openvex":
		return vex.OpenVEX(w, r)
	}
	opts := terminalOptions(w, f.width)
	opts.Trace = f.trace
	return terminal.Who(w, r, opts)
}
