package proof

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// machines are the machines of one workload that have a document.
type machines struct {
	list []matched
	// of is how many there may be, 0 when not known; single is set when it is one machine by its type.
	of     int
	single bool
}

// matched is a document with how it was matched.
type matched struct {
	*loaded
	by string
}

// The types of resources that machines come from.
const (
	typeInstance  = "AWS::EC2::Instance"
	typeGroup     = "AWS::AutoScaling::AutoScalingGroup"
	typeNodegroup = "AWS::EKS::Nodegroup"
	typeLightsail = "AWS::Lightsail::Instance"
)

func isMachines(r *inventory.Resource) bool {
	return r != nil && slices.Contains([]string{typeInstance, typeGroup, typeNodegroup, typeLightsail}, r.Type)
}

// candidate is a resource that a document may be of a machine of, with the workloads that run on it.
type candidate struct {
	resource  *inventory.Resource
	scope     string
	address   string
	workloads []*workload.Workload
}

// candidates are the roots of workloads and the resources that their machines come from.
func candidates(found []workload.Workload) []*candidate {
	type key struct{ scope, address string }
	at := map[key]*candidate{}
	var out []*candidate
	add := func(w *workload.Workload, r *inventory.Resource, scope, address string) {
		k := key{scope, address}
		c := at[k]
		if c == nil {
			c = &candidate{resource: r, scope: scope, address: address}
			at[k] = c
			out = append(out, c)
		}
		if !slices.Contains(c.workloads, w) {
			c.workloads = append(c.workloads, w)
		}
	}
	for i := range found {
		w := &found[i]
		add(w, w.Root, w.Scope, w.Address)
		for _, p := range w.Parts {
			if isMachines(p.Resource) {
				add(w, p.Resource, p.Resource.Scope, p.Resource.Address)
			}
		}
	}
	slices.SortFunc(out, func(a, b *candidate) int {
		return cmp.Or(strings.Compare(a.scope, b.scope), strings.Compare(a.address, b.address))
	})
	return out
}

// match gives each document to the workloads that its machine runs.
func (s *Set) match(found []workload.Workload, diags *diag.List) {
	all := candidates(found)
	for _, l := range s.docs {
		at := diag.Range{Path: l.path}
		fits := s.named(l, all, found, diags)
		if len(fits) == 0 && len(l.doc.Workloads) == 0 {
			fits = recognised(l, all, diags)
		}
		if len(fits) == 0 {
			diags.Warnf(at, "Document not used", "No workload of the input is known to run on %s. Collect it with `onus host --workload ADDRESS`, the address as `onus map` prints it.", name(l))
		}
		for w, by := range fits {
			s.add(w, l, by)
		}
	}
	for _, w := range found {
		if m := s.machines[w.ID]; m != nil {
			slices.SortFunc(m.list, func(a, b matched) int {
				return cmp.Or(strings.Compare(a.doc.Machine.ID, b.doc.Machine.ID), strings.Compare(a.path, b.path))
			})
			m.of, m.single = extent(&w)
		}
	}
}

// add adds a machine to a workload. Of two documents of one machine the later counts; documents without an id of the
// machine may all be of one.
func (s *Set) add(w *workload.Workload, l *loaded, by string) {
	m := s.machines[w.ID]
	if m == nil {
		m = &machines{}
		s.machines[w.ID] = m
	}
	for i, x := range m.list {
		if x.doc.Machine.ID == l.doc.Machine.ID {
			if l.at.After(x.at) {
				m.list[i] = matched{l, by}
			}
			return
		}
	}
	m.list = append(m.list, matched{l, by})
}

// named are the workloads that the document names by --workload: by id, by address, or by the address of what their
// machines come from.
func (s *Set) named(l *loaded, all []*candidate, found []workload.Workload, diags *diag.List) map[*workload.Workload]string {
	fits := map[*workload.Workload]string{}
	for _, want := range l.doc.Workloads {
		by := "it was collected with --workload " + want
		if i := slices.IndexFunc(found, func(w workload.Workload) bool { return w.ID == want }); i >= 0 {
			fits[&found[i]] = by
			continue
		}
		of := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return c.address != want })
		switch {
		case len(of) > 1:
			diags.Warnf(diag.Range{Path: l.path}, "Workload not told apart", "%s is an address of %d roots of the input, and the document counts for none. Collect it with the workload's id, as `onus map -f json` prints it.", diag.Clip(want, 160), len(of))
		case len(of) == 0:
			diags.Warnf(diag.Range{Path: l.path}, "Workload not found", "The document names the workload %s, which is not in the input.", diag.Clip(want, 160))
		case conflicts(l, of[0]):
			diags.Warnf(diag.Range{Path: l.path}, "Document of another machine", "It names the workload %s, whose instance is %s, and was collected on %s. It counts for nothing.", diag.Clip(want, 160), instanceOf(of[0].resource), name(l))
		default:
			for _, w := range of[0].workloads {
				fits[w] = by
			}
		}
	}
	return fits
}

// conflicts reports whether the input knows the instance and it is another.
func conflicts(l *loaded, c *candidate) bool {
	id := instanceOf(c.resource)
	return id != "" && strings.HasPrefix(l.doc.Machine.ID, "i-") && id != l.doc.Machine.ID
}

// instanceOf is the instance id that the input knows, as a document of what is deployed does; empty when it knows none.
func instanceOf(r *inventory.Resource) string {
	if r == nil || r.Type != typeInstance {
		return ""
	}
	if id, ok := r.Get("InstanceId").Text(); ok {
		return id
	}
	if id := r.Address[strings.LastIndexByte(r.Address, '/')+1:]; id != r.Address && strings.HasPrefix(id, "i-") {
		return id
	}
	return ""
}

// recognised are the workloads that the machine's own id and tags tell: the instance id, the Auto Scaling group, the node
// group with its cluster, or the one instance with its Name, tried in this order. What fits two resources fits none.
func recognised(l *loaded, all []*candidate, diags *diag.List) map[*workload.Workload]string {
	tags := l.doc.Machine.Tags
	for _, try := range []struct {
		by   string
		want string
		fits func(*inventory.Resource) bool
	}{
		{"the instance id", l.doc.Machine.ID, func(r *inventory.Resource) bool { return instanceOf(r) == l.doc.Machine.ID }},
		{"the tag eks:nodegroup-name", tags["eks:nodegroup-name"], func(r *inventory.Resource) bool {
			return r.Type == typeNodegroup && is(r, "NodegroupName", tags["eks:nodegroup-name"]) && is(r, "ClusterName", tags["eks:cluster-name"])
		}},
		{"the tag aws:autoscaling:groupName", tags["aws:autoscaling:groupName"], func(r *inventory.Resource) bool {
			return r.Type == typeGroup && is(r, "AutoScalingGroupName", tags["aws:autoscaling:groupName"])
		}},
		{"the tag Name", tags["Name"], func(r *inventory.Resource) bool {
			return r.Type == typeInstance && is(r, "Tags.Name", tags["Name"])
		}},
	} {
		if try.want == "" {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return c.resource == nil || !try.fits(c.resource) || conflicts(l, c) })
		if len(of) > 1 {
			diags.Warnf(diag.Range{Path: l.path}, "Machine not told apart", "By %s, %s, it could be of %d resources of the input, and the document counts for none. Collect it with `onus host --workload ID`.", try.by, diag.Clip(try.want, 160), len(of))
			return nil
		}
		if len(of) == 1 {
			fits := map[*workload.Workload]string{}
			for _, w := range of[0].workloads {
				fits[w] = try.by
			}
			return fits
		}
	}
	return nil
}

func is(r *inventory.Resource, property, want string) bool {
	text, ok := r.Get(property).Text()
	return ok && want != "" && text == want
}

// extent is how many machines a workload may have: one for an instance, the upper bound of a group or node group. It is not
// known for what runs on several, since the parts of a workload name the first alone.
func extent(w *workload.Workload) (of int, single bool) {
	r := w.Root
	if p, ok := w.Parts["nodegroup"]; ok && p.Resource != nil && r != nil && r.Type != typeNodegroup {
		r = p.Resource // a pod's node group is known only when there is one
	}
	if r == nil || r.ManyUnknown {
		return 0, false
	}
	property := ""
	switch r.Type {
	case typeInstance, typeLightsail:
		return 1, true
	case typeGroup:
		property = "MaxSize"
	case typeNodegroup:
		property = "ScalingConfig.MaxSize"
	default:
		return 0, false
	}
	if n, ok := r.Get(property).Number(); ok && n >= 1 && n < 1e6 {
		return int(n), false
	}
	return 0, false
}
