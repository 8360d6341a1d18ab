package kustomize

import (
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/rootfs"
)

// Refs is what a kustomization uses. Names are display names of the tree.
type Refs struct {
	// Dirs are the directories of bases and components.
	Dirs []string
	// Files are the local files: resources, patches, generators' data, the kustomization itself.
	Files []string
	// Remote are the references that are no local file or directory, as written, and charts as "chart NAME".
	Remote []string
	// Component is set when the kustomization is a component: it is only ever used by another.
	Component bool
}

// Scan tells what the kustomization of a directory uses, without rendering. ok is false when there is none or it cannot
// be parsed; Render says why.
func Scan(tree *rootfs.Tree, dir string) (refs Refs, ok bool) {
	file, data, err := readKustomization(tree, dir)
	if err != nil {
		return Refs{}, false
	}
	docs, _ := document.Parse(file, data, document.Options{Noun: "kustomization"})
	if len(docs) == 0 || docs[0].Kind != document.Map {
		return Refs{}, false
	}
	refs = Refs{Files: []string{file}, Component: docs[0].Get("kind").Str() == "Component"}
	for _, text := range references(docs[0]) {
		refs.classify(tree, dir, text)
	}
	for _, name := range charts(docs[0]) {
		refs.Remote = append(refs.Remote, "chart "+name.Str())
	}
	for _, list := range []*[]string{&refs.Dirs, &refs.Files, &refs.Remote} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return refs, true
}

func (r *Refs) classify(tree *rootfs.Tree, dir, text string) {
	name := tree.Join(dir, text)
	info, err := tree.Stat(name)
	switch {
	case err != nil && looksRemote(text):
		r.Remote = append(r.Remote, text)
	case err != nil:
	case info.IsDir():
		r.Dirs = append(r.Dirs, name)
	default:
		r.Files = append(r.Files, name)
	}
}

// readKustomization reads the kustomization file of a directory.
func readKustomization(tree *rootfs.Tree, dir string) (file string, data []byte, err error) {
	for _, name := range fileNames {
		file = tree.Join(dir, name)
		if data, err = tree.ReadFile(file); !errors.Is(err, fs.ErrNotExist) {
			return file, data, err
		}
	}
	return dir, nil, err
}

// The fields of a kustomization whose entries are paths, or may be.
var (
	pathLists   = []string{"resources", "bases", "components", "crds", "configurations"}
	mixedLists  = []string{"patchesStrategicMerge", "generators", "transformers", "validators"}
	pathMembers = []string{"patches", "patchesJson6902", "replacements"}
	dataLists   = []string{"configMapGenerator", "secretGenerator"}
)

// references lists the paths in a kustomization, as written.
func references(n *document.Node) []string {
	var out []string
	for _, field := range slices.Concat(pathLists, mixedLists) {
		for _, entry := range n.Get(field).List() {
			if text := entry.Str(); text != "" && !strings.ContainsAny(text, "\n{") {
				out = append(out, text)
			}
		}
	}
	for _, field := range pathMembers {
		for _, entry := range n.Get(field).List() {
			if text := entry.Get("path").Str(); text != "" {
				out = append(out, text)
			}
		}
	}
	for _, field := range dataLists {
		for _, entry := range n.Get(field).List() {
			out = append(out, dataFiles(entry)...)
		}
	}
	for _, field := range []string{"helmCharts", "helmChartInflationGenerator"} {
		for _, entry := range n.Get(field).List() {
			for _, file := range slices.Concat(entry.Get("valuesFile").List(), entry.Get("additionalValuesFiles").List()) {
				out = append(out, file.Str())
			}
		}
	}
	if text := n.At("openapi", "path").Str(); text != "" {
		out = append(out, text)
	}
	return out
}

// dataFiles lists the files that a generator of a ConfigMap or Secret reads.
func dataFiles(n *document.Node) []string {
	var out []string
	for _, f := range n.Get("files").List() {
		_, file := keyAndFile(f.Str())
		out = append(out, file)
	}
	for _, f := range slices.Concat(n.Get("envs").List(), n.Get("env").List()) {
		out = append(out, f.Str())
	}
	return out
}

// keyAndFile splits an entry of files: "key=path" or "path".
func keyAndFile(text string) (key, file string) {
	if key, file, ok := strings.Cut(text, "="); ok {
		return key, file
	}
	return text[strings.LastIndexByte(text, '/')+1:], text
}

// charts lists the names of the charts that a kustomization inflates.
func charts(n *document.Node) []*document.Node {
	var out []*document.Node
	for _, entry := range n.Get("helmCharts").List() {
		out = append(out, entry.Get("name"))
	}
	for _, entry := range n.Get("helmChartInflationGenerator").List() {
		out = append(out, entry.Get("chartName"))
	}
	return slices.DeleteFunc(out, func(n *document.Node) bool { return n == nil })
}

// looksRemote tells a URL or git reference from the name of a file that is missing. It words messages only: nothing that
// is no local file or directory is ever given to kustomize.
func looksRemote(text string) bool {
	if strings.Contains(text, "://") || strings.Contains(text, "git@") || strings.Contains(text, "git::") ||
		strings.Contains(text, "?ref=") || strings.Contains(text, ".git/") || strings.HasSuffix(text, ".git") {
		return true
	}
	host, _, more := strings.Cut(text, "/")
	if i := strings.LastIndexByte(host, '.'); more && i > 0 && len(host)-i > 2 {
		return true // github.com/org/repo
	}
	return false
}

// withoutPassword hides what a URL may carry before the host.
func withoutPassword(text string) string {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		return u.Redacted()
	}
	return text
}

// missing words why a reference could not be read.
func (s *stager) missing(at diag.Range, text, what string, err error) {
	switch {
	case errors.Is(err, rootfs.ErrOutside):
		s.inv.Diags.Errorf(at, "Path outside the repository", "The %s %s leads outside the repository root and was left out. Give --root to widen it.", what, diag.Clip(text, maxClip))
	case errors.Is(err, fs.ErrNotExist):
		s.inv.Diags.Errorf(at, "File of a kustomization missing", "There is no file or directory %s, which the kustomization uses as %s; it is rendered without.", diag.Clip(text, maxClip), what)
	default:
		s.inv.Diags.Errorf(at, "File of a kustomization not read", "The %s %s was left out: %v.", what, diag.Clip(text, maxClip), err)
	}
}

// maxClip is how much of a text from the input a message shows, in runes.
const maxClip = 600
