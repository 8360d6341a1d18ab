package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/html"
	"github.com/onus-dev/onus/report/json"
	"github.com/onus-dev/onus/report/markdown"
	"github.com/onus-dev/onus/report/svg"
	"github.com/onus-dev/onus/report/terminal"
)

// output is one -f: a format and where it goes; an empty file is standard output.
type output struct{ format, file string }

var formats = []string{"terminal", "json", "markdown", "svg", "html"}

// parseOutputs reads the values of -f, of the given formats. At most one format may go to standard output.
func parseOutputs(specs, formats []string) ([]output, error) {
	if len(specs) == 0 {
		return []output{{format: "terminal"}}, nil
	}
	var out []output
	stdout := 0
	for _, s := range specs {
		format, file, named := strings.Cut(s, "=")
		if !slices.Contains(formats, format) {
			return nil, usagef("unknown format %q in -f %s: expected one of %s, each with an optional =FILE", format, s, strings.Join(formats, ", "))
		}
		if named && file == "" {
			return nil, usagef("-f %s names no file after the =", s)
		}
		if !named {
			stdout++
		}
		out = append(out, output{format, file})
	}
	if stdout > 1 {
		return nil, usagef("several formats without =FILE would mix on standard output: name a file for all but one")
	}
	return out, nil
}

// view is how the result is to be shown.
type view struct {
	summary, trace bool
	groupBy        report.GroupBy
	width          int
}

// write hands put the writer of an output: standard output, or the file that the output names.
func (a *app) write(o output, put func(io.Writer) error) error {
	if o.file == "" {
		return put(a.out)
	}
	f, err := os.Create(o.file)
	if err != nil {
		return usageError{err}
	}
	w := bufio.NewWriter(f)
	if err := put(w); err != nil {
		_ = f.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		_ = f.Close()
		return fmt.Errorf("write %s: %w", o.file, err)
	}
	return f.Close()
}

func render(w io.Writer, format string, r *allocation.Result, v view) error {
	switch format {
	case "json":
		return json.Write(w, r, json.Options{})
	case "markdown":
		return markdown.Write(w, r, markdown.Options{Summary: v.summary, GroupBy: v.groupBy, Trace: v.trace})
	case "svg":
		return svg.Write(w, r, svg.Options{})
	case "html":
		return html.Write(w, r, html.Options{GroupBy: v.groupBy})
	}
	opts := terminalOptions(w, v.width)
	opts.Summary, opts.GroupBy, opts.Trace = v.summary, v.groupBy, v.trace
	return terminal.Write(w, r, opts)
}
