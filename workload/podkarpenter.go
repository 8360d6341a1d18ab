package workload

import (
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// This file reads Karpenter's objects: NodePool (karpenter.sh v1 and v1beta1) and Provisioner (v1alpha5), and the
// class that says what machines they launch. A class of the group eks.amazonaws.com belongs to EKS Auto Mode; one of
// karpenter.k8s.aws makes Karpenter, which the customer runs, launch the customer's own instances.

const (
	groupAuto      = "eks.amazonaws.com"
	groupKarpenter = "karpenter.sh"
)

// karpenterFlexible tells the labels whose value Karpenter chooses for the pod when the NodePool leaves it open.
func karpenterFlexible(key string) bool {
	switch key {
	case labelOS, labelArch, labelInstance, "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
		"topology.k8s.aws/zone-id", "karpenter.sh/capacity-type", "node.kubernetes.io/windows-build":
		return true
	}
	return strings.HasPrefix(key, "karpenter.k8s.aws/")
}

// autoFlexible is karpenterFlexible for Auto Mode, whose instance labels have a prefix of EKS's.
func autoFlexible(key string) bool {
	return karpenterFlexible(key) || strings.HasPrefix(key, "eks.amazonaws.com/instance-")
}

// nodePools finds Karpenter's pools in the manifests.
func (f *finder) nodePools() []*inventory.Resource {
	var out []*inventory.Resource
	for _, kind := range []string{"NodePool", "Provisioner"} {
		for _, r := range f.ix.OfType(kind) {
			if !r.Lookup && groupOf(r) == groupKarpenter {
				out = append(out, r)
			}
		}
	}
	return out
}

// poolSpec is where a NodePool or a Provisioner keeps its parts.
type poolSpec struct{ labels, requirements, taints, class inventory.Value }

func poolSpecOf(r *inventory.Resource) poolSpec {
	if r.Type == "Provisioner" {
		return poolSpec{r.Get("spec.labels"), r.Get("spec.requirements"), r.Get("spec.taints"), r.Get("spec.providerRef")}
	}
	spec := r.Get("spec.template.spec")
	return poolSpec{r.Get("spec.template.metadata.labels"), spec.Get("requirements"), spec.Get("taints"), spec.Get("nodeClassRef")}
}

// poolHosts are the hosts that a NodePool makes: one, or one for each kind of class when that is unknown. own is the
// hosting of Karpenter's own nodes in this cluster.
func (f *finder) poolHosts(r *inventory.Resource, own string) []*podHost {
	spec := poolSpecOf(r)
	group := spec.class.Get("group")
	if group.IsNull() {
		group = spec.class.Get("apiVersion")
	}
	text, known := group.Text()
	switch {
	case strings.HasPrefix(text, groupAuto):
		return []*podHost{f.poolHost(r, spec, hostEKSAuto, true)}
	case known, group.IsNull():
		return []*podHost{f.poolHost(r, spec, own, true)}
	}
	return []*podHost{f.poolHost(r, spec, own, false), f.poolHost(r, spec, hostEKSAuto, false)}
}

func (f *finder) poolHost(r *inventory.Resource, spec poolSpec, hosting string, sure bool) *podHost {
	h := &podHost{hosting: hosting, what: "the NodePool " + nameOf(r), resource: r, sure: sure && certain(r)}
	if r.Type == "Provisioner" {
		h.what = "the Provisioner " + nameOf(r)
	}
	h.labels = nodeLabels{flexible: karpenterFlexible, known: map[string]label{
		labelNodeGroup: {}, labelCapacity: {}, labelCompute: {}, labelNodePool: {}, labelOldPool: {},
	}}
	if hosting == hostEKSAuto {
		h.labels.flexible = autoFlexible
		h.labels.known[labelCompute] = exactly("auto")
	}
	own := labelNodePool
	if r.Type == "Provisioner" {
		own = labelOldPool
	}
	h.labels.known[own] = oneText(r.Get("metadata.name"), "")
	h.labels.addLabels(spec.labels)
	h.labels.addRequirements(needsIn(spec.requirements))
	h.taints = taintsIn(spec.taints)
	h.because, h.marks = poolEvidence(r, spec)
	class := f.nodeClass(r, spec)
	h.parts = func() map[string]Part { return f.poolParts(r, class, hosting) }
	return h
}

func poolEvidence(r *inventory.Resource, spec poolSpec) (because, marks []Evidence) {
	class, path := spec.class, "spec.template.spec."
	name, property := class.Get("group"), path+"nodeClassRef.group"
	switch {
	case r.Type == "Provisioner":
		path = "spec."
		name, property = class.Get("name"), "spec.providerRef.name"
	case name.IsNull():
		name, property = class.Get("apiVersion"), path+"nodeClassRef.apiVersion"
	}
	labels := "spec.labels"
	if r.Type != "Provisioner" {
		labels = "spec.template.metadata.labels"
	}
	for _, e := range []Evidence{{r.Type + "." + labels, spec.labels}, {r.Type + "." + path + "requirements", spec.requirements},
		{r.Type + "." + path + "taints", spec.taints}} {
		if !e.Value.IsNull() {
			marks = append(marks, e)
		}
	}
	return []Evidence{evidence(r, r.Type+"."+property, name)}, marks
}

// addRequirements narrows labels by the requirements of a NodePool. A requirement on a label of the user's own makes
// Karpenter set it, to whatever the pod asks for as far as the requirement allows.
func (s *nodeLabels) addRequirements(needs []need) {
	for _, n := range needs {
		key := canonical(n.key)
		if n.unknown {
			if n.key == "" || n.key == "expressions" {
				s.open = true
				continue
			}
			s.known[key] = label{state: labelUnknown}
			continue
		}
		l, ok := s.known[key]
		if !ok {
			l = label{state: labelAny, chosen: true, optional: n.op == "NotIn"}
		}
		if n.op == "DoesNotExist" {
			s.known[key] = label{}
			continue
		}
		s.known[key], _ = l.narrow(n)
	}
}

// nodeClass finds the class that a pool refers to.
func (f *finder) nodeClass(r *inventory.Resource, spec poolSpec) link {
	name, ok := spec.class.Get("name").Text()
	if !ok {
		if spec.class.IsNull() {
			return link{}
		}
		return link{set: true, why: unknownSteps(evidence(r, r.Type+".nodeClassRef.name", spec.class.Get("name")))}
	}
	kinds := []string{"EC2NodeClass", "NodeClass", "AWSNodeTemplate"}
	if kind, ok := spec.class.Get("kind").Text(); ok {
		kinds = []string{kind}
	}
	l := link{set: true}
	for _, kind := range kinds {
		l.all = append(l.all, f.pods.named(r.Scope, kind, "", name)...)
	}
	l.sure = len(l.all) == 1
	if !l.sure {
		note := "is not in the input"
		if len(l.all) > 1 {
			note = "could be one of several objects"
		}
		l.why = []inventory.Step{{Name: kinds[0] + " " + name, Note: note, At: spec.class.Origin()}}
	}
	return l
}

// poolParts are the parts of pods on a pool's nodes; Auto Mode's nodes have no image of the customer's choice.
func (f *finder) poolParts(r *inventory.Resource, class link, hosting string) map[string]Part {
	parts := map[string]Part{"nodePool": {Resource: r}, "nodeClass": class.part()}
	if hosting != hostEKSAuto {
		parts["image"] = classImage(r, class).part(r)
	}
	return parts
}

// aliasLine is the Amazon Linux of a family that can reach its end.
func aliasLine(family string) string {
	if strings.EqualFold(family, "al2") {
		return lineAL2
	}
	return ""
}

// aliasKinds are the families of Karpenter's AMI aliases and amiFamily whose images AWS publishes.
var aliasKinds = map[string]string{
	"al2": kindEKS, "al2023": kindEKS, "bottlerocket": kindBottle, "windows2019": kindWindows, "windows2022": kindWindows, "windows2025": kindWindows,
}

// classImage tells who publishes the image of Karpenter's nodes, by the AMI selector terms of the class.
func classImage(r *inventory.Resource, class link) image {
	c := class.one()
	if c == nil {
		why := class.why
		if len(why) == 0 {
			why = []inventory.Step{{Name: r.Address, Note: "names no node class", At: r.Origin}}
		}
		return image{why: why}
	}
	terms := at(c, "spec.amiSelectorTerms")
	family := at(c, "spec.amiFamily")
	for _, path := range []string{"spec.amiSelector", "spec.launchTemplate"} {
		if own := at(c, path); c.Type == "AWSNodeTemplate" && !own.Value.IsNull() {
			step := inventory.Step{Name: own.Property, Note: "does not tell who publishes the image", At: own.Value.Origin()}
			return image{why: []inventory.Step{step}, because: []Evidence{own}}
		}
	}
	if terms.Value.IsUnknown() {
		return image{why: unknownSteps(terms), because: []Evidence{terms}}
	}
	if len(terms.Value.List()) == 0 {
		return familyImage(family, c)
	}
	ims := make([]image, 0, len(terms.Value.List()))
	for _, term := range terms.Value.List() {
		im := termImage(term)
		im.because = []Evidence{terms}
		if im.publisher == "" && len(im.why) == 0 {
			im.why = []inventory.Step{{Name: terms.Property, Note: "does not tell who publishes the image", At: terms.Value.Origin()}}
		}
		ims = append(ims, im)
	}
	return commonImage(ims)
}

// familyImage is the image of a class without selector terms, as v1beta1 and older allow: the family's own. An
// AWSNodeTemplate that names no family gets AL2; the later classes have to name one.
func familyImage(family Evidence, c *inventory.Resource) image {
	text, ok := family.Value.Text()
	switch {
	case family.Value.IsNull() && c.Type == "AWSNodeTemplate":
		text = "al2"
	case !ok:
		return image{why: unknownSteps(family), because: []Evidence{family}}
	}
	if strings.EqualFold(text, "ubuntu") {
		return image{publisher: publisherOther, kind: "ubuntu", tracking: true, because: []Evidence{family}}
	}
	if kind, ok := aliasKinds[strings.ToLower(text)]; ok {
		return image{publisher: publisherAWS, kind: kind, line: aliasLine(text), tracking: true, because: []Evidence{family}}
	}
	return image{why: []inventory.Step{{Name: family.Property, Note: "does not tell who publishes the image", At: c.Origin}}, because: []Evidence{family}}
}

// termImage reads one AMI selector term: an alias, an SSM parameter, or an owner. A term by id, name or tags alone
// finds images of any owner; a name without an owner is looked for under "self" and "amazon" both.
func termImage(term inventory.Value) image {
	if alias, ok := term.Get("alias").Text(); ok {
		family, version, _ := strings.Cut(alias, "@")
		if kind, ok := aliasKinds[strings.ToLower(family)]; ok {
			return image{publisher: publisherAWS, kind: kind, line: aliasLine(family), tracking: version == "latest"}
		}
		return image{}
	}
	if parameter, ok := term.Get("ssmParameter").Text(); ok {
		im := parameterImage(parameter)
		im.tracking = true
		return im
	}
	switch owner, _ := term.Get("owner").Text(); owner {
	case ownerAmazon:
		return image{publisher: publisherAWS}
	case ownerSelf:
		return image{publisher: publisherCustomer, kind: kindOwn}
	default:
		// A bare account number that nobody known has may be the customer's own account.
		return madeBy(publishers().owners[owner])
	}
}
