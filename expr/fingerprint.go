package expr

import (
	"encoding/binary"

	"github.com/onus-dev/onus/inventory"
)

// maxFingerprint bounds how deep a value is looked into; readers bound it too.
const maxFingerprint = 60

// Fingerprint appends to key all that a condition can learn through the path from a part, so that equal bytes mean
// equal answers.
func (p Path) Fingerprint(key []byte, part inventory.Value) []byte {
	v, exists := p.At(part)
	if !exists {
		return append(key, '-')
	}
	return fingerprint(key, v, 0)
}

func fingerprint(key []byte, v inventory.Value, depth int) []byte {
	key = append(key, '0'+byte(v.Kind()))
	if depth > maxFingerprint {
		return key
	}
	if v.CertainlySet() {
		return append(key, '!')
	}
	if text, ok := v.Text(); ok {
		key = binary.AppendUvarint(key, uint64(len(text)))
		return append(key, text...)
	}
	key = binary.AppendUvarint(key, uint64(len(v.List())+len(v.Properties())))
	for _, it := range v.List() {
		key = fingerprint(key, it, depth+1)
	}
	for _, p := range v.Properties() {
		key = binary.AppendUvarint(key, uint64(len(p.Name)))
		key = fingerprint(append(key, p.Name...), p.Value, depth+1)
	}
	return key
}
