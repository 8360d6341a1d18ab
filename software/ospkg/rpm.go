package ospkg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/sqlite"
)

// The tags of an rpm header that are read, by rpm's rpmtag.h.
const (
	tagName       = 1000
	tagVersion    = 1001
	tagRelease    = 1002
	tagEpoch      = 1003
	tagArch       = 1022
	tagSourceRPM  = 1044
	tagModularity = 5096
)

const (
	maxHeader  = 32 << 20
	maxEntries = 100_000
	typeInt32  = 4
	typeString = 6
	typeI18N   = 9
)

// errNotRPM says that a file is none of the formats that rpm has kept packages in.
var errNotRPM = errors.New("it is not a database of rpm's: SQLite, ndb or a hash of Berkeley DB was expected")

// ReadRPM reads a database of rpm's in whichever of the three formats it is; name is its display path. Packages are in the
// order of the database. What was read before an error is returned with it.
func ReadRPM(name string, r io.ReaderAt, size int64) ([]software.Package, error) {
	head := make([]byte, 32)
	if n, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) || n < len(head) {
		return nil, errNotRPM
	}
	var out []software.Package
	keep := func(blob []byte) error {
		h, err := parseHeader(blob)
		if err != nil {
			return err
		}
		if p, ok := h.pkg(); ok {
			p.At = diag.Range{Path: name}
			out = append(out, p)
		}
		return nil
	}
	var err error
	switch {
	case sqlite.Is(head):
		err = sqlite.Rows(r, size, "Packages", func(_ int64, row sqlite.Row) error {
			if len(row) < 2 {
				return nil
			}
			blob, _ := row[1].([]byte)
			return keep(blob)
		})
	case string(head[:4]) == ndbMagic:
		err = readNDB(r, size, keep)
	default:
		if order, ok := hashOrder(head); ok {
			err = readHash(r, size, order, keep)
		} else {
			err = errNotRPM
		}
	}
	return out, err
}

// header is what is read of an rpm header.
type header struct {
	text  map[uint32]string
	epoch string
}

// parseHeader reads a header as the database holds it: the number of entries, the size of the data, the entries of 16
// bytes each (tag, type, offset, count), then the data.
func parseHeader(blob []byte) (header, error) {
	h := header{text: map[uint32]string{}}
	if len(blob) < 8 {
		return h, errors.New("a header of rpm's is cut off")
	}
	n, size := binary.BigEndian.Uint32(blob), binary.BigEndian.Uint32(blob[4:])
	if n > maxEntries || size > maxHeader || uint64(len(blob)) < 8+16*uint64(n)+uint64(size) {
		return h, fmt.Errorf("a header of rpm's has %d entries and %d bytes, which is too much or not there", n, size)
	}
	entries, data := blob[8:8+16*n], blob[8+16*n:8+16*n+size]
	for ; len(entries) > 0; entries = entries[16:] {
		tag, typ, offset := binary.BigEndian.Uint32(entries), binary.BigEndian.Uint32(entries[4:]), binary.BigEndian.Uint32(entries[8:])
		if offset > size {
			continue
		}
		switch tag {
		case tagName, tagVersion, tagRelease, tagArch, tagSourceRPM, tagModularity:
			if typ == typeString || typ == typeI18N {
				h.text[tag], _, _ = strings.Cut(string(data[offset:min(size, offset+4096)]), "\x00")
			}
		case tagEpoch:
			if typ == typeInt32 && offset+4 <= size {
				h.epoch = fmt.Sprint(binary.BigEndian.Uint32(data[offset:]))
			}
		}
	}
	return h, nil
}

// pkg makes the package; ok is false for the public keys that rpm keeps as packages.
func (h header) pkg() (software.Package, bool) {
	name, version, release := h.text[tagName], h.text[tagVersion], h.text[tagRelease]
	if name == "" || version == "" || name == "gpg-pubkey" {
		return software.Package{}, false
	}
	full := version
	if release != "" {
		full += "-" + release
	}
	if h.epoch != "" && h.epoch != "0" {
		full = h.epoch + ":" + full
	}
	p := software.NewOSPackage("rpm", name, full, h.text[tagArch], h.epoch)
	p.Origin = sourceRPM(h.text[tagSourceRPM])
	p.Set(software.PropModularity, h.text[tagModularity])
	p.Evidence.Detail = "rpm"
	return p, true
}

// sourceRPM takes "openssl-3.0.8-1.amzn2023.0.10.src.rpm" apart.
func sourceRPM(file string) software.Origin {
	stem := strings.TrimSuffix(strings.TrimSuffix(file, ".rpm"), ".src")
	release := strings.LastIndexByte(stem, '-')
	if release < 1 {
		return software.Origin{}
	}
	version := strings.LastIndexByte(stem[:release], '-')
	if version < 1 {
		return software.Origin{}
	}
	return software.Origin{Name: stem[:version], Version: stem[version+1:]}
}
