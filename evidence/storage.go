package evidence

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// addStorage registers the facts about data, integration and edge services.
func addStorage(to map[string]derivation) {
	maps.Copy(to, map[string]derivation{
		"exposure":         {"onus::Exposure", (*Dossier).exposure},
		"grants":           {"onus::Grants", (*Dossier).grants},
		"backup":           {"onus::Backup", (*Dossier).backup},
		"connections":      {"onus::Connections", (*Dossier).connections},
		"attributes":       {"onus::LoadBalancerAttributes", (*Dossier).loadBalancerAttributes},
		"domainLogs":       {"onus::DomainLogs", (*Dossier).domainLogs},
		"registryScanning": {"onus::RegistryScanning", (*Dossier).registryScanning},
		"collectionAccess": {"onus::CollectionAccess", (*Dossier).collectionAccess},
		"recorder":         {"onus::Recorder", (*Dossier).recorder},
		"transportPolicy":  {"onus::TransportPolicy", (*Dossier).transportPolicy},
		"target":           {"onus::Target", (*Dossier).target},
		"rotation":         {"onus::Rotation", (*Dossier).rotation},
	})
}

// parameterGroup is a property that names a group of parameters, and the type of the group.
type parameterGroup struct{ property, typ string }

// transport is the parameter with which an engine refuses connections without TLS. on tells what it is where no group
// sets it, by the engine's line ("postgres 15"); it answers triUnknown where that is not known.
type transport struct {
	parameter string
	on        func(line string) tri
}

// connections derives onus::Connections of the workload's root: whether its engine refuses connections without TLS.
func (d *Dossier) connections() Part {
	root := d.root()
	if root == nil {
		return Part{}
	}
	if engine := root.Get("Engine"); engine.IsUnknown() {
		return Part{Value: inventory.UnknownValue(root.Origin, engine.Unresolved()...), Resources: []*inventory.Resource{root}, Why: engine.Unresolved()}
	}
	group, rule, line := d.transportOf(root)
	if rule == nil {
		return Part{}
	}
	named := root.Get(group.property)
	set, seen := d.parameter(root, named, group.typ, rule.parameter)
	because := workload.Evidence{Property: root.Type + "." + group.property, Value: named}
	var result tri
	var why []inventory.Step
	switch seen {
	case triUnknown:
		result, why = triUnknown, unresolved(named, group.typ)
		because.Value = inventory.UnknownValue(named.Origin(), why...)
	case triTrue:
		result, why = switchedOn(set), set.Unresolved()
		because = workload.Evidence{Property: group.typ + ".Parameters." + rule.parameter, Value: set}
	default:
		because = workload.Evidence{Property: group.typ + ".Parameters." + rule.parameter, Value: inventory.NullValue(root.Origin)}
		if result = rule.on(line); result == triUnknown {
			why = []inventory.Step{{Name: rule.parameter, Note: "is not set, and its default is not known", At: root.Origin}}
		}
	}
	value := fact(
		inventory.Property{Name: "Parameter", Value: inventory.StringValue(rule.parameter, root.Origin)},
		inventory.Property{Name: "TLSRequired", Value: result.value(root.Origin, why)},
	)
	return Part{Value: value, Because: []workload.Evidence{because}, Resources: []*inventory.Resource{root}}
}

// switchedOn reads the value of a parameter that is on or off.
func switchedOn(v inventory.Value) tri {
	text, ok := v.Text()
	switch {
	case !ok:
		return triUnknown
	case slices.Contains([]string{"1", "true", "on", "enabled", "fips-140-3", "tls1.2+", "tls1.3+"}, strings.ToLower(text)):
		return triTrue
	}
	return triFalse
}

// transportOf finds the groups and the parameter of a root.
func (d *Dossier) transportOf(root *inventory.Resource) (parameterGroup, *transport, string) {
	switch root.Type {
	case typeDBInstance:
		line, rule := d.databaseTransport(root)
		return parameterGroup{"DBParameterGroupName", "AWS::RDS::DBParameterGroup"}, rule, line
	case typeDBCluster:
		line, rule := d.databaseTransport(root)
		return parameterGroup{"DBClusterParameterGroupName", "AWS::RDS::DBClusterParameterGroup"}, rule, line
	case "AWS::DocDB::DBCluster":
		return parameterGroup{"DBClusterParameterGroupName", "AWS::DocDB::DBClusterParameterGroup"}, &transport{"tls", always}, ""
	case "AWS::Neptune::DBCluster":
		return parameterGroup{"DBClusterParameterGroupName", "AWS::Neptune::DBClusterParameterGroup"}, &transport{"neptune_enforce_ssl", always}, ""
	case "AWS::Redshift::Cluster":
		return parameterGroup{"ClusterParameterGroupName", "AWS::Redshift::ClusterParameterGroup"}, &transport{"require_ssl", notKnown}, ""
	}
	return parameterGroup{}, nil, ""
}

func always(string) tri   { return triTrue }
func never(string) tri    { return triFalse }
func notKnown(string) tri { return triUnknown }

// databaseTransport is the rule of an engine of RDS and the engine's line; nil for one whose connections are set up
// otherwise. The line is "?" for a version that is set and not known.
func (d *Dossier) databaseTransport(root *inventory.Resource) (string, *transport) {
	line, known := d.part("engine").Value.Get("Line").Text()
	name, _, _ := strings.Cut(line, " ")
	if name == "" {
		text, _ := root.Get("Engine").Text()
		name = strings.ToLower(text)
	}
	if !known && !root.Get("EngineVersion").IsNull() {
		line = "?"
	}
	switch {
	case name == "postgres":
		return line, &transport{"rds.force_ssl", from(15, triTrue)}
	case name == "aurora-postgresql":
		// AWS's pages say off; that of version 17 and later was not seen.
		return line, &transport{"rds.force_ssl", func(l string) tri {
			if from(17, triUnknown)(l) == triFalse {
				return triFalse
			}
			return triUnknown
		}}
	case name == "mysql":
		return line, &transport{"require_secure_transport", from(9, triFalse)}
	case name == "mariadb":
		return line, &transport{"require_secure_transport", from(11.8, triUnknown)}
	case name == "aurora-mysql", name == "aurora":
		return line, &transport{"require_secure_transport", never}
	case strings.HasPrefix(name, "sqlserver"):
		return line, &transport{"rds.force_ssl", never}
	}
	return line, nil
}

var lineVersion = regexp.MustCompile(` (\d+(?:\.\d+)?)$`)

// from is on from a version of the engine on. unset is the answer for a database that names no version, which gets the
// one that AWS takes then; a version that cannot be told leaves it open.
func from(first float64, unset tri) func(string) tri {
	return func(line string) tri {
		if line == "" {
			return unset
		}
		hit := lineVersion.FindStringSubmatch(line)
		if hit == nil {
			return triUnknown
		}
		n, err := strconv.ParseFloat(hit[1], 64)
		switch {
		case err != nil:
			return triUnknown
		case n >= first:
			return triTrue
		}
		return triFalse
	}
}

// parameter looks a parameter up in the group that a property names. seen is triTrue when the group sets it, triFalse
// when the default holds, triUnknown when the group is not in the input.
func (d *Dossier) parameter(root *inventory.Resource, named inventory.Value, typ, parameter string) (set inventory.Value, seen tri) {
	if named.IsNull() {
		return set, triFalse
	}
	var group *inventory.Resource
	if found := d.g.ix.FollowType(root, named, typ); len(found) == 1 {
		group = found[0]
	}
	if text, ok := named.Text(); ok && group == nil {
		if strings.HasPrefix(text, "default.") {
			return set, triFalse
		}
		group = d.g.byName(typ, root.Scope, text)
	}
	if group == nil {
		return set, triUnknown
	}
	list := group.Get("Parameters")
	if list.IsUnknown() {
		return set, triUnknown
	}
	for _, p := range list.Properties() {
		if p.Name == parameter {
			return p.Value, triTrue
		}
	}
	return parameterIn(list.List(), parameter)
}

// parameterIn looks through the list form: objects with a name and a value.
func parameterIn(list []inventory.Value, parameter string) (set inventory.Value, seen tri) {
	for _, p := range list {
		name, ok := p.Get("Name").Text()
		if !ok {
			name, ok = p.Get("ParameterName").Text()
		}
		switch {
		case !ok:
			seen = triUnknown
		case name == parameter:
			if set = p.Get("Value"); set.IsNull() {
				set = p.Get("ParameterValue")
			}
			return set, triTrue
		}
	}
	return set, seen
}

// lbAttributes are the attributes of a load balancer that checks read: the key that CloudFormation has for each, and the
// property that Terraform's argument becomes.
var lbAttributes = []struct{ name, key, property string }{
	{"AccessLogs", "access_logs.s3.enabled", "AccessLogs.Enabled"},
	{"DeletionProtection", "deletion_protection.enabled", "EnableDeletionProtection"},
	{"DesyncMode", "routing.http.desync_mitigation_mode", "DesyncMitigationMode"},
	{"DropInvalidHeaders", "routing.http.drop_invalid_header_fields.enabled", "DropInvalidHeaderFields"},
}

// loadBalancerAttributes derives onus::LoadBalancerAttributes: what the list of keys and values says, or the arguments
// of Terraform.
func (d *Dossier) loadBalancerAttributes() Part {
	lb := d.ofType("AWS::ElasticLoadBalancingV2::LoadBalancer")
	if lb == nil {
		return Part{}
	}
	list := lb.Get("LoadBalancerAttributes")
	var props []inventory.Property
	about := map[string][]workload.Evidence{}
	for _, a := range lbAttributes {
		v := list
		if !list.IsUnknown() {
			v = attribute(list, a.key)
		}
		if found := below(lb.Properties, a.property); v.IsNull() && len(found) > 0 {
			v = found[0]
		}
		if !v.IsNull() {
			props = append(props, inventory.Property{Name: a.name, Value: v})
		}
		about[a.name] = []workload.Evidence{{Property: lb.Type + "." + a.name, Value: v}}
	}
	return Part{Value: fact(props...), About: about, Resources: []*inventory.Resource{lb}}
}

func attribute(list inventory.Value, key string) inventory.Value {
	var open inventory.Value
	for _, item := range list.List() {
		name, ok := item.Get("Key").Text()
		switch {
		case !ok:
			open = inventory.UnknownValue(item.Origin(), item.Unresolved()...)
		case name == key:
			return item.Get("Value")
		}
	}
	return open
}

// domainLogs derives onus::DomainLogs: the kinds of log that an OpenSearch domain publishes, from CloudFormation's map
// or Terraform's blocks.
func (d *Dossier) domainLogs() Part {
	domain := d.ofType("AWS::OpenSearchService::Domain")
	if domain == nil {
		domain = d.ofType("AWS::Elasticsearch::Domain")
	}
	if domain == nil {
		return Part{}
	}
	options := domain.Get("LogPublishingOptions")
	var kinds []inventory.Value
	add := func(kind, enabled inventory.Value) {
		switch on, known := enabled.Bool(); {
		case known && !on:
		case enabled.IsNull() || known:
			kinds = append(kinds, kind)
		default:
			kinds = append(kinds, inventory.UnknownValue(enabled.Origin(), enabled.Unresolved()...))
		}
	}
	for _, p := range options.Properties() {
		add(inventory.StringValue(p.Name, p.Value.Origin()), p.Value.Get("Enabled"))
	}
	for _, item := range options.List() {
		add(item.Get("LogType"), item.Get("Enabled"))
	}
	if options.IsUnknown() {
		kinds = append(kinds, options)
	}
	because := []workload.Evidence{{Property: domain.Type + ".LogPublishingOptions", Value: options}}
	value := fact(inventory.Property{Name: "Kinds", Value: inventory.ListValue(kinds, domain.Origin)})
	return Part{Value: value, Because: because, Resources: []*inventory.Resource{domain}}
}

// registryScanning derives onus::RegistryScanning: how the account's registry scans, where the input configures it.
func (d *Dossier) registryScanning() Part {
	var found []*inventory.Resource
	for _, r := range d.g.ix.OfType("AWS::ECR::RegistryScanningConfiguration") {
		if !r.Lookup && r.Scope == d.Workload.Scope {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return Part{}
	}
	r := found[0]
	frequencies := []inventory.Value{}
	for _, v := range below(r.Properties, "Rules.ScanFrequency") {
		if !v.IsNull() {
			frequencies = append(frequencies, v)
		}
	}
	value := fact(
		inventory.Property{Name: "Frequencies", Value: inventory.ListValue(frequencies, r.Origin)},
		inventory.Property{Name: "ScanType", Value: r.Get("ScanType")},
	)
	return Part{Value: value, Resources: found, Because: []workload.Evidence{{Property: r.Type + ".ScanType", Value: r.Get("ScanType")}}}
}

// recorder derives onus::Recorder of a recorder of AWS Config: whether it is started. CloudFormation starts a recorder
// unless told otherwise, Terraform by a resource of its own.
func (d *Dossier) recorder() Part {
	r := d.ofType("AWS::Config::ConfigurationRecorder")
	if r == nil {
		return Part{}
	}
	on := r.Get("StartedOnCreate")
	because := []workload.Evidence{{Property: r.Type + ".StartedOnCreate", Value: on}}
	if on.IsNull() {
		on = inventory.BoolValue(true, r.Origin)
	}
	if strings.HasPrefix(r.SourceType, "aws_") {
		on = inventory.BoolValue(false, r.Origin)
		refs := d.g.referrersOf("AWS::Config::ConfigurationRecorderStatus", "Name")
		found := slices.Clone(refs.to[r])
		for _, name := range namesOf(r) {
			found = append(found, refs.texts[name]...)
		}
		for _, s := range found {
			on = s.Get("IsEnabled")
			because = append(because, workload.Evidence{Property: s.Type + ".IsEnabled", Value: on})
		}
	}
	return Part{Value: fact(inventory.Property{Name: "On", Value: on}), Because: because, Resources: []*inventory.Resource{r}}
}

// rotation derives onus::Rotation of a secret: Scheduled is true when a schedule of the input changes it.
func (d *Dossier) rotation() Part {
	secret := d.ofType("AWS::SecretsManager::Secret")
	if secret == nil {
		return Part{}
	}
	found := d.referredTo(secret, []parameterGroup{{"SecretId", "AWS::SecretsManager::RotationSchedule"}})
	value := fact(inventory.Property{Name: "Scheduled", Value: inventory.BoolValue(found, secret.Origin)})
	because := workload.Evidence{Property: "AWS::SecretsManager::RotationSchedule", Value: inventory.BoolValue(found, secret.Origin)}
	return Part{Value: value, Because: []workload.Evidence{because}, Resources: []*inventory.Resource{secret}}
}
