// Package vulninput synthesises vulnerability data for benchmarks and tests: records in the shapes that databases
// publish, in numbers that no repository should hold. The same number and seed give the same bytes.
//
// The shapes follow published records: GitHub's advisories of npm and Maven with several ranges, the Go database with
// import paths and custom ranges, PyPI with enumerated versions, malicious packages, Debian, Ubuntu, Alpine and Red Hat
// with a package a release and many ids upstream. Names are drawn so that a few packages have very many records, as the
// Linux kernel has.
package vulninput

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Record is one synthesised record: the base ecosystem whose zip it belongs to, its id and its JSON.
type Record struct {
	Ecosystem, ID string
	JSON          []byte
}

// shape makes the records of one ecosystem; share is in percent of all records.
type shape struct {
	ecosystem string
	share     int
	make      func(g *generator, n int) (id string, json []byte)
}

func shapes() []shape {
	return []shape{
		{"npm", 34, npm}, {"Debian", 18, debian}, {"Ubuntu", 8, ubuntu}, {"Alpine", 6, alpine}, {"Red Hat", 6, redhat},
		{"Maven", 8, maven}, {"PyPI", 10, pypi}, {"Go", 10, golang},
	}
}

type generator struct {
	rng     *rand.Rand
	popular *rand.Zipf
}

func newGenerator(seed uint64) *generator {
	rng := rand.New(rand.NewPCG(seed, 0x0517))
	return &generator{rng: rng, popular: rand.NewZipf(rng, 1.2, 8, 20_000)}
}

// Records yields n records.
func Records(n int, seed uint64) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		g := newGenerator(seed)
		var wheel []shape
		for _, s := range shapes() {
			wheel = append(wheel, slices.Repeat([]shape{s}, s.share)...)
		}
		for i := range n {
			s := wheel[g.rng.IntN(len(wheel))]
			id, text := s.make(g, i)
			if !yield(Record{Ecosystem: s.ecosystem, ID: id, JSON: text}) {
				return
			}
		}
	}
}

// WriteZips writes n records into one zip an ecosystem, as OSV publishes them, and returns the paths, sorted.
func WriteZips(dir string, n int, seed uint64) ([]string, error) {
	archives := map[string]*archive{}
	var paths []string
	for r := range Records(n, seed) {
		a := archives[r.Ecosystem]
		if a == nil {
			path := filepath.Join(dir, strings.ReplaceAll(r.Ecosystem, " ", "_")+".zip")
			var err error
			if a, err = newArchive(path); err != nil {
				return nil, err
			}
			archives[r.Ecosystem] = a
			paths = append(paths, path)
		}
		w, err := a.zip.Create(r.ID + ".json")
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(r.JSON); err != nil {
			return nil, err
		}
	}
	for _, a := range archives {
		if err := a.zip.Close(); err != nil {
			return nil, err
		}
		if err := a.file.Close(); err != nil {
			return nil, err
		}
	}
	slices.Sort(paths)
	return paths, nil
}

type archive struct {
	file *os.File
	zip  *zip.Writer
}

func newArchive(path string) (*archive, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	compressor, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	z := zip.NewWriter(f)
	// A zip's files are compressed one after the other, so one compressor serves them all; it takes a megabyte.
	z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		compressor.Reset(out)
		return compressor, nil
	})
	return &archive{file: f, zip: z}, nil
}

// WriteEPSS writes n scores in the form that FIRST publishes.
func WriteEPSS(w io.Writer, n int, seed uint64) error {
	g := newGenerator(seed)
	if _, err := io.WriteString(w, "#model_version:v2025.03.14,score_date:2026-11-20T12:55:00Z\ncve,epss,percentile\n"); err != nil {
		return err
	}
	for i := range n {
		if _, err := fmt.Fprintf(w, "%s,%.5f,%.5f\n", cve(i), g.rng.Float64(), g.rng.Float64()); err != nil {
			return err
		}
	}
	return nil
}

// Package is one installed package of a synthesised image.
type Package struct{ Ecosystem, Name, Version string }

// busiest is how many of the packages with the most records an image has. The others are spread over all names: most of
// what an image holds has few records.
const busiest = 4

func spread(i int) int {
	if i < busiest {
		return i
	}
	return busiest + (i-busiest)*40
}

// Image returns the n packages of a container image: Debian's, the busiest among them, and those of an application.
func Image(n int, seed uint64) []Package {
	g := newGenerator(seed + 1)
	out := make([]Package, 0, n)
	for i := range n {
		switch {
		case i < n*6/10:
			out = append(out, Package{"Debian:12", debianName(spread(i)), debianVersion(g)})
		case i < n*9/10:
			out = append(out, Package{"npm", npmName(spread(i - n*6/10)), semver(g)})
		case i < n*95/100:
			out = append(out, Package{"PyPI", fmt.Sprintf("py-lib-%d", spread(i-n*9/10)), semver(g)})
		default:
			out = append(out, Package{"Go", goName(spread(i - n*95/100)), semver(g)})
		}
	}
	return out
}
