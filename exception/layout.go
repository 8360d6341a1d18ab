package exception

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// layout is what has to be known of a file's text to say what a comment in it belongs to.
type layout struct {
	comments []comment
	blocks   []block
	// first is the first line that holds anything but comments and blanks; 0 when there is none.
	first int
}

// comment is a comment that may hold statements.
type comment struct {
	// line to last are its lines, col the column that it begins in.
	line, last, col int
	// full is set when nothing else stands on its lines.
	full bool
	text string
}

// block is a part of a file that declares resources: a block of HCL, an entry of a template, an object.
type block struct {
	start, end int
	// column is how far to the right a comment right above may begin; 0 sets no bound.
	column int
	// indent is the column that a comment on a line of its own must lie behind to be inside.
	indent    int
	resources []*inventory.Resource
	// module is the name of the module that the block calls: what is declared in it belongs to the block.
	module string
	// whole is set when everything nested in the block belongs to it.
	whole bool
}

// target is what a comment applies to: the resources of a block, those of a module, or the whole file.
type target struct {
	file      bool
	module    string
	resources []*inventory.Resource
}

func (b *block) target() target { return target{resources: b.resources, module: b.module} }

// place finds what a comment applies to: the block that begins right below it and no further to the left, else the innermost block that it stands
// in, else the file when nothing stands before it. ok is false when it stands nowhere.
func (l *layout) place(c comment) (t target, ok bool) {
	if c.full {
		next := l.below(c.last + 1)
		if i := slices.IndexFunc(l.blocks, func(b block) bool {
			return b.start == next && (b.column == 0 || c.col <= b.column)
		}); i >= 0 {
			return l.blocks[i].target(), true
		}
	}
	best := -1
	for i, b := range l.blocks {
		if b.start <= c.line && c.last <= b.end && (!c.full || c.col > b.indent) && (best < 0 || b.start >= l.blocks[best].start) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return l.blocks[best].target(), true
	case c.full && (l.first == 0 || c.last < l.first):
		return target{file: true}, true
	}
	return target{}, false
}

// below skips further comments that follow a comment without a blank line between.
func (l *layout) below(line int) int {
	for {
		i, found := slices.BinarySearchFunc(l.comments, line, func(c comment, line int) int { return c.line - line })
		if !found || !l.comments[i].full {
			return line
		}
		line = l.comments[i].last + 1
	}
}

// statements splits a comment into its statements, each with its line and column.
func (c comment) statements() []comment {
	var out []comment
	rest, from := c.text, 0
	for {
		i := strings.Index(rest, marker)
		if i < 0 {
			return out
		}
		end := len(rest)
		if j := strings.Index(rest[i+len(marker):], marker); j >= 0 {
			end = i + len(marker) + j
		}
		line, col := advance(c.text[:from+i], c.line, c.col)
		out = append(out, comment{line: line, col: col, text: rest[i:end]})
		rest, from = rest[end:], from+end
	}
}

// advance tells the line and column behind a text that begins at the given ones.
func advance(text string, line, col int) (int, int) {
	n := strings.Count(text, "\n")
	if n == 0 {
		return line, col + len([]rune(text))
	}
	return line + n, len([]rune(text[strings.LastIndexByte(text, '\n')+1:])) + 1
}
