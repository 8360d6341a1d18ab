package catalog

import (
	"bufio"
	"bytes"
	"strings"
)

// index is what is known of a file without its content: the ids it declares and the root types of its hostings.
type index struct {
	stacks, hostings []string
	roots            []root
	edition          Edition
}

type root struct{ typ, hosting string }

// scan takes the index from the text of an embedded file, a hundred times faster than YAML. It relies on the layout
// that the embedded files keep ("  - id: x" and "roots: [..]" on lines of their own, two levels deep); a test holds
// it against the parsed files.
func scan(lines *bufio.Reader) index {
	var ix index
	section, hosting := "", ""
	inRoots := false
	for {
		read, err := lines.ReadSlice('\n')
		if err != nil && len(read) == 0 {
			return ix
		}
		if bytes.HasPrefix(read, []byte("       ")) {
			continue // nothing that counts stands so deep, and most lines do
		}
		line := strings.TrimRight(string(read), " \r\n")
		if line == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		if line[0] != ' ' && line[0] != '-' {
			section = ix.topLevel(line)
			continue
		}
		trimmed := strings.TrimLeft(line, " ")
		indent := len(line) - len(trimmed)
		if id, ok := strings.CutPrefix(trimmed, "- id:"); ok && indent <= 2 {
			hosting, inRoots = scalar(id), false
			ix.declare(section, hosting)
			continue
		}
		if section != "hostings" {
			continue
		}
		if list, ok := strings.CutPrefix(trimmed, "roots:"); ok && indent <= 4 {
			inRoots = true
			ix.addRoots(list, hosting)
			continue
		}
		if item, ok := strings.CutPrefix(trimmed, "- "); ok && inRoots && indent <= 6 {
			ix.addRoots(item, hosting)
			continue
		}
		inRoots = false
	}
}

// topLevel takes the key of a line that is not indented.
func (ix *index) topLevel(line string) string {
	key, value, _ := strings.Cut(line, ":")
	switch key {
	case "version":
		ix.edition.Version = scalar(value)
	case "validFrom":
		ix.edition.ValidFrom = scalar(value)
	}
	return key
}

func (ix *index) declare(section, id string) {
	switch section {
	case "stacks":
		ix.stacks = append(ix.stacks, id)
	case "hostings":
		ix.hostings = append(ix.hostings, id)
	}
}

func (ix *index) addRoots(list, hosting string) {
	if head, _, ok := strings.Cut(list, " #"); ok {
		list = head
	}
	for typ := range strings.SplitSeq(strings.Trim(strings.TrimSpace(list), "[]"), ",") {
		if typ = scalar(typ); typ != "" {
			ix.roots = append(ix.roots, root{typ, hosting})
		}
	}
}

// scalar trims blanks, a comment and quotes.
func scalar(s string) string {
	s, _, _ = strings.Cut(s, " #")
	return strings.Trim(strings.TrimSpace(s), `"'`)
}

// indexOf takes the index from a parsed file.
func indexOf(s *Service) index {
	var ix index
	if s == nil {
		return ix
	}
	ix.edition = s.edition
	for _, sp := range s.stacks {
		ix.stacks = append(ix.stacks, sp.id)
	}
	for _, sp := range s.hostings {
		ix.hostings = append(ix.hostings, sp.id)
		for _, typ := range sp.roots {
			ix.roots = append(ix.roots, root{typ, sp.id})
		}
	}
	return ix
}
