// Package glob matches names and paths against the patterns that people write into configuration: the rules of teams,
// exceptions, CODEOWNERS.
//
//	Match ── one pattern against one name ──▶ yes or no; "*" stands for any text, "?" for one character
//	Compile ── a pattern in the notation of .gitignore ──▶ Path ── Match ──▶ whether it covers a file
//
// There are no character classes: addresses hold brackets ("this[0]"). Everything runs in the length of the pattern
// times the length of the name at most, whatever the input.
package glob

import (
	"fmt"
	"strings"
)

// Match reports whether a pattern covers the whole of a name. "*" stands for any text, slashes and dots included, "?" for
// one byte, everything else for itself.
func Match(pattern, name string) bool {
	p, n := 0, 0
	star, resume := -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			resume++
			p, n = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// IsPattern reports whether a text holds "*" or "?".
func IsPattern(s string) bool { return strings.ContainsAny(s, "*?") }

// maxSegments is how many segments a path pattern may have.
const maxSegments = 62

// Path is a compiled path pattern. The zero Path covers nothing.
type Path struct {
	segments []string
	// inside is set for "docs/": only what lies below a directory of that name is covered.
	inside bool
	// direct is set for "docs/*" of CODEOWNERS: files of the directory, not of those below it.
	direct bool
	// Literal is how many segments from the start are no pattern; 0 when the pattern may begin anywhere. It tells how
	// narrow the pattern is.
	Literal int
}

// Compile reads a pattern in the notation of .gitignore, relative to a directory: a pattern with a slash that is not the
// last character begins in that directory, any other at any depth; "**" stands for any number of directories; what covers
// a directory covers everything in it. "!" and character classes are not part of it.
func Compile(pattern string) (Path, error) { return compile(pattern, false) }

// CompileCodeowners is Compile by GitHub's rules for CODEOWNERS, where "docs/*" covers the files of docs alone.
func CompileCodeowners(pattern string) (Path, error) { return compile(pattern, true) }

func compile(pattern string, codeowners bool) (Path, error) {
	rest := strings.TrimSpace(pattern)
	if strings.HasPrefix(rest, "!") {
		return Path{}, fmt.Errorf("%q: a pattern cannot begin with \"!\"", pattern)
	}
	p := Path{inside: strings.HasSuffix(rest, "/")}
	rest = strings.TrimSuffix(rest, "/")
	anchored := strings.Contains(rest, "/")
	for s := range strings.SplitSeq(rest, "/") {
		switch s {
		case "", ".":
		case "..":
			return Path{}, fmt.Errorf("%q leads out of the directory", pattern)
		default:
			p.segments = append(p.segments, s)
		}
	}
	n := len(p.segments)
	if n == 0 && !strings.HasPrefix(strings.TrimSpace(pattern), "/") || n > maxSegments {
		return Path{}, fmt.Errorf("%q is no path of 1 to %d segments", pattern, maxSegments)
	}
	switch {
	case n == 0: // "/": everything
		p.segments, p.inside = []string{"*"}, false
	case p.segments[n-1] == "**":
		p.segments[n-1] = "*" // what covers a directory covers what is in it
	case codeowners && n > 1 && p.segments[n-1] == "*" && !p.inside:
		p.direct = true
	}
	if !anchored && n > 0 {
		p.segments = append([]string{"**"}, p.segments...)
	}
	for p.Literal < len(p.segments) && !IsPattern(p.segments[p.Literal]) {
		p.Literal++
	}
	return p, nil
}

// Match reports whether the pattern covers a file, given by its segments below the directory that the pattern is relative to.
func (p Path) Match(file []string) bool {
	if len(p.segments) == 0 {
		return false
	}
	last := uint64(1) << len(p.segments)
	at := p.skip(1) // bit i: the first i segments of the pattern are used up
	for i, name := range file {
		next := uint64(0)
		for s, seg := range p.segments {
			switch {
			case at&(1<<s) == 0:
			case seg == "**":
				next |= 1 << s
			case Match(seg, name):
				next |= 1 << (s + 1)
			}
		}
		at = p.skip(next)
		end := i == len(file)-1
		if at&last != 0 && (end && !p.inside || !end && !p.direct) {
			return true
		}
	}
	return false
}

// skip adds the states in which "**" stands for no directory.
func (p Path) skip(at uint64) uint64 {
	for s, seg := range p.segments {
		if seg == "**" && at&(1<<s) != 0 {
			at |= 1 << (s + 1)
		}
	}
	return at
}
