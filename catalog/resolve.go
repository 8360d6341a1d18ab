package catalog

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/stack"
)

// maxInheritance bounds a chain of parents.
const maxInheritance = 20

// Hosting is a way of hosting a workload, with all that it inherits. It does not change once made.
type Hosting struct {
	ID, Title string
	Service   *Service
	Class     stack.Class
	// Label is what AWS itself calls it; nil when there is none.
	Label *Label
	// Inherits are the stacks it builds on, the nearest first.
	Inherits []string
	// Roots are the types that alone make a workload of this hosting.
	Roots []string
	// Uses are the parts that conditions may speak of, in the order of their roles.
	Uses []Use
	// Tables are the dated tables that conditions may look into, by name.
	Tables map[string]expr.Table
	// Works tells how it works under the hood, in order.
	Works    []Work
	Examples []*Example
	At       diag.Range

	stack bool
	chain []*spec
	rows  map[stack.Duty][]*Row
	env   *expr.Env

	compileOnce sync.Once
	programs    map[*Row]*expr.Program
	compileErrs diag.List
}

// Rows returns the rows of a duty in order; none when the hosting is not total.
func (h *Hosting) Rows(d stack.Duty) []*Row { return h.rows[d] }

// TypeOf returns the vocabulary type of a role, "" when the hosting has no such part.
func (h *Hosting) TypeOf(role string) string {
	i, ok := slices.BinarySearchFunc(h.Uses, role, func(u Use, r string) int { return strings.Compare(u.Role, r) })
	if !ok {
		return ""
	}
	return h.Uses[i].Type
}

// resolve makes a stack or hosting with what it inherits, once. An unknown parent or a cycle ends the chain; Lint
// reports both.
func (c *Catalog) resolve(id string) *Hosting {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h, ok := c.resolved[id]; ok {
		return h
	}
	sp := c.spec(id)
	if sp == nil {
		return nil
	}
	h := c.build(sp, c.chain(sp))
	c.resolved[id] = h
	return h
}

// spec finds a stack or hosting as written.
func (c *Catalog) spec(id string) *spec {
	f, ok := c.owners[id]
	if !ok || f.load() == nil {
		return nil
	}
	return f.specs[id]
}

// chain lists a spec and its parents, the nearest first. It stops where a parent is unknown, no stack, or comes again.
func (c *Catalog) chain(sp *spec) []*spec {
	chain := []*spec{sp}
	for sp.inherits != "" && len(chain) < maxInheritance {
		parent := c.spec(sp.inherits)
		if parent == nil || !parent.stack || slices.Contains(chain, parent) {
			break
		}
		chain = append(chain, parent)
		sp = parent
	}
	return chain
}

func (c *Catalog) build(sp *spec, chain []*spec) *Hosting {
	h := &Hosting{
		ID: sp.id, Title: sp.title, Service: sp.service, Class: sp.class, Label: sp.label, Roots: sp.roots,
		Examples: sp.examples, At: sp.at, stack: sp.stack, chain: chain, rows: map[stack.Duty][]*Row{},
	}
	parts := map[string]string{}
	tables := map[string]expr.Table{}
	for _, s := range slices.Backward(chain) {
		c.linkSpec(s)
		for _, u := range s.uses {
			parts[u.Role] = u.Type
		}
		maps.Copy(h.rows, s.rows)
		maps.Copy(tables, s.service.Tables)
		if len(s.works) > 0 {
			h.Works = s.works
		}
		if h.Class == "" {
			h.Class = s.class
		}
	}
	for _, s := range chain[1:] {
		h.Inherits = append(h.Inherits, s.id)
	}
	for _, role := range slices.Sorted(maps.Keys(parts)) {
		h.Uses = append(h.Uses, Use{Role: role, Type: parts[role]})
	}
	h.Tables = tables
	h.env = c.compiler.Env(expr.Declarations{Parts: parts, Tables: tables})
	c.linkService(sp.service)
	return h
}

// link gives the citations of a service their pages.
func (c *Catalog) link(s *Service) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.linkService(s)
	for _, sp := range slices.Concat(s.stacks, s.hostings) {
		c.linkSpec(sp)
	}
}

func (c *Catalog) linkService(s *Service) {
	if s.linked {
		return
	}
	s.linked = true
	for i := range s.Operations {
		op := &s.Operations[i]
		op.Citation = c.citation(op.cite.id, s)
	}
}

// linkSpec gives each row, work and label of a spec its page: from its own file, then its parents' files, then base.
func (c *Catalog) linkSpec(sp *spec) {
	if sp.linked {
		return
	}
	sp.linked = true
	services := c.sources(sp)
	for _, rows := range sp.rows {
		for _, r := range rows {
			r.Citation = c.citation(r.cite.id, services...)
		}
	}
	for i := range sp.works {
		sp.works[i].Citation = c.citation(sp.works[i].cite.id, services...)
	}
	if sp.label != nil {
		sp.label.Citation = c.citation(sp.label.cite.id, services...)
	}
}

// sources lists the files whose citations a spec sees, the nearest first, without base.
func (c *Catalog) sources(sp *spec) []*Service {
	var out []*Service
	for _, s := range c.chain(sp) {
		out = append(out, s.service)
	}
	return out
}

func (c *Catalog) citation(id string, services ...*Service) *Citation {
	if id == "" {
		return nil
	}
	for _, s := range services {
		if found, ok := s.Citations[id]; ok {
			return found
		}
	}
	if f, ok := c.files[baseService]; ok && f.load() != nil {
		return f.content.Citations[id]
	}
	return nil
}
