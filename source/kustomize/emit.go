package kustomize

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/onus-dev/onus/document"
)

// emit writes a node as YAML in flow style, with aliases expanded. It returns false, and writes nothing, when that takes
// more than limit bytes.
func emit(n *document.Node, limit int) ([]byte, bool) {
	size := measure(n, limit)
	if size > limit {
		return nil, false
	}
	var b bytes.Buffer
	b.Grow(size + size/8 + 64)
	emitTo(&b, n)
	b.WriteByte('\n')
	return b.Bytes(), true
}

// measure tells about how long a node is when written, escapes left out; it stops behind limit.
func measure(n *document.Node, limit int) int {
	if n == nil {
		return 4
	}
	size := len(n.Text) + 4
	for _, item := range n.Items {
		if size += measure(item, limit-size) + 3; size > limit {
			return size
		}
	}
	for _, f := range n.Fields {
		if size += len(f.Name) + measure(f.Value, limit-size) + 7; size > limit {
			return size
		}
	}
	return size
}

func emitTo(b *bytes.Buffer, n *document.Node) {
	if n == nil {
		b.WriteString("null")
		return
	}
	switch n.Kind {
	case document.Null:
		b.WriteString("null")
	case document.List:
		b.WriteByte('[')
		for i, item := range n.Items {
			separate(b, i)
			emitTo(b, item)
		}
		b.WriteByte(']')
	case document.Map:
		b.WriteByte('{')
		for i, f := range n.Fields {
			separate(b, i)
			quote(b, f.Name)
			b.WriteString(": ")
			emitTo(b, f.Value)
		}
		b.WriteByte('}')
	case document.Bool:
		b.WriteString(n.Text)
	case document.Number:
		if plainNumber(n.Text) {
			b.WriteString(n.Text)
		} else {
			quote(b, n.Text)
		}
	default:
		quote(b, n.Text)
	}
}

// separate begins a new line for each member but the first: no line gets long without end.
func separate(b *bytes.Buffer, i int) {
	if i > 0 {
		b.WriteString(",\n ")
	}
}

// plainNumber reports whether a number's own text may stand in flow style unquoted.
func plainNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789abcdefABCDEFoOxX_+-.INin") == ""
}

// quote writes a text in double quotes, in the escapes that JSON and YAML share.
func quote(b *bytes.Buffer, text string) {
	if isPlain(text) {
		b.WriteByte('"')
		b.WriteString(text)
		b.WriteByte('"')
		return
	}
	data, err := json.Marshal(text)
	if err != nil { // a string has no such error
		data = []byte(`""`)
	}
	b.Write(data)
}

// isPlain reports whether a text needs no escape.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
