package json

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/governance"
)

// TeamsVersion is the version of the document that Teams writes.
const TeamsVersion = "1.0"

// teams is the document of `onus teams -f json`.
type teams struct {
	SchemaVersion string             `json:"schemaVersion"`
	Teams         []governance.Share `json:"teams"`
}

// Teams writes the document of `onus teams -f json`.
func Teams(w io.Writer, shares []governance.Share) error {
	if shares == nil {
		shares = []governance.Share{}
	}
	p := newPrinter(w, 1<<14)
	if err := p.value(teams{TeamsVersion, shares}, 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}
