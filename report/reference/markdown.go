package reference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/report"
)

// markdown writes lines and keeps the first error. Pages are cited by number; the sources stand at the end.
type markdown struct {
	out     io.Writer
	err     error
	sources []allocation.Citation
}

// cite gives the number of a source as a link, for the definition that writeSources makes of it.
func (m *markdown) cite(c *allocation.Citation) string {
	i := slices.Index(m.sources, *c)
	if i < 0 {
		i = len(m.sources)
		m.sources = append(m.sources, *c)
	}
	return fmt.Sprintf("[%d]", i+1)
}

// writeSources lists what was cited, each with the target of its number.
func (m *markdown) writeSources(heading string) {
	if len(m.sources) == 0 {
		return
	}
	m.line("%s Sources\n", heading)
	for i, c := range m.sources {
		m.line("%d. %s, seen %s", i+1, link(&c), text(c.Seen))
	}
	m.line("")
	for i, c := range m.sources {
		if u, ok := address(&c); ok {
			m.line("[%d]: <%s>", i+1, u)
		}
	}
}

func (m *markdown) line(format string, args ...any) {
	if m.err == nil {
		_, m.err = fmt.Fprintf(m.out, format+"\n", args...)
	}
}

// rows writes the table of a hosting's duties.
func (m *markdown) rows(h *Hosting) {
	m.line("| duty | when | who | why | basis |\n|---|---|---|---|---|")
	for _, d := range h.Duties {
		for i, r := range d.Rows {
			name := text(string(d.Duty))
			if i > 0 {
				name = ""
			}
			m.line("| %s | %s | %s %s | %s | %s |", name, when(r, i), report.Symbol(r.Party), text(report.Word(r.Party)), why(r), m.basis(r))
		}
	}
	m.line("")
}

// when is the condition in words and as it is evaluated.
func when(r Row, at int) string {
	switch {
	case r.When != "":
		return text(r.Means) + "<br>" + code(r.When)
	case at > 0:
		return "otherwise"
	}
	return "always"
}

// why is the reason with everything that belongs to it.
func why(r Row) string {
	parts := []string{text(r.Reason)}
	if r.Shared != nil {
		parts = append(parts, "AWS: "+text(r.Shared.AWS), "Customer: "+text(r.Shared.Customer))
	}
	if r.Residual != "" {
		parts = append(parts, "_Still yours:_ "+text(r.Residual))
	}
	if r.Deadline != nil {
		parts = append(parts, "_Within:_ "+text(deadlineText(r.Deadline)))
	}
	return strings.Join(parts, "<br>")
}

func deadlineText(d *allocation.Deadline) string {
	return fmt.Sprintf("%s after %s", report.Plural(d.Days, "day"), d.From)
}

func (m *markdown) basis(r Row) string {
	if r.Citation == nil {
		return text(string(r.Basis))
	}
	return text(string(r.Basis)) + " " + m.cite(r.Citation)
}

func (m *markdown) labelText(h *Hosting) string {
	if h.Label == nil {
		return ""
	}
	s := `; AWS says "` + text(h.Label.Text) + `"`
	if h.Label.Citation != nil {
		s += " " + m.cite(h.Label.Citation)
	}
	return s
}

// link writes the title of a source as a link; an address that is not https stays out.
func link(c *allocation.Citation) string {
	u, ok := address(c)
	if !ok {
		return text(c.Title)
	}
	return "[" + text(c.Title) + "](<" + u + ">)"
}

// address is a source's address with what would end it in Markdown written otherwise.
func address(c *allocation.Citation) (string, bool) {
	if !strings.HasPrefix(c.URL, "https://") {
		return "", false
	}
	return strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", "`", "%60", "\\", "%5C", " ", "%20").Replace(report.Plain(c.URL)), true
}

// special are the characters that mean something to Markdown, to its tables or to HTML.
const special = "\\`*_[]<>#|&~$^"

// text makes catalog text safe in a paragraph or a table cell. The catalog may be the user's own.
func text(s string) string {
	var b strings.Builder
	for _, r := range report.Plain(s) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '&':
			b.WriteString("&amp;")
			continue
		case strings.ContainsRune(special, r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// code makes catalog text a code span, also in a table cell. A run of blanks is one, as in YAML.
func code(s string) string {
	s = strings.ReplaceAll(strings.Join(strings.Fields(report.Plain(s)), " "), "|", "\\|")
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + s + fence
}
