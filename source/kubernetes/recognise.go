package kubernetes

import (
	"bytes"
	"strings"
)

// Is reports whether data looks like a manifest: a YAML or JSON file of which some document has, at its top level, a
// Kubernetes apiVersion ("v1", "apps/v1") and a kind. It parses nothing, so that other files cost a scan; a file with a
// syntax error is still recognised, and so is one with template directives in it. Kustomizations are not manifests:
// source/kustomize reads them.
func Is(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(data[:min(len(data), 1024)], 0) >= 0 {
		return false
	}
	if !bytes.Contains(data, []byte("apiVersion")) || !bytes.Contains(data, []byte("kind")) {
		return false
	}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if trimmed[0] == '[' {
		return false
	}
	if trimmed[0] == '{' && !bytes.HasPrefix(trimmed, []byte("{{")) {
		return isJSON(trimmed)
	}
	return isYAML(data)
}

// header is what the top level of a document says it is.
type header struct {
	version, kind string
}

func (h header) isObject() bool {
	if h.kind == "" || !isVersion(h.version) {
		return false
	}
	if c := h.kind[0]; (c < 'A' || c > 'Z') && !strings.HasPrefix(h.kind, "{{") {
		return false
	}
	if strings.HasPrefix(h.version, "kustomize.config.k8s.io/") {
		return false
	}
	return h.kind != "Kustomization" || strings.Contains(h.version, ".toolkit.fluxcd.io/")
}

// isVersion tells "v1", "apps/v1", "networking.k8s.io/v1beta1", "skaffold/v4beta7" and a directive from other texts.
func isVersion(s string) bool {
	if strings.HasPrefix(s, "{{") {
		return true
	}
	s = s[strings.LastIndexByte(s, '/')+1:]
	return len(s) >= 2 && s[0] == 'v' && s[1] >= '0' && s[1] <= '9' && !strings.ContainsAny(s, ". \t")
}

// isYAML looks at the lines that begin a top-level entry or a document.
func isYAML(data []byte) bool {
	var h header
	for len(data) > 0 {
		line := data
		if end := bytes.IndexByte(data, '\n'); end >= 0 {
			line, data = data[:end], data[end+1:]
		} else {
			data = nil
		}
		if len(line) == 0 {
			continue
		}
		switch line[0] {
		case '-':
			if bytes.HasPrefix(line, []byte("---")) {
				h = header{}
			}
		case 'a', 'k', '"', '\'':
			if v, ok := entry(line, "apiVersion"); ok {
				h.version = v
			} else if v, ok := entry(line, "kind"); ok {
				h.kind = v
			}
			if h.isObject() {
				return true
			}
		}
	}
	return false
}

// entry returns the plain text of a top-level entry of the given name.
func entry(line []byte, name string) (string, bool) {
	if q := line[0]; q == '"' || q == '\'' {
		if len(line) < len(name)+2 || line[len(name)+1] != q {
			return "", false
		}
		line = append(bytes.Clone(line[1:len(name)+1]), line[len(name)+2:]...)
	}
	rest, ok := bytes.CutPrefix(line, []byte(name))
	if !ok {
		return "", false
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte(":"))
	if !ok || len(rest) > 400 {
		return "", false
	}
	text := string(rest)
	if i := strings.Index(text, " #"); i >= 0 {
		text = text[:i]
	}
	return strings.Trim(strings.TrimSpace(text), `"'`), true
}

// isJSON walks the bytes of an object, following strings and depth only.
func isJSON(data []byte) bool {
	var h header
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth <= 0 {
				return h.isObject()
			}
		case '"':
			end := stringEnd(data, i)
			if depth == 1 && end < len(data) {
				h.take(data, i, end)
				if h.isObject() {
					return true
				}
			}
			i = end
		}
	}
	return false
}

// take notes the member whose name stands between two quotes.
func (h *header) take(data []byte, begin, end int) {
	name := string(data[begin+1 : min(end, begin+16)])
	if name != "apiVersion" && name != "kind" {
		return
	}
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(data[end+1:min(len(data), end+400)], " \t\r\n"), []byte(":"))
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if !ok || len(rest) == 0 || rest[0] != '"' {
		return
	}
	text := string(rest[1:min(len(rest), stringEnd(rest, 0))])
	if name == "kind" {
		h.kind = text
	} else {
		h.version = text
	}
}

// stringEnd returns the offset of the quote that ends the string beginning at i.
func stringEnd(data []byte, i int) int {
	for j := i + 1; j < len(data); j++ {
		switch data[j] {
		case '\\':
			j++
		case '"':
			return j
		}
	}
	return len(data)
}
