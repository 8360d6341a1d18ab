package expr

import (
	"fmt"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/vocabulary"
)

// Misfits reports the names of an example's properties that its shape does not have, so that a misspelt one does not
// pass as "not set". path begins the names in messages.
func Misfits(v inventory.Value, shape *vocabulary.Shape, path string, report func(at diag.Range, detail string)) {
	if v.Kind() == inventory.List && shape.Kind == vocabulary.List {
		for _, item := range v.List() {
			Misfits(item, shape.Element, path, report)
		}
		return
	}
	for _, p := range v.Properties() {
		switch shape.Kind {
		case vocabulary.Map:
			Misfits(p.Value, shape.Element, path+"."+p.Name, report)
		case vocabulary.Object:
			field, ok := shape.Field(p.Name)
			if !ok {
				report(p.Value.Origin(), fmt.Sprintf("%s has no property %q. %s", path, diag.Clip(p.Name, 60), Suggest(p.Name, fieldNames(shape))))
				continue
			}
			Misfits(p.Value, field, path+"."+p.Name, report)
		}
	}
}

func fieldNames(shape *vocabulary.Shape) []string {
	out := make([]string, 0, len(shape.Fields))
	for _, f := range shape.Fields {
		out = append(out, f.Name)
	}
	return out
}
