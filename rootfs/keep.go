package rootfs

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// MaxKept bounds the texts that a tree keeps, in bytes together.
const MaxKept = 128 << 20

// Text is a file that was read as a whole.
type Text struct {
	// Name is the display name.
	Name string
	Data []byte
}

// kept are the texts that a later stage looks at again, so that every file is read once.
type kept struct {
	match func(data []byte) bool

	mu    sync.Mutex
	texts map[string][]byte
	size  int
	over  bool
}

// Keep makes the tree keep each file that is read as a whole from now on and that match picks. Call it before reading;
// match is called from several goroutines.
func (t *Tree) Keep(match func(data []byte) bool) { t.kept.match = match }

// Kept returns what was kept, in name order. complete is false when MaxKept was hit and some were not.
func (t *Tree) Kept() (texts []Text, complete bool) {
	t.kept.mu.Lock()
	defer t.kept.mu.Unlock()
	for _, name := range slices.SortedFunc(maps.Keys(t.kept.texts), strings.Compare) {
		texts = append(texts, Text{Name: name, Data: t.kept.texts[name]})
	}
	return texts, !t.kept.over
}

func (k *kept) see(name string, data []byte) {
	if k.match == nil || !k.match(data) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch _, have := k.texts[name]; {
	case have:
	case k.size+len(data) > MaxKept:
		k.over = true
	default:
		if k.texts == nil {
			k.texts = map[string][]byte{}
		}
		k.texts[name] = data
		k.size += len(data)
	}
}
