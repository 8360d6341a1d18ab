package evidence

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// A database, cache, broker or file system is reached at the port of its engine. Whether everyone reaches it is decided
// by two things: that it has a public address, and that its security groups let every address in at that port.

const (
	typeDBInstance = "AWS::RDS::DBInstance"
	typeDBCluster  = "AWS::RDS::DBCluster"
)

// portRange is a span of ports, both ends in it.
type portRange struct{ from, to float64 }

// enginePorts are the ports that services listen on unless told otherwise, by type.
func enginePorts(typ string) []portRange {
	one := func(p ...float64) []portRange {
		var out []portRange
		for _, n := range p {
			out = append(out, portRange{n, n})
		}
		return out
	}
	switch typ {
	case "AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster", "AWS::MemoryDB::Cluster", "AWS::ElastiCache::ServerlessCache":
		return []portRange{{6379, 6380}, {11211, 11211}}
	case "AWS::DAX::Cluster":
		return one(8111, 9111)
	case "AWS::DocDB::DBCluster", "AWS::DocDBElastic::Cluster":
		return one(27017)
	case "AWS::Neptune::DBCluster":
		return one(8182)
	case "AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup":
		return one(5439)
	case "AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain":
		return one(443, 80)
	case "AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster":
		return []portRange{{9092, 9098}, {9194, 9198}, {2181, 2182}}
	case "AWS::AmazonMQ::Broker":
		return one(61617, 5671, 61614, 61619, 8883, 8162, 443, 15671)
	case "AWS::EFS::FileSystem":
		return one(2049)
	case "AWS::FSx::FileSystem", "AWS::FSx::FileCache":
		return one(445, 135, 988, 2049, 111, 5985)
	case "AWS::Timestream::InfluxDBInstance", "AWS::Timestream::InfluxDBCluster":
		return one(8086)
	case typeDBInstance, typeDBCluster:
		return one(1433, 1521, 3306, 5432, 50000)
	}
	return nil
}

// databasePort is the port of an engine of RDS; zero when the engine has none of its own here.
func databasePort(engine string) float64 {
	for _, e := range []struct {
		part string
		port float64
	}{{"postgres", 5432}, {"sqlserver", 1433}, {"oracle", 1521}, {"db2", 50000}, {"mysql", 3306}, {"mariadb", 3306}, {"aurora", 3306}} {
		if strings.Contains(strings.ToLower(engine), e.part) {
			return e.port
		}
	}
	return 0
}

// exposure derives onus::Exposure of the workload's root.
func (d *Dossier) exposure() Part {
	root := d.root()
	if root == nil || enginePorts(root.Type) == nil {
		return Part{}
	}
	openTo, openBecause := d.openAtEngine(root)
	public, publicBecause := d.publicAddress(root)
	value := fact(inventory.Property{Name: "Open", Value: openTo}, inventory.Property{Name: "Public", Value: public})
	about := map[string][]workload.Evidence{"Open": openBecause, "Public": publicBecause}
	return Part{Value: value, About: about, Resources: []*inventory.Resource{root}}
}

// root is the workload's root with what is laid over it.
func (d *Dossier) root() *inventory.Resource {
	if d.Workload.Root == nil {
		return nil
	}
	return d.ofType(d.Workload.Root.Type)
}

// openAtEngine tells whether a security group lets every address in at a port of the engine.
func (d *Dossier) openAtEngine(root *inventory.Resource) (inventory.Value, []workload.Evidence) {
	in := d.Part("ingress", "onus::Ingress")
	ports, portKnown := listensOn(root)
	result, why := triFalse, []inventory.Step(nil)
	for _, rule := range in.Value.Get("Rules").List() {
		hit := ruleHits(rule, ports)
		if hit == triTrue && !portKnown && !everyPort(rule) {
			hit = triUnknown
		}
		if hit == triUnknown {
			why = append(why, rule.Unresolved()...)
		}
		result = result.or(hit)
	}
	return result.value(root.Origin, why), in.Because
}

// listensOn are the ports of a root: the one it sets, else those of its engine. known is false when the port is set and
// cannot be told.
func listensOn(root *inventory.Resource) (ports []portRange, known bool) {
	ports = enginePorts(root.Type)
	for _, property := range []string{"Port", "DBPort", "Endpoint.Port", "ClusterEndpoint.Port"} {
		v := root.Get(property)
		if n, ok := v.Number(); ok && n > 0 {
			return []portRange{{n, n}}, true
		}
		if !v.IsNull() && v.IsUnknown() {
			return ports, false
		}
	}
	if root.Type == typeDBInstance || root.Type == typeDBCluster {
		if engine, ok := root.Get("Engine").Text(); ok && databasePort(engine) > 0 {
			p := databasePort(engine)
			return []portRange{{p, p}}, true
		}
	}
	return ports, true
}

// ruleHits tells whether a rule lets every address in at one of the ports.
func ruleHits(rule inventory.Value, ports []portRange) tri {
	if rule.IsUnknown() {
		return triUnknown
	}
	openTo := triOf(rule.Get("Open"))
	if openTo == triFalse {
		return triFalse
	}
	if protocol, ok := rule.Get("Protocol").Text(); ok && slices.Contains([]string{"udp", "icmp", "icmpv6", "17", "1", "58"}, strings.ToLower(protocol)) {
		return triFalse
	}
	from, okFrom := rule.Get("FromPort").Number()
	to, okTo := rule.Get("ToPort").Number()
	switch {
	case everyPort(rule):
		return openTo
	case !okFrom || !okTo:
		return triUnknown
	}
	for _, p := range ports {
		if from <= p.to && p.from <= to {
			return openTo
		}
	}
	return triFalse
}

func everyPort(rule inventory.Value) bool {
	from, ok := rule.Get("FromPort").Number()
	return ok && from == -1
}

// publicAddress tells whether the root, or a member of its cluster, has an address that the Internet reaches. Where
// nothing is set, Terraform keeps it private; CloudFormation leaves it to the subnets.
func (d *Dossier) publicAddress(root *inventory.Resource) (inventory.Value, []workload.Evidence) {
	judged := []*inventory.Resource{root}
	for _, role := range []string{"clusterInstances", "neptuneInstances"} {
		if j, ok := d.g.joins[role]; ok {
			for _, r := range d.Part(role, j.declared()).Resources {
				if r != nil {
					judged = append(judged, r)
				}
			}
		}
	}
	result, why := triFalse, []inventory.Step(nil)
	var because []workload.Evidence
	for _, r := range judged {
		if !hasAddress(r.Type) {
			continue
		}
		v := r.Get("PubliclyAccessible")
		got := triOf(v)
		if v.IsNull() {
			got = triFalse
			if openByDefault(r) {
				got = triUnknown
				step := inventory.Step{Name: "PubliclyAccessible", Note: "is not set, and the subnets decide", At: r.Origin}
				why = append(why, step)
				because = append(because, workload.Evidence{Property: r.Type + ".PubliclyAccessible", Value: inventory.UnknownValue(r.Origin, step)})
			}
		} else {
			because = append(because, workload.Evidence{Property: r.Type + ".PubliclyAccessible", Value: v})
			why = append(why, v.Unresolved()...)
		}
		result = result.or(got)
	}
	return result.value(root.Origin, why), because
}

// hasAddress reports types with the property PubliclyAccessible.
func hasAddress(typ string) bool {
	return slices.Contains([]string{typeDBInstance, typeDBCluster, "AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup",
		"AWS::AmazonMQ::Broker", "AWS::Timestream::InfluxDBInstance", "AWS::Timestream::InfluxDBCluster", "AWS::Neptune::DBInstance"}, typ)
}

// openByDefault reports a resource that may have a public address when its configuration says nothing of it.
func openByDefault(r *inventory.Resource) bool {
	return r.Type == typeDBInstance && !strings.HasPrefix(r.SourceType, "aws_")
}

// tri is an answer in three values.
type tri uint8

const (
	triFalse tri = iota
	triUnknown
	triTrue
)

// or is true when either is, and unknown when neither is and one is unknown.
func (t tri) or(u tri) tri { return max(t, u) }

// value is the answer as a property.
func (t tri) value(at diag.Range, why []inventory.Step) inventory.Value {
	if t == triUnknown {
		return inventory.UnknownValue(at, why...)
	}
	return inventory.BoolValue(t == triTrue, at)
}

// triOf reads a boolean property; what is not set is false.
func triOf(v inventory.Value) tri {
	switch b, ok := v.Bool(); {
	case v.IsNull():
		return triFalse
	case !ok:
		return triUnknown
	case b:
		return triTrue
	}
	return triFalse
}
