package archive

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/software"
)

func walkZip(data []byte, l software.Limits) (names []string, diags diag.List, err error) {
	err = Zip(bytes.NewReader(data), int64(len(data)), "a.zip", software.NewBudget(l), &diags, func(e *Entry) error {
		rc, err := e.Open()
		if err != nil {
			return err
		}
		defer rc.Close()
		content, err := io.ReadAll(rc)
		names = append(names, e.Name+"="+string(content[:min(8, len(content))]))
		return err
	})
	return names, diags, err
}

func TestZip(t *testing.T) {
	t.Parallel()
	data := softwaretest.Zip(t, softwaretest.Text("a/b", "1"), softwaretest.Text("/c", "2"), softwaretest.Text(`d\e`, "3"),
		softwaretest.Text("../../etc/passwd", "4"), softwaretest.Text("x/../../y", "5"), softwaretest.Text("dir/", ""))
	names, diags, err := walkZip(data, software.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/b=1", "c=2", "d/e=3"}, names); diff != "" {
		t.Error(diff)
	}
	if len(diags) != 1 || !diags.Incomplete() || !strings.Contains(diags[0].Detail, `2 of its entries`) || !strings.Contains(diags[0].Detail, "../../etc/passwd") {
		t.Errorf("diagnostics %v", diags)
	}
}

func TestZipLimits(t *testing.T) {
	t.Parallel()
	zeros := softwaretest.File{Name: "zeros", Data: make([]byte, 20<<20)}
	bomb := softwaretest.Zip(t, zeros, zeros)
	many := softwaretest.Zip(t, softwaretest.Text("a", ""), softwaretest.Text("b", ""), softwaretest.Text("c", ""))
	forged := bytes.Clone(many)
	end := bytes.LastIndex(forged, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint32(forged[end+12:], maxDirectory+1)
	for _, c := range []struct {
		name   string
		data   []byte
		limits software.Limits
	}{
		{"MaxRatio", bomb, software.Limits{}},
		{"MaxExpanded", bomb, software.Limits{MaxExpanded: 1 << 20}},
		{"MaxEntries", many, software.Limits{MaxEntries: 2}},
		{"the size of a zip's directory", forged, software.Limits{}},
	} {
		var limit *software.LimitError
		if _, _, err := walkZip(c.data, c.limits); !errors.As(err, &limit) || limit.Name != c.name {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestZipForgedSize(t *testing.T) {
	t.Parallel()
	data := softwaretest.Zip(t, softwaretest.File{Name: "a", Data: bytes.Repeat([]byte("ab"), 5000)})
	entry := bytes.Index(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[entry+24:], 5) // it says that it expands to five bytes
	if names, _, err := walkZip(data, software.Limits{}); err == nil {
		t.Errorf("a forged size was not told: %v", names)
	}
	if _, _, err := walkZip(data[:len(data)-30], software.Limits{}); err == nil {
		t.Error("a truncated zip was not told")
	}
}

func TestTar(t *testing.T) {
	t.Parallel()
	data := softwaretest.Tar(t, softwaretest.Text("./a/b", "1"), softwaretest.Text("../x", "2"), softwaretest.File{Name: "h", Link: "/a/b", Hard: true})
	var got []string
	var diags diag.List
	visit := func(m Member, r io.Reader) error {
		content, err := io.ReadAll(r)
		got = append(got, m.Path+"="+string(content)+m.Link)
		return err
	}
	if err := Tar(bytes.NewReader(data), "layer", software.NewBudget(software.Limits{}), &diags, visit); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/b=1.", "h=a/b"}, got); diff != "" {
		t.Error(diff)
	}
	if !diags.Incomplete() {
		t.Error("the name that climbs out was not told")
	}
	for _, cut := range []int{100, 512, 700, 1024, 1030} {
		err := Tar(bytes.NewReader(data[:cut]), "layer", software.NewBudget(software.Limits{}), &diags, visit)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("truncated at %d: %v", cut, err)
		}
	}
}

// TestTarForgedSize: an entry that says it is huge is io.ErrUnexpectedEOF, not memory.
func TestTarForgedSize(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "a", Size: 1 << 40, Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	err := Tar(&b, "layer", software.NewBudget(software.Limits{}), &diags, func(_ Member, r io.Reader) error {
		_, err := Spool(r, 1<<40, software.NewBudget(software.Limits{}))
		return err
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

func TestDecompress(t *testing.T) {
	t.Parallel()
	want := strings.Repeat("layer ", 1000)
	for name, data := range map[string][]byte{
		"plain": []byte(want), "gzip": softwaretest.Gzip(t, []byte(want)), "zstd": softwaretest.Zstd(t, []byte(want)),
	} {
		rc, err := Decompress(bytes.NewReader(data), int64(len(data)), software.NewBudget(software.Limits{}))
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := io.ReadAll(rc)
		if err != nil || string(got) != want {
			t.Errorf("%s: %v, %d bytes", name, err, len(got))
		}
		if err := rc.Close(); err != nil {
			t.Error(err)
		}
	}
	rc, err := Decompress(bytes.NewReader(softwaretest.Gzip(t, make([]byte, 32<<20))), 32<<10, software.NewBudget(software.Limits{}))
	if err != nil {
		t.Fatal(err)
	}
	var limit *software.LimitError
	if _, err := io.Copy(io.Discard, rc); !errors.As(err, &limit) || limit.Name != "MaxRatio" {
		t.Errorf("a bomb: %v", err)
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 10, inMemory - 1, inMemory, inMemory + 5} {
		data := bytes.Repeat([]byte{1, 2, 3, 4, 5}, size/5+1)[:size]
		blob, err := Spool(bytes.NewReader(data), int64(size/2), software.NewBudget(software.Limits{}))
		if err != nil {
			t.Fatal(size, err)
		}
		got, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: %v, %d came back", size, err, len(got))
		}
		if err := blob.Close(); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	for _, limit := range []int64{4, inMemory + 4} {
		_, err := Spool(bytes.NewReader(make([]byte, limit+1)), 0, software.NewBudget(software.Limits{MaxFile: limit}))
		var over *software.LimitError
		if !errors.As(err, &over) || over.Name != "MaxFile" {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func FuzzZip(f *testing.F) {
	f.Add(softwaretest.Zip(f, softwaretest.Text("a/b", "1"), softwaretest.Text("../c", "2")))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = walkZip(data, software.Limits{MaxExpanded: 1 << 20, MaxEntries: 1000})
	})
}

func FuzzTar(f *testing.F) {
	data := softwaretest.Tar(f, softwaretest.Text("a", "1"), softwaretest.File{Name: "b", Link: "../a"})
	f.Add(data)
	f.Add(softwaretest.Gzip(f, data))
	f.Add(softwaretest.Zstd(f, data))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := software.NewBudget(software.Limits{MaxExpanded: 1 << 20, MaxEntries: 1000})
		rc, err := Decompress(bytes.NewReader(data), int64(len(data)), b)
		if err != nil {
			return
		}
		defer rc.Close()
		var diags diag.List
		_ = Tar(rc, "layer", b, &diags, func(_ Member, r io.Reader) error { _, err := Text(r, b); return err })
	})
}
