package workload

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
)

const (
	hostBatchEC2     = "batch-ec2"
	hostBatchFargate = "batch-fargate"
	hostBatchMI      = "batch-managed-instances"
	hostBatchEKS     = "batch-eks"
)

// resourceTypes are the values of ComputeResources.Type with their hosting.
var resourceTypes = []launchType{
	{"EC2", hostBatchEC2}, {"SPOT", hostBatchEC2}, {"FARGATE", hostBatchFargate}, {"FARGATE_SPOT", hostBatchFargate},
	{"ECS_MANAGED_INSTANCES", hostBatchMI},
}

// batchEnvironment is the workload of a Batch compute environment.
func (f *finder) batchEnvironment(r *inventory.Resource) Workload {
	v := f.environmentHosting(r)
	parts := map[string]Part{"computeEnvironment": {Resource: r}}
	f.addBatchMachines(parts, r, r, v)
	return v.workload(parts)
}

func (f *finder) environmentHosting(r *inventory.Resource) verdict {
	eks := at(r, "EksConfiguration")
	isEKS, maybeEKS := f.given(r, eks.Value)
	if isEKS {
		return decided(hostBatchEKS, "The compute environment runs its jobs on an EKS cluster.",
			Evidence{eks.Property, derivedString("is set", eks.Value)})
	}
	v := f.resourcesHosting(r)
	if !maybeEKS {
		return v
	}
	all := append([]Candidate{{hostBatchEKS, "EksConfiguration is set"}}, otherwise(v, "EksConfiguration is not set")...)
	return open("EksConfiguration decides, and it is unknown.", all, append([]Evidence{eks}, v.because...)...)
}

func (f *finder) resourcesHosting(r *inventory.Resource) verdict {
	typ, managed := at(r, "ComputeResources.Type"), at(r, "Type")
	if text, _ := managed.Value.Text(); text == "UNMANAGED" || text == "unmanaged" {
		return decided(hostBatchEC2, "The compute environment is unmanaged: the customer runs its instances.", managed)
	}
	if text, ok := typ.Value.Text(); ok {
		for _, t := range resourceTypes {
			if t.name == text {
				return decided(t.hosting, "The compute environment runs its jobs on "+text+".", typ)
			}
		}
	}
	if typ.Value.IsNull() && has(f, r, "ComputeResources.ManagedInstancesProvider") {
		return decided(hostBatchMI, "The compute environment has a Managed Instances provider.",
			at(r, "ComputeResources.ManagedInstancesProvider.InfrastructureRoleArn"))
	}
	return open("ComputeResources.Type decides, and it is not known.",
		candidates(resourceTypes, "ComputeResources.Type is "), typ)
}

// addBatchMachines adds what decides about the machines of an environment: launch template and image.
func (f *finder) addBatchMachines(parts map[string]Part, root, env *inventory.Resource, v verdict) {
	if !v.may(hostBatchEC2) && !v.may(hostBatchEKS) {
		return
	}
	if text, _ := env.Get("Type").Text(); text == "UNMANAGED" || text == "unmanaged" {
		why := []inventory.Step{{Name: "the instances of the unmanaged environment", Note: "are not known", At: env.Origin}}
		parts["image"] = Part{Unknown: true, Why: why}
		return
	}
	spec := env.Get("ComputeResources.LaunchTemplate")
	template := link{}
	if !spec.IsNull() {
		template = f.templateOf(env, spec)
	}
	parts["launchTemplate"] = template.part()
	parts["image"] = f.batchImage(root, env, template, v)
}

// batchImage tells who publishes the image: the customer when any image is set, AWS's image for ECS or EKS otherwise.
func (f *finder) batchImage(root, env *inventory.Resource, template link, v verdict) Part {
	if all := at(env, "ComputeResources"); all.Value.IsUnknown() {
		return Part{Unknown: true, Why: unknownSteps(all)}
	}
	own := []located{locate(env, "ComputeResources.ImageId")}
	for _, c := range members(env.Get("ComputeResources.Ec2Configuration")) {
		property := env.Type + ".ComputeResources.Ec2Configuration.ImageIdOverride"
		own = append(own, located{env, Evidence{property, c.Get("ImageIdOverride")}})
	}
	if t := template.one(); t != nil {
		own = append(own, locate(t, "LaunchTemplateData.ImageId"))
	}
	kind := kindECS
	if v.hosting == hostBatchEKS {
		kind = kindEKS
	}
	out := f.setImage(own, kind)
	if out.publisher != publisherCustomer && template.set && template.one() == nil {
		out = image{why: template.why, because: out.because}
	}
	return out.part(root)
}

// environments are the compute environments of one scope that share a hosting, or a set of candidates.
type environments struct {
	first   *inventory.Resource
	verdict verdict
	count   int
}

// indexBatch groups the compute environments of each scope by what they are, for the job definitions beside them.
func (f *finder) indexBatch() {
	f.batchEnvs = map[string][]environments{}
	for scope, envs := range f.scopes[typeComputeEnvironment] {
		var groups []environments
		for _, env := range envs {
			v := f.environmentHosting(env)
			same := func(g environments) bool {
				return g.verdict.hosting == v.hosting && len(g.verdict.candidates) == len(v.candidates)
			}
			if i := slices.IndexFunc(groups, same); i >= 0 {
				groups[i].count++
				continue
			}
			groups = append(groups, environments{first: env, verdict: v, count: 1})
		}
		f.batchEnvs[scope] = groups
	}
}

// batchJob is the workload of a job definition. What it may run on decides; where that leaves a choice, the compute
// environments beside it do.
func (f *finder) batchJob(r *inventory.Resource) Workload {
	parts := map[string]Part{"jobDefinition": {Resource: r}}
	v, settled := f.jobHosting(r)
	if !settled {
		v = jobByEnvironments(v, f.environmentsFor(r, v))
	}
	envs := f.environmentsFor(r, v)
	if len(envs) == 1 && envs[0].count == 1 {
		parts["computeEnvironment"] = Part{Resource: envs[0].first}
		f.addBatchMachines(parts, r, envs[0].first, v)
	} else if v.may(hostBatchEC2) || v.may(hostBatchEKS) {
		note := "is not in the input"
		if len(envs) > 0 {
			note = "could be one of several"
		}
		why := []inventory.Step{{Name: "the compute environment of the job", Note: note, At: r.Origin}}
		parts["computeEnvironment"], parts["image"] = Part{Unknown: true, Why: why}, Part{Unknown: true, Why: why}
	}
	return v.workload(parts)
}

// jobHosting reads what a job definition says itself. settled is false when compute environments can tell more.
func (f *finder) jobHosting(r *inventory.Resource) (v verdict, settled bool) {
	eks, caps := at(r, "EksProperties"), at(r, "PlatformCapabilities")
	isEKS, maybeEKS := f.given(r, eks.Value)
	onEC2 := []Candidate{
		{hostBatchEC2, "the job runs in a compute environment of EC2 or Spot instances"},
		{hostBatchMI, "the job runs in a compute environment of Managed Instances"},
	}
	switch {
	case isEKS:
		return decided(hostBatchEKS, "The job runs as a pod.", Evidence{eks.Property, derivedString("is set", eks.Value)}), true
	case maybeEKS || caps.Value.ContainsUnknown():
		all := append([]Candidate{{hostBatchFargate, "PlatformCapabilities is FARGATE"}}, onEC2...)
		if maybeEKS {
			all = append(all, Candidate{hostBatchEKS, "EksProperties is set"})
		}
		return open("PlatformCapabilities decides, and it is unknown.", all, caps), true
	}
	var texts []string
	for _, c := range members(caps.Value) {
		if text, ok := c.Text(); ok {
			texts = append(texts, text)
		}
	}
	fargate, ec2 := slices.Contains(texts, "FARGATE"), slices.Contains(texts, "EC2")
	switch {
	case fargate && !ec2:
		return decided(hostBatchFargate, "The job requires Fargate.", caps), true
	case fargate:
		all := append([]Candidate{{hostBatchFargate, "the job runs in a Fargate compute environment"}}, onEC2...)
		return open("The job can run on Fargate and on EC2.", all, caps), false
	}
	return open("The job runs on instances, and its compute environment decides on which.", onEC2, caps), false
}

// environmentsFor returns the compute environments of the same scope that can run a job of the given hosting.
func (f *finder) environmentsFor(r *inventory.Resource, v verdict) []environments {
	var out []environments
	for _, g := range f.batchEnvs[r.Scope] {
		maybe := slices.ContainsFunc(g.verdict.candidates, func(c Candidate) bool { return v.may(c.Hosting) })
		if v.may(g.verdict.hosting) && g.verdict.hosting != UnknownHosting || maybe {
			out = append(out, g)
		}
	}
	return out
}

// jobByEnvironments decides between the hostings that the compute environments offer. Without one in the input the
// job is taken for EC2, Batch's default capability, unless it also allows Fargate.
func jobByEnvironments(v verdict, envs []environments) verdict {
	if len(envs) == 0 {
		if v.may(hostBatchFargate) {
			return v
		}
		return decided(hostBatchEC2, "The job runs on EC2, the default of Batch; its compute environment is not in the input.",
			v.because...)
	}
	var all []Candidate
	because := slices.Clone(v.because)
	for _, g := range envs {
		because = append(because, g.verdict.because...)
		for _, c := range otherwise(g.verdict, "the job runs in "+g.first.Address) {
			if v.may(c.Hosting) {
				all = append(all, c)
			}
		}
	}
	out := open("The job can run in several compute environments of different kinds.", all, because...)
	if out.hosting != UnknownHosting {
		out.why = "The compute environments of the input that can take the job are all of this kind."
	}
	return out
}
