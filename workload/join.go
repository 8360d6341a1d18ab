package workload

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
)

// The types that discovery joins, in CloudFormation's vocabulary.
const (
	typeInstance           = "AWS::EC2::Instance"
	typeGroup              = "AWS::AutoScaling::AutoScalingGroup"
	typeSpotFleet          = "AWS::EC2::SpotFleet"
	typeFleet              = "AWS::EC2::EC2Fleet"
	typeLaunchTemplate     = "AWS::EC2::LaunchTemplate"
	typeLaunchConfig       = "AWS::AutoScaling::LaunchConfiguration"
	typeScalingPolicy      = "AWS::AutoScaling::ScalingPolicy"
	typeInstanceProfile    = "AWS::IAM::InstanceProfile"
	typeRole               = "AWS::IAM::Role"
	typeService            = "AWS::ECS::Service"
	typeExpressService     = "AWS::ECS::ExpressGatewayService"
	typeTaskSet            = "AWS::ECS::TaskSet"
	typeTaskDefinition     = "AWS::ECS::TaskDefinition"
	typeCluster            = "AWS::ECS::Cluster"
	typeCapacityProvider   = "AWS::ECS::CapacityProvider"
	typeProviderLink       = "AWS::ECS::ClusterCapacityProviderAssociations"
	typeNodeGroup          = "AWS::EKS::Nodegroup"
	typeFargateProfile     = "AWS::EKS::FargateProfile"
	typeKubeCluster        = "AWS::EKS::Cluster"
	typeFunction           = "AWS::Lambda::Function"
	typeVersion            = "AWS::Lambda::Version"
	typeAlias              = "AWS::Lambda::Alias"
	typeRuntimeConfig      = "AWS::Lambda::RuntimeManagementConfig"
	typeDistribution       = "AWS::CloudFront::Distribution"
	typeComputeEnvironment = "AWS::Batch::ComputeEnvironment"
	typeJobDefinition      = "AWS::Batch::JobDefinition"
	typeRule               = "AWS::Events::Rule"
	typeSchedule           = "AWS::Scheduler::Schedule"
)

// nameProperty is the property that names a resource of a type to others: what a literal reference says.
var nameProperty = map[string]string{
	typeCluster:                          "ClusterName",
	typeCapacityProvider:                 "Name",
	typeTaskDefinition:                   "Family",
	typeGroup:                            "AutoScalingGroupName",
	typeLaunchTemplate:                   "LaunchTemplateName",
	typeLaunchConfig:                     "LaunchConfigurationName",
	typeInstanceProfile:                  "InstanceProfileName",
	typeRole:                             "RoleName",
	typeKubeCluster:                      "Name",
	typeFunction:                         "FunctionName",
	typeComputeEnvironment:               "ComputeEnvironmentName",
	typeSSM:                              "Name",
	typeBucket:                           "BucketName",
	typeRepository:                       "RepositoryName",
	typeDomain:                           "DomainName",
	typeOldDomain:                        "DomainName",
	typeQueue:                            "QueueName",
	typeTopic:                            "TopicName",
	"AWS::RDS::DBCluster":                "DBClusterIdentifier",
	"AWS::RDS::DBInstance":               "DBInstanceIdentifier",
	"AWS::Neptune::DBCluster":            "DBClusterIdentifier",
	"AWS::DocDB::DBCluster":              "DBClusterIdentifier",
	"AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
	typeBeanstalkTemplate:                "Name",
	typeEndpointConfig:                   "EndpointConfigName",
	typeModel:                            "ModelName",
	typeBuildFleet:                       "Name",
	typeEngineVersion:                    "EngineVersion",
}

// finder holds the join indexes of one inventory. They are built once, so that a workload is found without a scan.
type finder struct {
	ix     *inventory.Index
	opts   Options
	unread map[string]map[string]inventory.Unread
	// names finds declared resources by type and name, over all scopes.
	names map[string]map[string][]*inventory.Resource
	// scopes finds declared resources by type and scope.
	scopes map[string]map[string][]*inventory.Resource

	// ECS: the capacity providers of a group, the associations of a cluster, the policies of a group.
	providersOf    map[*inventory.Resource][]*inventory.Resource
	associationsOf map[*inventory.Resource][]*inventory.Resource
	clusterOf      map[*inventory.Resource]*inventory.Resource
	policiesOf     map[*inventory.Resource]bool
	taskSetsOf     map[*inventory.Resource][]*inventory.Resource
	usedTasks      map[*inventory.Resource]bool
	runsOf         map[*inventory.Resource][]placement

	// layersOf are the resources that are laid over another, views the results; attached are parts by root and role.
	layersOf map[*inventory.Resource][]layer
	views    map[*inventory.Resource]*inventory.Resource
	attached map[*inventory.Resource]map[string]Part
	// instancesOf are the database instances of a cluster, permissionsOf the resource policies of a function.
	instancesOf   map[*inventory.Resource][]layer
	permissionsOf map[*inventory.Resource][]layer
	// updaters are, by scope, the signs of what updates Bottlerocket hosts by itself.
	updaters map[string]Evidence

	hosts    map[*inventory.Resource]*host
	hostsOf  map[*inventory.Resource][]*host
	apiPorts map[string]bool
	texts    map[string]markers

	kubeCompute map[*inventory.Resource]bool
	addonsOf    map[*inventory.Resource][]*inventory.Resource
	pods        *podIndex
	batchEnvs   map[string][]environments
	// machines remembers what a cluster's hosts launch, because many services share a cluster.
	machines map[*inventory.Resource]*machines

	edge       map[*inventory.Resource]Evidence
	aliasesOf  map[*inventory.Resource][]*inventory.Resource
	runtimesOf map[*inventory.Resource][]*inventory.Resource
	// strayRuntimes are, by scope, the runtime configurations whose function an unknown name hides: any beside them.
	strayRuntimes map[string][]*inventory.Resource
}

func newFinder(ix *inventory.Index, inv *inventory.Inventory, opts Options) *finder {
	f := &finder{ix: ix, opts: opts, texts: map[string]markers{}, machines: map[*inventory.Resource]*machines{}}
	f.indexUnread(inv.Unread)
	f.indexNames()
	f.indexScopes()
	f.indexOverlays()
	f.indexAttachments()
	f.instancesOf = f.indexLayers(databaseInstances)
	f.permissionsOf = f.indexLayers(map[string]owner{typePermission: {typeFunction, "FunctionName"}})
	f.indexUpdaters()
	f.indexECS()
	f.indexLambda()
	f.indexHosts()
	f.indexKubernetes()
	f.indexAddons()
	f.indexBatch()
	f.indexPods(inv)
	return f
}

func (f *finder) indexUnread(unread []inventory.Unread) {
	f.unread = map[string]map[string]inventory.Unread{}
	for _, u := range unread {
		if f.unread[u.Scope] == nil {
			f.unread[u.Scope] = map[string]inventory.Unread{}
		}
		f.unread[u.Scope][u.Address] = u
		f.unread[u.Scope][inventory.WithoutKey(u.Address)] = u
	}
}

func (f *finder) indexNames() {
	f.names = map[string]map[string][]*inventory.Resource{}
	for typ, property := range nameProperty {
		byName := map[string][]*inventory.Resource{}
		for _, r := range f.ix.OfType(typ) {
			if name, ok := r.Get(property).Text(); ok && name != "" && !r.Lookup {
				byName[name] = append(byName[name], r)
			}
		}
		f.names[typ] = byName
	}
}

func (f *finder) indexScopes() {
	f.scopes = map[string]map[string][]*inventory.Resource{}
	for _, typ := range []string{typeCluster, typeKubeCluster, typeComputeEnvironment} {
		f.scopes[typ] = map[string][]*inventory.Resource{}
		for _, r := range f.ix.OfType(typ) {
			if !r.Lookup {
				f.scopes[typ][r.Scope] = append(f.scopes[typ][r.Scope], r)
			}
		}
	}
}

// onlyIn returns the only declared resource of a type in a scope, or nil.
func (f *finder) onlyIn(scope, typ string) *inventory.Resource {
	if all := f.scopes[typ][scope]; len(all) == 1 {
		return all[0]
	}
	return nil
}

// link is what a property refers to.
type link struct {
	// set is false when the property is not set.
	set bool
	// all are the resources that it may mean, declared ones before lookups.
	all []*inventory.Resource
	// sure is true when it means all[0] and nothing else.
	sure bool
	// why says what is missing when it is set and not sure.
	why []inventory.Step
}

// one returns the resource that the link surely means, or nil.
func (l link) one() *inventory.Resource {
	if l.sure {
		return l.all[0]
	}
	return nil
}

// part gives the linked resource as a part: itself, absent, or unknown with the reason.
func (l link) part() Part {
	switch {
	case !l.set:
		return Part{}
	case l.sure:
		return Part{Resource: l.all[0]}
	}
	return Part{Unknown: true, Why: l.why}
}

// follow finds the resource of a type that a value of from refers to: by reference within the scope, then by literal
// name or ARN, within the scope and, when the value is a plain literal, across scopes.
func (f *finder) follow(from *inventory.Resource, v inventory.Value, typ string) link {
	if v.IsNull() {
		return link{}
	}
	l := link{set: true, all: f.declaredFirst(f.ix.FollowType(from, v, typ))}
	if len(l.all) == 0 {
		l.all = f.viaAssociation(from, v, typ)
	}
	if len(l.all) == 0 {
		l.all = f.named(from.Scope, v, typ)
	}
	l.why = f.undecided(from, v, len(l.all) > 0)
	l.sure = len(l.all) > 0 && len(l.why) == 0 && (len(l.all) == 1 || l.all[1].Lookup)
	if !l.sure && len(l.why) == 0 {
		l.why = []inventory.Step{{Name: describe(v, typ), Note: "could be one of several resources", At: v.Origin()}}
	}
	return l
}

// declaredFirst puts declared resources before lookups, and replaces a lookup by what it looks up when that is
// declared in the input.
func (f *finder) declaredFirst(rs []*inventory.Resource) []*inventory.Resource {
	var declared, looked []*inventory.Resource
	for _, r := range rs {
		if !r.Lookup {
			declared = append(declared, r)
			continue
		}
		hits := f.ix.FollowType(r, r.Properties, r.Type)
		if name := r.Get(nameProperty[r.Type]); len(hits) == 0 && !name.IsNull() {
			hits = f.named(r.Scope, name, r.Type)
		}
		hits = slices.DeleteFunc(slices.Clone(hits), func(h *inventory.Resource) bool { return h.Lookup })
		if len(hits) == 1 {
			declared = append(declared, hits[0])
			continue
		}
		looked = append(looked, r)
	}
	slices.SortStableFunc(declared, func(a, b *inventory.Resource) int { return strings.Compare(a.Address, b.Address) })
	return append(slices.Compact(declared), looked...)
}

// viaAssociation follows a reference to an association or version one step on, to what that belongs to: code often
// writes aws_ecs_cluster_capacity_providers.this.cluster_name for the cluster.
func (f *finder) viaAssociation(from *inventory.Resource, v inventory.Value, typ string) []*inventory.Resource {
	through := map[string][2]string{
		typeCluster:  {typeProviderLink, "Cluster"},
		typeFunction: {typeVersion, "FunctionName"},
	}
	hop, ok := through[typ]
	if !ok {
		return nil
	}
	var out []*inventory.Resource
	for _, r := range f.ix.FollowType(from, v, hop[0]) {
		if to := f.follow(r, r.Get(hop[1]), typ).one(); to != nil && !slices.Contains(out, to) {
			out = append(out, to)
		}
	}
	return out
}

// named finds resources by the literal name in v.
func (f *finder) named(scope string, v inventory.Value, typ string) []*inventory.Resource {
	text, ok := v.Text()
	if !ok || text == "" {
		return nil
	}
	all := f.names[typ][nameIn(typ, text)]
	var here []*inventory.Resource
	for _, r := range all {
		if r.Scope == scope {
			here = append(here, r)
		}
	}
	if len(here) > 0 || len(v.Refs()) > 0 {
		return here
	}
	return all
}

// nameIn takes the resource name out of a literal reference: the last segment of an ARN, a family without its
// revision, a function without its qualifier.
func nameIn(typ, text string) string {
	arn := strings.HasPrefix(text, "arn:")
	if arn {
		if parts := strings.SplitN(text, ":", 6); len(parts) == 6 {
			text = parts[5]
		}
	}
	switch typ {
	case typeTaskDefinition:
		text = text[strings.LastIndex(text, "/")+1:]
		text, _, _ = strings.Cut(text, ":")
		return text
	case typeFunction:
		text = strings.TrimPrefix(text, "function:")
		text, _, _ = strings.Cut(text, ":")
		return text
	}
	if arn {
		text = text[strings.LastIndexAny(text, "/:")+1:]
	}
	return text
}

// undecided says what keeps a reference from being certain. A step that only says that the referred attribute is
// known after apply does not count when the resource itself was found.
func (f *finder) undecided(from *inventory.Resource, v inventory.Value, found bool) []inventory.Step {
	if !v.IsUnknown() && found {
		return nil
	}
	var out []inventory.Step
	for _, ref := range v.Refs() {
		if u, ok := f.unreadAt(from.Scope, ref.Address); ok {
			out = append(out, unreadStep(u))
		}
	}
	out = append(out, f.openSteps(from, v)...)
	if len(out) > 0 || found {
		return out
	}
	if text, ok := v.Text(); ok {
		return []inventory.Step{{Name: quoted(v, text), Note: "is not in the input", At: v.Origin()}}
	}
	for _, ref := range v.AllRefs() {
		out = append(out, inventory.Step{Name: ref.Address, Note: "is not in the input", At: v.Origin()})
	}
	if len(out) == 0 {
		out = append(out, inventory.Step{Name: "its value", Note: "is unknown", At: v.Origin()})
	}
	return out
}

func quoted(v inventory.Value, text string) string {
	if v.Sensitive() {
		return "(sensitive)"
	}
	return `"` + text + `"`
}

// openSteps are the unresolved steps of v that its references do not explain: an unset variable that chooses between
// resources, not an attribute known after apply, and not a variable in the name of the resource referred to.
func (f *finder) openSteps(from *inventory.Resource, v inventory.Value) []inventory.Step {
	if len(v.Unresolved()) == 0 {
		return nil
	}
	var inNames []inventory.Step
	for _, ref := range v.Refs() {
		for _, r := range f.ix.At(from.Scope, ref.Address) {
			inNames = append(inNames, r.Get(nameProperty[r.Type]).Unresolved()...)
		}
	}
	var out []inventory.Step
	for _, s := range v.Unresolved() {
		explained := slices.Contains(inNames, s) || slices.ContainsFunc(v.Refs(), func(r inventory.Ref) bool {
			return strings.HasPrefix(s.Name, inventory.WithoutKey(r.Address))
		})
		if !explained {
			out = append(out, s)
		}
	}
	return out
}

// unreadAt finds the unread part that an address lies in.
func (f *finder) unreadAt(scope, address string) (inventory.Unread, bool) {
	known := f.unread[scope]
	for at := address; len(known) > 0 && at != ""; {
		if u, ok := known[at]; ok {
			return u, true
		}
		if u, ok := known[inventory.WithoutKey(at)]; ok {
			return u, true
		}
		at = at[:max(strings.LastIndexAny(at, "./"), 0)]
	}
	return inventory.Unread{}, false
}

func unreadStep(u inventory.Unread) inventory.Step {
	note := "could not be read"
	if u.Source != "" {
		note += ` (source "` + u.Source + `")`
	}
	return inventory.Step{Name: u.Address, Note: note, At: u.Origin}
}

func describe(v inventory.Value, typ string) string {
	if refs := v.AllRefs(); len(refs) > 0 {
		return refs[0].Address
	}
	return typ + " " + v.Display()
}

// at returns a property of r as evidence. A property that is not set takes the place of the resource.
func at(r *inventory.Resource, path string) Evidence {
	return evidence(r, r.Type+"."+path, r.Get(path))
}

// evidence is a value below r under a property name of the caller's.
func evidence(r *inventory.Resource, property string, v inventory.Value) Evidence {
	if v.IsNull() && v.Origin() == (diag.Range{}) {
		v = inventory.NullValue(r.Origin)
	}
	return Evidence{Property: property, Value: v}
}

// given reports whether a value of from is certainly set: known and not null or empty, or an unknown that can only be
// an attribute of a resource. maybe is true when an unknown value may yet turn out to be null.
func (f *finder) given(from *inventory.Resource, v inventory.Value) (is, maybe bool) {
	switch {
	case v.IsNull():
		return false, false
	case v.IsUnknown():
		certain := len(v.Refs()) > 0 && len(f.openSteps(from, v)) == 0
		return certain, !certain
	case v.Kind() == inventory.List:
		return len(v.List()) > 0, false
	case v.Kind() == inventory.Map:
		return len(v.Properties()) > 0, false
	}
	text, _ := v.Text()
	return text != "", false
}
