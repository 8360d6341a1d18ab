package allocation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/stack"
)

// maxMemo bounds how many outcomes of one duty are kept.
const maxMemo = 512

// plan is a hosting prepared for many workloads: what is the same for all of them is made once.
type plan struct {
	hosting *catalog.Hosting
	duties  []dutyPlan
}

// dutyPlan is one duty of a plan.
type dutyPlan struct {
	duty stack.Duty
	// fixed is the outcome when no row has a condition.
	fixed *outcome
	// reads are the properties that may decide; memo keeps the outcome for each combination of their values.
	reads []expr.Path
	memo  map[string]*outcome
	// party is the one party that every row names; "" when they name several, so that a value may move the duty.
	party stack.Party
	// matters caches whether another hosting of the service may give another party.
	matters *bool
}

// outcome is a decided duty without the evidence, which differs between workloads.
type outcome struct {
	decision catalog.Decision
	duty     Duty
}

// plan prepares a hosting; nil when the catalog does not have it.
func (r *run) plan(id string) *plan {
	if p, ok := r.plans[id]; ok {
		return p
	}
	var p *plan
	if h, ok := r.cat.Hosting(id); ok {
		p = &plan{hosting: h}
		for _, d := range stack.Duties() {
			p.duties = append(p.duties, r.planDuty(h, d))
		}
	}
	r.plans[id] = p
	return p
}

func (r *run) planDuty(h *catalog.Hosting, d stack.Duty) dutyPlan {
	dp := dutyPlan{duty: d}
	if !h.Conditional(d) {
		dec := h.Decide(d, expr.Inputs{})
		dp.fixed, dp.party = &outcome{decision: dec, duty: r.fromDecision(d, &dec)}, dec.Party
		if len(h.Rows(d)) == 0 {
			dp.fixed.duty.Reason = fmt.Sprintf("The catalog's hosting %q says nothing about this duty.", h.ID)
		}
		return dp
	}
	dp.reads, dp.memo = h.Reads(d), map[string]*outcome{}
	rows := h.Rows(d)
	if !slices.ContainsFunc(rows, func(row *catalog.Row) bool { return row.Party != rows[0].Party }) {
		dp.party = rows[0].Party
	}
	return dp
}

// hostingMatters reports whether a duty's party could be another if the workload were hosted differently: unless every
// hosting of the service gives the same party whatever the conditions say, it could.
func (r *run) hostingMatters(p *plan, d *dutyPlan) bool {
	if d.matters == nil {
		matters := d.party == ""
		for _, id := range p.hosting.Service.HostingIDs() {
			matters = matters || r.differs(id, d)
		}
		d.matters = &matters
	}
	return *d.matters
}

func (r *run) differs(hosting string, d *dutyPlan) bool {
	other := r.plan(hosting)
	if other == nil {
		return true
	}
	for i := range other.duties {
		if o := &other.duties[i]; o.duty == d.duty {
			return o.party != d.party
		}
	}
	return true
}

// fromDecision words a decision. The evidence is added later, for each workload.
func (r *run) fromDecision(d stack.Duty, dec *catalog.Decision) Duty {
	out := Duty{Duty: d.Name(), Party: dec.Party, Basis: weakest(dec), Reason: "No row of the catalog decides this."}
	if row := dec.Row; row != nil {
		out.Reason, out.Residual = row.Reason, row.Residual
		out.Citation = r.citation(row.Citation)
		if row.Shared != nil {
			out.Shared = &Halves{AWS: row.Shared.AWS, Customer: row.Shared.Customer}
		}
		if row.Deadline != nil {
			out.Deadline = &Deadline{Days: row.Deadline.Days, From: row.Deadline.From}
		}
	}
	switch {
	case dec.Row == nil && len(dec.Open) > 0:
		out.Candidates = candidates(dec.Open)
		out.Citation = r.citation(firstCitation(dec.Open))
	case len(dec.Open) > 0:
		agree(&out, dec.Open)
	}
	return out
}

// agree words a duty whose open rows name one party: what one of them asks of the customer is not lost.
func agree(out *Duty, open []*catalog.Row) {
	reasons := distinct(open, func(row *catalog.Row) string { return row.Reason })
	out.Reason = "The unknown values do not change who holds it. " + strings.Join(reasons, " Or: ")
	out.Residual = strings.Join(distinct(open, func(row *catalog.Row) string { return row.Residual }), " Or: ")
	if out.Party == stack.Shared {
		out.Shared = &Halves{
			AWS:      strings.Join(distinct(open, func(row *catalog.Row) string { return row.Shared.AWS }), " Or: "),
			Customer: strings.Join(distinct(open, func(row *catalog.Row) string { return row.Shared.Customer }), " Or: "),
		}
	}
	for _, row := range open {
		if row.Deadline != nil && (out.Deadline == nil || row.Deadline.Days < out.Deadline.Days) {
			out.Deadline = &Deadline{Days: row.Deadline.Days, From: row.Deadline.From}
		}
	}
}

// distinct collects the texts of rows, each once, empty ones left out. A shared row without halves, which the catalog's
// reader refuses, gives nothing.
func distinct(rows []*catalog.Row, text func(*catalog.Row) string) []string {
	var out []string
	for _, row := range rows {
		if row.Party == stack.Shared && row.Shared == nil {
			continue
		}
		if s := text(row); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// candidates lists the open rows as "when …, party".
func candidates(open []*catalog.Row) []Candidate {
	var out []Candidate
	for _, row := range open {
		when := row.Means
		if when == "" {
			when = "otherwise"
		}
		out = append(out, Candidate{When: when, Party: row.Party})
	}
	return out
}

// weakest returns the basis of a decision: of several rows, the one that claims least.
func weakest(dec *catalog.Decision) stack.Basis {
	rows := dec.Open
	if len(rows) == 0 && dec.Row != nil {
		rows = []*catalog.Row{dec.Row}
	}
	order := []stack.Basis{stack.Documented, stack.General, stack.Inferred}
	at := 0
	for _, row := range rows {
		at = max(at, slices.Index(order, row.Basis))
	}
	if len(rows) == 0 {
		return stack.Inferred
	}
	return order[at]
}

func firstCitation(rows []*catalog.Row) *catalog.Citation {
	for _, row := range rows {
		if row.Citation != nil {
			return row.Citation
		}
	}
	return nil
}

// citation converts a page, once for all who cite it.
func (r *run) citation(c *catalog.Citation) *Citation {
	if c == nil {
		return nil
	}
	if r.citations == nil {
		r.citations = map[*catalog.Citation]*Citation{}
	}
	if r.citations[c] == nil {
		r.citations[c] = &Citation{Title: c.Title, URL: c.URL, Seen: c.Seen}
	}
	return r.citations[c]
}
