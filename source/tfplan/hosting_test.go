package tfplan

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// roots are the roots that the catalog adds, read once.
var roots = sync.OnceValue(func() map[string]string {
	cat, _ := catalog.Load(catalog.Options{Types: types()})
	return cat.Roots()
})

// hostings lists the workloads of an inventory with their hosting, candidates and parts.
func hostings(t testing.TB, inv *inventory.Inventory) []string {
	t.Helper()
	var found diag.List
	var out []string
	for _, w := range workload.Find(inventory.NewIndex(inv), inv, workload.Options{Roots: roots(), Diags: &found}) {
		var parts []string
		for role, p := range w.Parts {
			switch {
			case p.Unknown:
				parts = append(parts, role+"=unknown")
			case p.Resource != nil && p.Because == nil:
				parts = append(parts, role+"="+p.Resource.Address)
			}
		}
		slices.Sort(parts)
		out = append(out, fmt.Sprintf("%s %s %v %s", w.Address, w.Hosting, w.Candidates, strings.Join(parts, " ")))
	}
	return out
}

// TestHosting compares the workloads of plans with those of the configurations that they were made of.
func TestHosting(t *testing.T) {
	t.Parallel()
	for dir, n := range map[string]int{"testdata/shop": 11, "testdata/links": 10} {
		config, plan := readConfig(t, dir), readFile(t, dir+"/plan.json")
		want := hostings(t, config)
		if len(want) != n {
			t.Errorf("%s: %d workloads, not %d:\n%s", dir, len(want), n, strings.Join(want, "\n"))
		}
		got := hostings(t, plan)
		for i, w := range want {
			if slices.ContainsFunc(stacks[dir], func(untold string) bool { return strings.Contains(w, untold) }) {
				w = strings.Replace(w, "launchTemplate=aws_launch_template.shared", "launchTemplate=unknown", 1)
			}
			if i >= len(got) || withoutImage(got[i]) != withoutImage(w) {
				t.Errorf("%s: plan: %s, not %s", dir, got[min(i, len(got)-1)], w)
			}
		}
		Locate(plan, config)
		if diff := cmp.Diff(want, hostings(t, plan)); diff != "" {
			t.Errorf("%s: -configuration +located plan:\n%s", dir, diff)
		}
	}
}

// withoutImage leaves out the image, which follows from a launch template that a plan does not tell.
func withoutImage(w string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(w), func(f string) bool { return strings.HasPrefix(f, "image=") }), " ")
}

// TestHostingOfState tells the hosting of what runs, where only values lead from one resource to another.
func TestHostingOfState(t *testing.T) {
	t.Parallel()
	want := []string{
		"aws_db_instance.main rds",
		"aws_lambda_function.this[0] lambda-zip",
		"aws_lambda_function.this[1] lambda-image",
		"module.cluster.aws_autoscaling_group.hosts ecs-ec2",
		`module.service["web"].aws_ecs_service.this ecs-fargate`,
		`module.service["worker"].aws_ecs_service.this ecs-ec2`,
	}
	for _, form := range []string{"raw", "state"} {
		var got []string
		for _, h := range hostings(t, readFile(t, "testdata/running/"+form+".json")) {
			got = append(got, strings.Join(strings.Fields(h)[:2], " "))
			if strings.Contains(strings.ReplaceAll(h, "role=unknown", ""), "unknown") { // the role is not in the state
				t.Errorf("%s: %s", form, h)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", form, diff)
		}
	}
}
