package ownership

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/glob"
)

// maxCodeowners is the largest CODEOWNERS file, in bytes: GitHub loads none above it. maxOwnerLines bounds its patterns.
const (
	maxCodeowners = 3 << 20
	maxOwnerLines = 20_000
)

// codeownersPlaces are the places of the file in a repository, the first found is used: GitHub's order, then GitLab's own.
var codeownersPlaces = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"}

// codeowners is one CODEOWNERS file.
type codeowners struct {
	path, base string
	lines      []ownerLine
}

// ownerLine gives the files of a pattern to owners; no owners means that nobody owns them.
type ownerLine struct {
	pattern glob.Path
	text    string
	owners  []string
	line    int
}

// section is a heading of GitLab: [Name], ^[Name] for an optional one, [Name][2] with a number of approvals.
var section = regexp.MustCompile(`^\^?\[[^\]]+\](\[\d+\])?(\s+(.*))?$`)

// parseCodeowners reads a CODEOWNERS file. As GitHub does, it passes over a line that it does not understand. A heading
// of GitLab gives its owners to the lines below it that name none.
func parseCodeowners(path, base string, data []byte) *codeowners {
	c := &codeowners{path: path, base: base}
	var byHeading []string
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		words := ownerWords(line)
		if len(words) == 0 {
			continue
		}
		if m := section.FindStringSubmatch(strings.TrimSpace(withoutComment(line))); m != nil {
			byHeading = ownersOf(strings.Fields(m[3]))
			continue
		}
		owners := ownersOf(words[1:])
		pattern, err := glob.CompileCodeowners(words[0])
		if err != nil || strings.ContainsAny(words[0], "[]") || len(owners) < len(words)-1 || len(c.lines) >= maxOwnerLines {
			continue
		}
		if len(owners) == 0 {
			owners = byHeading
		}
		c.lines = append(c.lines, ownerLine{pattern: pattern, text: words[0], owners: owners, line: number})
	}
	return c
}

// withoutComment cuts a comment off: "#" at the start or behind a space, and not behind a backslash.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

// ownerWords splits a line at spaces; `\ ` and `\#` stand for the character itself.
func ownerWords(line string) []string {
	line = strings.NewReplacer(`\ `, "\x00", `\#`, "\x01").Replace(withoutComment(line))
	words := strings.Fields(line)
	back := strings.NewReplacer("\x00", " ", "\x01", "#")
	for i, w := range words {
		words[i] = back.Replace(w)
	}
	return words
}

// ownersOf keeps the words that can be an owner: @user, @org/team, a mail address.
func ownersOf(words []string) []string {
	var out []string
	for _, w := range words {
		if at := strings.IndexByte(w, '@'); at >= 0 && at < len(w)-1 {
			out = append(out, w)
		}
	}
	return out
}

// owners returns the line that decides about a file: the last that covers it. ok is false when none does.
func (c *codeowners) owners(file []string) (ownerLine, bool) {
	for i := len(c.lines) - 1; i >= 0; i-- {
		if c.lines[i].pattern.Match(file) {
			return c.lines[i], true
		}
	}
	return ownerLine{}, false
}

// claim turns the deciding line into a claim. Several owners of one line review together: a declared team goes first,
// then any team, then the first.
func (c *codeowners) claim(l ownerLine, known *names) (Claim, bool) {
	if len(l.owners) == 0 {
		return Claim{}, false
	}
	best, score := l.owners[0], 0
	for _, o := range l.owners {
		_, declared := known.declared(o)
		s := 0
		switch {
		case declared:
			s = 2
		case strings.HasPrefix(o, "@") && strings.Contains(o, "/"):
			s = 1
		}
		if s > score {
			best, score = o, s
		}
	}
	because := "CODEOWNERS gives " + diag.Clip(l.text, 60) + " to " + diag.Clip(best, 60)
	if n := len(l.owners) - 1; n > 0 {
		because += " and " + strconv.Itoa(n) + " more"
	}
	return Claim{Team: known.team(best), Rank: ByCodeowners, Because: because, At: diag.Range{Path: c.path, Line: l.line, Column: 1}}, true
}
