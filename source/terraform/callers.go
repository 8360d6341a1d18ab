package terraform

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
)

// This file holds what a reader of a tool that runs Terraform (source/terragrunt) needs: values and files that the tool
// gives to a root, and the language itself for the tool's own expressions.

// Input is a value for a variable of the root that the tool which runs Terraform gives through the environment
// (TF_VAR_name). Value files of the root and the command line go before it, as in Terraform.
type Input struct {
	// Value may carry marks; see Came, Assume and Missing.
	Value cty.Value
	// Text says that Value is text as it stands in the environment: an expression when the variable is no scalar.
	Text bool
	// Note and At say in the value's trail where it comes from.
	Note string
	At   diag.Range
}

// File is a file that the tool lays over the root's directory before Terraform runs there: it replaces the directory's
// file of that name or comes beside it.
type File struct {
	// Name is the base name: "provider.tf", "terraform.tfvars".
	Name string
	Data []byte
	// At is the place of the first line of Data in what the user wrote.
	At diag.Range
}

// Functions returns the language's functions by name, those that read files bound to a directory. The table is the
// caller's to change.
func (l *Loader) Functions(dir string) map[string]function.Function {
	return (&run{loader: l, dir: dir, inv: &inventory.Inventory{}}).functionTable()
}

// Lazy prepares an expression for evaluation as the reader evaluates its own: a conditional gives the branch that is
// taken with the marks of that branch only. It changes e in place; use what it returns.
func Lazy(e hcl.Expression) hcl.Expression {
	if x, ok := e.(hclsyntax.Expression); ok {
		return rewrite(x)
	}
	return e
}

// IsTemplate reports whether an expression, as written or as Lazy returns it, is a text with or without parts.
func IsTemplate(e hcl.Expression) bool {
	switch e.(type) {
	case *hclsyntax.TemplateExpr, *partialTemplate:
		return true
	}
	return false
}

// TooDeep reports whether a file of HCL nests so deeply that it must not be parsed, and where.
func TooDeep(data []byte) (line int, deep bool) { return nestsTooDeeply(data) }

// IsLimit reports whether a function failed because it asked for more than the reader gives.
func IsLimit(err error) bool { return errors.Is(err, errLimit) }

// farthest is where the first step of a value stands in its trail, seen from the variable that it is given to: the steps
// of the root and its modules come first, with depths from 0 up.
const farthest = -1_000

// Came marks a value as having come through a step. Each step stands nearer in the trail than those before it.
func Came(v cty.Value, step inventory.Step) cty.Value {
	return v.Mark(&stepMark{kind: stepTrail, depth: nearer(v), step: step})
}

// Assume marks a value as resting on a default.
func Assume(v cty.Value, step inventory.Step) cty.Value {
	return v.Mark(&stepMark{kind: stepAssumed, depth: nearer(v), step: step})
}

func nearer(v cty.Value) int {
	depth := farthest
	for m := range v.Marks() {
		if s, ok := m.(*stepMark); ok && s.depth < 0 {
			depth = max(depth, s.depth+1)
		}
	}
	return min(depth, -1)
}

// Missing makes an unknown value that the given step would decide.
func Missing(step inventory.Step) cty.Value { return unresolved(farthest, step) }

// Secret marks a value that must not be printed.
func Secret(v cty.Value) cty.Value { return v.Mark(sensitiveMark{}) }

// WouldDecide returns the steps that would decide a value that is unknown or has unknown parts.
func WouldDecide(v cty.Value) []inventory.Step {
	_, marks := v.UnmarkDeep()
	meta, _, _ := metaOf(marks)
	if meta == nil {
		return nil
	}
	return meta.Unresolved
}

// ModuleDir finds a module source in the user's module map, exactly or with the submodule ("//modules/x") following the
// directory.
func (o *Options) ModuleDir(tree *rootfs.Tree, source string) (string, bool) {
	return mappedDir(tree, o.Modules, source)
}

// IsOverlay reports whether a file that is laid over a directory matters: configuration, or a value file that Terraform
// reads by itself.
func IsOverlay(name string) bool { return isConfig(name) || isAutomatic(name) }

// laidOver finds a file that is laid over the root's directory.
func (r *run) laidOver(name string) *File {
	i := slices.IndexFunc(r.opts.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &r.opts.Files[i]
}

// givenInputs are the values from the environment.
func (r *run) givenInputs(m *module) map[string]givenValue {
	out := make(map[string]givenValue, len(r.opts.Inputs))
	for name, in := range r.opts.Inputs {
		v := in.Value
		if in.Text && v.IsKnown() && !v.IsMarked() && v.Type() == cty.String && !v.IsNull() {
			v = commandLineValue(m.variables[name], v.AsString())
		}
		out[name] = givenValue{value: v, note: in.Note, at: in.At}
	}
	return out
}

// scope is what addresses of the root are relative to.
func (r *run) scope() string {
	if r.opts.Scope != "" {
		return r.opts.Scope
	}
	return r.dir
}

// addOver parses the configuration among the files that are laid over the directory.
func (m *module) addOver(files []File) {
	for _, f := range files {
		if isConfig(path.Base(f.Name)) {
			m.parseData(f.At, strings.HasSuffix(f.Name, ".json"), f.Data, isOverride(f.Name))
		}
	}
}
