package terraform

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/onus-dev/onus/rootfs"
)

const (
	// maxTemplateDepth bounds templates that render templates.
	maxTemplateDepth = 8
	// maxFilesetFiles bounds how many files fileset() looks at.
	maxFilesetFiles = 50_000
)

// fileFunctions are the functions that read files: only inside the boundary, relative to the root's directory.
func (r *run) fileFunctions(others functionTable) functionTable {
	open := func(name string) ([]byte, error) { return r.loader.tree.ReadFile(r.loader.tree.Join(r.dir, name)) }
	out := functionTable{
		"file":       textFunc(1, func(a []string) (string, error) { return text(open(a[0])) }),
		"filebase64": textFunc(1, func(a []string) (string, error) { return encode(open(a[0])) }),
		"fileexists": r.fileExists(),
		"fileset":    r.fileset(),
	}
	for name, h := range hashes {
		out["file"+name] = hashOf(open, func(s string) string { return hex.EncodeToString(sumOf(h, s)) })
	}
	for _, name := range []string{"sha256", "sha512"} {
		out["filebase64"+name] = hashOf(open, func(s string) string { return base64.StdEncoding.EncodeToString(sumOf(hashes[name], s)) })
	}
	t := &templates{open: open, functions: functionTable{}, budget: &r.budget}
	maps.Copy(t.functions, others)
	maps.Copy(t.functions, out)
	out["templatefile"] = t.function(true)
	out["templatestring"] = t.function(false)
	t.functions["templatefile"], t.functions["templatestring"] = out["templatefile"], out["templatestring"]
	return out
}

func text(data []byte, err error) (string, error) {
	if err == nil && !utf8.Valid(data) {
		err = errors.New("the file is not UTF-8 text; filebase64() reads others")
	}
	return string(data), err
}

func encode(data []byte, err error) (string, error) {
	return base64.StdEncoding.EncodeToString(data), err
}

// hashOf makes a function that is unknown for a file which is not there: the build product of a later step, whose hash
// decides nothing about responsibility.
func hashOf(open func(string) ([]byte, error), sum func(string) string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			data, err := open(args[0].AsString())
			switch {
			case errors.Is(err, rootfs.ErrOutside):
				return cty.NilVal, err
			case err != nil:
				return cty.UnknownVal(cty.String), nil
			}
			return cty.StringVal(sum(string(data))), nil
		},
	})
}

func (r *run) fileExists() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			info, err := r.loader.tree.Stat(r.loader.tree.Join(r.dir, args[0].AsString()))
			if errors.Is(err, rootfs.ErrOutside) {
				return cty.NilVal, err
			}
			return cty.BoolVal(err == nil && info.Mode().IsRegular()), nil
		},
	})
}

func (r *run) fileset() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			base := r.loader.tree.Join(r.dir, args[0].AsString())
			if !r.loader.tree.Contains(base) {
				return cty.NilVal, fmt.Errorf("%s: %w", base, rootfs.ErrOutside)
			}
			left := maxFilesetFiles
			var found []cty.Value
			err := r.walk(base, "", &left, func(rel string) {
				if globMatch(strings.Split(args[1].AsString(), "/"), strings.Split(rel, "/")) {
					found = append(found, cty.StringVal(rel))
				}
			})
			if err != nil {
				return cty.NilVal, err
			}
			if len(found) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			return cty.SetVal(found), nil
		},
	})
}

func (r *run) walk(dir, rel string, left *int, visit func(rel string)) error {
	entries, err := r.loader.tree.ReadDir(dir)
	if err != nil {
		return nil // a directory that is not there has no files
	}
	for _, e := range entries {
		if *left--; *left < 0 {
			return fmt.Errorf("%w: more than %d files", errLimit, maxFilesetFiles)
		}
		name := path.Join(rel, e.Name())
		switch {
		case e.IsDir():
			if err := r.walk(r.loader.tree.Join(dir, e.Name()), name, left, visit); err != nil {
				return err
			}
		case e.Type().IsRegular():
			visit(name)
		}
	}
	return nil
}

// globMatch matches path segments; "**" takes any number of them, "{a,b}" either.
func globMatch(pattern, name []string) bool {
	if len(pattern) == 0 {
		return len(name) == 0
	}
	if pattern[0] == "**" {
		for i := range len(name) + 1 {
			if globMatch(pattern[1:], name[i:]) {
				return true
			}
		}
		return false
	}
	if len(name) == 0 {
		return false
	}
	return slices.ContainsFunc(alternatives(pattern[0]), func(p string) bool {
		ok, err := path.Match(p, name[0])
		return err == nil && ok
	}) && globMatch(pattern[1:], name[1:])
}

func alternatives(p string) []string {
	open, end := strings.IndexByte(p, '{'), strings.IndexByte(p, '}')
	if open < 0 || end < open {
		return []string{p}
	}
	var out []string
	for alt := range strings.SplitSeq(p[open+1:end], ",") {
		out = append(out, p[:open]+alt+p[end+1:])
	}
	return out
}

// templates renders templates for templatefile() and templatestring().
type templates struct {
	open      func(string) ([]byte, error)
	functions functionTable
	depth     int
	budget    *budget
}

func (t *templates) function(fromFile bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "template", Type: cty.String}, {
			Name: "vars", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		}},
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			src, name := args[0].AsString(), "template"
			if fromFile {
				name = src
				s, err := text(t.open(src))
				if err != nil {
					return cty.NilVal, err
				}
				src = s
			}
			vars, marks := args[1].Unmark()
			v, err := t.render(src, name, vars)
			if err != nil {
				return cty.NilVal, err
			}
			return v.WithMarks(marks), nil
		},
	})
}

func (t *templates) render(src, name string, vars cty.Value) (cty.Value, error) {
	if t.depth >= maxTemplateDepth {
		return cty.NilVal, fmt.Errorf("%w: templates nest over %d deep", errLimit, maxTemplateDepth)
	}
	if line, deep := nestsTooDeeply([]byte(src)); deep {
		return cty.NilVal, fmt.Errorf("%w: %s:%d nests over %d deep", errLimit, name, line, maxNesting)
	}
	parsed, diags := hclsyntax.ParseTemplate([]byte(src), name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, fmt.Errorf("%s:%d: %s", name, diags[0].Subject.Start.Line, diags[0].Summary)
	}
	expr := rewrite(parsed)
	ctx := &hcl.EvalContext{Functions: t.functions, Variables: map[string]cty.Value{budgetName: cty.CapsuleVal(budgetType, t.budget)}}
	if vars.IsKnown() && !vars.IsNull() && vars.CanIterateElements() {
		maps.Copy(ctx.Variables, vars.AsValueMap())
	} else {
		for _, v := range expr.Variables() {
			ctx.Variables[v.RootName()] = cty.DynamicVal
		}
	}
	t.depth++
	defer func() { t.depth-- }()
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return cty.NilVal, fmt.Errorf("%s: %s: %s", name, diags[0].Summary, diags[0].Detail)
	}
	return v, nil
}
