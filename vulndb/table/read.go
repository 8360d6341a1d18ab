package table

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sort"
	"sync"
)

// File is an open file of tables.
type File struct {
	in     io.ReaderAt
	tables map[string]*tableInfo
	cache  cache
	unpack sync.Pool
}

// Open reads the directory of a file of the given length. An error wraps ErrForeign, ErrVersion, ErrTruncated or
// ErrDamaged, or is the reader's own.
func Open(in io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, headerLen)
	if size < int64(headerLen) {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrForeign, size)
	}
	if _, err := in.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if string(head[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrForeign, magic)
	}
	if v := binary.LittleEndian.Uint32(head[len(magic):]); v != Version {
		return nil, fmt.Errorf("%w: it has version %d, this program reads version %d", ErrVersion, v, Version)
	}
	if binary.LittleEndian.Uint32(head[len(magic)+4:]) != 0 {
		return nil, fmt.Errorf("%w: its header", ErrDamaged)
	}
	directory, at, err := readDirectory(in, size)
	if err != nil {
		return nil, err
	}
	infos, err := parseDirectory(directory, at)
	if err != nil {
		return nil, fmt.Errorf("%w: its directory: %v", ErrDamaged, err)
	}
	f := &File{in: in, tables: map[string]*tableInfo{}}
	for i := range infos {
		f.tables[infos[i].name] = &infos[i]
	}
	return f, nil
}

// readDirectory finds the directory by the trailer and checks it. It returns the directory's offset too.
func readDirectory(in io.ReaderAt, size int64) ([]byte, int64, error) {
	if size < int64(headerLen)+trailerLen {
		return nil, 0, fmt.Errorf("%w: it has %d bytes", ErrTruncated, size)
	}
	trailer := make([]byte, trailerLen)
	if _, err := in.ReadAt(trailer, size-trailerLen); err != nil {
		return nil, 0, err
	}
	if string(trailer[32:]) != magicEnd {
		return nil, 0, fmt.Errorf("%w: its end is missing", ErrTruncated)
	}
	at, length := binary.LittleEndian.Uint64(trailer), binary.LittleEndian.Uint64(trailer[8:])
	if whole := binary.LittleEndian.Uint64(trailer[24:]); whole != uint64(size) {
		return nil, 0, fmt.Errorf("%w: it has %d bytes and should have %d", ErrTruncated, size, whole)
	}
	if length > MaxDirectory || binary.LittleEndian.Uint32(trailer[20:]) != Version || at > uint64(size) || at+length+trailerLen != uint64(size) || at < uint64(headerLen) {
		return nil, 0, fmt.Errorf("%w: its trailer", ErrDamaged)
	}
	directory := make([]byte, length)
	if _, err := in.ReadAt(directory, int64(at)); err != nil {
		return nil, 0, err
	}
	if checksum(directory) != binary.LittleEndian.Uint32(trailer[16:]) {
		return nil, 0, fmt.Errorf("%w: the checksum of its directory is wrong", ErrDamaged)
	}
	return directory, int64(at), nil
}

// Entries returns the number of entries of a table, 0 when there is no such table.
func (f *File) Entries(name string) int {
	if t := f.tables[name]; t != nil {
		return t.entries
	}
	return 0
}

// Get returns the value of a key. The bytes are shared and must not be changed.
func (f *File) Get(name, key string) (value []byte, found bool, err error) {
	t := f.tables[name]
	if t == nil {
		return nil, false, nil
	}
	i := sort.Search(len(t.blocks), func(i int) bool { return t.blocks[i].first > key }) - 1
	if i < 0 {
		return nil, false, nil
	}
	page, err := f.page(&t.blocks[i])
	if err != nil {
		return nil, false, err
	}
	j := sort.Search(len(page.starts), func(j int) bool { return string(page.key(j)) >= key })
	if j < len(page.starts) {
		if k, v := page.entry(j); string(k) == key {
			return v, true, nil
		}
	}
	return nil, false, nil
}

// Each calls entry for every entry of a table in the order of the keys, until it returns false. The bytes are shared.
func (f *File) Each(name string, entry func(key, value []byte) bool) error {
	t := f.tables[name]
	if t == nil {
		return nil
	}
	for i := range t.blocks {
		raw, err := f.read(&t.blocks[i])
		if err != nil {
			return err
		}
		more := true
		err = scan(raw, func(k, v []byte) bool {
			more = entry(k, v)
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// Verify reads every block and checks it.
func (f *File) Verify() error {
	for name, t := range f.tables {
		entries := 0
		if err := f.Each(name, func(_, _ []byte) bool { entries++; return true }); err != nil {
			return err
		}
		if entries != t.entries {
			return fmt.Errorf("%w: table %s has %d entries and should have %d", ErrDamaged, name, entries, t.entries)
		}
	}
	return nil
}

// scan calls entry for each entry of a block until it returns false.
func scan(raw []byte, entry func(k, v []byte) bool) error {
	d := NewDecoder(raw)
	for d.Len() > 0 {
		k := d.Bytes(MaxKey)
		v := d.Bytes(math.MaxInt)
		if d.Err() != nil {
			return fmt.Errorf("%w: a block: %v", ErrDamaged, d.Err())
		}
		if !entry(k, v) {
			return nil
		}
	}
	return nil
}

// page is an unpacked block with the place of each entry, so that a lookup needs no scan.
type page struct {
	raw    []byte
	starts []uint32
}

func newPage(raw []byte) (*page, error) {
	p := &page{raw: raw}
	d := NewDecoder(raw)
	for d.Len() > 0 {
		p.starts = append(p.starts, uint32(len(raw)-d.Len()))
		d.Bytes(MaxKey)
		d.Bytes(math.MaxInt)
	}
	if d.Err() != nil {
		return nil, fmt.Errorf("%w: a block: %v", ErrDamaged, d.Err())
	}
	return p, nil
}

// key returns the j-th key. newPage has checked the lengths.
func (p *page) key(j int) []byte {
	at := p.raw[p.starts[j]:]
	n, width := binary.Uvarint(at)
	return at[width : width+int(n)]
}

// entry returns the j-th entry.
func (p *page) entry(j int) (key, value []byte) {
	d := NewDecoder(p.raw[p.starts[j]:])
	return d.Bytes(MaxKey), d.Bytes(math.MaxInt)
}

// page returns an unpacked block, from the cache when it is there.
func (f *File) page(b *block) (*page, error) {
	if p := f.cache.get(b.offset); p != nil {
		return p, nil
	}
	raw, err := f.read(b)
	if err != nil {
		return nil, err
	}
	p, err := newPage(raw)
	if err == nil {
		f.cache.put(b.offset, p)
	}
	return p, err
}

func (f *File) read(b *block) ([]byte, error) {
	packed := make([]byte, b.packed)
	if _, err := f.in.ReadAt(packed, b.offset); err != nil {
		return nil, fmt.Errorf("%w: a block cannot be read: %v", ErrDamaged, err)
	}
	if checksum(packed) != b.sum {
		return nil, fmt.Errorf("%w: the checksum of the block at byte %d is wrong", ErrDamaged, b.offset)
	}
	in, _ := f.unpack.Get().(io.ReadCloser)
	if in == nil {
		in = flate.NewReader(bytes.NewReader(packed))
	} else if err := in.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
		return nil, err
	}
	defer f.unpack.Put(in)
	raw := make([]byte, b.length)
	if _, err := io.ReadFull(in, raw); err != nil {
		return nil, fmt.Errorf("%w: the block at byte %d: %v", ErrDamaged, b.offset, err)
	}
	return raw, nil
}

// cache keeps the blocks read lately, by offset, in two generations: when the younger one is full it becomes the elder,
// whose blocks are forgotten unless they were asked for again.
type cache struct {
	mu             sync.Mutex
	younger, elder map[int64]*page
	size           int
}

func (c *cache) get(offset int64) *page {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.younger[offset]; ok {
		return p
	}
	p, ok := c.elder[offset]
	if ok {
		c.add(offset, p)
	}
	return p
}

func (c *cache) put(offset int64, p *page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(offset, p)
}

func (c *cache) add(offset int64, p *page) {
	if c.younger == nil || c.size+p.size() > cacheBytes/2 {
		c.elder, c.younger, c.size = c.younger, map[int64]*page{}, 0
	}
	c.younger[offset] = p
	c.size += p.size()
}

func (p *page) size() int { return len(p.raw) + 4*len(p.starts) }
