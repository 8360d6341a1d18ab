package source

import (
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"github.com/onus-dev/onus/rootfs"
)

// maxIgnoreFile is the largest .gitignore that is obeyed, in bytes; maxIgnorePatterns bounds those of one path.
const (
	maxIgnoreFile     = 1 << 20
	maxIgnorePatterns = 20_000
)

// ignorer prunes the search for roots: by the .gitignore files of the repository and by what the user excludes. It
// never keeps a reader from opening a file.
type ignorer struct {
	tree *rootfs.Tree
	// base is the absolute path that patterns are relative to, the tree's boundary.
	base string
	// ignored are patterns of .gitignore files, excluded those of --exclude.
	ignored, excluded []pattern
}

// pattern is one line of a .gitignore.
type pattern struct {
	gitignore.Pattern
	domain []string
	// simple patterns hold no slash and look at the last segment only: those above it were looked at on the way down.
	simple bool
	// tail is how the last segment ends in all that a simple pattern matches, exact that it is all of the segment. Most
	// patterns are told not to match by it.
	tail  string
	exact bool
}

func parsePattern(line string, domain []string) pattern {
	p := pattern{Pattern: gitignore.ParsePattern(line, domain), domain: domain}
	text := strings.TrimSuffix(strings.TrimSpace(line), "/")
	p.simple = !strings.Contains(text, "/")
	if p.simple && text == strings.TrimSuffix(line, "/") { // blanks around a pattern may be part of it
		text = strings.TrimPrefix(text, "!")
		p.tail = text[strings.LastIndexAny(text, `*?[]\`)+1:]
		p.exact = p.tail == text
	}
	return p
}

// fails reports that a simple pattern does not match a segment, without looking at it whole.
func (p *pattern) fails(last string) bool {
	if p.exact {
		return last != p.tail
	}
	return !strings.HasSuffix(last, p.tail)
}

// matches reports whether the last pattern that says something about a name takes it out.
func matches(patterns []pattern, parts []string, dir bool) bool {
	for i := len(patterns) - 1; i >= 0; i-- {
		p, seen := &patterns[i], parts
		if p.simple && len(parts) > 0 && p.fails(parts[len(parts)-1]) {
			continue
		}
		if p.simple && len(parts) > len(p.domain)+1 {
			seen = append(slices.Clip(p.domain), parts[len(parts)-1])
			if !slices.Equal(p.domain, parts[:len(p.domain)]) {
				continue
			}
		}
		if m := p.Match(seen, dir); m > gitignore.NoMatch {
			return m == gitignore.Exclude
		}
	}
	return false
}

// newIgnorer reads the .gitignore files from the boundary down to the given path. When they ignore the given path
// itself, which the user asked for all the same, none of them counts.
func newIgnorer(tree *rootfs.Tree, exclude []string) *ignorer {
	g := &ignorer{tree: tree, base: tree.Absolute(tree.Boundary())}
	start := g.parts(tree.Given())
	for _, p := range exclude {
		g.excluded = append(g.excluded, parsePattern(p, start))
	}
	dir := tree.Boundary()
	for i := range start {
		g.enter(dir)
		if matches(g.ignored, start[:i+1], true) {
			g.ignored = nil
			return g
		}
		dir = tree.Join(dir, start[i])
	}
	return g
}

// parts are the segments of a name below the boundary.
func (g *ignorer) parts(name string) []string {
	rel := strings.Trim(strings.TrimPrefix(g.tree.Absolute(name), g.base), "/")
	if rel == "" {
		return nil
	}
	return strings.Split(rel, "/")
}

// enter adds the patterns of a directory's own .gitignore. Patterns of a directory end with it: leave.
func (g *ignorer) enter(dir string) {
	data, err := g.tree.ReadFile(g.tree.Join(dir, ".gitignore"))
	if err != nil || len(data) > maxIgnoreFile {
		return
	}
	domain := g.parts(dir)
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" || len(g.ignored) >= maxIgnorePatterns {
			continue
		}
		g.ignored = append(g.ignored, parsePattern(line, domain))
	}
}

// mark and leave bracket the patterns of one directory.
func (g *ignorer) mark() int     { return len(g.ignored) }
func (g *ignorer) leave(to int)  { g.ignored = g.ignored[:min(to, len(g.ignored))] }
func (g *ignorer) pruning() bool { return len(g.ignored)+len(g.excluded) > 0 }

// prunes reports whether the search passes over a file or directory. A CDK assembly is read although its directory is
// ignored in nearly every repository: it is what the app deploys.
func (g *ignorer) prunes(name string, dir bool) bool {
	if !g.pruning() {
		return false
	}
	parts := g.parts(name)
	if matches(g.excluded, parts, dir) {
		return true
	}
	return path.Base(name) != assemblyDir && matches(g.ignored, parts, dir)
}
