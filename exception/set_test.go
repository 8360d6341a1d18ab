package exception

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/workload"
)

// service is a service with a task definition of its own file, each with a statement.
func service(t *testing.T) (s *Set, root, part *inventory.Resource) {
	t.Helper()
	root = &inventory.Resource{Type: "AWS::ECS::Service", Address: "Svc", Scope: "svc.yaml", Origin: diag.Range{Path: "svc.yaml", Line: 2, Column: 3}}
	part = &inventory.Resource{Type: "AWS::ECS::TaskDefinition", Address: "Task", Scope: "svc.yaml", Origin: diag.Range{Path: "task.yaml", Line: 4, Column: 3}}
	inv := &inventory.Inventory{Resources: []*inventory.Resource{root, part}, Annotated: []inventory.Text{
		{Path: "svc.yaml", Data: []byte("Resources:\n  Svc: # onus:accept=network/*,ecs-root owner=a until=2027-01-01 reason=x\n    Type: AWS::ECS::Service\n")},
		{Path: "task.yaml", Data: []byte("# onus:accept=data/protect owner=a until=2027-01-01 reason=x\n\nResources:\n  Task:\n    # onus:accept=image/build owner=a until=2027-01-01 reason=x\n    Type: AWS::ECS::TaskDefinition\n")},
	}}
	s, diags := Load(Options{Inventory: inv, AsOf: asOf})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return s, root, part
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	s, root, part := service(t)
	w := &workload.Workload{Name: "svc", Root: root, Hosting: "ecs-fargate"}
	for _, c := range []struct {
		duty  stack.Duty
		check string
		parts []*inventory.Resource
		want  bool
	}{
		{"network/configure", "", nil, true},
		{"image/build", "ecs-root", nil, true},
		{"image/build", "ECS-root", nil, true},
		{"image/build", "other", nil, false},
		{"image/build", "", nil, false},
		{"image/build", "", []*inventory.Resource{nil, part}, true},
		{"data/protect", "", nil, false},
		{"data/protect", "", []*inventory.Resource{part}, true},
	} {
		if got := s.Accepts(Subject{Workload: w, Duty: c.duty, Check: c.check, Parts: c.parts}); (got != nil) != c.want {
			t.Errorf("%s %s with %d parts: %v", c.duty, c.check, len(c.parts), got)
		}
	}
	if s.Accepts(Subject{Resource: part, Duty: "image/build"}) == nil {
		t.Error("a resource without a workload finds nothing")
	}
	if s.Accepts(Subject{Duty: "image/build"}) != nil {
		t.Error("nobody finds something")
	}
	if u := s.Unused(); len(u) != 0 {
		t.Error(u)
	}
}

// TestSeparator: what stands behind the "---" of an object is not the object's, and above the next only without a blank line.
func TestSeparator(t *testing.T) {
	t.Parallel()
	statement := "# onus:accept=data/protect owner=a until=2027-01-01 reason=x\n"
	for text, want := range map[string]int{
		"kind: Pod\n" + statement + "---\nkind: Job\n":   0,
		"kind: Pod\n---\n" + statement + "kind: Job\n":   1,
		"kind: Pod\n---\n" + statement + "\nkind: Job\n": -1,
	} {
		inv := &inventory.Inventory{Annotated: []inventory.Text{{Path: "f.yaml", Data: []byte(text)}}}
		for i, kind := range []string{"Pod", "Job"} {
			line := strings.Count(text[:strings.Index(text, "kind: "+kind)], "\n") + 1
			inv.Resources = append(inv.Resources, &inventory.Resource{Type: kind, Address: fmt.Sprint(i), Origin: diag.Range{Path: "f.yaml", Line: line, Column: 1}})
		}
		s, _ := Load(Options{Inventory: inv, AsOf: asOf})
		for i, r := range inv.Resources {
			if got := s.Accepts(Subject{Resource: r, Duty: "data/protect"}) != nil; got != (i == want) {
				t.Errorf("%q: object %d: %v", text, i, got)
			}
		}
	}
}

func TestUnused(t *testing.T) {
	t.Parallel()
	s, root, _ := service(t)
	s.Accepts(Subject{Resource: root, Duty: "network/configure"})
	s.Lapsed(Subject{Resource: root, Duty: "network/configure"})
	if u := s.Unused(); len(u) != 2 || u[0].Range.Path != "task.yaml" || u[0].Incomplete {
		t.Error(u)
	}
}

// big is an inventory of n buckets with some statements and entries.
func big(n int) (*Set, []workload.Workload) {
	inv := &inventory.Inventory{}
	var text strings.Builder
	for i := range n {
		inv.Resources = append(inv.Resources, &inventory.Resource{Type: "AWS::S3::Bucket", Address: fmt.Sprintf("aws_s3_bucket.b%d", i), Scope: "/r",
			Origin: diag.Range{Path: "/r/main.tf", Line: 3*i + 1, Column: 1}})
		comment := ""
		if i%10 == 0 {
			comment = " # onus:accept=data/protect owner=a until=2027-01-01 reason=x"
		}
		fmt.Fprintf(&text, "resource \"aws_s3_bucket\" \"b%d\" {%s\n  bucket = \"b\"\n}\n", i, comment)
	}
	inv.Annotated = []inventory.Text{{Path: "/r/main.tf", Data: []byte(text.String())}}
	s, _ := Load(Options{Inventory: inv, AsOf: asOf})
	var out []workload.Workload
	for _, r := range inv.Resources {
		out = append(out, workload.Workload{Name: r.Address, Root: r, Hosting: "s3"})
	}
	var diags diag.List
	j := &judge{asOf: asOf, diags: &diags}
	for i := range 100 {
		s.entries = append(s.entries, j.parseIgnore("f", "/r", fmt.Sprintf("exceptions: [{duty: logging/watch, address: 'aws_*.b%d*', owner: a, until: 2027-01-01, reason: x}]", i))...)
	}
	return s, out
}

func TestBig(t *testing.T) {
	t.Parallel()
	s, all := big(50)
	if len(s.accepted) != 5 {
		t.Error(len(s.accepted))
	}
	for i, duty := range []stack.Duty{"data/protect", "logging/watch"} {
		n := 0
		for _, w := range all {
			if s.Accepts(Subject{Workload: &w, Duty: duty}) != nil {
				n++
			}
		}
		if want := []int{5, 50}[i]; n != want {
			t.Error(duty, n, "accepted, not", want)
		}
	}
}

// BenchmarkLoad reads one file with 1000 statements beside 10,000 resources.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		big(10_000)
	}
}

// BenchmarkAccepts asks for every duty of 10,000 workloads, with 1000 statements and 100 entries.
func BenchmarkAccepts(b *testing.B) {
	s, all := big(10_000)
	duties := stack.Duties()
	for b.Loop() {
		s.selected = map[*inventory.Resource][]*Acceptance{}
		for i := range all {
			for _, d := range duties {
				s.Accepts(Subject{Workload: &all[i], Duty: d})
			}
		}
	}
}
