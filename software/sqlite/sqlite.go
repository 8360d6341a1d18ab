// Package sqlite reads the rows of a table from the file format of SQLite 3, as rpm keeps its packages in.
//
// Only what a reader of one table needs is here: the header, the table of tables, table b-trees and their overflow pages.
// There are no indexes, no SQL and no writing; a write-ahead log is not looked at. The format is described at
// https://www.sqlite.org/fileformat2.html; the names here are that page's.
//
// Bounds: each page is visited once at most, so that a cycle ends; a row is 32 MB at most; a tree is 20 pages deep at most.
package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	magic         = "SQLite format 3\x00"
	maxPayload    = 32 << 20
	maxTreeDepth  = 20
	maxColumns    = 256
	leafPage      = 0x0d
	interiorPage  = 0x05
	schemaColumns = 4
)

// ErrFormat says that the file is not a database that can be read.
var ErrFormat = errors.New("not a readable SQLite database")

// Is reports whether a file begins as a database does.
func Is(head []byte) bool { return strings.HasPrefix(string(head), magic) }

// Row is one row: nil, int64, string or []byte for each column; a floating-point number is its 8 bytes.
type Row []any

type file struct {
	r        io.ReaderAt
	pageSize int64
	// usable is the page without what is reserved at its end.
	usable int64
	pages  uint32
	seen   []uint64
}

// Rows visits the rows of a table in the order of their row ids. Column values are valid after visit returns.
func Rows(r io.ReaderAt, size int64, table string, visit func(rowid int64, row Row) error) error {
	f, err := open(r, size)
	if err != nil {
		return err
	}
	var root uint32
	found := errors.New("found")
	err = f.tree(1, 0, func(_ int64, row Row) error {
		if len(row) <= schemaColumns {
			return nil
		}
		typ, _ := row[0].(string)
		name, _ := row[1].(string)
		if page, ok := row[3].(int64); ok && typ == "table" && strings.EqualFold(name, table) {
			root = uint32(page)
			return found
		}
		return nil
	})
	switch {
	case err == nil:
		return fmt.Errorf("%w: it has no table %s", ErrFormat, table)
	case !errors.Is(err, found):
		return err
	}
	clear(f.seen)
	return f.tree(root, 0, visit)
}

func open(r io.ReaderAt, size int64) (*file, error) {
	head := make([]byte, 100)
	if _, err := r.ReadAt(head, 0); err != nil || !Is(head) {
		return nil, ErrFormat
	}
	f := &file{r: r, pageSize: int64(binary.BigEndian.Uint16(head[16:]))}
	if f.pageSize == 1 {
		f.pageSize = 65536
	}
	f.usable = f.pageSize - int64(head[20])
	if f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 || f.usable < 480 {
		return nil, fmt.Errorf("%w: a page of %d bytes", ErrFormat, f.pageSize)
	}
	if enc := binary.BigEndian.Uint32(head[56:]); enc > 1 {
		return nil, fmt.Errorf("%w: its text is not UTF-8", ErrFormat)
	}
	f.pages = uint32(min(size/f.pageSize, 1<<31))
	f.seen = make([]uint64, f.pages/64+1)
	return f, nil
}

// page reads a page; each is given out once.
func (f *file) page(n uint32) ([]byte, error) {
	if n == 0 || n > f.pages {
		return nil, fmt.Errorf("%w: page %d of %d", ErrFormat, n, f.pages)
	}
	if bit := uint64(1) << (n % 64); f.seen[n/64]&bit != 0 {
		return nil, fmt.Errorf("%w: page %d is used twice", ErrFormat, n)
	} else {
		f.seen[n/64] |= bit
	}
	data := make([]byte, f.pageSize)
	if _, err := f.r.ReadAt(data, int64(n-1)*f.pageSize); err != nil {
		return nil, fmt.Errorf("%w: page %d: %w", ErrFormat, n, err)
	}
	return data, nil
}

// tree walks a table b-tree from the page n.
func (f *file) tree(n uint32, depth int, visit func(int64, Row) error) error {
	if depth > maxTreeDepth {
		return fmt.Errorf("%w: its tree is over %d pages deep", ErrFormat, maxTreeDepth)
	}
	data, err := f.page(n)
	if err != nil {
		return err
	}
	start := 0
	if n == 1 {
		start = 100
	}
	kind, cells := data[start], int(binary.BigEndian.Uint16(data[start+3:]))
	first := start + 8
	if kind == interiorPage {
		first = start + 12
	}
	if kind != interiorPage && kind != leafPage || first+2*cells > len(data) {
		return fmt.Errorf("%w: page %d is no page of a table", ErrFormat, n)
	}
	for i := range cells {
		at := int(binary.BigEndian.Uint16(data[first+2*i:]))
		if at+4 > len(data) {
			return fmt.Errorf("%w: a cell of page %d lies outside of it", ErrFormat, n)
		}
		if kind == interiorPage {
			err = f.tree(binary.BigEndian.Uint32(data[at:]), depth+1, visit)
		} else {
			err = f.cell(data[at:f.usable], visit)
		}
		if err != nil {
			return err
		}
	}
	if kind == interiorPage {
		return f.tree(binary.BigEndian.Uint32(data[start+8:]), depth+1, visit)
	}
	return nil
}

// cell reads one row of a leaf page: the size of its payload, its row id, and the payload, which may go on in overflow pages.
func (f *file) cell(data []byte, visit func(int64, Row) error) error {
	size, n := varint(data)
	rowid, m := varint(data[n:])
	data = data[n+m:]
	if n == 0 || m == 0 || size > maxPayload {
		return fmt.Errorf("%w: a row of %d bytes", ErrFormat, size)
	}
	local := f.local(int64(size))
	if local > int64(len(data)) {
		return fmt.Errorf("%w: a row is cut off", ErrFormat)
	}
	payload := data[:local]
	if local < int64(size) {
		if int64(len(data)) < local+4 {
			return fmt.Errorf("%w: a row is cut off", ErrFormat)
		}
		var err error
		if payload, err = f.overflow(payload, binary.BigEndian.Uint32(data[local:]), int64(size)); err != nil {
			return err
		}
	}
	row, err := record(payload)
	if err != nil {
		return err
	}
	return visit(int64(rowid), row)
}

// local is how much of a payload lies on its leaf page.
func (f *file) local(size int64) int64 {
	if size <= f.usable-35 {
		return size
	}
	least := (f.usable-12)*32/255 - 23
	if k := least + (size-least)%(f.usable-4); k <= f.usable-35 {
		return k
	}
	return least
}

func (f *file) overflow(head []byte, next uint32, size int64) ([]byte, error) {
	out := append([]byte(nil), head...)
	for int64(len(out)) < size {
		data, err := f.page(next)
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(data)
		out = append(out, data[4:4+min(f.usable-4, size-int64(len(out)))]...)
	}
	return out, nil
}

// record takes a payload apart: the serial types of the columns, then their values.
func record(data []byte) (Row, error) {
	header, n := varint(data)
	if n == 0 || header > uint64(len(data)) || header < uint64(n) {
		return nil, fmt.Errorf("%w: a row has no header", ErrFormat)
	}
	types, body := data[n:header], data[header:]
	var row Row
	for len(types) > 0 {
		typ, n := varint(types)
		if n == 0 || len(row) == maxColumns {
			return nil, fmt.Errorf("%w: a row has a broken header", ErrFormat)
		}
		types = types[n:]
		v, used, ok := column(typ, body)
		if !ok {
			return nil, fmt.Errorf("%w: a value is cut off", ErrFormat)
		}
		row, body = append(row, v), body[used:]
	}
	return row, nil
}

// column reads a value by its serial type.
func column(typ uint64, body []byte) (v any, used int, ok bool) {
	switch typ {
	case 0, 10, 11:
		return nil, 0, true
	case 8:
		return int64(0), 0, true
	case 9:
		return int64(1), 0, true
	case 7:
		if len(body) < 8 {
			return nil, 0, false
		}
		return body[:8:8], 8, true
	case 1, 2, 3, 4, 5, 6:
		width := [...]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}[typ]
		if len(body) < width {
			return nil, 0, false
		}
		n := int64(int8(body[0]))
		for _, c := range body[1:width] {
			n = n<<8 | int64(c)
		}
		return n, width, true
	}
	size := (typ - 12) / 2
	if size > uint64(len(body)) {
		return nil, 0, false
	}
	if typ%2 == 1 {
		return string(body[:size]), int(size), true
	}
	return body[:size:size], int(size), true
}

// varint reads a big-endian integer of 1 to 9 bytes; n is 0 when the data ends before it does.
func varint(data []byte) (v uint64, n int) {
	for i, c := range data {
		if i == 8 {
			return v<<8 | uint64(c), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
