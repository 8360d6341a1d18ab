package terragrunt

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

// placed is a block with the frame that it is evaluated in.
type placed struct {
	*node
	in *frame
}

// gather collects the blocks of a type (below the terraform block when within is set) of a configuration and the files
// it includes. A block replaces the one of the same label from an included file; others come after the included ones.
func (f *frame) gather(typ string, within string) []placed {
	own := f.doc.all(typ)
	if within != "" {
		own = nil
		for _, b := range f.doc.all(within) {
			own = append(own, b.all(typ)...)
		}
	}
	var out []placed
	for _, inc := range f.included() {
		if inc.frame != nil && inc.strategy != "no_merge" {
			for _, b := range inc.frame.gather(typ, within) {
				out = replace(out, b)
			}
		}
	}
	for _, b := range own {
		out = replace(out, placed{b, f})
	}
	return out
}

func replace(list []placed, b placed) []placed {
	i := slices.IndexFunc(list, func(x placed) bool { return x.label() == b.label() })
	if i < 0 {
		return append(list, b)
	}
	list[i] = b
	return list
}

// extraArguments adds what the extra_arguments blocks give to plan or apply: value files, -var, and TF_VAR_ variables,
// which go before inputs because Terragrunt sets only those that the environment lacks. What the user gave to onus comes
// last and holds. Where one command line mixes -var and -var-file, -var is taken as the later.
func (u *unit) extraArguments(f *frame, m *moduleDir, opts *terraform.Options) {
	var files, vars []string
	for _, b := range f.gather("extra_arguments", "terraform") {
		if !b.forPlanOrApply() {
			continue
		}
		b.environment(opts)
		for _, a := range b.texts("arguments", opts) {
			switch {
			case strings.HasPrefix(a.text, "-var-file="):
				files = u.valueFile(files, m, strings.TrimPrefix(a.text, "-var-file="), a.at, true)
			case strings.HasPrefix(a.text, "-var="):
				vars = append(vars, strings.TrimPrefix(a.text, "-var="))
			}
		}
		for _, a := range b.texts("required_var_files", opts) {
			files = u.valueFile(files, m, a.text, a.at, true)
		}
		for _, a := range b.texts("optional_var_files", opts) {
			files = u.valueFile(files, m, a.text, a.at, false)
		}
	}
	opts.VarFiles = slices.Concat(files, opts.VarFiles)
	opts.Vars = slices.Concat(vars, opts.Vars)
}

// forPlanOrApply reports whether a block is for the commands that matter; commands that are not known count.
func (b placed) forPlanOrApply() bool {
	e := b.attrs["commands"]
	if e == nil {
		return false
	}
	list, _ := b.in.eval(e).UnmarkDeep()
	if !isCollection(list) || isMap(list) || !list.IsWhollyKnown() {
		return true
	}
	return slices.ContainsFunc(list.AsValueSlice(), func(v cty.Value) bool {
		s, _ := textOf(v)
		return s == "plan" || s == "apply"
	})
}

type argument struct {
	text string
	at   diag.Range
}

// texts evaluates a list of texts. A member that is not known may be any value file, so it may set any variable.
func (b placed) texts(name string, opts *terraform.Options) []argument {
	e := b.attrs[name]
	if e == nil {
		return nil
	}
	v, _ := b.in.eval(e).Unmark()
	if !isCollection(v) || isMap(v) {
		opts.MayBeSet = argumentStep(v, name, e.at)
		return nil
	}
	var out []argument
	for it := v.ElementIterator(); it.Next(); {
		_, x := it.Element()
		if s, ok := textOf(x); ok {
			out = append(out, argument{s, e.at})
		} else if name != "arguments" {
			opts.MayBeSet = argumentStep(x, name, e.at)
		}
	}
	return out
}

func argumentStep(v cty.Value, name string, at diag.Range) *inventory.Step {
	step := inventory.Step{Name: name, Note: "may name a file that sets it", At: at}
	if steps := terraform.WouldDecide(v); len(steps) > 0 {
		step.Name = steps[0].Name
	}
	return &step
}

// environment takes the TF_VAR_ variables among env_vars.
func (b placed) environment(opts *terraform.Options) {
	e := b.attrs["env_vars"]
	if e == nil {
		return
	}
	v, marks := b.in.eval(e).Unmark()
	if !isMap(v) {
		return
	}
	for name, x := range v.AsValueMap() {
		if name, ok := strings.CutPrefix(name, "TF_VAR_"); ok {
			opts.Inputs[name] = terraform.Input{Value: x.WithMarks(marks), Text: true, Note: "terragrunt env_vars", At: e.at}
		}
	}
}

// valueFile adds a value file, looked for where Terraform runs: the module's directory with the unit's laid over it. A
// name never leads out of the boundary.
func (u *unit) valueFile(files []string, m *moduleDir, name string, at diag.Range, required bool) []string {
	for _, dir := range []string{path.Dir(u.config), path.Dir(u.file), m.dir} {
		full := u.tree.Join(dir, name)
		if _, err := u.tree.Stat(full); err == nil {
			return append(files, full)
		}
	}
	if required {
		u.inv.Diags.Skipf(at, "Variable file not found", "The unit %s gives the value file %s, which does not exist inside the repository root. What it sets is missing from the answer.", path.Dir(u.config), name)
	}
	return files
}

// readValueFile reads a .tfvars file as JSON text, for read_tfvars_file.
func (f *frame) readValueFile(name string) (cty.Value, error) {
	data, err := f.u.tree.ReadFile(name)
	if err != nil {
		return cty.NilVal, err
	}
	if len(data) > maxConfig {
		return cty.NilVal, fmt.Errorf("%s has over %d MB", name, maxConfig>>20)
	}
	if line, deep := terraform.TooDeep(data); deep {
		return cty.NilVal, fmt.Errorf("%s:%d nests too deeply", name, line)
	}
	var file *hcl.File
	var diags hcl.Diagnostics
	if strings.HasSuffix(name, ".json") {
		file, diags = json.Parse(data, name)
	} else {
		file, diags = hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	}
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	attrs, _ := file.Body.JustAttributes()
	out := make(map[string]cty.Value, len(attrs))
	for n, a := range attrs {
		v, diags := a.Expr.Value(nil)
		if diags.HasErrors() {
			return cty.NilVal, diags
		}
		out[n] = v
	}
	text, err := jsonText(cty.ObjectVal(out))
	if err != nil {
		return cty.NilVal, err
	}
	return terraform.Came(text, inventory.Step{Name: "read_tfvars_file()", Note: "variable file", At: diag.Range{Path: name}}), nil
}
