package tfplan

import (
	"errors"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// plan reads a plan: what will exist once it is applied.
func (r *reading) plan() {
	head := planHead{complete: true}
	r.top(func(key string) error { return r.planMember(key, &head) })
	if head.refused {
		return
	}
	r.tellHead(head)
	r.link.root = r.config
	changes, ok := r.marks["resource_changes"]
	if !ok {
		r.section("planned_values", r.learnPlanned)
		r.section("planned_values", func() error {
			return r.modules("planned_values", func(e *element) error { return r.planned(e, false) })
		})
	} else if r.seek(changes) {
		r.broken(r.elements("resource_changes", r.change))
	}
	r.section("prior_state", func() error { return r.values("prior_state", func(e *element) error { return r.planned(e, true) }) })
}

// planHead is what a plan says about itself.
type planHead struct {
	// refused is set for a format that cannot be read.
	refused           bool
	errored, complete bool
}

// planMember looks at one member of a plan on the first pass.
func (r *reading) planMember(key string, head *planHead) (err error) {
	switch key {
	case "format_version":
		text, err := r.shortText()
		head.refused = err == nil && !r.version(text)
		return err
	case "errored":
		head.errored, err = r.flag()
		return err
	case "complete":
		head.complete, err = r.flag()
		return err
	case "configuration":
		c := &configReader{decoder: r.decoder, refused: r.refused}
		r.config, err = c.root(r.s)
		if c.count > maxResources {
			r.fail(r.s.line, 0, "Too many resources", "The configuration in the plan has more than %d resources and modules; references to the rest were not restored.", maxResources)
		}
		return err
	case "resource_changes":
		return r.learn()
	}
	return r.s.skip()
}

// learn takes note of the addresses in resource_changes, and of the values that name a resource to others.
func (r *reading) learn() error {
	count := 0
	return r.s.array(func() error {
		if count++; count > 2*maxResources {
			return r.s.skip()
		}
		address, start := "", r.s.offset()
		err := r.s.object(func(key string) (err error) {
			switch {
			case key == "address" && r.s.peek() == '"':
				address, err = r.s.text()
				r.link.learn(address)
				return err
			case key == "change" && r.s.peek() == '{':
				return r.s.object(func(key string) error {
					if key != "after" || r.s.peek() != '{' {
						return r.s.skip()
					}
					return names(r.s, func(attr, text string) { r.link.values[inventory.Ref{Address: address, Attr: attr}] = text })
				})
			}
			return r.s.skip()
		})
		if r.s.offset()-start > maxResource {
			r.oversized[start] = address
		}
		return err
	})
}

// learnPlanned takes note of the addresses in planned_values, for a plan that has no resource_changes.
func (r *reading) learnPlanned() error {
	return r.modules("planned_values", func(e *element) error {
		r.link.learn(e.address)
		return nil
	})
}

func (r *reading) tellHead(head planHead) {
	at := diag.Range{Path: r.path, Line: 1}
	if head.errored {
		r.inv.Diags.Skipf(at, "Plan with errors", "Terraform could not finish this plan; what comes behind the error is missing from it. Mend the configuration and plan again.")
	}
	if !head.complete && !head.errored {
		r.inv.Diags.Skipf(at, "Partial plan", "It says that it is not complete: it was made with -target or with deferred changes, and the rest is missing from it. Plan again without -target.")
	}
	if r.config == nil {
		r.config = newConfigModule()
		if !r.told {
			r.inv.Diags.Skipf(at, "Plan without configuration",
				"It has no \"configuration\", so that references between resources were not restored. Write it with terraform show -json.")
		}
	}
}

// section returns to a member of the document.
func (r *reading) section(name string, f func() error) {
	if m, ok := r.marks[name]; ok && !r.stopped && r.seek(m) {
		r.broken(f())
	}
}

// changeElement is one element of resource_changes.
type changeElement struct {
	element
	actions   []string
	importing bool
	after     *scanner
	unknown   *scanner
	sensitive *scanner
}

// change reads an element of resource_changes.
func (r *reading) change(raw *scanner) error {
	c := &changeElement{}
	c.line, c.column = raw.place()
	err := raw.object(func(key string) error {
		if key != "change" {
			return c.member(r, raw, key)
		}
		return raw.object(func(key string) error { return c.changeMember(r, raw, key) })
	})
	if err != nil || c.deposed || c.after == nil || !r.tr.Knows(c.typ, c.data) {
		return err
	}
	action, exists := actionOf(c.actions, c.importing)
	if !exists {
		return nil
	}
	r.resourceStarts()
	values, err := r.parts(c.address, c.after, c.unknown, c.sensitive)
	if err != nil || values == nil || values[0].Kind != inventory.Map {
		return err
	}
	d, f := r.declared(&c.element)
	d.Arguments = f.arguments(&values[0], &values[1], &values[2], r.argumentsOf(f), "")
	if c.data {
		r.data[c.address] = true
	}
	r.add(d, action)
	return nil
}

func (c *changeElement) changeMember(r *reading, raw *scanner, key string) (err error) {
	switch key {
	case "actions":
		return raw.array(func() error {
			text, err := raw.text()
			if len(c.actions) < 4 {
				c.actions = append(c.actions, text)
			}
			return err
		})
	case "importing":
		c.importing = raw.peek() == '{'
	case "after":
		c.after, err = raw.capture(-1)
		return err
	case "after_unknown":
		c.unknown, err = raw.capture(-1)
		return err
	case "after_sensitive":
		c.sensitive, err = raw.capture(-1)
		return err
	}
	return raw.skip()
}

// actionOf names what will happen to a resource; exists is false when it is not there, or no longer Terraform's, afterwards.
func actionOf(actions []string, importing bool) (action string, exists bool) {
	switch strings.Join(actions, " ") {
	case "delete", "forget":
		return "", false
	case "create delete", "delete create", "create forget", "forget create":
		return "replace", true
	case "no-op":
		if importing {
			return "import", true
		}
	}
	return strings.Join(actions, ", "), true
}

// parts decodes the parts of one resource; nil when it is refused. A part that is not there is null.
func (r *reading) parts(address string, parts ...*scanner) ([]terraform.Node, error) {
	out := make([]terraform.Node, len(parts))
	for i, p := range parts {
		if p == nil {
			continue
		}
		n, err := r.node(p, 0)
		if errors.Is(err, errNesting) || errors.Is(err, errValues) {
			r.refused(address, err)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// planned reads a resource of planned_values, or a data source of prior_state.
func (r *reading) planned(e *element, dataOnly bool) error {
	if e.deposed || e.values == nil || dataOnly && (!e.data || r.data[e.address]) || !r.tr.Knows(e.typ, e.data) {
		return nil
	}
	r.resourceStarts()
	values, err := r.parts(e.address, e.values, e.sensitive)
	if err != nil || values == nil || values[0].Kind != inventory.Map {
		return err
	}
	d, f := r.declared(e)
	f.omitted = !dataOnly
	d.Arguments = f.arguments(&values[0], nil, &values[1], r.argumentsOf(f), "")
	r.add(d, "")
	return nil
}

// declared begins a resource: its address and the place in the configuration that it comes from.
func (r *reading) declared(e *element) (terraform.Declared, *filler) {
	a, _ := parseAddress(e.address)
	local := e.typ + "." + a.name
	if e.data {
		local = "data." + local
	}
	d := terraform.Declared{
		Line: e.line, Column: e.column, Module: r.one(strings.TrimSuffix(e.address, local+a.key)), Type: e.typ, Name: r.one(a.name), Key: a.key, Data: e.data,
	}
	f := &filler{local: local, structure: r.structure(e.typ, e.data)}
	if r.link.root != nil {
		f.link, f.at = r.link, context{place: r.link.at(a.modules), key: a.key}
	}
	return d, f
}

// argumentsOf finds a resource's arguments in the configuration, nil when they are not there.
func (r *reading) argumentsOf(f *filler) arguments {
	if f.at.place == nil {
		return nil
	}
	c := f.at.module.resources[f.local]
	if c == nil {
		return nil
	}
	f.at.forEach = c.forEach
	return c.args
}
