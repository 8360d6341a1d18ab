package json

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/onus-dev/onus/triage"
)

// Triage writes the labelled findings of `onus triage` as one JSON document, formed as Write forms its own. The error is
// that of w, or of a value that cannot be encoded.
func Triage(w io.Writer, r *triage.Result) error {
	p := &printer{out: bufio.NewWriterSize(w, 1<<16)}
	p.enc = json.NewEncoder(&p.buf)
	p.enc.SetEscapeHTML(false)
	if err := p.value(r, 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}
