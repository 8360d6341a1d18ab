package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/evidence"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/vocabulary"
)

// Lint checks every file: conditions compile, ids are unique, parts are ones that exist, fixes come in the forms that
// users write, and each example gives the verdict that it expects.
func (s *Set) Lint() diag.List {
	diags := s.Compile()
	seen := map[string]*Check{}
	for _, c := range s.All() {
		if other := seen[c.ID]; other != nil {
			diags.Errorf(c.At, "Id given twice", "%q is declared at %s already.", rulefile.Clip(c.ID), other.At)
		}
		seen[c.ID] = c
		s.lintForm(c, &diags)
		if p := s.program(c); p != nil {
			for i := range c.Examples {
				s.lintExample(c, p, &c.Examples[i], &diags)
			}
		}
	}
	return diags.Sorted()
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9.]+)+$`)

func (s *Set) lintForm(c *Check, diags *diag.List) {
	if !idForm.MatchString(c.ID) || len(c.ID) > 60 {
		diags.Errorf(c.At, "Id not valid", "%q is no id: words in lower case and digits joined by dashes, at most 60 characters.", rulefile.Clip(c.ID))
	}
	for _, text := range []string{c.Why, c.Remedy, c.Lacking} {
		if text != "" && !strings.HasSuffix(text, ".") {
			diags.Errorf(c.At, "Sentence without an end", "%q ends with a full stop.", rulefile.Clip(text))
		}
	}
	if strings.HasSuffix(c.Title, ".") {
		diags.Errorf(c.At, "Title with a full stop", "A title has none: %q.", rulefile.Clip(c.Title))
	}
	if url := c.References.URL; url != "" && (!strings.HasPrefix(url, "https://") || c.References.Title == "" || c.References.Seen == "") {
		diags.Errorf(c.At, "Reference incomplete", "A page needs an https:// url, its title, and seen as YYYY-MM-DD.")
	}
	s.lintParts(c, diags)
	s.lintFixes(c, diags)
}

// lintParts asks that each part of evidence has the type that it is gathered with.
func (s *Set) lintParts(c *Check, diags *diag.List) {
	roles := evidence.Roles()
	for _, u := range append([]Use{c.On}, c.Uses...) {
		typ := strings.TrimPrefix(u.Type, expr.Many)
		if !s.opts.Types.Known(typ) {
			diags.Errorf(c.At, "Unknown type", "%q is no type of the vocabulary. %s", typ, expr.Suggest(typ, s.opts.Types.Names()))
		}
		if want, ok := roles[u.Role]; ok && u != c.On && want != u.Type && strings.HasPrefix(u.Type, expr.Many) {
			diags.Errorf(c.At, "Part of another type", "The part %q is gathered as %s.", u.Role, want)
		}
	}
}

// lintFixes asks for a fix in each form that users write the type in.
func (s *Set) lintFixes(c *Check, diags *diag.List) {
	want := []string{"kubernetes"}
	switch {
	case c.On.Type == "AWS::IAM::Policy": // which the Terraform provider splits by role, user and group
		want = []string{"cloudformation"}
	case s.opts.Types.OfCloudFormation(c.On.Type):
		want = []string{"terraform", "cloudformation"}
	case strings.HasPrefix(c.On.Type, "AWS::"): // one that Terraform alone has
		want = []string{"terraform"}
	}
	for _, form := range want {
		if !slices.ContainsFunc(c.Fixes, func(f Fix) bool { return f.Form == form }) {
			diags.Errorf(c.At, "Fix missing", "The check %q needs %s with a bad and an ok configuration.", c.ID, form)
		}
	}
}

func (s *Set) lintExample(c *Check, p *program, ex *Example, diags *diag.List) {
	for _, role := range slices.Sorted(maps.Keys(ex.Given)) {
		typ, ok := p.types[role]
		if !ok {
			diags.Errorf(ex.givenAt[role], "Unknown part", "The check %q has no part %q. %s", c.ID, rulefile.Clip(role), expr.Suggest(role, slices.Collect(maps.Keys(p.types))))
			continue
		}
		s.lintGiven(ex.Given[role], typ, diags)
	}
	a := p.evaluate(c, ex.inputs())
	if a.err != nil {
		diags.Errorf(ex.At, "Condition cannot be evaluated", "In the example %q of %s: %v.", rulefile.Clip(ex.Name), c.ID, a.err)
		return
	}
	if a.verdict != ex.Expect {
		diags.Errorf(ex.At, "Example not met", "%q of %s expects %s; it is %s.", rulefile.Clip(ex.Name), c.ID, word(ex.Expect), word(a.verdict))
	}
}

func word(v Verdict) string {
	if v == "" {
		return "none"
	}
	return string(v)
}

func (s *Set) lintGiven(v inventory.Value, typ string, diags *diag.List) {
	one, many := strings.CutPrefix(typ, expr.Many)
	shape := s.opts.Types.Shape(one)
	if shape == nil {
		return
	}
	if many {
		shape = &vocabulary.Shape{Kind: vocabulary.List, Element: shape}
	}
	expr.Misfits(v, shape, one, func(at diag.Range, detail string) { diags.Errorf(at, "Unknown property", "%s", detail) })
}

// inputs are the parts of an example; a role that is left out is absent.
func (ex *Example) inputs() expr.Inputs {
	return expr.Inputs{AsOf: ex.AsOf, Part: func(role string) inventory.Value { return ex.Given[role] }}
}

// Survivor is a wrong condition that no example of its check notices.
type Survivor struct {
	Check *Check
	// Condition is "when" or "met"; To what the comparison at Line and Column was replaced by.
	Condition    string
	To           bool
	Line, Column int
}

// String says where the mutant lives.
func (s Survivor) String() string {
	return fmt.Sprintf("%s: %s, the comparison at %d:%d of the condition taken as %v", s.Check, s.Condition, s.Line, s.Column, s.To)
}

// Mutate replaces each comparison of each condition by true and by false, one at a time, and tells which changes every
// example passes by. extra gives further examples of a check, such as its fixes as parts.
func (s *Set) Mutate(extra func(*Check) []Example) (tried int, out []Survivor, err error) {
	for _, c := range s.All() {
		p := s.program(c)
		if p == nil {
			continue
		}
		examples := slices.Concat(c.Examples, extra(c))
		n, survivors, err := mutateCheck(c, p, examples)
		if err != nil {
			return 0, nil, fmt.Errorf("mutate %s: %w", c, err)
		}
		tried, out = tried+n, append(out, survivors...)
	}
	return tried, out, nil
}

func mutateCheck(c *Check, p *program, examples []Example) (tried int, out []Survivor, err error) {
	for _, condition := range []string{"when", "met"} {
		of := p.met
		if condition == "when" {
			of = p.when
		}
		if of == nil {
			continue
		}
		mutants, err := of.Mutants()
		if err != nil {
			return 0, nil, err
		}
		for _, m := range mutants {
			q := *p
			if condition == "when" {
				q.when = m.Program
			} else {
				q.met = m.Program
			}
			tried++
			if !noticed(c, &q, examples) {
				out = append(out, Survivor{Check: c, Condition: condition, To: m.To, Line: m.Line, Column: m.Column})
			}
		}
	}
	return tried, out, nil
}

func noticed(c *Check, p *program, examples []Example) bool {
	return slices.ContainsFunc(examples, func(ex Example) bool {
		a := p.evaluate(c, ex.inputs())
		return a.err != nil || a.verdict != ex.Expect
	})
}
