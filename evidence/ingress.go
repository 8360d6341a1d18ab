package evidence

import (
	"net/netip"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

const (
	typeSecurityGroup = "AWS::EC2::SecurityGroup"
	typeIngress       = "AWS::EC2::SecurityGroupIngress"
)

func noPlace() diag.Range { return diag.Range{} }

// ingress derives what the security groups let in: onus::Ingress.
//
// Rules holds one entry a rule: FromPort and ToPort (-1 and -1 for every port), Protocol as written in lower case, Open
// true when the source is every address of IPv4 or IPv6. A group or rule that cannot be read is an unknown entry.
func (d *Dossier) ingress() Part {
	groups := d.Part("securityGroups", expr.Many+typeSecurityGroup)
	if d.Workload.Root != nil && d.Workload.Root.Type == typeSecurityGroup {
		groups = Part{Value: inventory.ListValue([]inventory.Value{properties(d.Workload.Root)}, d.Workload.Root.Origin), Resources: []*inventory.Resource{d.Workload.Root}}
	}
	if groups.Value.IsNull() {
		return Part{}
	}
	var rules []inventory.Value
	var because []workload.Evidence
	for i, v := range groups.Value.List() {
		group := groups.Resources[i]
		if group == nil || v.IsUnknown() {
			rules = append(rules, inventory.UnknownValue(v.Origin(), groups.Why...))
			because = append(because, workload.Evidence{Property: typeSecurityGroup, Value: inventory.UnknownValue(v.Origin(), groups.Why...)})
			continue
		}
		d.rulesOf(group, &rules, &because)
	}
	value := fact(inventory.Property{Name: "Rules", Value: inventory.ListValue(rules, noPlace())})
	return Part{Value: value, Because: because, Why: groups.Why, Resources: groups.Resources}
}

// rulesOf adds the rules of a group: its own and those declared beside it.
func (d *Dossier) rulesOf(group *inventory.Resource, rules *[]inventory.Value, because *[]workload.Evidence) {
	add := func(v inventory.Value, property string) {
		*rules = append(*rules, rule(v))
		*because = append(*because, ruleEvidence(v, property)...)
	}
	own := group.Get("SecurityGroupIngress")
	switch own.Kind() {
	case inventory.List:
		for _, v := range own.List() {
			add(v, typeSecurityGroup+".SecurityGroupIngress")
		}
	case inventory.Map, inventory.Unknown:
		add(own, typeSecurityGroup+".SecurityGroupIngress")
	}
	refs := d.g.referrersOf(typeIngress, "GroupId")
	for _, r := range refs.to[group] {
		add(r.Properties, typeIngress)
	}
	for _, r := range refs.unsure {
		if r.Scope == group.Scope {
			add(inventory.UnknownValue(r.Origin, inventory.Step{Name: r.Address, Note: "may refer to it", At: r.Origin}), typeIngress)
		}
	}
}

func rule(v inventory.Value) inventory.Value {
	if v.IsUnknown() {
		return v
	}
	protocol := v.Get("IpProtocol")
	from, to := v.Get("FromPort"), v.Get("ToPort")
	if text, ok := protocol.Text(); ok && (text == "-1" || strings.EqualFold(text, "all")) {
		from, to = inventory.NumberValue(-1, protocol.Origin()), inventory.NumberValue(-1, protocol.Origin())
	}
	return inventory.MapValue([]inventory.Property{
		{Name: "FromPort", Value: from}, {Name: "ToPort", Value: to}, {Name: "Protocol", Value: protocol},
		{Name: "Open", Value: open(v)},
	}, v.Origin())
}

// open tells whether any address may come in: true, false, or unknown.
func open(v inventory.Value) inventory.Value {
	unknown := false
	for _, name := range []string{"CidrIp", "CidrIpv6"} {
		for _, item := range flat(v.Get(name), 0) {
			if item.IsUnknown() {
				unknown = true
				continue
			}
			if text, ok := item.Text(); ok && everywhere(text) {
				return inventory.BoolValue(true, item.Origin())
			}
		}
	}
	if unknown {
		return inventory.UnknownValue(v.Origin(), v.Get("CidrIp").Unresolved()...)
	}
	return inventory.BoolValue(false, v.Origin())
}

// everywhere reports a block that holds most of the Internet: 0.0.0.0/0, ::/0 and their halves.
func everywhere(cidr string) bool {
	p, err := netip.ParsePrefix(strings.TrimSpace(cidr))
	return err == nil && p.Bits() <= 1
}

func ruleEvidence(v inventory.Value, property string) []workload.Evidence {
	if v.IsUnknown() {
		return []workload.Evidence{{Property: property, Value: v}}
	}
	var out []workload.Evidence
	for _, name := range []string{"CidrIp", "CidrIpv6", "FromPort"} {
		if at := v.Get(name); !at.IsNull() {
			out = append(out, workload.Evidence{Property: property + "." + name, Value: at})
		}
	}
	return out
}
