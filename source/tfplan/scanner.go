package tfplan

import (
	"bytes"
	"fmt"
	"io"
)

// The bounds on one document.
const (
	// window is how many bytes are read at a time.
	window = 256 << 10
	// maxResource bounds the JSON of one resource.
	maxResource = 16 << 20
	// maxNesting bounds how deep the values of a resource, and the modules of a document, may nest.
	maxNesting = 200
	// checkedNesting is how deep the kinds of brackets are compared in what is skipped.
	checkedNesting = 1024
)

// problem is what is wrong with the text of a document, and where.
type problem struct {
	line, column int
	// cut is set when the document ends too early.
	cut  bool
	what string
}

func (p *problem) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", p.line, p.column, p.what)
}

// scanner walks over JSON without building a tree of it. What nobody asks for is skipped at the speed of a byte loop; one
// value at a time can be held in memory (capture). The zero line counts as 1.
//
// It works on a stream, through a window, and on bytes that were captured before (r is nil).
type scanner struct {
	r   io.Reader
	buf []byte
	pos int
	// base is the offset of buf[0] in the document.
	base int64
	// keep is the start of what must stay in the window, -1 for nothing; it is let go when that is more than limit bytes
	// (-1: no limit).
	keep  int
	limit int
	err   error

	// words, when not nil, keeps one copy of short texts.
	words *words
	// flat is set when the bytes are known to hold no line break.
	flat bool

	// seen is how far lines were counted; line and lineStart are the line there and the offset where it starts.
	seen      int
	line      int
	lineStart int64
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, 0, window), keep: -1, line: 1}
}

// fill reads more into the window; false at the end of the document.
func (s *scanner) fill() bool {
	if s.r == nil {
		return false
	}
	from := s.pos
	if s.limit >= 0 && len(s.buf)-s.keep > s.limit {
		s.keep = -1
	}
	if s.keep >= 0 {
		from = s.keep
		s.keep = 0
	}
	s.count(from)
	n := copy(s.buf[:cap(s.buf)], s.buf[from:])
	s.buf = s.buf[:n]
	s.pos -= from
	s.seen -= from
	s.base += int64(from)
	if n > cap(s.buf)/2 {
		bigger := make([]byte, n, 2*cap(s.buf))
		copy(bigger, s.buf)
		s.buf = bigger
	}
	for range 100 {
		m, err := s.r.Read(s.buf[n:cap(s.buf)])
		s.buf = s.buf[:n+m]
		if err != nil {
			s.r = nil
			if err != io.EOF {
				s.err = err
			}
			return m > 0
		}
		if m > 0 {
			return true
		}
	}
	s.r, s.err = nil, io.ErrNoProgress
	return false
}

// count brings the line count up to buf[to]. Places are asked for in order, so that each byte is looked at once.
func (s *scanner) count(to int) {
	if s.flat || to <= s.seen {
		return
	}
	part := s.buf[s.seen:to]
	if n := bytes.Count(part, []byte{'\n'}); n > 0 {
		s.line += n
		s.lineStart = s.base + int64(s.seen+bytes.LastIndexByte(part, '\n')+1)
	}
	s.seen = to
}

// place gives the line and column of the next byte. In a document that is all on one line, as Terraform writes it, a column
// helps nobody and is 0.
func (s *scanner) place() (line, column int32) {
	s.count(s.pos)
	if s.line == 1 {
		return 1, 0
	}
	return int32(min(s.line, 1<<31-1)), int32(min(s.base+int64(s.pos)-s.lineStart+1, 1<<31-1))
}

func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

func (s *scanner) fail(what string) error {
	if s.err != nil {
		return s.err
	}
	s.count(s.pos)
	p := &problem{line: s.line, column: int(s.offset()-s.lineStart) + 1, what: what}
	if s.pos >= len(s.buf) {
		p.cut, p.what = true, "the document ends in the middle of a value"
	}
	return p
}

// peek steps over white space and returns the next byte without taking it; 0 at the end.
func (s *scanner) peek() byte {
	for {
		for s.pos < len(s.buf) {
			switch c := s.buf[s.pos]; c {
			case ' ', '\t', '\r', '\n':
				s.pos++
			default:
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// take steps over the given byte.
func (s *scanner) take(c byte) error {
	if s.peek() != c || s.pos >= len(s.buf) {
		return s.fail(fmt.Sprintf("%q was expected", string(c)))
	}
	s.pos++
	return nil
}

// object calls f for each member, with the value next; f must take it. key is valid until f takes the value.
func (s *scanner) object(f func(key string) error) error {
	if err := s.take('{'); err != nil {
		return err
	}
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.fail("a key in quotes was expected")
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		if err := s.take(':'); err != nil {
			return err
		}
		s.peek()
		if err := f(key); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.fail(`"," or "}" was expected`)
		}
	}
}

// array calls f for each element; f must take it. A null is an empty array.
func (s *scanner) array(f func() error) error {
	if s.peek() == 'n' {
		return s.skip()
	}
	if err := s.take('['); err != nil {
		return err
	}
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		s.peek()
		if err := f(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.fail(`"," or "]" was expected`)
		}
	}
}

// skip steps over a value. It checks strings and brackets, and scalars that stand alone; commas and scalars inside what is
// skipped are not looked at.
func (s *scanner) skip() error {
	var open [checkedNesting]byte
	depth := 0
	for {
		if s.pos >= len(s.buf) && !s.fill() {
			return s.fail("")
		}
		c := s.buf[s.pos]
		switch c {
		case '"':
			s.pos++
			if err := s.skipText(); err != nil {
				return err
			}
		case '{', '[':
			if depth < checkedNesting {
				open[depth] = c + 2 // the closing bracket is two further in ASCII
			}
			depth++
			s.pos++
		case '}', ']':
			depth--
			if depth < 0 || depth < checkedNesting && open[depth] != c {
				return s.fail(fmt.Sprintf("%q does not close anything", string(c)))
			}
			s.pos++
		case ' ', '\t', '\r', '\n':
			s.pos++
			continue
		case ',', ':':
			if depth == 0 {
				return s.fail("a value was expected")
			}
			s.pos++
		default:
			if depth > 0 {
				s.pos++
				continue
			}
			if _, err := s.scalar(); err != nil {
				return err
			}
		}
		if depth == 0 {
			return nil
		}
	}
}

// skipText steps over the rest of a string whose opening quote was taken.
func (s *scanner) skipText() error {
	for {
		buf, i := s.buf, s.pos
		for i < len(buf) && buf[i] != '"' && buf[i] != '\\' {
			i++
		}
		s.pos = i
		switch {
		case i >= len(buf):
			if !s.fill() {
				return s.fail("")
			}
		case buf[i] == '"':
			s.pos++
			return nil
		default:
			s.pos++
			if s.pos >= len(s.buf) && !s.fill() {
				return s.fail("")
			}
			s.pos++
		}
	}
}

// hold keeps what take steps over and returns its bytes, which are valid until the next call. They are nil when there were
// more than limit (-1: no limit).
func (s *scanner) hold(limit int, take func() error) ([]byte, error) {
	s.keep, s.limit = s.pos, limit
	err := take()
	start := s.keep
	s.keep = -1
	if err != nil || start < 0 || limit >= 0 && s.pos-start > limit {
		return nil, err
	}
	return s.buf[start:s.pos], nil
}

// capture takes a value and returns a scanner over it, nil when it is larger than limit. The scanner is valid until s is
// used again.
func (s *scanner) capture(limit int) (*scanner, error) {
	s.peek()
	s.count(s.pos)
	out := &scanner{keep: -1, line: s.line, base: s.offset(), lineStart: s.lineStart, words: s.words}
	data, err := s.hold(limit, s.skip)
	if err != nil || data == nil {
		return nil, err
	}
	out.buf = data
	out.flat = s.flat || bytes.IndexByte(data, '\n') < 0
	return out, nil
}

// scalar takes a number, true, false or null and returns its bytes, which are valid until the next call.
func (s *scanner) scalar() ([]byte, error) {
	if s.keep >= 0 { // inside capture, which keeps the start already
		return nil, s.bare()
	}
	word, err := s.hold(-1, s.bare)
	if err == nil && !isScalar(word) {
		return nil, s.fail("a value was expected")
	}
	return word, err
}

// maxScalar bounds a number, which JSON does not.
const maxScalar = 1024

func (s *scanner) bare() error {
	for n := 0; ; n++ {
		if s.pos >= len(s.buf) && !s.fill() {
			if n > 0 && s.err == nil {
				return nil // a document that is one scalar
			}
			return s.fail("")
		}
		switch c := s.buf[s.pos]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c == '-', c == '+', c == '.', c == 'E':
			s.pos++
		case n == 0:
			return s.fail("a value was expected")
		default:
			return nil
		}
		if n > maxScalar {
			return s.fail("the number is too long")
		}
	}
}

func isScalar(word []byte) bool {
	switch string(word) {
	case "true", "false", "null":
		return true
	}
	return len(word) > 0 && (word[0] == '-' || word[0] >= '0' && word[0] <= '9')
}
