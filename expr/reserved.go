package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// CEL's grammar reserves words that the catalog needs as roles, "function" above all. A declared role with such a name
// is masked by an identifier of the same length before parsing, so that every column stays right, and named again in
// the syntax tree.

// reservedWords are CEL's, from its language definition.
func reservedWords() []string {
	return []string{
		"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "namespace",
		"package", "return", "var", "void", "while",
	}
}

// masks returns the reserved words among the names, each with its mask.
func masks(names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if slices.Contains(reservedWords(), name) {
			out[name] = "_" + name[1:]
		}
	}
	return out
}

// mask replaces the masked names wherever they begin an expression: not inside text, not after a dot.
func mask(text string, masks map[string]string) string {
	if len(masks) == 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		end := i + 1
		switch c := text[i]; {
		case c == '"' || c == '\'':
			end = endOfText(text, i)
		case isLetter(c):
			for end < len(text) && (isLetter(text[end]) || text[end] >= '0' && text[end] <= '9') {
				end++
			}
			if m, ok := masks[text[i:end]]; ok && !strings.HasSuffix(strings.TrimRight(text[:i], " \t\n"), ".") {
				b.WriteString(m)
				i = end
				continue
			}
		}
		b.WriteString(text[i:end])
		i = end
	}
	return b.String()
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// endOfText finds the end of the text literal that begins at start, or the end of the condition. Triple quotes and the
// raw prefix are honoured.
func endOfText(text string, start int) int {
	quote := text[start : start+1]
	raw := start > 0 && (text[start-1] == 'r' || text[start-1] == 'R')
	if strings.HasPrefix(text[start:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	for i := start + len(quote); i < len(text); i++ {
		if text[i] == '\\' && !raw {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], quote) {
			return i + len(quote)
		}
	}
	return len(text)
}

// unmask names the masked identifiers again.
func unmask(tree *ast.AST, masks map[string]string) {
	names := make(map[string]string, len(masks))
	for name, m := range masks {
		names[m] = name
	}
	fac := ast.NewExprFactory()
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind {
			return
		}
		if name, ok := names[e.AsIdent()]; ok {
			e.SetKindCase(fac.NewIdent(e.ID(), name))
		}
	}))
}
