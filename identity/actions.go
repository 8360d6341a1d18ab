package identity

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// Level is an access level, as AWS's service authorization reference gives it.
type Level uint8

// The access levels, the least grave first.
const (
	List Level = iota
	Read
	Tagging
	Write
	Permissions
)

// String returns the name that AWS uses.
func (l Level) String() string {
	return [...]string{"List", "Read", "Tagging", "Write", "Permissions management"}[l]
}

// Action is one action of a service.
type Action struct {
	// Service is its prefix ("lambda"), Name the rest ("UpdateFunctionCode").
	Service, Name string
	Level         Level
	// Data is set for the data plane: the action uses what a resource holds and leaves the resource as it is.
	Data bool
}

// String returns "lambda:UpdateFunctionCode".
func (a Action) String() string { return a.Service + ":" + a.Name }

// actionsText has a block a service: its prefix, then lines of level, verb and what follows the verb in each action. The
// level is L list, R read, T tagging, W write, P permissions management; a small letter means the data plane:
//
//	sqs
//	 WDelete Queue
//	 wDelete Message,MessageBatch
//
//go:embed actions.txt
var actionsText string

// Actions is the table of every action. It is read when first asked, service by service, and is safe for concurrent use.
type Actions struct {
	all func() []Action
	// index finds the actions of a service in all: from and to.
	index map[string][2]int
	mu    sync.Mutex
	// matched remembers the actions of a pattern, remembered how many bytes that takes.
	matched    map[string]*actionSet
	remembered int
	// folded are the full names in small letters, one after the other; that of an action begins where starts says.
	folded string
	starts []int32
}

// loadActions prepares the table; it reads nothing yet.
func loadActions() *Actions {
	a := &Actions{matched: map[string]*actionSet{}}
	a.all = sync.OnceValue(func() []Action { return a.read(actionsText) })
	return a
}

var levelLetters = map[byte]Level{'l': List, 'r': Read, 't': Tagging, 'w': Write, 'p': Permissions}

func (a *Actions) read(text string) []Action {
	const count = 24000
	out := make([]Action, 0, count)
	a.index = make(map[string][2]int, 500)
	a.starts = make([]int32, 0, count)
	var names strings.Builder // all names in one text: thousands of small ones take ten times as long
	names.Grow(len(text) * 3)
	service := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] != ' ':
			service = line
			a.index[service] = [2]int{len(out), len(out)}
			continue
		}
		letter := line[1]
		level := levelLetters[letter|0x20]
		verb, rests, _ := strings.Cut(line[2:], " ")
		for rest := range strings.SplitSeq(rests, ",") {
			a.starts = append(a.starts, int32(names.Len()))
			names.WriteString(service)
			names.WriteByte(':')
			names.WriteString(verb)
			names.WriteString(rest)
			out = append(out, Action{Service: service, Level: level, Data: letter >= 'a'})
		}
		a.index[service] = [2]int{a.index[service][0], len(out)}
	}
	full := names.String()
	for i := range out {
		out[i].Name = a.slice(full, i)[len(out[i].Service)+1:]
	}
	a.folded = lowerText(full)
	return out
}

// slice takes the part of action i out of the text of all full names.
func (a *Actions) slice(full string, i int) string {
	if i+1 < len(a.starts) {
		return full[a.starts[i]:a.starts[i+1]]
	}
	return full[a.starts[i]:]
}

// Find returns the action of a full name ("s3:GetObject"), whatever its case.
func (a *Actions) Find(name string) (Action, bool) {
	i := a.place(name)
	if i < 0 {
		return Action{}, false
	}
	return a.all()[i], true
}

// place is where an action stands in the table, or -1.
func (a *Actions) place(name string) int {
	a.all()
	service, _, _ := strings.Cut(name, ":")
	span := a.index[strings.ToLower(service)]
	for i := span[0]; i < span[1]; i++ {
		if strings.EqualFold(a.slice(a.folded, i), name) {
			return i
		}
	}
	return -1
}

// span is where the actions of a service stand in the table: from and to.
func (a *Actions) span(service string) [2]int {
	a.all()
	return a.index[service]
}

// Services returns every service prefix in order.
func (a *Actions) Services() []string {
	a.all()
	out := make([]string, 0, len(a.index))
	for s := range a.index {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// Expand returns the actions that a pattern certainly stands for ("s3:Get*", "*"), in the table's order.
func (a *Actions) Expand(pattern string) []Action {
	set, all := a.match(newPattern(pattern, false).fold(), newBudget()), a.all()
	var out []Action
	for i, truth := range set.of {
		if truth == Yes {
			out = append(out, all[set.from+i])
		}
	}
	return out
}

// actionSet tells of each action of a span of the table whether it is in the set.
type actionSet struct {
	from int
	of   []Truth
}

func (s *actionSet) at(i int) Truth {
	if i < s.from || i >= s.from+len(s.of) {
		return No
	}
	return s.of[i-s.from]
}

// match returns the actions that a folded pattern covers. Most patterns name a service, which is then all that is
// looked through; one that names none ("*:Get*") costs work, and once that is used up it may mean any action.
func (a *Actions) match(p Pattern, work *budget) *actionSet {
	from, to := 0, len(a.all())
	n := to
	if service, _, ok := strings.Cut(p.Text, ":"); ok && !strings.ContainsAny(service, "*?$") {
		span := a.index[strings.ToLower(service)]
		from, to = span[0], span[1]
	}
	if to-from == n && !p.everything() && !work.scan(n) {
		return &actionSet{from: from, of: slices.Repeat([]Truth{Maybe}, n)}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if s, ok := a.matched[p.Text]; ok && p.known() {
		return s
	}
	s := &actionSet{from: from, of: make([]Truth, to-from)}
	whole := p.known() && (p.everything() || to-from < n && strings.HasSuffix(p.Text, ":*"))
	for i := range s.of {
		if whole {
			s.of[i] = Yes
			continue
		}
		s.of[i] = p.matches(a.slice(a.folded, from+i))
	}
	if p.known() && a.remembered < maxRemembered {
		a.matched[p.Text] = s
		a.remembered += len(s.of) + len(p.Text) + 100
	}
	return s
}

// union is the actions of several patterns, in parts of the table that are apart, in order.
func (a *Actions) union(patterns []Pattern, work *budget) []*actionSet {
	var all []*actionSet
	for _, p := range patterns {
		if s := a.match(p, work); len(s.of) > 0 {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(x, y *actionSet) int { return x.from - y.from })
	var out []*actionSet
	own := false // whether the last of out is a copy
	for _, s := range all {
		n := len(out) - 1
		if n < 0 || s.from >= out[n].from+len(out[n].of) {
			out, own = append(out, s), false
			continue
		}
		if s == out[n] {
			continue
		}
		if !own {
			out[n], own = &actionSet{from: out[n].from, of: slices.Clone(out[n].of)}, true
		}
		out[n].add(s)
	}
	return out
}

// add puts the actions of other, which begins within s, into s.
func (s *actionSet) add(other *actionSet) {
	offset := other.from - s.from
	if end := offset + len(other.of); end > len(s.of) {
		s.of = append(s.of, make([]Truth, end-len(s.of))...)
	}
	for i, t := range other.of {
		s.of[offset+i] = max(s.of[offset+i], t)
	}
}

// maxRemembered bounds the bytes that remembered patterns take.
const maxRemembered = 16 << 20
