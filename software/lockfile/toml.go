package lockfile

import (
	"regexp"
	"strconv"
	"strings"
)

// This file reads the part of TOML that lock files are written in by their tools: tables [[package]] with tables
// [package.x] below, and keys with text, booleans, arrays and inline tables, which may go over several lines.

// tomlTable is one [[package]] with the values of its keys as written; those of a table [package.x] are named "x.key".
type tomlTable struct {
	line int
	raw  map[string]string
}

// maxTOMLValue bounds one value that goes over several lines, in bytes.
const maxTOMLValue = 4 << 20

// tomlPackages returns the tables of packages in order.
func tomlPackages(data []byte) []*tomlTable {
	var out []*tomlTable
	var current *tomlTable
	prefix, n := "", 0
	key, value, depth := "", &strings.Builder{}, 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if depth > 0 {
			value.WriteString(" " + line)
			if depth += brackets(line); depth <= 0 || value.Len() > maxTOMLValue {
				current.raw[key], depth = value.String(), 0
			}
			continue
		}
		switch {
		case line == "" || line[0] == '#':
		case line == "[[package]]":
			current, prefix = &tomlTable{line: n, raw: map[string]string{}}, ""
			out = append(out, current)
		case strings.HasPrefix(line, "[package.") && current != nil:
			prefix = strings.Trim(line, "[]")[len("package."):] + "."
		case line[0] == '[':
			current = nil
		case current != nil:
			name, v, ok := strings.Cut(line, "=")
			if !ok {
				continue
			}
			key = prefix + strings.Trim(strings.TrimSpace(name), `"`)
			v = strings.TrimSpace(v)
			if depth = brackets(v); depth > 0 {
				value.Reset()
				value.WriteString(v)
				continue
			}
			depth = 0
			current.raw[key] = v
		}
	}
	return out
}

// brackets is how many more brackets a line opens than it closes, outside of text.
func brackets(line string) int {
	depth := 0
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == '#':
			return depth
		}
	}
	return depth
}

// text is the text of a key, "" when it has none.
func (t *tomlTable) text(key string) string {
	v := t.raw[key]
	if i := strings.LastIndexAny(v, `"'`); i > 0 {
		v = v[:i+1]
	}
	if s, err := strconv.Unquote(v); err == nil && v[0] == '"' {
		return s
	}
	if len(v) >= 2 && v[0] == '\'' && v[len(v)-1] == '\'' {
		return v[1 : len(v)-1]
	}
	return ""
}

var (
	quoted = regexp.MustCompile(`"([^"]*)"`)
	named  = regexp.MustCompile(`\bname\s*=\s*"([^"]*)"`)
)

// texts are the texts in an array.
func (t *tomlTable) texts(key string) []string { return submatches(quoted, t.raw[key]) }

// names are the values of `name` in an array of inline tables.
func (t *tomlTable) names(key string) []string { return submatches(named, t.raw[key]) }

func submatches(re *regexp.Regexp, s string) []string {
	var out []string
	for _, m := range re.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	return out
}
