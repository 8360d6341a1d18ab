package json

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync"

	"github.com/onus-dev/onus/parallel"
)

// batchSize is how many workloads one goroutine encodes at a time: enough to be worth handing over, few enough that
// those under way take little memory.
const batchSize = 4

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
// After an error the rest is taken without being written, so that whoever makes them comes to an end.
func printWorkloads[W any](p *printer, ws iter.Seq[W], fill func(W) (any, string)) error {
	idle := sync.Pool{New: func() any {
		b := &batchPrinter{}
		b.printer = newPrinter(&b.text, 4<<10)
		return b
	}}
	texts := parallel.InOrder(make([]struct{}, runtime.GOMAXPROCS(0)), parallel.Batches(ws, batchSize), func(_ struct{}, ws []W) encoded {
		with := idle.Get().(*batchPrinter)
		return encoded{with, encode(with, ws, fill)}
	})
	sep, end := "[", "[]"
	var failed error
	for e := range texts {
		if failed == nil {
			failed = e.err
		}
		if failed == nil {
			p.out.WriteString(sep)
			_, failed = p.out.Write(e.text.Bytes())
		}
		idle.Put(e.batchPrinter)
		sep, end = ",", "\n  ]"
	}
	if failed != nil {
		return failed
	}
	_, err := p.out.WriteString(end)
	return err
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
