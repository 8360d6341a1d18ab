package workload

import (
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// tri is an answer in three values: what an unknown value decides is triMaybe.
type tri uint8

const (
	triNo tri = iota
	triMaybe
	triYes
)

// need is one requirement on a node label: an entry of nodeSelector, an expression of a required node affinity, or a
// requirement of a Karpenter NodePool. op is "In", "NotIn", "Exists", "DoesNotExist", "Gt" or "Lt".
type need struct {
	key, op string
	values  []string
	// unknown is set when the key, the operator or a value is unknown.
	unknown bool
}

// String words a need as kubectl would write it.
func (n need) String() string {
	switch {
	case n.unknown:
		return n.key + " (unknown)"
	case n.op == "In" && len(n.values) == 1:
		return n.key + "=" + n.values[0]
	case len(n.values) == 0:
		return n.key + " " + n.op
	}
	return n.key + " " + n.op + " [" + strings.Join(n.values, ", ") + "]"
}

// labelState says what is known of one label of a node.
type labelState uint8

const (
	labelAbsent labelState = iota
	// labelUnknown: whether the label is there, or its value, is not known.
	labelUnknown
	// labelOneOf: the label is there with one of the values of set.
	labelOneOf
	// labelAny: the label is there with any value that the pod asks for, except the excluded ones.
	labelAny
)

// label is what is known of one label of the nodes of a host. Karpenter chooses the value for the pod; a node group
// has it already, so that a pod that asks for one of several values may or may not find its node.
type label struct {
	state    labelState
	set      []string
	excluded []string
	above    *float64
	below    *float64
	// chosen is set when the host picks the value for the pod; optional when a node may do without the label.
	chosen, optional bool
}

// exactly is a label with one known value.
func exactly(value string) label { return label{state: labelOneOf, set: []string{value}} }

// narrow applies a need to a label: what is left of it, and whether a node satisfies the need.
func (l label) narrow(n need) (label, tri) {
	if n.unknown {
		return l, triMaybe
	}
	switch l.state {
	case labelUnknown:
		return l, triMaybe
	case labelAbsent:
		if n.op == "NotIn" || n.op == "DoesNotExist" {
			return l, triYes
		}
		return l, triNo
	case labelAny:
		return l.narrowAny(n)
	}
	if n.op == "DoesNotExist" {
		return l.without()
	}
	kept := slices.DeleteFunc(slices.Clone(l.set), func(v string) bool { return !n.allows(v) })
	was := len(l.set)
	l.set = kept
	switch {
	case len(kept) == 0:
		return l, triNo
	case len(kept) < was && !l.chosen:
		return l, triMaybe
	}
	return l, triYes
}

// without is the answer to DoesNotExist.
func (l label) without() (label, tri) {
	if l.optional {
		return label{}, triMaybe
	}
	return l, triNo
}

func (l label) narrowAny(n need) (label, tri) {
	switch n.op {
	case "In":
		kept := slices.DeleteFunc(slices.Clone(n.values), func(v string) bool { return !l.admits(v) })
		out := label{state: labelOneOf, set: kept, chosen: true}
		if len(kept) == 0 {
			return out, triNo
		}
		return out, triYes
	case "NotIn":
		l.excluded = slices.Concat(l.excluded, n.values)
	case "DoesNotExist":
		return l.without()
	case "Gt":
		l.above = n.bound()
	case "Lt":
		l.below = n.bound()
	}
	if l.above != nil && l.below != nil && *l.above >= *l.below {
		return l, triNo
	}
	return l, triYes
}

// admits reports whether a label that takes any value may take this one.
func (l label) admits(value string) bool {
	if slices.Contains(l.excluded, value) {
		return false
	}
	if l.above == nil && l.below == nil {
		return true
	}
	f, err := strconv.ParseFloat(value, 64)
	return err == nil && (l.above == nil || f > *l.above) && (l.below == nil || f < *l.below)
}

// allows reports whether a label value satisfies the need.
func (n need) allows(value string) bool {
	switch n.op {
	case "In":
		return slices.Contains(n.values, value)
	case "NotIn":
		return !slices.Contains(n.values, value)
	case "Exists":
		return true
	}
	f, err := strconv.ParseFloat(value, 64)
	b := n.bound()
	return err == nil && b != nil && (n.op == "Gt" && f > *b || n.op == "Lt" && f < *b)
}

func (n need) bound() *float64 {
	if len(n.values) != 1 {
		return nil
	}
	f, err := strconv.ParseFloat(n.values[0], 64)
	if err != nil {
		return nil
	}
	return &f
}

// nodeLabels are the labels of the nodes of a host.
type nodeLabels struct {
	known map[string]label
	// open is set when the nodes may have labels that the input does not show.
	open bool
	// flexible tells the labels whose value the host chooses for the pod; nil for machines that are there already.
	flexible func(key string) bool
}

// canonicalLabels are the names of today for labels that are still found under an older one.
var canonicalLabels = map[string]string{
	"beta.kubernetes.io/arch":                  "kubernetes.io/arch",
	"beta.kubernetes.io/os":                    "kubernetes.io/os",
	"beta.kubernetes.io/instance-type":         "node.kubernetes.io/instance-type",
	"failure-domain.beta.kubernetes.io/zone":   "topology.kubernetes.io/zone",
	"failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
}

func canonical(key string) string {
	if now, ok := canonicalLabels[key]; ok {
		return now
	}
	return key
}

// grownLabels are prefixes of labels that kubelet, the cloud provider, device plug-ins and feature discovery put on
// nodes: no configuration of a node group shows them.
var grownLabels = []string{"kubernetes.io/", "node.kubernetes.io/", "topology.kubernetes.io/", "topology.k8s.aws/",
	"topology.ebs.csi.aws.com/", "node-role.kubernetes.io/", "feature.node.kubernetes.io/", "nvidia.com/", "amd.com/",
	"vpc.amazonaws.com/", "k8s.amazonaws.com/", "alpha.eksctl.io/", "k8s.io/", "failure-domain.", "beta.kubernetes.io/"}

func hasAnyPrefix(text string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}

// of returns what is known of a label.
func (s nodeLabels) of(key string) label {
	key = canonical(key)
	l, ok := s.known[key]
	switch {
	case ok:
		return l
	case s.flexible != nil && s.flexible(key):
		return label{state: labelAny, chosen: true}
	case s.open, hasAnyPrefix(key, grownLabels):
		return label{state: labelUnknown}
	}
	return label{}
}

// satisfy reports whether nodes with these labels satisfy all needs, which may speak of one label several times.
func (s nodeLabels) satisfy(needs []need) tri {
	out := triYes
	state := make(map[string]label, len(needs))
	for _, n := range needs {
		key := canonical(n.key)
		l, ok := state[key]
		if !ok {
			l = s.of(key)
		}
		var t tri
		state[key], t = l.narrow(n)
		if out = min(out, t); out == triNo {
			return triNo
		}
	}
	return out
}

// addLabels takes a map of labels, as node groups, NodePools and pods write them. A label whose value is unknown is
// unknown itself; an unknown map opens the set.
func (s *nodeLabels) addLabels(v inventory.Value) {
	if v.IsUnknown() {
		s.open = true
		return
	}
	for _, p := range tagsIn(v) {
		if text, ok := p.Value.Text(); ok {
			s.known[canonical(p.Name)] = exactly(text)
		} else {
			s.known[canonical(p.Name)] = label{state: labelUnknown}
		}
	}
}

// taint repels pods that do not tolerate it. effect is "noschedule", "noexecute" or "prefernoschedule".
type taint struct {
	key, value, effect string
	// unknown is set when a part of the taint, or whether it is there, is not known.
	unknown bool
}

// toleration lets a pod onto nodes with a taint; empty key with operator Exists tolerates everything.
type toleration struct {
	key, op, value, effect string
	unknown                bool
}

// effectOf brings "NO_SCHEDULE" (EKS) and "NoSchedule" (Kubernetes) to one form.
func effectOf(text string) string { return strings.ToLower(strings.ReplaceAll(text, "_", "")) }

// tolerated reports whether a pod with these tolerations may run on nodes with these taints.
func tolerated(taints []taint, tolerations []toleration) tri {
	out := triYes
	for _, t := range taints {
		if t.effect == "prefernoschedule" && !t.unknown {
			continue
		}
		best := triNo
		for _, o := range tolerations {
			best = max(best, o.covers(t))
		}
		if t.unknown {
			best = max(best, triMaybe)
		}
		out = min(out, best)
	}
	return out
}

func (o toleration) covers(t taint) tri {
	switch {
	case o.unknown:
		return triMaybe
	case o.op == "Exists" && o.key == "" && o.effect == "":
		return triYes
	case t.unknown:
		return triMaybe
	case o.effect != "" && o.effect != t.effect, o.key != "" && o.key != t.key:
		return triNo
	case o.op == "Exists":
		return triYes
	case o.op != "" && o.op != "Equal":
		return triMaybe
	case o.key == "" || o.value != t.value:
		return triNo
	}
	return triYes
}

// taintsIn reads a list of taints in EKS's or in Kubernetes' own form.
func taintsIn(v inventory.Value) []taint {
	if v.IsUnknown() {
		return []taint{{unknown: true}}
	}
	var out []taint
	for _, item := range v.List() {
		key, okKey := firstText(item, "Key", "key")
		effect, okEffect := firstText(item, "Effect", "effect")
		value, _ := firstText(item, "Value", "value")
		unknown := !okKey || !okEffect || item.Get("Value").IsUnknown() || item.Get("value").IsUnknown()
		out = append(out, taint{key: key, value: value, effect: effectOf(effect), unknown: unknown})
	}
	return out
}
