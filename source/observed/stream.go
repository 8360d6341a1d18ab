package observed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/document"
)

// The bounds of one file.
const (
	// MaxBytes is how much text is read, after unpacking.
	MaxBytes = 8 << 30
	// MaxItem is the size of one item.
	MaxItem = 16 << 20
	// MaxItems is how many items are read.
	MaxItems = 2_000_000
)

// Element is one JSON value of a file.
type Element struct {
	// List is the name of the list that holds it; empty for a value of its own.
	List string
	// Node is the parsed value with places in the file.
	Node *document.Node
}

// errStop ends a walk early.
var errStop = errors.New("stop")

// Walk reads a file of JSON values, gzip or plain, and hands out each in order: the members of a list at the top, one
// value after another (JSON lines), and of an object the members of the lists that are named, case aside. The object
// itself comes last, without those lists. Nothing but the value being read is held. visit returns false to stop.
func Walk(path string, r io.Reader, lists func(name string) bool, diags *diag.List, visit func(Element) bool) {
	br := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := br.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		gz, err := gzip.NewReader(br)
		if err != nil {
			diags.Errorf(diag.Range{Path: path}, "File not unpacked", "The file begins like gzip and is not: %v.", err)
			return
		}
		br = bufio.NewReaderSize(gz, 1<<16)
	}
	if bom, _ := br.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		br.Discard(3) //nolint:errcheck // the bytes were seen
	}
	s := &scanner{r: br, line: 1, col: 1}
	w := &walker{scanner: s, path: path, lists: lists, diags: diags, visit: visit}
	if err := w.file(); err != nil && !errors.Is(err, errStop) {
		at := diag.Range{Path: path, Line: s.line, Column: s.col}
		diags.Errorf(at, "Invalid JSON", "%s. What stands before this place is in the answer, the rest is not.", upper(err.Error()))
	}
}

func upper(s string) string { return string(bytes.ToUpper([]byte(s[:1]))) + s[1:] }

type walker struct {
	*scanner
	path  string
	lists func(string) bool
	diags *diag.List
	visit func(Element) bool
	items int
}

// file reads the values of the top level.
func (w *walker) file() error {
	for {
		c, err := w.peek()
		if errors.Is(err, io.EOF) {
			return nil
		}
		switch {
		case err != nil:
			return err
		case c == '[':
			err = w.list("")
		case c == '{':
			err = w.object()
		default:
			return fmt.Errorf("an object or list was expected, here is %q", c)
		}
		if err != nil {
			return err
		}
	}
}

// list hands out the members of a list.
func (w *walker) list(name string) error {
	w.next() //nolint:errcheck // the bracket was seen
	for first := true; ; first = false {
		c, err := w.more(first, ']')
		if err != nil || c == ']' {
			return err
		}
		if err := w.element(name, nil); err != nil {
			return err
		}
	}
}

// more goes to the next member of a list or object; it consumes and returns the closing byte when there is none.
func (w *walker) more(first bool, closing byte) (byte, error) {
	c, err := w.peek()
	if err != nil {
		return 0, ended(err)
	}
	if c == closing {
		_, err := w.next()
		return closing, err
	}
	if first {
		return c, nil
	}
	if c != ',' {
		return 0, fmt.Errorf("a comma or %c was expected, here is %q", closing, c)
	}
	if _, err := w.next(); err != nil {
		return 0, err
	}
	c, err = w.peek()
	if err == nil && c == closing {
		return 0, fmt.Errorf("a value was expected after the comma, here is %q", c)
	}
	return c, ended(err)
}

// object reads an object of the top level: its lists member by member, the rest as one value.
func (w *walker) object() error {
	line, col := w.line, w.col
	rest := bytes.NewBufferString("{")
	w.next() //nolint:errcheck // the brace was seen
	for first := true; ; first = false {
		c, err := w.more(first, '}')
		if err != nil {
			return err
		}
		if c == '}' {
			break
		}
		if err := w.field(rest); err != nil {
			return err
		}
	}
	rest.WriteByte('}')
	return w.hand("", rest.Bytes(), line, col)
}

// field reads one member of a top-level object.
func (w *walker) field(rest *bytes.Buffer) error {
	var name bytes.Buffer
	if err := w.value(&name, MaxItem); err != nil {
		return err
	}
	if c, err := w.peek(); err != nil || c != ':' {
		return fmt.Errorf("a colon was expected after the name %s", diag.Clip(name.String(), maxClip))
	}
	w.next() //nolint:errcheck // the colon was seen
	c, err := w.peek()
	if err != nil {
		return ended(err)
	}
	key := string(bytes.Trim(name.Bytes(), `"`))
	if c == '[' && w.lists(key) {
		return w.list(key)
	}
	if rest.Len() > 1 {
		rest.WriteByte(',')
	}
	rest.Write(name.Bytes())
	rest.WriteByte(':')
	before := rest.Len()
	err = w.value(rest, MaxItem)
	if errors.Is(err, errLarge) {
		rest.Truncate(before)
		rest.WriteString("null")
		return nil
	}
	return err
}

// element reads one member of a list. Its place is kept, the text is dropped once it is parsed.
func (w *walker) element(list string, buf *bytes.Buffer) error {
	if w.items++; w.items > MaxItems {
		w.diags.Errorf(diag.Range{Path: w.path, Line: w.line, Column: w.col}, "Too many items", "A file may hold %d items; the rest is left out.", MaxItems)
		return errStop
	}
	line, col := w.line, w.col
	if buf == nil {
		buf = &w.buf
	}
	buf.Reset()
	err := w.value(buf, MaxItem)
	if errors.Is(err, errLarge) {
		w.diags.Errorf(diag.Range{Path: w.path, Line: line, Column: col}, "Item too large", "An item may have %d MB; this one is left out.", MaxItem>>20)
		return nil
	}
	if err != nil {
		return err
	}
	return w.hand(list, buf.Bytes(), line, col)
}

// hand parses one value and gives it to visit.
func (w *walker) hand(list string, text []byte, line, col int) error {
	docs, problems := document.Parse(w.path, text, document.Options{})
	if len(docs) != 1 {
		for _, p := range problems {
			p.Range.Line, p.Range.Column = line, col
			w.diags.Add(p)
		}
		return nil
	}
	place(docs[0], func(n *document.Node) {
		if n.Line == 1 {
			n.Col += int32(col - 1)
		}
		n.Line += int32(line - 1)
	})
	if !w.visit(Element{List: list, Node: docs[0]}) {
		return errStop
	}
	return nil
}

// scanner reads bytes and knows where it is.
type scanner struct {
	r         *bufio.Reader
	line, col int
	read      int64
	buf       bytes.Buffer
}

var (
	errLarge = errors.New("the value is too large")
	errSize  = fmt.Errorf("the file has more than %d GB of text", MaxBytes>>30)
	errEnd   = errors.New("the file ends inside a value")
)

func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errEnd
	}
	return err
}

// next consumes a byte. Columns count runes.
func (s *scanner) next() (byte, error) {
	c, err := s.r.ReadByte()
	if err != nil {
		return 0, err
	}
	if s.read++; s.read > MaxBytes {
		return 0, errSize
	}
	switch {
	case c == '\n':
		s.line++
		s.col = 1
	case c&0xc0 != 0x80:
		s.col++
	}
	return c, nil
}

// peek skips space and shows the next byte.
func (s *scanner) peek() (byte, error) {
	for {
		b, err := s.r.Peek(1)
		if err != nil {
			return 0, err
		}
		switch b[0] {
		case ' ', '\t', '\r', '\n':
			if _, err := s.next(); err != nil {
				return 0, err
			}
		default:
			return b[0], nil
		}
	}
}

// value copies one value. One that is larger than most is passed over, with errLarge.
func (s *scanner) value(to *bytes.Buffer, most int) error {
	depth, inString, began := 0, false, false
	start, large := to.Len(), false
	for {
		if began && depth == 0 && !inString {
			if b, err := s.r.Peek(1); err != nil || !wordByte(b[0]) || closed(to) {
				break
			}
		}
		c, err := s.next()
		if err != nil {
			return ended(err)
		}
		began = true
		if large = large || to.Len()-start >= most; large {
			to.Truncate(start)
		}
		to.WriteByte(c)
		switch {
		case inString && c == '\\':
			if c, err = s.next(); err != nil {
				return ended(err)
			}
			to.WriteByte(c)
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth < 0 {
				return fmt.Errorf("a value was expected, here is %q", c)
			}
		}
	}
	if large {
		return errLarge
	}
	return nil
}

// closed reports whether the value ends in a byte that ends a string, list or object.
func closed(b *bytes.Buffer) bool {
	last := b.Bytes()[b.Len()-1]
	return last == '"' || last == '}' || last == ']'
}

// wordByte reports whether c may go on a number, true, false or null.
func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}
