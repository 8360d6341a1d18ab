package table_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/onus-dev/onus/vulndb/table"
)

// build writes two tables: n numbered entries, and one of a large value.
func build(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := table.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return w.Start("numbers") },
		func() error {
			for i := range n {
				if err := w.Add(fmt.Sprintf("key-%06d", i), fmt.Appendf(nil, "value %d %s", i, strings.Repeat("x", i%90))); err != nil {
					return err
				}
			}
			return nil
		},
		func() error { return w.Start("empty") },
		func() error { return w.Start("large") },
		func() error { return w.Add("", []byte("the empty key")) },
		func() error { return w.Add("a", bytes.Repeat([]byte("large"), 100_000)) },
		func() error { return w.Add("b", nil) },
		w.Close,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func open(data []byte) (*table.File, error) {
	return table.Open(bytes.NewReader(data), int64(len(data)))
}

func TestGet(t *testing.T) {
	t.Parallel()
	data := build(t, 5000)
	if again := build(t, 5000); !bytes.Equal(data, again) {
		t.Error("the same tables gave other bytes")
	}
	f, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 5000 {
				v, found, err := f.Get("numbers", fmt.Sprintf("key-%06d", i))
				if want := fmt.Sprintf("value %d %s", i, strings.Repeat("x", i%90)); err != nil || !found || string(v) != want {
					t.Errorf("key %d: %q, %v, %v", i, v, found, err)
					return
				}
			}
		})
	}
	all.Wait()
	for _, miss := range [][2]string{{"numbers", ""}, {"numbers", "key-"}, {"numbers", "key-0000001"}, {"numbers", "key-005000"}, {"numbers", "z"}, {"empty", "a"}, {"none", "a"}, {"large", "aa"}} {
		if v, found, err := f.Get(miss[0], miss[1]); found || err != nil {
			t.Errorf("%v: %q, %v", miss, v, err)
		}
	}
	for key, length := range map[string]int{"": 13, "a": 500_000, "b": 0} {
		if v, found, err := f.Get("large", key); !found || err != nil || len(v) != length {
			t.Errorf("large %q: %d bytes, %v, %v", key, len(v), found, err)
		}
	}
	n := 0
	if err := f.Each("numbers", func(_, _ []byte) bool { n++; return n < 1000 }); err != nil || n != 1000 || f.Entries("numbers") != 5000 {
		t.Error("Each:", n, err)
	}
	if err := f.Verify(); err != nil {
		t.Error(err)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	w, err := table.NewWriter(&bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start("t"); err != nil {
		t.Fatal(err)
	}
	if err := w.Add("b", nil); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{"same": "b", "smaller": "a", "long": strings.Repeat("x", table.MaxKey+1)} {
		if err := w.Add(key, nil); err == nil {
			t.Errorf("the %s key was taken", name)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	data := build(t, 2000)
	version := bytes.Clone(data)
	binary.LittleEndian.PutUint32(version[8:], 99)
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"empty", nil, table.ErrForeign}, {"text", []byte(strings.Repeat("hello ", 100)), table.ErrForeign}, {"zip", []byte("PK\x03\x04" + strings.Repeat("x", 100)), table.ErrForeign},
		{"version", version, table.ErrVersion}, {"header only", data[:16], table.ErrTruncated}, {"half", data[:len(data)/2], table.ErrTruncated},
		{"one byte short", data[:len(data)-1], table.ErrTruncated}, {"a block missing", append(bytes.Clone(data[:100]), data[300:]...), table.ErrTruncated},
		{"more behind", append(bytes.Clone(data), "more"...), table.ErrTruncated},
	} {
		if _, err := open(c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestDamage flips bytes all over the file: each flip is found by Open or Verify.
func TestDamage(t *testing.T) {
	t.Parallel()
	data := build(t, 300)
	for at := 0; at < len(data); at += 3 {
		broken := bytes.Clone(data)
		broken[at] ^= 0x41
		f, err := open(broken)
		if err == nil {
			err = f.Verify()
		}
		if err == nil {
			t.Fatalf("the flip of byte %d of %d was not noticed", at, len(data))
		}
	}
}

func TestDecoder(t *testing.T) {
	t.Parallel()
	data := table.AppendStrings(table.AppendString(nil, "one"), []string{"two", "", "three"})
	for name, d := range map[string]*table.Decoder{"bytes": table.NewDecoder(data), "text": table.NewTextDecoder(data)} {
		if one, rest := d.String(10), d.Strings(); one != "one" || strings.Join(rest, "|") != "two||three" || d.Err() != nil || d.Len() != 0 {
			t.Error(name, one, rest, d.Err())
		}
		if d.Int(5) != 0 || d.Err() == nil {
			t.Error(name, "read beyond the end")
		}
	}
	whole := table.NewTextDecoder(table.AppendString(nil, string(data)))
	part := whole.Part(100)
	if part.String(10) != "one" || whole.Len() != 0 || whole.Err() != nil {
		t.Error("a part is wrong")
	}
	for _, wrong := range [][]byte{{200}, {5, 'a'}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}} {
		if d := table.NewTextDecoder(wrong); d.String(100) != "" || d.Err() == nil {
			t.Errorf("%v was read", wrong)
		}
	}
}

func FuzzOpen(f *testing.F) {
	data := build(f, 40)
	f.Add(data)
	f.Add(data[:len(data)-3])
	f.Add([]byte("ONUSVULN\x01\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		file, err := open(data)
		if err != nil {
			return
		}
		_, _, _ = file.Get("numbers", "key-000007")
		_ = file.Verify()
	})
}

// FuzzDirectory forges a directory behind a right checksum, so that its bounds are reached.
func FuzzDirectory(f *testing.F) {
	data := build(f, 40)
	at := binary.LittleEndian.Uint64(data[len(data)-40:])
	f.Add(data[at : len(data)-40])
	f.Add([]byte{1, 1, 't', 1, 1, 0, 16, 5, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0})
	blocks := data[:at]
	f.Fuzz(func(_ *testing.T, directory []byte) {
		forged := append(bytes.Clone(blocks), directory...)
		forged = append(forged, table.Trailer(len(blocks), directory)...)
		file, err := open(forged)
		if err != nil {
			return
		}
		_, _, _ = file.Get("numbers", "key-000007")
		_ = file.Verify()
	})
}
