package rulefile

import (
	"slices"
	"strings"
)

// keyIndent is how deep the keys of a check or hosting stand in the files of this project.
const keyIndent = 4

// WithoutKeys empties the lines of some keys of checks or hostings with all below them, so that everything else keeps its
// line. It goes by the layout that the embedded files keep, keys at four blanks, and not by YAML, which is a hundred times
// slower; tests of these files hold it against what YAML reads.
func WithoutKeys(text string, keys ...string) string {
	var b strings.Builder
	b.Grow(len(text))
	skipping := false
	for line := range strings.Lines(text) {
		body := strings.TrimLeft(line, " ")
		if indent := len(line) - len(body); indent <= keyIndent && strings.TrimSpace(body) != "" {
			key, _, _ := strings.Cut(body, ":")
			skipping = indent == keyIndent && slices.Contains(keys, key)
		}
		if skipping {
			line = "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
