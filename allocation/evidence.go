package allocation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// maxDepth bounds how deep a value is looked into; readers bound it too.
const maxDepth = 60

// properties returns what a condition reads as the part in a role. A part of another type than the catalog expects is
// unknown: its properties would read as "not set" and decide by that.
func (s subject) properties(role, typ string) inventory.Value {
	part, ok := s.w.Parts[role]
	switch {
	case part.Unknown, !ok && s.open:
		return inventory.UnknownValue(diag.Range{}, part.Why...)
	case part.Resource == nil:
		return inventory.Value{}
	case part.Resource.Type != typ:
		return inventory.UnknownValue(part.Resource.Origin)
	case part.Resource.Properties.IsNull():
		return inventory.MapValue(nil, part.Resource.Origin)
	}
	return part.Resource.Properties
}

// fingerprint appends all that a condition can learn through a path, so that equal bytes mean equal answers.
func (s subject) fingerprint(key []byte, p expr.Path) []byte {
	return p.Fingerprint(key, s.properties(p.Part, p.Type))
}

// evidence lists the values that the paths lead to.
func (s subject) evidence(paths []expr.Path, h *catalog.Hosting) []Decider {
	out := make([]Decider, 0, len(paths)+len(s.hosting)) // with adds the hosting's
	for _, p := range paths {
		part, ok := s.w.Parts[p.Part]
		switch {
		case len(part.Because) > 0:
			for _, e := range part.Because {
				out = AddDecider(out, DeciderOf(e.Property, e.Value))
			}
		case part.Unknown, !ok && s.open:
			out = AddDecider(out, unread(p, part))
		case part.Resource == nil:
			out = AddDecider(out, Decider{Property: p.Name(), Value: inventory.Value{}.Display()})
		case p.Property == "":
			at := part.Resource.Origin
			out = AddDecider(out, Decider{Property: p.Name(), Value: part.Resource.Address, Path: at.Path, Line: at.Line, Column: at.Column})
		default:
			for _, f := range p.Values(s.properties(p.Part, h.TypeOf(p.Part))) {
				out = AddDecider(out, Placed(DeciderOf(f.Name, f.Value), part.Resource.Origin))
			}
		}
	}
	return out
}

// Placed gives evidence without a place of its own, such as a property that is not set, the resource's place.
func Placed(d Decider, at diag.Range) Decider {
	if d.Path == "" {
		d.Path, d.Line, d.Column = at.Path, at.Line, at.Column
	}
	return d
}

// unread is the evidence for a property of a part that could not be read.
func unread(p expr.Path, part workload.Part) Decider {
	d := Decider{Property: p.Name(), Value: inventory.UnknownValue(diag.Range{}).Display(), Unresolved: steps(part.Why)}
	for _, s := range part.Why {
		if s.At.Path != "" {
			return Placed(d, s.At)
		}
	}
	return d
}

// DecidersOf words evidence, each piece once.
func DecidersOf(because []workload.Evidence) []Decider {
	if len(because) == 0 {
		return nil
	}
	out := make([]Decider, 0, len(because))
	for _, e := range because {
		out = AddDecider(out, DeciderOf(e.Property, e.Value))
	}
	return out
}

// DeciderOf words one value. A sensitive value is never printed.
func DeciderOf(property string, v inventory.Value) Decider {
	at := v.Origin()
	return Decider{
		Property: property, Value: v.Display(), Path: at.Path, Line: at.Line, Column: at.Column,
		Assumed: assumedText(v), Unresolved: steps(unresolvedSteps(v)), Trail: trail(v), Written: written(v),
	}
}

// written is the far end of the way that a value came, nil when it is written where it is used, or when several values
// went into it.
func written(v inventory.Value) *Source {
	m := v.Meta()
	if m == nil {
		return nil
	}
	if assumed := v.Assumed(); len(assumed) > 0 {
		if len(assumed) > 1 || assumed[0].At.Path == "" {
			return nil
		}
		return &Source{Path: assumed[0].At.Path, Line: assumed[0].At.Line}
	}
	for i := len(m.Trail) - 1; i >= 0; i-- {
		if at := m.Trail[i].At; at.Path != "" {
			return &Source{Path: at.Path, Line: at.Line}
		}
	}
	return nil
}

func assumedText(v inventory.Value) string {
	var out []string
	for _, s := range assumedSteps(v) {
		text := s.Name + ", " + cmp.Or(s.Note, "default")
		if at := (diag.Range{Path: s.At.Path, Line: s.At.Line}).String(); at != "" {
			text += " at " + at
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, "; ")
}

// steps words what would decide something: "var.launch_type has no value and no default". Notes that are no verb
// phrase follow a colon.
func steps(list []inventory.Step) string {
	var out []string
	for _, s := range list {
		text := s.Name
		switch {
		case s.Note == "":
		case verbPhrase(s.Note):
			text += " " + s.Note
		default:
			text += ": " + s.Note
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, "; ")
}

func verbPhrase(note string) bool {
	verb, _, _ := strings.Cut(note, " ")
	return slices.Contains([]string{"is", "are", "was", "has", "does", "depends", "cannot", "could", "may", "names", "allows", "differs"}, verb)
}

func trail(v inventory.Value) []string {
	m := v.Meta()
	if m == nil || len(m.Trail) == 0 {
		return nil
	}
	out := make([]string, 0, len(m.Trail))
	for _, s := range m.Trail {
		text := strings.TrimSpace(s.Note + " " + s.Name)
		if at := (diag.Range{Path: s.At.Path, Line: s.At.Line}).String(); at != "" {
			text += " " + at
		}
		out = append(out, text)
	}
	return out
}

// assumedSteps returns the defaults that a value, or anything in it, rests on.
func assumedSteps(v inventory.Value) []inventory.Step { return collect(v, inventory.Value.Assumed, 0) }

// unresolvedSteps returns what would decide the unknown parts of a value.
func unresolvedSteps(v inventory.Value) []inventory.Step {
	return collect(v, inventory.Value.Unresolved, 0)
}

func collect(v inventory.Value, of func(inventory.Value) []inventory.Step, depth int) []inventory.Step {
	out := of(v)
	if depth > maxDepth {
		return out
	}
	for _, it := range v.List() {
		out = join(out, collect(it, of, depth+1))
	}
	for _, p := range v.Properties() {
		out = join(out, collect(p.Value, of, depth+1))
	}
	return out
}

// join appends b to a in a slice of its own, sharing one of them when the other is empty.
func join[T any](a, b []T) []T {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	}
	return slices.Concat(a, b)
}

// with appends the hosting's evidence to a duty's own, each piece once; without own evidence the slice is shared.
func with(own, hosting []Decider) []Decider {
	if len(own) == 0 {
		return hosting
	}
	for _, d := range hosting {
		own = AddDecider(own, d)
	}
	return own
}

// AddDecider appends evidence that is not there yet.
func AddDecider(to []Decider, d Decider) []Decider {
	if slices.ContainsFunc(to, func(e Decider) bool { return same(e, d) }) {
		return to
	}
	return append(to, d)
}

func same(a, b Decider) bool {
	return a.Property == b.Property && a.Value == b.Value && a.Path == b.Path && a.Line == b.Line && a.Column == b.Column
}

// IsUnknown reports a property whose value is not known.
func IsUnknown(d Decider) bool {
	return d.Unresolved != "" || d.Value == inventory.UnknownValue(diag.Range{}).Display()
}

// UnknownFirst orders evidence so that what would decide comes first.
func UnknownFirst(a, b Decider) int {
	switch ua, ub := IsUnknown(a), IsUnknown(b); {
	case ua == ub:
		return 0
	case ua:
		return -1
	}
	return 1
}

// undeterminedReason names the property that would decide.
func undeterminedReason(dec *catalog.Decision, evidence []Decider) string {
	if dec.Row != nil && dec.Row.Party == stack.Undetermined && len(dec.Open) == 0 {
		return dec.Row.Reason
	}
	var names []string
	for _, e := range evidence {
		if IsUnknown(e) && !slices.Contains(names, e.Property) {
			names = append(names, e.Property)
		}
	}
	switch len(names) {
	case 0:
		if len(dec.Faults) > 0 {
			return "A condition of the catalog could not be evaluated on these values."
		}
		return "What decides this does not have the form that was expected."
	case 1:
		return "It depends on " + names[0] + ", which is not known."
	case 2, 3:
		return "It depends on " + strings.Join(names, ", ") + ", which are not known."
	}
	return "It depends on " + strings.Join(names[:3], ", ") + " and other properties, which are not known."
}
