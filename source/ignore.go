package source

import (
	"path"
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
	ignored, excluded []gitignore.Pattern
}

// newIgnorer reads the .gitignore files from the boundary down to the given path. When they ignore the given path
// itself, which the user asked for all the same, none of them counts.
func newIgnorer(tree *rootfs.Tree, exclude []string) *ignorer {
	g := &ignorer{tree: tree, base: tree.Absolute(tree.Boundary())}
	start := g.parts(tree.Given())
	for _, p := range exclude {
		g.excluded = append(g.excluded, gitignore.ParsePattern(p, start))
	}
	dir := tree.Boundary()
	for i := range start {
		g.enter(dir)
		if gitignore.NewMatcher(g.ignored).Match(start[:i+1], true) {
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
		g.ignored = append(g.ignored, gitignore.ParsePattern(line, domain))
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
	if gitignore.NewMatcher(g.excluded).Match(parts, dir) {
		return true
	}
	return path.Base(name) != assemblyDir && gitignore.NewMatcher(g.ignored).Match(parts, dir)
}
