package softwaretest

import (
	"encoding/binary"
	"slices"
)

// pageSize is that of the databases made here: small, so that rows need overflow pages.
const pageSize = 512

// SQLite makes a database with one table `name(hnum INTEGER PRIMARY KEY, blob BLOB)` of the given blobs, one leaf page for
// each below an interior page, large blobs on overflow pages.
func SQLite(name string, blobs ...[]byte) []byte {
	d := &sqliteFile{}
	d.page() // the schema
	root := d.page()
	var leaves []uint32
	for i, blob := range blobs {
		leaves = append(leaves, d.leaf(uint64(i+1), record(nil, blob)))
	}
	d.interior(root, leaves)
	sql := "CREATE TABLE '" + name + "' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
	schema := d.pages[0]
	copy(schema, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(schema[16:], pageSize)
	binary.BigEndian.PutUint32(schema[28:], uint32(len(d.pages)))
	binary.BigEndian.PutUint32(schema[56:], 1)
	d.put(schema, 100, 1, record("table", name, name, int64(root), sql))
	return slices.Concat(d.pages...)
}

type sqliteFile struct{ pages [][]byte }

func (d *sqliteFile) page() uint32 {
	d.pages = append(d.pages, make([]byte, pageSize))
	return uint32(len(d.pages))
}

// put writes a leaf page with one cell; what does not fit goes to overflow pages.
func (d *sqliteFile) put(page []byte, start int, rowid uint64, payload []byte) {
	cell := appendVarint(appendVarint(nil, uint64(len(payload))), rowid)
	local := len(payload)
	if local > pageSize-35 {
		least := (pageSize-12)*32/255 - 23
		local = least + (len(payload)-least)%(pageSize-4)
		if local > pageSize-35 {
			local = least
		}
	}
	cell = append(cell, payload[:local]...)
	if local < len(payload) {
		cell = binary.BigEndian.AppendUint32(cell, d.overflow(payload[local:]))
	}
	page[start] = 0x0d
	binary.BigEndian.PutUint16(page[start+3:], 1)
	at := pageSize - len(cell)
	binary.BigEndian.PutUint16(page[start+8:], uint16(at))
	copy(page[at:], cell)
}

func (d *sqliteFile) leaf(rowid uint64, payload []byte) uint32 {
	n := d.page()
	d.put(d.pages[n-1], 0, rowid, payload)
	return n
}

func (d *sqliteFile) overflow(rest []byte) uint32 {
	n := d.page()
	page := d.pages[n-1]
	used := copy(page[4:], rest)
	if used < len(rest) {
		next := d.overflow(rest[used:])
		binary.BigEndian.PutUint32(page, next)
	}
	return n
}

func (d *sqliteFile) interior(n uint32, leaves []uint32) {
	page := d.pages[n-1]
	page[0] = 0x05
	if len(leaves) == 0 { // an empty leaf
		page[0] = 0x0d
		return
	}
	last := len(leaves) - 1
	binary.BigEndian.PutUint16(page[3:], uint16(last))
	binary.BigEndian.PutUint32(page[8:], leaves[last])
	at := pageSize
	for i, leaf := range leaves[:last] {
		cell := appendVarint(binary.BigEndian.AppendUint32(nil, leaf), uint64(i+1))
		at -= len(cell)
		copy(page[at:], cell)
		binary.BigEndian.PutUint16(page[12+2*i:], uint16(at))
	}
}

// record makes a record of nil, int64, string and []byte values.
func record(values ...any) []byte {
	var types, body []byte
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			types = appendVarint(types, 0)
		case int64:
			types = appendVarint(types, 6)
			body = binary.BigEndian.AppendUint64(body, uint64(v))
		case string:
			types = appendVarint(types, uint64(13+2*len(v)))
			body = append(body, v...)
		case []byte:
			types = appendVarint(types, uint64(12+2*len(v)))
			body = append(body, v...)
		}
	}
	return append(append(appendVarint(nil, uint64(len(types)+1)), types...), body...)
}

func appendVarint(b []byte, v uint64) []byte {
	var digits []byte
	for {
		digits = append(digits, byte(v&0x7f))
		if v >>= 7; v == 0 {
			break
		}
	}
	slices.Reverse(digits)
	for i := range digits[:len(digits)-1] {
		digits[i] |= 0x80
	}
	return append(b, digits...)
}

// NDB makes an ndb database of rpm's.
func NDB(blobs ...[]byte) []byte {
	head := make([]byte, 4096)
	copy(head, "RpmP")
	binary.LittleEndian.PutUint32(head[12:], 1)
	for at := 32; at < len(head); at += 16 {
		copy(head[at:], "Slot")
	}
	out := head
	for i, blob := range blobs {
		slot := head[32+16*i:]
		binary.LittleEndian.PutUint32(slot[4:], uint32(i+1))
		binary.LittleEndian.PutUint32(slot[8:], uint32(len(out)/16))
		entry := append([]byte("BlbS"), make([]byte, 12)...)
		binary.LittleEndian.PutUint32(entry[4:], uint32(i+1))
		binary.LittleEndian.PutUint32(entry[12:], uint32(len(blob)))
		entry = append(entry, blob...)
		entry = append(entry, make([]byte, 16-len(entry)%16)...)
		out = append(out, entry...)
		head = out[:4096]
	}
	return out
}

// Berkeley makes a hash of Berkeley DB in the given byte order, its values on overflow pages.
func Berkeley(order binary.ByteOrder, blobs ...[]byte) []byte {
	pages := [][]byte{make([]byte, pageSize), make([]byte, pageSize)}
	table := pages[1]
	table[25] = 13
	order.PutUint16(table[20:], uint16(2*len(blobs)))
	at := pageSize
	for i, blob := range blobs {
		first := len(pages)
		for rest := blob; len(rest) > 0; {
			page := make([]byte, pageSize)
			page[25] = 7
			used := copy(page[26:], rest)
			if rest = rest[used:]; len(rest) > 0 {
				order.PutUint32(page[16:], uint32(len(pages)+1))
			}
			order.PutUint16(page[22:], uint16(used))
			pages = append(pages, page)
		}
		at -= 12
		table[at] = 3
		order.PutUint32(table[at+4:], uint32(first))
		order.PutUint32(table[at+8:], uint32(len(blob)))
		order.PutUint16(table[26+4*i+2:], uint16(at))
		at -= 5
		table[at] = 1
		order.PutUint16(table[26+4*i:], uint16(at))
	}
	head := pages[0]
	order.PutUint32(head[12:], 0x061561)
	order.PutUint32(head[20:], pageSize)
	head[25] = 8
	order.PutUint32(head[32:], uint32(len(pages)-1))
	return slices.Concat(pages...)
}
