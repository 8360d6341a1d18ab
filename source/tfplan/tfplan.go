// Package tfplan reads what Terraform and OpenTofu write as JSON: plans and states of `terraform show -json`, and
// terraform.tfstate files of format version 4.
//
// The stages: Recognise tells the form from a file's beginning. Read goes over the document twice, because what explains a
// part stands behind it: the first time it reads a plan's configuration and learns which instances there are, or the
// names of a state's resources (links.go, identity.go); the second time it takes the resources one by one, lays values and
// shadows together (fill.go) and puts them into CloudFormation's words by the code that does so for configuration
// (terraform.Translator). Locate then points them to the lines of the configuration, when that is at hand.
//
// Nothing holds the document or a tree of it: a scanner (scanner.go) steps over what is not needed, and one resource at a
// time is decoded. The bounds: 16 MB, 200,000 values and a nesting of 200 for one resource, 400,000 resources.
//
// A plan does not show the expressions of dynamic blocks and what locals hold; references through them are restored by
// Locate only.
package tfplan

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/source/terraform"
	"github.com/onus-dev/onus/vocabulary"
)

// maxResources bounds how many resources one document may hold, as it does for a root of configuration.
const maxResources = 400_000

var (
	errSize = fmt.Errorf("its JSON has more than %d MB", maxResource>>20)
	noPlace diag.Range
)

// Options says what a reader needs beside the document.
type Options struct {
	// Types is the vocabulary.
	Types *vocabulary.Types
}

// reading is the reading of one document.
type reading struct {
	path string
	file io.ReadSeeker
	s    *scanner
	*decoder
	tr  *terraform.Translator
	inv *inventory.Inventory

	marks map[string]mark
	// oversized are the addresses of resources over maxResource by their offset.
	oversized map[int64]string
	// told is set once the document's text was found to be broken.
	told    bool
	stopped bool

	// data holds the addresses of the data sources that were read.
	data   map[string]bool
	config *configModule
	link   *linker
	ids    *identities
	// computed are the blocks that the provider fills in, by type; structures remembers what structure answered.
	computed   map[string][]string
	structures map[string]bool
}

// mark is a place in the document that can be returned to.
type mark struct {
	offset    int64
	line      int
	lineStart int64
}

// Read reads a document of the given form from r, whose beginning is its beginning. path is the display name of the file and
// the Scope of its resources. Recognise must have told the form. What could not be read is in the inventory's diagnostics.
func Read(path string, r io.ReadSeeker, form Form, opts Options) *inventory.Inventory {
	rd := &reading{
		path: path, file: r, decoder: newDecoder(), tr: terraform.NewTranslator(opts.Types), inv: &inventory.Inventory{},
		marks: map[string]mark{}, oversized: map[int64]string{}, link: newLinker(), structures: map[string]bool{}, computed: computedBlocks(), data: map[string]bool{},
	}
	name := "state"
	if form == Plan {
		name = "plan"
	}
	rd.inv.Roots = []inventory.Root{{Path: path, Form: name}}
	if !rd.seek(mark{line: 1}) {
		return rd.inv
	}
	switch form {
	case Plan:
		rd.plan()
	case State:
		rd.state()
	case Raw:
		rd.raw()
	default:
		rd.fail(1, 1, "Input not recognised", "The file is neither a plan nor a state of Terraform.")
	}
	return rd.inv
}

// here marks the place of the next value.
func (r *reading) here() mark {
	r.s.count(r.s.pos)
	return mark{offset: r.s.offset(), line: r.s.line, lineStart: r.s.lineStart}
}

// seek starts to read at a mark.
func (r *reading) seek(m mark) bool {
	if _, err := r.file.Seek(m.offset, io.SeekStart); err != nil {
		r.broken(err)
		return false
	}
	r.s = newScanner(r.file)
	r.s.base, r.s.line, r.s.lineStart, r.s.words = m.offset, m.line, m.lineStart, r.words
	if m.offset == 0 {
		r.s.peek()
		if rest, ok := strings.CutPrefix(string(r.s.buf[r.s.pos:min(len(r.s.buf), r.s.pos+3)]), byteOrderMark); ok && rest == "" {
			r.s.pos += len(byteOrderMark)
		}
	}
	return true
}

// top goes over the members of the document, filing where each starts.
func (r *reading) top(f func(key string) error) {
	r.broken(r.s.object(func(key string) error {
		r.marks[key] = r.here()
		return f(key)
	}))
}

// broken tells what is wrong with the document's text, once: a second pass comes upon it again.
func (r *reading) broken(err error) {
	if err == nil || r.told || errors.Is(err, errStop) {
		return
	}
	r.told = true
	p, ok := errors.AsType[*problem](err)
	switch {
	case !ok:
		r.inv.Diags.Errorf(diag.Range{Path: r.path}, "File not read", "%v.", err)
	case p.cut:
		r.fail(p.line, p.column, "File is cut off", "The JSON ends in the middle. What stands before was read; write the file again.")
	default:
		r.fail(p.line, p.column, "Invalid JSON", "%s. What stands before was read; write the file again with terraform show -json.", sentence(p.what))
	}
}

// sentence gives text a capital letter.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// errStop ends a pass that was stopped by a bound, which was told.
var errStop = errors.New("stopped")

func (r *reading) fail(line, column int, summary, format string, args ...any) {
	r.inv.Diags.Errorf(diag.Range{Path: r.path, Line: line, Column: column}, summary, format, args...)
}

// refused tells that a resource, or a part of the configuration, is over a bound.
func (r *reading) refused(address string, why error) {
	r.inv.Diags.Errorf(diag.Range{Path: r.path, Line: r.s.line}, "Resource not read", "%s: %v; it was left out.", address, why)
}

// shortText reads a string, empty when the value is none.
func (r *reading) shortText() (string, error) {
	if r.s.peek() != '"' {
		return "", r.s.skip()
	}
	return r.s.text()
}

// flag reads a bool, false when the value is none.
func (r *reading) flag() (bool, error) {
	n, err := r.small()
	return n.Bool, err
}

// small reads a small value.
func (r *reading) small() (terraform.Node, error) {
	raw, err := r.s.capture(window)
	if err != nil || raw == nil {
		return terraform.Node{}, err
	}
	r.resourceStarts()
	return r.node(raw, 0)
}

// version reports whether a format_version is one that can be read, and says so when not.
func (r *reading) version(text string) bool {
	major, _, _ := strings.Cut(text, ".")
	if major == "0" || major == "1" {
		return true
	}
	r.fail(r.s.line, 0, "Format not supported", "The format_version is %q; 0.x and 1.x can be read. Use a newer onus, or the terraform that fits.", text)
	return false
}

// elements goes over an array of resources. f gets each one's bytes, and may be called only while nothing was stopped.
func (r *reading) elements(what string, f func(raw *scanner) error) error {
	i := -1
	return r.s.array(func() error {
		i++
		if r.stopped {
			return errStop
		}
		start := r.s.offset()
		raw, err := r.s.capture(maxResource)
		switch {
		case err != nil:
			return err
		case raw == nil:
			name := r.oversized[start]
			if name == "" {
				name = fmt.Sprintf("%s[%d]", what, i)
			}
			r.refused(name, errSize)
			return nil
		}
		return f(raw)
	})
}

// add translates a resource and keeps it.
func (r *reading) add(d terraform.Declared, action string) {
	if len(r.inv.Resources) >= maxResources {
		r.stopped = true
		r.fail(int(d.Line), int(d.Column), "Too many resources", "The file has more than %d resources; the rest was left out.", maxResources)
		return
	}
	d.Scope, d.Path = r.path, r.path
	if res := r.tr.Translate(d); res != nil {
		res.Action = action
		r.inv.Resources = append(r.inv.Resources, res)
	}
}

// structure reports whether a path of a type may be that of nested blocks which the provider does not fill in by itself.
func (r *reading) structure(typ string, data bool) func(path string) bool {
	return func(path string) bool {
		key := typ + " " + path
		if data {
			key = "data." + key
		}
		is, ok := r.structures[key]
		if !ok {
			is = !slices.Contains(r.computed[typ], path) && r.tr.IsStructure(typ, data, path)
			r.structures[key] = is
		}
		return is
	}
}
