package workload

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// option is a host that takes a pod, or may.
type option struct {
	host    *podHost
	cluster *podCluster
	match   tri
}

// podPlace is where a pod runs: the verdict, and the hosts that are left.
type podPlace struct {
	verdict
	options []option
	// stuck says why the pod runs nowhere: it matches a Fargate profile and needs what Fargate does not have.
	stuck string
}

// placePod finds the hosts of a pod in the clusters that it may be meant for. When all of them are of one hosting, that
// is the pod's; several are candidates.
func (f *finder) placePod(p *pod) podPlace {
	clusters := f.pods.clustersOf(p.r.Scope)
	var out podPlace
	var excluded []Evidence
	for _, c := range clusters {
		in := f.optionsIn(c, p)
		out.options = append(out.options, in.hosts...)
		excluded = append(excluded, in.excluded...)
		if in.stuck.hosting != "" {
			out.stuck, out.because = in.stuck.why, append(out.because, in.stuck.because...)
		}
	}
	switch {
	case len(out.options) > 0:
		out.stuck = ""
		out.verdict = judge(p, out.options, clusters)
		out.because = append(out.because, excluded[:min(len(excluded), maxNamed)]...)
	case out.stuck != "":
		out.verdict = verdict{hosting: UnknownHosting, why: out.stuck, because: out.because}
	default:
		out.verdict = nowhere(p, clusters)
	}
	return f.byOption(p, out)
}

// clusterOptions are the hosts of one cluster that take a pod. stuck is set when the pod stays pending in it, excluded
// is what keeps the pod off other hosts only by a default.
type clusterOptions struct {
	hosts    []option
	stuck    verdict
	excluded []Evidence
}

// optionsIn finds the hosts of one cluster that take a pod. A pod that matches a Fargate profile goes to Fargate and
// nowhere else, and stays pending there when Fargate cannot run it.
func (f *finder) optionsIn(c *podCluster, p *pod) clusterOptions {
	var out clusterOptions
	blocked, why := p.notOnFargate()
	if !p.daemon && len(c.profiles) > 0 {
		matches := p.onFargate(c.profiles)
		sure := len(matches) > 0 && matches[0].match == triYes && p.spec.Get("nodeName").IsNull()
		switch {
		case sure && blocked != "":
			r := matches[0].profile
			out.stuck = decided(UnknownHosting, "The pod matches the Fargate profile "+r.Address+" and asks for "+blocked+
				", which Fargate does not have: it stays pending.", at(r, "Selectors"), why)
			return out
		case sure:
			out.hosts = []option{{f.profileHost(matches[0].profile, p), c, triYes}}
			return out
		case blocked == "":
			for _, m := range matches {
				out.hosts = append(out.hosts, option{f.profileHost(m.profile, p), c, m.match})
			}
		}
	}
	takes := f.takersIn(c, p, blocked == "")
	out.hosts, out.excluded = append(out.hosts, takes.hosts...), takes.excluded
	if len(takes.hidden) == 0 && len(out.hosts) > 0 && !takes.surely {
		out.hosts = append(out.hosts, takes.instead...)
	} else {
		out.hosts = append(out.hosts, takes.hidden...)
	}
	return out
}

// takers are the hosts of a cluster that take all pods which ask for the same.
type takers struct {
	hosts, hidden []option
	// instead are what may take the place of hosts that may be absent; surely is set when one that takes the pod exists.
	instead []option
	surely  bool
	// excluded is what keeps the pod off other hosts and rests on a default: the answer rests on it too.
	excluded []Evidence
}

// takersIn remembers its answer by what the pod asks for: many pods ask for nothing, or for the same.
func (f *finder) takersIn(c *podCluster, p *pod, fargate bool) takers {
	key := p.asks()
	if fargate {
		key += "\x00fargate"
	}
	if found, ok := c.takers[key]; ok {
		return found
	}
	fitting := func(hosts []*podHost) (out []option) {
		for _, h := range hosts {
			t := p.fits(h.labels, h.taints)
			if t != triNo && (h.hosting != hostEKSFg || fargate) {
				out = append(out, option{h, c, t})
			}
		}
		return out
	}
	out := takers{hosts: fitting(c.hosts), hidden: fitting(c.hidden), excluded: excludedBy(c.hosts, p)}
	out.surely = slices.ContainsFunc(out.hosts, func(o option) bool { return o.host.sure })
	if !out.surely && !c.selfManaged() {
		out.instead = fitting(unseenAll(f.possibleIn(c), " in place of a host that may be absent"))
	}
	if c.takers == nil {
		c.takers = map[string]takers{}
	}
	c.takers[key] = out
	return out
}

// excludedBy finds labels and taints that rest on a default and keep the pod off a host.
func excludedBy(hosts []*podHost, p *pod) []Evidence {
	var out []Evidence
	for _, h := range hosts {
		if len(h.marks) == 0 || len(out) >= maxNamed || p.fits(h.labels, h.taints) != triNo {
			continue
		}
		for _, m := range h.evidenceFor(p) {
			if restsOnDefault(m.Value, maxTextDepth) {
				out = append(out, m)
			}
		}
	}
	return out
}

// restsOnDefault reports whether a value, or anything in it, was taken from the default of a variable or parameter.
func restsOnDefault(v inventory.Value, depth int) bool {
	if depth == 0 || len(v.Assumed()) > 0 {
		return depth > 0
	}
	for _, item := range v.List() {
		if restsOnDefault(item, depth-1) {
			return true
		}
	}
	return slices.ContainsFunc(v.Properties(), func(p inventory.Property) bool { return restsOnDefault(p.Value, depth-1) })
}

// profileHost is a Fargate profile as a host of one pod.
func (f *finder) profileHost(r *inventory.Resource, p *pod) *podHost {
	h := &podHost{hosting: hostEKSFg, what: "the Fargate profile " + r.Address, resource: r, sure: certain(r)}
	h.because = []Evidence{at(r, "Selectors"), evidence(p.r, p.r.Type+".metadata.namespace", p.r.Get("metadata.namespace"))}
	if !p.labels.IsNull() && !r.Get("Selectors.Labels").IsNull() {
		h.because = append(h.because, evidence(p.r, strings.TrimSuffix(p.path, "spec")+"metadata.labels", p.labels))
	}
	h.parts = func() map[string]Part { return map[string]Part{"fargateProfile": {Resource: r}} }
	return h
}

// maxNamed is how many hosts or pieces of evidence a sentence names before it counts the rest.
const maxNamed = 3

// judge is the verdict over all hosts that may take a pod.
func judge(p *pod, options []option, clusters []*podCluster) verdict {
	byHosting := map[string][]option{}
	for _, o := range options {
		byHosting[o.host.hosting] = append(byHosting[o.host.hosting], o)
	}
	v := verdict{}
	if options[0].host.hosting != hostEKSFg || options[0].match != triYes {
		v.because = p.because()
	}
	names := ""
	for _, hosting := range clusterHostings {
		these := byHosting[hosting]
		if len(these) == 0 {
			continue
		}
		names = nameHosts(these)
		v.candidates = append(v.candidates, Candidate{Hosting: hosting, When: names + " takes the pod"})
		for _, o := range these[:min(len(these), maxNamed)] {
			v.because = append(v.because, o.host.evidenceFor(p)...)
		}
	}
	if len(v.candidates) > 1 {
		v.hosting = UnknownHosting
		v.why = "Several kinds of host may take the pod."
		if hides(options) {
			v.why = "Several kinds of host may take the pod, and not all of them are in the input."
		}
		if w := p.wants(); w != "" {
			v.why += " It asks for " + w + "."
		}
		if len(clusters) > 1 {
			v.why += fmt.Sprintf(" The input has %d clusters, and nothing tells which one it is meant for.", len(clusters))
		}
		return v
	}
	v.hosting, v.candidates = options[0].host.hosting, nil
	v.why = decidedWhy(p, options, names)
	return v
}

func hides(options []option) bool {
	return slices.ContainsFunc(options, func(o option) bool { return o.host.resource == nil })
}

// nameHosts names hosts: "the managed node group a, the managed node group b or 3 others".
func nameHosts(options []option) string {
	var names []string
	seen := make(map[string]bool, len(options))
	for _, o := range options {
		if !seen[o.host.what] && len(names) < maxNamed {
			names = append(names, o.host.what)
		}
		seen[o.host.what] = true
	}
	if more := len(seen) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d others", more))
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

func decidedWhy(p *pod, options []option, name string) string {
	switch {
	case options[0].host.hosting == hostEKSFg && options[0].host.resource != nil && options[0].match == triYes:
		return "The pod's namespace and labels match " + name + "."
	case hides(options):
		return "Only " + name + " can take the pod, by what it asks for: " + p.wants() + "."
	case len(options) == 1 && options[0].match == triYes:
		return "The pod can run on " + name + " and on no other host in the input."
	case len(options) == 1:
		return "The only host in the input that may take the pod is " + name + "."
	}
	return "All hosts in the input that may take the pod are of one kind: " + name + "."
}

// nowhere is the verdict when no host takes a pod.
func nowhere(p *pod, clusters []*podCluster) verdict {
	why := "No host in the input takes the pod"
	switch w := p.wants(); {
	case w != "":
		why += ": it asks for " + w + "."
	case p.daemon && len(clusters) > 0 && len(clusters[0].hosts) == 0:
		why += ": a DaemonSet never runs on Fargate."
	default:
		why += ": it matches no Fargate profile and does not tolerate the taints of the nodes."
	}
	v := verdict{hosting: UnknownHosting, why: why, because: p.because()}
	for _, c := range clusters {
		for _, h := range c.hosts[:min(len(c.hosts), maxNamed)] {
			v.because = append(v.because, h.evidenceFor(p)...)
		}
	}
	return v
}

// evidenceFor is what a host says about a pod: why it is of its hosting, its value of each label that the pod asks
// for, and, as a whole, what cannot be taken apart.
func (h *podHost) evidenceFor(p *pod) []Evidence {
	out := slices.Clone(h.because)
	for _, m := range h.marks {
		if labels := tagsIn(m.Value); len(labels) > 0 && m.Value.Kind() == inventory.Map {
			for _, l := range labels {
				if p.asksFor(l.Name) {
					out = append(out, Evidence{Property: m.Property + "." + l.Name, Value: l.Value})
				}
			}
			continue
		}
		out = append(out, m)
	}
	return out
}

// byOption lets the user's word settle what the input leaves open. It cannot move a pod to a hosting that the input or
// the pod itself excludes.
func (f *finder) byOption(p *pod, out podPlace) podPlace {
	hosting := f.opts.ClusterHosting
	if hosting == "" || out.hosting != UnknownHosting || out.stuck != "" {
		return out
	}
	blocked, because := p.notOnFargate()
	switch {
	case hosting == hostEKSFg && blocked != "":
		out.verdict = verdict{hosting: UnknownHosting, because: []Evidence{optionEvidence(hosting), because},
			why: "--cluster says " + hosting + ", and the pod is or asks for " + blocked + ", which Fargate does not run."}
		return out
	case len(out.candidates) > 0 && !out.may(hosting):
		out.why += " --cluster says " + hosting + ", which is none of them."
		return out
	}
	out.verdict = decided(hosting, "--cluster says how the cluster's pods are hosted.", optionEvidence(hosting))
	out.options = slices.DeleteFunc(out.options, func(o option) bool { return o.host.hosting != hosting })
	return out
}

// optionEvidence is the evidence of Options.ClusterHosting.
func optionEvidence(hosting string) Evidence {
	return Evidence{Property: "--cluster", Value: inventory.StringValue(hosting, diag.Range{Path: "command line"})}
}
