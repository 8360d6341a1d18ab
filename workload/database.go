package workload

import "github.com/onus-dev/onus/inventory"

const (
	typeDatabaseInstances = "onus::DatabaseInstances"
	autoMinorUpgrade      = "AutoMinorVersionUpgrade"
)

// databaseInstances are the instances that fold into a database cluster and carry settings of their own.
var databaseInstances = map[string]owner{
	typeDBInst:                 {typeDBCluster, "DBClusterIdentifier"},
	"AWS::Neptune::DBInstance": {"AWS::Neptune::DBCluster", "DBClusterIdentifier"},
	"AWS::DocDB::DBInstance":   {"AWS::DocDB::DBCluster", "DBClusterIdentifier"},
}

// addInstances adds the onus::DatabaseInstances of a cluster to its parts: what all its instances of the input agree on.
func (f *finder) addInstances(parts map[string]Part, cluster *inventory.Resource) {
	instances := f.instancesOf[cluster]
	if len(instances) == 0 {
		return
	}
	var because []Evidence
	for _, i := range instances {
		because = append(because, at(i.from, autoMinorUpgrade))
	}
	parts["dbInstances"] = derivedPart(cluster, typeDatabaseInstances, []inventory.Property{
		{Name: autoMinorUpgrade, Value: agreedUpgrade(instances)},
		{Name: "Count", Value: countOf(cluster, instances)},
	}, because...)
}

// agreedUpgrade is false when one instance surely says so, and true when every one surely has the setting on: not set
// is on, RDS's default.
func agreedUpgrade(instances []layer) inventory.Value {
	var values []inventory.Value
	var why []inventory.Step
	for _, i := range instances {
		e := at(i.from, autoMinorUpgrade)
		on, known := e.Value.Bool()
		switch {
		case known && !on && len(i.why) == 0:
			return derivedBool(false, e.Value)
		case known && !on:
			why = append(why, i.why...)
		case !known && !e.Value.IsNull():
			why = append(why, unknownSteps(e)...)
		}
		values = append(values, e.Value)
	}
	if len(why) > 0 {
		return inventory.UnknownValue(values[0].Origin(), why...)
	}
	return derivedBool(true, values...)
}

// countOf is the number of instances, unknown when one may be absent or stands for many.
func countOf(cluster *inventory.Resource, instances []layer) inventory.Value {
	var why []inventory.Step
	for _, i := range instances {
		why = append(why, i.why...)
		if i.from.ManyUnknown && len(i.why) == 0 {
			why = append(why, inventory.Step{Name: i.from.Address, Note: "stands for an unknown number", At: i.from.Origin})
		}
	}
	if len(why) > 0 {
		return inventory.UnknownValue(cluster.Origin, why...)
	}
	return inventory.NumberValue(float64(len(instances)), cluster.Origin)
}
