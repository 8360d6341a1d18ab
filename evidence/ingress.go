package evidence

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

const (
	typeSecurityGroup = "AWS::EC2::SecurityGroup"
	typeIngress       = "AWS::EC2::SecurityGroupIngress"
	// typeGroupRule is Terraform's rule of either direction.
	typeGroupRule  = "AWS::EC2::SecurityGroupRule"
	typePrefixList = "AWS::EC2::PrefixList"
	typeIngressed  = "onus::Ingress"
)

func noPlace() diag.Range { return diag.Range{} }

// ingress derives what the security groups of a workload let in: onus::Ingress.
//
// Rules holds one entry a rule: FromPort and ToPort (-1 and -1 for every port, not set for ICMP), Protocol as written,
// Open true when the source is every address of IPv4 or IPv6, by itself or in a prefix list. A group or rule that cannot
// be read is an unknown entry; Elsewhere counts the groups that are not in the input.
func (d *Dossier) ingress() Part {
	groups := d.Part("securityGroups", expr.Many+typeSecurityGroup)
	if root := d.Workload.Root; root != nil && root.Type == typeSecurityGroup {
		return d.g.groupIngress(root)
	}
	if groups.Value.IsNull() {
		return Part{}
	}
	var in ingressRules
	elsewhere := 0
	for i, v := range groups.Value.List() {
		group := groups.Resources[i]
		if group == nil || v.IsUnknown() {
			elsewhere++
			unknown := inventory.UnknownValue(v.Origin(), groups.Why...)
			in.rules = append(in.rules, unknown)
			in.open = append(in.open, workload.Evidence{Property: typeSecurityGroup, Value: unknown})
			continue
		}
		d.g.rulesOf(group, &in)
	}
	return Part{Value: in.fact(elsewhere), Because: in.because(), Why: groups.Why, Resources: groups.Resources}
}

// groupIngress derives what one security group lets in.
func (g *Gatherer) groupIngress(group *inventory.Resource) Part {
	if group.Type != typeSecurityGroup {
		return Part{}
	}
	var in ingressRules
	g.rulesOf(group, &in)
	return Part{Value: in.fact(0), Because: in.because(), Resources: []*inventory.Resource{group}}
}

// ingressRules collects rules, with the evidence of those that let everybody in, or may, apart from the rest.
type ingressRules struct {
	rules           []inventory.Value
	open, web, rest []workload.Evidence
}

func (in *ingressRules) fact(elsewhere int) inventory.Value {
	return fact(inventory.Property{Name: "Rules", Value: inventory.ListValue(in.rules, noPlace())},
		inventory.Property{Name: "Elsewhere", Value: inventory.NumberValue(float64(elsewhere), noPlace())})
}

// because is what conditions rest on: rules that let everybody in, when there are any.
func (in *ingressRules) because() []workload.Evidence {
	if len(in.open) > 0 || len(in.web) > 0 {
		return append(in.open, in.web...)
	}
	return in.rest
}

// rulesOf adds the rules of a group: its own and those declared beside it.
func (g *Gatherer) rulesOf(group *inventory.Resource, in *ingressRules) {
	own := group.Get("SecurityGroupIngress")
	switch own.Kind() {
	case inventory.List:
		for _, v := range own.List() {
			in.add(g, group, v, typeSecurityGroup+".SecurityGroupIngress")
		}
	case inventory.Map, inventory.Unknown:
		in.add(g, group, own, typeSecurityGroup+".SecurityGroupIngress")
	}
	for _, typ := range []string{typeIngress, typeGroupRule} {
		refs := g.referrersOf(typ, "GroupId")
		for _, r := range refs.to[group] {
			if direction := r.Get("Type"); direction.IsNull() || isText(direction, "ingress") || direction.IsUnknown() {
				in.add(g, r, r.Properties, typ)
			}
		}
		for _, r := range refs.unsure {
			if r.Scope == group.Scope && !isText(r.Get("Type"), "egress") {
				in.add(g, r, inventory.UnknownValue(r.Origin, inventory.Step{Name: r.Address, Note: "may refer to it", At: r.Origin}), typ)
			}
		}
	}
}

func isText(v inventory.Value, want string) bool {
	text, ok := v.Text()
	return ok && text == want
}

// add takes a rule that stands in a resource.
func (in *ingressRules) add(g *Gatherer, from *inventory.Resource, v inventory.Value, property string) {
	if v.IsUnknown() {
		in.rules = append(in.rules, v)
		in.open = append(in.open, workload.Evidence{Property: property, Value: v})
		return
	}
	open := g.openTo(from, v)
	in.rules = append(in.rules, rule(v, open))
	everyone, known := open.Bool()
	if from := v.Get("FromPort"); from.IsUnknown() && known && everyone {
		in.open = append(in.open, workload.Evidence{Property: property + ".FromPort", Value: from})
		return
	}
	switch shown := ruleEvidence(v, property); {
	case !known:
		in.open = append(in.open, workload.Evidence{Property: property, Value: inventory.UnknownValue(v.Origin(), open.Unresolved()...)})
	case !everyone:
		in.rest = append(in.rest, shown)
	case web(v):
		in.web = append(in.web, shown)
	default:
		in.open = append(in.open, shown)
	}
}

// rule makes one entry of Rules.
func rule(v, open inventory.Value) inventory.Value {
	protocol := v.Get("IpProtocol")
	from, to := v.Get("FromPort"), v.Get("ToPort")
	text, _ := protocol.Text()
	switch strings.ToLower(text) {
	case "-1", "all":
		from, to = inventory.NumberValue(-1, protocol.Origin()), inventory.NumberValue(-1, protocol.Origin())
	case "icmp", "icmpv6", "1", "58":
		from, to = inventory.Value{}, inventory.Value{} // types and codes, no ports
	}
	return inventory.MapValue([]inventory.Property{
		{Name: "FromPort", Value: from}, {Name: "ToPort", Value: to}, {Name: "Protocol", Value: protocol},
		{Name: "Open", Value: open},
	}, v.Origin())
}

// openTo tells whether any address may come in by a rule: true, false, or unknown.
func (g *Gatherer) openTo(from *inventory.Resource, v inventory.Value) inventory.Value {
	var why []inventory.Step
	unknown := false
	for _, name := range []string{"CidrIp", "CidrIpv6"} {
		for _, item := range flat(v.Get(name), 0) {
			if item.IsUnknown() && g.limited(from, item) {
				continue
			}
			if item.IsUnknown() {
				unknown, why = true, append(why, item.Unresolved()...)
				continue
			}
			if text, ok := item.Text(); ok && everywhere(text) {
				return inventory.BoolValue(true, item.Origin())
			}
		}
	}
	for _, item := range flat(v.Get("SourcePrefixListId"), 0) {
		switch in := g.prefixList(from, item); {
		case in == yes:
			return inventory.BoolValue(true, item.Origin())
		case in == maybe:
			unknown, why = true, append(why, unresolved(item, typePrefixList)...)
		}
	}
	if unknown {
		return inventory.UnknownValue(v.Origin(), why...)
	}
	return inventory.BoolValue(false, v.Origin())
}

// prefixLength ends a block of addresses of which more is not known.
var prefixLength = regexp.MustCompile(`/(\d{1,3})$`)

// limited reports an unknown block that is certainly not every address: one with a known length, or the block of a
// network of the input.
func (g *Gatherer) limited(from *inventory.Resource, v inventory.Value) bool {
	if m := prefixLength.FindStringSubmatch(v.Partial()); m != nil {
		bits, err := strconv.Atoi(m[1])
		return err == nil && bits > 1
	}
	refs := v.Refs()
	if len(refs) != 1 || refs[0].Attr != "CidrBlock" && refs[0].Attr != "cidr_block" {
		return false
	}
	found := g.ix.Follow(from, v)
	for _, r := range found {
		if text, ok := r.Get("CidrBlock").Text(); !ok || everywhere(text) {
			return false
		}
	}
	return len(found) > 0
}

// prefixList tells whether a prefix list holds every address. Those of AWS hold AWS's own.
func (g *Gatherer) prefixList(from *inventory.Resource, id inventory.Value) answer {
	if id.IsNull() {
		return no
	}
	found := g.ix.FollowType(from, id, typePrefixList)
	if len(found) == 0 {
		return maybe
	}
	out := no
	for _, r := range found {
		if name, ok := r.Get("PrefixListName").Text(); ok && strings.HasPrefix(name, "com.amazonaws.") {
			continue
		}
		entries := r.Get("Entries")
		if entries.IsUnknown() || r.Lookup {
			out = max(out, maybe)
		}
		for _, entry := range flat(entries, 0) {
			cidr := entry.Get("Cidr")
			if text, ok := cidr.Text(); ok && everywhere(text) {
				return yes
			}
			if cidr.IsUnknown() {
				out = max(out, maybe)
			}
		}
	}
	return out
}

// everywhere reports a block that holds most of the Internet: 0.0.0.0/0, ::/0 and their halves.
func everywhere(cidr string) bool {
	p, err := netip.ParsePrefix(strings.TrimSpace(cidr))
	return err == nil && p.Bits() <= 1
}

// ruleEvidence shows a rule in one text: "tcp 22 from 0.0.0.0/0".
func ruleEvidence(v inventory.Value, property string) workload.Evidence {
	source, at := "elsewhere", v.Origin()
	for _, name := range []string{"CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId"} {
		if from := v.Get(name); !from.IsNull() {
			source, at = strings.Trim(from.Display(), "[]"), from.Origin()
			break
		}
	}
	ports := v.Get("FromPort").Display()
	if to := v.Get("ToPort").Display(); to != ports {
		ports += "-" + to
	}
	protocol := v.Get("IpProtocol").Display()
	if protocol == "-1" {
		protocol, ports = "every protocol", ""
	}
	text := strings.Join(strings.Fields(protocol+" "+ports+" from "+source), " ")
	shown := inventory.StringValue(text, at)
	for _, name := range []string{"CidrIp", "CidrIpv6", "FromPort", "ToPort"} {
		if assumed := v.Get(name).Assumed(); len(assumed) > 0 {
			shown = shown.WithMeta(&inventory.Meta{Assumed: assumed})
		}
	}
	return workload.Evidence{Property: property, Value: shown}
}

// web reports a rule of the ports that web servers are meant to be reached at.
func web(v inventory.Value) bool {
	from, _ := v.Get("FromPort").Number()
	to, _ := v.Get("ToPort").Number()
	return from == to && (from == 80 || from == 443)
}
