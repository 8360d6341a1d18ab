package evidence

import (
	"github.com/onus-dev/onus/inventory"
)

// derivation computes a fact of an onus:: type about a workload.
type derivation struct {
	typ    string
	derive func(*Dossier) Part
}

// derivations are the derived roles.
func derivations() map[string]derivation {
	out := map[string]derivation{
		"workloadRoles": {"onus::WorkloadRoles", (*Dossier).workloadRoles},
		"ingress":       {"onus::Ingress", (*Dossier).ingress},
	}
	addStorage(out)
	addPatching(out)
	addPods(out)
	return out
}

// fact makes the Map of a derived fact, which has no place of its own.
func fact(props ...inventory.Property) inventory.Value { return inventory.MapValue(props, noPlace()) }
