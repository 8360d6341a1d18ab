package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// placement is how something asks ECS to run a task: a service, a rule, a schedule. The properties keep their own
// names as evidence.
type placement struct {
	from                      *inventory.Resource
	task                      *inventory.Resource
	strategy, launch, cluster Evidence
	// notExternal is set when the placement uses something that external instances cannot have: awsvpc networking,
	// a load balancer, service discovery.
	notExternal bool
}

// placed is where a task runs, with the capacity providers that lead there.
type placed struct {
	verdict
	cluster   link
	providers []*inventory.Resource
	// viaProvider is set when a capacity provider strategy places the task; providersWhy says why the providers are
	// not all known.
	viaProvider  bool
	providersWhy []inventory.Step
}

// launchType is one way that ECS runs a task, with its hosting.
type launchType struct{ name, hosting string }

// launchTypes are the values of LaunchType and RequiresCompatibilities.
var launchTypes = []launchType{
	{"EC2", hostECS}, {"FARGATE", hostFargate}, {"MANAGED_INSTANCES", hostECSMI}, {"EXTERNAL", hostECSExt},
}

// strategyTypes are the ways a capacity provider strategy can lead to; customTypes those of a provider that has a
// name of its own.
var (
	strategyTypes = launchTypes[:3]
	customTypes   = []launchType{launchTypes[0], launchTypes[2]}
	authoredTypes = []launchType{launchTypes[0], launchTypes[1], launchTypes[3]}
)

// place decides by the capacity provider strategy first, then by the launch type, then by the default strategy of the
// cluster.
func (f *finder) place(p placement) placed {
	cluster := f.follow(p.from, p.cluster.Value, typeCluster)
	strategy, launch := p.strategy.Value, p.launch.Value
	var out placed
	launchText, _ := launch.Text()
	switch {
	case len(strategy.List()) > 0:
		out = f.byStrategy(p, p.strategy, p.from, strategy.List())
	case strategy.IsUnknown() && launchText != "MANAGED_INSTANCES" && launchText != "EXTERNAL":
		// A strategy, if there is one, goes before the launch type; only these two leave no room for one.
		why := "The capacity provider strategy decides, and it is unknown."
		out = placed{verdict: f.openTypes(p, why, strategyTypes, "CapacityProviderStrategy leads to ", p.strategy),
			viaProvider: true, providersWhy: unknownSteps(p.strategy)}
	case launch.IsUnknown():
		why := "LaunchType decides, and it is unknown."
		out = placed{verdict: f.openTypes(p, why, authoredTypes, "LaunchType is ", p.launch)}
	case launchText != "":
		out = placed{verdict: f.byLaunchType(p, launchText)}
	default:
		out = f.byCluster(p, cluster)
	}
	out.cluster = cluster
	return out
}

func (f *finder) byLaunchType(p placement, text string) verdict {
	for _, t := range launchTypes {
		if t.name == text {
			return decided(t.hosting, "LaunchType is "+text+", and no capacity provider strategy overrides it.", p.launch)
		}
	}
	return open("LaunchType has a value that ECS does not document.", nil, p.launch)
}

// providerKind is what one entry of a strategy leads to. hosting is empty when that is unknown, with the ways that are
// possible.
type providerKind struct {
	name     string
	hosting  string
	resource *inventory.Resource
	possible []launchType
	why      []inventory.Step
	because  Evidence
}

// byStrategy resolves each capacity provider of a strategy. from is the resource that holds the strategy.
func (f *finder) byStrategy(p placement, e Evidence, from *inventory.Resource, items []inventory.Value) placed {
	out := placed{viaProvider: true}
	var kinds []providerKind
	for _, item := range inUse(items) {
		k := f.kindOf(from, e.Property, item)
		kinds = append(kinds, k)
		if k.resource != nil {
			out.providers = append(out.providers, k.resource)
		}
		if k.hosting == "" {
			out.providersWhy = append(out.providersWhy, k.why...)
		}
		out.because = append(out.because, Evidence{e.Property + ".CapacityProvider", item.Get("CapacityProvider")})
		if k.because.Property != "" {
			out.because = append(out.because, k.because)
		}
	}
	out.verdict = f.joinKinds(p, kinds, out.because)
	return out
}

// inUse drops the entries that get no tasks: weight 0 and no base, when others are left.
func inUse(items []inventory.Value) []inventory.Value {
	out := slices.DeleteFunc(slices.Clone(items), func(item inventory.Value) bool {
		weight, ok := item.Get("Weight").Number()
		base, okBase := item.Get("Base").Number()
		noBase := item.Get("Base").IsNull() || okBase && base == 0
		return ok && weight == 0 && noBase
	})
	if len(out) == 0 {
		return items
	}
	return out
}

// kindOf resolves one entry of a strategy.
func (f *finder) kindOf(from *inventory.Resource, property string, item inventory.Value) providerKind {
	v := item.Get("CapacityProvider")
	name := v.Display()
	if text, ok := v.Text(); ok && (text == "FARGATE" || text == "FARGATE_SPOT") {
		return providerKind{name: name, hosting: hostFargate}
	}
	l := f.follow(from, v, typeCapacityProvider)
	if r := l.one(); r != nil {
		return f.resourceKind(r)
	}
	k := providerKind{name: name, possible: strategyTypes, why: l.why}
	if len(k.why) == 0 {
		k.why = unknownSteps(Evidence{property + ".CapacityProvider", v})
	}
	if _, ok := v.Text(); ok || len(l.all) > 0 {
		k.possible = customTypes
	}
	return f.agreeing(l, k)
}

// agreeing settles an entry that may mean one of several providers, when all of them are of one kind.
func (f *finder) agreeing(l link, k providerKind) providerKind {
	if len(l.all) < 2 || len(l.why) == 0 || l.all[0].Lookup {
		return k
	}
	first := f.resourceKind(l.all[0])
	for _, r := range l.all[1:] {
		if !r.Lookup && f.resourceKind(r).hosting != first.hosting {
			return k
		}
	}
	k.hosting, k.because = first.hosting, first.because
	return k
}

// resourceKind tells what a declared capacity provider is made of.
func (f *finder) resourceKind(r *inventory.Resource) providerKind {
	k := providerKind{name: r.Address, resource: r, possible: customTypes}
	group, managed := at(r, "AutoScalingGroupProvider"), at(r, "ManagedInstancesProvider")
	isGroup, maybeGroup := f.given(r, group.Value)
	isManaged, maybeManaged := f.given(r, managed.Value)
	switch {
	case isGroup && !isManaged && !maybeManaged:
		k.hosting, k.because = hostECS, at(r, "AutoScalingGroupProvider.AutoScalingGroupArn")
	case isManaged && !isGroup && !maybeGroup:
		k.hosting, k.because = hostECSMI, Evidence{managed.Property, derivedString("is set", managed.Value)}
	case maybeGroup || maybeManaged:
		k.why = append(unknownSteps(group), unknownSteps(managed)...)
	default:
		k.why = []inventory.Step{{Name: r.Address, Note: "does not say what it is made of", At: r.Origin}}
	}
	return k
}

// joinKinds is the verdict over all entries of a strategy.
func (f *finder) joinKinds(p placement, kinds []providerKind, because []Evidence) verdict {
	unknown := slices.ContainsFunc(kinds, func(k providerKind) bool { return k.hosting == "" })
	if !unknown {
		var all []Candidate
		for _, k := range kinds {
			all = append(all, Candidate{k.hosting, "the capacity provider " + k.name + " places the task"})
		}
		v := open("The capacity provider strategy places the task on more than one kind of host.", all, because...)
		if v.hosting != UnknownHosting {
			v.why = "The capacity provider strategy places the tasks (" + kinds[0].name + ")."
		}
		return v
	}
	var all []Candidate
	for _, k := range kinds {
		if k.hosting != "" {
			all = append(all, Candidate{k.hosting, "the capacity provider " + k.name + " places the task"})
			continue
		}
		when := "the capacity provider " + k.name + " leads to "
		if len(k.why) > 0 {
			when = "the capacity provider of " + k.why[0].Name + " leads to "
		}
		all = append(all, candidates(f.possible(p, k.possible), when)...)
	}
	v := open("The capacity provider decides, and it could not be read.", all, because...)
	return f.byCompatibility(p, v, "The capacity provider could not be read")
}

// byCompatibility explains a verdict that only the task definition's compatibilities narrowed to one hosting.
func (f *finder) byCompatibility(p placement, v verdict, reason string) verdict {
	if v.hosting == UnknownHosting || p.task == nil {
		return v
	}
	v.why = reason + "; the task definition is compatible with this one way of running only."
	v.because = append(v.because, at(p.task, "RequiresCompatibilities"))
	if mode := at(p.task, "NetworkMode"); !mode.Value.IsNull() {
		v.because = append(v.because, mode)
	}
	return v
}

// openTypes is the verdict when one of several launch types is possible, narrowed by the task definition.
func (f *finder) openTypes(p placement, why string, types []launchType, when string, because ...Evidence) verdict {
	v := open(why, candidates(f.possible(p, types), when), because...)
	return f.byCompatibility(p, v, strings.TrimSuffix(why, "."))
}

// candidates names the hosting of each launch type with its condition.
func candidates(types []launchType, when string) []Candidate {
	out := make([]Candidate, 0, len(types))
	for _, t := range types {
		out = append(out, Candidate{Hosting: t.hosting, When: when + t.name})
	}
	return out
}

// byCluster decides by the cluster's default strategy; a cluster that is not seen may have any.
func (f *finder) byCluster(p placement, cluster link) placed {
	controller := at(p.from, "DeploymentController.Type")
	if text, _ := controller.Value.Text(); text == "EXTERNAL" {
		v := f.openTypes(p, "An external deployment controller decides with each task set.", strategyTypes,
			"the task set is run with launch type ", controller)
		return placed{verdict: v, providersWhy: unknownSteps(controller)}
	}
	c := cluster.one()
	if c == nil || c.Lookup {
		return f.unseenCluster(p, cluster)
	}
	holders := append([]*inventory.Resource{c}, f.associationsOf[c]...)
	for _, h := range holders {
		e := at(h, "DefaultCapacityProviderStrategy")
		switch {
		case e.Value.IsUnknown():
			v := f.openTypes(p, "The cluster's default capacity provider strategy decides, and it is unknown.",
				strategyTypes, "DefaultCapacityProviderStrategy leads to ", e)
			return placed{verdict: v, viaProvider: true, providersWhy: unknownSteps(e)}
		case len(e.Value.List()) > 0 && len(h.MaybeAbsent) > 0 && h != c:
			v := f.openTypes(p, "The cluster's default capacity provider strategy decides, and may be absent.",
				strategyTypes, "the cluster's default leads to ", e)
			return placed{verdict: v, viaProvider: true, providersWhy: h.MaybeAbsent}
		case len(e.Value.List()) > 0:
			out := f.byStrategy(p, e, h, e.Value.List())
			if out.hosting != UnknownHosting {
				out.why = "The service names neither launch type nor strategy; the cluster's default strategy places it."
			}
			return out
		}
	}
	return placed{verdict: f.launchTypeDefault(p, c)}
}

// launchTypeDefault is ECS's default, EC2, unless the task definition excludes it.
func (f *finder) launchTypeDefault(p placement, cluster *inventory.Resource) verdict {
	because := []Evidence{p.launch, p.strategy, at(cluster, "DefaultCapacityProviderStrategy")}
	if only := compatibilities(p.task); len(only) > 0 && !slices.Contains(only, launchTypes[0]) {
		all := append([]launchType{launchTypes[0]}, only...)
		return open("Neither launch type nor strategy is set and ECS's default is EC2, but the task definition does not "+
			"allow EC2.", candidates(all, "the task is run with launch type "), append(because, at(p.task, "RequiresCompatibilities"))...)
	}
	return decided(hostECS, "Neither launch type nor strategy is set, here or on the cluster: ECS's default launch type is EC2.", because...)
}

func (f *finder) unseenCluster(p placement, cluster link) placed {
	var all []Candidate
	for _, t := range f.possible(p, strategyTypes) {
		when := "the cluster's default capacity provider strategy leads to " + t.name
		if t.hosting == hostECS {
			when = "the cluster has no default capacity provider strategy, or one that leads to EC2"
		}
		all = append(all, Candidate{t.hosting, when})
	}
	v := open("Neither launch type nor strategy is set, and the cluster, whose default strategy decides, is not in the input.",
		all, p.launch, p.strategy, p.cluster)
	why := cluster.why
	if len(why) == 0 {
		why = []inventory.Step{{Name: "the cluster", Note: "is not in the input", At: p.from.Origin}}
	}
	v = f.byCompatibility(p, v, "Neither launch type nor strategy is set and the cluster is not in the input")
	return placed{verdict: v, viaProvider: true, providersWhy: why}
}

// compatibilities are the launch types that a task definition names; nil when it is not known or names none.
func compatibilities(task *inventory.Resource) []launchType {
	if task == nil {
		return nil
	}
	v := task.Get("RequiresCompatibilities")
	if v.ContainsUnknown() {
		return nil
	}
	var out []launchType
	for _, item := range members(v) {
		text, _ := item.Text()
		for _, t := range launchTypes {
			if t.name == text && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// possible narrows launch types by what the task definition and the placement allow; all of them when nothing would
// be left.
func (f *finder) possible(p placement, types []launchType) []launchType {
	compat := compatibilities(p.task)
	mode := networkMode(p.task)
	out := slices.DeleteFunc(slices.Clone(types), func(t launchType) bool {
		switch t.hosting {
		case hostFargate:
			if mode != "" && mode != "awsvpc" && !slices.Contains(compat, t) {
				return true
			}
		case hostECSExt:
			if p.notExternal || mode == "awsvpc" {
				return true
			}
		case hostECSMI:
			if len(compat) > 1 && slices.Contains(compat, launchTypes[0]) {
				return false
			}
		}
		return len(compat) > 0 && !slices.Contains(compat, t)
	})
	if len(out) == 0 {
		return types
	}
	return out
}

// networkMode is the network mode that a task definition names; empty when it names none or it is not known.
func networkMode(task *inventory.Resource) string {
	if task == nil {
		return ""
	}
	mode, _ := task.Get("NetworkMode").Text()
	return mode
}
