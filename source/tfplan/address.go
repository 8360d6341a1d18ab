package tfplan

import (
	"strconv"
	"strings"
)

// step is one module call of an address: `module.name["key"]`.
type step struct {
	name string
	// key is the instance key as written, with its brackets; empty for none.
	key string
}

// address is a resource's address taken apart.
type address struct {
	modules []step
	data    bool
	// typ, name and key are empty in the address of a module.
	typ, name, key string
}

// parseAddress takes an address apart; ok is false when text is none.
func parseAddress(text string) (a address, ok bool) {
	parts := splitAddress(text)
	for len(parts) >= 2 && parts[0].name == "module" && parts[0].key == "" {
		a.modules = append(a.modules, parts[1])
		parts = parts[2:]
	}
	if len(parts) > 0 && (parts[0].name == "data" || parts[0].name == "ephemeral") && parts[0].key == "" {
		a.data = true
		parts = parts[1:]
	}
	switch {
	case len(parts) == 0:
		return a, len(a.modules) > 0 && !a.data
	case len(parts) != 2 || parts[0].key != "" || parts[0].name == "":
		return a, false
	}
	a.typ, a.name, a.key = parts[0].name, parts[1].name, parts[1].key
	return a, a.name != ""
}

// splitAddress cuts text at its dots, leaving alone those inside instance keys. What is no address gives nil.
func splitAddress(text string) []step {
	var out []step
	for text != "" {
		end := strings.IndexAny(text, ".[")
		if end < 0 {
			return append(out, step{name: text})
		}
		s := step{name: text[:end]}
		rest := text[end:]
		if rest[0] == '[' {
			n := keyLength(rest)
			if n == 0 {
				return nil
			}
			s.key, rest = rest[:n], rest[n:]
		}
		out = append(out, s)
		switch {
		case rest == "":
			return out
		case rest[0] == '.':
			text = rest[1:]
		case rest[0] == '[': // a further index, as in a reference to an element of an attribute
			text = rest
		default:
			return nil
		}
	}
	return nil
}

// keyLength is the length of the instance key that text starts with, brackets included; 0 when it is not closed.
func keyLength(text string) int {
	quoted := false
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return i + 1
		}
	}
	return 0
}

// instanceKey writes an index as addresses hold it: `[0]`, `["x"]`.
func instanceKey(index string, isText bool) string {
	if isText {
		return "[" + strconv.Quote(index) + "]"
	}
	return "[" + index + "]"
}

// WithoutKeys drops every instance key from a Terraform address, those of modules too: `module.a["x"].b.c[0]` becomes
// `module.a.b.c`.
func WithoutKeys(text string) string {
	if !strings.Contains(text, "[") {
		return text
	}
	parts := splitAddress(text)
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return strings.Join(names, ".")
}
