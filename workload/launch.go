package workload

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
)

// launch is what an instance, a group or a fleet starts machines from: its own properties, its launch templates and
// its launch configuration, gathered. Every list holds one entry a source.
type launch struct {
	template, config Part
	images           []located
	userData         []located
	profiles         []located
	// tags are the tag maps that the machines get.
	tags []located
	// missing says why some launch data could not be read; empty when all was.
	missing []inventory.Step
}

// located is a property value together with the resource it belongs to.
type located struct {
	from *inventory.Resource
	Evidence
}

func locate(r *inventory.Resource, path string) located {
	return located{from: r, Evidence: at(r, path)}
}

// launchOf gathers the launch data of an instance, group or fleet.
func (f *finder) launchOf(r *inventory.Resource) *launch {
	l := &launch{tags: []located{locate(r, "Tags")}}
	switch r.Type {
	case typeInstance:
		f.addOwn(l, r)
		f.addTemplate(l, r, r.Get("LaunchTemplate"))
	case typeGroup:
		f.addGroup(l, r)
	case typeSpotFleet:
		f.addSpecs(l, r, "SpotFleetRequestConfigData.LaunchSpecifications")
		f.addConfigs(l, r, r.Get("SpotFleetRequestConfigData.LaunchTemplateConfigs"))
	case typeFleet:
		f.addConfigs(l, r, r.Get("LaunchTemplateConfigs"))
	}
	return l
}

// addOwn takes what an instance or a launch configuration says itself.
func (f *finder) addOwn(l *launch, r *inventory.Resource) {
	add(&l.images, locate(r, "ImageId"))
	add(&l.userData, locate(r, "UserData"))
	add(&l.profiles, locate(r, "IamInstanceProfile"))
}

// add appends what is set.
func add(to *[]located, one located) {
	if !one.Value.IsNull() {
		*to = append(*to, one)
	}
}

func (f *finder) addGroup(l *launch, r *inventory.Resource) {
	if cfg := f.follow(r, r.Get("LaunchConfigurationName"), typeLaunchConfig); cfg.set {
		l.config = cfg.part()
		if c := cfg.one(); c != nil {
			f.addOwn(l, c)
		} else {
			l.missing = append(l.missing, cfg.why...)
		}
	}
	f.addTemplate(l, r, r.Get("LaunchTemplate"))
	mixed := r.Get("MixedInstancesPolicy.LaunchTemplate")
	f.addTemplate(l, r, mixed.Get("LaunchTemplateSpecification"))
	if mixed.IsUnknown() {
		return
	}
	for _, o := range mixed.Get("Overrides").List() {
		f.addTemplate(l, r, o.Get("LaunchTemplateSpecification"))
		if image := o.Get("ImageId"); !image.IsNull() {
			property := r.Type + ".MixedInstancesPolicy.LaunchTemplate.Overrides.ImageId"
			l.images = append(l.images, located{r, Evidence{property, image}})
		}
	}
}

// addTemplate follows a launch template specification; own values that an instance sets win over the template's.
func (f *finder) addTemplate(l *launch, r *inventory.Resource, spec inventory.Value) {
	if spec.IsNull() {
		return
	}
	t := f.templateOf(r, spec)
	if !t.set {
		return
	}
	if l.template.Resource == nil && !l.template.Unknown {
		l.template = t.part()
	}
	lt := t.one()
	if lt == nil {
		l.missing = append(l.missing, t.why...)
		return
	}
	const data = "LaunchTemplateData."
	if r.Type != typeInstance || len(l.images) == 0 {
		add(&l.images, locate(lt, data+"ImageId"))
	}
	if r.Type != typeInstance || len(l.userData) == 0 {
		add(&l.userData, locate(lt, data+"UserData"))
	}
	if r.Type != typeInstance || len(l.profiles) == 0 {
		add(&l.profiles, locate(lt, data+"IamInstanceProfile"))
	}
	l.tags = append(l.tags, locate(lt, data+"TagSpecifications"), locate(lt, "Tags"))
}

// templateOf follows LaunchTemplateId or LaunchTemplateName, whichever is set.
func (f *finder) templateOf(r *inventory.Resource, spec inventory.Value) link {
	if spec.IsUnknown() {
		return f.follow(r, spec, typeLaunchTemplate)
	}
	var last link
	for _, name := range []string{"LaunchTemplateId", "LaunchTemplateName", "Id", "Name"} {
		if l := f.follow(r, spec.Get(name), typeLaunchTemplate); l.set {
			last = l
			if l.one() != nil {
				break
			}
		}
	}
	return last
}

// addConfigs takes the launch template configs of a fleet.
func (f *finder) addConfigs(l *launch, r *inventory.Resource, configs inventory.Value) {
	if configs.IsUnknown() {
		f.addTemplate(l, r, configs)
		return
	}
	for _, c := range configs.List() {
		f.addTemplate(l, r, c.Get("LaunchTemplateSpecification"))
	}
}

// addSpecs takes the inline launch specifications of a spot fleet.
func (f *finder) addSpecs(l *launch, r *inventory.Resource, path string) {
	specs := at(r, path)
	if specs.Value.IsUnknown() {
		l.missing = append(l.missing, unknownSteps(specs)...)
		return
	}
	for _, s := range specs.Value.List() {
		sub := func(name string) located { return located{r, Evidence{specs.Property + "." + name, s.Get(name)}} }
		add(&l.images, sub("ImageId"))
		add(&l.userData, sub("UserData"))
		add(&l.profiles, sub("IamInstanceProfile"))
	}
}

// unknownSteps says why a property is unknown, in steps.
func unknownSteps(e Evidence) []inventory.Step {
	if s := e.Value.Unresolved(); len(s) > 0 {
		return slices.Clone(s)
	}
	return []inventory.Step{{Name: e.Property, Note: "is unknown", At: e.Value.Origin()}}
}
