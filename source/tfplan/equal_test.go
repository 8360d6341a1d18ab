package tfplan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onus-dev/onus/inventory"
)

// differences tells where a plan's value is not the configuration's. A plan may have more: what the provider fills in. It may
// not know what is computed, but must say from what. Lookups in references are left out: they are read when planning.
func differences(path string, plan, config inventory.Value, out *[]string) {
	for _, r := range config.AllRefs() {
		same := func(p inventory.Ref) bool { return p.Address == r.Address && (p.Attr == r.Attr || p.Attr == "") }
		if !strings.Contains(r.Address, "data.") && !slices.ContainsFunc(plan.AllRefs(), same) {
			*out = append(*out, fmt.Sprintf("%s: refers to %v, not to %v", path, plan.AllRefs(), r))
		}
	}
	switch {
	case config.IsUnknown():
		return
	case plan.IsUnknown():
		if !config.ContainsUnknown() {
			*out = append(*out, path+": unknown")
		}
	case config.Kind() == inventory.Map:
		for _, p := range config.Properties() {
			differences(path+"."+p.Name, field(plan, p.Name), p.Value, out)
		}
	case config.Kind() == inventory.List && plan.Kind() != inventory.List && len(config.List()) == 1:
		differences(path, plan, config.List()[0], out) // a policy with one action, as the provider writes it
	case config.Kind() == inventory.List:
		if len(plan.List()) != len(config.List()) {
			*out = append(*out, fmt.Sprintf("%s: %d elements, not %d", path, len(plan.List()), len(config.List())))
			return
		}
		for i, x := range inOrder(config.List()) {
			differences(fmt.Sprintf("%s[%d]", path, i), inOrder(plan.List())[i], x, out)
		}
	default:
		p, _ := plan.Text()
		c, _ := config.Text()
		if p != c || plan.Sensitive() != config.Sensitive() && !isSecret(path) {
			*out = append(*out, fmt.Sprintf("%s: %s, not %s", path, plan.Display(), config.Display()))
		}
	}
}

// inOrder puts the members of a list in order: the provider holds many lists as sets.
func inOrder(list []inventory.Value) []inventory.Value {
	text := func(v inventory.Value) string {
		var b strings.Builder
		dumpValue(&b, "", "", v)
		return b.String()
	}
	return slices.SortedStableFunc(slices.Values(list), func(a, b inventory.Value) int { return strings.Compare(text(a), text(b)) })
}

// compare tells where the resources of a plan are not those of its configuration.
func compare(plan, config *inventory.Inventory) []string {
	var out []string
	byAddress := map[string]*inventory.Resource{}
	for _, r := range plan.Resources {
		byAddress[r.Address] = r
	}
	for _, c := range config.Resources {
		p := byAddress[c.Address]
		delete(byAddress, c.Address)
		switch {
		case p == nil:
			out = append(out, c.Address+" is not in the plan")
			continue
		case p.Type != c.Type || p.SourceType != c.SourceType || p.Lookup != c.Lookup || p.Mapped != c.Mapped || p.Name != c.Name:
			out = append(out, fmt.Sprintf("%s: %+v, not %+v", c.Address, p, c))
		}
		differences(c.Address, p.Properties, c.Properties, &out)
	}
	for address := range byAddress {
		out = append(out, address+" is not in the configuration")
	}
	return out
}

// The stacks that Terraform made plans of, and the resources of each that a plan does not tell enough of: what a local holds
// and what is in a dynamic block.
var stacks = map[string][]string{
	"testdata/shop":  {"module.functions[0].aws_lambda_function.auto"},
	"testdata/links": {"aws_autoscaling_group.hosts", ".aws_eks_node_group.dynamic"},
}

// TestEqualsConfiguration compares plans that Terraform made with what the configuration's reader makes of their source.
func TestEqualsConfiguration(t *testing.T) {
	t.Parallel()
	for dir, untold := range stacks {
		for _, d := range compare(readFile(t, dir+"/plan.json"), readConfig(t, dir)) {
			if !slices.ContainsFunc(untold, func(s string) bool { return strings.Contains(d, s) }) {
				t.Errorf("%s: %s", dir, d)
			}
		}
	}
}

// TestLocate lays configurations under their plans: nothing is untold then, and every value that is written has the place
// where it is.
func TestLocate(t *testing.T) {
	t.Parallel()
	for dir := range stacks {
		plan, config := readFile(t, dir+"/plan.json"), readConfig(t, dir)
		if n := Locate(plan, config); n != len(plan.Resources) {
			t.Errorf("%s: %d of %d resources matched", dir, n, len(plan.Resources))
		}
		for _, d := range compare(plan, config) {
			t.Errorf("%s: %s", dir, d)
		}
		places := map[string]*inventory.Resource{}
		for _, c := range config.Resources {
			places[c.Address] = c
		}
		for _, p := range plan.Resources {
			c := places[p.Address]
			if p.Origin != c.Origin {
				t.Errorf("%s is at %v, not %v", p.Address, p.Origin, c.Origin)
			}
			for _, w := range c.Properties.Properties() {
				v := field(p.Properties, w.Name)
				if v.Origin() != w.Value.Origin() {
					t.Errorf("%s.%s is at %v, not %v", p.Address, w.Name, v.Origin(), w.Value.Origin())
				}
				fromPlan := func(s inventory.Step) bool { return s.Note == "value from the plan" && s.At.Path == dir+"/plan.json" }
				if _, scalar := v.Text(); scalar && (v.Meta() == nil || !slices.ContainsFunc(v.Meta().Trail, fromPlan)) {
					t.Errorf("%s.%s does not say that it is from the plan", p.Address, w.Name)
				}
			}
		}
	}
}
