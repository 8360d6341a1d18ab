package table

import "encoding/binary"

// Trailer returns the trailer of a file whose directory lies at the offset, for tests that forge one.
func Trailer(at int, directory []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(at))
	out = binary.LittleEndian.AppendUint64(out, uint64(len(directory)))
	out = binary.LittleEndian.AppendUint32(out, checksum(directory))
	out = binary.LittleEndian.AppendUint32(out, Version)
	out = binary.LittleEndian.AppendUint64(out, uint64(at+len(directory)+trailerLen))
	return append(out, magicEnd...)
}
