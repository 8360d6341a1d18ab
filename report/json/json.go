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
	"reflect"
	"strings"

	"github.com/onus-dev/onus/allocation"
)

// Options is empty: the contract leaves nothing to choose.
type Options struct{}

// Write writes r to w. The error is that of w, or of a value that cannot be encoded.
func Write(w io.Writer, r *allocation.Result, _ Options) error {
	p := &printer{out: bufio.NewWriterSize(w, 1<<16)}
	p.enc = json.NewEncoder(&p.buf)
	p.enc.SetEscapeHTML(false)
	if err := p.document(r); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return p.out.Flush()
}

type printer struct {
	out *bufio.Writer
	buf bytes.Buffer
	enc *json.Encoder
}

// document writes the fields of the result in their order, as encoding/json would, but streams the workloads.
func (p *printer) document(r *allocation.Result) error {
	head := filled(*r)
	v := reflect.ValueOf(head)
	p.out.WriteByte('{')
	first := true
	for i := range v.NumField() {
		name, opts, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "-" || opts == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		if !first {
			p.out.WriteByte(',')
		}
		first = false
		fmt.Fprintf(p.out, "\n  %q: ", name)
		var err error
		if name == "workloads" {
			err = p.workloads(r.Workloads)
		} else {
			err = p.value(v.Field(i).Interface(), 1)
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	_, err := p.out.WriteString("\n}\n")
	return err
}

func (p *printer) workloads(ws []allocation.Workload) error {
	if len(ws) == 0 {
		_, err := p.out.WriteString("[]")
		return err
	}
	for i := range ws {
		sep := ",\n    "
		if i == 0 {
			sep = "[\n    "
		}
		p.out.WriteString(sep)
		if err := p.value(filledWorkload(ws[i]), 2); err != nil {
			return fmt.Errorf("workload %s: %w", ws[i].ID, err)
		}
	}
	_, err := p.out.WriteString("\n  ]")
	return err
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
