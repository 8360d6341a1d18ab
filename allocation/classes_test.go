package allocation

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/catalog"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/stack"
	"github.com/onus-dev/onus/vocabulary"
	"github.com/onus-dev/onus/workload"
)

func embeddedCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, diags := catalog.Load(catalog.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return c
}

// alone finds the workloads in an inventory that holds one resource of the type and nothing else.
func alone(cat *catalog.Catalog, typ string) []workload.Workload {
	inv := &inventory.Inventory{Resources: []*inventory.Resource{{Type: typ, Address: "a.b", Scope: "infra", Mapped: true}}}
	return workload.Find(inventory.NewIndex(inv), inv, workload.Options{Roots: cat.Roots(), Diags: &inv.Diags})
}

// TestClassesAgree holds the vocabulary's table against what discovery and catalog really answer, both ways: a type
// makes a workload exactly when the table says so, with the service and a class of the table.
func TestClassesAgree(t *testing.T) {
	t.Parallel()
	cat := embeddedCatalog(t)
	for _, typ := range vocabulary.ClassifiedTypes() {
		class, _ := vocabulary.Classify(typ)
		found := alone(cat, typ)
		if want := class.Kind == vocabulary.KindWorkload; want != (len(found) == 1) {
			t.Errorf("%s is %s in the table and makes %d workloads", typ, class.Kind, len(found))
			continue
		}
		for _, w := range found {
			agrees(t, cat, class, w)
		}
	}
	for typ := range cat.Roots() {
		if !vocabulary.IsWorkload(typ) {
			t.Errorf("%s is a root of the catalog and no workload in the table", typ)
		}
	}
}

// hosts are the services whose resources a hosting of another service may place: instances and groups host clusters.
var hosts = map[string][]string{
	"ec2": {"ec2", "kubernetes", "ecs", "eks"}, "rds": {"rds"}, "lambda": {"lambda"},
}

// agrees checks one workload's hosting, or each of its candidates, against the table's line.
func agrees(t *testing.T, cat *catalog.Catalog, class vocabulary.Classification, w workload.Workload) {
	t.Helper()
	ids := []string{w.Hosting}
	for _, c := range w.Candidates {
		ids = append(ids, c.Hosting)
	}
	for _, id := range ids {
		if id == workload.UnknownHosting {
			continue
		}
		h, ok := cat.Hosting(id)
		if !ok {
			t.Errorf("%s: the catalog has no hosting %q", class.Type, id)
			continue
		}
		services := hosts[class.Service]
		if services == nil {
			services = []string{class.Service}
		}
		if !slices.Contains(services, h.Service.ID) {
			t.Errorf("%s: service %s in the table, %s in the catalog", class.Type, class.Service, h.Service.ID)
		}
		if !slices.Contains(class.Classes, string(h.Class)) {
			t.Errorf("%s: classes %v in the table, %s is %s in the catalog", class.Type, class.Classes, id, h.Class)
		}
	}
	if w.Hosting == workload.UnknownHosting && len(w.Candidates) == 0 && w.Why == "" {
		t.Errorf("%s: hosting not known and no word why", class.Type)
	}
}

// TestRootsHaveRoles: the resource that makes a workload has a role in it, and where the hosting's conditions speak of a
// part of its type, they speak of that role. A name that differs would read as "not set" in every condition.
func TestRootsHaveRoles(t *testing.T) {
	t.Parallel()
	cat := embeddedCatalog(t)
	for _, typ := range slices.Sorted(maps.Keys(cat.Roots())) {
		h, ok := cat.Hosting(cat.Roots()[typ])
		if !ok {
			t.Errorf("%s: no hosting %q", typ, cat.Roots()[typ])
			continue
		}
		parts := alone(cat, typ)[0].Parts
		for _, u := range h.Uses {
			if _, there := parts[u.Role]; u.Type == typ && !there {
				t.Errorf("%s: conditions of %s speak of %q, the workload's parts are %v", typ, h.ID, u.Role, slices.Sorted(maps.Keys(parts)))
			}
		}
	}
}

// TestClassSets: a service's hostings use up the classes that the table gives its workloads, and no class is invented.
func TestClassSets(t *testing.T) {
	t.Parallel()
	inCatalog, inTable := map[string]map[stack.Class]bool{}, map[string]map[stack.Class]bool{}
	add := func(m map[string]map[stack.Class]bool, service string, class stack.Class) {
		if m[service] == nil {
			m[service] = map[stack.Class]bool{}
		}
		m[service][class] = true
	}
	cat := embeddedCatalog(t)
	for _, h := range cat.Hostings() {
		add(inCatalog, h.Service.ID, h.Class)
	}
	for _, typ := range vocabulary.ClassifiedTypes() {
		if c, _ := vocabulary.Classify(typ); c.Kind == vocabulary.KindWorkload {
			for _, class := range c.Classes {
				add(inTable, c.Service, stack.Class(class))
			}
		}
	}
	for service, classes := range inCatalog {
		// The workloads of self-managed Kubernetes are its objects and EC2's instances; ROSA has no resource type.
		if service == "kubernetes" || service == "rosa" {
			continue
		}
		for class := range classes {
			if !inTable[service][class] {
				t.Errorf("%s has a %s hosting, and no workload type of that class", service, class)
			}
		}
	}
}

// TestServicesWithStack counts the services with a hosting of their own.
func TestServicesWithStack(t *testing.T) {
	t.Parallel()
	services := map[string]bool{}
	for _, h := range embeddedCatalog(t).Hostings() {
		services[h.Service.ID] = true
	}
	t.Logf("%d services", len(services))
	if len(services) < 60 {
		t.Errorf("%d services have a stack of their own, want 60", len(services))
	}
}

func TestCoverageByKind(t *testing.T) {
	t.Parallel()
	inv := &inventory.Inventory{}
	for typ, mapped := range map[string]bool{
		"AWS::SQS::Queue": true, "AWS::SQS::QueuePolicy": true, "AWS::SQS::QueueRedrivePolicy": true, "AWS::IAM::Role": true,
		"Deployment": true, "onus::OwnImage": true, "aws_new_thing": false, "Custom::Thing": false, "AWS::New::Thing": false,
	} {
		inv.Resources = append(inv.Resources, &inventory.Resource{Type: typ, Mapped: mapped})
	}
	inv.Resources = append(inv.Resources, &inventory.Resource{Type: "AWS::SQS::Queue", Mapped: true, Lookup: true})
	want := Coverage{
		Resources: 9, Mapped: 6, ByKind: KindCount{Workload: 1, Part: 2, Configuration: 1, Other: 2},
		UnmappedTypes: []TypeCount{{"AWS::New::Thing", 1}, {"Custom::Thing", 1}, {"aws_new_thing", 1}}, NotRead: []NotRead{},
	}
	got := CoverageOf(inv)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	k := got.ByKind
	if k.Workload+k.Part+k.Configuration+k.Other != got.Mapped {
		t.Errorf("the kinds of %+v do not add up", got)
	}
}

// TestUnknownManagedService: a workload type without a stack is a workload of unknown hosting with nothing given to AWS.
func TestUnknownManagedService(t *testing.T) {
	t.Parallel()
	cat := embeddedCatalog(t)
	n := 0
	for _, typ := range vocabulary.ClassifiedTypes() {
		for _, w := range alone(cat, typ) {
			if w.Hosting != workload.UnknownHosting || len(w.Candidates) > 0 {
				continue
			}
			n++
			got, _ := Run([]workload.Workload{w}, cat, Options{AsOf: asOf})
			for _, l := range got[0].Layers {
				if l.Party != stack.Undetermined {
					t.Errorf("%s: %s is %s's", typ, l.Layer, l.Party)
				}
			}
			if got[0].Service == "" || strings.ContainsAny(got[0].Service, ": ") {
				t.Errorf("%s: service %q", typ, got[0].Service)
			}
		}
	}
	if n == 0 {
		t.Error("no type without a stack was tried")
	}
}
