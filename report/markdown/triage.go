package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/triage"
)

// triageListed is how many findings of a group are named.
const triageListed = 20

// Triage writes whose job each finding is, for a ticket or a comment on a pull request: the counts, then a section a label.
// The error is that of w.
func Triage(w io.Writer, r *triage.Result) error {
	d := &document{out: bufio.NewWriter(w)}
	d.line("# Whose job is it?\n")
	d.line("%s.\n", text(report.TriageCount(&r.Counts.All)))
	d.triageTable("Severity", r.Counts.BySeverity)
	d.triageTable("Tool", r.Counts.ByTool)
	var label triage.Label
	for _, g := range report.TriageGroups(r) {
		if g.Label != label {
			label = g.Label
			d.line("## %s %s (%d)\n", report.Symbol(report.TriageParty(label)), text(string(label)), r.Counts.All.ByLabel[label])
		}
		d.triageGroup(&g)
	}
	if err := d.out.Flush(); err != nil {
		return fmt.Errorf("write Markdown: %w", err)
	}
	return nil
}

func (d *document) triageTable(title string, rows []triage.Tally) {
	if len(rows) == 0 {
		return
	}
	head, under := "| "+title+" | before |", "|---|--:|"
	for _, l := range triage.Labels() {
		head += " " + text(string(l)) + " |"
		under += "--:|"
	}
	d.line("%s after |", head)
	d.line("%s--:|", under)
	for i := range rows {
		t := &rows[i]
		line := fmt.Sprintf("| %s | %d |", text(report.Clip(t.Name, report.MaxName)), t.Before)
		for _, l := range triage.Labels() {
			line += fmt.Sprintf(" %d |", t.ByLabel[l])
		}
		d.line("%s %d |", line, t.After)
	}
	d.line("")
}

func (d *document) triageGroup(g *report.TriageGroup) {
	f := g.Lead
	about := []string{"**" + text(g.Where) + "**"}
	if team := report.TriageTeam(f.Team); team != "" {
		about = append(about, text(team))
	}
	about = append(about, text(report.TriageAbout(g)))
	d.line("%s\n", strings.Join(about, " · "))
	if g.Action != "" {
		d.line("What to do: %s\n", text(report.Clip(g.Action, report.MaxReason)))
	}
	if g.Reason != "" {
		d.line("Why: %s\n", text(report.Clip(g.Reason, report.MaxReason)))
	}
	for i, x := range g.Findings {
		if i == triageListed {
			d.line("- and %d more", len(g.Findings)-i)
			break
		}
		line := text(report.TriageLine(x))
		if g.Action == "" && x.Action != "" {
			line += ": " + text(report.Clip(x.Action, report.MaxReason))
		}
		d.line("- %s", line)
	}
	if c := f.Citation; c != nil {
		d.line("- %s", link(c))
	}
	d.line("")
}
