package check

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onus-dev/onus/rulefile"
)

// This file reads the embedded files by their layout, a hundred times faster than YAML: the keys of a file at no blank, a
// check at two, its keys at four. A run parses of them only the sections that it needs, with empty lines before each, so
// that everything keeps its place. A test holds it against the parsed files.

// index says where in an embedded file everything is.
type index struct {
	// head is what stands before the checks, with the line "checks:"; marks are the duties that no file proves.
	head, marks section
	// checks are the checks, each with the type that it judges.
	checks []section
}

// section is a part of a file: its first line, counted from 0, and its bytes from one offset up to another.
type section struct {
	line     int
	from, to int64
	typ      string
}

// maxLine bounds a line of an embedded file.
const maxLine = 64 << 10

// scan takes the index of a file that lines reads.
func scan(lines *bufio.Reader) (index, error) {
	var ix index
	open := &ix.head // what the lines go to
	inChecks := false
	at := int64(0)
	for n := 0; ; n++ {
		line, err := lines.ReadSlice('\n')
		if len(line) == 0 && err == io.EOF {
			return ix, nil
		}
		if err != nil && err != io.EOF {
			return ix, fmt.Errorf("line %d: %w", n+1, err)
		}
		switch indent, text := split(line); {
		case len(text) == 0 || text[0] == '#' || indent > 4:
		case indent == 0 && bytes.HasPrefix(text, []byte("attest:")):
			ix.marks = section{line: n, from: at}
			open, inChecks = &ix.marks, false
		case indent == 0 && open != &ix.head:
			return ix, fmt.Errorf("line %d: only \"attest\" may follow the checks", n+1)
		case indent == 0:
			inChecks = bytes.HasPrefix(text, []byte("checks:"))
		case indent == 2 && inChecks && text[0] == '-':
			ix.checks = append(ix.checks, section{line: n, from: at})
			open = &ix.checks[len(ix.checks)-1]
			open.typ = subject(bytes.TrimLeft(text, "- "))
		case inChecks && open.typ == "":
			open.typ = subject(text)
		}
		at += int64(len(line))
		open.to = at
	}
}

// split tells the blanks that a line begins with from the rest.
func split(line []byte) (indent int, text []byte) {
	text = bytes.TrimLeft(line, " ")
	return len(line) - len(text), bytes.TrimSpace(text)
}

// subject takes the type from a line "on: {role: TYPE}"; empty for every other line.
func subject(line []byte) string {
	rest, ok := bytes.CutPrefix(line, []byte("on:"))
	if !ok {
		return ""
	}
	_, typ, _ := strings.Cut(string(rest), ": ")
	typ, _, _ = strings.Cut(typ, "}")
	return strings.Trim(typ, ` "'`)
}

// types are the types that the checks judge.
func (ix *index) types() []string {
	var out []string
	for _, sec := range ix.checks {
		if !slices.Contains(out, sec.typ) {
			out = append(out, sec.typ)
		}
	}
	return out
}

// only reads the checks that judge a type, without fixes and examples.
func (ix *index) only(r io.ReaderAt, typ string) (string, error) {
	c := cutting{from: r}
	c.add(ix.head)
	for _, sec := range ix.checks {
		if sec.typ == typ {
			c.add(sec, "terraform", "cloudformation", "kubernetes", "examples")
		}
	}
	return c.text.String(), c.err
}

// onlyMarks reads the duties that a file marks.
func (ix *index) onlyMarks(r io.ReaderAt) (string, error) {
	c := cutting{from: r}
	c.add(ix.marks)
	return c.text.String(), c.err
}

// cutting puts sections together, each on its lines.
type cutting struct {
	from io.ReaderAt
	text strings.Builder
	line int
	err  error
}

// add adds a section without some keys of its checks.
func (c *cutting) add(sec section, without ...string) {
	data := make([]byte, sec.to-sec.from)
	if _, err := c.from.ReadAt(data, sec.from); err != nil && err != io.EOF {
		c.err = err
	}
	c.text.WriteString(strings.Repeat("\n", max(sec.line-c.line, 0)))
	c.line = sec.line + bytes.Count(data, []byte("\n"))
	c.text.WriteString(rulefile.WithoutKeys(string(data), without...))
}
