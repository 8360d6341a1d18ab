package terragrunt

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
)

type functionTable = map[string]function.Function

// maxParents bounds how many parent folders are looked into, as Terragrunt does.
const maxParents = 100

// Commands that Terragrunt's functions list; only plan and apply matter here.
var (
	commandsWithVars        = []string{"apply", "console", "destroy", "import", "plan", "push", "refresh"}
	commandsWithLocking     = []string{"apply", "destroy", "import", "plan", "refresh", "taint", "untaint"}
	commandsWithInput       = []string{"apply", "import", "init", "plan", "refresh"}
	commandsWithParallelism = []string{"apply", "destroy", "plan"}
)

// onlyRun are functions whose result only a run can tell: the command, its environment, credentials and platform.
var onlyRun = []string{
	"run_cmd", "get_platform", "get_working_dir", "get_terraform_command", "get_terraform_cli_args",
	"get_aws_account_alias", "get_aws_account_id", "get_aws_caller_identity_arn", "get_aws_caller_identity_user_id",
	"get_terragrunt_source_cli_flag", "get_default_retryable_errors", "mark_glob_as_read", "constraint_check",
}

// table is Terraform's functions with Terragrunt's over them. Those that read files start from the file's directory.
func (f *frame) table() functionTable {
	if f.functions != nil {
		return f.functions
	}
	dir := path.Dir(f.doc.file)
	base := f.u.functions[dir]
	if base == nil {
		base = f.u.loader.Functions(dir)
		f.u.functions[dir] = base
	}
	out := maps.Clone(base)
	for _, name := range onlyRun {
		out[name] = f.unknown(name, "is known only to a run", false)
	}
	out["sops_decrypt_file"] = f.unknown("sops_decrypt_file", "is not decrypted here", true)
	maps.Copy(out, f.pathFunctions())
	maps.Copy(out, f.readFunctions())
	for name, list := range map[string][]string{
		"vars": commandsWithVars, "locking": commandsWithLocking, "input": commandsWithInput, "parallelism": commandsWithParallelism,
	} {
		out["get_terraform_commands_that_need_"+name] = constant(texts(list))
	}
	out["deep_merge"] = deepMergeFunc
	f.functions = out
	return out
}

func texts(list []string) cty.Value {
	out := make([]cty.Value, len(list))
	for i, s := range list {
		out[i] = cty.StringVal(s)
	}
	return cty.ListVal(out)
}

func constant(v cty.Value) function.Function {
	return function.New(&function.Spec{
		Type: function.StaticReturnType(v.Type()),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) { return v, nil },
	})
}

// anyArgs accepts every argument as it is.
var anyArgs = &function.Parameter{
	Name: "args", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
}

// unknown makes a function whose result is unknown and says why. Its arguments stay unlooked at: a command may hold secrets.
func (f *frame) unknown(name, note string, secret bool) function.Function {
	return function.New(&function.Spec{
		VarParam: anyArgs,
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			v := terraform.Missing(inventory.Step{Name: name + "()", Note: note, At: f.u.here()})
			if secret {
				v = terraform.Secret(v)
			}
			return v, nil
		},
	})
}

// named makes a function of texts, at most limit of them, that gives a text.
func named(limit int, get func(args []string) (string, error)) function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.String},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if len(args) > limit {
				return cty.NilVal, fmt.Errorf("at most %d arguments are taken", limit)
			}
			list := make([]string, len(args))
			for i, a := range args {
				list[i] = a.AsString()
			}
			s, err := get(list)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(s), nil
		},
	})
}

// pathFunctions tell where things lie. Paths are absolute where Terragrunt's are: configurations take them apart and join
// them, and Terraform's functions read from them.
func (f *frame) pathFunctions() functionTable {
	t := f.u.tree
	dir := path.Dir(f.config)
	fixed := func(name string) function.Function {
		return named(0, func([]string) (string, error) { return t.Absolute(name), nil })
	}
	return functionTable{
		"find_in_parent_folders":      named(2, f.findInParents),
		"get_terragrunt_dir":          fixed(dir),
		"get_original_terragrunt_dir": fixed(path.Dir(f.u.config)),
		"get_repo_root":               named(0, func([]string) (string, error) { return t.Absolute(f.u.repository()), nil }),
		"get_path_from_repo_root":     named(0, func([]string) (string, error) { return f.relative(f.u.repository(), dir) }),
		"get_path_to_repo_root":       named(0, func([]string) (string, error) { return f.relative(dir, f.u.repository()) }),
		"path_relative_to_include": named(1, func(a []string) (string, error) {
			return f.besideInclude(a, func(inc string) (string, error) { return f.relative(inc, dir) })
		}),
		"path_relative_from_include": named(1, func(a []string) (string, error) {
			return f.besideInclude(a, func(inc string) (string, error) { return f.relative(dir, inc) })
		}),
		"get_parent_terragrunt_dir": named(1, f.parentDir),
		"mark_as_read":              named(1, func(a []string) (string, error) { return f.marked(a) }),
		"abspath":                   named(1, func(a []string) (string, error) { return f.marked(a) }),
	}
}

func (f *frame) marked(args []string) (string, error) {
	if len(args) == 0 {
		return "", fmt.Errorf("a path is expected")
	}
	return f.u.tree.Absolute(f.u.tree.Join(path.Dir(f.config), args[0])), nil
}

func (f *frame) relative(from, to string) (string, error) {
	rel, err := filepath.Rel(filepath.FromSlash(f.u.tree.Absolute(from)), filepath.FromSlash(f.u.tree.Absolute(to)))
	return filepath.ToSlash(rel), err
}

// findInParents looks for a file or folder in the folders above the configuration, up to the boundary.
func (f *frame) findInParents(args []string) (string, error) {
	t := f.u.tree
	names := []string{unitFile, unitFileJSON}
	if len(args) > 0 && args[0] != "" {
		names = args[:1]
	}
	dir := path.Dir(f.config)
	for range maxParents {
		up := t.Join(dir, "..")
		if up == dir || !t.Contains(up) {
			break
		}
		dir = up
		for _, n := range names {
			full := t.Join(dir, n)
			if f.u.exists(full) {
				return t.Absolute(full), nil
			}
		}
	}
	if len(args) == 2 {
		return args[1], nil
	}
	return "", fmt.Errorf("no folder above %s has %s, up to the repository root: %w", path.Dir(f.config), names[0], fs.ErrNotExist)
}

// besideInclude gives a path relative to the directory of an include: of the file that this one was included by, or in
// the unit itself of the include that is named or the only one. Without any it is ".".
func (f *frame) besideInclude(args []string, get func(dir string) (string, error)) (string, error) {
	if f.via != "" {
		return get(path.Dir(f.via))
	}
	list := f.included()
	switch {
	case len(list) == 0:
		return ".", nil
	case len(list) == 1 && list[0].path != "":
		return get(path.Dir(list[0].path))
	case len(args) == 1:
		for _, inc := range list {
			if inc.name == args[0] && inc.path != "" {
				return get(path.Dir(inc.path))
			}
		}
	}
	return "", fmt.Errorf("the configuration has several includes, one of them must be named")
}

func (f *frame) parentDir(args []string) (string, error) {
	return f.besideInclude(args, func(dir string) (string, error) {
		return f.u.tree.Absolute(dir), nil
	})
}

// repository is the nearest directory above the unit with a .git, else the boundary.
func (u *unit) repository() string {
	dir := path.Dir(u.config)
	for range maxParents {
		if u.exists(u.tree.Join(dir, ".git")) {
			return dir
		}
		up := u.tree.Join(dir, "..")
		if up == dir || !u.tree.Contains(up) {
			break
		}
		dir = up
	}
	return u.tree.Boundary()
}

// readFunctions read the environment and files.
func (f *frame) readFunctions() functionTable {
	return functionTable{
		"get_env":                f.getEnv(),
		"read_terragrunt_config": f.readTerragruntConfig(),
		"read_tfvars_file": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "path", Type: cty.String}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				return f.readValueFile(f.u.tree.Join(path.Dir(f.config), args[0].AsString()))
			},
		}),
	}
}

// getEnv is unknown without a default: the environment is no input. With one the default is taken and said so.
func (f *frame) getEnv() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "name", Type: cty.String}},
		VarParam: anyArgs,
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := fmt.Sprintf("get_env(%q)", args[0].AsString())
			if len(args) < 2 {
				return terraform.Missing(inventory.Step{Name: name, Note: "is not read from the environment", At: f.u.here()}), nil
			}
			return terraform.Assume(args[1], inventory.Step{Name: name, Note: "default", At: f.u.here()}), nil
		},
	})
}

func (f *frame) readTerragruntConfig() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "path", Type: cty.String}},
		VarParam: anyArgs,
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			t := f.u.tree
			name := t.Join(path.Dir(f.config), args[0].AsString())
			if t.IsDir(name) {
				name = unitIn(t, name)
			}
			if _, err := t.Stat(name); err != nil {
				if len(args) > 1 {
					return args[1], nil
				}
				return cty.NilVal, err
			}
			return f.readConfig(name), nil
		},
	})
}

// deepMergeFunc merges maps at every level, later arguments over earlier ones; lists are put together.
var deepMergeFunc = function.New(&function.Spec{
	VarParam: anyArgs,
	Type:     function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		out := cty.EmptyObjectVal
		for _, a := range args {
			if plain, _ := a.Unmark(); plain.IsKnown() && plain.IsNull() {
				continue
			}
			out = deepMerge(out, a)
		}
		return out, nil
	},
})

// deepMerge lays b over a: maps are merged at every level, lists put together, anything else is b's.
func deepMerge(a, b cty.Value) cty.Value {
	x, am := a.Unmark()
	y, bm := b.Unmark()
	switch {
	case !x.IsKnown() && isCollection(y) || !y.IsKnown() && isCollection(x):
		return cty.DynamicVal.WithMarks(am, bm)
	case isMap(x) && isMap(y):
		out := map[string]cty.Value{}
		maps.Copy(out, x.AsValueMap())
		for k, v := range y.AsValueMap() {
			if old, ok := out[k]; ok {
				v = deepMerge(old, v)
			}
			out[k] = v
		}
		return cty.ObjectVal(out).WithMarks(am, bm)
	case isCollection(x) && isCollection(y) && !isMap(x) && !isMap(y):
		return cty.TupleVal(append(x.AsValueSlice(), y.AsValueSlice()...)).WithMarks(am, bm)
	}
	return b
}

func isMap(v cty.Value) bool {
	return v.IsKnown() && !v.IsNull() && (v.Type().IsMapType() || v.Type().IsObjectType())
}

func isCollection(v cty.Value) bool { return v.IsKnown() && !v.IsNull() && v.CanIterateElements() }

// jsonText gives a value as JSON text.
func jsonText(v cty.Value) (cty.Value, error) { return stdlib.JSONEncode(v) }
