package catalog

import (
	"slices"
	"strconv"

	"github.com/onus-dev/onus/expr"
)

// maxSteps bounds one search. A search that is cut off proves nothing, so its row is not called dead.
const maxSteps = 50_000

// other stands for every value of a subject that no condition names.
const other = "(other)"

// solver searches for a configuration in which a truth function holds. The configurations are made of what the
// conditions themselves name: each compared property is not set, one of the constants it is compared with, or any
// other value; whatever is not a comparison with constants is true or false at will. That is more than can really be,
// so a search that finds nothing proves that nothing can be found, and one that finds something proves nothing.
type solver struct {
	domains map[string][]string
	values  map[string]string
	steps   int
}

// impossible reports whether no configuration makes the formula true.
func impossible(f *expr.Formula) bool {
	s := &solver{domains: map[string][]string{}, values: map[string]string{}}
	s.collect(f)
	return !s.search(f) && s.steps < maxSteps
}

// shadowed is the formula of a row that decides: its own condition holds and none of the earlier ones does.
func shadowed(earlier []*expr.Formula, own *expr.Formula) *expr.Formula {
	all := &expr.Formula{Op: expr.And, Args: []*expr.Formula{own}}
	for _, f := range earlier {
		all.Args = append(all.Args, &expr.Formula{Op: expr.Not, Args: []*expr.Formula{f}})
	}
	return all
}

// collect gathers the values that each subject is compared with.
func (s *solver) collect(f *expr.Formula) {
	for _, a := range f.Args {
		s.collect(a)
	}
	a := f.Atom
	if f.Op != expr.Leaf || a.Subject == "" {
		return
	}
	d := s.domains[a.Subject]
	if d == nil {
		d = []string{expr.Null, other}
	}
	if a.Bool {
		d = []string{expr.Null, "true", "false"}
	}
	for _, v := range a.Values {
		if !slices.Contains(d, v) {
			d = append(d, v)
		}
	}
	s.domains[a.Subject] = d
}

// search splits on the first open name that the formula hangs on, until it is true.
func (s *solver) search(f *expr.Formula) bool {
	s.steps++
	truth, open := s.eval(f)
	if truth != expr.Unknown || s.steps >= maxSteps {
		return truth == expr.True
	}
	domain := s.domains[open]
	if domain == nil {
		domain = []string{"true", "false"}
	}
	for _, v := range domain {
		s.values[open] = v
		if s.search(f) {
			return true
		}
	}
	delete(s.values, open)
	return false
}

// eval answers the formula under what is chosen so far; when it is open yet, it names a subject or atom to choose.
func (s *solver) eval(f *expr.Formula) (truth expr.Truth, open string) {
	switch f.Op {
	case expr.Leaf:
		return s.atom(&f.Atom)
	case expr.Not:
		truth, open = s.eval(f.Args[0])
		return negate(truth), open
	case expr.And, expr.Or:
		return s.fold(f)
	}
	return expr.Unknown, ""
}

// fold answers and (the first false decides) and or (the first true does).
func (s *solver) fold(f *expr.Formula) (truth expr.Truth, open string) {
	decisive, neutral := expr.False, expr.True
	if f.Op == expr.Or {
		decisive, neutral = neutral, decisive
	}
	truth = neutral
	for _, a := range f.Args {
		t, o := s.eval(a)
		if t == decisive {
			return t, ""
		}
		if t == expr.Unknown && truth != expr.Unknown {
			truth, open = t, o
		}
	}
	return truth, open
}

func (s *solver) atom(a *expr.Atom) (truth expr.Truth, open string) {
	if a.Subject == "" {
		return s.choice(a.Text)
	}
	v, chosen := s.values[a.Subject]
	switch {
	case !chosen:
		return expr.Unknown, a.Subject
	case a.Test == nil:
		return truthOf(slices.Contains(a.Values, v)), ""
	case v == expr.Null:
		return expr.False, ""
	}
	if text, err := strconv.Unquote(v); err == nil {
		return truthOf(a.Test(text)), ""
	}
	return s.choice(a.Text)
}

func (s *solver) choice(name string) (truth expr.Truth, open string) {
	v, chosen := s.values[name]
	if !chosen {
		return expr.Unknown, name
	}
	return truthOf(v == "true"), ""
}

func truthOf(b bool) expr.Truth {
	if b {
		return expr.True
	}
	return expr.False
}

func negate(t expr.Truth) expr.Truth {
	switch t {
	case expr.True:
		return expr.False
	case expr.False:
		return expr.True
	}
	return expr.Unknown
}
