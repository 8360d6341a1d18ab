// Package table is a file of sorted tables, opened without being read: the container of the vulnerability index.
//
// A file holds a few named tables, each from byte-string keys to byte-string values in the order of the keys. A table is
// cut into blocks of about BlockSize bytes, compressed one by one; of each block the directory keeps the first key, the
// place and a checksum. Opening reads the directory alone; a lookup finds the block by binary search, reads it at its
// offset, checks it and scans it. Blocks read lately stay in a cache of bounded size.
//
//	header      "ONUSVULN", format version
//	blocks      of all tables, one after the other
//	directory   of each table its name, entries and blocks (first key, offset, lengths, checksum)
//	trailer     place and checksum of the directory, length of the whole file, "NLUVSUNO"
//
// All numbers of header and trailer are little-endian. The trailer's length tells a file that was cut off, the magic one
// that is none of ours, the checksums one that was damaged. The same tables give the same bytes. A file is written by
// Writer and read by File, from any io.ReaderAt; several goroutines may read at once.
package table

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Version is the version of the format. A file of another version is refused and has to be built anew.
const Version = 1

// Bounds of a file. Those of a block keep a forged length from claiming memory.
const (
	BlockSize    = 16 << 10  // bytes of a block before it is closed
	MaxBlock     = 256 << 20 // bytes of one block, unpacked: the largest value and its key
	MaxDirectory = 256 << 20 // bytes of the directory
	MaxKey       = 4 << 10   // bytes of a key
	maxTables    = 64
	cacheBytes   = 32 << 20 // unpacked blocks kept, about
)

// Errors of a file that is not what it should be. They are wrapped with the particulars.
var (
	ErrForeign   = errors.New("not a file of vulnerability data")
	ErrVersion   = errors.New("vulnerability data of another format version")
	ErrTruncated = errors.New("the file is cut off")
	ErrDamaged   = errors.New("the file is damaged")
)

const (
	magic     = "ONUSVULN"
	magicEnd  = "NLUVSUNO"
	headerLen = len(magic) + 8
	// trailer: offset 8, length 8, checksum 4, version 4, file length 8, magic 8
	trailerLen = 40
	// worst is more than what deflate can unpack a byte to.
	worst = 1100
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// block is a block's line in the directory.
type block struct {
	first          string // its first key
	offset         int64
	packed, length int // bytes in the file, and unpacked
	sum            uint32
}

// tableInfo is a table's part of the directory.
type tableInfo struct {
	name    string
	entries int
	blocks  []block
}

func header() []byte {
	out := append(make([]byte, 0, headerLen), magic...)
	out = binary.LittleEndian.AppendUint32(out, Version)
	return binary.LittleEndian.AppendUint32(out, 0)
}

func appendDirectory(out []byte, tables []tableInfo) []byte {
	out = binary.AppendUvarint(out, uint64(len(tables)))
	for _, t := range tables {
		out = AppendString(out, t.name)
		out = binary.AppendUvarint(out, uint64(t.entries))
		out = binary.AppendUvarint(out, uint64(len(t.blocks)))
		for _, b := range t.blocks {
			out = AppendString(out, b.first)
			out = binary.AppendUvarint(out, uint64(b.offset))
			out = binary.AppendUvarint(out, uint64(b.packed))
			out = binary.AppendUvarint(out, uint64(b.length))
			out = binary.LittleEndian.AppendUint32(out, b.sum)
		}
	}
	return out
}

// parseDirectory reads a directory whose blocks lie before end.
func parseDirectory(data []byte, end int64) ([]tableInfo, error) {
	d := NewDecoder(data)
	n := d.Int(maxTables)
	var tables []tableInfo
	for range n {
		t := tableInfo{name: d.String(MaxKey), entries: d.Int(1 << 40)}
		blocks := d.Int(len(data))
		for i := 0; i < blocks && d.Err() == nil; i++ {
			b := block{first: d.String(MaxKey), offset: int64(d.Int(int(end))), packed: d.Int(int(end)), length: d.Int(MaxBlock), sum: d.Uint32()}
			switch {
			case d.Err() != nil:
			case b.offset < int64(headerLen) || b.offset+int64(b.packed) > end || b.length > b.packed*worst+64:
				return nil, errors.New("a block lies outside the file")
			case i > 0 && b.first <= t.blocks[i-1].first:
				return nil, errors.New("blocks are out of order")
			}
			t.blocks = append(t.blocks, b)
		}
		tables = append(tables, t)
	}
	return tables, d.Err()
}
