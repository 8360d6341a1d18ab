package workload

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// labelProfile lets a pod choose between several Fargate profiles that match it.
const labelProfile = "eks.amazonaws.com/fargate-profile"

// profileMatch is a Fargate profile that takes a pod, or may.
type profileMatch struct {
	profile *inventory.Resource
	match   tri
}

// onFargate finds the profiles of a cluster that match a pod, the one that Fargate picks first: it sorts by name.
// Affinity and node selectors play no part (Amazon EKS User Guide, "Define which Pods use AWS Fargate when launched").
func (p *pod) onFargate(profiles []*inventory.Resource) []profileMatch {
	var out []profileMatch
	for _, r := range profiles {
		m := p.matchesProfile(r)
		if !certain(r) {
			m = min(m, triMaybe)
		}
		if m != triNo {
			out = append(out, profileMatch{r, m})
		}
	}
	slices.SortStableFunc(out, func(a, b profileMatch) int {
		return cmp.Or(cmp.Compare(b.match, a.match), strings.Compare(profileName(a.profile), profileName(b.profile)))
	})
	return out
}

func profileName(r *inventory.Resource) string {
	text, _ := r.Get("FargateProfileName").Text()
	return text
}

// matchesProfile reports whether a pod matches one of the selectors of a profile.
func (p *pod) matchesProfile(r *inventory.Resource) tri {
	selectors := r.Get("Selectors")
	if selectors.IsUnknown() {
		return triMaybe
	}
	out := triNo
	for _, s := range members(selectors) {
		out = max(out, p.matchesSelector(s))
	}
	chosen, ok := labelIn(p.labels, labelProfile).Text()
	if name := profileName(r); ok && chosen != name {
		out = min(out, triMaybe)
		if name != "" {
			return triNo
		}
	}
	return out
}

func (p *pod) matchesSelector(s inventory.Value) tri {
	if s.IsUnknown() {
		return triMaybe
	}
	out := triMaybe
	if pattern, ok := s.Get("Namespace").Text(); ok && p.namespaceText != "" {
		out = triYes
		if !wildcard(pattern, p.namespaceText) {
			return triNo
		}
	}
	labels := s.Get("Labels")
	if labels.IsUnknown() {
		return min(out, triMaybe)
	}
	for _, want := range tagsIn(labels) {
		out = min(out, p.hasLabel(want.Name, want.Value))
	}
	return out
}

// hasLabel reports whether the pod has a label whose key and value match the patterns.
func (p *pod) hasLabel(key string, value inventory.Value) tri {
	if p.labels.IsUnknown() {
		return triMaybe
	}
	pattern, known := value.Text()
	out := triNo
	for _, l := range p.labels.Properties() {
		if !wildcard(key, l.Name) {
			continue
		}
		text, ok := l.Value.Text()
		switch {
		case !known, !ok:
			out = max(out, triMaybe)
		case wildcard(pattern, text):
			return triYes
		}
	}
	return out
}

// labelIn returns a label by its whole key, which may hold dots.
func labelIn(labels inventory.Value, key string) inventory.Value {
	for _, l := range labels.Properties() {
		if l.Name == key {
			return l.Value
		}
	}
	return inventory.Value{}
}

// wildcard matches text against a pattern in which * is any run of characters and ? is one. It takes time in
// proportion to the product of both lengths at most.
func wildcard(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
