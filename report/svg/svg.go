// Package svg writes an allocation.Result as one SVG figure: the stack of the workload when all have the same, else the
// distinct stacks side by side. The drawing is that of package diagram.
package svg

import (
	"io"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
)

// Options says how to draw.
type Options struct {
	// Columns is the number of stacks side by side; 0 means diagram.DefaultColumns.
	Columns int
}

const namesShown = 3

// Write draws r. The error is that of w.
func Write(w io.Writer, r *allocation.Result, opts Options) error {
	folds := report.Folds(report.Pointers(r))
	if len(folds) == 1 {
		o := diagram.Options{}
		if n := len(folds[0].Members); n > 1 {
			o.Heading, o.Note = report.Plural(n, "workload")+" with the same stack", folds[0].Names(n)
		}
		return diagram.Stack(w, folds[0].Of(), o)
	}
	columns := make([]diagram.Column, len(folds))
	for i, f := range folds {
		columns[i] = diagram.Column{Workload: f.Of(), Caption: f.Names(namesShown)}
	}
	heading := report.Plural(len(r.Workloads), "workload") + ", " + report.Plural(len(folds), "distinct stack")
	if len(folds) == 0 {
		heading = "No workload found"
	}
	return diagram.Row(w, columns, diagram.Options{Columns: opts.Columns, Heading: strings.TrimSpace(heading)})
}
