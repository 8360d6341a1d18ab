package json

import (
	"fmt"
	"io"

	"github.com/onus-dev/onus/vulndb"
)

// DBInfo writes what an index of vulnerability data says of itself.
func DBInfo(w io.Writer, info *vulndb.Info) error {
	p := newPrinter(w, 1<<14)
	if err := p.value(info, 0); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	p.out.WriteByte('\n')
	return p.out.Flush()
}
