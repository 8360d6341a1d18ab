package effort

import (
	"github.com/onus-dev/onus/workload"
)

// Fleet knows which workloads of one input share hosts.
type Fleet struct {
	model  *Model
	groups map[string]*hostGroup
}

// hostGroup is a set of hosts: what runs on them, and the hosts where they are workloads of their own.
type hostGroup struct {
	hosted, hosts int
	// seen is set when the input shows the cluster: it may hold all that runs there. Without it, neighbours may be declared
	// anywhere.
	seen bool
}

// known reports whether the input tells how many share the hosts.
func (g *hostGroup) known() bool { return g.seen || g.hosts > 0 }

// hostedRoles are parts that only what runs on hosts has.
var hostedRoles = []string{"pod", "service", "taskDefinition", "jobDefinition"}

// NewFleet groups all workloads of an input, also those that nobody asked about: they share the hosts all the same.
func (m *Model) NewFleet(ws []workload.Workload) *Fleet {
	f := &Fleet{model: m, groups: map[string]*hostGroup{}}
	for i := range ws {
		key, ok := f.key(&ws[i])
		if !ok {
			continue
		}
		if f.groups[key] == nil {
			f.groups[key] = &hostGroup{}
		}
		if ws[i].Parts["cluster"].Resource != nil {
			f.groups[key].seen = true
		}
		if hosted(&ws[i]) {
			f.groups[key].hosted++
		} else {
			f.groups[key].hosts++
		}
	}
	return f
}

// key names the hosts of a workload: those of its cluster or, where no cluster is known, those of the root.
func (f *Fleet) key(w *workload.Workload) (string, bool) {
	if !f.model.hosts[w.Hosting] {
		return "", false
	}
	if c := w.Parts["cluster"].Resource; c != nil {
		return c.Scope + "\x00" + c.Address, true
	}
	return w.Scope + "\x00", true
}

func hosted(w *workload.Workload) bool {
	for _, role := range hostedRoles {
		if _, ok := w.Parts[role]; ok {
			return true
		}
	}
	return false
}

// spread is how the stack of a workload is shared with others.
type spread struct {
	// applies is set when there are hosts to share.
	applies bool
	// hosts is the workload's share of the hosts' work, stack its share of the rest of the stack; resources across the
	// stack are always its own.
	hosts, stack Range
	parameter    string
	why          string
}

// of returns a workload's share.
func (f *Fleet) of(w *workload.Workload) spread {
	key, ok := f.key(w)
	if !ok {
		return spread{hosts: one(), stack: one()}
	}
	g := f.groups[key]
	if g == nil || !g.known() {
		return f.model.unknownSpread()
	}
	s := spread{applies: true, stack: one()}
	switch {
	case !hosted(w) && g.hosted > 0:
		s.hosts, s.stack = Range{}, Range{}
		s.why = "counted with what runs on these hosts: " + count(g.hosted, "workload") + " of the input"
	case !hosted(w):
		s.hosts = part(g.hosts)
		s.stack, s.why = s.hosts, "nothing of the input runs on these hosts, which are "+count(g.hosts, "workload")+" and one cluster"
	default:
		if u := f.model.unknownSpread(); f.model.parameters[sharingHosts].Changed != "" {
			return u
		}
		s.hosts, s.why = part(g.hosted), count(g.hosted, "workload")+" of the input "+share(g.hosted)+" the hosts"
	}
	return s
}

// elsewhere is the share of the same workload on another hosting: it takes its neighbours along, if it has any.
func (f *Fleet) elsewhere(w *workload.Workload, hosting string) spread {
	if !f.model.hosts[hosting] {
		return spread{hosts: one(), stack: one()}
	}
	key, ok := f.key(w)
	g := f.groups[key]
	if !ok || g == nil || !g.known() || f.model.parameters[sharingHosts].Changed != "" {
		return f.model.unknownSpread()
	}
	n := max(g.hosted, 1)
	return spread{applies: true, hosts: part(n), stack: one(), why: count(n, "workload") + " of the input " + would(n) + " the hosts"}
}

// unknownSpread is the share where no input tells.
func (m *Model) unknownSpread() spread {
	p := m.parameters[sharingHosts]
	return spread{applies: true, hosts: one().over(p.Range), stack: one(), parameter: sharingHosts, why: "one of the workloads that share the hosts"}
}

func part(n int) Range { return one().over(Range{float64(n), float64(n)}) }
