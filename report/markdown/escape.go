package markdown

import (
	"net/url"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
)

// special are the characters that mean something to Markdown, to its tables or to HTML.
const special = "\\`*_{}[]<>()#+!|&~$^@"

// text makes user text safe in a paragraph, a list item or a table cell. A bare address gets no link: GitHub looks for
// "://" and "www.", which are broken up.
func text(s string) string {
	s = report.Plain(s)
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '_' && inWord(s, i), r == '(' || r == ')' || r == '+' && i > 0:
			b.WriteRune(r)
		case strings.ContainsRune(special, r), r == '-' && i == 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == ':' && strings.HasPrefix(s[i:], "://"):
			b.WriteString("&#58;")
		case r == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			b.WriteString("&#46;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// inWord reports whether the underscore at s[i] stands between letters or digits, where it emphasises nothing.
func inWord(s string, i int) bool {
	alnum := func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }
	return i > 0 && i+1 < len(s) && alnum(s[i-1]) && alnum(s[i+1])
}

// code makes user text a code span, also in a table cell; empty text gives nothing.
func code(s string) string {
	s = strings.ReplaceAll(report.Plain(s), "|", "\\|")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	longest, n := 0, 0
	for _, r := range s {
		if r != '`' {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		s = " " + s + " "
	}
	return fence + s + fence
}

// link writes a citation as a link; an address that is not http or https stays plain text.
func link(c *allocation.Citation) string {
	title := text(report.Clip(c.Title, report.MaxName))
	if c.Seen != "" {
		title += ", seen " + text(c.Seen)
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return title
	}
	return "[" + title + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", "`", "%60", "\\", "%5C").Replace(u.String()) + ">)"
}
