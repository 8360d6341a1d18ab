package json

import (
	"fmt"
	"io"

	onuschange "github.com/onus-dev/onus/change"
)

// Diff writes the document of `onus diff -f json`.
func Diff(w io.Writer, r *onuschange.Result) error {
	p := newPrinter(w, 1<<16)
	if err := p.value(r, 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}
