package main

import (
	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/report/terminal"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
)

func (a *app) explainCommand() *cobra.Command {
	var dirs, checks []string
	var width int
	cmd := &cobra.Command{
		Use:   "explain HOSTING|LAYER/DUTY|CHECK",
		Short: "Draw a hosting's stack from the catalog, tell a duty and who holds it, or a check and what to do",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("explain needs one HOSTING (as in `onus catalog list`), one LAYER/DUTY such as operating-system/apply, or the id of a CHECK")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.explain(args[0], dirs, checks, width) },
	}
	cmd.Flags().StringArrayVar(&dirs, "catalog", nil, "directory of catalog files that add to or override the built-in ones; repeatable")
	cmd.Flags().StringArrayVar(&checks, "checks", nil, "directory of checks that add to or replace the built-in ones; repeatable")
	cmd.Flags().IntVar(&width, "width", 0, "columns of output (default: the terminal's, at most 120)")
	return cmd
}

func (a *app) explain(what string, dirs, checks []string, width int) error {
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
	set, err := a.loadChecks(checks, cat)
	if err != nil {
		return err
	}
	if c, ok := set.Find(what); ok {
		return terminal.CheckPage(a.out, c, opts)
	}
	return usagef("%q is neither a hosting nor a layer/duty nor a check%s", what, suggestion(what, cat, set.All()...))
}

func suggestion(what string, cat *catalog.Catalog, checks ...*check.Check) string {
	names := cat.HostingIDs()
	for _, c := range checks {
		names = append(names, c.ID)
	}
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
