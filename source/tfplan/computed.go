package tfplan

import (
	_ "embed"
	"strings"
)

//go:embed computed.txt
var computedText string

// computedBlocks are the lines of computed.txt by type.
func computedBlocks() map[string][]string {
	out := make(map[string][]string, 256)
	for line := range strings.Lines(computedText) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "#" {
			out[fields[0]] = fields[1:]
		}
	}
	return out
}
