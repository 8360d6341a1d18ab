package exception

import (
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/onus-dev/onus/inventory"
)

// isHCL reports whether a file is in HCL's own syntax.
func isHCL(name string) bool {
	switch path.Ext(name) {
	case ".tf", ".tofu", ".hcl":
		return true
	}
	return false
}

// hclBlock is a block at the top of a file: `resource "aws_sqs_queue" "jobs" {`.
type hclBlock struct {
	header     []string
	start, end int
}

// scanHCL finds the comments and the blocks of a file by its tokens. A parser would recurse as deep as the text nests; the
// tokens are a flat list, and they are there for broken files too.
func scanHCL(data []byte) (l layout, blocks []hclBlock) {
	tokens, _ := hclsyntax.LexConfig(data, "", hcl.InitialPos) // what is no HCL is told by the reader
	depth, lastLine := 0, 0
	var header []string
	start := 0
	for _, t := range tokens {
		from, to := t.Range.Start, t.Range.End
		switch t.Type {
		case hclsyntax.TokenComment:
			text := strings.TrimRight(string(t.Bytes), "\r\n")
			l.comments = append(l.comments, comment{line: from.Line, last: from.Line + strings.Count(text, "\n"), col: from.Column,
				full: from.Line != lastLine, text: strings.TrimSuffix(text, "*/")})
			if strings.HasSuffix(string(t.Bytes), "\n") && depth == 0 {
				header = nil
			}
			continue
		case hclsyntax.TokenNewline:
			if depth == 0 {
				header = nil
			}
			continue
		case hclsyntax.TokenEOF:
			continue
		case hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd:
			if depth--; depth == 0 && len(header) > 0 {
				blocks = append(blocks, hclBlock{header: header, start: start, end: to.Line})
				header = nil
			}
			depth = max(depth, 0)
		case hclsyntax.TokenIdent, hclsyntax.TokenQuotedLit:
			if depth == 0 {
				if len(header) == 0 {
					start = from.Line
				}
				header = append(header, string(t.Bytes))
			}
		}
		if l.first == 0 {
			l.first = from.Line
		}
		lastLine = to.Line
	}
	return l, blocks
}

// layoutHCL finds which resources each block declares. A module block stands for everything in the module, where it is
// written in the root itself.
func (in *input) layoutHCL(text inventory.Text) *layout {
	l, blocks := scanHCL(text.Data)
	declared := in.at(text.Path)
	for _, b := range blocks {
		out := block{start: b.start, end: b.end}
		if b.header[0] == "module" && len(b.header) == 2 {
			out.module = b.header[1]
		}
		from, _ := slices.BinarySearchFunc(declared, b.start, byLine)
		to, _ := slices.BinarySearchFunc(declared, b.end+1, byLine)
		out.resources = declared[from:max(from, to)]
		l.blocks = append(l.blocks, out)
	}
	return &l
}

func byLine(r *inventory.Resource, line int) int { return r.Origin.Line - line }

// ofModule returns the resources below a module call of a root.
func (in *input) ofModule(file, name string) []*inventory.Resource {
	var out []*inventory.Resource
	for _, r := range in.ofRoot(path.Dir(file)) {
		rest, ok := strings.CutPrefix(r.Address, "module."+name)
		if ok && rest != "" && (rest[0] == '.' || rest[0] == '[') {
			out = append(out, r)
		}
	}
	return out
}
