package ospkg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// This file reads the two older formats of rpm's database that are files of their own: ndb (SUSE) and the hash of Berkeley
// DB (Amazon Linux 2, RHEL 8 and older). Names are those of rpm's rpmpkg.c and of Berkeley DB's db_page.h.

const (
	ndbMagic     = "RpmP"
	ndbSlot      = "Slot"
	ndbBlob      = "BlbS"
	ndbPage      = 4096
	ndbEntry     = 16
	maxSlotPages = 2048

	hashMagic      = 0x061561
	pageHeader     = 26
	pageHash       = 13
	pageHashOld    = 2
	pageOverflow   = 7
	itemOffPage    = 3
	maxHashPages   = 1 << 22
	offPageItem    = 12
	minBerkeleyPg  = 512
	maxBerkeleyPag = 64 << 10
)

// readNDB visits the blobs of an ndb database: a header of two slots' size, slot pages, and blobs that the slots point to.
func readNDB(r io.ReaderAt, size int64, keep func([]byte) error) error {
	head := make([]byte, 32)
	if _, err := r.ReadAt(head, 0); err != nil {
		return err
	}
	pages := binary.LittleEndian.Uint32(head[12:])
	if version := binary.LittleEndian.Uint32(head[4:]); version != 0 || pages == 0 || pages > maxSlotPages {
		return fmt.Errorf("an ndb database of version %d with %d slot pages cannot be read", version, pages)
	}
	slots := make([]byte, int(pages)*ndbPage)
	if _, err := r.ReadAt(slots, 0); err != nil {
		return fmt.Errorf("its slots are cut off: %w", err)
	}
	for slots = slots[2*ndbEntry:]; len(slots) > 0; slots = slots[ndbEntry:] {
		if string(slots[:4]) != ndbSlot {
			return errors.New("its table of slots is broken")
		}
		index := binary.LittleEndian.Uint32(slots[4:])
		if index == 0 {
			continue
		}
		blob, err := ndbBlobAt(r, size, int64(binary.LittleEndian.Uint32(slots[8:]))*ndbEntry, index)
		if err != nil {
			return err
		}
		if err := keep(blob); err != nil {
			return err
		}
	}
	return nil
}

func ndbBlobAt(r io.ReaderAt, size, at int64, index uint32) ([]byte, error) {
	head := make([]byte, ndbEntry)
	if _, err := r.ReadAt(head, at); err != nil {
		return nil, fmt.Errorf("a blob is cut off: %w", err)
	}
	length := int64(binary.LittleEndian.Uint32(head[12:]))
	if string(head[:4]) != ndbBlob || binary.LittleEndian.Uint32(head[4:]) != index || length > maxHeader || at+ndbEntry+length > size {
		return nil, errors.New("a blob is broken")
	}
	blob := make([]byte, length)
	_, err := r.ReadAt(blob, at+ndbEntry)
	return blob, err
}

// hashOrder tells the byte order of a Berkeley DB hash by its first bytes; ok is false when it is none.
func hashOrder(head []byte) (order binary.ByteOrder, ok bool) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if order.Uint32(head[12:]) == hashMagic {
			return order, true
		}
	}
	return nil, false
}

// hash is a Berkeley DB hash. Values of rpm's are large and lie on chains of overflow pages.
type hash struct {
	r        io.ReaderAt
	order    binary.ByteOrder
	pageSize int64
	last     uint32
	// left bounds how many overflow pages are read in all: each belongs to one value.
	left int
}

func readHash(r io.ReaderAt, size int64, order binary.ByteOrder, keep func([]byte) error) error {
	head := make([]byte, 72)
	if _, err := r.ReadAt(head, 0); err != nil {
		return fmt.Errorf("its first page is cut off: %w", err)
	}
	h := &hash{r: r, order: order, pageSize: int64(order.Uint32(head[20:])), last: order.Uint32(head[32:])}
	if h.pageSize < minBerkeleyPg || h.pageSize > maxBerkeleyPag || head[24] != 0 {
		return fmt.Errorf("a Berkeley DB with pages of %d bytes, or encrypted, cannot be read", h.pageSize)
	}
	if there := size / h.pageSize; int64(h.last) >= there || h.last > maxHashPages {
		return fmt.Errorf("it breaks off: %d pages were expected, %d are there", int64(h.last)+1, there)
	}
	h.left = int(h.last) + 1
	for n := uint32(1); n <= h.last; n++ {
		page, err := h.page(n)
		if err != nil {
			return err
		}
		if page[25] != pageHash && page[25] != pageHashOld {
			continue
		}
		if err := h.items(page, keep); err != nil {
			return err
		}
	}
	return nil
}

func (h *hash) page(n uint32) ([]byte, error) {
	page := make([]byte, h.pageSize)
	if _, err := h.r.ReadAt(page, int64(n)*h.pageSize); err != nil {
		return nil, fmt.Errorf("page %d is cut off: %w", n, err)
	}
	return page, nil
}

// items visits the values of a page: its items are pairs of key and value, by their offsets.
func (h *hash) items(page []byte, keep func([]byte) error) error {
	n := int(h.order.Uint16(page[20:]))
	if pageHeader+2*n > len(page) {
		return errors.New("a page of the hash is broken")
	}
	for i := 1; i < n; i += 2 {
		at := int(h.order.Uint16(page[pageHeader+2*i:]))
		if at >= len(page) {
			return errors.New("an item of the hash lies outside of its page")
		}
		if page[at] != itemOffPage { // a small value, such as the number of the next package
			continue
		}
		if at+offPageItem > len(page) {
			return errors.New("an item of the hash is cut off")
		}
		blob, err := h.chain(h.order.Uint32(page[at+4:]), h.order.Uint32(page[at+8:]))
		if err != nil {
			return err
		}
		if err := keep(blob); err != nil {
			return err
		}
	}
	return nil
}

// chain reads a value of the given length from overflow pages.
func (h *hash) chain(n, length uint32) ([]byte, error) {
	if length > maxHeader {
		return nil, fmt.Errorf("a value of %d bytes is too large", length)
	}
	out := make([]byte, 0, min(length, 1<<16))
	for n != 0 && len(out) < int(length) {
		if h.left--; h.left < 0 || n > h.last {
			return nil, errors.New("a chain of overflow pages does not end")
		}
		page, err := h.page(n)
		if err != nil {
			return nil, err
		}
		if page[25] != pageOverflow {
			return nil, fmt.Errorf("page %d is no overflow page", n)
		}
		out = append(out, page[pageHeader:min(pageHeader+int64(length)-int64(len(out)), h.pageSize)]...)
		n = h.order.Uint32(page[16:])
	}
	if len(out) < int(length) {
		return nil, errors.New("a value is cut off")
	}
	return out, nil
}
