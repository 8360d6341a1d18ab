package json

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/host"
)

// Host writes the document of `onus host -f json`.
func Host(w io.Writer, d *host.Document) error {
	p := newPrinter(w, 1<<14)
	if err := p.value(d, 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}
