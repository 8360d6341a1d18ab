package table

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
)

// Writer writes a file of tables. Start begins a table, Add its entries in the order of their keys, Close the file.
type Writer struct {
	out    *bufio.Writer
	offset int64
	tables []tableInfo
	raw    []byte
	packed bytes.Buffer
	flate  *flate.Writer
	first  string
	last   string
	err    error
}

// NewWriter starts a file.
func NewWriter(out io.Writer) (*Writer, error) {
	compressor, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	w := &Writer{out: bufio.NewWriterSize(out, 1<<18), flate: compressor}
	w.write(header())
	return w, w.err
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
		w.offset += int64(len(b))
	}
}

// Start begins a table of the given name.
func (w *Writer) Start(name string) error {
	w.flush()
	w.tables = append(w.tables, tableInfo{name: name})
	w.last = ""
	return w.err
}

// Add appends an entry. Its key must be greater than the one before.
func (w *Writer) Add(key string, value []byte) error {
	t := &w.tables[len(w.tables)-1]
	switch {
	case w.err != nil:
		return w.err
	case len(key) > MaxKey:
		return fmt.Errorf("table %s: a key has more than the limit of %d bytes", t.name, MaxKey)
	case len(value) > MaxBlock-MaxKey-16:
		return fmt.Errorf("table %s: the entry %q has more than the limit of %d bytes", t.name, key, MaxBlock)
	case t.entries > 0 && key <= w.last:
		return fmt.Errorf("table %s: the key %q comes after %q", t.name, key, w.last)
	}
	if len(w.raw) > 0 && len(w.raw)+len(value) > BlockSize {
		w.flush()
	}
	if len(w.raw) == 0 {
		w.first = key
	}
	w.raw = AppendString(w.raw, key)
	w.raw = binary.AppendUvarint(w.raw, uint64(len(value)))
	w.raw = append(w.raw, value...)
	w.last = key
	t.entries++
	return w.err
}

// flush closes the block that is being filled.
func (w *Writer) flush() {
	if len(w.raw) == 0 || w.err != nil {
		return
	}
	w.packed.Reset()
	w.flate.Reset(&w.packed)
	if _, w.err = w.flate.Write(w.raw); w.err != nil {
		return
	}
	if w.err = w.flate.Close(); w.err != nil {
		return
	}
	t := &w.tables[len(w.tables)-1]
	t.blocks = append(t.blocks, block{first: w.first, offset: w.offset, packed: w.packed.Len(), length: len(w.raw), sum: checksum(w.packed.Bytes())})
	w.write(w.packed.Bytes())
	w.raw = w.raw[:0]
	if cap(w.raw) > 1<<20 {
		w.raw = nil
	}
}

// Close writes the directory and the trailer. It does not close what it writes to.
func (w *Writer) Close() error {
	w.flush()
	directory := appendDirectory(nil, w.tables)
	if w.err == nil && len(directory) > MaxDirectory {
		w.err = fmt.Errorf("the directory has more than the limit of %d MiB", MaxDirectory>>20)
	}
	at := w.offset
	w.write(directory)
	trailer := binary.LittleEndian.AppendUint64(nil, uint64(at))
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(len(directory)))
	trailer = binary.LittleEndian.AppendUint32(trailer, checksum(directory))
	trailer = binary.LittleEndian.AppendUint32(trailer, Version)
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(w.offset)+trailerLen)
	w.write(append(trailer, magicEnd...))
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}
