package tfplan

import (
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// raw reads a terraform.tfstate.
func (r *reading) raw() {
	r.ids = newIdentities()
	version, encrypted := 0.0, false
	r.top(func(key string) error {
		switch key {
		case "version":
			n, err := r.small()
			version = n.Number
			return err
		case "encrypted_data":
			encrypted = true
		case "resources":
			return r.rawResources(func(e *element, i *instanceElement) error {
				r.identify(e.address, e.typ, e.data, i.attributes)
				return nil
			})
		}
		return r.s.skip()
	})
	at := diag.Range{Path: r.path, Line: 1}
	switch {
	case encrypted:
		r.inv.Diags.Errorf(at, "Encrypted state", "OpenTofu encrypted this state; onus has no key. Write it decrypted with tofu show -json or tofu state pull.")
		return
	case version != 4 && (version != 0 || !r.told):
		r.inv.Diags.Errorf(at, "State format not supported",
			"The state has format version %g; version 4 (Terraform 0.12 and later) can be read. Run terraform init and apply with a newer Terraform, or give the output of terraform show -json.", version)
		return
	}
	r.section("resources", func() error { return r.rawResources(r.rawInstance) })
}

// instanceElement is one instance in a terraform.tfstate.
type instanceElement struct {
	attributes, sensitive *scanner
	skip                  bool
}

// rawResources goes over the instances of the resources of a terraform.tfstate.
func (r *reading) rawResources(f func(*element, *instanceElement) error) error {
	if r.s.peek() != '[' {
		return r.s.skip()
	}
	return r.s.array(func() error {
		if r.stopped {
			return errStop
		}
		return r.rawResource(f)
	})
}

// rawResource goes over the instances of one resource. Terraform writes what they share before them; where another tool
// has changed the order, they are kept until it is known.
func (r *reading) rawResource(f func(*element, *instanceElement) error) error {
	e := &element{}
	var module, name, kept string
	instances := func() error {
		e.address = name
		if module != "" {
			e.address = module + "." + name
		}
		return r.elements(e.address, func(raw *scanner) error { return r.rawElement(e, raw, f) })
	}
	err := r.s.object(func(key string) error {
		switch key {
		case "module", "name", "type", "mode":
			text, err := r.shortText()
			switch key {
			case "module":
				module = text
			case "name":
				name = text
			case "type":
				e.typ = text
			default:
				e.data = text == "data"
			}
			return err
		case "instances":
			if e.typ != "" && name != "" {
				name = rawName(e, name)
				return instances()
			}
			raw, err := r.s.capture(maxResource)
			if err == nil && raw != nil {
				kept = string(raw.buf)
			} else if err == nil {
				r.refused("a resource", errSize)
			}
			return err
		}
		return r.s.skip()
	})
	if err != nil || kept == "" {
		return err
	}
	name = rawName(e, name)
	outer := r.s
	defer func() { r.s = outer }()
	r.s = &scanner{buf: []byte(kept), keep: -1, line: outer.line, words: r.words}
	return instances()
}

func rawName(e *element, name string) string {
	if e.data {
		return "data." + e.typ + "." + name
	}
	return e.typ + "." + name
}

// rawElement reads one instance; base is its resource.
func (r *reading) rawElement(base *element, raw *scanner, f func(*element, *instanceElement) error) error {
	e, i := *base, &instanceElement{}
	e.line, e.column = raw.place()
	err := raw.object(func(key string) (err error) {
		switch key {
		case "index_key":
			isText := raw.peek() == '"'
			r.resourceStarts()
			n, err := r.node(raw, 0)
			if index, ok := scalarText(&n); ok {
				e.address += instanceKey(index, isText)
			}
			return err
		case "deposed":
			i.skip = raw.peek() == '"'
		case "dependencies", "depends_on":
			e.dependsOn, err = r.texts(raw)
			return err
		case "attributes":
			i.attributes, err = raw.capture(-1)
			return err
		case "sensitive_attributes":
			i.sensitive, err = raw.capture(-1)
			return err
		}
		return raw.skip()
	})
	if err != nil || i.skip || i.attributes == nil {
		return err
	}
	return f(&e, i)
}

// rawInstance adds an instance.
func (r *reading) rawInstance(e *element, i *instanceElement) error {
	if !r.tr.Knows(e.typ, e.data) {
		return nil
	}
	r.resourceStarts()
	values, err := r.parts(e.address, i.attributes, i.sensitive)
	if err != nil || values == nil {
		return err
	}
	for p := range values[1].Items {
		concealAt(&values[0], &values[1].Items[p])
	}
	r.exists(e, &values[0], nil)
	return nil
}

// concealAt marks the value at a path of sensitive_attributes: a list of steps, or a single step in older files. What lies
// below a step that is not there, or is an index into a set, makes the whole before it sensitive.
func concealAt(n, path *terraform.Node) {
	steps := path.Items
	if path.Kind == inventory.Map {
		steps = []terraform.Node{*path}
	}
	for i := range steps {
		to := stepInto(n, members(&steps[i]).get("value"))
		if to == nil {
			if i == 0 {
				return
			}
			break
		}
		n = to
	}
	conceal(n)
}

// stepInto finds a member or element; the value of an index step is wrapped with its type.
func stepInto(n, by *terraform.Node) *terraform.Node {
	if by != nil && by.Kind == inventory.Map {
		by = members(by).get("value")
	}
	if by == nil {
		return nil
	}
	switch {
	case by.Kind == inventory.String:
		return members(n).get(by.Text)
	case by.Kind == inventory.Number && by.Number >= 0:
		return item(n, int(by.Number))
	}
	return nil
}
