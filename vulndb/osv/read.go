package osv

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Bounds of one file of many records.
const (
	MaxEntries = 4_000_000 // files in a zip, records in a stream
	MaxTotal   = 64 << 30  // bytes of JSON in one zip or stream, unpacked
)

// Problem is one record of a file that could not be read. The others were.
type Problem struct {
	Name string // the file within a zip, or "line 12"
	Line int    // 0 when it is the whole of Name
	Err  error
}

// ReadStream reads records from JSON text: one record, an array of them, the {"vulns": […]} of OSV's interface, or JSON
// lines. record is called for each and may stop the reading with an error, which comes back; problem for each that is
// broken. The error is also about text that cannot be read on.
func ReadStream(in io.Reader, record func(*Record) error, problem func(Problem)) error {
	buffered := bufio.NewReaderSize(&totalReader{in: in, left: MaxTotal}, 1<<16)
	first, err := firstByte(buffered)
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	if err != nil {
		return err
	}
	if first == '[' {
		return readArray(buffered, record, problem)
	}
	return readValues(buffered, record, problem)
}

// firstByte returns the first byte that is no white space, without taking it. A byte order mark is dropped.
func firstByte(r *bufio.Reader) (byte, error) {
	if mark, _ := r.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = r.Discard(3)
	}
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if !strings.ContainsRune(" \t\r\n", rune(b)) {
			return b, r.UnreadByte()
		}
	}
}

// readValues reads JSON values one after the other, which one record and JSON lines both are.
func readValues(in *bufio.Reader, record func(*Record) error, problem func(Problem)) error {
	bounded := &valueReader{in: in}
	dec := json.NewDecoder(bounded)
	for n := 1; ; n++ {
		bounded.left = MaxRecord
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		if n > MaxEntries {
			return fmt.Errorf("more than the limit of %d records", MaxEntries)
		}
		if err := deliver(raw, n, record, problem); err != nil {
			return err
		}
	}
}

func readArray(in *bufio.Reader, record func(*Record) error, problem func(Problem)) error {
	bounded := &valueReader{in: in, left: MaxRecord}
	dec := json.NewDecoder(bounded)
	if _, err := dec.Token(); err != nil {
		return err
	}
	for n := 1; dec.More(); n++ {
		bounded.left = MaxRecord
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		if n > MaxEntries {
			return fmt.Errorf("more than the limit of %d records", MaxEntries)
		}
		if err := deliver(raw, n, record, problem); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// deliver decodes one value: a record, or the list that OSV's interface answers with.
func deliver(raw json.RawMessage, n int, record func(*Record) error, problem func(Problem)) error {
	r, err := Decode(raw)
	if err == nil {
		return record(r)
	}
	var answer struct {
		Vulns []json.RawMessage `json:"vulns"`
	}
	if json.Unmarshal(raw, &answer) != nil || len(answer.Vulns) == 0 {
		problem(Problem{Name: fmt.Sprintf("record %d", n), Err: err})
		return nil
	}
	for i, one := range answer.Vulns {
		r, err := Decode(one)
		if err != nil {
			problem(Problem{Name: fmt.Sprintf("record %d", i+1), Err: err})
			continue
		}
		if err := record(r); err != nil {
			return err
		}
	}
	return nil
}

// Zip is a zip of records, one file each, as OSV publishes an ecosystem.
type Zip struct{ entries []*zip.File }

// OpenZip reads the directory of a zip of the given size. It refuses one whose entries are too many, or say that they
// unpack to more than MaxTotal bytes.
func OpenZip(in io.ReaderAt, size int64) (*Zip, error) {
	z, err := zip.NewReader(in, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("not a readable zip: %w", err)
	}
	if len(z.File) > MaxEntries {
		return nil, fmt.Errorf("the zip has more than the limit of %d files", MaxEntries)
	}
	out, total := &Zip{}, uint64(0)
	for _, f := range z.File {
		if f.FileInfo().IsDir() || path.Ext(f.Name) != ".json" {
			continue
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > MaxTotal || total > MaxTotal {
			return nil, fmt.Errorf("the zip unpacks to more than the limit of %d GiB", MaxTotal>>30)
		}
		out.entries = append(out.entries, f)
	}
	return out, nil
}

// Len returns the number of files that may be records.
func (z *Zip) Len() int { return len(z.entries) }

// Read reads the i-th file. It may be called by several goroutines. An error comes with the file's name.
func (z *Zip) Read(i int) (*Record, string, error) {
	f := z.entries[i]
	if f.UncompressedSize64 > MaxRecord {
		return nil, f.Name, fmt.Errorf("the record is larger than the limit of %d MiB", MaxRecord>>20)
	}
	in, err := f.Open()
	if err != nil {
		return nil, f.Name, err
	}
	defer in.Close()
	var b bytes.Buffer
	b.Grow(int(min(f.UncompressedSize64, 1<<20)) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(in, MaxRecord+1)); err != nil {
		return nil, f.Name, err
	}
	r, err := Decode(b.Bytes())
	return r, f.Name, err
}

// valueReader gives at most left bytes, which the caller sets anew for each value.
type valueReader struct {
	in   io.Reader
	left int64
}

func (r *valueReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("a record is larger than the limit of %d MiB", MaxRecord>>20)
	}
	n, err := r.in.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}

// totalReader gives at most left bytes of a whole file.
type totalReader struct {
	in   io.Reader
	left int64
}

func (r *totalReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("the file unpacks to more than the limit of %d GiB", int64(MaxTotal)>>30)
	}
	n, err := r.in.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}
