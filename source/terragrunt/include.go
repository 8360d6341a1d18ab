package terragrunt

import (
	"path"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// included lists the files that this one includes, in source order, each opened once.
func (f *frame) included() []*include {
	if f.listed {
		return f.includes
	}
	f.listed = true
	for _, b := range f.doc.all("include") {
		f.includes = append(f.includes, f.include(b))
	}
	return f.includes
}

// lacksInclude reports whether a file that this one includes was not read.
func (f *frame) lacksInclude() bool {
	return slices.ContainsFunc(f.included(), func(inc *include) bool { return inc.frame == nil || inc.frame.lacksInclude() })
}

func (f *frame) include(b *node) *include {
	inc := &include{name: b.label(), bare: len(b.labels) == 0, strategy: "shallow", at: b.at}
	if e := b.attrs["merge_strategy"]; e != nil {
		if s, ok := textOf(f.eval(e)); ok {
			inc.strategy = s
		}
	}
	e := b.attrs["path"]
	if e == nil {
		f.u.inv.Diags.Errorf(b.at, "Include without a path", "An include block names the file to include as path; the block was left out.")
		return inc
	}
	before := len(f.u.inv.Diags)
	v := f.eval(e)
	name, ok := textOf(v)
	if !ok {
		if len(f.u.inv.Diags) == before { // else the reason was told
			f.u.inv.Diags.Skipf(e.at, "Include not read", "Its path is not known here%s. What the file says is missing from the answer.", because(v))
		}
		return inc
	}
	inc.path = f.u.tree.Join(path.Dir(f.config), name)
	f.u.at = append(f.u.at, e)
	defer func() { f.u.at = f.u.at[:len(f.u.at)-1] }()
	inc.frame = f.openInclude(inc.path)
	return inc
}

// openInclude makes the frame of an included file: it is evaluated in the place of the file that includes it.
func (f *frame) openInclude(name string) *frame {
	u := f.u
	if f.level >= maxIncludes {
		u.inv.Diags.Errorf(u.here(), "Includes nest too deeply", "%s is included at depth %d; at most %d are followed. A file may be including itself.", name, f.level+1, maxIncludes)
		return nil
	}
	if u.tree.Absolute(name) == u.tree.Absolute(f.doc.file) {
		u.inv.Diags.Errorf(u.here(), "Include cycle", "%s includes itself; the include was left out.", name)
		return nil
	}
	doc := u.document(name)
	if doc == nil {
		return nil
	}
	in := u.frame(doc, f.config)
	in.via, in.level, in.given = name, f.level+1, f.given
	return in
}

// because names what would decide an unknown value, in brackets; empty when nothing is known of it.
func because(v cty.Value) string {
	if steps := terraform.WouldDecide(v); len(steps) > 0 {
		return " (" + steps[0].Name + " " + steps[0].Note + ")"
	}
	return ""
}

// textOf returns a known text.
func textOf(v cty.Value) (string, bool) {
	v, _ = v.Unmark()
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// includeValue makes the value of `include`: by label, or for a single bare include the configuration itself. Whether an
// include says expose makes no difference here.
func (f *frame) includeValue(paths [][]string) cty.Value {
	list := f.included()
	if len(list) == 1 && list[0].bare {
		return f.exposed(list[0], paths)
	}
	below := map[string][][]string{}
	for _, p := range paths {
		if len(p) == 0 {
			for _, inc := range list {
				below[inc.name] = append(below[inc.name], nil)
			}
			continue
		}
		below[p[0]] = append(below[p[0]], p[1:])
	}
	out := map[string]cty.Value{}
	for name, rest := range below {
		i := slices.IndexFunc(list, func(inc *include) bool { return inc.name == name })
		if i < 0 {
			out[name] = terraform.Missing(inventory.Step{Name: "include." + name, Note: "is not declared", At: f.u.here()})
			continue
		}
		out[name] = f.exposed(list[i], rest)
	}
	return cty.ObjectVal(out)
}

func (f *frame) exposed(inc *include, paths [][]string) cty.Value {
	if inc.frame == nil {
		return terraform.Missing(inventory.Step{Name: "include." + inc.name, Note: "was not read", At: f.u.here()})
	}
	return inc.frame.configuration(paths)
}

// exposedNames are the members of a configuration that is read whole.
var exposedNames = []string{"locals", "inputs", "dependency", "feature", "terraform", "remote_state"}

// configuration makes a configuration a value with the members that the paths begin with, or all.
func (f *frame) configuration(paths [][]string) cty.Value {
	all := func() []string {
		out := slices.Clone(exposedNames)
		for _, n := range f.doc.order {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
		return out
	}
	return f.members(paths, all, f.exposedMember)
}

func (f *frame) exposedMember(name string) cty.Value {
	switch name {
	case "locals":
		return f.members([][]string{nil}, f.localNames, f.local)
	case "inputs":
		return f.inputs().object()
	case "dependency":
		var paths [][]string
		for _, n := range f.labels("dependency")() {
			paths = append(paths, []string{n, "outputs"})
		}
		if len(paths) == 0 {
			return cty.EmptyObjectVal
		}
		return f.outputs("dependency", paths)
	case "feature":
		return f.members([][]string{nil}, f.labels("feature"), f.feature)
	case "terraform", "remote_state":
		return f.blockValue(name)
	}
	if e := f.doc.attrs[name]; e != nil {
		return f.once(name, func() cty.Value { return f.eval(e) })
	}
	return terraform.Missing(inventory.Step{Name: name, Note: "is not in " + f.doc.file, At: f.u.here()})
}

// blockValue makes an object of the attributes of a block, empty when there is none.
func (f *frame) blockValue(typ string) cty.Value {
	return f.once(typ, func() cty.Value {
		out := map[string]cty.Value{}
		for _, b := range f.doc.all(typ) {
			for _, n := range b.order {
				out[n] = f.eval(b.attrs[n])
			}
		}
		return cty.ObjectVal(out)
	})
}

// readConfig reads a configuration for read_terragrunt_config.
func (f *frame) readConfig(name string) cty.Value {
	u := f.u
	key := u.tree.Absolute(name)
	missing := func(note string) cty.Value {
		return terraform.Missing(inventory.Step{Name: "read_terragrunt_config(" + name + ")", Note: note, At: u.here()})
	}
	switch {
	case slices.Contains(u.reading, key):
		u.inv.Diags.Errorf(u.here(), "Configuration cycle", "%s is read while it is being read itself. Terragrunt would not end; the value is taken as unknown.", name)
		return missing("reads itself")
	case len(u.reading) >= maxReads:
		u.inv.Diags.Errorf(u.here(), "Configurations nest too deeply", "read_terragrunt_config nests over %d deep at %s; the value is taken as unknown.", maxReads, name)
		return missing("nests too deeply")
	}
	in := u.configs[key]
	if in == nil {
		doc := u.document(name)
		if doc == nil {
			return missing("was not read")
		}
		in = u.frame(doc, name)
		u.configs[key] = in
	}
	u.reading = append(u.reading, key)
	defer func() { u.reading = u.reading[:len(u.reading)-1] }()
	if path.Base(name) == valuesFile {
		return in.once("values", func() cty.Value { return u.valuesOf(in) })
	}
	return in.configuration([][]string{nil})
}
