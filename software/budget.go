package software

import (
	"errors"
	"fmt"
	"io"

	"github.com/onus-dev/onus/diag"
)

// Limits bound what is read of one source. The zero value of a field means its default.
type Limits struct {
	// MaxExpanded is how many bytes all archives and layers together may expand to.
	MaxExpanded int64
	// MaxFile is the largest file that is looked into, in bytes: an archive, a database, a binary.
	MaxFile int64
	// MaxText is the largest lock file or bill of materials, in bytes.
	MaxText int64
	// MaxEntries is how many files and archive entries are passed.
	MaxEntries int
	// MaxNesting is how deep archives may lie in archives.
	MaxNesting int
	// MaxRatio is how much larger than its compressed form an entry may be, once it is over 16 MB.
	MaxRatio int64
	// MaxDepth is how deep directories may be nested.
	MaxDepth int
	// MaxPackages is how many packages are kept.
	MaxPackages int
}

// DefaultLimits are far above what people ship and far below what hurts.
func DefaultLimits() Limits {
	return Limits{
		MaxExpanded: 16 << 30, MaxFile: 1 << 30, MaxText: 24 << 20, MaxEntries: 2_000_000, MaxNesting: 6, MaxRatio: 200,
		MaxDepth: 64, MaxPackages: 500_000,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	pick := func(v *int64, def int64) {
		if *v <= 0 {
			*v = def
		}
	}
	pickInt := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	pick(&l.MaxExpanded, d.MaxExpanded)
	pick(&l.MaxFile, d.MaxFile)
	pick(&l.MaxText, d.MaxText)
	pick(&l.MaxRatio, d.MaxRatio)
	pickInt(&l.MaxEntries, d.MaxEntries)
	pickInt(&l.MaxNesting, d.MaxNesting)
	pickInt(&l.MaxDepth, d.MaxDepth)
	pickInt(&l.MaxPackages, d.MaxPackages)
	return l
}

// ratioFloor is the expanded size from which on MaxRatio counts: small files of zeros are common.
const ratioFloor = 16 << 20

// LimitError says that a limit was reached, by its name.
type LimitError struct {
	// Name is the field of Limits: "MaxExpanded".
	Name string
	// Bound is the limit for people: "16384 MB", "6 archives deep".
	Bound string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the limit %s (%s) is reached", e.Name, e.Bound)
}

// Budget counts what is read of one source against its limits. It is not safe for concurrent use: what is left out must
// not depend on timing.
type Budget struct {
	Limits
	expanded int64
	entries  int
	packages int
}

// NewBudget makes a fresh budget.
func NewBudget(l Limits) *Budget { return &Budget{Limits: l.orDefault()} }

// Entry counts one file or archive entry.
func (b *Budget) Entry() error {
	if b.entries++; b.entries > b.MaxEntries {
		return &LimitError{"MaxEntries", fmt.Sprintf("%d files", b.MaxEntries)}
	}
	return nil
}

// Keep counts n packages; the error says that no more are kept.
func (b *Budget) Keep(n int) error {
	if b.packages += n; b.packages > b.MaxPackages {
		return &LimitError{"MaxPackages", fmt.Sprintf("%d packages", b.MaxPackages)}
	}
	return nil
}

// Nested checks how deep an archive lies, 1 for the outermost.
func (b *Budget) Nested(depth int) error {
	if depth > b.MaxNesting {
		return &LimitError{"MaxNesting", fmt.Sprintf("%d archives deep", b.MaxNesting)}
	}
	return nil
}

// FileSize checks the size of a file that is to be looked into.
func (b *Budget) FileSize(size int64) error {
	if size > b.MaxFile {
		return &LimitError{"MaxFile", megabytes(b.MaxFile)}
	}
	return nil
}

// TextSize checks the size of a text file that is to be parsed.
func (b *Budget) TextSize(size int64) error {
	if size > b.MaxText {
		return &LimitError{"MaxText", megabytes(b.MaxText)}
	}
	return nil
}

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

// Expand returns r with everything that is read from it counted as expanded. compressed is the size that it is made of, 0
// when unknown: MaxRatio does not count then.
func (b *Budget) Expand(r io.Reader, compressed int64) io.Reader {
	return &expanding{r: r, b: b, compressed: compressed}
}

type expanding struct {
	r          io.Reader
	b          *Budget
	compressed int64
	read       int64
}

func (e *expanding) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.read += int64(n)
	e.b.expanded += int64(n)
	switch {
	case e.b.expanded > e.b.MaxExpanded:
		return n, &LimitError{"MaxExpanded", megabytes(e.b.MaxExpanded)}
	case e.compressed > 0 && e.read > ratioFloor && e.read/e.compressed > e.b.MaxRatio:
		return n, &LimitError{"MaxRatio", fmt.Sprintf("%d times the compressed size", e.b.MaxRatio)}
	}
	return n, err
}

// Report files what kept something from being read. noun is what it is: "archive", "lock file".
func Report(diags *diag.List, at diag.Range, noun string, err error) {
	var limit *LimitError
	if errors.As(err, &limit) {
		diags.Skipf(at, "Limit reached", "The %s was not read to its end: %v. What lies behind is missing from the answer; split the input or name the part that matters.", noun, limit)
		return
	}
	diags.Skipf(at, "Not read", "The %s could not be read: %s. What it holds is missing from the answer; check that the file is whole.", noun, diag.Clip(err.Error(), 200))
}
