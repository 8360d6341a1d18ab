package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
)

func (a *app) explainCommand() *cobra.Command {
	var dirs []string
	var width int
	cmd := &cobra.Command{
		Use:   "explain HOSTING|LAYER/DUTY",
		Short: "Draw a hosting's stack from the catalog, or tell a duty and who holds it under which condition",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("explain needs one HOSTING (as in `onus catalog list`) or one LAYER/DUTY such as operating-system/apply")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.explain(args[0], dirs, width) },
	}
	cmd.Flags().StringArrayVar(&dirs, "catalog", nil, "directory of catalog files that add to or override the built-in ones; repeatable")
	cmd.Flags().IntVar(&width, "width", 0, "columns of output (default: the terminal's, at most 120)")
	return cmd
}

func (a *app) explain(what string, dirs []string, width int) error {
	cat, err := a.loadCatalog(dirs, vocabulary.Load())
	if err != nil {
		return err
	}
	opts := terminalOptions(a.out, width)
	if duty, ok := stack.LookupDuty(what); ok {
		return terminal.Duty(a.out, dutyPage(cat, duty), opts)
	}
	if h, ok := cat.Hosting(what); ok {
		return terminal.Hosting(a.out, hostingPage(h), opts)
	}
	if l, ok := stack.LookupLayer(what); ok {
		for _, d := range l.Duties {
			if err := terminal.Duty(a.out, dutyPage(cat, d), opts); err != nil {
				return err
			}
		}
		return nil
	}
	return usagef("%q is neither a hosting nor a layer/duty%s", what, suggestion(what, cat))
}

func suggestion(what string, cat *catalog.Catalog) string {
	names := cat.HostingIDs()
	for _, d := range stack.Duties() {
		names = append(names, string(d))
	}
	if s := expr.Suggest(what, names); s != "" {
		return ". " + s
	}
	return "; `onus catalog list` names them"
}

func hostingPage(h *catalog.Hosting) terminal.HostingPage {
	page := terminal.HostingPage{
		Title: h.Title, ID: h.ID, Service: h.Service.Title, Class: h.Class, Workload: allocation.OfHosting(h),
	}
	if h.Label != nil {
		page.Label, page.LabelCitation = h.Label.Text, allocation.CitationOf(h.Label.Citation)
	}
	for _, d := range stack.Duties() {
		page.Duties = append(page.Duties, terminal.DutyRows{Duty: d, Rows: rows(h.Rows(d))})
	}
	for _, w := range h.Works {
		page.Works = append(page.Works, terminal.Work{Part: w.Part, Party: w.Party, Text: w.Text, Citation: allocation.CitationOf(w.Citation)})
	}
	for _, o := range h.Service.Operations {
		page.Operations = append(page.Operations, terminal.Operation{
			Name: o.Plane, About: o.About, Party: o.Party, Customer: o.Customer, Actions: o.Actions, Basis: o.Basis,
			Citation: allocation.CitationOf(o.Citation),
		})
	}
	return page
}

func rows(list []*catalog.Row) []terminal.Row {
	var out []terminal.Row
	for _, r := range list {
		row := terminal.Row{
			When: r.Means, Party: r.Party, Reason: r.Reason, Residual: r.Residual, Basis: r.Basis, Citation: allocation.CitationOf(r.Citation),
		}
		if r.Shared != nil {
			row.Shared = &allocation.Halves{AWS: r.Shared.AWS, Customer: r.Shared.Customer}
		}
		if r.Deadline != nil {
			row.Deadline = &allocation.Deadline{Days: r.Deadline.Days, From: r.Deadline.From}
		}
		out = append(out, row)
	}
	return out
}

// dutyPage gathers who holds a duty over all hostings; those that answer alike stand together.
func dutyPage(cat *catalog.Catalog, duty stack.DutyInfo) terminal.DutyPage {
	layer, _ := stack.LookupLayer(string(duty.Duty.Layer()))
	page := terminal.DutyPage{Duty: duty.Duty, About: duty.About, LayerAbout: layer.About}
	for _, h := range cat.Hostings() {
		page.Holdings = append(page.Holdings, terminal.Holding{Hosting: h.ID, Title: h.Title, Rows: rows(h.Rows(duty.Duty))})
	}
	return page
}

func (a *app) catalogCommand() *cobra.Command {
	var dirs []string
	var width int
	cmd := &cobra.Command{Use: "catalog", Short: "Browse and check the model"}
	cmd.PersistentFlags().StringArrayVar(&dirs, "catalog", nil, "directory of catalog files that add to or override the built-in ones; repeatable")
	cmd.PersistentFlags().IntVar(&width, "width", 0, "columns of output (default: the terminal's, at most 120)")
	list := &cobra.Command{Use: "list", Short: "List the hostings", Args: noArgs, RunE: func(*cobra.Command, []string) error {
		cat, err := a.loadCatalog(dirs, vocabulary.Load())
		if err != nil {
			return err
		}
		return terminal.Table(a.out, listTable(cat), terminalOptions(a.out, width))
	}}
	show := &cobra.Command{
		Use: "show HOSTING", Short: "Show every row of a hosting",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("catalog show needs one HOSTING; `onus catalog list` names them")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.show(args[0], dirs, width) },
	}
	lint := &cobra.Command{Use: "lint", Short: "Check the catalog: total, cited, typed, exercised by its examples", Args: noArgs, RunE: func(*cobra.Command, []string) error {
		return a.lint(dirs)
	}}
	cmd.AddCommand(list, show, lint)
	return cmd
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments", cmd.CommandPath())
	}
	return nil
}

func listTable(cat *catalog.Catalog) terminal.CatalogTable {
	t := terminal.CatalogTable{Title: "Hostings", Columns: []string{"hosting", "class", "what it is"}}
	for _, h := range cat.Hostings() {
		t.Rows = append(t.Rows, []string{h.ID, string(h.Class), h.Title})
	}
	t.Footer = "`onus explain HOSTING` draws a stack; `onus catalog show HOSTING` lists its rows."
	return t
}

func (a *app) show(id string, dirs []string, width int) error {
	cat, err := a.loadCatalog(dirs, vocabulary.Load())
	if err != nil {
		return err
	}
	h, ok := cat.Hosting(id)
	if !ok {
		return usagef("there is no hosting %q%s", id, suggestion(id, cat))
	}
	t := terminal.CatalogTable{Title: h.Title + " (" + h.ID + ")", Columns: []string{"duty", "condition", "party", "basis", "from"}}
	for _, d := range stack.Duties() {
		for _, r := range h.Rows(d) {
			t.Rows = append(t.Rows, []string{string(d), r.When, string(r.Party), string(r.Basis), r.Owner + " " + r.At.String()})
		}
	}
	t.Footer = "Builds on: " + strings.Join(slices.Concat(h.Inherits, []string{h.ID}), ", ")
	return terminal.Table(a.out, t, terminalOptions(a.out, width))
}

// lint checks the whole catalog; faults are usage errors.
func (a *app) lint(dirs []string) error {
	cat, _ := catalog.Load(catalog.Options{Dirs: dirs})
	diags := cat.Lint()
	if err := a.tell(diags); err != nil {
		return err
	}
	if diags.HasErrors() {
		a.status = statusUsage
		return nil
	}
	return terminal.Table(a.out, terminal.CatalogTable{
		Title: "The catalog is clean", Columns: []string{"hostings", "services"},
		Rows: [][]string{{strconv.Itoa(len(cat.HostingIDs())), strconv.Itoa(len(cat.Services()))}},
	}, terminalOptions(a.out, 0))
}
