package triage

import (
	"bufio"
	"fmt"
	"io"
)

// extension is what is put into a report of another tool.
func extension(f *Finding) *node {
	citation, workload, team := "", "", ""
	if f.Citation != nil {
		citation = f.Citation.URL
	}
	if f.Workload != nil {
		workload = f.Workload.Address
	}
	if f.Team != nil {
		team = f.Team.Name
	}
	return object("label", string(f.Label), "action", f.Action, "residual", string(f.Residual), "team", team, "workload", workload,
		"hosting", f.Hosting, "layer", string(f.Layer), "duty", string(f.Duty), "reason", f.Reason, "citation", citation)
}

// rewriter writes a report while it is read. A nil rewriter writes nothing.
type rewriter struct {
	w *bufio.Writer
	// documents is how many were begun; compact puts each on a line of its own, as more than one were read.
	documents int
	compact   bool
	// stack has for each open container whether it has an element already.
	stack []bool
	err   error
}

func (o *rewriter) begin() {
	if o == nil {
		return
	}
	o.documents++
}

func (o *rewriter) end() {
	if o != nil {
		o.raw("\n")
	}
}

func (o *rewriter) raw(s string) {
	if _, err := o.w.WriteString(s); err != nil && o.err == nil {
		o.err = err
	}
}

// next separates what follows from what stands before it in the open container.
func (o *rewriter) next() {
	if len(o.stack) == 0 {
		return
	}
	if o.stack[len(o.stack)-1] {
		o.raw(",")
	}
	o.stack[len(o.stack)-1] = true
	if !o.compact {
		newline(o.w, len(o.stack)-1, 1)
	}
}

// open begins a container, as a member when key is not empty.
func (o *rewriter) open(mark, key string) {
	if o == nil {
		return
	}
	o.next()
	if key != "" {
		o.name(key)
	}
	o.raw(mark)
	o.stack = append(o.stack, false)
}

func (o *rewriter) name(key string) {
	if err := writeText(o.w, key); err != nil && o.err == nil {
		o.err = err
	}
	o.raw(":")
	if !o.compact {
		o.raw(" ")
	}
}

func (o *rewriter) close(mark string) {
	if o == nil {
		return
	}
	filled := o.stack[len(o.stack)-1]
	o.stack = o.stack[:len(o.stack)-1]
	if filled && !o.compact {
		newline(o.w, len(o.stack), 0)
	}
	o.raw(mark)
}

// object begins an object with the members that were read so far; it stays open.
func (o *rewriter) object(head *node) {
	if o == nil {
		return
	}
	o.open("{", "")
	for i, key := range head.keys {
		o.member(key, head.items[i])
	}
}

func (o *rewriter) member(key string, n *node) {
	if o == nil {
		return
	}
	o.next()
	o.name(key)
	o.value(n)
}

func (o *rewriter) element(n *node) {
	if o == nil || n.drop {
		return
	}
	o.next()
	o.value(n)
}

func (o *rewriter) value(n *node) {
	indent := len(o.stack)
	if o.compact {
		indent = -1
	}
	if err := n.write(o.w, indent); err != nil && o.err == nil {
		o.err = err
	}
}

// Same writes a report again with the label of each finding in it. What is not among only is suppressed as the format has
// it, or left out; an empty only keeps all. The findings are those of the result, in which those of the report stand in
// its order; the error is that of w, or that the report cannot be read any more.
func Same(w io.Writer, r *Result, rep *Report, only []Label) error {
	in, err := rep.source.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	var labelled []*Finding
	for i := range r.Findings {
		if r.Findings[i].Report == rep.Path {
			labelled = append(labelled, &r.Findings[i])
		}
	}
	n := 0
	out := &rewriter{w: bufio.NewWriterSize(w, 1<<16), compact: rep.lines}
	pass := &reading{out: out, emit: func(fm *format, _ Finding, at *node) {
		if n < len(labelled) {
			fm.annotate(at, labelled[n], !kept(labelled[n].Label, only))
		}
		n++
	}}
	if err := pass.run(in); err != nil {
		return fmt.Errorf("read %s again: %w", rep.Path, err)
	}
	if err := out.w.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return out.err
}

func kept(l Label, only []Label) bool {
	for _, o := range only {
		if o == l {
			return true
		}
	}
	return len(only) == 0
}
