package exception

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/glob"
	"github.com/onus-dev/onus/inventory"
	"github.com/onus-dev/onus/workload"
)

// Set is everything that is accepted and attested in a run. It is safe for concurrent use.
type Set struct {
	asOf     time.Time
	absolute func(name string) string
	// accepted are all acceptances; byResource and byFile those written in source files, entries those of entry files.
	accepted   []*Acceptance
	byResource map[*inventory.Resource][]*Acceptance
	byFile     map[string][]*Acceptance
	entries    []*Acceptance

	attestations []*Attestation

	mu sync.Mutex
	// selected are the entries whose address and path fit a resource, attested the attestations.
	selected map[*inventory.Resource][]*Acceptance
	attested map[*inventory.Resource][]*Attestation
}

// Load reads what is written in the source files of the inventory and in the entry files of the given paths. What is
// wrong in them is a diagnostic, and counts for nothing.
func Load(opts Options) (*Set, diag.List) {
	var diags diag.List
	s := &Set{
		asOf: opts.AsOf, absolute: func(name string) string { return name },
		byResource: map[*inventory.Resource][]*Acceptance{}, byFile: map[string][]*Acceptance{},
		selected: map[*inventory.Resource][]*Acceptance{}, attested: map[*inventory.Resource][]*Attestation{},
	}
	j := &judge{asOf: opts.AsOf, isCheck: opts.IsCheck, diags: &diags}
	if opts.Inventory != nil {
		in := &input{judge: j, set: s}
		in.readSource(opts.Inventory)
	}
	l := &loading{judge: j, set: s, seen: map[string]bool{}}
	for _, p := range opts.Paths {
		l.path(p, opts.Boundary)
	}
	slices.SortStableFunc(s.accepted, func(a, b *Acceptance) int { return byPlace(a.At, b.At) })
	slices.SortStableFunc(s.attestations, func(a, b *Attestation) int { return byPlace(a.At, b.At) })
	return s, diags
}

func byPlace(a, b diag.Range) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line, a.Column-b.Column)
}

// Accepts returns what accepts the finding, nil when nothing does: first what is written at the resource, then in its
// file, then in the entry files. It counts as used.
func (s *Set) Accepts(sub Subject) *Acceptance {
	a := s.find(sub, false)
	if a != nil {
		a.used.Store(true)
	}
	return a
}

// Lapsed returns an expired acceptance of the finding, to be told beside it; nil when there is none.
func (s *Set) Lapsed(sub Subject) *Acceptance { return s.find(sub, true) }

func (s *Set) find(sub Subject, expired bool) *Acceptance {
	root := sub.root()
	if root == nil || len(s.accepted) == 0 {
		return nil
	}
	resources := append([]*inventory.Resource{root}, sub.Parts...)
	fits := func(a *Acceptance) bool {
		return a.expired == expired && covers(a.Targets, sub.Duty, sub.Check) && a.fits(sub.Workload)
	}
	for _, r := range resources {
		if r != nil {
			if i := slices.IndexFunc(s.byResource[r], fits); i >= 0 {
				return s.byResource[r][i]
			}
		}
	}
	for _, r := range resources {
		if r == nil {
			continue
		}
		for _, list := range [][]*Acceptance{s.byFile[r.Origin.Path], s.of(r)} {
			if i := slices.IndexFunc(list, fits); i >= 0 {
				return list[i]
			}
		}
	}
	return nil
}

// Attests returns the attestation of a duty of the workload, nil when there is none that counts on the day of the run. An
// attestation is about a workload or resource as a whole: Parts and Check say nothing here.
func (s *Set) Attests(sub Subject) *Attestation {
	root := sub.root()
	if root == nil || len(s.attestations) == 0 {
		return nil
	}
	for _, a := range s.attestationsOf(root) {
		if !a.expired && !a.early && covers(a.Targets, sub.Duty, "") && a.fits(sub.Workload) {
			a.used.Store(true)
			return a
		}
	}
	return nil
}

// of returns the entries whose address and path fit a resource.
func (s *Set) of(r *inventory.Resource) []*Acceptance {
	if len(s.entries) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list, known := s.selected[r]
	if !known {
		for _, a := range s.entries {
			if s.selects(&a.selector, r) {
				list = append(list, a)
			}
		}
		s.selected[r] = list
	}
	return list
}

func (s *Set) attestationsOf(r *inventory.Resource) []*Attestation {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, known := s.attested[r]
	if !known {
		for _, a := range s.attestations {
			if s.selects(&a.selector, r) {
				list = append(list, a)
			}
		}
		s.attested[r] = list
	}
	return list
}

// selects judges the directory, the address and the path of a selector. An address without its instance key stands for
// every instance.
func (s *Set) selects(sel *selector, r *inventory.Resource) bool {
	parts := below(sel.base, s.absolute(r.Origin.Path))
	if parts == nil && below(sel.base, s.absolute(r.Scope)) == nil {
		return false
	}
	if sel.address != "" && !glob.Match(sel.address, r.Address) && sel.address != inventory.WithoutKey(r.Address) {
		return false
	}
	return sel.path == "" || parts != nil && sel.compiled.Match(parts)
}

// fits judges what a selector says of the workload: its name or id, and its hosting.
func (sel *selector) fits(w *workload.Workload) bool {
	if sel.workload == "" && sel.hosting == "" {
		return true
	}
	return w != nil && (sel.workload == "" || glob.Match(sel.workload, w.Name) || sel.workload == w.ID) &&
		(sel.hosting == "" || glob.Match(sel.hosting, w.Hosting))
}

// below returns the segments of a file below a directory, nil when it does not lie there. The directory itself has one
// segment, which no pattern names.
func below(base, file string) []string {
	if file == base {
		return []string{"."}
	}
	rest, ok := strings.CutPrefix(file, strings.TrimSuffix(base, "/")+"/")
	if !ok {
		return nil
	}
	return strings.Split(rest, "/")
}

// Acceptances returns every acceptance that is complete, expired ones included, in the order of their places.
func (s *Set) Acceptances() []*Acceptance { return slices.Clip(s.accepted) }

// Attestations returns every attestation that is complete, expired ones included, in the order of their places.
func (s *Set) Attestations() []*Attestation { return slices.Clip(s.attestations) }

// Expired returns what has lapsed by the day of the run, in the order of the places: first acceptances, then attestations.
func (s *Set) Expired() []Lapse {
	var out []Lapse
	for _, a := range s.accepted {
		if a.expired {
			out = append(out, Lapse{Acceptance: a})
		}
	}
	for _, a := range s.attestations {
		if a.expired {
			out = append(out, Lapse{Attestation: a})
		}
	}
	return out
}

// Unused returns a warning for everything that holds on the day of the run and was asked for nothing. Call it when every
// finding of the run was asked for; a run that looks at some of them only has no use for it.
func (s *Set) Unused() diag.List {
	var diags diag.List
	for _, a := range s.accepted {
		if !a.expired && !a.used.Load() {
			diags.Warnf(a.At, "Exception not used", "Nothing that was found needs it (%s). Remove it, so that it does not hide what comes later.", diag.Clip(strings.Join(a.Targets, ", "), 80))
		}
	}
	for _, a := range s.attestations {
		if !a.expired && !a.early && !a.used.Load() {
			diags.Warnf(a.At, "Attestation not used", "No duty of the run that needs a statement is selected by it (%s).", diag.Clip(strings.Join(a.Targets, ", "), 80))
		}
	}
	return diags
}
