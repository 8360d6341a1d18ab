package table

import (
	"encoding/binary"
	"errors"
	"math"
)

// AppendString appends a string with its length before it.
func AppendString(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}

// AppendStrings appends a list of strings with its length before it.
func AppendStrings(out []byte, list []string) []byte {
	out = binary.AppendUvarint(out, uint64(len(list)))
	for _, s := range list {
		out = AppendString(out, s)
	}
	return out
}

// Decoder reads what the Append functions wrote. After the first mistake it returns zero values, and Err tells.
type Decoder struct {
	data []byte
	text string // the same as data, for strings that share its memory; "" when each is copied
	err  error
}

var errEncoding = errors.New("its encoding is wrong")

// NewDecoder returns a decoder of data, which must not change while it is used.
func NewDecoder(data []byte) *Decoder { return &Decoder{data: data} }

// NewTextDecoder returns a decoder whose strings are parts of one copy of data: for a value of many strings that are kept
// or dropped together.
func NewTextDecoder(data []byte) *Decoder { return &Decoder{data: data, text: string(data)} }

// Err returns the first mistake, nil when there was none.
func (d *Decoder) Err() error { return d.err }

// Len returns the number of bytes that are left.
func (d *Decoder) Len() int { return len(d.data) }

func (d *Decoder) fail() {
	d.err, d.data, d.text = errEncoding, nil, ""
}

// Int reads a number from 0 to limit.
func (d *Decoder) Int(limit int) int {
	v, n := binary.Uvarint(d.data)
	if n <= 0 || v > uint64(max(limit, 0)) {
		d.fail()
		return 0
	}
	d.data = d.data[n:]
	return int(v)
}

// Uint32 reads four bytes.
func (d *Decoder) Uint32() uint32 {
	if len(d.data) < 4 {
		d.fail()
		return 0
	}
	v := binary.LittleEndian.Uint32(d.data)
	d.data = d.data[4:]
	return v
}

// Bytes reads a string of at most limit bytes, without copying it.
func (d *Decoder) Bytes(limit int) []byte {
	n := d.Int(min(limit, len(d.data)))
	if n > len(d.data) {
		d.fail()
		return nil
	}
	out := d.data[:n:n]
	d.data = d.data[n:]
	return out
}

// String reads a string of at most limit bytes.
func (d *Decoder) String(limit int) string {
	b := d.Bytes(limit)
	if d.text == "" {
		return string(b)
	}
	end := len(d.text) - len(d.data) // data is always the tail of text
	return d.text[end-len(b) : end]
}

// Part reads a string of at most limit bytes as a decoder of its own.
func (d *Decoder) Part(limit int) Decoder {
	b := d.Bytes(limit)
	if d.text == "" {
		return Decoder{data: b, err: d.err}
	}
	end := len(d.text) - len(d.data)
	return Decoder{data: b, text: d.text[end-len(b) : end], err: d.err}
}

// Strings reads a list of strings.
func (d *Decoder) Strings() []string {
	n := d.Int(len(d.data)) // each takes a byte at least
	if n == 0 {
		return nil
	}
	out := make([]string, 0, min(n, 1024))
	for i := 0; i < n && d.err == nil; i++ {
		out = append(out, d.String(math.MaxInt))
	}
	if d.err != nil {
		return nil
	}
	return out
}
