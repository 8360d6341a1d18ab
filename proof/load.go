package proof

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/workload"
)

// Bounds of what is loaded.
const (
	MaxFile      = 8 << 20
	MaxDocuments = 10_000
)

// Options of Load.
type Options struct {
	// AsOf is the day that ages are counted to; MaxAge the limit in days, DefaultMaxAge when 0.
	AsOf   time.Time
	MaxAge int
	// Workloads are those of the run.
	Workloads []workload.Workload
}

// Load reads documents of `onus host` and matches them with the workloads. What is wrong with a document is a diagnostic,
// and it counts for nothing.
func Load(paths []string, o Options) (*Set, diag.List) {
	s := &Set{maxAge: cmp.Or(o.MaxAge, DefaultMaxAge), machines: map[string]*machines{}}
	var diags diag.List
	for i, path := range slices.Compact(slices.Sorted(slices.Values(paths))) {
		at := diag.Range{Path: path}
		if i == MaxDocuments {
			diags.Skipf(at, "Too many documents of machines", "Only the first %d are read (the limit MaxDocuments).", MaxDocuments)
			break
		}
		l, err := read(path)
		if err != nil {
			diags.Errorf(at, "Not a document of onus host", "%v. Expected what `onus host -f json` prints; it counts for nothing.", err)
			continue
		}
		if s.dated(l, o.AsOf, &diags) {
			s.docs = append(s.docs, l)
		}
	}
	s.match(o.Workloads, &diags)
	return s, diags
}

// read reads one document. The error says what is wrong with it.
func read(path string) (*loaded, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("it is larger than the limit MaxFile (%d MB)", MaxFile>>20)
	}
	doc, at, err := Decode(data)
	if err != nil {
		return nil, err
	}
	return &loaded{path: path, doc: doc, at: at}, nil
}

// Decode decodes a document and the moment of its collection.
func Decode(data []byte) (*host.Document, time.Time, error) {
	doc := &host.Document{}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(doc); err != nil {
		return nil, time.Time{}, fmt.Errorf("it is no JSON of this form: %s", diag.Clip(err.Error(), 160))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, time.Time{}, errors.New("there is more behind the document")
	}
	if doc.Kind != host.DocumentKind {
		return nil, time.Time{}, fmt.Errorf("its kind is %q, expected %q", diag.Clip(doc.Kind, 60), host.DocumentKind)
	}
	if major, _, _ := strings.Cut(doc.SchemaVersion, "."); major != "1" {
		return nil, time.Time{}, fmt.Errorf("its schemaVersion is %q, expected 1.x", diag.Clip(doc.SchemaVersion, 60))
	}
	at, err := time.Parse(time.RFC3339, doc.CollectedAt)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("collectedAt is %q, expected a time such as 2026-11-24T08:00:00Z", diag.Clip(doc.CollectedAt, 60))
	}
	return doc, at.UTC(), nil
}

// dated reports whether a document's day counts.
func (s *Set) dated(l *loaded, asOf time.Time, diags *diag.List) bool {
	age := int(math.Floor(day(asOf).Sub(day(l.at)).Hours() / 24))
	at := diag.Range{Path: l.path}
	switch {
	case age < 0:
		diags.Errorf(at, "Document from the future", "It was collected on %s, after the day of this run (%s). It counts for nothing; check the machine's clock or --as-of.", l.at.Format(time.DateOnly), asOf.Format(time.DateOnly))
		return false
	case age > s.maxAge:
		diags.Warnf(at, "Document too old", "It was collected on %s, %d days ago; the limit is %d (--evidence-age). It counts for nothing: run onus host again.", l.at.Format(time.DateOnly), age, s.maxAge)
		s.expired = append(s.expired, Expired{
			Path: l.path, ID: name(l), CollectedAt: l.doc.CollectedAt, Ended: l.at.AddDate(0, 0, s.maxAge).Format(time.DateOnly),
		})
		return false
	}
	return true
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func machinesText(n int) string {
	if n == 1 {
		return "1 machine"
	}
	return strconv.Itoa(n) + " machines"
}
