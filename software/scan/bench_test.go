package scan

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/onus-dev/onus/internal/softwaretest"
)

// bigLayers and bigFile make an image of 500 MB: ten layers, each with 2,000 small files, 300 modules, programs that Go did
// not build, and a fat jar.
const (
	bigLayers = 10
	layerSize = 50 << 20
)

// noise is content that compresses to about half.
func noise(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(r.Uint32()) & 0x0f
	}
	return data
}

// writeLayer writes one layer of about layerSize bytes.
func writeLayer(b *testing.B, w io.Writer, index int, filler, jar []byte) {
	t := tar.NewWriter(w)
	add := func(name string, data []byte) {
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			b.Fatal(err)
		}
		if _, err := t.Write(data); err != nil {
			b.Fatal(err)
		}
	}
	size := 0
	for i := range 300 {
		add(fmt.Sprintf("app/l%d/node_modules/m%d/package.json", index, i), fmt.Appendf(nil, `{"name": "m%d", "version": "%d.0.0"}`, i, index))
	}
	for i := range 2000 {
		add(fmt.Sprintf("usr/share/l%d/%d.txt", index, i), filler[:4<<10])
		size += 4 << 10
	}
	add(fmt.Sprintf("opt/l%d/app.jar", index), jar)
	for i := 0; size+len(jar) < layerSize; i++ {
		add(fmt.Sprintf("usr/bin/l%d-%d", index, i), append([]byte("\x7fELF\x02\x01\x01\x00"), filler[:3<<20]...))
		size += 3 << 20
	}
	if err := t.Close(); err != nil {
		b.Fatal(err)
	}
}

// writeImage writes an image as docker save does, its layers through wrap; it returns the file's size.
func writeImage(b *testing.B, name string, wrap func(io.Writer) io.WriteCloser) int64 {
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	filler := noise(3 << 20)
	jar := softwaretest.Zip(b, softwaretest.File{Name: "BOOT-INF/lib/x-1.0.jar", Data: softwaretest.Zip(b, softwaretest.File{Name: "data", Data: filler})}, softwaretest.File{Name: "data", Data: noise(20 << 20)})
	t := tar.NewWriter(f)
	var layers []string
	for i := range bigLayers {
		var layer bytes.Buffer
		w := wrap(&layer)
		writeLayer(b, w, i, filler, jar)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		layers = append(layers, fmt.Sprintf("%d/layer.tar", i))
		put(b, t, layers[i], layer.Bytes())
	}
	manifest, err := json.Marshal([]map[string]any{{"Config": "c.json", "RepoTags": []string{"big:1"}, "Layers": layers}})
	if err != nil {
		b.Fatal(err)
	}
	put(b, t, "c.json", []byte(`{"os": "linux", "architecture": "amd64"}`))
	put(b, t, "manifest.json", manifest)
	if err := t.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

func put(b *testing.B, t *tar.Writer, name string, data []byte) {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
		b.Fatal(err)
	}
	if _, err := t.Write(data); err != nil {
		b.Fatal(err)
	}
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// BenchmarkImage reads an image of 500 MB and reports the most memory that the heap held while it did.
func BenchmarkImage(b *testing.B) {
	for _, c := range []struct {
		name string
		wrap func(io.Writer) io.WriteCloser
	}{
		{"plain", func(w io.Writer) io.WriteCloser { return plain{w} }},
		{"gzip", func(w io.Writer) io.WriteCloser { z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed); return z }},
	} {
		b.Run(c.name, func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "big.tar")
			size := writeImage(b, name, c.wrap)
			runtime.GC() // what the image was made of
			stop, peak := watch()
			b.SetBytes(size)
			b.ResetTimer()
			for b.Loop() {
				inv, diags := Read(context.Background(), []Source{{Path: name}}, Options{})
				if n := inv.Count(); n < 300*bigLayers || len(diags) > 0 {
					b.Fatalf("%d packages, %v", n, diags)
				}
			}
			close(stop)
			b.ReportMetric(float64(<-peak)/(1<<20), "peak-heap-MB")
		})
	}
}

// watch samples the size of the heap until stop is closed, then sends the largest.
func watch() (stop chan struct{}, peak chan uint64) {
	stop, peak = make(chan struct{}), make(chan uint64, 1)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		most := uint64(0)
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				peak <- most
				return
			case <-tick.C:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			}
		}
	}()
	return stop, peak
}
