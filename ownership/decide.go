package ownership

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/glob"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// Owner tells who holds a duty of a workload. It costs little after the first duty of a workload.
func (c *Config) Owner(w *workload.Workload, d stack.Duty) Owner {
	s := subject{root: w.Root, name: w.Name, hosting: w.Hosting}
	for _, candidate := range w.Candidates {
		s.candidates = append(s.candidates, candidate.Hosting)
	}
	return c.owner(s, d)
}

// OwnerOf tells who holds a duty for a resource that belongs to no workload. It has no hosting: rules that select by
// hosting do not cover it.
func (c *Config) OwnerOf(r *inventory.Resource, d stack.Duty) Owner {
	return c.owner(subject{root: r, name: r.Name}, d)
}

// subject is what an owner is asked for.
type subject struct {
	root          *inventory.Resource
	name, hosting string
	candidates    []string
}

// holding is what is known of a subject before the duty is.
type holding struct {
	// rules are those that select the subject or may, in order.
	rules []selection
	// claims are the other evidence, the strongest first; unknown is what could not be told of it.
	claims, unknown []Claim
}

// selectors is how many kinds of selectors pick workloads: paths, names, hostings, services, accounts, tags.
const selectors = 6

// selection is a rule that selects a subject.
type selection struct {
	placed
	// how says for each kind of selector how narrowly it names the subject.
	how [selectors]narrowness
	// unknown says what decides whether the rule selects it; empty when it certainly does.
	unknown string
}

func (c *Config) owner(s subject, d stack.Duty) Owner {
	index, ok := c.duties[d]
	if !c.inUse || !ok || s.root == nil {
		return Owner{}
	}
	c.mu.Lock()
	h := c.holdings[s.root]
	c.mu.Unlock()
	if h == nil {
		h = c.hold(s)
		c.mu.Lock()
		c.holdings[s.root] = h
		c.mu.Unlock()
	}
	return h.decide(index)
}

// hold collects the rules and claims of a subject.
func (c *Config) hold(s subject) *holding {
	h := &holding{}
	at := c.locate(s.root)
	for _, u := range at.rules {
		if sel, ok := c.selects(u, s); ok {
			h.rules = append(h.rules, sel)
		}
	}
	h.claims, h.unknown = tagged(s.root, ByTag, c.names)
	if namespace := c.namespaceOf(s.root); namespace != nil {
		claims, unknown := tagged(namespace, ByNamespace, c.names)
		h.claims, h.unknown = append(h.claims, claims...), append(h.unknown, unknown...)
	}
	if at.owned {
		h.claims = append(h.claims, at.claim)
	}
	slices.SortStableFunc(h.claims, func(a, b Claim) int { return int(a.Rank) - int(b.Rank) })
	return h
}

// codeownersOf asks the nearest CODEOWNERS file about each place of a resource.
func (c *Config) codeownersOf(at *location) (Claim, bool) {
	for _, file := range at.candidates {
		for _, o := range c.owners {
			if parts := c.below(o.base, file); parts != nil {
				if line, ok := o.owners(parts); ok {
					if claim, ok := o.claim(line, c.names); ok {
						return claim, true
					}
				}
				break
			}
		}
	}
	return Claim{}, false
}

// namespaceOf finds the namespace of an object: the one of its scope, or the only one of that name.
func (c *Config) namespaceOf(r *inventory.Resource) *inventory.Resource {
	if !isObject(r) {
		return nil
	}
	parts := strings.Split(r.Address, "/")
	if len(parts) != 3 {
		return nil
	}
	all := c.namespaces[parts[1]]
	for _, n := range all {
		if n.Scope == r.Scope {
			return n
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return nil
}

// selects judges a rule. Every kind of selector that it has must cover the subject; within a kind, one member is enough.
func (c *Config) selects(u placed, s subject) (selection, bool) {
	sel := selection{placed: u}
	var unknown [selectors]string
	sel.how[0] = u.how
	sel.how[1] = byText(u.names, s.name)
	sel.how[2], unknown[2] = byHosting(u.hostings, s)
	sel.how[3], unknown[3] = c.byService(u.services, s)
	sel.how[4], unknown[4] = byAccount(u.accounts, s.root)
	sel.how[5], unknown[5] = byTags(u.tags, s.root)
	for i, how := range sel.how {
		if how == no {
			return sel, false
		}
		if sel.unknown == "" {
			sel.unknown = unknown[i]
		}
	}
	return sel, true
}

// byPath judges the paths of a rule for the places of a resource, each the segments of a file.
func byPath(u *rule, files [][]string) narrowness {
	if len(u.paths) == 0 {
		return open
	}
	best := no
	for _, file := range files {
		for _, p := range u.paths {
			if p.Match(file) {
				best = max(best, narrowness(p.Literal+1))
			}
		}
	}
	return best
}

func matches(pattern, text string) bool {
	return glob.Match(strings.ToLower(pattern), strings.ToLower(text))
}

// byText judges globs against one text.
func byText(patterns []string, text string) narrowness {
	if len(patterns) == 0 {
		return open
	}
	best := no
	for _, p := range patterns {
		switch {
		case !matches(p, text):
		case glob.IsPattern(p):
			best = max(best, wild)
		default:
			best = exact
		}
	}
	return best
}

// byHosting judges hostings. Where the hosting is open, the rule may select the workload if it covers a candidate, and
// does if it covers them all.
func byHosting(patterns []string, s subject) (narrowness, string) {
	if len(patterns) == 0 || len(s.candidates) == 0 {
		return byText(patterns, s.hosting), ""
	}
	best, missed := byText(patterns, s.hosting), false
	if best != no {
		return best, ""
	}
	for _, candidate := range s.candidates {
		how := byText(patterns, candidate)
		best, missed = max(best, how), missed || how == no
	}
	if best != no && missed {
		return best, "the hosting is unknown, it may be " + strings.Join(s.candidates, " or ")
	}
	return best, ""
}

// byService judges the service of the hosting and the one in the name of the resource's type.
func (c *Config) byService(patterns []string, s subject) (narrowness, string) {
	if len(patterns) == 0 {
		return open, ""
	}
	own := ""
	if parts := strings.Split(s.root.Type, "::"); len(parts) == 3 {
		own = parts[1]
	}
	best := byText(patterns, own)
	if service, ok := c.services[s.hosting]; ok || len(s.candidates) == 0 {
		return max(best, byText(patterns, service)), ""
	}
	if best != no {
		return best, ""
	}
	missed := false
	for _, candidate := range s.candidates {
		how := byText(patterns, c.services[candidate])
		best, missed = max(best, how), missed || how == no
	}
	if best != no && missed {
		return best, "the service is unknown"
	}
	return best, ""
}

func byAccount(accounts []string, r *inventory.Resource) (narrowness, string) {
	if len(accounts) == 0 {
		return open, ""
	}
	account := accountOf(r)
	switch {
	case account == "":
		return exact, "nothing tells the account: no ARN with an account id is set"
	case slices.Contains(accounts, account):
		return exact, ""
	}
	return no, ""
}

func byTags(patterns []tagPattern, r *inventory.Resource) (how narrowness, unknown string) {
	if len(patterns) == 0 {
		return open, ""
	}
	how = exact
	for _, p := range patterns {
		one, why := byTag(p, r)
		if one == no {
			return no, ""
		}
		how = min(how, one)
		if unknown == "" {
			unknown = why
		}
	}
	return how, unknown
}

func byTag(p tagPattern, r *inventory.Resource) (narrowness, string) {
	unknown := ""
	for _, m := range marksOf(r) {
		if m.value.IsUnknown() {
			unknown = "the " + m.noun + "s are unknown" + reasonOf(m.value)
		}
		for _, prop := range m.value.Properties() {
			if !strings.EqualFold(prop.Name, p.key) {
				continue
			}
			text, known := prop.Value.Text()
			switch {
			case !known:
				unknown = "the " + m.noun + " " + diag.Clip(p.key, 60) + " is unknown" + reasonOf(prop.Value)
			case byText([]string{p.value}, text) != no:
				return byText([]string{p.value}, text), ""
			}
		}
	}
	if unknown != "" {
		return wild, unknown
	}
	return no, ""
}

// decide finds the holder of one duty.
func (h *holding) decide(duty int) Owner {
	for i, sel := range h.rules {
		switch {
		case sel.duty[duty] == no:
			continue
		case sel.unknown != "":
			if o, same := h.whatever(i, duty); same {
				return o
			}
			return Owner{Status: Undetermined, Claim: Claim{Rank: ByRule, At: sel.at,
				Because: "a rule may give it to " + sel.team + ", but " + sel.unknown}}
		}
		return h.ruled(i, duty)
	}
	return h.evidenced()
}

// whatever answers where a rule may hold: with the owner otherwise, if that is the same team.
func (h *holding) whatever(i, duty int) (Owner, bool) {
	rest := &holding{rules: h.rules[i+1:], claims: h.claims, unknown: h.unknown}
	o := rest.decide(duty)
	return o, o.Status == Owned && o.Team == h.rules[i].team
}

// ruled is the owner by the rule i. A later rule of the same file that names the workload and the duty just as narrowly, and another team,
// overlaps: that it comes later says nothing then.
func (h *holding) ruled(i, duty int) Owner {
	won := h.rules[i]
	o := Owner{Status: Owned, Claim: won.claim()}
	for _, other := range h.rules[i+1:] {
		if other.file == won.file && other.duty[duty] == won.duty[duty] && other.how == won.how && other.unknown == "" && !strings.EqualFold(other.team, won.team) {
			o.Status = Overlap
			o.Conflict = append(o.Conflict, other.claim())
		}
	}
	for _, c := range h.claims {
		switch {
		case strings.EqualFold(c.Team, won.team):
			o.Support = append(o.Support, c)
		case won.wide && c.Rank != ByPartOf:
			o.Conflict = append(o.Conflict, c)
		}
	}
	return o
}

func (s selection) claim() Claim {
	return Claim{Team: s.team, Rank: ByRule, At: s.at, Because: "a rule in line " + strconv.Itoa(s.at.Line) + " of " + s.at.Path}
}

// evidenced is the owner by what tags, labels and CODEOWNERS say.
func (h *holding) evidenced() Owner {
	if len(h.unknown) > 0 && (len(h.claims) == 0 || h.unknown[0].Rank <= h.claims[0].Rank) {
		return Owner{Status: Undetermined, Claim: h.unknown[0], Conflict: h.claims}
	}
	if len(h.claims) == 0 {
		return Owner{Status: Orphan, Claim: Claim{Because: "no rule, tag, label or CODEOWNERS line names a team"}}
	}
	o := Owner{Status: Owned, Claim: h.claims[0]}
	for _, c := range h.claims[1:] {
		switch {
		case strings.EqualFold(c.Team, o.Team):
			o.Support = append(o.Support, c)
		case c.Rank == ByPartOf: // an application, not a team
		default:
			if c.Rank == o.Rank {
				o.Status = Overlap
			}
			o.Conflict = append(o.Conflict, c)
		}
	}
	return o
}
