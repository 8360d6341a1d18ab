package tfplan

import (
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// element is one resource as planned_values, prior_state and states list it.
type element struct {
	address, typ string
	data         bool
	deposed      bool
	line, column int32
	values       *scanner
	sensitive    *scanner
	dependsOn    []string
}

// member reads one member of a resource's JSON.
func (e *element) member(r *reading, raw *scanner, key string) (err error) {
	switch key {
	case "address", "type", "mode":
		if raw.peek() != '"' {
			break
		}
		text, err := raw.text()
		switch key {
		case "address":
			e.address = text
		case "type":
			e.typ = text
		default:
			e.data = text == "data"
		}
		return err
	case "deposed", "deposed_key":
		e.deposed = raw.peek() == '"'
	case "values":
		e.values, err = raw.capture(-1)
		return err
	case "sensitive_values":
		e.sensitive, err = raw.capture(-1)
		return err
	case "depends_on", "dependencies":
		e.dependsOn, err = r.texts(raw)
		return err
	}
	return raw.skip()
}

// texts reads an array of strings.
func (r *reading) texts(raw *scanner) ([]string, error) {
	var out []string
	err := raw.array(func() error {
		if raw.peek() != '"' {
			return raw.skip()
		}
		text, err := raw.text()
		if len(out) < maxValues {
			out = append(out, text)
		}
		return err
	})
	return out, err
}

// values goes over the resources below a "values" member.
func (r *reading) values(what string, f func(*element) error) error {
	if r.s.peek() != '{' {
		return r.s.skip()
	}
	return r.s.object(func(key string) error {
		if key == "values" {
			return r.modules(what, f)
		}
		return r.s.skip()
	})
}

// modules goes over the resources of all modules of a values representation, parents first.
func (r *reading) modules(what string, f func(*element) error) error {
	if r.s.peek() != '{' {
		return r.s.skip()
	}
	return r.s.object(func(key string) error {
		if key == "root_module" {
			return r.module(what, f, 0)
		}
		return r.s.skip()
	})
}

func (r *reading) module(what string, f func(*element) error, depth int) error {
	if depth > maxNesting {
		return r.s.fail("modules nest too deeply")
	}
	return r.s.object(func(key string) error {
		switch key {
		case "resources":
			return r.elements(what, func(raw *scanner) error {
				e := &element{}
				e.line, e.column = raw.place()
				if err := raw.object(func(key string) error { return e.member(r, raw, key) }); err != nil {
					return err
				}
				return f(e)
			})
		case "child_modules":
			return r.s.array(func() error { return r.module(what, f, depth+1) })
		}
		return r.s.skip()
	})
}

// state reads `terraform show -json` of a state.
func (r *reading) state() {
	r.ids = newIdentities()
	supported := false
	r.top(func(key string) error {
		switch key {
		case "format_version":
			text, err := r.shortText()
			supported = err == nil && r.version(text)
			return err
		case "values":
			return r.modules("values", func(e *element) error {
				r.identify(e.address, e.typ, e.data, e.values)
				return nil
			})
		}
		return r.s.skip()
	})
	if !supported && !r.told {
		return
	}
	r.section("values", func() error {
		return r.modules("values", func(e *element) error {
			if e.deposed || e.values == nil || !r.tr.Knows(e.typ, e.data) {
				return nil
			}
			r.resourceStarts()
			values, err := r.parts(e.address, e.values, e.sensitive)
			if err != nil || values == nil {
				return err
			}
			r.exists(e, &values[0], &values[1])
			return nil
		})
	})
}

// exists adds a resource of a state.
func (r *reading) exists(e *element, values, sensitive *terraform.Node) {
	if values.Kind != inventory.Map {
		return
	}
	d, f := r.declared(e)
	dependsOn := make(map[string]bool, len(e.dependsOn))
	for _, d := range e.dependsOn {
		dependsOn[WithoutKeys(d)] = true
	}
	f.known = func(n *terraform.Node) { n.Refs = r.ids.refs(n.Text, e.address, dependsOn) }
	d.Arguments = f.arguments(values, nil, sensitive, nil, "")
	r.add(d, "")
}
