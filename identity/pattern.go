package identity

import (
	"strings"
	"unicode/utf8"

	"github.com/onus-dev/onus/inventory"
)

// Pattern is a text of a policy with its wildcards: an action, an ARN, a condition's value. Parts that are unknown (a
// variable without a value, an IAM policy variable such as ${aws:username}) are holes: any text, and always the same
// text where the same name stands.
type Pattern struct {
	// Text is the pattern as written, unknown parts as ${name}.
	Text string
	// Value is where it is written.
	Value  inventory.Value
	tokens []token
}

// token is one character of a pattern.
type token struct {
	kind tokenKind
	r    rune
	// hole is the name of an unknown part; two empty names are never the same.
	hole string
}

type tokenKind uint8

const (
	literal tokenKind = iota
	anyOne
	anyMany
	hole
)

// newPattern reads a text. With variables, ${name} is a hole, but for the escapes ${*}, ${?} and ${$}.
func newPattern(text string, variables bool) Pattern {
	p := Pattern{Text: text}
	if len(text) > maxPattern {
		p.tokens = []token{{kind: hole}}
		return p
	}
	for i := 0; i < len(text); {
		if variables && strings.HasPrefix(text[i:], "${") {
			if end := closing(text[i:]); end > 0 {
				p.tokens = append(p.tokens, variable(text[i+2:i+end]))
				i += end + 1
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch r {
		case '*':
			if n := len(p.tokens); n == 0 || p.tokens[n-1].kind != anyMany {
				p.tokens = append(p.tokens, token{kind: anyMany})
			}
		case '?':
			p.tokens = append(p.tokens, token{kind: anyOne})
		default:
			p.tokens = append(p.tokens, token{r: r})
		}
	}
	return p
}

// closing finds the brace that ends the ${ at the start of text; names may hold braces of their own (Terraform's
// expressions do). It is -1 when there is none.
func closing(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// variable is the token of ${name}. A policy variable may have a default ('aws:username, 'x'), which changes nothing here.
func variable(name string) token {
	switch name {
	case "*", "?", "$":
		return token{r: rune(name[0])}
	}
	return token{kind: hole, hole: name}
}

// exact reads a text that has neither wildcards nor variables.
func exact(text string) Pattern {
	p := Pattern{Text: text}
	for _, r := range text {
		p.tokens = append(p.tokens, token{r: r})
	}
	if len(p.tokens) > maxPattern {
		p.tokens = []token{{kind: hole}}
	}
	return p
}

// unknownPattern is a text of which nothing is known.
func unknownPattern(v inventory.Value) Pattern {
	return Pattern{Text: "${unknown}", Value: v, tokens: []token{{kind: hole}}}
}

// known reports whether a pattern has no holes.
func (p Pattern) known() bool {
	for _, t := range p.tokens {
		if t.kind == hole {
			return false
		}
	}
	return true
}

// everything reports whether the pattern is "*".
func (p Pattern) everything() bool { return len(p.tokens) == 1 && p.tokens[0].kind == anyMany }

// wild reports whether the pattern has a wildcard.
func (p Pattern) wild() bool {
	for _, t := range p.tokens {
		if t.kind == anyMany || t.kind == anyOne {
			return true
		}
	}
	return false
}

// fold lowers the literals: actions and condition keys do not tell case apart.
func (p Pattern) fold() Pattern {
	out := p
	out.tokens = make([]token, len(p.tokens))
	for i, t := range p.tokens {
		if t.kind == literal {
			t.r = lower(t.r)
		}
		out.tokens[i] = t
	}
	return out
}

func lower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// matches tells whether a plain text matches p.
func (p Pattern) matches(text string) Truth {
	if !p.known() {
		return p.Covers(exact(text))
	}
	return truthOf(glob(p.tokens, text))
}

// glob matches an ASCII text with a pattern without holes, going back to the last "*" when it fails.
func glob(p []token, text string) bool {
	i, j, star, mark := 0, 0, -1, 0
	for j < len(text) {
		switch {
		case i < len(p) && p[i].kind == anyMany:
			star, mark = i, j
			i++
		case i < len(p) && (p[i].kind == anyOne || p[i].r == rune(text[j])):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i].kind == anyMany {
		i++
	}
	return i == len(p)
}

// Covers tells whether every text that other stands for matches p.
func (p Pattern) Covers(other Pattern) Truth {
	if p.everything() {
		return Yes
	}
	m := &matcher{a: p.tokens, b: other.tokens}
	return m.run(m.covers)
}

// Overlaps tells whether some text matches both p and other.
func (p Pattern) Overlaps(other Pattern) Truth {
	if p.everything() || other.everything() {
		return Yes
	}
	m := &matcher{a: p.tokens, b: other.tokens}
	return m.run(m.overlaps)
}

// matcher compares two patterns by dynamic programming from their ends: cell (i, j) answers for a[i:] and b[j:].
type matcher struct {
	a, b       []token
	next, here []Truth
}

// run fills the table row by row and returns its first cell.
func (m *matcher) run(cell func(i, j int) Truth) Truth {
	if (len(m.a)+1)*(len(m.b)+1) > maxCells {
		return Maybe
	}
	m.next, m.here = make([]Truth, len(m.b)+1), make([]Truth, len(m.b)+1)
	for i := len(m.a); i >= 0; i-- {
		for j := len(m.b); j >= 0; j-- {
			m.here[j] = cell(i, j)
		}
		m.next, m.here = m.here, m.next
	}
	return m.next[0]
}

// The neighbours of a cell: one token of a, of b, of both further on.
func (m *matcher) skipA(j int) Truth { return m.next[j] }
func (m *matcher) skipB(j int) Truth { return m.here[j+1] }
func (m *matcher) both(j int) Truth  { return m.next[j+1] }

// covers answers whether every text of b[j:] matches a[i:].
func (m *matcher) covers(i, j int) Truth {
	endA, endB := i == len(m.a), j == len(m.b)
	switch {
	case endA && endB:
		return Yes
	case endA:
		if m.b[j].kind == hole { // it may be empty
			return min(Maybe, m.skipB(j))
		}
		return No
	case m.a[i].kind == anyMany:
		if endB {
			return m.skipA(j)
		}
		return max(m.skipA(j), m.skipB(j))
	case m.a[i].kind == hole, !endB && m.b[j].kind == hole:
		return m.holes(i, j)
	case endB || m.b[j].kind == anyMany:
		return No
	case m.a[i].kind == anyOne, m.a[i] == m.b[j]:
		return m.both(j)
	}
	return No
}

// overlaps answers whether some text matches a[i:] and b[j:].
func (m *matcher) overlaps(i, j int) Truth {
	endA, endB := i == len(m.a), j == len(m.b)
	many := func(end bool, list []token, k int) bool { return !end && list[k].kind == anyMany }
	switch {
	case endA && endB:
		return Yes
	case many(endA, m.a, i):
		if endB {
			return m.skipA(j)
		}
		return max(m.skipA(j), m.skipB(j))
	case many(endB, m.b, j):
		if endA {
			return m.skipB(j)
		}
		return max(m.skipA(j), m.skipB(j))
	case !endA && m.a[i].kind == hole, !endB && m.b[j].kind == hole:
		return m.holes(i, j)
	case endA || endB:
		return No
	case m.a[i].kind == anyOne, m.b[j].kind == anyOne, m.a[i] == m.b[j]:
		return m.both(j)
	}
	return No
}

// holes answers for a cell where an unknown text begins: the same unknown on both sides matches itself, any other
// may be empty, or take in what stands on the other side.
func (m *matcher) holes(i, j int) Truth {
	endA, endB := i == len(m.a), j == len(m.b)
	best := No
	if !endA && !endB && m.a[i] == m.b[j] && m.a[i].hole != "" {
		best = m.both(j)
	}
	if !endA {
		best = max(best, min(Maybe, m.skipA(j)))
	}
	if !endB {
		best = max(best, min(Maybe, m.skipB(j)))
	}
	return best
}
