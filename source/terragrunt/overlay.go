package terragrunt

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/source/terraform"
)

// declares finds what a generated file must hold to matter: a provider or a backend changes no answer.
var declares = regexp.MustCompile(`(?m)(^\s*(resource|data|module|variable|locals|output)\b|"(resource|data|module|variable|locals|output)"\s*:)`)

// overlay collects the files that stand in the directory Terraform runs in beside the module's own: Terragrunt copies the
// unit's directory over the module, then writes what generate blocks give.
func (u *unit) overlay(f *frame, m *moduleDir) []terraform.File {
	var out []terraform.File
	own := path.Dir(u.file)
	if u.tree.Absolute(own) != u.tree.Absolute(m.dir) {
		out = u.beside(own)
	}
	for _, b := range f.gather("generate", "") {
		if file, ok := u.generated(b, m, out); ok {
			out = slices.DeleteFunc(out, func(x terraform.File) bool { return x.Name == file.Name })
			out = append(out, file)
		}
	}
	return out
}

// beside reads the files of the unit's directory that Terraform reads.
func (u *unit) beside(dir string) []terraform.File {
	entries, err := u.tree.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []terraform.File
	for _, e := range entries {
		if e.IsDir() || !terraform.IsOverlay(e.Name()) || len(out) >= maxFiles {
			continue
		}
		name := u.tree.Join(dir, e.Name())
		data, err := u.tree.ReadFile(name)
		if err != nil {
			u.inv.Diags.Skipf(diag.Range{Path: name}, "File not read", "%v", err)
			continue
		}
		out = append(out, terraform.File{Name: e.Name(), Data: data, At: diag.Range{Path: name, Line: 1}})
	}
	return out
}

// generated makes the file of a generate block, when it declares anything or replaces a file.
func (u *unit) generated(b placed, m *moduleDir, laid []terraform.File) (terraform.File, bool) {
	if e := b.attrs["disable"]; e != nil {
		if v, _ := b.in.eval(e).Unmark(); v.RawEquals(cty.True) {
			return terraform.File{}, false
		}
	}
	to, contents := b.attrs["path"], b.attrs["contents"]
	if to == nil || contents == nil {
		return terraform.File{}, false
	}
	name, ok := textOf(b.in.eval(to))
	if !ok || !terraform.IsOverlay(path.Base(name)) {
		return terraform.File{}, false
	}
	if path.Dir(path.Clean(name)) != "." && !path.IsAbs(name) {
		return terraform.File{}, false // in a directory below, which is no part of the module
	}
	name = path.Base(name)
	_, err := u.tree.Stat(u.tree.Join(m.dir, name))
	replaces := err == nil || slices.ContainsFunc(laid, func(x terraform.File) bool { return x.Name == name })
	if replaces && b.keeps() {
		return terraform.File{}, false
	}
	text, ok := textOf(b.in.eval(contents))
	if !ok {
		u.tellGenerated(b, name, contents)
		return terraform.File{}, false
	}
	if !replaces && !declares.MatchString(text) && !strings.Contains(name, ".tfvars") {
		return terraform.File{}, false
	}
	return terraform.File{Name: name, Data: []byte(text), At: b.textStart(contents)}, true
}

// keeps reports whether a block leaves a file of its name as it is.
func (b placed) keeps() bool {
	e := b.attrs["if_exists"]
	if e == nil {
		return false
	}
	s, _ := textOf(b.in.eval(e))
	return s == "skip"
}

// textStart is the place of the first line of a text: for a heredoc the line after its opening.
func (b placed) textStart(e *expr) diag.Range {
	at := place(e.Range())
	if terraform.IsTemplate(e.Expression) && strings.HasPrefix(b.in.source(e), "<<") {
		at.Line++
	}
	return at
}

// source is the text of an expression as written.
func (f *frame) source(e *expr) string {
	r := e.Range()
	if r.Start.Byte < 0 || r.End.Byte > len(f.doc.src) || r.Start.Byte > r.End.Byte {
		return ""
	}
	return string(f.doc.src[r.Start.Byte:r.End.Byte])
}

// tellGenerated says of a file whose text is not known that what it declares is missing; when the text as written shows
// that it declares nothing, nothing is.
func (u *unit) tellGenerated(b placed, name string, contents *expr) {
	written := b.in.source(contents)
	if terraform.IsTemplate(contents.Expression) && !declares.MatchString(written) {
		return
	}
	u.inv.Diags.Skipf(contents.at, "Generated file not read", "generate %q writes %s, whose text is not known here%s. What it declares is missing from the answer.",
		b.label(), name, because(b.in.eval(contents)))
}
