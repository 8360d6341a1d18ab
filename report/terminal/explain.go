package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/stack"
)

// HostingPage is what `onus explain HOSTING` tells about one hosting, from the catalog alone.
type HostingPage struct {
	Title, ID, Service string
	Class              stack.Class
	// Label is what AWS itself calls the hosting; LabelCitation the page that says so. Both may be empty.
	Label         string
	LabelCitation *allocation.Citation
	// Workload is the stack when no property is known: the figure is drawn from it.
	Workload allocation.Workload
	// Duties holds the rows of every duty, in the order of stack.Duties.
	Duties     []DutyRows
	Works      []Work
	Operations []Operation
}

// DutyRows is a duty with the rows of the catalog in the order in which they are tried.
type DutyRows struct {
	Duty stack.Duty
	Rows []Row
}

// Row is one row of the catalog.
type Row struct {
	// When is the condition in words, without the word "when"; empty for the row that holds otherwise.
	When     string
	Party    stack.Party
	Reason   string
	Shared   *allocation.Halves
	Residual string
	Deadline *allocation.Deadline
	Basis    stack.Basis
	Citation *allocation.Citation
}

// Work is one part of how a hosting works under the hood, and whose it is.
type Work struct {
	Part     string
	Party    stack.Party
	Text     string
	Citation *allocation.Citation
}

// Operation is one API of a service: its control plane or its data plane.
type Operation struct {
	// Name is "control-plane" or "data-plane"; Party keeps the API running, Customer is what stays the customer's.
	Name, About string
	Party       stack.Party
	Customer    string
	Actions     []string
	Basis       stack.Basis
	Citation    *allocation.Citation
}

// Hosting prints a hosting: its stack, how it works, its APIs and every duty with its rows.
func Hosting(w io.Writer, h HostingPage, opts Options) error {
	p := newPage(w, opts)
	p.rule("━━", headStyle, report.Plain(h.Title))
	kind := h.ID
	if h.Class != "" {
		kind += ", " + string(h.Class)
	}
	p.text("", "", plainStyle, report.Plain(kind+" (service "+h.Service+")"))
	if h.Label != "" {
		p.text("", "", plainStyle, "AWS calls it: "+report.Clip(h.Label, report.MaxReason))
		p.citation(h.LabelCitation)
	}
	p.blank()
	p.figure(&h.Workload)
	p.works(h.Works)
	p.operations(h.Operations)
	for _, party := range stack.Parties() {
		p.hostingDuties(h, party)
	}
	p.blank()
	p.legend()
	return p.flush()
}

// hostingDuties prints the duties that party holds in the page's own stack, with all their rows.
func (p *page) hostingDuties(h HostingPage, party stack.Party) {
	rows := map[stack.Duty][]Row{}
	for _, d := range h.Duties {
		rows[d.Duty] = d.Rows
	}
	entries := report.Entries(&h.Workload, party)
	if len(entries) == 0 {
		return
	}
	p.blank()
	title := fmt.Sprintf("%s %s (%d)", report.Symbol(party), report.Heading(party), len(entries))
	if party == stack.Undetermined {
		title = fmt.Sprintf("%s Depends on the configuration (%d)", report.Symbol(party), len(entries))
	}
	p.text("", "  ", partyStyle(party), title)
	if party == stack.NotApplicable && !p.opts.Trace {
		p.names(entries, party)
		return
	}
	for _, e := range entries {
		p.entry(party, []string{string(e.Name())}, func(q *page) { q.rows(rowsOf(e, rows[e.Name()])) })
	}
}

// rowsOf returns the rows of a duty; without rows, what its workload says.
func rowsOf(e report.Entry, rows []Row) []Row {
	if len(rows) > 0 {
		return rows
	}
	d := e.Duty
	return []Row{{Party: d.Party, Reason: d.Reason, Shared: d.Shared, Residual: d.Residual, Deadline: d.Deadline,
		Basis: d.Basis, Citation: d.Citation}}
}

// rows prints rows of the catalog; the condition of each is said when there are several.
func (p *page) rows(rows []Row) {
	for _, r := range rows {
		d := allocation.Duty{Basis: r.Basis, Residual: r.Residual, Deadline: r.Deadline}
		st := plainStyle
		if len(rows) > 1 {
			p.when(r.Party, r.When)
			st = dimStyle
		}
		p.text("", "", st, report.Clip(r.Reason, report.MaxReason))
		p.halves(r.Shared)
		p.reservations(&d)
		if p.opts.Trace {
			p.citation(r.Citation)
		}
	}
}

func (p *page) works(works []Work) {
	if len(works) == 0 {
		return
	}
	p.blank()
	p.text("", "", headStyle, "How it works under the hood")
	for _, x := range works {
		p.entry(x.Party, []string{x.Part}, func(q *page) {
			q.text("", "", plainStyle, report.Clip(x.Text, report.MaxReason))
			if q.opts.Trace {
				q.citation(x.Citation)
			}
		})
	}
}

func (p *page) operations(ops []Operation) {
	if len(ops) == 0 {
		return
	}
	p.blank()
	p.text("", "", headStyle, "The APIs, and who keeps them running")
	for _, o := range ops {
		p.entry(o.Party, []string{o.Name}, func(q *page) { q.operation(o) })
	}
}

func (p *page) operation(o Operation) {
	p.text("", "", plainStyle, report.Clip(o.About, report.MaxReason))
	p.text("", "", plainStyle, "Kept running by: "+report.Word(o.Party))
	if o.Customer != "" {
		p.text(p.paint(partyStyle(stack.Customer), "You:")+" ", "     ", plainStyle, report.Clip(o.Customer, report.MaxReason))
	}
	if len(o.Actions) > 0 {
		p.text("", "  ", dimStyle, "Actions: "+report.Clip(strings.Join(o.Actions, ", "), 8*report.MaxReason))
	}
	p.reservations(&allocation.Duty{Basis: o.Basis})
	if p.opts.Trace {
		p.citation(o.Citation)
	}
}

// DutyPage is what `onus explain LAYER/DUTY` tells about one duty.
type DutyPage struct {
	Duty              stack.Duty
	About, LayerAbout string
	// Holdings is who holds the duty in each hosting, in the order to print.
	Holdings []Holding
}

// Holding is the rows of one duty in one hosting.
type Holding struct {
	Hosting, Title string
	Rows           []Row
}

// Duty prints a duty: what it is, and who holds it in each hosting under which condition. Hostings whose rows are the
// same are printed together.
func Duty(w io.Writer, d DutyPage, opts Options) error {
	p := newPage(w, opts)
	p.rule("━━", headStyle, report.Plain(string(d.Duty)))
	p.text("", "", plainStyle, report.Clip(d.About, report.MaxReason))
	p.text("", "", dimStyle, "The layer: "+report.Clip(d.LayerAbout, report.MaxReason))
	for _, party := range stack.Parties() {
		p.holdings(d, party)
	}
	p.holdings(d, "")
	p.blank()
	p.legend()
	return p.flush()
}

// holdings prints the hostings where party alone holds the duty, or with no party those where a condition decides.
func (p *page) holdings(d DutyPage, party stack.Party) {
	var groups [][]Holding
	at := map[string]int{}
	for _, h := range d.Holdings {
		if holder(h) != party {
			continue
		}
		key := rowsKey(h.Rows)
		n, ok := at[key]
		if !ok {
			n = len(groups)
			at[key] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], h)
	}
	if len(groups) == 0 {
		return
	}
	p.blank()
	if party == "" {
		p.text("", "  ", headStyle, "Depends on the configuration")
	} else {
		p.text("", "  ", partyStyle(party), report.Symbol(party)+" "+report.Heading(party))
	}
	for _, g := range groups {
		names := make([]string, len(g))
		for i, h := range g {
			names[i] = h.Hosting
		}
		symbol := party
		if symbol == "" {
			symbol = stack.Undetermined
		}
		p.entry(symbol, names, func(q *page) { q.rows(g[0].Rows) })
	}
}

// holder returns the party of every row, or "" when they differ.
func holder(h Holding) stack.Party {
	for _, r := range h.Rows {
		if r.Party != h.Rows[0].Party {
			return ""
		}
	}
	if len(h.Rows) == 0 {
		return stack.Undetermined
	}
	return h.Rows[0].Party
}

func rowsKey(rows []Row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%q %q %q %q %q", r.When, r.Party, r.Reason, r.Residual, r.Basis)
		if r.Shared != nil {
			fmt.Fprintf(&b, " %q", *r.Shared)
		}
	}
	return b.String()
}
