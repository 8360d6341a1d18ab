package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
)

// Lint checks the whole catalog: its form, its inheritance, that every hosting is total, that every condition fits its
// types and can hold, that every claim is cited and its reason easy to read, and that the examples give what they
// expect and land on every row. A clean catalog gives no diagnostics.
//
// Totality holds by construction: each hosting has rows for each duty, and the last of them has no condition, so that
// whatever the configuration some row wins or several stay open.
func (c *Catalog) Lint() diag.List {
	c.Compile() // at once; what is wrong is told with each file
	var diags diag.List
	hits := newHits()
	for _, f := range c.sortedFiles() {
		c.lintFile(f, &diags, hits)
	}
	c.lintCoverage(hits, &diags)
	c.lintStyle(hits, &diags)
	c.lintEdition(&diags)
	return diags.Sorted()
}

// lintFile checks one file. Example hits are collected; coverage is judged when all files are through.
func (c *Catalog) lintFile(f *file, diags *diag.List, hits *hits) {
	s := f.load()
	*diags = append(*diags, f.diags...)
	if s == nil {
		return
	}
	for _, op := range s.Operations {
		c.lintCite(op.cite, diags, hits, s)
	}
	seen := map[string]bool{}
	for _, sp := range slices.Concat(s.stacks, s.hostings) {
		if seen[sp.id] {
			diags.Errorf(sp.at, "Id declared twice", "%q is declared in this file already.", rulefile.Clip(sp.id))
			continue
		}
		seen[sp.id] = true
		c.lintSpec(sp, diags, hits)
	}
}

func (c *Catalog) lintSpec(sp *spec, diags *diag.List, hits *hits) {
	c.lintForm(sp, diags)
	c.lintParents(sp, diags)
	c.lintCites(sp, diags, hits)
	lintRows(sp, diags)
	h := c.resolve(sp.id)
	if h == nil || h.chain[0] != sp {
		return
	}
	if !sp.stack {
		lintTotal(h, diags)
		hits.require(h)
	}
	if faults := h.compile(); len(faults) > 0 && (!sp.stack || len(sp.examples) > 0) {
		*diags = append(*diags, faults...)
		hits.excuse(h) // nothing can be said about examples while conditions do not compile
		return
	}
	for _, ex := range sp.examples {
		c.lintExample(h, ex, diags, hits)
	}
}

// lintEdition checks that base.yaml, and no other file, states the edition.
func (c *Catalog) lintEdition(diags *diag.List) {
	for _, f := range c.sortedFiles() {
		e := f.index.edition
		if f.service != baseService {
			if e != (Edition{}) {
				diags.Errorf(diag.Range{Path: f.path}, "Edition in the wrong file", "version and validFrom are those of the whole catalog and stand in base.yaml.")
			}
			continue
		}
		if !validVersion(e.Version) {
			diags.Errorf(diag.Range{Path: f.path}, "Version missing", "base.yaml states the version of the catalog as three numbers, 1.2.0; it has %q.", rulefile.Clip(e.Version))
		}
		if _, err := time.Parse(time.DateOnly, e.ValidFrom); err != nil {
			diags.Errorf(diag.Range{Path: f.path}, "Date missing", "base.yaml states validFrom, the day from which the answers hold, as YYYY-MM-DD; it has %q.", rulefile.Clip(e.ValidFrom))
		}
	}
}

func validVersion(s string) bool {
	parts := strings.Split(s, ".")
	for _, p := range parts {
		if p == "" || len(p) > 5 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return len(parts) == 3
}

// lintForm checks ids, titles, classes, types and roots.
func (c *Catalog) lintForm(sp *spec, diags *diag.List) {
	if !validID(sp.id) {
		diags.Errorf(sp.at, "Id not valid", "%q is no id: lower-case letters, digits and dashes, and never %q.", rulefile.Clip(sp.id), unknownHosting)
	}
	if sp.title == "" {
		diags.Errorf(sp.at, "Title missing", "%q has no title: its name for people.", sp.id)
	}
	for _, u := range sp.uses {
		if !c.vocab.Known(u.Type) {
			diags.Errorf(u.at, "Unknown type", "%q is no type of the vocabulary. %s", rulefile.Clip(u.Type), expr.Suggest(u.Type, c.vocab.Names()))
		}
	}
	for i, typ := range sp.roots {
		switch {
		case sp.stack:
			diags.Errorf(sp.rootsAt[i], "Stack with roots", "A stack is never a workload's hosting; give the roots to a hosting.")
		case !c.vocab.Known(typ):
			diags.Errorf(sp.rootsAt[i], "Unknown type", "%q is no type of the vocabulary. %s", rulefile.Clip(typ), expr.Suggest(typ, c.vocab.Names()))
		}
	}
	if !sp.stack && len(sp.examples) == 0 {
		diags.Errorf(sp.at, "Examples missing", "The hosting %q has no examples; they are its tests.", sp.id)
	}
}

// unknownHosting is the word for a hosting that nothing tells; no hosting may be called so.
const unknownHosting = "unknown"

func validID(id string) bool {
	return id != "" && id != unknownHosting && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && len(id) <= 60
}

// lintParents reports an unknown parent, a parent that is a hosting, and a cycle.
func (c *Catalog) lintParents(sp *spec, diags *diag.List) {
	if sp.inherits == "" {
		return
	}
	parent := c.spec(sp.inherits)
	switch {
	case parent == nil:
		diags.Errorf(sp.inheritAt, "Unknown parent", "There is no stack %q. %s", rulefile.Clip(sp.inherits), expr.Suggest(sp.inherits, c.stackIDs()))
	case !parent.stack:
		diags.Errorf(sp.inheritAt, "Parent is a hosting", "%q is a hosting; only a stack can be inherited from.", rulefile.Clip(sp.inherits))
	default:
		c.lintCycle(sp, diags)
	}
}

func (c *Catalog) lintCycle(sp *spec, diags *diag.List) {
	chain := c.chain(sp)
	last := chain[len(chain)-1]
	next := c.spec(last.inherits)
	if next == nil || !next.stack {
		return
	}
	var names []string
	for _, s := range chain {
		names = append(names, s.id)
	}
	if slices.Contains(chain, next) {
		diags.Errorf(sp.inheritAt, "Inheritance cycle", "%s -> %s.", strings.Join(names, " -> "), next.id)
		return
	}
	diags.Errorf(sp.inheritAt, "Inheritance too deep", "%q has more than %d parents.", sp.id, maxInheritance-1)
}

func (c *Catalog) stackIDs() []string {
	var out []string
	for _, f := range c.sortedFiles() {
		out = append(out, f.index.stacks...)
	}
	return out
}

func (c *Catalog) lintCites(sp *spec, diags *diag.List, hits *hits) {
	services := c.sources(sp)
	for _, d := range stack.Duties() {
		for _, row := range sp.rows[d] {
			c.lintCite(row.cite, diags, hits, services...)
		}
	}
	for _, w := range sp.works {
		c.lintCite(w.cite, diags, hits, services...)
	}
	if sp.label != nil {
		c.lintCite(sp.label.cite, diags, hits, services...)
	}
}

func (c *Catalog) lintCite(cite cite, diags *diag.List, hits *hits, services ...*Service) {
	if cite.id == "" {
		return
	}
	if found := c.citation(cite.id, services...); found != nil {
		hits.cited[found] = true
		return
	}
	var ids []string
	for _, s := range services {
		for id := range s.Citations {
			ids = append(ids, id)
		}
	}
	if f := c.files[baseService]; f != nil && f.content != nil {
		for id := range f.content.Citations {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	diags.Errorf(cite.at, "Unknown citation", "There is no citation %q here. %s", rulefile.Clip(cite.id), expr.Suggest(cite.id, slices.Compact(ids)))
}

// lintStyle checks what makes no answer wrong, and so keeps no user from working with a catalog of their own: reasons
// that are hard to read, citations that nothing rests on, pages of AWS China.
func (c *Catalog) lintStyle(hits *hits, diags *diag.List) {
	for _, f := range c.sortedFiles() {
		if f.content == nil {
			continue
		}
		for _, sp := range slices.Concat(f.content.stacks, f.content.hostings) {
			lintReading(sp, diags)
		}
		for _, id := range slices.Sorted(maps.Keys(f.content.Citations)) {
			cited := f.content.Citations[id]
			if !hits.cited[cited] {
				diags.Errorf(cited.At, "Citation never used", "Nothing rests on the page %q; leave it out or cite it.", rulefile.Clip(id))
			}
			if chinese(cited.URL) {
				diags.Errorf(cited.At, "Citation of the China Regions", "The citation %q points to a page of AWS China, which differs from the global one; cite docs.aws.amazon.com.", rulefile.Clip(id))
			}
		}
	}
}

// chinese tells a page of the AWS partition in China.
func chinese(url string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	return strings.HasSuffix(host, ".cn")
}

// lintRows checks that only the last row of a duty has no condition.
func lintRows(sp *spec, diags *diag.List) {
	for _, d := range stack.Duties() {
		rows := sp.rows[d]
		for i, row := range rows {
			last := i == len(rows)-1
			switch {
			case last && row.When != "":
				diags.Errorf(row.At, "Last row has a condition", "The last row of %s must hold whenever no other does; leave its when out.", d)
			case !last && row.When == "":
				diags.Errorf(rows[i+1].At, "Row never reached", "The row of %s before it has no condition and always wins.", d)
			}
		}
	}
}

// lintTotal checks that a hosting answers for every duty and has a class.
func lintTotal(h *Hosting, diags *diag.List) {
	if h.Class == "" {
		diags.Errorf(h.At, "Class missing", "The hosting %q is of class non-managed, managed or serverless.", h.ID)
	}
	var missing []string
	for _, d := range stack.Duties() {
		if len(h.rows[d]) == 0 {
			missing = append(missing, string(d))
		}
	}
	if n := len(missing); n > 0 {
		if n > 5 {
			missing = append(missing[:5], fmt.Sprintf("and %d more", n-5))
		}
		diags.Errorf(h.At, "Hosting not total", "The hosting %q has no row, of its own or inherited, for %s.", h.ID, strings.Join(missing, ", "))
	}
}

// describeRow words a row for a message.
func describeRow(row *Row) string {
	if row == nil {
		return "no row"
	}
	return fmt.Sprintf("the row at line %d", row.At.Line)
}
