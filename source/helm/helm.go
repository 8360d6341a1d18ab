// Package helm reads Helm charts, by an installed helm when there is one.
//
//	chart directory ── copy, inside the boundary ──▶ temporary directory ── helm template ──▶ text ── source/kubernetes ──▶ objects
//
// Helm is never linked: a chart is a program in a template language, and only helm runs it as helm does. It is started
// when the caller names it and every dependency of the chart lies in its charts directory; else the chart is told as not
// read, with the command that renders it. helm gets a copy of the chart that was read through the tree's boundary, so
// that no link leads out of it, and an environment of its own: empty directories for configuration, repositories,
// plugins and credentials, no cluster, a proxy that leads nowhere.
//
// The origin of an object is its template and there the line of its kind, as far as helm's comments tell. Objects of
// `helm test` are left out: they run when someone tests, not when the chart is installed.
//
// Bounds: MaxBytes and MaxFiles of the chart, MaxOutput bytes of objects, Options.Timeout.
package helm

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rootfs"
	"github.com/onus-dev/onus/source/kubernetes"
)

// The bounds of one chart.
const (
	MaxBytes  = 64 << 20
	MaxFiles  = 10_000
	MaxOutput = document.MaxBytes
	// DefaultTimeout is how long helm may take when Options say nothing.
	DefaultTimeout = 30 * time.Second
)

const chartFile = "Chart.yaml"

// IsChart reports whether a file of this base name makes its directory a chart.
func IsChart(name string) bool { return name == chartFile }

// Options says what a user gives beside the directory.
type Options struct {
	// Binary is the helm to run; empty runs none.
	Binary string
	// Values are files of values, the last one wins. They are the user's own and may lie anywhere.
	Values []string
	// Release and Namespace are what the chart would be installed as; empty means the chart's name and "default".
	Release, Namespace string
	// Timeout bounds the run; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Chart is what a chart says of itself.
type Chart struct {
	Name string
	// Library is set for charts that only hold definitions for others.
	Library bool
	// Missing are the dependencies that do not lie in the chart's charts directory.
	Missing []string
	// Origin is where the chart's name is written.
	Origin diag.Range
}

// Scan reads a chart's own description. ok is false when the directory holds none that can be parsed.
func Scan(tree *rootfs.Tree, dir string) (chart Chart, ok bool) {
	n, file := parse(tree, tree.Join(dir, chartFile))
	if n == nil || n.Get("name").Str() == "" {
		return Chart{}, false
	}
	chart = Chart{Name: n.Get("name").Str(), Library: n.Get("type").Str() == "library", Origin: n.Get("name").In(file)}
	old, _ := parse(tree, tree.Join(dir, "requirements.yaml"))
	for _, d := range slices.Concat(n.Get("dependencies").List(), old.Get("dependencies").List()) {
		if name := d.Get("name").Str(); name != "" && !vendored(tree, dir, name) {
			chart.Missing = append(chart.Missing, name)
		}
	}
	return chart, true
}

func parse(tree *rootfs.Tree, file string) (*document.Node, string) {
	data, err := tree.ReadFile(file)
	if err != nil {
		return nil, file
	}
	docs, _ := document.Parse(file, data, document.Options{Noun: "chart"})
	if len(docs) == 0 || docs[0].Kind != document.Map {
		return nil, file
	}
	return docs[0], file
}

// vendored reports whether a dependency lies in the charts directory, as a directory or an archive.
func vendored(tree *rootfs.Tree, dir, name string) bool {
	charts := tree.Join(dir, "charts")
	entries, err := tree.ReadDir(charts)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		if e.Name() == name {
			return tree.IsDir(tree.Join(charts, name))
		}
		version, ok := strings.CutPrefix(e.Name(), name+"-")
		return ok && strings.HasSuffix(version, ".tgz") && version[0] >= '0' && version[0] <= '9' || e.Name() == name+".tgz"
	})
}

// Render reads the chart of a directory, a display name of the tree. The inventory has one root of the form "helm", and
// resources whose scope is the directory; or an unread part and a diagnostic that says how to render the chart.
func Render(tree *rootfs.Tree, dir string, opts Options) *inventory.Inventory {
	inv := &inventory.Inventory{Roots: []inventory.Root{{Path: dir, Form: "helm"}}}
	chart, ok := Scan(tree, dir)
	if !ok {
		inv.Diags.Errorf(diag.Range{Path: tree.Join(dir, chartFile), Line: 1}, "Chart not read", "Chart.yaml is no YAML map with the chart's name. Nothing of this chart is in the answer.")
		return inv
	}
	if opts.Release == "" {
		opts.Release = chart.Name
	}
	if opts.Namespace == "" {
		opts.Namespace = "default"
	}
	switch {
	case chart.Library:
		inv.Diags.Add(diag.Diagnostic{Severity: diag.Note, Summary: "Library chart", Range: chart.Origin, Detail: "It only holds definitions for other charts and makes no objects."})
	case len(chart.Missing) > 0:
		unread(inv, chart, dir, fmt.Sprintf("Its dependencies %s are not in its charts directory. Run `helm dependency build %s` first, then `%s`, and give that file.",
			diag.Clip(strings.Join(chart.Missing, ", "), maxClip), dir, command(chart, dir)))
	case opts.Binary == "":
		unread(inv, chart, dir, fmt.Sprintf("Only helm renders a chart, and none was found. Run `%s` and give that file.", command(chart, dir)))
	default:
		out, err := template(tree, dir, opts)
		if err != nil {
			unread(inv, chart, dir, fmt.Sprintf("%s. Run `%s` to see it, and give the file when it works.", strings.TrimSuffix(err.Error(), "."), command(chart, dir)))
			return inv
		}
		objects(tree, dir, chart, out, opts.Namespace, inv)
	}
	return inv
}

func unread(inv *inventory.Inventory, chart Chart, dir, detail string) {
	inv.Unread = append(inv.Unread, inventory.Unread{Scope: dir, Address: "chart", Source: chart.Name, Origin: chart.Origin})
	inv.Diags.Skipf(chart.Origin, "Chart not read", "%s", detail)
}

// command is what renders the chart.
func command(chart Chart, dir string) string {
	return fmt.Sprintf("helm template %s %s > manifests.yaml", diag.Clip(chart.Name, maxClip), dir)
}

// objects reads what helm printed.
func objects(tree *rootfs.Tree, dir string, chart Chart, out []byte, namespace string, inv *inventory.Inventory) {
	places := &placer{tree: tree, dir: dir, chart: chart, sources: sources(out), templates: map[string][]string{}}
	read := kubernetes.Read(chart.Origin.Path, out, kubernetes.Options{Scope: dir, Rendered: true, Place: places.place, Namespace: namespace})
	for _, d := range read.Diags {
		if d.Summary == "Empty manifest" {
			continue // a chart may be switched off by its values
		}
		d.Range = chart.Origin // the lines are those of helm's output
		inv.Diags.Add(d)
	}
	inv.Resources = slices.DeleteFunc(read.Resources, isTest)
}

// isTest reports whether an object is a hook of helm test and of nothing else.
func isTest(r *inventory.Resource) bool {
	for _, p := range r.Get("metadata.annotations").Properties() {
		if p.Name != "helm.sh/hook" {
			continue
		}
		text, _ := p.Value.Text()
		for hook := range strings.SplitSeq(text, ",") {
			if !strings.HasPrefix(strings.TrimSpace(hook), "test") {
				return false
			}
		}
		return true
	}
	return false
}

// placer finds the template that an object comes from.
type placer struct {
	tree    *rootfs.Tree
	dir     string
	chart   Chart
	sources []source
	// templates are the lines of those that were looked at.
	templates map[string][]string
}

// source is one of helm's comments: from this line on, objects come from the template.
type source struct {
	line int
	name string
}

// sources finds helm's comments, "# Source: chart/templates/x.yaml".
func sources(out []byte) []source {
	var found []source
	line := 0
	for text := range strings.Lines(string(out)) {
		line++
		if name, ok := strings.CutPrefix(text, "# Source: "); ok {
			found = append(found, source{line, strings.TrimSpace(name)})
		}
	}
	return found
}

// place gives an object the line of its kind in its template.
func (p *placer) place(o *document.Node) diag.Range {
	i, _ := slices.BinarySearchFunc(p.sources, int(o.Line), func(s source, line int) int { return s.line - line })
	if i == 0 {
		return p.chart.Origin
	}
	_, inChart, _ := strings.Cut(p.sources[i-1].name, "/")
	file := p.tree.Join(p.dir, path.Clean("/" + inChart)[1:])
	lines, seen := p.templates[file]
	if !seen {
		if data, err := p.tree.ReadFile(file); err == nil {
			lines = strings.Split(string(data), "\n")
		}
		p.templates[file] = lines
	}
	if lines == nil { // in an archive
		return p.chart.Origin
	}
	kind := o.Get("kind").Str()
	for i, text := range lines {
		if rest, ok := strings.CutPrefix(text, "kind:"); ok && strings.Trim(rest, " \t\r\"'") == kind {
			return diag.Range{Path: file, Line: i + 1, Column: 1}
		}
	}
	return diag.Range{Path: file, Line: 1, Column: 1}
}

// maxClip is how much of a text from the input a message shows, in runes.
const maxClip = 600
