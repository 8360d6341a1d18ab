package source

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/cdk"
	"github.com/onus-dev/onus/source/helm"
	"github.com/onus-dev/onus/source/kustomize"
	"github.com/onus-dev/onus/source/terragrunt"
)

// maxFiles bounds how many files and directories are looked at below one path.
const maxFiles = 500_000

// assemblyDir is where the CDK writes what an app deploys.
const assemblyDir = "cdk.out"

// skippedDirs hold copies and caches, never roots.
var skippedDirs = []string{".git", ".terraform", "node_modules", ".aws-sam", ".terragrunt-cache", ".terragrunt-stack", ".serverless"}

// walk collects what lies below a given path and may be a root. It opens no file.
type walk struct {
	tree   *rootfs.Tree
	ignore *ignorer
	diags  *diag.List
	left   int
	// configs are directories with Terraform configuration, kustomizations those with a kustomization file, charts
	// those with a Chart.yaml, assemblies those that may be a CDK assembly. units are Terragrunt files; files may be
	// anything else that is read.
	configs, kustomizations, charts, assemblies []string
	units, files                                []string
	// beside are directories with Terraform configuration below a path that is one root itself.
	beside []string
	// explicit is set when the given path is a file.
	explicit bool
}

func newWalk(tree *rootfs.Tree, exclude []string, diags *diag.List) *walk {
	return &walk{tree: tree, ignore: newIgnorer(tree, exclude), diags: diags, left: maxFiles}
}

func (w *walk) start() {
	given := w.tree.Given()
	info, err := w.tree.Stat(given)
	switch {
	case err != nil:
		w.diags.Errorf(diag.Range{Path: given}, "Path not read", "%v", err)
	case info.IsDir():
		w.dir(given, true)
	case isConfigName(path.Base(given)):
		w.configs = append(w.configs, path.Dir(given))
	default:
		w.explicit = true
		w.file(given)
	}
}

// dir walks one directory. When the given path itself holds Terraform configuration it is one root, and none is looked
// for below it.
func (w *walk) dir(name string, searchConfig bool) {
	entries, err := w.tree.ReadDir(name)
	if err != nil {
		w.diags.Skipf(diag.Range{Path: name}, "Directory not read", "%v", err)
		return
	}
	patterns := w.ignore.mark()
	if has(entries, func(n string) bool { return n == ".gitignore" }) {
		w.ignore.enter(name)
		defer w.ignore.leave(patterns)
	}
	top := name == w.tree.Given()
	switch config := has(entries, isConfigName); {
	case config && searchConfig:
		w.configs = append(w.configs, name)
		searchConfig = !top
	case config:
		w.beside = append(w.beside, name)
	}
	chart := w.special(name, entries)
	for _, e := range entries {
		if w.left--; w.left < 0 {
			w.tooMany(name)
			return
		}
		if chart && slices.Contains(chartDirs, e.Name()) {
			continue
		}
		w.entry(w.tree.Join(name, e.Name()), e, searchConfig)
	}
}

// chartDirs are the parts of a Helm chart that only Helm can read.
var chartDirs = []string{"templates", "charts", "crds"}

// special notes a directory that is read as a whole, and reports whether it is a chart.
func (w *walk) special(name string, entries []fs.DirEntry) (chart bool) {
	if has(entries, kustomize.IsFile) {
		w.kustomizations = append(w.kustomizations, name)
	}
	if has(entries, func(n string) bool { return n == cdk.Manifest }) && has(entries, isAssemblyPart) {
		w.assemblies = append(w.assemblies, name)
	}
	if has(entries, helm.IsChart) {
		w.charts = append(w.charts, name)
		return true
	}
	return false
}

func (w *walk) entry(full string, e fs.DirEntry, searchConfig bool) {
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		w.symlink(full)
	case e.IsDir():
		if !slices.Contains(skippedDirs, e.Name()) && !w.ignore.prunes(full, true) {
			w.dir(full, searchConfig)
		}
	case e.Type().IsRegular() && wanted(e.Name()) && !w.ignore.prunes(full, false):
		w.file(full)
	}
}

func (w *walk) tooMany(name string) {
	if w.left == -1 {
		w.diags.Errorf(diag.Range{Path: name}, "Too many files", "More than %d files lie below the path; the rest was left out. Give narrower paths, or --exclude.", maxFiles)
	}
}

// symlink says of a link that leaves the boundary that it is skipped. A link inside it leads to what is walked anyway.
func (w *walk) symlink(full string) {
	if _, err := w.tree.Stat(full); errors.Is(err, rootfs.ErrOutside) {
		w.diags.Warnf(diag.Range{Path: full}, "Symlink skipped", "It leads outside the repository root and was not followed.")
	}
}

func has(entries []fs.DirEntry, is func(name string) bool) bool {
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && is(e.Name()) })
}

func isConfigName(n string) bool {
	return !strings.HasPrefix(n, ".") && (strings.HasSuffix(n, ".tf") || strings.HasSuffix(n, ".tf.json"))
}

func isAssemblyPart(n string) bool {
	return strings.HasSuffix(n, ".template.json") || strings.HasSuffix(n, ".assets.json")
}

// notData are JSON and YAML files that are never infrastructure, told by their names to spare reading them.
var notData = []string{"package.json", "package-lock.json", "tsconfig.json", "pnpm-lock.yaml", ".pre-commit-config.yaml"}

// wanted reports whether a file may be something that is read.
func wanted(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".template", ".tfstate":
		return !slices.Contains(notData, name)
	case ".json":
		return !isConfigName(name) && !slices.Contains(notData, name)
	case ".gz":
		return strings.HasSuffix(name, ".json.gz")
	}
	return terragrunt.IsUnit(name) || strings.HasPrefix(name, "serverless.")
}

func (w *walk) file(full string) {
	if terragrunt.IsUnit(path.Base(full)) {
		w.units = append(w.units, full)
		return
	}
	w.files = append(w.files, full)
}
