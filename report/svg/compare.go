package svg

import (
	"io"

	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
)

// Compare draws a comparison as one figure; with duties it has a row for each duty and not for each layer. The error is
// that of w.
func Compare(w io.Writer, c *report.Comparison, duties bool) error {
	return diagram.Compare(w, c, diagram.CompareOptions{Duties: duties})
}
