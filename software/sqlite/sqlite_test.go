package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/internal/softwaretest"
)

func rows(data []byte, table string) (out []string, err error) {
	err = Rows(bytes.NewReader(data), int64(len(data)), table, func(id int64, row Row) error {
		blob, _ := row[1].([]byte)
		out = append(out, fmt.Sprintf("%d %v %d %x", id, row[0], len(blob), blob[max(0, len(blob)-2):]))
		return nil
	})
	return out, err
}

// pattern makes a blob whose end tells its length.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestRows(t *testing.T) {
	t.Parallel()
	// 478 bytes are just more than a leaf holds, 20,000 take many overflow pages.
	data := softwaretest.SQLite("Packages", pattern(10), pattern(474), pattern(478), pattern(20_000))
	got, err := rows(data, "packages")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1 <nil> 10 0809", "2 <nil> 474 d8d9", "3 <nil> 478 dcdd", "4 <nil> 20000 1e1f"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRowsRefuses(t *testing.T) {
	t.Parallel()
	good := softwaretest.SQLite("Packages", pattern(2000), pattern(10))
	changed := func(at int, b ...byte) []byte {
		data := bytes.Clone(good)
		copy(data[at:], b)
		return data
	}
	const root = 512 // the interior page of the table
	first := binary.BigEndian.Uint16(good[root+12:])
	cases := map[string][]byte{
		"empty":               nil,
		"no database":         []byte("PRAGMA"),
		"cut":                 good[:600],
		"page size":           changed(16, 0x01, 0x01),
		"UTF-16":              changed(56, 0, 0, 0, 2),
		"other page":          changed(root, 0x02),
		"a tree in itself":    changed(root+8, 0, 0, 0, 2),
		"a page far away":     changed(root+8, 0x7f, 0, 0, 0),
		"cells off the page":  changed(root+3, 0xff, 0xff),
		"a cell off the page": changed(root+12, 0xff, 0xff),
		"a shared page":       changed(root+int(first), good[root+8:root+12]...),
	}
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := rows(data, "Packages"); !errors.Is(err, ErrFormat) {
				t.Errorf("error %v, want ErrFormat", err)
			}
		})
	}
	if _, err := rows(good, "Basenames"); !errors.Is(err, ErrFormat) {
		t.Errorf("a table that is not there: %v", err)
	}
}

func TestRowsStops(t *testing.T) {
	t.Parallel()
	data := softwaretest.SQLite("Packages", pattern(1), pattern(1))
	stop := errors.New("stop")
	n := 0
	err := Rows(bytes.NewReader(data), int64(len(data)), "Packages", func(int64, Row) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d rows, want the visitor's error after one", err, n)
	}
}

func TestColumn(t *testing.T) {
	t.Parallel()
	body := []byte{0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8}
	for typ, want := range map[uint64]any{
		0: nil, 1: int64(-1), 2: int64(-2), 3: int64(-0x103), 6: int64(-0x1020304050608), 8: int64(0), 9: int64(1), 12: []byte{}, 17: "\xff\xfe",
	} {
		if got, _, ok := column(typ, body); !ok || !cmp.Equal(got, want) {
			t.Errorf("serial type %d: %#v, want %#v", typ, got, want)
		}
	}
	if _, _, ok := column(6, body[:7]); ok {
		t.Error("a value that is cut off was read")
	}
}

func FuzzRows(f *testing.F) {
	f.Add(softwaretest.SQLite("Packages", pattern(2000), pattern(10)))
	f.Add(softwaretest.SQLite("Packages"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = rows2(data)
	})
}

func rows2(data []byte) (n int, err error) {
	err = Rows(bytes.NewReader(data), int64(len(data)), "Packages", func(int64, Row) error { n++; return nil })
	return n, err
}
