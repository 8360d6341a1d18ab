package vulndb

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/onus-dev/onus/vulndb/epss"
	"github.com/onus-dev/onus/vulndb/kev"
	"github.com/onus-dev/onus/vulndb/table"
)

// spool is a temporary file that pieces are appended to and read back from.
type spool struct {
	file *os.File
	out  *bufio.Writer
	size int64
}

// place is where a piece lies.
type place struct {
	offset int64
	length int
}

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, ".vulndb-*.tmp")
	if err != nil {
		return nil, err
	}
	return &spool{file: f, out: bufio.NewWriterSize(f, 1<<18)}, nil
}

func (s *spool) write(data []byte) (place, error) {
	at := place{offset: s.size, length: len(data)}
	s.size += int64(len(data))
	_, err := s.out.Write(data)
	return at, err
}

// flush makes what was written readable.
func (s *spool) flush() error { return s.out.Flush() }

func (s *spool) read(at place) ([]byte, error) {
	data := make([]byte, at.length)
	_, err := s.file.ReadAt(data, at.offset)
	return data, err
}

func (s *spool) discard() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.file.Close(), removeIfThere(s.file.Name()))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// chunkBy yields runs of neighbours that are the same.
func chunkBy[T any](list []T, same func(a, b T) bool) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for from := 0; from < len(list); {
			to := from + 1
			for to < len(list) && same(list[from], list[to]) {
				to++
			}
			if !yield(list[from:to]) {
				return
			}
			from = to
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// encodedKEV returns an entry of CISA's catalog without its CVE, which is the key.
func encodedKEV(e kev.Entry) string {
	var out []byte
	for _, s := range []string{e.Added, e.Due, e.Name, e.Action} {
		out = table.AppendString(out, s)
	}
	if e.Ransomware {
		return string(append(out, 1))
	}
	return string(append(out, 0))
}

func decodeKEV(cve string, value []byte) (kev.Entry, error) {
	d := table.NewDecoder(value)
	e := kev.Entry{CVE: cve, Added: d.String(maxString), Due: d.String(maxString), Name: d.String(maxString), Action: d.String(maxString)}
	e.Ransomware = d.Int(1) == 1
	return e, d.Err()
}

// scale keeps nine digits of a score; five are published.
const scale = 1_000_000_000

func encodeEPSS(s epss.Score) []byte {
	out := binary.AppendUvarint(nil, uint64(math.Round(s.Probability*scale)))
	return binary.AppendUvarint(out, uint64(math.Round(s.Percentile*scale)))
}

func decodeEPSS(cve string, value []byte) (epss.Score, error) {
	d := table.NewDecoder(value)
	s := epss.Score{CVE: cve, Probability: float64(d.Int(scale)) / scale, Percentile: float64(d.Int(scale)) / scale}
	return s, d.Err()
}
