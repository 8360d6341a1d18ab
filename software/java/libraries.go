package java

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed libraries.txt
var librariesText string

// library is one library that can be told by a class.
type library struct {
	group, artifact string
	// marker is the class that tells it; without, when set, a class whose absence is a mitigation.
	marker, without string
}

func (l *library) name() string { return l.group + ":" + l.artifact }

// table is libraries.txt, read once. byClass finds libraries by the last segment of a class that matters.
type table struct {
	libraries []library
	byClass   map[string][]string
	groups    map[string]string
}

var libraries = sync.OnceValue(func() *table {
	t := &table{byClass: map[string][]string{}, groups: map[string]string{}}
	for line := range strings.Lines(librariesText) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		var l library
		l.group, l.artifact, _ = strings.Cut(words[0], ":")
		t.groups[l.artifact] = l.group
		if len(words) == 1 {
			continue
		}
		l.marker = words[1] + ".class"
		t.note(l.marker)
		for _, w := range words[2:] {
			if class, ok := strings.CutPrefix(w, "without="); ok {
				l.without = class + ".class"
				t.note(l.without)
			}
		}
		t.libraries = append(t.libraries, l)
	}
	return t
})

func (t *table) note(class string) {
	last := class[strings.LastIndexByte(class, '/')+1:]
	for _, c := range t.byClass[last] {
		if c == class {
			return
		}
	}
	t.byClass[last] = append(t.byClass[last], class)
}

// classAt finds the listed class that an entry is, and what stands before its own path: "" for a class in its place, else
// the name that it was moved to.
func (t *table) classAt(entry string) (class, prefix string, ok bool) {
	for _, c := range t.byClass[entry[strings.LastIndexByte(entry, '/')+1:]] {
		if rest, cut := strings.CutSuffix(entry, c); cut && (rest == "" || strings.HasSuffix(rest, "/")) {
			return c, rest, true
		}
	}
	return "", "", false
}
