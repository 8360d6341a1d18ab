package json

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"runtime"
)

// batchSize is how many workloads one goroutine encodes at a time: enough to be worth handing over, few enough that
// those under way take little memory.
const batchSize = 4

// batch is a run of workloads on its way to become text.
type batch[W any] struct {
	workloads []W
	done      chan encoded
}

// encoded is a printer that holds a batch as text. It goes back to be used again.
type encoded struct {
	*batchPrinter
	err error
}

// batchPrinter prints into its own memory.
type batchPrinter struct {
	*printer
	text bytes.Buffer
}

// printWorkloads writes the array of workloads. They are made by one goroutine, encoded by several and written in order.
func printWorkloads[W any](p *printer, ws iter.Seq[W], fill func(W) (any, string)) error {
	jobs := runtime.GOMAXPROCS(0)
	inOrder, toEncode := make(chan batch[W], jobs), make(chan batch[W], jobs)
	idle := make(chan *batchPrinter, 3*jobs)
	for range cap(idle) {
		b := &batchPrinter{}
		b.printer = newPrinter(&b.text, 4<<10)
		idle <- b
	}
	for range jobs {
		go func() {
			for b := range toEncode {
				with := <-idle
				b.done <- encoded{with, encode(with, b.workloads, fill)}
			}
		}()
	}
	go func() {
		defer close(toEncode)
		defer close(inOrder)
		for b := range batches(ws) {
			inOrder <- b
			toEncode <- b
		}
	}()
	return printInOrder(p, inOrder, idle)
}

// printInOrder writes batches as they come. After an error it takes the rest without writing, so that nobody waits for ever.
func printInOrder[W any](p *printer, queue <-chan batch[W], idle chan<- *batchPrinter) error {
	sep, end := "[", "[]"
	var failed error
	for b := range queue {
		e := <-b.done
		if failed == nil {
			failed = e.err
		}
		if failed == nil {
			p.out.WriteString(sep)
			_, failed = p.out.Write(e.text.Bytes())
		}
		idle <- e.batchPrinter
		sep, end = ",", "\n  ]"
	}
	if failed != nil {
		return failed
	}
	_, err := p.out.WriteString(end)
	return err
}

// batches groups workloads.
func batches[W any](ws iter.Seq[W]) iter.Seq[batch[W]] {
	return func(yield func(batch[W]) bool) {
		var run []W
		for w := range ws {
			run = append(run, w)
			if len(run) == batchSize {
				if !yield(batch[W]{run, make(chan encoded, 1)}) {
					return
				}
				run = nil
			}
		}
		if len(run) > 0 {
			yield(batch[W]{run, make(chan encoded, 1)})
		}
	}
}

// encode writes workloads with commas between them.
func encode[W any](b *batchPrinter, ws []W, fill func(W) (any, string)) error {
	b.text.Reset()
	for i, w := range ws {
		if i > 0 {
			b.out.WriteByte(',')
		}
		b.out.WriteString("\n    ")
		v, id := fill(w)
		if err := b.value(v, 2); err != nil {
			return fmt.Errorf("workload %s: %w", id, err)
		}
	}
	return b.out.Flush()
}

func newPrinter(w io.Writer, size int) *printer {
	p := &printer{out: bufio.NewWriterSize(w, size)}
	p.enc = json.NewEncoder(&p.buf)
	p.enc.SetEscapeHTML(false)
	return p
}
