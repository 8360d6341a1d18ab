// Package diag holds the problems that a user's input has: what is wrong, where, what was expected and what to do.
//
// Readers, the catalog loader and discovery append diagnostics to a List and go on; one bad file never sinks a run.
// A failure of the program itself is an ordinary Go error and never a Diagnostic.
//
// Data flow: every floor above adds to a List; the command prints it on standard error, the JSON report carries it,
// and the exit status follows from it (see List.Incomplete).
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says how much a diagnostic weighs.
type Severity uint8

// The severities, the gravest first.
const (
	// Error: a part of the input was refused or could not be read.
	Error Severity = iota
	// Warning: the answer may be less complete or less certain than the user expects.
	Warning
	// Note: something worth knowing that changes no answer.
	Note
)

// String returns "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "note"
	}
}

// MarshalText gives the severity its name in JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Range is a place in a file. Line and Column count from 1; 0 means unknown. Path is slash-separated and relative
// to the working directory whenever the file lies below it.
type Range struct {
	Path   string
	Line   int
	Column int
}

// String returns "path:line:column", leaving out what is unknown.
func (r Range) String() string {
	switch {
	case r.Path == "":
		return ""
	case r.Line == 0:
		return r.Path
	case r.Column == 0:
		return fmt.Sprintf("%s:%d", r.Path, r.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", r.Path, r.Line, r.Column)
	}
}

// Diagnostic is one problem in what the user wrote.
type Diagnostic struct {
	Severity Severity
	// Summary is one line without a full stop: "Module not read".
	Summary string
	// Detail is one to three sentences: what was found, what was expected, what to do.
	Detail string
	Range  Range
	// Incomplete is set when some input was left out of the answer because of this problem: a broken file, a module
	// that is not on disk, a cycle, a bound that was hit. It makes the exit status 3.
	Incomplete bool
}

// String returns the diagnostic as a compiler would print it, on one or two lines.
func (d Diagnostic) String() string {
	var b strings.Builder
	if at := d.Range.String(); at != "" {
		b.WriteString(at + ": ")
	}
	b.WriteString(d.Severity.String() + ": " + d.Summary)
	if d.Detail != "" {
		b.WriteString("\n  " + strings.ReplaceAll(d.Detail, "\n", "\n  "))
	}
	return b.String()
}

// List is a collection of diagnostics. The zero value is empty and ready.
type List []Diagnostic

// Add appends one diagnostic.
func (l *List) Add(d Diagnostic) { *l = append(*l, d) }

// Errorf appends an error that leaves input out of the answer.
func (l *List) Errorf(at Range, summary, format string, args ...any) {
	l.Add(Diagnostic{Severity: Error, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at, Incomplete: true})
}

// Warnf appends a warning that leaves the answer complete.
func (l *List) Warnf(at Range, summary, format string, args ...any) {
	l.Add(Diagnostic{Severity: Warning, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at})
}

// Skipf appends a warning about input that could not be read and is missing from the answer.
func (l *List) Skipf(at Range, summary, format string, args ...any) {
	l.Add(Diagnostic{Severity: Warning, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: at, Incomplete: true})
}

// Incomplete reports whether any diagnostic left input out of the answer.
func (l List) Incomplete() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Incomplete })
}

// HasErrors reports whether any diagnostic is an Error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sorted returns the diagnostics by place, then severity, then text, each once. The receiver is unchanged.
func (l List) Sorted() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, compare)
	return slices.Compact(out)
}

func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Range.Path, b.Range.Path),
		cmp.Compare(a.Range.Line, b.Range.Line),
		cmp.Compare(a.Range.Column, b.Range.Column),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Summary, b.Summary),
		cmp.Compare(a.Detail, b.Detail),
	)
}

// Clip shortens text from the input to at most n runes for a message, the last of them "…" when something is cut off.
func Clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
