// Package cloudformation reads CloudFormation and SAM templates, YAML or JSON, into an inventory.
//
// A template goes through five stages, each in files of its own:
//
//	bytes ── package document ──▶ nodes: one tree for both syntaxes, every node with its line and column;
//	                              short forms such as !Sub are already their long form {"Fn::Sub": …}
//	nodes ── foreach.go, sam*.go ──▶ declarations: loops unrolled, AWS::Serverless::* expanded as the transform would
//	declarations ── intrinsic*.go, parameter.go, condition.go ──▶ values: known, unknown or sensitive, with references
//	values ── properties.go ──▶ resources: tags become a map, dynamic references are judged
//	resources ── asset.go ──▶ resources with the local files that they are made from
//	resources of AWS::CloudFormation::Stack ── nested.go ──▶ the same again, one template deeper
//
// Nothing is looked up in AWS. What only a deployment can tell (a Ref to a resource, the region, an import) is an
// unknown value that keeps its references and, where part of a text is known, that part. Conditions are
// three-valued: a resource under a condition that is false is left out, one under a condition that cannot be told is
// kept and says what would decide it.
//
// Inputs are hostile: size, depth, the number of values and of nested templates are bounded, and every bound that is
// hit is a diagnostic. A problem in one resource never costs another.
package cloudformation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// The bounds of one call of Read. They are far above what CloudFormation accepts (1 MB, 500 resources a template).
const (
	maxDepth     = document.MaxDepth
	maxValues    = 1_000_000 // values made, all nested templates together; long texts count more
	maxNesting   = 12        // templates inside templates
	maxTemplates = 2_000     // nested templates read, all together
	maxKept      = 128       // references or steps that one value keeps
	maxProblems  = 1_000     // diagnostics of one call
)

// Files opens other files of the run: nested templates and included snippets.
type Files interface {
	// ReadFile returns the content of the file at a slash path, relative to the same directory as the path given to
	// Read. The error wraps fs.ErrNotExist, or says that the file lies outside the root.
	ReadFile(path string) ([]byte, error)
}

// Finder is implemented by Files that can look for a file by the end of its path. Without it a nested template that
// is named by an S3 URL is not matched to a local file.
type Finder interface {
	// FindSuffix returns the paths that equal suffix or end in "/"+suffix, as ReadFile takes them.
	FindSuffix(suffix string) []string
}

// Options tells Read what the template itself does not hold.
type Options struct {
	// Params are the values of the top template's parameters, as text ("a,b" for a list).
	Params map[string]string
	// DefaultsUnknown makes a parameter that is not in Params unknown even when it has a default.
	DefaultsUnknown bool
	// Pseudo gives pseudo parameters by name, for example "AWS::Region". A region also decides AWS::Partition and
	// AWS::URLSuffix. What is not given is unknown.
	Pseudo map[string]string
	// Scope is the scope of the resources; empty means the path of the template.
	Scope string
	// Types is the vocabulary to use; nil loads one. Give it when many templates are read.
	Types *vocabulary.Types
	// Assets are the local files that were staged for the template, by the content hash that its texts name them with.
	Assets map[string]inventory.Asset
	// Construct is the path of the stack among the constructs of a CDK app ("Prod/Api"); short names leave it out.
	Construct string
	// Place tells where a node of a generated template stands; nil means its line and column in the template.
	Place func(n *document.Node) diag.Range
	// Annotations are what the generator of a template knows of its nodes; nil for a template that was written.
	Annotations map[*document.Node]*Annotation
}

// Read reads one template. path is the template's slash path as it is to be displayed; files may be nil, which leaves
// nested templates unread. It returns what was found, in template order, with the diagnostics inside, and the paths of
// the files that were read as nested templates, in order: they are part of this answer and must not be read again as
// templates of their own.
func Read(path string, data []byte, files Files, opts Options) (inv *inventory.Inventory, nested []string) {
	r := newReader(path, files, opts)
	if doc := r.parse(path, data); doc != nil {
		t := newTemplate(r, path, doc)
		t.readAll()
	}
	return r.inv, r.nestedPaths()
}

func newReader(path string, files Files, opts Options) *reader {
	r := &reader{
		files: files, opts: opts, inv: &inventory.Inventory{}, types: opts.Types, left: maxValues,
		said: map[string]bool{}, parsed: map[string]*node{}, nested: map[string]bool{},
	}
	if r.types == nil {
		r.types = vocabulary.Load()
	}
	if r.opts.Scope == "" {
		r.opts.Scope = path
	}
	r.inv.Roots = []inventory.Root{{Path: path, Form: "cloudformation"}}
	return r
}

// nestedPaths returns the paths of the nested templates that were read, in order.
func (r *reader) nestedPaths() []string {
	var out []string
	for p := range r.nested {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// reader is what all templates of one call of Read share.
type reader struct {
	files Files
	opts  Options
	inv   *inventory.Inventory
	types *vocabulary.Types
	// left is how many more values may be made.
	left int
	// level is how deep the value being made is nested.
	level int
	// said holds the diagnostics already given, so that a node that is expanded a thousand times complains once.
	said map[string]bool
	// parsed holds nested templates by path; nil for one that could not be read.
	parsed map[string]*node
	nested map[string]bool
	// templates counts nested templates read, searches those looked for by the end of their path.
	templates, searches int
}

// parse turns bytes into nodes, or gives one diagnostic and returns nil.
func (r *reader) parse(path string, data []byte) *node {
	docs, problems := document.Parse(path, data, document.Options{
		Noun: "template", Expected: "a map with a Resources section", Tags: longForm,
	})
	for _, p := range problems {
		r.add(p)
	}
	if len(docs) == 0 {
		return nil
	}
	doc := docs[0]
	if doc.Kind != document.Map {
		r.errorf(doc.In(path), "Not a template", "A template is a map with a Resources section; this is %s.", doc.Kind)
		return nil
	}
	return doc
}

// longForm gives the name that a short form's tag stands for: !Sub is Fn::Sub.
func longForm(tag string) string {
	if tag == "Ref" || tag == "Condition" {
		return tag
	}
	return "Fn::" + tag
}

// spend takes the cost of making a value of the given length from the budget. It reports false when it is used up.
func (r *reader) spend(length int, at diag.Range) bool {
	r.left -= 1 + length/64
	if r.left >= 0 {
		return true
	}
	r.errorf(diag.Range{Path: at.Path}, "Template expands too far", "Aliases, loops and nested templates make more than %d values here. What was read so far is answered; the rest is left out.", maxValues)
	return false
}

func (r *reader) errorf(at diag.Range, summary, format string, args ...any) {
	r.add(diag.Diagnostic{Severity: diag.Error, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at, Incomplete: true})
}

func (r *reader) warnf(at diag.Range, summary, format string, args ...any) {
	r.add(diag.Diagnostic{Severity: diag.Warning, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at})
}

func (r *reader) skipf(at diag.Range, summary, format string, args ...any) {
	r.add(diag.Diagnostic{Severity: diag.Warning, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at, Incomplete: true})
}

func (r *reader) add(d diag.Diagnostic) {
	key := d.Range.String() + "\x00" + d.Summary + "\x00" + d.Detail
	if r.said[key] || len(r.said) > maxProblems {
		return
	}
	r.said[key] = true
	if len(r.said) > maxProblems {
		d = diag.Diagnostic{Severity: diag.Error, Summary: "Too many problems", Detail: fmt.Sprintf("More than %d problems were found; the rest are not shown.", maxProblems), Range: diag.Range{Path: d.Range.Path}, Incomplete: true}
	}
	r.inv.Diags.Add(d)
}

// isModule reports whether a type is that of a registered module, whose content lies in a registry.
func isModule(typ string) bool { return strings.HasSuffix(typ, "::MODULE") }
