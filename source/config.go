package source

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/terraform"
)

// configName is the file at the repository root that says how each root is run.
const configName = "onus.yaml"

// maxConfig is the largest configuration file, in bytes.
const maxConfig = 1 << 20

// config is the content of onus.yaml. Paths in it are relative to the file.
type config struct {
	Modules map[string]string `yaml:"modules"`
	Roots   []rootConfig      `yaml:"roots"`
	// Teams and Rules are read by package ownership.
	Teams yaml.Node `yaml:"teams"`
	Rules yaml.Node `yaml:"rules"`

	dir string
}

type rootConfig struct {
	Path      string            `yaml:"path"`
	VarFiles  []string          `yaml:"var-files"`
	Vars      map[string]string `yaml:"vars"`
	Workspace string            `yaml:"workspace"`
	Modules   map[string]string `yaml:"modules"`
}

// readConfig reads onus.yaml at the boundary of a tree; a tree without one has the zero configuration.
func readConfig(tree *rootfs.Tree, diags *diag.List) *config {
	dir := tree.Boundary()
	name := tree.Join(dir, configName)
	data, err := tree.ReadFile(name)
	c := &config{dir: dir}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c
	case err == nil && len(data) > maxConfig:
		err = errors.New("the file is over 1 MB")
	}
	if err == nil {
		d := yaml.NewDecoder(bytes.NewReader(data))
		d.KnownFields(true)
		err = d.Decode(c)
	}
	if err != nil {
		diags.Errorf(diag.Range{Path: name, Line: lineOf(err)}, "Configuration not read",
			"%v. onus.yaml holds `modules` (SOURCE: DIR) and `roots`, each with path, var-files, vars, workspace and modules.", err)
	}
	return c
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func lineOf(err error) int {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 0
}

// terraform gives the options of one root: the configuration's first, the command line's over them.
func (c *config) terraform(tree *rootfs.Tree, dir string, opts Options) terraform.Options {
	out := terraform.Options{DefaultsUnknown: opts.DefaultsUnknown, Modules: map[string]string{}}
	c.addModules(tree, c.Modules, out.Modules)
	for _, r := range c.Roots {
		if tree.Absolute(tree.Join(c.dir, r.Path)) != tree.Absolute(dir) {
			continue
		}
		for _, f := range r.VarFiles {
			out.VarFiles = append(out.VarFiles, tree.Join(tree.Join(c.dir, r.Path), f))
		}
		for k, v := range r.Vars {
			out.Vars = append(out.Vars, k+"="+v)
		}
		out.Workspace = r.Workspace
		c.addModules(tree, r.Modules, out.Modules)
	}
	out.VarFiles = append(out.VarFiles, opts.Terraform.VarFiles...)
	out.Vars = append(out.Vars, opts.Terraform.Vars...)
	if opts.Terraform.Workspace != "" {
		out.Workspace = opts.Terraform.Workspace
	}
	maps.Copy(out.Modules, opts.Terraform.Modules)
	return out
}

func (c *config) addModules(tree *rootfs.Tree, from, to map[string]string) {
	for source, dir := range from {
		to[source] = tree.Join(c.dir, dir)
	}
}
