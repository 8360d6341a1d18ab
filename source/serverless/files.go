package serverless

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/source/cloudformation"
)

// files holds the files of one service. Their lines are numbered one file after the other, as if they were one long file:
// a node's line then says which file it stands in, whatever is generated from it.
type files struct {
	fs     cloudformation.Files
	names  []string
	begins []int32
	// next is the number before the first line of the next file.
	next int32
	// loaded holds included files by path; nil for one that could not be read.
	loaded map[string]*node
}

// place gives the file, line and column of a node.
func (f *files) place(n *node) diag.Range {
	i := sort.Search(len(f.begins), func(i int) bool { return f.begins[i] >= n.Line }) - 1
	if i < 0 {
		i = 0
	}
	if len(f.names) == 0 {
		return diag.Range{}
	}
	return diag.Range{Path: f.names[i], Line: int(n.Line - f.begins[i]), Column: int(n.Col)}
}

// parse reads a file into nodes with their place among all files; nil when it is broken.
func (f *files) parse(name string, data []byte, noun string, diags *diag.List) *node {
	docs, problems := document.Parse(name, data, document.Options{Noun: noun, Expected: "a map", Tags: cloudformation.LongForm})
	*diags = append(*diags, problems...)
	if len(docs) == 0 {
		return nil
	}
	begin := f.next
	f.names = append(f.names, name)
	f.begins = append(f.begins, begin)
	f.next += int32(bytes.Count(data, []byte("\n"))) + 2
	shift(docs[0], begin, map[*node]bool{})
	return docs[0]
}

// shift moves a tree down by some lines; aliases are shared nodes, which move once.
func shift(n *node, lines int32, done map[*node]bool) {
	if n == nil || done[n] {
		return
	}
	done[n] = true
	n.Line += lines
	for _, item := range n.Items {
		shift(item, lines, done)
	}
	for i := range n.Fields {
		n.Fields[i].Line += lines
		shift(n.Fields[i].Value, lines, done)
	}
}

// include is what a ${file(…)} came to.
type include struct {
	doc *node
	// missing is set when there is no such file; why says what else is wrong with it.
	missing bool
	why     string
}

// open reads an included file, relative to the service's directory.
func (f *files) open(service, rel string, from *node, diags *diag.List) include {
	name := path.Join(path.Dir(service), rel)
	switch ext := strings.ToLower(path.Ext(name)); {
	case path.IsAbs(rel) || strings.HasPrefix(rel, "~"):
		return include{why: "lies outside the service"}
	case ext == ".js" || ext == ".cjs" || ext == ".mjs" || ext == ".ts" || ext == ".py":
		return include{why: "is a program, and none is run"}
	case f.fs == nil:
		return include{why: "was not given"}
	}
	if doc, ok := f.loaded[name]; ok {
		if doc == nil {
			return include{why: "could not be read"}
		}
		return include{doc: doc}
	}
	if len(f.loaded) >= maxFiles {
		diags.Errorf(f.place(from), "Too many files", "A service may include %d files; %s is left out.", maxFiles, diag.Clip(name, maxClip))
		return include{why: "was not read"}
	}
	data, err := f.fs.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return include{missing: true, why: "is not in the input"}
	}
	f.loaded[name] = nil
	if err != nil {
		diags.Skipf(f.place(from), "File not read", "%s is included here and was not read: %v.", diag.Clip(name, maxClip), err)
		return include{why: "could not be read"}
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".yml", ".yaml", ".json":
		f.loaded[name] = f.parse(name, data, "file", diags)
	default:
		f.loaded[name] = document.TextAt(from, strings.ToValidUTF8(string(data[:min(len(data), maxText)]), "�"))
	}
	if f.loaded[name] == nil {
		return include{why: "could not be read"}
	}
	return include{doc: f.loaded[name]}
}
