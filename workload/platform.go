package workload

import (
	"regexp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Platform roots are found by their type alone, like data roots, but other resources decide about them too: the template
// of a Beanstalk environment, the models behind an endpoint, the instance groups of an EMR cluster.
const (
	typeBeanstalk         = "AWS::ElasticBeanstalk::Environment"
	typeBeanstalkTemplate = "AWS::ElasticBeanstalk::ConfigurationTemplate"
	typeEndpoint          = "AWS::SageMaker::Endpoint"
	typeEndpointConfig    = "AWS::SageMaker::EndpointConfig"
	typeModel             = "AWS::SageMaker::Model"
	typeEMRCluster        = "AWS::EMR::Cluster"
	typeEMRFleet          = "AWS::EMR::InstanceFleetConfig"
	typeEMRGroup          = "AWS::EMR::InstanceGroupConfig"
	typeBuildProject      = "AWS::CodeBuild::Project"
	typeBuildFleet        = "AWS::CodeBuild::Fleet"
	typeEngineVersion     = "AWS::RDS::CustomDBEngineVersion"
	typeContainerImages   = "onus::ContainerImages"
	lookupPrebuiltImage   = "AWS::SageMaker::PrebuiltEcrImage"
	kindEMR               = "emr"
)

var (
	// rdsVersion is the engine version that RDS gives to its own images for RDS Custom for SQL Server.
	rdsVersion = regexp.MustCompile(`^\d+(\.\d+)+\.v\d+$`)
)

// addPlatformParts adds what decides about a platform root beside the root itself.
func (f *finder) addPlatformParts(w *Workload, r *inventory.Resource) {
	switch r.Type {
	case typeBeanstalk:
		w.Parts["template"] = f.follow(r, r.Get("TemplateName"), typeBeanstalkTemplate).part()
	case typeEndpoint:
		f.addModels(w.Parts, r)
	case typeEMRCluster:
		w.Parts["image"] = f.clusterImage(r).part(r)
	case typeBuildProject:
		w.Parts["fleet"] = f.follow(r, r.Get("Environment.Fleet.FleetArn"), typeBuildFleet).part()
		w.Parts["images"] = f.imagesPart(r, []located{locate(r, "Environment.Image")}, nil)
	case typeDBCluster:
		w.Parts["engine"] = f.databaseEngine(r)
	case typeDBInst:
		w.Parts["engine"] = f.databaseEngine(r)
		if w.Hosting == hostRDSCustom || len(w.Candidates) > 0 {
			w.Parts["engineVersion"] = f.engineVersion(r)
		}
	}
}

// engineVersion is the custom engine version of an RDS Custom instance, absent when the version is one of RDS's own.
func (f *finder) engineVersion(r *inventory.Resource) Part {
	version := r.Get("EngineVersion")
	if text, ok := version.Text(); ok && rdsVersion.MatchString(text) {
		return Part{}
	}
	return f.follow(r, version, typeEngineVersion).part()
}

// addModels adds the configuration of an endpoint, its model when there is one only, and who makes the models' images.
func (f *finder) addModels(parts map[string]Part, r *inventory.Resource) {
	config := f.follow(r, r.Get("EndpointConfigName"), typeEndpointConfig)
	parts["endpointConfig"] = config.part()
	if config.one() == nil {
		parts["model"], parts["images"] = config.part(), config.part()
		return
	}
	models, why := f.modelsOf(config.one())
	parts["model"] = Part{Unknown: true, Why: why}
	if len(why) == 0 && len(models) == 1 {
		parts["model"] = Part{Resource: models[0]}
	}
	if len(why) == 0 && len(models) != 1 {
		step := inventory.Step{Name: "the model of the endpoint", Note: "could be one of several", At: config.one().Origin}
		parts["model"] = Part{Unknown: true, Why: []inventory.Step{step}}
	}
	var images []located
	for _, m := range models {
		images = append(images, containerImages(m)...)
	}
	parts["images"] = f.imagesPart(r, images, why)
}

// modelsOf returns the models of all variants of an endpoint configuration, each once, with what keeps them from being
// all of them.
func (f *finder) modelsOf(config *inventory.Resource) (models []*inventory.Resource, why []inventory.Step) {
	for _, list := range []string{"ProductionVariants", "ShadowProductionVariants"} {
		variants := config.Get(list)
		if variants.IsNull() {
			continue
		}
		for _, v := range members(variants) {
			name := v.Get("ModelName")
			if name.IsNull() {
				step := inventory.Step{Name: config.Type + "." + list + ".ModelName", Note: "is not set", At: config.Origin}
				why = append(why, step)
				continue
			}
			l := f.follow(config, name, typeModel)
			if m := l.one(); m == nil {
				why = append(why, l.why...)
			} else if !slices.Contains(models, m) {
				models = append(models, m)
			}
		}
	}
	if len(models) == 0 && len(why) == 0 {
		why = []inventory.Step{{Name: "the model of the endpoint", Note: "is not in the input", At: config.Origin}}
	}
	return models, why
}

// containerImages are the images of a model's containers. A container without one takes it from a model package.
func containerImages(m *inventory.Resource) []located {
	var out []located
	for _, path := range []string{"PrimaryContainer", "Containers"} {
		if m.Get(path).IsNull() {
			continue
		}
		for _, c := range members(m.Get(path)) {
			property := m.Type + "." + path
			if image := c.Get("Image"); !image.IsNull() {
				out = append(out, located{m, evidence(m, property+".Image", image)})
				continue
			}
			pkg := c.Get("ModelPackageName")
			step := inventory.Step{Name: property + ".ModelPackageName", Note: "hides the image", At: pkg.Origin()}
			hidden := evidence(m, property+".ModelPackageName", inventory.UnknownValue(pkg.Origin(), step))
			out = append(out, located{m, hidden})
		}
	}
	return out
}

// clusterImage tells who publishes the image of an EMR cluster's nodes: the customer when any group or fleet sets one.
func (f *finder) clusterImage(r *inventory.Resource) image {
	own := []located{locate(r, "CustomAmiId")}
	for _, group := range []string{"MasterInstanceGroup", "CoreInstanceGroup", "TaskInstanceGroups",
		"MasterInstanceFleet", "CoreInstanceFleet", "TaskInstanceFleets"} {
		own = append(own, nodeImages(r, "Instances."+group)...)
	}
	for typ, ref := range map[string]string{typeEMRFleet: "ClusterId", typeEMRGroup: "JobFlowId"} {
		for _, g := range f.ix.OfType(typ) {
			if !g.Lookup && slices.Contains(f.follow(g, g.Get(ref), typeEMRCluster).all, r) {
				own = append(own, nodeImages(g, "")...)
			}
		}
	}
	slices.SortStableFunc(own[1:], func(a, b located) int { return strings.Compare(a.from.Address, b.from.Address) })
	return f.setImage(own, kindEMR)
}

// nodeImages are the images that instance groups or fleets below a path set.
func nodeImages(r *inventory.Resource, path string) []located {
	var out []located
	property := r.Type
	if path != "" {
		property += "." + path
	}
	for _, g := range members(r.Get(path)) {
		if g.IsNull() {
			continue
		}
		out = append(out, located{r, evidence(r, property+".CustomAmiId", g.Get("CustomAmiId"))})
		for _, c := range members(g.Get("InstanceTypeConfigs")) {
			name := property + ".InstanceTypeConfigs.CustomAmiId"
			out = append(out, located{r, evidence(r, name, c.Get("CustomAmiId"))})
		}
	}
	return out
}

// setImage is the customer's image when one of the places surely sets one, AWS's own of the given kind when none does.
func (f *finder) setImage(places []located, kind string) image {
	out := image{publisher: publisherAWS, kind: kind}
	for _, p := range places {
		is, maybe := f.given(p.from, p.Value)
		if is {
			return image{publisher: publisherCustomer, kind: kindOwn, because: []Evidence{p.Evidence}}
		}
		if maybe {
			out.publisher, out.kind = "", ""
			out.why = append(out.why, unknownSteps(p.Evidence)...)
		}
		if !p.Value.IsNull() || len(out.because) == 0 {
			out.because = append(out.because, p.Evidence)
		}
	}
	return out
}
