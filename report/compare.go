package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/stack"
)

// Comparison is stacks side by side: what each has, and what changes for the customer from one to the next.
type Comparison struct {
	// AsOf is the date that everything dated was judged by, YYYY-MM-DD; empty when no input was read.
	AsOf    string
	Columns []Column
	// Steps lead from each column to the next; Overall from the first to the last, nil with fewer than two columns.
	Steps   []Step
	Overall *Step
	// Namesakes are columns that are called the same and yet differ.
	Namesakes []Namesake
	// Input is the result that the workloads come from; nil when only hostings are compared.
	Input *allocation.Result
}

// Column is one stack of a comparison.
type Column struct {
	// Number counts the columns from 1; Compare sets it.
	Number int
	// Stack is the stack: of Members[0], or of a hosting as the catalog has it without any configuration.
	Stack *allocation.Workload
	// Members are the workloads with this stack; none for a hosting from the catalog.
	Members []*allocation.Workload
	// Label is AWS's own word for the hosting, and LabelCitation the page that has it. Both may be empty.
	Label         string
	LabelCitation *allocation.Citation
}

// FromCatalog reports whether the column is a hosting without configuration.
func (c Column) FromCatalog() bool { return len(c.Members) == 0 }

// Caption says whose stack it is: the workloads, at most limit of them by name, or that it is any of its hosting.
func (c Column) Caption(limit int) string {
	if c.FromCatalog() {
		return "as catalogued, nothing configured"
	}
	return Plural(len(c.Members), "workload") + ": " + Fold{Members: c.Members}.Names(limit)
}

// LabelText is the label in quotation marks, or a dash where AWS is not known to call the hosting anything.
func (c Column) LabelText() string {
	if c.Label == "" {
		return "–"
	}
	return "“" + Clip(c.Label, MaxName) + "”"
}

// ClassText is the class, or a dash when the hosting is not known.
func (c Column) ClassText() string { return Plain(cmp.Or(string(c.Stack.Class), "–")) }

// Compare compares the columns in the order given. input is the result that the members come from; nil for none.
func Compare(columns []Column, input *allocation.Result) *Comparison {
	c := &Comparison{Columns: slices.Clone(columns), Input: input}
	if input != nil {
		c.AsOf = input.AsOf
	}
	for i := range c.Columns {
		c.Columns[i].Number = i + 1
		if i > 0 {
			c.Steps = append(c.Steps, newStep(c.Columns[i-1], c.Columns[i]))
		}
	}
	if n := len(c.Columns); n > 1 {
		overall := newStep(c.Columns[0], c.Columns[n-1])
		c.Overall = &overall
	}
	c.Namesakes = namesakes(c.Columns)
	return c
}

// Title says how many stacks are compared; of a single one, that there is nothing to compare it with.
func (c *Comparison) Title() string {
	switch n := len(c.Columns); n {
	case 0:
		return "No workload found"
	case 1:
		return "One stack, and none to compare it with"
	default:
		return itoa(n) + " stacks side by side"
	}
}

// Step is what changes for the customer from one column to another.
type Step struct {
	// From and To are the numbers of the columns.
	From, To int
	// Changes has every duty, from the top of the stack down, then those across it.
	Changes []Change
}

func newStep(from, to Column) Step {
	s := Step{From: from.Number, To: to.Number}
	right := dutiesOf(to.Stack)
	for _, e := range allEntries(from.Stack) {
		d, ok := right[e.Name()]
		if !ok {
			continue
		}
		s.Changes = append(s.Changes, Change{Duty: e.Name(), Kind: KindOf(e.Duty, d), From: e.Duty, To: d})
	}
	return s
}

// Of returns the changes of one kind.
func (s Step) Of(kind ChangeKind) []Change {
	var out []Change
	for _, c := range s.Changes {
		if c.Kind == kind {
			out = append(out, c)
		}
	}
	return out
}

// Text sums the step up: "sheds 3, keeps 16, gains 0; 2 depend on the configuration".
func (s Step) Text() string {
	text := "sheds " + itoa(len(s.Of(Shed))) + ", keeps " + itoa(len(s.Of(Kept))) + ", gains " + itoa(len(s.Of(Gained)))
	switch n := len(s.Of(Open)); n {
	case 0:
		return text
	case 1:
		return text + "; 1 depends on the configuration"
	default:
		return text + "; " + itoa(n) + " depend on the configuration"
	}
}

// Row is a line of the comparison: a layer, or one duty of it.
type Row struct {
	Layer stack.Layer
	// Duty is empty for a whole layer. Cross is set for the layers across the stack.
	Duty  stack.Duty
	Cross bool
	// Cells has one for each column.
	Cells []Cell
}

// Title is the layer's title, or the duty's full name.
func (r Row) Title() string {
	if r.Duty != "" {
		return string(r.Duty)
	}
	return LayerTitle(r.Layer)
}

// Cell is what a column has in a row.
type Cell struct {
	// Party holds the duty, or rolls up the layer's duties.
	Party stack.Party
	// Duties are the layer's duties, or the one of the row.
	Duties []*allocation.Duty
	// Change is what happens from the column to the left; empty in the first column and Mixed where one duty of a layer
	// is shed and another gained.
	Change ChangeKind
}

// Residual reports whether the customer must do something about a duty of the cell that another party holds.
func (c Cell) Residual() bool {
	return slices.ContainsFunc(c.Duties, func(d *allocation.Duty) bool { return d.Residual != "" })
}

// Rows lays the comparison out from the top of the stack down, then across it: a row for each layer, or for each duty.
func (c *Comparison) Rows(duties bool) []Row {
	var rows []Row
	for _, l := range orderedLayers() {
		if !duties {
			rows = append(rows, c.row(l, l.Duties, ""))
			continue
		}
		for _, d := range l.Duties {
			rows = append(rows, c.row(l, []stack.DutyInfo{d}, d.Duty))
		}
	}
	return rows
}

func (c *Comparison) row(l stack.LayerInfo, duties []stack.DutyInfo, duty stack.Duty) Row {
	row := Row{Layer: l.Layer, Duty: duty, Cross: l.Cross}
	for i, col := range c.Columns {
		held := dutiesOf(col.Stack)
		cell := Cell{Party: partyOf(col.Stack, l.Layer)}
		for _, d := range duties {
			if x, ok := held[d.Duty]; ok {
				cell.Duties = append(cell.Duties, x)
			}
		}
		if duty != "" {
			cell.Party = stack.Undetermined
			if len(cell.Duties) > 0 {
				cell.Party = cell.Duties[0].Party
			}
		}
		if i > 0 {
			cell.Change = c.Steps[i-1].over(duties)
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// over sums up the changes of some duties. Shed and gained go before what stays; Open before Kept, as a cell that may
// have changed must not look as if it stayed.
func (s Step) over(duties []stack.DutyInfo) ChangeKind {
	has := map[ChangeKind]bool{}
	for _, c := range s.Changes {
		if slices.ContainsFunc(duties, func(d stack.DutyInfo) bool { return d.Duty == c.Duty }) {
			has[c.Kind] = true
		}
	}
	switch {
	case has[Shed] && has[Gained]:
		return Mixed
	case has[Shed]:
		return Shed
	case has[Gained]:
		return Gained
	case has[Open]:
		return Open
	case has[Kept]:
		return Kept
	default:
		return NotYours
	}
}

// orderedLayers returns the layers from the top of the stack down, then those across it in their own order.
func orderedLayers() []stack.LayerInfo {
	var base, across []stack.LayerInfo
	for _, l := range stack.Layers() {
		if l.Cross {
			across = append(across, l)
		} else {
			base = append(base, l)
		}
	}
	slices.Reverse(base)
	return append(base, across...)
}

func allEntries(w *allocation.Workload) []Entry {
	var out []Entry
	base, across := Split(w)
	for _, l := range append(base, across...) {
		for i := range l.Duties {
			out = append(out, Entry{l, &l.Duties[i]})
		}
	}
	return out
}

func dutiesOf(w *allocation.Workload) map[stack.Duty]*allocation.Duty {
	out := map[stack.Duty]*allocation.Duty{}
	for _, e := range allEntries(w) {
		out[e.Name()] = e.Duty
	}
	return out
}

func partyOf(w *allocation.Workload, layer stack.Layer) stack.Party {
	for _, l := range w.Layers {
		if l.Layer == layer {
			return l.Party
		}
	}
	return stack.Undetermined
}

// Alike folds workloads that a comparison need not tell apart: the same hosting and, for every duty, the same party,
// residual and candidates. Their reasons and deciding values may differ, unlike in Folds. The folds are ordered from the
// one that leaves the customer most to the one that leaves least, so that a comparison sheds from left to right.
func Alike(ws []*allocation.Workload) []Fold {
	var folds []Fold
	at := map[string]int{}
	h := newHasher()
	for _, w := range ws {
		key := h.key(func() { h.shape(w) })
		n, ok := at[key]
		if !ok {
			n = len(folds)
			at[key] = n
			folds = append(folds, Fold{})
		}
		folds[n].Members = append(folds[n].Members, w)
	}
	slices.SortStableFunc(folds, func(a, b Fold) int {
		return cmp.Or(-cmp.Compare(burden(a.Of()), burden(b.Of())), strings.Compare(a.Of().Hosting, b.Of().Hosting))
	})
	return folds
}

func (h *hasher) shape(w *allocation.Workload) {
	h.str(w.Hosting)
	for _, c := range w.HostingCandidates {
		h.str("candidate", c.Hosting)
	}
	for _, e := range allEntries(w) {
		h.str(string(e.Name()), string(e.Duty.Party), e.Duty.Residual, itoa(len(e.Duty.Candidates)))
		for _, c := range e.Duty.Candidates {
			h.str(c.When, string(c.Party))
		}
	}
}

// burden counts what a stack may leave to the customer, in halves.
func burden(w *allocation.Workload) int {
	n := 0
	for _, e := range allEntries(w) {
		low, high := part(e.Duty)
		n += low + high
	}
	return n
}
