// Package stack is the vocabulary of the shared responsibility model: the layers of a workload's stack from the
// building up to the data, the duties in each, the parties that can hold one and the classes of service.
//
// It imports nothing and decides nothing. Every other package speaks in these words.
package stack

import "strings"

// Layer is one layer of the stack, for example "operating-system".
type Layer string

// Duty is one obligation, written "layer/duty", for example "operating-system/apply".
type Duty string

// Layer returns the layer that the duty belongs to.
func (d Duty) Layer() Layer {
	layer, _, _ := strings.Cut(string(d), "/")
	return Layer(layer)
}

// Name returns the duty's own name within its layer, for example "apply".
func (d Duty) Name() string {
	_, name, _ := strings.Cut(string(d), "/")
	return name
}

// Party is who holds a duty.
type Party string

// The parties. Shared always comes with two named halves; Undetermined with what would decide it.
const (
	AWS           Party = "aws"
	Customer      Party = "customer"
	Shared        Party = "shared"
	ThirdParty    Party = "third-party"
	Undetermined  Party = "undetermined"
	NotApplicable Party = "not-applicable"
)

// Parties returns every party in the order in which reports list them: what the customer must do comes first.
func Parties() []Party {
	return []Party{Customer, Shared, Undetermined, ThirdParty, AWS, NotApplicable}
}

// Valid reports whether p is one of the parties.
func (p Party) Valid() bool {
	for _, q := range Parties() {
		if p == q {
			return true
		}
	}
	return false
}

// Class is how much of the stack a service takes over.
type Class string

// The classes.
const (
	NonManaged Class = "non-managed"
	Managed    Class = "managed"
	Serverless Class = "serverless"
)

// Valid reports whether c is one of the classes.
func (c Class) Valid() bool { return c == NonManaged || c == Managed || c == Serverless }

// Basis is what an allocation rests on.
type Basis string

// The bases. Inferred is said aloud in every report.
const (
	// Documented: a page about this service says so.
	Documented Basis = "documented"
	// General: the general shared responsibility model or an infrastructure page says so.
	General Basis = "general"
	// Inferred: no page was found; it follows from the class of the service.
	Inferred Basis = "inferred"
)

// Valid reports whether b is one of the bases.
func (b Basis) Valid() bool { return b == Documented || b == General || b == Inferred }

// LayerInfo describes one layer.
type LayerInfo struct {
	Layer Layer
	// Title is the layer's name in a figure, at most 24 characters.
	Title string
	// About says in one sentence what the layer is.
	About string
	// Cross is set for the layers that run across the whole stack (identity, data, …).
	Cross  bool
	Duties []DutyInfo
}

// DutyInfo describes one duty.
type DutyInfo struct {
	Duty Duty
	// About says in one sentence what whoever holds the duty has to do.
	About string
}

// Layers returns the layers bottom to top, then the layers across the stack. The caller may keep but not change it.
func Layers() []LayerInfo { return layers }

// Duties returns every duty in the order of Layers.
func Duties() []Duty {
	var out []Duty
	for _, l := range layers {
		for _, d := range l.Duties {
			out = append(out, d.Duty)
		}
	}
	return out
}

// LookupDuty finds a duty by its full name "layer/duty".
func LookupDuty(name string) (DutyInfo, bool) {
	for _, l := range layers {
		for _, d := range l.Duties {
			if string(d.Duty) == name {
				return d, true
			}
		}
	}
	return DutyInfo{}, false
}

// LookupLayer finds a layer by name.
func LookupLayer(name string) (LayerInfo, bool) {
	for _, l := range layers {
		if string(l.Layer) == name {
			return l, true
		}
	}
	return LayerInfo{}, false
}

// RollUp gives the party of a layer from the parties of its duties, which are given in parallel slices.
// Not-applicable duties are left out. The layer is undetermined if any duty is; the customer's if every duty but
// publish is the customer's (an AMI made by AWS does not make the operating system AWS's); one party's if every
// duty is; else shared. No applicable duty gives NotApplicable.
func RollUp(duties []Duty, parties []Party) Party {
	var first Party
	same, customer, rest := true, true, 0
	for i, p := range parties {
		if p == NotApplicable {
			continue
		}
		if p == Undetermined {
			return Undetermined
		}
		if first == "" {
			first = p
		}
		same = same && p == first
		if duties[i].Name() != "publish" {
			rest++
			customer = customer && p == Customer
		}
	}
	switch {
	case first == "":
		return NotApplicable
	case same:
		return first
	case customer && rest > 0:
		return Customer
	default:
		return Shared
	}
}
