package workload

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

const typeContainers = "onus::Pod"

// hostRoles are the roles of the machines below a pod, by hosting: what the catalog's conditions of that hosting read.
var hostRoles = map[string][]string{
	hostKube:    {"instance", "group", "launchTemplate", "image"},
	hostEKSSelf: {"cluster", "instance", "group", "launchTemplate", "image"},
	hostEKSMng:  {"cluster", "nodegroup", "launchTemplate", "image"},
	hostEKSFg:   {"cluster", "fargateProfile"},
	hostEKSAuto: {"cluster"},
	hostEKSHyb:  {"cluster"},
}

// podWorkload is the workload of a pod controller or a bare pod.
func (f *finder) podWorkload(p *pod) Workload {
	place := f.placePod(p)
	parts := f.machineParts(p, place)
	parts["pod"] = Part{Resource: p.r}
	parts["containers"] = p.containersPart()
	parts["images"] = f.podImages(p)
	f.addIdentity(parts, p)
	f.addExposure(parts, p)
	return place.workload(parts)
}

// machineParts are the parts of the machines below a pod. With one host they are that host's own, so that the duties of
// its operating system are decided as for the host itself.
func (f *finder) machineParts(p *pod, place podPlace) map[string]Part {
	parts := map[string]Part{}
	if place.hosting == UnknownHosting {
		if c := onlyCluster(place.options); c != nil && c.eks != nil {
			parts["cluster"] = Part{Resource: c.eks}
		}
		return parts
	}
	var key strings.Builder
	for _, o := range place.options {
		fmt.Fprintf(&key, "%p ", o.host)
	}
	cacheable := place.hosting != hostEKSFg && len(place.options) > 0
	if cached, ok := f.pods.merged[key.String()]; ok && cacheable {
		return cloneParts(cached)
	}
	parts = hostsParts(p.r, place)
	if cacheable {
		f.pods.merged[key.String()] = cloneParts(parts)
	}
	return parts
}

func cloneParts(in map[string]Part) map[string]Part {
	out := make(map[string]Part, len(in)+8)
	for role, part := range in {
		out[role] = part
	}
	return out
}

func onlyCluster(options []option) *podCluster {
	for _, o := range options {
		if o.cluster != options[0].cluster {
			return nil
		}
	}
	if len(options) == 0 {
		return nil
	}
	return options[0].cluster
}

// hostsParts joins the parts of all hosts that are left. A host that is not in the input has none, and makes every
// role unknown.
func hostsParts(root *inventory.Resource, place podPlace) map[string]Part {
	parts := map[string]Part{}
	why := []inventory.Step{{Name: "the host of the pod", Note: "is not in the input", At: root.Origin}}
	if c := onlyCluster(place.options); c != nil {
		why = append(why, c.hiddenWhy...)
	}
	if len(place.options) == 1 && place.options[0].host.parts != nil {
		parts = place.options[0].host.parts()
	} else {
		several := len(place.options) > 1
		if several && !hides(place.options) {
			why[0].Note = "could be one of several"
		}
		for _, role := range hostRoles[place.hosting] {
			parts[role] = Part{Unknown: true, Why: why}
		}
		if several && slices.Contains(hostRoles[place.hosting], "image") && !hides(place.options) {
			parts["image"] = commonImagePart(root, place.options, why)
		}
	}
	if place.hosting != hostKube {
		if c := onlyCluster(place.options); c != nil && c.eks != nil {
			parts["cluster"] = Part{Resource: c.eks}
		} else if absent(parts["cluster"]) {
			parts["cluster"] = Part{Unknown: true, Why: why}
		}
	}
	return parts
}

// commonImagePart is the image of several hosts when one publisher makes all of them.
func commonImagePart(root *inventory.Resource, options []option, why []inventory.Step) Part {
	var ims []image
	for _, o := range options {
		part := o.host.parts()["image"]
		if part.Resource == nil {
			return Part{Unknown: true, Why: why}
		}
		im := image{because: part.Because}
		im.publisher, _ = part.Resource.Get("Publisher").Text()
		im.kind, _ = part.Resource.Get("Kind").Text()
		im.tracking, _ = part.Resource.Get("Tracking").Bool()
		if line := part.Resource.Get("Line"); line.IsUnknown() {
			im.line = lineMixed
		} else {
			im.line, _ = line.Text()
		}
		if im.publisher == "" {
			im.why = unknownSteps(at(part.Resource, "Publisher"))
		}
		ims = append(ims, im)
	}
	out := commonImage(ims)
	for _, im := range ims[1:] {
		if out.publisher != "" {
			out.because = append(slices.Clone(out.because), im.because...)
		}
	}
	return out.part(root)
}

// containersPart is the onus::Pod: the images and the spec of the pod, wherever its kind keeps the pod template.
func (p *pod) containersPart() Part {
	images := inventory.ListValue(p.images(), p.spec.Origin())
	if p.spec.IsUnknown() || p.spec.Get("containers").IsUnknown() {
		images = inventory.UnknownValue(p.r.Origin, unknownSteps(evidence(p.r, p.path, p.spec.Get("containers")))...)
	}
	return derivedPart(p.r, typeContainers, []inventory.Property{
		{Name: "Images", Value: images}, {Name: "PodSpec", Value: p.spec},
	}, evidence(p.r, p.path+".containers", p.spec.Get("containers")))
}

// addIdentity adds the service account of a pod and the IAM role that it gives: the role of its annotation (IRSA),
// which the AWS SDKs take first, else that of a Pod Identity association.
func (f *finder) addIdentity(parts map[string]Part, p *pod) {
	name := p.spec.Get("serviceAccountName")
	if name.IsNull() {
		name = p.spec.Get("serviceAccount")
	}
	text, known := name.Text()
	if name.IsNull() {
		text, known = "default", true
	}
	if !known || p.namespaceText == "" {
		step := evidence(p.r, p.path+".serviceAccountName", name)
		if known {
			step = at(p.r, "metadata.namespace")
		}
		unknown := Part{Unknown: true, Why: unknownSteps(step)}
		parts["serviceAccount"], parts["role"] = unknown, unknown
		return
	}
	account := f.accountNamed(p, text, !name.IsNull())
	parts["serviceAccount"] = account
	if account.Resource != nil {
		arn := labelIn(account.Resource.Get("metadata.annotations"), "eks.amazonaws.com/role-arn")
		if l := f.follow(account.Resource, arn, typeRole); l.set {
			parts["role"] = l.part()
			return
		}
	}
	f.addPodIdentity(parts, p, text)
}

func (f *finder) accountNamed(p *pod, name string, written bool) Part {
	hits := f.pods.named(p.r.Scope, "ServiceAccount", p.namespaceText, name)
	step := inventory.Step{Name: "ServiceAccount " + p.namespaceText + "/" + name, Note: "is not in the input", At: p.r.Origin}
	switch {
	case len(hits) == 1:
		return Part{Resource: hits[0]}
	case len(hits) > 1:
		step.Note = "could be one of several objects"
	case !written:
		return Part{}
	}
	return Part{Unknown: true, Why: []inventory.Step{step}}
}

func (f *finder) addPodIdentity(parts map[string]Part, p *pod, account string) {
	hits := f.pods.identities[objectKey("", p.namespaceText, account)]
	switch {
	case len(hits) == 1:
		parts["podIdentity"] = Part{Resource: hits[0]}
		parts["role"] = f.follow(hits[0], hits[0].Get("RoleArn"), typeRole).part()
	case len(hits) > 1:
		step := inventory.Step{Name: "the Pod Identity association", Note: "could be one of several", At: p.r.Origin}
		parts["podIdentity"] = Part{Unknown: true, Why: []inventory.Step{step}}
		parts["role"] = parts["podIdentity"]
	}
}
