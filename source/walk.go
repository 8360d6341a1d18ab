package source

import (
	"errors"
	"io/fs"
	"path"
	"runtime"
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
	// ahead are directories that are being listed already.
	ahead map[string]chan listing
	slots chan struct{}
}

// listing is what a directory holds.
type listing struct {
	entries []fs.DirEntry
	err     error
}

func newWalk(tree *rootfs.Tree, exclude []string, diags *diag.List) *walk {
	return &walk{
		tree: tree, ignore: newIgnorer(tree, exclude), diags: diags, left: maxFiles,
		ahead: map[string]chan listing{}, slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
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
	entries, err := w.list(name)
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
	subdirs := w.subdirs(name, entries, chart)
	for i, e := range entries {
		if w.left--; w.left < 0 {
			w.tooMany(name)
			return
		}
		if !e.IsDir() {
			w.entry(w.tree.Join(name, e.Name()), e)
		} else if subdirs[i] != "" {
			w.dir(subdirs[i], searchConfig)
		}
	}
}

// subdirs are the directories among entries that are walked, each in its place, and has them listed meanwhile.
func (w *walk) subdirs(name string, entries []fs.DirEntry, chart bool) []string {
	out := make([]string, len(entries))
	installed := installedPackages(entries)
	for i, e := range entries {
		if !e.IsDir() || slices.Contains(skippedDirs, e.Name()) || chart && slices.Contains(chartDirs, e.Name()) || installed[e.Name()] {
			continue
		}
		full := w.tree.Join(name, e.Name())
		if w.ignore.prunes(full, true) {
			continue
		}
		out[i] = full
		w.listAhead(full)
	}
	return out
}

// installedPackages are the Python packages that pip put into a directory, each beside what describes it: botocore beside
// botocore-1.31.57.dist-info. They hold thousands of JSON files and no root, as node_modules does.
func installedPackages(entries []fs.DirEntry) map[string]bool {
	var out map[string]bool
	for _, e := range entries {
		if described, ok := strings.CutSuffix(e.Name(), ".dist-info"); ok && e.IsDir() {
			name, _, _ := strings.Cut(described, "-")
			if out == nil {
				out = map[string]bool{}
			}
			out[name], out[e.Name()] = true, true
		}
	}
	return out
}

// maxAhead bounds how many directories are listed ahead, which wait in memory.
const maxAhead = 256

func (w *walk) listAhead(name string) {
	if len(w.ahead) >= maxAhead {
		return
	}
	done := make(chan listing, 1)
	w.ahead[name] = done
	go func() {
		w.slots <- struct{}{}
		defer func() { <-w.slots }()
		entries, err := w.tree.ReadDir(name)
		done <- listing{entries, err}
	}()
}

// list lists a directory, or waits for whoever is at it.
func (w *walk) list(name string) ([]fs.DirEntry, error) {
	if done, ok := w.ahead[name]; ok {
		delete(w.ahead, name)
		l := <-done
		return l.entries, l.err
	}
	return w.tree.ReadDir(name)
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

func (w *walk) entry(full string, e fs.DirEntry) {
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		w.symlink(full)
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
