package identity

import (
	_ "embed"
	"maps"
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

// Actions is the table of every action, the services in the order of their prefixes. The names of a service are read when
// they are first asked for. It is safe for concurrent use.
type Actions struct {
	// services are the blocks of the text, index finds one by its prefix, count is the number of all actions.
	services []*service
	index    map[string]*service
	count    int

	mu sync.Mutex
	// matched remembers the actions of a pattern, remembered how many bytes that takes.
	matched    map[string]*actionSet
	remembered int
}

// service is a block of the table: its actions have the numbers from up to to.
type service struct {
	prefix, lines string
	from, to      int
	once          sync.Once
	actions       []Action
	folded        []string
}

// loadActions finds the services; the whole text is read once by the program.
var loadActions = sync.OnceValue(func() *Actions { return indexActions(actionsText) })

func indexActions(text string) *Actions {
	a := &Actions{matched: map[string]*actionSet{}, index: make(map[string]*service, 500)}
	for rest := text; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		if line == "" || line[0] == '#' {
			rest = after
			continue
		}
		s := &service{prefix: line, lines: after, from: a.count, to: a.count}
		for rest = after; strings.HasPrefix(rest, " "); {
			line, rest, _ = strings.Cut(rest, "\n")
			s.to += 1 + strings.Count(line, ",")
		}
		s.lines = after[:len(after)-len(rest)]
		a.services, a.index[s.prefix], a.count = append(a.services, s), s, s.to
	}
	return a
}

var levelLetters = map[byte]Level{'l': List, 'r': Read, 't': Tagging, 'w': Write, 'p': Permissions}

// load reads the names of a service.
func (s *service) load() *service {
	s.once.Do(func() {
		s.actions, s.folded = make([]Action, 0, s.to-s.from), make([]string, 0, s.to-s.from)
		var names strings.Builder // all names in one text, for many small ones take longer
		for line := range strings.Lines(s.lines) {
			line = strings.TrimSuffix(line, "\n")
			letter := line[1]
			verb, rests, _ := strings.Cut(line[2:], " ")
			for rest := range strings.SplitSeq(rests, ",") {
				names.WriteString(s.prefix + ":" + verb + rest + "\n")
				s.actions = append(s.actions, Action{Service: s.prefix, Level: levelLetters[letter|0x20], Data: letter >= 'a'})
			}
		}
		full := names.String()
		folded := lowerText(full)
		for i := range s.actions {
			end := strings.IndexByte(full, '\n')
			s.actions[i].Name = full[len(s.prefix)+1 : end]
			s.folded = append(s.folded, folded[:end])
			full, folded = full[end+1:], folded[end+1:]
		}
	})
	return s
}

// of finds the service that holds an action.
func (a *Actions) of(i int) *service {
	n, exact := slices.BinarySearchFunc(a.services, i, func(s *service, i int) int { return s.from - i })
	for !exact && (n == len(a.services) || a.services[n].from > i) {
		n--
	}
	return a.services[n].load()
}

// at is the action of a number.
func (a *Actions) at(i int) Action {
	s := a.of(i)
	return s.actions[i-s.from]
}

// cursor goes over actions of which neighbours are mostly of one service.
type cursor struct {
	of   *Actions
	last *service
}

func (c *cursor) at(i int) *Action {
	if c.last == nil || i < c.last.from || i >= c.last.to {
		c.last = c.of.of(i)
	}
	return &c.last.actions[i-c.last.from]
}

// Find returns the action of a full name ("s3:GetObject"), whatever its case.
func (a *Actions) Find(name string) (Action, bool) {
	i := a.place(name)
	if i < 0 {
		return Action{}, false
	}
	return a.at(i), true
}

// place is where an action stands in the table, or -1.
func (a *Actions) place(name string) int {
	prefix, _, _ := strings.Cut(name, ":")
	s := a.index[strings.ToLower(prefix)]
	if s == nil {
		return -1
	}
	for i, known := range s.load().folded {
		if strings.EqualFold(known, name) {
			return s.from + i
		}
	}
	return -1
}

// span is where the actions of a service stand in the table: from and to.
func (a *Actions) span(prefix string) [2]int {
	if s := a.index[prefix]; s != nil {
		return [2]int{s.from, s.to}
	}
	return [2]int{}
}

// Services returns every service prefix in order.
func (a *Actions) Services() []string {
	return slices.Sorted(maps.Keys(a.index))
}

// Expand returns the actions that a pattern certainly stands for ("s3:Get*", "*"), in the table's order.
func (a *Actions) Expand(pattern string) []Action {
	set := a.match(newPattern(pattern, false).fold(), newBudget())
	var out []Action
	for i, truth := range set.of {
		if truth == Yes {
			out = append(out, a.at(set.from+i))
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
	from, to, n := 0, a.count, a.count
	if prefix, _, ok := strings.Cut(p.Text, ":"); ok && !strings.ContainsAny(prefix, "*?$") {
		span := a.span(strings.ToLower(prefix))
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
	if whole {
		s.of = slices.Repeat([]Truth{Yes}, to-from)
	}
	for i := from; i < to && !whole; {
		for _, name := range a.of(i).folded {
			s.of[i-from] = p.matches(name)
			i++
		}
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
