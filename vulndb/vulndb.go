// Package vulndb answers from vulnerability data on disk: which vulnerabilities a package of a given version has, what a
// vulnerability is about, whether it is exploited, how likely that is. Nothing is asked of the network.
//
// Build reads what databases publish (OSV records, CISA's catalog of exploited vulnerabilities, EPSS scores, the
// advisories of Amazon Linux and Bottlerocket) and packs it into one file. Open opens that file without loading it; a
// package's entries are found by one lookup of its ecosystem and name. The same input gives the same file, whatever the
// order of the inputs and however many goroutines read them.
//
// Match compares versions by the rules of the package's ecosystem, and keeps two rules of caution. A package that a
// distribution built is judged by the advisories of the same distribution and release alone, for its version says
// nothing about the fixes that were moved back into it; without such data the answer is "unknown". And a version that
// cannot be read as one is "unknown", never "not affected".
//
// Data flow: input.go finds the files and what each is, the readers in the sub-packages turn them into records, build.go
// sorts the records into tables (package table), match.go and evaluate.go answer. Update, and nothing else here, uses
// the network: it downloads one address when it is called.
package vulndb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/vulndb/table"
)

// The tables of an index.
const (
	tableRecords  = "records"  // record id -> record
	tableIDs      = "ids"      // any other id -> ids of the records that it is an alias of, that it is upstream of
	tablePackages = "packages" // ecosystem NUL name -> entries
	tableNames    = "names"    // package name -> ecosystems
	tableKEV      = "kev"      // CVE -> entry of CISA's catalog
	tableEPSS     = "epss"     // CVE -> scores
	tableAbout    = "about"    // "info" -> Info as JSON
)

const aboutKey = "info"

// Kind says what a source of vulnerability data is.
type Kind string

// The kinds. A source of no kind is told by its name and first bytes.
const (
	KindOSV          Kind = "osv"
	KindKEV          Kind = "kev"
	KindEPSS         Kind = "epss"
	KindUpdateInfo   Kind = "updateinfo"
	KindBottlerocket Kind = "bottlerocket"
)

// Info is what an index says of itself.
type Info struct {
	// Format is the version of the file's format; Built the day that the builder was given, YYYY-MM-DD.
	Format     int             `json:"format"`
	Built      string          `json:"built,omitempty"`
	Sources    []Source        `json:"sources"`
	Ecosystems []EcosystemInfo `json:"ecosystems"`
	// Records counts records of all kinds, each id once; Withdrawn those taken back; Packages the pairs of ecosystem and
	// name.
	Records   int `json:"records"`
	Withdrawn int `json:"withdrawn"`
	Packages  int `json:"packages"`
	Exploited int `json:"exploited"`
	Scored    int `json:"scored"`
}

// Source is one input of the index.
type Source struct {
	Kind Kind `json:"kind"`
	// Name is the last part of the path that was given.
	Name string `json:"name"`
	// Records counts what was read, Skipped what was not.
	Records int `json:"records"`
	Skipped int `json:"skipped,omitempty"`
	// Date is the day of the data, YYYY-MM-DD: of the newest record, of the catalog's release, of the scores.
	Date string `json:"date,omitempty"`
	// Version is the catalog's or the scoring model's.
	Version string `json:"version,omitempty"`
}

// EcosystemInfo counts the packages of an ecosystem and the entries about them.
type EcosystemInfo struct {
	Name     string `json:"name"`
	Packages int    `json:"packages"`
	Entries  int    `json:"entries"`
}

// DB is an open index. Several goroutines may ask it at once.
type DB struct {
	file       *os.File
	tables     *table.File
	info       Info
	ecosystems map[string]bool
}

// Open opens an index. Diagnose turns the error into words for a user.
func Open(path string) (*DB, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%w: it is no regular file", table.ErrForeign)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	db, err := newDB(f, st.Size())
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	db.file = f
	return db, nil
}

func newDB(in io.ReaderAt, size int64) (*DB, error) {
	tables, err := table.Open(in, size)
	if err != nil {
		return nil, err
	}
	db := &DB{tables: tables, ecosystems: map[string]bool{}}
	value, found, err := tables.Get(tableAbout, aboutKey)
	if err != nil {
		return nil, err
	}
	if !found || json.Unmarshal(value, &db.info) != nil {
		return nil, fmt.Errorf("%w: what it says of itself is missing", table.ErrDamaged)
	}
	for _, e := range db.info.Ecosystems {
		db.ecosystems[e.Name] = true
	}
	return db, nil
}

// Close closes the file.
func (db *DB) Close() error {
	if db.file == nil {
		return nil
	}
	return db.file.Close()
}

// Info returns what the index says of itself.
func (db *DB) Info() Info { return db.info }

// Verify reads the whole file and checks every part of it.
func (db *DB) Verify() error { return db.tables.Verify() }

// Diagnose says to a user what is wrong with an index that Open, Match or Verify failed on, and what to do.
func Diagnose(path string, err error) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Error, Summary: "Vulnerability data not read", Range: diag.Range{Path: path}, Incomplete: true}
	const again = "Build it with onus db build."
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Detail = "There is no such file. " + again
	case errors.Is(err, table.ErrForeign):
		d.Detail = fmt.Sprintf("An index of vulnerability data was expected: %v. OSV records, zips and the like are packed into an index by onus db build.", err)
	case errors.Is(err, table.ErrVersion), errors.Is(err, table.ErrTruncated), errors.Is(err, table.ErrDamaged):
		d.Detail = fmt.Sprintf("The index cannot be used: %v. %s", err, again)
	default:
		d.Detail = err.Error()
	}
	return d
}
