package identity

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

//go:embed escalations.txt
var escalationsText string

// escalation is one entry of the table.
type escalation struct {
	name, what, source string
	needs              []need
}

// need is one step: one of the actions, on a kind of resource, with what is known of the request.
type need struct {
	actions []string
	on      string
	values  map[string][]string
}

// Reach says which resources a step of an escalation reaches, the least first.
type Reach uint8

// The reaches.
const (
	// ReachNamed: only resources that the policy names or limits by a prefix; whether they hold more permissions is not told.
	ReachNamed Reach = iota
	// ReachUnknown: the resources are unknown.
	ReachUnknown
	// ReachSelf: the principal itself.
	ReachSelf
	// ReachAny: every resource of the kind.
	ReachAny
)

// String returns "named", "unknown", "self" or "any".
func (r Reach) String() string { return [...]string{"named", "unknown", "self", "any"}[r] }

// Escalation is a known path to more permissions that the policies of a principal may open.
type Escalation struct {
	// Name is the entry of the table ("iam-001"), What says in a sentence how it works, Source is a URL.
	Name, What, Source string
	// Truth is Yes when every step is allowed on any resource of its kind, or on the principal itself; Maybe when an
	// unknown value, a condition that only the request tells, or a limit to named resources decides (see Reach).
	Truth Truth
	// Reach is the narrowest reach of the steps.
	Reach Reach
	Steps []Step
}

// Step is one action of an escalation.
type Step struct {
	Action string
	Truth  Truth
	Reach  Reach
	// Grants are what allows it.
	Grants []Grant
}

func readEscalations(text string) []escalation {
	var out []escalation
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == ' ':
			last := &out[len(out)-1]
			last.needs = append(last.needs, readNeed(strings.Fields(line)))
		default:
			name, what, _ := strings.Cut(line, " ")
			e := escalation{name: name, what: what, source: "https://pathfinding.cloud/paths/" + name}
			if before, source, ok := strings.Cut(what, " (https://"); ok {
				e.what, e.source = before, "https://"+strings.TrimSuffix(source, ")")
			}
			out = append(out, e)
		}
	}
	return out
}

func readNeed(words []string) need {
	n := need{actions: strings.Split(words[1], "|"), values: map[string][]string{}}
	for i := 2; i+1 < len(words); i += 2 {
		switch words[i] {
		case "on":
			n.on = words[i+1]
		case "to":
			n.values["iam:passedtoservice"] = []string{words[i+1]}
		case "if":
			key, value, _ := strings.Cut(words[i+1], "=")
			n.values[key] = []string{value}
		}
	}
	return n
}

// escalations evaluates every path of the table for a principal. Paths with a step that is not allowed are left out.
func (a *Analyzer) escalations(r *inventory.Resource, e *expansion, ctx Context) []Escalation {
	var out []Escalation
	for _, path := range a.paths {
		one := Escalation{Name: path.name, What: path.what, Source: path.source, Truth: Yes, Reach: ReachAny}
		for _, n := range path.needs {
			step := a.step(r, e, ctx, n)
			one.Truth, one.Reach = min(one.Truth, step.Truth), min(one.Reach, step.Reach)
			one.Steps = append(one.Steps, step)
			if one.Truth == No {
				break
			}
		}
		if one.Truth > No && one.Reach < ReachSelf {
			one.Truth = Maybe
		}
		if one.Truth > No {
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(x, y Escalation) int { return int(y.Truth) - int(x.Truth) })
	return out
}

// step evaluates the most allowed of the actions of a need.
func (a *Analyzer) step(r *inventory.Resource, e *expansion, ctx Context, n need) Step {
	with := ctx
	if len(n.values) > 0 {
		with = Context{Values: maps.Clone(ctx.Values), Closed: ctx.Closed}
		maps.Copy(with.Values, n.values)
	}
	best := Step{Action: n.actions[0]}
	for _, action := range n.actions {
		key, any := e.signature(a.place(action))
		if !any {
			continue
		}
		step := Step{Action: action, Grants: e.grants(key, with)}
		for _, g := range step.Grants {
			reach := ReachAny
			if n.on != "" {
				reach = a.reach(r, n.on, g)
			}
			if g.Truth > step.Truth || g.Truth == step.Truth && reach > step.Reach {
				step.Truth, step.Reach = g.Truth, reach
			}
		}
		if step.Truth > best.Truth || step.Truth == best.Truth && step.Reach > best.Reach {
			best = step
		}
	}
	return best
}

// place is where an action of the table of escalations stands in the table of actions.
func (a *Analyzer) place(action string) int {
	i, seen := a.places[action]
	if !seen {
		i = a.actions.place(action)
		a.places[action] = i
	}
	return i
}

// reach tells which resources of a kind a grant reaches.
func (a *Analyzer) reach(r *inventory.Resource, kind string, g Grant) Reach {
	broad := Broad(g.Resource)
	switch {
	case broad == Yes:
		return ReachAny
	case r != nil && (kind == "role" && r.Type == typeRole || kind == "user" && r.Type == typeUser) && a.isSelf(r, g.Resource):
		return ReachSelf
	case broad == Maybe && a.ofInput(g.Resource.Value) != Yes:
		return ReachUnknown
	}
	return ReachNamed
}

// isSelf reports whether a pattern of resources certainly covers a principal: by a reference to it, or by its name.
func (a *Analyzer) isSelf(r *inventory.Resource, p Pattern) bool {
	for _, ref := range p.Value.Refs() {
		if inventory.WithoutKey(ref.Address) == inventory.WithoutKey(r.Address) && len(p.tokens) == 1 {
			return true
		}
	}
	parts := p.split(6)
	if len(parts) < 6 {
		return false
	}
	name := a.nameText(r)
	full := Pattern{tokens: append(exact(map[string]string{typeRole: "role/", typeUser: "user/"}[r.Type]).tokens, name.tokens...)}
	return len(name.tokens) > 0 && parts[5].Covers(full) == Yes
}
