package observed

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Relation is what an API says a resource is related to.
type Relation struct{ Type, ID, Name string }

// Relations holds what is said of each resource; nil when nothing is.
type Relations map[*inventory.Resource][]Relation

// Forms are the forms of the roots whose resources are observed ones.
var forms = []string{"config", "cloudcontrol", "ecs"}

// Link joins the observed resources of an inventory: each ARN is one resource, the one seen last; a property that is the
// ARN or identifier of another resource of the same account and region refers to it; a machine that a group of the input
// launched is a lookup, no resource of its own. Other resources are not touched. It may be called again after a merge.
func Link(inv *inventory.Inventory, related Relations) {
	paths := map[string]bool{}
	for _, root := range inv.Roots {
		if slices.Contains(forms, root.Form) {
			paths[root.Path] = true
		}
	}
	l := &linker{related: related, byAddress: map[key]*inventory.Resource{}, byName: map[key][]*inventory.Resource{}, byID: map[key][]*inventory.Resource{}}
	var rs []*inventory.Resource
	for _, r := range inv.Resources {
		if paths[r.Origin.Path] {
			rs = append(rs, r)
		}
	}
	dropped := l.once(rs)
	inv.Resources = slices.DeleteFunc(inv.Resources, func(r *inventory.Resource) bool { return dropped[r] })
	rs = slices.DeleteFunc(rs, func(r *inventory.Resource) bool { return dropped[r] })
	for _, r := range rs {
		l.index(r)
	}
	for _, r := range rs {
		if v, changed := l.value(r, "", r.Properties); changed {
			r.Properties = v
		}
		r.Lookup = r.Lookup || l.launched(r)
	}
}

// key is a name within a scope, of a type where that matters.
type key struct{ scope, typ, name string }

type linker struct {
	related   Relations
	byAddress map[key]*inventory.Resource
	byName    map[key][]*inventory.Resource
	byID      map[key][]*inventory.Resource
}

// once finds the resources that another stands for: the same ARN seen again. Of two without an ARN and an account, only
// those that do not contradict each other are one.
func (l *linker) once(rs []*inventory.Resource) (dropped map[*inventory.Resource]bool) {
	dropped = map[*inventory.Resource]bool{}
	for _, r := range rs {
		k := key{scope: r.Scope, name: r.Address}
		other := l.byAddress[k]
		if other != nil && r.Scope == "" && contradict(r, other) {
			r.Address += " (" + r.Origin.Path + ")"
			k.name, other = r.Address, l.byAddress[key{name: r.Address}]
		}
		switch {
		case other == nil:
			l.byAddress[k] = r
		case later(r, other):
			dropped[other] = true
			l.byAddress[k] = r
		default:
			dropped[r] = true
		}
	}
	return dropped
}

// later reports whether a replaces b: seen later, or seen at the same time and in more detail.
func later(a, b *inventory.Resource) bool {
	return cmp.Or(strings.Compare(capturedOf(a), capturedOf(b)), cmp.Compare(knownIn(a), knownIn(b)), strings.Compare(b.Origin.Path, a.Origin.Path)) > 0
}

func knownIn(r *inventory.Resource) int {
	n := 0
	for _, p := range r.Properties.Properties() {
		if !p.Value.IsUnknown() {
			n++
		}
	}
	return n
}

// contradict reports whether two resources differ in a property that both have.
func contradict(a, b *inventory.Resource) bool {
	for _, p := range a.Properties.Properties() {
		other := b.Get(p.Name)
		if other.IsNull() || other.IsUnknown() || p.Value.IsUnknown() {
			continue
		}
		if p.Value.Kind() != other.Kind() || p.Value.Display() != other.Display() {
			return true
		}
	}
	return false
}

// index notes what a resource is called: by its identifier, whatever the type, and by its names, for its type.
func (l *linker) index(r *inventory.Resource) {
	ids := []string{lastOf(r.Address), r.Address[strings.LastIndexByte(r.Address, '/')+1:], r.Name}
	if _, id, ok := strings.Cut(r.Address, "/"); ok && !strings.HasPrefix(r.Address, "arn:") {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if id == "" {
			continue
		}
		k := key{r.Scope, r.Type, id}
		l.byName[k] = append(l.byName[k], r)
		if distinctive(id) {
			k.typ = ""
			l.byID[k] = append(l.byID[k], r)
		}
	}
}

// distinctive reports whether a text is an identifier that AWS makes, such as sg-0123abcd: letters, a dash, and at
// least eight hexadecimal digits.
func distinctive(s string) bool {
	i := strings.LastIndexByte(s, '-')
	if i < 1 || len(s)-i-1 < 8 {
		return false
	}
	for _, c := range s[i+1:] {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return strings.Trim(s[:i], "abcdefghijklmnopqrstuvwxyz-") == ""
}

// value adds references to a value and to what is inside it.
func (l *linker) value(r *inventory.Resource, name string, v inventory.Value) (inventory.Value, bool) {
	switch v.Kind() {
	case inventory.String:
		return l.text(r, name, v)
	case inventory.List:
		items, changed := slices.Clone(v.List()), false
		for i, item := range items {
			if w, ok := l.value(r, name, item); ok {
				items[i], changed = w, true
			}
		}
		if changed {
			return inventory.ListValue(items, v.Origin()).WithMeta(v.Meta()), true
		}
	case inventory.Map:
		props, changed := slices.Clone(v.Properties()), false
		for i, p := range props {
			if w, ok := l.value(r, p.Name, p.Value); ok && name != "Tags" {
				props[i].Value, changed = w, true
			}
		}
		if changed {
			return inventory.MapValue(props, v.Origin()).WithMeta(v.Meta()), true
		}
	}
	return v, false
}

func (l *linker) text(r *inventory.Resource, name string, v inventory.Value) (inventory.Value, bool) {
	text, _ := v.Text()
	to := l.find(r, name, text)
	if to == nil || to == r {
		return v, false
	}
	m := inventory.Meta{}
	if old := v.Meta(); old != nil {
		m = *old
	}
	ref := inventory.Ref{Address: to.Address}
	if slices.Contains(m.Refs, ref) {
		return v, false
	}
	m.Refs = append(slices.Clone(m.Refs), ref)
	return v.WithMeta(&m), true
}

// find returns the one resource that a text means, nil when none or several do.
func (l *linker) find(r *inventory.Resource, name, text string) *inventory.Resource {
	if to := l.byAddress[key{scope: r.Scope, name: text}]; to != nil {
		return to
	}
	if distinctive(text) {
		return only(l.byID[key{r.Scope, "", text}])
	}
	for _, rel := range l.related[r] {
		if text != "" && (text == rel.ID || text == rel.Name) {
			return only(l.byName[key{r.Scope, rel.Type, text}])
		}
	}
	if typ := named(r.Type, name); typ != "" && typ != r.Type {
		return only(l.byName[key{r.Scope, typ, text}])
	}
	return nil
}

func only(rs []*inventory.Resource) *inventory.Resource {
	if len(rs) != 1 {
		return nil
	}
	return rs[0]
}

// named gives the type of what a property names, where its value is a name and no ARN.
func named(typ, property string) string {
	const ecs, eks = "AWS::ECS::", "AWS::EKS::"
	switch {
	case property == "CapacityProvider", property == "CapacityProviders":
		return "AWS::ECS::CapacityProvider"
	case property == "TaskDefinition":
		return "AWS::ECS::TaskDefinition"
	case strings.HasPrefix(typ, ecs) && (property == "Cluster" || property == "ClusterName"):
		return "AWS::ECS::Cluster"
	case strings.HasPrefix(typ, eks) && property == "ClusterName":
		return "AWS::EKS::Cluster"
	}
	return map[string]string{
		"AutoScalingGroupName":    "AWS::AutoScaling::AutoScalingGroup",
		"LaunchConfigurationName": "AWS::AutoScaling::LaunchConfiguration",
		"LaunchTemplateName":      "AWS::EC2::LaunchTemplate",
		"FunctionName":            "AWS::Lambda::Function",
		"DBClusterIdentifier":     "AWS::RDS::DBCluster",
		"DBSubnetGroupName":       "AWS::RDS::DBSubnetGroup",
		"ReplicationGroupId":      "AWS::ElastiCache::ReplicationGroup",
		"RestApiId":               "AWS::ApiGateway::RestApi",
		"ApiId":                   "AWS::ApiGatewayV2::Api",
		"TableName":               "AWS::DynamoDB::Table",
	}[property]
}

// launchers are the tags by which AWS marks what a group or service launched, with the type of the launcher.
var launchers = []struct{ tag, typ string }{
	{"aws:autoscaling:groupName", "AWS::AutoScaling::AutoScalingGroup"},
	{"aws:ec2:fleet-id", "AWS::EC2::EC2Fleet"},
	{"aws:ec2spot:fleet-request-id", "AWS::EC2::SpotFleet"},
	{"eks:nodegroup-name", "AWS::EKS::Nodegroup"},
	{"elasticbeanstalk:environment-name", "AWS::ElasticBeanstalk::Environment"},
	{"aws:elasticmapreduce:job-flow-id", "AWS::EMR::Cluster"},
}

// launched reports whether a machine or group was launched by a resource of the input, which stands for it.
func (l *linker) launched(r *inventory.Resource) bool {
	if r.Type != "AWS::EC2::Instance" && r.Type != "AWS::AutoScaling::AutoScalingGroup" {
		return false
	}
	tags := map[string]string{}
	for _, p := range r.Get("Tags").Properties() {
		tags[p.Name], _ = p.Value.Text()
	}
	for _, by := range launchers {
		if name := tags[by.tag]; name != "" && by.typ != r.Type && len(l.byName[key{r.Scope, by.typ, name}]) > 0 {
			return true
		}
	}
	return false
}
