package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// This file derives onus::ContainerImages: who publishes the container images of a workload. Two questions are answered,
// because being careful means something else for each. Publisher asks whose the images are where only AWS's own and the
// customer's matter (builds, model containers), and is unknown when an image is. ReadyMade asks whether the customer has
// an image to build at all: it is set only when every image surely comes ready-made from somebody else, so that an
// unknown image leaves the building with the customer.

const (
	typeImageVendors = "onus::ContainerImages.Vendors"
	// maxImageEvidence bounds how many images of one workload are shown as evidence.
	maxImageEvidence = 20
)

// imageSet is what is known of all images of a workload.
type imageSet struct {
	because []Evidence
	values  []inventory.Value
	// parties and vendors are those of the images, each once.
	parties, vendors []string
	// why says what keeps the images from being all of them, or from being told.
	why []inventory.Step
}

// imagesPart is the onus::ContainerImages of a root. why says what keeps the images from being all of them.
func (f *finder) imagesPart(root *inventory.Resource, images []located, why []inventory.Step) Part {
	set := imageSet{why: why}
	for _, i := range images {
		if len(set.because) < maxImageEvidence {
			set.because = append(set.because, i.Evidence)
		}
		set.values = append(set.values, i.Value)
		m, ok := f.containerMaker(i.from, i.Value)
		if !ok {
			set.why = append(set.why, unknownSteps(i.Evidence)...)
			continue
		}
		if !slices.Contains(set.parties, m.party) {
			set.parties = append(set.parties, m.party)
		}
		if m.name != "" && !slices.Contains(set.vendors, m.name) {
			set.vendors = append(set.vendors, m.name)
		}
	}
	return set.part(root)
}

func (s *imageSet) part(root *inventory.Resource) Part {
	props := []inventory.Property{{Name: "Publisher", Value: s.publisher(root)}}
	if ready := s.readyMade(); ready != "" {
		props = append(props, inventory.Property{Name: "ReadyMade", Value: derivedString(ready, s.values...)})
	}
	if len(s.vendors) > 0 {
		names := inventory.ListValue(derivedTexts(s.vendors, s.values), s.values[0].Origin())
		props = append(props, inventory.Property{Name: "Vendors", Value: names})
		named := derivedString(strings.Join(s.vendors, ", "), s.values...)
		s.because = append(s.because, Evidence{Property: typeImageVendors, Value: named})
	}
	return derivedPart(root, typeContainerImages, props, s.because...)
}

// publisher is customer when any image is not AWS's, aws when all surely are.
func (s *imageSet) publisher(root *inventory.Resource) inventory.Value {
	own := slices.ContainsFunc(s.parties, func(p string) bool { return p != publisherAWS })
	switch {
	case own:
		return derivedString(publisherCustomer, s.values...)
	case len(s.why) > 0 || len(s.values) == 0:
		return inventory.UnknownValue(root.Origin, s.why...)
	}
	return derivedString(publisherAWS, s.values...)
}

// readyMade is aws when AWS surely publishes every image, third-party when AWS and third parties surely do, else empty.
func (s *imageSet) readyMade() string {
	switch {
	case len(s.why) > 0 || len(s.parties) == 0 || slices.Contains(s.parties, publisherCustomer):
		return ""
	case slices.Contains(s.parties, publisherOther):
		return publisherOther
	}
	return publisherAWS
}

// containerMaker tells who makes a container image by its reference; ok is false when nothing tells. A registry or
// namespace that nobody known publishes in counts as the customer's, who then has the image to build: that never leaves
// the duty with another party by mistake.
func (f *finder) containerMaker(from *inventory.Resource, v inventory.Value) (m maker, ok bool) {
	text, known := v.Text()
	if !known {
		text = v.Partial()
	}
	if ownRegistry.MatchString(text) {
		return maker{party: publisherCustomer}, true
	}
	literal, _, open := strings.Cut(text, "${")
	if m, ok := publishers().imageMaker(literal, known && !open); ok {
		return m, true
	}
	if known && !open {
		return maker{party: publisherCustomer}, true
	}
	return f.referredMaker(from, v, text)
}

// referredMaker follows the references of an image that is not known as text: to a repository of the input, or to a
// lookup of one of SageMaker's images.
func (f *finder) referredMaker(from *inventory.Resource, v inventory.Value, text string) (m maker, ok bool) {
	sure := len(f.openSteps(from, v)) == 0
	for _, r := range f.ix.Follow(from, v) {
		switch {
		case r.Type == typeRepository && (sure || strings.HasPrefix(text, "${"+inventory.WithoutKey(r.Address))):
			return maker{party: publisherCustomer}, true
		case r.Type == lookupPrebuiltImage && sure:
			m, ok = maker{party: publisherAWS, name: "AWS (SageMaker)"}, true
		}
	}
	return m, ok
}

// taskImages is the onus::ContainerImages of a task definition, absent when there is no task definition. One that is
// not in the input leaves its images unknown, and so their building with the customer.
func (f *finder) taskImages(root *inventory.Resource, task link) Part {
	t := task.one()
	switch {
	case t == nil && task.set:
		return f.imagesPart(root, nil, task.why)
	case t == nil:
		return task.part()
	}
	return f.definedImages(root, t, "ContainerDefinitions", "Image")
}

// definedImages is the onus::ContainerImages of the containers that a list, or one object, of a resource defines.
func (f *finder) definedImages(root, r *inventory.Resource, path, property string) Part {
	list := at(r, path)
	if list.Value.IsNull() {
		return Part{}
	}
	if list.Value.IsUnknown() {
		return f.imagesPart(root, []located{{r, list}}, nil)
	}
	var images []located
	for _, c := range members(list.Value) {
		images = append(images, located{r, evidence(r, list.Property+"."+property, c.Get(property))})
	}
	return f.imagesPart(root, images, nil)
}

// podImages is the onus::ContainerImages of a pod, its init containers included.
func (f *finder) podImages(p *pod) Part {
	var images []located
	for _, list := range []string{"containers", "initContainers"} {
		v := p.spec.Get(list)
		if v.IsUnknown() {
			images = append(images, located{p.r, evidence(p.r, p.path+"."+list, v)})
		}
		for _, c := range v.List() {
			images = append(images, located{p.r, evidence(p.r, p.path+"."+list+".image", c.Get("image"))})
		}
	}
	if p.spec.IsUnknown() {
		images = append(images, located{p.r, evidence(p.r, p.path, p.spec)})
	}
	return f.imagesPart(p.r, images, nil)
}
