package vocabulary

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed classes.txt
var classesText string

// ResourceKind says what a resource of a type is to the model.
type ResourceKind string

// The kinds, as classes.txt explains them.
const (
	KindWorkload      ResourceKind = "workload"
	KindPart          ResourceKind = "part"
	KindConfiguration ResourceKind = "configuration"
)

// Classification is what classes.txt says about a resource type.
type Classification struct {
	Type, Service string
	// Classes are the classes that the type can have: several where the configuration of a workload decides.
	Classes []string
	Kind    ResourceKind
	// PartOf is the workload type that a part belongs to, else empty.
	PartOf string
}

// classLines is the table of classes.txt, indexed when it is first asked for; a line is taken apart at each question.
var classLines = sync.OnceValue(func() map[string]string {
	lines := make(map[string]string, 2400)
	for line := range strings.Lines(classesText) {
		if typ, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			lines[typ] = rest
		}
	}
	return lines
})

// Classify tells service, class and kind of a resource type. ok is false for a type that the table does not list:
// Kubernetes kinds, custom resources, and types that are newer than the table.
func Classify(typ string) (c Classification, ok bool) {
	line, ok := classLines()[typ]
	if !ok {
		return Classification{}, false
	}
	return parseClass(typ, line), true
}

// IsWorkload reports whether a resource of the type is something that the customer runs or stores data in.
func IsWorkload(typ string) bool {
	line, ok := classLines()[typ]
	return ok && strings.HasSuffix(line, " "+string(KindWorkload))
}

// ClassifiedTypes returns every type that Classify knows, in order.
func ClassifiedTypes() []string { return slices.Sorted(maps.Keys(classLines())) }

// parseClass takes a line of the embedded table apart; a test holds every line against its form.
func parseClass(typ, line string) Classification {
	service, line, _ := strings.Cut(line, " ")
	classes, line, _ := strings.Cut(line, " ")
	kind, partOf, _ := strings.Cut(line, " ")
	return Classification{
		Type: typ, Service: service, Classes: strings.Split(classes, "|"), Kind: ResourceKind(kind), PartOf: partOf,
	}
}
