package triage

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The bounds of one element of a report: a finding, a target or a run with its findings.
const (
	maxDepth    = 100
	maxElements = 4 << 20
)

// node is one JSON value with its members in the order written, so that a report can be given back as it came.
type node struct {
	// kind is '{', '[', '"' for a string, or 'v' for a number, a boolean or null, of which text is the JSON.
	kind byte
	text string
	// keys are the names of an object's members; items their values, or those of a list.
	keys  []string
	items []*node
	// drop marks an element that is left out when the report is written again.
	drop bool
}

var errTooDeep = fmt.Errorf("a value is nested deeper than %d", maxDepth)

// parser reads nodes from a decoder, within a budget of values.
type parser struct {
	dec *json.Decoder
	// left is how many more values one element may hold.
	left int
}

// value reads the value that begins with a token which has been read.
func (p *parser) value(t json.Token, depth int) (*node, error) {
	if p.left--; p.left < 0 {
		return nil, fmt.Errorf("one element holds more than %d values", maxElements)
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	switch t := t.(type) {
	case json.Delim:
		return p.container(byte(t), depth)
	case string:
		return &node{kind: '"', text: t}, nil
	case json.Number:
		return &node{kind: 'v', text: t.String()}, nil
	case bool:
		return &node{kind: 'v', text: strconv.FormatBool(t)}, nil
	}
	return &node{kind: 'v', text: "null"}, nil
}

func (p *parser) container(open byte, depth int) (*node, error) {
	n := &node{kind: open}
	for p.dec.More() {
		if open == '{' {
			key, err := p.key()
			if err != nil {
				return nil, err
			}
			n.keys = append(n.keys, key)
		}
		item, err := p.next(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	_, err := p.dec.Token()
	return n, err
}

func (p *parser) key() (string, error) {
	t, err := p.dec.Token()
	if err != nil {
		return "", err
	}
	key, ok := t.(string)
	if !ok {
		return "", errors.New("an object has a key that is no string")
	}
	return key, nil
}

func (p *parser) next(depth int) (*node, error) {
	t, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	return p.value(t, depth)
}

// element reads one value with a fresh budget.
func (p *parser) element() (*node, error) {
	p.left = maxElements
	return p.next(0)
}

// get follows member names; nil when one is not there. Of a nil node everything is nil or empty.
func (n *node) get(path ...string) *node {
	for _, key := range path {
		if n == nil || n.kind != '{' {
			return nil
		}
		i := slices.Index(n.keys, key)
		if i < 0 {
			return nil
		}
		n = n.items[i]
	}
	return n
}

func (n *node) has(key string) bool { return n.get(key) != nil }

// maxText is the most bytes that are kept of one text of a report.
const maxText = 4096

// str is the text of a string or number at a path, "" for anything else.
func (n *node) str(path ...string) string {
	n = n.get(path...)
	if n == nil || n.kind != '"' && n.kind != 'v' || n.text == "null" && n.kind == 'v' {
		return ""
	}
	if len(n.text) > maxText {
		cut := maxText
		for cut > 0 && !utf8.RuneStart(n.text[cut]) {
			cut--
		}
		return n.text[:cut]
	}
	return n.text
}

func (n *node) num(path ...string) int {
	i, err := strconv.Atoi(n.str(path...))
	if err != nil {
		return 0
	}
	return i
}

// list are the items of a list at a path.
func (n *node) list(path ...string) []*node {
	if n = n.get(path...); n != nil && n.kind == '[' {
		return n.items
	}
	return nil
}

// strs are the texts of a list.
func (n *node) strs(path ...string) []string {
	var out []string
	for _, item := range n.list(path...) {
		if s := item.str(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// set puts a member, in place of one of the same name.
func (n *node) set(key string, v *node) {
	if i := slices.Index(n.keys, key); i >= 0 {
		n.items[i] = v
		return
	}
	n.keys, n.items = append(n.keys, key), append(n.items, v)
}

// object returns the object that a member holds, and makes it when there is none.
func (n *node) object(key string) *node {
	if o := n.get(key); o != nil && o.kind == '{' {
		return o
	}
	o := &node{kind: '{'}
	n.set(key, o)
	return o
}

// append adds to the list that a member holds, and makes it when there is none.
func (n *node) append(key string, v *node) {
	l := n.get(key)
	if l == nil || l.kind != '[' {
		l = &node{kind: '['}
		n.set(key, l)
	}
	l.items = append(l.items, v)
}

func text(s string) *node { return &node{kind: '"', text: s} }

func number(i int) *node { return &node{kind: 'v', text: strconv.Itoa(i)} }

// object makes an object of names and texts in turn; a pair with an empty text is left out.
func object(pairs ...string) *node {
	o := &node{kind: '{'}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			o.set(pairs[i], text(pairs[i+1]))
		}
	}
	return o
}

// prune takes out of lists what is marked to be dropped, at any depth.
func (n *node) prune() {
	if n.kind == '[' {
		n.items = slices.DeleteFunc(n.items, func(c *node) bool { return c.drop })
	}
	for _, c := range n.items {
		c.prune()
	}
}

// write encodes a value; indent is the depth, negative to keep it on one line.
func (n *node) write(w *bufio.Writer, indent int) error {
	switch {
	case n.kind == '"':
		return writeText(w, n.text)
	case n.kind == 'v':
		_, err := w.WriteString(n.text)
		return err
	}
	last := byte(']')
	if n.kind == '{' {
		last = '}'
	}
	w.WriteByte(n.kind)
	for i, c := range n.items {
		if i > 0 {
			w.WriteByte(',')
		}
		newline(w, indent, 1)
		if n.kind == '{' {
			if err := writeText(w, n.keys[i]); err != nil {
				return err
			}
			w.WriteByte(':')
			if indent >= 0 {
				w.WriteByte(' ')
			}
		}
		if err := c.write(w, deeper(indent)); err != nil {
			return err
		}
	}
	if len(n.items) > 0 {
		newline(w, indent, 0)
	}
	return w.WriteByte(last)
}

func deeper(indent int) int {
	if indent < 0 {
		return indent
	}
	return indent + 1
}

func newline(w *bufio.Writer, indent, more int) {
	if indent >= 0 {
		w.WriteByte('\n')
		w.WriteString(strings.Repeat("  ", indent+more))
	}
}

func writeText(w io.Writer, s string) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.TrimSuffix(b.String(), "\n"))
	return err
}
