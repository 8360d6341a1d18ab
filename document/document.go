// Package document parses YAML and JSON files into one tree that knows where everything is written.
//
// Every reader of a data format (CloudFormation, Kubernetes, the Serverless Framework, AWS's own JSON) starts from it:
//
//	bytes ── Parse ──▶ Nodes: scalars, lists and maps in the order written, each with its line and column
//	Nodes ── Node.Value ──▶ inventory.Value, with CloudFormation's spelling where a shape is given
//
// Aliases stay shared nodes, so that parsing is linear in the file; what expands them is bounded by a Budget. Size,
// depth and the number of documents are bounded too. A problem is a diagnostic with its place, and costs no more than
// the document that it stands in.
package document

import (
	"bytes"
	"errors"
	"strings"

	"github.com/onus-dev/onus/diag"
)

// The bounds of a file. They are far above what people write.
const (
	// MaxBytes is the size of a file.
	MaxBytes = 25 << 20
	// MaxDepth is how deep collections may be nested.
	MaxDepth     = 200
	maxDocuments = 20_000
	maxProblems  = 1_000
)

// Options says what is expected of a file.
type Options struct {
	// Noun is what the file is, for messages: "template", "manifest"; empty means "file".
	Noun string
	// Expected completes "The file has no content; … was expected."
	Expected string
	// Many allows several YAML documents.
	Many bool
	// Tags gives the name that a YAML tag stands for, so that `!Sub x` becomes {"Fn::Sub": x}; nil ignores tags.
	Tags func(tag string) string
}

func (o Options) noun() string {
	if o.Noun == "" {
		return "file"
	}
	return o.Noun
}

func (o Options) upperNoun() string {
	article := "A "
	if strings.ContainsRune("aeiou", rune(o.noun()[0])) {
		article = "An "
	}
	return article + o.noun()
}

type parser struct {
	path     string
	opts     Options
	problems diag.List
}

// Parse turns a file into its documents: one, or none when it is broken, or several when opts allow them. JSON is
// tried first when the text looks like it; what JSON refuses may still be YAML in flow style. path is the display path.
// A key that is written twice is a warning, and the last one is kept.
func Parse(path string, data []byte, opts Options) ([]*Node, diag.List) {
	p := &parser{path: path, opts: opts}
	return p.parse(data), p.problems
}

func (p *parser) parse(data []byte) []*Node {
	if len(data) > MaxBytes {
		p.problems.Errorf(diag.Range{Path: p.path}, "File too large", "The %s has %d MB, at most %d MB are read.", p.opts.noun(), len(data)>>20, MaxBytes>>20)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 {
		p.empty()
		return nil
	}
	if trimmed[0] != '{' && trimmed[0] != '[' {
		return p.yaml(data)
	}
	j := &jsonParser{data: data, line: 1, dup: p.twice}
	doc, err := j.document()
	if err == nil {
		return []*Node{doc}
	}
	y := &parser{path: p.path, opts: p.opts}
	if docs := y.yaml(data); len(docs) > 0 {
		p.problems = y.problems
		return docs
	}
	p.problems = nil
	at := diag.Range{Path: p.path}
	var syntax *jsonError
	if errors.As(err, &syntax) {
		at.Line, at.Column = int(syntax.line), int(syntax.col)
	}
	p.problems.Errorf(at, "Invalid JSON", "The file is not valid JSON: %v. Nothing of this %s is in the answer.", err, p.opts.noun())
	return nil
}

func (p *parser) empty() {
	expected := p.opts.Expected
	if expected == "" {
		expected = "YAML or JSON"
	}
	p.problems.Errorf(diag.Range{Path: p.path}, "Empty "+p.opts.noun(), "The file has no content; %s was expected.", expected)
}

// twice tells of a key that stands in one map two times.
func (p *parser) twice(key string, line, col int32) {
	if len(p.problems) > maxProblems {
		return
	}
	p.problems.Warnf(diag.Range{Path: p.path, Line: int(line), Column: int(col)}, "Key written twice",
		"The key %q is in this map already; the last one is used here.", diag.Clip(key, maxClip))
}
