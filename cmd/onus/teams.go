package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/check"
	"github.com/onus-dev/onus/governance"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/terminal"
)

// teamsCommand is `onus teams`.
func (a *app) teamsCommand() *cobra.Command {
	f := &checkFlags{inputFlags: inputFlags{known: []string{"terminal", "json"}}}
	cmd := &cobra.Command{
		Use:   "teams PATH...",
		Short: "Say which team holds which duties, and which duties nobody or several hold",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("teams needs at least one PATH: what `onus map` reads, it reads too")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runTeams(f, args) },
	}
	f.register(cmd)
	f.registerAccounts(cmd)
	cmd.Flags().Lookup("format").Usage = "terminal or json, with an optional =FILE; repeatable"
	cmd.Flags().StringVar(&f.config, "config", "", "the file that gives duties to teams (default: onus.yaml at the repository's root)")
	return cmd
}

func (a *app) runTeams(f *checkFlags, paths []string) error {
	q, err := a.question(&f.inputFlags)
	if err != nil {
		return err
	}
	set, err := a.loadChecks(nil, q.catalog)
	if err != nil {
		return err
	}
	in, stated, err := a.judgeInput(q, f, set, paths)
	if err != nil {
		return err
	}
	result, own := check.Run(in)
	shares := stated.Shares(result)
	for _, o := range q.outputs {
		if err := a.write(o, func(w io.Writer) error { return renderTeams(w, o.format, shares, f) }); err != nil {
			return err
		}
	}
	diags := append(in.Inventory.Diags, own...).Sorted()
	if err := a.tell(diags); err != nil {
		return fmt.Errorf("print diagnostics: %w", err)
	}
	a.status = mapStatus(diags, len(in.Workloads), f.allowPartial)
	return nil
}

func renderTeams(w io.Writer, format string, shares []governance.Share, f *checkFlags) error {
	if format == "json" {
		return json.Teams(w, shares)
	}
	t := terminal.CatalogTable{Title: "Who holds the customer's duties", Columns: []string{"team", "workloads", "duties", "by verdict", "told by"}}
	for _, s := range shares {
		name := s.Team
		switch s.Status {
		case check.KindOrphan:
			name = "(nobody)"
		case check.KindOverlap:
			name += " (several)"
		case "undetermined":
			name = "(not known)"
		}
		t.Rows = append(t.Rows, []string{name, strconv.Itoa(s.Workloads), strconv.Itoa(s.Duties), report.TallyText(s.Verdicts), strings.Join(s.Because, "; ")})
	}
	if len(shares) == 0 {
		t.Footer = "Nothing names teams: there is no onus.yaml, no CODEOWNERS file and no owner tag. docs/teams.md says how."
	}
	return terminal.Table(w, t, terminalOptions(w, f.width))
}
