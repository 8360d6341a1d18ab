package workload

import (
	"slices"

	"github.com/onus-dev/onus/inventory"
)

// indexECS builds the reverse joins of ECS: group to providers, cluster to associations, task definition to users.
func (f *finder) indexECS() {
	f.providersOf = map[*inventory.Resource][]*inventory.Resource{}
	f.associationsOf = map[*inventory.Resource][]*inventory.Resource{}
	f.clusterOf = map[*inventory.Resource]*inventory.Resource{}
	f.policiesOf = map[*inventory.Resource]bool{}
	f.taskSetsOf = map[*inventory.Resource][]*inventory.Resource{}
	f.usedTasks = map[*inventory.Resource]bool{}
	f.runsOf = map[*inventory.Resource][]placement{}
	f.indexProviders()
	for _, policy := range f.ix.OfType(typeScalingPolicy) {
		for _, g := range f.follow(policy, policy.Get("AutoScalingGroupName"), typeGroup).all {
			f.policiesOf[g] = true
		}
	}
	for _, set := range f.ix.OfType(typeTaskSet) {
		f.markUsed(set, set.Get("TaskDefinition"))
		if s := f.follow(set, set.Get("Service"), typeService).one(); s != nil {
			f.taskSetsOf[s] = append(f.taskSetsOf[s], set)
		}
	}
	for _, s := range f.ix.OfType(typeService) {
		f.markUsed(s, s.Get("TaskDefinition"))
	}
	f.indexRuns()
}

func (f *finder) indexProviders() {
	for _, p := range f.ix.OfType(typeCapacityProvider) {
		arn := p.Get("AutoScalingGroupProvider.AutoScalingGroupArn")
		for _, g := range f.follow(p, arn, typeGroup).all {
			f.providersOf[g] = append(f.providersOf[g], p)
		}
		if c := f.follow(p, p.Get("ClusterName"), typeCluster).one(); c != nil {
			f.clusterOf[p] = c
		}
	}
	for _, a := range f.ix.OfType(typeProviderLink) {
		if c := f.follow(a, a.Get("Cluster"), typeCluster).one(); c != nil {
			f.associationsOf[c] = append(f.associationsOf[c], a)
			f.noteProviders(a, c)
		}
	}
	for _, c := range f.ix.OfType(typeCluster) {
		f.noteProviders(c, c)
	}
}

// noteProviders remembers the cluster of each provider in the list of an association or a cluster.
func (f *finder) noteProviders(holder, cluster *inventory.Resource) {
	for _, name := range members(holder.Get("CapacityProviders")) {
		for _, p := range f.follow(holder, name, typeCapacityProvider).all {
			if f.clusterOf[p] == nil {
				f.clusterOf[p] = cluster
			}
		}
	}
}

// markUsed notes the task definitions that a service may run.
func (f *finder) markUsed(from *inventory.Resource, v inventory.Value) {
	for _, t := range f.follow(from, v, typeTaskDefinition).all {
		f.usedTasks[t] = true
	}
}

// targetTypes hold one scheduled target each: Terraform writes them apart from the rule.
var targetTypes = []string{"AWS::Events::Target", "aws_cloudwatch_event_target"}

// indexRuns notes how rules and schedules run task definitions.
func (f *finder) indexRuns() {
	for _, r := range f.ix.OfType(typeRule) {
		for _, target := range members(r.Get("Targets")) {
			f.noteRun(r, "Targets", target, "EcsParameters")
		}
	}
	for _, r := range f.ix.OfType(typeSchedule) {
		f.noteRun(r, "Target", r.Get("Target"), "EcsParameters")
	}
	for _, typ := range targetTypes {
		for _, r := range f.ix.OfType(typ) {
			f.noteRun(r, "", r.Properties, "EcsParameters")
			f.noteRun(r, "", r.Properties, "EcsTarget")
		}
	}
}

func (f *finder) noteRun(r *inventory.Resource, path string, target inventory.Value, params string) {
	ecs := target.Get(params)
	if ecs.IsNull() || target.IsUnknown() {
		return
	}
	property := r.Type + "."
	if path != "" {
		property += path + "."
	}
	run := placement{
		from: r, strategy: evidence(r, property+params+".CapacityProviderStrategy", ecs.Get("CapacityProviderStrategy")),
		launch:  evidence(r, property+params+".LaunchType", ecs.Get("LaunchType")),
		cluster: evidence(r, property+"Arn", target.Get("Arn")),
	}
	for _, t := range f.follow(r, ecs.Get("TaskDefinitionArn"), typeTaskDefinition).all {
		run.task = t
		f.runsOf[t] = append(f.runsOf[t], run)
	}
}

// ecsService is the workload of an ECS service.
func (f *finder) ecsService(r *inventory.Resource) Workload {
	task := f.follow(r, r.Get("TaskDefinition"), typeTaskDefinition)
	p := placement{
		from: r, task: task.one(),
		strategy: at(r, "CapacityProviderStrategy"), launch: at(r, "LaunchType"), cluster: at(r, "Cluster"),
		notExternal: has(f, r, "NetworkConfiguration") || has(f, r, "LoadBalancers") || has(f, r, "ServiceRegistries"),
	}
	if sets := f.taskSetsOf[r]; len(sets) > 0 && r.Get("LaunchType").IsNull() && r.Get("CapacityProviderStrategy").IsNull() {
		p.strategy, p.launch = at(sets[0], "CapacityProviderStrategy"), at(sets[0], "LaunchType")
		if t := f.follow(sets[0], sets[0].Get("TaskDefinition"), typeTaskDefinition); !task.set && t.set {
			task, p.task = t, t.one()
		}
	}
	placed := f.place(p)
	parts := map[string]Part{"service": {Resource: r}, "taskDefinition": task.part(), "cluster": placed.cluster.part()}
	parts["images"] = f.taskImages(r, task)
	f.addMachines(parts, r, placed)
	return placed.workload(parts)
}

func has(f *finder, r *inventory.Resource, path string) bool {
	is, _ := f.given(r, r.Get(path))
	return is
}

// ecsExpress is the workload of an Express service, which always runs on Fargate.
func (f *finder) ecsExpress(r *inventory.Resource) Workload {
	v := decided(hostFargate, "An ECS Express service always runs on Fargate.",
		Evidence{Property: r.Type, Value: inventory.StringValue(r.Address, r.Origin)})
	return v.workload(map[string]Part{
		"expressService": {Resource: r},
		"images":         f.definedImages(r, r, "PrimaryContainer", "Image"),
		"cluster":        f.follow(r, r.Get("Cluster"), typeCluster).part(),
	})
}

// ecsTask is the workload of a task definition that no service uses; how rules and schedules run it decides where
// its own compatibilities leave a choice.
func (f *finder) ecsTask(r *inventory.Resource) (Workload, bool) {
	if f.usedTasks[r] {
		return Workload{}, false
	}
	parts := map[string]Part{"taskDefinition": {Resource: r}}
	parts["images"] = f.definedImages(r, r, "ContainerDefinitions", "Image")
	runs := f.runsOf[r]
	compat := at(r, "RequiresCompatibilities")
	if only := compatibilities(r); len(only) == 1 {
		v := decided(only[0].hosting, "The task definition allows this one way of running only.", compat)
		p := placed{verdict: v, providersWhy: notRun(r)}
		if len(runs) > 0 {
			p = f.placeRuns(runs)
			p.verdict = v
			parts["cluster"] = p.cluster.part()
		}
		f.addMachines(parts, r, p)
		return v.workload(parts), true
	}
	if len(runs) == 0 {
		p := placement{from: r, task: r}
		v := open("The task definition can run in several ways, and nothing in the input runs it.",
			candidates(f.possible(p, launchTypes), "the task is run with launch type "), compat)
		f.addMachines(parts, r, placed{verdict: v, providersWhy: notRun(r)})
		return v.workload(parts), true
	}
	p := f.placeRuns(runs)
	p.because = append(p.because, compat)
	parts["cluster"] = p.cluster.part()
	f.addMachines(parts, r, p)
	return p.workload(parts), true
}

func notRun(r *inventory.Resource) []inventory.Step {
	return []inventory.Step{{Name: r.Address, Note: "is not run by anything in the input", At: r.Origin}}
}

// placeRuns places a task definition that several rules or schedules may run: one answer when they agree.
func (f *finder) placeRuns(runs []placement) placed {
	first := f.place(runs[0])
	for _, run := range runs[1:] {
		next := f.place(run)
		if next.hosting == first.hosting && next.hosting != UnknownHosting {
			continue
		}
		all := append(asCandidates(first.verdict, runs[0]), asCandidates(next.verdict, run)...)
		first.verdict = open("The rules and schedules that run the task place it differently.", all,
			append(slices.Clone(first.because), next.because...)...)
	}
	return first
}

func asCandidates(v verdict, run placement) []Candidate {
	if v.hosting == UnknownHosting {
		return v.candidates
	}
	return []Candidate{{Hosting: v.hosting, When: run.from.Address + " runs it"}}
}

// addMachines adds the parts that decide about the machines below a task: the capacity provider, and for EC2 the
// group, launch template, image and scaling.
func (f *finder) addMachines(parts map[string]Part, root *inventory.Resource, p placed) {
	if len(p.providers) > 0 {
		parts["capacityProvider"] = Part{Resource: p.providers[0]}
	} else if p.viaProvider && len(p.providersWhy) > 0 {
		parts["capacityProvider"] = Part{Unknown: true, Why: p.providersWhy}
	}
	if !p.may(hostECS) {
		return
	}
	m := f.machinesOf(root, p)
	parts["scaling"] = f.serviceScaling(root, p, m)
	if len(m.missing) > 0 {
		unknown := Part{Unknown: true, Why: m.missing}
		parts["image"], parts["group"], parts["launchTemplate"] = unknown, unknown, unknown
		return
	}
	for role, host := range m.first {
		parts[role] = Part{Resource: host}
	}
	parts["launchTemplate"], parts["launchConfiguration"] = m.launch.template, m.launch.config
	parts["image"] = f.launchImage(root, &m.launch)
}

// machines are the hosts that a task runs on, taken together.
type machines struct {
	// first is the first host of each kind, by role.
	first  map[string]*inventory.Resource
	launch launch
	// policy is set when a scaling policy acts on a group.
	policy bool
	// missing says why the hosts are not known, or not all.
	missing []inventory.Step
}

// together joins what several hosts launch; an image or user data that they share counts once.
func (f *finder) together(hosts []*host) *machines {
	m := &machines{first: map[string]*inventory.Resource{}}
	owner := map[*inventory.Resource]*host{}
	for _, h := range hosts {
		if role := hostRole[h.root.Type]; m.first[role] == nil {
			m.first[role] = h.root
		}
		m.policy = m.policy || f.policiesOf[h.root]
		for _, one := range h.launch.images {
			if owner[one.from] == nil {
				owner[one.from] = h
			}
			if owner[one.from] == h {
				m.launch.images = append(m.launch.images, one)
			}
		}
		m.launch.missing = append(m.launch.missing, h.launch.missing...)
		if absent(m.launch.template) {
			m.launch.template = h.launch.template
		}
		if absent(m.launch.config) {
			m.launch.config = h.launch.config
		}
	}
	return m
}

func absent(p Part) bool { return p.Resource == nil && !p.Unknown }

// machinesOf finds the machines that a task runs on: those of its capacity providers, else those of its cluster.
func (f *finder) machinesOf(root *inventory.Resource, p placed) *machines {
	if len(p.providersWhy) > 0 {
		return &machines{missing: p.providersWhy}
	}
	if len(p.providers) == 0 {
		return f.clusterMachines(root, p.cluster)
	}
	var hosts []*host
	var missing []inventory.Step
	for _, provider := range p.providers {
		group := f.follow(provider, provider.Get("AutoScalingGroupProvider.AutoScalingGroupArn"), typeGroup)
		g := group.one()
		switch {
		case g != nil && f.hosts[g] != nil:
			hosts = append(hosts, f.hosts[g])
		case g != nil:
			missing = append(missing, inventory.Step{Name: g.Address, Note: "is looked up, and its launch data is not in the input", At: g.Origin})
		case group.set:
			missing = append(missing, group.why...)
		}
	}
	if len(hosts) == 0 && len(missing) == 0 {
		missing = noInstances(root)
	}
	m := f.together(hosts)
	m.missing = missing
	return m
}

func (f *finder) clusterMachines(root *inventory.Resource, cluster link) *machines {
	c := cluster.one()
	if c == nil || len(f.hostsOf[c]) == 0 {
		if len(cluster.why) > 0 {
			return &machines{missing: cluster.why}
		}
		return &machines{missing: noInstances(root)}
	}
	if f.machines[c] == nil {
		f.machines[c] = f.together(f.hostsOf[c])
	}
	return f.machines[c]
}

func noInstances(root *inventory.Resource) []inventory.Step {
	return []inventory.Step{{Name: "the instances of the cluster", Note: "are not in the input", At: root.Origin}}
}

// serviceScaling is the onus::Scaling of a task on EC2.
func (f *finder) serviceScaling(root *inventory.Resource, p placed, m *machines) Part {
	if p.viaProvider && len(p.providersWhy) > 0 {
		return Part{Unknown: true, Why: p.providersWhy}
	}
	managed, because := managedScaling(root, p.providers)
	if len(because) == 0 {
		because = p.because
	}
	group, policy := inventory.UnknownValue(root.Origin, m.missing...), inventory.UnknownValue(root.Origin, m.missing...)
	if len(m.missing) == 0 {
		group = inventory.BoolValue(m.first[hostRole[typeGroup]] != nil, root.Origin)
		policy = inventory.BoolValue(m.policy, root.Origin)
	}
	return derivedPart(root, typeScaling, []inventory.Property{
		{Name: "AutoScalingGroup", Value: group}, {Name: "ManagedScaling", Value: managed}, {Name: "Policy", Value: policy},
	}, because...)
}

// managedScaling tells whether ECS keeps the number of machines: every provider must have managed scaling enabled.
// A provider that does not say so counts as not having it.
func managedScaling(root *inventory.Resource, providers []*inventory.Resource) (inventory.Value, []Evidence) {
	value := inventory.BoolValue(false, root.Origin)
	var because []Evidence
	for i, p := range providers {
		status := at(p, "AutoScalingGroupProvider.ManagedScaling.Status")
		because = append(because, status)
		text, _ := status.Value.Text()
		switch {
		case status.Value.IsUnknown():
			value = inventory.UnknownValue(status.Value.Origin(), unknownSteps(status)...)
		case text != "ENABLED":
			return derivedBool(false, status.Value), because
		case i == 0:
			value = derivedBool(true, status.Value)
		}
	}
	return value, because
}
