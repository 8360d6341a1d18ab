package terraform

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
)

// givenValue is a value that the user gave for a variable of the root.
type givenValue struct {
	value cty.Value
	note  string
	at    diag.Range
}

// readValues gathers the root's variable values in Terraform's order of precedence: the environment, which is an input
// only as far as Options.Inputs give it, then terraform.tfvars, then *.auto.tfvars by name, then -var-file and -var.
func (r *run) readValues(m *module) map[string]givenValue {
	out := r.givenInputs(m)
	for _, name := range r.automaticFiles() {
		if f := r.laidOver(name); f != nil {
			r.addVarFile(f.At.Path, f.Data, out)
			continue
		}
		r.readVarFile(r.loader.tree.Join(r.dir, name), false, out)
	}
	for _, name := range r.opts.VarFiles {
		r.readVarFile(name, true, out)
	}
	for _, pair := range r.opts.Vars {
		name, text, _ := strings.Cut(pair, "=")
		out[name] = givenValue{value: commandLineValue(m.variables[name], text), note: "-var"}
	}
	return out
}

func (r *run) automaticFiles() []string {
	entries, err := r.loader.tree.ReadDir(r.dir)
	if err != nil {
		return nil
	}
	var names, first, auto, others []string
	for _, e := range entries {
		if !e.IsDir() && r.laidOver(e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	for _, f := range r.opts.Files {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	for _, name := range names {
		switch {
		case name == "terraform.tfvars" || name == "terraform.tfvars.json":
			first = append(first, name)
		case isAutomatic(name):
			auto = append(auto, name)
		case strings.HasSuffix(name, ".tfvars") || strings.HasSuffix(name, ".tfvars.json"):
			others = append(others, name)
		}
	}
	r.tellUnusedFiles(others)
	return append(first, auto...)
}

// isAutomatic reports whether Terraform reads a value file of this name by itself.
func isAutomatic(name string) bool {
	return name == "terraform.tfvars" || name == "terraform.tfvars.json" ||
		strings.HasSuffix(name, ".auto.tfvars") || strings.HasSuffix(name, ".auto.tfvars.json")
}

// tellUnusedFiles names the value files that were not read: an answer that rests on defaults may differ with them.
func (r *run) tellUnusedFiles(names []string) {
	for _, name := range names {
		full := r.loader.tree.Join(r.dir, name)
		if !slices.Contains(r.opts.VarFiles, full) {
			r.inv.Diags.Add(diag.Diagnostic{Severity: diag.Note, Summary: "Variable file not used", Range: diag.Range{Path: full},
				Detail: "Terraform reads it only when it is named; answers may differ with it. Give -var-file " + full + "."})
		}
	}
}

func (r *run) readVarFile(name string, named bool, out map[string]givenValue) {
	data, err := r.readNamed(name, named)
	if err != nil {
		r.fail(diag.Range{Path: name}, "Variable file not read", "%v", err)
		return
	}
	r.addVarFile(name, data, out)
}

func (r *run) addVarFile(name string, data []byte, out map[string]givenValue) {
	if line, deep := nestsTooDeeply(data); deep {
		r.fail(diag.Range{Path: name, Line: line, Column: 1}, "Nested too deeply", "Brackets nest over %d deep here; the file was left out.", maxNesting)
		return
	}
	var attrs hcl.Attributes
	var diags hcl.Diagnostics
	if strings.HasSuffix(name, ".json") {
		file, d := json.Parse(data, name)
		diags = d
		if file != nil && file.Body != nil {
			attrs, _ = file.Body.JustAttributes()
		}
	} else {
		file, d := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
		diags = d
		if file != nil {
			attrs, _ = file.Body.JustAttributes()
		}
	}
	for _, d := range diags {
		if d.Severity == hcl.DiagError && d.Subject != nil {
			r.fail(rangeOf(*d.Subject), d.Summary, "%s", d.Detail)
		}
	}
	for _, a := range attrs {
		v, d := a.Expr.Value(nil)
		if d.HasErrors() {
			v = cty.DynamicVal
		}
		out[a.Name] = givenValue{value: v, note: "variable file", at: rangeOf(a.NameRange)}
	}
}

// readNamed reads a file of the tree; one that the user named may lie anywhere.
func (r *run) readNamed(name string, named bool) ([]byte, error) {
	if named && !r.loader.tree.Contains(name) {
		return os.ReadFile(name)
	}
	data, err := r.loader.tree.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && named {
		return nil, errors.New("the file does not exist")
	}
	return data, err
}

// commandLineValue reads a value as Terraform does: text for a variable of type string or none, an expression otherwise.
func commandLineValue(decl *variable, text string) cty.Value {
	if decl == nil || decl.typ == cty.String || decl.typ == cty.DynamicPseudoType || decl.typ.IsPrimitiveType() {
		return cty.StringVal(text)
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), "-var", hcl.InitialPos)
	if diags.HasErrors() {
		return cty.StringVal(text)
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() {
		return cty.StringVal(text)
	}
	return v
}
