package move

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/vocabulary"
)

var idForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)

// Lint checks every file: ids are unique, hostings exist (known tells), sentences end, conditions compile, and each
// example gives the answer that it expects.
func (s *Set) Lint(known func(hosting string) bool) diag.List {
	diags := slices.Clone(s.diags)
	seen := map[string]bool{}
	for _, f := range s.families.list {
		for _, id := range slices.Concat(f.hostings, f.usual) {
			if !known(id) {
				diags.Errorf(diag.Range{Path: s.families.Path}, "Unknown hosting", "%q of the family %s is no hosting.", rulefile.Clip(id), f.id)
			}
		}
	}
	for _, p := range s.all {
		if seen[p.ID] || !idForm.MatchString(p.ID) {
			diags.Errorf(p.At, "Id not valid", "%q is taken, or is not words in lower case joined by dashes.", rulefile.Clip(p.ID))
		}
		seen[p.ID] = true
		s.lintWords(p, known, &diags)
		if program, faults := s.compile(p); program == nil {
			diags = append(diags, faults...)
		} else {
			s.lintExamples(p, program, &diags)
		}
	}
	return diags.Sorted()
}

func (s *Set) lintWords(p *Precondition, known func(string) bool, diags *diag.List) {
	for _, id := range slices.Concat(p.From, p.To) {
		if !known(id) {
			diags.Errorf(p.At, "Unknown hosting", "%q of %s is neither a hosting nor a set.", rulefile.Clip(id), p.ID)
		}
	}
	for _, id := range p.To {
		if p.pages != nil && p.pages[id] == nil {
			diags.Errorf(p.At, "Page missing", "%s cites the page of its target, and families.yaml has none for %s.", p.ID, rulefile.Clip(id))
		}
	}
	for _, text := range []string{p.Says, p.Do} {
		if !strings.HasSuffix(text, ".") {
			diags.Errorf(p.At, "Sentence without an end", "%q ends with a full stop.", rulefile.Clip(text))
		}
	}
	if strings.HasSuffix(p.Means, ".") {
		diags.Errorf(p.At, "Words with a full stop", "means of %s follows whether, and has none.", p.ID)
	}
	for _, typ := range p.Uses {
		if t := strings.TrimPrefix(typ, expr.Many); !s.types.Known(t) {
			diags.Errorf(p.At, "Unknown type", "%q is no type of the vocabulary. %s", rulefile.Clip(t), expr.Suggest(t, s.types.Names()))
		}
	}
}

func (s *Set) lintExamples(p *Precondition, program *expr.Program, diags *diag.List) {
	for i := range p.Examples {
		ex := &p.Examples[i]
		for _, role := range slices.Sorted(maps.Keys(ex.Given)) {
			typ, many := strings.CutPrefix(p.Uses[role], expr.Many)
			shape := s.types.Shape(typ)
			if shape == nil {
				diags.Errorf(ex.givenAt[role], "Unknown part", "%s has no part %q.", p.ID, rulefile.Clip(role))
				continue
			}
			if many {
				shape = &vocabulary.Shape{Kind: vocabulary.List, Element: shape}
			}
			expr.Misfits(ex.Given[role], shape, typ, func(at diag.Range, detail string) { diags.Errorf(at, "Unknown property", "%s", detail) })
		}
		if got, err := program.Eval(ex.inputs()); got != ex.Expect || err != nil {
			diags.Errorf(ex.At, "Example not met", "%q of %s expects %s; it is %s. %v", rulefile.Clip(ex.Name), p.ID, ex.Expect, got, err)
		}
	}
}

func (ex *Example) inputs() expr.Inputs {
	return expr.Inputs{Part: func(role string) inventory.Value { return ex.Given[role] }}
}

// Survivor is a wrong condition that no example of its precondition notices.
type Survivor struct {
	Precondition *Precondition
	// To is what the comparison at Line and Column of the condition was replaced by.
	To           bool
	Line, Column int
}

// String says where the mutant lives.
func (s Survivor) String() string {
	return fmt.Sprintf("%s (%s): the comparison at %d:%d of the condition taken as %v", s.Precondition.ID, s.Precondition.At, s.Line, s.Column, s.To)
}

// Mutate replaces each comparison of each condition by true and by false, one at a time, and tells which changes every
// example passes by.
func (s *Set) Mutate() (tried int, out []Survivor, err error) {
	for _, p := range s.all {
		program, diags := s.compile(p)
		if program == nil {
			return 0, nil, fmt.Errorf("%s does not compile: %v", p.ID, diags)
		}
		mutants, err := program.Mutants()
		if err != nil {
			return 0, nil, fmt.Errorf("mutate %s: %w", p.ID, err)
		}
		for _, m := range mutants {
			tried++
			notices := func(ex Example) bool {
				got, err := m.Eval(ex.inputs())
				return got != ex.Expect || err != nil
			}
			if !slices.ContainsFunc(p.Examples, notices) {
				out = append(out, Survivor{p, m.To, m.Line, m.Column})
			}
		}
	}
	return tried, out, nil
}
