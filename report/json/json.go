// Package json writes an allocation.Result as the JSON document of `onus map -f json`: two-space indent, no HTML
// escaping, no null in place of an array, one final newline.
//
// The document is written workload by workload, so that ten thousand workloads never lie in memory as text. Control and
// format characters of user text are written as \u escapes: the bytes change nothing in what a parser reads, and a
// terminal that shows the file obeys none of them.
package json

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diag"
)

// Options is empty: the contract leaves nothing to choose.
type Options struct{}

// Write writes r to w. The error is that of w, or of a value that cannot be encoded.
func Write(w io.Writer, r *allocation.Result, _ Options) error {
	return write(w, document[allocation.Workload]{
		head: func() any { return filled(*r) }, workloads: slices.Values(r.Workloads), fill: fillWorkload, finish: func() {},
	})
}

// WriteStream writes a result whose workloads are allocated while they are written, and finishes it.
func WriteStream(w io.Writer, s *allocation.Stream) (own diag.List, err error) {
	err = write(w, document[allocation.Workload]{
		head: func() any { return filled(*s.Head) }, workloads: s.Workloads, fill: fillWorkload, finish: func() { own = s.Finish() },
	})
	return own, err
}

// document is what is written: the fields of head in their order, with the workloads in place of the field of that name.
type document[W any] struct {
	// head returns the struct with every array filled; it is asked anew after the workloads.
	head      func() any
	workloads iter.Seq[W]
	// fill gives a workload as it is encoded, with every nil array made empty, and its id for messages.
	fill func(W) (v any, id string)
	// finish is called when the workloads are through.
	finish func()
}

func write[W any](w io.Writer, d document[W]) error {
	p := newPrinter(w, 1<<16)
	if err := d.print(p); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return p.out.Flush()
}

type printer struct {
	out *bufio.Writer
	buf bytes.Buffer
	enc *json.Encoder
}

// print writes the fields as encoding/json would, but streams the workloads.
func (d document[W]) print(p *printer) error {
	p.out.WriteByte('{')
	first := true
	typ := reflect.TypeOf(d.head())
	for i := range typ.NumField() {
		name, opts, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		v := reflect.ValueOf(d.head()).Field(i)
		if name == "-" || opts == "omitempty" && v.IsZero() {
			continue
		}
		if !first {
			p.out.WriteByte(',')
		}
		first = false
		fmt.Fprintf(p.out, "\n  %q: ", name)
		var err error
		if name == "workloads" {
			err = printWorkloads(p, d.workloads, d.fill)
			d.finish()
		} else {
			err = p.field(v, 1)
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	_, err := p.out.WriteString("\n}\n")
	return err
}

// field writes a value, a list element by element: all findings of a large run as one text would take their memory twice.
func (p *printer) field(v reflect.Value, depth int) error {
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		return p.value(v.Interface(), depth)
	}
	p.out.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			p.out.WriteByte(',')
		}
		newline(p.out, depth+1)
		if err := p.value(v.Index(i).Interface(), depth+1); err != nil {
			return err
		}
	}
	newline(p.out, depth)
	return p.out.WriteByte(']')
}

// value encodes v compactly and writes it indented, its own lines depth levels deep.
func (p *printer) value(v any, depth int) error {
	p.buf.Reset()
	if err := p.enc.Encode(v); err != nil {
		return err
	}
	indent(p.out, bytes.TrimSuffix(p.buf.Bytes(), []byte("\n")), depth)
	return nil
}

// filled returns r with every nil array made empty.
func filled(r allocation.Result) allocation.Result {
	if r.Roots == nil {
		r.Roots = []allocation.Root{}
	}
	if r.Diagnostics == nil {
		r.Diagnostics = []allocation.Diagnostic{}
	}
	if r.Coverage.UnmappedTypes == nil {
		r.Coverage.UnmappedTypes = []allocation.TypeCount{}
	}
	if r.Coverage.NotRead == nil {
		r.Coverage.NotRead = []allocation.NotRead{}
	}
	return r
}

// fillWorkload is filledWorkload as a document takes it.
func fillWorkload(w allocation.Workload) (v any, id string) { return filledWorkload(w), w.ID }

// filledWorkload returns w with every nil array made empty; w's own layers are copied only when they need it.
func filledWorkload(w allocation.Workload) allocation.Workload {
	if w.Layers == nil {
		w.Layers = []allocation.Layer{}
	}
	copied := false
	for i := range w.Layers {
		if w.Layers[i].Duties != nil {
			continue
		}
		if !copied {
			w.Layers = append([]allocation.Layer{}, w.Layers...)
			copied = true
		}
		w.Layers[i].Duties = []allocation.Duty{}
	}
	return w
}
