package workload

import "github.com/onus-dev/onus/inventory"

const (
	typePermission = "AWS::Lambda::Permission"
	typeInvokers   = "onus::Invokers"
)

// narrowing are the properties of a permission that restrict a wide principal.
var narrowing = []string{"SourceArn", "SourceAccount", "PrincipalOrgID"}

// invokers is the onus::Invokers of a function: whom its resource policy lets invoke it. It is absent when the input has
// no permission for the function.
func (f *finder) invokers(fn *inventory.Resource) Part {
	permissions := f.permissionsOf[fn]
	if len(permissions) == 0 {
		return Part{}
	}
	anyone := inventory.BoolValue(false, fn.Origin)
	var principals []inventory.Value
	var because []Evidence
	for _, p := range permissions {
		e := at(p.from, "Principal")
		because, principals = append(because, e), append(principals, e.Value)
		switch open := openToAnyone(p, e); {
		case open.IsUnknown() && !surely(anyone):
			anyone = open
		case surely(open):
			anyone = open
		}
	}
	return derivedPart(fn, typeInvokers, []inventory.Property{
		{Name: "Anyone", Value: anyone},
		{Name: "Principals", Value: inventory.ListValue(principals, fn.Origin)},
	}, because...)
}

func surely(v inventory.Value) bool {
	b, ok := v.Bool()
	return ok && b
}

// openToAnyone tells whether a permission lets any AWS account, or anyone at all, invoke the function.
func openToAnyone(p layer, principal Evidence) inventory.Value {
	text, known := principal.Value.Text()
	if known && text != "*" || principal.Value.IsNull() {
		return derivedBool(false, principal.Value)
	}
	for _, name := range narrowing {
		v := p.from.Get(name)
		if !v.IsNull() && (!v.IsUnknown() || len(v.Refs()) > 0) {
			return derivedBool(false, principal.Value)
		}
		if v.IsUnknown() {
			return inventory.UnknownValue(v.Origin(), unknownSteps(at(p.from, name))...)
		}
	}
	switch {
	case !known:
		return inventory.UnknownValue(principal.Value.Origin(), unknownSteps(principal)...)
	case len(p.why) > 0:
		return inventory.UnknownValue(principal.Value.Origin(), p.why...)
	}
	return derivedBool(true, principal.Value)
}
