package terminal

import (
	"io"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/report"
)

// Diagnostics prints diagnostics in the order given, each as "severity: summary", its place, and its detail wrapped.
// The error is that of w.
func Diagnostics(w io.Writer, diags []diag.Diagnostic, opts Options) error {
	p := newPage(w, opts)
	for _, d := range diags {
		label := d.Severity.String() + ": "
		p.text(p.paint(severityStyle(d.Severity), label), strings.Repeat(" ", len(label)), boldStyle,
			report.Clip(d.Summary, report.MaxReason))
		at := d.Range
		at.Path = report.Clip(at.Path, report.MaxReason)
		if at.Path != "" {
			p.text("  at ", "     ", dimStyle, at.String())
		}
		for line := range strings.Lines(d.Detail) {
			p.text("  ", "  ", plainStyle, report.Clip(line, 2000))
		}
	}
	return p.flush()
}
