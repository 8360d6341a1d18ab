package json

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/effort"
)

// Effort writes the document of `onus effort -f json`. The error is that of w, or of a value that cannot be encoded.
func Effort(w io.Writer, a *effort.Answer) error {
	p := newPrinter(w, 1<<16)
	if err := p.value(a, 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}
