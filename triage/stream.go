package triage

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/onus-dev/onus/diag"
)

// The bounds of a run.
const (
	maxBytes    = 512 << 20
	maxFindings = 200_000
)

// Source is a report that can be read more than once.
type Source struct {
	// Path is what it is called.
	Path string
	Open func() (io.ReadCloser, error)
}

// format is one form of report.
type format struct {
	id string
	// streams are the members whose lists are read element by element.
	streams []string
	// fits tells by the members before the list, and its first element, which may be nil, that a document is of this form.
	fits func(head, first *node) bool
	// is tells by a whole document or element.
	is func(doc *node) bool
	// visit finds the findings of an element and calls emit with each and the node that it stands in.
	visit func(head, el *node, emit emitter)
	// finish completes findings by what stands after them; nil when nothing does.
	finish func(head *node, found []Finding)
	// annotate puts a label into a node. hide asks to suppress what is not the customer's; it may mark the node to be
	// dropped.
	annotate func(at *node, f *Finding, hide bool)
	// settle repairs an element whose nodes were marked to be dropped; nil when nothing is to be repaired.
	settle func(el *node)
	tool   func(head *node) string
}

type emitter func(f Finding, at *node)

// formats are those that are known; the first that fits is taken.
func formats() []*format {
	return []*format{trivy(), grype(), osv(), sarif(), cyclonedx(), inspector(), asff(), ocsf()}
}

// reading is one pass over one report.
type reading struct {
	p   parser
	all []*format
	// format is that of the first element whose format is known.
	format *format
	tool   string
	// emit is called for each finding with its node.
	emit func(fm *format, f Finding, at *node)
	// done is called after each document with all that stands beside the streamed list.
	done func(fm *format, head *node)
	// out is nil when the report is only read.
	out *rewriter
	// unknown counts documents of no known form; keys are the members of those that were read.
	unknown, documents int
	keys               []string
}

var errTooLarge = fmt.Errorf("the report has more than %d MB", maxBytes>>20)

// bounded fails when a report is larger than it may be.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}

// run reads every document of a report: one JSON value, a list of values, or a value a line.
func (r *reading) run(in io.Reader) error {
	br := bufio.NewReaderSize(&bounded{in, maxBytes}, 1<<16)
	if mark, err := br.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		if _, err := br.Discard(3); err != nil {
			return err
		}
	}
	r.all = formats()
	r.p.dec = json.NewDecoder(br)
	r.p.dec.UseNumber()
	for {
		t, err := r.p.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.documents++
		if err := r.document(t); err != nil {
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
}

func (r *reading) document(t json.Token) error {
	r.out.begin()
	var err error
	switch t {
	case json.Delim('{'):
		err = r.object()
	case json.Delim('['):
		r.out.open("[", "")
		err = r.elements(nil, nil, nil)
		r.out.close("]")
	default:
		r.p.left = maxElements
		var n *node
		if n, err = r.p.value(t, 0); err == nil {
			r.unknown++
			r.out.element(n)
		}
	}
	r.out.end()
	return err
}

// object reads a document member by member. Until a list is streamed its members are kept, and written with it.
func (r *reading) object() error {
	head := &node{kind: '{'}
	var streamed *format
	r.p.left = maxElements
	for r.p.dec.More() {
		key, err := r.p.key()
		if err != nil {
			return err
		}
		if len(r.keys) < 100 {
			r.keys = append(r.keys, key)
		}
		t, err := r.p.dec.Token()
		if err != nil {
			return err
		}
		if t == json.Delim('[') && streamed == nil && r.streams(key) {
			if streamed, err = r.list(head, key); err != nil {
				return err
			}
			continue
		}
		n, err := r.p.value(t, 1)
		if err != nil {
			return err
		}
		head.keys, head.items = append(head.keys, key), append(head.items, n)
		if streamed != nil {
			r.out.member(key, n)
		}
	}
	if _, err := r.p.dec.Token(); err != nil {
		return err
	}
	if streamed == nil {
		r.whole(head)
		r.out.element(head)
		return nil
	}
	r.out.close("}")
	r.finish(streamed, head)
	return nil
}

// list reads a list that one of the formats streams, and returns that format; nil leaves the list in head.
func (r *reading) list(head *node, key string) (*format, error) {
	var first *node
	if r.p.dec.More() {
		var err error
		if first, err = r.p.element(); err != nil {
			return nil, err
		}
	}
	for _, fm := range r.all {
		if slices.Contains(fm.streams, key) && fm.fits(head, first) {
			r.out.object(head)
			r.out.open("[", key)
			err := r.elements(fm, first, head)
			r.out.close("]")
			return fm, err
		}
	}
	rest, err := r.p.container('[', 1)
	if err != nil {
		return nil, err
	}
	if first != nil {
		rest.items = slices.Insert(rest.items, 0, first)
	}
	head.keys, head.items = append(head.keys, key), append(head.items, rest)
	return nil, nil
}

func (r *reading) streams(key string) bool {
	return slices.ContainsFunc(r.all, func(f *format) bool { return slices.Contains(f.streams, key) })
}

// elements reads the rest of a list of a format, or of a list of documents when fm is nil; first was read already.
func (r *reading) elements(fm *format, first, head *node) error {
	visit := func(el *node) {
		if fm == nil {
			r.whole(el)
		} else {
			r.visit(fm, head, el)
		}
		r.out.element(el)
	}
	if first != nil {
		visit(first)
	}
	for r.p.dec.More() {
		el, err := r.p.element()
		if err != nil {
			return err
		}
		visit(el)
	}
	_, err := r.p.dec.Token()
	return err
}

// whole visits a document that is read as one.
func (r *reading) whole(doc *node) {
	for _, fm := range r.all {
		if fm.is != nil && fm.is(doc) {
			r.visit(fm, doc, doc)
			r.finish(fm, doc)
			return
		}
	}
	r.unknown++
}

func (r *reading) visit(fm *format, head, el *node) {
	r.note(fm, head)
	fm.visit(head, el, func(f Finding, at *node) { r.emit(fm, f, at) })
	if r.out != nil && fm.settle != nil {
		fm.settle(el)
	}
}

func (r *reading) note(fm *format, head *node) {
	if r.format == nil {
		r.format = fm
	}
	if t := fm.tool(head); t != "" && r.tool == "" {
		r.tool = t
	}
}

func (r *reading) finish(fm *format, head *node) {
	r.note(fm, head)
	if r.done != nil {
		r.done(fm, head)
	}
}

// Read reads the reports. What cannot be read is a diagnostic, and what stood before it is kept.
func Read(sources []Source) ([]Report, []Finding, diag.List) {
	var diags diag.List
	reports, found := []Report{}, []Finding{}
	for _, s := range sources {
		rep, more := readReport(s, &diags, maxFindings-len(found))
		if rep != nil {
			reports, found = append(reports, *rep), append(found, more...)
		}
	}
	return reports, found, diags
}

func readReport(s Source, diags *diag.List, room int) (*Report, []Finding) {
	at := diag.Range{Path: s.Path}
	in, err := s.Open()
	if err != nil {
		diags.Errorf(at, "Report not readable", "%v.", err)
		return nil, nil
	}
	defer in.Close()
	var found []Finding
	start, left := 0, 0
	r := &reading{
		emit: func(_ *format, f Finding, _ *node) {
			if len(found) >= room {
				left++
				return
			}
			f.Report, f.Number = s.Path, len(found)+1
			found = append(found, f)
		},
		done: func(fm *format, head *node) {
			if fm.finish != nil {
				fm.finish(head, found[start:])
			}
			start = len(found)
		},
	}
	if err := r.run(in); err != nil {
		at.Line, at.Column = placeOf(s, r.p.dec.InputOffset())
		diags.Errorf(at, "Report not read to its end", "%v. %d findings before this place are kept.", err, len(found))
	}
	switch {
	case left > 0:
		diags.Errorf(at, "Too many findings", "A run takes %d findings (maxFindings); %d of this report are left out. Give fewer reports at once.", maxFindings, left)
	case r.format == nil && r.documents > 0 || r.unknown > 0:
		diags.Errorf(at, "Report of no known form", "Expected JSON of Trivy, Grype, osv-scanner, Amazon Inspector, Security Hub (ASFF), OCSF, SARIF 2.1.0 or CycloneDX with vulnerabilities; %d of %d documents are none of these.", max(r.unknown, 1), r.documents)
	case r.documents == 0 && !diags.HasErrors():
		diags.Errorf(at, "Report is empty", "Expected JSON of a scanner.")
	}
	if r.format == nil {
		return nil, nil
	}
	if len(found) > 0 {
		r.tool = first(r.tool, found[0].Tool)
	}
	return &Report{Path: s.Path, Format: r.format.id, Tool: r.tool, Findings: len(found), source: s, lines: r.documents > 1}, named(found, r.tool)
}

// named gives findings whose tool is told after them, or nowhere, that of the report.
func named(found []Finding, tool string) []Finding {
	for i := range found {
		if found[i].Tool == "" {
			found[i].Tool = tool
		}
	}
	return found
}

// placeOf finds the line and column of an offset by reading the report again.
func placeOf(s Source, offset int64) (line, column int) {
	in, err := s.Open()
	if err != nil {
		return 0, 0
	}
	defer in.Close()
	br := bufio.NewReader(io.LimitReader(in, offset))
	line, column = 1, 1
	for {
		b, err := br.ReadByte()
		if err != nil {
			return line, column
		}
		if column++; b == '\n' {
			line, column = line+1, 1
		}
	}
}

// sniffed is how much of a file is looked at to tell whether it is a report.
const sniffed = 1 << 20

// Sniff reports whether a file is a report of one of the formats, by its beginning.
func Sniff(in io.Reader) bool {
	r := &reading{emit: func(*format, Finding, *node) {}}
	// What ends early is an error; then the names of the members tell, as far as only a report has them.
	_ = r.run(io.LimitReader(in, sniffed))
	telling := func(key string) bool {
		return slices.Contains([]string{"bomFormat", "runs", "matches", "ArtifactName"}, key)
	}
	return r.format != nil || slices.ContainsFunc(r.keys, telling)
}
