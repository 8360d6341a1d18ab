package cloudformation

import (
	"bytes"
	"regexp"
	"strings"
)

// Is reports whether data looks like a CloudFormation or SAM template: a document whose top level has
// AWSTemplateFormatVersion, an AWS transform, or Resources of which at least one has a type such as AWS::S3::Bucket.
// It looks at the top level only and parses nothing, so that large files of other kinds are dismissed at the speed of
// a scan. A template with a syntax error is still recognised when its first lines are intact.
func Is(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(data[:min(len(data), 1024)], 0) >= 0 {
		return false
	}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 {
		return false
	}
	if trimmed[0] == '{' {
		return isJSON(trimmed)
	}
	return isYAML(data)
}

// foreign are top-level keys that no template has and other documents begin with.
var foreign = map[string]bool{
	"apiVersion": true, "kind": true, "format_version": true, "terraform_version": true, "planned_values": true,
	"lineage": true, "$schema": true, "openapi": true, "swagger": true, "jobs": true, "provider": true,
	"dependencies": true, "devDependencies": true, "services": true, "typeName": true,
}

var resourceType = regexp.MustCompile(`["']?Type["']?\s*:\s*["']?[A-Za-z0-9]+::[A-Za-z0-9]+`)

// isJSON walks the bytes of an object, following strings and depth only.
func isJSON(data []byte) bool {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth <= 0 {
				return false
			}
		case '"':
			end := stringEnd(data, i)
			if depth == 1 {
				if key, value, ok := member(data, i, end); ok {
					if found, sure := judge(key, value); sure {
						return found
					}
				}
			}
			i = end
		}
	}
	return false
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

// member returns a key and the text after its colon.
func member(data []byte, begin, end int) (key string, rest []byte, ok bool) {
	if end >= len(data) || end-begin > 64 {
		return "", nil, false
	}
	rest = bytes.TrimLeft(data[end+1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return "", nil, false
	}
	return string(data[begin+1 : end]), rest[1:], true
}

// judge decides from one top-level key and what follows it; sure is false when this key tells nothing.
func judge(key string, rest []byte) (found, sure bool) {
	switch {
	case key == "AWSTemplateFormatVersion":
		return true, true
	case key == "Transform":
		value := rest[:min(len(rest), 200)]
		found = bytes.Contains(value, []byte("AWS::"))
		return found, found
	case key == "Resources":
		// The type of the first resource stands within its first lines in practice; the rest is searched all the same.
		found = resourceType.Match(rest)
		return found, found
	}
	return false, foreign[key]
}

// isYAML looks at the lines of the outermost indentation.
func isYAML(data []byte) bool {
	indent := -1
	for off := 0; off < len(data); {
		line := data[off:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		next := off + len(line) + 1
		body := bytes.TrimLeft(line, " ")
		if len(body) > 0 && body[0] != '#' && body[0] != '\r' && body[0] != '%' && !bytes.HasPrefix(body, []byte("---")) {
			depth := len(line) - len(body)
			if indent < 0 {
				indent = depth
			}
			if key, ok := yamlKey(body); ok && depth == indent {
				if found, sure := judge(key, data[off+depth+keyLength(body):]); sure {
					return found
				}
			}
		}
		off = next
	}
	return false
}

// keyLength returns the length of a key up to its colon, quotes included.
func keyLength(body []byte) int {
	return max(bytes.IndexByte(body, ':'), 0)
}

func yamlKey(body []byte) (string, bool) {
	end := keyLength(body)
	if end == 0 || end > 64 {
		return "", false
	}
	key := strings.Trim(strings.TrimSpace(string(body[:end])), `"'`)
	return key, !strings.ContainsAny(key, " {}[]\t")
}
