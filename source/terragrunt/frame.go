package terragrunt

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
)

const (
	// maxIncludes bounds how deep included files may include others; Terragrunt allows one level.
	maxIncludes = 8
	// maxReads bounds how deep read_terragrunt_config may nest.
	maxReads = 16
	// maxEvaluation bounds how deep locals may refer to each other.
	maxEvaluation = 200
)

// frame is a file in the place that it is evaluated in.
type frame struct {
	u   *unit
	doc *document
	// config is what Terragrunt takes as the configuration's path: the unit's file also for the files it includes.
	config string
	// via is the path of this file when another included it, empty otherwise.
	via   string
	level int // of inclusion
	given *values

	functions functionTable
	includes  []*include
	listed    bool
	memo      map[string]cty.Value
	busy      map[string]bool
	set       *inputSet
}

// include is one include block.
type include struct {
	name, path string
	bare       bool
	// strategy is "shallow", "deep" or "no_merge".
	strategy string
	frame    *frame // nil when the file was not read
	at       diag.Range
}

// values are what a stack gives to a unit.
type values struct {
	value cty.Value
	at    diag.Range
}

func (u *unit) frame(doc *document, config string) *frame {
	return &frame{u: u, doc: doc, config: config, memo: map[string]cty.Value{}, busy: map[string]bool{}}
}

// eval evaluates an expression. What fails is unknown and says so.
func (f *frame) eval(e *expr) cty.Value {
	u := f.u
	if u.depth++; u.depth > maxEvaluation {
		u.depth--
		return terraform.Missing(inventory.Step{Name: e.name, Note: "is not evaluated: references nest too deeply", At: e.at})
	}
	u.at = append(u.at, e)
	defer func() { u.depth--; u.at = u.at[:len(u.at)-1] }()
	v, diags := e.Value(f.context(e))
	if diags.HasErrors() || v == cty.NilVal {
		return f.failed(e, diags)
	}
	return v
}

// failed is the unknown that stands for an expression which could not be evaluated. A file that is missing or lies
// outside and a bound that was hit are told, because a user can mend them.
func (f *frame) failed(e *expr, diags hcl.Diagnostics) cty.Value {
	note := "could not be evaluated"
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		note += ": " + d.Summary
		if x, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); ok {
			at := e.at
			if d.Subject != nil {
				at = place(*d.Subject)
			}
			f.u.tellFailure(at, x.CalledFunctionName(), x.FunctionCallError())
		}
		break
	}
	return terraform.Missing(inventory.Step{Name: e.name, Note: note, At: e.at})
}

func (u *unit) tellFailure(at diag.Range, name string, err error) {
	switch {
	case errors.Is(err, rootfs.ErrOutside):
		u.inv.Diags.Errorf(at, "File outside the repository root", "%s(): %v. Give --root DIR to widen the boundary.", name, err)
	case errors.Is(err, fs.ErrNotExist):
		u.inv.Diags.Skipf(at, "File not found", "%s(): %v. The value is taken as unknown.", name, err)
	case terraform.IsLimit(err):
		u.inv.Diags.Errorf(at, "Limit reached", "%s(): %v. The value is taken as unknown.", name, err)
	}
}

// context offers an expression the names that it reads and no others.
func (f *frame) context(e *expr) *hcl.EvalContext {
	wanted := map[string][][]string{}
	for _, t := range e.Variables() {
		wanted[t.RootName()] = append(wanted[t.RootName()], attributeNames(t[1:]))
	}
	vars := make(map[string]cty.Value, len(wanted))
	for root, paths := range wanted {
		if v := f.root(root, paths); v != cty.NilVal {
			vars[root] = v
		}
	}
	return &hcl.EvalContext{Variables: vars, Functions: f.table()}
}

// root makes the value of a name with the attributes that are read from it; NilVal for a name that means nothing.
func (f *frame) root(name string, paths [][]string) cty.Value {
	switch name {
	case "local":
		return f.members(paths, f.localNames, f.local)
	case "feature":
		return f.members(paths, f.labels("feature"), f.feature)
	case "dependency", "unit", "stack":
		return f.outputs(name, paths)
	case "include":
		return f.includeValue(paths)
	case "values":
		return f.members(paths, f.valueNames, f.value)
	}
	return cty.NilVal
}

// attributeNames collects the names at the beginning of a traversal; an index with a text is a name too.
func attributeNames(t hcl.Traversal) []string {
	var out []string
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseAttr:
			out = append(out, s.Name)
		case hcl.TraverseIndex:
			if s.Key.Type() != cty.String || !s.Key.IsKnown() || s.Key.IsNull() {
				return out
			}
			out = append(out, s.Key.AsString())
		default:
			return out
		}
	}
	return out
}

// members makes an object of the members that the paths begin with, or of all when one path names none.
func (f *frame) members(paths [][]string, all func() []string, get func(string) cty.Value) cty.Value {
	var names []string
	for _, p := range paths {
		if len(p) == 0 {
			names = all()
			break
		}
		names = append(names, p[0])
	}
	out := make(map[string]cty.Value, len(names))
	for _, n := range names {
		if _, ok := out[n]; !ok {
			out[n] = get(n)
		}
	}
	return cty.ObjectVal(out)
}

func (f *frame) labels(typ string) func() []string {
	return func() []string {
		var out []string
		for _, b := range f.doc.all(typ) {
			out = append(out, b.label())
		}
		return out
	}
}

func (f *frame) localNames() []string {
	var out []string
	for _, b := range f.doc.all("locals") {
		out = append(out, b.order...)
	}
	return out
}

// once evaluates what key names a single time; a name that is asked for meanwhile depends on itself.
func (f *frame) once(key string, get func() cty.Value) cty.Value {
	if v, ok := f.memo[key]; ok {
		return v
	}
	if f.busy[key] {
		f.u.inv.Diags.Errorf(f.u.here(), "Reference cycle", "%s of %s depends on itself. Terragrunt would refuse it; the value is taken as unknown.", key, f.doc.file)
		return terraform.Missing(inventory.Step{Name: key, Note: "depends on itself", At: f.u.here()})
	}
	f.busy[key] = true
	v := get()
	delete(f.busy, key)
	f.memo[key] = v
	return v
}

// local evaluates a local. Its leaves remember the place where it is written.
func (f *frame) local(name string) cty.Value {
	return f.once("local."+name, func() cty.Value {
		for _, b := range f.doc.all("locals") {
			if e := b.attrs[name]; e != nil {
				step := inventory.Step{Name: "local." + name, Note: "terragrunt local", At: e.at}
				v := f.eval(e)
				return markLeaves(v, func(leaf cty.Value) cty.Value { return terraform.Came(leaf, step) })
			}
		}
		return terraform.Missing(inventory.Step{Name: "local." + name, Note: "is not declared", At: f.u.here()})
	})
}

// feature is a feature flag: its default, which the command line or the environment may change.
func (f *frame) feature(name string) cty.Value {
	return f.once("feature."+name, func() cty.Value {
		v := terraform.Missing(inventory.Step{Name: "feature." + name, Note: "is not declared", At: f.u.here()})
		for _, b := range f.doc.all("feature") {
			if e := b.attrs["default"]; e != nil && b.label() == name {
				v = terraform.Assume(f.eval(e), inventory.Step{Name: "feature." + name, Note: "default", At: e.at})
			}
		}
		return cty.ObjectVal(map[string]cty.Value{"value": v})
	})
}

// outputs makes the value of `dependency` (and of a stack's `unit` and `stack`): what other units give out is known only
// when they are applied, so each path that is read is an unknown with its name.
func (f *frame) outputs(root string, paths [][]string) cty.Value {
	slices.SortFunc(paths, func(a, b []string) int { return len(a) - len(b) })
	tree := branch{}
	for _, p := range paths {
		if len(p) > 3 { // dependency.x.outputs.y, whatever is read from y
			p = p[:3]
		}
		tree.put(p)
	}
	return tree.value(func(p string) cty.Value {
		return terraform.Missing(inventory.Step{Name: root + p, Note: "is known only when applied", At: f.u.here()})
	}, "")
}

// branch is a tree of names; a leaf has none below it.
type branch map[string]branch

// put adds a path. A path that goes on below a leaf, or an empty one, is covered by the leaf; put shorter ones first.
func (b branch) put(p []string) {
	for i, n := range p {
		below, ok := b[n]
		if ok && len(below) == 0 {
			return
		}
		if !ok {
			below = branch{}
			b[n] = below
		}
		if i == len(p)-1 {
			return
		}
		b = below
	}
}

func (b branch) value(leaf func(string) cty.Value, at string) cty.Value {
	if len(b) == 0 {
		return leaf(at)
	}
	out := make(map[string]cty.Value, len(b))
	for n, below := range b {
		out[n] = below.value(leaf, at+"."+n)
	}
	return cty.ObjectVal(out)
}

func (f *frame) valueNames() []string {
	v, _ := f.stackValues().UnmarkDeep()
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil
	}
	var out []string
	for n := range v.AsValueMap() {
		out = append(out, n)
	}
	return out
}

// value is one of the values that a stack gives to a unit.
func (f *frame) value(name string) cty.Value {
	all, marks := f.stackValues().Unmark()
	if all.IsKnown() && !all.IsNull() && all.CanIterateElements() {
		if v, ok := all.AsValueMap()[name]; ok {
			return v.WithMarks(marks)
		}
		return terraform.Missing(inventory.Step{Name: "values." + name, Note: "is not given by the stack", At: f.u.here()})
	}
	return terraform.Missing(inventory.Step{Name: "values." + name, Note: "is given by a stack that is not read here", At: f.u.here()})
}

// stackValues are the values given by a stack, else those of the values file beside the configuration.
func (f *frame) stackValues() cty.Value {
	return f.once("values", func() cty.Value {
		if f.given != nil {
			return f.given.value
		}
		name := f.u.tree.Join(path.Dir(f.doc.file), valuesFile)
		if _, err := f.u.tree.Stat(name); err != nil {
			return cty.DynamicVal
		}
		doc := f.u.document(name)
		if doc == nil {
			return cty.DynamicVal
		}
		return f.u.valuesOf(f.u.frame(doc, name))
	})
}

// valuesOf evaluates a values file: each attribute is a value.
func (u *unit) valuesOf(f *frame) cty.Value {
	out := map[string]cty.Value{}
	for _, n := range f.doc.order {
		step := inventory.Step{Name: "values." + n, Note: "values file", At: f.doc.attrs[n].at}
		out[n] = markLeaves(f.eval(f.doc.attrs[n]), func(v cty.Value) cty.Value { return terraform.Came(v, step) })
	}
	return cty.ObjectVal(out)
}

// maxLeaves bounds how many leaves of one value are marked singly; a larger value is marked as a whole.
const maxLeaves = 2_000

// markLeaves marks the leaves of a value, so that a member taken from it remembers its own place and not its neighbours'.
func markLeaves(v cty.Value, mark func(cty.Value) cty.Value) cty.Value {
	n := 0
	_ = cty.Walk(v, func(cty.Path, cty.Value) (bool, error) { n++; return n <= maxLeaves, nil })
	if n > maxLeaves {
		return mark(v)
	}
	out, err := cty.Transform(v, func(_ cty.Path, x cty.Value) (cty.Value, error) {
		plain, _ := x.Unmark()
		if t := plain.Type(); plain.IsKnown() && !plain.IsNull() && (t.IsCollectionType() || t.IsObjectType() || t.IsTupleType()) {
			return x, nil
		}
		return mark(x), nil
	})
	if err != nil {
		return mark(v)
	}
	return out
}
